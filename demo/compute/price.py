"""What a run costs, in seconds and in bytes: known from its settings, and refused, before anything is computed.

The prices are rounded up from measurements on one core of an AMD EPYC (benchmarks/ has them in full). They are the
same on every machine, so that a link which one lab takes is taken by all.
"""

import math
from typing import NamedTuple

LONGEST_RUN = 30.0  # seconds
LONGEST_STEP = 2.0  # seconds: nobody can be served within a step
LARGEST_STEP = 2**30  # bytes
LARGEST_TABLE = 2**20  # cells: less than the package takes, because many share the lab


class Step(NamedTuple):
    """The price of one step of descent."""

    seconds: float
    bytes: int

    @property
    def fits(self) -> bool:
        return self.seconds <= LONGEST_STEP and self.bytes <= LARGEST_STEP


def step(form: str, n: int, C: int, V: int) -> Step:
    """One step on n examples, C contexts and V characters."""
    table = 5e-5 + 1.5e-8 * C * V  # softmax, gradient and the new W
    if form == "counts":
        return Step(table, 16 * C * V)
    if form == "gather":
        return Step(table + 2e-8 * n + 2e-8 * C * V, 16 * (n + C * V))
    rows = Step(table + 1.2e-8 * n * V, 12 * n * V)
    if form == "rows":
        return rows
    return Step(rows.seconds + 1e-8 * n * C + 1e-10 * n * C * V, rows.bytes + 12 * n * C)  # one-hot


def table(V: int, order: int) -> None:
    """ValueError: a table that the lab has no room for."""
    if V**order > LARGEST_TABLE:
        raise ValueError(
            f"{V:,} characters at order {order} make a table of {V**order:,} cells; the lab has room for "
            f"{LARGEST_TABLE:,}. Choose a lower order, or words with fewer different characters."
        )


def run(form: str, steps: int, n: int, C: int, V: int) -> float:
    """The seconds of a run. ValueError: a sentence on one that the lab does not take, and what it would take."""
    one = step(form, n, C, V)
    seconds, size = one
    same = "counts as the forward pass: the same loss in a small part of the time."
    if not one.fits:
        raise ValueError(
            f"A step of the form {form} with {n:,} examples, {C:,} contexts and {V:,} characters needs about "
            f"{size / 2**20:,.0f} MiB and {seconds:.2g} s; the lab has {LARGEST_STEP / 2**20:,.0f} MiB and "
            f"{LONGEST_STEP:g} s. Choose {same if form != 'counts' else 'a lower order.'}"
        )
    if steps * seconds > LONGEST_RUN:
        raise ValueError(
            f"{steps:,} steps of the form {form} take about {math.ceil(steps * seconds)} s here; the lab has "
            f"{LONGEST_RUN:.0f} s for a run. Take at most {int(LONGEST_RUN / seconds):,} steps"
            f"{', or choose ' + same if form != 'counts' else '.'}"
        )
    return steps * seconds
