"""Words to counts: the lecture's loop into a tensor, the standard library, two peers, ours.

The text of 100 MB is the names over and over, so its counts are known: those of the names, times the repeats.
The peers are an extra, `pip install -e '.[bench]'`; where one is missing its case skips and says so.
"""

import time
from collections import Counter
from functools import partial

import pytest
import torch

import bigram

LONGEST = 60  # seconds: what would need more for the long text is skipped


def lecture(words, vocab):
    """The loop as the lecture writes it: one tensor element at a time."""
    stoi = {s: i for i, s in enumerate(vocab.chars)}
    N = torch.zeros((len(vocab), len(vocab)), dtype=torch.int32)
    for w in words:
        chs = ["."] + list(w) + ["."]  # noqa: RUF005
        for ch1, ch2 in zip(chs, chs[1:]):  # noqa: RUF007
            ix1 = stoi[ch1]
            ix2 = stoi[ch2]
            N[ix1, ix2] += 1
    return N


def counter(words, vocab):
    """The idiom of the standard library: a Counter over zipped words."""
    return Counter(pair for word in words for pair in zip("." + word, word + "."))


def scikit_learn(words, vocab):
    """One document, `.emma.olivia.`: the kindest way to ask; a document per word takes longer."""
    text = pytest.importorskip("sklearn.feature_extraction.text", reason=MISSING.format("scikit-learn"))
    vectorizer = text.CountVectorizer(analyzer="char", ngram_range=(2, 2), lowercase=False)
    counts = vectorizer.fit_transform(["." + ".".join(words) + "."]).sum(0)
    return Counter({tuple(pair): int(counts[0, i]) for pair, i in vectorizer.vocabulary_.items()})


def nltk(words, vocab):
    """The counts inside every model of nltk.lm."""
    lm = pytest.importorskip("nltk.lm", reason=MISSING.format("nltk"))
    counts = lm.NgramCounter(zip("." + word, word + ".") for word in words)
    return Counter({(first, second): k for (first,), row in counts[2].items() for second, k in row.items()})


def ours(words, vocab):
    return bigram.count(*bigram.ngrams(words, vocab), len(vocab))


MISSING = "{} is not installed; pip install -e '.[bench]' brings it."
METHODS = {"lecture": lecture, "Counter": counter, "scikit-learn": scikit_learn, "nltk": nltk}


def as_tensor(N, vocab):
    """Any of the results as the table of counts."""
    if isinstance(N, Counter):
        return torch.tensor([[N[first, second] for second in vocab.chars] for first in vocab.chars])
    return N.long()


@pytest.fixture(scope="session")
def long_text(words, vocab, request):
    """The names over and over, as often as makes 100 MB (a few of them twice in an untimed run), and their counts."""
    if request.config.getoption("benchmark_disable"):
        words, repeats = words[:1_000], 2
    else:
        repeats = 10**8 // sum(len(word) + 1 for word in words)
    return words * repeats, as_tensor(counter(words, vocab), vocab) * repeats


def describe(name, N):
    return {"case": name, "n": N.sum().item(), "V": len(N), "C": len(N), "order": 2}


def traffic(N):
    """Bytes moved at the least: the text read, a byte a character, and the table written."""
    return {"bytes_moved": N.sum().item() + 8 * N.numel()}


@pytest.mark.cpu(1)
@pytest.mark.parametrize(
    "method", [pytest.param(m, marks=[pytest.mark.quick] * (m in ("lecture", "Counter"))) for m in METHODS]
)
def test_others(method, words, vocab, names, measure):
    """The bigrams of the names, one at a time. All counts are equal to ours, to the last one."""

    def check(N):
        assert torch.equal(as_tensor(N, vocab), names.N)
        return traffic(names.N)

    thorough = method in ("Counter", "scikit-learn")  # the tracking of the other two takes longer than their work
    METHODS[method](words[:1], vocab)  # a peer is imported in its first call, which is not to be timed
    units = len(names.xs)
    run = partial(METHODS[method], words, vocab)
    measure(describe("names", names.N), "count", method, run, check, units=units, thorough=thorough)


@pytest.mark.quick
@pytest.mark.cpu
def test_ours(words, vocab, names, measure):
    """The bigrams of the names, all at once: those of the lecture's idea, a dictionary of pairs."""
    expected = as_tensor(counter(words, vocab), vocab)

    def check(N):
        assert torch.equal(N, expected)
        return traffic(expected)

    run = partial(ours, words, vocab)
    measure(describe("names", expected), "count", "ours", run, check, units=len(names.xs), thorough=True)


@pytest.mark.cpu(1)
@pytest.mark.parametrize("method", METHODS)
def test_others_on_a_long_text(method, words, vocab, long_text, measure):
    """The same on 100 MB, once. What would need more than a minute is skipped."""
    text, expected = long_text
    some = words[:2_000]
    METHODS[method](some[:1], vocab)  # a peer is imported in its first call, which is not to be timed
    start = time.perf_counter()
    METHODS[method](some, vocab)
    seconds = (time.perf_counter() - start) * len(text) / len(some)
    if seconds > LONGEST:
        pytest.skip(f"At its speed on {len(some):,} names, {method} needs {seconds / 60:.0f} minutes for 100 MB.")

    def check(N):
        assert torch.equal(as_tensor(N, vocab), expected)
        return traffic(expected)

    run = partial(METHODS[method], text, vocab)
    units = expected.sum().item()
    measure(describe("100 MB", expected), "count", method, run, check, units=units, once=True)


@pytest.mark.cpu
def test_ours_on_a_long_text(vocab, long_text, measure):
    """The same on 100 MB: ids of 8 bytes a character, the joined text, and blocks of scratch."""
    text, expected = long_text

    def check(N):
        assert torch.equal(N, expected)
        return traffic(expected)

    run = partial(ours, text, vocab)
    units = expected.sum().item()
    measure(describe("100 MB", expected), "count", "ours", run, check, units=units, thorough=True)
