"""The numbers of a screen, as a row of cards."""

from components import Picture


class Figures(Picture):
    """A description list: each number under its name, with its unit.

    value: {"figures": [{"label": str, "value": str, "unit": str, "key": optional str}]}
    """

    stem = "figures"
