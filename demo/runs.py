"""From an `Experiment` to its run: the words and their counts, the descent, and what has been reached.

Nothing belongs to a visitor. `corpus` and the runs are shared by all who ask for the same settings, so that a class
of 200 with one link trains once. A run advances only while somebody asks for it, a slice of time at a turn.
"""

import functools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import gpu
import lecture
import price
import table_file
import torch
from cachetools import LRUCache
from experiment import Experiment, sha256
from memory import keep, kept
from torch import Tensor
from turns import is_wanted, stop_if_overtaken, turn

import bigram

CANNOT_SETTLE = "cannot settle"  # how the sentence on a rate above 2/λ_max ends
UNDISTURBED = 0.1  # seconds of a slice, after which it ends where cheaper work waits


class Corpus(NamedTuple):
    """The words of an experiment and their counts; of a table of counts, no words."""

    train: list[str]
    dev: list[str]  # empty unless the experiment holds words out
    test: list[str]
    vocab: bigram.Vocab
    order: int
    N: Tensor  # (C, V) of the training words
    known: frozenset[str]  # the training words, to look a name up
    key: tuple  # what it was made from
    about: str = ""  # what a table of counts is

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
    """The words, split where the experiment asks for it, and the counts of the training part; or a table of counts."""
    if e.data == "table":
        table = table_file.of(e)
        N, vocab, order = table[:3]
        return Corpus([], [], [], vocab, order, N, frozenset(), ("corpus", table.sha), table_file.about(table))
    if e.data == "own" and not e.words.strip():
        raise ValueError(
            "This link was made with a list too long to travel in it. Paste or upload that list as own words."
            if e.sha
            else "There are no own words yet. Type or upload words, one a line."
        )
    if e.data == "lecture" and not lecture.is_here():
        raise ValueError(lecture.AWAY)
    own = sha256(e.words) if e.data == "own" else ""
    if e.data == "own" and e.sha not in ("", own):
        raise ValueError(
            "These are not the words of the link: their SHA-256 differs. Give its list, or empty the SHA-256."
        )
    key = ("corpus", e.data, own, e.split, e.order)

    def read() -> Corpus:
        words = bigram.parse(e.words) if own else bigram.load(e.data)
        vocab = bigram.Vocab.from_words(words)
        price.table(len(vocab), e.order)
        train, dev, test = (words, [], []) if e.split is None else bigram.split(words, e.split)
        N = bigram.count(*bigram.ngrams(train, vocab, e.order), len(vocab), e.order)
        return Corpus(train, dev, test, vocab, e.order, N, frozenset(train), key)

    return kept(key, read)


@dataclass(frozen=True)
class View:
    """What a run has reached, for one experiment that has this run."""

    e: Experiment
    corpus: Corpus
    W: Tensor  # (C, V) float32, on the CPU
    objective: list[float]  # NLL + L2 after 0, 1, 2, … steps
    nll: list[float]
    notice: str = ""  # a sentence on a run that diverged or cannot settle

    @property
    def taken(self) -> int:
        """The steps taken."""
        return len(self.nll) - 1

    @property
    def reached(self) -> Experiment:
        """The experiment that ends where this view stands: what a link or a script of it should say."""
        return self.e.model_copy(update={"steps": self.taken})

    @property
    def P(self) -> Tensor:
        """The counted table, (C, V) float64."""
        return bigram.probabilities(self.corpus.N, self.e.k)

    @property
    def Q(self) -> Tensor:
        """The descended table softmax(W), (C, V) float64."""
        return self.W.double().softmax(1)


def stable_below(words: Corpus, l2: float) -> float:
    """The learning rate 2/λ_max, above which no descent settles at the counted table."""
    return kept(("edge", words.key, l2), lambda: bigram.stable_learning_rates(words.N, l2)[1])


def has_risen(losses: Sequence[float]) -> bool:
    """Whether the last loss is above the first by more than float32 rounds, or is no number."""
    return not losses[-1] <= losses[0] * (1 + 1e-6)


