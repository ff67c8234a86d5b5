"""Lists as people have them: the words and counts are those of plain loops, whatever the form."""

import csv
import gzip
import io
import json
import random
import re
from pathlib import Path

import jaxtyping
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bigram
from bigram.reading import read, suggest

LISTS = Path(__file__).parent / "data" / "lists"
NAMES = bigram.load("us-2018")
FIRST = ["emma", "olivia", "ava"]
BIRTHS = [18814, 18203, 17592]


# Those that are no UTF-8 text, which a repository on the Hub would not take.
MADE = {
    "utf-16.txt": "Zoë\r\nŁukasz\r\nEmma\r\n".encode("utf-16"),
    "utf-16-no-mark.txt": "Emma\nOlivia\nAva\nIsabella\nSophia\nMia\nCharlotte\nAmelia\n".encode("utf-16-le"),
    "windows-1252.txt": "Zoë\r\nChloé\r\nJürgen\r\nSøren\r\nBeyoncé\r\nEmma\r\nOlivia\r\n".encode("cp1252"),
    "invisible.txt": "\ufeffemma\n\ufeffava\nmi\u200ba\nno\0ra\nella\n".encode(),
}


def opened(name: str) -> bytes:
    return MADE[name] if name in MADE else (LISTS / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "switches", "words", "births"),
    [
        ("ssa-no-header.txt", {"column": 1, "counts": 3, "lower": True}, 25, True),
        ("header.csv", {"column": "name", "counts": "births", "lower": True}, 25, True),
        ("rows.jsonl", {"column": "name", "counts": "births", "lower": True}, 25, True),
        ("counts.tsv", {"column": 1, "counts": 2}, 25, True),
        ("quoted.csv", {"column": "Name", "lower": True}, 25, False),
        ("array.json", {"column": 1, "lower": True}, 25, False),
        ("one-line.txt", {"column": "*", "lower": True}, 25, False),
        ("capitals.txt", {}, 35, False),
        ("utf-16-no-mark.txt", {"lower": True}, 8, False),
    ],
)
def test_a_list_is_read_as_its_owner_means_it(name, switches, words, births):
    assert suggest(opened(name)) == switches
    found = read(opened(name), **switches)
    assert [word.lower() for word in found.words[:3]] == FIRST
    assert len(found.words) == words
    assert found.counts is None or found.counts[:3] == BIRTHS
    assert (found.counts is not None) == births


def test_without_a_switch_no_letter_changes_and_a_table_is_told():
    for name in (
        "ssa-no-header.txt",
        "header.csv",
        "quoted.csv",
        "counts.tsv",
        "one-line.txt",
        "array.json",
        "rows.jsonl",
    ):
        text = opened(name).decode()
        found = read(text)
        assert found.words == [line.strip() for line in text.splitlines() if line.strip()]
        assert re.match(r"The list looks like a table, .* column=.* reads its words", *found.warnings)
        with pytest.warns(UserWarning, match="looks like a table"):
            assert bigram.parse(text) == found.words
    for name in ("capitals.txt", "dots.txt", "numbers-are-words.txt", "prose.txt", "tiny.txt", "nfc-and-nfd.txt"):
        found = read(opened(name))
        assert found.warnings == found.changes == ()
    for plain in (NAMES, bigram.load("us-1880")):
        found = read("\n".join(plain))
        assert (found.words, found.warnings, found.changes) == (plain, (), ())
        assert suggest("\n".join(plain)) == {}


def test_dots_are_refused_all_at_once_and_left_out_on_a_switch():
    text = opened("dots.txt")
    with pytest.raises(
        ValueError, match=r"^3 of 30 words contain '\.'.*: word 1 'St\. John', word 8 'J\. R\.', word 17 'D\. Arcy'"
    ):
        bigram.Vocab.from_words(bigram.parse(text))
    assert suggest(text) == {"lower": True, "remove": "."}
    found = read(text, **suggest(text))
    assert found.words[0] == "st john"
    assert found.changes[0][1:] == (3, ((1, "St. John"), (8, "J. R."), (17, "D. Arcy")))
    assert found.summary() == "30 words; '.' left out in 3 lines; small letters in 30 lines"


def test_encodings_are_recognised_and_a_guess_is_told():
    found = read(opened("windows-1252.txt"))
    assert found.words[:5] == ["Zoë", "Chloé", "Jürgen", "Søren", "Beyoncé"]
    assert found.encoding == "Windows-1252"
    assert "which is a guess" in found.warnings[0]
    assert read(opened("utf-16.txt")).words[:2] == ["Zoë", "Łukasz"]
    assert read("Zoë\nŁukasz\nEmma\n".encode("utf-16-le")).words == ["Zoë", "Łukasz", "Emma"]
    assert read("Zoë\nEmma\n".encode("utf-16-be")).encoding == "UTF-16-BE"
    cyrillic = "Анна\nМария\nЕлена\nОльга\nНаталья\nТатьяна\nИрина\nСветлана\nЕкатерина\n"
    assert read(cyrillic.encode("cp1251")).words[:2] == ["Анна", "Мария"]


