"""What the page does when something is clicked: pure functions of what the page sends, tested without a server.

A handler returns {name of a part of the page: its new value}; what it does not name stays as it is. A generator
returns several, one after another. ValueError: a sentence for the visitor.
"""

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import export
import gradio as gr
import lab
import show
from experiment import Experiment
from lessons import LESSONS, explain

import bigram

SEEDS = ("seed", "split", "draw_seed")  # as text: JavaScript has no whole numbers above 2**53
SHARING = ("tab", "embed", "hide")
CONTROLS = (
    *("data", "words", "sha", "order", "k", "steps", "lr", "l2", "seed", "form", "device"),
    *("draws", "draw_seed", "split", *SHARING),
)
MORE = (("form", "device"), ("draws", "draw_seed"), ("split",))  # rows, folded while at their defaults
INSIDE = ("onehot", "logits", "exp", "p", "surprise", "slope")


def settings(e: Experiment) -> dict[str, Any]:
    """The values of the controls."""
    values = {key: getattr(e, key) for key in CONTROLS} | {"hide": [part for part in e.hide.split(",") if part]}
    return values | {key: "" if values[key] is None else str(values[key]) for key in SEEDS}


def placed(e: Experiment) -> dict[str, Any]:
    """The controls at the experiment, its tab, and its first name on the screen Sampling."""
    more = any(getattr(e, key) != Experiment.model_fields[key].default for row in MORE for key in row)
    opened = {"more": gr.update(open=more), "tabs": gr.update(selected=e.tab)}
    return settings(e) | opened | {"walk_seed": str(e.draw_seed)}


def screen(view: lab.View) -> dict[str, Any]:
    """The first screen of a view."""
    return head(view) | body(view)


def head(view: lab.View) -> dict[str, Any]:
    """Its numbers and its curve: what a run shows first."""
    return {
        "notice": show.notice(view),
        "figures": show.figures(view),
        "curve": show.curve(view),
        "link": view.reached.query(),
        "view": view,
    }


def body(view: lab.View) -> dict[str, Any]:
    """Its tables and its names."""
    return {**maps(view, view.corpus.vocab.chars[0] * (view.e.order - 2)), "names": show.names(view)}


def maps(view: lab.View, lead: str) -> dict[str, Any]:
    """The heat maps of the contexts that begin with `lead`."""
    return {
        "counted": show.counted_map(view, lead),
        "descended": show.descended_map(view, lead),
        "difference": show.difference_map(view, lead),
        "gaps": show.row_gaps(view, lead),
    }


