"""Way 2: descend, against the lecture's own loop; and how fast it may go."""

import math
import re
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import bigram

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia"]
VOCAB = bigram.Vocab.from_words(WORDS)
assert_close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-15)
full_table = torch.tensor([[6, 3, 1], [2, 5, 4], [1, 1, 7]])  # no empty cell: the minimum is at W = log P
tables = st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=4, max_size=4)


@pytest.mark.parametrize(("order", "C"), [(2, 5), (3, 25), (4, 125)])
def test_initial_weights_are_the_standard_normal_draws_of_the_seed(order, C, device):
    W = bigram.initial_weights(5, order, seed=7, device=device)
    assert W.device.type == device
    assert W.cpu().equal(torch.randn((C, 5), generator=torch.Generator().manual_seed(7)))


def test_initial_weights_leave_the_global_generator_alone():
    before = torch.random.get_rng_state()
    bigram.initial_weights(5)
    assert torch.random.get_rng_state().equal(before)


@pytest.mark.parametrize("seed", [-1, 2**63, 2**200])
def test_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=rf"^A seed must be a whole number from 0 to 2\*\*63 - 1; {seed} is not\.$"):
        bigram.initial_weights(5, seed=seed)


def test_the_largest_seed_is_accepted():
    assert bigram.initial_weights(5, seed=2**63 - 1).isfinite().all()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA GPU here")
def test_missing_gpu_is_named():
    with pytest.raises(ValueError, match=r"^The device is cpu, or cuda .*; PyTorch finds no device 'cuda' here\.$"):
        bigram.initial_weights(5, device="cuda")


@pytest.mark.parametrize("form", [*bigram.FORMS, "closed form"])
@pytest.mark.parametrize("order", [2, 3])
def test_descent_is_the_lecture_loop(form, order, device):
    """Losses and weights of every step, against the lecture's loop in float64."""
    xs, ys = bigram.ngrams(WORDS, VOCAB, order)
    W = start = bigram.initial_weights(len(VOCAB), order).double()
    oracle = []
    for _ in range(8):
        W = W.detach().requires_grad_()
        counts = (F.one_hot(xs, num_classes=len(W)).double() @ W).exp()
        probs = counts / counts.sum(1, keepdim=True)
        loss = -probs[torch.arange(len(xs)), ys].log().mean() + 0.01 * (W**2).mean()
        oracle.append((W.detach(), loss.detach()))
        loss.backward()
        W = W - 5 * W.grad

    xs, ys = xs.to(device), ys.to(device)
    N = bigram.count(xs, ys, len(VOCAB), order)
    closed = form == "closed form"
    nll = bigram.closed_form(N, torch.float64) if closed else bigram.choose_form(form, xs, ys, N)
    descent = bigram.descend(nll, start.to(device), steps=7, learning_rate=5.0, l2=0.01)
    assert_close(list(descent), oracle, check_device=False)


def test_descent_leaves_what_it_was_given_and_what_it_gave_alone():
    start = torch.ones(2, 2)
    tables, losses = zip(*bigram.descend(lambda W: (W**2).sum(), start, 3, 0.25, 0.0))
    assert [W[0, 0].item() for W in tables] == [1.0, 0.5, 0.25, 0.125]
    assert start.equal(torch.ones(2, 2))
    assert not any(tensor.requires_grad for tensor in (start, *tables, *losses))  # nothing keeps a graph alive


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("closed", [False, True])
def test_the_loss_is_called_once_for_each_pair(steps, closed):
    """A loss may take a new part of the examples at each call, so none may be lost."""
    calls, N = [], full_table
    nll = bigram.closed_form(N) if closed else partial(bigram.nll_counts, N=N)

    def noting(W):
        calls.append(nll(W))
        return calls[-1]

    pairs = list(bigram.descend(noting, torch.zeros(3, 3), steps, 1.0, 0.0))
    assert len(pairs) == len(calls) == steps + 1
    assert [loss.item() for _, loss in pairs] == [(call[0] if closed else call).item() for call in calls]


def test_no_step_is_the_start_alone():
    start = bigram.initial_weights(3)
    ((W, loss),) = bigram.descend(bigram.closed_form(full_table), start, steps=0, l2=0.0)
    assert torch.equal(W, start)
    assert loss == bigram.closed_form(full_table)(start)[0]


