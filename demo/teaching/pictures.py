"""What a lesson draws under its answer: the things that its question compares, side by side on every screen.

Each function takes the experiment of its lesson and returns the numbers of one picture, computed now. `kind` says how
page/static/lessons/picture.js draws it, `label` is a sentence for those who do not see it.
"""

import ast
import math
from collections.abc import Callable, Iterable
from typing import Any

import bigram
from demo.compute import results, runs
from demo.experiment import Experiment
from demo.teaching import traps

BOUNCES = 7  # steps of a ball in its bowl
AROUND = 0.04  # what is seen of a strip on either side of u
RACE = 100  # steps
MODELS = {2: "bigram", 3: "trigram", 4: "order 4"}
SLOW = 0.9  # a ball that keeps more of its distance in a step than this just settles


def bars(rows: Iterable[tuple[str, float | None, str]], most: float | None = None, end: str = "") -> dict[str, Any]:
    """Amounts with their names, and their numbers as text; None is infinite. `end` says what `most` is."""
    drawn = [{"label": label, "value": value, "text": text} for label, value, text in rows]
    said = "; ".join(f"{one['label']}: {one['text']}" for one in drawn)
    return {"kind": "bars", "bars": drawn, "most": most, "end": end, "label": f"Bars: {said}."}


def nats(rows: Iterable[tuple[str, float]], most: float | None = None, end: str = "") -> dict[str, Any]:
    """Losses in nats per character as bars."""
    finite = [(label, value if math.isfinite(value) else None) for label, value in rows]
    return bars([(label, value, "∞" if value is None else f"{value:.3f}") for label, value in finite], most, end)


def bowls(e: Experiment) -> dict[str, Any]:
    """Where the steps land in the direction in which the loss curves most, at three learning rates.

    Near the minimum a step multiplies the distance from it by 1 − lr · λ_max, and λ_max is 2 / (the limit).
    """
    edge = runs.stable_below(runs.corpus(e), e.l2)
    drawn = []
    for rate in (50.0, 74.0, 80.0):
        factor = 1 - 2 * rate / edge
        start = min(1.0, abs(factor) ** -BOUNCES)  # a ball that climbs reaches the rim with its last step
        words = "climbs out" if abs(factor) > 1 else "just settles" if abs(factor) > SLOW else "settles"
        places = [start * factor**step for step in range(BOUNCES + 1)]
        drawn.append({"rate": rate, "places": places, "words": words, "own": rate == e.lr})
    said = ", ".join(f"at rate {one['rate']:.0f} it {one['words']}" for one in drawn)
    return {"kind": "bowls", "bowls": drawn, "label": f"A ball in a bowl: {said}."}


def race(e: Experiment) -> dict[str, Any]:
    """The losses after each of the first steps, at the lesson's learning rate and at 50."""
    lines = [
        {"name": f"rate {rate:g}", "loss": runs.trained(e.model_copy(update={"lr": rate, "steps": RACE})).objective}
        for rate in (e.lr, 50.0)
    ]
    said = " and ".join(f"{line['loss'][-1]:.3f} at {line['name']}" for line in lines)
    return {"kind": "race", "lines": lines, "label": f"The loss after {RACE} steps is {said}."}


def drift(e: Experiment) -> dict[str, Any]:
    """The names that the same luck draws from the two tables of the trap `chaos`."""
    trap = next(trap for trap in traps.TRAPS if trap.key == "chaos")
    printed = traps.printed(trap)["wrong"].splitlines()
    lists = [ast.literal_eval(line.removeprefix("names ")) for line in printed if line.startswith("names ")]
    heads = ["added in one order", "added in another"]
    said = "; ".join(f"{head}: {', '.join(names)}" for head, names in zip(heads, lists))
    return {"kind": "lists", "heads": heads, "lists": lists, "label": f"Names with the same luck, {said}."}


def strips(e: Experiment) -> dict[str, Any]:
    """The row in which the first names of the two tables part, as strips of both tables around the same u."""
    view = runs.trained(e)
    vocab = view.corpus.vocab
    ways = [bigram.trace(P, vocab, e.draw_seed) for P in (view.P, view.Q)]
    parted = next(i for i, (a, b) in enumerate(zip(*ways)) if a.character != b.character)
    drawn, said = [], []
    for title, way in zip(("counted", "trained"), ways):
        draw = way[parted]
        pieces = zip(vocab.chars, [0.0, *draw.cumulative.tolist()], draw.cumulative.tolist())
        letter = vocab.chars[draw.character]
        drawn.append({"title": title, "pieces": [list(piece) for piece in pieces], "letter": letter})
        said.append(f"{letter} in the {title} table")
    u = ways[0][parted].u
    label = f"One u, {u:.4f}, falls on {' and on '.join(said)}."
    return {"kind": "strips", "u": u, "around": AROUND, "strips": drawn, "label": label}


