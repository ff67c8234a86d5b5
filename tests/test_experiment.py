"""Settings: links round-trip, bad values fall back or are refused in a sentence."""

import base64
import math
import random
import tracemalloc
import zlib
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bigram import FORMS
from demo.experiment import HIDEABLE, LINK_PACKED, LINK_WORDS, TABS, UNPACKED, Experiment, read_link, sha256, shown

RESERVED = {"page", "deep_link", "view", "lang", "__theme", "__sign", "session_hash", "fn_index"}
SEEDS = st.integers(0, 2**63 - 1)
EXPERIMENTS = st.builds(
    Experiment,
    data=st.sampled_from(["us-2018", "us-1880", "lecture"]),
    order=st.integers(2, 4),
    k=st.floats(0, 1000),
    steps=st.integers(0, 2000),
    lr=st.floats(0.001, 1000),
    l2=st.floats(0, 100),
    seed=SEEDS,
    form=st.sampled_from(list(FORMS)),
    split=st.none() | SEEDS,
    draws=st.integers(1, 200),
    draw_seed=SEEDS,
    tab=st.sampled_from(list(TABS)),
    hide=st.lists(st.sampled_from(HIDEABLE)).map(",".join),
    name=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    embed=st.sampled_from(["", "1"]),
    large=st.sampled_from(["", "1"]),
)


def opened(query: str) -> tuple[Experiment, list[str]]:
    link = read_link(query)
    return link.experiment, link.sentences


@given(EXPERIMENTS)
def test_a_link_opens_the_experiment_it_was_made_from(e):
    assert opened(e.query()) == (e, [])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=LINK_WORDS))
def test_own_words_travel_in_the_link(words):
    e = Experiment(data="own", words=words)
    assert opened(e.query()) == (e, [])


LONG = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400).map(
    lambda text: f"{text}\n" * (LINK_WORDS // len(text) + 1)
)


def names(number: int) -> str:
    """Made-up names, one a line: they shrink less than real ones."""
    chance = random.Random(number)
    return "\n".join(
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(4, 10))) for _ in range(number)
    )


@given(LONG)
def test_a_long_list_travels_compressed(words):
    e = Experiment(data="own", words=words, steps=7)
    assume(len(e.words) > LINK_WORDS)  # without what nobody sees
    assert opened(e.query()) == (e, [])
    assert "&z=" in e.query()
    assert "words=" not in e.query()


@pytest.mark.parametrize("number", [300, 500])
def test_the_names_of_a_class_travel_in_a_link_that_mails_keep(number):
    e = Experiment(data="own", words=names(number))
    assert opened(e.query()) == (e, [])
    assert len(e.query()) < 4_000


