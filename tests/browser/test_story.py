"""The story of the first visit: noise becomes names, and counting gives the same. Names equal those of plain loops."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

import bigram
from demo.experiment import Experiment
from tests import plain
from tests.browser.visitor import box, open_lab, press

pytestmark = pytest.mark.browser
STAGE = "#two-ways .part"
NOISE = "Before training, the table is random, and so are its names."
# Each frame: the step, the sentence above it, and whether it moves.
WATCH = """
window.frames_ = [];
const look = () => {
    const at = document.querySelector('#two-ways .part');
    const words = at?.querySelector('.tale .words')?.textContent;
    if (at?.dataset.step) window.frames_.push([Number(at.dataset.step), words, at.dataset.state]);
    requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@pytest.fixture(scope="module")
def lecture() -> dict:
    """The default experiment by plain loops: its words, counts, and the weights of each step."""
    words, e = bigram.load(), Experiment()
    N = plain.table(words)
    return {"words": words, "N": N, "e": e, "way": plain.descent(N, e.seed, e.steps, e.lr, e.l2)}


def names(page: Page, column: int = 1) -> list[str]:
    """The names of the trained table, or with column 2 of the counted one."""
    found = page.locator(f"#two-ways .names tbody td:nth-child({column}) .name").all_text_contents()
    return [name.replace("(no letter)", "") for name in found]


def seek(page: Page, step: int) -> None:
    """Move the film to a step, once the run is over. Before that, the film moves on with the run."""
    expect(page.locator(STAGE)).to_have_attribute("data-done", "true")
    page.locator("#two-ways .scrubber").evaluate(
        "(range, step) => { range.value = step; range.dispatchEvent(new Event('input', { bubbles: true })); }", step
    )
    expect(page.locator("#two-ways .clock")).to_have_text(re.compile(f"^step {step:,} of"))


def frames(page: Page) -> list[int]:
    return [step for step, *_ in page.evaluate("window.frames_")]


def test_the_first_visit_begins_in_noise_and_plays_without_the_server(new_page, url, lecture):
    page, asked = new_page(first=True, real_time=True), []
    page.on("request", lambda request: asked.append(request.url) if "component_server" in request.url else None)
    page.add_init_script(WATCH)
    page.goto(url)
    expect(page.locator("#two-ways .clock")).to_have_text("step 100 of 100")
    expect(page.locator(STAGE)).to_have_attribute("data-state", "rest")
    expect(page.locator(STAGE)).to_have_attribute("data-view", "descended")
    steps, (_, first, _) = frames(page), page.evaluate("window.frames_[0]")
    assert (steps[0], first) == (0, NOISE)
    assert steps == sorted(steps)
    assert len(set(steps)) > 3  # as many as the machine draws
    head, chars, e = page.locator("#two-ways .names th").nth(1), plain.characters(lecture["words"]), lecture["e"]
    expect(head).to_have_text("before training")
    noise, P = [plain.softmax(row) for row in lecture["way"][0]], plain.smoothed(lecture["N"], e.k)
    assert names(page, 2) == plain.names(noise, chars, e.draws, e.draw_seed)
    for part in ("#train", "#change", "#two-ways section.surprise"):  # they wait for who wants more
        expect(page.locator(part)).to_be_hidden()
    trained = names(page)
    press(page, "Learn by counting instead")
    expect(page.locator(STAGE)).to_have_attribute("data-view", "counted")
    expect(head).to_contain_text("counted")
    assert names(page) == trained
    assert names(page, 2) == plain.names(P, chars, e.draws, e.draw_seed)
    assert asked == []
    for part in ("#train", "#change", "#two-ways section.surprise"):
        expect(page.locator(part)).to_be_visible()


def test_on_a_first_visit_one_button_brings_the_settings(new_page, url):
    page = new_page(first=True)
    page.goto(url)
    expect(page.locator(STAGE)).to_have_attribute("data-done", "true")
    press(page, "Train it yourself")
    expect(page.locator("#change")).to_be_focused()
    for part in ("#train", "#fields", "#two-ways section.surprise"):
        expect(page.locator(part)).to_be_visible()
    expect(page.locator("#yourself")).to_be_hidden()
    expect(page.locator(STAGE)).to_have_attribute("data-view", "descended")


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {}),
        ("?v=1&steps=40", {"first": True}),
        ("?lesson=count", {"first": True}),
        ("", {"reduced_motion": "reduce"}),
    ],
)
def test_who_returns_or_opens_a_link_sees_the_result_at_once(new_page, url, query, options):
    page = new_page(**options, **({"first": True} if "reduced_motion" in options else {}))
    page.add_init_script(WATCH)
    open_lab(page, url + query)
    expect(page.locator(STAGE)).to_have_attribute("data-state", "rest")
    expect(page.locator("#two-ways .clock")).to_have_text(re.compile(r"^step (\d+) of \1$"))
    assert {state for *_, state in page.evaluate("window.frames_")} == {"rest"}


