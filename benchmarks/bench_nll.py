"""The loss: the lecture's own code, and the four forms of one number. Forward, forward + backward, descent step.

The lecture's step builds the one-hot matrix, takes exp, normalises, picks, takes the log and the mean, and adds
0.01·mean(W²), each step anew over all examples. `nll_counts` never sees an example.
"""

import shutil
from functools import partial
from itertools import islice

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import bigram

LEARNING_RATE, L2 = 50.0, 0.01  # the lecture's
CLOSED_FORM = "counts, closed form"
METHODS = ["lecture", *bigram.FORMS, CLOSED_FORM]


def lecture_nll(W, xs, ys):
    """The forward pass as the lecture writes it, without the regularisation."""
    xenc = F.one_hot(xs, num_classes=len(W)).float()
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
    if method == "lecture":
        return partial(lecture_nll, xs=case.xs, ys=case.ys)
    return bigram.choose("counts" if method == CLOSED_FORM else method, case.xs, case.ys, case.N)


def differentiate(nll, W):
    """Forward and backward, by autograd."""
    loss = nll(W)
    return loss.detach(), torch.autograd.grad(loss, W)[0]


def descent(method, case):
    """Steps that follow each other, by `descend`; each gives the new W and its loss."""
    closed = method == CLOSED_FORM
    nll = bigram.closed_form(case.N) if closed else loss_of(method, case)
    return bigram.descend(nll, case.W, bigram.gradient.MOST_STEPS, LEARNING_RATE, L2, gradient=closed)


def check_loss(loss, expected):
    """Equal to the float64 loss, to 2e-5 of it."""
    assert abs(loss.item() / expected.item() - 1) < 2e-5


def tolerance(method, case):
    """How far a float32 gradient may lie from the float64 one, as a part of its largest entry.

    Rows and gather add r_i numbers of like size into one, in turn, and each addition may round the same way by
    2**-24; so may a matrix product on a GPU. On a CPU it adds in blocks, and the counts were added up as integers.
    """
    in_turn = method in ("rows", "gather") or (case.W.is_cuda and method in ("lecture", "onehot"))
    return 1e-5 + 2**-24 * case.N.sum(1).max().item() * in_turn


def traffic(method, case, passes=1):
    """Bytes moved at the least, where each pass reads and writes the form's own matrices once."""
    n, C, V = len(case.xs), len(case.W), case.V
    onehot = 24 * n * C + 4 * C * V + 8 * n * V  # int64 written and read, then float32; the rows
    forms = {"lecture": onehot, "onehot": onehot, "rows": 8 * n * V, "gather": 8 * C * V + 8 * n}
    examples = 0 if method.startswith("counts") else 16 * n
    return {"bytes_moved": passes * (examples + forms.get(method, 16 * C * V))}


def check_gradient(method, gradient, case):
    """Equal to the float64 gradient within the tolerance; the error is noted."""
    error, allowed = (gradient.double() - case.gradient).abs().max().item(), tolerance(method, case)
    error /= case.gradient.abs().max().item()
    assert error < allowed, f"The gradient of {method} is off by {error:.1e} of its largest entry."
    return {"gradient_error": error, "gradient_error_allowed": allowed, **traffic(method, case, passes=2)}


def check_step(method, case, result):
    """The W after one step from case.W, to the gradient's tolerance and W's own last bit; the loss before it."""
    W, loss = result
    W64 = case.W.double()
    check_loss(loss, case.loss + L2 * (W64**2).mean())
    slope = case.gradient + 2 * L2 / W.numel() * W64
    most = tolerance(method, case) * LEARNING_RATE * slope.abs().max() + 2**-23 * W64.abs().max()
    assert (W.double() - (W64 - LEARNING_RATE * slope)).abs().max() < most
    return traffic(method, case, passes=2)


@pytest.fixture(params=METHODS)
def method(request, affords_onehot):
    """The name of a form; skips where its matrix is too large."""
    if request.param in ("lecture", "onehot"):
        affords_onehot()
    return request.param


@pytest.mark.parametrize("method", ["lecture", *bigram.FORMS], indirect=True)
def test_forward(method, case, measure):
    """The value alone."""

    def check(loss):
        check_loss(loss, case.loss)
        return traffic(method, case)

    run = partial(loss_of(method, case), case.W)
    measure(case.description, "nll, forward", method, run, check)


def test_forward_and_backward(method, case, measure):
    """The value and its gradient."""
    nll = loss_of(method, case)
    if method == CLOSED_FORM:
        run = partial(bigram.closed_form(case.N), case.W)
    else:
        run = partial(differentiate, nll, case.W.clone().requires_grad_())

    def check(result):
        loss, gradient = result
        check_loss(loss, case.loss)
        return check_gradient(method, gradient, case)

    measure(case.description, "nll, forward + backward", method, run, check, thorough=case.name == "names")


