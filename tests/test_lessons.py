"""Every lesson fills, its link works, and what it claims is true: computed here with `bigram`, not read from it."""

import math
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

import bigram
from demo import page
from demo.compute import results, runs
from demo.experiment import TABS, Experiment, read_link
from demo.teaching import course, lessons

BY_KEY = lessons.BY_KEY


@pytest.fixture(params=lessons.LESSONS, ids=lambda lesson: lesson.key)
def lesson(request) -> lessons.Lesson:
    return request.param


def answer(key: str) -> str:
    """The right choice of a lesson."""
    return BY_KEY[key].choices[BY_KEY[key].right]


@cache
def told(key: str) -> dict:
    """What the page says of a lesson once it was run."""
    return lessons.explain(BY_KEY[key])


def why(key: str) -> str:
    """The explanation of a lesson, and what stands under More."""
    return f"{told(key)['explanation']} {told(key)['more']}"


@cache
def counts(data: str = "us-2018") -> tuple[bigram.Vocab, torch.Tensor]:
    """The vocabulary and the bigram counts of a word list."""
    words = bigram.load(data)
    vocab = bigram.Vocab.from_words(words)
    return vocab, bigram.count(*bigram.ngrams(words, vocab), len(vocab))


@cache
def way(steps: int, lr: float = 50.0, l2: float = 0.01, data: str = "us-2018") -> list[tuple[torch.Tensor, float]]:
    """(W, loss) of every step of a descent."""
    vocab, N = counts(data)
    descent = bigram.descend(bigram.closed_form(N), bigram.initial_weights(len(vocab)), steps, lr, l2)
    return [(W, loss.item()) for W, loss in descent]


def gap(W: torch.Tensor, k: float = 0.0) -> float:
    """How far softmax(W) is above the counted table, nats per character."""
    N = counts()[1]
    return (bigram.nll_counts(W.double(), N) - bigram.nll_counts(bigram.probabilities(N, k).log(), N)).item()


def limit_at_the_end() -> float:
    """2/λ_max of the table where descent with the lecture's L2 ends."""
    return bigram.stable_learning_rates(counts()[1], 0.01, way(2_000)[2_000][0].double().softmax(1))[1]


@cache
def split_losses(order: int, k: float) -> tuple[float, float]:
    """The NLL of the counted table on train and on dev."""
    words = bigram.load()
    vocab = bigram.Vocab.from_words(words)
    train, dev, _ = bigram.split(words, 0)
    N, D = (bigram.count(*bigram.ngrams(part, vocab, order), len(vocab), order) for part in (train, dev))
    log_p = bigram.probabilities(N, k).log()
    return bigram.nll_counts(log_p, N).item(), bigram.nll_counts(log_p, D).item()


def test_the_lessons_are_at_least_ten_with_keys_of_their_own_and_the_five_exercises():
    assert len(BY_KEY) == len(lessons.LESSONS) >= 10
    assert [lesson.title[:3] for lesson in lessons.LESSONS if re.match(r"E\d\d", lesson.title)] == [
        "E01",
        "E02",
        "E03",
        "E04",
        "E05",
    ]


def test_a_lesson_asks_before_it_tells(lesson):
    assert lesson.question.endswith("?")
    assert 2 <= len(set(lesson.choices)) == len(lesson.choices) <= 4
    assert 0 <= lesson.right < len(lesson.choices)
    assert answer(lesson.key) not in lesson.title + lesson.question


def test_a_lesson_is_a_link(lesson):
    assert read_link(lesson.experiment.query()) == (lesson.experiment, {}, [])
    assert lesson.experiment.hide == lesson.experiment.embed == ""
    assert lesson.experiment.data in bigram.datasets.EMBEDDED  # no network needed


@pytest.mark.parametrize(
    "change", [{"place": "nowhere"}, {"shows": {"time": True}}, {"experiment": Experiment(tab="code")}]
)
def test_a_lesson_names_only_what_its_screen_has(change):
    with pytest.raises(ValueError, match="The lesson count names what its screen, "):
        replace(BY_KEY["count"], **change)


