"""The lessons, as data: a question to predict from, the experiment that answers it, where to look, the answer, and why.

No gradio. Verdict and explanation hold placeholders; `explain` fills them with what the lesson's own experiment gives
now.
"""

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import bigram
from demo.compute import results, runs
from demo.experiment import Experiment
from demo.teaching.pictures import PICTURES
from demo.teaching.traps import TRAPS, Trap, numbers

LECTURE_STEP_20 = 2.588681  # what the lecture prints as step 20, with its own list of names
IMPOSSIBLE = "andrejq"  # the lecture's example: no name of the list has q after j
MINUS = re.compile(r"(?<![\w.=])-(?=[\d.])")  # not that of code: dim=-1
KINDS = {2: "bigram", 3: "trigram", 4: "order4"}


class Screen(NamedTuple):
    """What a lesson may name on a screen. The function `point` of its module in page/static/parts/ reads both."""

    places: tuple[str, ...]  # to point at
    shows: tuple[str, ...]  # to set, beside the experiment


SCREENS = {
    # view: counted, descended, difference. layer: count, probability, weight. before, after: the cell. step: of the
    # film. log: the time line is logarithmic. last: it begins late.
    "two-ways": Screen(
        ("row", "curve", "gap", "counted_nll", "descended_nll"),
        ("view", "layer", "before", "after", "step", "log", "last"),
    ),
    "inside": Screen(  # before, after: the pair. name: the one to score.
        ("product", "pair_figures", "score_counted", "score_descended"), ("before", "after", "name")
    ),
    "sampling": Screen(("walk",), ("table", "draw")),  # table: counted, descended. draw: which letter of the name.
    "smoothing": Screen(("sweep_k",), ("orders",)),  # orders: those to sweep
    "speed": Screen(("both",), ()),  # all forms are timed
    "traps": Screen(("printed",), ("trap",)),  # trap: its key
}


@dataclass(frozen=True)
class Lesson:
    """One lesson: question, run, look, verdict, why. From `verdict` on, texts hold placeholders: keys of `facts`."""

    key: str
    title: str
    question: str  # to be answered before the run
    choices: tuple[str, ...]
    right: int  # index of the right choice
    experiment: Experiment  # its `tab` is the screen that shows the answer best
    look: str  # where to look after the run
    place: str  # what to point at there: see SCREENS
    verdict: str  # the answer, with a number that stands at this place
    number: str  # this number, as it stands there
    explanation: str  # in two sentences
    more: str  # for who wants to know more
    facts: Callable[[Experiment], dict[str, Any]]
    shows: dict[str, Any] = field(default_factory=dict)  # what the screen is set to: see SCREENS

    def __post_init__(self) -> None:
        screen = SCREENS.get(self.experiment.tab)
        if screen is None or self.place not in screen.places or not set(self.shows) <= set(screen.shows):
            raise ValueError(f"The lesson {self.key} names what its screen, {self.experiment.tab}, does not have.")


def explain(lesson: Lesson) -> dict[str, Any]:
    """The answer of a lesson, its numbers computed now. Cost: the lesson's experiments, where not yet trained."""
    facts = lesson.facts(lesson.experiment)

    def filled(text: Any) -> Any:
        return text.format(**facts) if isinstance(text, str) else text

    return {
        "right": lesson.right,
        "look": lesson.look,
        "place": lesson.place,
        "shows": {key: filled(value) for key, value in lesson.shows.items()},
        "verdict": minus(filled(lesson.verdict)),
        "number": minus(filled(lesson.number)),
        "explanation": minus(filled(lesson.explanation)),
        "more": minus(filled(lesson.more)),
        "picture": PICTURES[lesson.key](lesson.experiment) if lesson.key in PICTURES else None,
    }


def minus(text: str) -> str:
    """The minus that the page writes, before each negative number."""
    return MINUS.sub("−", text)


# The numbers of each lesson. Losses are in nats per character.


def reached(e: Experiment, **changes: Any) -> dict[str, float | int]:
    """What an experiment, or a variant of it, reaches: the page's summary and the last loss, NLL + L2."""
    view = runs.trained(e.model_copy(update=changes))
    return results.summary(view) | {"loss": view.objective[-1]}


