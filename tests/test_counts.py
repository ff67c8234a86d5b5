"""Way 1: count, against the lecture's `N[ix1, ix2] += 1`."""

import math
import os
import re
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bigram

ROOT = Path(__file__).parents[1]
WORDS = ["emma", "olivia", "ava", "ai", "x"]
VOCAB = bigram.Vocab(".ab")
word_lists = st.lists(st.text("ab", max_size=5), min_size=1)
orders = st.sampled_from([2, 3, 4])


def counted(words, order=2, vocab=VOCAB):
    return bigram.count(*bigram.ngrams(words, vocab, order), len(vocab), order)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_counts_are_those_of_the_lecture_loop(order, device, lecture_grams):
    vocab = bigram.Vocab.from_words(WORDS)
    N = torch.zeros((len(vocab),) * order, dtype=torch.int64)
    for gram in lecture_grams(WORDS, order):
        N[gram] += 1
    xs, ys = (ids.to(device) for ids in bigram.ngrams(WORDS, vocab, order))
    assert bigram.count(xs, ys, len(vocab), order).tolist() == N.view(-1, len(vocab)).tolist()


@given(word_lists, word_lists, orders)
def test_counts_of_two_lists_add_up(A, B, order):
    assert counted(A + B, order).equal(counted(A, order) + counted(B, order))


@given(word_lists, orders, st.randoms())
def test_order_of_the_words_changes_nothing(words, order, random):
    shuffled = random.sample(words, len(words))
    assert counted(shuffled, order).equal(counted(words, order))


@given(word_lists, orders)
def test_counts_sum_to_the_number_of_examples(words, order):
    assert counted(words, order).sum() == sum(len(word) + 1 for word in words)


@pytest.mark.parametrize("block", [1, 4, 5])
@pytest.mark.parametrize("order", [2, 3])
def test_counting_in_blocks_changes_nothing(block, order, monkeypatch):
    vocab = bigram.Vocab.from_words(WORDS)
    whole = counted(WORDS, order, vocab)
    monkeypatch.setattr("bigram.counts.BLOCK", block)
    assert counted(WORDS, order, vocab).equal(whole)


@given(word_lists, orders, st.floats(0, 1e6))
def test_rows_of_probabilities_sum_to_1(words, order, smoothing):
    P = bigram.probabilities(counted(words, order), smoothing)
    assert (P >= 0).all()
    torch.testing.assert_close(P.sum(1), torch.ones(len(P), dtype=torch.float64), rtol=1e-12, atol=0)


@pytest.mark.parametrize("smoothing", [0.0, 0.5, 1.0, 100.0])
def test_probabilities_are_shares_of_the_smoothed_row(smoothing):
    N = [[3, 0, 1], [0, 1, 0], [1, 1, 1]]
    shares = [[(count + smoothing) / (sum(row) + 3 * smoothing) for count in row] for row in N]
    torch.testing.assert_close(
        bigram.probabilities(torch.tensor(N), smoothing), torch.tensor(shares, dtype=torch.float64), rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("smoothing", [0.0, 1.0])
def test_unseen_context_is_uniform(smoothing):
    P = bigram.probabilities(torch.tensor([[0, 0, 0], [1, 0, 0], [0, 1, 0]]), smoothing)
    assert P[0].tolist() == [1 / 3] * 3


@pytest.mark.parametrize("smoothing", [-1.0, -1e-9, 1e308, math.inf, -math.inf, math.nan])
def test_bad_smoothing_is_refused(smoothing):
    with pytest.raises(
        ValueError, match=rf"^Smoothing must be a number from 0 to 1e\+38; {re.escape(str(smoothing))} is not\.$"
    ):
        bigram.probabilities(torch.ones(2, 2, dtype=torch.int64), smoothing)


@pytest.mark.parametrize(("V", "order"), [(2, 5), (2, 1), (2049, 2)])
def test_bad_table_is_refused(V, order):
    ids = torch.zeros(1, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"^The order must be 2, 3 or 4|cells, more than 4,194,304\."):
        bigram.count(ids, ids, V, order)


ONE_CORE = """
import os, bigram, torch
torch.set_num_threads(2)
started = len(os.listdir("/proc/self/task"))
words = bigram.load("us-2018")
vocab = bigram.Vocab.from_words(words)
examples = [bigram.ngrams(words, vocab, order) for order in (3, 2)]
(_, N) = [bigram.count(xs, ys, 27, order) for (xs, ys), order in zip(examples, (3, 2))]
bigram.sample(bigram.probabilities(N, 1.0), vocab, 100, seed=0)
print(len(os.listdir("/proc/self/task")) - started)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="the system does not list threads")
def test_counting_and_sampling_ask_for_no_second_core(python):
    """PyTorch starts its other threads when an operation first shares its work: here none does."""
    assert python.run("-c", ONE_CORE, check=True).stdout == "0\n"
