"""The numbers of the page, against plain loops."""

import math
import random
import re
from collections import Counter
from dataclasses import replace

import jaxtyping
import numpy as np
import pytest
import torch

import bigram
from demo.compute import price, results, runs
from demo.experiment import Experiment
from demo.page import pictures
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


def test_the_rows_share_the_gap_without_smoothing(N, Q):
    """Cells that are empty add nothing, though their counted probability is 0."""
    view, P, n = runs.trained(E.model_copy(update={"k": 0.0})), plain.smoothed(N, 0.0), sum(map(sum, N))
    expected = [sum(x * (math.log(p) - math.log(q)) for x, p, q in zip(*rows) if x) / n for rows in zip(N, P, Q)]
    assert results.row_gaps(view).tolist() == pytest.approx(expected, abs=1e-6)


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
        ({"steps": 5, "order": 4}, "Most of the gap comes from too few steps", "converged"),
        ({"steps": 20, "l2": 1e-20}, "Most of the gap comes from too few steps", "converged"),
        ({"steps": 1000, "l2": 0.0}, "Most of the gap comes from too few steps", "converged"),
        ({"lr": 80.0}, "The learning rate 80 is too high: the limit is 74.6", "over"),
        ({"lr": 1000.0}, "The learning rate 1000 is too high", "over"),
        (
            {"data": "own", "words": "a", "l2": 0.001, "lr": 400.0, "steps": 1},
            "The steps are too large: the loss",
            "over",
        ),
        ({"l2": 1.0, "k": 479.0}, "The gap is small because both NLLs are above the lowest there is", "l2"),
        ({"data": "own", "words": "\n".join(bigram.load()[:30]), "lr": 5.0}, "Smoothing makes the gap negative", "e03"),
        (
            {"data": "own", "words": "a", "k": 0.0, "steps": 1, "lr": 5.0, "l2": 0.1, "seed": 2},
            "With many more steps the gap would grow to +0.112",
            "l2",
        ),
        (
            {"data": "us-1880", "k": 1.38},
            "The gap is small because both NLLs are above the lowest there is",
            "converged",
        ),
        (
            {"data": "own", "words": "a", "l2": 1e-6, "lr": 400.0, "k": 0.0},
            "The two NLLs differ by less than 0.0001",
            "converged",
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
    ("shares", "begins"),
    [
        ((2e-4, 2e-4, 3.6e-4), "The two NLLs differ by less than 0.0001"),
        ((2e-4, 2e-4, 3.4e-4), "The gap is small"),  # it shows as 0.0001
        ((2e-4, 1e-4, 2e-4), "Most of the gap comes from too few steps"),
        ((4e-4, 2e-4, 6.4e-4), "The gap is small"),
        ((0.0, 0.0, 6e-4), "Smoothing makes the gap negative"),
        ((0.014, 0.014, 0.021), "Most of the gap comes from too few steps"),
        ((0.0, 0.13, 0.11), "The gap is small"),
        ((0.0, 0.12, 0.1), "The gap is small"),  # a fifth, or less
        ((0.0, 0.12, 0.09), "L2 explains most of the gap"),
        ((-0.001, 0.12, 0.0), "L2 explains most of the gap"),
        ((-0.002, 0.12, 0.0), "With many more steps the gap would grow to +0.12"),
    ],
)
def test_the_largest_share_explains_the_gap(view, monkeypatch, shares, begins):
    steps, l2, smoothing = shares
    monkeypatch.setattr(results, "summary", lambda view: {"gap": steps + l2 - smoothing})
    monkeypatch.setattr(results, "shares", lambda view: results.Shares(*shares))
    assert results.why(view)[0].startswith(begins)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0123456, "0.0123"),
        (0.02, "0.02"),
        (0.00005678, "0.000057"),
        (1e-17, "0"),
        (-1e-17, "0"),
        (-0.2, "−0.2"),
        (123.4, "123"),
        (100.0, "100"),
    ],
)
def test_a_number_of_nats_has_three_digits_and_no_exponent(number, text):
    assert results.nats(number) == text
    assert results.nats(abs(number), "+").lstrip("+") == text.lstrip("−")


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


