"""What the page is sent, against plain loops; and what it is told where a question cannot be answered."""

import base64
import gzip
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bigram
from demo.compute import gpu, lookup, runs
from demo.experiment import HIDEABLE, OWN_TABLE, OWN_WORDS, TABS, Experiment
from demo.page import pictures, screens
from demo.teaching import course
from tests import plain

WORDS = bigram.load("us-1880")
E = Experiment(data="us-1880", steps=30, k=2.0, draws=5)
SETTINGS = screens.settings_of(E)
DEFAULT = screens.settings_of(Experiment())


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A run is done in one answer, however slow the machine is."""
    monkeypatch.setattr(screens, "SLICE", 60.0)


def ask(function, **question) -> dict:
    """An answer as the page receives it."""
    reply = function({"experiment": SETTINGS} | question)
    return json.loads(json.dumps(reply, allow_nan=False))


def unpacked(value: dict, name: str) -> np.ndarray:
    flat = np.frombuffer(base64.b64decode(value[name]), dtype="<f8" if name == "N" else "<f4")
    return flat.reshape(len(value["rows"]), len(value["columns"]))


def test_a_run_that_one_page_leaves_goes_on_for_another(monkeypatch):
    monkeypatch.setattr(screens, "SLICE", 0.0)
    slow = SETTINGS | {"form": "onehot", "seed": "77"}
    other = {"page": "bob", "run": 1, "experiment": slow}
    assert not ask(screens.two_ways, page="ann", run=1, experiment=slow)["done"]
    assert not ask(screens.two_ways, **other)["done"]
    assert "error" not in ask(screens.two_ways, page="ann", run=2)
    assert ask(screens.two_ways, page="ann", run=1, experiment=slow) == {
        "error": "A newer run of this page has ended this one."
    }
    monkeypatch.setattr(screens, "SLICE", 60.0)
    assert ask(screens.two_ways, **other)["done"]


@pytest.mark.parametrize("wrong", [{"page": 1}, {"page": "a" * 1_001}, {"run": "x"}, {"run": [1]}])
def test_who_asks_is_checked(wrong):
    assert ask(screens.two_ways, **wrong) == {"error": screens.MISUNDERSTOOD}


def test_a_page_is_told_its_place_and_waits_for_nothing():
    assert [screens.waiting(given) for given in ({"page": "a"}, {"page": []}, {}, [], None)] == [{"place": 0}] * 5


def test_where_no_gpu_is_to_be_had_the_same_run_is_offered_on_the_cpu(monkeypatch):
    def refused(e, seconds):
        raise gpu.NoGPU("No GPU can be had now.") if e.steps == 30 else ValueError("Something else.")

    monkeypatch.setattr(screens, "glance", refused)
    assert ask(screens.two_ways) == {"error": "No GPU can be had now.", "on_cpu": True}
    assert ask(screens.two_ways, experiment=DEFAULT) == {"error": "Something else."}
    monkeypatch.setitem(screens.MAIN, "two-ways", lambda question: {})
    opened = screens.open_link({"query": E.query()})
    assert (opened["on_cpu"], opened["settings"]["steps"], opened["experiment"]["steps"]) == (True, 30, 100)
    assert "on_cpu" not in screens.open_link({"query": ""})


def test_the_stage_shows_what_plain_loops_compute():
    reply = ask(screens.two_ways)
    value, N = reply["value"], plain.table(WORDS)
    way = plain.descent(N, E.seed, 30, 50.0, 0.01)
    P, Q = plain.smoothed(N, 2.0), [plain.softmax(row) for row in way[-1]]
    assert value["rows"] == value["columns"] == list(plain.characters(WORDS))
    np.testing.assert_array_equal(unpacked(value, "N"), N)
    np.testing.assert_allclose(unpacked(value, "P"), P, rtol=1e-6)
    np.testing.assert_allclose(unpacked(value, "Q"), Q, rtol=1e-3)
    np.testing.assert_allclose(unpacked(value, "W"), way[-1], atol=1e-3)
    np.testing.assert_array_equal(unpacked(value, "start"), np.array(way[0], "<f4"))
    losses = [plain.nll([plain.softmax(row) for row in W], N) for W in way]
    assert value["curve"]["nll"] == pytest.approx(losses, abs=1e-5)
    l2 = [sum(w * w for row in W for w in row) / len(N) ** 2 * 0.01 for W in way]
    assert value["curve"]["loss"] == pytest.approx([a + b for a, b in zip(losses, l2)], abs=1e-5)
    assert value["curve"]["floor"] == value["figures"]["counted_nll"] == pytest.approx(plain.nll(P, N), rel=1e-12)
    assert value["figures"]["empty"] == sum(row.count(0) for row in N)
    assert sum(value["gaps"]) == pytest.approx(value["figures"]["gap"], rel=1e-9)
    assert value["film"] == {"n": sum(map(sum, N)), "size": len(N) ** 2, "lr": 50.0, "l2": 0.01, "chaotic": False}
    chars = plain.characters(WORDS)
    left, right, known, _ = zip(*value["names"]["pairs"])
    assert list(left) == plain.names(P, chars, 5, E.draw_seed)
    assert list(right) == plain.names(Q, chars, 5, E.draw_seed)
    assert list(known) == [name in WORDS for name in left]
    assert (reply["done"], reply["step"], reply["steps"], reply["notice"]) == (True, 30, 30, [])
    assert reply["link"] == "?v=1&data=us-1880&k=2&steps=30&draws=5"


def test_of_a_larger_table_the_rows_with_one_lead_are_shown():
    question = {"experiment": SETTINGS | {"order": 3}}
    value = screens.two_ways(question | {"lead": "m"})["value"]
    chars, N = plain.characters(WORDS), plain.table(WORDS, 3)
    m = chars.index("m")
    assert value["rows"] == [f"m{char}" for char in chars]
    assert value["leads"] == list(chars)
    np.testing.assert_array_equal(unpacked(value, "N"), N[m * len(chars) : (m + 1) * len(chars)])
    assert screens.two_ways(question | {"lead": "??"})["value"]["rows"][0] == ".."


def test_a_large_vocabulary_shows_its_commonest_characters_without_a_film():
    own = "\n".join(chr(0x4E00 + i) * (1 + i % 3) for i in range(300))
    value = screens.two_ways({"experiment": DEFAULT | {"data": "own", "words": own, "steps": 1}})["value"]
    assert len(value["rows"]) == len(value["columns"]) == pictures.SHOWN
    assert "most common of 301" in value["note"]
    assert value["start"] is None
    whole = {char: sum(row) for char, row in zip(plain.characters(own.split()), plain.table(own.split()))}
    assert value["totals"] == [whole[char] for char in value["rows"]]  # also of the columns that are not shown


def test_a_curve_holds_the_losses_of_all_steps():
    view = runs.trained(Experiment(lr=80.0, steps=1000))
    curve = pictures.curve(view, 2.0)
    assert curve["nll"] == pytest.approx(view.nll, abs=1e-7)
    assert curve["loss"] == pytest.approx(view.objective, abs=1e-7)
    assert len(curve["nll"]) == 1001


def test_numbers_that_overflow_are_none_never_nan():
    value = ask(screens.two_ways, experiment=SETTINGS | {"lr": 1000.0, "l2": 100.0, "steps": 200})["value"]
    assert value["figures"]["descended_nll"] is None
    assert value["film"]["chaotic"] is True
    assert value["names"]["note"].startswith("The trained table gives no names")
    assert len(value["names"]["pairs"]) == 5
    assert value["curve"]["nll"][-1] is None


def test_a_slow_run_answers_on_its_way(monkeypatch):
    monkeypatch.setattr(screens, "SLICE", 0.0)
    monkeypatch.setattr(screens, "LATER", 60.0)
    slow = SETTINGS | {"form": "onehot", "seed": "12"}
    first = ask(screens.two_ways, experiment=slow)
    assert (first["done"], first["step"], first["link"]) == (
        False,
        0,
        "?v=1&data=us-1880&k=2&steps=0&seed=12&form=onehot&draws=5",
    )
    last = ask(screens.two_ways, experiment=slow, late=True)
    assert (last["done"], last["step"]) == (True, 30)


def test_look_inside_computes_one_pair():
    value = ask(screens.inside, context="n", character="a")["value"]
    chars, N = plain.characters(WORDS), plain.table(WORDS)
    x, y = chars.index("n"), chars.index("a")
    W = plain.descent(N, E.seed, 30, 50.0, 0.01)[-1][x]
    onehot, logits, exp, p, surprise, slope = ([bar["value"] for bar in chart["bars"]] for chart in value["passes"])
    assert onehot == [float(char == "n") for char in chars]
    assert logits == pytest.approx(W, abs=1e-3)
    assert exp == pytest.approx([math.exp(w) for w in W], rel=2e-3)
    assert p == pytest.approx(plain.softmax(W), rel=1e-3)
    assert surprise == pytest.approx([-math.log(q) for q in plain.softmax(W)], abs=1e-3)
    assert slope == pytest.approx([q - (j == y) for j, q in enumerate(plain.softmax(W))], abs=1e-4)
    assert [chart["signed"] for chart in value["passes"]] == [False, True, False, False, False, True]
    assert (value["product"]["row"], value["product"]["column"]) == (x, y)
    assert unpacked(value["product"], "W")[x] == pytest.approx(W, abs=1e-3)
    figures = {figure["label"]: figure for figure in value["figures"]}
    texts = [bar["text"] for chart in value["passes"] for bar in chart["bars"]]
    assert any(text.startswith("−") for text in texts)
    assert not any(text.startswith("-") for text in texts)
    assert figures["count N"]["value"] == f"{N[x][y]:,}"
    assert figures["p, counted"]["value"] == f"{plain.smoothed(N, 2.0)[x][y]:.6f}"
    assert ask(screens.look, context="n", character="a") == value


def test_inside_a_trigram_the_rows_are_those_with_its_first_character():
    value = screens.inside({"experiment": SETTINGS | {"order": 3}, "context": "na", "character": "n"})["value"]
    rows = [f"n{char}" for char in plain.characters(WORDS)]
    assert value["product"]["contexts"] == len(plain.characters(WORDS)) ** 2
    assert value["product"]["rows"] == [bar["label"] for bar in value["passes"][0]["bars"]] == rows


def test_a_pair_of_other_words_becomes_the_commonest():
    N, chars = plain.table(WORDS), plain.characters(WORDS)
    most = max((x, i, j) for i, row in enumerate(N) for j, x in enumerate(row))
    for context, character in (("", ""), ("ab", "c"), ("a", "?"), ("a", "bc")):
        value = ask(screens.inside, context=context, character=character)["value"]
        assert (value["context"], value["character"]) == (chars[most[1]], chars[most[2]])


def test_a_step_shows_what_it_changed():
    value = ask(screens.inside, context="n", character="a", before=29)["value"]
    assert " → " in {figure["label"]: figure["value"] for figure in value["figures"]}["weight W"]
    assert (
        ask(screens.inside, context="n", character="a", before=30)["value"]["figures"]
        == (ask(screens.look, context="n", character="a")["figures"])
    )


def test_both_tables_score_a_name_on_one_scale():
    reply = ask(screens.score, name=" anna ")
    losses = [bar["value"] for table in ("counted", "descended") for bar in reply[table]["bars"]]
    assert reply["counted"]["max"] == reply["descended"]["max"] == max(losses)
    assert [bar["label"] for bar in reply["counted"]["bars"]] == [".→a", "a→n", "n→n", "n→a", "a→."]
    assert f"{sum(losses[:5]):.4f} in all" in reply["counted"]["note"]


@pytest.mark.parametrize(
    ("weight", "bars", "sentence"),
    [
        (-1e4, [(None, "∞"), (None, "∞")], "The pair .→a has a weight too far below its row's largest"),
        (math.nan, [(0.0, "–"), (0.0, "–")], "The descent has diverged: this table holds no probabilities."),
    ],
)
def test_a_score_without_a_probability_says_why_by_table(weight, bars, sentence):
    view = runs.trained(E)
    W = view.W.clone()
    W[0, 1] = W[1, 0] = weight
    scores = pictures.score(replace(view, W=W), "a")
    assert [(bar["value"], bar["text"]) for bar in scores["descended"]["bars"]] == bars
    assert scores["descended"]["note"].startswith(sentence)
    assert "NLL" in scores["counted"]["note"]


def test_pairs_of_letters_from_right_to_left_stay_in_their_order():
    """Isolates hold each side of the pair, and the pair as a whole is read from left to right."""
    own = SETTINGS | {"data": "own", "words": "שלום\nליל"}
    labels = [bar["label"] for bar in ask(screens.score, experiment=own, name="של")["counted"]["bars"]]
    assert labels == [f"\u2066\u2068{a}\u2069→\u2068{b}\u2069\u2069" for a, b in (".ש", "של", "ל.")]
    said = ask(screens.look, experiment=own, context="ש", character="ל")["product"]["said"]
    assert said.startswith(f"{labels[1]}: ")


def test_an_infinite_score_is_explained():
    reply = ask(screens.score, experiment=SETTINGS | {"k": 0.0}, name="andrejq")
    assert "never occurs in the words" in reply["counted"]["note"]
    assert None in [bar["value"] for bar in reply["counted"]["bars"]]


@pytest.mark.parametrize("table", ["counted", "descended"])
def test_a_name_is_walked_letter_by_letter(table):
    value = ask(screens.sampling, table=table, seed="5")["value"]
    N, chars = plain.table(WORDS), plain.characters(WORDS)
    P = plain.smoothed(N, 2.0) if table == "counted" else [
        plain.softmax(row) for row in plain.descent(N, E.seed, 30, 50.0, 0.01)[-1]
    ]  # fmt: skip
    assert value["walk"]["name"] == plain.names(P, chars, 1, 5)[0]
    assert value["walk"]["known"] == (value["walk"]["name"] in WORDS)
    for step in value["walk"]["steps"]:
        row = P[chars.index(step["context"])]
        assert step["row"] == pytest.approx(row, rel=1e-3)
        assert step["cumulative"] == pytest.approx(np.cumsum(row), rel=1e-3)
        before = step["cumulative"][step["chosen"] - 1] if step["chosen"] else 0
        assert before <= step["u"] < step["cumulative"][step["chosen"]]


def test_a_walk_over_many_characters_merges_neighbours_that_are_not_likely():
    letters = [chr(0x4E00 + i) for i in range(60)]
    words = [letter for i, letter in enumerate(letters) for _ in range(i + 1)]  # each begins more often than the last
    settings = SETTINGS | {"data": "own", "words": "\n".join(words), "k": 0.001}
    P, chars = plain.smoothed(plain.table(words), 0.001), plain.characters(words)
    for seed in range(1, 9):
        first, *_, last = ask(screens.sampling, experiment=settings, table="counted", seed=str(seed))["value"]["walk"][
            "steps"
        ]
        drawn = first["labels"][first["chosen"]]
        assert {*first["labels"]} == {*sorted(chars, key=lambda char: -P[0][chars.index(char)])[:39], drawn, "…"}
        assert sum(first["row"]) == pytest.approx(1)
        assert first["cumulative"][-1] == pytest.approx(1)
        assert (last["labels"][0], last["chosen"]) == (".", 0)  # after each letter the word ends
        assert last["row"][0] == pytest.approx(P[chars.index(drawn)][0])


def test_a_walk_takes_the_seed_of_the_names_where_none_is_given():
    assert ask(screens.sampling)["value"]["seed"] == str(E.draw_seed)
    value = ask(screens.sampling, seed=str(2**63 - 1))["value"]
    assert value["seed"] == str(2**63 - 1)


@pytest.mark.parametrize(
    ("settings", "question", "sentence"),
    [
        ({}, {"seed": "abc"}, "Seed of the names (seed) must be a whole number"),
        ({"lr": 1000.0, "l2": 100.0, "steps": 200}, {"table": "descended"}, "The trained table gives no names."),
    ],
)
def test_what_cannot_be_drawn_is_said_beside_a_run_that_is_shown(settings, question, sentence):
    reply = ask(screens.sampling, experiment=SETTINGS | settings, **question)
    assert (reply["done"], reply["step"]) == (True, (SETTINGS | settings)["steps"])
    assert reply["value"]["walk"] is None
    assert sentence in reply["value"]["wrong"]


def test_names_belong_to_the_table_that_they_were_drawn_from():
    def about(**settings):
        return ask(screens.sampling, experiment=SETTINGS | settings)["value"]["about"]

    first = about()
    assert about(draw_seed="9", tab="sampling", draws=7) == first
    assert about(steps=29)["counted"] == about(lr=2.0)["counted"] == first["counted"]
    assert about(k=3.0)["descended"] == first["descended"]
    others = [about(k=3.0)["counted"], about(steps=29)["descended"], about(lr=2.0)["descended"]]
    others += [about(data="us-2018")["counted"], about(data="us-2018")["descended"]]
    assert len({*others, *first.values()}) == 7


def test_a_trap_is_sent_with_the_line_that_differs_and_both_tables():
    reply = screens.run_trap({"key": "keepdim"})
    assert [side["lines"] for side in reply["sides"]] == ["P = N / N.sum(1)", "P = N / N.sum(1, keepdim=True)"]
    words = bigram.load()
    N, tables = np.array(plain.table(words)), reply["tables"]
    totals = N.sum(1, keepdims=True)
    for side, P in (("wrong", N / totals.T), ("right", N / totals)):
        drawn = np.frombuffer(base64.b64decode(tables["sides"][side]), "<f4").reshape(27, 27)
        np.testing.assert_allclose(drawn, P, rtol=1e-6)
    assert list(tables["rows"]) == list(tables["columns"]) == list(plain.characters(words))
    assert screens.run_trap({"key": "penalty"})["tables"] is None
    assert screens.run_trap({"key": "float"})["tables"]["sides"]["wrong"] is None
    assert "no such trap" in screens.run_trap({"key": "x"})["error"]


def test_sweeps_and_the_test_speak_of_the_words_held_out():
    about = {ask(screens.smoothing, experiment=SETTINGS | change)["value"]["about"] for change in (
        {}, {"k": 3.0}, {"split": "0"}, {"split": "1"}, {"data": "us-2018"})}  # fmt: skip
    assert len(about) == 3  # k is not about words; split 0 is what an experiment without a split uses
    reply = ask(screens.sweep, orders=[3, 2])
    while not reply["done"]:
        reply = ask(screens.sweep, orders=[3, 2])
    assert [series["name"] for series in reply["k"]["series"]] == [
        "train, order 2", "dev, order 2", "train, order 3", "dev, order 3"
    ]  # fmt: skip
    assert len(reply["l2"]["series"]) == 2
    for part in ("k", "l2"):  # each line has the colour of its order, in both pictures
        assert all(series["color"] == int(series["name"][-1]) - 2 for series in reply[part]["series"])
    at_once = ask(screens.smoothing)["value"]["over_k"]
    assert at_once["series"] == reply["k"]["series"][:2]
    for other in ({"order": 4}, {"data": "own", "words": "emma"}):  # too large a table, too few words
        assert ask(screens.smoothing, experiment=SETTINGS | other)["value"]["over_k"] is None
    assert reply["k"]["x_log"] is reply["l2"]["x_log"] is True
    train, _, held = bigram.split(WORDS, 0)
    chars = plain.characters(WORDS)
    N, T = ([[part[a, b] for b in chars] for a in chars] for part in (plain.counts(train), plain.counts(held)))
    loss = plain.nll(plain.smoothed(N, 2.0), T)
    about = "Test NLL of the counted table at order 2, k = 2"
    assert ask(screens.test)["sentence"] == f"{about}: {loss:.6f} nats per character."
    infinite = ask(screens.test, experiment=SETTINGS | {"k": 0.0, "order": 4})
    assert infinite["error"].startswith("At smoothing 0 this score is infinite")


def test_the_speed_screen_times_one_form():
    reply = ask(screens.time, order=2, n=1000, form="counts")
    assert reply["forward"] > 0
    assert ask(screens.time, order=3, n=228_146, form="onehot")["forward"] is None


WAYS = {"one_hot(xs).float() @ W": 0.012, "W[xs]": 0.003}  # seconds, made up


def test_the_speed_screen_times_both_ways_to_a_row():
    for way in WAYS:
        timed = ask(screens.lookup, way=way)
        assert timed["forward"] > 0
        assert (timed["form"], timed["why_not"], timed["examples"]) == (way, "", sum(map(sum, plain.table(WORDS))))
    own = SETTINGS | {"data": "own", "words": "\n".join(chr(0x4E00 + i % 999) for i in range(200_000))}
    left_out = ask(screens.lookup, way="one_hot(xs).float() @ W", experiment=own)
    assert left_out["forward"] is None
    assert left_out["why_not"].startswith("left out: the one-hot rows take about")
    assert "There is no way 'onehot' to get rows." in ask(screens.lookup, way="onehot")["error"]


def test_both_ways_to_a_row_give_the_same_rows():
    """The same as a plain loop."""
    W, xs = torch.randn(5, 4, generator=torch.Generator().manual_seed(1)), torch.tensor([3, 0, 3, 4])
    expected = [W[x].tolist() for x in xs.tolist()]
    assert all(way(W, xs).tolist() == expected for way in lookup.WAYS.values())


def test_the_speed_screen_names_the_machines_of_the_committed_runs(tmp_path, monkeypatch):
    """The newest first, each with its own times: those of the device and the threads that its file begins with."""
    row = {"work": "loss, forward + backward", "case": "names", "device": "cpu", "threads": 1, "date": "2026-01-01"}
    rows = [row | {"method": "onehot", "median": 0.03}, row | {"method": "counts", "median": 0.001}]
    other = [
        row | {"method": "onehot", "median": 1.0, "threads": 2},
        row | {"method": "onehot", "median": 1.0, "case": "V"},
    ]
    on_gpu = [r | {"device": "cuda", "date": "2026-02-01", "median": 0.002} for r in rows]
    lookups = [row | {"work": "row of W, forward", "method": way, "median": time} for way, time in WAYS.items()]
    for name, results in (("A CPU", [*rows, *other, *lookups]), ("a GPU", on_gpu)):
        file = {"machine": name, "torch": "2.13", "results": results}
        (tmp_path / f"{name}.json").write_text(json.dumps(file))
    monkeypatch.setattr(pictures, "BENCHMARKS", tmp_path)
    gpu, cpu = ask(screens.speed)["value"]["committed"]
    assert (gpu["machine"], cpu["machine"]) == ("a GPU, PyTorch 2.13", "A CPU, PyTorch 2.13")
    bars = cpu["forms"]
    assert [bar["text"] for bar in cpu["lookup"]["bars"]] == ["12.000 ms · 1×", "3.000 ms · 4×"]
    assert [bar["label"] for bar in cpu["lookup"]["bars"]] == ask(screens.speed)["value"]["lookups"]
    assert [bar["text"] for bar in bars["bars"]] == ["30.000 ms · 1×", "1.000 ms · 30×"]
    assert "with 1 thread, last measured on 2026-01-01" in bars["note"]
    monkeypatch.setattr(pictures, "BENCHMARKS", tmp_path / "none")
    assert ask(screens.speed)["value"]["committed"] == []


def test_the_code_screen_writes_the_experiment_that_was_reached():
    value = ask(screens.code, base="http://lab/")["value"]
    assert "\nk = 2  # smoothing k: added to every count\n" in value["script"]
    assert "http://lab/" in value["python"]
    assert "steps" in value["curl"]
    assert value["terminal"] == "python -m bigram --data us-1880 --k 2 --steps 30 --draws 5\n"
    names = [file["name"] for file in ask(screens.files)["files"]]
    assert names == ["counted.csv", "descended.csv", "bigram.safetensors"]


def test_a_link_opens_with_its_screen():
    reply = screens.open_link({"query": "?v=1&steps=20&tab=sampling&k=many"})
    assert reply["tab"] == "sampling"
    assert reply["settings"] == reply["experiment"] == DEFAULT | {"steps": 20, "tab": "sampling"}
    assert "from 0 to 1,000" in reply["sentences"][0]
    assert reply["reply"]["value"]["walk"]["steps"]
    assert (reply["reply"]["step"], reply["reply"]["link"]) == (20, "?v=1&steps=20&tab=sampling")


def test_a_link_that_cannot_run_keeps_what_it_asked_for_and_shows_the_default():
    reply = screens.open_link({"query": "?v=1&form=onehot&order=4&embed=1"})
    assert reply["settings"]["order"] == 4
    assert reply["experiment"] == DEFAULT | {"embed": "1"}
    assert "Choose counts as the forward pass" in reply["sentences"][0]
    assert reply["reply"]["step"] == 100


def test_a_link_is_shared_with_a_code_or_says_why_not():
    reply = ask(screens.share, base="http://lab/")
    assert reply["url"] == "http://lab/?v=1&data=us-1880&k=2&steps=30&draws=5"
    assert reply["qr"].startswith("<svg")
    own = SETTINGS | {"data": "own", "words": "é" * 1_900}
    assert "too long for a QR code" in ask(screens.share, experiment=own, base="http://lab/")["note"]


def test_lessons_travel_without_their_answers():
    lessons = screens.guide()["lessons"]
    assert len(lessons) >= 14
    assert {"right", "explanation", "look"}.isdisjoint(lessons[0])
    reply = screens.explain({"key": "over"})
    assert lessons[[lesson["key"] for lesson in lessons].index("over")]["choices"][reply["right"]].startswith("Higher")
    assert "74.6" in reply["more"]
    assert "no such lesson" in screens.explain({"key": "x"})["error"]


def test_the_form_has_a_field_for_each_setting():
    fields = {field["key"]: field for field in screens.fields()}
    assert list(fields) == list(Experiment.model_fields)
    assert fields["steps"]["kind"] == "whole"
    assert (fields["steps"]["min"], fields["steps"]["max"]) == (0, 2000)
    assert fields["lr"]["kind"] == "real"
    assert fields["seed"]["kind"] == "seed"
    assert fields["order"]["choices"] == [("2 bigram", 2), ("3 trigram", 3), ("4", 4)]
    assert [value for _, value in fields["hide"]["choices"]] == list(HIDEABLE)
    assert [value for _, value in fields["tab"]["choices"]] == list(TABS)
    assert fields["l2"]["default"] == 0.01
    assert fields["split"]["default"] == ""


@pytest.mark.parametrize(
    "end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85"]
)
def test_an_uploaded_list_has_the_lines_that_a_run_of_it_has(end):
    """JavaScript ends lines at fewer characters than Python does."""
    words = f"emma{end} ava {end}{end}zoë"
    reply = screens.read_list({"words": words})
    assert (reply["words"], reply["count"], reply["special"]) == ("emma\nava\nzoë", 3, False)
    assert runs.corpus(Experiment(data="own", words=words)).train == ["emma", "ava", "zoë"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (" \n", "holds no words"),
        (5, screens.MISUNDERSTOOD),
    ],
)
def test_a_list_that_is_none_is_refused_when_it_is_uploaded(words, sentence):
    assert sentence in screens.read_list({"words": words})["error"]


def sent(content: bytes) -> dict:
    """The answer that the page gets for a file that a visitor uploads."""
    return screens.read_list({"file": base64.b64encode(gzip.compress(content)).decode()})


def test_a_list_in_another_form_is_read_as_its_owner_means_it():
    reply = sent("Name;Births\r\nEmma;18814\r\nSt. John;5\r\nZoë;7\r\n".encode("cp1252"))
    assert (reply["words"], reply["count"], reply["special"]) == ("emma\nst john\nzoë", 3, True)
    first, dots, small, counts = reply["said"]
    assert first.startswith("3 names are ready from column 'Name' (Windows-1252): 12 different characters, the longest")
    assert dots == "'.' left out in 1 line: line 2 “St. John”."
    assert small.startswith("Small letters in 3 lines: line 1 “Emma”")
    assert counts == "Each name counts once: the numbers in column Births are not used here."
    packed = sent(gzip.compress(b"emma\nava\nava"))
    assert (packed["words"], packed["special"]) == ("emma\nava\nava", False)
    assert "1 name stands there more than once" in packed["said"][0]
    plain = screens.read_list({"words": "Emma,F,1\nAva,F,2", "plain": True})
    assert plain["words"] == "Emma,F,1\nAva,F,2"
    assert "boundary of words: word 1 'a.b'" in screens.read_list({"words": "a.b", "plain": True})["error"]


def test_a_small_file_cannot_hold_gigabytes():
    inner = gzip.compress(bytes(100_000_000))
    assert "too large for this page" in sent(inner)["error"]
    assert "too large for this page" in sent(bytes(100_000_000))["error"]
    for nonsense in ("!", base64.b64encode(b"no gzip").decode()):
        assert "The list is damaged" in screens.read_list({"file": nonsense})["error"]


def test_the_page_is_sent_its_limits():
    fields = {field["key"]: field for field in screens.fields()}
    assert (fields["words"]["max"], fields["table"]["max"]) == (OWN_WORDS, OWN_TABLE)
    assert "it takes 2,000,000 characters" in screens.read_list({"words": "a" * (OWN_WORDS + 1)})["error"]
    assert screens.limits() == {
        "orders": tuple(value for _, value in fields["order"]["choices"]),
        "timed_orders": (2, 3),
        "timed_sizes": (1_000, 10_000, 100_000, 228_146),
        "choices": course.MOST_CHOICES,
        "links": course.LONGEST_COURSE,
    }
    for n, order in ((228_147, 2), (1_000, 4)):
        assert ask(screens.time, n=n, order=order, form="counts") == {"error": screens.MISUNDERSTOOD}


@pytest.mark.parametrize(
    ("function", "question", "sentence"),
    [
        (screens.two_ways, {"experiment": SETTINGS | {"steps": -1}}, "from 0 to 2,000"),
        (screens.two_ways, {"experiment": SETTINGS | {"more": 1}}, "There is no setting"),
        (screens.two_ways, {"experiment": DEFAULT | {"data": "own"}}, "no own words yet"),
        (screens.two_ways, {}, screens.MISUNDERSTOOD),
        (screens.two_ways, {"experiment": SETTINGS, "lead": 5}, screens.MISUNDERSTOOD),
        (screens.two_ways, {"experiment": SETTINGS, "extra": 5}, screens.MISUNDERSTOOD),
        (screens.two_ways, {"experiment": []}, screens.MISUNDERSTOOD),
        (screens.two_ways, "no object", screens.MISUNDERSTOOD),
        (screens.look, {"experiment": SETTINGS, "context": "abc", "character": "a"}, "a pair has 1 character before"),
        (screens.look, {"experiment": SETTINGS, "context": "?", "character": "a"}, "'?' is not one of"),
        (screens.score, {"experiment": SETTINGS, "name": ""}, "Type one"),
        (screens.score, {"experiment": SETTINGS, "name": "Anna"}, "type anna"),
        (screens.score, {"experiment": SETTINGS, "name": "É"}, "'É' is not one of"),
        (screens.score, {"experiment": SETTINGS, "name": "Añna"}, "Use lower case, and leave it out."),
        (screens.sampling, {"experiment": SETTINGS, "table": "third"}, "counted' or 'descended"),
        (screens.time, {"experiment": SETTINGS, "order": 9, "n": 10, "form": "rows"}, screens.MISUNDERSTOOD),
        (screens.time, {"experiment": SETTINGS, "order": 2, "n": 10, "form": "dense"}, "no forward form"),
        (screens.sweep, {"experiment": SETTINGS, "orders": [7]}, screens.MISUNDERSTOOD),
        (screens.open_link, {"query": 3}, screens.MISUNDERSTOOD),
    ],
)
def test_what_cannot_be_answered_is_a_sentence(function, question, sentence):
    reply = function(question)
    assert set(reply) == {"error"}
    assert sentence in reply["error"]


def test_a_mistake_of_the_lab_is_a_sentence_without_its_details(monkeypatch, capsys):
    monkeypatch.setattr(pictures, "two_ways", lambda *given: 1 / 0)
    assert ask(screens.two_ways) == {"error": screens.MISTAKE}
    assert "ZeroDivisionError" in capsys.readouterr().err


@given(st.dictionaries(st.text(max_size=8), st.none() | st.booleans() | st.floats() | st.text(max_size=8), max_size=4))
def test_any_question_gets_an_answer(question):
    for function in (screens.two_ways, screens.score, screens.share, screens.open_link, screens.explain):
        assert "error" in function(question)


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        ("emma, olivia\nava", ["Lines with a comma: 1. Each line is one word here: put every name on its own line."]),
        ("emma\nolivia", []),
    ],
)
def test_words_side_by_side_are_pointed_out(words, sentences):
    own = DEFAULT | {"data": "own", "words": words, "lr": 1.0}
    assert ask(screens.two_ways, experiment=own)["notice"] == sentences


def test_each_part_that_asks_has_a_module():
    static = Path(screens.__file__).parent / "static"
    assert set(TABS) <= set(screens.ANSWERS)
    assert all((static / "parts" / f"{part}.js").is_file() for part in (*screens.ANSWERS, "course", "host"))
