"""From a `View` to its numbers: losses, gaps and what explains them, scores, sweeps, timings. No gradio."""

import math
import time
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.benchmark import Timer

import bigram
from demo.compute import gpu, minimum, price, table_file
from demo.compute.cache import kept
from demo.compute.runs import Corpus, View, corpus, glance, safe_below
from demo.compute.turns import give_way, turn
from demo.experiment import Experiment

LONGEST_NAME = 1_000
READING_BACK = 1e-7  # seconds for each example that the trained table is asked about


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
        "descended_perplexity": math.inf if descended > 709 else math.exp(descended),  # exp of more is no float
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

    steps: float  # what more steps would still take off the trained NLL; below 0 where they would raise it
    l2: float  # what L2 adds to it where descent ends
    smoothing: float  # what smoothing adds to the NLL of the counted table


def shares(view: View) -> Shares:
    """The gap of a view, taken apart. The lowest NLL of any table is that of the plain counts: identity 3 of nll.py."""
    N = view.corpus.N

    def nll(log_P: Tensor) -> float:
        return bigram.nll_counts(log_P, N).item()

    lowest, ends_at = nll(bigram.probabilities(N, 0.0).log()), minimum.end(view.corpus.key, N, view.e.l2).nll
    return Shares(nll(view.W.double()) - ends_at, ends_at - lowest, nll(view.P.log()) - lowest)


def why(view: View) -> tuple[str, str | None]:
    """What makes the gap of this very run, in two or three sentences, and the key of the lesson on its main cause.

    No NLL is below that of the plain counts. So only smoothing makes a gap negative, and what makes one positive is
    too few steps, or L2.
    """
    if view.taken == 0:
        return "No step has been taken yet: the trained table is random.", None
    if too_high := rate_too_high(view):
        return too_high, "over"
    gap, part = summary(view)["gap"], shares(view)
    above = gap + part.smoothing  # how far the trained NLL is above the lowest
    if abs(gap) < 5e-5 and max(map(abs, part)) < 5e-4:
        return "The two NLLs differ by less than 0.0001: there is no gap to explain.", "converged"
    if abs(gap) < min(above, part.smoothing) / 5:
        return balance(view, part, above), "l2" if part.l2 > part.steps else "converged"
    if gap < 0:
        return (
            f"Smoothing makes the gap negative: adding {view.e.k:g} to each of {view.corpus.N.numel():,} cells raises "
            f"the counted NLL by {nats(part.smoothing)}. With k = 0 the gap would be {nats(above, '+')}.",
            "e03",
        )
    if part.steps >= part.l2:
        return too_few_steps(view, part), "converged"
    if part.steps < -0.01 * part.l2:
        return (
            f"With many more steps the gap would grow to {nats(part.l2 - part.smoothing, '+')}: L2 pulls W towards 0, "
            f"so the trained NLL ends {nats(part.l2)} above the lowest there is. Now it is {nats(-part.steps)} below "
            "that end.",
            "l2",
        )
    takes = f" Smoothing takes {nats(part.smoothing)} off the gap." if part.smoothing > part.l2 / 10 else ""
    return (
        "L2 explains most of the gap: it holds W near 0. However many steps are taken, the trained NLL ends "
        f"{nats(part.l2)} above the lowest there is.{takes}",
        "l2",
    )


def rate_too_high(view: View) -> str:
    """A sentence or two on a run that cannot settle, or whose loss is higher than at the start; empty for others."""
    e, outcome, gap = view.e, view.outcome, summary(view)["gap"]
    if outcome.cannot_settle:
        sentence = f"The learning rate {e.lr:g} is too high: the limit is {minimum.below(outcome.edge, e.lr)}."
    elif outcome.has_risen or not math.isfinite(gap):
        sentence = (
            "The steps are too large: the loss is higher than at the start. Below a learning rate of "
            f"{safe_below(view.corpus, e.l2):.4g} it never rises."
        )
    else:
        return ""
    if gap < 0:
        sentence += f" The gap is below 0 because smoothing raises the counted NLL by {nats(shares(view).smoothing)}."
    return sentence


def balance(view: View, part: Shares, above: float) -> str:
    """Why a gap is small where neither NLL is near the lowest."""
    both = (
        "The gap is small because both NLLs are above the lowest there is: the counted one by "
        f"{nats(part.smoothing)} because of smoothing, the trained one by "
    )
    if part.l2 < 5e-4 * above:
        return f"{both}{nats(above)} because of too few steps."
    if part.steps < -5e-4 * above:
        return f"{both}{nats(above)}. L2 would raise that to {nats(part.l2)} with many more steps."
    if part.steps > 5e-4 * above:
        caused = f"{both}{nats(part.l2)} because of L2 and {nats(part.steps)} because of too few steps."
    else:
        caused = f"{both}{nats(above)} because of L2."
    apart = (view.P - view.Q).abs().max().item()
    if part.l2 <= part.steps or apart < 1e-3:
        return caused
    return f"{caused} The tables are not the same: probabilities differ by up to {nats(apart)}."


