"""What the screen shows equals what `bigram` computes."""

import base64
import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import lab
import numpy as np
import pytest
import show
import torch
from experiment import Experiment

import bigram

SMALL = Experiment(data="us-1880", steps=30)


def table(heat_map: dict, key: str) -> np.ndarray:
    """A layer of a heat map as the page decodes it."""
    layer = next(layer for layer in heat_map["layers"] if layer["key"] == key)
    flat = np.frombuffer(base64.b64decode(layer["data"]), dtype="<f4")
    return flat.reshape(len(heat_map["rows"]), len(heat_map["columns"]))


def by_hand(e: Experiment) -> tuple[torch.Tensor, torch.Tensor, list[float]]:
    """N, the final W and the losses of an experiment, straight from the package."""
    words = bigram.load(e.data)
    vocab = bigram.Vocab.from_words(words)
    xs, ys = bigram.ngrams(words, vocab, e.order)
    N = bigram.count(xs, ys, len(vocab), e.order)
    W = bigram.initial_weights(len(vocab), e.order, e.seed)
    way = list(bigram.descend(partial(bigram.nll_rows, xs=xs, ys=ys), W, e.steps, e.lr, e.l2))
    return N, way[-1][0], [loss.item() for _, loss in way]


@pytest.mark.parametrize("form", list(bigram.FORMS))
@pytest.mark.parametrize("order", [2, 3])
def test_the_screen_shows_what_the_package_computes(form, order):
    e = SMALL.model_copy(update={"form": form, "order": order})
    view, (N, W, losses) = lab.trained(e), by_hand(e)
    lead = "." * (order - 2)
    rows = slice(0, view.corpus.V)
    counted, descended = show.counted_map(view, lead), show.descended_map(view, lead)
    np.testing.assert_array_equal(table(counted, "N"), N[rows])
    np.testing.assert_allclose(table(counted, "P"), bigram.probabilities(N, e.k)[rows], rtol=1e-6)
    np.testing.assert_allclose(table(descended, "W"), W[rows], atol=2e-3)
    np.testing.assert_allclose(table(descended, "P"), W.softmax(1)[rows], atol=1e-4)
    np.testing.assert_allclose(
        table(show.difference_map(view, lead), "difference"),
        np.abs(table(counted, "P") - table(descended, "P")),
        atol=1e-6,
    )
    shown = dict(zip(*(show.curve(view)["series"][0][axis] for axis in "xy")))
    assert shown == pytest.approx({step: losses[step] for step in shown}, abs=2e-4)
    assert show.curve(view)["floors"][0]["y"] == bigram.nll_counts(bigram.probabilities(N, e.k).log(), N).item()


def test_the_gap_is_the_difference_of_both_losses_in_float64():
    view = lab.trained(SMALL)
    summary = lab.summary(view)
    exact = bigram.nll_counts(view.W.double(), view.corpus.N).item()
    assert summary["descended_nll"] == exact
    assert summary["gap"] == exact - summary["counted_nll"]


def test_names_come_from_both_tables_with_one_seed():
    view = lab.trained(SMALL)
    left, right, *_ = zip(*show.names(view)["pairs"])
    vocab, e = view.corpus.vocab, view.e
    assert list(left) == bigram.sample(bigram.probabilities(view.corpus.N, e.k), vocab, e.draws, e.draw_seed)
    assert list(right) == bigram.sample(view.W.double().softmax(1), vocab, e.draws, e.draw_seed)


def test_a_heat_map_of_order_3_shows_the_contexts_that_begin_with_the_lead():
    view = lab.trained(SMALL.model_copy(update={"order": 3}))
    shown = show.counted_map(view, "m")
    assert shown["rows"][:3] == ["m.", "ma", "mb"]
    words = view.corpus
    m = words.vocab.chars.index("m")
    np.testing.assert_array_equal(table(shown, "N"), words.N[m * words.V : (m + 1) * words.V])


def test_a_large_vocabulary_shows_its_commonest_characters():
    own = "\n".join(chr(0x4E00 + i) * (1 + i % 3) for i in range(300))
    shown = show.counted_map(lab.trained(Experiment(data="own", words=own, steps=1)))
    assert len(shown["rows"]) == len(shown["columns"]) == show.SHOWN
    assert "commonest of 301" in shown["note"]


def test_training_is_shared_but_a_view_is_not():
    a, b = SMALL, SMALL.model_copy(update={"draws": 3, "k": 7.0, "tab": "code"})
    assert lab.run_of(a) is lab.run_of(b)
    assert lab.run_of(a) is not lab.run_of(a.model_copy(update={"lr": 49.0}))
    assert len(show.names(lab.trained(b))["pairs"]) == 3
    assert len(show.names(lab.trained(a))["pairs"]) == 10


