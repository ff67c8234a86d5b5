"""The pictures in a real browser: what they show equals their value, for hands, keys, readers and hostile text."""

import base64
import inspect
import itertools
import json
import math
import re
import socket

import gradio as gr
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from components.bars import Bars
from components.curve import Curve
from components.heatmap import HeatMap
from components.names import Names
from components.walk import Walk
from playwright.sync_api import Page, expect

import bigram

PICTURES = (HeatMap, Curve, Bars, Names, Walk)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "${alert(1)}",
    "{{7*7}}",
    "`+alert(1)+`",
    "שלום",
    "\u202eabc",
    "e\u0301",
    "\u0301",
    "👩‍👧",
)

# ---- the values: a small list of names, counted


def encode(numbers: torch.Tensor) -> str:
    return base64.b64encode(numbers.numpy().astype("<f4").tobytes()).decode()


WORDS = ["emma", "olivia", "ava", "isabella", "sophia"]
VOCAB = bigram.Vocab.from_words(WORDS)
N = bigram.count(*bigram.ngrams(WORDS, VOCAB), len(VOCAB))
P = bigram.probabilities(N, 0.0)
SURPRISE = torch.where(P > 0, -P.log(), math.nan)
LETTERS = list(VOCAB.chars)
E, M = LETTERS.index("e"), LETTERS.index("m")

COUNTED = {
    "title": "Counted",
    "rows": LETTERS,
    "columns": LETTERS,
    "layers": [
        {"key": "N", "label": "count", "scale": "sequential", "format": "integer", "data": encode(N)},
        {"key": "P", "label": "probability", "scale": "sequential", "format": "probability", "data": encode(P)},
        {
            "key": "log",
            "label": "−log p",
            "scale": "sequential",
            "format": "number",
            "unit": "nats",
            "data": encode(SURPRISE),
        },
    ],
    "layer": "P",
    "note": "Five names.",
}
RUN = {
    "title": "Loss",
    "x_label": "step",
    "y_label": "nats per character",
    "series": [
        {"name": "objective", "x": [0, 1, 2], "y": [4.0, 3.5, None], "style": "dashed"},
        {"name": "NLL", "x": [0, 1, 2], "y": [3.75, 3.25, 2.5], "style": "solid"},
    ],
    "floors": [{"name": "counted", "y": 2.4}],
    "x_log": False,
    "gap": {"series": "NLL", "floor": 2.4},
    "animate": True,
    "x_range": [0, 10],
}
SCORE = {
    "title": "Score",
    "unit": "nats",
    "bars": [
        {"label": ".e", "value": 1.61, "text": "1.61", "mark": "chosen"},
        {"label": "eq", "value": None, "text": "∞", "mark": "bad", "note": "never seen in the list"},
        {"label": "q.", "value": 0.4, "text": "0.40"},
    ],
    "signed": False,
    "orientation": "vertical",
}
PAIRS = {
    "left": "counted",
    "right": "descended",
    "pairs": [["emma", "emma", True, True], ["anchshizarie", "anchthizarie", False, False], ["av", "ava", False, True]],
}
DRAWS = bigram.trace(bigram.probabilities(N), VOCAB, seed=8)
DRAWN = bigram.sample(bigram.probabilities(N), VOCAB, 1, seed=8)[0]
WALK = {
    "name": DRAWN,
    "known": False,
    "steps": [
        {
            "context": LETTERS[draw.context],
            "labels": LETTERS,
            "row": draw.row.tolist(),
            "cumulative": draw.cumulative.tolist(),
            "u": draw.u,
            "chosen": draw.character,
        }
        for draw in DRAWS
    ],
}
VALUES = {"HeatMap": COUNTED, "Curve": RUN, "Bars": SCORE, "Names": PAIRS, "Walk": WALK}


# ---- a page with every picture and, above each, a box that takes its value as JSON


def tell_cell(event: gr.EventData) -> str:
    return f"cell {event.i} {event.j}"


