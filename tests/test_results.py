"""The numbers of the page, against plain loops."""

import math
import re
from dataclasses import replace

import pytest
import results
import runs
import torch
from experiment import Experiment

import bigram
from tests import plain

WORDS = bigram.load("us-1880")[:300]
E = Experiment(data="own", words="\n".join(WORDS), steps=20, lr=20.0, k=0.5)


@pytest.fixture(scope="module")
def view() -> runs.View:
    return runs.trained(E)


@pytest.fixture(scope="module")
def N() -> list[list[int]]:
    return plain.table(WORDS)


@pytest.fixture(scope="module")
def Q(N) -> list[list[float]]:
    return [plain.softmax(row) for row in plain.descent(N, E.seed, 20, 20.0, 0.01)[-1]]


def test_the_summary_is_that_of_plain_loops(view, N, Q):
    counted, descended = plain.nll(plain.smoothed(N, 0.5), N), plain.nll(Q, N)
    cells = [x for row in N for x in row]
    assert results.summary(view) == {
        "steps": 20,
        "counted_nll": pytest.approx(counted, rel=1e-12),
        "descended_nll": pytest.approx(descended, abs=1e-6),
        "gap": pytest.approx(descended - counted, abs=1e-6),
        "counted_perplexity": pytest.approx(math.exp(counted), rel=1e-12),
        "descended_perplexity": pytest.approx(math.exp(descended), rel=1e-5),
        "words": 300,
        "characters": len(N),
        "examples": sum(cells),
        "empty": cells.count(0),
        "cells": len(cells),
    }


def test_the_rows_share_the_gap(view, N, Q):
    P, n = plain.smoothed(N, 0.5), sum(map(sum, N))
    expected = [
        sum(x * (math.log(p) - math.log(q)) for x, p, q in zip(*rows) if x) / n for rows in zip(N, P, Q)
    ]  # fmt: skip
    gaps = results.row_gaps(view).tolist()
    assert gaps == pytest.approx(expected, abs=1e-6)
    assert sum(gaps) == pytest.approx(results.summary(view)["gap"], rel=1e-9)


def test_the_parts_of_the_gap_sum_to_it(view, N):
    part, lowest = results.shares(view), plain.nll(plain.smoothed(N, 0.0), N)
    assert part.steps + part.l2 - part.smoothing == pytest.approx(results.summary(view)["gap"], rel=1e-9)
    assert part.smoothing == pytest.approx(plain.nll(plain.smoothed(N, 0.5), N) - lowest, rel=1e-9)
    assert part.steps > 0
    assert part.l2 > 0


@pytest.mark.parametrize(
    ("settings", "begins", "lesson"),
    [
        ({"steps": 0}, "No step has been taken yet", None),
        ({"steps": 20}, "Most of the gap comes from too few steps", "converged"),
        ({"steps": 2000}, "L2 explains most of the gap", "l2"),
        (
            {"steps": 5, "order": 4},
            "After 5 steps, the descended NLL is",
            "l2",
        ),  # too large a table to find its minimum
        (
            {"steps": 20, "l2": 1e-20},
            "Most of the gap comes from too few steps",
            "converged",
        ),  # too small to find its minimum
        ({"steps": 1000, "l2": 0.0}, "Most of the gap comes from too few steps", "converged"),
        ({"lr": 80.0}, "The learning rate 80 is too high: the limit is 74.4", "over"),
        ({"lr": 1000.0}, "The learning rate 1000 is too high", "over"),
        ({"l2": 1.0, "k": 479.0}, "L2 and smoothing nearly balance", "l2"),
        (
            {"data": "own", "words": "\n".join(bigram.load()[:30]), "lr": 5.0},
            "Smoothing explains most of the gap",
            "e03",
        ),
    ],
)
def test_the_gap_of_this_very_run_is_explained(settings, begins, lesson):
    sentence, key = results.why(runs.trained(Experiment(**settings)))
    assert sentence.startswith(begins)
    assert key == lesson


def test_the_cells_whose_weight_falls_for_ever_are_those_of_rows_that_occur():
    words = ["emma", "ava", "mia"]
    e = Experiment(data="own", words="\n".join(words), order=3, k=0.0, l2=0.0, lr=2.0)
    falling = sum(row.count(0) for row in plain.table(words, 3) if any(row))
    assert f"because {falling} cells are empty in rows that occur" in results.why(runs.trained(e))[0]


