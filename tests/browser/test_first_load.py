"""The first page names the files that its first screen needs, so that a browser asks for all of them at once."""

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from demo import app
from demo.experiment import TABS
from demo.web import delivery, gradio_doors

pytestmark = pytest.mark.browser
FOLDER = delivery.MOUNT + "/"
LATER = [f"**{FOLDER}parts/{tab}.js" for tab in TABS if tab != "two-ways"]  # they are fetched ahead, after a second


@pytest.fixture
def files(new_page, browser, url):
    """Opens the page in a new browser, where no file is kept; its files by how often they were asked for."""

    def load(preloads: bool) -> Counter[str]:
        page = new_page(user_agent=f"without a cache {preloads}")
        asked = Counter()
        page.on("request", lambda request: asked.update([urlsplit(request.url).path]))
        for path in LATER:
            page.route(path, lambda route: route.fulfill(body="export default 0", content_type="text/javascript"))

        def without(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=re.sub('<link rel="(module)?preload"[^>]*>', "", answer.text()))

        if not preloads:
            page.route(url, without)
        page.goto(url)
        expect(page.locator("#two-ways canvas").first).to_be_visible()
        return asked

    return load


def modules(asked: Counter[str]) -> set[str]:
    """The modules of the lab among these files, but for the screens that nobody has opened."""
    ours = {path.removeprefix(FOLDER) for path in asked if path.startswith(FOLDER) and path.endswith(".js")}
    return ours - {f"parts/{tab}.js" for tab in TABS if tab != "two-ways"}


def test_the_page_names_the_modules_that_its_first_screen_needs_and_no_other(files):
    named = delivery.imported_by(*(f"{name}.js" for name in app.FIRST_SCREEN))
    assert set(named) == modules(files(preloads=False))
    assert all(f'"{delivery.BASE}{name}"' in app.HEAD for name in named)


def test_what_the_page_names_is_asked_for_once(files):
    asked = files(preloads=True)
    named = re.findall(r'href="\.(/assets/[^"]*)"', "".join(gradio_doors.preloads()))
    assert len(named) > 10
    assert {asked[path] for path in named} == {1}
    assert set(files(preloads=False)) >= set(named)  # none is named in vain
    assert {asked[FOLDER + name] for name in modules(asked)} == {1}
    assert asked[FOLDER + "styles.css"] == 1
