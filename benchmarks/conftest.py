"""How a case is timed: in alternation with the case that it is compared with. The rest is plain pytest-benchmark.

pytest benchmarks/                       the question: one-hot against W[xs], then the loss in its forms
pytest benchmarks/bench_*.py             everything; or name the files, or choose by marks:
pytest benchmarks/ -m sizes              the same question at other V, n and orders
pytest benchmarks/ -m lab                the lab: its first page, a click, a class at once
pytest benchmarks/ --keep                add the times to benchmarks/results/, and redraw tables and figures
pytest benchmarks/ --threads 8           with eight threads; without it, with one
pytest benchmarks/ --benchmark-disable   nothing is timed, every case is checked

On a machine that others use, too, `--benchmark-timer=time.process_time` counts only the time of the processor
for this process. With more than one thread, it adds up the times of all threads. It does not see the time of a GPU.
"""

import time
from pathlib import Path
from pkgutil import resolve_name

import pytest
import torch

import bigram
from benchmarks import report
from benchmarks.cases import QUESTION, SIZES, build

ROWS = pytest.StashKey[list[dict]]()
SHORT = 0.01  # seconds; a shorter call is made once before it is timed, so that its data are in the caches
MOST_ROUNDS = 500
NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no CUDA GPU here.")


def pytest_addoption(parser):
    parser.addoption("--threads", type=int, default=1, help="the threads of PyTorch on the CPU (1)")
    parser.addoption("--keep", action="store_true", help="write the times to benchmarks/results/")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.stash[ROWS] = []
    config.addinivalue_line("markers", "question: what `pytest benchmarks/` alone times")
    config.addinivalue_line("markers", "sizes: the same at other V, n and orders")
    config.addinivalue_line("markers", "lab: how quick the lab is, also for a class")
    torch.set_num_threads(config.getoption("threads"))
    if float(config.option.benchmark_max_time) == 1:  # not asked for otherwise
        config.option.benchmark_max_time = "0.5"  # seconds a case: the question in a minute
    if not getattr(config.option, "benchmark_columns", True):
        config.option.benchmark_columns = ["min", "median", "iqr", "rounds"]


def pytest_collection_modifyitems(config, items):
    """A folder alone selects the first question. Without a GPU, CUDA cases are listed only if they were selected."""
    option = config.option
    untimed = option.benchmark_disable and not getattr(option, "codspeed", False)
    chosen = option.markexpr or option.keyword or untimed or any(".py" in argument for argument in config.args)

    def wanted(item):
        if item.path.parent != Path(__file__).parent:
            return True
        without_gpu = not torch.cuda.is_available() and "cuda" not in option.markexpr
        return (chosen or item.get_closest_marker("question")) and not (without_gpu and item.get_closest_marker("cuda"))

    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = filter(wanted, items)


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=[pytest.mark.cuda, NO_GPU])])
def device(request):
    return request.param


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.question if name in QUESTION else pytest.mark.sizes) for name in SIZES]
)
def case(request, device):
    return build(request.param, device)


@pytest.fixture
def names(device):
    """The real list alone: the 32,257 names of us-2018 as bigrams."""
    return build("names", device)


@pytest.fixture(scope="session")
def words():
    return bigram.load("us-2018")


@pytest.fixture(scope="session")
def vocab(words):
    return bigram.Vocab.from_words(words)


@pytest.fixture
def repeats(request):
    """How often a test looks whether all bits are the same: ten times, or once again where nothing is timed."""
    return 2 if request.config.option.benchmark_disable else 10


@pytest.fixture
def record(benchmark, request):
    """A function that records the seconds of some rounds, and those of the base in the same rounds."""

    def record(work, method, seconds, base=(), than=None, **facts):
        if getattr(benchmark, "disabled", True):  # nothing is timed, or CodSpeed does it in its own way
            return
        row = {"work": work, "method": method, "device": "cpu", "threads": torch.get_num_threads(), **facts}
        row |= report.ratio(seconds, base) | {"than": than} if base else {}
        row |= {"MB_s": facts["bytes"] / report.middle(seconds)["median"] / 1e6} if "bytes" in facts else {}
        benchmark.extra_info |= row
        request.config.stash[ROWS].append(row | report.middle(seconds))

    return record


@pytest.fixture
def compare(benchmark, record, request):
    """A function that times another, each round right after a round of the `base` that it is compared with.

    `than` names the base. `facts` are recorded with the times. On a GPU, a call ends when its work is done.
    """

    def compare(work, method, function, base=None, than=None, **facts):
        benchmark.group = ", ".join(str(facts[key]) for key in ("case", "device") if key in facts)
        benchmark.group = f"{work}: {benchmark.group}"
        function, base = (f and finished(f, facts.get("device")) for f in (function, base))
        if request.config.option.benchmark_disable and not getattr(request.config.option, "codspeed", False):
            benchmark(lambda: None)  # the test has run it, and checked its value
            return
        if getattr(benchmark, "disabled", True):  # CodSpeed counts its instructions
            benchmark(function)
            return
        option, before = request.config.option, []
        timer = resolve_name(option.benchmark_timer)

        def timed(f):
            start = timer()
            f()
            return timer() - start

        def warm(f):
            if once[f] < SHORT:
                f()

        def turn():
            if base:
                warm(base)
                before.append(timed(base))
            warm(function)

        once = {f: timed(f) for f in (function, base) if f}
        rounds = int(float(option.benchmark_max_time) / sum(once.values()))
        rounds = min(max(rounds, option.benchmark_min_rounds), MOST_ROUNDS)
        if timer is not time.perf_counter:
            facts["timer"] = timer.__name__
        benchmark.pedantic(function, setup=turn, rounds=rounds)
        record(work, method, benchmark.stats.stats.data, before, than, **facts)

    return compare


def finished(function, device):
    """The function itself; on a GPU, the function and the wait for its end."""

    def synchronised():
        function()
        torch.cuda.synchronize()

    return synchronised if device == "cuda" else function


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    """The answer: each time, how many times as fast it is as the first of its kind, and the interval of this ratio."""
    if rows := config.stash[ROWS]:
        terminalreporter.section("times as fast, with a 95% interval; ~ where it holds 1")
        terminalreporter.write_line(report.as_text(rows))
    if rows and config.getoption("keep"):
        terminalreporter.write_line(f"Kept in {report.keep(rows)}.")
