"""From an `Experiment` to what the screen shows: pure functions, no gradio.

`corpus` counts, `run_of` descends; both are cached by their settings, so that a class of 200 with one link trains
once. A `View` is what one visitor sees of a run: it never changes, and holds everything that the drawing needs.
"""

import base64
import functools
import itertools
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, NamedTuple

import torch
from experiment import Experiment, sha256
from torch import Tensor

import bigram

CHUNK = 0.25  # seconds of computing between two updates of the page
LONGEST_RUN = 60.0  # seconds of computing for one run
CURVE_POINTS = 150
FRAMES = 12
LARGEST_ONEHOT = 2**29  # bytes: less than the package allows, because many share the lab
SHOWN = 40  # rows and columns of a heat map at most


class Corpus(NamedTuple):
    """The words of an experiment and their counts."""

    train: list[str]
    dev: list[str]  # empty unless the experiment holds words out
    test: list[str]
    vocab: bigram.Vocab
    order: int
    N: Tensor  # (C, V) of the training words

    @property
    def V(self) -> int:
        return len(self.vocab)

    def context(self, text: str) -> int:
        """The id of a context: its characters as a number in base V."""
        return functools.reduce(lambda number, char: number * self.V + self.vocab.chars.index(char), text, 0)

    def context_text(self, context: int) -> str:
        """The characters of a context id."""
        return self.vocab.decode([context // self.V**place % self.V for place in reversed(range(self.order - 1))])


def corpus(e: Experiment) -> Corpus:
    """The words, split where the experiment asks for it, and the counts of the training part."""
    if e.data != "own":
        return _corpus(e.data, "", e.split, e.order)
    if e.words.strip() and e.sha and sha256(e.words) != e.sha:
        raise ValueError(
            "These are not the words of the link: their SHA-256 differs. Give its list, or clear the link."
        )
    if not e.words.strip():
        raise ValueError(
            "This link was made with a list too long to travel in it. Paste or upload that list as own words."
            if e.sha
            else "There are no own words yet. Type or upload at least one, one word a line."
        )
    return _corpus("own", e.words, e.split, e.order)


@lru_cache(maxsize=32)
def _corpus(data: str, own: str, seed: int | None, order: int) -> Corpus:
    words = bigram.parse(own) if data == "own" else bigram.load(data)
    vocab = bigram.Vocab.from_words(words)
    train, dev, test = (words, [], []) if seed is None else bigram.split(words, seed)
    return Corpus(train, dev, test, vocab, order, bigram.count(*bigram.ngrams(train, vocab, order), len(vocab), order))


@dataclass(frozen=True)
class View:
    """A run as one visitor sees it, `taken` steps after its start."""

    e: Experiment
    corpus: Corpus
    W: Tensor  # (C, V) float32, on the CPU
    steps: list[int]  # the steps that the curve shows, 0 first
    objective: list[float]  # NLL + L2, at those steps
    nll: list[float]
    frames: list[tuple[int, Tensor]]  # (step, W) now and then
    notice: str = ""  # a sentence on a run that diverged or was cut short

    @property
    def taken(self) -> int:
        return self.steps[-1]

    @property
    def P(self) -> Tensor:
        """The counted table, (C, V) float64."""
        return bigram.probabilities(self.corpus.N, self.e.k)

    @property
    def Q(self) -> Tensor:
        """The descended table softmax(W), (C, V) float64."""
        return self.W.double().softmax(1)


@dataclass
class Run:
    """A descent under way, shared by all who ask for the same one. It depends on nothing but its settings."""

    e: Experiment
    corpus: Corpus
    descent: Iterator[tuple[Tensor, Tensor]]
    lock: threading.Lock = field(default_factory=threading.Lock)
    seconds: float = 0.0
    done: bool = False
    step: int = -1
    W: Tensor | None = None
    points: list[tuple[int, float, float]] = field(default_factory=list)
    frames: list[tuple[int, Tensor]] = field(default_factory=list)
    notice: str = ""

    def advance(self, seconds: float) -> None:
        """Descend for so many seconds, or to the end."""
        with self.lock:
            start = time.perf_counter()
            while not self.done and time.perf_counter() - start < seconds:
                self._take_step()
            self.seconds += time.perf_counter() - start

    def _take_step(self) -> None:
        e, (W, loss) = self.e, next(self.descent)
        self.step, self.W = self.step + 1, W
        cut = self.seconds > LONGEST_RUN
        self.done = cut or self.step == e.steps
        if self.done or self.step <= 20 or self.step % math.ceil(e.steps / CURVE_POINTS) == 0:
            self.points.append((self.step, loss.item(), (loss - e.l2 * (W**2).mean()).item()))
        if self.done or self.step % math.ceil(e.steps / FRAMES) == 0:
            self.frames.append((self.step, W.cpu()))
        edge = bigram.stable_learning_rates(self.corpus.N, e.l2)[1] if self.done else math.inf
        if self.done and not self.points[-1][1] <= self.points[0][1]:  # NaN too
            self.notice = bigram.explain_divergence(self.corpus.N, e.lr, e.l2)
        elif e.lr > edge:
            self.notice = (
                f"The learning rate {e.lr:g} is above 2/λ_max = {edge:.1f} of these words: near the minimum every step "
                "overshoots, so the loss cannot settle there."
            )
        elif cut and self.step < e.steps:
            self.notice = (
                f"Stopped after {LONGEST_RUN:.0f} s at step {self.step:,} of {e.steps:,}. "
                "The form counts takes the same steps in a small part of the time."
            )

    def view(self, e: Experiment) -> View:
        """What has been reached, for a visitor whose experiment `e` has this run."""
        with self.lock:
            steps, objective, nll = zip(*self.points)
            return View(
                e, self.corpus, self.W.cpu(), list(steps), list(objective), list(nll), list(self.frames), self.notice
            )


def run_of(e: Experiment) -> Run:
    """The run of an experiment: one for all experiments that differ only in what does not touch the training."""
    own = {"words": e.words, "sha": e.sha} if e.data == "own" else {}
    names = ("data", "order", "steps", "lr", "l2", "seed", "form", "device", "split")
    return _run(Experiment(**own, **{name: getattr(e, name) for name in names}))


@lru_cache(maxsize=64)
def _run(e: Experiment) -> Run:
    words = corpus(e)
    W = bigram.initial_weights(words.V, e.order, e.seed, e.device)
    N = words.N.to(e.device)
    xs, ys = (ids.to(e.device) for ids in bigram.ngrams(words.train, words.vocab, e.order))
    size = len(xs) * W.shape[0] * 12
    if e.form == "onehot" and size > LARGEST_ONEHOT:
        raise ValueError(
            f"One-hot rows for {len(xs):,} examples and {W.shape[0]:,} contexts need {size / 2**20:,.0f} MiB a step; "
            f"the lab has {LARGEST_ONEHOT / 2**20:,.0f}. Choose the form rows, gather or counts: the same loss."
        )
    nll = bigram.choose(e.form, xs, ys, N)
    gradient = partial(bigram.gradient_counts, N=N) if e.form == "counts" else None
    return Run(e, words, bigram.descend(nll, W, e.steps, e.lr, e.l2, gradient))


def train(e: Experiment) -> Iterator[View]:
    """Descend, and show the way: a view every quarter of a second, the last one of the finished run."""
    run = run_of(e)
    while True:
        run.advance(CHUNK)
        yield run.view(e)
        if run.done:
            return


def trained(e: Experiment) -> View:
    """The view of the finished run."""
    *_, view = train(e)
    return view


# What the screen shows of a view. Each function returns the value of one component.


def summary(view: View) -> dict[str, float | int]:
    """The numbers of the first screen: both NLLs (nats per character), the gap, perplexities, sizes."""
    N = view.corpus.N
    counted = bigram.nll_counts(view.P.log(), N).item()
    descended = bigram.nll_counts(view.W.double(), N).item()
    return {
        "steps": view.taken,
        "counted_nll": counted,
        "descended_nll": descended,
        "gap": descended - counted,
        "counted_perplexity": math.exp(counted),
        "descended_perplexity": math.exp(min(descended, 700)),
        "words": len(view.corpus.train),
        "characters": view.corpus.V,
        "examples": int(N.sum()),
        "empty": int((N == 0).sum()),
        "cells": N.numel(),
    }


def figures(view: View) -> dict[str, Any]:
    """The summary as cards."""
    s = summary(view)
    cards = [
        ("counted_nll", "NLL, counted table", f"{s['counted_nll']:.6f}", "nats per character"),
        ("descended_nll", f"NLL, descended, {s['steps']:,} steps", f"{s['descended_nll']:.6f}", "nats per character"),
        ("gap", "gap", f"{s['gap']:+.6f}", "nats per character"),
        (
            "perplexity",
            "perplexity",
            f"{s['counted_perplexity']:.3f} · {s['descended_perplexity']:.3f}",
            f"counted · descended (uniform: {s['characters']})",
        ),
        (
            "examples",
            "examples",
            f"{s['examples']:,}",
            f"from {s['words']:,} words; {s['empty']:,} of {s['cells']:,} cells of N empty",
        ),
    ]
    return {"figures": [dict(zip(("key", "label", "value", "unit"), card)) for card in cards]}


def curve(view: View) -> dict[str, Any]:
    """The loss falling to the floor, the counted table's NLL."""
    floor = summary(view)["counted_nll"]
    return {
        "title": "Descent",
        "x_label": "steps taken",
        "y_label": "nats per character",
        "series": [
            {"name": "loss = NLL + L2", "x": view.steps, "y": finite(view.objective), "style": "dashed"},
            {"name": "NLL", "x": view.steps, "y": finite(view.nll), "style": "solid"},
        ],
        "floors": [{"name": "NLL of the counted table", "y": floor}],
        "x_log": False,
        "gap": {"series": "NLL", "floor": floor},
        "animate": True,
    }


def finite(numbers: list[float]) -> list[float | None]:
    """The numbers, None where one is infinite or NaN (JSON has neither)."""
    return [number if math.isfinite(number) else None for number in numbers]


def pack(table: Tensor) -> str:
    """A table as base64 of little-endian float32: an eighth of the bytes of a JSON list."""
    return base64.b64encode(table.float().contiguous().numpy().astype("<f4").tobytes()).decode()


class Window(NamedTuple):
    """The part of the table that fits a heat map."""

    rows: list[int]  # context ids
    columns: list[int]  # character ids
    note: str


def window(words: Corpus, lead: str = "") -> Window:
    """The contexts that begin with `lead` (order - 2 characters) and all characters; the commonest where too many."""
    columns = torch.arange(words.V)
    if words.V > SHOWN:
        columns = words.N.sum(0).argsort(descending=True, stable=True)[:SHOWN].sort().values
    first = words.context(lead) * words.V
    note = f"The {SHOWN} commonest of {words.V} characters." if words.V > SHOWN else ""
    return Window((first + columns).tolist(), columns.tolist(), note)


def heat_map(title: str, words: Corpus, part: Window, layers: list[tuple[str, str, str, str, Tensor]], **more) -> dict:
    """The value of a heat map: each layer is (key, label, scale, format, (C, V) table)."""
    chars = words.vocab.chars
    cells = torch.tensor(part.rows)[:, None], torch.tensor(part.columns)
    return {
        "title": title,
        "rows": [words.context_text(i) for i in part.rows],
        "columns": [chars[j] for j in part.columns],
        "layers": [
            {"key": key, "label": label, "scale": scale, "format": format, "data": pack(table[cells])}
            for key, label, scale, format, table in layers
        ],
        "note": part.note,
    } | more


def counted_map(view: View, lead: str = "") -> dict[str, Any]:
    """The counted table."""
    N, P = view.corpus.N, view.P
    layers = [
        ("N", "count", "sequential", "integer", N),
        ("P", "probability", "sequential", "probability", P),
        ("logP", "−log p (nats)", "sequential", "number", -P.log()),
    ]
    return heat_map("Counted", view.corpus, window(view.corpus, lead), layers, layer="P")


def descended_map(view: View, lead: str = "") -> dict[str, Any]:
    """The descended table, and how it came about."""
    part = window(view.corpus, lead)
    layers = [
        ("N", "count", "sequential", "integer", view.corpus.N),
        ("P", "probability", "sequential", "probability", view.Q),
        ("logP", "−log p (nats)", "sequential", "number", -view.W.double().log_softmax(1)),
        ("W", "weight W", "diverging", "number", view.W),
    ]
    frames = {
        "steps": [step for step, _ in view.frames],
        "key": "P",
        "data": [pack(W[part.rows].double().softmax(1)[:, part.columns]) for _, W in view.frames],
    }
    return heat_map("Descended", view.corpus, part, layers, layer="P", frames=frames)


def difference_map(view: View, lead: str = "") -> dict[str, Any]:
    """How far the two tables are apart, cell by cell."""
    layers = [("difference", "|P − softmax(W)|", "sequential", "probability", (view.P - view.Q).abs())]
    return heat_map("Difference", view.corpus, window(view.corpus, lead), layers, layer="difference")


def names(view: View) -> dict[str, Any]:
    """Names from both tables, drawn with the same stream of uniforms."""
    known, columns, notes = set(view.corpus.train), [], []
    for title, table in (("counted", view.P), ("descended", view.Q)):
        try:
            columns.append(bigram.sample(table, view.corpus.vocab, view.e.draws, view.e.draw_seed))
        except ValueError as error:  # a descended table may have diverged, or may never end a name
            columns.append([])
            notes.append(f"No names from the {title} table: {error}")
    pairs = [[a, b, a in known, b in known] for a, b in itertools.zip_longest(*columns, fillvalue="")]
    return {"left": "counted", "right": "descended", "pairs": pairs, "note": " ".join(notes)}
