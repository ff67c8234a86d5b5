"""The attacks on a lab, each bounded in number and time, and what each one forbids. attack.py measures them."""

import base64
import contextlib
import gzip
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from target import CLASS, JSON, PAGE, Answer, Lab, Seen, call, leave, opened, repeat, request, status_of, together

LONGEST_WAIT = 2.0  # seconds of the innocent
MOST_MEMORY = 700  # MB above the start of the lab
MOST_WORK = 0.3  # of a core, for visitors who have left; the innocent takes about 0.15
MOST_GUESSES = 50  # codes of rooms that one address may try in a second
REFUSED = (411, 413)
NEIGHBOUR = "127.0.0.2"  # an honest visitor at another address
MCP = JSON | {"Accept": "application/json, text/event-stream"}
chance = random.Random(0)


def rest(lab: Lab, seen: Seen, full: bool) -> None:
    """Soon after all have left, the lab must no longer work for them."""
    time.sleep(3)
    before, seconds = lab.worked(), 10 if full else 3
    time.sleep(seconds)
    share = (lab.worked() - before) / seconds
    seen.notes.append(f"{share:.0%} of a core afterwards")
    if share > MOST_WORK:
        seen.wrong.append("works on for visitors who have left")


# The attacks: each takes the lab, what it meets, and whether there is time for all.


def nobody(lab: Lab, seen: Seen, full: bool) -> None:
    time.sleep(3)


def early_rooms(lab: Lab, seen: Seen, full: bool) -> None:
    """The first requests of a class to a new lab, all at once."""
    rooms = []

    def one() -> Answer:
        status, answer = request(lab, "POST", CLASS + "open_room", b'{"lesson": "count"}')
        rooms.append(answer)
        return status, answer

    together(seen, [one] * 20)
    alive = sum("error" not in lab.vote("host", **json.loads(room)) for room in rooms)
    seen.notes.append(f"{alive} of 20 rooms alive")
    if alive < 20:
        seen.wrong.append("rooms have vanished")


def chunked(lab: Lab, seen: Seen, full: bool) -> None:
    """150 MiB in pieces, with and without a length that is not true."""
    piece = b"100000\r\n" + b" " * 2**20 + b"\r\n"

    def one(path: str, length: str) -> Answer:
        sent = 0
        with opened(lab, f"POST {path} HTTP/1.1\r\n{length}Transfer-Encoding: chunked") as connection:
            with contextlib.suppress(OSError):
                for sent in range(1, 151):
                    connection.sendall(piece)
                connection.sendall(b"0\r\n\r\n")
            status = status_of(connection)
        if sent == 150 and status not in REFUSED:
            seen.wrong.append("reads 150 MiB of one request")
        return status, b""

    together(
        seen,
        [partial(one, path, length) for path in (CLASS + "look", PAGE) for length in ("Content-Length: 5\r\n", "")],
    )


def keys(lab: Lab, seen: Seen, full: bool) -> None:
    """An experiment of 1.1 million keys."""
    text = "{" + ",".join(f'"{i:x}":0' for i in range(1_100_000)) + "}"
    body = lab.question("two-ways", "two_ways", experiment="HERE").replace(b'"HERE"', text.encode())
    together(seen, [partial(request, lab, "POST", PAGE, body)] * 3)


def link(lab: Lab, seen: Seen, full: bool) -> None:
    """A link of 6.4 million keys."""
    together(seen, [partial(call, lab, "score", "emma", "?" + "a&" * 6_400_000)])


def escapes(lab: Lab, seen: Seen, full: bool) -> None:
    """A link of 4 million escaped characters."""
    together(seen, [partial(call, lab, "sample", 10, 1, "?data=own&words=" + "%61" * 4_000_000)])


