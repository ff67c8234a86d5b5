"""The lab as a visitor uses it, in a real browser: what is shown equals what `bigram` computes."""

import re
import threading

import handlers
import lab
import pytest
import show
from experiment import Experiment
from playwright.sync_api import Page, expect

import bigram
from tests.browser.visitor import box, open_fold, open_lab, open_tab


def expect_shown(page: Page, e: Experiment) -> None:
    """The page shows this experiment's numbers and names, trained to the end."""
    view = lab.trained(e)
    summary = lab.summary(view)
    expect(page.locator("#figures [data-key=descended_nll] .number")).to_have_text(f"{summary['descended_nll']:.6f}")
    expect(page.locator("#figures [data-key=counted_nll] .number")).to_have_text(f"{summary['counted_nll']:.6f}")
    expect(page.locator("#figures [data-key=gap] .number")).to_have_text(f"{summary['gap']:+.6f}")
    for column, P in ((1, view.P), (2, view.Q)):
        names = bigram.sample(P, view.corpus.vocab, e.draws, e.draw_seed)
        expect(page.locator(f"#names tbody td:nth-child({column}) .name")).to_have_text(names)


def fill(page: Page, key: str, value: object) -> None:
    box(page, f"setting-{key}").fill(str(value))


def test_the_page_is_filled_before_any_click(page, url):
    page.goto(url)
    expect_shown(page, Experiment())
    assert page.locator("#counted canvas").count() == 1
    expect(page.locator("#link textarea, #link input")).to_have_value(url + "?v=1")


def test_train_shows_the_experiment_of_the_controls_and_its_link(page, url):
    open_lab(page, url)
    open_fold(page, "more")
    for key, value in {"steps": 40, "lr": 20, "seed": 2**63 - 1, "draws": 4}.items():
        fill(page, key, value)
    page.get_by_role("button", name="Train").click()
    e = Experiment(steps=40, lr=20.0, seed=2**63 - 1, draws=4)
    expect_shown(page, e)
    expect(page.locator("#link textarea, #link input")).to_have_value(url + e.query())
    assert page.url == url + e.query()


@pytest.mark.parametrize(
    "e",
    [
        Experiment(steps=20, k=0.0),
        Experiment(order=3, data="us-1880", steps=10),
        Experiment(data="own", words="emma\nava", lr=2.0),
        Experiment(
            data="own", words="שלום\né́\n👩‍🚀x\n<img src=x onerror=alert(1)>\n${alert(1)}\n{{7*7}}", lr=2.0, draws=3
        ),
        Experiment(split=5, form="gather", steps=30),
    ],
    ids=lambda e: e.query()[:40],
)
def test_a_link_opens_its_experiment_trained(page, url, e):
    page.goto(url + e.query())
    expect_shown(page, e)
    assert page.locator("#names img").count() == 0


def test_a_bad_link_opens_with_a_sentence_for_each_value(page, url):
    page.goto(url + "?steps=0&lr=nan&order=3&k=<b>")
    expect(page.locator("#notice p")).to_have_count(3)
    expect_shown(page, Experiment(order=3))


@pytest.mark.parametrize(("key", "value", "sentence"), [("steps", 0, "from 1 to 2,000"), ("k", -1, "from 0 to 1,000")])
def test_a_bad_value_is_refused_and_nothing_is_lost(page, url, key, value, sentence):
    open_lab(page, url)
    open_fold(page, "more")
    fill(page, "draws", 7)
    fill(page, key, value)
    page.get_by_role("button", name="Train").click()
    expect(page.locator("#notice")).to_contain_text(sentence)
    assert page.locator("#setting-draws input").input_value() == "7"
    expect_shown(page, Experiment())


def test_on_a_phone_what_went_wrong_comes_into_view(new_page, url):
    page = new_page(width=360, height=640)
    open_lab(page, url)
    fill(page, "steps", 0)
    page.get_by_role("button", name="Train").click()
    expect(page.locator("#notice .error")).to_be_in_viewport()


def test_divergence_is_explained(page, url):
    page.goto(url + "?lr=1000")
    expect(page.locator("#notice")).to_contain_text("2/λ_max")
    assert "nan" not in page.locator("body").inner_text().lower()


def upload(page: Page, url: str, content: bytes) -> None:
    open_lab(page, url)
    page.locator("#setting-data input").click()
    page.get_by_role("option", name="own words").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a list").click()
    chooser.value.set_files({"name": "list.txt", "mimeType": "text/plain", "buffer": content})


