"""How quick is the lab? The default run on the server, a click until the curve moves, and the first page.

The click is timed by the browser itself; the first page is timed in alternation with an empty Gradio app of
as many components. Without Chromium or Chrome, the benchmarks of the page are skipped with a message.
"""

import os
import socket
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")
sys.path.insert(0, str(Path(__file__).parents[1]))

pytest.importorskip("gradio", reason="The lab's benchmarks need Gradio: pip install -r requirements.txt")
pytest.importorskip("playwright", reason="The lab's benchmarks need Playwright: pip install -e '.[dev]'")

import gradio as gr
from playwright.sync_api import Page, sync_playwright

from demo import app
from demo.compute import results, runs
from demo.compute.cache import MEMORY
from demo.experiment import Experiment
from demo.page import screens
from demo.screenshots import CHROMIUM, FLAGS

pytestmark = pytest.mark.lab

CLICK = """() => new Promise((resolve) => {
    const curve = document.querySelector('#two-ways svg.plot');
    const before = curve.innerHTML;
    const start = performance.now();
    new MutationObserver((_, observer) => {
        if (curve.innerHTML === before) return;
        observer.disconnect();
        resolve(performance.now() - start);
    }).observe(curve, { subtree: true, childList: true, attributes: true, characterData: true });
    document.querySelector('#new_seed').click();
})"""


def serve(page: gr.Blocks) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return app.serve(page, prevent_thread_lock=True, quiet=True, server_port=port)[1]


@pytest.fixture(scope="module")
def lab_page() -> Iterator[gr.Blocks]:
    page = app.build()
    yield page
    page.close()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("There is no Chromium or Chrome on this machine. Install one, or name its file in CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page()
        browser.close()


def test_default_run(compare):
    """The default experiment on the server, nothing cached but the corpus: words, counts, 100 steps, first screen."""
    e = Experiment()
    expected = results.summary(runs.trained(e))

    def run() -> dict:
        for key in [key for key in MEMORY if key[0] == "run"]:
            del MEMORY[key]
        runs.trained(e)
        return screens.two_ways({"experiment": dict(e)})

    assert run()["value"]["figures"] == expected
    compare("lab", "default run on the server", run, case="default")


def test_click_to_first_new_point(benchmark, record, lab_page, page):
    """From the click on New seed to the first change of the curve, by the browser's own clock."""
    page.goto(serve(lab_page))
    page.wait_for_function("document.querySelector('#link')?.value.includes('v=1')")
    waits = []

    def click() -> None:
        waits.append(page.evaluate(CLICK) / 1000)

    benchmark.pedantic(
        click, setup=lambda: page.wait_for_timeout(1500), rounds=1 if getattr(benchmark, "disabled", True) else 10
    )
    record("lab", "click to the first new point", waits, case="default")
    assert page.locator("#setting-seed input").input_value() != "2147483647"


def test_first_page(compare, lab_page, page):
    """The filled first page, in alternation with an empty app of the same number of components."""
    number = len(lab_page.blocks)
    with gr.Blocks() as empty:
        for i in range(number):
            gr.Textbox(elem_id=f"box-{i}")
    urls = {"lab": serve(lab_page), "empty": serve(empty)}
    ready = {"lab": "#two-ways .names .name", "empty": f"#box-{number - 1}"}

    def load(which: str) -> None:
        page.goto(urls[which], wait_until="commit")
        page.wait_for_selector(ready[which])

    load("empty")
    load("lab")
    assert page.locator(ready["lab"]).count() >= 10
    compare("lab", "first page", partial(load, "lab"), partial(load, "empty"), "an empty app", case="default")
    empty.close()
