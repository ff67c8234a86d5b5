"""The page in a real browser: what is shown equals plain loops, a link shows itself alone, and nothing is lost."""

import json
import math
import re

import pytest
from playwright.sync_api import Page, expect

import bigram
from bigram.scale.table import save_table
from demo.experiment import TABS, Experiment, sha256
from tests import plain, plain_numbers
from tests.browser.visitor import TWO_FRAMES, box, open_lab, open_tab, press, wait_for

pytestmark = pytest.mark.browser
HOSTILE = "שלום\né́\n👩‍🚀x\n<img src=x onerror=alert(1)>\n${alert(1)}\n{{7*7}}"
LAYERS = ("count", "probability", "surprise")
SIZES = [
    (1280, 720, ""),
    (1280, 720, "__theme=dark"),
    (1280, 720, "large=1"),
    (1280, 900, ""),
    (960, 540, "embed=1"),
    (640, 480, "embed=1"),
]
FILLED = {  # what shows that a screen is drawn
    "two-ways": "#two-ways canvas",
    "inside": "#slope .bar",
    "sampling": "#walk svg",
    "smoothing": "input[name=orders]",
    "speed": "#committed .bar",
    "code": "#curl pre",
    "traps": "#printed .out",
}


def twin(page: Page, name: str) -> list[list[str]]:
    """The numbers of a table that stands beside a picture."""
    details = page.locator("details.twin").filter(has=page.get_by_text(name, exact=True)).first
    if not details.evaluate("details => details.open"):
        details.locator("summary").click()
    expect(details.locator("table")).to_be_visible()
    return details.locator("table").evaluate(
        "t => [...t.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    )


def shown(page: Page, key: str) -> str:
    """A figure of the stage, to six digits."""
    return page.locator(f"#two-ways [data-key={key}]").get_attribute("title")


def expect_run(page: Page, words: list[str], e: Experiment) -> list[list[list[float]]]:
    """The stage shows this run to its end; the weights of its steps, by plain loops."""
    N = plain.table(words)
    way = plain.descent(N, e.seed, e.steps, e.lr, e.l2)
    P, Q = plain.smoothed(N, e.k), [plain.softmax(row) for row in way[-1]]
    expect(page.locator("#status")).to_have_text(f"Trained: {e.steps:,} steps.")
    expect(page.locator("#two-ways .part")).to_have_attribute("data-state", "rest")
    expect(page.locator("#two-ways .clock")).to_have_text(f"step {e.steps:,} of {e.steps:,}")
    expect(page.locator("#link")).to_have_value(re.compile(re.escape(e.query()) + "$"))
    expect(page.locator("#two-ways [data-key=counted_nll]")).to_have_text(f"{plain.nll(P, N):.4f}")
    assert plain_numbers.close(shown(page, "counted_nll"), plain.nll(P, N))
    assert plain_numbers.close(shown(page, "descended_nll"), plain.nll(Q, N), 2e-6)
    assert plain_numbers.close(shown(page, "gap"), plain.nll(Q, N) - plain.nll(P, N), 2e-6)
    names = page.locator("#two-ways .names .name").all_text_contents()
    assert set(plain.names(P, plain.characters(words), e.draws, e.draw_seed)) <= {*names, ""}
    return way


def choose(page: Page, choice: str) -> None:
    """A view or a layer of the stage."""
    page.locator(f"#two-ways input[value={choice}]").check(force=True)


def test_the_page_is_filled_before_any_click_and_asks_nothing(page, url):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "component_server" in request.url else None)
    page.goto(url)
    words = bigram.load()
    N = plain.table(words)
    expect(page.locator("#two-ways [data-key=counted_nll]")).to_have_text(f"{plain.nll(plain.smoothed(N, 1.0), N):.4f}")
    head, *rows = twin(page, "The numbers as a table")
    assert head[1:] == [row[0] for row in rows] == list(plain.characters(words))
    assert [[int(x.replace(",", "")) for x in row[1:]] for row in rows] == N
    expect(page.locator("#link")).to_have_value(url + "?v=1")
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#header")).to_contain_text(
        "It reads a list of real names and learns one thing: which letter follows which."
    )
    assert asked == []


