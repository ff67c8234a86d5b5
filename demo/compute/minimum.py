"""Where descent ends: the table of the lowest loss, NLL + L2. With L2 that is another table than the counted one."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

import bigram
from demo.compute.cache import kept

MOST_STEPS = 50
ROUNDING = 1e-15  # nats: float64 holds no smaller differences of a loss


class End(NamedTuple):
    """The end of a descent that settles."""

    nll: float  # of the table there, nats per character
    edge: float  # 2/λ_max of the loss there: no descent with a learning rate above it settles


def end(key: tuple, N: Tensor, l2: float) -> End:
    """Where descent on the counts N ends. It is computed once for each `key`, which names the counts, and each L2.

    Without L2 that is the counted table: descent comes ever closer to it. O(C·V).
    """

    def find() -> End:
        P = minimum(N, l2).softmax(1) if l2 / N.numel() else bigram.probabilities(N, 0.0)
        edge = bigram.stable_learning_rates(N, l2, P)[1]
        return End(bigram.nll_counts(P.log(), N).item(), float(f"{edge:.12g}"))  # 20, not 19.999999999999996

    return kept(("end", key, l2), find)


def minimum(N: Tensor, l2: float) -> Tensor:
    """The W, (C, V) float64, that minimises nll_counts(W, N) + l2·mean(W²), for l2 above 0.

    Newton's method for each row, since no row's loss depends on another row. A row's curvature is a diagonal, less a
    rank-one matrix along p; and as the weights of a row sum to 0 at the minimum, so does each step. Together that
    gives the step in O(V), without a matrix. It is halved until the loss falls.
    """
    n, pull = N.sum().item(), 2 * l2 / N.numel()

    def loss(W: Tensor, joint: Tensor) -> Tensor:  # of each row
        return pull / 2 * W.square().sum(1) - (joint * W.log_softmax(1)).sum(1)

    W, rows = torch.zeros(N.shape, dtype=torch.float64), N.any(1).nonzero()[:, 0]  # a row that never occurs stays 0
    start = (N[rows].double() + pull * n * (1 + abs(math.log(pull * n)))).log()  # near N - pull·n·W, which is r·p there
    W[rows] = start - start.mean(1, keepdim=True)
    for _ in range(MOST_STEPS):
        w, joint = W[rows], N[rows].double() / n
        share, p = joint.sum(1, keepdim=True), w.softmax(1)
        slope, diagonal = share * p - joint + pull * w, share * p + pull
        step, along = slope / diagonal, p / diagonal
        step -= along * (step.sum(1, keepdim=True) / along.sum(1, keepdim=True))
        falls, before = (slope * step).sum(1), loss(w, joint)  # twice as far as the loss falls, where it is a bowl
        for _ in range(MOST_STEPS):
            worse = loss(w - step, joint) > before + ROUNDING
            if not worse.any():
                break
            step[worse] /= 2
        W[rows] = w - step
        rows = rows[falls > ROUNDING]
        if not len(rows):
            break
    return W


def below(edge: float, rate: float) -> str:
    """An edge as text, with so many digits that it reads less than the learning rate which is above it."""
    return next(text for digits in (3, 6, 12) if float(text := f"{edge:.{digits}g}") < rate)
