"""The pictures of the lessons: their numbers by plain loops, or by the package in another way."""

import math
from itertools import pairwise

import pytest

import bigram
from demo.experiment import Experiment
from demo.teaching.lessons import BY_KEY, explain
from demo.teaching.pictures import PICTURES
from tests import plain


def picture(key: str) -> dict:
    return PICTURES[key](BY_KEY[key].experiment)


def loss(W: list[list[float]], N: list[list[int]], l2: float) -> float:
    cells = [w for row in W for w in row]
    return plain.nll([plain.softmax(row) for row in W], N) + l2 * sum(w * w for w in cells) / len(cells)


def amounts(key: str) -> dict[str, float | None]:
    return {bar["label"]: bar["value"] for bar in picture(key)["bars"]}


@pytest.mark.parametrize("key", PICTURES)
def test_a_picture_says_in_words_what_it_shows(key):
    drawn = explain(BY_KEY[key])["picture"]
    assert drawn == picture(key)
    assert drawn["label"].endswith(".")
    for bar in drawn.get("bars", []):
        assert bar["text"] in drawn["label"]
        assert float(bar["text"].replace("∞", "inf")) == pytest.approx(bar["value"] or math.inf, abs=1e-3)


def test_a_lesson_without_a_picture_has_none():
    assert explain(BY_KEY["count"])["picture"] is None


@pytest.mark.parametrize("key", ["edge", "over"])
def test_a_ball_keeps_its_share_of_the_distance_in_each_step(key):
    words, e = bigram.load(), BY_KEY[key].experiment
    vocab = bigram.Vocab.from_words(words)
    N = bigram.count(*bigram.ngrams(words, vocab), len(vocab))
    *_, (W, _) = bigram.descend(bigram.closed_form(N), bigram.initial_weights(len(vocab)), 2_000, 50.0, e.l2)
    limit = bigram.stable_learning_rates(N, e.l2, W.double().softmax(1))[1]
    bowls = picture(key)["bowls"]
    assert [bowl["own"] for bowl in bowls] == [bowl["rate"] == e.lr for bowl in bowls]
    for bowl in bowls:
        for before, after in pairwise(bowl["places"]):
            assert after / before == pytest.approx(1 - 2 * bowl["rate"] / limit, rel=1e-2)
        assert max(map(abs, bowl["places"])) == pytest.approx(1)
        assert (bowl["words"] == "climbs out") == (bowl["rate"] > limit)


def test_the_curves_are_those_of_plain_loops():
    slow, fast = picture("slow")["lines"]
    N, e = plain.table(bigram.load()), Experiment()
    for line, lr in ((slow, 1.0), (fast, 50.0)):
        assert line["name"] == f"rate {lr:g}"
        way = plain.descent(N, e.seed, 2, lr, e.l2)
        assert line["loss"][:3] == pytest.approx([loss(W, N, e.l2) for W in way], abs=1e-4)


def test_u_falls_into_the_piece_of_the_letter_in_each_strip():
    drawn = picture("sampling")
    for strip in drawn["strips"]:
        assert strip["pieces"][-1][2] == pytest.approx(1)
        letter = next(name for name, low, high in strip["pieces"] if low <= drawn["u"] < high)
        assert letter == strip["letter"]
    assert drawn["strips"][0]["letter"] != drawn["strips"][1]["letter"]


def test_bars_are_losses_of_plain_loops():
    lists = {year: bigram.load(f"us-{year}") for year in (1880, 2018)}
    tables = {year: plain.smoothed(plain.table(words), 1.0) for year, words in lists.items()}
    for x, y in ((1880, 1880), (2018, 2018), (1880, 2018), (2018, 1880)):
        mean = plain.nll(tables[y], plain.table(lists[x]))
        assert amounts("years")[f"names of {x}, table of {y}"] == pytest.approx(mean)
    assert picture("years")["most"] == pytest.approx(math.log(27))
    names = amounts("impossible")
    assert names["smoothing 0"] is None
    smoothed = plain.surprise("andrejq", tables[2018], plain.characters(lists[2018]))
    assert names["smoothing 1"] == pytest.approx(smoothed)
