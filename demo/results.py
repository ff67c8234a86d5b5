"""From a `View` to its numbers: losses, gaps and what explains them, scores, sweeps, timings. No gradio."""

import math
import time
from typing import NamedTuple

import gpu
import price
import table_file
import torch
from experiment import Experiment
from memory import kept
from runs import CANNOT_SETTLE, Corpus, View, corpus, glance, has_risen, stable_below
from torch import Tensor
from torch.utils.benchmark import Timer
from turns import turn

import bigram

LONGEST_NAME = 1_000
LARGEST_MINIMUM = 2**15  # cells: of a larger table the minimum with L2 is not looked for
SMALLEST_L2 = 1e-9  # nor with a smaller L2, for float64 has too few digits to find it


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


def tables(view: View) -> dict[str, Tensor]:
    """Both tables under the names that the page gives them."""
    return {"counted": view.P, "descended": view.Q}


def row_gaps(view: View) -> Tensor:
    """(C,) what each context adds to the gap: Σ_j (N_ij/n)·log(P_ij/Q_ij). They sum to the gap.

    At smoothing 0 this is (r_i/n)·KL(P_i ‖ Q_i), never negative.
    """
    N = view.corpus.N
    return torch.where(N > 0, N * (view.P.log() - view.W.double().log_softmax(1)), 0).sum(1) / N.sum()


class Shares(NamedTuple):
    """What the gap between the two NLLs is made of, in nats per character: steps + l2 - smoothing."""

    steps: float  # what more steps would still take off the descended NLL
    l2: float  # what L2 adds to it where descent ends
    smoothing: float  # what smoothing adds to the NLL of the counted table


def shares(view: View) -> Shares:
    """The gap of a view, taken apart. The lowest NLL of any table is that of the plain counts: identity 3 of nll.py.

    Where the table is too large to look for the minimum with L2, or L2 too small to find it, its share stands under
    the steps.
    """
    N = view.corpus.N

    def nll(log_P: Tensor) -> float:
        return bigram.nll_counts(log_P, N).item()

    lowest, descended = nll(bigram.probabilities(N, 0.0).log()), nll(view.W.double())
    found = view.e.l2 >= SMALLEST_L2 and N.numel() <= LARGEST_MINIMUM
    ends_at = lowest_with_l2(view.corpus, view.e.l2) if found else lowest
    return Shares(descended - ends_at, ends_at - lowest, nll(view.P.log()) - lowest)


def lowest_with_l2(words: Corpus, l2: float) -> float:
    """The NLL where descent with L2 ends."""
    return kept(("lowest", words.key, l2), lambda: bigram.nll_counts(minimum(words.N, l2), words.N).item())


def minimum(N: Tensor, l2: float) -> Tensor:
    """Where descent with L2 ends: the W, (C, V) float64, that minimises nll_counts(W, N) + l2·mean(W²), l2 > 0.

    Newton's method, row by row, since no row's loss depends on another row. A row's step is halved until it goes down.
    """
    n, pull = N.sum(), 2 * l2 / N.numel()
    r = N.sum(1, keepdim=True)
    W = (N + 1.0).double().log()
    W = W - W.mean(1, keepdim=True)

    def loss(W: Tensor) -> Tensor:  # (C,)
        return -(N * W.log_softmax(1)).sum(1) / n + pull / 2 * W.square().sum(1)

    for _ in range(30):
        P = W.softmax(1)
        slope = (r * P - N) / n + pull * W
        if slope.abs().max() < 1e-10:
            break
        curvature = (r / n)[:, :, None] * (torch.diag_embed(P) - P[:, :, None] * P[:, None, :])
        curvature.diagonal(dim1=1, dim2=2).add_(pull)
        step, before = torch.linalg.solve(curvature, slope), loss(W)
        for _ in range(8):
            worse = loss(W - step) > before
            if not worse.any():
                break
            step[worse] /= 2
        W = W - step
    return W