def edges(e: Experiment) -> dict[str, float]:
    """The stable learning rates of the words, and what a step makes of an error where the loss curves most."""
    words = runs.corpus(e)
    safe, edge = runs.safe_below(words, e.l2), runs.stable_below(words, e.l2)
    return {"safe": safe, "edge": edge, "left": 2 * e.lr / edge - 1}


def counted(e: Experiment, **changes: Any) -> tuple[float, float]:
    """The NLL of the counted table on the train names and on the dev names of an experiment that holds names out."""
    e = e.model_copy(update=changes)
    words = runs.corpus(e)
    log_p = bigram.probabilities(words.N, e.k).log()
    return bigram.nll_counts(log_p, words.N).item(), bigram.nll_counts(log_p, results.tally(words.dev, words)).item()


def count_facts(e: Experiment) -> dict[str, Any]:
    view = runs.trained(e)
    words = view.corpus
    row, column = divmod(int(words.N.argmax()), words.V)
    before, after = words.context_text(row), words.vocab.chars[column]
    start = words.N[words.context(".")]
    return {
        "before": before,
        "after": after,
        "count": words.N[row, column].item(),
        "in_row": words.N[row].sum().item(),
        "p": view.P[row, column].item(),
        "names": len(words.train),
        "first": words.vocab.chars[int(start.argmax())],
        "first_count": start.max().item(),
    }


def row_facts(e: Experiment) -> dict[str, Any]:
    view = runs.trained(e)
    x, y = view.corpus.vocab.encode("er").tolist()
    return {"w": view.W[x, y].item(), "p": view.Q[x, y].item(), "V": view.corpus.V, "cells": view.W.numel()}


def lecture_facts(e: Experiment) -> dict[str, Any]:
    before = reached(e, steps=e.steps - 1)
    return reached(e) | {"before": before["loss"], "nll": before["descended_nll"], "printed": LECTURE_STEP_20}


def converged_facts(e: Experiment) -> dict[str, Any]:
    unseen = runs.corpus(e).N == 0
    free = {steps: runs.trained(e.model_copy(update={"l2": 0.0, "steps": steps})) for steps in (100, e.steps)}
    return reached(e) | {
        "early_gap": reached(e, steps=100)["gap"],
        "free_gap": reached(e, l2=0.0)["gap"],
        "early_W": free[100].W[unseen].mean().item(),
        "free_W": free[e.steps].W[unseen].mean().item(),
        "W": runs.trained(e).W[unseen].mean().item(),
    }


def slow_facts(e: Experiment) -> dict[str, Any]:
    early = reached(e, steps=20)
    return reached(e) | {
        "fast": reached(e, lr=50.0, steps=20)["loss"],
        "same": early["loss"],
        "early_nll": early["descended_nll"],
    }


def edge_facts(e: Experiment) -> dict[str, Any]:
    return reached(e) | edges(e) | {"usual": reached(e, lr=50.0)["descended_nll"]}


def over_facts(e: Experiment) -> dict[str, Any]:
    last, before = (runs.trained(e.model_copy(update={"steps": steps})) for steps in (e.steps, e.steps - 1))
    row = int((last.W - before.W).abs().amax(1).argmax())
    return (
        reached(e)
        | edges(e)
        | {
            "before": before.objective[-1],
            "before_that": reached(e, steps=e.steps - 2)["loss"],
            "usual": reached(e, lr=50.0)["loss"],
            "row": last.corpus.context_text(row),
        }
    )


def l2_facts(e: Experiment) -> dict[str, Any]:
    view = runs.trained(e)
    apart = (view.P - view.Q).abs()
    row, column = divmod(int(apart.argmax()), view.corpus.V)
    N = view.corpus.N
    return reached(e) | {
        "k": e.k,
        "uniform": math.log(view.corpus.V),
        "before": view.corpus.context_text(row),
        "after": view.corpus.vocab.chars[column],
        "plain_p": bigram.probabilities(N, 0.0)[row, column].item(),
        "counted_p": view.P[row, column].item(),
        "descended_p": view.Q[row, column].item(),
        "pull": 2 * e.l2 * N.sum().item() / N.numel(),
        "limit": N.numel() / 100,
    }


