"""What an experiment becomes outside the lab, run there: its script, and its call of the lesson in the terminal."""

import ast
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import bigram
from demo.compute import results, runs
from demo.experiment import Experiment
from demo.takeaway import export

ROOT = Path(__file__).parents[1]
RUNNER = """
import json, os, runpy, sys, traceback
import torch
for line in sys.stdin:
    root, folder, arguments = json.loads(line)
    if not (child := os.fork()):
        os.chdir(folder)
        try:
            with open("printed.txt", "w", encoding="utf-8") as sys.stdout:
                if arguments[0] == "-m":
                    sys.path.insert(0, root)
                    sys.argv = arguments[1:]
                    runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
                else:
                    runpy.run_path(arguments[0], run_name="__main__")
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


@pytest.fixture(scope="module")
def runner(tmp_path_factory) -> Iterator[subprocess.Popen]:
    """A Python that runs a program in a folder: each in a process of its own, but PyTorch is imported once.

    A script finds nothing of this repository there.
    """
    command = [sys.executable, "-I", "-X", "utf8", "-W", "error", "-c", RUNNER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path_factory.mktemp("alone"), text=True, **pipes) as process:
        yield process
        process.stdin.close()


def printed(runner: subprocess.Popen, folder: Path, *arguments: str) -> str:
    """What a program that ends well prints."""
    print(json.dumps([str(ROOT), str(folder), arguments]), file=runner.stdin, flush=True)
    assert runner.stdout.readline() == "0\n", "The program ended with an error."
    return (folder / "printed.txt").read_text(encoding="utf-8")


class Numbers(NamedTuple):
    """What an experiment gives, wherever it runs."""

    counted: float
    descended: float
    counted_names: list[str]
    descended_names: list[str]


def of_lab(e: Experiment) -> Numbers:
    view = runs.trained(e)
    summary = results.summary(view)
    names = [bigram.sample(P, view.corpus.vocab, e.draws, e.draw_seed) for P in (view.P, view.Q)]
    return Numbers(summary["counted_nll"], summary["descended_nll"], *names)


def of_script(runner: subprocess.Popen, e: Experiment, folder: Path) -> Numbers:
    (folder / "experiment.py").write_text(export.script(e), encoding="utf-8")
    text = printed(runner, folder, "experiment.py")
    losses = re.search(r"counted (\S+), descended (\S+),", text).groups()
    return Numbers(*map(float, losses), *map(ast.literal_eval, re.findall(r"table: +(\[.*\])$", text, re.MULTILINE)))


def of_terminal(runner: subprocess.Popen, e: Experiment, folder: Path) -> Numbers:
    """Of words without spaces."""
    python, *arguments = shlex.split(export.terminal_call(e))
    assert python == "python"
    text = printed(runner, folder, *arguments)
    drawn = [line.split(" ") for line in re.findall(r"^  names: (.*)$", text, re.MULTILINE)]
    return Numbers(*map(float, re.findall(r"^  NLL (\S+) nats", text, re.MULTILINE)), *drawn)
