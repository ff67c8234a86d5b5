"""Descent on many machines: each rank of `torch.distributed` holds a part of the examples, and all hold the same W."""

from collections.abc import Callable

import torch
import torch.distributed
from jaxtyping import Float, Int64
from torch import Tensor


def of_all_ranks(nll: Callable[[Tensor], Tensor], n: int) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """The loss over the examples of all ranks and its gradient, from the loss `nll` over the n examples of this rank.

    For `descend(…, gradient=True)`. The mean over all examples is a sum over the ranks: Σ_r n_r/n · nll_r(W), and so
    is its gradient. Each call sums C·V + 1 numbers over all ranks, one all-reduce a step. A rank may have no example.
    """
    share = torch.tensor(n, dtype=torch.float64)
    torch.distributed.all_reduce(share)
    share = n / share.item()

    def nll_and_gradient(W: Float[Tensor, "C V"]) -> tuple[Tensor, Tensor]:
        sums = W.new_zeros(1 + W.numel())
        if n:
            W = W.detach().requires_grad_()
            loss = share * nll(W)
            sums = torch.cat([loss.detach().view(1), torch.autograd.grad(loss, W)[0].flatten()])
        torch.distributed.all_reduce(sums)
        return sums[0], sums[1:].view_as(W)

    return nll_and_gradient


def counts_of_all_ranks(N: Int64[Tensor, "C V"]) -> Int64[Tensor, "C V"]:
    """The counts of all ranks. With them each rank descends on its own, and no step sends a number."""
    N = N.clone()
    torch.distributed.all_reduce(N)
    return N
