"""A real browser for the tests of the page."""

import contextlib
import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")  # read when gradio is imported

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from demo.screenshots import CHROMIUM, FLAGS

expect.set_options(timeout=60_000)  # ms: a busy machine is slow, not wrong

SEEN = "try { localStorage.setItem('bigram-seen', '1') } catch {}"  # a page without an address has no storage
FIRST_VISIT = "try { localStorage.removeItem('bigram-seen') } catch {}"
# What moves by the clock of the frames is ten times as fast. A film of 3.5 s, drawn without a GPU, costs that time.
FAST = """
const natural = window.requestAnimationFrame;
window.requestAnimationFrame = (frame) => natural((now) => frame(10 * now));
"""


def how_long(fixture_name: str, config: pytest.Config) -> str:
    """A browser ends with its file: as long as it runs, so does the event loop of Playwright, and no other test can run
    its own. With `-m browser` there are no other tests, and it ends with the last one.
    """
    return "session" if config.option.markexpr == "browser" else "module"


@pytest.fixture(scope=how_long)
def browser() -> Iterator[Browser]:
    """Chromium or Chrome: that which CHROMIUM names, else the system's, else that of `playwright install chromium`."""
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except Error as error:
            sentence = "There is no Chromium or Chrome. Install one, or run: playwright install chromium"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{sentence} ({error.message.splitlines()[0]})")
        yield chromium
        chromium.close()


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What went wrong on the pages of a test. None may be left at its end; one that was meant, a test clears."""
    found: list[str] = []
    yield found
    assert not found


@pytest.fixture(scope=how_long)
def contexts(browser) -> dict[tuple, BrowserContext]:
    """The browser's contexts by their options. Pages share them, and so the cache: a page loads in half the time."""
    return {}


@pytest.fixture
def new_page(browser, contexts, faults) -> Iterator[Callable[..., Page]]:
    """A factory: `new_page(width=1280, height=900, **context)` is a page of a visitor who has been here before.

    With `first=True` it is the first visit, and the page tells its story. Films are short; with `real_time=True` they
    take as long as a visitor's.

    Faults are what it writes to the console as an error, an exception, a dialog (so hostile text was run), and a
    request to another machine.
    """
    pages = []

    def open_page(
        width: int = 1280, height: int = 900, first: bool = False, real_time: bool = False, **options
    ) -> Page:
        key = tuple(sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)
        page = contexts[key].new_page()
        page.add_init_script(FIRST_VISIT if first else SEEN)
        if not real_time:
            page.add_init_script(FAST)
        page.set_viewport_size({"width": width, "height": height})
        pages.append(page)
        page.on("console", lambda said: faults.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(f"exception: {error}"))
        page.on("dialog", lambda box: (faults.append(f"dialog: {box.message}"), box.dismiss()))
        page.on("request", lambda asked: None if is_local(asked.url) else faults.append(f"request: {asked.url}"))
        return page

    yield open_page
    for page in pages:
        with contextlib.suppress(Error):  # a page without an address has no storage
            page.evaluate("localStorage.clear()")
        page.close()


@pytest.fixture
def page(new_page) -> Page:
    """One page, 1280 × 900."""
    return new_page()


def is_local(url: str) -> bool:
    address = urlsplit(url)
    return address.scheme in ("data", "blob") or address.hostname in ("127.0.0.1", "localhost")