def test_a_list_too_long_for_a_link_travels_as_its_sha():
    for words in (names(3_000), "emma\n" * (UNPACKED // 5 + 1)):
        e, notices = opened(Experiment(data="own", words=words).query())
        assert (e.data, e.words, e.sha, notices) == ("own", "", sha256(words), [])
    e = Experiment(data="own", words="a" * UNPACKED)
    assert opened(e.query()) == (e, [])


@pytest.mark.parametrize(("length", "key"), [(2_000, "words="), (2_001, "z=")])
def test_a_list_of_up_to_2000_characters_travels_as_it_is(length, key):
    assert f"&{key}" in Experiment(data="own", words="a" * length).query()


def deflated(content: bytes) -> str:
    deflate = zlib.compressobj(9, wbits=-15)
    return base64.urlsafe_b64encode(deflate.compress(content) + deflate.flush()).decode().rstrip("=")


DAMAGED = {
    "cut off": deflated(b"emma\n" * 500)[:-4],
    "more behind it": deflated(b"emma") + "AAAA",
    "not base64": "!" * 40,
    "letters that are not ASCII": "é" * 40,
    "nothing": "",
    "not text": deflated(b"\xff\xfe"),
    "a bomb": deflated(bytes(5_000_000)),
    "a long text": deflated(random.Random(0).randbytes(LINK_PACKED)),
}


@pytest.mark.parametrize("z", DAMAGED.values(), ids=DAMAGED)
def test_words_that_cannot_be_read_are_left_out_and_it_is_said(z):
    tracemalloc.start()
    e, notices = opened(f"?v=1&data=own&steps=7&z={z}")
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert e == Experiment(data="own", steps=7)
    assert len(notices) == 1
    assert "(z) cannot be read" in notices[0]
    assert "Copy the link again" in notices[0]
    assert memory < 1_000_000  # bytes


def test_a_link_holds_as_many_bytes_of_words_as_it_says():
    most = "\n".join(["a" * 99] * (UNPACKED // 100))
    assert len(most) == UNPACKED - 1
    assert opened(f"?data=own&z={deflated((most + 'a').encode())}")[0].words == most + "a"
    assert "cannot be read" in opened(f"?data=own&z={deflated((most + 'ab').encode())}")[1][0]


def test_words_twice_in_a_link_are_said():
    e, notices = opened(f"?data=own&words=ava&z={deflated(b'emma')}")
    assert e == Experiment(data="own", words="emma")
    assert notices == ["The link sets words more than once. Only the last value, 'emma', counts."]


def test_the_default_link_names_no_setting():
    assert Experiment().query() == "?v=1"


def test_the_defaults_are_those_of_the_lecture_on_the_list_of_2018():
    defaults = Experiment().model_dump()
    given = {
        "data": "us-2018", "words": "", "table": "", "sha": "", "order": 2, "k": 1.0, "steps": 100, "lr": 50.0,
        "l2": 0.01, "seed": 2147483647, "form": "counts", "device": "cpu", "split": None, "draws": 10,
        "draw_seed": 2147483647, "tab": "two-ways", "hide": "", "name": "", "embed": "",
        "large": "",
    }  # fmt: skip
    assert {key: defaults[key] for key in given} == given


def test_an_experiment_never_changes():
    with pytest.raises(ValueError, match="frozen"):
        Experiment().k = 2.0


def test_a_sentence_quotes_a_value_of_up_to_40_characters_whole():
    assert shown("x" * 38) == f"'{'x' * 38}'"
    assert shown("x" * 39) == f"'{'x' * 38}…"


def test_own_words_stay_out_of_the_link_of_another_list():
    assert Experiment(words="secret").query() == "?v=1"


def test_no_key_is_reserved_by_the_host():
    assert not RESERVED & set(Experiment.model_fields)


BAD = [
    ("steps", "-1", "a whole number from 0 to 2,000"),
    ("steps", "2001", "a whole number from 0 to 2,000"),
    ("steps", "2.5", "a whole number"),
    ("steps", "true", "a whole number"),
    ("order", "5", "from 2 to 4"),
    ("order", "", "nothing was given"),
    ("k", "-1", "from 0 to 1,000"),
    ("lr", "nan", "a number from 0.001 to 1,000"),
    ("lr", "inf", "a number from 0.001 to 1,000"),
    ("l2", "-0.1", "from 0 to 100"),
    ("seed", str(2**64), "2^63"),
    ("split", "x", "a whole number"),
    ("data", "elsewhere", "one of us-2018, us-1880, lecture, own"),
    ("form", "dense", f"one of {', '.join(FORMS)}"),
    ("device", "tpu", "cpu"),
    ("tab", "secret", "one of two-ways"),
    ("hide", "everything", "some of controls"),
    ("embed", "yes", "one of 1"),
    ("large", "2", "one of 1"),
    ("sha", "abc", "64 hexadecimal digits"),
    ("name", "a" * 41, "text of at most 40 characters"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), BAD)
def test_a_bad_value_in_a_link_falls_back_and_is_said(key, value, sentence):
    e, notices = opened(f"?v=1&l2=0.5&{key}={value}" if key != "l2" else f"?v=1&{key}={value}")
    assert getattr(e, key) == getattr(Experiment(), key)
    assert len(notices) == 1
    assert sentence in notices[0]
    assert "default" in notices[0]
    assert key == "l2" or e.l2 == 0.5


@pytest.mark.parametrize(("key", "value", "sentence"), [row for row in BAD if row[1]])
def test_a_bad_value_is_refused_with_a_sentence(key, value, sentence):
    with pytest.raises(ValueError, match="must be") as caught:
        Experiment.parse({key: value})
    assert sentence in str(caught.value)


@pytest.mark.parametrize("value", [True, None, math.nan, math.inf, "x", [], {}, 2**64, 10**400])
@pytest.mark.parametrize("key", ["order", "k", "steps", "lr", "l2", "seed", "draws", "draw_seed"])
def test_numbers_of_a_wrong_kind_are_refused(key, value):
    with pytest.raises(ValueError, match=rf"\({key}\) must be a (whole )?number from"):
        Experiment.parse({key: value})


def test_a_comma_in_a_number_gets_a_hint():
    for key, value in (("k", "0,5"), ("steps", "1,000")):
        with pytest.raises(ValueError, match=r" is not\. Write numbers without a comma, like 0\.5 or 1000\.$"):
            Experiment.parse({key: value})
    with pytest.raises(ValueError, match=r"data.* is not\.$"):
        Experiment.parse({"data": "a,b"})


def test_parts_to_hide_are_names():
    with pytest.raises(ValueError, match="some of controls"):
        Experiment.parse({"hide": [["controls"], {}, 1]})


def test_unknown_and_repeated_keys_of_a_link_are_said():
    unknown = "There is no setting 'utm'. This part of the link was left out."
    assert opened("?utm=1&steps=7") == (Experiment(steps=7), [unknown])
    again = "The link sets steps more than once. Only the last value, '8', counts."
    assert opened("?steps=7&steps=8&steps=8") == (Experiment(steps=8), [again])
    both = opened("?k=2&k=abc")[1]  # the sentences do not contradict each other
    assert both[0] == "The link sets k more than once. Only the last value, 'abc', counts."
    assert both[1].endswith("The link's value was left out; the default, 1, is used.")
    twice = read_link("?lesson=over&lesson=row")
    assert twice.guide == {"lesson": "row"}
    assert twice.sentences == ["The link sets lesson more than once. Only the last value, 'row', counts."]
    assert opened("?v=1&__theme=dark&view=api") == (Experiment(), [])  # Gradio's own
    assert len(opened("?" + "&".join(f"x{i}=1" for i in range(50)))[1]) == 5
    with pytest.raises(ValueError, match="no setting 'utm'"):
        Experiment.parse({"utm": 1})


@given(st.lists(st.tuples(st.sampled_from([*Experiment.model_fields, "v", "zzz"]), st.text(max_size=30)), max_size=8))
def test_any_query_opens(query):
    e, notices = opened("?" + urlencode(query))
    assert Experiment.parse(e.model_dump()) == e
    assert all(len(notice) < 400 and "\n" not in notice for notice in notices)


def test_cuda_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match="PyTorch sees no GPU"):
        Experiment.parse({"device": "cuda"})


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("?" + "a&" * 6_400, "A link sets at most 200 keys"),
        ("?" + "a=1&" * 199 + "lr=25", ""),
        ("?data=own&words=" + "%61" * 40_000, "A link has at most 100,000 characters; this one has 120,016."),
    ],
)
def test_a_link_is_bounded_before_it_is_read(link, sentence):
    if not sentence:
        assert read_link(link).experiment.lr == 25
        return
    with pytest.raises(ValueError, match=sentence):
        read_link(link)


def test_many_unknown_keys_get_one_sentence():
    with pytest.raises(ValueError, match=r"^An experiment has \d+ settings; 1,000 were given\."):
        Experiment.parse({f"key {i}": 1 for i in range(1_000)})


@pytest.mark.parametrize(("value", "named"), [([{}] * 1_000, "a list"), ({"a": 1}, "an object")])
def test_what_is_no_text_is_named_and_not_repeated(value, named):
    with pytest.raises(ValueError, match=rf"Own words \(words\) must be text of .*; {named} is not\."):
        Experiment.parse({"words": value})