def tell_bar(event: gr.EventData) -> str:
    return f"bar {event.i}"


@pytest.fixture(scope="module")
def url():
    with gr.Blocks(title="Pictures") as demo:
        event = gr.Textbox(label="event")
        for kind in PICTURES:
            name = kind.__name__
            box = gr.Textbox(label=f"value of {name}", max_lines=1)
            picture = kind(VALUES[name], elem_id=name)
            box.submit(json.loads, box, picture, show_progress="hidden", queue=False)
            if kind is HeatMap:
                picture.cell(tell_cell, None, event)
            if kind is Bars:
                picture.bar(tell_bar, None, event)
        with gr.Tab("first"):
            gr.Markdown("nothing")
        with gr.Tab("second"):
            HeatMap(COUNTED, elem_id="hidden")
    with socket.socket() as free:  # a port of our own: Gradio's search for one leaves its sockets open
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo.launch(prevent_thread_lock=True, server_name="127.0.0.1", server_port=port, quiet=True)
    yield demo.local_url
    demo.close()


def put(page: Page, name: str, value: object) -> None:
    box = page.get_by_label(f"value of {name}")
    box.fill(json.dumps(value))
    box.press("Enter")


def open_gallery(page: Page, url: str, theme: str = "light") -> None:
    page.goto(f"{url}?__theme={theme}")
    expect(page.locator("#Walk .count")).to_have_text(f"step 1 of {len(DRAWS)}")
    for kind in (HeatMap, Curve, Walk):
        expect(page.locator(f"#{kind.__name__} [data-state=rest]")).to_be_attached()


def table(page: Page, name: str) -> list[list[str]]:
    """The table twin of a picture, opened."""
    details = page.locator(f"#{name} .twin")
    if not details.evaluate("details => details.open"):
        details.locator("summary").click()
    numbers = details.locator("table")
    expect(numbers).to_be_visible()
    return numbers.evaluate("table => [...table.rows].map(row => [...row.cells].map(cell => cell.innerText))")


# ---- heat map


def centre(page: Page, i: int, j: int, name: str = "HeatMap") -> dict[str, float]:
    left, top, cell = (
        float(page.locator(f"#{name} canvas").get_attribute(f"data-{key}")) for key in ("left", "top", "cell")
    )
    return {"x": left + (j + 0.5) * cell, "y": top + (i + 0.5) * cell}


def told(count: int, probability: str, surprise: str) -> str:
    return f"count {count} · probability {probability} · −log p {surprise}"


@pytest.mark.parametrize(
    ("pair", "facts"),
    [
        ((E, M), f"e → m · {told(1, '0.5000', '0.6931 nats')}"),
        ((0, E), f". (start) → e · {told(1, '0.2000', '1.609 nats')}"),
        ((E, 0), f"e → . (end) · {told(0, '0.0000', 'infinite')}"),
    ],
)
def test_heat_map_tells_the_numbers_of_the_cell_pointed_at(page, url, pair, facts):
    open_gallery(page, url)
    canvas, readout = page.locator("#HeatMap canvas"), page.locator("#HeatMap .readout")
    expect(readout).to_contain_text("arrow keys")
    canvas.hover(position=centre(page, *pair))
    expect(readout).to_have_text(facts)
    page.mouse.move(0, 0)
    expect(readout).to_contain_text("arrow keys")


def test_every_cell_of_the_heat_map_is_the_value(page, url):
    open_gallery(page, url)
    for key, shown in (
        ("probability", [[f"{p:.4f}" for p in row] for row in P.tolist()]),
        ("count", [[str(n) for n in row] for row in N.tolist()]),
    ):
        page.get_by_role("radio", name=key).first.check()
        head, *body = table(page, "HeatMap")
        assert head == [key, *LETTERS]
        assert body == [[letter, *row] for letter, row in zip(LETTERS, shown)]


