"""A table to names: the lecture's torch.multinomial loop, the same for all names at once, and ours."""

from functools import partial

import pytest
import torch

import bigram
from benchmarks.cases import build

SEED = 2147483647


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


def batched(P, vocab, count, seed):
    """All names grow together: a tensor call per column, until the longest has ended."""
    g = torch.Generator().manual_seed(seed)
    ids = torch.zeros(count, dtype=torch.int64)
    going = torch.ones(count, dtype=torch.bool)
    columns = []
    while going.any():
        ids = torch.multinomial(P[ids], num_samples=1, replacement=True, generator=g)[:, 0] * going
        going = ids > 0
        columns.append(ids)
    rows = torch.stack(columns, dim=1).tolist()
    return ["".join(vocab.chars[i] for i in row[: row.index(0)]) for row in rows]


METHODS = {"lecture": lecture, "batched": batched, "ours": bigram.sample}


@pytest.mark.parametrize("count", [10, 1_000, 10_000])
@pytest.mark.parametrize("method", METHODS)
def test_sample(method, count, vocab, compare):
    """Draw names. There must be as many as requested, and their bigrams as frequent as in the table, by a χ² test."""
    P = bigram.probabilities(build("names").N, 1.0)

    def run(method):
        return partial(METHODS[method], P if method == "ours" else P.float(), vocab, count, SEED)  # the lecture's

    drawn = run(method)()
    assert len(drawn) == count
    N = bigram.count(*bigram.ngrams(drawn, vocab), len(vocab))
    expected = N.sum(1, keepdim=True) * P
    chi_square = ((N - expected) ** 2 / expected).sum().item()
    freedom = N.shape[0] * (N.shape[1] - 1)
    assert count < 1_000 or abs(chi_square - freedom) < 5 * (2 * freedom) ** 0.5
    base = "lecture" if method != "lecture" else None
    compare("sample", method, run(method), base and run(base), base, case=f"{count:,} names", characters=N.sum().item())
