"""One computes at a time, the cheapest first: the short work of one visitor never waits for the long work of others.

The work is Python's, and its threads would only wait for one another. Long work takes a turn for each slice of it.
What is reached through turns alone, the memory and the runs in it, needs no other lock.
"""

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GUARD = threading.Lock()
ARRIVALS = itertools.count()
waiting: list[tuple[float, int, threading.Lock]] = []  # a heap: the price in seconds, the arrival, the gate it waits at
busy = False
mine = threading.local()  # .price: of the turn that this thread has, None without one


@contextmanager
def turn(price: float = 0.0) -> Iterator[None]:
    """Wait for a turn and compute. `price`: about how many seconds the whole work still takes.

    A turn inside a turn interrupts it: who is cheaper goes first.
    """
    outer = getattr(mine, "price", None)
    _take(price, instead=outer is not None)
    try:
        yield
    finally:
        if outer is None:
            _give()
        else:
            _take(outer, instead=True)


@contextmanager
def pause() -> Iterator[None]:
    """Within a turn: let others compute while this thread waits for something else."""
    outer = getattr(mine, "price", None)
    if outer is not None:
        _give()
    try:
        yield
    finally:
        if outer is not None:
            _take(outer, instead=False)


def _take(price: float, instead: bool) -> None:
    """Wait for a turn, `instead` of the one that this thread has."""
    global busy
    gate = threading.Lock()
    gate.acquire()
    with GUARD:
        heapq.heappush(waiting, (price, next(ARRIVALS), gate))
        if instead or not busy:
            busy = True
            heapq.heappop(waiting)[-1].release()
    gate.acquire()  # whoever gives a turn back opens it
    mine.price = price


def _give() -> None:
    global busy
    mine.price = None
    with GUARD:
        if waiting:
            heapq.heappop(waiting)[-1].release()
        else:
            busy = False