@pytest.mark.parametrize(
    ("query", "tab"), [("?v=1&steps=20&k=0", "two-ways"), ("?v=1&steps=20&tab=inside&hide=controls,k", "inside")]
)
def test_a_link_never_shows_another_experiment_first(page, url, query, tab):
    page.add_init_script("""
        window.seen = [];
        const look = () => {
            const at = document.querySelector('#status');
            if (at && getComputedStyle(at).visibility === 'visible') window.seen.push(at.textContent);
            requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    """)
    page.goto(url + query, wait_until="commit")
    expect(page.get_by_role("tab", name=TABS[tab], exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator(FILLED[tab]).first).to_be_visible()
    expect(page.locator("html")).not_to_have_attribute("data-opening", "")
    expect(page.locator("#status")).to_have_text("Trained: 20 steps.")
    assert set(page.evaluate("window.seen")) <= {"Trained: 20 steps."}
    if "hide" in query:
        expect(page.locator("#settings")).to_be_hidden()


def test_train_reset_and_a_new_seed(page, url):
    open_lab(page, url)
    box(page, "setting-steps").fill("30")
    box(page, "setting-lr").fill("20")
    expect(page.locator("#status")).to_have_text("Changed settings are not trained yet. Press Train.")
    expect(page.locator("#setting-lr")).to_have_class(re.compile("edited"))
    press(page, "Train")
    expect_run(page, bigram.load(), Experiment(steps=30, lr=20.0))
    assert page.url == url + "?v=1&steps=30&lr=20"

    box(page, "setting-k").fill("-1")
    press(page, "Train")
    expect(page.locator("#notice")).to_contain_text("from 0 to 1,000")
    assert box(page, "setting-k").input_value() == "-1"
    expect(page.locator("#status")).to_have_text("These settings are not trained. The message says why.")
    assert page.url == url + "?v=1&steps=30&lr=20"
    box(page, "setting-k").fill("1")

    press(page, "Reset")
    expect(page.locator("#two-ways .clock")).to_have_text("step 0 of 0")
    expect(page.locator("#status")).to_have_text("At step 0. Train takes 30 steps from the start.")
    expect(page.locator(".field.edited")).to_have_count(0)  # the visitor changed nothing
    press(page, "New seed")
    expect(page.locator("#setting-seed input")).not_to_have_value("2147483647")
    seed = page.locator("#setting-seed input").input_value()
    expect(page.locator("#link")).to_have_value(re.compile(f"seed={seed}"))


def test_the_film_shows_each_step_as_it_was(page, url):
    words = bigram.load("us-1880")
    e = Experiment(data="us-1880", steps=25)
    page.goto(url + e.query())
    way = expect_run(page, words, e)
    choose(page, "descended")
    choose(page, "probability")
    for step in (0, 3, 25):
        page.locator("#two-ways .scrubber").evaluate(
            "(range, step) => { range.value = step; range.dispatchEvent(new Event('input', { bubbles: true })); }", step
        )
        expect(page.locator("#two-ways .clock")).to_have_text(f"step {step} of 25")
        _, *rows = twin(page, "The numbers as a table")
        for row, weights in zip(rows, way[step]):
            for text, p in zip(row[1:], plain.softmax(weights)):
                assert plain_numbers.close(text, p, 1e-3 * p), (step, text, p)
    page.get_by_role("button", name="One step back").click()
    expect(page.locator("#two-ways .clock")).to_have_text("step 24 of 25")
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#two-ways .clock")).to_have_text("step 25 of 25")


def test_another_smoothing_changes_the_counted_table(page, url):
    open_lab(page, url)
    choose(page, "probability")
    N, chars = plain.table(bigram.load()), plain.characters(bigram.load())
    for k in (1.0, 1000.0):
        box(page, "setting-k").fill(f"{k:g}")
        press(page, "Train")
        expect(page.locator("#two-ways [data-key=counted_nll]")).to_have_text(
            f"{plain.nll(plain.smoothed(N, k), N):.4f}"
        )
        expect(page.locator("#two-ways .part")).to_have_attribute("data-state", "rest")  # as the film began with it
        choose(page, "counted")
        _, *rows = twin(page, "The numbers as a table")
        assert len(rows) == len(chars)
        for row, expected in zip(rows, plain.smoothed(N, k)):
            for text, p in zip(row[1:], expected, strict=True):
                assert plain_numbers.close(text, p, 1e-3 * p), (k, row[0], text, p)


def test_both_tables_have_one_scale(page, url):
    page.goto(url + "?v=1&steps=2000&k=0")
    expect(page.locator("#status")).to_have_text("Trained: 2,000 steps.")
    colours = {}
    for view in ("counted", "descended"):
        choose(page, view)
        for layer in LAYERS:
            choose(page, layer)
            page.wait_for_timeout(100)
            colours[view, layer] = page.locator("#two-ways canvas").evaluate("""canvas => {
                const { left, top, cell } = canvas.dataset, ratio = canvas.width / canvas.clientWidth;
                const x = (Number(left) + 1.12 * cell) * ratio, y = (Number(top) + 14.9 * cell) * ratio;
                return [...canvas.getContext('2d').getImageData(x - cell * ratio, y - cell * ratio, 1, 1).data];
            }""")
    for layer in LAYERS:
        apart = [abs(a - b) for a, b in zip(colours["counted", layer], colours["descended", layer])]
        assert max(apart) <= 6, (layer, colours)


def test_a_cell_is_read_in_place(page, url):
    open_lab(page, url)
    canvas = page.locator("#two-ways canvas")
    place = canvas.evaluate(
        "c => [Number(c.dataset.left) + 1.5 * c.dataset.cell, Number(c.dataset.top) + 0.5 * c.dataset.cell]"
    )
    canvas.hover(position={"x": place[0], "y": place[1]})
    N, chars = plain.table(bigram.load()), plain.characters(bigram.load())
    tip = page.locator("#two-ways .tip")
    expect(tip).to_contain_text(f"{N[0][1]:,}")
    expect(tip).to_contain_text(f"{plain.smoothed(N, 1.0)[0][1]:.4f}")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    row = page.locator("#two-ways .row")
    expect(row).to_be_visible()
    i, j = (chars.index(char) for char in row.get_attribute("data-cell").split(" "))
    expect(row).to_contain_text(f"p {plain.smoothed(N, 1.0)[i][j]:.4f} counted")
    row.get_by_role("button", name="Look inside").click()
    expect(page.locator("#context")).to_have_value(chars[i])
    expect(page.locator("#character")).to_have_value(chars[j])
    expect(page.locator("#pair_figures")).to_contain_text(f"{N[i][j]:,}")
    open_tab(page, "two-ways")
    canvas.focus()
    page.keyboard.press("Escape")
    expect(row).to_be_hidden()


@pytest.mark.parametrize(("width", "height", "query"), SIZES)
def test_the_whole_page_is_on_the_first_screen(new_page, url, width, height, query):
    page = new_page(width, height)
    page.goto(f"{url}?{query}")
    canvas = page.locator("#two-ways canvas")
    expect(page.locator("#two-ways .clock")).to_be_visible()
    page.wait_for_timeout(300)
    for part in (canvas, page.locator("#two-ways svg.plot"), page.get_by_role("button", name="Play")):
        frame = part.bounding_box()
        assert frame["y"] >= 0
        assert frame["y"] + frame["height"] <= height + 1
        assert frame["x"] + frame["width"] <= width
    assert page.evaluate("document.documentElement.scrollHeight") == height
    if "embed" not in query:
        text, cell = (11, 18) if "large" in query else (9, 20)  # a larger pair, or a pair and its count
        page.get_by_label("Numbers in the cells").check()
        assert float(canvas.get_attribute("data-text")) >= text
        assert float(canvas.get_attribute("data-cell")) >= cell
    else:
        expect(page.locator("#settings")).to_be_hidden()
        expect(page.get_by_role("tab", name="Code")).to_be_hidden()


def test_on_a_phone_the_names_are_under_train_and_a_tap_pins(new_page, url):
    page = new_page(360, 740, has_touch=True)
    open_lab(page, url)
    train, name = page.locator("#train").bounding_box(), page.locator("#two-ways .names .name").first.bounding_box()
    assert train["y"] < name["y"] < 740
    canvas = page.locator("#two-ways canvas")
    canvas.scroll_into_view_if_needed()
    canvas.tap(position={"x": 100, "y": 100})
    expect(page.locator("#two-ways .row")).to_be_visible()
    too_wide = {}
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(FILLED[tab]).first).to_be_visible()
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
            too_wide[tab] = width
    assert too_wide == {}
    expect(page.locator("footer button").filter(has_text="Use via API")).to_be_visible()
    press(page, "Change")
    box(page, "setting-steps").fill("-5")
    press(page, "Train")
    expect(page.locator("#notice .error")).to_be_in_viewport()


