"""What each part of the page asks of the server, where it is declared: `@answer` names the part and what is sent back.

An answer takes what the page sends, a JSON object, and returns a JSON object; {"error": sentence} where that cannot
be. Nothing is kept for a visitor: the experiment travels with every question, so that any server can answer it, also
one that was started a moment ago.
"""

import base64
import json
import math
import threading
import traceback
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from annotated_types import MaxLen
from pydantic import BaseModel, Field, ValidationError, validate_call

import bigram
from bigram.checks import shown as quoted
from demo.compute import gpu, lecture, own_list, results, table_file, turns
from demo.compute.lookup import WAYS, time_lookup
from demo.compute.runs import View, glance, run_key, trained
from demo.compute.suit import suit as suit_of
from demo.compute.turns import turn
from demo.experiment import HIDEABLE, TABS, Experiment, noted, plain, read_link
from demo.page import pictures
from demo.takeaway import export
from demo.teaching import course, lessons, traps
from demo.teaching.lessons import LESSONS

MISUNDERSTOOD = "The lab does not understand this question of the page. Load the page again."
MISTAKE = "The lab made a mistake here. Change a setting or load the page again."
SLICE = 0.1  # seconds of computing until the first answer on a run
LATER = 0.5  # and until each answer after it
QR_CODE, TABLE_FILE = 3e-4, 1e-5  # seconds: a QR code for each character, files of a table for each cell
AT_ONCE = 2**15  # cells of a table whose losses over k are drawn before anybody asks: they take a tenth of a second
FILES = threading.Lock()  # one set at a time: those of a large table take 60 MB
ORDERS = tuple(range(2, Experiment.bounds("order")[1] + 1))  # that can be swept
TIMED_ORDERS = ORDERS[:2]
TIMED_SIZES = (1_000, 10_000, 100_000, 228_146)  # examples; the last: all of the lecture's names
SEEDS = ("seed", "split", "draw_seed")  # as text: JavaScript has no whole numbers above 2**53

if TYPE_CHECKING:  # what can be chosen is known only when the program runs
    Order = int
    TimedOrder = int
else:
    Order, TimedOrder = Literal[ORDERS], Literal[TIMED_ORDERS]
Answer = Callable[[dict[str, Any]], dict[str, Any]]
ANSWERS: dict[str, list[Answer]] = defaultdict(list)  # by the part of the page that asks
MAIN: dict[str, Answer] = {}  # of each screen, the one on a run
# Of the answers that depend on nothing but their question, once they are final: whether one is (see known.py).
FINAL: dict[Answer, Callable[[dict[str, Any]], bool]] = {}
Text = Annotated[str, Field(max_length=1_000)]


class Asker(BaseModel):
    """Who asks: the name that a page gave itself, and the number of its run where it asks for a run."""

    page: Text = ""
    run: int | None = None


def answer(part: str, of_run: bool = False) -> Callable[[Callable], Answer]:
    """Declare a function as an answer to `part`: what it takes, beside the experiment, is what the page has to send.

    With `of_run` the function gets the view of the run, as far as it is, and the page is told to ask on until the run
    is done. Else it gets the experiment.
    """

    def declare(function: Callable) -> Answer:
        checked = validate_call(config={"arbitrary_types_allowed": True})(function)

        def call(question: dict[str, Any]) -> dict[str, Any]:
            if not isinstance(question, dict) or not isinstance(question.get("experiment", {}), dict):
                return {"error": MISUNDERSTOOD}
            given = dict(question)
            settings = given.pop("experiment", None)
            try:
                asker = Asker(**{key: given.pop(key) for key in Asker.model_fields if key in given})
                with turns.working_for(asker.page, asker.run), turn():
                    if settings is None:
                        return checked(**given)
                    e = Experiment.parse(settings)
                    late = given.pop("late", False) is True
                    return of(e, checked, given, late) if of_run else checked(e, **given)
            except ValidationError:
                return {"error": MISUNDERSTOOD}
            except turns.Unwanted as error:
                return {"error": str(error)}
            except ValueError as error:
                return {"error": str(error), **offer(error)}
            except Exception:
                traceback.print_exc()
                return {"error": MISTAKE}

        call.__name__, call.__doc__ = function.__name__, function.__doc__  # no more: Gradio would read the signature
        ANSWERS[part].append(call)
        if of_run:
            MAIN[part] = call
            FINAL[call] = is_done
        return call

    return declare


