"""What the machine does to a time, besides the work: memory that is new, a GPU that runs behind, neighbours.

Two runs agree only where these are held still or, where they cannot be, noted beside the time.
"""

import ctypes
import functools
import platform
import statistics
import time

import torch

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # mallopt(3)
PATIENCE, NAP = 0.2, 0.5  # the share of a whole run that may be waiting, and seconds at a time
AS_USUAL = 1.2  # times the quickest


def keep_memory() -> None:
    """Freed memory stays in the process, where the C library is glibc; elsewhere nothing changes.

    An array of more than 32 MiB would otherwise get new pages from the kernel at each call, or an old place in the
    heap, as it happens: up to ten times the time, or not. `bench_lookup.py` has the price of new pages as its own case.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, -1)  # never give back


def finished(function, device):
    """The function itself; on a GPU, the function and the wait for its end."""
    if device == "cpu":
        return function

    def synchronised():
        result = function()
        torch.cuda.synchronize()
        return result

    return synchronised


@functools.cache
def small_jobs(device) -> dict:
    """Four small jobs by name; the second and the third are as large as some caches."""
    square, cached, few = (torch.zeros(size, device=device) for size in ((512, 512), 3 * 2**21, 729))
    scattered, one = torch.arange(50_000, device=device) * 7919 % 729, torch.ones((), device=device)
    jobs = {
        "matrix product": lambda: square @ square,
        "loop": lambda: [i * i for i in range(10_000)],
        "fill of 24 MiB": lambda: cached.fill_(1),
        "additions into 729 numbers": lambda: few.index_put_((scattered,), one, accumulate=True),
    }
    return {name: finished(job, device) for name, job in jobs.items()}


def pace(device) -> dict[str, float]:
    """Seconds that each small job takes now.

    On a shared machine they change from minute to minute: with what the neighbours leave of the cores and of the
    cache, and, for the additions, with what it costs two cores just now to write to the same place.
    """
    medians = {}
    for name, job in small_jobs(device).items():
        seconds = []
        for _ in range(7):
            start = time.perf_counter()
            job()
            seconds.append(time.perf_counter() - start)
        medians[name] = statistics.median(seconds)
    return medians


class Patience:
    """Waits while a neighbour slows the CPU down, so that cases to compare are timed alike."""

    def __init__(self, share: float = PATIENCE):
        self.share, self.started, self.waited, self.quickest = share, time.perf_counter(), 0.0, {}

    def wait(self, place) -> dict[str, float]:
        """The pace, once product and loop are about as quick as at their quickest, or once patience ends."""
        while True:
            now = pace(place.device)
            quick = True
            for job in ("matrix product", "loop"):
                best = self.quickest[place, job] = min(now[job], self.quickest.get((place, job), now[job]))
                quick = quick and now[job] < AS_USUAL * best
            if quick or place.device != "cpu" or self.waited >= self.share * (time.perf_counter() - self.started):
                return now
            time.sleep(NAP)
            self.waited += NAP
