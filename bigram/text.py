"""Words to ids to examples: the text becomes integers once, and nothing later knows about letters.

All words lie on one tape with a single boundary between them, `.emma.olivia.ava.`, so that every position after
the first is one example: what stands there (ys), given what stands before it (xs). No loop over characters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from bigram.checks import shown, whole, word_list

BOUNDARY = "."  # id 0: the start and the end of every word
LARGEST_TABLE = 2**22  # cells; order 4 on the 27 letters has 531,441
BLOCK = 2**14  # characters at a time: little scratch memory, and below the 2**15 at which PyTorch waits for other cores


@dataclass(frozen=True)
class Vocab:
    """The characters of a text in id order: the boundary first, then the rest sorted.

    >>> vocab = Vocab.from_words(["emma", "ava"])
    >>> vocab.chars, len(vocab)
    ('.aemv', 5)
    >>> vocab.encode("emma").tolist(), vocab.decode([1, 4, 1])
    ([2, 3, 3, 1], 'ava')
    """

    chars: str

    def __post_init__(self) -> None:
        if self.chars != BOUNDARY + "".join(sorted({*self.chars} - {BOUNDARY})):
            raise ValueError(f"A vocabulary is {BOUNDARY!r}, then its characters sorted; {shown(self.chars)} is not.")

    @classmethod
    def from_words(cls, words: Iterable[str]) -> "Vocab":
        """The vocabulary of some words.

        Args:
            words: At least one word.

        Returns:
            The boundary, and the characters of the words sorted.

        Raises:
            ValueError: No words, a boundary character inside one, or no list of texts.
        """
        words = word_list(words)
        check(words)
        return cls(BOUNDARY + "".join(sorted(set().union(*words))))

    def __len__(self) -> int:
        return len(self.chars)

    def encode(self, text: str, ends: int = 0) -> Int64[Tensor, "length"]:
        """The id of each character.

        Args:
            text: Characters of the vocabulary.
            ends: How many boundaries to add on either side.

        Returns:
            Ids, int64 of shape (len(text) + 2 * ends,).

        Raises:
            ValueError: Names a character that the vocabulary lacks.
        """
        table = np.full(ord(max(self.chars)) + 2, -1)  # code point -> id; the last entry stands for all larger ones
        table[[ord(char) for char in self.chars]] = np.arange(len(self))
        tape = np.empty(len(text) + 2 * ends, dtype=np.int64)
        tape[:ends] = tape[ends + len(text) :] = 0
        for start in range(0, len(text), BLOCK):
            block = text[start : start + BLOCK]
            ids = tape[ends + start :][: len(block)]
            table.take(np.frombuffer(block.encode("utf-32-le", "surrogatepass"), np.uint32), mode="clip", out=ids)
            if ids.min() < 0:
                raise ValueError(f"The character {block[ids.argmin()]!r} is not one of {shown(self.chars)}. Remove it.")
        return torch.from_numpy(tape)

    def decode(self, ids: Sequence[int] | Int64[Tensor, "length"]) -> str:
        """The characters of ids as one string.

        Args:
            ids: Whole numbers from 0 to len(self) - 1.

        Returns:
            One character for each id.

        Raises:
            ValueError: An id that the vocabulary lacks.
        """
        rule = f"An id must be a whole number from 0 to {len(self) - 1:,}"
        return "".join(self.chars[whole(i, range(len(self)), rule)] for i in ids)


def check(words: list[str]) -> None:
    """ValueError: no words, one that is no text, or a boundary character inside one."""
    if not words:
        raise ValueError("The list holds no words. Give at least one.")
    for word in words:
        if not isinstance(word, str):
            raise ValueError(f"A word must be a text; {shown(word)} is not.")
    if wrong := [(at, word) for at, word in enumerate(words, 1) if BOUNDARY in word]:
        first = ", ".join(f"word {at:,} {word[:40]!r}" for at, word in wrong[:3])
        raise ValueError(
            f"{len(wrong):,} of {len(words):,} words contain {BOUNDARY!r}, the boundary of words: "
            f"{first}{', …' if len(wrong) > 3 else ''}. Leave it out: remove='.' in Python, --remove . in the terminal."
        )


def context_count(V: int, order: int) -> int:
    """C = V ** (order - 1), the rows of the table: a bigram (order 2) has one row per character.

    Args:
        V: The number of characters.
        order: 2 for bigrams, 3 or 4.

    Returns:
        C.

    Raises:
        ValueError: V is no whole number above 0, order is not 2, 3 or 4, or the table has more than 2**22 cells.

    >>> context_count(27, order=2), context_count(27, order=3)
    (27, 729)
    """
    V = whole(V, range(1, 2**63), "The number of characters must be a whole number from 1 to 2**63 - 1")
    order = whole(order, range(2, 5), "The order must be 2, 3 or 4 (bigram, trigram, 4-gram)")
    if V**order > LARGEST_TABLE:
        size = f"{V} characters at order {order} make a table of {V**order:,} cells, more than {LARGEST_TABLE:,}"
        raise ValueError(f"{size}. Choose a lower order, or words with fewer different characters.")
    return int(V ** (order - 1))


def ngrams(words: Iterable[str], vocab: Vocab, order: int = 2) -> tuple[Int64[Tensor, "n"], Int64[Tensor, "n"]]:
    """The examples (xs, ys): each context id, and the id of the character that follows it.

    A context is the last `order - 1` characters, newest last, read as a number in base V; before a word begins they
    are boundaries. At order 2, xs and ys are views of one tape: no copy. Cost O(n).

    At order 3 the first letter of a word follows two boundaries. Many learners write one boundary before a word, so
    they have no example for its first letter. For their trigrams, keep the examples with `xs != 0`.

    Args:
        words: At least one word.
        vocab: A vocabulary with all their characters.
        order: 2 for bigrams, 3 or 4.

    Returns:
        xs and ys, int64 of shape (n,), where n is the sum of len(word) + 1, the same for every order.

    Raises:
        ValueError: No words, a boundary inside a word, an unknown character, a bad order, or no list of texts.

    >>> vocab = Vocab(".aemv")
    >>> xs, ys = ngrams(["emma"], vocab)
    >>> [f"{vocab.chars[x]}{vocab.chars[y]}" for x, y in zip(xs, ys)]
    ['.e', 'em', 'mm', 'ma', 'a.']
    """
    small = len({char.lower() for char in vocab.chars})
    try:
        context_count(len(vocab), order)
    except ValueError as error:
        if small < len(vocab) and small**order <= LARGEST_TABLE:
            raise ValueError(f"{error} In small letters (lower=True, --lower) there would be {small}.") from None
        raise
    words = word_list(words)
    try:
        text = BOUNDARY.join(words)
    except TypeError:
        check(words)
        raise
    context = tape = vocab.encode(text, ends=1).numpy()  # NumPy works on one core, and waits for none
    if len(tape) - np.count_nonzero(tape) != len(words) + 1:
        check(words)  # raises, naming the word
    for _ in range(order - 2):
        longer = tape.copy()
        longer[1:] += len(vocab) * context[:-1]
        context = longer * (tape != 0)  # subtle: a boundary hides the word before it
    return torch.from_numpy(context)[:-1], torch.from_numpy(tape)[1:]