def words(start: str, piece: str, number: int, end: str, at_once: int, lab: Lab, seen: Seen, full: bool) -> None:
    """12 MB of something, `number` times a piece, where words belong."""
    text = (start + piece * number + end).encode()
    body = lab.question("two-ways", "two_ways", experiment={"data": "own", "words": "HERE"}).replace(b'"HERE"', text)
    together(seen, [partial(request, lab, "POST", PAGE, body)] * (at_once if full else at_once // 4))


def tensors(lab: Lab, seen: Seen, full: bool) -> None:
    """A table file of 150,000 empty tensors."""
    parts = ",".join(f'"{i:x}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}' for i in range(150_000))
    header = f"{{{parts}}}".encode()
    table = base64.b64encode(gzip.compress(len(header).to_bytes(8, "little") + header)).decode()
    bodies = [lab.question("settings", "read_table", table=table)]
    bodies += [lab.question("two-ways", "two_ways", experiment={"data": "table", "table": table})]
    together(seen, [partial(request, lab, "POST", PAGE, body) for body in bodies * 2])


def mcp(lab: Lab, seen: Seen, full: bool) -> None:
    """100 programs that call at once; the quick attack has 25."""
    number = 100 if full else 25
    arguments = {"name": "score", "arguments": {"name": "emma", "link": ""}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": arguments}).encode()
    right = Counter()

    def one() -> Answer:
        status, answer = request(lab, "POST", "/gradio_api/mcp/", body, MCP)
        right[b"counted" in answer] += 1
        return status, answer

    together(seen, [one] * number)
    if right[True] < number:
        seen.wrong.append(f"only {right[True]} of {number} calls are answered")


def left_runs(lab: Lab, seen: Seen, full: bool) -> None:
    """40 long runs of visitors who leave: after 2 s, and 40 others after 18 s."""
    for seconds in (2, 18) if full else (2,):
        seeds = (str(chance.randrange(2**31)) for _ in range(40))
        runs = ({"order": 3, "form": "rows", "steps": 38, "seed": seed} for seed in seeds)
        questions = (lab.question("inside", "look", experiment=run, context="em", character="m") for run in runs)
        leave(lab, ((f"POST {PAGE}", body) for body in questions), seconds)
        rest(lab, seen, full)


def left_sweeps(lab: Lab, seen: Seen, full: bool) -> None:
    """20 sweeps over L2 of visitors who leave."""
    sweeps = ({"split": str(i), "steps": 2_000, "order": 3, "seed": str(i)} for i in range(20))
    questions = (lab.question("smoothing", "sweep", experiment=sweep, orders=[3]) for sweep in sweeps)
    leave(lab, ((f"POST {PAGE}", body) for body in questions), 2)
    rest(lab, seen, full)


def left_calls(lab: Lab, seen: Seen, full: bool) -> None:
    """20 calls of the API, whose callers close the stream of their events."""
    events = []
    for i in range(20):
        name, body = "train", {"form": "rows", "steps": 390, "seed": i}
        if i % 2:
            name, body = "sweep", {"setting": "l2", "link": f"?split={i}&steps=2000&order=3"}
        status, answer = request(lab, "POST", f"/gradio_api/call/v2/{name}", json.dumps(body).encode())
        seen.answers[status] += 1
        if status == 200:
            events.append((f"GET /gradio_api/call/{name}/{json.loads(answer)['event_id']}", b""))
    leave(lab, events, 2)
    rest(lab, seen, full)


def qr(lab: Lab, seen: Seen, full: bool) -> None:
    """32 of the largest QR codes; the quick attack has 8."""
    base = "http://" + "a" * 990
    lists = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=1_900)) for _ in range(32 if full else 8)]
    bodies = [lab.question("settings", "share", experiment={"data": "own", "words": one}, base=base) for one in lists]
    together(seen, [partial(request, lab, "POST", PAGE, body) for body in bodies])


