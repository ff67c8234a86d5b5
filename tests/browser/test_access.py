"""For everyone: keyboard alone, one meaning a colour, paper, a small frame, no fault in a screen that is filled."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from demo.experiment import TABS
from tests.browser.visitor import box, open_lab, open_tab, press

pytestmark = pytest.mark.browser
COLOURS = {  # name: part of the page, what of it has the colour
    "two-ways": {
        "counted": [("[data-key=counted_nll]", "color"), (".bars .counted", "fill"), (".tip .counted", "color")],
        "descended": [("[data-key=descended_nll]", "color"), (".bars .descended", "fill"), (".nll", "stroke")],
        "chosen": [(".row p .chosen", "color"), (".bars text.chosen", "fill")],
    },
    "inside": {
        "counted": [("#score_counted .fill", "background-color")],
        "descended": [
            ("#score_descended .fill", "background-color"),
            ("#p .bar:not(.chosen) .fill", "background-color"),
        ],
        "chosen": [("#onehot .chosen .label", "color"), ("#product text.chosen", "fill")],
    },
    "sampling": {
        "counted": [("#walk .share:not(.drawn)", "fill")],
        "chosen": [("#walk .share.drawn", "fill")],
    },
}
# Nothing else differs in the dark.
COLOURS_ALONE = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
PICTURES = {
    "two-ways": "canvas, svg.plot, .names table",
    "inside": "#product svg, #p .bars, #score_counted .bars",
    "sampling": "#walk svg",
    "smoothing": "#sweep_k svg, #sweep_l2 svg",
    "speed": "#forward .bars, #both .bars, #committed .bars",
    "code": "#script pre, #curl pre",
    "traps": ".wrong .out, .right .out",
}


def fill_screen(page: Page, tab: str) -> None:
    """Open a screen, and press what fills it."""
    open_tab(page, tab)
    screen = page.locator(f"#{tab}")
    if tab == "two-ways":
        screen.locator("canvas").press("ArrowDown")
        screen.locator("canvas").press("Enter")
    elif tab == "inside":
        expect(page.locator("#score_counted .fill").first).to_be_visible()
        box(page, "inside .field:has(#typed)").fill("andrejq")
        press(page, "Score")
        expect(page.locator("#score_counted .note")).to_contain_text("never occurs")
        expect(page.locator("#product .product")).to_have_attribute("data-state", "rest")
    elif tab == "smoothing":
        press(page, "Sweep k and L2")
        expect(page.locator("#sweep_l2 .line")).to_have_count(2)
        press(page, "Score the test words (once)")
        expect(page.locator("#test")).to_contain_text("At smoothing 0 this score is infinite")
    elif tab == "speed":
        page.locator("#time-n").select_option("1000")
        press(page, "Time them")
        expect(page.locator("#both .bar .text").filter(has_text=" ms")).to_have_count(4)
    elif tab == "code":
        press(page, "Make the files")
        expect(page.locator("#files a")).to_have_count(3)
    elif tab == "traps":
        expect(screen.locator(".screen > .unseen")).to_contain_text("Right prints")  # a screen reader hears the result
    expect(screen.locator(PICTURES[tab]).first).to_be_visible()


def expect_on_paper(page: Page, tab: str) -> None:
    """What is printed keeps its pictures, and no button."""
    page.emulate_media(media="print")
    pictures = page.locator(f"#{tab}").locator(PICTURES[tab])
    assert pictures.count() == len(PICTURES[tab].split(","))
    for picture in pictures.all():
        expect(picture).to_be_visible()
        assert picture.bounding_box()["height"] > 20
    assert page.get_by_role("button").filter(visible=True).count() == 0
    expect(page.locator("#settings")).to_be_hidden()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_filled_screen_has_no_serious_fault_and_can_be_printed(page, url, theme):
    page.goto(f"{url}?__theme={theme}&data=us-1880&k=0&steps=20&lr=500")
    expect(page.locator("#notice")).to_contain_text("2/λ_max")
    page.locator("#more > summary").click()
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    assert page.locator("#two-ways").evaluate("part => getComputedStyle(part).colorScheme") == theme  # its ticks, too
    faults = {}
    for tab in ("share", *TABS):
        if tab == "share":
            press(page, "Share")
            page.locator("#teachers > summary").click()
        else:
            page.keyboard.press("Escape")
            fill_screen(page, tab)
        checked = {} if theme == "light" or tab == "share" else {"context": f"#{tab}", "options": COLOURS_ALONE}
        for fault in Axe().run(page, **checked).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                faults[tab, fault["id"]] = [(node["target"], node["html"][:150]) for node in fault["nodes"]][:5]
        if theme == "light" and tab != "share":
            expect_on_paper(page, tab)
    assert faults == {}


def test_a_colour_means_the_same_on_each_screen(page, url):
    open_lab(page, url + "?data=us-1880&steps=20")
    for dark in (False, True):
        page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
        seen = {"counted": {}, "descended": {}, "chosen": {}}
        for tab, meanings in COLOURS.items():
            open_tab(page, tab)
            if tab == "two-ways":
                page.locator("#two-ways canvas").press("Enter")
                page.locator("#two-ways canvas").press("ArrowRight")  # a tooltip
            for meaning, places in meanings.items():
                for selector, of in places:
                    part = page.locator(f"#{tab}").locator(selector).first
                    part.wait_for(state="attached")
                    style = part.evaluate("(part, of) => getComputedStyle(part)[of]", of)
                    seen[meaning][tab, selector] = style
        colours = {meaning: set(places.values()) for meaning, places in seen.items()}
        assert all(len(one) == 1 for one in colours.values()), seen
        assert len(set.union(*colours.values())) == 3, seen


def test_the_keyboard_reaches_everything_and_enter_trains(page, url):
    open_lab(page, url)
    page.locator("#header").click()
    reached = []
    while "canvas" not in reached:
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("""() => {
                const at = document.activeElement;
                if (at.role === 'tab') return at.textContent.trim();
                if (at.type === 'radio') return at.name;
                if (at.localName === 'canvas') return 'canvas';
                if (at.closest('.names')) return 'names';
                return at.matches('.scrubber, [aria-label=Play]') ? at.ariaLabel : at.closest('[id]').id;
            }""")
        )
        assert len(reached) < 100, reached
    order = ["course_door", "train", "setting-data", "setting-steps", *TABS.values(), "names"]
    order += ["Play", "step of the descent", "view", "layer", "canvas"]
    assert [where for where in dict.fromkeys(reached) if where in order] == order

    tick = page.locator(".two-ways .toggles input").first
    tick.focus()
    expect(tick).to_have_css("outline-style", "solid")  # where the keyboard is can be seen
    page.locator("#setting-steps input").fill("7")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text("Trained: 7 steps.")
    canvas = page.locator("#two-ways canvas")
    for keys, cell in (
        ("ArrowDown ArrowDown End", "b → z"),
        ("Home ArrowUp", "a → end"),
        ("ArrowUp", "start → end (an empty name)"),
    ):
        for key in keys.split():
            canvas.press(key)
        expect(page.locator("#two-ways .tip .pair")).to_contain_text(cell)
    canvas.press("Enter")
    expect(page.locator("#two-ways .row")).to_be_visible()
    canvas.press("Escape")
    expect(page.locator("#two-ways .row")).to_be_hidden()
    expect(page.locator("#two-ways .tip")).to_be_hidden()
    page.get_by_role("tab", name="Look inside").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#slope .bar.chosen")).to_be_visible()
    stage = page.locator("#p .stage")
    stage.press("Home")
    expect(page.locator("#p .readout b")).to_have_text(".")
    stage.press("ArrowRight")
    expect(page.locator("#p .readout b")).to_have_text("a")


def test_a_small_frame_and_twice_the_size_lose_nothing(new_page, url):
    """640 pixels are a page of 1280 at 200 %, and the frame of a slide."""
    page = new_page(640, 480)
    page.goto(url + "?embed=1&large=1&data=us-1880")
    expect(page.locator("html")).not_to_have_attribute("data-opening", "")
    expect(page.locator("#two-ways .clock")).to_be_visible()
    page.wait_for_timeout(300)
    for part in ("canvas", "svg.plot", ".controls button"):
        frame = page.locator(f"#two-ways {part}").first.bounding_box()
        assert frame["y"] >= 0
        assert frame["y"] + frame["height"] <= 481, part
    assert page.evaluate("document.documentElement.scrollWidth") <= 640

    open_lab(page, url)
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(f"#{tab} .part")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, tab
    open_tab(page, "two-ways")
    picker = page.locator("#two-ways .picker select")
    if picker.is_visible():
        picker.select_option(label="b")
        expect(page.locator("#two-ways .row h3")).to_contain_text("After b")
