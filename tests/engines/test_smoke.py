"""The film, each screen and a lesson work in the three engines that browsers are made of."""

import os

import pytest

import bigram
from demo.experiment import TABS, Experiment
from demo.teaching import lessons
from tests import plain
from tests.browser.test_page import FILLED
from tests.engines.engine import ENGINES, Engine, Missing

pytestmark = pytest.mark.engines
CLOCK = "#two-ways .clock"
AT_REST = "document.querySelector('#two-ways .part').dataset.state === 'rest'"
FIRST_COLUMN = "document.querySelectorAll('#two-ways .names tbody td:first-child .name')"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, tmp_path_factory):
    """Each engine, started once for all tests of this file."""
    try:
        with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as started:
            yield started
    except Missing as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture
def page(engine, url):
    """An engine that has not seen the lab yet. At the end of a test, the console may hold no error."""
    engine.open(f"{url}theme.css")  # no page of the lab, and yet its memory
    engine.ask("localStorage.clear()")
    engine.faults()
    yield engine
    assert engine.faults() == []


@pytest.fixture(scope="module")
def drawn() -> dict:
    """The names of the default experiment at its first step and at its last one, by plain loops."""
    words, e = bigram.load(), Experiment()
    chars, steps = plain.characters(words), plain.descent(plain.table(words), e.seed, e.steps, e.lr, e.l2)
    return {at: plain.names([*map(plain.softmax, steps[at])], chars, e.draws, e.draw_seed) for at in (0, e.steps)}


def names(page: Engine) -> list[str]:
    found = page.ask(f"Array.from({FIRST_COLUMN}, (name) => name.textContent)")
    return [name.replace("(no letter)", "") for name in found]


def until_film_ends(page: Engine) -> None:
    page.until_text(CLOCK, "step 100 of 100")
    page.until(AT_REST)


def test_the_film_runs_at_the_first_visit_and_after_train(page, url, drawn):
    page.open(url)
    until_film_ends(page)
    assert names(page) == drawn[100]
    page.press_home("#two-ways .scrubber")
    page.until_text(CLOCK, "step 0 of 100")
    assert names(page) == drawn[0]
    page.press("#train")
    until_film_ends(page)
    page.until_text("#status", "Trained: 100 steps.")
    assert names(page) == drawn[100]


def test_each_tab_opens_a_screen_that_fills(page, url):
    page.open(url)
    page.until_visible(FILLED["two-ways"])
    for number, tab in enumerate(TABS, 1):
        page.press(f"#tabs [role=tab]:nth-child({number})")
        page.until_visible(FILLED[tab])
        page.until("document.documentElement.scrollWidth <= innerWidth")


def test_a_lesson_asks_runs_and_tells(page, url):
    lesson = lessons.BY_KEY["count"]
    page.open(f"{url}?lesson={lesson.key}")
    page.until_text("#question", lesson.question)
    page.press(f"#prediction label:nth-of-type({lesson.right + 1})")
    page.press("#run_lesson")
    page.until_text("#look", lesson.look)
    page.press("#tell")
    page.until_text("#verdict", f"You predicted it. {lessons.explain(lesson)['verdict']}")


def test_a_word_that_has_an_explanation_is_underlined(page, url):
    page.open(url)
    page.until_visible(".term")
    assert page.ask("getComputedStyle(document.querySelector('.term')).textDecorationLine") == "underline"


def test_the_rows_of_tabs_have_no_repeating_gradient(page, url):
    """Firefox draws the thin lines of a repeating gradient as grey bands."""
    page.open(url)
    page.until_visible(FILLED["two-ways"])
    lines = page.ask("getComputedStyle(document.querySelector('#tabs .tab-container')).backgroundImage")
    assert lines.startswith("linear-gradient")
