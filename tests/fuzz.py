"""Requests to a lab that runs, made from what it declares: right, nearly right and hostile ones, the same for a seed.

    python tests/fuzz.py http://127.0.0.1:7860/ 100000

None may bring the lab to an error: no status of 500 or more, but 503 of a full queue; no answer that says that the lab
made a mistake, that shows a traceback, or that no program can read. Each failure is printed; the statuses are counted
at the end.
"""

import base64
import collections
import gzip
import http.client
import inspect
import itertools
import json
import random
import sys
import threading
import time
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from safetensors.torch import save

import bigram
from demo.api import endpoints
from demo.classroom import rooms, routes
from demo.compute import table_file
from demo.compute.lookup import WAYS
from demo.experiment import Experiment
from demo.page.screens import ANSWERS, MISTAKE
from demo.teaching.lessons import BY_KEY

CLIENTS = 8
HOSTILE = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**30, 1e308, 1e-308, float("nan"), float("inf")),
    *(
        "",
        " ",
        "\0",
        "a" * 1_001,
        "x" * 50_000,
        "é",
        "🙂",
        "\ud800",
        "١٢",
        "NaN",
        "1e999",
        "0x10",
        "%00",
        "%s%n",
        "{{7*7}}",
    ),
    *("../../etc/passwd", "file:///etc/passwd", "<script>alert(1)</script>", "'; DROP TABLE x; --", "\r\nA: b"),
    *([], {}, [[]], [None] * 1_000, {"": ""}, {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}),
    json.loads("[" * 500 + "]" * 500),
]
TABLE = table_file.pack(
    save({"N": bigram.count(*bigram.ngrams(["emma"], bigram.Vocab(".aem")), 4)}, {"vocabulary": ".aem", "order": "2"})
)
TYPICAL = {  # of each argument of a question, some that it may be; where none stands here, its type says
    "file": ["", base64.b64encode(gzip.compress(b"emma\nolivia")).decode()],
    "query": ["?v=1", "?v=1&steps=20", "?v=1&order=3&k=0.5", "?data=own&words=emma%0Aolivia", "?v=1&lesson=count"],
    "links": ["?v=1\n?v=1&steps=5"],
    "key": ["count", "l2", "keepdim", "float"],  # soon computed
    "lesson": list(BY_KEY),
    "table": ["counted", "descended", TABLE],
    "form": ["counts", "one-hot", "rows", "lookup"],
    "way": list(WAYS),
    "name": ["emma", "Emma", "q", "zz"],
    "context": [".", "e", "em"],
    "character": ["m", "."],
    "seed": ["", "1", "2147483647"],
    "question": ["Which letter?"],
    "choices": ["one\ntwo"],
    "right": [1, 2],
    "why": ["", "It is the letter that comes most often."],
    "base": ["http://127.0.0.1:7860/"],
    "orders": [[2], [2, 3], []],
    "setting": ["k", "l2"],
    "link": ["", "?v=1", "?v=1&steps=5"],
    "voter": ["0123456789abcdef" * 2],
    "number": [1],
    "round": [1, 2],
    "choice": [0, 1],
    "after": [1, 2],
    "act": list(rooms.ACTS),
}
CHEAP = ["k", "draws", "draw_seed", "tab", "hide", "data", "lr"]
NAMES = [function.__name__ for function in (endpoints.train, endpoints.score, endpoints.sample, endpoints.sweep)]


def parameters(function: Any) -> list[str]:
    """The names of the parameters of an answer, as it was declared."""
    checked = inspect.getclosurevars(function).nonlocals.get("checked", function)
    return list(inspect.signature(checked).parameters)


