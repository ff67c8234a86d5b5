"""Each screen in a real browser, number by number, against plain loops."""

import csv
import itertools
import math
import re
from collections.abc import Iterator, Sequence

import pytest
import torch
from playwright.sync_api import Page, expect
from safetensors.torch import load_file

import bigram
from demo.experiment import TABS, Experiment
from tests import plain, plain_numbers
from tests.browser.test_page import FILLED
from tests.browser.visitor import box, numbers_of, open_lab, open_tab, press, wait_for

pytestmark = pytest.mark.browser
E = Experiment(data="us-1880", k=0.0, steps=30, draws=5, draw_seed=5)
WORDS = bigram.load("us-1880")
CHARS, N = plain.characters(WORDS), plain.table(WORDS)
P = plain.smoothed(N, 0.0)
LAYERS = {"count": "count", "probability": "probability", "surprise": "−log p", "weight": "W"}


@pytest.fixture(scope="module")
def way() -> list[list[list[float]]]:
    """The weights of E and of one step more."""
    return plain.descent(N, E.seed, E.steps + 1, E.lr, E.l2)


def softmax(W: list[list[float]]) -> list[list[float]]:
    return [plain.softmax(row) for row in W]


def surprise(p: float) -> float:
    return -math.log(p) if p else math.inf


def same(texts: Sequence[str], numbers: Sequence[float]) -> None:
    """The texts are the numbers, to the digits that they show; the server's weights are float32."""
    for text, number in zip(texts, numbers, strict=True):
        more = 1e-5 + 2e-5 * abs(number) if math.isfinite(number) else 0
        assert plain_numbers.close(text, number, more), (text, number)


def stage_is(page: Page, view: str, layer: str, table: list[list[float]]) -> None:
    """The stage shows this table, as it stands beside it cell by cell."""
    for choice in (view, layer):
        page.locator(f"#two-ways input[value={choice}]").check(force=True)  # the switch lies over its button
    head, *rows = numbers_of(page.locator("#two-ways"))
    assert head == [LAYERS[layer], *CHARS]
    assert [row[0] for row in rows] == list(CHARS)
    for row, numbers in zip(rows, table, strict=True):
        same(row[1:], numbers)


def bars_are(page: Page, name: str, labels: Sequence[str], numbers: Sequence[float]) -> None:
    _, *rows = numbers_of(page.locator(f"#{name}"))
    assert [row[0] for row in rows] == list(labels)
    same([row[1] for row in rows], numbers)


def test_every_layer_of_every_view_is_its_table(page, url, way):
    page.goto(url + E.query())
    expect(page.locator("#two-ways .names .name")).not_to_have_count(0)
    Q, totals = softmax(way[30]), [sum(row) for row in N]
    layers = {
        "count": (N, [[total * q for q in row] for total, row in zip(totals, Q)]),
        "probability": (P, Q),
        "surprise": tuple([[surprise(p) for p in row] for row in table] for table in (P, Q)),
    }
    for layer, (counted, descended) in layers.items():
        stage_is(page, "counted", layer, counted)
        stage_is(page, "descended", layer, descended)
        apart = [[a - b for a, b in zip(*rows)] for rows in zip(counted, descended)]
        stage_is(page, "difference", layer, apart)
    stage_is(page, "descended", "weight", way[30])

    page.get_by_text("What each row adds to the gap", exact=True).click()
    gaps = page.locator("#two-ways details.twin").nth(1).locator("tbody td")
    expect(gaps).to_have_count(len(N))
    logs = [[x and x * math.log(p / q) for x, p, q in zip(*rows)] for rows in zip(N, P, Q)]
    same(gaps.all_text_contents(), [sum(row) / sum(totals) for row in logs])

    for column, table in enumerate((Q, P), start=1):  # in their order, also where the two lists are aligned
        drawn = page.locator(f"#two-ways .names tbody td:nth-child({column}) .name").all_text_contents()
        assert [name.replace("(no letter)", "") for name in drawn] == plain.names(table, CHARS, 5, 5)


