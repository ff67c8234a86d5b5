"""The page over time, in a real browser: a link on its way, a run that is ended, a server that is away, each lesson."""

import re

import pytest
from playwright.sync_api import Page, expect

from demo.experiment import TABS, Experiment
from demo.teaching.lessons import BY_KEY
from demo.web import delivery
from tests.browser.visitor import box, open_lab, open_tab, press, wait_for

pytestmark = pytest.mark.browser
SLOW = Experiment(form="onehot", steps=195)  # about the most that is taken
AWAY = "The page tries again by itself"


def expect_running(page: Page) -> None:
    expect(page.locator("#status")).to_have_text(re.compile(r"Training: step [1-9][\d,]* of 195\."))
    expect(page.locator("#stop")).to_be_visible()


def expect_rest(page: Page, steps: int) -> None:
    """The page is at these steps, and stays there: a run that went on would be seen within a second and a half."""
    for _ in range(2):
        expect(page.locator("#stop")).to_be_hidden()
        expect(page.locator("#two-ways .clock")).to_have_text(f"step {steps:,} of {steps:,}")
        page.wait_for_timeout(1500)


def test_until_its_answer_is_there_a_link_shows_no_other_experiment(page, url, faults):
    held = []
    page.route("**/component_server/**", lambda route: held.append(route))
    query = Experiment(data="us-1880", steps=20, tab="sampling", hide="lessons").query()
    page.goto(url + query, wait_until="domcontentloaded")
    opening = "document.documentElement.dataset"
    assert page.evaluate(f"[{opening}.opening, {opening}.tab, {opening}.hide]") == ["", "sampling", "lessons"]

    def expect_nothing_shown() -> None:
        wait_for(held, page)
        expect(page.get_by_text("Which letter comes next")).to_be_visible()
        for part in ("#tabs", "#settings", "#status", "#course", "#two-ways canvas"):
            expect(page.locator(part)).to_be_hidden()
        content = "getComputedStyle(document.querySelector('#right'), '::before').content"
        assert page.evaluate(content) == '"Opening…"'

    expect_nothing_shown()
    held.pop().abort()  # the server is away for a moment
    expect(page.locator("#notice")).to_contain_text(AWAY)
    expect_nothing_shown()
    page.unroute("**/component_server/**")  # what is held goes on
    expect(page.locator("#walk .count")).to_be_visible()
    expect(page.locator("#status")).to_have_text("Trained: 20 steps.")
    expect(page.get_by_role("tab", name=TABS["sampling"], exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator("#course")).to_be_hidden()
    faults.clear()  # the browser reports what was refused


def test_a_run_that_is_stopped_reset_or_overtaken_stays_ended(page, url):
    page.goto(url + SLOW.query())
    expect_running(page)
    assert page.url == url + SLOW.query()
    page.reload()  # goes on to the end that was asked for
    expect_running(page)
    press(page, "Stop")
    expect(page.locator("#stop")).to_be_hidden()
    link = page.locator("#link").input_value()
    reached = int(re.search(r"steps=(\d+)", link).group(1))
    assert 0 < reached < 195
    status = page.locator("#status").inner_text()
    assert status == f"At step {reached:,}. Train takes 195 steps from the start."
    page.wait_for_timeout(1500)
    assert page.locator("#status").inner_text() == status
    assert page.locator("#link").input_value() == page.url == link
    expect(page.locator(".field.edited")).to_have_count(0)
    expect(page.locator("#two-ways .clock")).to_have_text(re.compile(rf"^step {reached:,} of "))

    press(page, "Train")
    expect_running(page)
    press(page, "Reset")
    expect_rest(page, 0)

    box(page, "setting-steps").fill("195")
    press(page, "Train")
    expect_running(page)
    for steps in (40, 20):
        box(page, "setting-steps").fill(str(steps))
        press(page, "Train")
    expect_rest(page, 20)
    assert page.url == url + SLOW.model_copy(update={"steps": 20}).query()

    page.locator("#setting-form select").select_option("counts")
    for steps in (200, 30):
        box(page, "setting-steps").fill(str(steps))
        page.keyboard.press("Enter")
    expect_rest(page, 30)
    expect(page.locator("#status")).to_have_text("Trained: 30 steps.")
    assert page.url == url + Experiment(steps=30).query()


def test_what_cannot_be_trained_leaves_the_page_as_it_is(page, url):
    open_lab(page, url)
    box(page, "setting-k").fill("3")
    refused = {
        "steps": ("-1", "from 0 to 2,000"),
        "lr": ("fast", "from 0.001 to 1,000"),
        "seed": ("1.5", "from 0 to 2^63 − 1"),
    }
    for key, (value, sentence) in refused.items():
        box(page, f"setting-{key}").fill(value)
        press(page, "Train")
        expect(page.locator("#notice .error")).to_contain_text(sentence)
        assert (box(page, f"setting-{key}").input_value(), box(page, "setting-k").input_value()) == (value, "3")
        assert page.url == url
        box(page, f"setting-{key}").fill(str(getattr(Experiment(), key)))
    expect(page.locator("#two-ways .clock")).to_have_text("step 100 of 100")
    box(page, "setting-seed").fill(str(2**63 - 1))
    press(page, "Train")
    expect(page.locator("#status")).to_have_text("Trained: 100 steps.")
    assert page.url == url + Experiment(k=3.0, seed=2**63 - 1).query()
    expect(page.locator("#notice")).to_be_hidden()


def test_a_run_is_not_lost_when_another_tab_is_opened_before_its_answer(page, url):
    open_lab(page, url)
    held = []
    page.route("**/component_server/**", lambda route: held.append(route))
    box(page, "setting-steps").fill("20")
    press(page, "Train")
    open_tab(page, "code")
    assert held
    page.unroute("**/component_server/**")  # what is held goes on
    expect(page.locator("#status")).to_have_text("Trained: 20 steps.")
    expect(page.locator("#terminal pre")).to_contain_text("--steps 20")
    open_tab(page, "two-ways")
    expect(page.locator("#two-ways .clock")).to_have_text("step 20 of 20")


def test_who_waits_reads_the_place_in_the_queue_and_without_a_gpu_the_cpu_is_offered(page, url):
    open_lab(page, url)
    asked, held = [], []

    def hold(route) -> None:
        question = route.request.post_data_json
        if question["fn_name"] == "waiting":
            route.fulfill(json={"place": 3 if question["data"]["page"] == asked[0]["page"] else 0})
        else:
            asked.append(question["data"])
            held.append(route)

    page.route("**/component_server/**", hold)
    box(page, "setting-steps").fill("20")
    press(page, "Train")
    expect(page.locator("#status")).to_have_text("Waiting for the server. Your place in the queue: 3.")
    held.pop().fulfill(json={"error": "No GPU can be had now.", "on_cpu": True})
    expect(page.locator("#notice")).to_contain_text("No GPU can be had now.")
    expect(page.locator("#two-ways .clock")).to_have_text("step 100 of 100")
    page.unroute("**/component_server/**")
    press(page, "Train on the CPU")
    expect(page.locator("#status")).to_have_text("Trained: 20 steps.")
    expect(page.locator("#notice")).to_be_hidden()


def test_an_open_page_outlives_the_files_of_its_version(page, url):
    open_lab(page, url)
    modules = sum(name.endswith(".js") for name in delivery.MODULES) - 1  # room.js is of the students' page
    loaded = "performance.getEntriesByType('resource').filter(one => /lab\\/.*js$/.test(one.name))"
    page.wait_for_function(f"{loaded}.length === {modules}")
    page.route("**/gradio_api/lab/**", lambda route: route.fulfill(status=404))  # a new version is there
    for tab in TABS:
        open_tab(page, tab)
        expect(page.locator(f"#{tab} .part")).to_be_visible()


def test_divergence_is_explained_and_no_number_is_none(page, url):
    page.goto(url + Experiment(data="us-1880", lr=1000.0, l2=10.0).query())
    expect(page.locator("#notice")).to_contain_text("2/λ_max")
    expect(page.locator("#two-ways [data-key=descended_nll]")).to_have_text("∞")
    expect(page.locator("#two-ways .film .note")).to_contain_text(
        "Your browser computed the tables of the steps before"
    )
    for view in ("counted", "descended", "difference"):
        page.locator(f"#two-ways input[value={view}]").check(force=True)
        page.locator("#two-ways canvas").press("ArrowDown")
        text = page.locator("body").inner_text().lower()
        assert not re.search(r"\b(nan|null|undefined)\b", text)


def test_lesson_on_this_opens_the_lesson_of_the_reason(page, url):
    open_lab(page, url)
    page.get_by_text("Exact numbers, and why the two differ").click()
    press(page, "Lesson on this")
    expect(page.locator("#question")).to_have_text(BY_KEY["converged"].question)
    press(page, "Close")
    expect(page.locator("#question")).to_be_hidden()
    assert page.url == url
