"""How an innocent visitor fares while a lab of this tree is attacked: his waits, the memory, and whether the lab lives.

    python tests/attack.py            all attacks, in about ten minutes
    python tests/attack.py --quick    some of them, in about a minute
    python tests/attack.py qr keys    these two

An attack passes when the innocent never waits 2 s, the memory stays below its limit, no answer is an error of the
server (503 of a full queue is none), the log holds no traceback, and nothing happens that the attack itself forbids.
The lab and the innocent run in processes of their own. All requests go to this machine; Ctrl-C ends everything. The
memory and the work of the lab are read from /proc, so this needs Linux.
"""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from attacks import ATTACKS, LONGEST_WAIT, Attack, mcp
from target import PATIENCE, ROOT, Lab, Seen, request


def innocent(host: str) -> None:
    """Trains the default and opens the page until SIGTERM. Then prints all visits: what, seconds, what was wrong."""
    stop, visits = threading.Event(), []
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that measures
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    lab = Lab(host, os.getpid(), Path())

    def train() -> str:
        done = late = False
        while not done:
            reply = lab.ask("two-ways", "two_ways", experiment={}, late=late)
            done, late = reply.get("done", True), True
        return reply.get("error", "")

    def page() -> str:
        status, _ = request(lab, "GET", "/", None, {"Accept-Encoding": "br"})
        return "" if status == 200 else str(status)

    page()  # makes the page that all others get from memory
    print("ready", flush=True)
    while not (visits and stop.wait(0.2)):
        for what in (train, page):
            start = time.monotonic()
            try:
                wrong = what()
            except ValueError as error:
                wrong = str(error)
            visits.append([what.__name__, time.monotonic() - start, wrong])
    print(json.dumps(visits))


def measure(attack: Attack, lab: Lab, full: bool, after: float = 1.0) -> tuple[str, bool]:
    """A line of the table, and whether the attack has passed. The innocent stays so many seconds after it."""
    seen, visits = Seen(), []
    lab.forget_peak()
    command = [sys.executable, __file__, "--innocent", lab.host]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as visitor:
        try:
            visitor.stdout.readline()
            attack.run(lab, seen, full)
            time.sleep(after)
            visitor.terminate()
            visits = json.loads(visitor.communicate(timeout=PATIENCE + 5)[0] or "[]")
        except subprocess.TimeoutExpired:
            pass  # there are no visits
        except (OSError, ValueError, KeyError) as error:  # an answer that the attack itself needs
            seen.wrong.append(f"the attack met {type(error).__name__}: {str(error)[:80]}")
        finally:
            visitor.kill()
    if not visits:
        seen.wrong.append("the innocent gets no answer")
    longest = max((seconds for _, seconds, _ in visits), default=PATIENCE)
    median = statistics.median([seconds for what, seconds, _ in visits if what == "train"] or [PATIENCE])
    memory = lab.memory("VmHWM") - lab.start
    answers = +seen.answers
    reasons = [
        *sorted(set(seen.wrong)),
        *{f"the innocent meets: {wrong}" for _, _, wrong in visits if wrong},
        *(f"the status {one}" for one in answers if isinstance(one, int) and one >= 500 and one != 503),
    ]
    if longest > LONGEST_WAIT:
        reasons.append("the innocent waits too long")
    if memory > attack.memory:
        reasons.append("too much memory")
    if answers["no answer"]:
        reasons.append("requests without an answer")
    if not lab.is_alive():
        reasons.append("the lab is dead")
    if "Traceback" in lab.log.read_text(errors="replace"):
        reasons.append("a traceback in the log")
    told = ", ".join(f"{status} × {number}" for status, number in answers.most_common()) or "–"
    verdict = "FAILED: " + "; ".join(reasons) if reasons else "ok"
    if seen.notes:
        verdict += f" ({'; '.join(seen.notes)})"
    return f"{attack.name:<14} | {longest:6.2f} | {median:6.3f} | {memory:6.0f} | {told} | {verdict}", not reasons


@contextlib.contextmanager
def started() -> Iterator[Lab]:
    """A new lab on a port of its own, with MCP where its package is installed. RuntimeError: it does not start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LAB_", "GRADIO_"))}
    environment |= {"GRADIO_SERVER_PORT": host.split(":")[1], "GRADIO_ANALYTICS_ENABLED": "False"}
    if importlib.util.find_spec("mcp"):
        environment["GRADIO_MCP_SERVER"] = "True"
    with tempfile.NamedTemporaryFile(prefix="lab-", suffix=".log") as log:
        command = [sys.executable, "demo/app.py"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            lab, end = None, time.monotonic() + 180
            while lab is None:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"The lab did not start.\n{Path(log.name).read_text()}")
                with contextlib.suppress(ValueError):
                    lab = Lab(host, process.pid, Path(log.name))
                time.sleep(0.2)
            yield lab
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main(names: list[str], full: bool) -> int:
    """The number of attacks that have failed. With all, each has a new lab; else only after one that has failed."""
    chosen = [attack for attack in ATTACKS if (attack.name in names if names else full or attack.quick)]
    start, failed, left = time.monotonic(), 0, list(chosen)
    print("attack | longest wait of the innocent (s) | median (s) | memory above the start (MB) | answers | verdict")
    while left:
        with started() as lab:
            passed = True
            while left and passed:
                attack = left.pop(0)
                if attack.run is mcp and not importlib.util.find_spec("mcp"):
                    print(f"{attack.name} | not tried: the package mcp is not installed")
                    continue
                line, passed = measure(attack, lab, full)
                print(line, flush=True)
                failed += not passed
                if full:
                    break
    print(f"{failed} of {len(chosen)} attacks failed, in {time.monotonic() - start:.0f} s.")
    return failed


if __name__ == "__main__":
    if sys.argv[1:2] == ["--innocent"]:
        innocent(sys.argv[2])
        sys.exit()
    for number in (signal.SIGINT, signal.SIGTERM):  # what was started is ended
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    names = [name for name in sys.argv[1:] if name != "--quick"]
    if unknown := set(names) - {attack.name for attack in ATTACKS}:
        sys.exit(f"No such attack: {', '.join(unknown)}. There are {', '.join(attack.name for attack in ATTACKS)}.")
    sys.exit(1 if main(names, "--quick" not in sys.argv) else 0)