def test_look_inside_a_step_and_a_score(page, url):
    words, e = bigram.load("us-1880"), Experiment(data="us-1880", steps=12)
    page.goto(url + e.query() + "&tab=inside")
    expect(page.locator("#slope .bar.chosen")).to_be_visible()
    box_of = page.locator
    box_of("#context").fill("n")
    box_of("#character").fill("a")
    press(page, "Look")
    N, chars = plain.table(words), plain.characters(words)
    x, y = chars.index("n"), chars.index("a")
    way = plain.descent(N, e.seed, 13, e.lr, e.l2)
    expect(page.locator("#pair_figures")).to_contain_text(f"{way[12][x][y]:.3f}"[:-1])
    press(page, "One step of descent")
    expect(page.locator("#pair_figures")).to_contain_text("→")
    expect(page.locator("#pair_figures")).to_contain_text("13 steps")
    expect(page.locator("#link")).to_have_value(re.compile("steps=13"))
    expect(page.locator("#status")).to_have_text("At step 13. Train takes 12 steps from the start.")
    expect(page.locator(".field.edited")).to_have_count(0)
    box(page, "setting-steps").fill("13")
    expect(page.locator("#status")).to_have_text("Trained: 13 steps.")
    box_of("#typed").fill("anna")
    press(page, "Score")
    P = plain.smoothed(N, 1.0)
    losses = [-math.log(P[chars.index(a)][chars.index(b)]) for a, b in zip(".anna", "anna.")]
    expect(page.locator("#score_counted .bar .text")).to_have_text([f"{loss:.4f}" for loss in losses])
    widths = {}
    for table in ("score_counted", "score_descended"):
        bars = page.locator(f"#{table} .bar")
        pairs = bars.evaluate_all("bars => bars.map(b => [Number(b.querySelector('.text').textContent),"
                                  " b.querySelector('.fill').getBoundingClientRect().width])")  # fmt: skip
        widths |= {table: [width / value for value, width in pairs]}
    assert max(map(max, widths.values())) == pytest.approx(min(map(min, widths.values())), rel=0.03)
    box_of("#typed").fill("Anna")
    press(page, "Score")
    expect(page.locator("#inside")).to_contain_text("type anna")


