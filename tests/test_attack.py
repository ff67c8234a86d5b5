"""The verdict of attack.py on a small server: what the server did wrong, and "ok" where it was good."""

import json
import os
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import attack

CONFIG = {"components": [{"id": 1, "props": {"elem_id": "two-ways"}}]}


class Visited(BaseHTTPRequestHandler):
    """Speaks to the innocent as a lab does. An attack makes it bad from then on."""

    bad = ""
    questions = 0

    def do_GET(self) -> None:
        self.reply(200, CONFIG if self.path == "/config" else {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).questions += 1
        if self.bad == "slow":
            time.sleep(0.2)
        self.reply(500 if self.bad == "broken" else 200, {"error": "No."} if self.bad == "refusing" else {"done": True})

    def do_DELETE(self) -> None:
        type(self).bad = self.path[1:]
        self.reply(500 if self.bad == "broken" else 200, {})

    def reply(self, status: int, value: dict) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def lab(tmp_path) -> Iterator[attack.Lab]:
    """A server of this process, which is good at first."""
    Visited.bad = ""
    log = tmp_path / "log"
    log.write_text("It starts.\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Visited) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield attack.Lab(f"127.0.0.1:{server.server_port}", os.getpid(), log)
        server.shutdown()


def spoil(how: str, lab: attack.Lab, seen: attack.Seen, full: bool) -> None:
    seen.answers[attack.request(lab, "DELETE", f"/{how}")[0]] += 1
    before = Visited.questions
    while Visited.questions == before:  # until the innocent has come by
        time.sleep(0.01)


def grow(lab: attack.Lab, seen: attack.Seen, full: bool) -> None:
    len(b"1" * 200_000_000)


def log_an_error(lab: attack.Lab, seen: attack.Seen, full: bool) -> None:
    lab.log.write_text("Traceback (most recent call last):\n")


def forbid(lab: attack.Lab, seen: attack.Seen, full: bool) -> None:
    seen.wrong.append("it happened")


@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        (partial(spoil, "slow"), "FAILED: the innocent waits too long"),
        (partial(spoil, "broken"), "FAILED: the innocent meets: an answer with status 500; the status 500"),
        (partial(spoil, "refusing"), "FAILED: the innocent meets: No."),
        (grow, "FAILED: too much memory"),
        (log_an_error, "FAILED: a traceback in the log"),
        (forbid, "FAILED: it happened"),
        (partial(spoil, "good"), "ok"),
    ],
)
def test_the_verdict_says_what_went_wrong(lab, run, verdict, monkeypatch):
    monkeypatch.setattr(attack, "LONGEST_WAIT", 0.1 if "waits" in verdict else 50)  # seconds: this machine may be busy
    line, passed = attack.measure(attack.Attack("planted", run, memory=100), lab, False, after=0.0)
    assert line.split(" | ")[-1] == verdict
    assert passed == (verdict == "ok")


def test_every_attack_has_a_name_of_its_own_and_some_are_quick():
    names = [one.name for one in attack.ATTACKS]
    assert len(set(names)) == len(names)
    assert 0 < sum(one.quick for one in attack.ATTACKS) < len(names)


def test_a_lab_that_does_not_start_is_an_error(monkeypatch, tmp_path):
    (tmp_path / "demo").mkdir()
    Path(tmp_path / "demo" / "app.py").write_text("raise SystemExit('no lab')")
    monkeypatch.setattr(attack, "ROOT", tmp_path)
    with pytest.raises(RuntimeError, match=r"The lab did not start\.\nno lab"), attack.started():
        pass
