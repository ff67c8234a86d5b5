"""The rows of W that belong to the examples, by a one-hot product or by index: how long each way takes. No gradio."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.benchmark import Timer

import bigram
from demo.compute import gpu, price
from demo.compute.results import no_words
from demo.compute.runs import corpus
from demo.compute.turns import turn
from demo.experiment import Experiment, shown

MOST = 250_000  # examples: all of the built-in lists


def one_hot(W: Tensor, xs: Tensor) -> Tensor:
    return F.one_hot(xs, num_classes=len(W)).float() @ W


def index(W: Tensor, xs: Tensor) -> Tensor:
    return W[xs]


WAYS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {  # by their names in the committed benchmarks
    "one_hot(xs).float() @ W": one_hot,
    "W[xs]": index,
}


class Lookup(NamedTuple):
    """The median milliseconds of one way on so many examples; None where it was left out, which `why_not` explains."""

    milliseconds: float | None
    examples: int
    why_not: str = ""


def time_lookup(e: Experiment, way: str) -> Lookup:
    """One way, timed here and now on the bigrams of the words. ValueError: no such way, or no words."""
    if way not in WAYS:
        raise ValueError(f"There is no way {shown(way)} to get rows. Choose {' or '.join(WAYS)}.")
    if sentence := no_words(e, "speed"):
        raise ValueError(sentence)
    words = corpus(e.model_copy(update={"order": 2}))
    xs = bigram.ngrams(words.train, words.vocab)[0][:MOST]
    step = price.step("onehot", len(xs), *words.N.shape)
    if way != "W[xs]" and not step.fits:
        return Lookup(None, len(xs), f"left out: the one-hot rows take about {step.bytes / 2**20:,.0f} MiB")
    with turn(max(0.5, 4 * step.seconds)):  # alone: two timings at once would time each other
        timed = milliseconds_there if e.device == "cuda" else milliseconds
        return Lookup(timed(way, xs, bigram.initial_weights(words.V, seed=e.seed), e.device), len(xs))


def milliseconds(way: str, xs: Tensor, W: Tensor, device: str) -> float:
    """The median of the forward pass."""
    wait = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    rows = partial(WAYS[way], W.to(device), xs.to(device))
    return (
        Timer("rows(); wait()", globals={"rows": rows, "wait": wait}).blocked_autorange(min_run_time=0.2).median * 1e3
    )


milliseconds_there = gpu.call(milliseconds)