def is_done(answer: dict[str, Any]) -> bool:
    """Whether an answer on a run shows the end of the run."""
    return answer.get("done") is True


def offer(error: ValueError) -> dict[str, bool]:
    """What the page offers where a run is refused: without a GPU, the same run on the CPU."""
    return {"on_cpu": True} if isinstance(error, gpu.NoGPU) else {}


def of(e: Experiment, function: Callable, given: dict[str, Any], late: bool) -> dict[str, Any]:
    """An answer on a run: its value, how far the run is, its link, and what there is to say of it."""
    view, done = glance(e, LATER if late else SLICE)
    return {
        "value": function(view, **given),
        "step": view.taken,
        "steps": e.steps,
        "done": done,
        "link": view.reached.query(),
        "aim": view.e.query(),  # of a table: with its SHA-256
        "about": view.corpus.about,
        "notice": pictures.notice(view),
    }


def settings_of(e: Experiment) -> dict[str, Any]:
    """The settings as the page has them."""
    values = {key: getattr(e, key) for key in Experiment.model_fields}
    return values | {key: "" if values[key] is None else str(values[key]) for key in SEEDS}


# Settings, links.


def fields() -> list[dict[str, Any]]:
    """Each setting as the page draws it."""
    texts = dict.fromkeys(("words", "sha", "name"), "text") | dict.fromkeys(SEEDS, "seed")
    kinds = texts | {"table": "table", "hide": "parts"}
    drawn = []
    for key, field in Experiment.model_fields.items():
        least, most = Experiment.bounds(key)
        extra = noted(field)
        values = list(range(least, most + 1)) if extra["labels"] and least is not None else get_args(field.annotation)
        if key == "hide":
            values = HIDEABLE
        labels = extra["labels"] or values
        if key == "data" and not lecture.is_here():
            labels = [f"{label} (not here)" if value == "lecture" else label for value, label in zip(values, labels)]
        kind = kinds.get(key) or ("choice" if extra["labels"] or least is None else "real")
        if kind == "real" and field.annotation is not float:
            kind = "whole"
        drawn.append(
            {
                "key": key,
                "label": field.title,
                "help": field.description,
                "formula": extra["formula"],
                "group": extra["group"],
                "kind": kind,
                "choices": list(zip(labels, values)) if kind in ("choice", "parts") else [],
                "min": least if kind != "seed" else None,
                "max": longest(key) if kind in ("text", "table") else most if kind != "seed" else None,
                "default": settings_of(Experiment())[key],
            }
        )
    return drawn


def limits() -> dict[str, Any]:
    """What the screens and the course may ask for, beside the settings."""
    return {
        "orders": ORDERS,
        "timed_orders": TIMED_ORDERS,
        "timed_sizes": TIMED_SIZES,
        "choices": course.MOST_CHOICES,
        "links": course.LONGEST_COURSE,
    }


def longest(key: str) -> int | None:
    """The most characters of a text, None where something else bounds it."""
    return next((rule.max_length for rule in Experiment.model_fields[key].metadata if isinstance(rule, MaxLen)), None)


@answer("settings")
def open_link(query: str) -> dict[str, Any]:
    """The experiment of the page's address, and its screen; what is wrong in the address is said."""
    try:
        link = read_link(query)
        e, (lesson, wrong) = link.experiment, course.opened(link.guide)
        sentences = [*link.sentences, *wrong]
    except ValueError as error:
        e, lesson, sentences = Experiment(), None, [f"{error} This is the default experiment."]
    shown, offered = e, {}
    if lesson:  # a question comes before its evidence
        if "own" in lesson:
            lesson["own"] |= {"settings": settings_of(e), "tab": e.tab}
        shown = e = Experiment(**{key: getattr(e, key) for key in Experiment.of_groups("share")})
    try:
        glance(e, 0.0)
    except ValueError as error:  # what was asked for stays in the controls, to be mended
        offered = {"refused": True, **offer(error)}
        shown = Experiment(**{key: getattr(e, key) for key in Experiment.of_groups("share")})
        sentences = [*sentences, str(error), "Until then, this is the default experiment."]
    reply = MAIN[e.tab]({"experiment": dict(shown)})
    return {
        "settings": settings_of(e),
        "experiment": settings_of(shown),
        "sentences": sentences,
        "tab": e.tab,
        "reply": reply,
        "lesson": lesson,
        **offered,
    }


