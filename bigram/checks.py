"""What a setting may be, what a list of words may be, and how a text from outside is shown."""

import math
import operator
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from decimal import ROUND_DOWN, Context
from numbers import Real
from typing import Any

SMALLEST = math.ulp(0.0)  # the smallest number above 0
LARGEST = 1e38  # of a setting; float32 holds a little more
SEEDS, SEED_RULE = range(2**63), "A seed must be a whole number from 0 to 2**63 - 1"
ONE_DIGIT = Context(prec=1, rounding=ROUND_DOWN)
SHOWN = 80  # characters of a wrong value


def whole(value: Any, allowed: range, rule: str) -> int:
    """A whole number as an int, of Python, NumPy or PyTorch. ValueError: `rule`, and the value that breaks it.

    >>> whole(2.5, range(1, 10), "The order must be a whole number from 1 to 9")
    Traceback (most recent call last):
    ValueError: The order must be a whole number from 1 to 9; 2.5 is not.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    truth_value = isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool")
    if number is None or truth_value or number not in allowed:
        raise ValueError(f"{rule}; {shown(value)} is not.")
    return number


def real(value: Any, least: float, rule: str) -> float:
    """A number from `least` to 1e38 as a float, of Python, NumPy or PyTorch.

    ValueError: `rule`, and the value that breaks it (NaN, True, …).
    """
    number = value.item() if getattr(value, "ndim", None) == 0 else value
    if isinstance(number, Real) and not isinstance(number, bool):
        with suppress(OverflowError):  # a whole number that no float holds
            if least <= float(number) <= LARGEST:
                return float(number)
    raise ValueError(f"{rule}; {shown(value)} is not.")


def below(number: float) -> float:
    """The largest number of one digit that is not above this one: 20 for 26.9, 0.01 for 0.0134."""
    return float(ONE_DIGIT.create_decimal(repr(number)))  # 0.3 is 0.3, not 0.29999…


def word_list(words: Iterable[str]) -> list[str]:
    """The words as a list, also those of a generator. ValueError: one text, or nothing that holds words."""
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise ValueError(f"Give a list of words; {shown(words)} is not. Put a single word into a list.")
    return words if isinstance(words, list) else list(words)


def shown(value: Any) -> str:
    """How a sentence shows a value: as Python writes it, and of a long one the start."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def visible(text: str) -> str:
    """The text on one line, with each character that a terminal obeys or hides written as its escape.

    These are the control characters and what turns the direction of writing. Spaces stay, and so do the two joiners
    that some scripts and emoji need.

    >>> visible("zoë\\x1b[2J")
    'zoë\\\\x1b[2J'
    """
    return "".join(
        char
        if char.isprintable() or unicodedata.category(char) == "Zs" or char in "\u200c\u200d"
        else char.encode("unicode_escape").decode()
        for char in text
    )
