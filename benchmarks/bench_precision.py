"""Accuracy and time of each form in float32, float64 and bfloat16, and whether its bits are the same at each call."""

import pytest
import torch

from benchmarks.bench_nll import METHODS, check, errors, value_and_gradient

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", METHODS)
def test_precision(method, dtype, names, compare, repeats):
    """Forward + backward. The relative errors against the float64 reference are recorded, too."""
    run = value_and_gradient(method, names, DTYPES[dtype])
    first, *others = (run() for _ in range(repeats))
    of_loss, of_gradient = errors(first, names)
    if dtype == "float32":
        check(first, method, names)
    elif dtype == "float64":
        assert max(of_loss, of_gradient) < 1e-10
    else:  # its sums of many like numbers come to a halt: how far off that is, is what is measured
        assert of_loss < 1
    facts = {"loss_error": of_loss, "gradient_error": of_gradient}
    facts["same_bits"] = all(torch.equal(a, b) for other in others for a, b in zip(first, other))
    base = "float32" if dtype != "float32" else None
    base_run = base and value_and_gradient(method, names)
    compare(f"precision, {dtype}", method, run, base_run, base, **names.facts, **facts)