@pytest.mark.parametrize(
    ("setting", "values", "sentence"),
    [
        ("steps", [-1, 1_000_001], r"The number of steps must be a whole number from 0 to 1,000,000; {} is not\."),
        (
            "learning_rate",
            [0.0, -1.0, 1e39, math.inf, math.nan],
            r"The learning rate must be a number above 0, up to 1e\+38; {} is not\.",
        ),
        ("l2", [-0.01, 1e39, math.inf, math.nan], r"The L2 strength must be a number from 0 to 1e\+38; {} is not\."),
    ],
)
def test_bad_settings_are_refused_before_the_first_step(setting, values, sentence):
    for value in values:
        with pytest.raises(ValueError, match=f"^{sentence.format(re.escape(str(value)))}$"):
            bigram.descend(torch.sum, torch.ones(2, 2), **{"steps": 1, setting: value})


@given(tables.filter(lambda rows: any(map(any, rows))), st.floats(0, 10))
def test_stable_learning_rates_are_those_of_brute_force(rows, l2):
    """Identity 5: over every row, λ_max of (r/n)(diag p - p pᵀ), plus the curvature of L2."""
    n = sum(map(sum, rows))
    curvatures = [0.0]
    for row in filter(any, rows):
        p = np.array(row) / sum(row)
        curvatures.append(sum(row) / n * np.linalg.eigvalsh(np.diag(p) - np.outer(p, p))[-1])
    steepest = max(curvatures) if max(curvatures) > 1e-12 else 0.0  # all rows certain: rounding is all there is
    bounds = [max(map(sum, rows)) / n / 2 + 2 * l2 / 16, steepest + 2 * l2 / 16]
    rates = bigram.stable_learning_rates(torch.tensor(rows), l2)
    assert [2 / rate for rate in rates] == pytest.approx(bounds, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("order", [2, 3])
def test_stable_learning_rate_of_words_is_that_of_brute_force(order):
    """Identity 5 on the rows of a text, where most rows are ruled out unsolved."""
    N = bigram.count(*bigram.ngrams(WORDS, VOCAB, order), len(VOCAB), order)
    p, r = bigram.probabilities(N, smoothing=0.0).numpy(), N.sum(1).numpy()
    curvatures = [r[i] / r.sum() * np.linalg.eigvalsh(np.diag(p[i]) - np.outer(p[i], p[i]))[-1] for i in range(len(p))]
    assert bigram.stable_learning_rates(N)[1] == pytest.approx(2 / max(curvatures), rel=1e-12)


@pytest.mark.parametrize("l2", [0.0, 0.05])
def test_curvature_is_that_of_the_hessian(l2):
    """Identity 5: λ_max is the largest eigenvalue of the second derivative of the loss at W = log P."""

    def loss(W):
        return bigram.nll_counts(W, full_table) + l2 * (W**2).mean()

    W = bigram.probabilities(full_table, smoothing=0.0).log()
    hessian = torch.autograd.functional.hessian(loss, W).reshape(W.numel(), W.numel())
    steepest = torch.linalg.eigvalsh(hessian)[-1].item()
    assert bigram.stable_learning_rates(full_table, l2)[1] == pytest.approx(2 / steepest, rel=1e-12)


@pytest.mark.parametrize(("factor", "settles"), [(0.98, True), (1.02, False)])
def test_descent_near_the_minimum_settles_just_below_the_bound_and_not_above(factor, settles):
    """Identity 5, by descending."""
    P = bigram.probabilities(full_table, smoothing=0.0)
    nll = partial(bigram.nll_counts, N=full_table)
    start = P.log() + 1e-6 * bigram.initial_weights(3)
    _, edge = bigram.stable_learning_rates(full_table)
    errors = [(W.softmax(1) - P).abs().max() for W, loss in bigram.descend(nll, start, 200, factor * edge, 0.0)]
    assert (errors[-1] < errors[0] / 10) if settles else (errors[-1] > errors[0] * 10)


@given(seed=st.integers(0, 2**32), scale=st.floats(0.1, 30))
def test_the_safe_learning_rate_never_climbs(seed, scale):
    """Identity 5: 4n/max r_i is safe from any start."""
    safe, _ = bigram.stable_learning_rates(full_table)
    start = scale * bigram.initial_weights(3, seed=seed).double()
    descent = bigram.descend(bigram.closed_form(full_table, torch.float64), start, 20, safe, l2=0.0)
    losses = torch.stack([loss for W, loss in descent])
    assert (losses.diff() <= 1e-15).all()


def test_certain_rows_have_no_edge():
    """One word of different letters: the loss flattens towards its minimum at infinity."""
    assert bigram.stable_learning_rates(torch.tensor([[0, 1], [1, 0]])) == (8.0, math.inf)


def test_one_character_has_a_limit_with_l2_alone():
    assert bigram.stable_learning_rates(torch.tensor([[5]])) == (4.0, math.inf)
    assert bigram.stable_learning_rates(torch.tensor([[5]]), l2=0.1) == (pytest.approx(2 / 0.7), pytest.approx(10.0))


def test_certain_rows_need_no_eigenvalues():
    """They would take 64 GiB here."""
    assert bigram.stable_learning_rates(torch.eye(2048, dtype=torch.int64)) == (4 * 2048, math.inf)


def test_divergence_is_explained_with_both_bounds():
    safe, edge = bigram.stable_learning_rates(full_table, 0.5)
    sentence = bigram.explain_divergence(full_table, 80.0, 0.5)
    for part in ("The loss rose: ", "learning rate 80 ", "L2 0.5,", f"below {safe:.4g} ", f"above {edge:.4g} = "):
        assert part in sentence


def distance_to_uniform(P):
    return (P - 1 / P.shape[1]).abs().sum().item()


def descended(N, l2):
    """The table at the minimum of the loss with L2."""
    safe, _ = bigram.stable_learning_rates(N, l2)
    start = torch.zeros(N.shape, dtype=torch.float64)
    *_, (W, _) = bigram.descend(bigram.closed_form(N, torch.float64), start, 200, safe, l2)
    return W.softmax(1)


def test_smoothing_and_l2_both_pull_towards_uniform():
    """Identity 6: more of either, and the table is flatter; of neither, and it is the counted one."""
    strengths = (0.0, 0.1, 1.0, 10.0)
    smoothed = [distance_to_uniform(bigram.probabilities(full_table, 30 * strength)) for strength in strengths]
    decayed = [distance_to_uniform(descended(full_table, strength)) for strength in strengths]
    assert smoothed == sorted(smoothed, reverse=True)
    assert decayed == sorted(decayed, reverse=True)
    assert decayed[0] == pytest.approx(smoothed[0], rel=1e-9)
    assert max(smoothed[-1], decayed[-1]) < smoothed[0] / 10


def test_smoothing_and_l2_are_different_priors():
    """Identity 6: solve P = (N + k) / (r + V·k) for k in every cell. Smoothing has one k, L2 has none for all."""

    def strengths(P):
        return (full_table - full_table.sum(1, keepdim=True) * P) / (3 * P - 1)

    smoothed = strengths(bigram.probabilities(full_table, 0.7))
    assert_close(smoothed, torch.full_like(smoothed, 0.7))
    decayed = strengths(descended(full_table, 0.1))
    assert decayed.max() - decayed.min() > 1


@pytest.mark.parametrize("device", ["tpu", "", "cuda:99x", "CPU"])
def test_unknown_devices_are_refused(device):
    with pytest.raises(ValueError, match=rf"^The device is cpu, or cuda .*; PyTorch finds no device '{device}' here"):
        bigram.initial_weights(27, device=device)


@pytest.mark.parametrize("device", ["cuda:2", "cuda:7", "cuda:-1", "cuda:", torch.device("cuda:2")])
def test_a_gpu_that_is_not_there_is_refused(device, monkeypatch):
    """On a machine with two GPUs."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(ValueError, match=rf"; PyTorch finds no device '{device}' here\.$"):
        bigram.initial_weights(5, device=device)


@pytest.mark.parametrize("device", ["cuda", "cuda:1", torch.device("cuda:0")])
def test_a_gpu_that_is_there_is_used(device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    moved = []
    monkeypatch.setattr(torch.Tensor, "to", lambda W, where: moved.append(where) or W)
    bigram.initial_weights(5, device=device)
    assert moved == [device]


def test_a_device_of_pytorch_is_as_good_as_its_name():
    assert bigram.initial_weights(5, device=torch.device("cpu")).equal(bigram.initial_weights(5, device="cpu"))


@pytest.mark.parametrize("form", [*bigram.FORMS, "closed form"])
def test_descent_works_where_gradients_are_switched_off(form):
    xs, ys = bigram.ngrams(WORDS, VOCAB)
    N = bigram.count(xs, ys, len(VOCAB))
    closed = form == "closed form"

    def losses():
        nll = bigram.closed_form(N) if closed else bigram.choose_form(form, xs, ys, N)
        descent = bigram.descend(nll, bigram.initial_weights(len(VOCAB)), 3)
        return [loss.item() for W, loss in descent]

    with torch.no_grad():
        without = losses()
        assert not torch.is_grad_enabled()
    assert without == losses()