def test_one_run_asked_for_by_many_at_once_is_made_once():
    e = SMALL.model_copy(update={"form": "rows", "seed": 11})
    made = lab._run.cache_info().misses
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(lab.trained, [e] * 8))
    assert lab._run.cache_info().misses == made + 1
    assert all(torch.equal(view.W, views[0].W) for view in views)
    assert all(view.steps == views[0].steps and view.steps[-1] == e.steps for view in views)


def test_a_slow_run_is_shown_on_the_way(monkeypatch):
    monkeypatch.setattr(lab, "CHUNK", 0.0005)
    views = list(lab.train(SMALL.model_copy(update={"form": "onehot", "seed": 12})))
    assert len(views) > 2
    taken = [view.taken for view in views]
    assert taken == sorted(taken)
    assert taken[-1] == SMALL.steps


def test_a_run_that_another_visitor_ends_is_shown_to_its_end(monkeypatch):
    monkeypatch.setattr(lab, "CHUNK", 0.0005)
    e = SMALL.model_copy(update={"seed": 14})
    way = lab.train(e)
    assert next(way).taken < SMALL.steps
    lab.trained(e)
    *_, last = way
    assert last.taken == SMALL.steps


def test_a_run_that_takes_too_long_stops_and_says_so(monkeypatch):
    monkeypatch.setattr(lab, "LONGEST_RUN", -1.0)
    view = lab.trained(SMALL.model_copy(update={"seed": 13}))
    assert view.taken < SMALL.steps
    assert "Stopped" in view.notice
    assert "The form counts" in view.notice


def test_divergence_is_explained_with_the_bound_of_these_words():
    view = lab.trained(Experiment(lr=1000.0))
    safe, edge = bigram.stable_learning_rates(view.corpus.N, 0.01)
    assert f"{safe:.4g}" in view.notice
    assert f"{edge:.4g} = 2/λ_max" in view.notice


def test_a_rate_over_the_edge_is_explained_where_it_only_stalls():
    assert "overshoots" in lab.trained(Experiment(lr=80.0)).notice
    assert lab.trained(Experiment(lr=50.0)).notice == ""


def test_numbers_that_overflow_are_shown_as_none_never_as_nan():
    view = lab.trained(SMALL.model_copy(update={"lr": 1000.0, "l2": 100.0, "steps": 200}))
    assert "diverged" in view.notice
    values = [show.figures(view), show.curve(view), show.names(view)]
    json.dumps(values, allow_nan=False)
    assert show.names(view)["note"].startswith("No names from the descended table")
    assert len(show.names(view)["pairs"]) == view.e.draws


@pytest.mark.parametrize(
    ("weight", "bars", "sentence"),
    [
        (-1e4, [(None, "∞"), (None, "∞")], "The pair .→a has a weight too far below its row's largest"),
        (math.nan, [(0.0, "nan"), (0.0, "nan")], "The descent has diverged: this table holds no probabilities."),
    ],
)
def test_a_score_without_a_probability_says_why_by_table(weight, bars, sentence):
    view = lab.trained(SMALL)
    W = view.W.clone()
    W[0, 1] = W[1, 0] = weight
    counted, descended = show.score(replace(view, W=W), "a")
    assert [(bar["value"], bar["text"]) for bar in descended["bars"]] == bars
    assert descended["note"].startswith(sentence)
    assert "NLL" in counted["note"]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"data": "own"}, "no own words yet"),
        ({"data": "own", "words": " \n\n "}, "no own words yet"),
        ({"data": "own", "sha": "0" * 64}, "Paste or upload that list"),
        ({"data": "own", "words": "emma", "sha": "0" * 64}, "not the words of the link"),
        ({"data": "own", "words": "em.ma"}, "boundary of words"),
        ({"data": "own", "words": "emma", "split": 1}, "too few"),
        ({"data": "own", "words": "".join(map(chr, range(0x4E00, 0x4E00 + 200))), "order": 3}, "more than 4,194,304"),
        ({"form": "onehot", "order": 4}, "Choose the form rows"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        lab.trained(Experiment(**settings))


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        ("emma, olivia\nava", ["Lines with a comma: 1. Each line is one word here: put every name on its own line."]),
        ("emma\nolivia", []),
    ],
)
def test_words_side_by_side_are_pointed_out(words, sentences):
    assert show.notice(lab.trained(Experiment(data="own", words=words, lr=1.0)))["sentences"] == sentences


def test_one_own_word_is_enough():
    view = lab.trained(Experiment(data="own", words="emma\r\n\r\n", lr=5.0))
    assert view.corpus.train == ["emma"]
    assert lab.summary(view)["examples"] == 5