@pytest.mark.parametrize(
    ("gap", "shares", "begins"),
    [
        (4e-5, (4e-4, 4e-4, 4e-4), "The two tables agree"),
        (-4e-5, (0.0, 0.0, 6e-4), "Smoothing explains most of the gap"),
        (6e-5, (4e-4, 0.0, 0.0), "Most of the gap comes from too few steps"),
        (7e-3, (0.014, 0.014, 0.021), "Smoothing makes the gap smaller"),  # it cannot explain a gap that it shrinks
        (0.02, (0.0, 0.11, 0.11), "L2 and smoothing nearly balance"),
        (-0.02, (0.0, 0.11, 0.11), "L2 and smoothing nearly balance"),
        (0.02, (0.0, 0.1, 0.1), "L2 explains most of the gap"),  # 5 times the gap, not more
    ],
)
def test_the_largest_share_explains_the_gap(view, monkeypatch, gap, shares, begins):
    monkeypatch.setattr(results, "summary", lambda view: {"gap": gap})
    monkeypatch.setattr(results, "shares", lambda view: results.Shares(*shares))
    assert results.why(view)[0].startswith(begins)


def test_the_explanation_says_why_a_gap_is_or_will_be_below_zero(view, monkeypatch):
    high, _ = results.why(runs.trained(Experiment(data="own", words="zoë\njosé\nžofie")))
    assert re.search(r"too high: .* The gap is below 0 because smoothing raises the counted NLL by \d\.\d+\.$", high)
    monkeypatch.setattr(results, "summary", lambda view: {"gap": 0.8})
    monkeypatch.setattr(results, "shares", lambda view: results.Shares(1.0, 0.1, 0.3))
    later, _ = results.why(view)
    assert later.endswith("the gap would become −0.2: smoothing raises the counted NLL by 0.3.")


def test_the_explanation_names_the_empty_cells_and_what_the_gap_would_be():
    sentence, _ = results.why(runs.trained(Experiment(steps=1000, l2=0.0)))
    empty = sum(row.count(0) for row in plain.table(bigram.load()))
    assert f"{empty} cells are empty" in sentence
    view = runs.trained(Experiment(data="own", words="\n".join(bigram.load()[:30]), lr=5.0))
    without = runs.trained(view.e.model_copy(update={"k": 0.0}))
    gap = results.minus(f"{results.summary(without)['gap']:+.3g}")
    assert f"With k = 0 the gap would be {gap}." in results.why(view)[0]


def test_a_name_is_scored_character_by_character(view, N, Q):
    chars, name = plain.characters(WORDS), "anna"
    pairs = [(chars.index(a), chars.index(b)) for a, b in zip("." + name, name + ".")]
    P = plain.smoothed(N, 0.5)
    scores = results.score(view, name)
    assert scores["counted"] == pytest.approx([-math.log(P[i][j]) for i, j in pairs], rel=1e-12)
    assert scores["descended"] == pytest.approx([-math.log(Q[i][j]) for i, j in pairs], abs=1e-4)
    with pytest.raises(ValueError, match="Type one"):
        results.score(view, "")


def test_the_sweep_of_k_is_that_of_plain_loops():
    sweep = results.sweep_k(E)
    train, dev, _ = bigram.split(WORDS, 0)
    chars = plain.characters(WORDS)
    found = [plain.counts(part) for part in (train, dev)]
    tables = [[[part[a, b] for b in chars] for a in chars] for part in found]
    at = sweep.values.index(1.0)
    P = plain.smoothed(tables[0], 1.0)
    assert sweep.train[at] == pytest.approx(plain.nll(P, tables[0]), rel=1e-12)
    assert sweep.dev[at] == pytest.approx(plain.nll(P, tables[1]), rel=1e-12)
    assert sweep.dev[sweep.best] == min(sweep.dev)
    assert (len(sweep.values), *sweep.values[:3], sweep.values[-1]) == (26, 0.0, 0.001, 0.00178, 1000.0)


def test_the_sweep_of_l2_waits_for_its_runs():
    e = E.model_copy(update={"seed": 77})
    assert results.sweep_l2(e, 0.0) is None
    sweep = results.sweep_l2(e)
    assert len(sweep.train) == len(results.SWEEP_L2)
    assert sweep.train[-1] > sweep.train[0]  # L2 costs on the words trained on


def test_the_test_words_are_scored_by_the_counted_table():
    train, _, test = bigram.split(WORDS, 0)
    chars = plain.characters(WORDS)
    N, T = ([[part[a, b] for b in chars] for a in chars] for part in (plain.counts(train), plain.counts(test)))
    assert results.test_loss(E) == pytest.approx(plain.nll(plain.smoothed(N, 0.5), T), rel=1e-12)


def test_forms_are_timed_or_say_why_not():
    timing = results.time_form(E, 2, 1_000, "rows")
    assert timing.forward > 0
    assert timing.both > 0
    assert timing.why_not == ""
    left_out = results.time_form(Experiment(), 3, 228_146, "onehot")
    assert "left out" in left_out.why_not
    assert math.isnan(left_out.forward)
    with pytest.raises(ValueError, match="no forward form"):
        results.time_form(E, 2, 1_000, "dense")


def test_a_diverged_view_has_numbers_or_none(view):
    broken = replace(view, W=torch.full_like(view.W, math.nan))
    assert math.isnan(results.summary(broken)["descended_nll"])
    assert results.why(broken)[1] == "over"
