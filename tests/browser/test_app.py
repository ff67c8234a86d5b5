"""The page over time, in a real browser: a link on its way, a run that is ended, a server that is away, each lesson."""

import random
import re

import pytest
from playwright.sync_api import Page, expect

import bigram
from demo.experiment import TABS, Experiment, read_link
from demo.teaching.lessons import BY_KEY
from demo.web import delivery
from tests.browser.visitor import box, open_lab, open_tab, press, wait_for

pytestmark = pytest.mark.browser
SLOW = Experiment(form="onehot", steps=195)  # about the most that is taken
AWAY = "The page tries again by itself"
NAMES = ["emma", "olivia", "ava", "noah", "liam"]
PLACES = """() => [...document.querySelectorAll('#form *, #right *')]
    .filter((part) => !part.closest('clipPath') && part.checkVisibility({ visibilityProperty: true }))"""
MOVED = """(places) => {
    const name = (part) => `${part.localName} ${part.id} ${part.className} ${part.textContent.slice(0, 20)}`;
    return places.filter(([part, left, top]) => {
        const now = part.getBoundingClientRect();
        return part.isConnected && Math.max(Math.abs(now.left - left), Math.abs(now.top + scrollY - top)) > 2;
    }).map(([part]) => name(part)).slice(0, 5);
}"""


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
        expect(page.get_by_text("It reads a list of real names")).to_be_visible()
        for part in ("#tabs", "#settings", "#status", "#course", "#two-ways canvas"):
            expect(page.locator(part)).to_be_hidden()
        content = "getComputedStyle(document.querySelector('#right'), '::before').content"
        assert page.evaluate(content) == '"Opening…"'

    expect_nothing_shown()
    held.pop(0).abort()  # the server is away for a moment; later ones ask for the place in the queue
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


# ---- the settings, in a line and as a form


def line(page: Page) -> str:
    return page.locator("#form .line").text_content().replace("\u00a0", " ")


USUAL = "US names of 2018 · order 2 · smoothing 1 · 100 steps · rate 50 · L2 0.01"


def test_the_settings_are_one_line_that_opens(new_page, url):
    narrow = new_page(960, 540)
    open_lab(narrow, url)
    assert line(narrow) == USUAL
    expect(narrow.locator("#fields")).to_be_hidden()
    press(narrow, "Change")
    box(narrow, "setting-steps").fill("30")
    assert line(narrow) == USUAL.replace("100 steps", "30 steps")
    expect(narrow.locator("#change")).to_have_attribute("aria-expanded", "true")
    press(narrow, "Done")
    expect(narrow.locator("#fields")).to_be_hidden()
    press(narrow, "Train")
    expect(narrow.locator("#status")).to_have_text("Trained: 30 steps.")
    filled = narrow.locator("#form button:visible").evaluate_all(
        "all => all.filter((one) => getComputedStyle(one).color === 'rgb(255, 255, 255)').map((one) => one.id)"
    )
    assert filled == ["train"]

    wide = new_page(1280, 720)
    open_lab(wide, url)
    expect(wide.locator("#setting-steps")).to_be_visible()
    expect(wide.locator("#setting-form")).to_be_hidden()


