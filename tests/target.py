"""A lab that is attacked: its process, and the requests to it, also half ones that no browser would send."""

import contextlib
import http.client
import json
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds until a request counts as one without an answer
PAGE, CLASS = "/gradio_api/component_server/", "/gradio_api/class/"
JSON = {"Content-Type": "application/json"}

Status = int | str  # a number, or "no answer" or "closed"
Answer = tuple[Status, bytes]


class Lab:
    """A lab that runs: where it is, its process and its log."""

    def __init__(self, host: str, pid: int, log: Path):
        self.host, self.pid, self.log = host, pid, log
        config = json.loads(request(self, "GET", "/config")[1])
        self.components = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
        self.start = self.memory("VmRSS")

    def memory(self, which: str) -> float:
        """Megabytes: now (VmRSS), or at most (VmHWM) since `forget_peak`."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(which)), 0.0)

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def worked(self) -> float:
        """The seconds that its processor has worked for it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")")[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_alive(self) -> bool:
        return bool(self.memory("VmRSS"))

    def question(self, part: str, function: str, **data: Any) -> bytes:
        """The body of a question of the page."""
        body = {"data": data, "component_id": self.components[part], "fn_name": function, "session_hash": "attack"}
        return json.dumps(body).encode()

    def ask(self, part: str, function: str, **data: Any) -> dict[str, Any]:
        """The answer to a question of the page. ValueError: there is none."""
        return read(*request(self, "POST", PAGE, self.question(part, function, **data)))

    def vote(self, name: str, source: str = "127.0.0.1", **data: Any) -> dict[str, Any]:
        """The answer to a question of a class. ValueError: there is none."""
        return read(*request(self, "POST", CLASS + name, json.dumps(data).encode(), source=source))


@dataclass
class Seen:
    """What an attack has met."""

    answers: Counter[Status] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def request(
    lab: Lab, method: str, path: str, body: bytes | None = None, headers: dict = JSON, source: str = "127.0.0.1"
) -> Answer:
    """The status and the answer to one request, over a connection of its own."""
    connection = http.client.HTTPConnection(lab.host, timeout=PATIENCE, source_address=(source, 0))
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent
            connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read()
    except TimeoutError:
        return "no answer", b""
    except (OSError, http.client.HTTPException):
        return "closed", b""
    finally:
        connection.close()


def read(status: Status, answer: bytes) -> dict[str, Any]:
    """The JSON object of an answer. ValueError: it is no success, or no object."""
    if status != 200 or not isinstance(value := json.loads(answer), dict):
        raise ValueError(f"an answer with status {status}")
    return value


def call(lab: Lab, name: str, *values: Any) -> Answer:
    """The status and the events of one call of the API."""
    status, answer = request(lab, "POST", f"/gradio_api/call/{name}", json.dumps({"data": values}).encode())
    if status != 200:
        return status, answer
    return request(lab, "GET", f"/gradio_api/call/{name}/{json.loads(answer)['event_id']}")


def together(seen: Seen, jobs: Iterable[Callable[[], Answer]]) -> None:
    """All jobs at once. Counts their answers by status."""
    done: list[Status] = []
    threads = [threading.Thread(target=lambda job: done.append(job()[0]), args=[job], daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    seen.answers.update([*done, *["no answer"] * (len(threads) - len(done))])


def repeat(seen: Seen, seconds: float, most: int, at_once: int, job: Callable[[], Answer]) -> None:
    """The same job so often, or for so long."""
    end, left = time.monotonic() + seconds, iter(range(most))

    def one() -> Answer:
        answer = job()
        while time.monotonic() < end and next(left, None) is not None:
            seen.answers[answer[0]] += 1
            answer = job()
        return answer

    together(seen, [one] * at_once)


def opened(lab: Lab, head: str) -> socket.socket:
    """A connection on which the head of a request has been sent."""
    host, port = lab.host.split(":")
    connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
    connection.sendall(f"{head}\r\nHost: {lab.host}\r\nContent-Type: application/json\r\n\r\n".encode())
    return connection


def status_of(connection: socket.socket) -> Status:
    """The status that arrives on a connection."""
    try:
        line = connection.recv(4096).split(b" ", 2)
        return int(line[1]) if len(line) > 1 else "closed"
    except TimeoutError:
        return "no answer"
    except OSError:
        return "closed"


def leave(lab: Lab, heads_and_bodies: Iterable[tuple[str, bytes]], seconds: float) -> None:
    """Sends all requests, and closes their connections after so long without reading."""
    connections = []
    for head, body in heads_and_bodies:
        connections.append(opened(lab, f"{head} HTTP/1.1\r\nContent-Length: {len(body)}"))
        connections[-1].sendall(body)
    time.sleep(seconds)
    for connection in connections:
        connection.close()