class Maker:
    """Requests by one seed."""

    def __init__(self, seed: int, components: dict[str, int], room: dict[str, str]):
        self.chance, self.components, self.room = random.Random(seed), components, room

    def value(self, name: str) -> Any:
        """A right value more often than not."""
        if self.chance.random() < 0.25:
            return self.chance.choice(HOSTILE)
        if name in self.room:
            return self.room[name]
        return self.chance.choice(TYPICAL.get(name, ["a", 1, 2, 100, ""]))

    def setting(self, key: str) -> Any:
        """A value of a setting: one of its choices, near its bounds, or hostile."""
        least, most = Experiment.bounds(key)
        default = Experiment.model_fields[key].default
        values = [default, *get_args(Experiment.model_fields[key].annotation)]
        if least is not None:
            values = [default, least, least - 1, least + 1, most, most + 1, str(default), 3.5]
        if key == "table":
            values = [TABLE, TABLE[:50], ""]
        if key == "words":
            values = ["emma\nolivia", "ab\ncd\n" * self.chance.randrange(200), "".join(map(chr, range(97, 1_000)))]
        return self.chance.choice(HOSTILE if self.chance.random() < 0.15 else values)

    def settings(self) -> dict[str, Any]:
        """An experiment, nineteen times of twenty one that is soon computed."""
        keys = CHEAP if self.chance.random() < 0.95 else list(Experiment.model_fields)
        chosen = self.chance.sample(keys, self.chance.choice((0, 0, 1, 1, 2, 3)))
        given = {"steps": self.chance.randrange(9)} | {key: self.setting(key) for key in chosen}
        if given.get("data") != "own":
            given.pop("words", None)
        if given.get("data") == "table":
            given["table"] = self.setting("table")
        return given

    def spoiled(self, body: Any) -> Any:
        """One time in ten with a part left out, added or replaced."""
        if self.chance.random() > 0.1 or not body:
            return body
        if self.chance.random() < 0.2:
            return self.chance.choice(HOSTILE)
        if isinstance(body, dict):
            key = self.chance.choice([*body, "surplus"])
            rest = {one: value for one, value in body.items() if one != key}
            return rest if self.chance.random() < 0.4 else rest | {key: self.chance.choice(HOSTILE)}
        return [*body[1:], *self.chance.sample(HOSTILE, self.chance.randrange(3))]

    def asked(self, function: Any) -> dict[str, Any]:
        """What an answer is asked."""
        names = parameters(function)
        given = {
            key: self.value(key) for key in names if key not in ("e", "view", "client") and self.chance.random() < 0.9
        }
        return given | ({"experiment": self.settings()} if {"e", "view"} & set(names) else {})

    def question(self) -> tuple[str, str, Any]:
        """Of the page, to one of its parts."""
        part, function = self.chance.choice([(part, one) for part, several in ANSWERS.items() for one in several])
        body = {
            "data": self.spoiled(self.asked(function) | {"page": "fuzz"}),
            "component_id": self.components[part],
            "fn_name": function.__name__,
            "session_hash": f"fuzz{self.chance.randrange(10_000)}",
        }
        return "POST", "gradio_api/component_server/", self.spoiled(body)

    def call(self) -> tuple[str, str, Any]:
        """Of a program, to one of the endpoints, in one of the two ways."""
        name = self.chance.choice(NAMES)
        keys = list(inspect.signature(getattr(endpoints, name)).parameters)
        given = self.settings()
        values = {
            key: given.get(key, Experiment.model_fields[key].default) if name == "train" else self.value(key)
            for key in keys
        }
        if self.chance.random() < 0.5:
            return "POST", f"gradio_api/call/v2/{name}", self.spoiled(values)
        return "POST", f"gradio_api/call/{name}", self.spoiled({"data": self.spoiled(list(values.values()))})

    def link(self) -> tuple[str, str, Any]:
        """The page of a link."""
        values = {key: value for key, value in self.settings().items() if self.chance.random() < 0.9}
        text = urlencode({key: str(value)[:2_000].encode(errors="replace") for key, value in values.items()})
        return "GET", self.chance.choice(("", "config", self.path())) + "?v=1&" + text, None

    def vote(self) -> tuple[str, str, Any]:
        """Of a class."""
        name, function = self.chance.choice(list(routes.ANSWERS.items()))
        asked = self.asked(function)
        if name == "end":
            asked.pop("secret", None)  # the room is for all requests
        return "POST", f"gradio_api/class/{name}", self.spoiled(asked)

    def path(self) -> str:
        """Where a route may be, or may not."""
        start = self.chance.choice(
            ("", "gradio_api/", "gradio_api/call/train/", "gradio_api/queue/", "static/", "assets/", "gradio_api/lab/")
        )
        return start + quote(str(self.chance.choice(HOSTILE))[:200].encode(errors="replace"), safe="/")

    def elsewhere(self) -> tuple[str, str, Any]:
        """To other routes of Gradio."""
        event = {"event_id": self.value("event"), "session_hash": self.value("session"), "fn_index": self.value("fn")}
        path = self.chance.choice(("cancel", "reset", "queue/join", "call/" + self.path(), "class/" + self.path()))
        return "POST", f"gradio_api/{path}", self.spoiled(event | {"data": self.spoiled([1, ""])})

    def request(self) -> tuple[str, str, bytes | None]:
        """The method, the path and the body of the next request."""
        kinds = (self.question, self.call, self.link, self.vote, self.elsewhere)
        method, path, body = self.chance.choices(kinds, (60, 10, 5, 15, 10))[0]()
        text = None if method == "GET" else json.dumps(body).encode()
        if text and self.chance.random() < 0.02:
            text = text[: self.chance.randrange(len(text))] + self.chance.randbytes(3)
        return method, path, text


