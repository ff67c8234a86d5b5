"""How close a form comes to what the machine can do: a copy of as many bytes, one addition of two tables."""

from functools import partial

import pytest
import torch

from benchmarks.bench_lookup import LOOKUPS, check_rows
from benchmarks.bench_nll import CLOSED, steps_of


@pytest.mark.parametrize("method", list(LOOKUPS)[2:])
def test_lookup_beside_a_copy(method, names, compare):
    """Picking and writing the rows of W, compared with a copy of the same rows."""
    run = partial(LOOKUPS[method], names.W, names.xs)
    rows = run()
    check_rows(rows, names)
    compare("ceiling, row of W, forward", method, run, rows.clone, "copy of the rows", **names.facts)


def test_addition_beside_a_step(names, compare):
    """The lower bound for small work: one operation on 729 numbers. It is mostly the call, and on a GPU the launch."""
    add = partial(torch.add, names.W, names.W)
    assert torch.equal(add(), 2 * names.W)
    base = partial(next, steps_of(CLOSED, names))
    compare("floor", "one addition of two tables", add, base, "descent step by counts, closed form", **names.facts)
