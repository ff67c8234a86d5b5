"""From an `Experiment` to its numbers: pure functions, no gradio. show.py turns the numbers into pictures.

`corpus` counts, `run_of` descends; both are cached by their settings, so that a class of 200 with one link trains
once. A `View` is what one visitor sees of a run: it never changes, and holds everything that the drawing needs.
"""

import functools
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import NamedTuple

import torch
from experiment import Experiment, sha256
from torch import Tensor
from torch.utils.benchmark import Timer

import bigram

CHUNK = 0.1  # seconds of computing before the first update of the page
LONGER = 1.25  # each update waits so much longer than the one before: the longest run takes about 20
LONGEST_RUN = 30.0  # seconds of computing for one run
CURVE_POINTS = 150
FRAMES = 12  # of the table on its way
LARGEST_FRAME = 2**16  # cells; a larger table keeps its first and last frame only
LARGEST_ONEHOT = 2**29  # bytes: less than the package allows, because many share the lab
MAKING = [threading.Lock() for _ in range(64)]  # a run takes the one of its hash


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
            "These are not the words of the link: their SHA-256 differs. Give its list, or empty the SHA-256."
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
    def reached(self) -> Experiment:
        """The experiment that ends where this view stands: what a link or a script of it should say."""
        steps = min(self.taken, Experiment.bounds("steps")[1]) or self.e.steps
        return self.e.model_copy(update={"steps": steps})

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
        stride = math.ceil(e.steps / CURVE_POINTS) | 1  # odd: an even one would hide a zigzag
        if self.done or self.step <= 20 or self.step % stride == 0:
            self.points.append((self.step, loss.item(), (loss - e.l2 * (W**2).mean()).item()))
        frames = FRAMES if W.numel() <= LARGEST_FRAME else 1
        if self.done or self.step % math.ceil(e.steps / frames) == 0:
            self.frames.append((self.step, W.cpu()))
        if self.done:
            self.notice = self._what_happened()
            self.descent = iter(())  # lets go of the examples: many runs are kept

    def _what_happened(self) -> str:
        """A sentence on a run that diverged, cannot settle, or was cut short."""
        e, N = self.e, self.corpus.N
        if not self.points[-1][1] <= self.points[0][1]:  # NaN too
            return bigram.explain_divergence(N, e.lr, e.l2)
        edge = bigram.stable_learning_rates(N, e.l2)[1]
        edge_here = bigram.stable_learning_rates(N, e.l2, P=self.W.cpu().double().softmax(1))[1]
        if e.lr > max(edge, edge_here):  # strong L2 moves the minimum away from the counted table
            return (
                f"The learning rate {e.lr:g} is above 2/λ_max = {edge:.1f} of these words: near the minimum every step "
                "overshoots, and the loss cannot settle."
            )
        if self.step < e.steps:
            return (
                f"Stopped after {LONGEST_RUN:.0f} s at step {self.step:,} of {e.steps:,}. "
                "The form counts takes the same steps in a small part of the time."
            )
        return ""

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
    shared = Experiment(**own, **{name: getattr(e, name) for name in names})
    with MAKING[hash(shared) % len(MAKING)]:  # lru_cache alone lets all who ask at once make one each
        return _run(shared)


@lru_cache(maxsize=32)
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
    """Descend, and show the way: views at growing intervals, the last one of the finished run."""
    run, seconds = run_of(e), CHUNK
    while True:
        run.advance(seconds)
        seconds *= LONGER
        done = run.done  # before the view is taken, and shown: another visitor may end the run meanwhile
        yield run.view(e)
        if done:
            return


def trained(e: Experiment) -> View:
    """The view of the finished run."""
    *_, view = train(e)
    return view


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


def reset(view: View) -> View:
    """The same experiment before its first step: the same start."""
    step, W = view.frames[0]
    start = replace(view, W=W, steps=[], objective=[], nll=[], frames=[(step, W)], notice="")
    return _at(start, W, 0)


def stepped(view: View) -> View:
    """One more step of descent, from where the view stands."""
    N, e = view.corpus.N, view.e
    *_, (W, _) = bigram.descend(
        partial(bigram.nll_counts, N=N), view.W, 1, e.lr, e.l2, gradient=partial(bigram.gradient_counts, N=N)
    )
    return _at(view, W, view.taken + 1)


def _at(view: View, W: Tensor, step: int) -> View:
    nll = bigram.nll_counts(W, view.corpus.N).item()
    objective = nll + view.e.l2 * (W**2).mean().item()
    longer = {"steps": [*view.steps, step], "nll": [*view.nll, nll], "objective": [*view.objective, objective]}
    return replace(view, W=W, frames=[(step, W)], **longer)


def tables(view: View) -> dict[str, Tensor]:
    """Both tables under the names that the page gives them."""
    return {"counted": view.P, "descended": view.Q}