def test_heat_map_by_keyboard_and_its_event(page, url):
    open_gallery(page, url)
    canvas, readout = page.locator("#HeatMap canvas"), page.locator("#HeatMap .readout")
    canvas.focus()
    page.keyboard.press("ArrowUp")  # keyboard in use: the focus shows, at the first cell
    expect(readout).to_contain_text(". (start) → . (end)")
    for key in ["ArrowDown"] * E + ["End", "ArrowRight", "Home"] + ["ArrowRight"] * M:
        page.keyboard.press(key)
    expect(readout).to_contain_text("e → m")
    page.keyboard.press("Enter")
    expect(page.get_by_label("event")).to_have_value(f"cell {E} {M}")
    canvas.click(position=centre(page, 0, E))
    expect(page.get_by_label("event")).to_have_value(f"cell 0 {E}")


def test_the_layer_chosen_stays_when_a_new_value_arrives(page, url):
    open_gallery(page, url)
    picture = page.locator("#HeatMap [data-layer]")
    expect(picture).to_have_attribute("data-layer", "P")
    page.get_by_role("radio", name="count").first.check()
    put(page, "HeatMap", COUNTED | {"title": "Again"})
    expect(page.locator("#HeatMap .title")).to_have_text("Again")
    expect(picture).to_have_attribute("data-layer", "N")
    put(page, "HeatMap", COUNTED | {"title": "Without", "layers": COUNTED["layers"][1:]})
    expect(picture).to_have_attribute("data-layer", "P")


def test_frames_play_and_come_to_rest(page, url):
    open_gallery(page, url)
    frames = {"steps": [0, 50, 1000], "key": "P", "data": [encode(torch.full_like(P, p)) for p in (0.0, 0.5, 1.0)]}
    put(page, "HeatMap", COUNTED | {"frames": frames})
    caption, picture = page.locator("#HeatMap .caption"), page.locator("#HeatMap [data-state]")
    expect(caption).to_have_text(re.compile(r"step [\d,]+"))
    expect(picture).to_have_attribute("data-state", "rest", timeout=3000)
    expect(caption).to_be_hidden()


def test_two_maps_point_at_the_same_pair(page, url):
    open_gallery(page, url)
    page.get_by_role("tab", name="second").click()
    page.locator("#hidden canvas").hover(position=centre(page, E, M, "hidden"))
    expect(page.locator("#HeatMap .readout")).to_contain_text("e → m")


def test_a_hidden_tab_is_drawn_when_it_opens_and_again_when_the_width_changes(page, url):
    open_gallery(page, url)
    page.get_by_role("tab", name="second").click()
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(
            "() => { const { width, clientWidth } = document.querySelector('#hidden canvas');"
            "        return width > 100 && width === clientWidth; }"
        )


def test_the_theme_changes_the_colours_on_the_canvas(page, url):
    open_gallery(page, url)
    corner = "() => [...document.querySelector('#HeatMap canvas').getContext('2d').getImageData(%d, %d, 1, 1).data]"
    place = centre(page, E, M)
    pixel = corner % (place["x"], place["y"] - 4)
    light = page.evaluate(pixel)
    page.evaluate("document.body.classList.add('dark')")
    page.wait_for_function(f"before => String(({pixel})()) !== String(before)", arg=light)


# ---- curve


def test_curve_tells_every_series_at_x(page, url):
    open_gallery(page, url)
    stage, readout = page.locator("#Curve .stage"), page.locator("#Curve .readout")
    stage.focus()
    page.keyboard.press("End")
    expect(readout).to_have_text("step 2 · objective not finite · NLL 2.5000 · counted 2.4000")
    page.keyboard.press("ArrowLeft")
    expect(readout).to_have_text("step 1 · objective 3.5000 · NLL 3.2500 · counted 2.4000")
    page.keyboard.press("Tab")
    expect(readout).to_contain_text("arrow keys")
    stage.hover(position={"x": 60, "y": 80})
    expect(readout).to_contain_text("step 0 · objective 4.0000")