@pytest.mark.parametrize(("width", "is_open"), [(360, False), (960, True)])
def test_a_rare_setting_of_a_link_stands_in_the_line(new_page, url, width, is_open):
    page = new_page(width, 740)
    open_lab(page, url + "?split=3&draws=7&steps=20&hide=k&name=zoë")
    expect(page.locator("#status")).to_have_text("Trained: 20 steps.")
    assert line(page) == "US names of 2018 · order 2 · 20 steps · rate 50 · L2 0.01 · hold out 3 · names to sample 7"
    assert page.locator("#setting-form").is_visible() == is_open
    expect(page.locator("#notice")).to_be_hidden()  # a name that a link carries is nothing unknown
    expect(page.locator("#setting-name")).to_have_count(0)
    assert box(page, "setting-split").input_value() == "3"


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (360, 740)])
def test_nothing_moves_when_a_setting_changes_or_a_notice_comes(new_page, url, width, height):
    page = new_page(width, height)
    open_lab(page, url)
    if page.locator("#fields").is_hidden():
        press(page, "Change")
    page.locator("#more > summary").click()
    expect(page.locator("#setting-form")).to_be_visible()
    expect(page.locator("#two-ways canvas")).to_be_visible()
    page.wait_for_timeout(500)  # until the stage has found its size
    places = page.evaluate_handle(
        f"() => ({PLACES})().map((part) => [part, part.getBoundingClientRect()])"
        ".map(([part, at]) => [part, at.left, at.top + scrollY])"
    )
    changes = {"k": "123.456", "lr": "999.125", "l2": "99.0625", "steps": "1999", "seed": str(2**63 - 1)}
    changes |= {"split": str(2**63 - 1), "draws": "199", "draw_seed": str(2**63 - 1)}
    for key, value in changes.items():
        box(page, f"setting-{key}").fill(value)
        assert page.evaluate(MOVED, places) == [], key
    for key, value in {"order": "3", "form": "onehot", "data": "us-1880"}.items():
        page.locator(f"#setting-{key} select").select_option(value)
        assert page.evaluate(MOVED, places) == [], key
    expect(page.locator(".field.edited")).to_have_count(11)
    box(page, "setting-lr").fill("fast")
    press(page, "Train")
    expect(page.locator("#notice .error")).to_be_in_viewport()
    expect(page.locator("#status")).to_contain_text("The message says why.")
    assert page.evaluate(MOVED, places) == []


# ---- own words


def give_own_words(page: Page, words: str) -> None:
    if page.locator("#fields").is_hidden():
        press(page, "Change")
    page.locator("#setting-data select").select_option("own")
    page.locator("#setting-words textarea").fill(words)


def expect_rate_and_smoothing(page: Page, lr: str, k: str) -> None:
    expect(page.locator("#setting-lr input")).to_have_value(lr)
    expect(page.locator("#setting-k input")).to_have_value(k)


def test_few_own_words_get_settings_that_suit_them(page, url):
    open_lab(page, url)
    page.locator("#setting-data select").select_option("own")
    words = page.locator("#setting-words textarea")
    assert words.get_attribute("placeholder").split("\n") == NAMES
    expect(page.locator("#own_count")).to_have_text("One name a line.")
    words.fill("\n".join(NAMES))
    expect(page.locator("#own_count")).to_have_text("5 names, 26 examples")
    expect_rate_and_smoothing(page, "10", "0.01")
    expect(page.locator(".suit")).to_contain_text("Chosen for so few words: rate 10, smoothing 0.01.")
    press(page, "Train")
    expect(page.locator("#two-ways [data-key=examples]")).to_have_text("26")
    expect(page.locator("#notice")).to_be_hidden()
    e = Experiment(data="own", words="\n".join(NAMES), k=0.01, lr=10.0)
    assert page.url == url + e.query()

    press(page, "Use the lecture’s settings instead")
    expect_rate_and_smoothing(page, "50", "1")
    expect(page.locator(".suit")).to_contain_text("As in the lecture: rate 50, smoothing 1.")
    press(page, "Train")
    expect(page.locator("#notice p")).to_have_count(1)  # this rate does not settle
    words.fill("ava")
    expect(page.locator(".suit")).to_contain_text("As in the lecture")
    expect_rate_and_smoothing(page, "50", "1")
    press(page, "Choose for my words")
    expect(page.locator("#setting-k input")).not_to_have_value("1")

    words.fill("\n".join(NAMES))
    expect(page.locator("#setting-lr input")).to_have_value("10")
    box(page, "setting-k").fill("3")
    expect(page.locator(".suit")).to_contain_text("Chosen for so few words: rate 10.")
    words.fill("\n".join(bigram.load("us-2018")[:100]))
    expect_rate_and_smoothing(page, "50", "3")  # what the visitor has set stays
    words.fill("\n".join(NAMES))
    expect_rate_and_smoothing(page, "10", "3")
    page.locator("#setting-data select").select_option("us-2018")
    expect_rate_and_smoothing(page, "50", "3")
    expect(page.locator(".suit")).to_be_hidden()