def invitations(lab: Lab, seen: Seen, full: bool) -> None:
    """100 invitations with a long address, while a student looks into his room."""
    room = lab.vote("open_room", lesson="count")
    bodies = [json.dumps(room | {"base": f"http://{i:03}" + "a" * 280}).encode() for i in range(100)]
    done, waits = threading.Event(), []

    def student() -> None:
        while not (waits and done.wait(0.2)):
            start = time.monotonic()
            lab.vote("look", NEIGHBOUR, code=room["code"], voter="0" * 32)
            waits.append(time.monotonic() - start)

    one = threading.Thread(target=student, daemon=True)
    one.start()
    together(seen, [partial(request, lab, "POST", CLASS + "invitation", body) for body in bodies])
    done.set()
    one.join()
    waited(seen, "a student", waits)


def waited(seen: Seen, who: str, waits: list[float]) -> None:
    seen.notes.append(f"{who} waits at most {max(waits):.2f} s")
    if max(waits) > LONGEST_WAIT:
        seen.wrong.append(f"{who} waits too long")


def files(lab: Lab, seen: Seen, full: bool) -> None:
    """Six sets of files of large tables; the quick attack has two."""
    runs = [{"order": 4, "steps": i, "k": 0.5 + i} for i in range(6 if full else 2)]
    bodies = [lab.question("code", "files", experiment=run) for run in runs]
    together(seen, [partial(request, lab, "POST", PAGE, body) for body in bodies])


def trickle(first: int, lab: Lab, seen: Seen, full: bool) -> None:
    """60 connections that say 12 MB, send some bytes `first`, and then 1 kB a second."""
    start, ended, patience, body = time.monotonic(), [], 35 if full else 5, b" " * first

    def one() -> Answer:
        with opened(lab, f"POST {PAGE} HTTP/1.1\r\nContent-Length: 12000000") as connection:
            connection.settimeout(patience)
            try:
                connection.sendall(body)
                while time.monotonic() - start < patience:
                    time.sleep(1)
                    connection.sendall(b" " * 1_000)
            except TimeoutError:
                pass  # the lab has not read on, and has not ended it either
            except OSError:
                ended.append(time.monotonic() - start)
                return "ended", b""
        return "slow", b""

    together(seen, [one] * 60)
    seen.notes.append(f"{len(ended)} of 60 ended by the lab" + (f", the last after {ended[-1]:.0f} s" if ended else ""))
    if full and len(ended) < 60:
        seen.wrong.append(f"slow bodies have no end in {patience} s")


def hosts(lab: Lab, seen: Seen, full: bool) -> None:
    """1,000 first pages by names of hosts that do not exist. The innocent opens the right page meanwhile."""

    def one() -> Answer:
        return request(lab, "GET", "/", None, {"X-Forwarded-Host": f"{chance.randrange(2**40):x}.example"})

    repeat(seen, 20 if full else 4, 1_000, 4, one)


def cards(lab: Lab, seen: Seen, full: bool) -> None:
    """Pages and cards of 400 links that differ, 16 at a time; half of them hold own words. Quick: 120."""
    words = "%0A".join(f"name{chr(97 + k % 26)}{chr(97 + k // 26)}" for k in range(200))
    links = [f"?v=1&seed={k}" + (f"&data=own&words={words}" if k % 2 else "") for k in range(400 if full else 120)]
    paths = [f"{start}{link}" for link in links for start in ("/", "/gradio_api/lab/card.png")]
    for first in range(0, len(paths), 16):
        together(seen, [partial(request, lab, "GET", path) for path in paths[first : first + 16]])


def someone() -> dict[str, str]:
    """Headers of a visitor who says that he comes from a random address."""
    return JSON | {"X-Forwarded-For": ".".join(str(chance.randrange(1, 224)) for _ in range(4))}


def rooms(lab: Lab, seen: Seen, full: bool) -> None:
    """2,100 rooms for random addresses. The room of a class that votes must stay, and a teacher must get a new one."""
    room = lab.vote("open_room", NEIGHBOUR, lesson="count")
    lab.vote("act", NEIGHBOUR, **room, act="open round 1")
    vote = {"code": room["code"], "voter": "0" * 32}
    lab.vote("vote", NEIGHBOUR, **vote, number=1, round=1, choice=0)
    path, body = CLASS + "open_room", b'{"lesson": "count"}'
    repeat(seen, 20, 2_100, 8, lambda: request(lab, "POST", path, body, someone()))
    if "error" in lab.vote("look", NEIGHBOUR, **vote):
        seen.wrong.append("the room of a class that votes has vanished")
    if "error" in lab.vote("open_room", NEIGHBOUR, lesson="count"):
        seen.wrong.append("a teacher gets no room")


