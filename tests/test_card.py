"""The card of a link: its words, its picture, and who gets to see which."""

import io
import re
import threading
import time
from collections.abc import Iterator
from html import unescape

import pytest
import torch
from PIL import Image

import bigram
from demo.experiment import Experiment
from demo.page import card
from demo.teaching.lessons import LESSONS
from demo.web import delivery
from tests.test_delivery import UNPACK, launch, raw

OWN = "?v=1&data=own&words=emma%0Aolivia%0Aava"


@pytest.fixture(scope="module")
def lab() -> Iterator[str]:
    """The address of a small page with cards."""
    page, url = launch(app_kwargs=delivery.options("<!-- head -->", [card.ROUTE], tags=card.tags))
    yield url
    page.close()


def tags(page: str) -> dict[str, str]:
    """The tags of a page by their names."""
    head = page[: page.index("</head>")]
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', head)
    assert len(found) == len(dict(found))  # each once
    return {name: unescape(content) for name, content in found}


def words_of(query: str) -> tuple[str, str]:
    return card.card_of(query)[1:3]


@pytest.mark.parametrize(
    ("query", "title", "about"),
    [
        ("", "How a computer makes up names", "It learns which letter follows which"),
        ("?v=1", "How a computer makes up names", "It learns which letter follows which"),
        ("?v=1&data=us-1880&steps=7", "Made-up names from US names of 1880", "Order 2, smoothing 1, 7 steps, rate 50"),
        (OWN, "Made-up names from 3 own words", "Order 2"),
        ("?v=1&ask=Which+one%3F&choices=an%0Ana&right=1", "Which one?", "Predict, then run it: an / na"),
        ("?v=1&course=v%3D1%26steps%3D1%0Av%3D1%26steps%3D2", "A course of 2 links", "It learns"),
    ],
)
def test_a_link_is_told_in_words(query, title, about):
    found, said = words_of(query)
    assert found == title
    assert said.startswith(about)


def test_each_lesson_asks_its_question_and_does_not_answer_it():
    for lesson in LESSONS:
        found, said = words_of(f"?v=1&lesson={lesson.key}")
        assert " ".join(lesson.question.split()).startswith(found.removesuffix("…"))
        assert lesson.choices[0][:60] in said
        assert len(found) <= card.LONGEST_TITLE
        assert len(said) <= card.LONGEST_ABOUT


@pytest.mark.parametrize(
    "query", ["?v=1&steps=x", "?lesson=none", "?what=1", "?v=1&ask=Which", "?v=1&course=x", "?" + "a=1&" * 300]
)
def test_a_bad_link_has_the_default_card(query):
    assert card.card_of(query) == card.DEFAULT


def test_what_changes_no_number_changes_no_card():
    assert card.card_of("?v=1&embed=1&large=1&tab=code&hide=seed") == card.DEFAULT
    assert card.card_of(OWN + "&embed=1") == card.card_of(OWN)


