"""One table for all threads to add into: the backward of a lookup with 1 to all threads, and with its bits held fixed.

With more than one thread the additions of `W[xs]` come in no fixed order, so the bits of the gradient may differ from
call to call; `torch.use_deterministic_algorithms(True)` fixes the order, at a price.
"""

import os
from functools import partial

import pytest
import torch

from benchmarks.bench_lookup import LOOKUPS, check_gradient, check_rows, inputs, rows_and_gradient
from benchmarks.cases import build
from benchmarks.report import BOTH

THREADS = [n for n in (1, 2, 4, 8, 16, 32, 64) if n < os.cpu_count()] + [os.cpu_count()]


def with_threads(n, function):
    """The same function, which sets the number of threads first."""

    def run():
        torch.set_num_threads(n)
        return function()

    return run


def fixed_order(function):
    """The same function under deterministic algorithms."""

    def run():
        torch.use_deterministic_algorithms(True)
        try:
            return function()
        finally:
            torch.use_deterministic_algorithms(False)

    return run


@pytest.fixture(params=["names", "one letter"])
def case(request):
    threads = torch.get_num_threads()
    yield build(request.param)
    torch.set_num_threads(threads)


def gradient_of_weighted(way, W, x):
    """A gradient that the order of adding can round: no two examples give a row the same to add."""
    weights = torch.linspace(0, 1, len(x))[:, None]
    return torch.autograd.grad((way(W, x) * weights).sum(), W)[0]


@pytest.mark.parametrize("n", THREADS)
@pytest.mark.parametrize("method", LOOKUPS)
def test_threads(method, n, case, compare):
    """Forward + backward with n threads, and with one."""
    W, x = case.W.clone().requires_grad_(), inputs(method, case)
    run = partial(rows_and_gradient, LOOKUPS[method], W, x)
    torch.set_num_threads(n)
    rows, gradient = run()
    check_rows(rows, case)
    check_gradient(gradient, case)
    first, *others = (gradient_of_weighted(LOOKUPS[method], W, x) for _ in range(10))
    same = all(torch.equal(first, other) for other in others)
    base = with_threads(1, run) if n > 1 else None
    facts = case.facts | {"same_bits": same}
    compare(f"threads, {BOTH}", method, with_threads(n, run), base, base and "itself with 1 thread", **facts)


@pytest.mark.parametrize("method", list(LOOKUPS)[2:])
def test_fixed_order(method, case, compare):
    """Forward + backward with all threads, in a fixed order of additions, and in any."""
    torch.set_num_threads(THREADS[-1])
    W = case.W.clone().requires_grad_()
    run = partial(rows_and_gradient, LOOKUPS[method], W, case.xs)
    rows, gradient = fixed_order(run)()
    check_rows(rows, case)
    check_gradient(gradient, case)
    weighted = fixed_order(partial(gradient_of_weighted, LOOKUPS[method], W, case.xs))
    assert torch.equal(weighted(), weighted())
    compare("deterministic algorithms", method, fixed_order(run), run, "as usual", **case.facts)