def test_step(method, case, measure):
    """A whole step: loss, gradient, new W. The lecture's as it stands there, the others' by `descend`."""
    if method == "lecture":
        step = partial(lecture_step, case.W.clone().requires_grad_(), case.xs, case.ys)

        def again():
            return lecture_step(case.W.clone().requires_grad_(), case.xs, case.ys)

    else:
        steps = descent(method, case)
        step = partial(next, steps)
        next(steps)  # the loss before the first step; from here on each call is one whole step

        def again():
            (_, loss), (W, _) = islice(descent(method, case), 2)
            return W, loss

    check = partial(check_step, method, case)
    measure(case.description, "step", method, step, check, again)


@pytest.mark.parametrize("size", [32, 1024])
@pytest.mark.parametrize("form", ["rows", "gather", "counts"])
def test_minibatch(form, size, names, measure):
    """Loss and gradient of a mini-batch, by autograd. Its counts are new each time, so counting belongs to the work."""
    batch = type(names)(f"batch of {size:,}", names.V, names.order, names.xs[:size], names.ys[:size])
    W = batch.W.clone().requires_grad_()

    def count_and_differentiate():
        return differentiate(partial(bigram.nll_counts, N=bigram.count(batch.xs, batch.ys, batch.V)), W)

    def check(result):
        check_loss(result[0], batch.loss)
        return check_gradient(form, result[1], batch)

    run = count_and_differentiate if form == "counts" else partial(differentiate, loss_of(form, batch), W)
    measure(batch.description, "mini-batch", form, run, check)


def fused_step(W, joint, marginal):
    """Loss, gradient and new W in one piece, from the counts as shares: joint = N / n, marginal = r / n."""
    log_p = F.log_softmax(W, dim=1)
    loss = L2 * (W**2).mean() - (joint * log_p).sum()
    slope = marginal * log_p.exp() - joint + 2 * L2 / W.numel() * W
    return W - LEARNING_RATE * slope, loss


def numpy_step(W, joint, marginal):
    """The same arithmetic in NumPy."""
    exp = np.exp(W - W.max(1, keepdims=True))
    p = exp / exp.sum(1, keepdims=True)
    loss = L2 * (W**2).mean() - (joint * np.log(p)).sum()
    slope = marginal * p - joint + 2 * L2 / W.size * W
    return W - LEARNING_RATE * slope, loss


def ten_steps(W, joint, marginal):
    """Ten fused steps, for a compiler to see at once; the loss is the one before the first."""
    W, first_loss = fused_step(W, joint, marginal)
    for _ in range(9):
        W, _ = fused_step(W, joint, marginal)
    return W, first_loss


def compiled(function):
    if not any(map(shutil.which, ("c++", "g++", "clang++"))):
        pytest.skip("torch.compile needs a C++ compiler, and this machine has none.")
    return torch.compile(function, fullgraph=True, dynamic=False)


@pytest.fixture
def shares(names):
    """W, N / n and r / n, all that a step needs."""
    joint = (names.N / names.N.sum()).float()
    return names.W, joint, joint.sum(1, keepdim=True)


def check_after(steps, case, result):
    """The W after so many steps in float64 by `descend`, and the loss before the first."""
    exact = bigram.closed_form(case.N, torch.float64)
    walk = bigram.descend(exact, case.W.double(), steps, LEARNING_RATE, L2, gradient=True)
    path = [W for W, _ in walk]
    W, loss = map(torch.as_tensor, result)
    check_loss(loss, case.loss + L2 * (case.W.double() ** 2).mean())
    torch.testing.assert_close(W.double(), path[-1], rtol=1e-5, atol=1e-5)
    return traffic(CLOSED_FORM, case, passes=2 * steps)


@pytest.mark.quick
def test_step_fused(names, shares, measure):
    """How far a readable step can go: one function for value and gradient, nothing computed twice."""
    measure(names.description, "step, further", "fused", partial(fused_step, *shares), partial(check_after, 1, names))


@pytest.mark.quick
@pytest.mark.cpu
def test_step_in_numpy(names, shares, measure):
    """Whether PyTorch's dispatch is what the step costs."""
    arrays = [tensor.numpy() for tensor in shares]
    run = partial(numpy_step, *arrays)
    measure(names.description, "step, further", "fused, in NumPy", run, partial(check_after, 1, names))


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # PyTorch's own, while it compiles
@pytest.mark.parametrize(("function", "steps"), [(fused_step, 1), (ten_steps, 10)])
def test_step_compiled(function, steps, names, shares, measure):
    """torch.compile, of one step and of ten at once; compiling is not timed."""
    method = f"fused, torch.compile{' of ten steps' * (steps > 1)}"
    run = partial(compiled(function), *shares)
    run()
    measure(names.description, "step, further", method, run, partial(check_after, steps, names), units=steps)


def test_step_as_cuda_graph(names, shares, measure):
    """One launch in place of a dozen."""
    W, joint, marginal = shares
    if W.device.type != "cuda":
        pytest.skip("A CUDA graph needs the GPU.")
    fused_step(W, joint, marginal)  # whatever it sets up once is not recorded
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = fused_step(W, joint, marginal)

    def run():
        graph.replay()
        return result

    def again():
        return tuple(tensor.clone() for tensor in run())  # each replay writes into the same tensors

    measure(names.description, "step, further", "fused, CUDA graph", run, partial(check_after, 1, names), again)
