"""Words to counts: the lecture's loop into a tensor, the standard library's Counter, ours."""

from collections import Counter

import pytest
import torch

import bigram


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


def ours(words, vocab):
    return bigram.count(*bigram.ngrams(words, vocab), len(vocab))


def as_tensor(N, vocab):
    """Any of the results as the table of counts."""
    if isinstance(N, Counter):
        return torch.tensor([[N[first, second] for second in vocab.chars] for first in vocab.chars])
    return N.long()


@pytest.mark.parametrize("threads", [1], indirect=True)
@pytest.mark.parametrize(("count", "rounds"), [(lecture, 3), (counter, 10)])
def test_loop(count, rounds, names, threads, measure):
    """The 229,804 bigrams of the names, one at a time. All counts are equal, to the last one."""
    words, vocab = names.words, names.vocab
    N = measure(f"count, {count.__name__}", count, words, vocab, rounds=rounds, threads=threads)
    assert torch.equal(as_tensor(N, vocab), names.N)


def test_ours(names, threads, measure):
    """The same, all at once."""
    words, vocab = names.words, names.vocab
    N = measure("count, ours", ours, words, vocab, threads=threads)
    assert torch.equal(N, as_tensor(counter(words, vocab), vocab))
