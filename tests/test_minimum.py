"""Where descent ends, and the learning rate above which it ends nowhere: by other algorithms, and by descending."""

import random

import jaxtyping
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bigram
from demo.compute import minimum, runs
from demo.experiment import Experiment
from tests import plain

EACH = 60  # experiments that descend at once


@given(
    st.lists(st.lists(st.integers(0, 1000), min_size=4, max_size=4), min_size=2, max_size=5),
    st.sampled_from([1e-4, 0.01, 1.0, 100.0]),
)
def test_no_table_beats_the_minimum_with_l2(rows, l2):
    N = torch.tensor(rows)
    N[0, 0] += 1
    W = minimum.minimum(N, l2)

    def objective(W: torch.Tensor) -> torch.Tensor:
        return bigram.nll_counts(W, N) + l2 * W.square().mean()

    W.requires_grad_()
    (slope,) = torch.autograd.grad(objective(W), W)
    assert slope.abs().max() < 1e-8
    other = W + 0.1 * torch.randn(W.shape, generator=torch.Generator().manual_seed(0), dtype=W.dtype)
    assert objective(W) <= objective(other)


@given(
    st.lists(st.lists(st.sampled_from([0, 0, 1, 7, 2**20]), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(-300, 2).map(lambda power: 10**power),
)
def test_the_minimum_is_found_however_small_l2_is(rows, l2):
    """There r·p = N - pull·n·W in each cell, and the weights of a row sum to 0."""
    N = torch.tensor([[1, 0, 5], *rows])
    W, r, n = minimum.minimum(N, l2), N.sum(1, keepdim=True).double(), N.sum().item()
    pulled = 2 * l2 / N.numel() * n * W
    off = (r * W.softmax(1) - (N - pulled)).abs()
    assert (off <= 1e-6 * pulled.abs() + 1e-12 * n).all()
    assert (W.sum(1).abs() <= 1e-9 * (1 + W.abs().amax(1))).all()


@pytest.mark.parametrize(("order", "lr"), [(2, 5.0), (3, 10.0)])
def test_a_long_descent_ends_at_the_minimum(order, lr):
    e = Experiment(data="own", words="emma\nava\nolivia", order=order, steps=2000, lr=lr)
    view = runs.trained(e)
    end = minimum.end(view.corpus.key, view.corpus.N, e.l2)
    assert bigram.nll_counts(view.W.double(), view.corpus.N).item() == pytest.approx(end.nll, abs=1e-4)
    occur = view.corpus.N.any(1)
    torch.testing.assert_close(minimum.minimum(view.corpus.N, 0.01).softmax(1)[occur], view.Q[occur], atol=5e-3, rtol=0)


def test_without_l2_descent_ends_at_the_counted_table():
    words = runs.corpus(Experiment())
    end = minimum.end(words.key, words.N, 0.0)
    assert end.nll == pytest.approx(plain.nll(plain.smoothed(words.N.tolist(), 0.0), words.N.tolist()), rel=1e-12)
    assert end.edge == pytest.approx(bigram.stable_learning_rates(words.N)[1], rel=1e-11)


def test_the_largest_table_has_a_minimum_too():
    words = runs.corpus(Experiment(order=4))
    W = minimum.minimum(words.N, 0.01)
    slope = bigram.closed_form(words.N, torch.float64)(W)[1] + 2 * 0.01 / W.numel() * W
    assert slope.abs().max() < 1e-12


@pytest.mark.parametrize(
    ("edge", "rate", "text"),
    [(74.583, 80.0, "74.6"), (74.583, 74.59, "74.583"), (74.583, 74.5830001, "74.583")],
)
def test_an_edge_reads_less_than_the_rate_above_it(edge, rate, text):
    assert minimum.below(edge, rate) == text


def test_a_run_that_swings_for_ever_says_so():
    """L2 keeps the table of one word from certainty, so that its loss stays steep: 82.7, not 400."""
    e = Experiment(data="own", words="a", l2=0.01, lr=150.0)
    view = runs.trained(e)
    assert max(view.objective[-5:]) > 2 * min(view.objective[-5:])
    assert "above 2/λ_max = 82.7" in view.notice
    assert runs.trained(e.model_copy(update={"lr": 80.0, "steps": 300})).notice == ""


def test_a_rate_at_the_edge_is_not_above_it():
    """Rounding alone put the limit of these words below 20."""
    view = runs.trained(Experiment(data="own", words="cb\nc\nbdca\naadc", l2=0.0, lr=20.0, steps=5))
    assert (runs.stable_below(view.corpus, 0.0), view.notice) == (20.0, "")


def draw(chance: random.Random, V: int) -> tuple[Experiment, torch.Tensor, float]:
    """A few words with V - 1 letters, a rate near the edge or far from it, and the rate as a part of the edge."""
    while True:
        letters = "abcdef"[: V - 1]
        words = ["".join(chance.choices(letters, k=chance.randint(1, 4))) for _ in range(chance.choice([1, 2, 4, 12]))]
        words.append(letters)
        l2 = chance.choice([0.0, 1e-4, 0.001, 0.01, 0.1, 1.0, 10.0])
        N = torch.tensor(plain.table(words))
        edge, part = steepest(N, l2), chance.choice([0.1, 0.5, 0.8, 0.95, 1.05, 1.2, 2.0, 5.0])
        if 0.001 <= part * edge <= 1000:
            text = "\n".join(words)
            settings = {"l2": l2, "lr": part * edge, "seed": chance.randrange(100), "steps": 10}
            return Experiment(data="own", words=text, **settings), N, part


def steepest(N: torch.Tensor, l2: float) -> float:
    """2/λ_max at the end of descent, by matrices."""
    counts, n, pull = N.numpy(), N.sum().item(), 2 * l2 / N.numel()
    P = [plain.softmax(row) for row in plain.minimum(N.tolist(), l2)] if l2 else counts / counts.sum(1, keepdims=True)
    rows = counts.sum(1) / n * np.linalg.eigvalsh(plain.curvatures(np.array(P)))[:, -1]
    return 2 / max(max(rows) + pull, 1e-9)


@pytest.mark.parametrize("V", [2, 3, 4, 6])
def test_a_run_above_the_edge_swings_and_says_so_and_one_below_settles(V, monkeypatch):
    """3,000 steps in float64 of many experiments at once, one a layer of the tensor."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # other tests check the shapes of these calls
    chance = random.Random(V)
    experiments, counts, parts = zip(*(draw(chance, V) for _ in range(EACH)))
    N = torch.stack(counts).double()
    n, r = N.sum((1, 2), keepdim=True), N.sum(2, keepdim=True)
    lr, l2 = (torch.tensor([getattr(e, key) for e in experiments])[:, None, None] for key in ("lr", "l2"))
    W = torch.stack([bigram.initial_weights(V, seed=e.seed) for e in experiments]).double()
    sizes, last, back = torch.zeros(2, EACH, V).double(), torch.zeros(W.shape), torch.zeros(EACH, V, dtype=torch.bool)
    for step in range(3_000):
        move = -lr * ((r * W.softmax(2) - N) / n + 2 * l2 / V**2 * W)
        W = W + move
        if step >= 2_800:
            sizes[step // 2_900] = sizes[step // 2_900].maximum(move.abs().amax(2))  # of each row
            back = back | ((move * last).sum(2) < 0)  # a step that undoes the one before
            last = move
    swings = ((back & (sizes[1] > 1e-7) & (sizes[1] > 0.5 * sizes[0])) | W.isnan().any(2)).any(1)
    assert swings.tolist() == [part > 1 for part in parts]
    assert [runs.trained(e).notice != "" for e in experiments] == swings.tolist()