# What is refused now may be possible later: a list is fetched, or a GPU is free.
FINAL[open_link] = lambda answer: is_done(answer.get("reply", {})) and "refused" not in answer


@answer("settings")
def read_list(words: str = "", file: str = "", plain: bool = False) -> dict[str, Any]:
    """The words of a list that is pasted or uploaded, one a line, and how it was read."""
    with turn((len(words) + len(file)) * 2e-6):
        return own_list.brought(own_list.content(file) if file else words, plain)


@answer("settings")
def suit(e: Experiment) -> dict[str, Any]:
    """The learning rate and the smoothing that suit few words, as settings."""
    chosen = suit_of(e)._asdict()
    return {"settings": {key: plain(value) for key, value in chosen.items()}}


@answer("settings")
def read_table(table: str) -> dict[str, Any]:
    """The settings of a table that is uploaded, and what it is."""
    e = Experiment.parse({"data": "table", "table": table})
    found = table_file.read(table_file.unpack(e.table))
    settings = {"table": e.table, "sha": found.sha, "order": found.order}
    return {"settings": settings, "about": table_file.about(found)}


@answer("settings")
def share(e: Experiment, base: Text) -> dict[str, Any]:
    """The link of an experiment and its QR code; where it is too long for a code, a sentence."""
    link = e.query()
    try:
        with turn(len(base + link) * QR_CODE):
            return {"link": link, "url": base + link, "qr": export.qr_svg(base + link), "note": ""}
    except ValueError as error:
        return {"link": link, "url": base + link, "qr": None, "note": str(error)}


# The screens. Each has one answer on a run, which fills it.


@answer("two-ways", of_run=True)
def two_ways(view: View, lead: Text = "") -> dict[str, Any]:
    """The stage; of a larger table, the rows that begin with `lead`."""
    return pictures.two_ways(view, lead)


@answer("two-ways")
def usual(e: Experiment) -> dict[str, Any]:
    """How surprised the trained table is by the words of the list: the quantiles, in nats per character."""
    return {"surprises": results.surprises(trained(e))}


@answer("inside", of_run=True)
def inside(view: View, context: Text = "", character: Text = "", before: int | None = None) -> dict[str, Any]:
    """One pair; the most common where the one asked for is none of these words. `before`: the steps before the last."""
    order, chars = view.e.order, view.corpus.vocab.chars
    if len(context) != order - 1 or len(character) != 1 or not set(context + character) <= set(chars):
        x, y = divmod(int(view.corpus.N.argmax()), view.corpus.V)
        context, character = view.corpus.context_text(x), chars[y]
    earlier = None
    if before is not None and 0 <= before < view.taken:
        earlier = trained(view.e.model_copy(update={"steps": before}))
    return pictures.inside(view, pictures.Pair.of(view, context, character), earlier)


@answer("inside")
def look(e: Experiment, context: Text, character: Text) -> dict[str, Any]:
    """The pair that was typed; a sentence where it is no pair of these words."""
    view = trained(e)
    try:
        return pictures.inside(view, pictures.Pair.of(view, context, character))
    except ValueError as error:
        raise in_lower_case(error, view, context + character) from None


@answer("inside")
def score(e: Experiment, name: str) -> dict[str, Any]:
    """A typed name by both tables."""
    view, name = trained(e), name.strip()
    try:
        return pictures.score(view, name)
    except ValueError as error:
        raise in_lower_case(error, view, name) from None


def in_lower_case(error: ValueError, view: View, typed: str) -> ValueError:
    """The same error; what to type instead, where a capital letter is none of these words and its small one is."""
    chars, lower = view.corpus.vocab.chars, typed.lower()
    if not any(typed[i] not in chars and lower[i] in chars for i in range(min(len(typed), len(lower)))):
        return error
    strange = next((character for character in lower if character not in chars), None)
    if strange is not None:
        return ValueError(f"The character {strange!r} is not one of {quoted(chars)}. Use lower case, and leave it out.")
    capital = next(character for character in typed if character not in chars)
    return ValueError(
        f"The character {capital!r} is not one of {quoted(chars)}. These words are in lower case: type {lower}."
    )


