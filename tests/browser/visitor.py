"""What a visitor does on the page, in the order in which it is done."""

import re

from playwright.sync_api import Locator, Page, expect

from demo.experiment import TABS

TWO_FRAMES = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def open_lab(page: Page, address: str) -> None:
    """Open the page, and wait until its address is opened. Before that, it shows the default experiment."""
    page.goto(address)
    expect(page.locator("html:not([data-opening])")).to_be_attached()
    expect(page.locator("#link")).to_have_value(re.compile("v=1"))


def open_tab(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=TABS[tab], exact=True).click()
    page.evaluate(TWO_FRAMES)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def wait_for(held: list, page: Page) -> None:
    """Until a request is held."""
    for _ in range(1_500):
        if held:
            return
        page.wait_for_timeout(20)
    raise AssertionError("The page asked for nothing.")


def box(page: Page, name: str) -> Locator:
    return page.locator(f"#{name}").locator("input, textarea").first


def numbers_of(part: Locator) -> list[list[str]]:
    """The table that stands beside a picture: its first `details`, opened."""
    details = part.locator("details.twin").first
    if not details.evaluate("details => details.open"):
        details.locator("summary").click()
    expect(details.locator("table")).to_be_visible()
    return details.locator("table").evaluate(
        "t => [...t.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    )
