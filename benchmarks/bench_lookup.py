"""How slow is one-hot against W[xs]? Row x of W in five ways, from the lecture's one-hot product to an index.

All five give the same float32 numbers bit for bit, and the same gradient: for the plain sum of the rows, it is how
often each row was picked. They differ in the work. The first also builds its one-hot matrix again at each call.
"""

from functools import partial

import pytest
import torch
import torch.nn.functional as F

from benchmarks.report import BOTH, FORWARD, LOOKUP


def one_hot(W, xs):
    return F.one_hot(xs, num_classes=len(W)).float() @ W


def prebuilt(W, X):
    return X @ W


def index(W, xs):
    return W[xs]


def embedding(W, xs):
    return F.embedding(xs, W)


def index_select(W, xs):
    return W.index_select(0, xs)


FIRST = "one_hot(xs).float() @ W"
LOOKUPS = {
    FIRST: one_hot,
    "X @ W, X prebuilt": prebuilt,
    "W[xs]": index,
    "F.embedding": embedding,
    "index_select": index_select,
}


def inputs(method, case):
    """The input of a lookup: ids, or their one-hot matrix."""
    return F.one_hot(case.xs, num_classes=len(case.W)).float() if LOOKUPS[method] is prebuilt else case.xs


def rows_and_gradient(way, W, x):
    """Forward, and backward of a plain sum."""
    rows = way(W, x)
    return rows.detach(), torch.autograd.grad(rows.sum(), W)[0]


def check_rows(rows, case):
    """The rows must equal those of the float64 table to the last bit."""
    assert torch.equal(rows.double(), case.W.double()[case.xs])


def check_gradient(gradient, case):
    """The gradient must be exact: row i holds how often i was picked."""
    r = torch.bincount(case.xs, minlength=len(case.W)).double()
    assert torch.equal(gradient.double(), r[:, None].expand_as(gradient))


@pytest.fixture(params=LOOKUPS)
def method(request, case):
    if LOOKUPS[request.param] in (one_hot, prebuilt) and not case.affords_onehot:
        pytest.skip(f"The one-hot matrix of {case.name} is larger than 2 GiB.")
    return request.param


@pytest.fixture
def base(case, method):
    """The base of the ratios: the lecture's lookup, or W[xs] where the one-hot matrix is too large."""
    return None if method == FIRST or not case.affords_onehot else FIRST


def test_forward(method, base, case, compare):
    """The rows alone."""

    def run(method):
        return partial(LOOKUPS[method], case.W, inputs(method, case))

    check_rows(run(method)(), case)
    compare(f"{LOOKUP}, {FORWARD}", method, run(method), base and run(base), base, **case.facts)


def test_forward_and_backward(method, base, case, compare):
    """The rows, summed and differentiated."""
    W = case.W.clone().requires_grad_()

    def run(method):
        return partial(rows_and_gradient, LOOKUPS[method], W, inputs(method, case))

    rows, gradient = run(method)()
    check_rows(rows, case)
    check_gradient(gradient, case)
    compare(f"{LOOKUP}, {BOTH}", method, run(method), base and run(base), base, **case.facts)
