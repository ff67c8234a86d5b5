"""The settings that the lab chooses for few words: the rate settles, and the counts show through the smoothing."""

import math
import random

import jaxtyping
import pytest

import bigram
from bigram.checks import below
from demo.compute import runs
from demo.compute.suit import suit
from demo.experiment import Experiment
from demo.page import screens
from tests import plain


def lists(number: int) -> list[list[str]]:
    """Some names, and lists of 1 to 60 words, of few letters and of many, some with one word again and again."""
    chance, names = random.Random(number), bigram.load("us-2018")[:3_000]
    made = [chance.sample(names, size) for size in (1, 5, 12, 20, 30, 40)]
    for _ in range(number):
        letters = "abcdefghijklmnopqrstuvwxyz"[: chance.choice([1, 2, 4, 12, 26])]
        words = ["".join(chance.choices(letters, k=chance.randint(1, 9))) for _ in range(chance.choice([1, 2, 5, 60]))]
        made.append(words * chance.choice([1, 1, 5]))
    return made


def next_digit(number: float) -> float:
    """The next number of one digit: 30 after 20, 0.02 after 0.01."""
    size = 10.0 ** math.floor(math.log10(number) + 1e-9)
    return number + size


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("l2", [0.0, 0.01, 100.0])
def test_few_words_get_a_rate_that_settles_and_a_smoothing_that_shows_the_counts(order, l2, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # other tests check the shapes of these calls
    for words in lists(40 if order == 2 else 10):
        e = Experiment(data="own", words="\n".join(words), order=order, l2=l2)
        lr, k = suit(e)
        N = plain.table(words, order)
        n, V, rows = sum(map(sum, N)), len(N[0]), [row for row in N if sum(row)]

        added = k * V * len(rows)
        assert added <= n / 20 * (1 + 1e-9)
        assert k == 1 or next_digit(k) * V * len(rows) > n / 20
        lowest = plain.nll(plain.smoothed(N, 0.0), N)
        assert plain.nll(plain.smoothed(N, k), N) - lowest <= math.log(1 + 1 / 20) + 1e-12

        view = runs.trained(e.model_copy(update={"lr": lr, "k": k}))
        assert view.notice == ""
        assert view.objective[-1] <= view.objective[0]
        falls = [after - before for before, after in zip(view.objective[-20:], view.objective[-19:])]
        assert max(falls) < 1e-5, (words, lr)
        curvature = max(map(sum, N)) / n / 2 + 2 * l2 / (len(N) * V)
        assert lr == 50 or lr * curvature <= 2 * (1 + 1e-9)
        assert lr == 50 or next_digit(lr) * curvature > 2


def test_a_long_list_keeps_the_settings_of_the_lecture():
    words = "\n".join(bigram.load("us-2018"))
    assert suit(Experiment(data="own", words=words)) == (50.0, 1.0)


def test_the_page_asks_for_them():
    reply = screens.suit({"experiment": {"data": "own", "words": "emma\nolivia\nava\nnoah\nliam"}})
    assert reply == {"settings": {"lr": 10, "k": 0.01}}
    assert "no own words" in screens.suit({"experiment": {"data": "own"}})["error"]


@pytest.mark.parametrize(("number", "digit"), [(26.9, 20), (0.0134, 0.01), (0.3, 0.3), (0.6, 0.6), (0.07, 0.07)])
def test_one_digit_below_a_number(number, digit):
    assert below(number) == digit
