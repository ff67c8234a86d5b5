"""CUDA on three kinds of machine: with a GPU of its own, on ZeroGPU, which lends one for a call, and with none.

What needs CUDA stands in functions declared with `@gpu.call`: CPU tensors and plain values go in and come out, and
nothing of CUDA is held between calls. On ZeroGPU such a call runs in a process of its own.
"""

import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any

from demo.compute.turns import Unwanted, pause

try:
    import spaces  # a Space on ZeroGPU has it; before gradio and CUDA, which it changes
except ImportError:
    spaces = None

SECONDS = 30  # that a call may take


class NoGPU(ValueError):
    """A sentence: no GPU can be had now. The same run can be had on the CPU."""


def call(function: Callable) -> Callable:
    """Declare what may use CUDA. NoGPU where none can be had."""
    lent = spaces.GPU(duration=SECONDS)(function) if spaces else function

    @wraps(function)
    def called(*args: Any) -> Any:
        with pause():
            try:
                return lent(*args)
            except Exception as error:  # the quota is spent, the queue is full, the driver is not there, …
                reason = getattr(error, "title", None)  # of ZeroGPU's errors, which are ValueErrors as well
                if isinstance(error, ValueError | Unwanted) and reason is None:
                    raise
                traceback.print_exc()
                why = f" ({reason})" if reason else ""
                raise NoGPU(
                    f"No GPU can be had now{why}. Choose the device cpu: the same run, without a GPU."
                ) from None

    return called