NUMBER = r"([+−]?[\d.]+)"
OVER = r"The learning rate {lr} is too high: the limit is {edge}\."
RISEN = (
    r"The steps are too large: the loss is higher than at the start\. Below a learning rate of {safe} it never rises\."
)
NEGATIVE = r" The gap is below 0 because smoothing raises the counted NLL by {s}\."
FEW = r"Most of the gap comes from too few steps: after {taken} steps?, the trained NLL can still fall by {t}\. "
LOWEST = "above the lowest there is"
BOTH = f"The gap is small because both NLLs are {LOWEST}: the counted one by {{s}} because of smoothing, the trained"
APART = r"(?: The tables are not the same: probabilities differ by up to {apart}\.)?"
KINDS = {  # each sentence that the page can say; in braces, the truth that stands there as a number
    "random": r"No step has been taken yet: the trained table is random\.",
    "over": OVER,
    "over, negative": OVER + NEGATIVE,
    "risen": RISEN,
    "risen, negative": RISEN + NEGATIVE,
    "none": r"The two NLLs differ by less than 0\.0001: there is no gap to explain\.",
    "both, steps": BOTH + r" one by {above} because of too few steps\.",
    "both, L2": BOTH + r" one by {above} because of L2\." + APART,
    "both, steps and L2": BOTH + r" one by {l2} because of L2 and {t} because of too few steps\." + APART,
    "both, rising": BOTH + r" one by {above}\. L2 would raise that to {l2} with many more steps\.",
    "smoothing": r"Smoothing makes the gap negative: adding {k} to each of {cells} cells raises the counted NLL by {s}"
    r"\. With k = 0 the gap would be {above}\.",
    "steps, for ever": FEW + r"It comes ever closer to the lowest NLL there is and never reaches it, because {empty} "
    r"cells are empty in rows that occur, and their best weight is −∞\.",
    "steps, shrink": FEW + r"With many more, the gap would shrink to {end}\.",
    "steps, become": FEW + r"With many more, the gap would become {end}: smoothing raises the counted NLL by {s}\.",
    "L2": r"L2 explains most of the gap: it holds W near 0\. However many steps are taken, the trained NLL ends "
    rf"{{l2}} {LOWEST}\.(?: Smoothing takes {{s}} off the gap\.)?",
    "L2, grow": rf"With many more steps the gap would grow to {{end}}: L2 pulls W towards 0, so the trained NLL ends "
    rf"{{l2}} {LOWEST}\. Now it is {{below}} below that end\.",
}
CLAIMS = {  # what a sentence says besides: of the truth, and of half the last digit that the page shows
    "random": lambda x, half: x["taken"] == 0,
    "over": lambda x, half: x["lr"] > x["edge"],
    "over, negative": lambda x, half: x["lr"] > x["edge"] and x["gap"] < 0 < x["s"],
    "risen": lambda x, half: x["loss"] > x["first"] and x["edge"] >= x["lr"] > x["safe"],
    "risen, negative": lambda x, half: x["loss"] > x["first"] and x["lr"] > x["safe"] and x["gap"] < 0 < x["s"],
    "none": lambda x, half: abs(x["gap"]) < 1e-4,
    "both, steps": lambda x, half: small(x) and abs(x["t"] - x["above"]) < half and abs(x["l2"]) < half,
    "both, L2": lambda x, half: small(x) and abs(x["l2"] - x["above"]) < half and abs(x["t"]) < half,
    "both, steps and L2": lambda x, half: small(x) and min(x["l2"], x["t"]) > 0,
    "both, rising": lambda x, half: small(x) and x["l2"] > x["above"],
    "smoothing": lambda x, half: x["gap"] < 0 < x["s"] and x["above"] > -1e-12,
    "steps, for ever": lambda x, half: mostly(x, "t") and x["l2 strength"] == 0 < x["empty"],
    "steps, shrink": lambda x, half: mostly(x, "t") and -half < x["end"] < x["gap"],
    "steps, become": lambda x, half: mostly(x, "t") and x["end"] < half,
    "L2": lambda x, half: mostly(x, "l2") and x["l2 strength"] > 0,
    "L2, grow": lambda x, half: x["gap"] >= 0 and x["end"] > x["gap"] and x["below"] > 0 < x["l2 strength"],
}


