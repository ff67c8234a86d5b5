"""One loss, four costs: each numbered identity of `bigram.nll`, in float64 to 1e-12, values and gradients."""

import math
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError
from torch import Tensor

import bigram

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia"]
assert_close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-15)


class Problem(NamedTuple):
    """The examples of WORDS, their counts, and random logits."""

    order: int
    xs: Tensor
    ys: Tensor
    N: Tensor
    W: Tensor


@pytest.fixture(params=[2, 3], ids=["bigram", "trigram"])
def problem(request) -> Problem:
    vocab = bigram.Vocab.from_words(WORDS)
    xs, ys = bigram.ngrams(WORDS, vocab, request.param)
    N = bigram.count(xs, ys, len(vocab), request.param)
    W = bigram.initial_weights(len(vocab), request.param, seed=1).double()
    return Problem(request.param, xs, ys, N, W)


@pytest.fixture(params=bigram.FORMS)
def form(request) -> str:
    return request.param


@pytest.fixture
def nll(form, problem):
    """A form of the loss of `problem`, as a function of W."""
    return bigram.choose_form(form, problem.xs, problem.ys, problem.N)


def value_and_gradient(nll, W):
    W = W.clone().requires_grad_()
    loss = nll(W)
    return loss.detach(), torch.autograd.grad(loss, W)[0]


def entropy(N):
    """H = -(1/n) Σ_ij N_ij log(N_ij/r_i), where 0 log 0 is 0: the loss of the counted table."""
    return -torch.xlogy(N, N / N.double().sum(1, keepdim=True)).nansum() / N.sum()


def test_value_and_gradient_are_those_of_a_double_loop(form, problem, device, lecture_grams):
    W = problem.W.numpy()
    V = W.shape[1]
    loss, gradient, n = 0.0, np.zeros_like(W), 0
    for *context, y in lecture_grams(WORDS, problem.order):
        x = np.ravel_multi_index(context, (V,) * len(context))
        p = np.exp(W[x]) / np.exp(W[x]).sum()
        loss -= math.log(p[y])
        gradient[x] += p
        gradient[x, y] -= 1
        n += 1
    oracle = torch.tensor(loss / n, dtype=torch.float64), torch.from_numpy(gradient / n)
    nll = bigram.choose_form(form, problem.xs.to(device), problem.ys.to(device), problem.N.to(device))
    assert_close(value_and_gradient(nll, problem.W.to(device)), oracle, check_device=False)


def test_loss_is_the_mean_over_the_counts(nll, problem):
    """Identity 1: L(W) = -(1/n) Σ_ij N_ij log p_i(j)."""
    P = problem.W.exp() / problem.W.exp().sum(1, keepdim=True)
    assert_close(nll(problem.W), -(problem.N * P.log()).sum() / problem.N.sum())


def test_order_of_the_words_changes_nothing(form, nll, problem):
    """Identity 1: only N matters."""
    vocab = bigram.Vocab.from_words(WORDS)
    xs, ys = bigram.ngrams(WORDS[::-1], vocab, problem.order)
    reversed_nll = bigram.choose_form(form, xs, ys, bigram.count(xs, ys, len(vocab), problem.order))
    assert not xs.equal(problem.xs)
    assert_close(value_and_gradient(reversed_nll, problem.W), value_and_gradient(nll, problem.W))


def test_closed_form_is_that_of_autograd(nll, problem):
    """Identities 1 and 2: ∂L/∂W_ij = (r_i p_i(j) - N_ij) / n."""
    assert_close(bigram.closed_form(problem.N, torch.float64)(problem.W), value_and_gradient(nll, problem.W))


def test_loss_is_entropy_plus_divergence(nll, problem):
    """Identity 3: L(W) = H + Σ_i (r_i/n) KL(N_i/r_i ‖ p_i)."""
    Q, p = bigram.probabilities(problem.N, smoothing=0.0), problem.W.softmax(1)
    share = problem.N.sum(1).double() / problem.N.sum()
    divergence = (torch.xlogy(Q, Q) - torch.xlogy(Q, p)).sum(1)
    assert_close(nll(problem.W), entropy(problem.N) + share @ divergence)


@given(seed=st.integers(0, 2**32), scale=st.floats(0, 100))
def test_nothing_goes_below_counting(seed, scale):
    """Identity 3: the counted table is the exact minimiser."""
    vocab = bigram.Vocab.from_words(WORDS)
    N = bigram.count(*bigram.ngrams(WORDS, vocab), len(vocab))
    assert bigram.nll_counts(scale * bigram.initial_weights(len(vocab), seed=seed).double(), N) >= entropy(N)


def test_descent_approaches_the_counted_table_and_never_arrives(problem):
    """Identity 3: with empty cells the minimum lies at infinity."""
    assert (problem.N == 0).any()
    safe, _ = bigram.stable_learning_rates(problem.N)
    descent = bigram.descend(bigram.closed_form(problem.N, torch.float64), problem.W, 300, safe, l2=0.0)
    gaps = torch.stack([loss for W, loss in descent]) - entropy(problem.N)
    assert (gaps.diff() < 0).all()
    assert 0 < gaps[-1] < gaps[0] / 10


