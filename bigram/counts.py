"""Way 1: count. The exact minimiser of the negative log-likelihood, in one pass."""

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from bigram.checks import LARGEST, real
from bigram.text import BLOCK, context_count


def count(xs: Int64[Tensor, "n"], ys: Int64[Tensor, "n"], V: int, order: int = 2) -> Int64[Tensor, "C V"]:
    """The counts N: N[x, y] is how often y follows context x. The sufficient statistic of the data.

    The lecture's `N[ix1, ix2] += 1`, for a block of cell numbers x·V + y at a time. Cost O(n + C·V), and scratch
    memory for one block of examples only.

    Args:
        xs: The context ids of n examples. They are not checked.
        ys: The ids of the characters that follow.
        V: The number of characters.
        order: 2 for bigrams, 3 or 4.

    Returns:
        N, int64 of shape (C, V), where C = V ** (order - 1).

    Raises:
        ValueError: A bad V or order, or too large a table.

    >>> count(torch.tensor([0, 1, 1]), torch.tensor([1, 1, 0]), V=2)
    tensor([[0, 1],
            [1, 1]])
    """
    C = context_count(V, order)
    N = torch.zeros(C * V, dtype=torch.int64, device=xs.device)
    for x, y in zip(xs.split(BLOCK), ys.split(BLOCK)):
        cells = torch.add(y, x, alpha=V)
        N.index_add_(0, cells, torch.ones_like(cells))
    return N.view(C, V)


def probabilities(N: Int64[Tensor, "C V"], smoothing: float) -> Float64[Tensor, "C V"]:
    """The table P: rows of N + smoothing, each divided by its sum (add-k, or Laplace, smoothing).

    P = (N + k) / Σ_j (N + k). The smoothing has no default: it changes every number of the table, so each call says it.

    Args:
        N: Counts, int64 of shape (C, V).
        smoothing: k, added to every count. With 0 this is the maximum-likelihood estimate, and a context that was
            never seen is uniform. The lecture adds 1.

    Returns:
        P, float64 of shape (C, V); each row sums to 1.

    Raises:
        ValueError: The smoothing is no number from 0 to 1e38.

    >>> probabilities(torch.tensor([[0, 1], [3, 1]]), smoothing=1.0)
    tensor([[0.3333, 0.6667],
            [0.6667, 0.3333]], dtype=torch.float64)
    """
    smoothed = N.double() + real(smoothing, 0.0, f"Smoothing must be a number from 0 to {LARGEST:g}")
    totals = smoothed.sum(1, keepdim=True)
    return torch.where(totals > 0, smoothed / totals, 1 / N.shape[1])