@pytest.mark.parametrize("query", ["", OWN, "?v=1&order=3&seed=4", "?v=1&data=us-1880&k=0", "?v=1&lesson=keepdim"])
def test_the_picture_shows_the_counts_and_the_noise_of_the_experiment(query):
    """Cell by cell, from the colours of the finished file."""
    e = card.card_of(query).e
    picture = Image.open(io.BytesIO(card.kept(card.card_of(query)))).convert("RGB")
    assert picture.size == (1200, 630)
    words = bigram.parse(e.words) if e.data == "own" else bigram.load(e.data)
    vocab = bigram.Vocab.from_words(words)
    N = bigram.count(*bigram.ngrams(words, vocab, e.order), len(vocab), e.order)
    size, V = min(card.MOST_CELLS, len(vocab)), len(vocab)
    W = bigram.initial_weights(V, e.order, e.seed)
    cell = card.SIDE // size
    for i, j in [(0, 0), (0, size - 1), (1, 1), (size - 1, 0), (size - 1, size - 1), (size // 2, size - 2)]:
        noise = float(torch.softmax(W[i], 0)[j]) * float(N[i].sum())
        shown = float(N[i, j]) if i + j < size else noise
        share = min(1.0, shown / float(N[:size, :size].max())) ** 0.5
        at = (card.MARGIN + j * cell + cell // 2, card.MARGIN + i * cell + cell // 2)
        shade = 3 * round(share * (card.SHADES - 1))
        assert picture.getpixel(at) == tuple(card.PALETTE[shade : shade + 3]), (i, j)


def test_the_names_are_those_of_the_counted_table():
    e = Experiment()
    words = bigram.load(e.data)
    vocab = bigram.Vocab.from_words(words)
    P = bigram.probabilities(bigram.count(*bigram.ngrams(words, vocab), len(vocab)), e.k)
    names = bigram.sample(P, vocab, e.draws, e.draw_seed)
    assert list(card.names(e, card.corpus(e))) == [name for name in names if 3 <= len(name) <= 14]


def test_what_the_font_lacks_is_left_out():
    hebrew = Experiment(data="own", words="משהו\nרבקה\nאברהם")
    assert list(card.names(hebrew, card.corpus(hebrew))) == []
    assert card.is_drawable("Emma, Zoë, Иван, Άννα, Łukasz?")
    assert not card.is_drawable("משה")
    image = Image.open(io.BytesIO(card.kept(card.card_of("?v=1&ask=משה&choices=a%0Ab&right=1"))))
    assert image.tobytes() == Image.open(io.BytesIO(card.kept(card.DEFAULT))).tobytes()


def test_without_gradios_font_another_one_is_used(monkeypatch, tmp_path):
    card.font.cache_clear()
    card.has.cache_clear()
    monkeypatch.setattr(card, "FONT", tmp_path / "none")
    try:
        assert card.fits("emma", 20)
        assert not card.is_drawable("Иван")
    finally:
        card.font.cache_clear()
        card.has.cache_clear()


@pytest.mark.parametrize("text", ["one", "a question of some words " * 9, "x" * 300, "a " + "y" * 90])
def test_a_title_stays_on_the_picture(text):
    lines = card.broken(text, 46, 4)
    assert 1 <= len(lines) <= 4
    assert all(card.fits(line, 46) for line in lines)
    assert text.startswith(lines[0].removesuffix("…"))


def test_words_that_cannot_be_had_get_the_default_picture():
    away = card.card_of("?v=1&data=own&sha=" + "0" * 64)
    assert away != card.DEFAULT
    assert card.kept(away) == card.kept(card.DEFAULT)
    assert away.query not in card.KEPT


# As a browser and a chat get it.


def test_a_page_has_the_tags_of_its_link_and_none_of_gradios(lab):
    for query, address in {
        "": "",
        "?v=1": "",
        "?v=1&steps=9": "?v=1&steps=9",
        "?v=1&lesson=over": "?v=1&lesson=over",
    }.items():
        page = raw(lab + query)[1].decode()
        found = tags(page)
        title, about = words_of(query)
        assert (found["og:title"], found["og:description"], found["description"]) == (title, about, about)
        assert found["og:url"] == lab + address
        assert found["og:image"] == lab + card.PATH[1:] + address
        assert unescape(re.search('rel="canonical" href="([^"]*)"', page).group(1)) == lab + address
        assert "Click to try out" not in page
        picture = raw(found["og:image"])[0]
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


@pytest.mark.parametrize("accepted", ["identity", "gzip", "br, gzip", "br"])
def test_the_page_of_a_link_is_the_bare_page_with_other_tags(lab, accepted):
    bare = raw(lab)[1].decode()
    response, body = raw(f"{lab}?v=1&steps=5", **{"accept-encoding": accepted})
    encoding = response.headers.get("content-encoding", "identity")
    assert encoding == ("gzip" if "gzip" in accepted else "identity")
    page = UNPACK[encoding](body).decode()
    root = lab.rstrip("/")
    assert page == bare.replace(card.tags("", root), card.tags("v=1&steps=5", root))
    assert int(response.headers["content-length"]) == len(body)
    known = raw(f"{lab}?v=1&steps=5", **{"accept-encoding": accepted, "if-none-match": response.headers["etag"]})
    assert known[0].status_code == 304


def test_hostile_words_stay_words(lab):
    query = "?v=1&ask=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%3C/head%3E&choices=%27%22%0A%3Cb%3E&right=1"
    page = raw(lab + query)[1].decode()
    assert "<script>alert(1)" not in page
    assert tags(page)["og:title"] == '"><script>alert(1)</script></head>'


def test_a_forged_host_reaches_nobody_else(lab):
    for query in ("", "?v=1&steps=3"):
        for headers in ({"host": "evil.example"}, {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}):
            assert "evil.example/" in tags(raw(lab + query, **headers)[1].decode())["og:url"]
            assert "evil.example" not in raw(lab + query)[1].decode()
        strange = raw(lab + query, host='x"><script>alert(1)</script>')[1]
        assert b"<script>alert(1)" not in strange


def test_below_a_path_the_card_lies_there_too():
    page, url = launch(app_kwargs=delivery.options("", [card.ROUTE], tags=card.tags), root_path="/lab")
    try:
        found = tags(raw(f"{url}?v=1&steps=3")[1].decode())
        assert found["og:url"] == f"{url}lab/?v=1&steps=3"
        assert found["og:image"] == f"{url}lab{card.PATH}?v=1&steps=3"
    finally:
        page.close()


def test_many_links_fill_no_memory_and_wait_in_no_long_line(lab, monkeypatch):
    monkeypatch.setattr(card, "KEPT", type(card.KEPT)(3))
    for seed in range(5):
        assert raw(f"{lab}{card.PATH[1:]}?v=1&seed={seed}")[0].headers["cache-control"] == "public, max-age=86400"
    assert len(card.KEPT) <= 3
    expected, free = card.kept(card.DEFAULT), threading.Event()

    def slow(one: card.Card) -> bytes:
        free.wait(30)
        return b""

    monkeypatch.setattr(card, "drawn", slow)
    monkeypatch.setattr(card, "MOST_WAITING", 1)
    links = [f"{lab}{card.PATH[1:]}?v=1&seed=9{k}" for k in range(4)]
    visitors = [threading.Thread(target=raw, args=(link,)) for link in links[1:]]
    for visitor in visitors:
        visitor.start()
    end = time.monotonic() + 30
    while card.LIMIT.statistics().tasks_waiting < 1 and time.monotonic() < end:  # two are drawn, one waits
        time.sleep(0.01)
    response, body = raw(links[0])
    free.set()
    for visitor in visitors:
        visitor.join()
    assert (body, response.headers["cache-control"]) == (expected, "no-store")