def small(x: dict[str, float]) -> bool:
    """The gap is small beside what raises either NLL."""
    return abs(x["gap"]) <= min(x["s"], x["above"]) / 5


def mostly(x: dict[str, float], share: str) -> bool:
    """One of the two shares that raise the trained NLL is the larger, and at least half the gap."""
    return x["gap"] >= 0 and x[share] >= max(x["t"], x["l2"]) - 1e-9 and 2 * x[share] >= x["gap"] - 1e-9


def truth(view: runs.View) -> dict[str, float]:
    """What an explanation may be about, from the weights of a view, by plain loops and matrices."""
    e, N = view.e, view.corpus.N.tolist()
    n, cells, r = sum(map(sum, N)), len(N) * len(N[0]), [sum(row) for row in N]
    plain_P, P = plain.smoothed(N, 0.0), plain.smoothed(N, e.k)
    ends = [plain.softmax(row) for row in plain.minimum(N, e.l2)] if e.l2 > 1e-9 else plain_P
    lowest, counted, end = (plain.nll(table, N) for table in (plain_P, P, ends))
    W = view.W.double().numpy()  # of a run that diverged, the smallest probabilities are 0
    with np.errstate(invalid="ignore"):
        descended = float((np.array(N) * (np.logaddexp.reduce(W, axis=1, keepdims=True) - W)).sum() / n)
    steepest = (np.array(r) / n * np.linalg.eigvalsh(plain.curvatures(np.array(ends)))[:, -1]).max()
    pull = 2 * e.l2 / cells
    return {
        "taken": view.taken,
        "lr": e.lr,
        "k": e.k,
        "l2 strength": e.l2,
        "cells": cells,
        "empty": sum(row.count(0) for row in N if any(row)),
        "gap": descended - counted,
        "t": descended - end,
        "below": end - descended,
        "l2": end - lowest,
        "s": counted - lowest,
        "above": descended - lowest,
        "end": end - counted,
        "apart": float(np.abs(np.array(P) - view.Q.numpy()).max()),
        "edge": round(2 / max(steepest + pull, 1e-12), 9),  # a rate at the edge is not above it
        "safe": 2 / (max(r) / n / 2 + pull),
        "first": view.objective[0],
        "loss": view.objective[-1],
    }


def checked(view: runs.View) -> str:
    """The kind of the explanation of a view, when all that it says is true."""
    sentence, x = results.why(view)[0], truth(view)
    for kind, pattern in KINDS.items():
        found = re.fullmatch(re.sub(r"{\w+}", lambda _: NUMBER, pattern), sentence)
        if found is None:
            continue
        half = 6e-7
        for key, text in zip(re.findall(r"{(\w+)}", pattern), found.groups()):
            if text is not None:
                at_most = 0.00501 * abs(x[key]) + 6e-7
                assert float(text.replace("−", "-")) == pytest.approx(x[key], rel=0, abs=at_most), (key, sentence, x)
                half = max(half, at_most)
        assert CLAIMS[kind](x, half), (kind, sentence, x)
        return kind
    raise AssertionError(f"This sentence is of no kind: {sentence}")


