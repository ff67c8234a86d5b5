"""One computes at a time, the cheapest first: the short work of one visitor never waits for the long work of others.

The work is Python's, and its threads would only wait for one another. Long work takes a turn for each slice of it.
What is reached through turns alone, the memory and the runs in it, needs no other lock.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from cachetools import LRUCache

GUARD = threading.Lock()
ARRIVALS = itertools.count()
# A heap: the price in seconds, the arrival, the gate it waits at, the page it works for.
waiting: list[tuple[float, int, threading.Lock, str]] = []
busy = False
newest: LRUCache[str, int] = LRUCache(10_000)  # of each page, by the name that it gave itself: its newest run
mine = threading.local()  # .price: of the turn that this thread has, None without one; .page, .run: see `working_for`
# Whether the client of this request has left: guard.py and programs.py know how to find out.
has_left: ContextVar[Callable[[], bool]] = ContextVar("has_left", default=lambda: False)
following: dict[str, str] = {}  # a page that waits for the answer to another page


class Unwanted(Exception):
    """Nobody waits for this work any more: the page that asked has begun a newer run, or its client has left.

    This is not a ValueError. It says nothing about the question, so it must not become an answer.
    """


@contextmanager
def working_for(page: str, run: int | None) -> Iterator[None]:
    """All turns within are for this page. Its older runs get no turn any more.

    Without a number, and without the name of a page, no run ends. What has no name and is asked for within the work for
    a page belongs to that page.
    """
    outer = getattr(mine, "page", ""), getattr(mine, "run", None)
    run = run if page else None
    if run is not None:
        with GUARD:
            newest[page] = max(run, newest.get(page, run))
    mine.page, mine.run = (page, run) if page else outer
    try:
        yield
    finally:
        mine.page, mine.run = outer


@contextmanager
def behind(page: str, other: str) -> Iterator[None]:
    """A page waits for the answer to another page, and has its place in the queue."""
    following[page] = other
    try:
        yield
    finally:
        following.pop(page, None)


def place(page: str) -> int:
    """The place of a page in the queue, from 1; 0 where it does not wait."""
    with GUARD:
        queue = [whose for *_, whose in sorted(waiting)]
    page = following.get(page, page)
    return queue.index(page) + 1 if page in queue else 0


@contextmanager
def turn(price: float = 0.0) -> Iterator[None]:
    """Wait for a turn and compute. `price`: about how many seconds the whole work still takes.

    A turn inside a turn interrupts it: the cheapest work goes first. Where the inner turn costs no more, only cheaper
    work interrupts: among equals, each handing over would take time and gain nothing. Unwanted: see `stop_if_unwanted`.
    """
    outer = getattr(mine, "price", None)
    _take(price, instead=outer is not None)
    try:
        stop_if_unwanted()
        yield
    finally:
        if outer is None:
            _give()
        else:
            _take(outer, instead=True)


def is_wanted() -> bool:
    """Whether somebody cheaper waits for the turn that this thread has."""
    with GUARD:
        return _waits_below(getattr(mine, "price", None) or 0.0)


def give_way() -> None:
    """Within a turn: let cheaper work go first. Unwanted: see `stop_if_unwanted`."""
    if is_wanted():
        _take(mine.price, instead=True)
    stop_if_unwanted()


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


@contextmanager
def alone(lock: threading.Lock) -> Iterator[None]:
    """Within a turn: hold a lock, and let others compute until it is free."""
    with pause():
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def stop_if_unwanted() -> None:
    """Unwanted, where the page that this thread works for has begun a newer run, or the client has left."""
    run = getattr(mine, "run", None)
    with GUARD:
        if run is not None and run < newest.get(mine.page, run):
            raise Unwanted("A newer run of this page has ended this one.")
    if has_left.get()():
        raise Unwanted("Nobody waits for this answer any more.")


def _waits_below(price: float) -> bool:
    """Whether work that is cheaper than this price waits. Within GUARD."""
    return bool(waiting) and waiting[0][0] < price


def _take(price: float, instead: bool) -> None:
    """Wait for a turn, `instead` of the one that this thread has."""
    global busy
    gate = threading.Lock()
    gate.acquire()
    with GUARD:
        if instead and price <= mine.price and not _waits_below(price):
            mine.price = price
            return
        heapq.heappush(waiting, (price, next(ARRIVALS), gate, getattr(mine, "page", "")))
        if instead or not busy:
            busy = True
            heapq.heappop(waiting)[2].release()
    gate.acquire()  # whoever gives a turn back opens it
    mine.price = price


def _give() -> None:
    global busy
    mine.price = None
    with GUARD:
        if waiting:
            heapq.heappop(waiting)[2].release()
        else:
            busy = False