def impossible_facts(e: Experiment) -> dict[str, Any]:
    view = runs.trained(e)
    N, words = results.tally([IMPOSSIBLE], view.corpus), view.corpus
    j, q = words.vocab.encode("jq").tolist()
    return {
        "name": IMPOSSIBLE,
        "pairs": int(N.sum()),
        "descended_p": view.Q[j, q].item(),
        "descended": bigram.nll_counts(view.W.double(), N).item(),
        "smoothed": bigram.nll_counts(bigram.probabilities(words.N, 1.0).log(), N).item(),
        "smoothed_p": bigram.probabilities(words.N, 1.0)[j, q].item(),
    }


def years_facts(e: Experiment) -> dict[str, Any]:
    old, new = runs.corpus(e), runs.corpus(e.model_copy(update={"data": "us-2018"}))
    P_old, P_new = (bigram.probabilities(words.N, e.k).log() for words in (old, new))
    few = results.tally(random.Random(0).sample(new.train, len(old.train)), new)
    return {
        "old": bigram.nll_counts(P_old, old.N).item(),
        "new": bigram.nll_counts(P_new, new.N).item(),
        "old_by_new": bigram.nll_counts(P_new, old.N).item(),
        "new_by_old": bigram.nll_counts(P_old, new.N).item(),
        "few": bigram.nll_counts(bigram.probabilities(few, e.k).log(), few).item(),
        "words": len(old.train),
        "old_n": sum(word.endswith("n") for word in old.train) / len(old.train),
        "new_n": sum(word.endswith("n") for word in new.train) / len(new.train),
        "old_e": sum(word.endswith("e") for word in old.train) / len(old.train),
        "new_e": sum(word.endswith("e") for word in new.train) / len(new.train),
    }


def best_by_dev(e: Experiment, *orders: int) -> dict[str, float]:
    """The lowest dev loss over k of each order, as the sweep finds it."""
    sweeps = {order: results.sweep_k(e.model_copy(update={"order": order})) for order in orders}
    return {f"{KINDS[order]}_best": sweep.dev[sweep.best] for order, sweep in sweeps.items()}


def trigram_facts(e: Experiment) -> dict[str, Any]:
    (train, dev), (bigram_train, bigram_dev) = counted(e), counted(e, order=2)
    words = runs.corpus(e)
    return (
        reached(e)
        | best_by_dev(e, 2, 3)
        | {
            "train": train,
            "dev": dev,
            "bigram_train": bigram_train,
            "bigram_dev": bigram_dev,
            "descended_dev": bigram.nll_counts(runs.trained(e).W.double(), results.tally(words.dev, words)).item(),
        }
    )


def split_facts(e: Experiment) -> dict[str, Any]:
    words = runs.corpus(e)
    train_names, dev_names = set(words.train), set(words.dev)
    facts = {"twice": len(train_names & dev_names), "dev_names": len(dev_names)} | best_by_dev(e, 2, 4)
    for order, kind in KINDS.items():
        train, dev = counted(e, order=order)
        facts |= {f"{kind}_train": train, f"{kind}_dev": dev, f"{kind}_apart": dev - train}
        facts |= {f"{kind}_each": words.N.sum().item() / words.V**order}
    return facts


def smoothing_facts(e: Experiment) -> dict[str, Any]:
    sweep = results.sweep_k(e)
    best = sweep.best
    return {
        "best_k": sweep.values[best],
        "best_dev": sweep.dev[best],
        "best_train": sweep.train[best],
        "zero_train": sweep.train[0],
        "usual_dev": counted(e, k=1.0)[1],
        "largest_k": sweep.values[-1],
        "largest_dev": sweep.dev[-1],
        "largest_train": sweep.train[-1],
    }


def rows_facts(e: Experiment) -> dict[str, Any]:
    words = runs.corpus(e)
    n, (C, V) = words.N.sum().item(), words.N.shape
    return {
        "steps": e.steps,
        "onehot": reached(e)["loss"],
        "rows": reached(e, form="rows")["loss"],
        "counts": reached(e, form="counts")["loss"],
        "n": n,
        "C": C,
        "V": V,
        "products": n * C * V,
        "by_zero": (C - 1) / C,
        "copied": n * V,
        "table": C * V,
    }


