"""Runs: shared, never lost; what cannot run is refused in a sentence, before it starts."""

import contextlib
import math
import platform
import runpy
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import bigram
from demo.compute import cache, lecture, price, results, runs, turns
from demo.compute.cache import MEMORY, size
from demo.experiment import Experiment
from demo.page import pictures, screens
from tests import plain
from tests.settings import other

SMALL = Experiment(data="us-1880", steps=30)
OWN = "\n".join(bigram.load("us-1880")[:50])


@pytest.fixture
def fresh():
    """Nothing is known yet."""
    forget_all()


def forget_all() -> None:
    MEMORY.clear()
    runs.UNDER_WAY.clear()
    runs.DESCENTS.clear()


def same_weights(a: Experiment, b: Experiment) -> bool:
    return torch.equal(runs.trained(a).W, runs.trained(b).W)


@pytest.mark.parametrize(
    "key", [key for key in Experiment.of_groups("run") if key not in ("words", "table", "sha", "device")]
)
def test_each_setting_of_the_run_changes_the_weights(key):
    change = {"data": "us-2018"} if key == "data" else other(key)
    assert not same_weights(SMALL, SMALL.model_copy(update=change))


def test_own_words_change_the_weights_and_their_sha_only_guards_them():
    e = Experiment(data="own", words=OWN, steps=3)
    assert not same_weights(e, e.model_copy(update={"words": OWN + "\nzoe"}))
    assert runs.run_key(e) == runs.run_key(e.model_copy(update={"sha": "0" * 64}))


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA GPU here"))])  # fmt: skip
def test_the_device_belongs_to_the_run(device):
    assert device in runs.run_key(Experiment(device=device))


@pytest.mark.parametrize("key", Experiment.of_groups("count", "draw", "share"))
def test_no_other_setting_belongs_to_the_run(key):
    assert runs.run_key(SMALL) == runs.run_key(SMALL.model_copy(update=other(key)))


@pytest.mark.parametrize("form", list(bigram.FORMS))
@pytest.mark.parametrize("order", [2, 3])
def test_a_run_is_the_descent_of_the_package(form, order):
    e = SMALL.model_copy(update={"form": form, "order": order, "seed": 3, "steps": 8})
    words = bigram.load("us-1880")
    xs, ys = bigram.ngrams(words, bigram.Vocab.from_words(words), order)
    V = len(set("".join(words))) + 1
    nll = bigram.choose_form("counts", xs, ys, bigram.count(xs, ys, V, order))
    *_, (W, loss) = bigram.descend(nll, bigram.initial_weights(V, order, 3), 8)
    view = runs.trained(e)
    torch.testing.assert_close(view.W, W, atol=2e-3, rtol=0)
    assert view.objective[-1] == pytest.approx(loss.item(), abs=1e-5)
    assert len(view.objective) == len(view.nll) == 9
    assert view.taken == 8


def test_no_step_is_a_run_too():
    view, done = runs.glance(SMALL.model_copy(update={"steps": 0}))
    assert done
    assert view.taken == 0
    assert torch.equal(view.W, bigram.initial_weights(view.corpus.V))
    assert torch.equal(view.W, runs.initial_weights(view.corpus, SMALL))


def test_a_run_goes_on_from_what_was_given_out(fresh, monkeypatch):
    hundred = runs.trained(SMALL)
    taken = []
    note = runs.Run._note
    monkeypatch.setattr(runs.Run, "_note", lambda *given: (taken.append(1), note(*given))[1])
    more = runs.trained(SMALL.model_copy(update={"steps": 31}))
    assert len(taken) == 1
    assert more.nll[:31] == hundred.nll
    forget_all()
    assert torch.equal(runs.trained(SMALL.model_copy(update={"steps": 31})).W, more.W)  # the same from the start


def test_a_run_left_on_its_way_is_no_end_for_the_next_visitor(fresh):
    view, done = runs.glance(SMALL, 0.0)
    assert (view.taken, done) == (0, False)
    view, done = runs.glance(SMALL, 0.0)
    assert not done
    whole, done = runs.glance(SMALL, 30.0)
    assert done
    assert whole.taken == 30
    assert whole.notice == ""


