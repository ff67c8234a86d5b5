"""A list of words in the forms that people have: plain lines, csv, tabs, JSON; in UTF-8 or another encoding; packed.

Without a switch each line is a word, and no letter changes. A switch names what else is wanted: a column, its counts,
small letters, characters to leave out, one Unicode form. `suggest` says which switches fit a list.
"""

import csv
import gzip
import io
import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from typing import Any, Literal, NamedTuple, cast

from bigram.checks import shown, whole
from bigram.text import BOUNDARY

DELIMITERS = ",;\t|"
HEADS = {
    "name",
    "names",
    "word",
    "words",
    "first name",
    "firstname",
    "given name",
    "forename",
    "vorname",
    "nom",
    "nombre",
}
UnicodeForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
COUNT_HEADS = {"births", "count", "counts", "frequency", "freq", "n", "number", "occurrences", "total", "weight"}
FORMS: tuple[str, ...] = ("", "NFC", "NFD", "NFKC", "NFKD")
ALL = "*"  # as a column: every cell is a word
SAMPLE, LONGEST_SAMPLE = 200, 20_000  # rows and characters that show what kind of list it is
MOST = 0.8  # of them have this kind
NAMED = 3  # places that a sentence names
MOST_COUNTED = 50_000_000  # words that a list with counts may become
UNPACKED = 2**31  # bytes
SURE = ("UTF-8", "UTF-16")
GUESSED = "The list is not UTF-8. It is read as {}, which is a guess: look at its words."
TABLE = "The list looks like a table, and each of its lines was read as one word. {}."
# What no word is written with: control characters, a byte order mark, spaces without width, soft hyphens, and what
# turns the direction of writing. The two joiners stay: Persian, Hindi and emoji need them.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)

PROSE: dict[str, Callable[[str], list[str]]] = {
    "": str.splitlines,
    "words": re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*").findall,
    "sentences": re.compile(r"[.!?…]+(?=\s|$)").split,
}
CONTROL = bytes(code for code in range(128) if INVISIBLE.match(chr(code)))


class Change(NamedTuple):
    """What was left out or changed."""

    what: str  # "an empty cell left out"
    lines: int  # how many lines it concerns
    first: tuple[tuple[int, str], ...]  # the first three: the number of the line, and its text


@dataclass(frozen=True)
class Reading:
    """The words of a list, and how they were read."""

    words: list[str]
    counts: list[int] | None = None  # how often each word counts; None: once
    encoding: str = "UTF-8"
    kind: str = "lines"  # lines, csv, JSON lines, JSON
    column: str = ""  # the name of the column, or its number from 1
    changes: tuple[Change, ...] = field(default=())
    warnings: tuple[str, ...] = ()  # sentences on what may be meant otherwise

    def repeated(self) -> list[str]:
        """Each word as often as it counts. ValueError: that would be too many."""
        if self.counts is None:
            return self.words
        total = sum(self.counts)
        if total > MOST_COUNTED:
            raise ValueError(
                f"The counts add up to {total:,} words, more than {MOST_COUNTED:,}. "
                "python -m bigram.corpus --weights counts lists of any size."
            )
        return list(chain.from_iterable(map(repeat, self.words, self.counts)))

    def summary(self) -> str:
        """One line on what was read and changed: `32,033 words from column 1; '.' left out in 68 lines`."""
        where = f" from column {self.column}" if self.column else ""
        encoding = f", encoding {self.encoding}" if self.encoding != "UTF-8" else ""
        changes = "".join(f"; {change.what} in {change.lines:,} lines" for change in self.changes)
        return f"{len(self.words):,} words{where}{encoding}{changes}"


