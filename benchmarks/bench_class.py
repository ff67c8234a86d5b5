"""A class opens one link at once, then each trains: the lab beside an empty Gradio app, in the same run.

Each visitor speaks the page's own protocol. The lab's: the page, `open_link`, then `two_ways` until its run is done,
with a seed of its own. The empty app's: the page, its load event, a click, each through the queue, as its page does.
Both servers run in processes of their own and are visited in turn. CLASS sets the number of visitors (200); with
`--benchmark-disable` five come, and only what they see is checked. The load is bounded and stops by itself.
"""

import asyncio
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

ROOT = Path(__file__).parents[1]
START = {
    "lab": "import sys; sys.path.insert(0, 'demo'); import app; app.serve(app.build(), server_port={port}, quiet=True)",
    "empty": """
import gradio as gr
with gr.Blocks() as page:
    box, button = gr.Textbox(), gr.Button()
    page.load(lambda: "loaded", None, box)
    button.click(lambda: "clicked", None, box)
page.launch(server_port={port}, quiet=True)
""",
}
ONE_LINK = "?v=1&steps=20"
SECONDS = 180  # a visitor who waits longer is an error


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, tuple[str, int]]]:
    """The address and the process of each server."""
    started = {}
    environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    for name, code in START.items():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-c", code.format(port=port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        started[name] = (f"http://127.0.0.1:{port}/", process)
    for url, _ in started.values():
        for _ in range(600):
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                time.sleep(0.1)
    yield {name: (url, process.pid) for name, (url, process) in started.items()}
    for _, process in started.values():
        process.terminate()
        process.wait()


def config_of(html: str) -> dict:
    """What Gradio's page holds about its parts and events."""
    return json.JSONDecoder().raw_decode(html, html.index("{", html.index("window.gradio_config")))[0]


def part_of(config: dict, name: str) -> int:
    return next(one["id"] for one in config["components"] if one["props"].get("elem_id") == name)


async def ask(client: httpx.AsyncClient, config: dict, session: str, part: str, function: str, question: dict) -> dict:
    """One question of the lab's page."""
    body = {"data": question, "component_id": part_of(config, part), "fn_name": function, "session_hash": session}
    reply = (await client.post("gradio_api/component_server/", json=body)).raise_for_status().json()
    assert "error" not in reply, reply
    return reply


async def visit_lab(client: httpx.AsyncClient, number: int) -> tuple[float, float]:
    """Seconds until the link is open, and from Train until the run is done."""
    start, session = time.perf_counter(), f"visitor{number}"
    config = config_of((await client.get(ONE_LINK)).raise_for_status().text)
    opened = await ask(client, config, session, "settings", "open_link", {"query": ONE_LINK})
    assert opened["reply"]["link"] == ONE_LINK
    assert opened["reply"]["done"]
    middle = time.perf_counter()
    own = opened["experiment"] | {"steps": 100, "seed": str(number)}
    done = False
    while not done:
        reply = await ask(client, config, session, "two-ways", "two_ways", {"experiment": own, "late": done})
        done = reply["done"]
    assert reply["link"] == f"?v=1&seed={number}"
    return middle - start, time.perf_counter() - middle


async def event(client: httpx.AsyncClient, config: dict, session: str, number: int) -> str:
    """One event of the empty app, through the queue."""
    body = {"data": [], "event_data": None, "fn_index": number, "trigger_id": None, "session_hash": session}
    (await client.post("gradio_api/queue/join?", json=body)).raise_for_status()
    async with client.stream("GET", f"gradio_api/queue/data?session_hash={session}") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                message = json.loads(line[5:])
                if message["msg"] == "process_completed":
                    assert message["success"]
                    return message["output"]["data"][0]
    raise AssertionError("The queue closed before the event was done.")


async def visit_empty(client: httpx.AsyncClient, number: int) -> tuple[float, float]:
    """Seconds until the load event is done, and from the click until its end."""
    start, session = time.perf_counter(), f"visitor{number}"
    config = config_of((await client.get("")).raise_for_status().text)
    assert await event(client, config, session, 0) == "loaded"
    middle = time.perf_counter()
    assert await event(client, config, session, 1) == "clicked"
    return middle - start, time.perf_counter() - middle


VISITS = {"lab": visit_lab, "empty": visit_empty}


def come(url: str, visit: Callable, visitors: int, over: float = 0.0, first: int = 0) -> list[tuple[float, float]]:
    """The seconds of each visitor, all at once or evenly over a time. Any error is raised."""

    async def all_of_them() -> list[tuple[float, float]]:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        headers = {"accept-encoding": "identity"}
        async with httpx.AsyncClient(base_url=url, timeout=SECONDS, limits=limits, headers=headers) as client:

            async def one(i: int) -> tuple[float, float]:
                await asyncio.sleep(over * i / visitors)
                return await visit(client, first + i)

            return await asyncio.gather(*map(one, range(visitors)))

    return asyncio.run(all_of_them())