def test_sampling_smoothing_speed_and_code(page, url):
    words = bigram.load("us-1880")
    page.goto(url + "?v=1&data=us-1880&steps=10&draw_seed=5&tab=sampling")
    N = plain.table(words)
    name = plain.names(plain.smoothed(N, 1.0), plain.characters(words), 1, 5)[0]
    for _ in range(2 * len(name) + 4):
        if page.locator("#walk .onward").is_enabled():
            page.locator("#walk .onward").click()
        page.wait_for_timeout(100)
    expect(page.locator("#walk .readout")).to_contain_text(name or "empty")

    open_tab(page, "smoothing")
    press(page, "Sweep k and L2")
    expect(page.locator("#sweep_l2 .line")).to_have_count(2)
    press(page, "Score the test words (once)")
    expect(page.locator("#smoothing")).to_contain_text("Test NLL of the counted table")
    expect(page.get_by_role("button", name="Score the test words (once)")).to_be_disabled()

    held = []
    page.route("**/component_server/**", lambda route: held.append(route))
    open_tab(page, "speed")
    page.locator("#time-n").select_option("1000")
    press(page, "Time them")  # before the screen is filled
    page.unroute("**/component_server/**")  # what is held goes on
    expect(page.locator("#both .bar .text").filter(has_text=" ms")).to_have_count(4)

    open_tab(page, "code")
    expect(page.locator("#script")).to_contain_text("steps = 10  # steps: of gradient descent")
    expect(page.locator("#python")).to_contain_text(url.rstrip("/"))
    expect(page.locator("#terminal")).to_contain_text("python -m bigram --data us-1880 --steps 10 --draw-seed 5")
    press(page, "Make the files")
    with page.expect_download() as download:
        page.locator("#files a").first.click()
    assert download.value.suggested_filename == "counted.csv"