def why(view: View) -> tuple[str, str | None]:
    """One sentence or two on the gap of this very run, and the key of the lesson on its main cause."""
    e, N = view.e, view.corpus.N
    gap = summary(view)["gap"]
    if view.taken == 0:
        return "No step has been taken yet: the descended table is random.", None
    if not math.isfinite(gap) or has_risen(view.objective) or CANNOT_SETTLE in view.notice:
        edge = stable_below(view.corpus, e.l2)
        too_high = f"The learning rate {e.lr:g} is too high" + (f": the limit is {edge:.3g}." if e.lr > edge else ".")
        if gap < 0:
            too_high += f" The gap is below 0 because smoothing raises the counted NLL by {shares(view).smoothing:.3g}."
        return too_high, "over"
    part, empty = shares(view), int(((N == 0) & (N.sum(1, keepdim=True) > 0)).sum())
    main = max(part._asdict(), key=part._asdict().get)
    if abs(gap) < 5e-5 and max(part) < 5e-4:
        return "The two tables agree: there is no gap to explain.", "converged"
    if min(part.l2, part.smoothing) > 5 * abs(gap):
        return (
            f"L2 and smoothing nearly balance: L2 raises the descended NLL by {part.l2:.3g}, smoothing the counted one "
            f"by {part.smoothing:.3g}. Both pull to uniform, but the cells differ: look at the difference.",
            "l2",
        )
    if main == "smoothing":
        examples = f"{int(N.sum()):,} examples"
        begins = "Smoothing makes the gap smaller" if gap > 0 else "Smoothing explains most of the gap"
        return (
            f"{begins}: adding {e.k:g} to each of {N.numel():,} cells is a lot for {examples}. It raises the counted "
            f"NLL by {part.smoothing:.3g}. With k = 0 the gap would be {minus(f'{gap + part.smoothing:+.3g}')}.",
            "e03",
        )
    if main == "l2" and e.l2:
        return (
            "L2 explains most of the gap: it holds W near 0. However many steps are taken, that keeps the descended "
            f"NLL {part.l2:.3g} above the lowest there is.",
            "l2",
        )
    steps = "step" if view.taken == 1 else "steps"
    if e.l2 >= SMALLEST_L2 and N.numel() > LARGEST_MINIMUM:
        return (
            f"After {view.taken:,} {steps}, the descended NLL is {part.steps:.3g} above the lowest there is. Too few "
            "steps and L2 share this; the table is too large to tell here how much is whose.",
            "l2",
        )
    more = (
        f"Most of the gap comes from too few steps: after {view.taken:,} {steps}, the descended NLL can still fall by "
        f"{part.steps:.3g}."
    )
    if not e.l2 and empty:
        return (
            f"{more} It comes ever closer to the lowest NLL there is and never reaches it, because {empty:,} cells are "
            "empty in rows that occur, and their best weight is −∞.",
            "converged",
        )
    end = gap - part.steps
    become = "shrink to" if end >= 0 else "become"
    because = "" if end >= 0 else f": smoothing raises the counted NLL by {part.smoothing:.3g}"
    return f"{more} With many more, the gap would {become} {minus(f'{end:+.3g}')}{because}.", "converged"


def minus(number: str) -> str:
    """The text of a number with the minus that the page writes."""
    return number.replace("-", "−")