def test_names_of_each_step_are_those_of_plain_loops(page, url, lecture):
    open_lab(page, url)
    chars, e = plain.characters(lecture["words"]), lecture["e"]
    for step in (0, 1, 5, 20, e.steps):
        seek(page, step)
        Q = [plain.softmax(row) for row in lecture["way"][step]]
        assert names(page) == plain.names(Q, chars, e.draws, e.draw_seed), step
    P = plain.smoothed(lecture["N"], e.k)
    assert names(page, 2) == plain.names(P, chars, e.draws, e.draw_seed)


@pytest.mark.parametrize(
    "query",
    [
        "?v=1&steps=3&draw_seed=1",
        "?v=1&steps=60&lr=20&seed=4&draws=3",
        "?v=1&data=own&words=ada%0Abo%0Acleo&lr=1&steps=30",
        "?v=1&data=us-1880&steps=12&l2=1&draw_seed=77",
        "?v=1&steps=1999&k=0",
        "?v=1&data=own&words=é%0A👩x%0A&lr=1&steps=9",
    ],
)
def test_the_browser_draws_the_names_that_the_server_draws(page, url, query):
    """The last names are the server's. One step before the end of a longer run, the browser has drawn them itself."""
    open_lab(page, url + query)
    expect(page.locator("#status")).to_contain_text("Trained:")
    expect(page.locator(STAGE)).to_have_attribute("data-done", "true")
    ends, e = names(page), int(page.locator(STAGE).get_attribute("data-step"))
    box(page, "setting-steps").fill(str(e + 1))
    press(page, "Train")
    expect(page.locator("#status")).to_contain_text(f"{e + 1:,} step")
    expect(page.locator(STAGE)).to_have_attribute("data-state", "rest")
    seek(page, e)
    assert names(page) == ends


def test_too_few_random_numbers_are_said(page, url):
    open_lab(page, url + "?v=1&draws=100&steps=10")
    seek(page, 0)
    assert 0 < len(names(page)) < 100
    expect(page.locator("#two-ways .film .note")).to_contain_text("too few random numbers")
    open_lab(page, url + "?v=1&order=3&steps=10")
    seek(page, 0)
    expect(page.locator("#two-ways .film .note")).to_contain_text("only a part of this table")
    seek(page, 10)
    expect(page.locator("#two-ways .film .note")).to_be_hidden()


def test_train_always_plays_from_the_start_and_reset_shows_it(new_page, url):
    page = new_page(real_time=True)
    open_lab(page, url)
    for change in (None, "2"):
        if change:
            page.locator("#setting-order select").select_option("3")
        page.evaluate(WATCH)
        press(page, "Train")
        expect(page.locator(STAGE)).to_have_attribute("data-state", "playing")
        expect(page.locator(STAGE)).to_have_attribute("data-state", "rest")
        steps = frames(page)
        start = steps.index(0)
        assert steps[start:] == sorted(steps[start:])
        assert steps[-1] == 100
        assert len(set(steps[start:])) > 3
    press(page, "Reset")
    expect(page.locator("#two-ways .tale .words")).to_have_text(NOISE)


def test_a_name_lights_up_its_way_and_is_compared_with_the_list(page, url, lecture):
    open_lab(page, url)
    words, way = lecture["words"], lecture["way"]
    chars, Q = plain.characters(words), [plain.softmax(row) for row in way[-1]]
    yours, said = page.locator("#two-ways .yours .box"), page.locator("#two-ways .yours .said")
    yours.fill("Emma")  # the list is in small letters
    mine = plain.surprise("emma", Q, chars)
    expect(said).to_contain_text("emma is more usual than")
    expect(said).to_contain_text(f"surprise per letter {mine:.2f}")
    tape = [0, *map(chars.index, "emma"), 0]
    i, j = min(pairwise(tape), key=lambda at: Q[at[0]][at[1]])
    expect(said).to_contain_text(f"Most surprising: {chars[i].replace('.', 'start')} → {chars[j].replace('.', 'end')}.")
    share = sum(plain.surprise(word, Q, chars) > mine for word in words) / len(words)
    assert abs(int(re.search(r"(\d+)%", said.inner_text()).group(1)) - 100 * share) <= 1.5
    yours.fill("zoë")
    expect(said).to_contain_text("has the character ë")
    yours.fill("")
    expect(said).to_contain_text("light up in the table")