def test_long_work_ends_its_slice_where_shorter_work_waits(fresh, monkeypatch):
    monkeypatch.setattr(runs, "UNDISTURBED", 0.0)
    run, words = runs.Run(SMALL), runs.corpus(SMALL)

    def wait(price: float) -> None:
        with turns.turn(price):
            pass

    with ThreadPoolExecutor(2) as others, turns.turn(3.0):
        for price, ends_it in ((3.0, False), (2.0, True)):
            before = len(turns.waiting)
            others.submit(wait, price)
            while len(turns.waiting) == before:
                time.sleep(0.001)
            assert run.advance(words, 10 if ends_it else 5, 60.0) == 5
    assert run.advance(words, 10, 60.0) == 10


def test_one_run_asked_for_by_many_at_once_is_made_once(fresh, monkeypatch):
    made = []
    descent = runs.Run.descent
    monkeypatch.setattr(runs.Run, "descent", lambda *given: (made.append(1), descent(*given))[1])
    e = SMALL.model_copy(update={"form": "rows", "seed": 11})
    with ThreadPoolExecutor(8) as pool:
        views = list(pool.map(runs.trained, [e] * 8))
    assert len(made) == 1
    assert all(torch.equal(view.W, views[0].W) and view.taken == 30 for view in views)


def test_two_who_want_different_ends_of_one_run_both_get_theirs(fresh):
    far, near = SMALL, SMALL.model_copy(update={"steps": 7})
    runs.glance(far, 0.0)
    assert runs.trained(near).taken == 7
    whole, half = runs.trained(far), runs.trained(near)
    assert (whole.taken, half.taken) == (30, 7)
    assert half.nll == whole.nll[:8]
    forget_all()
    assert torch.equal(runs.trained(near).W, half.W)


@pytest.mark.parametrize(("words", "table"), [("emma\n" * 1_000, ""), ("", "x" * 5_000), ("emma\n", "x" * 95)])
def test_the_turn_that_reads_an_experiment_costs_as_much_as_its_texts_are_long(monkeypatch, words, table):
    prices = []

    def turn(price: float) -> None:
        prices.append(price)
        raise RuntimeError

    monkeypatch.setattr(runs, "turn", turn)
    with pytest.raises(RuntimeError):
        runs.glance(Experiment(data="own", words=words, table=table))
    assert prices == [pytest.approx((len(words) + len(table)) * 1e-6)]


@pytest.mark.parametrize(("words", "seconds"), [("emma\n", 0.1), ("emma\n" * 60_000, 0.3)])
def test_a_list_is_read_at_the_price_of_its_length_and_not_below(fresh, monkeypatch, words, seconds):
    prices, take = [], turns._take
    monkeypatch.setattr(turns, "_take", lambda price, instead: (prices.append(price), take(price, instead))[1])
    runs.corpus(Experiment(data="own", words=words))
    assert prices == [pytest.approx(seconds)]


def test_those_who_share_a_run_do_not_hold_up_one_another(fresh, monkeypatch):
    """One asks for 60 steps; between its slices others ask for 5, 6, 7, … steps. Few steps are taken twice."""
    taken, note = [], runs.Run._note
    monkeypatch.setattr(runs.Run, "_note", lambda run, *given: (taken.append(1), note(run, *given))[1])
    long = SMALL.model_copy(update={"form": "rows", "steps": 60})
    alone = runs.trained(long.model_copy(update={"seed": 8}))
    assert len(taken) == 61
    taken.clear()
    reached = []
    for steps in range(5, 40):
        reached.append(runs.glance(long, 1e-9)[0].taken)  # one step
        assert runs.trained(long.model_copy(update={"steps": steps})).taken == steps
    assert reached == sorted(reached)
    view = runs.trained(long)
    assert view.taken == 60
    assert len(taken) < 2 * 61
    forget_all()
    assert torch.equal(runs.trained(long).W, view.W)
    assert alone.taken == 60


def test_a_run_passes_the_goals_of_all_who_wait(fresh):
    e = SMALL.model_copy(update={"form": "rows"})
    for steps in (10, 20, 30):
        runs.glance(e.model_copy(update={"steps": steps}), 0.0)
    runs.trained(e)
    for steps in (10, 20):
        view, done = runs.glance(e.model_copy(update={"steps": steps}), 0.0)  # no time to compute
        assert (view.taken, done) == (steps, True)
        assert len(view.nll) == steps + 1