def test_constant_added_to_a_row_changes_nothing(nll, problem):
    """Identity 4: so compare softmax(W) with P, never W with log N."""
    shifted = problem.W + torch.arange(len(problem.W)).remainder(7)[:, None]
    assert_close(value_and_gradient(nll, shifted), value_and_gradient(nll, problem.W), atol=1e-13)


@pytest.mark.parametrize("form", ["rows", "gather", "counts"])
def test_minus_infinity_is_the_logit_of_an_unseen_pair(form, problem):
    """W = log P at smoothing 0 gives the entropy of the counts, and no slope."""
    P = bigram.probabilities(problem.N, smoothing=0.0)
    assert (P == 0).any()
    nll = bigram.choose_form(form, problem.xs, problem.ys, problem.N)
    loss, gradient = value_and_gradient(nll, P.log())
    assert_close(loss, entropy(problem.N))
    assert_close(gradient, torch.zeros_like(P))


def test_onehot_gives_nan_for_minus_infinity(problem):
    """The hole in the equivalence: 0 · -inf is NaN."""
    W = bigram.probabilities(problem.N, smoothing=0.0).log()
    assert bigram.nll_onehot(W, problem.xs, problem.ys).isnan()


@pytest.mark.parametrize("form", ["rows", "gather", "counts"])
def test_impossible_example_costs_infinity(form, problem):
    W = problem.W.clone()
    W[problem.xs[3], problem.ys[3]] = -math.inf
    assert bigram.choose_form(form, problem.xs, problem.ys, problem.N)(W) == math.inf


@pytest.mark.parametrize(("n", "size"), [(2**20, "48.0"), (43_691, "2.0")])  # 4,096 · 12 · 43,690 is below 2 GiB
def test_onehot_matrix_over_2_gib_is_refused(n, size):
    ids = torch.zeros(1, dtype=torch.int64).expand(n)
    sentence = rf"^The one-hot matrix of {n:,} examples and 4,096 contexts needs {size} GiB, more than 2 GiB\. "
    with pytest.raises(ValueError, match=sentence + r"Choose the form rows, gather or counts: the same loss"):
        bigram.nll_onehot(torch.zeros(4096, 2), ids, ids)


def test_onehot_matrix_up_to_the_limit_is_built(monkeypatch):
    W, ids = torch.zeros(2, 2, dtype=torch.float64), torch.tensor([0, 1, 1])
    monkeypatch.setattr("bigram.nll.LARGEST_ONEHOT", 3 * 2 * (8 + 8))  # int64 first, then float64
    assert_close(bigram.nll_onehot(W, ids, ids), torch.tensor(2.0, dtype=torch.float64).log())
    with pytest.raises(ValueError, match="The one-hot matrix of 4 examples"):
        bigram.nll_onehot(W, torch.tensor([0, 1, 1, 1]), torch.tensor([0, 1, 1, 1]))


def test_unknown_form_is_refused(problem):
    sentence = rf"^There is no forward form 'fast'\. Choose {', '.join(bigram.FORMS)}\.$"
    with pytest.raises(ValueError, match=sentence):
        bigram.choose_form("fast", problem.xs, problem.ys, problem.N)


def test_the_shapes_of_the_signatures_are_checked(problem):
    """Under test, and only there: a table of another shape is refused before anything is computed."""
    with pytest.raises(TypeCheckError, match="N"):
        bigram.nll_counts(problem.W, problem.N[:, :-1])


@pytest.mark.parametrize("form", bigram.FORMS)
@pytest.mark.parametrize(
    ("x", "y", "what"), [(-1, 0, "context"), (0, -1, "next"), (0, -100, "next"), (9, 0, "context")]
)
def test_an_id_outside_the_table_is_refused_by_all_forms_alike(form, x, y, what):
    ids = torch.tensor([0, x, 1]), torch.tensor([1, y, 0])
    sentence = rf"^The id of a {what}.* must be a whole number from 0 to 2; {x if what == 'context' else y} is not\.$"
    with pytest.raises(ValueError, match=sentence):
        bigram.choose_form(form, *ids, torch.ones(3, 3, dtype=torch.int64))


@pytest.mark.parametrize("form", bigram.FORMS)
def test_the_record_of_a_form_says_what_its_function_takes(form, problem):
    record = bigram.FORMS[form]
    data = (problem.N,) if record.of_counts else (problem.xs, problem.ys)
    assert record.name == form
    assert record.loss(problem.W, *data) == bigram.choose_form(form, problem.xs, problem.ys, problem.N)(problem.W)


@pytest.mark.parametrize("nll", [bigram.nll_onehot, bigram.nll_rows, bigram.nll_gather])
@pytest.mark.parametrize("y", [-100, -(2**63) + 1, 3])
def test_no_example_is_left_out_in_silence(nll, y):
    """PyTorch's cross-entropy leaves out the target -100."""
    with pytest.raises(IndexError, match=r"out of (bounds|range)"):
        nll(torch.zeros(3, 3), torch.tensor([0, 1]), torch.tensor([1, y]))


@pytest.mark.parametrize("form", ["rows", "gather"])
def test_a_part_without_examples_is_no_error(form):
    none = torch.zeros(0, dtype=torch.int64)
    assert bigram.choose_form(form, none, none, torch.ones(3, 3, dtype=torch.int64))(torch.zeros(3, 3)).isnan()
