"""Python programs in processes of their own, which start in a hundredth of the time: PyTorch is imported once.

One Python imports PyTorch, and forks for each program. Apart from that, a program runs as `python` would run it: it has
its own arguments, variables, folder and pipes, and it ends by itself.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]
SERVER = """
import atexit, gc, json, os, runpy, signal, socket, sys, threading, warnings, weakref
import torch.utils.benchmark  # where PyTorch finds a compiler for CUDA and no GPU, it says so here

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background are started without Ctrl-C
torch.set_num_threads(1)  # the tables are tiny: threads would only wait for one another
gc.freeze()  # so that a program that ends does not look through all that it has from here
for cleanup in weakref.finalize._registry:
    cleanup.atexit = False  # nor takes it apart
door = socket.socket(fileno=int(sys.argv[1]))
while True:
    message, files, _, _ = socket.recv_fds(door, 2**20, 3)
    if not message:
        os._exit(0)
    asked = json.loads(message)
    if "wait" in asked:
        answer = os.waitpid(*asked["wait"])
    elif pid := os.fork():
        answer = [pid]
        for file in files:
            os.close(file)
    else:
        break
    door.send(json.dumps(answer).encode())

door.close()
for number, file in enumerate(files):
    os.dup2(file, number)
    os.close(file)
os.environ.clear()
os.environ.update(asked["variables"])
os.chdir(asked["folder"])
how, *rest = asked["arguments"]
exec(asked["first"])
status = 0
try:
    if how == "-m":
        sys.path.insert(0, asked["root"])
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        sys.path.insert(0, asked["root"])
        sys.argv = [how, *rest[1:]]
        exec(rest[0], {"__name__": "__main__"})
    else:
        sys.argv = [how, *rest]
        sys.path.insert(0, os.path.dirname(os.path.abspath(how)))
        runpy.run_path(how, run_name="__main__")
except SystemExit as end:
    if not isinstance(end.code, int | None):
        raise
    status = end.code or 0
# The program ends as in Python, but without the half second in which PyTorch would be taken apart.
threading._shutdown()
atexit._run_exitfuncs()
try:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 255)
except OSError:
    pass  # nobody reads any more: Python finds it, too, and ends with 120
"""

EACH = """
import json, os, runpy, sys
for folder, (how, *rest) in json.load(sys.stdin):
    os.chdir(folder)
    if how == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [how, *rest]
        runpy.run_path(how, run_name="__main__")
    print(end="\\0")
"""
STRICT = "warnings.simplefilter('error')"
# What is timed runs once: for tests that read no time.
ONCE = STRICT + "; torch.utils.benchmark.Timer.blocked_autorange = lambda timer, **options: timer.timeit(1)"


class Program:
    """A program that runs, with the methods of `subprocess.Popen` that the tests need."""

    def __init__(self, python: "Python", pid: int, stdout: IO[str], stderr: IO[str]):
        self.python, self.pid, self.stdout, self.stderr = python, pid, stdout, stderr
        self.returncode: int | None = None

    def poll(self, flags: int = os.WNOHANG) -> int | None:
        """The exit status; None while the program runs."""
        if self.returncode is None:
            pid, status = self.python.ask({"wait": [self.pid, flags]})
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        """The exit status, when the program has ended."""
        status = self.poll(flags=0)
        assert status is not None
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self) -> tuple[str, str]:
        """What the program still prints, and all that it writes as errors."""
        printed = "" if self.stdout.closed else self.stdout.read()
        self.wait()
        self.stdout.close()
        self.stderr.seek(0)
        with self.stderr:
            return printed, self.stderr.read()


class Python:
    """The process that forks. With `with`, it and all its programs end."""

    def __enter__(self) -> "Python":
        self.door, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-X", "utf8", "-c", SERVER, str(other.fileno())]
        self.process = subprocess.Popen(
            command, pass_fds=[other.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        other.close()
        self.programs: list[Program] = []
        return self

    def __exit__(self, *_: object) -> None:
        for program in self.programs:
            program.kill()
            program.stdout.close()
            program.stderr.close()
        self.door.close()
        with self.process:
            pass

    def ask(self, question: dict[str, Any], files: list[int] | None = None) -> Any:
        socket.send_fds(self.door, [json.dumps(question).encode()], files or [])
        return json.loads(self.door.recv(2**10))

    def start(
        self, *arguments: object, folder: Path = ROOT, first: str = STRICT, given: str = "", **variables: str
    ) -> Program:
        """A program by the arguments of `python`: `-m` and a module, `-c` and its code, or a file.

        A module and a code find the repository; a file does not. `first` is code that runs before the program: unless
        it says otherwise, warnings are errors. `given` is what the program reads.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8") as stdin:
            stdin.write(given)
            stdin.seek(0)
            stderr = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
            read, write = os.pipe()
            question = {"arguments": [str(one) for one in arguments], "folder": str(folder), "root": str(ROOT)}
            question |= {"variables": os.environ | variables, "first": first}
            (pid,) = self.ask(question, [stdin.fileno(), write, stderr.fileno()])
            os.close(write)
        self.programs.append(Program(self, pid, open(read, encoding="utf-8"), stderr))  # noqa: SIM115
        return self.programs[-1]

    def run(self, *arguments: object, check: bool = False, **more: Any) -> subprocess.CompletedProcess[str]:
        """The same program, when it has ended. With `check` it must end well."""
        program = self.start(*arguments, **more)
        printed, errors = program.communicate()
        assert program.returncode == 0 or not check, errors
        return subprocess.CompletedProcess([*arguments], program.wait(), printed, errors)

    def run_each(self, programs: Sequence[tuple[Path, Sequence[object]]], **more: Any) -> list[str]:
        """Several programs, one after the other in one process: a folder and the arguments of each. What each prints.

        All must end well. This is for programs of which another test runs one alone.
        """
        calls = [(str(folder), [str(one) for one in arguments]) for folder, arguments in programs]
        *printed, rest = self.run("-c", EACH, given=json.dumps(calls), check=True, **more).stdout.split("\0")
        assert (len(printed), rest) == (len(calls), "")
        return printed