def rest(
    view: lab.View,
    context: str,
    character: str,
    typed: str,
    table: str,
    walk_seed: str,
    orders: list[int],
    about: tuple | None,
    base: str,
) -> dict:
    """The other screens of a view; `base` is the lab's address. What was learned from other words goes."""
    leads = [view.corpus.context_text(i * view.corpus.V)[:-1] for i in range(view.corpus.N.shape[0] // view.corpus.V)]
    order = view.e.order
    if len(context) != order - 1 or not set(context + character) <= set(view.corpus.vocab.chars):
        context, character = commonest_pair(view)
    return {
        "lead": gr.update(choices=leads, value=leads[0], visible=order > 2),
        "context": context,
        "character": character,
        **inside(view, context, character),
        **score(view, typed),
        **walk(view, table, walk_seed),
        **code(view.reached, base),
        **({} if view.e.order in orders else {"orders": [view.e.order]}),
        **({} if about in (None, held_out(view.e)) else dict.fromkeys(("sweep_k", "sweep_l2", "test", "about"))),
    }


def held_out(e: Experiment) -> tuple:
    """Which words the sweeps and the test are about."""
    e = lab.held_out(e)
    return e.data, e.words if e.data == "own" else "", e.split


def code(e: Experiment, base: str) -> dict[str, Any]:
    """The experiment to take home; files are made on request."""
    return {
        "script": export.script(e),
        "python": export.python_call(e, base),
        "curl": export.curl_call(e, base),
        "files": {"files": []},
    }


def commonest_pair(view: lab.View) -> tuple[str, str]:
    """The cell with the highest count."""
    x, y = divmod(view.corpus.N.argmax().item(), view.corpus.V)
    return view.corpus.context_text(x), view.corpus.vocab.chars[y]


def train(*values: Any) -> Iterator[dict[str, Any]]:
    """Train the experiment of the controls, and show the way."""
    yield from way(Experiment.parse(dict(zip(CONTROLS, values))))


def way(e: Experiment, **changes: Any) -> Iterator[dict[str, Any]]:
    """An experiment on its way: the curve at once, then the tables. The changes come first, and only once."""
    for view in lab.train(e):
        yield head(view) | changes
        yield body(view)
        changes = {}  # what the visitor changes meanwhile stays


def train_new_seed(*values: Any) -> Iterator[dict[str, Any]]:
    """Train from another start."""
    seed = str(random.randrange(2**31))
    yield from way(Experiment.parse(dict(zip(CONTROLS, values)) | {"seed": seed}), seed=seed)


def open_link(request: gr.Request) -> Iterator[dict[str, Any]]:
    """Set the controls to the experiment of the page's address, and train it; what is wrong in it is said."""
    e, sentences = Experiment.from_query(dict(request.query_params).items())
    try:
        lab.run_of(e)
    except ValueError as error:
        kept = {"tab": e.tab, "hide": e.hide, "embed": e.embed}
        changes = placed(e)  # what was asked for stays in the controls, to be mended
        e, sentences = Experiment(**kept), [*sentences, str(error), "Until then, this is the default experiment."]
    else:
        changes = placed(e)
    if e == Experiment() and not sentences:  # already on the page
        yield {"link": e.query(), "view": lab.trained(e)}
        return
    for update in way(e, **changes):
        if sentences and "notice" in update:
            update["notice"] = {"sentences": sentences + update["notice"]["sentences"], "kind": "error"}
        yield update


def reset(view: lab.View) -> dict[str, Any]:
    """The same start, before the first step."""
    return screen(lab.reset(view))


def share(view: lab.View, *values: Any) -> dict[str, Any]:
    """The link of what is on the page, with what a teacher shows of it."""
    return {"link": Experiment.parse(dict(view.reached) | dict(zip(SHARING, values))).query()}


def draw_qr(link: str) -> dict[str, Any]:
    """The link for a projector."""
    return {"qr": export.qr_svg(link)}


def zoom(view: lab.View, lead: str) -> dict[str, Any]:
    """The rows that begin with other characters."""
    return maps(view, lead or "")


def choose_cell(view: lab.View, lead: str, event: gr.EventData) -> dict[str, Any]:
    """Look inside the cell that was clicked."""
    part = show.window(view.corpus, lead if view.e.order > 2 else "")
    context = view.corpus.context_text(part.rows[int(event.i)])
    character = view.corpus.vocab.chars[part.columns[int(event.j)]]
    opened = {"context": context, "character": character, "tabs": gr.update(selected="inside")}
    return opened | inside(view, context, character)


def inside(view: lab.View, context: str, character: str) -> dict[str, Any]:
    """The passes for one pair."""
    pair = show.Pair.of(view, context, character)
    return {"pair_figures": show.pair_figures(view, pair), **dict(zip(INSIDE, show.inside(view, pair)))}


def step(
    view: lab.View, context: str, character: str, typed: str, table: str, walk_seed: str, lead: str, base: str
) -> dict[str, Any]:
    """One more step of descent, and what it changed for the pair; the maps stay with their rows."""
    pair, after = show.Pair.of(view, context, character), lab.stepped(view)
    changed = {"pair_figures": show.pair_figures(after, pair, before=view)}
    shown = screen(after) | zoom(after, lead) | inside(after, context, character) | changed
    return shown | score(after, typed) | walk(after, table, walk_seed) | code(after.reached, base)


def score(view: lab.View, name: str) -> dict[str, Any]:
    """A typed name by both tables."""
    name = name.strip()
    try:
        scores = dict(zip(("score_counted", "score_descended"), show.score(view, name)))
    except ValueError as error:
        lower = name.lower()
        could = lower != name and set(lower) <= set(view.corpus.vocab.chars)
        hint = [f"These words are in lower case: type {lower}."] if could else []
        return {"score_notice": {"sentences": [str(error), *hint], "kind": "error"}}
    return scores | {"score_notice": None}


def walk(view: lab.View, table: str, seed: str) -> dict[str, Any]:
    """One name letter by letter."""
    try:
        number = Experiment.parse({"draw_seed": seed}).draw_seed
        return {"walk": show.walk(view, table, number), "walk_notice": None}
    except ValueError as error:
        return {"walk_notice": {"sentences": [str(error)], "kind": "error"}}


def another_walk(view: lab.View, table: str) -> dict[str, Any]:
    """Another name: another seed."""
    seed = str(random.randrange(2**31))
    return {"walk_seed": seed} | walk(view, table, seed)


def sweep(view: lab.View, orders: list[int]) -> Iterator[dict[str, Any]]:
    """The losses over k, for the orders chosen, then over L2."""
    results = []
    for order in sorted(orders) or [view.e.order]:
        results.append(lab.sweep_k(view.e.model_copy(update={"order": order})))
        yield {
            "sweep_k": show.sweeps("Smoothing: the counted table", "k", results),
            "about": held_out(view.e),
        }
    yield {"sweep_l2": show.sweeps("L2: the descended table", "l2", [lab.sweep_l2(view.e)])}


def spend_test(view: lab.View, spent: dict[tuple, str]) -> dict[str, Any]:
    """Score the test words, once for each list and split."""
    e, about = view.e, held_out(view.e)
    if about in spent:
        again = "The test set was used: a second look would be tuning on it."
        return {"test": {"sentences": [spent[about], again], "kind": "note"}, "about": about}
    sentence = (
        f"Test NLL of the counted table at order {e.order}, k = {e.k:g}: {lab.test_loss(e):.6f} nats per character."
    )
    return {"test": {"sentences": [sentence], "kind": "note"}, "spent": spent | {about: sentence}, "about": about}


def time_here(view: lab.View, order: int, n: int) -> Iterator[dict[str, Any]]:
    """The four forms, here and now."""
    results = []
    for timing in lab.time_forms(view.e, order, n):
        results.append(timing)
        yield dict(zip(("forward", "both"), show.timings(results, n, order, view.e.device)))


def make_files(view: lab.View, link: str) -> dict[str, Any]:
    """Both tables as CSV and the weights as safetensors."""
    csv = {f"{which}.csv": ("text/csv", export.table_csv(view, which).encode()) for which in lab.tables(view)}
    files = csv | {"bigram.safetensors": ("application/octet-stream", export.weights(view, link))}
    return {
        "files": {
            "files": [
                {"name": name, "type": type_, "data": base64.b64encode(data).decode()}
                for name, (type_, data) in files.items()
            ]
        }
    }


def read_upload(path: str) -> dict[str, Any]:
    """The text of an uploaded list, as own words."""
    try:
        words = bigram.parse(Path(path).read_bytes())
        bigram.Vocab.from_words(words)
    finally:
        Path(path).unlink(missing_ok=True)
    note = f"{len(words):,} own words are ready. Press Train."
    return {"data": "own", "words": "\n".join(words), "notice": {"sentences": [note], "kind": "note"}}


def choose_lesson(key: str) -> dict[str, Any]:
    """A question to predict from."""
    lesson = next(lesson for lesson in LESSONS if lesson.key == key)
    return {
        "question": f"**{lesson.question}**",
        "prediction": gr.update(choices=list(lesson.choices), value=None, visible=True),
        "run_lesson": gr.update(visible=True),
        "verdict": "",
        "explained": gr.update(visible=False, open=False),
    }


def run_lesson(key: str, prediction: str | None) -> Iterator[dict[str, Any]]:
    """Run the lesson's experiment, then tell."""
    lesson = next(lesson for lesson in LESSONS if lesson.key == key)
    right = lesson.choices[lesson.right]
    verdict = {None: f"The answer: {right}", right: f"You predicted it: {right}"}.get(
        prediction, f"You predicted “{prediction}”. It is: {right}"
    )
    yield from way(lesson.experiment, **placed(lesson.experiment))
    yield {
        "verdict": f"{verdict}\n\n{lesson.look}",
        "explained": gr.update(visible=True, open=False),
        "explanation": explain(lesson),
    }
