"""The body of a request: read in bounded time and memory, and looked at before any parser sees it.

A parser turns each `{}` of a text into an object of 64 bytes, so a body far below the limit can become gigabytes. What
the lab is asked for holds long texts, but few of them, so that counting quotes and brackets is enough to know.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect
from starlette.types import Receive

LARGEST = 13_000_000  # bytes: an own list of 2,000,000 characters, each escaped in JSON
MOST_TEXTS = 400  # keys and texts in a body: an experiment has about thirty settings
MOST_BESIDE = 10_000  # characters beside the texts: numbers, commas, white space
MOST_BRACKETS = 100  # opened: neither many objects nor a deep one
SMALL = 2**16  # bytes: what the server reads from a connection before anybody asks for it
AT_ONCE = 10 * LARGEST  # bytes of larger bodies that are held at the same time
AT_ONCE_OF_ONE = 2 * LARGEST  # and of one address
WAIT = 20.0  # seconds that a large body waits for its place
GRACE, SLOWEST = 10.0, 20_000  # seconds, in each of which so many bytes must come on average


class Refused(Exception):
    """A status and a sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class Places:
    """Where large bodies are held from their first byte to the end of the answer: so many bytes, in all and of one."""

    def __init__(self) -> None:
        self.held: Counter[str] = Counter()  # bytes, by address

    @asynccontextmanager
    async def of(self, address: str, size: int) -> AsyncIterator[None]:
        """A place for so many bytes. Refused: none became free in time."""
        size = size if size > SMALL else 0
        end = time.monotonic() + WAIT
        while size and (self.held[address] + size > AT_ONCE_OF_ONE or self.held.total() + size > AT_ONCE):
            if time.monotonic() > end:
                raise Refused(503, "The lab reads too many large requests now. Try again in a minute.")
            await asyncio.sleep(0.05)
        self.held[address] += size
        try:
            yield
        finally:
            self.held[address] -= size
            if not self.held[address]:
                del self.held[address]


async def read(receive: Receive, length: int) -> bytes:
    """A body of so many bytes. Refused: it comes too slowly."""
    body, end, enough = bytearray(), time.monotonic() + GRACE, GRACE * SLOWEST
    while True:
        if len(body) >= enough:
            end, enough = time.monotonic() + GRACE, len(body) + GRACE * SLOWEST
        try:
            async with asyncio.timeout(end - time.monotonic()):
                message = await receive()
        except TimeoutError:
            raise Refused(408, "The request came too slowly. Send it again.") from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
        if len(body) > length:  # the server sees to it; if it does not, nothing larger is held
            raise Refused(400, "The request is longer than it says.")


def look_at(body: bytes) -> None:
    """Refused: a body of JSON that holds more than any question of the lab. A text itself may be long."""
    try:
        if b"\0" in body:  # no UTF-8, or no JSON, where a NUL is escaped
            raise UnicodeError
        if not body.isascii():
            body.decode()
    except UnicodeError:
        raise Refused(400, "The request is no JSON in UTF-8.") from None
    # In JSON a backslash stands only in a text. So these two take away every quote that does not end a text.
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    too_much = Refused(413, "The request holds too many values. Send the settings of one experiment, each as one text.")
    if plain.count(b'"') > 2 * MOST_TEXTS:
        raise too_much
    beside = b"".join(plain.split(b'"')[::2])
    if len(beside) > MOST_BESIDE or beside.count(b"{") + beside.count(b"[") > MOST_BRACKETS:
        raise too_much
