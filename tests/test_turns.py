"""Turns: one at a time, the cheapest first; prices: known before, and the same everywhere."""

import re
import threading
import time

import pytest

from demo.compute import price, turns
from demo.compute.turns import Unwanted, turn, working_for


def compute(log, name, *cost):
    with turn(*cost):
        log.append(name)


def until(condition):
    """Wait, but not for ever."""
    for _ in range(2_000):
        if condition():
            return
        time.sleep(0.001)
    raise AssertionError("This never happened.")


def queue(log, works):
    """One thread for each (name, price), each waiting before the next comes."""
    threads = []
    for work in works:
        before = len(turns.waiting)
        threads.append(threading.Thread(target=compute, args=(log, *work)))
        threads[-1].start()
        until(lambda before=before: len(turns.waiting) == before + 1)
    return threads


def test_the_cheapest_goes_first_and_equals_in_the_order_of_arrival():
    log = []
    with turn():
        threads = queue(log, [("long", 30.0), ("first", 0.1), ("second", 0.1), ("short",)])
    for thread in threads:
        thread.join(2)
    assert log == ["short", "first", "second", "long"]
    assert not turns.busy
    assert not turns.waiting


def test_a_turn_inside_a_turn_lets_the_cheaper_go_first():
    log = []
    with turn(5.0):
        threads = queue(log, [("cheaper", 0.1), ("middle", 3.0), ("dearer", 9.0)])
        with turn(1.0):
            log.append("inner")
        log.append("outer")
    for thread in threads:
        thread.join(2)
    assert log == ["cheaper", "inner", "middle", "outer", "dearer"]


def test_work_that_becomes_no_dearer_keeps_its_turn_among_equals():
    """A known answer is asked for in several turns within one: none of them is handed over."""
    log = []
    with turn():
        threads = queue(log, [("equal",), ("dear", 9.0)])
        for name in ("one", "two"):
            with turn():
                log.append(name)
        with turn(5.0):
            log.append("dearer")
    for thread in threads:
        thread.join(2)
    assert log == ["one", "two", "equal", "dearer", "dear"]
    assert not turns.busy


def test_work_that_gives_way_lets_the_cheaper_go_first_and_no_other():
    log = []
    with turn(5.0):
        threads = queue(log, [("cheaper", 0.1), ("dearer", 9.0)])
        turns.give_way()
        log.append("this")
        turns.give_way()
        log.append("again")
    for thread in threads:
        thread.join(2)
    assert log == ["cheaper", "this", "again", "dearer"]


def test_an_error_gives_the_turn_back():
    with pytest.raises(ZeroDivisionError), turn(), turn(1.0):
        _ = 1 / 0
    assert not turns.busy


def test_a_newer_run_of_a_page_ends_the_older_one_and_no_other():
    log = []

    def work(page, run):
        with working_for(page, run):
            try:
                compute(log, f"{page} {run}", 1.0)
            except Unwanted as ended:
                log.append(f"{page} {run}: {ended}")

    asked = [("a", 1), ("b", 1), ("a", None), ("a", 2), ("", None)]
    with turn():
        threads = []
        for n, one in enumerate(asked, 1):
            threads.append(threading.Thread(target=work, args=one))
            threads[-1].start()
            until(lambda n=n: len(turns.waiting) == n)
        assert [turns.place(page) for page in ("a", "b", "c")] == [1, 2, 0]
    for thread in threads:
        thread.join(2)
    assert log == ["a 1: A newer run of this page has ended this one.", "b 1", "a None", "a 2", " None"]
    assert not turns.busy
    compute(log, "later", 1.0)  # a thread that served a page belongs to nobody
    work("a", 1)
    work("a", 2)
    assert log[5:] == ["later", "a 1: A newer run of this page has ended this one.", "a 2"]


