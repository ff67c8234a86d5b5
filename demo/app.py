"""The Bigram Lab: layout and wiring. `python demo/app.py`, then open http://127.0.0.1:7860.

What a setting may be stands in experiment.py, the numbers in lab.py, the pictures in show.py and components/.
A handler returns {name of a part of the page: its new value}; what it does not name stays as it is.
"""

import base64
import functools
import inspect
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
sys.path.insert(0, str(Path(__file__).parents[1]))  # a Space puts demo/ on the path, not the folder of bigram/

import api
import export
import gradio as gr
import lab
import show
from components.bars import Bars
from components.curve import Curve
from components.figures import Figures
from components.files import Files
from components.heatmap import HeatMap
from components.names import Names
from components.notice import Notice
from components.walk import Walk
from experiment import HIDEABLE, TABS, Experiment
from lessons import LESSONS, explain

import bigram

TAB_TITLES = dict(zip(TABS, ("Two ways", "Look inside", "Sampling", "Smoothing", "Speed", "Code")))
CHOICES = {
    "data": [
        ("US names of 2018", "us-2018"),
        ("US names of 1880", "us-1880"),
        ("the lecture's names", "lecture"),
        ("own words", "own"),
    ],
    "order": [("2 bigram", 2), ("3 trigram", 3), ("4", 4)],
    "form": list(bigram.FORMS),
    "device": ["cpu", "cuda"],
    "tab": [(title, tab) for tab, title in TAB_TITLES.items()],
    "embed": [("no", ""), ("yes", "1")],
}
SEEDS = ("seed", "split", "draw_seed")  # as text: JavaScript has no whole numbers above 2**53
PAIRS = (("order", "k"), ("steps", "lr"), ("l2", "seed"), ("form", "device"), ("draws", "draw_seed"), ("split",))
SHARING = ("tab", "embed", "hide")
CONTROLS = ("data", "words", "sha", *(key for pair in PAIRS for key in pair), *SHARING)
INSIDE = ("onehot", "logits", "exp", "p", "surprise", "slope")

SHOW_LINK = """(link) => {
    if (!link.startsWith('?')) return link;
    history.replaceState(null, '', link === '?v=1' ? location.pathname : link);
    return location.origin + location.pathname + link;
}"""
# What a link hides is hidden by the page itself, before the first paint.
HIDE = """<script>
const asked = new URLSearchParams(location.search);
document.documentElement.dataset.hide = (asked.get('hide') ?? '').replaceAll(',', ' ');
document.documentElement.dataset.embed = asked.get('embed') ?? '';
</script>"""
SELECTORS = {"controls": "#controls", "lessons": "#lessons", "share": ":is(#share, #link)"}
CSS = "\n".join(
    [
        *(
            f'html[data-hide~="{part}"] {SELECTORS.get(part, f"#setting-{part}")} {{ display: none !important; }}'
            for part in HIDEABLE
        ),
        'html[data-embed="1"] :is(#controls, #lessons, #title, footer) { display: none !important; }',
        'html[data-embed="1"] .gradio-container { padding: 0.5rem !important; }',
        "#qr svg { width: min(100%, 22rem); height: auto; }",
    ]
)


# Handlers: pure functions of what the page sends.


def settings(e: Experiment) -> dict[str, Any]:
    """The values of the controls."""
    values = {key: getattr(e, key) for key in CONTROLS} | {"hide": [part for part in e.hide.split(",") if part]}
    return values | {key: "" if values[key] is None else str(values[key]) for key in SEEDS}


def screen(view: lab.View) -> dict[str, Any]:
    """The first screen of a view."""
    lead = view.corpus.vocab.chars[0] * (view.e.order - 2)
    names = show.names(view)
    notice = show.notice(view)
    notice["sentences"] += [names["note"]] if names["note"] else []
    return {
        "notice": notice,
        "figures": show.figures(view),
        "curve": show.curve(view),
        **maps(view, lead),
        "names": names,
        "link": view.e.query(),
        "view": view,
    }


