"""What all benchmarks share: the cases, the places they run in, how a case is checked and timed, the ratios at the end.

    pytest benchmarks/                           everything, timed
    pytest benchmarks/ -k quick                  the names at order 2 only, with one thread, without the slower peers
    pytest benchmarks/ --benchmark-disable       no timing: every case once, as a correctness test
    pytest benchmarks/ --turns 8                 everything eight times, in turn: what changes within one process;
                                                 two started at once take turns, too
    pytest benchmarks/ --benchmark-json=run.json and then: python benchmarks/report.py run.json

A case first asserts its value, and its gradient where it has one, against a float64 reference; only then is it timed.
No test asserts a time: the promised ratios are printed after the run, computed from that run. The data stay warm in
the caches, as they do in a training loop that meets the same examples at each step, and freed memory stays in the
process. On a GPU the timed body ends with a synchronisation, and products are true float32, not TF32.
"""

import functools
import getpass
import tempfile
import time
import tracemalloc
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from filelock import FileLock
from torch import Tensor
from torch.autograd.profiler import profile

import bigram
from benchmarks.machine import Patience, finished, keep_memory, pace
from bigram.nll import LARGEST_ONEHOT

torch.set_float32_matmul_precision("highest")
SLOW, SLOWER, SLOWEST = 0.2, 1.0, 3.0  # seconds: what takes longer is timed five times, three times, once
MEDIANS, TURN = pytest.StashKey[dict](), pytest.StashKey[FileLock]()

keep_memory()

# What this project promises, as (work, case, slow method, fast method, ratio, sentence), all from one run.
PROMISES = [
    (
        "step",
        "names",
        "lecture",
        "counts, closed form",
        400,
        "a step by counts (closed-form gradient) is {} the lecture's",
    ),
    ("step", "names", "lecture", "counts", None, "a step by counts (gradient by autograd) is {} the lecture's"),
    ("count", "names", "lecture", "ours", 800, "ngrams + count is {} the lecture's N[ix1, ix2] += 1"),
    ("count", "names", "Counter", "ours", 10, "ngrams + count is {} collections.Counter"),
    ("sample", "1,000 names", "lecture", "ours", 40, "a sampled character is {} the lecture's torch.multinomial"),
]


class Place(NamedTuple):
    """Where a case runs: the CPU with one thread or with all, or the GPU."""

    name: str
    device: str
    threads: int


ALL_THREADS = torch.get_num_threads()
CPU = [Place(f"{n} thread{'s' * (n > 1)}", "cpu", n) for n in sorted({1, ALL_THREADS})]
GPU = [Place("cuda", "cuda", ALL_THREADS)] if torch.cuda.is_available() else []


class Spec(NamedTuple):
    """A case in words: how many examples, over how many characters, at which order, drawn from what."""

    name: str
    n: int | None
    V: int
    order: int
    letters: str  # "names", the real ones; "uniform"; "one", a single letter over and over


SPECS = [
    Spec("names", None, 27, 2, "names"),
    Spec("order 3", None, 27, 3, "names"),
    Spec("order 4", None, 27, 4, "names"),
    Spec("order 4, few examples", 1_000, 27, 4, "names"),
    *(Spec(f"n = {n:,}", n, 27, 2, "names") for n in (1_000, 10_000, 100_000, 228_146)),
    *(Spec(f"V = {V:,}", 20_000, V, 2, "uniform") for V in (27, 64, 128, 256, 512, 1024)),
    Spec("uniform letters", 228_146, 27, 2, "uniform"),
    Spec("one letter", 228_146, 27, 2, "one"),
]


@dataclass(frozen=True, eq=False)
class Case:
    """Examples on a device, weights to score them with, and the float64 reference for value and gradient."""

    name: str
    V: int
    order: int
    xs: Tensor  # (n,)
    ys: Tensor  # (n,)

    @functools.cached_property
    def N(self) -> Tensor:
        return bigram.count(self.xs, self.ys, self.V, self.order)

    @functools.cached_property
    def W(self) -> Tensor:
        return bigram.initial_weights(self.V, self.order, device=self.xs.device.type)

    @functools.cached_property
    def loss(self) -> Tensor:
        """Picked from the rows' log-sum-exp in float64: none of the forms under test."""
        W = self.W.double()
        return (W.logsumexp(1)[self.xs] - W[self.xs, self.ys]).mean()

    @functools.cached_property
    def gradient(self) -> Tensor:
        """The same, differentiated example by example."""
        W = self.W.double().requires_grad_()
        return torch.autograd.grad((W.logsumexp(1)[self.xs] - W[self.xs, self.ys]).mean(), W)[0]

    @property
    def description(self) -> dict:
        return {"case": self.name, "n": len(self.xs), "V": self.V, "C": len(self.W), "order": self.order}