def test_runs_under_way_do_not_push_each_other_out_of_memory(fresh, monkeypatch):
    """Each visitor in turn gets a slice. Where there is no room for all of them, the first ones finish first."""
    room = 12 * (2_000 + 4 * 27**2)
    monkeypatch.setattr(MEMORY, "_Cache__maxsize", 500_000)
    monkeypatch.setattr(runs, "UNDER_WAY_BYTES", room)
    visitors = [SMALL.model_copy(update={"steps": 12, "lr": 10.0 + i}) for i in range(28)]
    left, rounds = dict(enumerate(visitors)), []
    while left:
        steps = []
        for i, visitor in list(left.items()):
            view, done = runs.glance(visitor, 1e-9)
            steps.append(view.taken)
            if done:
                del left[i]
        rounds.append(sum(steps))
        assert len(rounds) < 200
        assert sum(run.bytes for run in runs.UNDER_WAY.values()) <= 1.5 * room  # their curves have grown
    assert not runs.UNDER_WAY


def test_a_run_waits_by_its_price_and_one_that_is_done_by_none(fresh, monkeypatch):
    prices, words = [], runs.corpus(SMALL)
    monkeypatch.setattr(runs, "turn", lambda price=0.0: prices.append(price) or contextlib.nullcontext())
    for most in (price.run(SMALL.form, SMALL.steps, int(words.N.sum()), *words.N.shape), 0.0):
        prices.clear()
        runs.glance(SMALL, 100.0)
        assert max(prices) == most


@pytest.mark.parametrize(("more", "is_room"), [(0, True), (-1, False)])
def test_a_new_run_needs_room_for_its_weights_too(fresh, monkeypatch, more, is_room):
    runs.glance(SMALL, 0.0)
    other, words = SMALL.model_copy(update={"seed": 5}), runs.corpus(SMALL)
    under_way = sum(run.bytes for run in runs.UNDER_WAY.values())
    needed = under_way + runs.Run(other).bytes + 8 * 27**2  # its weights: a step keeps them twice
    monkeypatch.setattr(runs, "UNDER_WAY_BYTES", needed + more)
    assert (runs.room_for(runs.run_key(other), other, words) is not None) == is_room


def test_a_run_that_nobody_waits_for_makes_room(fresh, monkeypatch):
    monkeypatch.setattr(runs, "UNDER_WAY_BYTES", 1)
    runs.glance(SMALL, 0.0)
    other = SMALL.model_copy(update={"seed": 5})
    assert runs.glance(other, 1e-9)[0].taken == 0  # no room
    assert runs.run_key(other) not in runs.UNDER_WAY
    monkeypatch.setattr(runs, "PATIENCE", 0.0)
    assert runs.trained(other).taken == 30
    assert runs.run_key(SMALL) in MEMORY


def test_a_run_whose_client_has_left_ends_and_the_next_visitor_continues_it(fresh):
    turns.has_left.set(lambda: runs.UNDER_WAY != {})
    try:
        with pytest.raises(turns.Unwanted):
            runs.trained(SMALL.model_copy(update={"steps": 500, "form": "rows"}))
    finally:
        turns.has_left.set(lambda: False)
    (run,) = runs.UNDER_WAY.values()
    assert 0 < max(run.states) < 500


@pytest.mark.parametrize("form", list(bigram.FORMS))
def test_the_curve_is_the_nll_where_l2_is_strong(fresh, form):
    """NLL + L2 less L2 would be 0 here, for the penalty has all the digits of a float32."""
    e = Experiment(data="own", words="ab\nba\naab", steps=6, lr=50.0, l2=100.0, form=form)
    words = runs.corpus(e)
    W = bigram.initial_weights(words.V).double()
    nll = bigram.closed_form(words.N, torch.float64)
    expected = [nll(W)[0].item() for W, _ in bigram.descend(nll, W, 6, 50.0, 100.0)]
    assert runs.trained(e).nll == pytest.approx(expected, rel=1e-4)
    assert expected[-1] > 1e15