def test_invisible_characters_are_left_out_and_named():
    found = read(opened("invisible.txt"))
    assert found.words == ["emma", "ava", "mia", "nora", "ella"]
    assert found.warnings[0].startswith("The list holds invisible characters, which were left out (U+0000 ")
    assert "U+200B zero width space" in found.warnings[0]
    joined = "می\u200cخواهم"  # Persian is written with this joiner
    assert read(joined).words == [joined]


def test_unicode_forms():
    words = read(opened("nfc-and-nfd.txt")).words
    assert len(set(words)) == 4
    assert len(set(read(opened("nfc-and-nfd.txt"), unicode="NFC").words)) == 2


def test_running_text():
    text = opened("prose.txt").decode()
    assert read(text, prose="words", lower=True).words[:6] == "speak no more the night is".split()
    sentences = read(text, prose="sentences").words
    assert sentences[:3] == ["Speak no more", "The night is long, and we are few", "Who goes there"]


def test_counts_repeat_words_and_wrong_ones_are_named():
    assert bigram.parse("a,2\nb,0\nc,1", column=1, counts=2) == ["a", "a", "c"]
    with pytest.raises(ValueError, match=r"^2 of 3 counts are no whole number: line 2 '-1', line 3 'x'\."):
        read("a,2\nb,-1\nc,x", column=1, counts=2)
    with pytest.raises(ValueError, match=r"^The counts add up to 60,000,000 words, more than 50,000,000\."):
        bigram.parse("a,60000000\nb,0", column=1, counts=2)


@pytest.mark.parametrize(
    ("switches", "sentence"),
    [
        ({"column": 4}, "The column must be a number from 1 to 2, or a name: 'name', 'births'; 4 is not."),
        ({"column": "x"}, "The column must be a number from 1 to 2, or a name: 'name', 'births'; 'x' is not."),
        ({"column": 1, "counts": "x"}, "The column of the counts must be a number from 1 to 2"),
        ({"unicode": "NFX"}, "The Unicode form must be one of NFC, NFD, NFKC, NFKD; 'NFX' is not."),
        ({"prose": "lines"}, "Running text is read by words or sentences"),
        ({"prose": "words", "column": 1}, "Running text is read by words or sentences"),
        ({"remove": "namebirthsEmAv,12"}, "The list holds no words."),
    ],
)
def test_a_wrong_switch_is_a_sentence(switches, sentence):
    with pytest.raises(ValueError, match="^" + re.escape(sentence)):
        read("name,births\nEmma,2\nAva,1", **switches)


def test_names_in_brackets_are_no_json():
    assert suggest("[emma]\n[ava]") == {}
    assert read("[emma]\n[ava]").words == ["[emma]", "[ava]"]


def test_of_several_columns_of_numbers_the_one_that_is_called_so_counts():
    text = "name,score,births\nemma,7,100\nava,9,90\nmia,3,80"
    assert suggest(text) == {"column": "name", "counts": "births"}
    assert suggest(text.replace("births", "points")) == {"column": "name"}  # nobody knows which one


def test_damaged_files_are_sentences():
    for text, sentence in (
        (gzip.compress(b"emma")[:-4], "The packed list is damaged"),
        ("[1,", "The JSON is damaged in line 1"),
    ):
        with pytest.raises(ValueError, match=sentence):
            read(text, column=1)


def table_of(rows, head, delimiter, quote, ends) -> str:
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=delimiter, quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL, lineterminator=ends
    )
    writer.writerows([head, *rows] if head else rows)
    return out.getvalue()


FORMS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "with_head": st.booleans(),
        "quote": st.booleans(),
        "ends": st.sampled_from(["\n", "\r\n", "\r"]),
        "style": st.sampled_from([str, str.title, str.upper]),
        "encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
        "packed": st.booleans(),
        "with_counts": st.booleans(),
        "rank": st.booleans(),
        "seed": st.integers(0, 2**32),
    }
)