def test_the_module_of_a_screen_reads_what_lessons_may_name_there():
    for tab, screen in lessons.SCREENS.items():
        module = (Path(page.__file__).parent / "static" / "parts" / f"{tab}.js").read_text("utf-8")
        assert re.search(r"\bpoint\(", module)
        assert [key for key in screen.shows if f"shows.{key}" not in module] == []


def test_each_screen_has_a_lesson_or_a_chapter():
    chapters = {chapter.tab for chapter in course.CHAPTERS}
    assert {lesson.experiment.tab for lesson in lessons.LESSONS} | chapters == set(TABS)


def test_a_lesson_trains_and_its_answer_fills(lesson):
    assert runs.trained(lesson.experiment).taken == lesson.experiment.steps
    filled = told(lesson.key)
    text = f"{filled['verdict']} {filled['explanation']} {filled['more']}"
    assert not re.search(r"[{}$\\]| -\d", text)
    assert lesson.key in ("e05", "impossible") or not re.search(r"\b(nan|inf)\b", text)
    assert filled["number"] in filled["verdict"]
    assert answer(lesson.key) not in filled["verdict"]  # the page has just said it
    for part, most in {"explanation": 2, "more": 9}.items():
        assert 1 <= len(re.findall(r"[.!?](?: |$)", filled[part])) <= most


def test_count_the_commonest_pair_and_what_it_makes_of_the_names():
    words = bigram.load()
    pairs = Counter(pair for word in words for pair in pairwise(f".{word}."))
    (pair, most), *_ = pairs.most_common(1)
    assert answer("count").startswith("".join(pair) + " (")
    after_n = sum(count for (before, _), count in pairs.items() if before == "n")
    assert told("count")["verdict"].startswith(f"{most:,} names")
    assert float(told("count")["number"]) == pytest.approx((most + 1) / (after_n + 27), abs=5e-5)
    letter, first = Counter(word[0] for word in words).most_common(1)[0]
    assert f"“{letter}” is first in {first:,} of {len(words):,}" in why("count")


def test_row_the_product_is_the_row_and_only_that_row_gets_a_gradient():
    W = way(100)[100][0].clone().requires_grad_()
    e, r = counts()[0].encode("er").tolist()
    logits = F.one_hot(torch.tensor([e]), 27).float() @ W
    assert torch.equal(logits[0], W[e])
    F.cross_entropy(logits, torch.tensor([r])).backward()
    assert W.grad.any(1).nonzero().tolist() == [[e]]
    assert f"the logit is W = {W[e, r].item():.4f}".replace("-", "−") in why("row")
    assert f"makes p = {W[e].softmax(0)[r].item():.4f}" in why("row")
    assert answer("row") == "One row of 27"


def test_lecture_the_20th_loss_that_is_printed_comes_after_19_updates():
    *_, (_, before), (_, loss) = way(20)
    assert f"{before:.6f} nats per character after 19 steps and {loss:.6f} after 20" in why("lecture")
    printed = []
    W = bigram.initial_weights(27).requires_grad_()
    N = counts()[1]
    for updates in range(20):  # the lecture's loop
        loss = bigram.nll_counts(W, N) + 0.01 * (W**2).mean()
        printed.append((updates, loss.item()))
        W = (W - 50 * torch.autograd.grad(loss, W)[0]).detach().requires_grad_()
    assert printed[19][1] == pytest.approx(before, abs=1e-6)
    assert answer("lecture") == f"{printed[19][0]} times"


def test_lecture_the_golden_loss_belongs_to_the_lectures_own_list():
    try:
        losses = way(19, data="lecture")
    except ValueError as error:
        pytest.skip(str(error))
    assert losses[19][1] == pytest.approx(lessons.LECTURE_STEP_20, abs=2e-6)


def test_converged_descent_comes_close_and_never_arrives():
    N = counts()[1]
    held, free = way(2_000), way(2_000, l2=0.0)
    assert 0 < gap(held[2_000][0]) < gap(held[100][0]) / 3
    assert gap(held[1_900][0]) - gap(held[2_000][0]) < 1e-4  # it stays near there
    assert 0 < gap(free[2_000][0]) < gap(held[2_000][0]) / 5
    assert gap(free[2_000][0]) < gap(free[1_900][0])  # still falling
    unseen = [W[N == 0].mean().item() for W in (free[100][0], free[1_000][0], free[2_000][0])]
    assert unseen == sorted(unseen, reverse=True)
    assert unseen[1] - unseen[2] > 0.1
    assert abs(held[2_000][0][N == 0].mean() - held[1_900][0][N == 0].mean()) < 0.01  # L2 stops them
    assert "some gap always stays" in answer("converged")


