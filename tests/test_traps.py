"""What each trap prints, computed here by other means."""

import re
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

import bigram
from demo.teaching import traps
from tests import plain

BY_KEY = {trap.key: trap for trap in traps.TRAPS}


@pytest.fixture(scope="module")
def names() -> list[str]:
    return bigram.load()


@pytest.fixture(scope="module")
def N(names) -> np.ndarray:
    """The counts by a plain loop."""
    chars = ".abcdefghijklmnopqrstuvwxyz"
    N = np.zeros((27, 27))
    for (a, b), count in Counter(pair for name in names for pair in pairwise(f".{name}.")).items():
        N[chars.index(a), chars.index(b)] = count
    return N


def table(key: str, side: str) -> np.ndarray:
    return traps.outcomes(BY_KEY[key])[side].values.numpy()


def numbers(key: str, side: str) -> list[float]:
    return [float(number.replace(",", "")) for number in traps.numbers(BY_KEY[key])[side]]


def softmax(W: np.ndarray) -> np.ndarray:
    return np.exp(W) / np.exp(W).sum(1, keepdims=True)


def loss_and_gradient(W: np.ndarray, N: np.ndarray, l2: float) -> tuple[float, np.ndarray]:
    n = N.sum()
    P = softmax(W)
    gradient = (N.sum(1, keepdims=True) * P - N) / n + 2 * l2 * W / W.size
    return -(N * np.log(P)).sum() / n + l2 * (W**2).mean(), gradient


def start() -> np.ndarray:
    return bigram.initial_weights(27).double().numpy()


@pytest.mark.parametrize("trap", traps.TRAPS, ids=lambda trap: trap.key)
def test_both_sides_differ_in_what_is_marked_and_in_what_they_print(trap):
    printed = traps.printed(trap)
    assert printed["wrong"] != printed["right"]
    assert len(printed["right"].splitlines()) >= 1
    assert "Error" not in printed["right"]
    assert trap.lines("wrong").replace(trap.wrong, trap.right) == trap.lines("right")
    assert all(len(line) < 100 for line in trap.lines("wrong").splitlines())
    assert re.match(r"[a-z0-9]+$", trap.key)


def test_the_lines_change_nothing_of_the_lab():
    state = torch.random.get_rng_state()
    assert traps.run(BY_KEY["multinomial"].lines("wrong")).printed == traps.printed(BY_KEY["multinomial"])["wrong"]
    assert torch.equal(torch.random.get_rng_state(), state)


def test_what_they_print_is_theirs_though_others_print_at_the_same_time(monkeypatch):
    lines = "import io, sys\nsys.stdout = io.StringIO()\nprint(N.sum().item())"  # as another thread may do
    monkeypatch.setattr("sys.stdout", sys.stdout)
    assert traps.run(lines).printed == "229804"


def test_keepdim_same_loss_and_rows_that_do_not_sum_to_1(N):
    wrong, right = (N / N.sum(1, keepdims=keep).reshape(shape) for keep, shape in ((False, (1, 27)), (True, (27, 1))))
    for P, side in ((wrong, "wrong"), (right, "right")):
        expected = [*P.sum(1)[:3], -np.sum(N * np.log(P, where=N > 0, out=np.zeros_like(P))) / N.sum()]
        assert numbers("keepdim", side)[:4] == pytest.approx(expected, abs=1e-4)
    assert (N.sum(0) == N.sum(1)).all()  # why the loss is the same
    assert numbers("keepdim", "wrong")[3] == numbers("keepdim", "right")[3]


def test_keepdim_the_tables_are_drawn_as_they_are_divided(N):
    np.testing.assert_allclose(table("keepdim", "wrong"), N / N.sum(1), rtol=1e-6)
    np.testing.assert_allclose(table("keepdim", "right"), N / N.sum(1, keepdims=True), rtol=1e-6)