def lines_of_the_lecture(e: Experiment) -> dict[str, Any]:
    """Some lines that the lecture's loop prints: each loss is that of a W before its update."""
    losses = runs.trained(e).objective
    return nats(
        (f"line {line}: {line - 1} update{'' if line == 2 else 's'}", losses[line - 1]) for line in (1, 2, 3, 20)
    )


def years(e: Experiment) -> dict[str, Any]:
    """Each list, scored with its own table and with that of the other year."""
    lists = {year: runs.corpus(e.model_copy(update={"data": f"us-{year}"})) for year in (1880, 2018)}
    tables = {year: bigram.probabilities(words.N, e.k).log() for year, words in lists.items()}
    rows = [(1880, 1880), (2018, 2018), (1880, 2018), (2018, 1880)]
    scored = [(f"names of {x}, table of {y}", bigram.nll_counts(tables[y], lists[x].N).item()) for x, y in rows]
    V = lists[1880].V
    return nats(scored, math.log(V), f"pure chance, log {V}")


def gaps(e: Experiment) -> dict[str, Any]:
    """The gap early and late, and late without L2."""
    ends = {f"{steps:,} steps": {"steps": steps} for steps in (100, e.steps)} | {
        f"{e.steps:,} steps, no L2": {"l2": 0.0}
    }
    rows = [(label, results.summary(runs.trained(e.model_copy(update=one)))["gap"]) for label, one in ends.items()]
    return bars([(label, gap, f"{gap:.5f}") for label, gap in rows])


def one_cell(e: Experiment) -> dict[str, Any]:
    """The cell in which heavy L2 and heavy smoothing differ most: before both, and after each."""
    view = runs.trained(e)
    row, column = divmod(int((view.P - view.Q).abs().argmax()), view.corpus.V)
    tables = {"counted": bigram.probabilities(view.corpus.N, 0.0), "smoothed": view.P, "trained with L2": view.Q}
    values = {label: P[row, column].item() for label, P in tables.items()}
    return bars([(label, p, f"{p:.4f}") for label, p in values.items()])


def one_name(e: Experiment) -> dict[str, Any]:
    """The loss of the name that holds a pair which never occurs."""
    view = runs.trained(e)
    N = results.tally(["andrejq"], view.corpus)
    tables = {f"smoothing {k:g}": bigram.probabilities(view.corpus.N, k).log() for k in (0.0, 1.0)}
    losses = {
        label: bigram.nll_counts(table, N).item() for label, table in (tables | {"trained": view.W.double()}).items()
    }
    return nats(losses.items())


def best_on_dev(e: Experiment) -> dict[str, Any]:
    """The lowest dev loss of bigram and trigram over the smoothing k."""
    sweeps = {order: results.sweep_k(e.model_copy(update={"order": order})) for order in (2, 3)}
    return nats((f"{MODELS[order]}, best k", sweep.dev[sweep.best]) for order, sweep in sweeps.items())


def above_train(e: Experiment) -> dict[str, Any]:
    """How far the dev loss of each order is above its train loss, at k = 1."""
    sweeps = {order: results.sweep_k(e.model_copy(update={"order": order})) for order in MODELS}
    usual = results.SWEEP_K.index(1.0)
    rows = [(f"{MODELS[order]}, dev − train", sweep.dev[usual] - sweep.train[usual]) for order, sweep in sweeps.items()]
    return bars([(label, apart, f"{apart:.4f}") for label, apart in rows])


def smoothings(e: Experiment) -> dict[str, Any]:
    """The losses on train and on dev without smoothing, with the best k for dev and with the largest."""
    sweep = results.sweep_k(e)
    sides = {"train": sweep.train, "dev": sweep.dev}
    at = (0, sweep.best, -1)
    return nats((f"{side}, k = {sweep.values[i]:,.6g}", losses[i]) for side, losses in sides.items() for i in at)


PICTURES: dict[str, Callable[[Experiment], dict[str, Any]]] = {  # by the key of the lesson
    "edge": bowls,
    "over": bowls,
    "slow": race,
    "chaos": drift,
    "sampling": strips,
    "lecture": lines_of_the_lecture,
    "years": years,
    "converged": gaps,
    "l2": one_cell,
    "impossible": one_name,
    "e01": best_on_dev,
    "e02": above_train,
    "e03": smoothings,
}
