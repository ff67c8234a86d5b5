"""Every screen, lesson and kind of link in a real browser: what is shown equals what `bigram` computes."""

import math
import re
import unicodedata
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import export
import lab
import pytest
import show
import torch
from experiment import TABS, Experiment, sha256
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lessons import LESSONS, Lesson, explain
from playwright.sync_api import Locator, Page, expect

import bigram
from tests.browser.visitor import TITLES, box, open_fold, open_tab, press

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


# ---- reading the page


def open_link(page: Page, url: str, e: Experiment) -> lab.View:
    """Open the link of an experiment, wait until it is trained and the whole page is in step; its view."""
    page.goto(url + e.query())
    return expect_shown(page, e)


def expect_shown(page: Page, e: Experiment) -> lab.View:
    """The page shows the numbers of this experiment, trained to the end, and then its names; its view."""
    view = lab.trained(e)
    expect_figures(page, view)
    expect(page.locator("#link input, #link textarea")).to_have_value(re.compile(re.escape(e.query()) + "$"))
    if page.locator("#names").count():  # a screen that was never opened is not drawn
        for column, table in ((1, view.P), (2, view.Q)):
            drawn = bigram.sample(table, view.corpus.vocab, e.draws, e.draw_seed)
            expect(page.locator(f"#names tbody td:nth-child({column}) .name")).to_have_text(drawn)
    return view


def expect_figures(page: Page, view: lab.View) -> None:
    for card in show.figures(view)["figures"]:
        shown = page.locator(f"#figures [data-key={card['key']}]")
        expect(shown.locator("dt")).to_have_text(card["label"])
        expect(shown.locator(".number")).to_have_text(card["value"])
        expect(shown.locator(".unit")).to_have_text(card["unit"])


def put(box: Locator, text: str) -> None:
    """Fill a box with a long text at once: to type it, or to paste it, takes Chromium minutes."""
    expect(box).to_be_editable()
    box.evaluate("(box, text) => { box.value = text; box.dispatchEvent(new Event('input', { bubbles: true })); }", text)


def settle(page: Page, url: str) -> None:
    """Wait for the last update of a run: the calls of the API then carry this address. To leave earlier is an error."""
    open_tab(page, "code")
    expect(page.locator("#python .cm-content")).to_contain_text(url.rstrip("/"))


def twin(page: Page, name: str) -> list[list[str]]:
    """The numbers of a picture, read from its table."""
    details = page.locator(f"#{name} .twin")
    if not details.evaluate("details => details.open"):
        details.locator("summary").click()
    table = details.locator("table")
    expect(table).to_be_visible()
    return table.evaluate("table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))")


def number(text: str) -> tuple[float, float]:
    """A number as the page writes it, and half of the last digit that it shows."""
    text = text.replace("−", "-").replace(",", "")
    if text.endswith("∞"):
        return math.inf, 0.0
    mantissa, _, power = text.partition("·10")
    scale = 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)
    return float(mantissa) * scale, 0.501 * scale * 10.0 ** -len(mantissa.partition(".")[2])


def same(texts: Iterable[str], values: Iterable[float]) -> bool:
    """The texts are the values, to the digits that they show (and to those that a float32 has)."""
    pairs = list(zip(texts, values, strict=True))
    assert pairs
    for text, value in pairs:
        shown, half = number(text)
        assert shown == value or abs(shown - value) <= half + 2e-7 * abs(value), (text, value)
    return True


def same_table(shown: list[list[str]], rows: list[str], columns: list[str], table: torch.Tensor) -> bool:
    """A picture's table has these rows and columns, and these numbers."""
    head, *body = shown
    assert head[1:] == columns
    assert [row[0] for row in body] == rows
    return same((text for row in body for text in row[1:]), table.flatten().tolist())


# ---- two ways


def test_two_ways_every_layer_of_every_map_is_the_table(page, url):
    view = open_link(page, url, Experiment(k=0.0, steps=30))
    chars, N = list(view.corpus.vocab.chars), view.corpus.N
    layers = {
        "counted": {"N": N, "P": view.P, "logP": -view.P.log()},
        "descended": {"N": N, "P": view.Q, "logP": -view.Q.log(), "W": view.W},
        "difference": {"difference": (view.P - view.Q).abs()},
    }
    for picture, tables in layers.items():
        for key, table in tables.items():
            if len(tables) > 1:
                page.locator(f"#{picture} .layers input[value={key}]").check()
            expect(page.locator(f"#{picture} [data-layer]")).to_have_attribute("data-layer", key)
            assert same_table(twin(page, picture), chars, chars, table)

    head, *rows = twin(page, "gaps")
    assert [row[0] for row in rows] == chars
    assert same([row[1] for row in rows], lab.row_gaps(view).tolist())
    assert sum(float(row[1]) for row in rows) == pytest.approx(lab.summary(view)["gap"], abs=len(rows) * 5e-7)
    expect(page.locator("#gaps .note")).to_contain_text(f"{lab.summary(view)['gap']:+.6f}")

    head, *rows = twin(page, "curve")
    assert head == ["steps taken", "loss = NLL + L2", "NLL", "NLL of the counted table"]
    floor = [lab.summary(view)["counted_nll"]] * len(rows)
    for column, values in enumerate((view.steps, view.objective, view.nll, floor)):
        assert same([row[column] for row in rows], values)


