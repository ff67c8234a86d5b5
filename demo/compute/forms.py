"""The forms of the loss, as the lab has them: what a step costs, and what the exported script says.

`bigram.FORMS` says how each form computes. A form without a record here ends the start of the lab.

The prices are rounded up from measurements on one core of an AMD EPYC (benchmarks/ has them in full). They are the
same on every machine, so that a link which one lab takes is taken by all.
"""

from collections.abc import Callable
from typing import NamedTuple

import bigram

LONGEST_STEP = 2.0  # seconds: nobody can be served within a step
LARGEST_STEP = 2**30  # bytes


class Step(NamedTuple):
    """The price of one step of descent."""

    seconds: float
    bytes: int

    @property
    def fits(self) -> bool:
        return self.seconds <= LONGEST_STEP and self.bytes <= LARGEST_STEP


class Form(NamedTuple):
    """A form of the loss."""

    step: Callable[[int, int, int], Step]  # the price of a step on n examples, C contexts and V characters
    line: str  # the loss in the exported script, of W, N, xs, ys, C; empty: its gradient is taken in closed form


def table(C: int, V: int) -> float:
    """The seconds of what each form does: softmax, gradient and the new W."""
    return 5e-5 + 1.5e-8 * C * V


def onehot(n: int, C: int, V: int) -> Step:
    picked = rows(n, C, V)
    return Step(picked.seconds + 1e-8 * n * C + 1e-10 * n * C * V, picked.bytes + 12 * n * C)


def rows(n: int, C: int, V: int) -> Step:
    return Step(table(C, V) + 1.2e-8 * n * V, 12 * n * V)


def gather(n: int, C: int, V: int) -> Step:
    return Step(table(C, V) + 2e-8 * n + 2e-8 * C * V, 16 * (n + C * V))


def counts(n: int, C: int, V: int) -> Step:
    return Step(table(C, V), 16 * C * V)


FORMS = {
    "onehot": Form(onehot, "F.cross_entropy(F.one_hot(xs, num_classes=C).to(W.dtype) @ W, ys)"),
    "rows": Form(rows, "F.cross_entropy(torch.cat([W[x] for x in xs.split(2**14)]), ys)"),
    "gather": Form(gather, "-F.log_softmax(W, dim=1)[xs, ys].mean()"),
    "counts": Form(counts, ""),
}
if strange := FORMS.keys() ^ bigram.FORMS.keys():
    raise ImportError(f"bigram.FORMS and demo/compute/forms.py must have the same forms. Only one has: {strange}.")