@given(form=FORMS)
def test_tables_of_all_forms_give_the_words_and_counts_that_were_written(form):
    chance = random.Random(form["seed"])
    words = chance.sample(NAMES, chance.randint(5, 60))
    births = [chance.randint(5, 20_000) for _ in words]
    head, columns = ["name"], [list(map(form["style"], words))]
    head, columns = [*head, "sex"], [*columns, [chance.choice("FM") for _ in words]]
    if form["rank"]:
        head, columns = ["rank", *head], [[str(i) for i in range(1, len(words) + 1)], *columns]
    if form["with_counts"]:
        head, columns = [*head, "births"], [*columns, list(map(str, births))]
    text = table_of(zip(*columns), head if form["with_head"] else None, form["delimiter"], form["quote"], form["ends"])
    data = text.encode(form["encoding"])
    data = gzip.compress(data) if form["packed"] else data
    switches = suggest(data)
    found = read(data, **switches)
    assert [word.lower() for word in found.words] == words
    assert found.counts == (births if form["with_counts"] else None)
    if form["style"] is not str:
        assert switches["lower"]
    assert "looks like a table" in read(data).warnings[0]


@given(seed=st.integers(0, 2**32), kind=st.sampled_from(["array", "objects", "lines", "nested"]))
def test_json_of_all_forms(seed, kind):
    chance = random.Random(seed)
    words = chance.sample(NAMES, chance.randint(3, 40))
    rows = [{"id": i, "name": word, "n": i + 7} for i, word in enumerate(words)]
    text = {
        "array": json.dumps(words, indent=chance.choice([None, 1])),
        "objects": json.dumps(rows),
        "lines": "\n".join(map(json.dumps, rows)),
        "nested": json.dumps({"names": words}, indent=1),
    }[kind]
    assert read(text, column="name" if kind in ("objects", "lines") else 1).words == words
    assert read(text, **suggest(text)).words == words


@given(seed=st.integers(0, 2**32))
def test_no_table_is_silently_taken_for_words(seed):
    """A table of random shape: no delimiter, digit or header comes into the words without a warning."""
    chance = random.Random(seed)
    width, height = chance.randint(2, 10), chance.randint(2, 50)
    kinds = [chance.choice(["word", "number", "code"]) for _ in range(width)]
    kinds[chance.randrange(width)] = "word"
    make = {
        "word": lambda: chance.choice(NAMES),
        "number": lambda: str(chance.randint(0, 10**6)),
        "code": lambda: f"{chance.choice('ABC')}{chance.randint(0, 99)}",
    }
    rows = [[make[kind]() for kind in kinds] for _ in range(height)]
    head = [f"field {i}" for i in range(width)] if chance.random() < 0.5 else None
    text = table_of(rows, head, chance.choice(",;\t|"), chance.random() < 0.5, "\n")
    assert read(text).warnings


def test_a_name_that_is_asked_for_and_stands_in_the_first_row_names_a_column():
    text = "Prénom;Région\nZoé;Nord\nLéa;Sud\n"
    assert read(text, column="prénom").words == ["Zoé", "Léa"]
    assert read(text, column="Région").words == ["Nord", "Sud"]


def test_what_json_and_quotes_hide_in_a_word_obeys_the_rules_of_lines():
    found = read('["em\\u0000ma", "a\\nva"]', column=1)
    assert found.words == ["emma", "a va"]
    assert found.warnings[0].startswith("The list holds invisible characters, which were left out (U+0000 ")
    assert [change.lines for change in found.changes] == [1, 1]
    assert read('name,n\n"a\nb",3\nc,4', column="name").words == ["a b", "c"]
    with pytest.raises(ValueError, match=r"^The list holds half a character \(U\+D800\)"):
        read('["\\ud800"]', column=1)


def test_words_and_numbers_with_spaces_between_are_a_table():
    text = "emma 18814\nolivia  18203\nava 17592\n"
    assert suggest(text) == {"column": 1, "counts": 2}
    assert "looks like a table" in read(text).warnings[0]
    found = read(text, column=1, counts=2)
    assert (found.words, found.counts) == (FIRST, BIRTHS)
    for plain in ("Boeing 737\nBoeing 747\nBoeing 777", "mary ann\nanna lee\neva 2"):
        assert read(plain).warnings == ()


@pytest.mark.parametrize("switches", [{"column": 1.5}, {"column": [1]}, {"counts": {}}, {"remove": 5}, {"prose": []}])
def test_a_switch_of_another_type_is_a_sentence(switches, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # other tests check the types of these calls
    with pytest.raises(ValueError, match=r"^(The|Running) .* is not\.$"):
        read("name,births\nEmma,2\nAva,1", **switches)


def test_an_open_quote_and_an_empty_table_are_sentences():
    with pytest.raises(ValueError, match=r"Look there for a quote that is not closed\.$"):
        read('name,births\n"' + "Emma,2\n" * 20_000, column="name")
    with pytest.raises(ValueError, match=r"^The list holds no words"):
        read(" \n", column=1)