def test_a_link_is_shared_with_a_code(page, url):
    page.goto(url + "?v=1&steps=20")
    press(page, "Share")
    page.locator("#teachers > summary").click()
    expect(page.locator("#status")).to_have_text("Trained: 20 steps.")
    held = []
    page.route("**/component_server/**", lambda route: route.fallback() if held else held.append(route))
    page.locator("#setting-embed select").select_option("1")
    wait_for(held, page)
    page.locator("#setting-tab select").select_option("sampling")
    expect(page.locator("#link")).to_have_value(url + "?v=1&steps=20&tab=sampling&embed=1")
    with page.expect_response("**/component_server/**"):
        held[0].continue_()  # the answer to the earlier question comes last
    page.evaluate(TWO_FRAMES)
    expect(page.locator("#link")).to_have_value(url + "?v=1&steps=20&tab=sampling&embed=1")
    assert page.url == url + "?v=1&steps=20"  # the teacher's own page keeps its controls
    card = page.locator("#card")
    expect(card).to_have_attribute("src", re.compile(re.escape("card.png?v=1&steps=20&tab=sampling&embed=1") + "$"))
    expect(card).to_have_js_property("naturalWidth", 1200)
    assert 'steps=20&amp;tab=sampling&amp;embed=1" width' in page.locator("#embed_code").input_value()
    press(page, "QR code")
    expect(page.locator("#qr svg")).to_be_in_viewport(ratio=0.9)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    page.locator("#copy").click()
    expect(page.locator("#share")).to_contain_text("The link is selected: press Ctrl+C.")
    assert page.evaluate("getSelection().toString()") == page.locator("#link").input_value()
    expect(page.locator("#share")).not_to_contain_text("Train first")
    page.locator("[name=steps]").fill("300")
    hidden = page.locator("#setting-hide input").first
    hidden.click()  # the line of help above it changes, and the box stays below the click
    expect(hidden).to_be_checked()
    expect(hidden).to_have_css("appearance", "auto")  # else its tick is white on white
    page.locator("#copy").click()
    expect(page.locator("#share")).to_contain_text("Train first if the link is to hold your changes.")
    page.keyboard.press("Escape")
    expect(page.locator("#share")).to_be_hidden()
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_focused()


def test_a_bad_link_says_what_was_wrong(page, url):
    page.goto(url + "?steps=-1&lr=nan&order=3&k=<b>")
    expect(page.locator("#notice p")).to_have_count(3)
    expect(page.locator("#two-ways .leads")).to_be_visible()
    page.locator("#two-ways .leads select").select_option("m")
    details = page.locator("details.twin").filter(has=page.get_by_text("The numbers as a table", exact=True)).first
    details.locator("summary").click()
    expect(details.locator("tr").nth(2).locator("th, td").first).to_have_text("ma")


def test_what_a_link_got_wrong_is_still_said_when_its_run_is_done(page, url):
    page.goto(url + "?form=onehot&steps=12&lr=nan")  # too long for the first answer
    expect(page.locator("#status")).to_have_text("Trained: 12 steps.")
    expect(page.locator("#notice p")).to_contain_text("Learning rate")
    press(page, "Reset")
    expect(page.locator("#notice p")).to_have_count(0)


def test_own_words_of_any_kind_stay_text(new_page, url):
    page = new_page()
    e = Experiment(data="own", words=HOSTILE, k=2.0, lr=2.0, draws=3)
    page.goto(url + e.query())
    expect(page.locator("#status")).to_have_text("Trained: 100 steps.")
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(FILLED[tab]).first).to_be_visible()
    assert page.locator(".part img:not(#card)").count() == 0
    for content, sentence in (
        (b"\xff\xfe\x00", "UTF-8"), (b"\n \n", "holds no words"), (b"em.ma", "'.' left out in 1 line: line 1 “em.ma”."),
        ("emma\r\n\r\nava\r\n".encode("utf-8-sig"), "2 names are ready"),
    ):  # fmt: skip
        page.locator("#upload").set_input_files({"name": "list.txt", "mimeType": "text/plain", "buffer": content})
        expect(page.locator("#notice")).to_contain_text(sentence)
    open_tab(page, "two-ways")
    press(page, "Train")
    expect(page.locator("#link")).to_have_value(re.compile("words=emma%0Aava"))
    expect_run(page, ["emma", "ava"], Experiment(data="own", words="emma\nava", k=2.0, lr=2.0, draws=3))


def test_a_long_list_is_asked_for_and_known(page, url):
    words = "\n".join(["emma"] * 12_000)
    page.goto(url + Experiment(data="own", words=words, lr=2.0).query())
    expect(page.locator("#notice")).to_contain_text("Paste or upload that list")
    assert page.locator("#setting-sha input").input_value() == sha256(words)
    page.locator("#setting-words textarea").fill("ava")
    press(page, "Train")
    expect(page.locator("#notice")).to_contain_text("not the words of the link")
    page.locator("#setting-words textarea").evaluate(
        "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', { bubbles: true })); }", words
    )
    press(page, "Train")
    expect(page.locator("#two-ways [data-key=examples]")).to_contain_text("60,000")


