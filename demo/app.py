"""The Bigram Lab: layout and wiring. `python demo/app.py`, then open http://127.0.0.1:7860.

What a setting may be stands in experiment.py, the numbers in lab.py, the pictures in show.py and components/, what
a click does in handlers.py.
"""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
sys.path.insert(0, str(Path(__file__).parents[1]))  # a Space puts demo/ on the path, not the folder of bigram/

import api
import gradio as gr
import handlers
import lab
import show
import torch
from components.bars import Bars
from components.curve import Curve
from components.figures import Figures
from components.files import Files
from components.heatmap import HeatMap
from components.names import Names
from components.notice import Notice
from components.walk import Walk
from experiment import HIDEABLE, TABS, Experiment
from handlers import CONTROLS, INSIDE, MORE, SEEDS, SHARING
from lessons import LESSONS

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
ROWS = (("order", "k"), ("steps", "lr"), ("l2", "seed"))

# The address of the page follows the link, and the QR code of the link before goes. What a teacher hides is hidden for
# the class: the teacher's own page keeps what it was opened with.
SHOW_LINK = """(link) => {
    if (!link.startsWith('?')) return [link, ''];
    const address = new URLSearchParams(link), here = new URLSearchParams(location.search);
    for (const part of ['hide', 'embed']) {
        address.delete(part);
        if (here.has(part)) address.set(part, here.get(part));
    }
    history.replaceState(null, '', `${address}` === 'v=1' ? location.pathname : `?${address}`);
    return [location.origin + location.pathname + link, ''];
}"""
# The last input of a handler: where the page lies, as its visitor sees it.
ADDRESS = "(...values) => [...values.slice(0, -1), location.origin + location.pathname]"
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
        ":is(#script, #python, #curl) .cm-line span { color: inherit !important; }",  # theirs are too faint (WCAG AA)
        "#qr svg { width: min(100%, 22rem); height: auto; }",
    ]
)


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
    filled = handlers.screen(first) | handlers.rest(
        first, "", "", "emma", "counted", handlers.settings(first.e)["draw_seed"], [2], None, ""
    )
    filled["committed"] = show.committed_benchmark()
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

    def on(
        events: Any, handler: Callable, inputs: Any = (), outputs: Any = (), follows: bool = False, **options: Any
    ) -> Any:
        """Wire events to a handler; a ValueError becomes a sentence in the notice.

        Where all goes well with a view, the notice is the view's again, unless the handler follows another.
        """

        def well(values: tuple) -> dict[str, Any]:
            looks = inputs[:1] == ("view",) and not follows and values[0] is not None
            return {"notice": show.notice(values[0])} if looks else {}

        @functools.wraps(handler)
        def once(*values: Any) -> dict[Any, Any]:
            try:
                return put(well(values) | handler(*values))
            except ValueError as error:
                return put({"notice": {"sentences": [str(error)], "kind": "error"}})

        @functools.wraps(handler)
        def stream(*values: Any) -> Iterator[dict[Any, Any]]:
            try:
                for update in handler(*values):
                    yield put(well(values) | update)
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
            **{"concurrency_limit": 8, "trigger_mode": "always_last"} | options,  # no click is lost
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
                for row in ROWS:
                    with gr.Row():
                        parts |= {key: control(key) for key in row}
                with gr.Accordion("More settings", open=False, elem_id="more") as parts["more"]:
                    for row in MORE:
                        with gr.Row():
                            parts |= {key: control(key) for key in row}
                with gr.Accordion("Share", open=False, elem_id="share"):
                    for key in SHARING:
                        parts[key] = control(key)
                    part(gr.Button, "show_qr", value="QR code of the link", size="sm")
                    part(gr.HTML, "qr", js_on_load=None)
            with gr.Column(scale=3, min_width=320):
                part(Notice, "notice")
                with gr.Tabs(selected="two-ways", elem_id="tabs", overflow_behavior="wrap") as parts["tabs"]:
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
        parts |= {"view": gr.State(None), "spent": gr.State({}), "about": gr.State(None)}

        for function in (api.train, api.score, api.sample, api.sweep):  # first: so no event takes their names
            gr.api(told(function), api_name=function.__name__, concurrency_limit=4)

        first_screen = (*handlers.screen(first), "seed")
        others = tuple(handlers.rest(first, "", "", "emma", "counted", "1", [], (), ""))
        pair = ("view", "context", "character")
        of_rest = (*pair, "typed", "table", "walk_seed", "orders", "about", "link")
        boxes = [parts[key] for key in CONTROLS if key in SEEDS or isinstance(parts[key], gr.Number)]

        starts = {
            "train": [parts["train"].click, *[box.submit for box in boxes]],
            "new_seed": [parts["new_seed"].click],
            "lesson": [parts["run_lesson"].click],
        }
        lesson_parts = (*first_screen, *PLACES, "verdict", "explained", "explanation")
        runs = {
            "train": on(starts["train"], handlers.train, CONTROLS, first_screen),
            "new_seed": on(starts["new_seed"], handlers.train_new_seed, CONTROLS, first_screen),
            "lesson": on(starts["lesson"], handlers.run_lesson, ("lesson", "prediction"), lesson_parts),
            "open": on(page.load, handlers.open_link, (), (*first_screen, *PLACES)),
        }
        end = functools.partial(gr.on, fn=None, show_progress="hidden", api_visibility="private")
        for name, events in starts.items():  # a run ends all others: two would write over each other
            end(events, cancels=[run for other, run in runs.items() if other != name])
        all_ended = {name: end([parts[name].click], cancels=list(runs.values())) for name in ("stop", "reset", "step")}
        stopped = on(all_ended["stop"].then, handlers.screen, ("view",), first_screen)  # the last update may be lost
        restarted = on(all_ended["reset"].then, handlers.reset, ("view",), first_screen, queue=False)
        for run in (*runs.values(), stopped, restarted):
            on(run.then, handlers.rest, of_rest, others, js=ADDRESS, follows=True)
        on([parts[key].input for key in SHARING], handlers.share, ("view", *SHARING), ("link",), queue=False)

        on(parts["lesson"].change, handlers.choose_lesson, ("lesson",), LESSON_PARTS, queue=False)
        on(parts["upload"].upload, handlers.read_upload, ("upload",), ("data", "words"), queue=False)
        parts["data"].change(
            lambda data, sha: [*[gr.update(visible=data == "own")] * 2, gr.update(visible=data == "own" and sha != "")],
            [parts["data"], parts["sha"]],
            [parts["words"], parts["upload"], parts["sha"]],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        shown = [parts["link"], parts["qr"]]
        parts["link"].change(None, parts["link"], shown, js=SHOW_LINK, api_visibility="private")
        on(parts["show_qr"].click, handlers.draw_qr, ("link",), ("qr",), queue=False)
        on(parts["lead"].input, handlers.zoom, ("view", "lead"), tuple(handlers.maps(first, "")), queue=False)
        for name in ("counted", "descended", "difference"):
            on(
                parts[name].cell,
                handlers.choose_cell,
                ("view", "lead"),
                ("tabs", "context", "character", "pair_figures", *INSIDE),
                queue=False,
            )
        on(
            [parts["look"].click, parts["context"].submit, parts["character"].submit],
            handlers.inside,
            pair,
            ("pair_figures", *INSIDE),
            queue=False,
        )
        on(
            all_ended["step"].then,
            handlers.step,
            (*pair, "typed", "table", "walk_seed", "lead", "link"),
            (*first_screen, "pair_figures", *INSIDE, *SCORE_PARTS, *WALK_PARTS, *CODE_PARTS),
            queue=False,
            js=ADDRESS,
        )
        on([parts["score"].click, parts["typed"].submit], handlers.score, ("view", "typed"), SCORE_PARTS, queue=False)
        on(
            [parts["walk_again"].click, parts["walk_seed"].submit, parts["table"].input],
            handlers.walk,
            ("view", "table", "walk_seed"),
            WALK_PARTS,
            queue=False,
        )
        on(parts["another"].click, handlers.another_walk, ("view", "table"), (*WALK_PARTS, "walk_seed"), queue=False)
        swept = ("sweep_k", "sweep_l2", "about")
        on(parts["sweep"].click, handlers.sweep, ("view", "orders"), swept, trigger_mode="once")
        on(
            parts["spend"].click,
            handlers.spend_test,
            ("view", "spent"),
            ("test", "spent", "about"),
            trigger_mode="once",
        )
        on(
            parts["time"].click,
            handlers.time_here,
            ("view", "time_order", "time_n"),
            ("forward", "both"),
            concurrency_limit=1,
            trigger_mode="once",
        )
        on(parts["make_files"].click, handlers.make_files, ("view", "link"), ("files",))
    return page.queue(max_size=256)


PLACES = (*CONTROLS, "more", "tabs", "walk_seed")
LESSON_PARTS = ("question", "prediction", "run_lesson", "verdict", "explained")
SCORE_PARTS = ("score_counted", "score_descended", "score_notice")
WALK_PARTS = ("walk", "walk_notice")
CODE_PARTS = ("script", "python", "curl", "files")


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
    gr.Markdown("## Score a name")
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
    part(Bars, "committed")


def code(part: Callable) -> None:
    labels = {
        "script": "Alone: PyTorch and the word list",  # short: on a phone there is no room for more
        "python": "By the API, from Python",
        "curl": "By the API, with curl",
    }
    for name, label in labels.items():
        language = "shell" if name == "curl" else "python"
        part(gr.Code, name, language=language, label=label, interactive=False, wrap_lines=True)
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
    torch.set_num_threads(1)  # the tables are tiny and the visitors many: threads would wait for one another
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
