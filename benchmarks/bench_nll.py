"""The loss: the lecture's own code, and the four forms of one number. Forward, forward + backward, descent step.

The lecture's step builds the one-hot matrix, takes exp, normalises, picks, takes the log and the mean, and adds
0.01·mean(W²), each step anew over all examples. `nll_counts` never sees an example.
"""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

import bigram
from benchmarks.cases import Case
from benchmarks.report import BOTH, FORWARD, LOSS

LEARNING_RATE, L2 = 50.0, 0.01  # the lecture's
FIRST, CLOSED = "lecture", "counts, closed form"
METHODS = [FIRST, *bigram.FORMS, CLOSED]


def lecture_nll(W, xs, ys):
    """The forward pass as the lecture writes it, without the regularisation."""
    xenc = F.one_hot(xs, num_classes=len(W)).to(W.dtype)
    logits = xenc @ W
    counts = logits.exp()
    probs = counts / counts.sum(1, keepdim=True)
    return -probs[torch.arange(len(ys), device=ys.device), ys].log().mean()


def lecture_step(W, xs, ys):
    """The descent step as the lecture writes it: changes W, returns it and the loss before the change."""
    loss = lecture_nll(W, xs, ys) + L2 * (W**2).mean()
    W.grad = None
    loss.backward()
    W.data += -LEARNING_RATE * W.grad
    return W.detach(), loss.detach()


def loss_of(method, case):
    """The loss as a function of W."""
    if method == FIRST:
        return partial(lecture_nll, xs=case.xs, ys=case.ys)
    return bigram.choose_form(method, case.xs, case.ys, case.N)


def differentiate(nll, W):
    """Forward and backward, by autograd."""
    loss = nll(W)
    return loss.detach(), torch.autograd.grad(loss, W)[0]


def value_and_gradient(method, case, dtype=torch.float32):
    """A function that returns loss and gradient, by autograd or in closed form."""
    W = case.W.to(dtype)
    if method == CLOSED:
        return partial(bigram.closed_form(case.N, dtype), W)
    return partial(differentiate, loss_of(method, case), W.clone().requires_grad_())


def steps_of(method, case):
    """An endless descent: each step yields the new W and the loss before it."""
    if method == FIRST:
        W = case.W.clone().requires_grad_()
        while True:
            yield lecture_step(W, case.xs, case.ys)
    closed = method == CLOSED
    nll = bigram.closed_form(case.N) if closed else loss_of(method, case)
    walk = bigram.descend(nll, case.W, bigram.gradient.MOST_STEPS, LEARNING_RATE, L2)
    _, before = next(walk)
    for W, loss in walk:
        yield W, before
        before = loss


def errors(result, case):
    """Errors against float64: of the loss, relatively; of the gradient, relative to its largest entry."""
    loss, gradient = (part.double() for part in result)
    expected, slope = case.reference
    return abs(loss / expected - 1).item(), ((gradient - slope).abs().max() / slope.abs().max()).item()


def tolerance(method, case):
    """How far a float32 gradient may differ from the float64 one, relative to its largest entry.

    Rows and gather add r_i numbers of like size into one, in turn, and each addition may round the same way by
    2**-24; so may a matrix product on a GPU. On a CPU it adds in blocks, and the counts were added up as integers.
    """
    in_turn = method in ("rows", "gather") or (case.W.is_cuda and method in (FIRST, "onehot"))
    return 1e-5 + 2**-24 * case.N.sum(1).max().item() * in_turn


def check(result, method, case):
    """The loss must equal the float64 loss to 2e-5, relatively, and the gradient must lie within its tolerance."""
    of_loss, of_gradient = errors(result, case)
    assert of_loss < 2e-5, f"The loss of {method} has a relative error of {of_loss:.1e}."
    assert of_gradient < tolerance(method, case), f"The gradient of {method} is off by {of_gradient:.1e}."


@pytest.fixture(params=METHODS)
def method(request, case):
    if request.param in (FIRST, "onehot") and not case.affords_onehot:
        pytest.skip(f"The one-hot matrix of {case.name} is larger than 2 GiB.")
    return request.param


@pytest.fixture
def base(case, method):
    """The base of the ratios: the lecture's form."""
    return None if method == FIRST or not case.affords_onehot else FIRST


def test_forward(method, base, case, compare):
    """The value alone."""
    if method == CLOSED:
        pytest.skip("The closed form gives both or nothing.")
    loss = loss_of(method, case)(case.W)
    assert abs(loss.double() / case.reference[0] - 1) < 2e-5
    run = partial(loss_of(method, case), case.W)
    compare(f"{LOSS}, {FORWARD}", method, run, base and partial(loss_of(base, case), case.W), base, **case.facts)


def test_forward_and_backward(method, base, case, compare):
    """The value and its gradient."""
    run = value_and_gradient(method, case)
    check(run(), method, case)
    compare(f"{LOSS}, {BOTH}", method, run, base and value_and_gradient(base, case), base, **case.facts)


def test_step(method, base, case, compare):
    """A whole step: loss, gradient, new W. The lecture's code is unchanged; the other forms use `descend`."""
    W, loss = next(steps_of(method, case))
    W64 = case.W.double()
    expected, gradient = case.reference
    slope = gradient + 2 * L2 / W.numel() * W64
    most = tolerance(method, case) * LEARNING_RATE * slope.abs().max() + 2**-23 * W64.abs().max()
    assert abs(loss.double() / (expected + L2 * (W64**2).mean()) - 1) < 2e-5
    assert (W.double() - (W64 - LEARNING_RATE * slope)).abs().max() < most
    run = partial(next, steps_of(method, case))
    compare("descent step", method, run, base and partial(next, steps_of(base, case)), base, **case.facts)


@pytest.mark.parametrize("size", [32, 1024])
@pytest.mark.parametrize("form", ["rows", "gather", "counts", CLOSED])
def test_minibatch(form, size, names, compare):
    """Loss and gradient of a mini-batch. Its counts are new each time, so the time includes counting."""
    batch = Case(f"batch of {size:,}", names.V, names.order, names.xs[:size], names.ys[:size])
    W = batch.W.clone().requires_grad_()

    def counted():
        return bigram.count(batch.xs, batch.ys, batch.V)

    def run(form):
        if form == CLOSED:
            return lambda: bigram.closed_form(counted())(batch.W)
        if form == "counts":
            return lambda: differentiate(partial(bigram.nll_counts, N=counted()), W)
        return partial(differentiate, loss_of(form, batch), W)

    check(run(form)(), form, batch)
    base = "rows" if form != "rows" else None
    compare("mini-batch", form, run(form), base and run(base), base, **batch.facts)
