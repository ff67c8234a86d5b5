"""The table of numbers beside the stage, while another run comes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitor import numbers_of, open_lab, press

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("view", ["descended", "difference"])
def test_the_numbers_that_are_open_follow_the_next_run(page: Page, url, view):
    open_lab(page, url + "?steps=5")
    stage = page.locator("#two-ways .part")
    page.locator(f"#two-ways .switch label.{view}").click()
    before = numbers_of(stage)
    page.locator("[name=steps]").fill("8")
    press(page, "Train")
    expect(page.locator("#status")).to_have_text("Trained: 8 steps.")
    expect(stage).to_have_attribute("data-step", "8")
    expect(stage).to_have_attribute("data-state", "rest")
    expect(stage.locator("details.twin caption").first).to_have_text(re.compile("step 8$"))
    assert numbers_of(stage) != before


@pytest.mark.parametrize(("width", "height", "is_easy"), [(1280, 720, False), (1920, 1080, True)])
def test_numbers_stand_in_the_cells_where_they_are_read_with_ease_or_wanted(new_page, url, width, height, is_easy):
    page = new_page(width, height, real_time=True)
    open_lab(page, url)
    canvas, switch = page.locator("#two-ways canvas"), page.get_by_label("Numbers in the cells")
    expect(switch).to_be_checked(checked=is_easy)
    for wanted in (is_easy, not is_easy, is_easy):
        switch.set_checked(wanted)
        assert (float(canvas.get_attribute("data-text")) > 0) == wanted
    press(page, "Watch it learn")
    expect(canvas).to_have_attribute("data-text", "0")
    expect(switch).to_be_checked(checked=is_easy)
