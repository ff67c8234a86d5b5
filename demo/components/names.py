from components import Picture


class Names(Picture):
    """Names from two tables side by side; letters that differ are underlined, known names carry a tag.

    value: {"left": str, "right": str, "pairs": [[str, str, bool, bool]], "note": optional str}

    `left` and `right` head the columns. A pair is the two names, and for each whether it stands in the training list.
    Letters are compared place by place: both names were drawn with the same uniform numbers.
    It is a table itself and needs no twin.
    """

    stem = "names"
