"""Sentences to the visitor: what was wrong, what is allowed, what to do."""

from components import Picture


class Notice(Picture):
    """A quiet box of sentences, read aloud when they change; nothing at all where there are none.

    value: {"sentences": [str], "kind": "error" | "note"}
    """

    stem = "notice"
