"""For everyone: each screen is free of serious faults, fits a phone, and answers to the keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from experiment import TABS
from playwright.sync_api import Page, expect

from tests.browser.visitor import TITLES, box, open_fold, open_lab, open_tab, press

SIGNS = {  # what shows that the screen of a tab is drawn
    "two-ways": "#gaps .bar",
    "inside": "#score_descended .bar",
    "sampling": "#walk .count",
    "smoothing": "#spend",
    "speed": "#time",
    "code": "#curl .cm-line",
}


def open_screen(page: Page, tab: str) -> None:
    open_tab(page, tab)
    expect(page.locator(SIGNS[tab]).first).to_be_visible()


def fill_screen(page: Page, tab: str) -> None:
    """Press what fills a screen that waits for it."""
    if tab == "inside":
        box(page, "typed").fill("andrejq")
        press(page, "Score")
        expect(page.locator("#score_counted .note")).to_contain_text("never occurs")
    elif tab == "smoothing":
        press(page, "Sweep k and L2")
        expect(page.locator("#sweep_l2 .line")).to_have_count(2)
        press(page, "Score the test words (once)")
        expect(page.locator("#test p")).to_have_count(1)
    elif tab == "speed":
        press(page, "Time them")
        expect(page.locator("#both .bar")).to_have_count(4)
    elif tab == "code":
        press(page, "Make the files: both tables (CSV), weights (safetensors)")
        expect(page.locator("#files a")).to_have_count(3)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_screen_has_a_serious_fault(page, url, theme):
    open_lab(page, f"{url}?__theme={theme}&data=us-1880&k=0&steps=20&lr=500")  # with a notice on the learning rate
    for fold in ("lessons", "more", "share"):
        open_fold(page, fold)
    page.locator("#lesson input").click()
    page.get_by_role("option").first.click()
    expect(page.locator("#prediction")).to_be_visible()
    press(page, "QR code of the link")
    expect(page.locator("#qr svg")).to_be_visible()
    assert page.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
    faults = {}
    for tab in TABS:
        open_screen(page, tab)
        fill_screen(page, tab)
        for fault in Axe().run(page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                faults[tab, fault["id"]] = [(node["target"], node["html"][:150]) for node in fault["nodes"]][:5]
    assert faults == {}


def test_no_screen_scrolls_sideways_on_a_phone(new_page, url):
    page = new_page(360, 780)
    open_lab(page, f"{url}?k=0&steps=20&form=rows")  # a setting that opens the fold where it stands
    expect(page.locator("#setting-form")).to_be_visible()
    too_wide = {}
    for tab in TABS:
        open_screen(page, tab)
        fill_screen(page, tab)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            too_wide[tab] = width
    assert too_wide == {}


def test_the_keyboard_reaches_everything_and_enter_trains(page, url):
    open_lab(page, url)
    order = ["train", "stop", "setting-data", "setting-steps", *TITLES.values(), "curve", "counted", "gaps"]
    reached = []
    while "gaps" not in reached:
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => { const at = document.activeElement;"
                "        return at.role === 'tab' ? at.textContent.trim() : at.closest('[id]:not([id^=html-])')?.id; }"
            )
        )
        assert len(reached) < 100, reached
    assert [where for where in dict.fromkeys(reached) if where in order] == order
    page.keyboard.press("ArrowRight")
    expect(page.locator("#gaps .readout b")).to_have_text("a")

    page.locator("#setting-steps input").fill("7")
    page.keyboard.press("Enter")
    expect(page.locator("#figures")).to_contain_text("7 steps")
    page.locator("#setting-steps input").fill("8")
    page.locator("#train").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#figures")).to_contain_text("8 steps")
    page.get_by_role("tab", name="Look inside").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#slope .bar.chosen")).to_be_visible()