@pytest.mark.parametrize("trap", [trap for trap in traps.TRAPS if trap.table], ids=lambda trap: trap.key)
def test_a_table_has_its_labels_and_both_sides_differ(trap):
    wrong, right = traps.outcomes(trap).values()
    assert right.values.shape == (len(right.rows), len(right.columns))
    assert right.values.isfinite().all()
    if wrong.values is None:
        assert "Error" in wrong.printed
    else:
        assert (wrong.rows, wrong.columns) == (right.rows, right.columns)
        assert not torch.equal(wrong.values, right.values)


def test_dimension_the_row_after_em_sums_to_1_over_the_last_dimension_only(names):
    triples = Counter((name[i : i + 2], (name + ".")[i + 2]) for name in names for i in range(len(name) - 1))
    letters = ".abcdefghijklmnopqrstuvwxyz"
    after_e = {middle: {last: triples["e" + middle, last] + 1 for last in letters} for middle in letters}
    after_e["."] = dict.fromkeys(letters, 1)
    wrong = sum(after_e["m"][last] / sum(row[last] for row in after_e.values()) for last in letters)
    assert numbers("dimension", "wrong") == [pytest.approx(wrong, abs=1e-4)]
    assert numbers("dimension", "right") == [1]
    m = letters.index("m")
    expected = [after_e["m"][last] / sum(row[last] for row in after_e.values()) for last in letters]
    np.testing.assert_allclose(table("dimension", "wrong")[m], expected, rtol=1e-5)
    np.testing.assert_allclose(table("dimension", "right").sum(1), 1, rtol=1e-5)


def test_multinomial_without_replacement_draws_each_letter_once():
    for side, different in (("wrong", 20), ("right", None)):
        letters = traps.printed(BY_KEY["multinomial"])[side].splitlines()[0].split()[-1]
        assert len(letters) == 20
        assert numbers("multinomial", side) == [len(set(letters))]
        drawn = table("multinomial", side)
        assert "".join(".abcdefghijklmnopqrstuvwxyz"[row.argmax()] for row in drawn) == letters
        assert (drawn.sum(1) == 1).all()
        assert different is None or len(set(letters)) == different
    assert numbers("multinomial", "right")[0] < 20


def test_float_the_product_of_two_types_is_refused():
    wrong, right = traps.printed(BY_KEY["float"]).values()
    assert wrong.startswith("torch.int64\nRuntimeError")
    assert right == "torch.float32\ntorch.Size([229804, 27])"
    first = [".abcdefghijklmnopqrstuvwxyz".index(letter) for letter in traps.outcomes(BY_KEY["float"])["right"].rows]
    np.testing.assert_allclose(table("float", "right"), start()[first], rtol=1e-6)


def test_exp_the_row_sums_are_not_those_of_the_counts(N):
    W = start()
    for _ in range(100):
        W = W - 50 * loss_and_gradient(W, N, 0.01)[1]
    sums = np.corrcoef(np.exp(W).sum(1), N.sum(1))[0, 1]
    rows = np.corrcoef(softmax(W).ravel(), (N / N.sum(1, keepdims=True)).ravel())[0, 1]
    assert numbers("exp", "wrong") == [pytest.approx(sums, abs=1e-3)]
    assert numbers("exp", "right") == [pytest.approx(rows, abs=1e-3)]
    assert abs(sums) < 0.5 < 0.9 < rows


def test_nelement_counts_every_number(names):
    n = sum(len(name) + 1 for name in names)
    assert numbers("nelement", "wrong")[0] == 2 * n
    assert "IndexError" in traps.printed(BY_KEY["nelement"])["wrong"]
    assert numbers("nelement", "right") == [n, pytest.approx(np.log(27), abs=1e-4)]


