"""From an `Experiment` to its run: the words and their counts, the descent, and what has been reached.

Nothing belongs to a visitor. `corpus` and the runs are shared by all who ask for the same settings, so that a class
of 200 with one link trains once. A run advances only while somebody asks for it, a slice of time at a turn.
"""

import functools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from cachetools import LRUCache
from torch import Tensor

import bigram
from bigram.gradient import MOST_STEPS
from bigram.reading import looks_like_table, read
from demo.compute import gpu, lecture, minimum, price, table_file
from demo.compute.cache import MEMORY, UNDER_WAY_BYTES, keep, kept, size, trim
from demo.compute.turns import is_wanted, pause, stop_if_unwanted, turn
from demo.experiment import Experiment, sha256

READING = 0.1  # seconds that it takes to read a list of the lab, split it and count it
CHARACTER = 1e-6  # seconds for each character of a visitor's own texts
UNDISTURBED = 0.1  # seconds of a slice, after which it ends where cheaper work waits
PATIENCE = 60.0  # seconds: a visitor who does not ask again for so long has left
MOST_STATES, LARGEST_STATES = 16, 2**24  # of a run: how many, and bytes


TABLE = (
    "These words look like a table, and each line was read as one word. "
    "Paste or upload the list once more: then the page reads the names in it."
)


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

    def counted() -> Corpus:
        words = read(e.words).words if own else bigram.load(e.data)
        vocab = bigram.Vocab.from_words(words)
        price.table(len(vocab), e.order)
        train, dev, test = (words, [], []) if e.split is None else bigram.split(words, e.split)
        N = bigram.count(*bigram.ngrams(train, vocab, e.order), len(vocab), e.order)
        return Corpus(train, dev, test, vocab, e.order, N, frozenset(train), key)

    return kept(key, counted, max(READING, CHARACTER * len(e.words)))


class Outcome(NamedTuple):
    """What has happened to a run. The sentences on it are made from these values."""

    has_risen: bool  # the loss is higher than at the start
    cannot_settle: bool  # the learning rate is above the edge
    edge: float  # 2/λ_max where descent ends

    @property
    def is_well(self) -> bool:
        return not (self.has_risen or self.cannot_settle)


@dataclass(frozen=True)
class View:
    """What a run has reached, for one experiment that has this run."""

    e: Experiment
    corpus: Corpus
    W: Tensor  # (C, V) float32, on the CPU
    objective: list[float]  # NLL + L2 after 0, 1, 2, … steps
    nll: list[float]
    is_end: bool = True  # whether these are all its steps

    @cached_property
    def outcome(self) -> Outcome:
        """What has happened up to here."""
        edge = stable_below(self.corpus, self.e.l2)
        is_above = self.taken > 0 and self.e.lr > edge
        return Outcome(has_risen(self.objective), is_above, edge)

    @property
    def notice(self) -> str:
        """What there is to say of a run that has ended and does not settle, and of own words that look like a table."""
        table = TABLE if self.e.data == "own" and looks_like_table(self.e.words) else ""
        return " ".join(filter(None, [told(self) if self.is_end else "", table]))

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
        """The trained table softmax(W), (C, V) float64."""
        return self.W.double().softmax(1)


def stable_below(words: Corpus, l2: float) -> float:
    """The learning rate 2/λ_max of the table where descent ends: above it no descent settles."""
    return minimum.end(words.key, words.N, l2).edge


def has_risen(losses: Sequence[float]) -> bool:
    """Whether the last loss is above the first by more than float32 rounds, or is no number."""
    return not losses[-1] <= losses[0] * (1 + 1e-6)


def safe_below(words: Corpus, l2: float) -> float:
    """The learning rate below which no step raises the loss, from any start."""
    return bigram.stable_learning_rates(words.N, l2)[0]


def told(view: View) -> str:
    """The outcome of a view in words; "" where the descent settles."""
    e, outcome = view.e, view.outcome
    if outcome.has_risen:
        limit = f", and none above {outcome.edge:.4g} = 2/λ_max settles" if math.isfinite(outcome.edge) else ""
        return (
            f"The loss is higher than at the start: with learning rate {e.lr:g} the steps are too large. For these "
            f"words and L2 {e.l2:g}, every rate below {safe_below(view.corpus, e.l2):.4g} is safe{limit}."
        )
    if outcome.cannot_settle:
        return (
            f"The learning rate {e.lr:g} is above 2/λ_max = {minimum.below(outcome.edge, e.lr)} for these words and L2 "
            f"{e.l2:g}. So the descent cannot settle, and a second run may give other numbers and names."
        )
    return ""