def sampling_facts(e: Experiment) -> dict[str, Any]:
    """Where the first names of the two tables part: the u, and the piece of the row that holds it in either table."""
    view = runs.trained(e)
    vocab = view.corpus.vocab
    agree = sum(a == b for a, b in zip(*(bigram.sample(P, vocab, e.draws, e.draw_seed) for P in (view.P, view.Q))))
    ways = [bigram.trace(P, vocab, e.draw_seed) for P in (view.P, view.Q)]
    parted = next(i for i, (a, b) in enumerate(zip(*ways)) if a.character != b.character)
    facts = {"agree": agree, "draws": e.draws, "u": ways[0][parted].u, "step": parted}
    for kind, way in zip(("counted", "descended"), ways):
        name, letter = vocab.decode([draw.character for draw in way]), way[parted].character
        borders = [0.0, *way[parted].cumulative.tolist()]
        facts |= {"begun": name[:parted], kind: name, f"{kind}_letter": name[parted]}
        facts |= {f"{kind}_from": borders[letter], f"{kind}_to": borders[letter + 1]}
    return facts


def lesson_of(trap: Trap) -> Lesson:
    """A trap as a lesson: its lines are run on the screen PyTorch traps."""
    return Lesson(
        key=trap.key,
        title=trap.title[0].upper() + trap.title[1:],
        question=trap.question,
        choices=trap.choices,
        right=trap.answer,
        experiment=Experiment(tab="traps"),
        look="Compare what the two pieces of code print.",
        place="printed",
        verdict=trap.verdict,
        number=trap.number,
        explanation=trap.explanation,
        more=trap.more,
        facts=partial(trap_facts, trap),
        shows={"trap": trap.key},
    )