def test_curve_twin_and_labels_hold_the_value(page, url):
    open_gallery(page, url)
    assert table(page, "Curve") == [
        ["step", "objective", "NLL", "counted"],
        ["0", "4.000000", "3.750000", "2.400000"],
        ["1", "3.500000", "3.250000", "2.400000"],
        ["2", "∞", "2.500000", "2.400000"],
    ]
    assert page.locator("#Curve .plot .name").all_text_contents() == [
        "∞",
        "objective not finite",
        "NLL 2.5000",
        "counted 2.4000",
    ]


def test_curve_grows_from_its_last_point(page, url):
    open_gallery(page, url)
    ends = """() => { window.ends = []; new MutationObserver(() => {
        const path = document.querySelector('#Curve path.solid');
        if (path) ends.push(Number(path.getAttribute('d').split(/[ML]/).at(-1).split(',')[0]));
    }).observe(document.querySelector('#Curve .plot'), {childList: true}) }"""
    page.evaluate(ends)
    longer = [{**one, "x": [*one["x"], 3, 10], "y": [*one["y"], 2.45, 2.42]} for one in RUN["series"]]
    put(page, "Curve", RUN | {"series": longer})
    growing, rest = (page.locator(f"#Curve [data-state={state}]") for state in ("growing", "rest"))
    expect(growing).to_be_attached()
    expect(rest).to_be_attached()
    reached = page.evaluate("ends")
    width = page.locator("#Curve .stage").evaluate("stage => stage.clientWidth")
    assert len(reached) > 3
    assert reached == sorted(reached)
    assert 0.1 * width < reached[0] < 0.5 * width < reached[-1]  # from step 2 of 10 to step 10
    page.evaluate("ends.length = 0")
    put(page, "Curve", RUN)  # a run that begins anew
    expect(growing).to_be_attached()
    expect(rest).to_be_attached()
    assert page.evaluate("ends")[0] < 0.2 * width


def test_curve_shows_the_gap_on_a_logarithmic_scale(page, url):
    open_gallery(page, url)
    button = page.get_by_role("button", name="log scale of the gap")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#Curve .plot .name")).to_have_text("NLL − floor 0.1000")
    page.locator("#Curve .stage").focus()
    page.keyboard.press("Home")
    expect(page.locator("#Curve .readout")).to_have_text("step 0 · NLL − floor 1.3500")
    put(page, "Curve", RUN | {"gap": None})
    expect(button).to_be_hidden()


def test_labels_of_a_curve_do_not_overlap(page, url):
    open_gallery(page, url)
    many = [{"name": f"series {k}", "x": [0, 1], "y": [3, 2 + k / 1000], "style": "solid"} for k in range(8)]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        put(page, "Curve", RUN | {"series": many, "title": f"Many {width}"})
        expect(page.locator("#Curve .title")).to_have_text(f"Many {width}")
        expect(page.locator("#Curve [data-state=rest]")).to_be_attached()
        boxes = sorted(label.bounding_box()["y"] for label in page.locator("#Curve .plot .name").all())
        assert len(boxes) == 9
        assert min(b - a for a, b in itertools.pairwise(boxes)) >= 13


def test_a_logarithmic_axis_has_a_place_for_zero(page, url):
    open_gallery(page, url)
    series = [
        {
            "name": "dev",
            "x": [0, 0.1, 1, 1000],
            "y": [None, 2.5, 2.4, 3],
            "style": "dashed",
            "mark": {"x": 1, "y": 2.4, "text": "best k = 1"},
        }
    ]
    put(
        page,
        "Curve",
        {"title": "Sweep", "x_label": "k", "y_label": "nats", "series": series, "floors": [], "x_log": True},
    )
    expect(page.locator("#Curve .title")).to_have_text("Sweep")
    texts = page.locator("#Curve .plot text").all_text_contents()
    assert {"0", "0.1", "1", "1,000", "∞", "best k = 1", "dev 3.0000"} <= set(texts)


