"""From an `Experiment` to its run: the words and their counts, the descent, and what has been reached.

Nothing belongs to a visitor. `corpus` and the runs are shared by all who ask for the same settings, so that a class
of 200 with one link trains once. A run advances only while somebody asks for it, a slice of time at a turn.
"""

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import price
from cachetools import LRUCache
from experiment import Experiment, sha256
from torch import Tensor
from turns import turn

import bigram


class Corpus(NamedTuple):
    """The words of an experiment and their counts."""

    train: list[str]
    dev: list[str]  # empty unless the experiment holds words out
    test: list[str]
    vocab: bigram.Vocab
    order: int
    N: Tensor  # (C, V) of the training words
    known: frozenset[str]  # the training words, to look a name up

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
    N = bigram.count(*bigram.ngrams(train, vocab, order), len(vocab), order)
    return Corpus(train, dev, test, vocab, order, N, frozenset(train))


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


class Reached(NamedTuple):
    """The weights of a run after some of its steps, and its losses until there. Another run may go on from it."""

    W: Tensor  # (C, V) float32, on the CPU
    objective: list[float]
    nll: list[float]
    notice: str


@lru_cache(maxsize=64)  # by the table itself: one for all who train on the same words
def stable_below(N: Tensor, l2: float) -> float:
    """The learning rate 2/λ_max, above which no descent settles at the counted table."""
    return bigram.stable_learning_rates(N, l2)[1]


@dataclass
class Run:
    """A descent under way, shared by all who ask for the same one. It depends on nothing but its settings."""

    e: Experiment
    corpus: Corpus
    descent: Iterator[tuple[Tensor, Tensor]]
    W: Tensor | None
    objective: list[float]
    nll: list[float]

    def advance(self, seconds: float) -> tuple[Reached, bool]:
        """Descend for so many seconds, or to the end. What is reached, and whether that is the end."""
        start = time.perf_counter()
        while not self.done and (not self.nll or time.perf_counter() - start < seconds):
            self._take_step()
        notice = self._what_happened() if self.done else ""
        return Reached(self.W.cpu(), list(self.objective), list(self.nll), notice), self.done

    @property
    def taken(self) -> int:
        return len(self.nll) - 1

    @property
    def done(self) -> bool:
        return len(self.nll) == self.e.steps + 1

    def _take_step(self) -> None:
        self.W, loss = next(self.descent)
        self.objective.append(loss.item())
        self.nll.append((loss - self.e.l2 * self.W.square().mean()).item())

    def _what_happened(self) -> str:
        """A sentence on a run that diverged or cannot settle."""
        e, N = self.e, self.corpus.N
        if not self.objective[-1] <= self.objective[0]:  # NaN too
            return bigram.explain_divergence(N, e.lr, e.l2)
        edge = stable_below(N, e.l2)
        if e.lr > edge:
            # strong L2 moves the minimum away from the counted table
            here = bigram.stable_learning_rates(N, e.l2, P=self.W.cpu().double().softmax(1))[1]
            if e.lr > here and len(self.nll) > 1:
                return (
                    f"The learning rate {e.lr:g} is above 2/λ_max = {edge:.1f} of these words: near the minimum every "
                    "step overshoots, and the loss cannot settle."
                )
        return ""


RUNS: LRUCache[tuple, Run] = LRUCache(32)  # under way
REACHED: LRUCache[tuple, Reached] = LRUCache(  # what was given out, by run and step
    2**26, getsizeof=lambda reached: reached.W.numel() * 4 + len(reached.nll) * 64 + 1_000
)


def run_key(e: Experiment) -> tuple:
    """What the weights depend on but the number of steps: one run for all experiments that agree in it."""
    others = {"steps", "sha"} | ({"words"} if e.data != "own" else set())
    return tuple(getattr(e, key) for key in Experiment.of_groups("run") if key not in others)


def glance(e: Experiment, seconds: float = 0.1) -> tuple[View, bool]:
    """What the run of `e` has reached after so many seconds more of computing, and whether that is its end.

    A run that was left is no end: whoever asks next goes on from there. ValueError: a run that cannot be.
    """
    with turn(len(e.words) * 1e-6):
        words, end = corpus(e), (run_key(e), e.steps)
        cost = price.run(e.form, e.steps, int(words.N.sum()), *words.N.shape)
        done = end in REACHED
    with turn(0.0 if done else cost):
        if end not in REACHED:
            run = RUNS.pop(end, None) or begin(e, words)
            reached, done = run.advance(seconds)
            REACHED[run_key(e), run.taken] = reached
            if not done:
                RUNS[end] = run
        else:
            reached, done = REACHED[end], True
    return View(e, words, reached.W, reached.objective, reached.nll, reached.notice), done


def begin(e: Experiment, words: Corpus) -> Run:
    """A run of `e`, from its random start or from the last step of it that was given out."""
    key, closed, N = run_key(e), e.form == "counts", words.N.to(e.device)
    if closed:
        nll = bigram.closed_form(N)
    else:
        nll = bigram.choose(e.form, *(ids.to(e.device) for ids in bigram.ngrams(words.train, words.vocab, e.order)), N)
    known = max((step for other, step in REACHED if other == key and step <= e.steps), default=None)
    reached = None if known is None else REACHED[key, known]
    start = bigram.initial_weights(words.V, e.order, e.seed, e.device) if reached is None else reached.W.to(e.device)
    descent = bigram.descend(nll, start, max(1, e.steps), e.lr, e.l2, gradient=closed)
    if reached is None:
        return Run(e, words, descent, None, [], [])
    next(descent)  # its start, whose losses are known
    return Run(e, words, descent, reached.W, list(reached.objective), list(reached.nll))


def trained(e: Experiment) -> View:
    """The view of the finished run."""
    done = False
    while not done:
        view, done = glance(e, 0.25)
    return view


def start_of(view: View) -> Tensor:
    """The weights before the first step, (C, V) float32."""
    return bigram.initial_weights(view.corpus.V, view.e.order, view.e.seed)
