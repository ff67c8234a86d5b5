"""Settings: links round-trip, bad values fall back or are refused in a sentence."""

import math
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigram import FORMS
from demo.experiment import HIDEABLE, LINK_WORDS, TABS, Experiment, read_link, sha256, shown

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


def test_a_long_list_travels_as_its_sha():
    words = "\n".join(["emma"] * 1000)
    e, notices = opened(Experiment(data="own", words=words).query())
    assert (e.data, e.words, e.sha, notices) == ("own", "", sha256(words), [])


@pytest.mark.parametrize(("length", "key"), [(2_000, "words="), (2_001, "sha=")])
def test_a_list_of_up_to_2000_characters_travels_itself(length, key):
    assert f"&{key}" in Experiment(data="own", words="a" * length).query()


def test_the_default_link_names_no_setting():
    assert Experiment().query() == "?v=1"


def test_the_defaults_are_those_of_the_lecture_on_the_list_of_2018():
    defaults = Experiment().model_dump()
    given = {
        "data": "us-2018", "words": "", "table": "", "sha": "", "order": 2, "k": 1.0, "steps": 100, "lr": 50.0,
        "l2": 0.01, "seed": 2147483647, "form": "counts", "device": "cpu", "split": None, "draws": 10,
        "draw_seed": 2147483647, "tab": "two-ways", "hide": "", "embed": "", "large": "",
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
    again = "The link sets steps more than once. The last value, '8', is used."
    assert opened("?steps=7&steps=8") == (Experiment(steps=8), [again])
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
