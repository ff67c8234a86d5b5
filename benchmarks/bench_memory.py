"""How much memory a form needs, and what new memory costs at its first use.

A large tensor is often new memory from the kernel, which finds and clears each page at its first use. Forms that
build a matrix of n rows at each call pay this price at each call, and their times include it.
"""

import mmap
import tracemalloc

import pytest
import torch
from torch.autograd.profiler import profile

from benchmarks.bench_nll import FIRST, METHODS, check, value_and_gradient


def peak_memory(function, device="cpu") -> int:
    """The peak memory of a call in bytes, beyond what was in use before.

    On the CPU, PyTorch's tracked allocations and Python's (NumPy's are among these), each at its own peak.
    """
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        function()
        return torch.cuda.max_memory_allocated() - before
    tracemalloc.start()
    with profile(profile_memory=True) as tracked:
        function()
    python = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = peak = 0
    for event in sorted(tracked.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            held += event.nbytes()
            peak = max(peak, held)
    return python + peak


@pytest.mark.parametrize("method", METHODS)
def test_memory_of_a_form(method, names, device, compare):
    """Forward + backward, with its peak memory."""
    run = value_and_gradient(method, names)
    check(run(), method, names)
    peak = peak_memory(run, device)
    base = FIRST if method != FIRST else None
    compare("memory", method, run, base and value_and_gradient(base, names), base, **names.facts, peak_bytes=peak)


def test_new_pages(compare):
    """Filling 64 MiB: with new pages from the kernel at each call, or with the same pages."""
    size = 2**26
    kept = torch.zeros(size, dtype=torch.uint8)

    def fill_new():
        new = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # as malloc asks for them
        return torch.frombuffer(new, dtype=torch.uint8).fill_(1)

    def fill_kept():
        return kept.fill_(1)

    assert fill_new().sum() == fill_kept().sum() == size
    compare("fill", "kept pages", fill_kept, fill_new, "new pages", case="64 MiB")
