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
from tests.programs import ONCE, Python


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
    """Of the script, in the folder with its data."""
    return of_scripts(python, [(e, folder)])[0]


def of_scripts(python: Python, experiments: list[tuple[Experiment, Path]]) -> list[Numbers]:
    """Of several scripts, each in a folder of its own with its data."""
    for e, folder in experiments:
        (folder / "experiment.py").write_text(export.script(e), encoding="utf-8")
    found = []
    for text in python.run_each([(folder, ["experiment.py"]) for _, folder in experiments]):
        losses = re.search(r"counted (\S+), trained (\S+),", text).groups()
        names = re.findall(r"table: +(\[.*\])$", text, re.MULTILINE)
        found.append(Numbers(*map(float, losses), *map(ast.literal_eval, names)))
    return found


def of_terminal(python: Python, experiments: list[tuple[Experiment, Path]]) -> list[Numbers]:
    """Of several calls in the terminal, each in a folder with its data. Of words without spaces."""
    calls = [(folder, shlex.split(export.terminal_call(e))) for e, folder in experiments]
    assert {name for _, (name, *_) in calls} == {"python"}
    found = []
    for text in python.run_each([(folder, arguments) for folder, (_, *arguments) in calls], first=ONCE):
        drawn = [line.split(" ") for line in re.findall(r"^  names: (.*)$", text, re.MULTILINE)]
        found.append(Numbers(*map(float, re.findall(r"^  NLL (\S+) nats", text, re.MULTILINE)), *drawn))
    return found
