"""Way 2: descend. Gradient descent on the same loss from random weights, towards the table that counting gives."""

import math
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from bigram.checks import LARGEST, SMALLEST, real, shown, whole
from bigram.counts import probabilities
from bigram.sampling import seeded
from bigram.text import context_count

Loss = Callable[[Tensor], Tensor] | Callable[[Tensor], tuple[Tensor, Tensor]]  # W -> nll, or W -> (nll, ∂nll/∂W)
MOST_STEPS = 1_000_000
L2_RULE = f"The L2 strength must be a number from 0 to {LARGEST:g}"


def initial_weights(
    V: int, order: int = 2, seed: int = 2147483647, device: str | torch.device = "cpu"
) -> Float32[Tensor, "C V"]:
    """Random logits W from the standard normal distribution, as the lecture draws them: its seed gives its W.

    Drawn by a CPU generator of their own, then moved: the same on every device.

    Args:
        V: The number of characters.
        order: 2 for bigrams, 3 or 4.
        seed: A whole number from 0 to 2**63 - 1.
        device: cpu, or cuda where PyTorch sees a CUDA GPU.

    Returns:
        W, float32 of shape (C, V), where C = V ** (order - 1).

    Raises:
        ValueError: A bad order, a seed outside 0 to 2**63 - 1, a device that is not there.

    >>> initial_weights(27)[0, :3]
    tensor([ 1.5674, -0.2373, -0.0274])
    """
    gpus = range(torch.cuda.device_count() if torch.cuda.is_available() else 0)
    if str(device) not in ("cpu", *(f"cuda:{i}" for i in gpus), *["cuda"][: len(gpus)]):
        rule = "The device is cpu, or cuda where PyTorch sees a CUDA GPU"
        raise ValueError(f"{rule}; PyTorch finds no device {shown(str(device))} here.")
    return torch.randn(context_count(V, order), V, generator=seeded(seed)).to(device)


def descend(
    nll: Loss, W: Float[Tensor, "C V"], steps: int, learning_rate: float = 50.0, l2: float = 0.01
) -> Iterator[tuple[Float[Tensor, "C V"], Float[Tensor, ""]]]:
    """Gradient descent: yields (W, loss) before the first step and after each, `steps` + 1 pairs.

    loss = nll(W) + l2·mean(W²), and W ← W - learning_rate · ∂loss/∂W, as in the lecture. Each W is a new tensor: keep
    what you like. It works under `torch.no_grad()`, too.

    Args:
        nll: The loss as a function of W, called once for each pair. It gives a number, as
            `partial(nll_rows, xs=xs, ys=ys)` does, and autograd finds the gradient. Or it gives the pair
            (nll, ∂nll/∂W), as `closed_form(N)` does, and autograd is not used.
        W: The start, of shape (C, V). It is left alone.
        steps: A whole number from 0 to 1,000,000. With 0, the start is the only pair.
        learning_rate: Above 0; see `stable_learning_rates`.
        l2: The strength of mean(W²) in the loss, from 0.

    Yields:
        W, and its loss: NLL in nats per character, plus the part of L2.

    Raises:
        ValueError: One of the three numbers is outside its range, or above 1e38.

    >>> [round(loss.item(), 2) for W, loss in descend(lambda W: (W**2).sum(), torch.ones(1, 1), 3, 0.25, 0.0)]
    [1.0, 0.25, 0.06, 0.02]
    """
    rule = f"The number of steps must be a whole number from 0 to {MOST_STEPS:,}"
    steps = whole(steps, range(MOST_STEPS + 1), rule)
    learning_rate = real(learning_rate, SMALLEST, f"The learning rate must be a number above 0, up to {LARGEST:g}")
    l2 = real(l2, 0.0, L2_RULE)

    return _walk(nll, W.detach(), steps, learning_rate, l2)