def test_what_is_kept_is_bounded(fresh, monkeypatch):
    """By its size: the oldest leaves first, and what is larger than all the memory is not kept, but given out."""
    runs.trained(SMALL)
    small = MEMORY.currsize
    assert MEMORY.maxsize + cache.UNDER_WAY_BYTES + cache.ANSWERS_BYTES == cache.MEGABYTES * 2**20
    monkeypatch.setattr(MEMORY, "_Cache__maxsize", 2 * small)
    for seed in range(100):
        runs.trained(SMALL.model_copy(update={"seed": seed, "steps": 2}))
        assert MEMORY.currsize <= 2 * small
    assert runs.run_key(SMALL) not in MEMORY
    monkeypatch.setattr(MEMORY, "_Cache__maxsize", 100)
    forget_all()
    assert runs.trained(SMALL).taken == 30
    assert runs.run_key(SMALL) not in MEMORY


def test_what_is_known_is_not_made_again(fresh):
    made = []
    for _ in range(2):
        assert cache.kept(("key",), lambda: made.append(1) or "value") == "value"
    assert len(made) == 1


def test_what_has_become_larger_than_the_memory_is_forgotten(fresh, monkeypatch):
    cache.keep(("key",), torch.zeros(10))
    assert ("key",) in MEMORY
    monkeypatch.setattr(MEMORY, "_Cache__maxsize", 1_000)
    cache.keep(("key",), torch.zeros(1_000))
    assert ("key",) not in MEMORY


@pytest.mark.parametrize(("asked", "megabytes"), [("1", 128), ("128", 128), ("300", 300)])
def test_the_memory_has_at_least_room_for_the_largest_run(monkeypatch, asked, megabytes):
    monkeypatch.setenv("LAB_MEMORY_MB", asked)
    assert runpy.run_path(cache.__file__)["MEGABYTES"] == megabytes


def test_sizes_are_about_those_of_the_memory():
    assert cache.size(torch.zeros(1000, 100)) == pytest.approx(400_000, rel=0.01)
    words = [f"{i:010}" for i in range(10_000)]
    assert cache.size(words) == pytest.approx(10_000 * (sys.getsizeof(words[0]) + 8), rel=0.01)
    words = runs.corpus(Experiment(order=4))
    assert cache.size(words) > words.N.numel() * 8 + len(words.train) * 100


@pytest.mark.parametrize("form", ["counts", "rows"])
def test_a_run_tells_its_size(fresh, form):
    """27 · 27 weights of 4 bytes at each state, and two losses a step; the first start is a state, too."""
    e = SMALL.model_copy(update={"form": form})
    runs.glance(e, 0.0)
    runs.trained(e)
    assert cache.size(MEMORY[runs.run_key(e)]) == 2_000 + (4 * 27 * 27 + 500) + 80 * 31


def test_a_run_remembers_the_last_16_ends(fresh):
    for steps in range(20):
        runs.trained(SMALL.model_copy(update={"steps": steps}))
    assert list(MEMORY[runs.run_key(SMALL)].states) == list(range(4, 20))


def test_divergence_is_explained_with_the_bound_of_these_words():
    view = runs.trained(Experiment(lr=1000.0))
    P = torch.tensor(plain.minimum(view.corpus.N.tolist(), 0.01), dtype=torch.float64).softmax(1)
    safe, edge = bigram.stable_learning_rates(view.corpus.N, 0.01, P)
    assert view.outcome == (True, True, pytest.approx(edge))
    assert not view.outcome.is_well
    assert f"{safe:.4g}" in view.notice
    assert f"{edge:.4g} = 2/λ_max" in view.notice


def test_a_rate_over_the_edge_is_explained_where_it_only_stalls():
    over = runs.trained(Experiment(lr=80.0))
    assert over.outcome.cannot_settle
    assert not over.outcome.has_risen
    assert over.notice.startswith("The learning rate 80 is above 2/λ_max = 74.6 for these words and L2 0.01.")
    assert runs.trained(Experiment(lr=50.0)).notice == ""
    assert runs.trained(Experiment(lr=50.0)).outcome.is_well
    assert runs.trained(Experiment(lr=80.0, steps=0)).notice == ""
    few = Experiment(data="own", words="emma\nava\nolivia\nmia\nzoé\nanna maria\nliam\nnoah", k=0.0)
    assert runs.trained(few).outcome.cannot_settle  # it jumps so far that no W on its way is near the minimum
    assert runs.trained(few.model_copy(update={"lr": 20.0})).notice == ""
    for steps in (100, 2_000):  # from side to side at one height, where the slope is steep and the loss stands still
        stuck = runs.trained(Experiment(data="own", words="ava\nnoah", steps=steps))
        assert stuck.outcome.cannot_settle
        assert results.why(stuck)[0].startswith("The learning rate 50 is too high: the limit is 18.1.")


