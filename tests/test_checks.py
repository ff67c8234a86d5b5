"""What the package refuses, as a user meets it: without beartype, which under pytest would speak first."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bigram
from bigram.checks import real, shown, visible, whole

WHOLE = ("2.5", "2.0", "True", "np.True_", "torch.tensor(True)", "None", "'3'", "float('nan')", "[2]", "10**5000")
REAL = ("True", "None", "'3'", "float('nan')", "-1.0", "10**400")

# What is called with a wrong value, and how the sentence begins.
WHOLE_NUMBERS = {
    "sample(P, vocab, {}, 0)": "The number of names must be a whole number from 1 to 1,000,000;",
    "sample(P, vocab, 1, {})": "A seed must be a whole number from 0 to 2**63 - 1;",
    "trace(P, vocab, {})": "A seed must be a whole number",
    "next(uniforms({}))": "A seed must be a whole number",
    "initial_weights(3, seed={})": "A seed must be a whole number",
    "split(ten, {})": "A seed must be a whole number",
    "descend(nll, W, {})": "The number of steps must be a whole number from 0 to 1,000,000;",
    "initial_weights({})": "The number of characters must be a whole number",
    "initial_weights(3, {})": "The order must be 2, 3 or 4",
    "context_count({}, 2)": "The number of characters must be a whole number",
    "context_count(3, {})": "The order must be 2, 3 or 4",
    "count(xs, ys, {})": "The number of characters must be a whole number",
    "count(xs, ys, 3, {})": "The order must be 2, 3 or 4",
    "ngrams(ten, vocab, {})": "The order must be 2, 3 or 4",
    "vocab.decode([{}])": "An id must be a whole number from 0 to 2;",
    "of_all_ranks(nll, {})": "The number of examples must be a whole number",
}
REAL_NUMBERS = {
    "probabilities(N, {})": "Smoothing must be a number from 0 to 1e+38;",
    "descend(nll, W, 1, {})": "The learning rate must be a number above 0",
    "descend(nll, W, 1, 1.0, {})": "The L2 strength must be a number from 0",
    "stable_learning_rates(N, {})": "The L2 strength must be a number from 0",
    "split(ten, 1, ({}, 0.1))": "The fractions must be one or more numbers above 0 that add up to 1 at most;",
}
OTHERS = {
    "context_count(0, 2)": "The number of characters must be a whole number",
    "context_count(-3, 2)": "The number of characters must be a whole number",
    "split(ten, -1)": "A seed must be a whole number from 0 to 2**63 - 1; -1 is not.",
    "split(ten, 1, (.8, .3, .1))": "The fractions must be one or more numbers above 0 that add up to 1 at most; (0.8",
    "split(ten, 1, (0.0, 1.0))": "The fractions must be",
    "split(ten, 1, ())": "The fractions must be",
    "Vocab.from_words('emma')": "Give a list of words; 'emma' is not. Put a single word into a list.",
    "ngrams('ab', vocab)": "Give a list of words; 'ab' is not.",
    "split('abcdefghij', 1)": "Give a list of words; 'abcdefghij' is not.",
    "Vocab.from_words(None)": "Give a list of words; None is not.",
    "Vocab.from_words(['ab', 5])": "A word must be a text; 5 is not.",
    "Vocab.from_words([['a']])": "A word must be a text; ['a'] is not.",
    "ngrams(['ab', None], vocab)": "A word must be a text; None is not.",
    "Vocab.from_words(word for word in [])": "The list holds no words.",
    "vocab.decode([-1])": "An id must be a whole number from 0 to 2; -1 is not.",
    "vocab.decode([3])": "An id must be a whole number from 0 to 2; 3 is not.",
    "parse(5)": "A list must be text or bytes; 5 is not.",
    "load(0)": "Give the name of a word list or the path of a file; 0 is not.",
    "load(Path('nowhere.txt'))": "There is no word list 'nowhere.txt'.",
    "initial_weights(3, device=None)": "The device is cpu, or cuda",
    "choose_form(None, xs, ys, N)": "There is no forward form None.",
    "choose_form('rows', None, ys, N)": "The context ids xs must be a tensor; None is not.",
    "choose_form('rows', xs, [1, 2, 0], N)": "The next-character ids ys must be a tensor; [1, 2, 0] is not.",
    "choose_form('rows', xs, ys, None)": "The counts N must be a tensor; None is not.",
    "choose_form('rows', torch.tensor(1), ys, N)": "xs and ys have one dimension and N has two; these have 0, 1 and 2.",
    "choose_form('rows', xs, ys, N[0])": "xs and ys have one dimension and N has two; these have 1, 1 and 1.",
    "choose_form('gather', xs, ys[:1], N)": "Each example has a context and a next character; 3 xs and 1 ys differ.",
    "Vocab('x' * 10**6)": "A vocabulary is '.', then its characters sorted; 'xxx",
}
RIGHT = {
    "initial_weights(3, device=torch.device('cpu')).shape[0]": 3,
    "len(split(ten, 1, np.array([.8, .1, .1]))[0])": 8,
    "len(split(ten, 1, torch.tensor([.8, .1, .1]))[0])": 8,
    "written(np.int64(2))": 2,
    "written(torch.tensor(2))": 2,
}
PROGRAM = """
import json, sys, tempfile
from pathlib import Path
import numpy as np
import torch
from bigram import *
from bigram.scale.parallel import of_all_ranks
from bigram.sampling import uniforms
from bigram.scale.table import load_table, save_table
def written(order):
    with tempfile.TemporaryDirectory() as folder:
        save_table(f"{folder}/table", N, vocab, order)
        return load_table(f"{folder}/table")[2]