def test_slow_a_rate_50_times_smaller_needs_about_50_times_the_steps():
    slow, aim = way(1_100, lr=1.0), way(20)[20][1]
    needed = next(step for step, (_, loss) in enumerate(slow) if loss <= aim)
    assert 900 < needed < 1_100
    assert answer("slow") == "About 1,000"


def test_edge_just_below_the_limit_descent_settles_and_sooner_than_at_50():
    limit = limit_at_the_end()
    assert 74 < limit < 74.6
    assert f"2/λ_max, which is {limit:.1f} for these names" in why("edge")
    fast, usual = way(100, lr=74.0)[100][0], way(1_000)[100][0]
    assert gap(fast, k=1.0) < 0.8 * gap(usual, k=1.0)
    nll, than = (bigram.nll_counts(W.double(), counts()[1]).item() for W in (fast, usual))
    assert told("edge")["verdict"] == f"The NLL is {nll:.4f} after 100 steps; at learning rate 50 it is {than:.4f}."
    losses = [loss for _, loss in way(1_000, lr=74.0)]
    assert all(b <= a for a, b in pairwise(losses[:100]))  # no jump on the way
    assert abs(losses[-1] - losses[-2]) < 1e-5  # settled
    assert lessons.edges(BY_KEY["edge"].experiment)["left"] < 1
    assert answer("edge") == "Lower"


def test_over_above_the_limit_it_keeps_jumping_in_one_row_and_ends_higher_than_at_50():
    vocab, N = counts()
    safe, limit = bigram.stable_learning_rates(N, 0.01)[0], limit_at_the_end()
    assert limit < 80
    assert f"The limit is 2/λ_max = {limit:.1f}" in why("over")
    assert safe == pytest.approx((4 * N.sum() / N.sum(1).max()).item(), rel=1e-3)  # L2 takes a little off
    tail = way(1_000, lr=80.0)[-20:]
    losses = [loss for _, loss in tail]
    assert all((b - a) * (c - b) < 0 for a, b, c in zip(losses, losses[1:], losses[2:]))  # up, down, up, down
    assert all(abs(b - a) > 1e-3 for a, b in pairwise(losses))
    assert min(losses) > way(1_000)[1_000][1] + 1e-3
    assert max(losses) < way(1_000, lr=80.0)[0][1]  # it does not run away
    moved = (tail[-1][0] - tail[-2][0]).abs().amax(1)
    assert moved[vocab.encode("a")] > 1
    assert moved.sort().values[-2] < 0.001
    assert N.sum(1).argmax() == vocab.encode("a")  # the commonest context
    assert lessons.edges(BY_KEY["over"].experiment)["left"] > 1
    text, (third, second, last) = why("over"), losses[-3:]
    assert f"The last three losses, NLL + L2, are {third:.5f}, {second:.5f}, {last:.5f} nats" in text
    assert f"50 ends at {way(1_000)[1_000][1]:.5f}" in text
    assert "“a” of W jumps" in text
    assert answer("over").startswith("Higher")


def test_l2_pulls_to_uniform_and_is_not_smoothing():
    _, N = counts()
    W = way(100, l2=1.0)[100][0].double()
    P, Q, plain = bigram.probabilities(N, 479.0), W.softmax(1), bigram.probabilities(N, 0.0)
    losses = [bigram.nll_counts(table.log(), N).item() for table in (plain, P, Q)]
    assert losses[1] == pytest.approx(losses[2], abs=1e-3)
    assert losses[0] + 0.2 < losses[2] < math.log(27)
    assert (P - Q).abs().max() > 0.05
    r, n = N.sum(1, keepdim=True), N.sum()
    torch.testing.assert_close(r * Q, N - 2 * n / 729 * W, atol=0.01, rtol=0)  # what the minimum with L2 obeys
    assert answer("l2").startswith("No")