@pytest.mark.parametrize(
    ("width", "height", "query"),
    [(1280, 720, ""), (1280, 720, "?v=1&large=1"), (768, 1024, ""), (360, 740, "")],
)
def test_at_least_five_names_are_seen_whole(new_page, url, width, height, query):
    page = new_page(width, height)
    open_lab(page, url + query)
    shown = page.locator("#two-ways .names tbody td:first-child .name")
    whole = shown.evaluate_all("""names => names.filter((name) => {
        const { left, right, top, bottom } = name.getBoundingClientRect();
        const box = name.closest('.scroller').getBoundingClientRect();
        const cell = name.parentElement;
        return top >= Math.max(0, box.top) && bottom <= Math.min(innerHeight, box.bottom)
            && left >= 0 && right <= innerWidth && cell.scrollWidth <= cell.clientWidth;
    }).length""")
    assert whole >= 5


def test_new_names_change_the_luck_alone(new_page, url):
    page = new_page(800, 900)
    open_lab(page, url + "?v=1&steps=30")
    before, more = names(page), page.locator("#more")
    press(page, "New names")
    expect(page).to_have_url(re.compile(r"draw_seed=\d+$"))
    expect(page.locator(STAGE)).to_have_attribute("data-state", "rest")
    assert names(page) != before
    assert not more.evaluate("more => more.open")
    press(page, "Reset")
    expect(page.locator("#two-ways .clock")).to_have_text("step 0 of 0")
    noise = names(page)
    press(page, "New names")
    expect(page.locator("#two-ways .names .name").first).not_to_have_text(noise[0] or "(no letter)")
    expect(page.locator("#two-ways .clock")).to_have_text("step 0 of 0")
    expect(page.locator("#status")).to_have_text("At step 0. Train takes 30 steps from the start.")


def test_reset_ends_the_film(new_page, url):
    page = new_page(real_time=True)
    open_lab(page, url)
    press(page, "Watch it learn")
    expect(page.locator(STAGE)).to_have_attribute("data-state", "playing")
    press(page, "Reset")
    expect(page.locator("#two-ways .tale .words")).to_have_text(NOISE)
    expect(page.locator(STAGE)).to_have_attribute("data-state", "rest")
    expect(page.locator("#two-ways .clock")).to_have_text("step 0 of 0")


def test_a_name_stands_in_address_and_share_until_it_is_cleared(page, url):
    open_lab(page, url + "?v=1&name=emma")
    yours, link = page.locator("#two-ways .yours .box"), page.locator("#link")
    expect(yours).to_have_value("emma")
    expect(link).to_have_value(url + "?v=1&name=emma")
    yours.fill("olivia")
    expect(page).to_have_url(url + "?v=1&name=olivia")
    expect(link).to_have_value(url + "?v=1&name=olivia")
    yours.fill("")
    expect(page).to_have_url(url)
    expect(link).to_have_value(url + "?v=1")
    page.reload()
    expect(page.locator("#link")).to_have_value(url + "?v=1")
    expect(yours).to_have_value("")


def test_a_shared_link_keeps_what_a_teacher_chose(page, url):
    open_lab(page, url)
    press(page, "Share")
    page.locator("#teachers > summary").click()
    page.locator("#setting-embed select").select_option("1")
    expect(page.locator("#link")).to_have_value(url + "?v=1&embed=1")
    press(page, "Reset")
    expect(page.locator("#link")).to_have_value(url + "?v=1&steps=0&embed=1")


def test_new_names_leave_what_the_lab_chose_for_own_words(page, url):
    open_lab(page, url)
    page.locator("#setting-data select").select_option("own")
    page.locator("#setting-words textarea").fill("emma\nolivia\nava\nnoah\nliam")
    press(page, "Train")
    chosen = "Chosen for so few words: rate 10, smoothing 0.01."
    expect(page.locator(".suit")).to_contain_text(chosen)
    expect(page.locator(STAGE)).to_have_attribute("data-state", "rest")
    press(page, "New names")
    expect(page).to_have_url(re.compile("draw_seed="))
    expect(page.locator(".suit")).to_contain_text(chosen)
