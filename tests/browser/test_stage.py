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
