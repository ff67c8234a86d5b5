"""The examples that are timed, and the right answers in float64 that every form must give first."""

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

import bigram
from bigram.nll import LARGEST_ONEHOT

QUESTION = ("names", "V = 1,024")  # the cases of `pytest benchmarks/` alone
SIZES = {  # name: (examples, or None for all; V; order; what the letters are)
    "names": (None, 27, 2, "names"),
    "V = 1,024": (2_048, 1_024, 2, "uniform"),
    "n = 1,000": (1_000, 27, 2, "names"),
    "n = 10,000": (10_000, 27, 2, "names"),
    "V = 27": (2_048, 27, 2, "uniform"),
    "V = 128": (2_048, 128, 2, "uniform"),
    "V = 512": (2_048, 512, 2, "uniform"),
    "order 4, few examples": (1_000, 27, 4, "names"),
    "one letter": (229_804, 27, 2, "one"),  # all examples pick the same row
}


@dataclass(frozen=True, eq=False)
class Case:
    """Examples on a device, weights to score them with, and the float64 reference for value and gradient."""

    name: str
    V: int
    order: int
    xs: Tensor  # (n,)
    ys: Tensor  # (n,)

    @functools.cached_property
    def N(self) -> Tensor:
        return bigram.count(self.xs, self.ys, self.V, self.order)

    @functools.cached_property
    def W(self) -> Tensor:
        return bigram.initial_weights(self.V, self.order, device=self.xs.device.type)

    @functools.cached_property
    def reference(self) -> tuple[Tensor, Tensor]:
        """Loss and gradient in float64, example by example: none of the forms under test."""
        W = self.W.double().requires_grad_()
        loss = (W.logsumexp(1)[self.xs] - W[self.xs, self.ys]).mean()
        return loss.detach(), torch.autograd.grad(loss, W)[0]

    @property
    def affords_onehot(self) -> bool:
        """Whether the one-hot matrix, int64 and then float32, is smaller than the package's limit of 2 GiB."""
        return len(self.xs) * len(self.W) * 12 <= LARGEST_ONEHOT

    @property
    def facts(self) -> dict:
        return {"case": self.name, "n": len(self.xs), "V": self.V, "C": len(self.W), "device": self.xs.device.type}


@functools.cache
def build(name: str, device: str = "cpu") -> Case:
    """The case of that name."""
    n, V, order, letters = SIZES[name]
    if letters == "names":
        words = bigram.load("us-2018")
        xs, ys = (ids[:n] for ids in bigram.ngrams(words, bigram.Vocab.from_words(words), order))
    elif letters == "uniform":
        xs, ys = torch.randint(V, (2, n), generator=torch.Generator().manual_seed(V))
    else:
        xs = ys = torch.ones(n, dtype=torch.int64)
    return Case(name, V, order, xs.to(device), ys.to(device))
