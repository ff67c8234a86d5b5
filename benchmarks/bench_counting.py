"""Words to counts: the lecture's loop into a tensor, the standard library, three peers, ours.

The text of 10 MB repeats the names, so its counts are known: those of the names, times the repeats.
The peers are an extra, `pip install -e '.[bench]'`; where one is missing its case skips and says so.
"""

from collections import Counter
from functools import partial

import pytest
import torch

import bigram
from benchmarks.bench_memory import peak_memory

MISSING = "{} is not installed; pip install -e '.[bench]' brings it."


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
    """One document, `.emma.olivia.`. This is the fastest way to call it: a document per word takes longer."""
    text = pytest.importorskip("sklearn.feature_extraction.text", reason=MISSING.format("scikit-learn"))
    vectorizer = text.CountVectorizer(analyzer="char", ngram_range=(2, 2), lowercase=False)
    counts = vectorizer.fit_transform(["." + ".".join(words) + "."]).sum(0)
    return Counter({tuple(pair): int(counts[0, i]) for pair, i in vectorizer.vocabulary_.items()})


def nltk(words, vocab):
    """The counts inside every model of nltk.lm."""
    lm = pytest.importorskip("nltk.lm", reason=MISSING.format("nltk"))
    counts = lm.NgramCounter(zip("." + word, word + ".") for word in words)
    return Counter({(first, second): k for (first,), row in counts[2].items() for second, k in row.items()})


def polars(words, vocab):
    """A column of letters joined with the same column shifted by one letter, with as many threads as cores."""
    pl = pytest.importorskip("polars", reason=MISSING.format("Polars"))
    letters = pl.LazyFrame({"text": ["." + ".".join(words) + "."]}).select(pl.col("text").str.split("")).explode("text")
    pairs = letters.with_columns(after=pl.col("text").shift(-1)).drop_nulls().group_by("text", "after").len()
    return Counter({(first, second): k for first, second, k in pairs.collect().iter_rows()})


def ours(words, vocab):
    return bigram.count(*bigram.ngrams(words, vocab), len(vocab))


METHODS = {
    "lecture": lecture,
    "nltk": nltk,
    "scikit-learn": scikit_learn,
    "Counter": counter,
    "Polars": polars,
    "ours": ours,
}


def as_tensor(N, vocab):
    """Turn any of the results into the table of counts."""
    if isinstance(N, Counter):
        return torch.tensor([[N[first, second] for second in vocab.chars] for first in vocab.chars])
    return N.long()


@pytest.fixture(scope="module")
def expected(words, vocab):
    return as_tensor(counter(words, vocab), vocab)


@pytest.mark.parametrize(
    ("method", "than"), [("lecture", None), *((m, "lecture") for m in list(METHODS)[1:]), ("ours", "Counter")]
)
def test_count(method, than, words, vocab, expected, compare):
    """The bigrams of the names. All counts must equal those of a dictionary of pairs."""
    run = partial(METHODS[method], words, vocab)
    assert torch.equal(as_tensor(run(), vocab), expected)
    base = than and partial(METHODS[than], words, vocab)
    compare("count", method, run, base, than, case="names", n=expected.sum().item(), V=len(vocab))


@pytest.mark.parametrize("method", ["Counter", "scikit-learn", "Polars", "ours"])
def test_count_a_long_text(method, words, vocab, expected, compare, request):
    """The same on 10 MB, with the peak memory in bytes. Where nothing is timed, the names twice are enough."""
    size = 10**7 // sum(len(word) + 1 for word in words)
    times = 2 if request.config.option.benchmark_disable else size
    text, expected = words * times, expected * times
    n = expected.sum().item()
    run = partial(METHODS[method], text, vocab)
    assert torch.equal(as_tensor(run(), vocab), expected)
    base = "Counter" if method != "Counter" else None
    facts = {"bytes_a_character": peak_memory(run) / n} if method == "ours" else {}
    compare("count", method, run, base and partial(counter, text, vocab), base, case="10 MB", n=n, V=27, **facts)