def read(
    text: str | bytes,
    column: str | int | None = None,
    counts: str | int | None = None,
    lower: bool = False,
    remove: str = "",
    unicode: str = "",
    prose: str = "",
) -> Reading:
    """The words of a list.

    Args:
        text: The list as text, or as bytes: in UTF-8, UTF-16 or another encoding, as they are or packed by gzip.
        column: Where the words stand in a table or in JSON: the name of the column or its number from 1; "*" takes
            all cells. None: each line is a word.
        counts: The column that says how often each word counts.
        lower: Whether to make all letters small.
        remove: Characters to leave out of each word.
        unicode: The Unicode form of the words, such as "NFC"; "" leaves them as they are.
        prose: How running text is read: "words" takes each run of letters, "sentences" what stands between full
            stops, question marks and exclamation marks. "" takes each line.

    Returns:
        The words in their order with a report. Blank lines and empty cells are left out, repeats are kept.

    Raises:
        ValueError: No words, no such column, a count that is no whole number, an unknown encoding, form or prose.

    >>> read("Emma,F,18814\\nAva,F,17592", column=1, counts=3, lower=True).words
    ['emma', 'ava']
    """
    decoded, encoding = decode(text)
    found = read_decoded(decoded, encoding, None, column, counts, lower, remove, unicode, prose)
    if not found.words:
        raise ValueError("The list holds no words. Give at least one, one word a line.")
    return found


def read_decoded(
    decoded: str,
    encoding: str = "UTF-8",
    shape: "Shape | None" = None,
    column: str | int | None = None,
    counts: str | int | None = None,
    lower: bool = False,
    remove: str = "",
    unicode: str = "",
    prose: str = "",
) -> Reading:
    """The words of a list, or of a part of a longer one: `shape` is that of the whole table. There may be none."""
    if unicode not in FORMS:
        raise ValueError(f"The Unicode form must be one of {', '.join(FORMS[1:])}; {shown(unicode)} is not.")
    if not isinstance(remove, str):
        raise ValueError(f"The characters to leave out must be a text; {shown(remove)} is not.")
    if prose not in list(PROSE) or (prose and (column, counts) != (None, None)):
        raise ValueError(f"Running text is read by words or sentences, and without a column; {shown(prose)} is not.")
    changes: list[Change] = []
    warnings = [GUESSED.format(encoding)] if encoding not in SURE else []
    if is_any_invisible(decoded):
        decoded, change = without_invisible(decoded)
        changes.append(change)
        warnings.append(told(change))
    numbers: list[int] | None = None
    kind, name = "lines", ""
    if prose:
        kind, words = prose, [" ".join(word.split()) for word in PROSE[prose](decoded)]
        words = list(filter(None, words))
    elif not decoded.strip():
        words = []
    elif column is None and counts is None:
        words = [word for line in decoded.splitlines() if (word := line.strip())]
        if looks_like_table(decoded):
            warnings.append(TABLE.format(switches(decoded)))
    else:
        table = Table.of(decoded, shape or shape_of(decoded, column, counts))
        kind = table.kind
        words, numbers, name = table.columns(1 if column is None else column, counts, changes)
        words = one_line_each(words, changes, warnings)
    if remove:
        dropped = re.compile(f"[{re.escape(remove)}]")
        words = changed(words, lambda word: dropped.sub("", word).strip(), f"{' '.join(remove)!r} left out", changes)
    if lower:
        words = changed(words, str.lower, "small letters", changes)
    if unicode:
        form = cast(UnicodeForm, unicode)
        words = changed(words, lambda word: unicodedata.normalize(form, word), f"form {unicode}", changes)
    if not all(words):
        numbers = None if numbers is None else [number for word, number in zip(words, numbers) if word]
        words = [word for word in words if word]
    return Reading(words, numbers, encoding, kind, name, tuple(changes), tuple(warnings))


def suggest(text: str | bytes) -> dict[str, Any]:
    """The switches of `read` that fit a list: its column and counts, small letters, dots to leave out.

    Only what differs from the defaults is in it; {} for a plain list.

    >>> suggest("name;births\\nEmma;3\\nSt. John;2\\nMia;5")
    {'column': 'name', 'counts': 'births', 'lower': True, 'remove': '.'}
    """
    decoded = INVISIBLE.sub("", decode(text)[0])
    found: dict[str, Any] = {}
    if looks_like_table(decoded):
        with suppress(ValueError):  # names in brackets are no JSON
            found = Table.of(decoded, shape_of(decoded)).suggested()
    words = read(decoded, **found).words
    letters = [word[0] for word in words if word[0].lower() != word[0].upper()]
    if letters and sum(letter != letter.lower() for letter in letters) > 0.9 * len(letters):
        found["lower"] = True
    if any(BOUNDARY in word for word in words):
        found["remove"] = BOUNDARY
    return found