@pytest.mark.parametrize(("lr", "runs_away"), [(7.0, False), (7.6, True)])
def test_l2_a_rate_above_CV_over_l2_cannot_settle(lr, runs_away):
    losses = [loss for _, loss in way(300, lr=lr, l2=100.0)]
    assert (abs(losses[-1] - losses[-2]) > 1) == runs_away


def test_impossible_one_unseen_pair_makes_the_loss_infinite_and_smoothing_mends_it():
    vocab, N = counts()
    name = bigram.count(*bigram.ngrams(["andrejq"], vocab), 27)
    assert int(name.sum()) == 8
    assert int(((N == 0) & (name > 0)).sum()) == 1
    j, q = vocab.encode("jq")
    assert N[j, q] == 0
    counted, smoothed = (bigram.nll_counts(bigram.probabilities(N, k).log(), name) for k in (0.0, 1.0))
    assert counted == math.inf
    assert smoothed < 4
    assert bigram.nll_counts(way(100)[100][0], name) < 4
    assert f"the name {smoothed:.2f} nats" in why("impossible")
    facts = BY_KEY["impossible"].facts(BY_KEY["impossible"].experiment)
    assert facts["smoothed_p"] == pytest.approx(1 / (N[j].sum().item() + 27), rel=1e-12)
    assert answer("impossible") == "Infinite"


def test_years_the_names_of_1880_are_easier_and_each_table_fits_its_own_year():
    facts = BY_KEY["years"].facts(BY_KEY["years"].experiment)
    (_, old), (vocab, new) = counts("us-1880"), counts()
    P_old, P_new = (bigram.probabilities(N, 1.0).log() for N in (old, new))
    assert facts["old"] == bigram.nll_counts(P_old, old) < facts["new"] == bigram.nll_counts(P_new, new)
    assert facts["old"] + 0.05 < facts["few"]  # as many names of 2018 are harder: it is not the length of the list
    assert facts["old_by_new"] == bigram.nll_counts(P_new, old) > facts["old"] + 0.1
    assert facts["new_by_old"] == bigram.nll_counts(P_old, new) > facts["new"] + 0.1
    n, e = vocab.encode("ne")
    ends = (new[:, 0] / len(bigram.load())).tolist()
    assert (facts["new_n"], facts["new_e"]) == pytest.approx((ends[n], ends[e]))
    assert facts["new_n"] > facts["old_n"]
    assert facts["new_e"] < facts["old_e"]
    assert answer("years") == "The list of 1880"


def test_e01_the_trigram_is_better_on_train_and_on_held_out_names():
    (train_2, dev_2), (train_3, dev_3) = split_losses(2, 1.0), split_losses(3, 1.0)
    assert train_3 < train_2 - 0.2
    assert dev_3 < dev_2 - 0.2
    summary = results.summary(runs.trained(BY_KEY["e01"].experiment))
    assert train_3 < summary["descended_nll"] < train_2
    hundred = runs.trained(BY_KEY["e01"].experiment.model_copy(update={"steps": 100}))
    assert results.summary(hundred)["gap"] > 5 * gap(way(100)[100][0], k=1.0)  # slower than the bigram
    assert f"the trigram {train_3:.4f} and {dev_3:.4f}" in why("e01")
    assert "held out too" in answer("e01")


def test_e02_dev_is_close_to_train_for_the_bigram_and_further_away_for_longer_contexts():
    losses = {order: split_losses(order, 1.0) for order in (2, 3, 4)}
    apart = [dev - train for train, dev in losses.values()]
    assert 0 < apart[0] < 0.015
    assert apart[1] > 3 * apart[0]
    assert apart[2] > 2 * apart[1]
    assert losses[4][1] < losses[3][1] < losses[2][1]
    assert f"{apart[0]:.4f} above train for the bigram, and {apart[1]:.4f}" in told("e02")["verdict"]
    assert f"dev is {apart[2]:.4f}" in why("e02")
    train, dev, _ = map(set, bigram.split(bigram.load(), 0))
    assert f"{len(train & dev)} of the {len(dev):,}" in why("e02")
    assert answer("e02").startswith("Close for the bigram")