def test_two_ways_read_outs_and_the_log_scale(page, url):
    view = open_link(page, url, Experiment(steps=30))
    canvas, readout = page.locator("#counted canvas"), page.locator("#counted .readout")
    e, m = view.corpus.vocab.encode("em").tolist()

    def expect_pair(i: int, j: int) -> None:
        expect(readout.locator("b")).to_have_text([view.corpus.vocab.chars[i], view.corpus.vocab.chars[j]])
        facts = [readout.locator(f"[data-key={key}]").inner_text().split()[-1] for key in ("N", "P", "logP")]
        p = view.P[i, j].item()
        assert same(facts, [view.corpus.N[i, j].item(), p, -math.log(p)])

    left, top, cell = (float(canvas.get_attribute(f"data-{key}")) for key in ("left", "top", "cell"))
    canvas.hover(position={"x": left + (m + 0.5) * cell, "y": top + (e + 0.5) * cell})
    expect_pair(e, m)
    expect(page.locator("#descended .readout b")).to_have_text(["e", "m"])
    canvas.focus()
    page.keyboard.press("ArrowDown")
    expect_pair(e + 1, m)
    page.keyboard.press("ArrowLeft")
    expect_pair(e + 1, m - 1)

    log = page.locator("#curve .toggle")
    log.click()
    expect(log).to_have_attribute("aria-pressed", "true")
    stage = page.locator("#curve .stage")
    stage.focus()
    page.keyboard.press("End")
    fact = page.locator("#curve .readout .fact")
    expect(fact).to_have_count(1)
    assert same([fact.inner_text().split()[-1]], [lab.summary(view)["gap"]])
    log.click()
    stage.focus()
    page.keyboard.press("End")
    expect(fact).to_have_count(3)


def test_reset_shows_the_start_and_a_new_seed_another_run(page, url):
    e = Experiment(steps=30)
    view = open_link(page, url, e)
    press(page, "Reset")
    expect_figures(page, lab.reset(view))
    W = bigram.initial_weights(view.corpus.V, 2, e.seed).double()
    start = bigram.nll_counts(W, view.corpus.N).item()
    expect(page.locator("#figures [data-key=descended_nll] .number")).to_have_text(f"{start:.6f}")
    assert [row[0] for row in twin(page, "curve")[1:]] == ["0"]

    press(page, "New seed")
    expect(box(page, "setting-seed")).not_to_have_value(str(e.seed))
    other = Experiment(steps=30, seed=int(box(page, "setting-seed").input_value()))
    expect_shown(page, other)
    assert page.url == url + other.query()


def test_at_order_3_the_maps_show_the_contexts_that_begin_with_a_chosen_character(page, url):
    view = open_link(page, url, Experiment(order=3, data="us-1880", steps=10))
    chars = list(view.corpus.vocab.chars)

    def expect_lead(lead: str, view: lab.View) -> None:
        rows = [lead + char for char in chars]
        part = slice(view.corpus.context(lead) * len(chars), (view.corpus.context(lead) + 1) * len(chars))
        expect(page.locator("#gaps .bar .label").first).to_have_text(rows[0])
        assert same_table(twin(page, "counted"), rows, chars, view.P[part])
        assert same_table(twin(page, "descended"), rows, chars, view.Q[part])
        assert same_table(twin(page, "difference"), rows, chars, (view.P - view.Q)[part].abs())
        assert same([row[1] for row in twin(page, "gaps")[1:]], lab.row_gaps(view)[part].tolist())

    expect_lead(".", view)
    open_tab(page, "smoothing")
    expect(page.locator("#orders").get_by_label("3")).to_be_checked()
    open_tab(page, "two-ways")
    page.locator("#lead input").click()
    page.get_by_role("option", name="m", exact=True).click()
    expect_lead("m", view)

    canvas = page.locator("#counted canvas")
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page, "context")).to_have_value("ma")
    expect(page.get_by_role("tab", name="Look inside")).to_have_attribute("aria-selected", "true")
    press(page, "One step of descent")
    expect(page.locator("#figures [data-key=descended_nll] dt")).to_have_text("NLL, descended, 11 steps")
    open_tab(page, "two-ways")
    expect(box(page, "lead")).to_have_value("m")
    expect_lead("m", lab.stepped(view))


# ---- look inside


