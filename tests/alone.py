"""What an experiment becomes outside the lab, run there: its script, and its call of the lesson in the terminal."""

import ast
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import bigram
from demo.compute import results, runs
from demo.experiment import Experiment
from demo.takeaway import export
from tests.programs import Python


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


def of_script(python: Python, e: Experiment, folder: Path) -> Numbers:
    (folder / "experiment.py").write_text(export.script(e), encoding="utf-8")
    text = python.run("experiment.py", folder=folder, check=True).stdout
    losses = re.search(r"counted (\S+), trained (\S+),", text).groups()
    return Numbers(*map(float, losses), *map(ast.literal_eval, re.findall(r"table: +(\[.*\])$", text, re.MULTILINE)))


def of_terminal(python: Python, e: Experiment, folder: Path) -> Numbers:
    """Of words without spaces."""
    name, *arguments = shlex.split(export.terminal_call(e))
    assert name == "python"
    text = python.run(*arguments, folder=folder, check=True).stdout
    drawn = [line.split(" ") for line in re.findall(r"^  names: (.*)$", text, re.MULTILINE)]
    return Numbers(*map(float, re.findall(r"^  NLL (\S+) nats", text, re.MULTILINE)), *drawn)
