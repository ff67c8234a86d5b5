"""The course in a real browser: each lesson from its link, at both sizes; lessons that teachers write; progress."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from demo.experiment import TABS, Experiment
from demo.teaching import course, lessons, traps
from tests.browser.visitor import open_lab, open_tab, press, wait_for

pytestmark = pytest.mark.browser
PREDICTED = {  # a prediction that is wrong, and none: what is said of it
    "over": (0, "It is: Higher, and it keeps going up and down."),
    "e02": (None, "The answer: Close for the bigram, further apart for the trigram."),
}
IN_SIGHT = """selector => {
    const part = document.querySelector(selector);
    const { top, bottom, left, right, height } = part.getBoundingClientRect();
    const within = top > -2 && left > -2 && right < innerWidth + 2 && (bottom < innerHeight + 2 || height > 300);
    const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
    const at = document.elementFromPoint((left + right) / 2, Math.max(top, 0) + Math.min(height, seen) / 2);
    return within && seen > Math.min(height, 200) - 2 && (part.contains(at) || at.contains(part));
}"""


def expect_in_sight(page: Page, selector: str) -> None:
    """A part is on the screen and nothing lies over it: all of it, or of a tall one the first 200 pixels and more."""
    page.wait_for_function(IN_SIGHT, arg=selector)


@pytest.mark.parametrize("chapter", course.CHAPTERS, ids=lambda chapter: chapter.title)
def test_each_lesson_from_its_link_asks_runs_points_and_tells(new_page, url, chapter):
    page = new_page(1280, 720)
    for key in chapter.lessons:
        page.set_viewport_size({"width": 1280, "height": 720})
        lesson, told = lessons.BY_KEY[key], lessons.explain(lessons.BY_KEY[key])
        page.goto(f"{url}?lesson={key}")
        expect(page.locator("#question")).to_have_text(lesson.question)
        expect(page.locator("#prediction label")).to_have_text([f" {choice}" for choice in lesson.choices])
        for hidden in ("#verdict", "#explanation", "#rest", "#look"):
            expect(page.locator(hidden)).to_be_hidden()
        for screen in page.locator("#tabs .part > *").all():  # nor does a screen answer
            expect(screen).to_be_hidden()
        for tick in page.locator("#prediction input, .two-ways .toggles input").all():
            expect(tick).to_have_css("appearance", "auto")  # Gradio's own is white on white
        prediction, first = PREDICTED.get(key, (lesson.right, "You predicted it."))
        if prediction is not None:
            page.locator("#prediction input").nth(prediction).check()
        press(page, "Run")
        expect(page.locator("#look")).to_have_text(lesson.look)
        expect(page.locator(".here")).to_have_count(1)
        expect(page.get_by_role("tab", name=TABS[lesson.experiment.tab], exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        assert page.url == f"{url}?v=1&lesson={key}"
        assert told["number"] in page.locator(".here").evaluate("part => part.textContent")
        for size in ((1280, 720), (360, 740)):
            page.set_viewport_size(dict(zip(("width", "height"), size)))
            press(page, "Show me where")
            expect_in_sight(page, ".here")
            expect_in_sight(page, "#question")
        expect(page.locator("#verdict")).to_be_hidden()
        press(page, "What is the answer?")
        expect(page.locator("#verdict")).to_have_text(f"{first} {told['verdict']}")
        expect(page.locator("#explanation")).to_have_text(told["explanation"])
        expect_in_sight(page, "#lesson .acts")  # on a phone, too: what to press next
        if told["picture"]:
            drawn = page.get_by_role("img", name=told["picture"]["label"], exact=True)
            expect(drawn).to_be_visible()
            assert drawn.evaluate(
                "part => part.scrollWidth <= part.clientWidth && part.getBoundingClientRect().right < 360"
            )
        else:
            expect(page.locator("#picture")).to_be_hidden()
        page.locator("#rest summary").click()
        expect(page.locator("#rest p")).to_have_text(told["more"])


def test_the_course_leads_on_and_remembers_what_was_done(page, url):
    open_lab(page, url)
    page.evaluate("localStorage.clear()")
    page.reload()
    press(page, "Follow the lecture")
    chapters = page.locator("#chapters .chapter")
    expect(chapters).to_have_count(len(course.CHAPTERS))
    for chapter, link in zip(course.CHAPTERS, chapters.locator("a").all()):
        assert link.get_attribute("href") == chapter.url
        expect(link).to_have_text(f"▶ {chapter.time}")
    assert [fault["id"] for fault in Axe().run(page).response["violations"] if fault["impact"] == "serious"] == []
    press(page, "Begin")
    expect(page.locator("#question")).to_have_text(lessons.BY_KEY["count"].question)
    press(page, "Run")
    press(page, "What is the answer?")
    expect(page.locator("#two-ways .part")).to_have_attribute("data-state", "rest")  # letters that change are paler
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    assert [fault["id"] for fault in Axe().run(page).response["violations"] if fault["impact"] == "serious"] == []
    press(page, "Next")
    expect(page.locator("#question")).to_have_text(lessons.BY_KEY["years"].question)
    expect(page.locator(".here")).to_have_count(0)
    press(page, "Close")
    page.reload()
    press(page, f"Course: 1 of {len(lessons.LESSONS)} done")
    expect(page.locator("#chapters .done")).to_have_count(1)
    press(page, "Go on")
    expect(page.locator("#question")).to_have_text(lessons.BY_KEY["years"].question)


def test_a_lesson_in_a_frame_shows_its_question_beside_the_screen(new_page, url):
    page = new_page(960, 540)
    page.goto(f"{url}?lesson=count&embed=1")
    expect(page.locator("#question")).to_be_visible()
    for part in ("#question", "#run_lesson", "#two-ways canvas"):
        expect_in_sight(page, part)
    press(page, "Run")
    press(page, "What is the answer?")
    expect_in_sight(page, "#explanation")
    for away in ("#header", "#settings", "#leave"):  # nor a way to lose the question
        expect(page.locator(away)).to_be_hidden()
    assert page.url == f"{url}?v=1&lesson=count&embed=1"
    page.locator("#to_course").click()
    expect_in_sight(page, "#begin")


def test_by_keyboard_through_a_lesson_and_back_to_ones_own_experiment(page, url):
    e = Experiment(data="own", words="anna\notto\nhannah", k=0.5, lr=10.0)
    page.goto(url + e.query())
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("#two-ways .names")).to_be_visible()
    for part in (".names", ".yours", ".surprise"):  # they stand in full beside a table that is small
        expect_in_sight(page, f"#two-ways {part}")
    press(page, "Follow the lecture")
    page.locator("#begin").press("Enter")
    expect(page.locator("#question")).to_be_focused()
    page.locator("#run_lesson").press("Enter")
    expect(page.locator("#tell")).to_be_focused()
    expect(page.locator("#two-ways .row")).to_contain_text("After n")
    page.keyboard.press("Enter")
    expect(page.locator("#next_lesson")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_be_focused()
    press(page, "Close")
    press(page, "Back to your own experiment")
    expect(page.locator("#two-ways .row")).to_contain_text(
        f"p {0.5 / (4 + 6 * 0.5):.4f} counted"
    )  # n: 4 pairs, none n.
    expect(page.locator("#setting-words textarea")).to_have_value(e.words)
    assert page.url == url + e.query()


def test_the_browsers_back_returns_to_the_place_before_and_a_reload_stays(page, url):
    def expect_place(tab: str, question: str | None) -> None:
        expect(page.get_by_role("tab", name=TABS[tab], exact=True)).to_have_attribute("aria-selected", "true")
        shown = page.locator("#question")
        expect(shown).to_be_hidden() if question is None else expect(shown).to_have_text(question)

    count, years = (lessons.BY_KEY[key].question for key in ("count", "years"))
    open_lab(page, f"{url}?lr=20")
    page.evaluate("localStorage.clear()")
    open_tab(page, "sampling")
    page.locator("#course_door").click()
    press(page, "Begin")
    expect_place("sampling", count)
    press(page, "Run")
    press(page, "What is the answer?")
    press(page, "Next")
    expect_place("two-ways", years)
    page.reload()
    expect_place("two-ways", years)
    page.go_back()
    expect_place("two-ways", count)
    page.go_back()
    shown = page.wait_for_function("document.querySelector('#begin')?.checkVisibility() && location.search")
    assert shown.json_value() == "?v=1&lr=20&tab=sampling"  # from the first moment on
    expect_place("sampling", None)
    page.reload()
    expect(page.locator("#begin")).to_be_visible()
    expect_place("sampling", None)
    page.go_back()
    expect(page.locator("#course_door")).to_be_visible()
    page.go_back()
    expect_place("two-ways", None)
    page.go_forward()
    expect_place("sampling", None)
    assert page.url == f"{url}?v=1&lr=20&tab=sampling"  # also for who copies it
    open_tab(page, "two-ways")
    page.locator("#two-ways canvas").press("Enter")
    press(page, "Look inside")
    expect_place("inside", None)
    page.go_back()
    expect_place("two-ways", None)


def test_ones_own_words_outlast_a_lesson_the_browsers_back_and_a_reload(page, url):
    e = Experiment(data="own", words="anna\notto\nhannah", lr=10.0)
    words = page.locator("#setting-words textarea")
    page.goto(url + e.query())
    page.evaluate("localStorage.clear()")
    page.locator("#course_door").click()
    for leave in (lambda: (page.go_back(), page.go_back()), lambda: press(page, "Close")):
        if page.locator("#begin").is_visible():
            press(page, "Begin")
        else:
            page.go_forward()
            expect(page.locator("#begin")).to_be_visible()
            page.go_forward()
        press(page, "Run")
        expect(page.locator("#tell")).to_be_visible()
        leave()
        offer = page.get_by_role("button", name="Back to your own experiment")
        expect(offer).to_be_visible()  # each time, until it is taken
    expect(page.locator(".here")).to_have_count(0)
    offer.click()
    expect(words).to_have_value(e.words)
    expect(page.locator("#status")).to_have_text("Trained: 100 steps.")
    assert page.url == url + e.query()

    page.locator("#course_door").click()
    press(page, "Begin")
    page.reload()
    expect(page.locator("#question")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(words).to_have_value(e.words)
    expect(page.locator("#course_door")).to_be_visible()
    expect(page.locator("#status")).to_have_text("Trained: 100 steps.")
    assert page.url == url + e.query()


def test_the_course_has_an_end(page, url):
    order = [key for chapter in course.CHAPTERS for key in chapter.lessons]
    page.goto(f"{url}?lesson={order[-1]}")
    page.evaluate("keys => localStorage.setItem('bigram-lab-done', keys)", " ".join(order[:-1]))
    press(page, "Run")
    press(page, "What is the answer?")
    press(page, "Next")
    expect(page.locator("#chapters")).to_contain_text(f"You have answered all {len(order)} questions.")
    press(page, "Begin again")
    expect(page.locator("#question")).to_have_text(lessons.BY_KEY[order[0]].question)
    press(page, "Close")
    open_tab(page, "traps")
    page.locator("#trap").select_option(traps.TRAPS[0].key)
    page.locator("#traps").get_by_role("button", name="Lesson on this").click()
    expect(page.locator("#question")).to_have_text(traps.TRAPS[0].question)


def test_a_teacher_writes_a_lesson_and_chains_links_to_a_course(new_page, url):
    page = new_page()
    open_lab(page, f"{url}?data=us-1880&steps=20")
    page.locator("#course_door").click()
    page.locator("#maker > summary").click()
    hostile = "Is <img src=x onerror=alert(1)> \u202esafe?"
    page.locator("#own_question").fill(hostile)
    page.locator("#own_choices").fill("yes")
    press(page, "Close")
    page.locator("#course_door").click()  # what is typed stays
    page.reload()  # also here
    press(page, "Make the link")
    expect(page.locator("#maker .sentence").first).to_contain_text("2 to 4 choices")
    expect(page.locator("#own_question")).to_have_value(hostile)
    page.locator("#own_choices").fill("yes\n<b>no</b>")
    page.locator("#own_why").fill("<script>alert(1)</script>")
    press(page, "Make the link")
    made = page.locator("#maker .made input")
    expect(made.first).to_have_value(re.compile("ask="))
    page.locator("#own_why").press("End")
    page.keyboard.type(" <b>So</b>")
    expect(made.first).to_be_hidden()  # it holds the texts of before
    press(page, "Make the link")
    expect(made.first).to_have_value(re.compile("So"))
    links = [f"{url}?lesson=keepdim", made.first.input_value(), f"{url}?lr=20&tab=sampling", f"{url}?lesson=count"]
    page.locator("#own_links").fill("\n".join(links))
    press(page, "Chain the links")
    expect(made.last).to_have_value(re.compile("course="))

    pupil = new_page()
    pupil.goto(made.last.input_value())
    expect(pupil.locator("#question")).to_have_text(lessons.BY_KEY["keepdim"].question)
    expect(pupil.locator("#lesson .where")).to_contain_text("1 of 4")
    press(pupil, "Run")
    press(pupil, "What is the answer?")
    press(pupil, "Next")
    expect(pupil.locator("#question")).to_have_text(hostile)
    expect(pupil.locator("#prediction label").nth(1)).to_have_text(" <b>no</b>")
    press(pupil, "Ask the class")
    expect(pupil.locator("#class h2")).to_have_text(hostile)
    pupil.go_back()
    expect(pupil.locator("#class")).to_be_hidden()
    expect(pupil.locator("#question")).to_have_text(hostile)
    pupil.go_forward()
    expect(pupil.locator("#class h2")).to_have_text(hostile)
    for act in ("Open round 1", "Close the round", "Show the votes", "Run it in the lab"):
        press(pupil, act)
    with pupil.expect_response("**/class/act"):
        press(pupil, "What is the answer?")
    pupil.reload()
    expect(pupil.locator("#lesson .where")).to_contain_text("2 of 4")  # where the pupil was
    pupil.locator("#class_back").click()
    press(pupil, "Next question")
    expect(pupil.locator("#lesson .where")).to_contain_text("4 of 4")  # the next question: the third step asks none
    expect(pupil.locator("#class h2")).to_have_text(lessons.BY_KEY["count"].question)
    press(pupil, "Back to the lab")
    pupil.evaluate("localStorage.clear()")
    press(pupil, "Run")
    press(pupil, "What is the answer?")
    press(pupil, "Begin again")
    expect(pupil.locator("#question")).to_have_text(lessons.BY_KEY["keepdim"].question)
    press(pupil, "Run")
    press(pupil, "What is the answer?")
    press(pupil, "Next")
    pupil.locator("#prediction input").first.check()
    press(pupil, "Run")
    expect(pupil.locator("#two-ways [data-key=examples]")).to_have_text("13,400")
    press(pupil, "What is the answer?")
    expect(pupil.locator("#verdict")).to_have_text("You predicted it. ")
    expect(pupil.locator("#explanation")).to_have_text("<script>alert(1)</script> <b>So</b>")
    press(pupil, "Next")
    expect(pupil.get_by_role("tab", name="Sampling", exact=True)).to_have_attribute("aria-selected", "true")
    expect(pupil.locator("#setting-lr input")).to_have_value("20")
    pupil.go_back()
    expect(pupil.locator("#lesson .where")).to_contain_text("2 of 4")
    pupil.go_forward()
    expect(pupil.locator("#lesson .where")).to_contain_text("3 of 4")
    press(pupil, "‹ Back")
    expect(pupil.locator("#lesson .where")).to_contain_text("2 of 4")
    pupil.goto("about:blank")
    pupil.goto(made.last.input_value())  # the link, followed anew, begins at its first step
    expect(pupil.locator("#lesson .where")).to_contain_text("1 of 4")


def hold(page: Page) -> list:
    """The requests of the page from now on, each of which waits until it is let go."""
    held = []
    page.route("**/component_server/**", lambda route: held.append(route))
    return held


def let_go(page: Page) -> None:
    page.unroute("**/component_server/**")  # what is held goes on


def test_a_lesson_closed_before_its_run_begins_leaves_the_page_as_it_was(page, url):
    e = Experiment(data="us-1880", lr=20.0, tab="sampling")
    page.goto(url + e.query())
    page.evaluate("localStorage.clear()")
    page.locator("#course_door").click()
    page.locator(".lesson-link[data-key=over]").click()
    held = hold(page)
    press(page, "Run")
    wait_for(held, page)
    press(page, "Close")
    open_tab(page, "smoothing")
    let_go(page)
    expect(page.locator("#sweep_k svg")).to_be_visible()  # the screen in sight is drawn
    expect(page.locator("#setting-lr input")).to_have_value("20")
    expect(page.locator("#status")).to_have_text("Trained: 100 steps.")
    assert page.url == url + e.model_copy(update={"tab": "smoothing"}).query()
    expect(page.get_by_role("tab", name=TABS["smoothing"], exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".here")).to_have_count(0)
    expect(page.get_by_role("button", name="Back to your own experiment")).to_have_count(0)


def test_the_link_of_a_lesson_of_ones_own_never_holds_the_texts_of_before(page, url):
    open_lab(page, url)
    page.evaluate("sessionStorage.clear()")
    page.locator("#course_door").click()
    page.locator("#maker > summary").click()
    page.locator("#own_question").fill("Old?")
    page.locator("#own_choices").fill("yes\nno")
    held = hold(page)
    press(page, "Make the link")
    wait_for(held, page)
    page.locator("#own_question").fill("New?")
    with page.expect_response("**/component_server/**"):
        let_go(page)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    made = page.locator("#maker .made input").first
    expect(made).to_be_hidden()
    press(page, "Make the link")
    expect(made).to_have_value(re.compile("ask=New"))


def test_a_screen_whose_module_fails_is_tried_again_until_it_is_there(page, url, faults):
    failed = []

    def fail(route) -> None:
        failed.append(route.request.url)
        route.abort() if len(failed) < 4 else route.continue_()

    page.route(re.compile(r"/parts/speed\.js"), fail)
    open_lab(page, url)
    open_tab(page, "speed")
    expect(page.locator("#speed")).to_have_text(
        "This part of the page could not be loaded. The page tries again by itself."
    )
    expect(page.get_by_role("button", name="Time them", exact=True)).to_be_visible()
    expect(page.locator("#committed")).to_contain_text("onehot")
    assert len(failed) >= 4
    faults.clear()  # the browser reports what was refused


@pytest.mark.parametrize(("query", "pages"), [("", 1), ("lesson=over", 2), ("lesson=keepdim", 2)])
def test_paper_has_the_stage_and_the_lesson_whole(page, url, query, pages):
    page.goto(f"{url}?v=1&{query}")
    if query:
        press(page, "Run")
        press(page, "What is the answer?")
    expect(page.locator("#lesson #verdict" if query else "#two-ways .names")).to_be_visible()
    margin = dict.fromkeys(("top", "right", "bottom", "left"), "12mm")
    for paper in ("A4", "Letter"):
        for landscape in (False, True):
            pdf = page.pdf(format=paper, landscape=landscape, margin=margin)
            assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == pages, (paper, landscape)
    page.emulate_media(media="print")
    if query:
        for part in ("#question", "#verdict", "#explanation", "#rest p"):
            expect(page.locator(part)).to_be_visible()
    if query != "lesson=keepdim":
        for part in ("#two-ways canvas", "#two-ways .timeline svg", "#two-ways .names"):
            expect(page.locator(part)).to_be_visible()
