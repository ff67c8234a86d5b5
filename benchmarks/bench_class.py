"""A class opens one link at once, then each trains: the lab beside an empty Gradio app, in the same run.

Each visitor speaks the page's own protocol over a connection of its own. The lab's: the page, `open_link`, then
`two_ways` until its run is done, with a seed of its own. The empty app's: the page, its load event, a click, each
through the queue, as its page does. Both servers run in processes of their own and are visited in alternation. The
visitors share a third process, whose part of a core is reported: if it is near 1, the visitors are slow, not the lab.
CLASS sets the number of visitors (200). With `--benchmark-disable`, five come, and only what they see is checked. The
load is bounded and stops by itself.
"""

import asyncio
import gzip
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

pytest.importorskip("gradio", reason="The lab's benchmarks need Gradio: pip install -r requirements.txt")
pytest.importorskip("playwright", reason="The lab's benchmarks need Playwright: pip install -e '.[dev]'")

import brotli
from playwright.sync_api import sync_playwright

from demo.compute import results, runs
from demo.experiment import Experiment
from demo.screenshots import CHROMIUM, FLAGS

pytestmark = pytest.mark.lab

ROOT = Path(__file__).parents[1]
START = {
    "lab": "from demo import app; app.serve(app.build(), server_port={port}, quiet=True)",
    "empty": """
import gradio as gr
with gr.Blocks() as page:
    box, button = gr.Textbox(), gr.Button()
    page.load(lambda: "loaded", None, box)
    button.click(lambda: "clicked", None, box)
page.launch(server_port={port}, quiet=True)
""",
}
READY = {"lab": "#two-ways canvas", "empty": "button"}  # what is there when the page is filled
ONE_LINK = "?v=1&steps=20"
SECONDS = 180  # a visitor of the lab who waits longer is an error; one of the empty app counts as so long

Server = tuple[str, int]  # its address and its process


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    """The address and the process of each server."""
    processes, started = [], {}
    environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    try:
        for name, code in START.items():
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            command = [sys.executable, "-c", code.format(port=port)]
            processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL))
            started[name] = (f"http://127.0.0.1:{port}/", processes[-1].pid)
        for (url, _), process in zip(started.values(), processes):
            wait_for(url, process)
        yield started
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def wait_for(url: str, process: subprocess.Popen) -> None:
    """Wait until the server answers. RuntimeError after three minutes, or if it has ended."""
    for _ in range(1_800):
        if process.poll() is not None:
            break
        try:
            socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError("A server of the benchmark did not start.")