def voters(lab: Lab, seen: Seen, full: bool) -> None:
    """10,000 random voters of one address. A student at another one must still be able to vote."""
    room = lab.vote("open_room", NEIGHBOUR, lesson="count")
    lab.vote("act", NEIGHBOUR, **room, act="open round 1")
    ballot = {"code": room["code"], "number": 1, "round": 1, "choice": 0}

    def one() -> Answer:
        body = json.dumps(ballot | {"voter": f"{chance.getrandbits(128):032x}"}).encode()
        return request(lab, "POST", CLASS + "vote", body)

    repeat(seen, 40, 10_000, 8, one)
    if "error" in lab.vote("vote", NEIGHBOUR, **ballot, voter="0" * 32):
        seen.wrong.append("a student of another address cannot vote")


def guesses(lab: Lab, seen: Seen, full: bool) -> None:
    """Codes of rooms by chance for 5 s. A student with the right code must get in."""
    room, tried = lab.vote("open_room", NEIGHBOUR, lesson="count"), Counter()

    def one() -> Answer:
        guess = {"code": "".join(chance.choices("BCDFGHJKMNPQRSTVWXZ", k=5)), "voter": "0" * 32}
        status, answer = request(lab, "POST", CLASS + "look", json.dumps(guess).encode())
        tried[b"There is no room" in answer or b"question" in answer] += 1
        return status, answer

    repeat(seen, 5, 100_000, 8, one)
    seen.notes.append(f"{tried[True] / 5:.0f} guesses a second are told right or wrong")
    if tried[True] / 5 > MOST_GUESSES:
        seen.wrong.append("codes can be guessed")
    if "error" in lab.vote("look", NEIGHBOUR, code=room["code"], voter="0" * 32):
        seen.wrong.append("a student does not get in")


def starved(lab: Lab, seen: Seen, full: bool) -> None:
    """One trains 150 steps; another asks for 11, 12, 13, … steps of the same run."""
    run, start, done, late = {"form": "rows", "seed": "7"}, time.monotonic(), threading.Event(), False

    def other() -> None:
        steps = 11
        while not done.wait(1.5):
            lab.ask("two-ways", "two_ways", experiment=run | {"steps": steps})
            steps += 1

    threading.Thread(target=other, daemon=True).start()
    while not done.is_set() and time.monotonic() - start < 30:
        reply = lab.ask("two-ways", "two_ways", experiment=run | {"steps": 150}, late=late)
        late = True
        if reply["done"]:
            done.set()
    seen.notes.append(f"{reply['step']} of 150 steps after {time.monotonic() - start:.0f} s")
    if not done.is_set():
        seen.wrong.append("a run never ends, because others ask for earlier steps")
    done.set()


def crowd(lab: Lab, seen: Seen, full: bool) -> None:
    """28 visitors with large runs of their own ask in turn: each must get on in each round."""
    runs, start = [{"order": 4, "steps": 1_000, "lr": 10 + i} for i in range(28)], time.monotonic()
    rounds: list[list[int]] = []  # the steps of each visitor
    while time.monotonic() - start < 40:
        rounds.append([lab.ask("traps", "wrong_and_right", experiment=run)["step"] for run in runs])
    stuck = [sum(after <= before for before, after in zip(*pair)) for pair in itertools.pairwise(rounds)]
    seen.notes.append(f"least steps after each round: {list(map(min, rounds))}")
    if not stuck or any(stuck):
        seen.wrong.append("runs do not get on")