def test_e03_train_rises_with_k_and_dev_falls_then_rises():
    grid = (0.0, 0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0, 100.0, 1_000.0)
    train, dev = zip(*(split_losses(3, k) for k in grid))
    assert list(train) == sorted(train)
    assert dev[0] == math.inf
    lowest = dev.index(min(dev))
    assert 0 < lowest < grid.index(1.0)
    assert list(dev[: lowest + 1]) == sorted(dev[: lowest + 1], reverse=True)
    assert list(dev[lowest:]) == sorted(dev[lowest:])
    facts = BY_KEY["e03"].facts(BY_KEY["e03"].experiment)
    assert (facts["best_train"], facts["best_dev"]) == pytest.approx(split_losses(3, facts["best_k"]))
    assert facts["best_dev"] <= min(dev)
    assert (facts["zero_train"], facts["usual_dev"]) == pytest.approx((train[0], dev[grid.index(1.0)]))
    assert (facts["largest_train"], facts["largest_dev"]) == pytest.approx((train[-1], dev[-1]))  # k = 1,000
    assert dev[-1] - train[-1] < 0.01  # close to each other, and bad
    assert dev[-1] > split_losses(2, 1.0)[1] + 0.5
    assert answer("e03").startswith("Train rises; dev falls")


def test_e04_the_forms_give_the_same_numbers_and_one_hot_mostly_multiplies_by_0():
    facts = BY_KEY["e04"].facts(BY_KEY["e04"].experiment)
    expected = way(10)[10][1]
    assert [facts[form] for form in ("onehot", "rows", "counts")] == pytest.approx([expected] * 3, abs=2e-6)
    vocab, _ = counts()
    xs, ys = bigram.ngrams(bigram.load(), vocab)
    W = bigram.initial_weights(27)
    assert torch.equal(F.one_hot(xs[:99], 27).float() @ W, W[xs[:99]])
    slopes = [torch.func.grad(bigram.FORMS[form].loss)(W, xs[:999], ys[:999]) for form in ("onehot", "rows")]
    torch.testing.assert_close(*slopes, atol=1e-6, rtol=1e-5)
    assert (facts["products"], facts["copied"], facts["table"]) == (len(xs) * 27 * 27, len(xs) * 27, 27 * 27)
    assert facts["by_zero"] == pytest.approx((F.one_hot(xs, 27) == 0).double().mean())
    assert answer("e04") == "Only the cost"


def test_sampling_the_names_agree_until_one_u_falls_between_two_borders_then_fall_back_into_step():
    vocab, N = counts()
    tables = bigram.probabilities(N, 1.0), way(100)[100][0].double().softmax(1)
    experiment = BY_KEY["sampling"].experiment
    names = [bigram.sample(P, vocab, experiment.draws, experiment.draw_seed) for P in tables]
    left, right = (".".join(drawn) + "." for drawn in names)
    facts = BY_KEY["sampling"].facts(experiment)
    parted = next(i for i, (a, b) in enumerate(zip(left, right)) if a != b)
    assert left[:parted] == facts["begun"]
    assert 1 <= parted < min(map(len, (names[0][0], names[1][0])))  # within the name that the screen walks through
    assert (facts["counted"], facts["descended"]) == (f"{names[0][0]}.", f"{names[1][0]}.")
    assert facts["agree"] == sum(a == b for a, b in zip(*names)) > facts["draws"] / 2
    assert (facts["counted_letter"], facts["descended_letter"]) == (left[parted], right[parted])
    for P, kind in zip(tables, ("counted", "descended")):
        borders = P[vocab.encode(facts["begun"][-1])].cumsum(1)[0]
        letter = int((borders <= facts["u"]).sum())
        assert vocab.chars[letter] == facts[f"{kind}_letter"]
        assert facts[f"{kind}_from"] <= facts["u"] < facts[f"{kind}_to"]
        assert facts[f"{kind}_to"] == pytest.approx(borders[letter].item())
    later = [a == b for a, b in zip(left[parted:], right[parted:])]
    assert sum(later[:6]) > 0  # back in step soon
    assert sum(later) > len(later) / 2
    assert answer("sampling").startswith("Most are the same")