def _walk(nll: Loss, W: Tensor, steps: int, learning_rate: float, l2: float) -> Iterator[tuple[Tensor, Tensor]]:
    """What `descend` yields, of arguments that were checked."""
    pair = False  # whether nll gives its gradient, too: its first answer tells
    for _ in range(steps):
        if pair:
            loss, slope = nll(W)
        else:
            with torch.enable_grad():
                loss = nll(W.requires_grad_())
                pair = isinstance(loss, tuple)
                if isinstance(loss, tuple):
                    loss, slope = loss
                else:
                    loss = loss + l2 * W.square().mean()
                    slope = torch.autograd.grad(loss, W)[0]
            W, loss, slope = W.detach(), loss.detach(), slope.detach()
        if pair:
            loss, slope = loss + l2 * W.square().mean(), slope.add(W, alpha=2 * l2 / W.numel())
        yield W, loss
        W = W.sub(slope, alpha=learning_rate)
    last = nll(W)
    yield W, (last[0] if isinstance(last, tuple) else last) + l2 * W.square().mean()


def stable_learning_rates(
    N: Int64[Tensor, "C V"], l2: float = 0.0, P: Float64[Tensor, "C V"] | None = None
) -> tuple[float, float]:
    """Two bounds on the learning rate: (safe from any start, stable near P, by default the minimum without L2).

    There the loss is a bowl of greatest curvature λ_max = max_i (r_i/n)·λ_max(diag p_i - p_i p_iᵀ), and descent with
    a rate above 2/λ_max climbs out of it. No p has a curvature above 1/2, so 4n/max r_i is safe everywhere. L2 adds
    2·l2/(C·V) to every curvature. Why learning rate 50 settles in the lecture and 80 does not. O(C·V): the largest
    eigenvalue of a diagonal less a rank-one matrix lies between the two largest p, where Σ_j p_j²/(p_j - λ) = 1.

    Args:
        N: Counts, int64 of shape (C, V).
        l2: The strength of mean(W²) in the loss.
        P: The table near which the second bound holds, (C, V).

    Returns:
        The two bounds; infinite where the loss has no curvature.

    Raises:
        ValueError: l2 is no number from 0 to 1e38.

    >>> [round(rate, 3) for rate in stable_learning_rates(torch.tensor([[1, 3], [2, 2]]))]
    [8.0, 8.0]
    """
    l2 = real(l2, 0.0, L2_RULE)
    share = N.sum(1).double() / N.sum()  # (C,) r_i/n
    P = probabilities(N, smoothing=0.0) if P is None else P
    at_least = (share * (P * (1 - P)).amax(1)).max()  # no largest eigenvalue is below the largest diagonal element
    candidates = (share * P.amax(1).clamp(max=0.5) >= at_least) & (at_least > 0)  # none where every row is certain
    p = P[candidates] if len(P) > 1 else P.new_empty(0, 2)  # one character: certain
    square, (high, low) = p.square(), p.topk(2, dim=1).values.mT[:, :, None]
    for _ in range(55):  # bisection: the sum grows with λ
        middle = (low + high) / 2
        above = (square / (p - middle)).sum(1, keepdim=True) > 1
        low, high = low.where(above, middle), middle.where(above, high)
    steepest = max((share[candidates] * high[:, 0]).tolist(), default=0.0)
    safe, edge = (
        2 / curvature if curvature else math.inf
        for curvature in (share.max().item() / 2 + 2 * l2 / N.numel(), steepest + 2 * l2 / N.numel())
    )
    return safe, edge


def explain_divergence(N: Int64[Tensor, "C V"], learning_rate: float, l2: float) -> str:
    """Why descent on the counts N ended worse than it began, as a sentence and the bounds.

    Args:
        N: Counts, int64 of shape (C, V).
        learning_rate: That of the descent.
        l2: That of the descent.

    Returns:
        The sentence.
    """
    safe, edge = stable_learning_rates(N, l2)
    bounds = f"every rate below {safe:.4g} is safe, and none above {edge:.4g} = 2/λ_max settles near the counted table"
    return f"The loss rose: learning rate {learning_rate:g} is too high. With these words and L2 {l2:g}, {bounds}."