class Visitor:
    """A browser's connection, as cheap as it gets: the visitors must not be slower than the server."""

    def __init__(self, url: str, number: int, together: asyncio.Barrier | None = None):
        self.address, self.number, self.session, self.together = urlsplit(url), number, f"visitor{number}", together

    async def __aenter__(self) -> "Visitor":
        self.reader, self.writer = await asyncio.open_connection(self.address.hostname, self.address.port, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def parts(self, path: str, question: dict | None = None) -> AsyncIterator[bytes]:
        """The body of an answer as it arrives. AssertionError if the request was not successful."""
        body = b"" if question is None else json.dumps(question).encode()
        lines = [
            f"{'GET' if question is None else 'POST'} /{path} HTTP/1.1",
            f"Host: {self.address.netloc}",
            "Accept-Encoding: gzip, deflate, br",
            *(["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []),
        ]
        request = "\r\n".join([*lines, "", ""]).encode() + body
        self.writer.write(request)
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionResetError):  # it was idle for 5 s: a browser connects again
            await self.__aenter__()
            self.writer.write(request)
            head = await self.reader.readuntil(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").lower().split("\r\n")
        self.headers = dict(field.split(": ", 1) for field in fields if field)
        assert " 200 " in status, f"{status} for {path}"
        if "content-length" in self.headers:
            yield await self.reader.readexactly(int(self.headers["content-length"]))
        else:  # in pieces, each after its size
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                yield (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readuntil(b"\r\n")

    async def opened(self) -> float:
        """What the clock says; then, where the class presses its button together, until the last has opened."""
        now = time.perf_counter()
        if self.together:
            await self.together.wait()
        return now

    async def get(self, path: str) -> bytes:
        return b"".join([part async for part in self.parts(path)])

    async def post(self, path: str, question: dict) -> Any:
        return json.loads(b"".join([part async for part in self.parts(path, question)]))

    async def open(self, path: str) -> None:
        """The page, and what Gradio holds in it about its parts and events."""
        body = await self.get(path)
        unpack = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.headers.get("content-encoding"), bytes)
        html = unpack(body).decode()
        start = html.index("{", html.index("window.gradio_config"))
        self.config = json.JSONDecoder().raw_decode(html, start)[0]

    async def ask(self, part: str, function: str, question: dict) -> dict:
        """One request of the lab's page."""
        number = next(one["id"] for one in self.config["components"] if one["props"].get("elem_id") == part)
        body = {"data": question, "component_id": number, "fn_name": function, "session_hash": self.session}
        reply = await self.post("gradio_api/component_server/", body)
        assert "error" not in reply, reply
        return reply

    async def event(self, number: int) -> str:
        """One event of the empty app's page, through the queue."""
        trigger = self.config["dependencies"][number]["targets"][0][0]
        body = {"data": [], "fn_index": number, "trigger_id": trigger, "session_hash": self.session}
        await self.post("gradio_api/queue/join?", body)
        output, text = None, b""
        async for part in self.parts(f"gradio_api/queue/data?session_hash={self.session}"):
            text += part
            *messages, text = text.split(b"\n\n")
            for message in (json.loads(one.removeprefix(b"data:")) for one in messages):
                if message["msg"] == "process_completed":
                    assert message["success"], message
                    output = message["output"]["data"][0]
        assert output is not None, "The queue closed before the event was done."
        return output


SEEN: dict[int, dict] = {}  # the figures that each visitor of the lab was shown, by its number


async def visit_lab(visitor: Visitor) -> tuple[float, float]:
    """Seconds until the link is open, and from Train until the run is done."""
    start = time.perf_counter()
    await visitor.open(ONE_LINK)
    opened = await visitor.ask("settings", "open_link", {"query": ONE_LINK})
    reply, late = opened["reply"], False
    while not reply["done"]:  # the page asks on, as it does after Train
        reply = await visitor.ask(
            "two-ways", "two_ways", {"experiment": opened["experiment"], "lead": "", "late": late}
        )
        late = True
    assert reply["link"] == ONE_LINK
    opening = await visitor.opened() - start
    press = time.perf_counter()
    own = opened["experiment"] | {"steps": 100, "seed": str(visitor.number)}
    done = late = False
    while not done:
        reply = await visitor.ask("two-ways", "two_ways", {"experiment": own, "lead": "", "late": late})
        done, late = reply["done"], True
    end = time.perf_counter()
    assert reply["link"] == f"?v=1&seed={visitor.number}"
    SEEN[visitor.number] = reply["value"]["figures"]
    return opening, end - press


async def visit_empty(visitor: Visitor) -> tuple[float, float]:
    """Seconds until the load event is done, and from the click until its end."""
    start = time.perf_counter()
    await visitor.open("")
    assert await visitor.event(0) == "loaded"
    opening = await visitor.opened() - start
    press = time.perf_counter()
    assert await visitor.event(1) == "clicked"
    return opening, time.perf_counter() - press


VISITS = {"lab": visit_lab, "empty": visit_empty}
Visit = Callable[[Visitor], Awaitable[tuple[float, ...]]]
LOAD: dict[str, float] = {}  # the visitors' part of a core in the last `come`, and the latest arrival in seconds


def come(
    url: str, visit: Visit, visitors: int, over: float = 0.0, first: int = 0, together: bool = False
) -> list[tuple[float, ...]]:
    """The seconds of each visitor, all at once or evenly over a time. Any error is raised (but see SECONDS)."""

    async def all_of_them() -> list[tuple[float, ...]]:
        begin, barrier = time.perf_counter(), asyncio.Barrier(visitors) if together else None

        async def one(i: int) -> tuple[float, ...]:
            due = begin + over * i / visitors
            await asyncio.sleep(due - time.perf_counter())
            LOAD["late_s"] = max(LOAD["late_s"], time.perf_counter() - due)
            try:
                async with asyncio.timeout(SECONDS), Visitor(url, first + i, barrier) as visitor:
                    return await visit(visitor)
            except TimeoutError:
                if visit is not visit_empty:
                    raise
                return SECONDS, 0.0  # at least: a slow machine's queue takes longer, and the comparison goes on

        return await asyncio.gather(*map(one, range(visitors)))

    LOAD["late_s"] = 0.0
    start, busy = time.perf_counter(), time.process_time()
    seconds = asyncio.run(all_of_them())
    LOAD["client"] = (time.process_time() - busy) / (time.perf_counter() - start)
    return seconds


def check_numbers(numbers: list[int]) -> None:
    """Each of these visitors must have received the result of its own settings, which is computed here again."""
    for number in numbers:
        expected = results.summary(runs.trained(Experiment(seed=number)))
        for name in ("counted_nll", "descended_nll"):
            assert SEEN[number][name] == pytest.approx(expected[name], rel=1e-6), number
    assert len({SEEN[number]["descended_nll"] for number in numbers}) == len(numbers)


def untimed(benchmark) -> bool:
    """Whether nothing is timed, or CodSpeed does it in its own way."""
    return getattr(benchmark, "disabled", True)


def number_of(benchmark) -> int:
    return 5 if untimed(benchmark) else int(os.environ.get("CLASS", "200"))


@pytest.mark.parametrize("together", [False, True], ids=["Train when open", "Train together"])
def test_a_class_at_once(benchmark, record, servers, together):
    """The last visitor's opening and Train, of the lab and of the empty app in alternation.

    Where each presses Train as soon as it is open, the app that opens slowly gets its clicks one after another, and
    the one that opens quickly gets them all at once. So they also press together, when the last is open.
    """
    first = 40_000_000 if together else 1
    number, last = number_of(benchmark), {"lab": [], "empty": []}
    client: dict[str, list[float]] = {"lab": [], "empty": []}
    for name, (url, _) in servers.items():
        come(url, VISITS[name], 3, first=10_000_000)  # warm

    def turn() -> None:
        for name, (url, _) in servers.items():
            seconds = come(url, VISITS[name], number, first=first + 1_000_000 * len(last[name]), together=together)
            last[name].append([max(part) for part in zip(*seconds)])
            client[name].append(LOAD["client"])

    benchmark.pedantic(turn, rounds=1 if untimed(benchmark) else 3)
    check_numbers(list(range(first, first + number)))
    facts = {"case": f"{number} visitors", "client": statistics.median(client["lab"])}
    how = "together" if together else "when open"
    for part, lab, empty in zip(("opening", "Train"), zip(*last["lab"]), zip(*last["empty"])):
        record("a class at once", f"{part} of the last, Train {how}", lab, empty, "an empty app", **facts)


def test_many_come_over_a_minute(benchmark, record, servers):
    """The 95th percentile of opening and Train together, of ten classes that arrive over 60 s."""
    number = 10 * number_of(benchmark)
    over = number / 2_000 * 60
    slow: dict[str, float] = {}

    def turn() -> None:
        for name, (url, _) in servers.items():
            waits = come(url, VISITS[name], number, over, first=50_000_000)
            slow[name] = statistics.quantiles(map(sum, waits), n=20)[-1]

    benchmark.pedantic(turn, rounds=1)
    check_numbers(list(range(50_000_000, 50_000_000 + number, 10)))
    facts = {"case": f"{number} visitors in {over:.3g} s", "client": LOAD["client"], "late_s": LOAD["late_s"]}
    record("a class over a minute", "95th percentile", [slow["lab"]], [slow["empty"]], "an empty app", **facts)


def test_a_busy_client(benchmark, record, servers):
    """How long a visitor's Train takes while another starts twenty runs of half a minute, and sweeps and times."""
    number, waits = 2 if untimed(benchmark) else 20, []
    lab, _ = servers["lab"]

    async def busy(visitor: Visitor) -> None:
        """Ask for slices of a long run, a sweep and a timing, until cancelled."""
        await visitor.open("")
        own = {"data": "us-2018", "form": "rows", "steps": 390, "seed": str(visitor.number)}
        while True:
            await visitor.ask("two-ways", "two_ways", {"experiment": own, "lead": "", "late": True})
            await visitor.ask("smoothing", "sweep", {"experiment": own, "orders": [3]})
            question = {"experiment": own, "order": 2, "n": 228_146, "form": "onehot"}
            await visitor.ask("speed", "time", question)

    async def one_among_them() -> None:
        others = [Visitor(lab, 70_000_000 + i) for i in range(number)]
        for other in others:
            await other.__aenter__()
        tasks = [asyncio.create_task(busy(other)) for other in others]
        await asyncio.sleep(1 if untimed(benchmark) else 5)
        for i in range(2 if untimed(benchmark) else 10):
            async with asyncio.timeout(SECONDS), Visitor(lab, 80_000_000 + i) as visitor:
                waits.append(await visit_lab(visitor))
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, asyncio.CancelledError), result
        for other in others:
            await other.__aexit__()

    benchmark.pedantic(lambda: asyncio.run(one_among_them()), rounds=1)
    for part, seconds in zip(("opening", "Train"), zip(*waits)):
        record("beside a busy client", part, seconds, case=f"{number} runs", longest_s=max(seconds))


def files_of(url: str, ready: str) -> list[str]:
    """The files that a browser asks for when it loads the page for the first time, the page among them."""
    if CHROMIUM is None:
        pytest.skip("There is no Chromium or Chrome on this machine. Install one, or name its file in CHROMIUM.")
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url) if request.method == "GET" else None)
        page.goto(url)
        page.wait_for_selector(ready)
        page.wait_for_timeout(3_000)  # fonts, and what is fetched ahead
        browser.close()
    return [one.removeprefix(url) for one in dict.fromkeys(asked) if one.startswith(url) and "queue/" not in one]