def expect_inside(page: Page, view: lab.View, context: str, character: str) -> None:
    """The six charts are the forward and the backward pass, from the weights alone."""
    chars = list(view.corpus.vocab.chars)
    x, y = chars.index(context), chars.index(character)
    row = view.W[x].double().requires_grad_()
    p = row.exp() / row.exp().sum()
    (slope,) = torch.autograd.grad(-p[y].log(), row)
    passes = {
        "onehot": [float(i == x) for i in range(len(chars))],
        "logits": row.tolist(),
        "exp": row.exp().tolist(),
        "p": p.tolist(),
        "surprise": (-p.log()).tolist(),
        "slope": slope.tolist(),
    }
    for name, values in passes.items():
        expect(page.locator(f"#{name} .bar.chosen .label")).to_have_text(context if name == "onehot" else character)
        _, *rows = twin(page, name)
        assert [row[0] for row in rows] == chars
        assert same([row[1] for row in rows], values)


def cards(page: Page, name: str) -> dict[str, str]:
    return dict(zip(*(page.locator(f"#{name} {part}").all_inner_texts() for part in ("dt", ".number"))))


def test_look_inside_shows_the_passes_of_a_pair_and_what_a_step_changes(page, url):
    e = Experiment(k=0.0, steps=30, tab="inside")
    view = open_link(page, url, e)
    chars, N = view.corpus.vocab.chars, view.corpus.N
    commonest = view.corpus.context_text(N.argmax().item() // len(chars)), chars[N.argmax().item() % len(chars)]
    expect_inside(page, view, *commonest)

    box(page, "context").fill("e")
    box(page, "character").fill("m")
    press(page, "Look")
    expect_inside(page, view, "e", "m")
    x, y = view.corpus.vocab.encode("em").tolist()
    shown = cards(page, "pair_figures")
    assert shown["count N"] == f"{N[x, y].item():,}"
    assert same(list(shown.values())[1:4], [view.P[x, y].item(), view.Q[x, y].item(), view.W[x, y].item()])

    press(page, "One step of descent")
    nll = partial(bigram.nll_counts, N=N)
    *_, (W, _) = bigram.descend(nll, view.W, 1, e.lr, e.l2)
    nlls = f"{nll(view.W.double()).item():.6f} → {nll(W.double()).item():.6f}"
    expect(page.locator("#pair_figures .number").last).to_have_text(nlls)
    shown = cards(page, "pair_figures")
    assert shown["weight W"] == f"{view.W[x, y].item():.4f} → {W[x, y].item():.4f}"
    assert shown["p, descended"] == f"{view.Q[x, y].item():.6f} → {W.double().softmax(1)[x, y].item():.6f}"
    assert shown["count N"] == f"{N[x, y].item():,}"
    after = lab.stepped(view)
    expect_inside(page, after, "e", "m")
    surprise = lab.score(after, "emma")["descended"]
    expect(page.locator("#score_descended .note")).to_contain_text(f"NLL {sum(surprise) / len(surprise):.4f} nats")
    expect(box(page, "link")).to_have_value(re.compile("steps=31&"))
    open_tab(page, "code")
    expect(page.locator("#python .cm-content")).to_contain_text("steps=31")
    open_tab(page, "inside")

    box(page, "character").fill("é")
    press(page, "Look")
    expect(page.locator("#notice")).to_contain_text("é")
    box(page, "context").fill("em")
    press(page, "Look")
    expect(page.locator("#notice")).to_contain_text("1 characters before and 1 after")
    box(page, "context").fill("e")
    box(page, "character").fill("m")
    press(page, "Look")
    expect(refusals(page)).to_have_count(0)


def test_a_click_on_a_map_looks_inside_and_a_name_is_scored_by_both_tables(page, url):
    view = open_link(page, url, Experiment(k=0.0, steps=30))
    chars = view.corpus.vocab.chars
    canvas = page.locator("#difference canvas")
    left, top, cell = (float(canvas.get_attribute(f"data-{key}")) for key in ("left", "top", "cell"))
    i, j = chars.index("q"), chars.index("u")
    canvas.click(position={"x": left + (j + 0.5) * cell, "y": top + (i + 0.5) * cell})
    expect(page.get_by_role("tab", name="Look inside")).to_have_attribute("aria-selected", "true")
    expect(box(page, "context")).to_have_value("q")
    expect_inside(page, view, "q", "u")

    def expect_score(name: str) -> None:
        for picture, P in (("score_counted", view.P), ("score_descended", view.Q)):
            xs, ys = bigram.ngrams([name], view.corpus.vocab)
            labels = [f"{a}→{b}" for a, b in zip("." + name, name + ".")]
            expect(page.locator(f"#{picture} .bar .label")).to_have_text(labels)
            assert same([row[1] for row in twin(page, picture)[1:]], (-P[xs, ys].log()).tolist())

    expect_score("emma")
    box(page, "typed").fill("andrejq")
    press(page, "Score")
    expect_score("andrejq")
    assert [row[1] for row in twin(page, "score_counted")[1:]].count("∞") == 1
    reason = page.locator("#score_counted .note")
    expect(reason).to_contain_text("The pair j→q never occurs in the words, so its probability is 0")
    expect(reason).to_contain_text("Smoothing k above 0")
    expect(page.locator("#score_descended .note")).to_contain_text("nats per character")

    for name, sentence in (("zoé", "é"), ("", "Type one"), ("Emma", "type emma.")):
        box(page, "typed").fill(name)
        box(page, "typed").press("Enter")
        expect(page.locator("#score_notice p").last).to_contain_text(sentence)
    box(page, "typed").fill("ava")
    press(page, "Score")
    expect_score("ava")
    expect(page.locator("#score_notice p")).to_have_count(0)


# ---- sampling


def expect_walk(page: Page, view: lab.View, table: torch.Tensor, seed: int) -> str:
    """The walk shown is the first name of this seed, draw by draw; the name."""
    vocab = view.corpus.vocab
    name = bigram.sample(table, vocab, 1, seed)[0]
    draws = bigram.trace(table, vocab, seed)
    expect(page.locator("#walk .count")).to_have_text(f"step 1 of {len(name) + 1}")
    details = page.locator("#walk .twin")
    if details.evaluate("details => details.open"):
        expect(details.locator("caption")).to_have_text(f"How {name} was drawn")
    _, *rows = twin(page, "walk")
    assert [row[3] for row in rows] == [*name, "."]
    assert [row[1] for row in rows] == [".", *name]
    for row, draw in zip(rows, draws, strict=True):
        y = draw.character
        borders = [0.0, *draw.cumulative.tolist()][y : y + 2]
        assert same([row[2], *row[4:]], [draw.u, *borders, *draw.row.tolist()])
    return name


def test_sampling_walks_the_names_of_trace(page, url):
    view = open_link(page, url, Experiment(steps=30, tab="sampling"))
    name = expect_walk(page, view, view.P, 2147483647)
    count, readout = page.locator("#walk .count"), page.locator("#walk .readout")
    for step in range(2, len(name) + 2):
        press(page, "Step")
        expect(count).to_have_text(f"step {step} of {len(name) + 1}")
        expect(page.locator("#walk [data-state]")).to_have_attribute("data-state", "rest")
    expect(page.locator("#walk .onward")).to_be_disabled()
    known = "it stands in the training list" if name in view.corpus.train else "it is new"
    expect(readout).to_contain_text(f"The name is {name}; {known}")
    press(page, "Again")
    expect(count).to_have_text(f"step 1 of {len(name) + 1}")
    press(page, "Play")
    expect(count).to_have_text(f"step 2 of {len(name) + 1}")
    press(page, "Pause")

    box(page, "walk_seed").fill("4")
    page.get_by_role("radio", name="descended").check()
    expect_walk(page, view, view.Q, 4)
    press(page, "Another name")
    expect(box(page, "walk_seed")).not_to_have_value("4")
    expect_walk(page, view, view.Q, int(box(page, "walk_seed").input_value()))

    known = next(
        seed for seed in range(10_000) if bigram.sample(view.Q, view.corpus.vocab, 1, seed)[0] in view.corpus.train
    )
    box(page, "walk_seed").fill(str(known))
    press(page, "Draw")
    name = expect_walk(page, view, view.Q, known)
    for _ in name:
        press(page, "Step")
        expect(page.locator("#walk [data-state]")).to_have_attribute("data-state", "rest")
    expect(readout).to_contain_text(f"The name is {name}; it stands in the training list")

    for seed in ("-1", "emma", "9" * 30):
        box(page, "walk_seed").fill(seed)
        box(page, "walk_seed").press("Enter")
        expect(page.locator("#walk_notice p")).to_contain_text("must be a whole number from 0 to 2^63 − 1")
        assert name in readout.inner_text()


# ---- smoothing


def test_smoothing_sweeps_k_and_l2_and_the_test_words_answer_once(page, url):
    e = Experiment(data="us-1880", steps=20, tab="smoothing")
    open_link(page, url, e)
    page.locator("#orders").get_by_label("3").check()
    press(page, "Sweep k and L2")
    expect(page.locator("#sweep_l2 .line")).to_have_count(2)
    for picture, sweeps in (
        ("sweep_k", [lab.sweep_k(e), lab.sweep_k(e.model_copy(update={"order": 3}))]),
        ("sweep_l2", [lab.sweep_l2(e)]),
    ):
        head, *rows = twin(page, picture)
        columns = {name: [row[at] for row in rows] for at, name in enumerate(head)}
        for sweep in sweeps:
            assert same(columns[sweep.setting], sweep.values)
            assert same(columns[f"train, order {sweep.order}"], sweep.train)
            assert same(columns[f"dev, order {sweep.order}"], sweep.dev)
            best = f"best {sweep.setting} = {sweep.values[sweep.best]:g}"
            expect(page.locator(f"#{picture} .plot text").filter(has_text=best)).not_to_have_count(0)

    press(page, "Score the test words (once)")
    sentences = page.locator("#test p")
    expect(sentences).to_have_count(1)
    words = bigram.split(bigram.load("us-1880"), 0)
    vocab = bigram.Vocab.from_words(bigram.load("us-1880"))
    N, held_out = (bigram.count(*bigram.ngrams(part, vocab), len(vocab)) for part in (words[0], words[2]))
    loss = f"{bigram.nll_counts(bigram.probabilities(N, 1.0).log(), held_out).item():.6f}"
    expect(sentences).to_contain_text(f"{loss} nats per character")
    press(page, "Score the test words (once)")
    expect(sentences).to_have_count(2)
    expect(sentences.first).to_contain_text(loss)
    expect(sentences.last).to_contain_text("The test set was used")

    box(page, "setting-data").click()
    page.get_by_role("option", name="US names of 2018").click()
    press(page, "Train")
    for what in ("#sweep_k .plot", "#sweep_l2 .plot", "#test p"):  # of other words
        expect(page.locator(what)).to_be_hidden()
    press(page, "Score the test words (once)")
    expect(sentences).to_have_count(1)
    expect(sentences).to_contain_text(f"{lab.test_loss(Experiment()):.6f} nats per character")


# ---- speed


def test_speed_times_the_four_forms(page, url):
    page.goto(url + "?tab=speed")
    page.locator("#time_n input").click()
    page.get_by_role("option", name="1000", exact=True).click()
    press(page, "Time them")
    for picture in ("forward", "both"):
        expect(page.locator(f"#{picture} .bar .label")).to_have_text(list(bigram.FORMS))
        texts = [row[1] for row in twin(page, picture)[1:]]
        assert all(re.match(r"\d+\.\d{3} ms", text) for text in texts), texts


# ---- code


def code(page: Page, name: str) -> str:
    """The text of a code box; the window is high enough to show it all."""
    return "\n".join(page.locator(f"#{name} .cm-line").all_text_contents())


def test_code_shows_the_script_and_the_calls_and_gives_the_files(new_page, url):
    page = new_page(height=2600)
    e = Experiment(data="own", words="emma\nolivia\nava\n=1+1", lr=2.0, order=3, steps=30, tab="code")
    view = open_link(page, url, e)
    expect(page.locator("#script .cm-content")).to_contain_text("olivia")
    assert code(page, "script").rstrip() == export.script(e).rstrip()
    assert code(page, "python").rstrip() == export.python_call(e, url).rstrip()
    assert code(page, "curl").rstrip() == export.curl_call(e, url).rstrip()

    press(page, "Make the files: both tables (CSV), weights (safetensors)")
    links = page.locator("#files a")
    expect(links).to_have_count(3)
    files = {}
    for link in links.all():
        with page.expect_download() as download:
            link.click()
        files[download.value.suggested_filename] = Path(download.value.path()).read_bytes()
    for which in ("counted", "descended"):
        assert files[f"{which}.csv"].decode() == export.table_csv(view, which)
    W, N, P, vocab, metadata = export.load_weights(files["bigram.safetensors"])
    assert torch.equal(W, view.W)
    assert torch.equal(N, view.corpus.N)
    assert torch.equal(P, view.P)
    assert metadata["link"] == url + e.query()
    for column, table in ((1, P), (2, W.double().softmax(1))):
        drawn = bigram.sample(table, vocab, e.draws, e.draw_seed)
        open_tab(page, "two-ways")
        assert page.locator(f"#names tbody td:nth-child({column}) .name").all_inner_texts() == drawn


# ---- lessons


def plain(text: str) -> str:
    """Text without what Markdown and the page do to spaces."""
    return " ".join(text.replace("*", "").split())


def expect_plain(locator: Locator, text: str) -> None:
    expect(locator).to_be_visible()
    assert plain(locator.inner_text()) == plain(text)


def test_every_lesson_asks_runs_and_explains_and_its_link_opens_the_same(page, url):
    page.goto(url)
    open_fold(page, "lessons")
    for i, lesson in enumerate(LESSONS, 1):
        box(page, "lesson").click()
        page.get_by_role("option", name=f"{i}. {lesson.title}", exact=True).click()
        expect(page.locator("#question")).to_have_text(lesson.question)
        choices = page.locator("#prediction").get_by_role("radio")
        expect(choices).to_have_count(len(lesson.choices))
        expect(page.locator("#explained")).to_be_hidden()
        guess = 0 if i % 2 else lesson.right
        choices.nth(guess).check()
        press(page, "Run this lesson")

        expect(page.locator("#explained > button")).to_be_visible()
        said = "You predicted it:" if guess == lesson.right else f"You predicted “{lesson.choices[guess]}”. It is:"
        expect_plain(page.locator("#verdict"), f"{said} {lesson.choices[lesson.right]} {lesson.look}")
        expect_opened(page, url, lesson)
        page.locator("#explained > button").click()
        expect_plain(page.locator("#explanation"), explain(lesson))
    for lesson in LESSONS:
        settle(page, url)
        page.goto(url + lesson.experiment.query())
        expect_opened(page, url, lesson)


def expect_opened(page: Page, url: str, lesson: Lesson) -> None:
    e = lesson.experiment
    tab = page.get_by_role("tab", name=TITLES[e.tab])
    expect(tab).to_have_attribute("aria-selected", "true")
    if e.tab != "two-ways":
        open_tab(page, "two-ways")
    expect_shown(page, e)
    assert page.url == url + e.query()


def test_the_lesson_on_sampling_walks_through_the_name_that_it_explains(page, url):
    """The box of the seed and the walk are those of the lesson, whether it is run or its link is opened."""
    number, lesson = next((i, lesson) for i, lesson in enumerate(LESSONS, 1) if lesson.key == "sampling")
    e, facts = lesson.experiment, lesson.facts(lesson.experiment)

    def expect_names():
        view = lab.trained(e)
        expect(box(page, "walk_seed")).to_have_value(str(e.draw_seed))
        for kind, table in (("descended", view.Q), ("counted", view.P)):
            page.get_by_role("radio", name=kind).check()
            assert expect_walk(page, view, table, e.draw_seed) + "." == facts[kind]

    open_link(page, url, e)
    expect_names()
    page.goto(url)
    open_fold(page, "lessons")
    box(page, "lesson").click()
    page.get_by_role("option", name=f"{number}. {lesson.title}", exact=True).click()
    press(page, "Run this lesson")
    expect(page.locator("#explained")).to_be_visible()
    expect_names()


# ---- links


def test_a_link_opens_its_tab_and_leaves_out_what_it_hides(page, url):
    hidden = ("k", "lr", "lessons")
    e = Experiment(tab="sampling", hide=",".join(sorted(hidden)), steps=20)
    page.goto(url + "?" + urlencode({"steps": 20, "tab": "sampling", "hide": ",".join(hidden)}))
    expect(page.locator("#walk .count")).to_be_visible()
    expect(box(page, "link")).to_have_value(re.compile("tab=sampling&hide="))
    for selector in ("#setting-k", "#setting-lr", "#lessons"):
        expect(page.locator(selector)).to_be_hidden()
    for selector in ("#setting-order", "#setting-steps", "#train", "#share"):
        expect(page.locator(selector)).to_be_visible()
    assert box(page, "link").input_value() == url + Experiment.parse(dict(e)).query()


def test_an_embedded_page_is_bare_and_fits_a_slide(page, url):
    e = Experiment(steps=20, embed="1")
    page.set_content(f'<iframe src="{url}{e.query()}" width="960" height="600"></iframe>')
    frame = page.frame_locator("iframe")
    number = f"{lab.summary(lab.trained(e))['descended_nll']:.6f}"
    expect(frame.locator("#figures [data-key=descended_nll] .number")).to_have_text(number)
    for selector in ("#controls", "#lessons", "#title", "footer"):
        expect(frame.locator(selector).first).to_be_hidden()
    for title in TITLES.values():
        frame.get_by_role("tab", name=title).click()
        width, room = frame.locator("html").evaluate("html => [html.scrollWidth, html.clientWidth]")
        assert width <= room, title


def test_sharing_writes_the_link_and_draws_its_qr_code(page, url):
    open_link(page, url, Experiment(steps=20))
    open_fold(page, "share")
    box(page, "setting-tab").click()
    page.get_by_role("option", name="Speed").click()
    page.locator("#setting-hide").get_by_label("seed", exact=True).check()
    link = url + Experiment(steps=20, tab="speed", hide="seed").query()
    expect(box(page, "link")).to_have_value(link)
    assert page.url == url + Experiment(steps=20, tab="speed").query()  # who hides for others still sees it
    press(page, "QR code of the link")
    drawn = page.locator("#qr svg path")
    expect(drawn).to_have_count(2)
    assert [path.get_attribute("d") for path in drawn.all()] == re.findall(r' d="([^"]*)"', export.qr_svg(link))
    page.locator("#setting-hide").get_by_label("k", exact=True).check()
    expect(drawn).to_have_count(0)  # it was that of another link


def test_who_embeds_for_others_keeps_the_controls(page, url):
    """And who was sent an embedded page keeps it: what either shares or runs does not change what is hidden here."""
    open_link(page, url, Experiment(steps=20))
    open_fold(page, "share")
    box(page, "setting-embed").click()
    page.get_by_role("option", name="yes").click()
    expect(box(page, "link")).to_have_value(url + Experiment(steps=20, embed="1").query())
    settle(page, url)
    page.reload()
    expect(page.locator("#controls")).to_be_visible()
    expect(page.locator("footer")).to_be_visible()
    settle(page, url)

    e = Experiment(steps=20, hide="lessons,lr")
    open_link(page, url, e)
    settle(page, url)
    box(page, "setting-steps").fill("30")
    press(page, "Train")
    expect(box(page, "link")).to_have_value(url + e.model_copy(update={"steps": 30}).query())
    expect(page.locator("#python .cm-content")).to_contain_text("steps=30")
    page.reload()
    expect(page.locator("#setting-steps")).to_be_visible()
    expect(page.locator("#setting-lr")).to_be_hidden()


def test_a_link_of_a_long_list_asks_for_the_list_and_knows_it(page, url):
    names = bigram.load("us-1880")
    words, others = "\n".join(names[:600]), "\n".join(names[-600:])
    e = Experiment(data="own", words=words, steps=20)
    assert "sha=" + sha256(words) in e.query()
    page.goto(url + e.query())
    expect(page.locator("#notice")).to_contain_text("Paste or upload that list as own words.")
    expect(page.locator("#figures .number").first).not_to_be_empty()
    put(box(page, "setting-words"), others)
    press(page, "Train")
    expect(page.locator("#notice")).to_contain_text("These are not the words of the link")
    expect(box(page, "setting-sha")).to_have_value(sha256(words))
    put(box(page, "setting-words"), words)
    press(page, "Train")
    expect_shown(page, e)
    expect(page.locator("#notice p")).to_have_count(0)
    box(page, "setting-sha").fill("")
    put(box(page, "setting-words"), others)
    press(page, "Train")
    expect_shown(page, Experiment(data="own", words=others, steps=20))


# ---- hostile input

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "${alert(1)}",
    "{{7*7}}",
    "{{constructor['constructor']('alert(1)')()}}",
    "`+alert(1)+`",
    "\" onmouseover='alert(1)'",
    "[x](javascript:alert(1))",
    "\u202eשלום",
    "e\u0301\u0301",
    "👩‍👧",
    "=1+1",
)


