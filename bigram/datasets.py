"""Named word lists. Two are embedded; the lecture's own is fetched once and checked."""

import os
import random
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict, Unpack

import pooch

from bigram.checks import SEED_RULE, SEEDS, SMALLEST, real, shown, whole, word_list
from bigram.reading import read

EMBEDDED = ("us-2018", "us-1880")
NAMES = (*EMBEDDED, "lecture")
ROUNDING = 1e-6  # by which the sum of fractions such as 0.7, 0.2 and 0.1 may pass 1, also in float32


class Switches(TypedDict, total=False):
    """How a list is read: see `read`."""

    column: str | int | None
    counts: str | int | None
    lower: bool
    remove: str
    unicode: str
    prose: str


LECTURE = pooch.create(
    path=pooch.os_cache("bigram"),
    env="BIGRAM_DATA_DIR",
    base_url="https://raw.githubusercontent.com/karpathy/makemore/988aa59e4d8fefa526d06f3b453ad116258398d4/",
    registry={"names.txt": "sha256:0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d"},
)


def load(name: str | os.PathLike[str] = "us-2018", **switches: Unpack[Switches]) -> list[str]:
    """The words of a list: `us-2018`, `us-1880`, `lecture`, or the path of a file.

    `lecture` is downloaded once, to the user's cache or to the folder that BIGRAM_DATA_DIR names, and its SHA-256 is
    checked.

    Args:
        name: One of these names, or a path; a `Path` always names a file. It may be packed (`names.csv.gz`).
        **switches: Those of `read`: column, counts, lower, remove, unicode, prose.

    Returns:
        The words in the order of the list; with counts, each as often as it counts.

    Raises:
        ValueError: An unknown name, a failed download, a file that is empty, of no known encoding, or no regular file.

    >>> load("us-2018")[:3]
    ['emma', 'olivia', 'ava']
    """
    return parse(contents(name), **switches)


def contents(name: str | os.PathLike[str]) -> bytes:
    """The bytes of a list, by its name as in `load`. ValueError: there is none, or it cannot be read."""
    if not isinstance(name, str | os.PathLike):
        raise ValueError(f"Give the name of a word list or the path of a file; {shown(name)} is not.")
    embedded = Path(__file__).parent / "data" / f"{name}.txt"
    path = fetch_lecture() if name == "lecture" else embedded if name in EMBEDDED else name
    name = os.fspath(name)
    if not os.path.isfile(path):
        other = "What has this name is no regular file: save the list in a file first. " if os.path.exists(path) else ""
        choices = f"Choose {', '.join(NAMES)}, or the path of a file."
        raise ValueError(f"There is no word list {name[:80]!r}. {other}{choices}")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{shown(name)} could not be read ({error.strerror}).") from error


def fetch_lecture() -> Path:
    """The path of the lecture's names.txt, downloaded on first use. ValueError: what to do where that fails."""
    try:
        return Path(LECTURE.fetch("names.txt"))
    except (OSError, ValueError) as error:
        remedy = f"Put {LECTURE.base_url}names.txt into {LECTURE.path} (BIGRAM_DATA_DIR names it), or choose us-2018."
        raise ValueError(f"The lecture's list could not be downloaded ({type(error).__name__}). {remedy}") from error


def parse(text: str | bytes, **switches: Unpack[Switches]) -> list[str]:
    """The words of a text, one a line; spaces around a word and blank lines are dropped, repeats are kept.

    A warning says what may be meant otherwise: a list that looks like a table, or an encoding that was guessed.

    Args:
        text: The list as text, or as bytes.
        **switches: Those of `read`: column, counts, lower, remove, unicode, prose.

    Returns:
        The words in their order; with counts, each as often as it counts.

    Raises:
        ValueError: Neither text nor bytes, bytes of no known encoding, no word at all, or a wrong switch.

    >>> parse("emma\\r\\n\\r\\n ava \\n")
    ['emma', 'ava']
    >>> parse("name,births\\nEmma,2\\nAva,1", column="name", counts="births", lower=True)
    ['emma', 'emma', 'ava']
    """
    found = read(text, **switches)
    for sentence in found.warnings:
        warnings.warn(sentence, stacklevel=2)
    return found.repeated()


def split(words: Iterable[str], seed: int, fractions: tuple[float, ...] = (0.8, 0.1, 0.1)) -> tuple[list[str], ...]:
    """Shuffled disjoint parts of `words`, sized by `fractions`: train, dev and test by default.

    Whole words are dealt, never single bigrams: a dev word has lent none of its bigrams to training. A name that
    stands in the list twice may still fall on both sides, as in the lecture.

    Args:
        words: At least as many words as there are parts.
        seed: A whole number from 0 to 2**63 - 1.
        fractions: The size of each part, as a share of all words.

    Returns:
        One list of words for each fraction.

    Raises:
        ValueError: A part would be empty, a bad seed, fractions that are not above 0 or add up to more than 1.

    >>> [len(part) for part in split(list("abcdefghij"), seed=0)]
    [8, 1, 1]
    """
    rule = "The fractions must be one or more numbers above 0 that add up to 1 at most"
    fractions = tuple(real(fraction, SMALLEST, rule) for fraction in fractions)
    if not 0 < sum(fractions) <= 1 + ROUNDING:
        raise ValueError(f"{rule}; {shown(fractions)} are not.")
    shuffled = list(word_list(words))
    random.Random(whole(seed, SEEDS, SEED_RULE)).shuffle(shuffled)
    ends = [round(len(shuffled) * sum(fractions[: i + 1])) for i in range(len(fractions))]
    parts = tuple(shuffled[start:end] for start, end in zip([0, *ends], ends))
    if not all(parts):
        few = f"Too few words ({len(shuffled)}) for {len(parts)} parts"
        raise ValueError(f"{few}: one would be empty. Give more words.")
    return parts
