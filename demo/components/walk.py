from components import Picture


class Walk(Picture):
    """One name sampled letter by letter: the row, the cumulative bar, the drawn u and where it falls.

    value: {"name": str, "known": bool,
            "steps": [{"context": str, "labels": [str], "row": [number], "cumulative": [number],
                       "u": number, "chosen": int}]}

    `known` says whether the finished name stands in the training list. Played in the browser, by buttons or keys.
    """

    stem = "walk"