def refusals(page: Page, notice: str = "notice") -> Locator:
    return page.locator(f"#{notice} .error p")


def test_hostile_words_stay_text_on_every_tab(page, url):
    common = {"data": "own", "lr": 2.0, "draws": 4, "steps": 20}
    by_link, e = (Experiment(words="\n".join(words), **common) for words in (HOSTILE[::-1], HOSTILE))
    for typed in (False, True):
        if typed:
            box(page, "setting-words").fill(e.words)
            press(page, "Train")
        else:
            page.goto(url + by_link.query())
        view = expect_shown(page, e if typed else by_link)
        for column, table in ((1, view.P), (2, view.Q)):
            drawn = bigram.sample(table, view.corpus.vocab, e.draws, e.draw_seed)
            assert page.locator(f"#names tbody td:nth-child({column}) .name").all_text_contents() == drawn
    chars = view.corpus.vocab.chars
    assert len(twin(page, "counted")) == min(len(chars), show.SHOWN) + 1

    open_tab(page, "inside")
    for name in HOSTILE:
        box(page, "typed").fill(name)
        press(page, "Score")
        labels = [f"{a}→{b}" for a, b in zip("." + name, name + ".")]
        carried = [f"◌{label}" if unicodedata.combining(label[0]) else label for label in labels]
        expect(page.locator("#score_counted .bar .label")).to_have_text(carried)
        xs, ys = bigram.ngrams([name], view.corpus.vocab)
        assert same(page.locator("#score_counted .bar .text").all_inner_texts(), (-view.P[xs, ys].log()).tolist())
    for pair in ("<>", "'(", "e\u0301", "💩x"):
        box(page, "context").fill(pair[0])
        box(page, "character").fill(pair[1:])
        press(page, "Look")
        if set(pair) <= set(chars):
            expect(page.locator("#slope .bar.chosen .label")).to_contain_text(pair[1:])
        else:
            expect(refusals(page)).to_contain_text(pair[0])

    open_tab(page, "sampling")
    for seed in range(3):
        box(page, "walk_seed").fill(str(seed))
        press(page, "Draw")
        draws = bigram.trace(view.P, view.corpus.vocab, seed)
        expect(page.locator("#walk .count")).to_have_text(f"step 1 of {len(draws)}")
        expect(page.locator("#walk .readout")).to_contain_text(f"u = {draws[0].u:.4f}")
        assert same([row[2] for row in twin(page, "walk")[1:]], [draw.u for draw in draws])
    open_tab(page, "smoothing")
    press(page, "Sweep k and L2")
    expect(page.locator("#sweep_l2 .line")).to_have_count(2)
    open_tab(page, "speed")
    open_tab(page, "code")
    expect(page.locator("#script .cm-content")).to_contain_text("alert(1)")
    assert page.locator("img[src=x], iframe, gradio-app script:not([src])").count() == 0