def test_a_moment_of_the_descent_is_read_on_the_curve_in_the_row_and_at_the_cell(page, url, way):
    page.goto(url + E.query())
    plot, canvas = page.locator("#two-ways svg.plot"), page.locator("#two-ways canvas")
    expect(page.locator("#two-ways .clock")).to_have_text("step 30 of 30")
    canvas.focus()
    for key in ("ArrowDown", "End", "ArrowLeft", "Enter"):  # the row of a, the last but one character
        page.keyboard.press(key)
    i, j = 1, len(CHARS) - 2
    expect(page.locator("#two-ways .spoken")).to_contain_text(f"{CHARS[i]}, then {CHARS[j]}. count, expected")
    left, right = (float(plot.get_attribute(f"data-{side}")) for side in ("left", "right"))
    frame = plot.bounding_box()
    page.mouse.move(frame["x"] + left, frame["y"] + 20)
    page.mouse.down()
    for step in (0, 7, 22):
        page.mouse.move(frame["x"] + left + (right - left) * step / 30, frame["y"] + 20)
        expect(page.locator("#two-ways .clock")).to_have_text(f"step {step} of 30")
        q = plain.softmax(way[step][i])[j]
        expect(page.locator("#two-ways .row .descended").last).to_be_visible()
        same([page.locator("#two-ways .row p span.descended").inner_text().removeprefix("p ")], [q])
    page.mouse.up()
    loss = plain.nll(softmax(way[22]), N)
    expect(page.locator("#two-ways .scrubber")).to_have_attribute("aria-valuetext", f"step 22 of 30, NLL {loss:.4f}")
    same([page.locator("#two-ways [data-key=descended_nll]").get_attribute("title")], [loss])

    at = canvas.evaluate("c => ['left', 'top', 'cell'].map(key => Number(c.dataset[key]))")
    canvas.hover(position={"x": at[0] + (j + 0.5) * at[2], "y": at[1] + (i + 0.5) * at[2]})
    cells = page.locator("#two-ways .tip tr")
    same(cells.filter(has_text=re.compile("^p")).locator("td").all_text_contents(), [P[i][j], q])
    same(cells.filter(has_text="−log p").locator("td").all_text_contents(), [surprise(P[i][j]), surprise(q)])

    near = page.get_by_label("last 40 steps")
    expect(near).to_be_hidden()  # a short run is drawn step by step as it is
    box(page, "setting-steps").fill("240")
    press(page, "Train")
    expect(page.locator("#status")).to_have_text("Trained: 240 steps.")
    near.check()
    left, right = (float(plot.get_attribute(f"data-{side}")) for side in ("left", "right"))
    plot.click(position={"x": (left + right) / 2, "y": 60})
    expect(page.locator("#two-ways .clock")).to_have_text("step 220 of 240")
    page.locator("#two-ways .scrubber").press("Home")
    expect(page.locator("#two-ways .clock")).to_have_text("step 200 of 240")
    page.get_by_role("button", name="One step back").click()
    expect(page.locator("#two-ways .clock")).to_have_text("step 199 of 240")
    expect(near).not_to_be_checked()  # a moment before the last steps is shown among all


def test_look_inside_shows_the_six_passes_and_the_product(page, url, way):
    page.goto(url + E.query() + "&tab=inside")
    expect(page.locator("#slope .bar.chosen")).to_be_visible()
    page.locator("#context").fill("n")
    page.locator("#character").fill("a")
    press(page, "Look")
    x, y = CHARS.index("n"), CHARS.index("a")
    expect(page.locator("#onehot .bar.chosen .label")).to_have_text("n")
    W = way[30]
    p = plain.softmax(W[x])
    bars_are(page, "onehot", CHARS, [float(row == x) for row in range(len(CHARS))])
    bars_are(page, "logits", CHARS, W[x])
    bars_are(page, "exp", CHARS, list(map(math.exp, W[x])))
    bars_are(page, "p", CHARS, p)
    bars_are(page, "surprise", CHARS, list(map(surprise, p)))
    bars_are(page, "slope", CHARS, [q - (column == y) for column, q in enumerate(p)])
    expect(page.locator(".bar.chosen .label")).to_have_text(["n", *"aaaaa"])

    head, *rows = numbers_of(page.locator("#product"))
    assert head == ["row", "one-hot", *CHARS]
    assert [row[:2] for row in rows] == [[char, str(int(char == "n"))] for char in CHARS]
    for row, weights in zip(rows, W):
        same(row[2:], weights)
    expect(page.locator("#product .product")).to_have_attribute("data-state", "rest")
    expect(page.locator("#product .logits rect:not(.border)")).to_have_count(len(CHARS))


