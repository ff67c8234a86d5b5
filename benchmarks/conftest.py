"""What all benchmarks share: the data they run on, where they run, how a case is timed, and the ratios at the end.

    pytest benchmarks/                        everything, timed
    pytest benchmarks/ --benchmark-disable    no timing: every case once, as a correctness test

A case asserts its value, and its gradient where it has one, against a float64 reference; only then is it timed. No
test asserts a time: the ratios that the project promises are printed after the run, computed from that run.
"""

from typing import NamedTuple

import jaxtyping
import pytest
import torch
from torch import Tensor

import bigram

ALL_THREADS = torch.get_num_threads()
MEDIANS = pytest.StashKey[dict]()

# What a project that promises speed must show, always from one run: (slow, fast, the promised ratio, a sentence).
PROMISES = [
    (
        "step, lecture",
        "step, counts in closed form",
        400,
        "a step by counts (gradient in closed form) is {} the lecture's",
    ),
    ("step, lecture", "step, counts", None, "a step by counts (gradient by autograd) is {} the lecture's"),
    ("count, lecture", "count, ours", 800, "ngrams + count is {} the lecture's N[ix1, ix2] += 1"),
    ("count, counter", "count, ours", 10, "ngrams + count is {} collections.Counter"),
    (
        "sample, lecture",
        "sample, ours",
        40,
        "a character of 10,000 sampled names is {} the multinomial loop's",
    ),
]


class Corpus(NamedTuple):
    """The examples of a word list, and weights to score them with."""

    words: list[str]
    vocab: bigram.Vocab
    xs: Tensor  # (n,)
    ys: Tensor  # (n,)
    N: Tensor  # (C, V)
    W: Tensor  # (C, V) float32


@pytest.fixture(scope="session")
def names() -> Corpus:
    """The real corpus: the 32,257 names of us-2018 as bigrams."""
    words = bigram.load("us-2018")
    vocab = bigram.Vocab.from_words(words)
    xs, ys = bigram.ngrams(words, vocab)
    return Corpus(words, vocab, xs, ys, bigram.count(xs, ys, len(vocab)), bigram.initial_weights(len(vocab)))


@pytest.fixture(params=sorted({1, ALL_THREADS}), ids="{}-threads".format)
def threads(request):
    """One thread and all threads, apart."""
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(ALL_THREADS)


@pytest.fixture(autouse=True)
def unchecked_shapes(request):
    """A user's call does not check shapes, so neither does a timed one. Untimed runs keep the checks."""
    jaxtyping.config.update("jaxtyping_disable", not request.config.getoption("benchmark_disable"))
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def measure(benchmark, request):
    """Time a function under a title, return its result. `rounds`: few, for a slow one; `units`: done per call."""

    def measure(title, function, *arguments, rounds=None, units=1, **info):
        benchmark.group = title.split(",")[0]
        benchmark.extra_info.update(title=title, units=units, torch=torch.__version__, **info)
        result = benchmark.pedantic(function, arguments, rounds=rounds) if rounds else benchmark(function, *arguments)
        if benchmark.enabled:
            key = title, info.get("threads", 1)
            request.config.stash[MEDIANS][key] = benchmark.stats.stats.median / units
        return result

    return measure


def pytest_configure(config):
    config.stash[MEDIANS] = {}


def pytest_terminal_summary(terminalreporter, config):
    """The promised ratios of this run. What ran on one thread only is compared with both."""
    medians = config.stash[MEDIANS]
    lines = []
    for slow, fast, promise, sentence in PROMISES:
        for threads in sorted({1, ALL_THREADS}):
            before, after = medians.get((slow, threads), medians.get((slow, 1))), medians.get((fast, threads))
            if before and after:
                promised = f" (promised: {promise}x)" if promise else ""
                speed = sentence.format(f"{before / after:,.0f}x faster than")
                lines.append(f"{threads} thread{'s' * (threads > 1)}: {speed}{promised}")
    if lines:
        terminalreporter.section("ratios of this run's medians")
        terminalreporter.write("\n".join(lines) + "\n")