def test_cold_loads(benchmark, record, servers):
    """Cold loads of all files, from the lab and from stock Gradio: for each, the files that a browser requests."""
    number = number_of(benchmark)
    files = {name: files_of(url, READY[name]) for name, (url, _) in servers.items()}
    seconds, kilobytes = {"lab": [], "empty": []}, {}

    async def load(visitor: Visitor, name: str) -> tuple[float]:
        return (sum([len(await visitor.get(file)) for file in files[name]]) / 1000,)

    def turn() -> None:
        for name, (url, _) in servers.items():
            visit = partial(load, name=name)
            come(url, visit, 1)
            start = time.perf_counter()
            ((kilobytes[name],), *_) = come(url, visit, number)
            seconds[name].append(time.perf_counter() - start)

    benchmark.pedantic(turn, rounds=1 if untimed(benchmark) else 3)
    assert min(map(len, files.values())) > 20
    facts = {f"kB_{name}": kilobytes[name] for name in files} | {f"files_{name}": len(files[name]) for name in files}
    record("cold loads", "all files", seconds["lab"], seconds["empty"], "stock Gradio", case=f"{number} loads", **facts)


FAST_3G = {  # as browsers emulate it
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1_600_000 / 8,  # bytes a second
    "uploadThroughput": 750_000 / 8,
}