def test_nothing_is_said_of_a_run_that_is_under_way(fresh):
    """Its outcome is known, as the explanation of the gap needs it."""
    long = Experiment(lr=1000.0, steps=300, form="rows")
    view, done = runs.glance(long, 1e-9)
    while view.taken < 2:
        view, done = runs.glance(long, 1e-9)
    assert (done, view.is_end, view.notice) == (False, False, "")
    assert view.outcome.has_risen
    assert results.why(view)[1] == "over"
    assert pictures.two_ways(view, "")["film"]["chaotic"] is False


@pytest.mark.parametrize(
    ("losses", "risen"), [([3.7656615, 3.7656617], False), ([3.0, 3.1], True), ([3.0, math.nan], True), ([0.0], False)]
)
def test_a_loss_rises_by_more_than_it_is_rounded(losses, risen):
    assert runs.has_risen(losses) == risen


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"data": "own"}, "no own words yet"),
        ({"data": "own", "words": " \n\n "}, "no own words yet"),
        ({"data": "own", "sha": "0" * 64}, "Paste or upload that list"),
        ({"data": "own", "words": "emma", "sha": "0" * 64}, "not the words of the link"),
        ({"data": "own", "words": "em.ma"}, "boundary of words"),
        ({"data": "own", "words": "emma", "split": 1}, "Too few words"),
        (
            {"data": "own", "words": "".join(map(chr, range(0x4E00, 0x4E00 + 200))), "order": 3},
            "8,120,601 cells; the lab has room for 1,0",
        ),
        (
            {"form": "onehot", "order": 4},
            "needs about 51,835 MiB and .* s; the lab has 1,024 MiB and 2 s. Choose counts",
        ),
        (
            {"form": "onehot", "steps": 2000},
            r"2,000 steps of the form onehot take about 3\d\d s .* at most 19\d st",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        runs.trained(Experiment(**settings))


def test_one_own_word_is_enough():
    view = runs.trained(Experiment(data="own", words="emma\r\n\r\n", lr=5.0))
    assert view.corpus.train == ["emma"]
    assert view.corpus.known == {"emma"}
    assert view.corpus.N.sum() == 5


def test_words_are_held_out_by_the_split():
    words = runs.corpus(Experiment(data="us-1880", split=3))
    assert (words.train, words.dev, words.test) == bigram.split(bigram.load("us-1880"), 3)
    assert words.known == set(words.train)


def test_a_context_has_a_number_and_a_text():
    words = runs.corpus(Experiment(data="own", words="emma", order=3))
    assert words.vocab.chars == ".aem"
    assert [words.context_text(i) for i in (0, 1, 4, 15)] == ["..", ".a", "a.", "mm"]
    assert all(words.context(words.context_text(i)) == i for i in range(16))


def test_the_tables_of_a_view_are_tables(fresh):
    view = runs.trained(SMALL.model_copy(update={"k": 2.0}))
    assert torch.equal(view.P, bigram.probabilities(view.corpus.N, 2.0))
    assert view.Q.dtype == torch.float64
    assert math.isclose(view.Q.sum().item(), view.corpus.V)


def test_the_lectures_list_is_never_fetched_in_a_click(fresh, monkeypatch, tmp_path):
    monkeypatch.setattr(lecture.LECTURE, "path", tmp_path)
    monkeypatch.setattr(lecture.LECTURE, "fetch", lambda *_: pytest.fail("It was fetched."))
    with pytest.raises(ValueError, match=r"^The lecture's list is not on this server") as away:
        runs.trained(Experiment(data="lecture"))
    assert str(tmp_path) not in str(away.value)
    data = next(field for field in screens.fields() if field["key"] == "data")
    assert ["the lecture's names (not here)", "lecture"] in map(list, data["choices"])


def test_the_start_goes_on_where_the_list_cannot_be_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(lecture.LECTURE, "path", tmp_path)
    monkeypatch.setattr(lecture.LECTURE, "base_url", "http://127.0.0.1:9/")
    lecture.fetch().join(30)
    assert not lecture.is_here()


GIVEN_BACK = """
import sys, time
from demo.compute import cache

def held():
    return 4_096 * int(open("/proc/self/statm").read().split()[1])

freed, pinned = zip(*[(b"x" * 100_000, b"x" * 1_000) for _ in range(2_000)])
freed = None
before = held()
cache.give_back(0.01)
while held() > before - 100_000_000:
    time.sleep(0.01)
"""


@pytest.mark.skipif("glibc" not in platform.libc_ver(), reason="Here the C library gives memory back by itself.")
def test_a_class_with_one_own_list_reads_it_once(fresh, monkeypatch):
    readings, read = [], runs.read
    monkeypatch.setattr(runs, "read", lambda *given: (readings.append(1), read(*given))[1])
    e = Experiment(data="own", words="\n".join(["emma", "olivia", "ava"] * 1_000), lr=1.0, steps=1)
    with ThreadPoolExecutor(8) as pages:
        with turns.turn():
            views = [pages.submit(runs.corpus, e) for _ in range(8)]
            while len(turns.waiting) < 8:
                time.sleep(0.001)
        assert len({id(view.result()) for view in views}) == 1
    assert readings == [1]


def test_freed_memory_goes_back_to_the_system(python):
    python.run("-c", GIVEN_BACK, check=True)


def test_goals_take_no_more_memory_than_there_is_for_runs_under_way(fresh, monkeypatch):
    """A state stays at each goal of those who wait. Where there is no room for one more, its visitor waits."""
    one = size(runs.corpus(SMALL).N) // 2
    monkeypatch.setattr(runs, "UNDER_WAY_BYTES", 20 * one)
    visitors = {steps: SMALL.model_copy(update={"steps": steps}) for steps in range(100, 200)}
    for visitor in visitors.values():
        runs.glance(visitor, 0.0)
    (run,) = runs.UNDER_WAY.values()
    assert 10 < len(run.goals) < 20
    most = 0
    while visitors:  # the last ones ask first, so that the descent passes the goals of all others
        for steps, visitor in reversed(list(visitors.items())):
            view, done = runs.glance(visitor, 1e-9)
            assert view.taken in (0, steps) or steps in run.goals
            most = max(most, sum(size(state.W) for under in runs.UNDER_WAY.values() for state in under.states.values()))
            if done:
                del visitors[steps]
    assert most <= 20 * one


def test_a_goal_that_was_given_up_makes_room_in_its_own_run(fresh, monkeypatch):
    monkeypatch.setattr(runs, "UNDER_WAY_BYTES", 1)
    runs.glance(SMALL, 0.0)
    other = SMALL.model_copy(update={"steps": 20})
    assert runs.glance(other, 1e-9)[0].taken == 0  # no room
    (run,) = runs.UNDER_WAY.values()
    assert list(run.goals) == [30]
    monkeypatch.setattr(runs, "PATIENCE", 0.0)
    assert runs.trained(other).taken == 20


def test_what_others_begin_or_end_does_not_make_a_run_begin_again(fresh, monkeypatch):
    """The descents that are kept are few: short runs, and those that wait for room, take no place among them."""
    begun, descent = [], runs.Run.descent
    monkeypatch.setattr(runs.Run, "descent", lambda run, *given: (begun.append(run.e.lr), descent(run, *given))[1])
    long = SMALL.model_copy(update={"steps": 60})
    runs.glance(long, 1e-9)
    for i in range(6):
        assert runs.trained(SMALL.model_copy(update={"lr": 1.0 + i, "steps": 2})).taken == 2
    runs.glance(long, 1e-9)
    monkeypatch.setattr(runs, "UNDER_WAY_BYTES", 1)
    for i in range(6):
        for _ in range(3):  # no room
            view, done = runs.glance(SMALL.model_copy(update={"lr": 20.0 + i}), 0.0)
            assert (view.taken, len(view.nll), done) == (0, 1, False)
    assert runs.trained(long).taken == 60
    assert begun.count(long.lr) == 1
    assert all(begun.count(20.0 + i) == 1 for i in range(6))  # who waits asks often