@pytest.mark.parametrize("width", [360, 1280])
def test_marks_near_each_other_lie_on_nothing(new_page, url, width):
    """The words of three marks like those of three orders: off each other, and off all marked points."""
    page = new_page(width=width)
    open_gallery(page, url)
    x = [0.01, 0.1, 0.2, 0.3, 1, 1000]
    series = [
        {
            "name": f"dev, order {order}",
            "x": x,
            "y": y,
            "mark": {"x": x[best], "y": y[best], "text": f"best k = {x[best]}"},
        }
        for order, best, y in (
            (2, 3, [2.46, 2.46, 2.46, 2.455, 2.46, 2.9]),
            (3, 2, [2.25, 2.24, 2.235, 2.24, 2.26, 3.14]),
            (4, 1, [2.17, 2.11, 2.12, 2.13, 2.21, 3.21]),
        )
    ]
    series.append({"name": "train, order 4", "x": x, "y": [1.87, 1.9, 1.92, 1.95, 2.1, 3.2], "style": "dashed"})
    sweep = {"title": "Three", "x_label": "k", "y_label": "nats", "series": series, "floors": [], "x_log": True}
    put(page, "Curve", sweep)
    expect(page.locator("#Curve .title")).to_have_text("Three")
    boxes = {
        kind: page.locator(f"#Curve .plot {kind}", has_text="best" if kind == ".name" else None).evaluate_all(box)
        for kind, box in ((".name", INK), (".ring", EXTENT))
    }
    assert [len(found) for found in boxes.values()] == [3, 3]
    for one, other in itertools.combinations(boxes[".name"], 2):
        assert apart(one, other)
    for word, ring in itertools.product(*boxes.values()):
        assert apart(word, ring)


EXTENT = "all => all.map((ring) => (({ x, y, width, height }) => ({ x, y, width, height }))(ring.getBBox()))"
# Where letters are: from the line that they stand on to the height of a capital. A text's own box has air around it.
INK = """all => all.map((text) => {
    const { x, width } = text.getBBox();
    return { x, width, y: text.getAttribute('y') - 9, height: 9 };
})"""