def row_gaps(view: View) -> Tensor:
    """(C,) what each context adds to the gap: Σ_j (N_ij/n)·log(P_ij/Q_ij). They sum to the gap.

    At smoothing 0 this is (r_i/n)·KL(P_i ‖ Q_i), never negative.
    """
    N = view.corpus.N
    return torch.where(N > 0, N * (view.P.log() - view.W.double().log_softmax(1)), 0).sum(1) / N.sum()


def score(view: View, name: str) -> dict[str, list[float]]:
    """−log p (nats) of each character of a name and of its end, by both tables. ValueError: an unknown character."""
    if not name:
        raise ValueError("There is no name to score. Type one.")
    xs, ys = bigram.ngrams([name], view.corpus.vocab, view.e.order)
    return {title: (-P[xs, ys].log()).tolist() for title, P in tables(view).items()}


class Sweep(NamedTuple):
    """NLLs over a range of one setting, each measured on the training and on the held-out (dev) words."""

    setting: str  # k or l2
    order: int
    values: list[float]
    train: list[float]
    dev: list[float]

    @property
    def best(self) -> int:
        """Where the dev NLL is lowest."""
        return min(range(len(self.dev)), key=lambda i: (not math.isfinite(self.dev[i]), self.dev[i]))


SWEEP_K = (0.0, *(round(10 ** (i / 4), 4) for i in range(-12, 13)))
SWEEP_L2 = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def held_out(e: Experiment) -> Experiment:
    """The same experiment with dev and test words held out: by its own split, or else by split 0."""
    return e if e.split is not None else e.model_copy(update={"split": 0})


def tally(names: list[str], words: Corpus) -> Tensor:
    """The counts of some names, in the vocabulary and the order of a corpus."""
    return bigram.count(*bigram.ngrams(names, words.vocab, words.order), words.V, words.order)


def sweep_k(e: Experiment) -> Sweep:
    """The counted table at every smoothing of SWEEP_K."""
    words = corpus(held_out(e))
    dev = tally(words.dev, words)
    logs = [bigram.probabilities(words.N, k).log() for k in SWEEP_K]
    losses = [[bigram.nll_counts(log_p, N).item() for log_p in logs] for N in (words.N, dev)]
    return Sweep("k", e.order, list(SWEEP_K), *losses)


def sweep_l2(e: Experiment) -> Sweep:
    """The descended table at every strength of SWEEP_L2, by counts; the other settings are the experiment's."""
    e = held_out(e).model_copy(update={"form": "counts", "device": "cpu"})
    words = corpus(e)
    dev = tally(words.dev, words)
    Ws = [trained(e.model_copy(update={"l2": l2})).W.double() for l2 in SWEEP_L2]
    losses = [[bigram.nll_counts(W, N).item() for W in Ws] for N in (words.N, dev)]
    return Sweep("l2", e.order, list(SWEEP_L2), *losses)


def test_loss(e: Experiment) -> float:
    """The NLL of the test words under the counted table at the experiment's smoothing: to be looked at once."""
    words = corpus(held_out(e))
    return bigram.nll_counts(bigram.probabilities(words.N, e.k).log(), tally(words.test, words)).item()


class Timing(NamedTuple):
    """The median milliseconds of one form, NaN where it was left out."""

    form: str
    forward: float
    both: float  # forward and backward
    why_not: str = ""


def time_forms(e: Experiment, order: int, n: int) -> Iterator[Timing]:
    """Each form of the loss timed here and now on n examples (the corpus, repeated as needed), under a second each."""
    words = corpus(e.model_copy(update={"order": order}))
    xs, ys = bigram.ngrams(words.train, words.vocab, order)
    xs, ys = (ids.repeat(math.ceil(n / len(ids)))[:n].to(e.device) for ids in (xs, ys))
    N = bigram.count(xs, ys, words.V, order)
    W = bigram.initial_weights(words.V, order, e.seed, e.device).requires_grad_()
    for form in bigram.FORMS:
        size = n * W.shape[0] * 12
        if form == "onehot" and size > LARGEST_ONEHOT:
            why_not = f"left out: one-hot rows of {size / 2**20:,.0f} MiB, more than {LARGEST_ONEHOT / 2**20:,.0f}"
            yield Timing(form, math.nan, math.nan, why_not)
            continue
        nll = bigram.choose(form, xs, ys, N)
        wait = torch.cuda.synchronize if e.device == "cuda" else (lambda: None)
        times = [
            Timer(code, globals={"nll": nll, "W": W, "wait": wait}).blocked_autorange(min_run_time=0.2).median * 1e3
            for code in ("nll(W); wait()", "nll(W).backward(); wait()")
        ]
        yield Timing(form, *times)