def maps(view: lab.View, lead: str) -> dict[str, Any]:
    """The heat maps of the contexts that begin with `lead`."""
    return {
        "counted": show.counted_map(view, lead),
        "descended": show.descended_map(view, lead),
        "difference": show.difference_map(view, lead),
        "gaps": show.row_gaps(view, lead),
    }


def rest(view: lab.View, context: str, character: str, typed: str, table: str, walk_seed: str, link: str) -> dict:
    """The other screens of a view."""
    leads = [view.corpus.context_text(i * view.corpus.V)[:-1] for i in range(view.corpus.N.shape[0] // view.corpus.V)]
    order = view.e.order
    if len(context) != order - 1 or not set(context + character) <= set(view.corpus.vocab.chars):
        context, character = commonest_pair(view)
    base = link.partition("?")[0]
    return {
        "lead": gr.update(choices=leads, value=leads[0], visible=order > 2),
        "context": context,
        "character": character,
        **inside(view, context, character),
        **score(view, typed),
        **walk(view, table, walk_seed),
        "script": export.script(view.e),
        "python": export.python_call(view.e, base),
        "curl": export.curl_call(view.e, base),
        "files": {"files": []},
    }


def commonest_pair(view: lab.View) -> tuple[str, str]:
    """The cell with the highest count."""
    x, y = divmod(view.corpus.N.argmax().item(), view.corpus.V)
    return view.corpus.context_text(x), view.corpus.vocab.chars[y]


def train(*values: Any) -> Iterator[dict[str, Any]]:
    """Train the experiment of the controls, and show the way."""
    for view in lab.train(Experiment.parse(dict(zip(CONTROLS, values)))):
        yield screen(view)


def train_new_seed(*values: Any) -> Iterator[dict[str, Any]]:
    """Train from another start."""
    seed = str(random.randrange(2**31))
    yield {"seed": seed}
    yield from train(*(seed if key == "seed" else value for key, value in zip(CONTROLS, values)))


def open_link(request: gr.Request) -> Iterator[dict[str, Any]]:
    """Set the controls to the experiment of the page's address, and train it; what is wrong in it is said."""
    e, sentences = Experiment.from_query(dict(request.query_params).items())
    try:
        lab.run_of(e)
    except ValueError as error:
        kept = {"tab": e.tab, "hide": e.hide, "embed": e.embed}
        asked = settings(e)
        e, sentences = Experiment(**kept), [*sentences, str(error), "Until then, this is the default experiment."]
        controls = asked  # what was asked for stays in the controls, to be mended
    else:
        controls = settings(e)
    if e == Experiment() and not sentences:  # already on the page
        yield {"link": e.query(), "view": lab.trained(e)}
        return
    changes = controls | {"tabs": gr.update(selected=e.tab)}
    for view in lab.train(e):
        update = screen(view)
        if sentences:
            update["notice"] = {"sentences": sentences + update["notice"]["sentences"], "kind": "error"}
        yield update | changes
        changes = {}  # once: what the visitor changes meanwhile stays


def reset(view: lab.View) -> dict[str, Any]:
    """The same start, before the first step."""
    return screen(lab.reset(view))


def share(view: lab.View, *values: Any) -> dict[str, Any]:
    """The link of what is on the page, with what a teacher shows of it."""
    e = Experiment.parse(dict(view.e) | dict(zip(SHARING, values)) | {"steps": max(view.taken, 1)})
    return {"link": e.query()}


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


def step(view: lab.View, context: str, character: str) -> dict[str, Any]:
    """One more step of descent, and what it changed for the pair."""
    pair, after = show.Pair.of(view, context, character), lab.stepped(view)
    changed = {"pair_figures": show.pair_figures(after, pair, before=view)}
    link = after.e.model_copy(update={"steps": min(after.taken, Experiment.bounds("steps")[1])}).query()
    return screen(after) | inside(after, context, character) | changed | {"link": link}


def score(view: lab.View, name: str) -> dict[str, Any]:
    """A typed name by both tables."""
    try:
        scores = dict(zip(("score_counted", "score_descended"), show.score(view, name.strip())))
    except ValueError as error:
        return {"score_notice": {"sentences": [str(error)], "kind": "error"}}
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
        yield {"sweep_k": show.sweeps("Smoothing: the counted table", "k", results)}
    yield {"sweep_l2": show.sweeps("L2: the descended table", "l2", [lab.sweep_l2(view.e)])}


def spend_test(view: lab.View, spent: str) -> dict[str, Any]:
    """Score the test words, once."""
    if spent:
        return {
            "test": {
                "sentences": [spent, "The test set was used: a second look would be tuning on it."],
                "kind": "note",
            }
        }
    e = view.e
    sentence = (
        f"Test NLL of the counted table at order {e.order}, k = {e.k:g}: {lab.test_loss(e):.6f} nats per character."
    )
    return {"test": {"sentences": [sentence], "kind": "note"}, "spent": sentence}


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
        prediction, f"You predicted: {prediction} It is: {right}"
    )
    changes = settings(lesson.experiment) | {"tabs": gr.update(selected=lesson.experiment.tab)}
    for view in lab.train(lesson.experiment):
        yield screen(view) | changes
        changes = {}
    yield {
        "verdict": f"{verdict}\n\n{lesson.look}",
        "explained": gr.update(visible=True, open=False),
        "explanation": explain(lesson),
    }


# The page.


def control(key: str) -> gr.components.Component:
    """The control of a setting, as `Experiment` declares it."""
    field = Experiment.model_fields[key]
    formula = field.json_schema_extra["formula"]
    label = field.title[0].upper() + field.title[1:]
    help = field.description + (f": {formula}" if formula else "")
    common = {"value": field.default, "label": label, "info": help, "elem_id": f"setting-{key}", "min_width": 120}
    if key in ("words", "sha"):
        return gr.Textbox(**common, lines=4 if key == "words" else 1, max_lines=8, visible=False)
    if key == "hide":
        return gr.CheckboxGroup(list(HIDEABLE), **common | {"value": []})
    if key in CHOICES:
        return gr.Dropdown(CHOICES[key], **common)
    if key in SEEDS:
        return gr.Textbox(**common | {"value": "" if field.default is None else str(field.default)})
    return gr.Number(**common)


def build() -> gr.Blocks:
    """The page, already filled with the default experiment."""
    first = lab.trained(Experiment())
    filled = screen(first) | rest(first, "", "", "emma", "counted", settings(first.e)["draw_seed"], "")
    parts: dict[str, Any] = {}

    def part(component: type, name: str, **options: Any) -> Any:
        """A component of the page under its name, with its first value."""
        first_value = filled.get(name)
        if first_value is not None and "__type__" not in first_value:
            options.setdefault("value", first_value)
        parts[name] = component(elem_id=name, **options)
        return parts[name]

    def put(update: dict[str, Any]) -> dict[Any, Any]:
        return {parts[name]: value for name, value in update.items()}

    def on(events: Any, handler: Callable | None, inputs: Any = (), outputs: Any = (), **options: Any) -> Any:
        """Wire events to a handler; a ValueError becomes a sentence in the notice."""

        @functools.wraps(handler)
        def once(*values: Any) -> dict[Any, Any]:
            try:
                return put(handler(*values))
            except ValueError as error:
                return put({"notice": {"sentences": [str(error)], "kind": "error"}})

        @functools.wraps(handler)
        def stream(*values: Any) -> Iterator[dict[Any, Any]]:
            try:
                yield from map(put, handler(*values))
            except ValueError as error:
                yield put({"notice": {"sentences": [str(error)], "kind": "error"}})

        names = dict.fromkeys(["notice", *outputs])
        wire = functools.partial(gr.on, events) if isinstance(events, list) else events
        return wire(
            stream if inspect.isgeneratorfunction(handler) else once,
            [parts[name] for name in inputs],
            [parts[name] for name in names],
            show_progress="hidden",
            api_visibility="private",
            **{"concurrency_limit": 8} | options,
        )

    with gr.Blocks(title="Bigram Lab", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown(
            "# Bigram Lab\nOne table of next-character probabilities, learned in two ways: count it, or descend to it.",
            elem_id="title",
        )
        with gr.Accordion("Lessons: predict, run, compare", open=False, elem_id="lessons"):
            part(
                gr.Dropdown, "lesson", choices=[(f"{i}. {x.title}", x.key) for i, x in enumerate(LESSONS, 1)],
                value=None, label="Lesson",
            )  # fmt: skip
            part(gr.Markdown, "question")
            part(gr.Radio, "prediction", choices=[], label="Your prediction", visible=False)
            part(gr.Button, "run_lesson", value="Run this lesson", variant="primary", visible=False)
            part(gr.Markdown, "verdict")
            with gr.Accordion("Why?", open=False, visible=False, elem_id="explained") as parts["explained"]:
                part(gr.Markdown, "explanation")
        with gr.Row():
            with gr.Column(scale=1, min_width=300, elem_id="controls"):
                with gr.Row():
                    part(gr.Button, "train", value="Train", variant="primary", min_width=100)
                    part(gr.Button, "stop", value="Stop", min_width=100)
                with gr.Row():
                    part(gr.Button, "reset", value="Reset", size="sm", min_width=100)
                    part(gr.Button, "new_seed", value="New seed", size="sm", min_width=100)
                part(gr.Textbox, "link", value="", label="Link", info="this experiment, to share", buttons=["copy"])
                parts |= {key: control(key) for key in ("data", "words", "sha")}
                part(gr.UploadButton, "upload", label="Upload a list", size="sm", visible=False)
                for pair in PAIRS:
                    with gr.Row():
                        parts |= {key: control(key) for key in pair}
                with gr.Accordion("Share", open=False, elem_id="share"):
                    for key in SHARING:
                        parts[key] = control(key)
                    part(gr.Button, "show_qr", value="QR code of the link", size="sm")
                    part(gr.HTML, "qr", js_on_load=None)
            with gr.Column(scale=3, min_width=320):
                part(Notice, "notice")
                with gr.Tabs(selected="two-ways", elem_id="tabs") as parts["tabs"]:
                    with gr.Tab("Two ways", id="two-ways"):
                        two_ways(part)
                    with gr.Tab("Look inside", id="inside"):
                        look_inside(part)
                    with gr.Tab("Sampling", id="sampling"):
                        sampling(part)
                    with gr.Tab("Smoothing", id="smoothing"):
                        smoothing(part)
                    with gr.Tab("Speed", id="speed"):
                        speed(part)
                    with gr.Tab("Code", id="code"):
                        code(part)
        parts["view"], parts["spent"] = gr.State(None), gr.State("")

        for function in (api.train, api.score, api.sample, api.sweep):  # first: so no event takes their names
            gr.api(told(function), api_name=function.__name__, concurrency_limit=4)

        first_screen = (*screen(first), "seed")
        others = tuple(rest(first, "", "", "emma", "counted", "1", ""))
        of_rest = ("view", "context", "character", "typed", "table", "walk_seed", "link")
        pair = ("view", "context", "character")
        boxes = [parts[key] for key in CONTROLS if key in SEEDS or isinstance(parts[key], gr.Number)]

        training = on([parts["train"].click, *[box.submit for box in boxes]], train, CONTROLS, first_screen)
        reseeding = on(parts["new_seed"].click, train_new_seed, CONTROLS, first_screen)
        opening = on(page.load, open_link, (), (*first_screen, *CONTROLS, "tabs"))
        lesson_run = on(
            parts["run_lesson"].click, run_lesson, ("lesson", "prediction"),
            (*first_screen, *CONTROLS, "tabs", "verdict", "explained", "explanation"),
        )  # fmt: skip
        resetting = on(parts["reset"].click, reset, ("view",), first_screen, queue=False)
        runs = [training, reseeding, opening, lesson_run]
        for run in (*runs, resetting):
            on(run.then, rest, of_rest, others)
        stopping = parts["stop"].click(None, cancels=runs, show_progress="hidden", api_visibility="private")
        on(stopping.then, rest, of_rest, others)
        on(stopping.then, share, ("view", *SHARING), ("link",), queue=False)
        on([parts[key].change for key in SHARING], share, ("view", *SHARING), ("link",), queue=False)

        on(parts["lesson"].change, choose_lesson, ("lesson",), LESSON_PARTS, queue=False)
        on(parts["upload"].upload, read_upload, ("upload",), ("data", "words"), queue=False)
        parts["data"].change(
            lambda data: [gr.update(visible=data == "own")] * 2,
            parts["data"],
            [parts["words"], parts["upload"]],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        parts["link"].change(None, parts["link"], parts["link"], js=SHOW_LINK, api_visibility="private")
        on(parts["show_qr"].click, draw_qr, ("link",), ("qr",), queue=False)
        on(parts["lead"].input, zoom, ("view", "lead"), tuple(maps(first, "")), queue=False)
        for name in ("counted", "descended", "difference"):
            on(
                parts[name].cell,
                choose_cell,
                ("view", "lead"),
                ("tabs", "context", "character", "pair_figures", *INSIDE),
                queue=False,
            )
        on(
            [parts["look"].click, parts["context"].submit, parts["character"].submit],
            inside,
            pair,
            ("pair_figures", *INSIDE),
            queue=False,
        )
        on(parts["step"].click, step, pair, (*first_screen, "pair_figures", *INSIDE), queue=False)
        on([parts["score"].click, parts["typed"].submit], score, ("view", "typed"), SCORE_PARTS, queue=False)
        on(
            [parts["walk_again"].click, parts["walk_seed"].submit, parts["table"].input],
            walk,
            ("view", "table", "walk_seed"),
            WALK_PARTS,
            queue=False,
        )
        on(parts["another"].click, another_walk, ("view", "table"), (*WALK_PARTS, "walk_seed"), queue=False)
        on(parts["sweep"].click, sweep, ("view", "orders"), ("sweep_k", "sweep_l2"))
        on(parts["spend"].click, spend_test, ("view", "spent"), ("test", "spent"))
        on(parts["time"].click, time_here, ("view", "time_order", "time_n"), ("forward", "both"), concurrency_limit=1)
        on(parts["make_files"].click, make_files, ("view", "link"), ("files",))
    return page.queue(max_size=256)


LESSON_PARTS = ("question", "prediction", "run_lesson", "verdict", "explained")
SCORE_PARTS = ("score_counted", "score_descended", "score_notice")
WALK_PARTS = ("walk", "walk_notice")


def told(function: Callable) -> Callable:
    """A function of the API whose ValueErrors reach the caller as sentences."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return call


def two_ways(part: Callable) -> None:
    part(Figures, "figures")
    with gr.Row():
        with gr.Column(scale=3, min_width=320):
            part(Curve, "curve")
        with gr.Column(scale=2, min_width=260):
            part(Names, "names")
    part(gr.Dropdown, "lead", choices=[""], value="", label="Contexts that begin with", visible=False)
    with gr.Row():
        with gr.Column(min_width=320):
            part(HeatMap, "counted")
        with gr.Column(min_width=320):
            part(HeatMap, "descended")
    with gr.Row():
        with gr.Column(min_width=320):
            part(HeatMap, "difference")
        with gr.Column(min_width=320):
            part(Bars, "gaps")


def look_inside(part: Callable) -> None:
    gr.Markdown("The forward and the backward pass for one pair. Type it here, or click a cell of a table.")
    with gr.Row():
        part(gr.Textbox, "context", label="Before (x)", info=". is the start", min_width=100)
        part(gr.Textbox, "character", label="Next (y)", info=". is the end", min_width=100)
        part(gr.Button, "look", value="Look", min_width=100)
        part(gr.Button, "step", value="One step of descent", variant="primary", min_width=160)
    part(Figures, "pair_figures")
    with gr.Row():
        for i, name in enumerate(INSIDE):
            with gr.Column(min_width=320):
                part(Bars, name)
    gr.Markdown("### Score a name")
    with gr.Row():
        part(gr.Textbox, "typed", value="emma", label="Name", info="each character, and the end, by both tables")
        part(gr.Button, "score", value="Score", min_width=100)
    part(Notice, "score_notice")
    with gr.Row():
        with gr.Column(min_width=300):
            part(Bars, "score_counted")
        with gr.Column(min_width=300):
            part(Bars, "score_descended")


def sampling(part: Callable) -> None:
    gr.Markdown("A name, letter by letter: from the row of the letter before, a uniform number u chooses the next.")
    with gr.Row():
        part(gr.Radio, "table", choices=["counted", "descended"], value="counted", label="Table", min_width=200)
        part(gr.Textbox, "walk_seed", value="2147483647", label="Seed", info="same seed, same name", min_width=140)
        part(gr.Button, "walk_again", value="Draw", min_width=100)
        part(gr.Button, "another", value="Another name", min_width=120)
    part(Notice, "walk_notice")
    part(Walk, "walk")


def smoothing(part: Callable) -> None:
    gr.Markdown(
        "How much smoothing is best? Words held out decide, not the training words: 80 % train, 10 % dev, 10 % test. "
        "Where the experiment holds none out, split 0 is used here."
    )
    with gr.Row():
        part(gr.CheckboxGroup, "orders", choices=[2, 3, 4], value=[2], label="Orders")
        part(gr.Button, "sweep", value="Sweep k and L2", variant="primary")
    part(Curve, "sweep_k")
    part(Curve, "sweep_l2")
    gr.Markdown("The test words answer once, at the end, for the order and k of the controls as last trained.")
    part(gr.Button, "spend", value="Score the test words (once)")
    part(Notice, "test")


def speed(part: Callable) -> None:
    gr.Markdown("The four forms of the loss, timed on this server now. Same value, same gradient, other costs.")
    with gr.Row():
        part(gr.Dropdown, "time_order", choices=[2, 3], value=2, label="Order", min_width=100)
        part(
            gr.Dropdown,
            "time_n",
            choices=[1_000, 10_000, 100_000, 228_146],
            value=10_000,
            label="Examples n",
            min_width=120,
        )
        part(gr.Button, "time", value="Time them", variant="primary", min_width=120)
    part(Bars, "forward")
    part(Bars, "both")


def code(part: Callable) -> None:
    part(
        gr.Code,
        "script",
        language="python",
        label="This experiment, stand-alone: only PyTorch and the word list",
        interactive=False,
    )
    part(gr.Code, "python", language="python", label="The same from Python, through this lab's API", interactive=False)
    part(gr.Code, "curl", language="shell", label="The same with curl", interactive=False)
    part(gr.Button, "make_files", value="Make the files: both tables (CSV), weights (safetensors)")
    part(Files, "files")


SUBDUED = {"": "*neutral_600", "_dark": "*neutral_300"}  # Gradio's own greys are too faint to read (WCAG AA)
THEME = gr.themes.Default(primary_hue="blue", font=["ui-sans-serif", "system-ui", "sans-serif"]).set(
    **{
        f"{name}{mode}": grey
        for name in ("body_text_color_subdued", "block_info_text_color")
        for mode, grey in SUBDUED.items()
    },
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
)


def serve(page: gr.Blocks, **options: Any) -> Any:
    """Launch the page with its theme and limits; the options and the result of Gradio's launch."""
    return page.launch(
        theme=THEME,
        css=CSS,
        head=HIDE,
        max_file_size="2mb",
        footer_links=["api", "settings"],
        run_history=False,
        **options,
    )


if __name__ == "__main__":
    serve(build())