# ---- bytes to text


def decode(text: str | bytes) -> tuple[str, str]:
    """The text, and the name of its encoding. ValueError: neither text nor bytes, or bytes of no known encoding."""
    if isinstance(text, str):
        try:
            return text.encode().decode("utf-8-sig"), "UTF-8"
        except UnicodeEncodeError as error:
            raise ValueError(f"The list is not UTF-8 at position {error.start:,}. Save it as UTF-8 text.") from error
    if not isinstance(text, bytes):
        raise ValueError(f"A list must be text or bytes; {shown(text)} is not.")
    if text.startswith(b"\x1f\x8b"):
        text = unpacked(text)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return text.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            raise ValueError(f"The list is not UTF-16 at position {error.start:,}. Save it as UTF-8 text.") from error
    if encoding := utf_16_of(text):
        with suppress(UnicodeDecodeError):
            return text.decode(encoding), encoding
    try:
        return text.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        return guessed(text, error.start)


def utf_16_of(text: bytes) -> str:
    """The kind of UTF-16 without a mark: there every second byte is mostly 0, and the others never are. Else ""."""
    even, odd = text[::2].count(0), text[1::2].count(0)
    if len(text) % 2 or min(even, odd) or 4 * max(even, odd) <= len(text):
        return ""
    return "UTF-16-LE" if odd else "UTF-16-BE"


def unpacked(packed: bytes) -> bytes:
    """What gzip has packed. ValueError: it is damaged, or too large."""
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            text = file.read(UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"The packed list is damaged ({error}). Pack it again with gzip.") from error
    if len(text) > UNPACKED:
        raise ValueError("The packed list is larger than 2 GiB. python -m bigram.corpus counts lists of any size.")
    return text


def guessed(text: bytes, where: int) -> tuple[str, str]:
    """The text in the encoding that fits it best: Windows-1252 where few of its letters have accents.

    ValueError: none fits.
    """
    with suppress(UnicodeDecodeError):
        decoded = text.decode("cp1252")
        letters = [char for char in decoded if char.isalpha()]
        if is_written(decoded) and 2 * sum(not char.isascii() for char in letters) < len(letters):
            return decoded, "Windows-1252"

    from charset_normalizer import from_bytes  # its import takes time, and few lists need it

    best = from_bytes(text).best()
    with suppress(UnicodeDecodeError):
        text.decode("utf-8", "surrogatepass")
        best = best if best and "16" in best.encoding else None  # half characters: damaged UTF-8
    if best is None or not is_written(str(best)):
        raise ValueError(f"The list is not UTF-8 at position {where:,}. Save it as UTF-8 text.")
    return str(best), best.encoding.replace("_", "-").upper()


def is_written(text: str) -> bool:
    """Whether all that is not ASCII is a letter, a mark on one, or a usual sign."""
    return all(char.isascii() or unicodedata.category(char)[0] in "LM" or char in "’‘“”–—…·«»" for char in set(text))


def is_any_invisible(text: str) -> bool:
    """Whether a text holds characters that nobody sees. There is a faster way for plain letters."""
    if not text.isascii():
        return INVISIBLE.search(text) is not None
    letters = text.encode()
    return len(letters.translate(None, CONTROL)) < len(letters)