@answer("sampling", of_run=True)
def sampling(view: View, table: Text = "counted", seed: Text = "") -> dict[str, Any]:
    """One name letter by letter, from the `counted` or the `descended` table.

    Where no name can be drawn, `wrong` says why: the run is shown all the same.
    """
    if table not in results.tables(view):
        raise ValueError("The table must be 'counted' or 'descended'. The second is the trained table.")
    e, drawn = view.reached, {"table": table, "about": tables_of(view), "seed": seed, "walk": None, "wrong": ""}
    try:
        number = Experiment.parse({"draw_seed": seed}, {"draw_seed": "seed"}).draw_seed if seed else e.draw_seed
        return drawn | {"seed": str(number), "walk": pictures.walk(view, table, number)}
    except ValueError as error:
        return drawn | {"wrong": str(error)}


def tables_of(view: View) -> dict[str, str]:
    """A short name of each table: names drawn from it belong to no other."""
    e = view.reached
    made_by = {"counted": (view.corpus.key, e.k), "descended": (run_key(e), e.steps)}
    return {which: export.digest(json.dumps(settings)) for which, settings in made_by.items()}


@answer("smoothing", of_run=True)
def smoothing(view: View) -> dict[str, Any]:
    """Which words the sweeps and the test are about, and the losses over k where they are quickly known."""
    e = view.e
    about = json.dumps([e.data, {"own": e.words, "table": e.sha}.get(e.data), e.split or 0])
    runs_over_l2 = json.dumps([about, e.order, e.steps, e.lr, e.seed])
    return {
        "about": export.digest(about),
        "about_l2": export.digest(runs_over_l2),
        "orders": [e.order],
        "k": e.k,
        "no_words": results.no_words(e, "smoothing"),
        "over_k": at_once(e) if view.corpus.N.numel() <= AT_ONCE else None,
    }


def at_once(e: Experiment) -> dict[str, Any] | None:
    """The losses over k; None where too few words can be held out, which is said to those who ask for the sweep."""
    try:
        return over_k(e, [e.order])
    except ValueError:
        return None


@answer("smoothing")
def sweep(e: Experiment, orders: Annotated[list[Order], Field(max_length=len(ORDERS))]) -> dict:
    """The losses over k, for the orders chosen, and over L2; not done while the runs over L2 are under way."""
    ks, l2 = over_k(e, sorted(set(orders)) or [e.order]), results.sweep_l2(e, LATER)
    return {
        "k": ks,
        "l2": l2 and pictures.sweeps(f"L2: the trained table, order {e.order}, after {e.steps:,} steps", "l2", [l2]),
        "done": l2 is not None,
    }


def over_k(e: Experiment, orders: list[int]) -> dict[str, Any]:
    """The losses of the counted table over k, a pair of curves an order. ValueError: too few words to hold out."""
    swept = [results.sweep_k(e.model_copy(update={"order": order})) for order in orders]
    return pictures.sweeps("Smoothing: the counted table", "k", swept)


@answer("smoothing")
def test(e: Experiment) -> dict[str, Any]:
    """The score of the test words, which the page shows once."""
    loss = results.test_loss(e)
    if not math.isfinite(loss):  # then nothing was looked at: the page may ask again
        raise ValueError(
            "At smoothing 0 this score is infinite: the test words hold a combination that the training words lack. "
            "Choose k above 0, press Train, then score."
        )
    about = f"Test NLL of the counted table at order {e.order}, k = {e.k:g}"
    return {"sentence": f"{about}: {pictures.as_text(loss, 6)} nats per character."}


@answer("speed", of_run=True)
def speed(view: View) -> dict[str, Any]:
    """The committed benchmarks, beside which the page times."""
    forms, no_words = list(bigram.FORMS), results.no_words(view.e, "speed")
    return {
        "committed": pictures.committed_benchmarks(),
        "device": view.e.device,
        "lookups": list(WAYS),
        "forms": forms,
        "no_words": no_words,
    }


@answer("speed")
def lookup(e: Experiment, way: Text) -> dict[str, Any]:
    """One way to get the rows of W, timed here and now, in milliseconds."""
    timed = time_lookup(e, way)
    return {"form": way, "forward": timed.milliseconds, "examples": timed.examples, "why_not": timed.why_not}