def some_experiment(chance: random.Random) -> Experiment:
    """A few words, or one of the lists, at settings of all sizes."""
    settings = {
        "k": chance.choice(
            [0.0, 0.0, 1e-4, 0.01, 0.1, 0.5, 1.0, 1.0, 3.0, 10.0, 100.0, round(chance.uniform(0, 2), 3)]
        ),
        "l2": chance.choice([0.0, 0.0, 1e-20, 1e-6, 1e-4, 0.001, 0.01, 0.01, 0.1, 0.3, 1.0, 10.0]),
        "steps": chance.choice([*[1, 2, 5, 10, 20] * 4, 0, 80, 80]),
        "lr": chance.choice([*[0.01, 0.5, 2.0, 3.0, 5.0, 8.0] * 3, 20.0, 200.0]),
        "seed": chance.randrange(1000),
    }
    if chance.random() < 0.1:  # the limit of one word is high: a step goes far, to no NLL at all, or up the L2
        far = {
            "l2": chance.choice([1e-6, 1e-6, 3e-4, 0.001]),
            "k": chance.choice([0.0, 1e-4, 1.0]),
            "lr": chance.uniform(200, 400),
            "steps": chance.choice([1, 2]),
        }
        return Experiment(data="own", words="a", **settings | far)
    if chance.random() < 0.02:
        few = {"steps": chance.choice([1, 3, 10]), "lr": chance.choice([5.0, 50.0]), "l2": min(settings["l2"], 0.3)}
        return Experiment(data=chance.choice(["us-1880", "us-2018"]), **settings | few)
    letters = "abcd"[: chance.choice([1, 1, 2, 3, 4])]
    words = ["".join(chance.choices(letters, k=chance.randint(1, 4))) for _ in range(chance.choice([1, 1, 2, 4, 20]))]
    return Experiment(data="own", words="\n".join(words), order=chance.choice([2, 2, 2, 3]), **settings)


def balanced(view: runs.View, part: float) -> runs.View:
    """The same run beside another smoothing: one that raises the counted NLL by a part of what the run lacks."""
    N, low, high = view.corpus.N.tolist(), 0.0, 1000.0
    aim = plain.nll(plain.smoothed(N, 0.0), N) + part * truth(view)["above"]
    for _ in range(40):
        k = (low + high) / 2
        low, high = (k, high) if plain.nll(plain.smoothed(N, k), N) < aim else (low, k)
    return replace(view, e=view.e.model_copy(update={"k": low}))


def test_all_that_an_explanation_says_is_true(monkeypatch):
    """Each sentence that more than five hundred experiments get, each number in it at the digits that it has there."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # other tests check the shapes of these calls
    chance, met = random.Random(3), Counter()
    for _ in range(500):
        view = runs.trained(some_experiment(chance))
        met[checked(view)] += 1
        if chance.random() < 0.08 or view.taken == 80 or results.shares(view).steps < -1e-3:
            met[checked(balanced(view, chance.choice([0.9, 1.0, 1.15])))] += 1
    assert {kind: met[kind] for kind in KINDS if met[kind] < 4} == {}, met


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
    assert sweep.values == [0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]
    assert len(sweep.train) == len(sweep.values)
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
    mebibytes = price.step("onehot", 228_146, 27**2, 27).bytes / 1024 / 1024
    assert f"left out: a step takes about {mebibytes:,.0f} MiB and " in left_out.why_not
    assert math.isnan(left_out.forward)
    with pytest.raises(ValueError, match="no forward form"):
        results.time_form(E, 2, 1_000, "dense")


def test_a_diverged_view_has_numbers_or_none(view):
    broken = replace(view, W=torch.full_like(view.W, math.nan))
    assert math.isnan(results.summary(broken)["descended_nll"])
    assert results.why(broken)[1] == "over"


def test_the_perplexity_of_a_loss_without_bounds_is_infinite(view):
    far = replace(view, W=view.W * 1e30)
    assert results.summary(far)["descended_nll"] > 709
    assert results.summary(far)["descended_perplexity"] == math.inf


def test_a_number_as_text_is_never_minus_zero():
    assert [pictures.as_text(x) for x in (-1e-5, -0.0, -0.2, math.inf, math.nan)] == [
        "0.0000",
        "0.0000",
        "−0.2000",
        "∞",
        "–",
    ]