def test_a_phone_on_fast_3g(benchmark, record, servers):
    """Seconds until the page is filled, on a phone that has kept no file: the lab and an empty app in alternation.

    Where nothing is timed, the network is as fast as it is.
    """
    if CHROMIUM is None:
        pytest.skip("There is no Chromium or Chrome on this machine. Install one, or name its file in CHROMIUM.")
    seconds = {"lab": [], "empty": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def turn() -> None:
            for name, (url, _) in servers.items():
                page = browser.new_page(viewport={"width": 360, "height": 740})
                if not untimed(benchmark):
                    network = page.context.new_cdp_session(page)
                    network.send("Network.enable")
                    network.send("Network.emulateNetworkConditions", FAST_3G)
                start = time.perf_counter()
                page.goto(url, wait_until="commit", timeout=1_000 * SECONDS)
                page.wait_for_selector(READY[name], timeout=1_000 * SECONDS)
                seconds[name].append(time.perf_counter() - start)
                page.close()

        turn()  # warm: the servers compress their files
        for times in seconds.values():
            times.clear()
        benchmark.pedantic(turn, rounds=1 if untimed(benchmark) else 5)
        browser.close()
    record("a phone on fast 3G", "until filled", seconds["lab"], seconds["empty"], "an empty app", case="cold load")


def memory(pid: int) -> float:
    """The resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        pytest.skip("Memory is read from /proc, which this system has not.")
    return int(re.search(r"VmRSS:\s+(\d+)", status.read_text()).group(1)) / 1024


def test_memory_stays(benchmark, record, servers):
    """Memory for each visitor, and after 1,000 different experiments by different visitors; seconds of each third."""
    url, pid = servers["lab"]
    number, sizes, seconds = 20 if untimed(benchmark) else 500, [], []

    def turn() -> None:
        for part in range(3):
            start = time.perf_counter()
            come(url, visit_lab, number, over=number / 50, first=90_000_000 + part * number)
            seconds.append(time.perf_counter() - start)
            sizes.append(memory(pid))

    benchmark.pedantic(turn, rounds=1)
    facts = {"MB_first": sizes[0], "MB_last": sizes[-1], "kB_a_visitor": 1024 * (sizes[-1] - sizes[0]) / (2 * number)}
    record("memory of the lab", f"{number} visitors", seconds, case=f"{3 * number} experiments", **facts)


async def leave(visitor: Visitor) -> tuple[float]:
    """A session that is dropped while the page is open, with its heartbeat, a call and a request under way."""
    await visitor.open(ONE_LINK)
    seed = visitor.number % 10  # what a session leaves behind is measured, not what a new run does
    await visitor.post("gradio_api/call/v2/train", {"seed": seed, "steps": 9})  # nobody will fetch its answer
    async with Visitor(visitor.address.geturl(), visitor.number) as heart:
        await anext(heart.parts(f"gradio_api/heartbeat/{visitor.session}"))
        run = {"experiment": {"seed": str(seed), "steps": 100}, "lead": "", "late": True}
        question = asyncio.create_task(visitor.ask("two-ways", "two_ways", run))
        await asyncio.sleep(0.05)
        question.cancel()
        visitor.writer.transport.abort()
    return (0.0,)


def test_abandoned_sessions(benchmark, record, servers):
    """Memory while 2,000 sessions are dropped, and the seconds of a default visit before and after."""
    url, pid = servers["lab"]
    number, sizes, visits = 5 if untimed(benchmark) else 250, [], []

    def visit_alone(first: int) -> None:
        visits.append([come(url, visit_lab, 1, first=first + i)[0] for i in range(5)])

    def turn() -> None:
        for part in range(2 if untimed(benchmark) else 8):
            come(url, leave, number, over=number / 20, first=100_000_000 + 2 * part * number)
            sizes.append(memory(pid))

    visit_alone(110_000_000)
    benchmark.pedantic(turn, rounds=1)
    time.sleep(1 if untimed(benchmark) else 10)  # what they have left on its way comes to its end
    visit_alone(120_000_000)
    before, after = (zip(*visit) for visit in visits)
    facts = {"case": f"{len(sizes) * number} sessions", "MB_first": sizes[0], "MB_last": sizes[-1]}
    for part, seconds, earlier in zip(("opening", "Train"), after, before):
        record("after dropped sessions", part, seconds, earlier, "before them", **facts)