def too_few_steps(view: View, part: Shares) -> str:
    """What more steps would bring, where they would bring most."""
    N, steps = view.corpus.N, "step" if view.taken == 1 else "steps"
    more = (
        f"Most of the gap comes from too few steps: after {view.taken:,} {steps}, the trained NLL can still fall by "
        f"{nats(part.steps)}."
    )
    empty = int(((N == 0) & (N.sum(1, keepdim=True) > 0)).sum())
    if not view.e.l2 and empty:
        return (
            f"{more} It comes ever closer to the lowest NLL there is and never reaches it, because {empty:,} cells are "
            "empty in rows that occur, and their best weight is −∞."
        )
    end = part.l2 - part.smoothing
    if end >= 0:
        return f"{more} With many more, the gap would shrink to {nats(end, '+')}."
    become = f"With many more, the gap would become {nats(end, '+')}"
    return f"{more} {become}: smoothing raises the counted NLL by {nats(part.smoothing)}."


def nats(x: float, sign: str = "") -> str:
    """A number of nats with three digits, and at most six after the point. With `sign` "+", a gain shows its plus."""
    x = round(float(f"{x:.3g}"), 6)
    return minus(f"{x:{sign}.6f}".rstrip("0").rstrip(".")) if x else "0"


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
SWEEPING = 5e-6  # seconds for each cell of a table, over all k
SWEEP_L2 = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def no_words(e: Experiment, screen: str) -> str:
    """Why a screen can do nothing with a table of counts; empty for words."""
    need = {
        "smoothing": " to hold out. Choose a word list to see how much smoothing is best.",
        "two-ways": " to compare a name with. Choose a word list.",
        "speed": ", and the timed forms need them as examples. Choose a word list.",
    }
    return table_file.NO_WORDS + need[screen] if e.data == "table" else ""


def held_out(e: Experiment) -> Experiment:
    """The same experiment with dev and test words held out: by its own split, or else by split 0."""
    if sentence := no_words(e, "smoothing"):
        raise ValueError(sentence)
    return e if e.split is not None else e.model_copy(update={"split": 0})


def surprises(view: View) -> list[float]:
    """How surprised the trained table is by the words it was trained on, in nats per character of a word.

    The 101 quantiles from the least to the greatest surprise. ValueError: there are no words, or the run has diverged.
    """
    if sentence := no_words(view.e, "two-ways"):
        raise ValueError(sentence)
    with turn(READING_BACK * int(view.corpus.N.sum())):
        xs, ys = bigram.ngrams(view.corpus.train, view.corpus.vocab, view.e.order)
        losses = -view.W.double().log_softmax(1)[xs, ys]
        if not losses.isfinite().all():
            raise ValueError("This run has diverged, so its table has no surprise. Choose a lower learning rate.")
        word = torch.cat([torch.zeros(1, dtype=torch.int64), (ys[:-1] == 0).cumsum(0)])  # of each example
        means = torch.bincount(word, losses) / torch.bincount(word)
        quantiles = means.quantile(torch.linspace(0, 1, 101, dtype=torch.float64))
        return [round(one, 5) for one in quantiles.tolist()]


def tally(names: list[str], words: Corpus) -> Tensor:
    """The counts of some names, in the vocabulary and the order of a corpus."""
    return bigram.count(*bigram.ngrams(names, words.vocab, words.order), words.V, words.order)


def sweep_k(e: Experiment) -> Sweep:
    """The counted table at every smoothing of SWEEP_K."""
    words = corpus(held_out(e))

    def sweep() -> Sweep:
        dev, losses = tally(words.dev, words), []
        for k in SWEEP_K:
            give_way()
            log_p = bigram.probabilities(words.N, k).log()
            losses.append([bigram.nll_counts(log_p, N).item() for N in (words.N, dev)])
        return Sweep("k", e.order, list(SWEEP_K), *map(list, zip(*losses)))

    return kept(("sweep k", words.key), sweep, SWEEPING * words.N.numel())


def sweep_l2(e: Experiment, seconds: float = math.inf) -> Sweep | None:
    """The trained table at every strength of SWEEP_L2, by counts; the other settings are the experiment's.

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
    nll, W = bigram.choose_form(form, xs.to(device), ys.to(device), N.to(device)), W.to(device).requires_grad_()
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    forward, both = (
        Timer(code, globals={"nll": nll, "W": W, "wait": wait}).blocked_autorange(min_run_time=0.2).median * 1e3
        for code in ("nll(W); wait()", "nll(W).backward(); wait()")
    )
    return forward, both


milliseconds_there = gpu.call(milliseconds)