def test_an_uploaded_list_is_trained(page, url):
    upload(page, url, "emma\r\n\r\nava\r\n".encode("utf-8-sig"))
    expect(page.locator("#notice")).to_contain_text("2 own words are ready")
    fill(page, "lr", 2)
    page.get_by_role("button", name="Train").click()
    expect_shown(page, Experiment(data="own", words="emma\nava", lr=2.0))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\xff\xfe\x00", "UTF-8"), (b"\n \n", "holds no words"), (b"em.ma", "boundary of words")],
    ids=["not UTF-8", "blank", "boundary"],
)
def test_a_bad_upload_is_refused_in_a_sentence(page, url, content, sentence):
    upload(page, url, content)
    expect(page.locator("#notice")).to_contain_text(sentence)
    expect_shown(page, Experiment())


def test_a_large_upload_is_refused_in_a_sentence(page, url):
    upload(page, url, b"emma\n" * 500_000)
    expect(page.get_by_text(re.compile("File size exceeds|maximum")).first).to_be_visible()


def test_stop_keeps_what_has_been_reached(page, url):
    page.goto(url + "?form=onehot&steps=2000&seed=3")
    label = page.locator("#figures [data-key=descended_nll] dt")
    expect(label).not_to_contain_text("100 steps")
    expect(label).to_have_text(re.compile(r", [1-9][\d,]* steps$"))
    page.get_by_role("button", name="Stop").click()
    page.wait_for_timeout(1500)
    reached = label.inner_text()
    page.wait_for_timeout(1000)
    assert label.inner_text() == reached
    steps = int(re.search(r"([\d,]+) steps", reached).group(1).replace(",", ""))
    assert 0 < steps < 2000
    expect(page.locator("#link textarea, #link input")).to_have_value(re.compile(f"steps={steps}&"))
    open_tab(page, "code")
    expect(page.locator("#script .cm-content")).to_contain_text(f"steps, lr, l2, seed = {steps}, 50")


def test_a_new_run_ends_the_one_before_and_a_second_click_on_train_counts(page, url):
    page.goto(url + "?form=onehot&steps=2000&seed=4")
    label = page.locator("#figures [data-key=descended_nll] dt")
    expect(label).not_to_contain_text("100 steps")
    for steps, seed in ((40, 5), (20, 6)):  # the first ends the run of the link, the second waits for the first
        fill(page, "steps", steps)
        fill(page, "seed", seed)
        page.get_by_role("button", name="Train").click()
    expect_shown(page, Experiment(form="onehot", steps=20, seed=6))
    page.wait_for_timeout(1500)  # time for an update of a run that goes on
    expect_shown(page, Experiment(form="onehot", steps=20, seed=6))


def test_reset_during_a_run_ends_it(page, url):
    page.goto(url + "?form=onehot&steps=2000&seed=7")
    label = page.locator("#figures [data-key=descended_nll] dt")
    expect(label).not_to_contain_text("100 steps")
    page.get_by_role("button", name="Reset").click()
    expect(label).to_contain_text(" 0 steps")
    page.wait_for_timeout(1500)
    expect(label).to_contain_text(" 0 steps")


def test_two_visitors_at_once_see_their_own(new_page, url):
    experiments = [Experiment(steps=30, data="us-1880", k=3.0), Experiment(data="own", words="secret\nword", lr=2.0)]
    pages = [new_page() for _ in experiments]
    for page, e in zip(pages, experiments):
        open_lab(page, url + e.query())
    for page in pages:
        page.get_by_role("button", name="Train").click(no_wait_after=True)
    for page, e in zip(pages, experiments):
        expect_shown(page, e)
    assert "secret" not in pages[0].content()


def test_handlers_of_many_visitors_do_not_mix():
    experiments = [Experiment(steps=5 + i, data="us-1880", seed=i) for i in range(8)]
    shown: dict[int, list] = {}

    def visit(i: int) -> None:
        shown[i] = {}
        for update in handlers.train(*handlers.settings(experiments[i]).values()):
            shown[i] |= update

    threads = [threading.Thread(target=visit, args=(i,)) for i in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    for i, e in enumerate(experiments):
        assert shown[i]["figures"] == show.figures(lab.trained(e))
        assert shown[i]["view"].e == e
