"""Tables of counts in place of words: one that a visitor uploads, or one that lies on the lab's shelf.

The shelf is the folder LAB_TABLES of whoever runs the lab: a link names a table of it by its SHA-256, so that a class
opens it without a file. An uploaded table travels with every question, as own words do, and in its link if it is small.
"""

import base64
import functools
import hashlib
import os
import stat
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

import bigram
from bigram.checks import visible
from bigram.scale.table import read_table
from demo.compute import price
from demo.compute.cache import kept
from demo.experiment import Experiment, sha256

LARGEST_FILE = 8 * price.LARGEST_TABLE + 1_000_000  # bytes: the counts, and what the file says of itself
URL_SAFE = str.maketrans("-_", "+/")
TOO_LARGE = f"The file is too large: a table has at most {LARGEST_FILE:,} bytes."
NO_WORDS = "A table of counts holds no words"


class Table(NamedTuple):
    """A table of counts as it was read."""

    N: Tensor  # (C, V) int64
    vocab: bigram.Vocab
    order: int
    source: str  # what it was made of, as its file says
    sha: str  # SHA-256 of the file


def of(e: Experiment) -> Table:
    """The table of an experiment. ValueError: there is none, or another than the experiment's SHA-256 says."""
    if e.table:
        table = kept(("table", sha256(e.table)), lambda: read(unpack(e.table)))
        if e.sha not in ("", table.sha):
            raise ValueError("This is not the table of the link: its SHA-256 differs. Upload the file of the link.")
    elif e.sha in shelf():
        table = kept(("table", e.sha), lambda: from_shelf(e.sha))
    elif e.sha:
        raise ValueError("The table of this link is not on this server. Upload its file.")
    else:
        raise ValueError("There is no table yet. Upload one: a file that python -m bigram.corpus has written.")
    if e.order != table.order:
        raise ValueError(f"The table has order {table.order}, not {e.order}. Choose order {table.order}.")
    if e.split is not None:
        raise ValueError(f"{NO_WORDS} to hold out. Leave “hold out” empty.")
    if e.form != "counts":
        raise ValueError(
            f"{NO_WORDS}, and the form {e.form} needs them as examples. Choose counts as the forward pass."
        )
    return table


def read(file: bytes) -> Table:
    """A file as a table. ValueError: it is none, it is empty, or the lab has no room for it."""
    N, vocab, order, source = read_table(file)
    price.table(len(vocab), order)
    if not N.any():
        raise ValueError("The table counts nothing. Make one of at least one word.")
    return Table(N, vocab, order, source, hashlib.sha256(file).hexdigest())


def pack(file: bytes) -> str:
    """A file as text: base64 of its gzip, in characters that a link leaves as they are."""
    gzip = zlib.compressobj(wbits=31)
    return base64.urlsafe_b64encode(gzip.compress(file) + gzip.flush()).decode()


def unpack(text: str) -> bytes:
    """The file of a text. ValueError: it is none, or too large a file: a small text may hold many gigabytes."""
    gzip = zlib.decompressobj(wbits=31)
    try:
        file = gzip.decompress(base64.b64decode(text.translate(URL_SAFE), validate=True), LARGEST_FILE)
    except (zlib.error, ValueError) as error:
        raise ValueError("The table (table) must be a safetensors file as base64 of its gzip; this is not.") from error
    if gzip.unconsumed_tail:
        raise ValueError(TOO_LARGE)
    return file


def files() -> list[Path]:
    """The safetensors files of the folder LAB_TABLES, where it is set. OSError: it is no folder that can be read."""
    folder = os.environ.get("LAB_TABLES", "")
    names = sorted(os.listdir(folder)) if folder else []
    return [Path(folder, name) for name in names if name.endswith(".safetensors")]


@functools.cache
def shelf() -> dict[str, Path]:
    """The files that can be read by their SHA-256, as they were when first asked for: `links` names the others."""
    found = {}
    with suppress(OSError):
        for file in files():
            with suppress(ValueError):
                found[hashlib.sha256(content(file)).hexdigest()] = file
    return found


def content(file: Path) -> bytes:
    """The bytes of a file. ValueError: it is no file, it cannot be read, or it is too large for a table."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would never end
            raise ValueError("It could not be read: it is not a file.")
        with file.open("rb") as opened:
            read = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ValueError(f"It could not be read ({error.strerror}).") from error
    if len(read) > LARGEST_FILE:
        raise ValueError(TOO_LARGE)
    return read


def from_shelf(sha: str) -> Table:
    """The table on the shelf with this SHA-256. ValueError: its file has changed or vanished since the start."""
    try:
        file = content(shelf()[sha])
    except ValueError:
        file = b""
    if hashlib.sha256(file).hexdigest() != sha:
        raise ValueError("The table of this link has left this server, or its file has changed. Upload its file.")
    return read(file)


def links() -> list[str]:
    """A line for each table on the shelf: its file, what it holds, and the query string of its link."""
    shelf()  # from now on, a question finds the tables that are here now
    try:
        tables = files()
    except OSError as error:
        folder = os.environ["LAB_TABLES"]
        return [f"LAB_TABLES: {folder} could not be read ({error.strerror}). Name a folder that holds tables."]
    lines = []
    for file in tables:
        try:
            table = read(content(file))
            e = Experiment(data="table", sha=table.sha, order=table.order)
            lines.append(f"{file.name}: {e.query()}: {about(table)}")
        except ValueError as error:
            lines.append(f"{file.name}: {error}")
    return lines


def about(table: Table) -> str:
    """What a table is, on a line of at most 400 characters: its order, its alphabet, its counts and its source."""
    N, vocab, order, source, _ = table
    made_of = f", made of {shortened(source)}" if source else ""
    return f"Order {order}, {len(vocab)} characters ({shortened(vocab.chars)}), {N.sum():,} counts{made_of}."


def shortened(text: str) -> str:
    """At most 150 characters of a text, on one line."""
    text = visible(text)
    return text if len(text) <= 150 else f"{text[:149]}…"