def score(view: View, name: str) -> dict[str, list[float]]:
    """−log p (nats) of each character of a name and of its end, by both tables. ValueError: an unknown character."""
    if not name:
        raise ValueError("There is no name to score. Type one.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"A name has at most {LONGEST_NAME:,} characters; this one has {len(name):,}.")
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


SWEEP_K = (0.0, *(float(f"{10 ** (i / 4):.3g}") for i in range(-12, 13)))
SWEEP_L2 = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def no_words(e: Experiment, screen: str) -> str:
    """Why a screen can do nothing with a table of counts; empty for words."""
    need = {
        "smoothing": " to hold out. Choose a word list to see how much smoothing is best.",
        "speed": ", and the timed forms need them as examples. Choose a word list.",
    }
    return table_file.NO_WORDS + need[screen] if e.data == "table" else ""


def held_out(e: Experiment) -> Experiment:
    """The same experiment with dev and test words held out: by its own split, or else by split 0."""
    if sentence := no_words(e, "smoothing"):
        raise ValueError(sentence)
    return e if e.split is not None else e.model_copy(update={"split": 0})


def tally(names: list[str], words: Corpus) -> Tensor:
    """The counts of some names, in the vocabulary and the order of a corpus."""
    return bigram.count(*bigram.ngrams(names, words.vocab, words.order), words.V, words.order)


def sweep_k(e: Experiment) -> Sweep:
    """The counted table at every smoothing of SWEEP_K."""
    words = corpus(held_out(e))

    def sweep() -> Sweep:
        dev, losses = tally(words.dev, words), []
        for k in SWEEP_K:
            log_p = bigram.probabilities(words.N, k).log()
            losses.append([bigram.nll_counts(log_p, N).item() for N in (words.N, dev)])
        return Sweep("k", e.order, list(SWEEP_K), *map(list, zip(*losses)))

    return kept(("sweep k", words.key), sweep)


def sweep_l2(e: Experiment, seconds: float = math.inf) -> Sweep | None:
    """The descended table at every strength of SWEEP_L2, by counts; the other settings are the experiment's.

    None where the runs have not all ended after so many seconds: they go on where they stand when asked again.
    """
    e = held_out(e).model_copy(update={"form": "counts", "device": "cpu"})
    words, end, views = corpus(e), time.monotonic() + seconds, []
    for l2 in SWEEP_L2:
        done = False
        while not done:
            if time.monotonic() > end:
                return None
            view, done = glance(e.model_copy(update={"l2": l2}), 0.5)
        views.append(view)
    dev = tally(words.dev, words)
    losses = [[bigram.nll_counts(view.W.double(), N).item() for view in views] for N in (words.N, dev)]
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


def time_form(e: Experiment, order: int, n: int, form: str) -> Timing:
    """One form of the loss timed here and now on n examples, the corpus repeated as needed.

    It takes about a second, a slow form a few of its calls.
    """
    if sentence := no_words(e, "speed"):
        raise ValueError(sentence)
    words = corpus(e.model_copy(update={"order": order}))
    step = price.step(form, n, *words.N.shape)
    if not step.fits:
        why_not = f"left out: a step takes about {step.bytes / 2**20:,.0f} MiB and {step.seconds:.2g} s"
        return Timing(form, math.nan, math.nan, why_not)
    xs, ys = (ids.repeat(math.ceil(n / len(ids)))[:n] for ids in bigram.ngrams(words.train, words.vocab, order))
    N, W = bigram.count(xs, ys, words.V, order), bigram.initial_weights(words.V, order, e.seed)
    with turn(max(1.0, 8 * step.seconds)):  # alone: two timings at once would time each other
        forward, both = (milliseconds_there if e.device == "cuda" else milliseconds)(form, xs, ys, N, W, e.device)
    return Timing(form, forward, both)


def milliseconds(form: str, xs: Tensor, ys: Tensor, N: Tensor, W: Tensor, device: str) -> tuple[float, float]:
    """The median of the forward pass, and of forward and backward."""
    nll, W = bigram.choose(form, xs.to(device), ys.to(device), N.to(device)), W.to(device).requires_grad_()
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    forward, both = (
        Timer(code, globals={"nll": nll, "W": W, "wait": wait}).blocked_autorange(min_run_time=0.2).median * 1e3
        for code in ("nll(W); wait()", "nll(W).backward(); wait()")
    )
    return forward, both


milliseconds_there = gpu.call(milliseconds)
