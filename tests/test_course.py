"""The course: chapters in order, lessons that teachers write, courses of links; what is wrong is said in a sentence."""

import random
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.experiment import GUIDED, Experiment, read_link
from demo.page import screens
from demo.teaching import course
from demo.teaching.lessons import BY_KEY

GIVEN = {"question": "Which is lower?", "choices": "the first\nthe second", "right": 2, "why": "Count them."}


def opened(link: str) -> tuple[dict | None, list[str]]:
    return course.opened(read_link(link).guide)


def own(**changes) -> str:
    return course.own_link(Experiment(lr=70.0), **(GIVEN | changes))


def test_the_chapters_hold_each_lesson_once_in_the_order_of_the_video():
    keys = [key for chapter in course.CHAPTERS for key in chapter.lessons]
    assert sorted(keys) == sorted(BY_KEY)
    assert [key for key in keys if key in ("e01", "e02", "e03", "e04", "e05")] == ["e01", "e02", "e03", "e04", "e05"]
    assert keys[-1] == "e05"
    seconds = [int(parse_qs(urlsplit(chapter.url).query)["t"][0].removesuffix("s")) for chapter in course.CHAPTERS]
    assert seconds == sorted(set(seconds))
    assert seconds[6] == 1 * 3600 + 35 * 60 + 49  # the vectorised loss


@given(
    st.text(min_size=1, max_size=80).filter(str.strip),
    st.lists(
        st.text(min_size=1, max_size=40).map(str.strip).filter(lambda s: s and len(s.splitlines()) == 1),
        min_size=2,
        max_size=4,
        unique=True,
    ),
    st.text(max_size=80),
    st.data(),
)
def test_a_lesson_of_ones_own_comes_back_from_its_link_as_it_was_written(question, choices, why, data):
    right = data.draw(st.integers(1, len(choices)))
    link = own(question=question, choices="\n".join(choices), right=right, why=why)
    asked, sentences = opened(link)
    assert sentences == []
    assert asked == {"own": {"question": question.strip(), "choices": choices, "right": right, "why": why.strip()}}
    assert read_link(link)[::2] == (Experiment(lr=70.0), [])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"question": ""}, "question"),
        ({"question": "  "}, "question"),
        ({"question": "?" * 401}, "question"),
        ({"choices": "only one"}, "2 to 4 choices"),
        ({"choices": "a\nb\nc\nd\ne"}, "2 to 4 choices"),
        ({"choices": "a\n" + "b" * 151}, "2 to 4 choices"),
        ({"choices": "yes\nno\nyes"}, "the same"),
        ({"right": 3}, "right choice"),
        ({"right": 0}, "right choice"),
        ({"why": "w" * 1_001}, "explanation"),
        ({"question": "é" * 400, "why": "ü" * 1_000}, "The link has"),
    ],
)
def test_a_lesson_that_cannot_be_is_refused_in_a_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        own(**changes)


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "\u202eright to left", "a\x00b"]
)
def test_hostile_text_stays_text(text):
    asked, _ = opened(own(question=text, why=text))
    assert asked["own"]["question"] == asked["own"]["why"] == text


def test_a_link_of_100_kB_is_refused():
    for size, sentence in ((99_000, course.RULES["question"]), (100_000, "A link has at most 100,000 characters; ")):
        reply = screens.open_link({"query": "?" + urlencode({"ask": "x" * size, "choices": "a\nb", "right": 1})})
        assert reply["lesson"] is None
        assert len(reply["sentences"]) == 1
        assert reply["sentences"][0].startswith(sentence)


def test_a_lesson_in_a_link_opens_its_question_and_not_its_experiment():
    reply = screens.open_link({"query": "?lesson=over&large=1"})
    assert (reply["lesson"], reply["sentences"]) == ({"key": "over"}, [])
    assert reply["settings"] == screens.settings_of(Experiment(large="1"))
    reply = screens.open_link({"query": own()})
    assert reply["lesson"]["own"]["settings"]["lr"] == 70.0
    assert reply["settings"]["lr"] == Experiment().lr
    reply = screens.open_link({"query": "?lesson=none&lr=60"})
    assert reply["lesson"] is None
    assert reply["sentences"] == ["There is no lesson 'none'. Choose one of the course."]
    assert reply["settings"]["lr"] == 60


def test_a_course_is_up_to_twelve_links_in_their_order():
    links = ["https://lab.example/a/?v=1&lesson=over", own(), Experiment(lr=20.0).query()] * 4
    link = course.chain("\n".join(links))
    asked, sentences = opened(link)
    assert sentences == []
    assert [urlsplit(one).query for one in links] == [one[1:] for one in asked["course"]]
    assert read_link(link)[::2] == (Experiment(), [])


def test_the_link_of_each_own_list_has_room_in_a_lesson_and_in_a_course():
    """A list whose compressed form is long travels as its SHA-256."""
    letters = random.Random(1)
    for many in (300, 900, 2_000):
        words = "\n".join("".join(letters.choices("abcdefghij", k=6)) for _ in range(many))
        link = course.own_link(Experiment(data="own", words=words), "Which letter?", "one\ntwo", 1, "So it is.")
        assert opened(course.chain(link))[1] == []


@pytest.mark.parametrize(
    ("links", "sentence"),
    [
        ("", "1 to 12 links"),
        ("\n".join(["?lesson=over"] * 13), "1 to 12 links"),
        ("?lesson=over\nhello", "Line 2 is no link"),
        ("?lesson=over\n?lesson=nothing", "The link in line 2: There is no lesson"),
        ("?lr=-1", "The link in line 1: Learning rate"),
        (course.chain("?lesson=over"), "Line 1 is no link"),
        ("?ask=" + "x" * 5_000, "The link in line 1 has 5,004 characters, more than 4,000"),
    ],
)
def test_a_course_that_cannot_be_is_refused_in_a_sentence(links, sentence):
    with pytest.raises(ValueError, match=sentence):
        course.chain(links)
    asked, sentences = opened("?" + urlencode({"course": "\n".join(line.lstrip("?") for line in links.splitlines())}))
    assert asked is None
    assert len(sentences) == 1


def test_the_keys_of_a_lesson_are_none_of_the_settings():
    assert not set(GUIDED) & set(Experiment.model_fields)