def test_gradient_kept_is_the_sum_of_all_before(N):
    for side in ("wrong", "right"):
        W, kept, losses = start(), 0, []
        for _ in range(20):
            loss, gradient = loss_and_gradient(W, N, 0.01)
            losses.append(loss)
            kept = kept + gradient if side == "wrong" else gradient
            W = W - 50 * kept
        expected = [x for step in (0, 1, 2, 19) for x in (step, losses[step])]
        assert numbers("gradient", side) == pytest.approx(expected, abs=2e-4)
    wrong, right = numbers("gradient", "wrong"), numbers("gradient", "right")
    assert wrong[5] < right[5]
    assert wrong[7] > right[7]


def test_penalty_is_the_difference_of_the_two(N):
    W = start()
    for _ in range(100):
        W = W - 50 * loss_and_gradient(W, N, 0.01)[1]
    P = N / N.sum(1, keepdims=True)
    counted = -np.sum(N * np.log(P, where=N > 0, out=np.zeros_like(P))) / N.sum()
    assert numbers("penalty", "wrong") == [pytest.approx(loss_and_gradient(W, N, 0.01)[0] - counted, abs=1e-4)]
    assert numbers("penalty", "right") == [pytest.approx(loss_and_gradient(W, N, 0.0)[0] - counted, abs=1e-4)]


def test_chaos_two_orders_of_one_sum_part_above_the_limit_only():
    N = bigram.count(*bigram.ngrams(bigram.load(), bigram.Vocab.from_words(bigram.load())), 27)
    P = torch.tensor(plain.minimum(N.tolist(), 0.01), dtype=torch.float64).softmax(1)
    limit = bigram.stable_learning_rates(N, 0.01, P)[1]
    ways = [(N, W := bigram.initial_weights(27)), (N.roll(13, 1), W.roll(13, 1))]
    ends = [[*bigram.descend(bigram.closed_form(N), W, 100, 80.0)][-1][0] for N, W in ways]
    assert limit < 80
    assert (ends[0] - ends[1].roll(-13, 1)).abs().max() < 1e-5  # a little above it, they do not part either
    for side in ("wrong", "right"):
        assert numbers("chaos", side)[0] == pytest.approx(limit, abs=0.05)
    assert numbers("chaos", "wrong")[8] > 0.01
    assert numbers("chaos", "right")[8] < 1e-5
    for side in ("wrong", "right"):
        assert table("chaos", side).max() == pytest.approx(numbers("chaos", side)[8], abs=1e-6)
    for side, same in (("wrong", False), ("right", True)):
        one, two = re.findall(r"^names (.*)$", traps.printed(BY_KEY["chaos"])[side], flags=re.M)
        assert (one == two) == same


def test_padding_one_dot_leaves_out_the_first_letters(names):
    for side, dots in (("wrong", "."), ("right", "..")):
        grams = Counter()
        for name in names:
            s = dots + name + "."
            grams.update(zip(s, s[1:], s[2:]))
        pairs = Counter()
        for (a, b, _), count in grams.items():
            pairs[a, b] += count
        n = sum(grams.values())
        loss = -sum(count * np.log(count / pairs[a, b]) for (a, b, _), count in grams.items()) / n
        assert numbers("padding", side) == [n, pytest.approx(loss, abs=1e-4)]
        letters = ".abcdefghijklmnopqrstuvwxyz"
        assert table("padding", side).tolist() == [[grams[".", a, b] for b in letters] for a in letters]
    assert numbers("padding", "right")[0] - numbers("padding", "wrong")[0] == len(names)


def test_e05_by_hand_overflows_where_one_call_does_not():
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        counts = np.exp(np.array([0, 100], dtype=np.float32))
        by_hand = -np.log(counts / counts.sum())
    assert np.isinf(by_hand[0])
    assert np.isnan(by_hand[1])
    assert traps.numbers(BY_KEY["e05"])["wrong"] == ["inf", "nan"]
    assert numbers("e05", "right") == [100, 0]
    limit = float(re.search(r"above ([\d.]+) is too large", BY_KEY["e05"].explanation)[1])
    assert np.log(np.finfo(np.float32).max) == pytest.approx(limit, abs=0.05)
