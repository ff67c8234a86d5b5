"""The loss: the lecture's own code, and the four forms of one number. Forward, forward + backward, descent step.

The lecture's step builds the one-hot matrix, takes exp, normalises, picks, takes the log and the mean, and adds
0.01·mean(W²), each step anew over all examples. `nll_counts` never sees an example.
"""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

import bigram

LEARNING_RATE, L2 = 50.0, 0.01  # the lecture's
CLOSED = " in closed form"

# How far a float32 gradient may lie from the float64 one. Rows and gather add up to 33,000 numbers of like size into
# one, in turn, and every rounding goes the same way; a matrix product adds in blocks, and the counts are already sums.
TOLERANCES = {
    "lecture": 1e-5,
    "onehot": 1e-5,
    "rows": 1e-3,
    "gather": 1e-4,
    "counts": 1e-6,
    "counts" + CLOSED: 1e-6,
}


def lecture_nll(W, xs, ys):
    """The forward pass as the lecture writes it, without the regularisation."""
    xenc = F.one_hot(xs, num_classes=len(W)).float()
    logits = xenc @ W
    counts = logits.exp()
    probs = counts / counts.sum(1, keepdim=True)
    return -probs[torch.arange(len(ys)), ys].log().mean()


def lecture_step(W, xs, ys):
    """The descent step as the lecture writes it: changes W, returns the loss before the change."""
    loss = lecture_nll(W, xs, ys) + L2 * (W**2).mean()
    W.grad = None
    loss.backward()
    W.data += -LEARNING_RATE * W.grad
    return loss.detach()


def gradient(nll, W):
    """Forward and backward."""
    return torch.autograd.grad(nll(W), W)[0]


def choose(form, corpus):
    """The loss of a form, or of the lecture, as a function of W."""
    if form == "lecture":
        return partial(lecture_nll, xs=corpus.xs, ys=corpus.ys)
    return bigram.choose(form.removesuffix(CLOSED), corpus.xs, corpus.ys, corpus.N)


@pytest.fixture(scope="session")
def reference(names):
    """The loss and its gradient in float64, picked from the rows' log-sum-exp: none of the forms under test."""
    W = names.W.double().requires_grad_()
    loss = (W.logsumexp(1)[names.xs] - W[names.xs, names.ys]).mean()
    return loss.detach(), torch.autograd.grad(loss, W)[0]


def assert_loss(loss, expected):
    torch.testing.assert_close(loss.double(), expected, rtol=2e-5, atol=0)


def assert_gradient(form, slope, expected):
    """Equal to the form's tolerance, as a part of the largest entry."""
    tolerance = TOLERANCES[form] * expected.abs().max().item()
    torch.testing.assert_close(slope.double(), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("form", ["lecture", *bigram.FORMS])
def test_forward(form, names, threads, reference, measure):
    """The value alone."""
    nll = choose(form, names)
    assert_loss(nll(names.W), reference[0])
    measure(f"nll forward, {form}", nll, names.W, threads=threads)


@pytest.mark.parametrize("form", TOLERANCES)
def test_forward_and_backward(form, names, threads, reference, measure):
    """The gradient, with the forward pass that autograd needs; in closed form it needs none."""
    nll = choose(form, names)
    W = names.W.clone().requires_grad_()
    assert_loss(nll(W).detach(), reference[0])
    work = (bigram.gradient_counts, names.W, names.N) if form.endswith(CLOSED) else (gradient, nll, W)
    assert_gradient(form, work[0](*work[1:]), reference[1])
    measure(f"nll forward + backward, {form}", *work, threads=threads)


@pytest.mark.parametrize("form", TOLERANCES)
def test_step(form, names, threads, reference, measure):
    """A whole step: loss, gradient, new W. The lecture's as it stands there, the others' by `descend`."""
    loss = reference[0] + L2 * (names.W.double() ** 2).mean()
    slope = reference[1] + 2 * L2 / names.W.numel() * names.W.double()
    if form == "lecture":
        W = names.W.clone().requires_grad_()
        assert_loss(lecture_step(W, names.xs, names.ys), loss)
        step = partial(lecture_step, W, names.xs, names.ys)
    else:
        closed_form = partial(bigram.gradient_counts, N=names.N) if form.endswith(CLOSED) else None
        nll = choose(form, names)
        descent = bigram.descend(nll, names.W, bigram.gradient.MOST_STEPS, LEARNING_RATE, L2, closed_form)
        assert_loss(next(descent)[1], loss)
        W = next(descent)[0]
        step = partial(next, descent)
    assert_gradient(form, (names.W - W.detach()) / LEARNING_RATE, slope)
    measure(f"step, {form}", step, threads=threads)