def test_hostile_text_in_any_box_or_link_is_refused_in_a_sentence(page, url):
    bad = HOSTILE[0]
    keys = [key for key in Experiment.model_fields if key not in ("words", "hide")]
    page.goto(url + "?" + urlencode({key: bad for key in keys} | {"hide": "k," + bad, "__proto__": bad, bad: bad}))
    expect(refusals(page)).to_have_count(len(keys) + 1)
    expect_figures(page, lab.trained(Experiment()))
    for sentence in refusals(page).all_text_contents():
        assert "<img src=x" in sentence or "hide" in sentence

    for text in (bad, "", "1e999", "NaN", "true", str(2**64)):
        box(page, "setting-seed").fill(text)
        press(page, "Train")
        expect(refusals(page)).to_have_count(1)
        what = f"'{text}' is not." if text else "nothing was given."
        expect(refusals(page)).to_have_text(f"Seed of W (seed) must be a whole number from 0 to 2^63 − 1; {what}")
    box(page, "setting-seed").fill("1")
    for words, sentence in (
        ("{{constructor.constructor('alert(1)')()}}", "boundary"),
        ("", "no own words yet"),
        (" \n \n", "no own words yet"),
        ("x" * 2_000_001, "text of at most 2,000,000 characters"),
    ):
        box(page, "setting-data").click()
        page.get_by_role("option", name="own words").click()
        put(box(page, "setting-words"), words)
        press(page, "Train")
        expect(refusals(page)).to_contain_text(sentence)
    expect_figures(page, lab.trained(Experiment()))

    open_tab(page, "inside")
    box(page, "typed").fill(bad)
    press(page, "Score")
    expect(refusals(page, "score_notice")).to_contain_text("'<'")
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("words", ["\n".join(f"name{i}" for i in range(10_000)), "na" * 2_500], ids=["many", "long"])
def test_ten_thousand_names_and_a_name_of_five_thousand_characters_are_shown(page, url, words):
    e = Experiment(data="own", words=words, steps=20, lr=2.0, draws=3)
    page.goto(url + "?steps=20&lr=2&draws=3")
    expect(box(page, "link")).to_have_value(re.compile("draws=3"))
    box(page, "setting-data").click()
    page.get_by_role("option", name="own words").click()
    put(box(page, "setting-words"), words)
    press(page, "Train")
    expect_shown(page, e)
    open_tab(page, "inside")
    name = words.split("\n")[-1]
    box(page, "typed").fill(name)
    press(page, "Score")
    expect(page.locator("#score_counted .note")).to_contain_text("nats per character")
    assert len(twin(page, "score_counted")) == len(name) + 2
    for tab in TABS[2:]:
        open_tab(page, tab)
    width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room