def test_work_within_the_work_for_a_page_belongs_to_that_page(monkeypatch):
    """As when a link is opened: the answer of its screen is asked for within, without the name of a page."""
    taken, take = [], turns._take
    monkeypatch.setattr(turns, "_take", lambda *given, **how: (taken.append(turns.mine.page), take(*given, **how))[1])
    with working_for("opened", 1), turn():
        with working_for("", None), turn(1.0):
            with working_for("opened", 2):
                pass
            with pytest.raises(Unwanted):
                turns.stop_if_unwanted()
        assert taken == ["opened"] * 3
        with working_for("another", None):
            turns.stop_if_unwanted()
        with pytest.raises(Unwanted):
            turns.stop_if_unwanted()
    assert (turns.mine.page, turns.mine.run) == ("", None)
    assert not turns.busy


def test_only_one_computes():
    inside, most = [], []

    def work():
        for _ in range(20):
            with turn():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0002)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert max(most) == 1
    assert len(most) == 160


@pytest.mark.parametrize("form", ["onehot", "rows", "gather", "counts"])
def test_a_price_grows_with_everything(form):
    sizes = {"n": 1000, "C": 50, "V": 50}
    seconds = price.step(form, **sizes).seconds
    for key in ("C", "V") if form == "counts" else sizes:
        assert price.step(form, **sizes | {key: 10 * sizes[key]}).seconds > seconds
    assert price.run(form, 20, **sizes) == pytest.approx(2 * price.run(form, 10, **sizes))


@pytest.mark.parametrize(
    ("form", "seconds", "size"),
    [  # computed by hand: 2,000 examples, 10 contexts, 100 characters, so 1,000 cells
        ("counts", 0.000_065, 16_000),
        ("gather", 0.000_125, 48_000),
        ("rows", 0.002_465, 2_400_000),
        ("onehot", 0.002_865, 2_640_000),
    ],
)
def test_the_price_of_a_step_is_the_one_computed_by_hand(form, seconds, size):
    assert price.step(form, 2_000, 10, 100) == (pytest.approx(seconds, rel=1e-9), size)


@pytest.mark.parametrize(
    ("form", "seconds", "size", "steps", "sentence"),
    [
        ("rows", 2.0, 2**30, 15, ""),  # exactly what the lab has
        (
            "rows",
            2.0,
            2**30,
            20,
            "take about 40 s here; the lab has 30 s for a run. Take at most 15 steps, or choose counts",
        ),
        ("counts", 2.0, 2**30, 20, "Take at most 15 steps."),
        (
            "rows",
            2.25,
            2**20,
            1,
            "needs about 1 MiB and 2.2 s; the lab has 1,024 MiB and 2 s. Choose counts as the forward pass",
        ),
        ("counts", 1.0, 2**30 + 1, 1, "needs about 1,024 MiB and 1 s; the lab has 1,024 MiB and 2 s. Choose a lower"),
    ],
)
def test_a_run_is_taken_up_to_the_limits_and_refused_above(monkeypatch, form, seconds, size, steps, sentence):
    monkeypatch.setattr(price, "step", lambda *given: price.Step(seconds, size))
    if sentence:
        with pytest.raises(ValueError, match=re.escape(sentence)):
            price.run(form, steps, 1, 1, 1)
    else:
        assert price.run(form, steps, 1, 1, 1) == seconds * steps


def test_one_hot_costs_most_and_counts_least():
    seconds = [price.step(form, 229_804, 27, 27).seconds for form in ("counts", "gather", "rows", "onehot")]
    assert seconds == sorted(seconds)
    assert seconds[-1] > 1000 * seconds[0]


def test_the_sentence_of_a_refusal_says_what_would_be_taken():
    with pytest.raises(ValueError, match=r"Take at most \d+ steps, or choose counts as the forward pass") as refused:
        price.run("rows", 2_000, 229_804, 27, 27)
    most = int(str(refused.value).split("at most ")[1].split(" ")[0])
    assert 29 < price.run("rows", most, 229_804, 27, 27) <= price.LONGEST_RUN
    with pytest.raises(ValueError, match="Take at most"):
        price.run("rows", most + 1, 229_804, 27, 27)