def test_a_table_of_counts_is_uploaded_shown_and_shared(new_page, url, tmp_path):
    words = ["emma", "ava", "zoe"]
    vocab = bigram.Vocab.from_words(words)
    N = 12_345_678 * bigram.count(*bigram.ngrams(words, vocab), len(vocab))
    save_table(tmp_path / "large.safetensors", N, vocab, 2, "three names, often")
    page = new_page()
    open_lab(page, url)
    page.locator("#setting-data select").select_option("table")
    for file, sentence in ((b"emma", "This is no table of counts"), (bytes(2**23), "no table"), (None, "Press Train")):
        content = (tmp_path / "large.safetensors").read_bytes() if file is None else file
        page.locator("#upload").set_input_files({"name": "t.safetensors", "mimeType": "", "buffer": content})
        expect(page.locator("#notice")).to_contain_text(sentence)
    about = f"Order 2, 7 characters (.aemovz), {N.sum():,} counts, made of three names, often."
    expect(page.locator("#setting-table .about")).to_have_text(about)
    box(page, "setting-lr").fill("2")
    press(page, "Train")
    expect(page.locator("#two-ways [data-key=examples]")).to_have_text(f"{N.sum():,}")
    expect(page.locator("#two-ways .figure.examples")).to_contain_text("from a table of counts")
    assert plain_numbers.close(shown(page, "counted_nll"), plain.nll(plain.smoothed(N.tolist(), 1), N.tolist()))
    for tab in [tab for tab in TABS if tab != "smoothing"]:
        open_tab(page, tab)
        expect(page.locator(FILLED[tab]).first).to_be_visible()
    expect(page.locator("#upload")).to_have_value(re.compile("t.safetensors"))
    open_tab(page, "smoothing")  # it needs words: it says so and offers nothing that can only fail
    expect(page.get_by_text("holds no words to hold out")).to_be_visible()
    expect(page.get_by_role("button", name="Sweep k and L2")).to_be_hidden()
    open_tab(page, "speed")
    expect(page.get_by_text("the timed forms need them")).to_be_visible()
    expect(page.get_by_role("button", name="Time them")).to_be_disabled()
    open_tab(page, "two-ways")
    student = new_page()
    student.goto(page.url)  # a small table travels in its link
    expect(student.locator("#two-ways [data-key=examples]")).to_have_text(f"{N.sum():,}")
    expect(student.locator("#setting-table .about")).to_have_text(about)


def test_a_page_comes_back_when_the_server_does(new_page, url, faults):
    page = new_page()
    open_lab(page, url)
    away = []

    def refuse(route) -> None:
        away.append(1)
        route.abort() if len(away) <= 2 else route.continue_()

    page.route("**/component_server/**", refuse)
    box(page, "setting-steps").fill("7")
    press(page, "Train")
    expect(page.locator("#notice")).to_contain_text("tries again by itself")
    expect(page.locator("#status")).to_have_text("Trained: 7 steps.")
    expect(page.locator("#notice")).not_to_contain_text("tries again")
    faults.clear()  # the browser reports each refusal


def test_two_visitors_at_once_see_their_own(new_page, url):
    experiments = [Experiment(steps=30, data="us-1880", k=3.0), Experiment(data="own", words="secret\nword", lr=2.0)]
    pages = [new_page() for _ in experiments]
    for page, e in zip(pages, experiments):
        page.goto(url + e.query())
    for page in pages:
        page.locator("#train").click(no_wait_after=True)
    for page, e in zip(pages, experiments):
        words = e.words.split("\n") if e.words else bigram.load(e.data)
        expect_run(page, words, e)
    assert "secret" not in pages[0].content()


def test_reduced_motion_shows_the_end_at_once(new_page, url):
    page = new_page(reduced_motion="reduce")
    open_lab(page, url)
    box(page, "setting-steps").fill("40")
    press(page, "Train")
    expect(page.locator("#two-ways .clock")).to_have_text("step 40 of 40")
    assert (
        json.loads(page.evaluate("JSON.stringify(document.querySelector('#two-ways .part').dataset.state)")) == "rest"
    )