def mixed(lab: Lab, seen: Seen, full: bool) -> None:
    """Nine kinds of visitors at once for two minutes, then a minute of rest."""
    room = lab.vote("open_room", lesson="count")
    lab.vote("act", **room, act="open round 1")
    ballot = {"code": room["code"], "number": 1, "round": 1, "choice": 0}

    def ask(part: str, function: str, **data: Any) -> Answer:
        return request(lab, "POST", PAGE, lab.question(part, function, **data))

    def any_run() -> dict[str, Any]:
        form = chance.choice(("counts", "gather", "rows"))
        return {"lr": chance.uniform(1, 70), "order": chance.choice((2, 3)), "form": form, "steps": 20}

    def own_words() -> str:
        return "?v=1&data=own&words=" + "".join(chance.choices("abcdefghij", k=500))

    def voter() -> bytes:
        return json.dumps(ballot | {"voter": f"{chance.randrange(200):032x}"}).encode()

    kinds = [
        lambda: request(lab, "GET", "/"),
        lambda: ask("two-ways", "two_ways", experiment={}),
        lambda: ask("two-ways", "two_ways", experiment=any_run(), late=True),
        lambda: ask("inside", "look", experiment=any_run(), context="em"[: chance.choice((1, 2))], character="m"),
        lambda: ask("sampling", "sampling", experiment={}, seed=str(chance.randrange(10**6))),
        lambda: ask("code", "files", experiment={"steps": chance.randrange(100)}),
        lambda: ask("settings", "open_link", query=own_words()),
        lambda: call(lab, "score", "emma", own_words()),
        lambda: request(lab, "POST", CLASS + "vote", voter()),
    ]

    def visitor(kind: Callable[[], Answer]) -> None:
        while time.monotonic() < end:
            seen.answers[kind()[0]] += 1
            time.sleep(0.1)

    end = time.monotonic() + 120
    threads = [threading.Thread(target=visitor, args=[kind], daemon=True) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    grown = lab.memory("VmRSS") - lab.start
    time.sleep(60)
    seen.notes.append(f"{grown:+.0f} MB at the end, {lab.memory('VmRSS') - lab.start:+.0f} MB a minute later")


class Attack(NamedTuple):
    name: str
    run: Callable[[Lab, Seen, bool], None]
    quick: bool = True
    memory: int = MOST_MEMORY  # MB above the start


ATTACKS = [
    Attack("early-rooms", early_rooms),  # the first, because it needs a new lab
    Attack("nobody", nobody),
    Attack("chunked", chunked),
    Attack("keys", keys),
    Attack("link", link),
    Attack("escapes", escapes),
    Attack("words-objects", partial(words, "[", "{},", 4_200_000, "{}]", 16)),
    Attack("words-lists", partial(words, "[", "[],", 4_200_000, "[]]", 4), quick=False),
    Attack("words-numbers", partial(words, "[", "1,", 6_300_000, "1]", 4), quick=False),
    Attack("words-nested", partial(words, "[" * 6_000_000, "]", 6_000_000, "", 4)),
    Attack("words-escaped", partial(words, '"', r"\u0061", 2_000_000, '"', 4), quick=False),
    Attack("words-quotes", partial(words, '"', r"\"", 6_000_000, '"', 4), quick=False),
    Attack("tensors", tensors),
    Attack("mcp", mcp),
    Attack("left-runs", left_runs, memory=600),  # below 1 GB in all
    Attack("left-sweeps", left_sweeps, quick=False),
    Attack("left-calls", left_calls),
    Attack("qr", qr),
    Attack("invitations", invitations),
    Attack("files", files),
    Attack("trickle", partial(trickle, 0), quick=False),
    Attack("slow-bodies", partial(trickle, 9_000_000)),
    Attack("hosts", hosts),
    Attack("cards", cards),
    Attack("rooms", rooms, quick=False),
    Attack("voters", voters, quick=False),
    Attack("guesses", guesses, quick=False),
    Attack("starved", starved, quick=False),
    Attack("crowd", crowd, quick=False),
    Attack("mixed", mixed, quick=False),
]
