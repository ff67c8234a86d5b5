"""Row x of W: five ways to write it, from the lecture's one-hot product to an index; and what this machine can do.

All five give the same float32 numbers bit for bit, and the same gradient: of the plain sum of the rows it is how
often each row was picked. What differs is the work, and the one-hot matrix that the first builds anew each time.
"""

import mmap
from functools import partial

import pytest
import torch
import torch.nn.functional as F


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


LOOKUP = "lookup, forward + backward"
LOOKUPS = {
    "one_hot(xs).float() @ W": one_hot,
    "X @ W, X prebuilt": prebuilt,
    "W[xs]": index,
    "F.embedding": embedding,
    "index_select": index_select,
}


def rows_and_gradient(lookup, W, x):
    """Forward, and backward of a plain sum."""
    rows = lookup(W, x)
    return rows.detach(), torch.autograd.grad(rows.sum(), W)[0]


def gradient_of_weighted(lookup, W, x):
    """A gradient that the order of adding can round: no two examples give a row the same to add."""
    weights = torch.linspace(0, 1, len(x), device=W.device)[:, None]
    return torch.autograd.grad((lookup(W, x) * weights).sum(), W)[0]


@pytest.fixture(params=LOOKUPS)
def method(request):
    return request.param


@pytest.fixture
def lookup(method, case, affords_onehot):
    """The way to look up, and what it looks up with: ids, or their one-hot matrix."""
    way = LOOKUPS[method]
    if way in (one_hot, prebuilt):
        affords_onehot()
    return way, F.one_hot(case.xs, num_classes=len(case.W)).float() if way is prebuilt else case.xs


def traffic(way, case, backward=False):
    """The least work of a lookup: bytes read and written once each, and floating-point operations.

    An index reads only the rows of W that are asked for, and these, too, but once.
    """
    n, C, V = len(case.xs), len(case.W), case.V
    matrix = {one_hot: 8 * n + 24 * n * C, prebuilt: 4 * n * C}.get(way)  # int64 written and read, then float32
    moved = (8 * n + 4 * min(n, C) * V if matrix is None else matrix + 4 * C * V) + 4 * n * V
    operations = 0 if matrix is None else 2 * n * C * V
    return {"bytes_moved": moved * (1 + backward), "operations": operations * (1 + backward)}


def test_forward(method, lookup, case, measure):
    """Rows picked: those of the float64 table, to the last bit."""
    way, x = lookup

    def check(rows):
        assert torch.equal(rows.double(), case.W.double()[case.xs])
        return traffic(way, case)

    measure(case.description, "lookup, forward", method, partial(way, case.W, x), check)


def test_forward_and_backward(method, lookup, case, measure):
    """Rows picked, summed and differentiated. The gradient is exact: row i holds how often i was picked."""
    way, x = lookup

    def check(result):
        rows, gradient = result
        r = torch.bincount(case.xs, minlength=len(case.W)).double()
        assert torch.equal(rows.double(), case.W.double()[case.xs])
        assert torch.equal(gradient.double(), r[:, None].expand_as(gradient))
        return traffic(way, case, backward=True)

    W = case.W.clone().requires_grad_()
    run, bits = partial(rows_and_gradient, way, W, x), partial(gradient_of_weighted, way, W, x)
    measure(case.description, LOOKUP, method, run, check, bits=bits, thorough=case.name == "names")


@pytest.mark.quick
@pytest.mark.parametrize("size", [2**21, 2**28], ids=["2 MiB", "256 MiB"])
def test_copy(size, place, measure):
    """The ceiling of a lookup by index: this machine's copy, within the caches and beyond them."""
    source = torch.arange(size // 4, dtype=torch.float32, device=place.device)
    target = torch.zeros_like(source)

    def check(copy):
        assert torch.equal(copy, source)
        return {"bytes_moved": 2 * size}

    measure({"case": f"{size // 2**20} MiB"}, "ceiling", "copy", partial(target.copy_, source), check)


@pytest.mark.cpu
@pytest.mark.parametrize("pages", ["kept", "new"])
def test_fill(pages, place, measure):
    """What memory costs before its first use: 64 MiB of new pages from the kernel at each call, or the same ones."""
    size = 2**26
    memory = torch.zeros(size, dtype=torch.uint8)

    def fill():
        if pages == "kept":
            return memory.fill_(1)
        new = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # as malloc asks for them
        return torch.frombuffer(new, dtype=torch.uint8).fill_(1)

    def check(filled):
        assert filled.sum() == size
        return {"bytes_moved": size}

    measure({"case": "64 MiB"}, "ceiling", f"fill, {pages} pages", fill, check)


@pytest.mark.quick
def test_matmul(place, measure):
    """The ceiling of a lookup by one-hot product: this machine's float32 matrix product."""
    size = 1024 if place.device == "cpu" else 8192  # large enough that the launch does not count
    X = torch.eye(size, device=place.device).flip(0)
    W = torch.randn(size, size, generator=torch.Generator().manual_seed(0)).to(place.device)

    def check(product):
        assert torch.equal(product, W.flip(0))
        return {"operations": 2 * size**3}

    measure({"case": f"{size} x {size}"}, "ceiling", "matrix product", partial(torch.matmul, X, W), check)


@pytest.mark.quick
def test_smallest_operation(names, measure):
    """The floor under everything small: one operation on the table of 729 numbers."""

    def check(total):
        assert torch.equal(total, 2 * names.W)
        return {"bytes_moved": 3 * 4 * names.W.numel()}

    measure({"case": "27 x 27"}, "floor", "one addition", partial(torch.add, names.W, names.W), check)
