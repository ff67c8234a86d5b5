"""What a compiler gains for each form: `torch.compile` of forward + backward, and of whole steps by counts.

Inductor can give the scatter of a backward several tables to add into, and then add these up, so that examples of the
same row wait less for each other (TORCHINDUCTOR_PARTITIONED_SCATTER_ENABLED, off by default). Compiling is not timed.
"""

import shutil
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import bigram
from benchmarks.bench_lookup import LOOKUPS, check_gradient, check_rows, inputs, rows_and_gradient
from benchmarks.bench_nll import CLOSED, L2, LEARNING_RATE, METHODS, check, differentiate, loss_of, steps_of
from benchmarks.cases import build

COMPILER = any(map(shutil.which, ("c++", "g++", "clang++")))
pytestmark = [
    pytest.mark.skipif(not COMPILER, reason="torch.compile needs a C++ compiler, and this machine has none."),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning"),  # PyTorch's own, while it compiles
]


def compiled(function, **options):
    torch.compiler.reset()
    return torch.compile(function, fullgraph=True, dynamic=False, options=options or None)


@pytest.mark.parametrize("method", METHODS)
def test_form(method, names, compare):
    """Forward + backward of a form: compiled, compared with not compiled."""
    W = names.W.clone().requires_grad_()
    if method == CLOSED:
        plain = bigram.closed_form(names.N)
        run, base = partial(compiled(plain), names.W), partial(plain, names.W)
    else:
        plain = loss_of(method, names)
        run, base = partial(differentiate, compiled(plain), W), partial(differentiate, plain, W)
    check(run(), method, names)
    compare("torch.compile, forward + backward", method, run, base, "eager", **names.facts)


@pytest.mark.parametrize("case", ["names", "one letter"])
@pytest.mark.parametrize("partitioned", [False, True])
def test_scatter(partitioned, case, device, compare):
    """Forward + backward of W[xs]: compiled with and without the partitioned scatter, and not compiled."""
    case, method = build(case, device), "W[xs]"
    if not hasattr(torch._inductor.config, "partitioned_scatter_enabled"):
        pytest.skip("This version of PyTorch has no partitioned scatter.")
    W, xs = case.W.clone().requires_grad_(), inputs(method, case)
    way = compiled(LOOKUPS[method], **({"partitioned_scatter_enabled": True} if partitioned else {}))
    run, base = (partial(rows_and_gradient, f, W, xs) for f in (way, LOOKUPS[method]))
    rows, gradient = run()
    check_rows(rows, case)
    check_gradient(gradient, case)
    name = f"{method}, compiled{', partitioned scatter' * partitioned}"
    compare("torch.compile, scatter", name, run, base, "eager", **case.facts)


def step(W, joint, row):
    """Loss, gradient and new W in one piece, from the counts as shares: joint = N / n, row = r / n."""
    log_p = F.log_softmax(W, dim=1)
    loss = L2 * (W**2).mean() - (joint * log_p.masked_fill(joint == 0, 0)).sum()
    return W - LEARNING_RATE * (row * log_p.exp() - joint + 2 * L2 / W.numel() * W), loss


def ten_steps(W, joint, row):
    """Ten steps that a compiler sees as one, and the loss before each."""
    losses = []
    for _ in range(10):
        W, loss = step(W, joint, row)
        losses.append(loss)
    return W, torch.stack(losses)


def numpy_step(W, joint, row):
    """The same arithmetic in NumPy."""
    exp = np.exp(W - W.max(1, keepdims=True))
    p = exp / exp.sum(1, keepdims=True)
    loss = L2 * (W**2).mean() - (joint * np.where(joint > 0, np.log(p), 0)).sum()
    return W - LEARNING_RATE * (row * p - joint + 2 * L2 / W.size * W), loss


def as_graph(function, *arguments):
    """A CUDA graph: one launch on the GPU in place of a dozen."""
    function(*arguments)  # whatever it sets up once is not recorded
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = function(*arguments)

    def run():
        graph.replay()
        return result

    return run


@pytest.mark.parametrize("how", ["NumPy", "torch.compile", "torch.compile of ten steps", "CUDA graph"])
def test_step(how, names, compare):
    """A step by counts that is optimised further, compared with `descend`, which is one loop for every form."""
    if (how == "CUDA graph") > names.W.is_cuda or (how == "NumPy") > (not names.W.is_cuda):
        pytest.skip(f"{how} is not for {names.W.device.type}.")
    joint = (names.N / names.N.sum()).float()
    arguments, many = (names.W, joint, joint.sum(1, keepdim=True)), 10 if "ten" in how else 1
    if how == "CUDA graph":
        run = as_graph(step, *arguments)
    elif how == "NumPy":
        run = partial(numpy_step, *(tensor.numpy() for tensor in arguments))
    else:
        run = partial(compiled(ten_steps if many > 1 else step), *arguments)
    exact = bigram.closed_form(names.N, torch.float64)
    path = list(bigram.descend(exact, names.W.double(), many, LEARNING_RATE, L2))
    W, losses = map(torch.as_tensor, run())
    before = torch.stack([loss for _, loss in path[:-1]])
    torch.testing.assert_close(losses.double().view(-1), before, rtol=2e-5, atol=0)
    torch.testing.assert_close(W.double(), path[-1][0], rtol=1e-5, atol=1e-5)
    walk = steps_of(CLOSED, names)
    than = f"{many} by `descend`" if many > 1 else "`descend`"
    compare("descent step, taken further", how, run, lambda: [next(walk) for _ in range(many)], than, **names.facts)