def test_a_walk_is_a_name_of_its_table(page, url, way):
    page.goto(url + E.query() + "&tab=sampling")
    expect(page.locator("#walk .count")).to_be_visible()
    for which, table in (("counted", P), ("descended", softmax(way[30]))):
        page.locator(f"#sampling input[value={which}]").check()
        page.locator("#walk-seed").fill("11")
        press(page, "Draw")
        expect(page.locator("#walk .walk")).to_have_attribute("data-table", which)
        name = plain.names(table, CHARS, 1, 11)[0]
        expect(page.locator("#walk .count")).to_have_text(f"step 1 of {len(name) + 1}")
        _, *rows = numbers_of(page.locator("#walk"))
        generator = torch.Generator().manual_seed(11)
        for (step, context, u, drawn, low, high, *row), before, letter in zip(
            rows, f".{name}", f"{name}.", strict=True
        ):
            i, j = CHARS.index(before), CHARS.index(letter)
            assert (context, drawn) == (before, letter)
            same([u], [torch.rand((), dtype=torch.float64, generator=generator).item()])
            same([low, high, *row], [sum(table[i][:j]), sum(table[i][: j + 1]), *table[i]])
    press(page, "Another name")
    expect(page.locator("#walk-seed")).not_to_have_value("11")
    seed = page.locator("#walk-seed").input_value()
    expect(page.locator("#walk .title")).to_have_text(f"From the trained table, seed {seed}")
    page.locator("#walk-seed").fill("none")
    press(page, "Draw")
    expect(page.locator("#sampling .sentence.error")).to_contain_text("'none' is not")
    expect(page.locator("#walk .title")).to_have_text(f"From the trained table, seed {seed}")  # the last name stays
    expect(page.locator("#walk-seed")).to_have_value("none")


def test_a_seed_that_is_none_stops_no_training(page, url):
    page.goto(url + E.query() + "&tab=sampling")
    title = page.locator("#walk .title")
    expect(title).to_have_text("From the counted table, seed 5")
    page.locator("#walk-seed").fill("abc")
    press(page, "Draw")
    for steps in (7, 8):
        box(page, "setting-steps").fill(str(steps))
        press(page, "Train")
        expect(page.locator("#status")).to_have_text(f"Trained: {steps} steps.")
        expect(page.locator("#notice")).not_to_contain_text("seed")
    expect(title).to_have_text("From the counted table, seed 5")
    expect(page.locator("#sampling .sentence.error")).to_contain_text("'abc' is not")
    expect(page.locator("#walk-seed")).to_have_value("abc")

    page.locator("#sampling input[value=descended]").check()
    page.locator("#walk-seed").fill("9")
    press(page, "Draw")
    expect(title).to_have_text("From the trained table, seed 9")
    for key, value in (("lr", "1000"), ("l2", "100"), ("steps", "200")):  # then its weights are no numbers
        box(page, f"setting-{key}").fill(value)
    press(page, "Train")
    expect(page.locator("#status")).to_have_text("Trained: 200 steps.")
    expect(page.locator("#sampling .sentence.error")).to_contain_text("The trained table gives no names.")
    expect(page.locator("#walk .walk")).to_have_class(re.compile("empty"))  # never the name of another table