RESERVED = ("page", "deep_link", "view", "lang", "__theme", "__sign", "session_hash", "fn_index")  # Gradio's own
NASTY = ("", "NaN", "-1", "true", "1e400", "0x10", "%00", "٣", "1_0", " 7 ", *HOSTILE)
SOUND = {  # of each setting, small enough to train at once
    "data": ("us-1880", "own", "lecture"),
    "words": ("emma\nava", "a"),
    "sha": ("0" * 64,),
    "order": ("2", "3"),
    "steps": ("1", "20"),
    "l2": ("0", "1e-3"),
    "form": ("rows", "onehot", "gather"),
    "split": ("0", "5"),
    "draws": ("1", "200"),
    "tab": TABS,
    "hide": ("k,lr", "controls"),
    "embed": ("1",),
}
KEYS = st.sampled_from([*Experiment.model_fields, "v", "x"]) | st.text(max_size=8).filter(
    lambda key: key not in RESERVED
)


def values_of(key: str) -> st.SearchStrategy[tuple[str, str]]:
    anything = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    sound = st.sampled_from(SOUND[key]) if key in SOUND else st.integers(0, 60).map(str)
    return st.tuples(st.just(key), sound | anything)


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.lists(KEYS.flatmap(values_of), min_size=1, max_size=8))
def test_any_link_opens_a_filled_page(page, url, query):
    page.goto(url + "?" + urlencode(query))
    expect(box(page, "link")).to_have_value(re.compile(r"\?v=1"))
    if page.get_by_role("tab", name="Two ways").get_attribute("aria-selected") != "true":
        open_tab(page, "two-ways")
    expect(page.locator("#figures .number")).to_have_count(5)
    assert all(re.search(r"\d", text) for text in page.locator("#figures .number").all_inner_texts())
    expect(page.locator("#counted [data-layer]")).to_be_attached()
    settle(page, url)