def test_the_page_counts_words_and_examples_as_the_server_does(page, url):
    open_lab(page, url)
    page.locator("#setting-data select").select_option("own")
    for words in (
        "a\n\n  b c \n",
        "zoë\u2028ana\u2029😀\n",
        "\ufeffa\r\nb\rc\u0085d\u000be\u000cf",
        "\u3000\u00a0x\u00a0",
    ):
        page.locator("#setting-words textarea").evaluate(
            "(box, text) => { box.value = text; box.dispatchEvent(new Event('input', { bubbles: true })); }", words
        )
        listed = bigram.parse(page.locator("#setting-words textarea").input_value())
        counted = [len(listed), sum(len(word) + 1 for word in listed)]
        text = page.locator("#own_count").inner_text()
        assert [int(number) for number in re.findall(r"\d+", text)] == counted, words


def test_settings_that_come_late_are_those_of_the_words_that_are_there(page, url):
    open_lab(page, url)
    held = []

    def hold(route) -> None:
        held.append(route) if route.request.post_data_json["fn_name"] == "suit" else route.continue_()

    page.route("**/component_server/**", hold)
    give_own_words(page, "\n".join(NAMES))
    wait_for(held, page)
    page.locator("#setting-words textarea").fill("\n".join(bigram.load("us-2018")[:100]))
    page.wait_for_timeout(1_000)
    assert len(held) == 2
    press(page, "Train")  # it waits for the settings
    expect(page.locator("#status")).to_have_text("Changed settings are not trained yet. Press Train.")
    late, now = held
    now.continue_()
    expect(page.locator("#status")).to_have_text("Trained: 100 steps.")
    expect(page.locator("#setting-lr input")).to_have_value("50")
    late.continue_()
    page.wait_for_timeout(1_000)
    expect(page.locator("#setting-lr input")).to_have_value("50")
    assert read_link(page.url).experiment.lr == 50
    assert page.locator("#setting-k input").input_value() == f"{read_link(page.url).experiment.k:g}" != "1"


def test_a_link_with_the_names_of_a_class_opens_for_a_friend(new_page, url):
    names = "\n".join(random.Random(1).sample(bigram.load("us-2018"), 300))
    page = new_page()
    open_lab(page, url)
    give_own_words(page, names)
    press(page, "Train")
    expect(page.locator("#two-ways .figure.examples")).to_contain_text("from 300 words")
    assert len(page.url) < 2_000
    press(page, "Share")
    press(page, "QR code")
    expect(page.locator("#qr svg")).to_be_visible()
    friend = new_page()
    open_lab(friend, page.url)
    expect(friend.locator("#two-ways .figure.examples")).to_contain_text("from 300 words")
    expect(friend.locator("#notice")).to_be_hidden()
    assert friend.locator("#setting-words textarea").input_value() == names
    assert friend.url == page.url


# ---- around the screens


def test_the_keyboard_skips_to_the_model(page, url):
    open_lab(page, url + "#here")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the model")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#two-ways') !== null")
    assert page.url == url + "#here"


def test_the_foot_of_the_page_holds_what_a_visitor_can_use(page, url):
    open_lab(page, url)
    assert re.fullmatch("Use via API( or MCP)?", page.locator("footer").inner_text().strip())


def test_a_finger_hits_each_control(new_page, url):
    page = new_page(360, 740, has_touch=True, is_mobile=True)
    open_lab(page, url)
    press(page, "Change")
    page.locator("#more > summary").click()
    give_own_words(page, "emma")
    expect(page.get_by_role("button", name="Use the lecture’s settings instead")).to_be_visible()
    press(page, "Share")
    page.locator("#teachers > summary").click()
    small = page.locator(
        ":is(#header, #course, #form, footer) :is(a, button, summary, input, select, textarea)"
    ).evaluate_all(
        """all => all.filter((one) => one.checkVisibility({ visibilityProperty: true }))
            .map((one) => [one.id || one.textContent || one.name, one.getBoundingClientRect()])
            .filter(([, { width, height }]) => Math.min(width, height) < 24)
            .map(([name, { width, height }]) => `${name} ${width}x${height}`)"""
    )
    assert small == []