def test_names_that_were_drawn_are_collected(page, url, way):
    page.goto(url + E.query() + "&tab=sampling")
    chips = page.locator("#sampling .chip")
    title = page.locator("#walk .title")
    tables = {"counted": P, "descended": softmax(way[30])}
    drawn = []
    for table, seed in (("counted", 11), ("counted", 12), ("descended", 12), ("descended", 11)):
        page.locator(f"#sampling input[value={table}]").check()
        page.locator("#walk-seed").fill(str(seed))
        press(page, "Draw")
        which = {"counted": "counted", "descended": "trained"}[table]
        expect(title).to_have_text(f"From the {which} table, seed {seed}")
        name = plain.names(tables[table], CHARS, 1, seed)[0]
        drawn.append((name, "in the list" if name in WORDS else "new", table))
    while page.locator("#walk .onward").is_enabled():  # the name that is drawn is not told before its end
        assert chips.count() == 4
        page.locator("#walk .onward").click()
    expect(chips).to_have_count(5)  # the first is that of the experiment
    for (name, known, table), chip in zip(drawn, chips.all()[1:], strict=True):
        expect(chip).to_have_text((name or "(no letter)") + known)
        expect(chip).to_have_class(re.compile(table))
    expect(chips.last).to_have_attribute("aria-pressed", "true")

    chips.nth(1).click()
    expect(title).to_have_text("From the counted table, seed 11")
    expect(page.locator("#walk .play")).to_have_text("Pause")  # it is played again
    expect(chips).to_have_count(5)
    box(page, "setting-steps").fill("20")  # another trained table; the counted one stays
    press(page, "Train")
    expect(page.locator("#status")).to_have_text("Trained: 20 steps.")
    expect(chips.and_(page.locator(".descended"))).to_have_count(0)
    expect(chips).to_have_count(3)
    for count in (3, 4):  # a name that is not yet played to its end is not in the list
        before = title.inner_text()
        press(page, "Another name")
        expect(title).not_to_have_text(before)
        assert chips.count() == count
    press(page, "Empty the list")
    expect(chips).to_have_count(0)
    expect(page.locator("#sampling .chips")).to_have_text("Each name that you draw is collected here.")