def visitors(benchmark) -> int:
    return 5 if benchmark.disabled else int(os.environ.get("CLASS", "200"))


def test_a_class_at_once(benchmark, servers):
    """The last visitor's opening and Train, in seconds and as ratios to the empty app, medians of three turns."""
    number, last = visitors(benchmark), {"lab": [], "empty": []}
    for name, (url, _) in servers.items():
        come(url, VISITS[name], 3, first=10_000_000)  # warm

    def turn() -> None:
        for name, (url, _) in servers.items():
            seconds = come(url, VISITS[name], number, first=1 + 1_000_000 * len(last[name]))
            last[name].append([max(part) for part in zip(*seconds)])

    benchmark.pedantic(turn, rounds=1 if benchmark.disabled else 3)
    medians = {name: [statistics.median(part) for part in zip(*rounds)] for name, rounds in last.items()}
    for i, part in enumerate(("opening", "train")):
        benchmark.extra_info[f"{part}_lab_s"] = round(medians["lab"][i], 3)
        benchmark.extra_info[f"{part}_empty_s"] = round(medians["empty"][i], 3)
        benchmark.extra_info[f"{part}_ratio"] = round(medians["lab"][i] / medians["empty"][i], 2)
    benchmark.extra_info["visitors"] = number
    print(benchmark.extra_info)


def test_many_come_over_a_minute(benchmark, servers):
    """The 95th percentile of opening and Train together, of ten classes that arrive over 60 s."""
    number = 10 * visitors(benchmark)
    over = number / 2_000 * 60
    result = {}

    def turn() -> None:
        for name, (url, _) in servers.items():
            seconds = sorted(sum(one) for one in come(url, VISITS[name], number, over, first=50_000_000))
            result[name] = seconds[int(0.95 * len(seconds))]

    benchmark.pedantic(turn, rounds=1)
    benchmark.extra_info |= {
        "visitors": number,
        "over_s": over,
        **{f"p95_{k}_s": round(v, 3) for k, v in result.items()},
    }
    benchmark.extra_info["ratio"] = round(result["lab"] / result["empty"], 2)
    print(benchmark.extra_info)


def assets_of(client: httpx.Client) -> list[str]:
    """The files that a page and its modules name, one after another, without the pictures."""
    found, open_ = [], [""]
    while open_:
        path = open_.pop()
        text = client.get(path).text
        for name in re.findall(r"""["'`](\.{0,2}/?[\w./-]+\.(?:js|css))["'`]""", text):
            base = path if name.startswith((".", "/")) else ""
            url = urljoin("/" + base, name).lstrip("/")
            if url not in found and len(found) < 150 and client.get(url).status_code == 200:
                found.append(url)
                open_.append(url)
    return found


def test_cold_loads(benchmark, servers):
    """Cold loads of the files that the empty app's page asks for, from the lab and from stock Gradio."""
    number = visitors(benchmark)
    with httpx.Client(base_url=servers["empty"][0]) as client:
        files = assets_of(client)[: 10 if benchmark.disabled else 150]
    assert len(files) >= 5

    async def load(client: httpx.AsyncClient, _: int) -> tuple[float, float]:
        start = time.perf_counter()
        for file in files:
            (await client.get(file, headers={"accept-encoding": "br"})).raise_for_status()
        return time.perf_counter() - start, 0.0

    result = {}

    def turn() -> None:
        for name, (url, _) in servers.items():
            come(url, load, 1)
            start = time.perf_counter()
            come(url, load, number)
            result[name] = time.perf_counter() - start

    benchmark.pedantic(turn, rounds=1)
    benchmark.extra_info |= {"files": len(files), "loads": number, **{f"{k}_s": round(v, 2) for k, v in result.items()}}
    benchmark.extra_info["ratio"] = round(result["lab"] / result["empty"], 3)
    print(benchmark.extra_info)


def memory(pid: int) -> float:
    """The resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        pytest.skip("Memory is read from /proc, which this system has not.")
    return int(re.search(r"VmRSS:\s+(\d+)", status.read_text()).group(1)) / 1024


def test_memory_stays(benchmark, servers):
    """Memory a visitor, and after 1,000 different experiments by visitors of their own."""
    url, pid = servers["lab"]
    number, grown = 20 if benchmark.disabled else 500, []

    def turn() -> None:
        for part in range(3):
            come(url, visit_lab, number, over=number / 50, first=90_000_000 + part * number)
            grown.append(memory(pid))

    benchmark.pedantic(turn, rounds=1)
    benchmark.extra_info["mb_after"] = [round(size, 1) for size in grown]
    benchmark.extra_info["kb_a_visitor"] = round(1024 * (grown[-1] - grown[0]) / (2 * number), 1)
    print(benchmark.extra_info)