def apart(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes have no point in common."""
    beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    return beside or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]


# ---- bars


def test_bars_tell_and_draw_their_values(page, url):
    open_gallery(page, url)
    stage, readout = page.locator("#Bars .stage"), page.locator("#Bars .readout")
    stage.focus()
    page.keyboard.press("Home")
    expect(readout).to_have_text(".e · 1.61 nats · chosen")
    page.keyboard.press("ArrowRight")
    expect(readout).to_have_text("eq · ∞ nats · bad · never seen in the list")
    page.keyboard.press("Enter")
    expect(page.get_by_label("event")).to_have_value("bar 1")
    page.locator("#Bars .bar").nth(2).click()
    expect(page.get_by_label("event")).to_have_value("bar 2")
    heights = page.locator("#Bars .fill").evaluate_all("all => all.map((bar) => bar.style.height)")
    assert [round(float(height.rstrip("%"))) for height in heights] == [100, 100, round(40 / 1.61)]
    assert table(page, "Bars") == [
        ["", "nats", "note"],
        [".e", "1.61", "chosen"],
        ["eq", "∞", "bad, never seen in the list"],
        ["q.", "0.40", ""],
    ]


def test_signed_bars_go_both_ways(page, url):
    open_gallery(page, url)
    bars = [{"label": x, "value": y, "text": f"{y:+}"} for x, y in (("a", 0.5), ("b", -1.0))]
    put(page, "Bars", SCORE | {"bars": bars, "signed": True, "orientation": "horizontal", "title": "Gradient"})
    expect(page.locator("#Bars .title")).to_have_text("Gradient")
    fills = page.locator("#Bars .fill").evaluate_all("all => all.map((bar) => [bar.style.left, bar.style.width])")
    assert [[round(float(share.rstrip("%"))) for share in bar] for bar in fills] == [[67, 33], [0, 67]]


def test_very_many_bars_are_cut_and_it_is_said(page, url):
    open_gallery(page, url)
    bars = [{"label": "ab", "value": 1, "text": "1.00"}] * 5001
    put(page, "Bars", SCORE | {"bars": bars})
    expect(page.locator("#Bars .note")).to_contain_text("The first 200 of 5,001")
    assert page.locator("#Bars .bar").count() == 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---- names


def test_names_mark_what_differs_and_what_is_known(page, url):
    open_gallery(page, url)
    names = page.locator("#Names .name")
    assert names.all_inner_texts() == [name for pair in PAIRS["pairs"] for name in pair[:2]]
    assert page.locator("#Names .differs").all_inner_texts() == ["s", "t", "a"]
    tagged = page.locator("#Names .cell").evaluate_all("all => all.map((cell) => cell.querySelector('.tag') !== null)")
    assert tagged == [known for pair in PAIRS["pairs"] for known in pair[2:]]
    assert page.locator("#Names tr.same").count() == 1


def test_a_long_name_is_elided_and_whole_in_its_title(page, url):
    open_gallery(page, url)
    put(page, "Names", PAIRS | {"pairs": [["x" * 5000, "y", False, False]]})
    name = page.locator("#Names .name").first
    expect(name).to_have_attribute("title", "x" * 5000)
    assert name.bounding_box()["width"] < 640
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---- walk


def sentence(k: int) -> str:
    draw = DRAWS[k]
    low = draw.cumulative[draw.character - 1].item() if draw.character else 0
    letter = LETTERS[draw.character] + (" (end)" if draw.character == 0 else "")
    return f"u = {draw.u:.4f} falls in the segment of {letter} ({low:.4f} to {draw.cumulative[draw.character]:.4f})."


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_walk_steps_through_the_name(new_page, url, motion):
    page = new_page(reduced_motion=motion)
    open_gallery(page, url)
    readout, spelt = page.locator("#Walk .readout"), page.locator("#Walk .spelt")
    for k in range(len(DRAWS)):
        expect(page.locator("#Walk .count")).to_have_text(f"step {k + 1} of {len(DRAWS)}")
        expect(readout).to_contain_text(sentence(k))
        expect(spelt).to_have_text("." + (DRAWN + ".")[: k + 1])
        expect(page.locator("#Walk .plot rect.segment.drawn")).to_have_count(1)
        if k < len(DRAWS) - 1:
            page.get_by_role("button", name="Step").press("Enter")
    expect(readout).to_contain_text(f"The name is {DRAWN}; it is new")
    expect(page.get_by_role("button", name="Step")).to_be_disabled()
    page.get_by_role("button", name="Again").press("Enter")
    expect(readout).to_contain_text(sentence(0))


def test_walk_plays_and_pauses(page, url):
    open_gallery(page, url)
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#Walk .count")).to_have_text(f"step 2 of {len(DRAWS)}")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(2000)
    expect(page.locator("#Walk .count")).to_have_text(f"step 2 of {len(DRAWS)}")


def test_walk_twin_holds_every_draw(page, url):
    open_gallery(page, url)
    head, *body = table(page, "Walk")
    assert head == ["step", "context", "u", "drawn", "from", "to", *(f"p({letter})" for letter in LETTERS)]
    for k, (line, draw) in enumerate(zip(body, DRAWS, strict=True)):
        assert line[:4] == [str(k + 1), LETTERS[draw.context], f"{draw.u:.4f}", LETTERS[draw.character]]
        assert line[6:] == [f"{p:.4f}" for p in draw.row.tolist()]


# ---- all of them


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(page, url, text):
    open_gallery(page, url)
    layer = {"key": text, "label": text, "unit": text, "scale": text, "format": text, "data": encode(torch.ones(4))}
    values = {
        "HeatMap": {
            "title": text,
            "note": text,
            "rows": [text, "a"],
            "columns": [text, "b"],
            "layers": [layer] * 2,
            "row_title": text,
        },
        "Curve": RUN
        | {
            "title": text,
            "x_label": text,
            "series": [RUN["series"][1] | {"name": text, "mark": {"x": 1, "y": 3, "text": text}}],
        },
        "Bars": SCORE
        | {
            "title": text,
            "unit": text,
            "bars": [{"label": text, "value": 1, "text": text, "note": text, "mark": text}],
        },
        "Names": {"left": text, "right": text, "pairs": [[text, text + "x", True, False]]},
        "Walk": WALK | {"name": text, "steps": [WALK["steps"][0] | {"context": text, "labels": [text] * len(LETTERS)}]},
    }
    for name, value in values.items():
        put(page, name, value)
    for name in ("HeatMap", "Curve", "Bars"):
        expect(page.locator(f"#{name} .title")).to_have_text(text)
    expect(page.locator("#Walk .count")).to_have_text("step 1 of 1")
    for name in ("HeatMap", "Curve", "Bars"):
        page.locator(f"#{name} .stage, #{name} canvas").last.focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Home")
    for name in ("HeatMap", "Curve", "Bars", "Walk"):
        assert any(text in cell for row in table(page, name) for cell in row)
    assert page.locator("#Names .name").first.text_content() == text
    inside = ", ".join(f"#{kind.__name__} :is(img, script, iframe)" for kind in PICTURES)
    assert page.locator(inside).count() == 0
    assert "49" not in page.locator("#HeatMap").inner_text()


MALFORMED = (None, "x", [[1]], {"title": 1}, {"bars": 1, "series": 1, "rows": 1, "steps": 1, "pairs": 1})
WRONG = {
    "HeatMap": [COUNTED | {"layers": [{"data": "!"}]}, COUNTED | {"rows": ["a"]}, COUNTED | {"columns": []}],
    "Curve": [RUN | {"series": [{"x": [1], "y": []}]}, RUN | {"series": [{"x": ["a"], "y": [1]}]}],
    "Bars": [SCORE | {"bars": []}, SCORE | {"bars": [None]}],
    "Names": [PAIRS | {"pairs": [None]}],
    "Walk": [WALK | {"steps": []}, WALK | {"steps": [WALK["steps"][0] | {"chosen": 99}]}, WALK | {"steps": [{}]}],
}


@pytest.mark.parametrize("name", VALUES)
def test_a_malformed_value_is_an_empty_picture(page, url, name):
    open_gallery(page, url)
    picture = page.locator(f"#{name} .picture")
    for value in (*MALFORMED, *WRONG[name]):
        put(page, name, value)
        expect(picture).to_have_class("picture empty")
        expect(picture).to_have_text("Nothing to show yet.", use_inner_text=True)
        put(page, name, VALUES[name])
        expect(picture).to_have_class("picture")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_no_fault_for_readers_and_no_sideways_scrolling(new_page, url, theme, width):
    page = new_page(width=width)
    open_gallery(page, url, theme)
    put(page, "Names", PAIRS | {"pairs": PAIRS["pairs"] * 20})  # so many that they scroll
    expect(page.locator("#Names .tag")).to_have_count(60)
    for name in ("HeatMap", "Curve", "Bars", "Walk"):
        table(page, name)
    pictures = [f"#{kind.__name__}" for kind in PICTURES]
    violations = Axe().run(page, context=pictures).response["violations"]
    assert [v for v in violations if v["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("kind", PICTURES)
def test_templates_have_no_placeholders_and_values_are_described(kind):
    for static in (kind.template, kind.style):
        assert "${" not in static
        assert "{{" not in static
    assert "value: {" in inspect.getdoc(kind)