def test_a_walk_among_many_characters_has_no_column_of_another_letter(page, url):
    words = [a + b for a, b in itertools.pairwise("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    page.goto(url + Experiment(data="own", words="\n".join(words), k=100.0, tab="sampling").query())
    expect(page.locator("#walk .count")).to_be_visible()
    head, *rows = numbers_of(page.locator("#walk"))
    assert head == ["step", "context", "u", "drawn", "from", "to"]
    assert len(rows) > 2
    assert {len(row) for row in rows} == {len(head)}


def test_smoothing_is_chosen_on_words_held_out(page, url):
    page.goto(url + E.query() + "&tab=smoothing&split=3")
    expect(page.locator("#sweep_k .line")).to_have_count(2)  # before anything is pressed
    press(page, "Sweep k and L2")
    expect(page.locator("#sweep_l2 .line")).to_have_count(2)
    train, dev, test = bigram.split(WORDS, 3)

    def counts(words: list[str]) -> list[list[int]]:
        """In the characters of the whole list."""
        found = plain.counts(words)
        return [[found[before, char] for char in CHARS] for before in CHARS]

    held_in, dev_N, test_N = map(counts, (train, dev, test))
    head, *rows = numbers_of(page.locator("#sweep_k"))
    assert head == ["k", "train, order 2", "dev, order 2"]
    dev_losses = {}
    for text, *losses in rows[1:]:  # the first is k = 0
        k = float(text.replace(",", ""))
        table = plain.smoothed(held_in, k)
        dev_losses[k] = plain.nll(table, dev_N)
        same(losses, [plain.nll(table, held_in), dev_losses[k]])
    expect(page.locator("#sweep_k")).to_contain_text(f"best k = {min(dev_losses, key=dev_losses.get):g}")

    row = next(row for row in numbers_of(page.locator("#sweep_l2")) if row[0] == "0.1")
    Q = softmax(plain.descent(held_in, E.seed, E.steps, E.lr, 0.1)[-1])
    same(row[1:], [plain.nll(Q, held_in), plain.nll(Q, dev_N)])

    box(page, "setting-k").fill("2")
    press(page, "Train")
    expect(page.locator("#link")).to_have_value(re.compile("k=2"))
    press(page, "Score the test words (once)")
    loss = plain.nll(plain.smoothed(held_in, 2.0), test_N)
    expect(page.locator("#test")).to_have_text(re.compile(rf"at order 2, k = 2: {loss:.6f} nats"))
    expect(page.get_by_role("button", name="Score the test words (once)")).to_be_disabled()
    box(page, "setting-split").fill("4")  # other test words
    press(page, "Train")
    expect(page.locator("#test")).to_have_text("")
    expect(page.get_by_role("button", name="Score the test words (once)")).to_be_enabled()


def test_a_press_while_an_answer_is_late_asks_for_what_the_boxes_hold(page, url):
    page.goto(url + E.query() + "&tab=inside")
    expect(page.locator("#score_counted .bar")).not_to_have_count(0)
    held = []
    page.route("**/component_server/**", lambda route: held.append(route))
    page.locator("#context").fill("a")
    for letter in "bn":
        page.locator("#character").fill(letter)
        page.locator("#character").press("Enter")
    for name in ("anna", "ida"):
        page.locator("#typed").fill(name)
        page.locator("#typed").press("Enter")
    for _ in range(4):
        wait_for(held, page)
        held.pop().continue_()  # the last one first
    expect(page.locator("#onehot .bar.chosen .label")).to_have_text("a")
    expect(page.locator("#p .bar.chosen .label")).to_have_text("n")
    expect(page.locator("#score_counted .bar")).to_have_count(4)
    page.unroute("**/component_server/**")


def test_labels_of_letters_from_right_to_left_stand_in_their_order(page, url):
    own = Experiment(data="own", words="שלום\nליל\nמשל", steps=3, lr=1.0, tab="inside")
    page.goto(url + own.query())
    page.locator("#typed").fill("של")
    press(page, "Score")
    expect(page.locator("#score_counted .bar")).to_have_count(3)
    label = page.locator("#score_counted .bar .label").nth(1)
    letters = label.evaluate("""label => {
        const words = document.createTreeWalker(label, NodeFilter.SHOW_TEXT).nextNode();
        const left = letter => {
            const range = document.createRange();
            range.setStart(words, words.data.indexOf(letter));
            range.setEnd(words, words.data.indexOf(letter) + 1);
            return range.getBoundingClientRect().left;
        };
        return ['ש', '→', 'ל'].map(left);
    }""")
    assert letters == sorted(letters)
    assert len(set(letters)) == 3
    page.locator("#product .stage").press("Home")
    names = page.locator("#product .readout b bdi")
    expect(names).to_have_count(2)
    left, right = (name.bounding_box()["x"] for name in names.all())
    assert left < right


def test_a_trap_shows_both_sides_and_their_tables_on_a_phone(new_page, url):
    page = new_page(360, 740, has_touch=True, is_mobile=True)
    page.goto(url + "?tab=traps&embed=1")
    expect(page.locator("#printed mark")).to_have_text(["P = N / N.sum(1)", "P = N / N.sum(1, keepdim=True)"])
    assert page.locator("#printed .lines").inner_text().count("print(") == 3  # shared lines stand once
    for part in (".out", ".plot"):
        wrong, right = (page.locator(f"#printed .{side} {part}").bounding_box() for side in ("wrong", "right"))
        assert wrong["y"] == pytest.approx(right["y"], abs=1)
        assert 0 < wrong["x"] < wrong["x"] + wrong["width"] < right["x"]
        assert right["x"] + right["width"] <= 360
    words = bigram.load()
    counts = plain.table(words)
    totals = [sum(row) for row in counts]
    head, *rows = numbers_of(page.locator("#tables"))
    assert head == ["table, row", "sum", *plain.characters(words)]
    for (name, total, *texts), (side, i) in zip(rows, itertools.product(("wrong", "right"), range(27)), strict=True):
        row = [x / (totals[j] if side == "wrong" else totals[i]) for j, x in enumerate(counts[i])]
        assert name == f"{side}, {plain.characters(words)[i]}"
        same([total, *texts], [sum(row), *row])
    page.locator("#trap").select_option("penalty")
    expect(page.locator("#printed mark")).to_have_count(2)
    expect(page.locator("#tables")).to_be_hidden()
    page.locator("#trap").select_option("float")
    expect(page.locator("#printed .wrong .none")).to_be_visible()
    expect(page.locator("#printed .wrong .plot")).to_be_hidden()  # no empty room above the sentence


def test_speed_asks_the_question_of_the_benchmark_first(page, url):
    page.goto(url + E.query() + "&tab=speed")
    committed, now = page.locator("#lookup_committed"), page.locator("#lookup_now")
    labels = ["one_hot(xs).float() @ W", "W[xs]"]
    expect(committed.locator(".bar .label")).to_have_text(labels)
    expect(committed.locator(".title")).to_have_text(re.compile(r"W\[xs\] is [\d.]+ times as fast\."))
    assert committed.bounding_box()["y"] < page.locator("#committed").bounding_box()["y"]
    for picked in page.locator("#speed select").all():
        expect(picked).not_to_have_value("")  # also the machine that was measured on
    press(page, "Time both here")
    expect(now.locator(".bar .label")).to_have_text(labels)
    expect(now.locator(".bar .text").filter(has_text=" ms")).to_have_count(2)
    expect(now.locator(".note")).to_have_text(f"All {sum(map(sum, N)):,} bigrams of this word list, on cpu.")


SCREENS = [tab for tab in TABS if tab != "two-ways"]


def open_screens(page: Page, url: str) -> Iterator[str]:
    """Opens each screen in turn, and waits until it is filled. The first is opened by a link."""
    page.goto(url + E.query() + f"&tab={SCREENS[0]}")
    for tab in SCREENS:
        open_tab(page, tab)
        expect(page.locator(FILLED[tab]).first).to_be_visible()
        yield tab


def test_a_finger_hits_each_control_and_each_term_has_its_line_on_a_phone(new_page, url):
    """A control is at least 24 pixels high, and a tick or a dot with its words. The line is on the screen."""
    page = new_page(360, 740, has_touch=True, is_mobile=True)
    small = {}
    for tab in open_screens(page, url):
        small[tab] = page.locator(f"#{tab}").evaluate("""screen => ['button', 'input', 'select', 'summary', 'a']
            .flatMap(kind => [...screen.querySelectorAll(kind)])
            .map(one => one.closest('.choice') ?? one)
            .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 24)
            .map(one => one.outerHTML)""")
        terms = page.locator(f"#{tab} .term").filter(visible=True)
        expect(terms).not_to_have_count(0)
        for term in terms.all():
            term.tap()
            line = page.locator(".term-line:popover-open")
            expect(line).to_have_count(1)
            frame = line.bounding_box()
            assert 0 <= frame["x"] <= 360 - frame["width"], tab
            assert 0 <= frame["y"] <= 740 - frame["height"], tab
            page.keyboard.press("Escape")
            expect(line).to_have_count(0)
    assert not any(small.values()), small


def test_the_pointer_shows_the_line_of_a_term_on_each_screen(new_page, url):
    page = new_page(1280, 720)
    line = page.locator(".term-line:popover-open")
    for tab in open_screens(page, url):
        page.locator(f"#{tab} .term").first.hover()
        expect(line).to_be_visible()
        page.mouse.move(5, 5)
        expect(line).to_have_count(0)


def test_the_files_hold_both_tables_and_the_weights(page, url, way, tmp_path):
    page.goto(url + E.query() + "&tab=code")
    expect(page.locator("#terminal pre")).to_contain_text("python -m bigram --data us-1880 --k 0 --steps 30")
    expect(page.locator("#curl pre")).to_contain_text(url.rstrip("/"))
    press(page, "Make the files")
    expect(page.locator("#files a")).to_have_count(3)
    for link in page.locator("#files a").all():
        with page.expect_download() as download:
            link.click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    for which, table, exact in (("counted", P, 1e-12), ("descended", softmax(way[30]), 1e-4)):
        with (tmp_path / f"{which}.csv").open() as file:
            head, *rows = csv.reader(file)
        assert head == ["context", *CHARS]
        for row, numbers in zip(rows, table, strict=True):
            assert list(map(float, row[1:])) == pytest.approx(numbers, rel=exact)
    W = load_file(tmp_path / "bigram.safetensors")["W"]
    torch.testing.assert_close(W.double(), torch.tensor(way[30], dtype=torch.float64), atol=1e-3, rtol=1e-4)


def test_a_screen_asks_when_it_is_opened_and_no_other_does(page, url):
    asked = []
    page.on("request", lambda r: asked.append(r.post_data_json["fn_name"]) if "component_server" in r.url else None)
    open_lab(page, url)
    for tab, shown in (("speed", "#committed .bar"), ("code", "#script pre"), ("two-ways", "canvas")):
        open_tab(page, tab)
        expect(page.locator(shown).first).to_be_visible()
    open_tab(page, "code")
    assert asked == ["speed", "code"]
    box(page, "setting-steps").fill("20")
    press(page, "Train")
    expect(page.locator("#terminal pre")).to_contain_text("--steps 20")
    assert asked == ["speed", "code", "code"]
    open_tab(page, "two-ways")
    expect(page.locator("#two-ways .clock")).to_have_text("step 20 of 20")
    assert asked == ["speed", "code", "code", "two_ways"]