def without_invisible(text: str) -> tuple[str, Change]:
    """The text without characters that nobody sees, and where they were."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if INVISIBLE.search(line)]
    found = sorted(set(INVISIBLE.findall(text)))
    names = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'control character').lower()}" for char in found)
    what = f"invisible characters, which were left out ({names})"
    return INVISIBLE.sub("", text), Change(what, len(lines), named(lines))


def told(change: Change) -> str:
    """A sentence on characters that were left out."""
    return f"The list holds {change.what}, first in line {', '.join(str(number) for number, _ in change.first)}."


def one_line_each(words: list[str], changes: list[Change], warnings: list[str]) -> list[str]:
    """The words of cells: what JSON or quotes hide in them obeys the rules of lines.

    A line break inside a word becomes a space, and what nobody sees is left out. ValueError: half a character.
    """
    text = "\n".join(words)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        raise ValueError(f"The list holds half a character ({half}). Save it as UTF-8 text.") from error
    if len(text.splitlines()) > len(words):
        words = changed(words, lambda word: " ".join(word.splitlines()), "a line break made a space", changes)
        text = "\n".join(words)
    if is_any_invisible(text):
        text, change = without_invisible(text)
        changes.append(change)
        warnings.append(told(change))
        words = text.split("\n")
    return words


# ---- tables


class Shape(NamedTuple):
    """What the start of a table says of all its rows."""

    kind: str  # csv, JSON lines, JSON
    delimiter: str = ""
    head: list[str] | None = None  # the names of the columns
    width: int = 0  # how many columns there are at least
    begins: bool = True  # whether the row with the names comes first


def shape_of(text: str, column: str | int | None = None, counts: str | int | None = None) -> Shape:
    """The shape of a table from its start. A name that was asked for and stands in the first row is a column's name."""
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        lines = start == "{" and (len(text.splitlines()) == 1 or one_object_a_line(text))
        return Shape("JSON lines" if lines else "JSON")
    delimiter = delimiter_of(text) or "\t"
    rows = [row for _, row in islice(csv_rows(text, delimiter), SAMPLE)]
    asked = {name.strip().casefold() for name in (column, counts) if isinstance(name, str)}
    asked = {name for name in asked if not name.isdecimal()}
    head = rows[0] if rows and is_head(rows, asked) else None
    return Shape("csv", delimiter, head, max(map(len, rows), default=0))


def csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not empty, each after its line. ValueError: names the line that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        place = f"line {reader.line_num:,} ({error})"
        raise ValueError(f"The table cannot be read in {place}. Look there for a quote that is not closed.") from error


def cell_of(cells: list[str], place: int) -> str:
    """A cell of a row, "" where the row is too short."""
    return cells[place] if place < len(cells) else ""