@functools.cache
def build(spec: Spec, device: str) -> Case:
    """The case that a Spec describes."""
    if spec.letters == "names":
        words = bigram.load("us-2018")
        xs, ys = bigram.ngrams(words, bigram.Vocab.from_words(words), spec.order)
        xs, ys = xs[: spec.n], ys[: spec.n]
    elif spec.letters == "uniform":
        xs, ys = torch.randint(spec.V, (2, spec.n), generator=torch.Generator().manual_seed(spec.V))
    else:
        xs = ys = torch.ones(spec.n, dtype=torch.int64)
    return Case(spec.name, spec.V, spec.order, xs.to(device), ys.to(device))


@pytest.fixture(params=[pytest.param(s, id=s.name, marks=[pytest.mark.quick] * (s.name == "names")) for s in SPECS])
def case(request, place):
    return build(request.param, place.device)


@pytest.fixture
def names(place):
    """The real corpus alone: the 32,257 names of us-2018 as bigrams."""
    return build(SPECS[0], place.device)


@pytest.fixture
def affords_onehot(case, request):
    """Skips where the one-hot matrix, int64 and then float32, is too large; in an untimed run, where it takes long."""

    def skip_if_too_large():
        size = len(case.xs) * len(case.W) * 12
        most = LARGEST_ONEHOT // (16 if request.config.getoption("benchmark_disable") else 1)
        if size > most:
            sizes = f"needs {size / 2**30:.1f} GiB, more than the {most / 2**30:g} GiB of this kind of run"
            pytest.skip(f"The one-hot matrix of {case.name} {sizes}.")

    return skip_if_too_large


@pytest.fixture(scope="session")
def words():
    return bigram.load("us-2018")


@pytest.fixture(scope="session")
def vocab(words):
    return bigram.Vocab.from_words(words)


@pytest.fixture
def place(request):
    """One thread, all threads, the GPU: see `pytest_generate_tests`."""
    torch.set_num_threads(request.param.threads)
    yield request.param
    torch.set_num_threads(ALL_THREADS)


@pytest.fixture(scope="session")
def patience(request):
    """A quick run does not wait."""
    return Patience(0.0) if request.config.getoption("keyword") == "quick" else Patience()


@pytest.fixture
def measure(benchmark, place, patience, request):
    """A function that checks another, times it, and notes what the report needs."""

    def measure(description, work, method, function, check, again=None, bits=None, units=1, thorough=False, once=False):
        """Time `function` as `method` of doing `work`.

        `check` asserts its first result, and may return more to note. `again`, for a function whose calls differ
        (a step changes W), does from the start what the first call does. `bits` gives what is compared bit for bit
        from call to call, where the result itself could not differ. `units`: how many things one call does.
        `thorough`: compare ten calls in place of two, and note the peak memory of one. `once`: for what is so slow
        that its only run is timed and checked.
        """
        function = finished(function, place.device)
        again = finished(again, place.device) if again else function
        benchmark.group = f"{work}: {description['case']}, {place.name}"
        benchmark.extra_info = {
            "work": work,
            "method": method,
            **description,
            "place": place.name,
            "device": torch.cuda.get_device_name() if place.device == "cuda" else "cpu",
            "threads": place.threads,
            "torch": torch.__version__,
            "units": units,
        }

        def paced(timing):
            before = patience.wait(place)
            result = timing()
            benchmark.extra_info["pace"] = before, pace(place.device)
            return result

        if benchmark.disabled:
            check(benchmark.pedantic(again))
        elif once:
            benchmark.extra_info |= check(paced(partial(benchmark.pedantic, again))) or {}
        else:
            if place.device == "cuda":
                again()  # a GPU loads its kernels in a first call
            start = time.perf_counter()
            first = again()
            seconds = time.perf_counter() - start
            benchmark.extra_info |= check(first) or {}
            slow, rounds = seconds > SLOW, 1 if seconds > SLOWEST else 3 if seconds > SLOWER else 5
            last = paced(partial(benchmark.pedantic, function, rounds=rounds) if slow else partial(benchmark, function))
            runs = 10 if thorough and not slow else 2
            if bits:
                first, *others = (bits() for _ in range(runs))
            else:
                others = [last] if slow and function is again else (again() for _ in range(runs - 1))
            benchmark.extra_info |= {"runs": runs, "deterministic": all(same(first, other) for other in others)}
            if thorough:
                benchmark.extra_info["peak_bytes"] = peak_memory(again, place.device)
        if benchmark.enabled:
            key = work, method, description["case"], place.name
            request.config.stash[MEDIANS][key] = benchmark.stats.stats.median / benchmark.extra_info["units"]

    return measure