def wrong(path: str, status: int, answer: bytes) -> str:
    """What is wrong with an answer, "" where nothing is."""
    if status >= 500 and status != 503:
        return "an error of the server"
    if b"Traceback (most recent" in answer or b'.py", line' in answer:
        return "a traceback"
    if MISTAKE.encode() in answer:
        return "a mistake of the lab"
    if status == 200 and "component_server" in path and not isinstance(json.loads(answer), dict):
        return "no JSON object"
    return ""


def outcome(connection: http.client.HTTPConnection, path: str) -> bytes:
    """What a call has come to; after 15 s the server says that it is not done (a heartbeat), which is enough."""
    connection.request("GET", path)
    reply, events = connection.getresponse(), b""
    while line := reply.readline():
        events += line
        if line.startswith(b"data:"):
            break
    connection.close()
    return events


def main(url: str, number: int, seed: int = 0) -> int:
    """The number of failures among so many requests."""
    host = urlsplit(url).netloc
    first = http.client.HTTPConnection(host, timeout=60)
    first.request("GET", "/config")
    config = json.loads(first.getresponse().read())
    components = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
    first.request("POST", "/gradio_api/class/open_room", json.dumps({"lesson": "count"}))
    room = json.loads(first.getresponse().read())
    first.close()
    statuses, failures, numbers, started = collections.Counter(), [], itertools.count(), time.time()

    def client(connection: http.client.HTTPConnection) -> None:
        while (i := next(numbers)) < number:
            method, path, body = Maker(seed + i, components, room).request()
            try:
                connection.request(method, "/" + path, body, {"Content-Type": "application/json"} if body else {})
                reply = connection.getresponse()
                # A stream has no end that one could wait for: what it begins with is enough.
                stream = "event-stream" in reply.headers.get("content-type", "")
                answer = reply.fp.readline() if stream else reply.read()
                if stream or reply.status >= 500:  # after an error, the server hangs up
                    connection.close()
                if reply.status == 200 and path.startswith("gradio_api/call/") and b"event_id" in answer:
                    answer = outcome(connection, f"/{path}/{json.loads(answer)['event_id']}")
                status, what = reply.status, wrong(path, reply.status, answer)
            except (OSError, http.client.HTTPException, ValueError) as error:
                connection.close()
                status, what, answer = type(error).__name__, "no answer", str(error).encode()
            statuses[status] += 1
            if what:
                failures.append(what)
                print(f"{seed + i}: {what} ({status}): {method} /{path[:200]} {(body or b'')[:300]} -> {answer[:200]}")
            if i % 1_000 == 999:
                print(f"{i + 1:,} requests in {time.time() - started:.0f} s", flush=True)

    threads = [
        threading.Thread(target=client, args=[http.client.HTTPConnection(host, timeout=60)]) for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.time() - started
    print(f"{sum(statuses.values()):,} requests in {seconds:.0f} s, by status: {dict(statuses.most_common())}.")
    print(f"{len(failures)} failures.")
    return len(failures)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1], *map(int, sys.argv[2:])) else 0)
