"""The pictures of the lessons: their numbers by plain loops, or by the package in another way."""

import math
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

import bigram
from demo.compute.results import SWEEP_K
from demo.experiment import Experiment
from demo.teaching.lessons import BY_KEY, explain
from demo.teaching.pictures import PICTURES
from demo.teaching.traps import TRAPS, printed
from tests import plain

VOCAB = bigram.Vocab.from_words(bigram.load())


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


@cache
def held_out(order: int) -> tuple[Counter, Counter]:
    """The counts of the train names and of the dev names."""
    train, dev, _ = bigram.split(bigram.load(), 0)
    return plain.counts(train, order), plain.counts(dev, order)


def losses(order: int, k: float) -> tuple[float, float]:
    """The NLL of the counts of the train names, on train and on dev."""
    N, sums = held_out(order)[0], Counter()
    for (context, _), count in N.items():
        sums[context] += count

    def nll(found: Counter) -> float:
        if k == 0 and not found.keys() <= N.keys():
            return math.inf
        parts = [x * math.log((N[pair] + k) / (sums[pair[0]] + k * 27)) for pair, x in found.items()]
        return -sum(parts) / found.total()

    train, dev = map(nll, held_out(order))
    return train, dev


def test_e01_draws_the_lowest_dev_loss_of_either_model():
    lowest = {name: min(losses(order, k)[1] for k in SWEEP_K) for order, name in ((2, "bigram"), (3, "trigram"))}
    assert amounts("e01") == pytest.approx({f"{name}, best k": loss for name, loss in lowest.items()})


def test_e02_draws_how_far_dev_is_above_train():
    apart = {name: losses(order, 1.0) for order, name in ((2, "bigram"), (3, "trigram"), (4, "order 4"))}
    assert amounts("e02") == pytest.approx(
        {f"{name}, dev − train": dev - train for name, (train, dev) in apart.items()}
    )


def test_e03_draws_train_and_dev_without_smoothing_with_the_best_and_with_the_most():
    best = min(SWEEP_K, key=lambda k: losses(3, k)[1])
    drawn = amounts("e03")
    assert list(drawn) == [f"{side}, k = {k}" for side in ("train", "dev") for k in ("0", f"{best:g}", "1,000")]
    expected = [losses(3, k)[side] for side in (0, 1) for k in (0.0, best, 1_000.0)]
    assert [math.inf if x is None else x for x in drawn.values()] == pytest.approx(expected)


def test_a_line_of_the_lecture_is_the_loss_before_its_update():
    N, e = plain.table(bigram.load()), BY_KEY["lecture"].experiment
    way = plain.descent(N, e.seed, 19, e.lr, e.l2)
    assert list(amounts("lecture").values()) == pytest.approx([loss(way[i], N, e.l2) for i in (0, 1, 2, 19)], abs=1e-4)


def test_the_gaps_are_those_of_another_descent():
    N, e = plain.table(bigram.load()), BY_KEY["converged"].experiment
    counted = plain.nll(plain.smoothed(N, 0.0), N)
    n, drawn = bigram.count(*bigram.ngrams(bigram.load(), VOCAB), 27), []
    for steps, l2 in ((100, e.l2), (e.steps, e.l2), (e.steps, 0.0)):
        *_, (W, _) = bigram.descend(bigram.closed_form(n), bigram.initial_weights(27), steps, e.lr, l2)
        drawn.append(plain.nll([plain.softmax(row) for row in W.double().tolist()], N) - counted)
    assert list(amounts("converged").values()) == pytest.approx(drawn, abs=1e-5)


def test_the_cell_of_heavy_l2_is_that_of_plain_loops():
    N, e = plain.table(bigram.load()), BY_KEY["l2"].experiment
    W = plain.descent(N, e.seed, e.steps, e.lr, e.l2)[-1]
    smoothed, trained = plain.smoothed(N, e.k), [plain.softmax(row) for row in W]
    cells = [(i, j) for i in range(27) for j in range(27)]
    i, j = max(cells, key=lambda cell: abs(smoothed[cell[0]][cell[1]] - trained[cell[0]][cell[1]]))
    expected = [table[i][j] for table in (plain.smoothed(N, 0.0), smoothed, trained)]
    assert list(amounts("l2").values()) == pytest.approx(expected, abs=1e-4)


def test_a_trained_table_scores_the_impossible_name():
    words, e = bigram.load(), BY_KEY["impossible"].experiment
    W = plain.descent(plain.table(words), e.seed, e.steps, e.lr, e.l2)[-1]
    surprise = plain.surprise("andrejq", [plain.softmax(row) for row in W], plain.characters(words))
    assert amounts("impossible")["trained"] == pytest.approx(surprise, abs=1e-3)


def test_the_lists_of_chaos_are_printed_by_its_code_and_drift_apart():
    drawn = picture("chaos")
    lines = printed(next(trap for trap in TRAPS if trap.key == "chaos"))["wrong"].splitlines()
    assert [f"names {names}" for names in drawn["lists"]] == lines[-2:]
    one, other = drawn["lists"]
    assert len(one) == len(other) > 1
    assert one != other
