"""Row x of W: five ways to write it, from the lecture's one-hot product to an index.

All five give the same float32 numbers bit for bit, and the same gradient: of the plain sum of the rows it is how
often each row was picked. What differs is the work, and the one-hot matrix that the first builds anew each time.
"""

import pytest
import torch
import torch.nn.functional as F


def onehot(W, xs):
    return F.one_hot(xs, num_classes=len(W)).float() @ W


def prebuilt(W, X):
    return X @ W


def index(W, xs):
    return W[xs]


def embedding(W, xs):
    return F.embedding(xs, W)


def index_select(W, xs):
    return W.index_select(0, xs)


def gradient(lookup, W, x):
    """Forward, and backward of a plain sum."""
    return torch.autograd.grad(lookup(W, x).sum(), W)[0]


@pytest.mark.parametrize("lookup", [onehot, prebuilt, index, embedding, index_select])
def test_forward(lookup, names, threads, measure):
    """Rows picked. Equal to those of the float64 table, to the last bit."""
    x = F.one_hot(names.xs, num_classes=len(names.W)).float() if lookup is prebuilt else names.xs
    assert torch.equal(lookup(names.W, x).double(), names.W.double()[names.xs])
    measure(f"lookup forward, {lookup.__name__}", lookup, names.W, x, threads=threads)


@pytest.mark.parametrize("lookup", [onehot, prebuilt, index, embedding, index_select])
def test_forward_and_backward(lookup, names, threads, measure):
    """Rows picked, summed and differentiated. The gradient is exact: row i holds r_i, how often i was picked."""
    x = F.one_hot(names.xs, num_classes=len(names.W)).float() if lookup is prebuilt else names.xs
    W = names.W.clone().requires_grad_()
    r = names.N.sum(1, keepdim=True).double()
    assert torch.equal(lookup(W, x).double(), names.W.double()[names.xs])
    assert torch.equal(gradient(lookup, W, x).double(), r.expand_as(W))
    measure(f"lookup forward + backward, {lookup.__name__}", gradient, lookup, W, x, threads=threads)
