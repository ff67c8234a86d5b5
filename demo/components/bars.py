from components import Picture


class Bars(Picture):
    """Bars for one row of a table (vertical, slim, a letter under each) or for named amounts (horizontal).

    value: {"title": str, "unit": str,
            "bars": [{"label": str, "value": number | null, "text": str,
                      "mark": optional "chosen" | "good" | "bad" | null, "note": optional str}],
            "max": optional number, "signed": bool, "orientation": "vertical" | "horizontal", "note": optional str}

    null is not finite: a full, hatched bar. `signed` draws up and down from a line at 0.
    Events: `bar` with evt.i, on a click or Enter.
    """

    stem = "bars"