@dataclass(frozen=True)
class Table:
    """Rows of cells, and the names of the columns where there are some."""

    kind: str
    rows: list[tuple[int, list[str]]]  # the number of the line, and its cells
    head: list[str] | None
    width: int  # at least: a part of a table may hold short rows only

    @classmethod
    def of(cls, text: str, shape: Shape) -> "Table":
        """The table of a text. ValueError: JSON that is damaged, a quote that is not closed."""
        if shape.kind == "JSON":
            return cls.of_objects(shape, enumerate(loaded(text), 1))
        if shape.kind == "JSON lines":
            lines = ((number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip())
            return cls.of_objects(shape, ((number, loaded(line, number)) for number, line in lines))
        rows = list(csv_rows(text, shape.delimiter))
        return cls("csv", rows[1:] if shape.head and shape.begins else rows, shape.head, shape.width)

    @classmethod
    def of_objects(cls, shape: Shape, objects: Iterable[tuple[int, Any]]) -> "Table":
        """Texts, lists or objects of JSON as rows; the keys of objects are the names of the columns."""
        found = list(objects)
        keys = list(shape.head or dict.fromkeys(key for _, one in found if isinstance(one, dict) for key in one))
        rows = []
        for number, one in found:
            cells = [one.get(key) for key in keys] if isinstance(one, dict) else one if isinstance(one, list) else [one]
            rows.append((number, ["" if cell is None else str(cell).strip() for cell in cells]))
        return cls(shape.kind, rows, keys or None, len(keys))

    def place(self, column: str | int, what: str) -> int:
        """The place of a column by its name or its number from 1. ValueError: there is none."""
        width = max((len(cells) for _, cells in self.rows), default=0)
        width = max(width, self.width)
        names = [name.casefold() for name in self.head or []]
        if isinstance(column, str) and column.strip().casefold() in names:
            return names.index(column.strip().casefold())
        named = f", or a name: {', '.join(map(shown, self.head[:20]))}" if self.head else ""
        is_number = isinstance(column, str) and column.strip().isdecimal() and len(column) < 9
        rule = f"{what} must be a number from 1 to {width}{named}"
        return whole(int(column) if is_number else column, range(1, width + 1), rule) - 1

    def columns(
        self, column: str | int, counts: str | int | None, changes: list[Change]
    ) -> tuple[list[str], list[int] | None, str]:
        """The words, how often each counts, and the name of the column. ValueError: a column or a count is wrong."""
        if column == ALL:
            return [cell for _, cells in self.rows for cell in cells if cell], None, "all"
        at = self.place(column, "The column")
        by = None if counts is None else self.place(counts, "The column of the counts")
        name = shown(self.head[at]) if self.head and at < len(self.head) else str(at + 1)
        rows, words = self.rows, [cell_of(cells, at) for _, cells in self.rows]
        if not all(words):
            empty = [(number, " ".join(cells)) for (number, cells), word in zip(rows, words) if not word]
            changes.append(Change("an empty cell left out", len(empty), named(empty)))
            rows, words = [row for row, word in zip(rows, words) if word], list(filter(None, words))
        if by is None:
            return words, None, name
        texts = [cell_of(cells, by) for _, cells in rows]
        numbers = list(map(whole_count, texts))
        if wrong := [(row[0], text) for row, text, number in zip(rows, texts, numbers) if number is None]:
            raise ValueError(
                f"{len(wrong):,} of {len(rows):,} counts are no whole number: {listed(wrong)}. Choose another column."
            )
        return words, cast(list[int], numbers), name

    def suggested(self) -> dict[str, Any]:
        """The column that is text, and the one that counts. A row of many cells that are text is a list by itself."""
        rows = [cells for _, cells in self.rows[:SAMPLE]]
        if len(rows) == 1 and len(rows[0]) > 2 and self.kind == "csv":
            return {"column": ALL}
        columns = list(zip(*(row for row in rows if len(row) == len(rows[0]))))
        are_text = [sum(any(map(str.isalpha, cell)) for cell in cells) >= MOST * len(cells) for cells in columns]
        are_counts = [all(whole_count(cell) is not None for cell in cells) for cells in columns]
        names = [name.casefold() for name in self.head or []]
        variety = [len(set(cells)) if text else 0 for text, cells in zip(are_text, columns)]
        named_so = [at for at, name in enumerate(names) if name in HEADS and at < len(columns)]
        if not named_so and not any(variety):
            return {}
        at = named_so[0] if named_so else variety.index(max(variety))
        found: dict[str, Any] = {"column": self.head[at] if self.head else at + 1}
        ranks = [[str(i + first) for i in range(len(rows))] for first in (0, 1)]
        counting = [
            by
            for by, (is_count, cells) in enumerate(zip(are_counts, columns))
            if is_count and by != at and list(cells) not in ranks and not is_year(cells)
        ]
        called_so = [by for by in counting if self.head and self.head[by].casefold() in COUNT_HEADS]
        counting = called_so or counting
        if len(counting) == 1:  # else nobody knows which one
            found["counts"] = self.head[counting[0]] if self.head else counting[0] + 1
        return found


def loaded(text: str, line: int = 1) -> Any:
    """What JSON says. ValueError: it is damaged."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f"line {line + getattr(error, 'lineno', 1) - 1:,}"
        raise ValueError(f"The JSON is damaged in {place}. Save the list as text, one word a line.") from error
    if isinstance(value, dict) and line == 1 and len(value) == 1 and isinstance(next(iter(value.values())), list):
        return next(iter(value.values()))
    return value


def one_object_a_line(text: str) -> bool:
    """Whether the first line is a whole object of JSON."""
    try:
        return isinstance(json.loads(next(line for line in text.splitlines() if line.strip())), dict)
    except ValueError:
        return False


def delimiter_of(text: str) -> str:
    """What separates the cells of nearly every line, "" where nothing does. More than two cells of one line do, too."""
    lines = [line for line in text[:LONGEST_SAMPLE].splitlines() if line.strip()][:SAMPLE]
    best = ("", 0.0, 0)
    for delimiter in DELIMITERS:
        if not any(delimiter in line for line in lines[: len(lines) // 2 + 1]):
            continue
        try:
            widths = Counter(
                len(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True) if any(row)
            )
        except csv.Error:
            continue
        width, times = widths.most_common(1)[0]
        share = times / sum(widths.values())
        least = 3 if len(lines) == 1 else 2
        if width >= least and share >= MOST and (share, width) > best[1:]:
            best = (delimiter, share, width)
    return best[0] or (" " if has_a_number_each(lines) else "")


def has_a_number_each(lines: list[str]) -> bool:
    """Whether each line is a word, spaces and a number, and few words come twice: `emma 18814`, not `boeing 747`."""
    pairs = [line.split() for line in lines]
    if len(pairs) < 3 or not all(len(pair) == 2 and whole_count(pair[1]) is not None for pair in pairs):
        return False
    words = {word for word, _ in pairs}
    return len(words) >= MOST * len(pairs) and not any(whole_count(word) is not None for word in words)


def is_head(rows: list[list[str]], asked: set[str]) -> bool:
    """Whether the first row names the columns: a name asked for, a usual one, or no number over nothing but numbers."""
    first, rest = rows[0], rows[1:]
    if any(cell.casefold() in asked for cell in first):
        return True
    if not rest or any(whole_count(cell) is not None for cell in first):
        return False
    if any(cell.casefold() in HEADS for cell in first):
        return True
    same = [row for row in rest if len(row) == len(first)]
    return any(same and all(whole_count(row[at]) is not None for row in same) for at in range(len(first)))


def whole_count(cell: str) -> int | None:
    """A count, also with commas between its thousands; None where it is none."""
    if cell.isdecimal() and cell.isascii() and len(cell) < 19:
        return int(cell)
    digits = cell.replace(",", "").replace("\u202f", "").replace("_", "x")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None


def is_year(cells: Iterable[str]) -> bool:
    """Whether all cells are years, or one number again and again."""
    found = set(cells)
    return len(found) == 1 or all(len(cell) == 4 and cell[:2] in ("18", "19", "20") for cell in found)


def looks_like_table(text: str) -> bool:
    """Whether a list is no plain list: JSON, one line of many words, or lines of several cells."""
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        return start == "{" or text.rstrip().endswith("]")
    return bool(delimiter_of(text))


def switches(text: str) -> str:
    """The switch that reads the words of a table, in Python and in the terminal."""
    try:
        column = Table.of(text, shape_of(text)).suggested().get("column", 1)
    except ValueError:  # JSON that is damaged
        column = 1
    return f"column={column!r} reads its words (in the terminal: --column {column!r})"


# ---- what sentences say


def changed(words: list[str], change: Callable[[str], str], what: str, changes: list[Change]) -> list[str]:
    """The words after a change, which is noted with the number of words that it concerns."""
    after = [change(word) for word in words]
    places = [(at, word) for at, (word, now) in enumerate(zip(words, after), 1) if word != now]
    if places:
        changes.append(Change(what, len(places), named(places)))
    return after


def named(places: Iterable[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    """The first three places, with a text that is not too long."""
    return tuple((number, text[:40]) for number, text in list(places)[:NAMED])


def listed(places: list[tuple[int, str]]) -> str:
    """The first places in words: `line 2 'St. John', line 7 'J. R.', …`."""
    words = ", ".join(f"line {number:,} {shown(text)}" for number, text in named(places))
    return words + (", …" if len(places) > NAMED else "")
