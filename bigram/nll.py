"""The heart: one loss, four costs.

The mean negative log-likelihood (NLL, nats per character) of the examples under the table softmax(W), in four forms
of the same value and the same gradient. With counts N, row sums r_i = Σ_j N_ij, n = Σ_i r_i and p_i = softmax(W_i):

1. L(W) = -(1/n) Σ_ij N_ij log p_i(j): only N matters. Reordering the words changes nothing; N(A + B) = N(A) + N(B).
2. ∂L/∂W_ij = (r_i p_i(j) - N_ij) / n.
3. L(W) = H + Σ_i (r_i/n) KL(N_i/r_i ‖ p_i), H the loss of P = N/r: counting is the exact minimiser. Where N has
   empty cells the minimum lies at infinity, so descent approaches it and never arrives.
4. A constant added to a row of W changes nothing: compare softmax(W) with P, never W with log N.
5. Descent is stable below 2/λ_max: see `stable_learning_rates`.
6. Add-k smoothing and L2 both pull towards uniform. They are different priors: similar, not equivalent.

A one-hot row times W is a row of W, as long as W is finite. Where W holds -inf, 0 · -inf makes that product NaN; the
other three forms stay right. Source: the lecture "building makemore" for the loss; the identities are standard.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from bigram.checks import shown

LARGEST_ONEHOT = 2**31  # bytes
NO_ID = -(2**63)  # subtle: PyTorch leaves out the examples of an id to ignore, by default -100; this one never occurs


def nll_onehot(W: Float[Tensor, "C V"], xs: Int64[Tensor, "n"], ys: Int64[Tensor, "n"]) -> Float[Tensor, ""]:
    """The NLL with one-hot rows times W, as in the lecture. O(n·C·V), and memory for n·C numbers, twice.

    Args:
        W: Logits, (C, V).
        xs: The context ids of n examples.
        ys: The ids of the characters that follow.

    Returns:
        The mean NLL in nats per character.

    Raises:
        ValueError: The one-hot matrix would pass 2 GiB.

    >>> nll_onehot(torch.zeros(2, 2), torch.tensor([0, 1]), torch.tensor([1, 1]))  # log 2
    tensor(0.6931)
    """
    size = len(xs) * W.shape[0] * (8 + W.element_size())  # F.one_hot is int64 first
    if size > LARGEST_ONEHOT:
        needs = f"The one-hot matrix of {len(xs):,} examples and {W.shape[0]:,} contexts needs {size / 2**30:.1f} GiB"
        raise ValueError(f"{needs}, more than 2 GiB. Choose the form rows, gather or counts: the same loss.")
    return F.cross_entropy(F.one_hot(xs, num_classes=W.shape[0]).to(W.dtype) @ W, ys, ignore_index=NO_ID)


def nll_rows(W: Float[Tensor, "C V"], xs: Int64[Tensor, "n"], ys: Int64[Tensor, "n"]) -> Float[Tensor, ""]:
    """The NLL with rows of W picked by index. O(n·V). A negative context counts from the end, as in `W[-1]`.

    Args:
        W: Logits, (C, V).
        xs: The context ids of n examples.
        ys: The ids of the characters that follow.

    Returns:
        The mean NLL in nats per character.

    >>> nll_rows(torch.zeros(2, 2), torch.tensor([0, 1]), torch.tensor([1, 1]))
    tensor(0.6931)
    """
    rows = torch.cat([W[x] for x in xs.split(2**14)])  # W[xs]; subtle: in one float32 sum the gradient loses digits
    return F.cross_entropy(rows, ys, ignore_index=NO_ID)


def nll_gather(W: Float[Tensor, "C V"], xs: Int64[Tensor, "n"], ys: Int64[Tensor, "n"]) -> Float[Tensor, ""]:
    """The NLL with softmax taken once for the table, then one number picked per example. O(C·V + n).

    A negative id counts from the end, as in `W[-1]`: to look for one here would take a fifth of the time.

    Args:
        W: Logits, (C, V).
        xs: The context ids of n examples.
        ys: The ids of the characters that follow.

    Returns:
        The mean NLL in nats per character.

    >>> nll_gather(torch.zeros(2, 2), torch.tensor([0, 1]), torch.tensor([1, 1]))
    tensor(0.6931)
    """
    return -F.log_softmax(W, dim=1)[xs, ys].mean()


def nll_counts(W: Float[Tensor, "C V"], N: Int64[Tensor, "C V"]) -> Float[Tensor, ""]:
    """The NLL from the counts alone, no example in sight (identity 1). O(C·V).

    Args:
        W: Logits, (C, V).
        N: Counts, int64 of shape (C, V).

    Returns:
        The mean NLL in nats per character.

    >>> nll_counts(torch.zeros(2, 2), torch.tensor([[0, 1], [0, 1]]))
    tensor(0.6931)
    """
    log_p = F.log_softmax(W, dim=1).masked_fill(N == 0, 0)  # subtle: 0 · -inf would be NaN; 0 log 0 is 0
    return -(N * log_p).sum() / N.sum()


def closed_form(
    N: Int64[Tensor, "C V"], dtype: torch.dtype = torch.float32
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """The NLL of the counts N and its gradient (r · softmax(W) - N) / n, as one function of W (identities 1 and 2).

    O(C·V), no autograd: one log softmax serves both, and what needs only N is computed once.

    Args:
        N: Counts, int64 of shape (C, V).
        dtype: That of W.

    Returns:
        A function W -> (nll, ∂nll/∂W), for `descend`.

    >>> closed_form(torch.tensor([[0, 1], [0, 1]]))(torch.zeros(2, 2))
    (tensor(0.6931), tensor([[ 0.2500, -0.2500],
            [ 0.2500, -0.2500]]))
    """
    n, never = N.sum(), N == 0
    joint, row = (N.double() / n).to(dtype), (N.sum(1, keepdim=True).double() / n).to(dtype)
    return partial(_nll_and_gradient, joint=joint, row=row, never=never)


def _nll_and_gradient(W: Tensor, joint: Tensor, row: Tensor, never: Tensor) -> tuple[Tensor, Tensor]:
    """The NLL of N/n = `joint`, whose rows sum to `row` and which is 0 where `never`, and its gradient."""
    log_p = F.log_softmax(W, dim=1)
    return -(joint * log_p.masked_fill(never, 0)).sum(), row * log_p.exp() - joint


class Form(NamedTuple):
    """One form of the loss.

    Attributes:
        name: What it is called.
        loss: Its function, `loss(W, xs, ys)`, or `loss(W, N)`.
        of_counts: Whether the function needs the counts N in place of the examples (xs, ys).
    """

    name: str
    loss: Callable[..., Tensor]
    of_counts: bool = False


FORMS = {
    form.name: form
    for form in (
        Form("onehot", nll_onehot),
        Form("rows", nll_rows),
        Form("gather", nll_gather),
        Form("counts", nll_counts, of_counts=True),
    )
}


def choose_form(
    name: str, xs: Int64[Tensor, "n"], ys: Int64[Tensor, "n"], N: Int64[Tensor, "C V"]
) -> Callable[[Tensor], Tensor]:
    """The loss as a function of W alone: the form of that name with its data filled in.

    Every form takes the examples (xs, ys) and their counts N, and keeps what it needs. The ids are checked here, once,
    and not at each call of the loss. Where there are only counts, take `closed_form(N)`.

    Args:
        name: A key of `FORMS`.
        xs: The context ids of n examples.
        ys: The ids of the characters that follow.
        N: The counts of these examples, (C, V).

    Returns:
        A function W -> nll, for `descend`.

    Raises:
        ValueError: An unknown form, an argument that is no tensor, xs and ys of different lengths, or an id outside
            the table.

    >>> xs, ys, N = torch.tensor([0, 1]), torch.tensor([1, 1]), torch.tensor([[0, 1], [0, 1]])
    >>> choose_form("rows", xs, ys, N)(torch.zeros(2, 2))
    tensor(0.6931)
    """
    if name not in FORMS:
        raise ValueError(f"There is no forward form {shown(name)}. Choose {', '.join(FORMS)}.")
    for given, what in ((xs, "context ids xs"), (ys, "next-character ids ys"), (N, "counts N")):
        if not isinstance(given, Tensor):
            raise ValueError(f"The {what} must be a tensor; {shown(given)} is not.")
    if (xs.ndim, ys.ndim, N.ndim) != (1, 1, 2):
        raise ValueError(f"xs and ys have one dimension and N has two; these have {xs.ndim}, {ys.ndim} and {N.ndim}.")
    if len(xs) != len(ys):
        raise ValueError(f"Each example has a context and a next character; {len(xs):,} xs and {len(ys):,} ys differ.")
    for ids, what, size in ((xs, "context", N.shape[0]), (ys, "next character", N.shape[1])):
        least, most = ids.aminmax() if len(ids) else (0, 0)
        if least < 0 or most >= size:
            wrong = int(least if least < 0 else most)
            raise ValueError(f"The id of a {what} must be a whole number from 0 to {size - 1:,}; {wrong} is not.")
    form = FORMS[name]
    return partial(form.loss, N=N) if form.of_counts else partial(form.loss, xs=xs, ys=ys)