def same(first, second) -> bool:
    """Equal to the last bit."""
    if isinstance(first, Tensor):
        return torch.equal(first, second)
    if isinstance(first, tuple):
        return all(map(same, first, second))
    return bool(np.all(first == second))


def peak_memory(function, device) -> int:
    """The most bytes that a call held at once beyond what was there before.

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


def pytest_addoption(parser):
    parser.addoption("--turns", type=int, default=1, help="go through all cases so many times, in one process")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """Processes that time in turn take turns with each other: while one goes through all cases, the others wait."""
    if TURN not in item.config.stash:
        return (yield)
    turn, first = item.config.stash[TURN], item.session.items[0]
    if item is first:
        turn.acquire(poll_interval=0.05)
    result = yield
    if nextitem in (first, None):
        turn.release()
        time.sleep(0.2)  # longer than the others' poll: the next one has it
    return result


@pytest.hookimpl(tryfirst=True, specname="pytest_runtest_protocol")
def pytest_repeat_a_single_case(item, nextitem):
    """pytest keeps what the next test shares with this one, which is all of it where both are the same."""
    if nextitem is item:
        return item.ihook.pytest_runtest_protocol(item=item, nextitem=None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    items *= config.getoption("turns")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Defaults for hundreds of cases: a fifth of a second each, the robust columns, and why a case was skipped."""
    config.stash[MEDIANS] = {}
    if config.getoption("turns") > 1:
        config.stash[TURN] = FileLock(Path(tempfile.gettempdir(), f"bigram-benchmarks-{getpass.getuser()}.lock"))
    if config.option.benchmark_max_time == "1.0":
        config.option.benchmark_max_time = "0.2"
    config.option.benchmark_columns = config.option.benchmark_columns or ["median", "iqr", "rounds", "iterations"]
    config.option.reportchars += "s"
    config.addinivalue_line("markers", "quick: one of the cases of `-k quick`")
    config.addinivalue_line("markers", "cpu(threads): not for a GPU; with this many threads only, where it says so")


def pytest_generate_tests(metafunc):
    """In each place there is. Of the CPU, a quick run takes one thread only, and an untimed run all: the same code."""
    if "place" in metafunc.fixturenames:
        places = CPU + GPU
        if metafunc.config.getoption("keyword") == "quick":
            places = CPU[:1] + GPU
        elif metafunc.config.getoption("benchmark_disable"):
            places = CPU[-1:] + GPU
        if cpu := metafunc.definition.get_closest_marker("cpu"):
            places = [place for place in places if place.device == "cpu"]
            if cpu.args:
                places = [Place("1 thread", "cpu", *cpu.args)]
        metafunc.parametrize("place", places, ids=[place.name for place in places], indirect=True)


def pytest_terminal_summary(terminalreporter, config):
    """The promised ratios of this run. What ran on one thread only is compared with every place."""
    medians = config.stash[MEDIANS]
    if not medians:
        return
    terminalreporter.section("ratios of this run's medians")
    for work, case, slow, fast, promise, sentence in PROMISES:
        for place in CPU + GPU:
            after = medians.get((work, fast, case, place.name))
            before = medians.get((work, slow, case, place.name)) or medians.get((work, slow, case, "1 thread"))
            if before and after:
                promised = f" (promised: {promise}x)" if promise and place in CPU else ""
                speed = sentence.format(f"{before / after:,.0f}x faster than")
                terminalreporter.line(f"{place.name}: {speed}{promised}")
    if not GPU:
        terminalreporter.line("PyTorch sees no CUDA GPU here: nothing ran on one.")