def trap_facts(trap: Trap, e: Experiment) -> dict[str, Any]:
    return numbers(trap)


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        key="count",
        title="The most common pair",
        question="The names of 2018 are cut into pairs, with a dot for start and end. Which pair occurs most often?",
        choices=(".a (a is the first letter)", "an (as in Anna and Daniel)", "n. (n is the last letter)"),
        right=2,
        experiment=Experiment(),
        look="Look at the cell that is marked. Which two letters does it belong to?",
        place="row",
        verdict="{count:,} names end with n. After n the name ends with probability {p:.4f}.",
        number="{p:.4f}",
        explanation="A count becomes a probability when it is divided by the sum of its row: {count:,} of the "
        "{in_row:,} letters n end a name. All that the model knows stands in this table, so it looks "
        "back one letter and no further.",
        more="With smoothing k = 1, one is added to each count before the division. The row of the dot says "
        "how names begin: “{first}” is first in {first_count:,} of {names:,}.",
        facts=count_facts,
        shows={"view": "counted", "layer": "count", "before": "n", "after": "."},
    ),
    Lesson(
        key="lecture",
        title="The lecture's own run",
        question="The lecture's loop prints the loss, then updates W. When it prints its 20th loss, how often has W "
        "been updated?",
        choices=("19 times", "20 times", "21 times"),
        right=0,
        experiment=Experiment(steps=20),
        look="The time line stands at step 19. Read the NLL of the trained table, then go one step on.",
        place="descended_nll",
        verdict="At that moment the NLL is {nll:.4f} nats per character.",
        number="{nll:.4f}",
        explanation="Each line of the lecture is printed before the update of its step, so its 20th loss belongs to "
        "a W that was updated 19 times. This page counts updates: step 0 is the random start.",
        more="Here the loss, NLL + L2, is {before:.6f} nats per character after 19 steps and {loss:.6f} after "
        "20. With the lecture's own list of names, the 20th line reads {printed:.6f}. Choose the word "
        "list “the lecture's names”, and NLL + L2 is this number at step 19. Seed, learning rate and L2 "
        "strength are the lecture's.",
        facts=lecture_facts,
        shows={"step": 19, "view": "descended"},
    ),
    Lesson(
        key="converged",
        title="Two thousand steps",
        question="Smoothing is 0. Descend 2,000 steps instead of 100: how near does the trained table come to the "
        "counted one?",
        choices=(
            "It arrives: the gap becomes 0",
            "It comes close, but some gap always stays",
            "It goes below: the gap becomes negative",
        ),
        right=1,
        experiment=Experiment(steps=2_000, k=0.0),
        look="Look at the gap, and at the end of its curve. Does the gap still get smaller?",
        place="gap",
        verdict="After {steps:,} steps the gap is {gap:+.4f}, and L2 keeps it from closing.",
        number="{gap:+.4f}",
        explanation="The gap is {early_gap:.4f} nats per character after 100 steps and {gap:.4f} after {steps:,}, "
        "and it stays there, because L2 holds W back. Without L2 it reaches {free_gap:.5f} after "
        "{steps:,} steps and still falls, but it never becomes 0.",
        more="{empty} of the {cells} pairs do not occur. Their best probability is 0, and its W is minus "
        "infinity. No number of steps gets there: without L2 the mean W of these pairs is {early_W:.2f} "
        "after 100 steps and {free_W:.2f} after {steps:,}. With L2 it stops near {W:.2f}. Nothing goes "
        "below the counted table at smoothing 0, because no other table has a lower NLL on these names.",
        facts=converged_facts,
        shows={"log": True, "view": "descended", "layer": "weight"},
    ),
    Lesson(
        key="slow",
        title="Small steps: learning rate 1",
        question="The learning rate is 1 instead of 50. About how many steps does it take to get where 50 gets in 20?",
        choices=("About 20", "About 140", "About 1,000"),
        right=2,
        experiment=Experiment(lr=1.0, steps=1_000),
        look="The time line stands at step 20. Read the NLL of the trained table, then move to the end.",
        place="descended_nll",
        verdict="After 20 steps at learning rate 1 the NLL is still {early_nll:.4f}.",
        number="{early_nll:.4f}",
        explanation="A step is the learning rate times the slope. Steps 50 times smaller follow nearly the same way "
        "down, so you need about 50 times as many.",
        more="At learning rate 1 the loss, NLL + L2, is {same:.4f} nats per character after 20 steps and "
        "{loss:.4f} after {steps:,}. At learning rate 50 it is {fast:.4f} after 20. Nothing is wrong "
        "with small steps. They only cost time.",
        facts=slow_facts,
        shows={"step": 20, "view": "descended"},
    ),
    Lesson(
        key="edge",
        title="Larger steps: learning rate 74",
        question="The learning rate is 74 instead of 50. How does the loss compare after 100 steps?",
        choices=("Lower", "Higher: it goes up and down", "Infinite"),
        right=0,
        experiment=Experiment(lr=74.0),
        look="Look at the curve of the trained table and at its NLL. Does the curve jump?",
        place="descended_nll",
        verdict="The NLL is {descended_nll:.4f} after 100 steps; at learning rate 50 it is {usual:.4f}.",
        number="{descended_nll:.4f}",
        explanation="Larger steps help as long as they settle. Near its minimum the loss is a bowl, and at rate 74 "
        "each step lands on the other side of the bowl, but a little nearer: at about {left:.0%} of the "
        "distance.",
        more="λ_max says how fast the slope of the bowl grows, in the direction in which it grows fastest. A "
        "step turns an error x in that direction into (1 − lr · λ_max) · x. The error shrinks while lr "
        "is below 2/λ_max, which is {edge:.1f} for these names.",
        facts=edge_facts,
    ),
    Lesson(
        key="over",
        title="Still larger steps: learning rate 80",
        question="The learning rate is 80, and you give it 1,000 steps. How does the loss compare with learning rate "
        "50?",
        choices=("Lower: larger steps arrive sooner", "Higher, and it keeps going up and down", "Infinite"),
        right=1,
        experiment=Experiment(lr=80.0, steps=1_000),
        look="The curve shows the gap in the last 40 steps, on a log scale. Is it a line or a zigzag?",
        place="curve",
        verdict="The loss, NLL + L2, is {loss:.4f} after {steps:,} steps; at learning rate 50 it is {usual:.4f}.",
        number="{loss:.4f}",
        explanation="At rate 80 each step near the minimum lands on the other side of the bowl, {left:.2f} times as "
        "far away, so descent cannot settle there. It does not run away either: far from the minimum the "
        "slope hardly grows any more, so the steps stop growing, too.",
        more="The last three losses, NLL + L2, are {before_that:.5f}, {before:.5f}, {loss:.5f} nats per "
        "character. Learning rate 50 ends at {usual:.5f}. The limit is 2/λ_max = {edge:.1f} for these "
        "names: above it, descent never settles here. Only row “{row}” of W jumps; the others have "
        "settled. Below {safe:.1f} = 4n / max r (n examples, r in each row) descent settles from any "
        "start, whatever the row looks like. Between the two limits it depends on the names and on the "
        "start: 50 settles.",
        facts=over_facts,
        shows={"log": True, "last": True, "view": "descended"},
    ),
    Lesson(
        key="l2",
        title="Heavy L2",
        question="L2 at strength 1 and smoothing at k = 479 give these names nearly the same NLL. Are the two tables "
        "the same?",
        choices=("Yes: two names for one thing", "No: they are similar, but cells differ"),
        right=1,
        experiment=Experiment(l2=1.0, k=479.0),
        look="The table shows the difference. Look at the row of the cell that is marked: counted beside trained.",
        place="row",
        verdict="Both are pulled to uniform, but “{before}{after}” has probability {counted_p:.4f} counted and "
        "{descended_p:.4f} trained.",
        number="{descended_p:.4f}",
        explanation="Smoothing adds the same {k:.0f} to every count, whatever the cell. L2 pulls each W towards 0, "
        "so it changes large weights more than small ones.",
        more="The NLLs are {counted_nll:.4f} and {descended_nll:.4f} nats per character. They lie between the "
        "plain counts and the uniform table, which has log {characters} = {uniform:.4f}. Without "
        "smoothing, “{before}{after}” has probability {plain_p:.4f}. At the minimum with L2, r · p = N − "
        "{pull:.0f} · W, where r is the sum of the row in N, and the number is 2 · l2 · n / (C · V). Do "
        "not overdo it: whatever the names, a learning rate above C · V / l2 cannot settle. For l2 = 100 "
        "that is {limit:.1f}.",
        facts=l2_facts,
        shows={"view": "difference", "layer": "probability", "before": "{before}", "after": "{after}"},
    ),
    Lesson(
        key="impossible",
        title="The name andrejq",
        question="The counted table has smoothing 0. What is the loss of the name “andrejq”, in which q follows j?",
        choices=("About as for any name", "Large, a few nats per character more", "Infinite"),
        right=2,
        experiment=Experiment(k=0.0, tab="inside"),
        look="Look at the bars of the counted table. Which bar is different?",
        place="score_counted",
        verdict="“jq” never occurs in these names, so its probability is 0 and its loss is ∞.",
        number="∞",
        explanation="−log 0 is infinite, and one such pair out of {pairs} makes the loss of the whole name infinite. "
        "Smoothing 1 adds 1 to every count: “jq” gets {smoothed_p:.5f} and the name {smoothed:.2f} nats "
        "per character.",
        more="The trained table needs no smoothing for this: exp(W) is never 0. Here it gives “jq” "
        "{descended_p:.5f} and the name {descended:.2f}.",
        facts=impossible_facts,
        shows={"name": "andrejq"},
    ),
    Lesson(
        key="years",
        title="1880 and 2018",
        question="Count the names of 1880, then those of 2018, and score each list with its own table. Which list has "
        "the lower NLL?",
        choices=("The list of 1880", "The list of 2018: it has many more examples", "Equal: names are names"),
        right=0,
        experiment=Experiment(data="us-1880"),
        look="Read the NLL of the counted table: it is that of 1880. Will the list of 2018 have more or less?",
        place="counted_nll",
        verdict="The names of 1880 have {old:.4f} nats per character, those of 2018 have {new:.4f}.",
        number="{old:.4f}",
        explanation="More examples do not make names easier to predict: the names of 1880 are more alike. The short "
        "list is not the reason, because {words:,} names drawn at random from 2018 and counted alone "
        "give {few:.4f}.",
        more="Each table also fits its own year: with the table of 2018 the names of 1880 have "
        "{old_by_new:.4f} nats per character, and with the table of 1880 those of 2018 have "
        "{new_by_old:.4f}. Fashion shows in the last letter. The letter n ends {old_n:.0%} of the names "
        "of 1880 and {new_n:.0%} of those of 2018; e ends {old_e:.0%} and {new_e:.0%}.",
        facts=years_facts,
    ),
    Lesson(
        key="row",
        title="What one-hot selects",
        question="The letter e goes into the network as a one-hot row of 27 numbers, times W with its 729 numbers. "
        "Which numbers of W reach the result?",
        choices=("All 729, each a little", "One row of 27", "One column of 27"),
        right=1,
        experiment=Experiment(tab="inside"),
        look="Watch the picture. What comes out of the product?",
        place="product",
        verdict="The logits are row e of W, unchanged.",
        number="row e of W",
        explanation="Each number of the one-hot row is multiplied by one row of W, and all but one are multiplied by "
        "0. So the product is the row of e, and W[x] gives the same without a multiplication.",
        more="There are {V} products. For “er” the logit is W = {w:.4f}; softmax over the row makes p = "
        "{p:.4f} of it. In the backward pass, only the row that was selected "
        "gets a gradient.",
        facts=row_facts,
        shows={"before": "e", "after": "r"},
    ),
    Lesson(
        key="e01",
        title="E01: the trigram",
        question="Predict each character from the two before it, not from one. Does the loss improve?",
        choices=(
            "Only on the names it was counted on",
            "On those, and on names held out too",
            "On neither",
        ),
        right=1,
        experiment=Experiment(order=3, split=0, steps=1_000, tab="smoothing"),
        look="Compare the two solid curves, dev for order 2 and for order 3. How low does each come?",
        place="sweep_k",
        verdict="At the best k, dev has {bigram_best:.4f} for the bigram and {trigram_best:.4f} for the trigram.",
        number="{trigram_best:.4f}",
        explanation="Knowing one more character helps, on the names that were counted and on names held out. The "
        "price is a larger table: {cells:,} cells, {empty:,} of them empty.",
        more="With k = 1, in nats per character: the bigram has {bigram_train:.4f} on train and "
        "{bigram_dev:.4f} on dev, the trigram {train:.4f} and {dev:.4f}. Descent is slower, because the "
        "examples are spread over more rows and each row moves less in a step: after {steps:,} steps it "
        "is at {descended_nll:.4f} on train and {descended_dev:.4f} on dev.",
        facts=trigram_facts,
        shows={"orders": [2, 3]},
    ),
    Lesson(
        key="e02",
        title="E02: train, dev, test",
        question="80% of the names train the tables, 10% are held out as dev. How close is the dev loss to the train "
        "loss?",
        choices=(
            "Equal, for bigram and trigram",
            "Close for the bigram, further apart for the trigram",
            "Far apart for the bigram, close for the trigram",
        ),
        right=1,
        experiment=Experiment(order=3, split=0, tab="smoothing"),
        look="For each order, compare the dashed curve (train) with the solid one (dev) at k = 1.",
        place="sweep_k",
        verdict="At k = 1, dev is {bigram_apart:.4f} above train for the bigram, and {trigram_apart:.4f} for the "
        "trigram. Order 4 has the lowest dev loss of the three: {order4_best:.4f} at its best k.",
        number="{order4_best:.4f}",
        explanation="The bigram has {bigram_each:.0f} examples for each cell of its table, the trigram "
        "{trigram_each:.1f}, order 4 only {order4_each:.2f}. A table with few examples for each cell "
        "learns its own names by heart.",
        more="For order 4, dev is {order4_apart:.4f} nats per character above train. To be fair: a name given "
        "to girls and boys stands in this list twice, so {twice:,} of the {dev_names:,} different dev "
        "names are in train, too. The test names wait: score them once, when all is chosen.",
        facts=split_facts,
        shows={"orders": [2, 3, 4]},
    ),
    Lesson(
        key="e03",
        title="E03: how much smoothing?",
        question="Raise the smoothing k of the trigram from 0. What happens to the losses on train and dev?",
        choices=("Both rise", "Both fall, then rise", "Train rises; dev falls, then rises"),
        right=2,
        experiment=Experiment(order=3, split=0, tab="smoothing"),
        look="Follow the train and the dev curve from left to right, and find the lowest point of dev.",
        place="sweep_k",
        verdict="Dev falls to {best_dev:.4f} at k = {best_k:.3g}, then it rises.",
        number="{best_dev:.4f}",
        explanation="At k = 0 the dev loss is infinite: some dev name has three characters in a row that train never "
        "had. A little smoothing mends that, and too much hides what was counted, so the best k lies "
        "between.",
        more="On train, k = 0 has the lowest NLL there is ({zero_train:.4f} nats per character), and every k "
        "above makes it worse. At k = {largest_k:,.0f} train is at {largest_train:.4f} and dev at "
        "{largest_dev:.4f}, close to each other and bad. Dev is lowest near k = {best_k:.3g}: "
        "{best_dev:.4f}, with {best_train:.4f} on train. The usual k = 1 gives {usual_dev:.4f}. Choose k "
        "by dev, then score the test names once.",
        facts=smoothing_facts,
        shows={"orders": [3]},
    ),
    Lesson(
        key="e04",
        title="E04: a row instead of one-hot",
        question="Replace one-hot rows times W by picking rows of W, W[xs]. What changes?",
        choices=(
            "The loss, a little",
            "Only the cost",
            "Training fails: picking a row has no gradient",
        ),
        right=1,
        experiment=Experiment(form="onehot", steps=10, tab="speed"),
        look="Compare the bars of onehot and rows. How many times as fast is rows?",
        place="both",
        verdict="Each bar says how many times (×) as fast as the slowest form it is. The loss is {counts:.5f} for all.",
        number="×",
        explanation="A one-hot row times W is a row of W, so the loss and its gradient are the same up to rounding. "
        "But one-hot multiplies {products:,} numbers for each forward pass, {by_zero:.1%} of them by 0, "
        "and picking rows multiplies none.",
        more="After {steps} steps the losses are {onehot:.5f} (one-hot), {rows:.5f} (rows) and {counts:.5f} "
        "(counts). One-hot does {n:,} · {C} · {V} multiplications; picking rows copies {copied:,} "
        "numbers. The bars differ much less than that: a processor multiplies matrices very fast, and "
        "both forms still need the softmax and its gradient. Counting first goes further: all that the "
        "loss needs of the names is N, so it works on {table} cells, however many names there are.",
        facts=rows_facts,
    ),
    Lesson(
        key="sampling",
        title="Same luck, two tables",
        question="Both tables draw names with the same seed, so with the same numbers u in the same order. How do the "
        "names compare?",
        choices=(
            "All the same: the luck is the same",
            "Most are the same, a few differ",
            "Different from the first letter on",
        ),
        right=1,
        experiment=Experiment(draw_seed=307, tab="sampling"),
        look="See between which borders u falls here, in the counted table. Would the trained table draw the "
        "same letter?",
        place="walk",
        verdict="After “{begun}” comes u = {u:.4f}: it falls on “{counted_letter}” in one table and on "
        "“{descended_letter}” in the other.",
        number="u = {u:.4f}",
        explanation="The letter drawn is the first whose cumulative probability exceeds u. The two tables are nearly "
        "the same, so u nearly always falls on the same letter: {agree} of {draws} names agree.",
        more="In the first name that differs, after “{begun}”, comes u = {u:.4f}. In the counted table "
        "“{counted_letter}” holds {counted_from:.4f} to {counted_to:.4f}; in the trained table "
        "“{descended_letter}” holds {descended_from:.4f} to {descended_to:.4f}. So one becomes "
        "“{counted}”, the other “{descended}”. After that the same numbers u choose from different "
        "rows, until both names stand at the same letter again.",
        facts=sampling_facts,
        shows={"table": "counted", "draw": "{step}"},
    ),
    *map(lesson_of, TRAPS),
)
BY_KEY = {lesson.key: lesson for lesson in LESSONS}
