"""What a run costs, in seconds and in bytes: known from its settings, and refused, before anything is computed."""

import math

from demo.compute.forms import FORMS, LARGEST_STEP, LONGEST_STEP, Step
from demo.experiment import shown

LONGEST_RUN = 30.0  # seconds
LARGEST_TABLE = 2**20  # cells: less than the package takes, because many share the lab


def step(form: str, n: int, C: int, V: int) -> Step:
    """One step on n examples, C contexts and V characters. ValueError: there is no such form."""
    if form not in FORMS:
        raise ValueError(f"There is no forward form {shown(form)}. Choose {', '.join(FORMS)}.")
    return FORMS[form].step(n, C, V)


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
