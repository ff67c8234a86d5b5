"""Descent on many machines: each rank of `torch.distributed` holds a part of the examples, and all hold the same W."""

from collections.abc import Callable

import torch
import torch.distributed
from jaxtyping import Float, Int64
from torch import Tensor

from bigram.checks import whole


def of_all_ranks(nll: Callable[[Tensor], Tensor], n: int) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """The loss over the examples of all ranks and its gradient, from the loss `nll` over the n examples of this rank.

    The mean over all examples is Σ_r n_r · nll_r(W) / Σ_r n_r, a sum over the ranks
    r, and so is its gradient. Each call sums C·V + 2 numbers over all ranks, on W's device: one all-reduce a step. A
    rank may have no example.

    Args:
        nll: The loss of this rank's examples, a function of W.
        n: How many examples this rank has.

    Returns:
        A function W -> (loss, ∂loss/∂W) for `descend`.

    Raises:
        ValueError: n is no whole number from 0.
    """
    n = whole(n, range(2**63), "The number of examples must be a whole number from 0 to 2**63 - 1")

    def nll_and_gradient(W: Float[Tensor, "C V"]) -> tuple[Tensor, Tensor]:
        sums = W.new_zeros(W.numel() + 2)  # of the gradient, the loss and n
        if n:
            W = W.detach()
            with torch.enable_grad():
                loss = nll(W.requires_grad_())
                slope, W, loss = torch.autograd.grad(loss, W)[0], W.detach(), loss.detach()
            sums = n * torch.cat([slope.flatten(), loss.view(1), W.new_ones(1)])
        torch.distributed.all_reduce(sums)
        sums /= sums[-1].clone()
        return sums[-2], sums[:-2].view_as(W)

    return nll_and_gradient


def counts_of_all_ranks(N: Int64[Tensor, "C V"]) -> Int64[Tensor, "C V"]:
    """The counts of all ranks. With them each rank descends on its own, and no step sends a number.

    Args:
        N: The counts of this rank, (C, V). All ranks have the same vocabulary and order.

    Returns:
        The sum over the ranks, (C, V).
    """
    N = N.clone()
    torch.distributed.all_reduce(N)
    return N
