"""A class votes: 500 voters in 30 seconds, while somebody trains; 500 phones that follow; and a killed server.

Each voter opens the page of a student, looks, votes, and changes the vote once, over a connection of its own. The
host asks every 2 seconds, as its page does. The server runs in a process of its own. The time that a vote takes
of a core is read from /proc, and compared with an answer of the lab that comes from the cache. VOTERS sets the number
of voters (500), FOLLOWED for how many seconds their phones follow (240; more than 500 need pytest's option
`-o faulthandler_timeout=2000`). With `--benchmark-disable`, twenty come within a second, and only what they see is
checked.
"""

import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.bench_class import ONE_LINK, ROOT, START, Visitor, untimed, wait_for
from demo.classroom.rooms import NEW_AT_ONCE

pytestmark = pytest.mark.lab

EVERY = 2.0  # seconds between two questions of the host's page
FOLLOWING = 4.0  # and of a student's page, as in room.js
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Lab:
    """A server of its own, whose rooms are in a file that survives it."""

    def __init__(self, rooms: Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.environment = os.environ | {
            "GRADIO_ANALYTICS_ENABLED": "False",
            "HF_HUB_OFFLINE": "1",
            "LAB_ROOMS": str(rooms),
        }
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-c", START["lab"].format(port=self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL)
        wait_for(self.url, self.process)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def cpu(self) -> float:
        """CPU time of the server so far, in seconds."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.is_file():
            pytest.skip("The time of a process is read from /proc, which this system has not.")
        return sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) / TICK


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[Lab]:
    server = Lab(tmp_path_factory.mktemp("class") / "rooms.db")
    yield server
    server.kill()


async def ask(visitor: Visitor, name: str, **question: object) -> dict:
    reply = await visitor.post(f"gradio_api/class/{name}", question)
    assert "error" not in reply, reply
    return reply


def voter_of(number: int) -> str:
    return f"{number:032x}"


def choices_of(number: int) -> tuple[int, int]:
    """The first vote of a voter, and what it is changed to."""
    return number % 3, (number * number + 1) % 3


async def open_round(visitor: Visitor) -> dict:
    own = await ask(visitor, "open_room", lesson="over")
    await ask(visitor, "act", **own, act="open round 1")
    return own


def test_a_class_votes(benchmark, record, lab):
    """No vote is lost, none counts twice, and the host's page has the right number 2 s after the last."""
    number = 20 if untimed(benchmark) else int(os.environ.get("VOTERS", "500"))
    over = 1.0 if untimed(benchmark) else 30.0
    waits: list[float] = []

    async def student(i: int, code: str, begin: float) -> None:
        await asyncio.sleep(begin + over * i / number - time.perf_counter())
        async with Visitor(lab.url, i) as visitor:
            await visitor.get(f"?room={code}")
            await ask(visitor, "look", code=code, voter=voter_of(i))
            for choice in choices_of(i):
                start = time.perf_counter()
                seen = await ask(visitor, "vote", code=code, voter=voter_of(i), number=1, round=1, choice=choice)
                waits.append(time.perf_counter() - start)
                assert seen["mine"][0] == choice

    async def train(visitor: Visitor) -> None:
        """The teacher trains all the time: long runs, each with another seed."""
        await visitor.open("")
        for seed in range(1_000_000):
            own = {"form": "gather", "steps": 500, "seed": str(seed)}
            done = False
            while not done:
                done = (await visitor.ask("two-ways", "two_ways", {"experiment": own, "late": True}))["done"]

    async def all_of_them() -> dict[str, float]:
        async with Visitor(lab.url, 10_000) as host, Visitor(lab.url, 10_001) as trainer:
            own = await open_round(host)
            training = asyncio.create_task(train(trainer))
            begin = time.perf_counter()
            students = [asyncio.create_task(student(i, own["code"], begin)) for i in range(number)]
            voting = asyncio.gather(*students)
            while not voting.done():
                await asyncio.wait([voting], timeout=EVERY)
                seen = await ask(host, "host", **own)
                assert (seen["tally"], seen["answer"]) == (None, None)
            await voting
            last = time.perf_counter()
            while (await ask(host, "host", **own))["votes"] != [number, 0]:
                assert time.perf_counter() < last + 30, "Votes are missing."
            behind = time.perf_counter() - last
            training.cancel()
            await ask(host, "act", **own, act="close")
            shown = await ask(host, "act", **own, act="show")
            right = [choices_of(i)[1] for i in range(number)]
            assert shown["tally"][0] == [right.count(choice) for choice in range(3)]
            return {"behind_s": behind}

    figures: dict[str, float] = {}
    benchmark.pedantic(lambda: figures.update(asyncio.run(all_of_them())), rounds=1)
    figures |= {"p95_s": statistics.quantiles(waits, n=20)[-1], "longest_s": max(waits)}
    record("a class votes", "a vote", waits, case=f"{number} voters in {over:g} s", **figures)


def test_phones_follow_their_class(benchmark, record, lab):
    """While all phones follow, and all vote in each of two rounds: what a vote waits, and what following costs."""
    number = 20 if untimed(benchmark) else int(os.environ.get("VOTERS", "500"))
    seconds = 1.0 if untimed(benchmark) else float(os.environ.get("FOLLOWED", "240"))
    every, thought = (0.1, 0.1) if untimed(benchmark) else (FOLLOWING, min(30.0, seconds / 8))  # seconds
    waits: list[float] = []
    asked, over = [0], []

    async def phone(i: int, code: str, begin: float, end: float) -> None:
        chance, seen = random.Random(i), {"number": 1, "phase": "ready"}
        async with Visitor(lab.url, i) as visitor:
            await visitor.get(f"?room={code}")
            await ask(visitor, "look", code=code, voter=voter_of(i))
            await asyncio.sleep(begin + every * i / number - time.perf_counter())
            while time.perf_counter() < end or not over:
                now = json.loads(await visitor.get(f"gradio_api/class/place/{code}"))
                asked[0] += 1
                if now != seen:
                    await ask(visitor, "look", code=code, voter=voter_of(i))
                    if now["phase"] in ("round 1", "round 2"):
                        await asyncio.sleep(thought * chance.random())
                        vote = {"number": 1, "round": int(now["phase"][-1]), "choice": i % 3}
                        start = time.perf_counter()
                        await ask(visitor, "vote", code=code, voter=voter_of(i), **vote)
                        waits.append(time.perf_counter() - start)
                seen = now
                await asyncio.sleep(every * (0.75 + chance.random() / 2))

    async def all_of_them() -> dict[str, float]:
        async with Visitor(lab.url, 10_000) as host:
            own = await ask(host, "open_room", lesson="over")
            begin = time.perf_counter() + 4 * number / 500
            end = begin + seconds
            phones = [asyncio.create_task(phone(i, own["code"], begin, end)) for i in range(number)]
            await asyncio.sleep(begin - time.perf_counter())
            before = lab.cpu()
            for round, acts in enumerate((["open round 1"], ["close", "discuss", "open round 2"])):
                for act in acts:
                    await ask(host, "act", **own, act=act)
                    await asyncio.sleep(seconds / 6)
                while (seen := await ask(host, "host", **own))["votes"][round] < number:
                    assert time.perf_counter() < end + 60, f"Votes are missing: {seen['votes']}."
                    await asyncio.sleep(min(EVERY, every))
            over.append(True)
            await asyncio.gather(*phones)
            lasted = time.perf_counter() - begin
            return {"core": (lab.cpu() - before) / lasted, "asked_a_minute": asked[0] / number / lasted * 60}

    figures: dict[str, float] = {}
    benchmark.pedantic(lambda: figures.update(asyncio.run(all_of_them())), rounds=1)
    figures |= {"p95_s": statistics.quantiles(waits, n=20)[-1], "longest_s": max(waits)}
    record("phones follow their class", "a vote", waits, case=f"{number} phones for {seconds:g} s", **figures)


def test_what_a_vote_costs(benchmark, record, lab):
    """CPU time of the server for a vote, in ms, compared with an answer of the lab that comes from the cache."""
    number = 20 if untimed(benchmark) else 2_000

    async def votes(visitor: Visitor, owns: list[dict]) -> None:
        for i in range(number):
            code = owns[i // NEW_AT_ONCE]["code"]
            await ask(visitor, "vote", code=code, voter=voter_of(i), number=1, round=1, choice=i % 3)

    async def answers(visitor: Visitor) -> None:
        opened = await visitor.ask("settings", "open_link", {"query": ONE_LINK})
        for _ in range(number // 10):
            await visitor.ask("two-ways", "two_ways", {"experiment": opened["experiment"], "lead": "", "late": True})

    async def both() -> dict[str, float]:
        async with Visitor(lab.url, 1) as visitor:
            await visitor.open("")
            owns = [await open_round(visitor) for _ in range(0, number, NEW_AT_ONCE)]  # all voters have one address
            await answers(visitor)  # warm
            before = lab.cpu()
            await votes(visitor, owns)
            between = lab.cpu()
            await answers(visitor)
            after = lab.cpu()
            return {"vote": (between - before) / number, "answer": 10 * (after - between) / number}

    cost: dict[str, float] = {}
    benchmark.pedantic(lambda: cost.update(asyncio.run(both())), rounds=1)
    if not untimed(benchmark):  # so few cost nothing that the clock of a process tells
        case = f"{number} votes"
        record("seconds of the server's core", "a vote", [cost["vote"]], [cost["answer"]], "a known answer", case=case)


def test_a_killed_server_goes_on(benchmark, record, lab):
    """The server is killed at random moments and restarted. Every vote that was accepted must still be there."""
    turns, chance, told, starts = 1 if untimed(benchmark) else 10, random.Random(13), [], []

    async def vote_until_it_is_gone(codes: list[str]) -> None:
        async def student(i: int) -> None:
            async with Visitor(lab.url, i) as visitor:
                for j in range(1_000):
                    await ask(visitor, "vote", code=codes[i], voter=voter_of(j), number=1, round=1, choice=j % 3)
                    told.append((codes[i], j))

        students = [asyncio.create_task(student(i)) for i in range(5)]
        await asyncio.sleep(0.2 + chance.random())
        lab.kill()
        ended = await asyncio.gather(*students, return_exceptions=True)
        assert all(isinstance(end, OSError | EOFError) for end in ended), ended

    async def first() -> list[dict]:
        async with Visitor(lab.url, 0) as host:
            return [await open_round(host) for _ in range(5)]

    async def check(owns: list[dict]) -> None:
        async with Visitor(lab.url, 0) as host:
            for code, voter in told:
                seen = await ask(host, "look", code=code, voter=voter_of(voter))
                assert seen["mine"][0] == voter % 3
            for own in owns:
                assert (await ask(host, "host", **own))["phase"] == "round 1"

    def run() -> None:
        owns: list[dict] = []
        for _ in range(turns):
            opened = asyncio.run(first())  # a room for each student: all have one address
            owns.extend(opened)
            asyncio.run(vote_until_it_is_gone([own["code"] for own in opened]))
            start = time.perf_counter()
            lab.start()
            starts.append(time.perf_counter() - start)
        asyncio.run(check(owns))

    benchmark.pedantic(run, rounds=1)
    assert told
    record("a killed server", "its start", starts, case=f"{turns} kills", votes=len(told))
