"""Texts in a CSV, which a spreadsheet may open."""

import re

FORMULA = tuple("=+-@＝＋－＠\t\r\n'")  # what spreadsheets take for the start of a formula, and our own mark
SEPARATORS = ",;\t\r\n"  # where a spreadsheet begins a new cell: it may separate by another sign than the file does
SIGNS = re.escape("".join(FORMULA).replace("\n", ""))  # behind a separator, a line break only begins a row

# Where a formula begins, also one behind spaces or quotation marks. What follows a separator at the end of a label, a
# spreadsheet may read as the same cell. Behind a separator the search ends at the next one, so its cost is linear.
DANGER = re.compile(
    rf"""^ (?= [\s\0"]*? [\n{SIGNS}] ) | (?<=[{SEPARATORS}]) (?= (?:[^\S{SEPARATORS}] | [\0"])* [{SIGNS}] | \Z )""",
    re.VERBOSE,
)


def inert(label: str) -> str:
    """A label of which no spreadsheet takes a part for a formula, whether it separates by commas, semicolons or tabs.

    It gets an apostrophe in front, and one behind a separator in it, where a formula would begin; `plain` takes them
    off.

    >>> inert("=1"), inert("a;=1"), inert("a; b")
    ("'=1", "a;'=1", 'a; b')
    """
    return DANGER.sub("'", label)


def plain(cell: str) -> str:
    """The label of `inert`: less an apostrophe in front, and less one behind each separator.

    >>> plain("a;'=1")
    'a;=1'
    """
    return re.sub(f"(^|[{SEPARATORS}])'", r"\1", cell)
