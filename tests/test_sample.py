"""Use the table: names by inverse transform sampling, against one uniform number at a time."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bigram
from bigram.sampling import uniforms

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia"]
VOCAB = bigram.Vocab.from_words(WORDS)
MODULE = bigram.sampling
seeds = st.integers(0, 2**63 - 1)


def table(order=2, smoothing=1.0, words=WORDS):
    return bigram.probabilities(bigram.count(*bigram.ngrams(words, VOCAB, order), len(VOCAB), order), smoothing)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_names_are_those_of_one_uniform_at_a_time(order, device):
    """The next character is the first whose cumulative probability exceeds u. No matter how the stream is cut."""
    P = table(order)
    generator = torch.Generator().manual_seed(5)
    names, context = [""], [0] * (order - 1)
    while len(names) <= 700:
        row = P.view([len(VOCAB)] * order)[tuple(context)].tolist()
        u = torch.rand((), dtype=torch.float64, generator=generator).item()
        character = next(id for id in range(len(row)) if sum(row[: id + 1]) > u)
        if character:
            names[-1] += VOCAB.chars[character]
            context = [*context[1:], character]
        else:
            names.append("")
            context = [0] * (order - 1)
    assert sum(map(len, names)) > 4096  # more than one block of uniforms
    assert bigram.sample(P.to(device), VOCAB, 700, seed=5) == names[:-1]


def test_uniforms_are_one_stream_however_it_is_cut():
    generator = torch.Generator().manual_seed(5)
    one_by_one = [torch.rand((), dtype=torch.float64, generator=generator).item() for _ in range(10_000)]
    assert [u for u, _ in zip(uniforms(5), one_by_one)] == one_by_one


def test_a_uniform_on_the_edge_belongs_to_the_next_character(monkeypatch):
    """The cumulative probability must exceed u: what has none is never drawn, not even by u = 0."""
    P = torch.tensor([[0.0, 0.5, 0.5], [0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    monkeypatch.setattr(MODULE, "uniforms", lambda seed: iter([0.0, 0.5, 0.0, 0.5, 0.0]))
    assert bigram.sample(P, bigram.Vocab(".ab"), 2, seed=0) == ["aa", "b"]


@given(seeds, st.integers(1, 30), st.integers(1, 30))
def test_the_first_names_of_many_are_the_names_of_few(seed, few, more):
    assert bigram.sample(table(), VOCAB, few + more, seed)[:few] == bigram.sample(table(), VOCAB, few, seed)


def test_the_first_5_names_of_1000_are_the_5_of_5():
    assert bigram.sample(table(), VOCAB, 1000, seed=1)[:5] == bigram.sample(table(), VOCAB, 5, seed=1)


@given(seeds)
def test_names_follow_from_the_seed_alone(seed):
    before = torch.random.get_rng_state()
    first = bigram.sample(table(), VOCAB, 20, seed)
    assert torch.random.get_rng_state().equal(before)  # the global generator has no part in it
    torch.rand(3)
    assert bigram.sample(table(), VOCAB, 20, seed) == first
    assert bigram.sample(table(), VOCAB, 20, seed ^ 1) != first


@given(st.lists(st.text("aemv", max_size=6), min_size=1), st.sampled_from([2, 3, 4]), seeds)
def test_unsmoothed_names_hold_only_seen_grams(words, order, seed):
    def grams(words):
        padded = ["." * (order - 1) + word + "." for word in words]
        return {word[start : start + order] for word in padded for start in range(len(word) - order + 1)}

    assert grams(bigram.sample(table(order, 0.0, words), VOCAB, 10, seed)) <= grams(words)


def test_smoothed_names_hold_unseen_pairs_too():
    names = bigram.sample(table(smoothing=1.0), VOCAB, 100, seed=1)
    seen = {pair for word in WORDS for pair in zip(f".{word}", f"{word}.")}
    assert {pair for name in names for pair in zip(f".{name}", f"{name}.")} - seen


def test_counting_the_sampled_names_gives_the_table_back():
    P, names = table(), bigram.sample(table(), VOCAB, 20_000, seed=1)
    N = bigram.count(*bigram.ngrams(names, VOCAB), len(VOCAB))
    sigma = (P * (1 - P) / N.sum(1, keepdim=True)).sqrt()
    assert ((bigram.probabilities(N, 0.0) - P).abs() < 5 * sigma).all()


@given(st.sampled_from([2, 3, 4]), seeds)
def test_trace_draws_the_first_name_of_sample(order, seed):
    draws = bigram.trace(table(order), VOCAB, seed)
    assert VOCAB.decode([draw.character for draw in draws]) == bigram.sample(table(order), VOCAB, 1, seed)[0] + "."


@given(st.sampled_from([2, 3, 4]), seeds)
def test_each_draw_of_a_trace_is_consistent(order, seed):
    """The row is that of the context, and the character the first whose cumulative probability exceeds u."""
    P, tape = table(order), [0] * (order - 1)
    for draw, u in zip(bigram.trace(P, VOCAB, seed), uniforms(seed)):
        context = sum(id * len(VOCAB) ** place for place, id in enumerate(reversed(tape[1 - order :])))
        assert (draw.context, draw.u) == (context, u)
        assert draw.row.equal(P[context])
        torch.testing.assert_close(draw.cumulative, P[context].cumsum(0), rtol=1e-12, atol=0)
        assert draw.cumulative[-1] == 1
        assert (draw.cumulative > u).int().argmax() == draw.character
        tape.append(draw.character)


def test_a_name_may_be_empty():
    P = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert bigram.sample(P, bigram.Vocab(".a"), 2, seed=0) == ["", ""]
    assert [draw.character for draw in bigram.trace(P, bigram.Vocab(".a"), seed=0)] == [0]


@pytest.mark.parametrize(
    "P",
    [
        [[0.5, 0.5]] * 3,  # 2 columns for 3 characters
        [[0.5, 0.5, 0.5]] * 3,
        [[1.5, -0.5, 0.0]] * 3,
        [[float("nan"), 0.5, 0.5]] * 3,
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        [[0.0, -1.0, 1.0]] * 3,  # logits
        [[1.0, 0.0, 0.0]] * 4,  # neither 3, 9 nor 27 rows
    ],
)
@pytest.mark.parametrize("use", [bigram.trace, lambda P, vocab, seed: bigram.sample(P, vocab, 1, seed)])
def test_other_tables_are_refused(P, use):
    sentence = r"^A table of probabilities has V = 3 columns, V, V² or V³ rows that sum to 1; P has not\.$"
    with pytest.raises(ValueError, match=sentence):
        use(torch.tensor(P), bigram.Vocab(".ab"), 0)


@pytest.mark.parametrize("count", [0, -1, 1_000_001, 10**30])
def test_no_names_and_too_many_are_refused(count):
    sentence = rf"^The number of names must be a whole number from 1 to 1,000,000; {count} is not\.$"
    with pytest.raises(ValueError, match=sentence):
        bigram.sample(table(), VOCAB, count, seed=0)


def test_a_name_that_never_ends_is_refused():
    P = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    sentence = r"^A name has not ended after 10,000 characters: .* Look for a very long word in the list, smooth more, "
    with pytest.raises(ValueError, match=sentence):
        bigram.sample(P, bigram.Vocab(".a"), 1, seed=0)


def test_the_longest_name_is_allowed(monkeypatch):
    P = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    monkeypatch.setattr(MODULE, "LONGEST", 2)
    assert bigram.sample(P, bigram.Vocab(".ab"), 2, seed=0) == ["ab", "ab"]


def test_names_that_are_too_long_together_are_refused(monkeypatch):
    P = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    monkeypatch.setattr(MODULE, "MOST_CHARACTERS", 4)
    assert len(bigram.sample(P, bigram.Vocab(".ab"), 2, seed=0)) == 2
    with pytest.raises(ValueError, match=r"^The names have more than 4 characters together\. Draw fewer\.$"):
        bigram.sample(P, bigram.Vocab(".ab"), 3, seed=0)