@answer("speed")
def time(
    e: Experiment,
    order: TimedOrder,
    n: Annotated[int, Field(ge=1, le=TIMED_SIZES[-1])],
    form: Text,
) -> dict[str, Any]:
    """One form of the loss, timed here and now, in milliseconds."""
    timing = results.time_form(e, order, n, form)
    finite = dict(zip(("forward", "both"), pictures.finite([timing.forward, timing.both])))
    return {"form": form, "why_not": timing.why_not, **finite}


@answer("code", of_run=True)
def code(view: View, base: Text = "") -> dict[str, Any]:
    """The experiment to take home; `base` is the lab's address."""
    e = view.reached
    return {
        "script": export.script(e),
        "python": export.python_call(e, base),
        "curl": export.curl_call(e, base),
        "terminal": export.terminal_call(e),
    }


@answer("code")
def files(e: Experiment) -> dict[str, Any]:
    """Both tables as CSV and the weights as safetensors."""
    view = trained(e)
    with turns.alone(FILES), turn(TABLE_FILE * view.W.numel()):
        csv = {f"{which}.csv": ("text/csv", export.table_csv(view, which).encode()) for which in results.tables(view)}
        made = csv | {"bigram.safetensors": ("application/octet-stream", export.weights(view, e.query()))}
        return {
            "files": [
                {"name": name, "type": type_, "data": base64.b64encode(data).decode()}
                for name, (type_, data) in made.items()
            ]
        }


@answer("traps", of_run=True)
def wrong_and_right(view: View) -> dict[str, Any]:
    """The traps, without what they print."""
    return {"traps": [{"key": trap.key, "title": trap.title} for trap in traps.TRAPS]}


@answer("traps")
def run_trap(key: Text) -> dict[str, Any]:
    """The lines of one trap and what they print: the wrong ones and the right ones, run here."""
    trap = next((trap for trap in traps.TRAPS if trap.key == key), None)
    if trap is None:
        raise ValueError("There is no such trap. Choose one of the list.")
    outcomes = traps.outcomes(trap)
    return {
        "start": traps.START,
        "head": trap.head,
        "tail": trap.tail,
        "sides": [
            {"side": side, "lines": getattr(trap, side), "printed": outcome.printed}
            for side, outcome in outcomes.items()
        ],
        "tables": trap.table and pictures.side_by_side(trap.table.title, trap.table.sums, outcomes),
    }


# Whoever waits.


def waiting(question: Any) -> dict[str, Any]:
    """The place of the page in the queue, 0 where it does not wait: an answer that waits for nothing itself."""
    return {"place": turns.place(str(question.get("page"))) if isinstance(question, dict) else 0}


ANSWERS["notice"].append(waiting)


# The course.


def guide() -> dict[str, Any]:
    """The chapters and the lessons, without their answers."""
    return {
        "chapters": [
            {
                "title": chapter.title,
                "time": chapter.time,
                "url": chapter.url,
                "tab": chapter.tab,
                "lessons": list(chapter.lessons),
            }
            for chapter in course.CHAPTERS
        ],
        "lessons": [
            {
                "key": lesson.key,
                "title": lesson.title,
                "question": lesson.question,
                "choices": lesson.choices,
                "settings": settings_of(lesson.experiment),
                "tab": lesson.experiment.tab,
            }
            for lesson in LESSONS
        ],
    }


@answer("course")
def explain(key: Text) -> dict[str, Any]:
    """The answer of a lesson: where to look, the right choice, and why."""
    lesson = lessons.BY_KEY.get(key)
    if lesson is None:
        raise ValueError("There is no such lesson. Choose one of the list.")
    return lessons.explain(lesson)


@answer("course")
def write_lesson(e: Experiment, question: Text, choices: Text, right: int, why: Text) -> dict[str, Any]:
    """The link of a lesson of one's own, about this experiment."""
    return {"link": course.own_link(e, question, choices, right, why)}


@answer("course")
def chain(links: Annotated[str, Field(max_length=50_000)]) -> dict[str, Any]:
    """The link of a course of up to twelve links, one a line."""
    return {"link": course.chain(links)}


if MAIN.keys() != TABS.keys():
    raise ImportError(f"Each screen needs one answer with of_run=True. Wrong: {MAIN.keys() ^ TABS.keys()}.")