ten, vocab = list("abcdefghij"), Vocab(".ab")
xs, ys = ngrams(["ab"], vocab)
N, W = count(xs, ys, 3), torch.zeros(3, 3)
P, nll = probabilities(N, 1.0), torch.sum
said = {}
for call in json.load(sys.stdin):
    try:
        said[call] = f"{call} gave {eval(call)}"
    except Exception as error:
        said[call] = [type(error).__name__, str(error)]
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(python):
    """What each call answers in a process of its own: [kind of the error, its sentence]."""
    calls = [call.format(value) for call in WHOLE_NUMBERS for value in WHOLE]
    calls += [call.format(value) for call in REAL_NUMBERS for value in REAL]
    return json.loads(python.run("-c", PROGRAM, given=json.dumps([*calls, *OTHERS, *RIGHT]), check=True).stdout)


@pytest.mark.parametrize("call", [*WHOLE_NUMBERS, *REAL_NUMBERS])
def test_what_is_no_number_of_its_kind_is_a_sentence(call, said):
    rule = (WHOLE_NUMBERS | REAL_NUMBERS)[call]
    for value in WHOLE if call in WHOLE_NUMBERS else REAL:
        kind, sentence = said[call.format(value)]
        assert kind == "ValueError", (value, kind, sentence)
        assert sentence.startswith(rule), (value, sentence)
        assert len(sentence) < 300


@pytest.mark.parametrize("call", OTHERS)
def test_other_wrong_arguments_are_sentences(call, said):
    kind, sentence = said[call]
    assert kind == "ValueError", sentence
    assert sentence.startswith(OTHERS[call])
    assert len(sentence) < 300


@pytest.mark.parametrize("call", RIGHT)
def test_what_numpy_and_pytorch_write_in_their_own_way_is_fine(call, said):
    assert said[call] == f"{call} gave {RIGHT[call]}"


@pytest.mark.parametrize("three", [3, np.int64(3), np.uint8(3), torch.tensor(3)])
def test_whole_numbers_of_numpy_and_pytorch_are_fine(three):
    assert whole(three, range(5), "A rule") == 3


@pytest.mark.parametrize("half", [0.5, np.float32(0.5), np.array(0.5), torch.tensor(0.5), torch.tensor(0.5).half()])
def test_numbers_of_numpy_and_pytorch_are_fine(half):
    number = real(half, 0.0, "A rule")
    assert number == 0.5
    assert type(number) is float


@pytest.mark.parametrize("wrong", [np.array(True), torch.tensor(True), torch.tensor(-1.0), torch.tensor([0.5]), 0.5j])
def test_what_numpy_and_pytorch_hold_must_be_a_number_too(wrong):
    with pytest.raises(ValueError, match=r"^A rule; .* is not\.$"):
        real(wrong, 0.0, "A rule")


@given(st.lists(st.text("abc", min_size=1), min_size=10, max_size=20), st.integers(0, 9))
def test_a_generator_gives_what_its_list_gives(words, seed):
    vocab = bigram.Vocab.from_words(word for word in words)
    assert vocab == bigram.Vocab.from_words(words)
    for of_generator, of_list in zip(bigram.ngrams((word for word in words), vocab), bigram.ngrams(words, vocab)):
        assert of_generator.equal(of_list)
    assert bigram.split((word for word in words), seed) == bigram.split(words, seed)


@given(st.text())
def test_a_visible_text_gives_a_terminal_nothing_to_obey(text):
    shown_text = visible(text)
    assert not {*shown_text} & {*map(chr, [*range(32), *range(127, 160), 0x061C, 0x200E, 0x200F])}
    assert not {*shown_text} & {*map(chr, [*range(0x2028, 0x202F), *range(0x2066, 0x206A)])}
    shown_text.encode()  # no half of a character


@pytest.mark.parametrize("text", ["zoë 李\u3000明", "نمی\u200cخواهم", "👩\u200d🔬", "a\xa0b"])
def test_letters_spaces_and_joiners_stay(text):
    assert visible(text) == text


def test_a_long_value_is_cut():
    assert shown("x" * 1000) == "'" + "x" * 79 + "…"
