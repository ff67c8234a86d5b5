"""A table to names: the lecture's torch.multinomial loop and ours, per character."""

import pytest
import torch

import bigram

SEED = 2147483647


@pytest.fixture(scope="session")
def P(names):
    return bigram.probabilities(names.N)


def lecture(P, vocab, count, seed):
    """The loop as the lecture writes it: a tensor call per character."""
    g = torch.Generator().manual_seed(seed)
    names = []
    for _ in range(count):
        out = []
        ix = 0
        while True:
            p = P[ix]
            ix = torch.multinomial(p, num_samples=1, replacement=True, generator=g).item()
            out.append(vocab.chars[ix])
            if ix == 0:
                break
        names.append("".join(out[:-1]))
    return names


@pytest.mark.parametrize("threads", [1], indirect=True)  # no tensor here is large enough for two
@pytest.mark.parametrize(("sample", "count", "rounds"), [(lecture, 1_000, 5), (bigram.sample, 10_000, None)])
def test_sample(sample, count, rounds, names, P, threads, measure):
    """Names drawn. Asserted first, by χ²: their bigrams occur as often as the table says."""
    title, table = ("sample, lecture", P.float()) if sample is lecture else ("sample, ours", P)
    drawn = sample(table, names.vocab, count, SEED)
    assert len(drawn) == count
    characters = sum(len(name) + 1 for name in drawn)
    N = bigram.count(*bigram.ngrams(drawn, names.vocab), len(names.vocab))
    expected = N.sum(1, keepdim=True) * P
    chi_square = ((N - expected) ** 2 / expected).sum().item()
    freedom = N.shape[0] * (N.shape[1] - 1)
    assert abs(chi_square - freedom) < 5 * (2 * freedom) ** 0.5
    measure(title, sample, table, names.vocab, count, SEED, rounds=rounds, units=characters, threads=threads)