@dataclass
class State:
    """Where a descent stood after some steps."""

    W: Tensor  # (C, V) float32, on the CPU
    used: float  # when somebody last asked for it or went on from it
    is_end: bool  # whether somebody asked for exactly this step


class Run:
    """A descent, shared by all who ask for it: its losses, and the states that it can continue from.

    Each request moves the descent from the latest state before its goal, past the goals of all others who wait. A state
    stays at each of these goals, so no request makes another one wait for steps that were already taken.
    """

    def __init__(self, e: Experiment):
        self.e = e.model_copy(update={"words": "", "table": "", "sha": ""})
        self.objective: list[float] = []  # as far as anybody came
        self.nll: list[float] = []
        self.states: dict[int, State] = {}  # by step
        self.goals: dict[int, float] = {}  # the steps that somebody waits for, and when they last asked

    @property
    def bytes(self) -> int:
        """About how many bytes it takes, with the states that will stay at its goals."""
        one = max((size(state.W) for state in self.states.values()), default=0)
        return 2_000 + 80 * len(self.nll) + one * len(self.states.keys() | self.goals.keys())

    def is_waited_for(self) -> bool:
        """Whether somebody asked for a step within the last `PATIENCE` seconds and does not have it yet."""
        now = time.monotonic()
        self.goals = {goal: asked for goal, asked in self.goals.items() if now - asked < PATIENCE}
        return bool(self.goals)

    def advance(self, words: Corpus, goal: int, seconds: float) -> int:
        """Descend to a step, or for so many seconds; less where others wait. Returns the step that it has reached."""
        now = time.monotonic()
        if goal not in self.states:
            self.goals[goal] = now
            self._descend(words, goal, seconds)
        reached = max(step for step in self.states if step <= goal)
        self.states[reached].used = now
        if reached == goal:
            self.states[goal].is_end = True
            self.goals.pop(goal, None)
        self._forget()
        return reached

    def _descend(self, words: Corpus, goal: int, seconds: float) -> None:
        now = time.monotonic()
        if self.e.device == "cuda":
            W, *losses = at_once(self.e, words, goal)
            self.objective, self.nll = max([self.objective, self.nll], losses, key=lambda pair: len(pair[0]))
            self.states[goal] = State(W, now, is_end=True)
            return
        before = max((step for step in self.states if step < goal), default=None)
        step, W = (0, None) if before is None else (before, self.states[before].W)
        descent = DESCENTS.pop((self, step), None)
        if W is None or descent is None:
            descent = self.descent(words, W)
            W = self._note(next(descent), step)
        start, spent = time.perf_counter(), 0.0
        while step < goal and spent < seconds and not (spent >= UNDISTURBED and is_wanted()):
            if step in self.goals:
                self.states[step] = State(W, now, is_end=True)
            step += 1
            W = self._note(next(descent), step)
            spent = time.perf_counter() - start
        if before is not None and not self.states[before].is_end:
            del self.states[before]
        self.states.setdefault(step, State(W, now, is_end=step in self.goals))
        if self.e.form != "counts" and DESCENTS:  # others compute, too: their steps take as much memory
            trim()
        if step < max(self.goals) or len(DESCENTS) < DESCENTS.maxsize:  # one at its end pushes out no other
            DESCENTS[self, step] = descent

    def descent(self, words: Corpus, W: Tensor | None = None) -> Iterator[tuple[Tensor, float, float]]:
        """W, NLL + L2 and NLL, from these weights or from the random start on, and after each step."""
        e, closed, N = self.e, self.e.form == "counts", words.N.to(self.e.device)
        if closed:
            nll = bigram.closed_form(N)
        else:
            xs, ys = bigram.ngrams(words.train, words.vocab, e.order)
            nll = bigram.choose_form(e.form, xs.to(e.device), ys.to(e.device), N)
        start = (initial_weights(words, e) if W is None else W).to(e.device)
        noted: Any = None

        def noting(W: Tensor) -> Any:
            nonlocal noted
            loss: Any = nll(W)
            noted = loss[0] if closed else loss.detach()  # loss - l2·mean(W²) would lose all digits where L2 is strong
            return loss

        for W, loss in bigram.descend(noting, start, MOST_STEPS, e.lr, e.l2):
            yield W, loss.item(), noted.item()

    def _note(self, reached: tuple[Tensor, float, float], step: int) -> Tensor:
        W, loss, nll = reached
        if step == len(self.nll):
            self.objective.append(loss)
            self.nll.append(nll)
        return W

    def _forget(self) -> None:
        """Drop the states that were not used for longest, but none that somebody still waits for."""
        free = sorted((step for step in self.states if step not in self.goals), key=lambda step: self.states[step].used)
        most = max(2, min(MOST_STATES, LARGEST_STATES // size(self.states[min(self.states)].W)))
        for step in free[:-most]:
            del self.states[step]


# The descents that were moved last, with all that they compute with: the others begin again from their states.
DESCENTS: LRUCache[tuple[Run, int], Iterator[tuple[Tensor, float, float]]] = LRUCache(4)
UNDER_WAY: dict[tuple, Run] = {}  # the runs that somebody waits for


@gpu.call
def at_once(e: Experiment, words: Corpus, steps: int) -> tuple[Tensor, list[float], list[float]]:
    """A run from its start to its end: W on the CPU, NLL + L2 and NLL after each step.

    It ends early where nobody waits for it any more, but not on ZeroGPU, whose process hears of nobody.
    """
    descent, objective, nll = Run(e).descent(words), [], []
    for W, *losses in islice(descent, steps + 1):
        stop_if_unwanted()
        objective.append(losses[0])
        nll.append(losses[1])
    return W.cpu(), objective, nll


def run_key(e: Experiment) -> tuple:
    """What the weights depend on but the number of steps: one run for all experiments that agree in it."""
    others = ("steps", "sha", "words", "table")
    own = sha256(e.words) if e.data == "own" else table_file.of(e).sha if e.data == "table" else ""
    return ("run", own, *(getattr(e, key) for key in Experiment.of_groups("run") if key not in others))


def room_for(key: tuple, e: Experiment, words: Corpus) -> Run | None:
    """The run of a key; None where what others wait for leaves no room for one more run, or for one more goal.

    A run that somebody waits for is never pushed out of memory. One that nobody waits for any more becomes a part of
    the memory, like all that is finished.
    """
    for other, run in list(UNDER_WAY.items()):
        if not run.is_waited_for() and other != key:
            keep(other, UNDER_WAY.pop(other))
    run = UNDER_WAY.get(key) or MEMORY.get(key) or Run(e)
    if e.steps in run.states or e.steps in run.goals or not any(other.goals for other in UNDER_WAY.values()):
        return run
    taken = sum(other.bytes for other in UNDER_WAY.values() if other is not run) + run.bytes + 8 * words.N.numel()
    return run if taken <= UNDER_WAY_BYTES else None


def glance(e: Experiment, seconds: float = 0.1) -> tuple[View, bool]:
    """What the run of `e` has reached after so many seconds more of computing, and whether that is its end.

    A run that was left is no end: the next request continues it. ValueError: a run that cannot be.
    """
    with turn(CHARACTER * (len(e.words) + len(e.table))):
        if e.data == "table":  # known by its SHA-256 from here on
            e = e.model_copy(update={"sha": table_file.of(e).sha})
        key = run_key(e)
        words = corpus(e)
        cost = price.run(e.form, e.steps, int(words.N.sum()), *words.N.shape)
        run = UNDER_WAY.get(key) or MEMORY.get(key)
        done = run is not None and e.steps in run.states
    with turn(0.0 if done else cost):
        run = room_for(key, e, words)
        waits = run is None
        if waits:  # until others are done it stands at its start, which is remembered: who waits asks often
            key = ("start", *key)
            run = MEMORY.get(key) or Run(e)
        step = run.advance(words, 0 if waits else e.steps, seconds)
        store(key, run)
        done = step == e.steps
        view = View(e, words, run.states[step].W.cpu(), run.objective[: step + 1], run.nll[: step + 1], done)
    if waits and not done:
        with pause():
            time.sleep(seconds)
    return view, done


def store(key: tuple, run: Run) -> None:
    """Keep a run where it belongs: among the runs under way, or in the memory of what can be made again."""
    if run.is_waited_for():
        MEMORY.pop(key, None)
        UNDER_WAY[key] = run
    else:
        UNDER_WAY.pop(key, None)
        keep(key, run)


def trained(e: Experiment) -> View:
    """The view of the finished run."""
    done = False
    while not done:
        view, done = glance(e, 0.25)
    return view


def initial_weights(words: Corpus, e: Experiment) -> Tensor:
    """The weights before the first step, (C, V) float32, on the CPU."""
    return bigram.initial_weights(words.V, e.order, e.seed)
