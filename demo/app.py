"""The Bigram Lab: layout and wiring. `python demo/app.py`, then open http://127.0.0.1:7860.

What a setting may be stands in experiment.py, what the screen shows in lab.py, how it is drawn in components/.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
sys.path.insert(0, str(Path(__file__).parents[1]))  # a Space puts demo/ on the path, not the folder of bigram/

import gradio as gr
import lab
from components.curve import Curve
from components.figures import Figures
from components.heatmap import HeatMap
from components.names import Names
from components.notice import Notice
from experiment import Experiment

import bigram

PAIRS = (("order", "k"), ("steps", "lr"), ("l2", "seed"), ("form", "device"), ("draws", "draw_seed"), ("split",))
CONTROLS = ("data", "words", *(key for pair in PAIRS for key in pair))
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
}
SEEDS = ("seed", "split", "draw_seed")  # as text: JavaScript has no whole numbers above 2**53
SHOW_LINK = """(link) => {
    if (!link.startsWith('?')) return link;
    history.replaceState(null, '', link === '?v=1' ? location.pathname : link);
    return location.origin + location.pathname + link;
}"""


def control(key: str) -> gr.components.Component:
    """The control of a setting, as `Experiment` declares it."""
    field = Experiment.model_fields[key]
    formula = field.json_schema_extra["formula"]
    label = field.title[0].upper() + field.title[1:]
    help = field.description + (f": {formula}" if formula else "")
    common = {"value": field.default, "label": label, "info": help, "elem_id": f"setting-{key}", "min_width": 120}
    if key == "words":
        return gr.Textbox(**common, lines=4, max_lines=8, visible=False)
    if key in CHOICES:
        return gr.Dropdown(CHOICES[key], **common)
    if key in SEEDS:
        return gr.Textbox(**common | {"value": "" if field.default is None else str(field.default)})
    return gr.Number(**common)


def settings(e: Experiment) -> list[Any]:
    """The values of the controls."""
    values = {key: getattr(e, key) for key in CONTROLS}
    return list((values | {key: "" if values[key] is None else str(values[key]) for key in SEEDS}).values())


def screen(view: lab.View) -> list[Any]:
    """The values of `results` for a view."""
    sentences = [view.notice] if view.notice else []
    lead = view.corpus.vocab.chars[0] * (view.e.order - 2)
    return [
        {"sentences": sentences, "kind": "note"},
        lab.figures(view),
        lab.curve(view),
        lab.counted_map(view, lead),
        lab.descended_map(view, lead),
        lab.difference_map(view, lead),
        lab.names(view),
        view.e.query(),
        view,
    ]


def refusal(sentence: str) -> list[Any]:
    """The values of `results` that say what was wrong and leave all else as it is."""
    return [{"sentences": [sentence], "kind": "error"}, *[gr.skip()] * 8]


def train(*values: Any) -> Iterator[list[Any]]:
    """Train the experiment of the controls, and show the way."""
    try:
        for view in lab.train(Experiment.parse(dict(zip(CONTROLS, values)))):
            yield screen(view)
    except ValueError as error:
        yield refusal(str(error))


def open_link(request: gr.Request) -> Iterator[list[Any]]:
    """Set the controls to the experiment of the page's address, and train it; what is wrong in it is said."""
    e, sentences = Experiment.from_query(dict(request.query_params).items())
    try:
        lab.run_of(e)
    except ValueError as error:
        e, sentences = Experiment(), [*sentences, str(error), "Until then, this is the default experiment."]
    if e == Experiment() and not sentences:  # already on the page
        yield [*[gr.skip()] * 7, e.query(), lab.trained(e), *[gr.skip()] * len(CONTROLS)]
        return
    controls = settings(e)
    for view in lab.train(e):
        notice, *rest = screen(view)
        if sentences:
            notice = {"sentences": sentences + notice["sentences"], "kind": "error"}
        yield [notice, *rest, *controls]
        controls = [gr.skip()] * len(CONTROLS)  # once: what the visitor changes meanwhile stays


def read_upload(path: str) -> list[Any]:
    """The text of an uploaded list, as own words."""
    try:
        words = bigram.parse(Path(path).read_bytes())
        bigram.Vocab.from_words(words)
    except ValueError as error:
        return [gr.skip(), gr.skip(), {"sentences": [str(error)], "kind": "error"}]
    finally:
        Path(path).unlink(missing_ok=True)
    note = f"{len(words):,} own words are ready. Press Train."
    return ["own", "\n".join(words), {"sentences": [note], "kind": "note"}]


def build() -> gr.Blocks:
    """The page, already filled with the default experiment."""
    default = lab.trained(Experiment())
    notice_value, figures_value, curve_value, counted_value, descended_value, difference_value, names_value, *_ = (
        screen(default)
    )
    with gr.Blocks(title="Bigram Lab", analytics_enabled=False, delete_cache=(3600, 3600)) as demo:
        gr.Markdown(
            "# Bigram Lab\nOne table of next-character probabilities, learned in two ways: count it, or descend to it."
        )
        with gr.Row():
            with gr.Column(scale=1, min_width=300, elem_id="controls"):
                with gr.Row():
                    train_button = gr.Button("Train", variant="primary", min_width=100)
                    stop_button = gr.Button("Stop", min_width=100)
                controls = {key: control(key) for key in ("data", "words")}
                upload = gr.UploadButton("Upload a list", size="sm", file_count="single", visible=False)
                for pair in PAIRS:
                    with gr.Row():
                        controls |= {key: control(key) for key in pair}
                link = gr.Textbox(
                    "", label="Link to this experiment", buttons=["copy"], interactive=False, elem_id="link"
                )
            with gr.Column(scale=3, min_width=320):
                notice = Notice(notice_value, elem_id="notice")
                figures = Figures(figures_value, elem_id="figures")
                with gr.Row():
                    with gr.Column(scale=3, min_width=320):
                        curve = Curve(curve_value, elem_id="curve")
                    with gr.Column(scale=2, min_width=260):
                        names = Names(names_value, elem_id="names")
                with gr.Row():
                    with gr.Column(min_width=320):
                        counted = HeatMap(counted_value, elem_id="counted")
                    with gr.Column(min_width=320):
                        descended = HeatMap(descended_value, elem_id="descended")
                with gr.Row():
                    with gr.Column(min_width=320):
                        difference = HeatMap(difference_value, elem_id="difference")
                    gr.Column(min_width=320)
        view = gr.State(None)

        inputs = [controls[key] for key in CONTROLS]
        results = [notice, figures, curve, counted, descended, difference, names, link, view]
        boxes = [box for key, box in controls.items() if isinstance(box, gr.Number) or key in SEEDS]
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        training = gr.on(
            [train_button.click, *[box.submit for box in boxes]],
            train,
            inputs,
            results,
            concurrency_limit=8,
            trigger_mode="once",
            **quiet,
        )
        opening = demo.load(open_link, None, [*results, *inputs], concurrency_limit=8, **quiet)
        stop_button.click(None, cancels=[training, opening], **quiet)
        upload.upload(read_upload, upload, [controls["data"], controls["words"], notice], queue=False, **quiet)
        controls["data"].change(
            lambda data: [gr.update(visible=data == "own")] * 2,
            controls["data"],
            [controls["words"], upload],
            queue=False,
            **quiet,
        )
        link.change(None, link, link, js=SHOW_LINK, **quiet)
    return demo.queue(max_size=256)


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
    return page.launch(theme=THEME, max_file_size="2mb", footer_links=["api", "settings"], run_history=False, **options)


if __name__ == "__main__":
    serve(build())
