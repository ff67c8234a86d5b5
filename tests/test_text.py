"""Words to ids to examples, against the lecture's loop."""

import socket

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bigram

WORDS = ["emma", "olivia", "ava", "ai", "x"]
any_character = st.characters(exclude_categories=(), exclude_characters=".")  # lone surrogates too


@given(st.lists(st.text(any_character), min_size=1))
def test_decode_undoes_encode(words):
    vocab = bigram.Vocab.from_words(words)
    assert [vocab.decode(vocab.encode(word)) for word in words] == words
    assert [vocab.decode(vocab.encode(word, ends=2)) for word in words] == [f"..{word}.." for word in words]


def test_vocabulary_is_the_boundary_and_then_the_sorted_characters():
    assert bigram.Vocab.from_words(["bé", "a-b"]).chars == ".-abé"  # "-" sorts before "." and still comes second


def test_equal_vocabularies_are_equal_and_frozen():
    vocab = bigram.Vocab.from_words(["ab"])
    assert {vocab, bigram.Vocab(".ab")} == {vocab}
    with pytest.raises(AttributeError):
        vocab.chars = ".abc"


@pytest.mark.parametrize("chars", ["", "ab", ".ba", ".aa", "..a"])
def test_other_strings_are_no_vocabulary(chars):
    with pytest.raises(ValueError, match=r"^A vocabulary is '\.', then its characters sorted; '.*' is not\.$"):
        bigram.Vocab(chars)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_examples_are_those_of_the_lecture_loop(order, lecture_grams):
    vocab = bigram.Vocab.from_words(WORDS)
    xs, ys = bigram.ngrams(WORDS, vocab, order)
    grams = list(lecture_grams(WORDS, order))
    contexts = [sum(id * len(vocab) ** place for place, id in enumerate(reversed(gram[:-1]))) for gram in grams]
    assert xs.tolist() == contexts  # the newest character is the last digit
    assert ys.tolist() == [gram[-1] for gram in grams]


@given(st.lists(st.text("ab", max_size=4), min_size=1), st.sampled_from([2, 3, 4]))
def test_every_order_has_one_example_per_character_and_end(words, order):
    xs, ys = bigram.ngrams(words, bigram.Vocab(".ab"), order)
    assert len(xs) == len(ys) == sum(len(word) + 1 for word in words)


def test_bigram_examples_are_views_of_one_tape():
    xs, ys = bigram.ngrams(WORDS, bigram.Vocab.from_words(WORDS))
    assert ys.data_ptr() - xs.data_ptr() == xs.element_size()


@pytest.mark.parametrize("block", [1, 3, 7])
@pytest.mark.parametrize("order", [2, 3, 4])
def test_encoding_in_blocks_changes_nothing(block, order, monkeypatch):
    vocab = bigram.Vocab.from_words(WORDS)
    whole = bigram.ngrams(WORDS, vocab, order)
    monkeypatch.setattr("bigram.text.BLOCK", block)
    torch.testing.assert_close(bigram.ngrams(WORDS, vocab, order), whole, rtol=0, atol=0)


@pytest.mark.parametrize(("V", "order", "C"), [(27, 2, 27), (27, 3, 729), (27, 4, 19683), (2048, 2, 2048)])
def test_context_count(V, order, C):
    assert bigram.context_count(V, order) == C


@pytest.mark.parametrize("order", [1, 5, 0, -2, True])
def test_order_outside_2_to_4_is_refused(order):
    sentence = rf"^The order must be 2, 3 or 4 \(bigram, trigram, 4-gram\); {order} is not\.$"
    with pytest.raises(ValueError, match=sentence):
        bigram.context_count(27, order)
    with pytest.raises(ValueError, match=sentence):
        bigram.ngrams(WORDS, bigram.Vocab.from_words(WORDS), order)


@pytest.mark.parametrize(("V", "order"), [(2049, 2), (162, 3), (46, 4)])
def test_too_large_a_table_is_refused(V, order):
    assert (V - 1) ** order <= 2**22 < V**order  # the smallest V that does not fit
    cells = f"{V} characters at order {order} make a table of {V**order:,} cells, more than 4,194,304"
    with pytest.raises(ValueError, match=rf"^{cells}\. Choose a lower order, or words with fewer different"):
        bigram.context_count(V, order)


def test_no_words_are_refused():
    sentence = r"^The list holds no words\. Give at least one\.$"
    with pytest.raises(ValueError, match=sentence):
        bigram.Vocab.from_words([])
    with pytest.raises(ValueError, match=sentence):
        bigram.ngrams([], bigram.Vocab(".a"))


def test_boundary_inside_a_word_is_refused():
    sentence = r"^1 of 2 words contain '\.', the boundary of words: word 2 'a\.b'\. Leave it out: remove='\.' in Python"
    with pytest.raises(ValueError, match=sentence):
        bigram.Vocab.from_words(["ab", "a.b"])
    with pytest.raises(ValueError, match=sentence):
        bigram.ngrams(["ab", "a.b"], bigram.Vocab(".ab"))
    with pytest.raises(ValueError, match=f": word 1 '{'a' * 40}'. Leave"):  # its first 40 characters
        bigram.Vocab.from_words(["a" * 50 + "."])
    with pytest.raises(
        ValueError, match=r"^5 of 6 words .*: word 2 'a\.', word 3 'a\.', word 4 'a\.', …\. Leave it out"
    ):
        bigram.Vocab.from_words(["b", *["a."] * 5])


@pytest.mark.parametrize("unknown", ["c", "`", "é", "😀", "\ud800", "\0"])
@pytest.mark.parametrize("block", [2, 2**20])
def test_the_first_unknown_character_is_named(unknown, block, monkeypatch):
    monkeypatch.setattr("bigram.text.BLOCK", block)
    with pytest.raises(ValueError, match=r" is not one of '\.ab'\. Remove it\.$") as error:
        bigram.ngrams(["ab", "ab" + unknown + "z"], bigram.Vocab(".ab"))
    assert str(error.value).startswith(f"The character {unknown!r} is not")


def test_the_network_is_closed():
    """The guard of conftest.py bites, or the other tests might depend on the network unnoticed."""
    with socket.socket() as sock:
        for connect in (sock.connect, sock.connect_ex):
            with pytest.raises(ConnectionRefusedError, match=r"^A test may not reach 192\.0\.2\.1\.$"):
                connect(("192.0.2.1", 80))  # TEST-NET-1: nobody's address


def test_this_machine_can_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as sock:
        assert sock.getpeername() == server.getsockname()
