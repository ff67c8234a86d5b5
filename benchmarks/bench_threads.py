"""Several threads add into one table: the backward of a lookup with 1 to all threads, and with fixed bits.

And busy neighbours: what takes longer, with the threads that PyTorch chooses, when the other cores are busy?

With more than one thread, the additions of `W[xs]` have no fixed order, so the bits of the gradient may differ from
call to call; `torch.use_deterministic_algorithms(True)` fixes the order.
"""

import os
import signal
import subprocess
import sys
from functools import partial

import pytest
import torch

import bigram
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
    """A gradient whose rounding depends on the order of additions: no two examples add the same numbers to a row."""
    weights = torch.linspace(0, 1, len(x))[:, None]
    return torch.autograd.grad((way(W, x) * weights).sum(), W)[0]


@pytest.mark.parametrize("n", THREADS)
@pytest.mark.parametrize("method", LOOKUPS)
def test_threads(method, n, case, compare, repeats):
    """Forward + backward with n threads, and with one."""
    W, x = case.W.clone().requires_grad_(), inputs(method, case)
    run = partial(rows_and_gradient, LOOKUPS[method], W, x)
    torch.set_num_threads(n)
    rows, gradient = run()
    check_rows(rows, case)
    check_gradient(gradient, case)
    first, *others = (gradient_of_weighted(LOOKUPS[method], W, x) for _ in range(repeats))
    same = all(torch.equal(first, other) for other in others)
    base = with_threads(1, run) if n > 1 else None
    facts = case.facts | {"same_bits": same}
    compare(f"threads, {BOTH}", method, with_threads(n, run), base, base and "itself with 1 thread", **facts)


@pytest.mark.parametrize("method", list(LOOKUPS)[2:])
def test_fixed_order(method, case, compare):
    """Forward + backward with all threads: in a fixed order of additions, compared with any order."""
    torch.set_num_threads(THREADS[-1])
    W = case.W.clone().requires_grad_()
    run = partial(rows_and_gradient, LOOKUPS[method], W, case.xs)
    rows, gradient = fixed_order(run)()
    check_rows(rows, case)
    check_gradient(gradient, case)
    weighted = fixed_order(partial(gradient_of_weighted, LOOKUPS[method], W, case.xs))
    assert torch.equal(weighted(), weighted())
    compare("deterministic algorithms", method, fixed_order(run), run, "as usual", **case.facts)


def count_names(words, vocab, order=2):
    return bigram.count(*bigram.ngrams(words, vocab, order), len(vocab), order)


def steps_of_descent(words, vocab):
    """Ten steps, so that two signals to a neighbour are short beside them."""
    descent = bigram.descend(bigram.closed_form(count_names(words, vocab)), bigram.initial_weights(27), 10**6)
    return lambda: [next(descent) for _ in range(10)][-1][1]


def draw_names(words, vocab):
    return partial(bigram.sample, bigram.probabilities(count_names(words, vocab), 1.0), vocab, 100, 7)


BESIDE = {
    "count the names": lambda *names: partial(count_names, *names),
    "count the names, order 4": lambda *names: partial(count_names, *names, 4),
    "10 steps by counts": steps_of_descent,
    "draw 100 names": draw_names,
}


@pytest.fixture
def neighbours():
    """A process for each core but one. Each is stopped until it gets the signal to continue."""
    found = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() - 1)]
    tell(found, signal.SIGSTOP)
    threads = torch.get_num_threads()
    yield found
    torch.set_num_threads(threads)
    for process in found:
        process.kill()
        process.wait()


def tell(processes, what):
    for process in processes:
        process.send_signal(what)


@pytest.mark.parametrize("method", BESIDE)
def test_busy_neighbours(method, neighbours, words, vocab, compare):
    """With all threads while every other core is busy, against one thread on a machine that does nothing else."""
    run = BESIDE[method](words, vocab)

    def beside():
        tell(neighbours, signal.SIGCONT)
        torch.set_num_threads(THREADS[-1])
        result = run()
        tell(neighbours, signal.SIGSTOP)
        return result

    assert torch.is_tensor(beside()) or len(run()) == 100
    compare("beside busy neighbours", method, beside, with_threads(1, run), "quiet, 1 thread", case="names")
