"""A list that a visitor brings: how the page reads it, and what it says about that.

The page gets plain words, one a line, so that links, files and the API need to know nothing of tables and encodings.
"""

import base64
import zlib
from collections import Counter
from typing import Any

import bigram
from bigram.reading import Change, Reading, read, suggest
from demo.experiment import OWN_WORDS

LARGEST = 4 * OWN_WORDS  # bytes of a file before it is read
URL_SAFE = str.maketrans("-_", "+/")
TOO_LARGE = (
    f"The list is too large for this page: it takes {OWN_WORDS:,} characters. "
    "In the terminal, python -m bigram.corpus makes a table of a list of any size, and the page takes that table."
)


def unpacked(packed: bytes) -> bytes:
    """What gzip has packed. ValueError: it is damaged, or too large: a small file may hold many gigabytes."""
    gzip = zlib.decompressobj(wbits=31)
    try:
        file = gzip.decompress(packed, LARGEST)
    except zlib.error as error:
        raise ValueError("The list is damaged. Upload it again, as a text file.") from error
    if gzip.unconsumed_tail:
        raise ValueError(TOO_LARGE)
    return file


def content(file: str) -> bytes:
    """The bytes of a file that the page sends as base64 of its gzip; a file that was packed itself is unpacked."""
    try:
        packed = base64.b64decode(file.translate(URL_SAFE), validate=True)
    except ValueError as error:
        raise ValueError("The list is damaged. Upload it again, as a text file.") from error
    inner = unpacked(packed)
    return unpacked(inner) if inner.startswith(b"\x1f\x8b") else inner


def brought(text: str | bytes, plain: bool = False) -> dict[str, Any]:
    """The words of a list for the page, how many they are, what is said, and whether it was read in a special way.

    `plain`: each line is a word, whatever the list looks like. ValueError: it holds no words that can be learned.
    """
    switches = {} if plain else suggest(text)
    counts = switches.pop("counts", None)
    found = read(text, **switches)
    words = "\n".join(found.words)
    if len(words) > OWN_WORDS:
        raise ValueError(TOO_LARGE)
    bigram.Vocab.from_words(found.words)  # refuses the boundary of words
    return {"words": words, "count": len(found.words), "said": sentences(found, counts), "special": bool(switches)}


def sentences(found: Reading, counts: str | int | None) -> list[str]:
    """What a visitor may want to know before training."""
    words, letters = found.words, set("".join(found.words))
    longest = max(words, key=len)
    twice = sum(times > 1 for times in Counter(words).values())
    stand = "name stands" if twice == 1 else "names stand"
    where = f" from column {found.column}" if found.column and found.column != "all" else ""
    encoding = f" ({found.encoding})" if found.encoding != "UTF-8" else ""
    said = [
        f"{len(words):,} {'name is' if len(words) == 1 else 'names are'} ready{where}{encoding}: "
        f"{len(letters):,} different characters, the longest name is “{longest[:40]}”"
        f"{f', {twice:,} {stand} there more than once' if twice else ''}. Press Train."
    ]
    said += [told(change) for change in found.changes]
    if counts is not None:
        said.append(f"Each name counts once: the numbers in column {counts} are not used here.")
    return said


def told(change: Change) -> str:
    """A change with its first places."""
    places = ", ".join(f"line {number:,} “{text}”" for number, text in change.first)
    lines = f"{change.lines:,} {'line' if change.lines == 1 else 'lines'}"
    more = ", …" if change.lines > len(change.first) else "."
    return f"{change.what[0].upper()}{change.what[1:]} in {lines}: {places}{more}"
