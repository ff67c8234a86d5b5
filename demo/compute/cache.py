"""What the lab remembers, in so many megabytes in all: what was asked for longest ago leaves first."""

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any, TypeVar

from cachetools import LRUCache
from torch import Tensor

from demo.compute.turns import turn

MEGABYTES = max(128, int(os.environ.get("LAB_MEMORY_MB", "512")))  # the largest run has room
UNDER_WAY_BYTES = MEGABYTES * 2**18  # a quarter: for the runs that somebody waits for
ANSWERS_BYTES = MEGABYTES * 2**15  # for answers that are ready to be sent: about 500, at 512 MB
T = TypeVar("T")


def size(value: Any) -> int:
    """About how many bytes a value takes."""
    if isinstance(value, Tensor):
        return value.numel() * value.element_size() + 500
    if isinstance(value, list | tuple | frozenset):
        return 100 + sum(map(size, value)) + 8 * len(value)
    return getattr(value, "bytes", None) or sys.getsizeof(value)


MEMORY: LRUCache[tuple, Any] = LRUCache(MEGABYTES * 2**20 - UNDER_WAY_BYTES - ANSWERS_BYTES, getsizeof=size)


def keep(key: tuple, value: Any) -> None:
    """Remember a value, or what it has become. One larger than all the memory is forgotten at once."""
    MEMORY.pop(key, None)
    with suppress(ValueError):
        MEMORY[key] = value


def kept(key: tuple, make: Callable[[], T], price: float | None = None) -> T:
    """The value of a key, from the cache or made now.

    With a price, it is made in a turn of its own. If somebody else made it before this turn came, that value is used.
    """
    if key in MEMORY:
        return MEMORY[key]
    with nullcontext() if price is None else turn(price):
        if key in MEMORY:
            return MEMORY[key]
        value = make()
        keep(key, value)
        return value


ARENA_MAX = -8  # the name of this setting in <malloc.h>
LIBC = ctypes.CDLL(None) if os.name == "posix" else None


def trim() -> None:
    """Give back what is free to the system, now. Only the C library of GNU needs it.

    That library reuses a large block only if all of it is free. One small tensor inside the block is enough to make
    the next large block take new memory.
    """
    if give := getattr(LIBC, "malloc_trim", None):
        give(0)


def give_back(seconds: float = 10.0) -> None:
    """From now on and so often, what is free goes back to the system: see `trim`.

    The C library of GNU also opens up to eight arenas a core, where threads take their memory, and what is free in one
    arena serves no thread of another. The lab computes in one thread at a time: two are enough.
    """
    option = getattr(LIBC, "mallopt", None)
    if not (option and hasattr(LIBC, "malloc_trim")):
        return

    def repeat() -> None:
        while True:
            time.sleep(seconds)
            trim()

    option(ARENA_MAX, 2)
    threading.Thread(target=repeat, daemon=True).start()
