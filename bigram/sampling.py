"""Use the table: draw names, character by character, by inverse transform sampling.

One stream of uniform numbers u decides everything: the next character is the first whose cumulative probability
exceeds u. Steadier than torch.multinomial, whose stream changed between PyTorch versions, and it draws the
lecture's own names. The first 5 of 1,000 names are the 5 of 5.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from bigram.checks import SEED_RULE, SEEDS, whole
from bigram.text import Vocab

LONGEST = 10_000  # characters; a table that never draws the boundary would go on for ever
MOST_NAMES = 1_000_000
MOST_CHARACTERS = 100_000_000  # of all names of a call: they stay in memory


class Draw(NamedTuple):
    """One step of `trace`: from `context`, the number `u` fell on `character`."""

    context: int  # row of the table
    row: Float64[Tensor, "V"]  # its probabilities
    cumulative: Float64[Tensor, "V"]  # their running sum, ending in 1
    u: float  # uniform in [0, 1)
    character: int  # the first id whose cumulative probability exceeds u


def sample(P: Float[Tensor, "C V"], vocab: Vocab, count: int, seed: int) -> list[str]:
    """`count` names drawn from the table P, without their boundaries.

    Cost O(log V) per character and no tensor call.

    Args:
        P: Probabilities, (C, V); each row sums to 1.
        vocab: The characters of the columns.
        count: A whole number from 1 to 1,000,000.
        seed: A whole number from 0 to 2**63 - 1.

    Returns:
        The names.

    Raises:
        ValueError: P is no table of probabilities for `vocab`, a bad count or seed, a name that has not ended after
            10,000 characters, names of more than 100,000,000 characters together.

    >>> sample(torch.tensor([[0.0, 1.0], [0.5, 0.5]]), Vocab(".a"), count=3, seed=0)
    ['aa', 'aaa', 'aa']
    """
    rule = f"The number of names must be a whole number from 1 to {MOST_NAMES:,}"
    count = whole(count, range(1, MOST_NAMES + 1), rule)
    V, left = len(vocab), MOST_CHARACTERS
    cumulative, C = cumulate(P, vocab).tolist(), P.shape[0]
    names, name, context = [], [], 0
    for u in uniforms(seed):
        character = bisect_right(cumulative[context], u)
        if character:
            name.append(vocab.chars[character])
            context = (context * V + character) % C  # the oldest character drops out
            if len(name) > LONGEST:
                raise ValueError(
                    f"A name has not ended after {LONGEST:,} characters: in this table the end of a name is too rare. "
                    "Look for a very long word in the list, smooth more, or lower the learning rate."
                )
        else:
            names.append("".join(name))
            left -= len(name)
            if left < 0:
                raise ValueError(f"The names have more than {MOST_CHARACTERS:,} characters together. Draw fewer.")
            if len(names) == count:
                break
            name, context = [], 0
    return names


def trace(P: Float[Tensor, "C V"], vocab: Vocab, seed: int) -> list[Draw]:
    """The first name of `sample`, step by step; the last step draws the boundary.

    Args:
        P: Probabilities, (C, V); each row sums to 1.
        vocab: The characters of the columns.
        seed: A whole number from 0 to 2**63 - 1.

    Returns:
        One `Draw` for each character.

    Raises:
        ValueError: As `sample`.

    >>> [(draw.context, round(draw.u, 2), draw.character) for draw in trace(torch.eye(2).flip(0), Vocab(".a"), seed=0)]
    [(0, 0.97, 1), (1, 0.71, 0)]
    """
    name = sample(P, vocab, 1, seed)[0]
    cumulative = cumulate(P, vocab)
    draws, context = [], 0
    for u, character in zip(uniforms(seed), [*vocab.encode(name).tolist(), 0]):
        draws.append(Draw(context, P[context].double().cpu(), cumulative[context], u, character))
        context = (context * len(vocab) + character) % P.shape[0]
    return draws


def cumulate(P: Float[Tensor, "C V"], vocab: Vocab) -> Float64[Tensor, "C V"]:
    """The running sum of each row of P, ending in exactly 1. ValueError where P is no table for `vocab`."""
    V, cumulative = len(vocab), P.double().cpu().cumsum(-1)
    if P.shape not in ((V, V), (V**2, V), (V**3, V)) or P.min() < 0 or not (cumulative[:, -1] - 1).abs().max() < 1e-5:
        raise ValueError(f"A table of probabilities has V = {V} columns, V, V² or V³ rows that sum to 1; P has not.")
    return cumulative / cumulative[:, -1:]


def uniforms(seed: int) -> Iterator[float]:
    """An endless stream of float64 uniforms in [0, 1) from a CPU generator of its own, drawn in blocks."""
    generator = seeded(seed)
    while True:
        yield from torch.rand(4096, dtype=torch.float64, generator=generator).tolist()


def seeded(seed: int) -> torch.Generator:
    """A CPU generator of its own: the global one is never touched. ValueError: no whole number from 0 to 2**63 - 1."""
    return torch.Generator().manual_seed(whole(seed, SEEDS, SEED_RULE))