class Run:
    """A descent, shared by all who ask for it, and the weights at the steps that they asked for."""

    def __init__(self, e: Experiment):
        self.e = e.model_copy(update={"words": "", "table": "", "sha": ""})
        self.objective: list[float] = []  # as far as anybody came
        self.nll: list[float] = []
        self.ends: LRUCache[int, tuple[Tensor, str]] = LRUCache(16)  # by step: W on the CPU, and what happened
        self.descent: Iterator[tuple[Tensor, Tensor]] | None = None  # where it stands: at this step, with these weights
        self.step, self.W = -1, torch.empty(0)
        self.bytes = 2_000

    def advance(self, words: Corpus, steps: int, seconds: float) -> bool:
        """Descend to so many steps, or for so many seconds; less where others wait. Whether the end is reached."""
        start = time.perf_counter()

        def is_over() -> bool:
            spent = time.perf_counter() - start
            return spent >= seconds or (spent >= UNDISTURBED and is_wanted())

        if steps in self.ends:
            return True
        nearest = max((step for step in self.ends if step < steps), default=-1)
        if self.e.device == "cuda":
            self.W, *losses = at_once(self.e, words, steps)
            self.objective, self.nll = max([self.objective, self.nll], losses, key=lambda pair: len(pair[0]))
            self.step = steps
        elif self.descent is None or not nearest <= self.step <= steps:
            self._begin(words, nearest)
        while self.step < steps and not is_over():
            self._take_step()
        if self.step == steps:
            self.ends[steps] = self.W.cpu(), self._what_happened(words)
        examples = 0 if self.e.form == "counts" else int(words.N.sum())
        self.bytes = 2_000 + 4 * self.W.numel() * (len(self.ends) + 10) + 16 * examples + 80 * len(self.nll)
        return self.step == steps

    def _begin(self, words: Corpus, step: int) -> None:
        """Go on from a step whose weights are known, or from the random start."""
        e, closed, N = self.e, self.e.form == "counts", words.N.to(self.e.device)
        if closed:
            nll = bigram.closed_form(N)
        else:
            examples = bigram.ngrams(words.train, words.vocab, e.order)
            nll = bigram.choose(e.form, *(ids.to(e.device) for ids in examples), N)
        start = self.ends[step][0] if step >= 0 else initial_weights(words, e)
        self.descent = bigram.descend(nll, start.to(e.device), bigram.gradient.MOST_STEPS, e.lr, e.l2, gradient=closed)
        self.step = max(step, 0) - 1
        self._take_step()

    def _take_step(self) -> None:
        self.W, loss = next(self.descent)
        self.step += 1
        if self.step == len(self.nll):
            self.objective.append(loss.item())
            self.nll.append((loss - self.e.l2 * self.W.square().mean()).item())

    def _what_happened(self, words: Corpus) -> str:
        """A sentence on a run that diverged or cannot settle."""
        e = self.e
        if has_risen(self.objective[: self.step + 1]):
            return bigram.explain_divergence(words.N, e.lr, e.l2)
        edge = stable_below(words, e.l2)
        if e.lr > edge and self.step > 0:
            # strong L2 moves the minimum away from the counted table
            W = self.W.cpu()
            here = bigram.stable_learning_rates(words.N, e.l2, P=W.double().softmax(1))[1]
            last = self.objective[max(self.step - 10, 0) : self.step + 1]
            slope = bigram.closed_form(words.N)(W)[1] + 2 * e.l2 / W.numel() * W
            due = e.lr * slope.square().sum().item()  # how far a step falls along a straight slope
            jumps = due > 1e-3 and last[-2] - last[-1] < 0.1 * due  # from side to side, at one height
            if e.lr > here or jumps or any(after > 1.0001 * before for before, after in pairwise(last)):
                return (
                    f"The learning rate {e.lr:g} is above 2/λ_max = {edge:.1f} of these words. Near the minimum every "
                    f"step lands farther away on the other side, so the loss {CANNOT_SETTLE}. Such numbers belong to "
                    "this machine: another processor rounds differently, and may get other numbers and names."
                )
        return ""


@gpu.call
def at_once(e: Experiment, words: Corpus, steps: int) -> tuple[Tensor, list[float], list[float]]:
    """A run from its start to its end: W on the CPU, NLL + L2 and NLL after each step.

    A newer run of the same page ends it, but not on ZeroGPU, whose process hears of no other run.
    """
    run = Run(e)
    run._begin(words, -1)
    while run.step < steps:
        stop_if_overtaken()
        run._take_step()
    return run.W.cpu(), run.objective, run.nll


def run_key(e: Experiment) -> tuple:
    """What the weights depend on but the number of steps: one run for all experiments that agree in it."""
    others = ("steps", "sha", "words", "table")
    own = sha256(e.words) if e.data == "own" else table_file.of(e).sha if e.data == "table" else ""
    return ("run", own, *(getattr(e, key) for key in Experiment.of_groups("run") if key not in others))


def glance(e: Experiment, seconds: float = 0.1) -> tuple[View, bool]:
    """What the run of `e` has reached after so many seconds more of computing, and whether that is its end.

    A run that was left is no end: whoever asks next goes on from there. ValueError: a run that cannot be.
    """
    with turn((len(e.words) + len(e.table)) * 1e-6):
        if e.data == "table":  # known by its SHA-256 from here on
            e = e.model_copy(update={"sha": table_file.of(e).sha})
        key = run_key(e)
        words = corpus(e)
        cost = price.run(e.form, e.steps, int(words.N.sum()), *words.N.shape)
        run = kept(key, lambda: Run(e))
        done = e.steps in run.ends
    with turn(0.0 if done else cost):
        done = run.advance(words, e.steps, seconds)
        keep(key, run)
        W, what = run.ends[e.steps] if done else (run.W.cpu(), "")
        taken = (e.steps if done else run.step) + 1
        return View(e, words, W, run.objective[:taken], run.nll[:taken], what), done


def trained(e: Experiment) -> View:
    """The view of the finished run."""
    done = False
    while not done:
        view, done = glance(e, 0.25)
    return view


def initial_weights(words: Corpus, e: Experiment) -> Tensor:
    """The weights before the first step, (C, V) float32, on the CPU."""
    return bigram.initial_weights(words.V, e.order, e.seed)
