"""What may come in: the routes that the lab uses, in bounded requests. And what goes out with every answer.

Gradio opens routes for files, streams, recordings and its own monitoring. The lab has no use for them, so they are
closed: what is not there can neither fill the disk nor tell of another visitor.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from typing import Any
from weakref import WeakValueDictionary

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.compute import turns
from demo.web import bodies
from demo.web.gradio_doors import MISUNDERSTANDINGS, question_of
from demo.web.visitors import address_of

MOST_OPEN = 1_000  # requests of one address at the same time: each open page has one, and a school may share an address
MOST_TOOLS = 16  # calls over MCP at the same time: Gradio keeps for each one of the 40 threads that all requests share
MOST_THREADS = 400  # for the questions of pages: one computes, the others wait for their turns
MOST_OF_ONE = 200  # of them for one address: its other questions wait until one of these is answered
QUESTIONS = "/component_server"  # where pages ask
SHORT = 2**13  # bytes of a question whose answer may be known: of a longer one it is not
POSTS = {  # what takes a body, and its largest size in bytes
    **dict.fromkeys((QUESTIONS, "/queue/join", "/call/", "/mcp"), bodies.LARGEST),
    **dict.fromkeys(("/class/", "/login", "/cancel", "/reset"), 20_000),
}
MISUNDERSTOOD = "The lab does not understand this request."
CLOSED = (
    *("/file", "/proxy", "/stream", "/custom_component", "/upload", "/monitoring", "/profiling"),
    *("/runs", "/run-history", "/vibe", "/dev", "/deep_link", "/queue/status"),
    *("/mcp/sse", "/mcp/messages"),  # the older way to speak MCP, which keeps something of each visitor
)
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio's page holds its settings in scripts
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors *",  # a slide may show the lab
    ]
)
SENT = {"x-content-type-options": "nosniff", "referrer-policy": "strict-origin-when-cross-origin"}


class Guard:
    """Refuses what the lab has no use for, and adds its rules to each answer."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.places = bodies.Places()
        self.tools = asyncio.Semaphore(MOST_TOOLS)
        self.open: Counter[str] = Counter()  # requests without their whole answer, by address
        # The answers that are not known yet, by their questions, and the pages that asked first.
        self.making: dict[Hashable, tuple[asyncio.Event, str]] = {}
        self.threads: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()  # by address, while used

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        started = False

        async def ruled(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.update(SENT)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("content-security-policy", POLICY)
                message = {**message, "headers": headers.raw}
            await send(message)

        address = address_of(scope)
        self.open[address] += 1
        try:
            check(scope, self.open[address])
            if scope["method"] == "POST":
                await self.post(address, scope, receive, ruled)
            else:
                await self.app(scope, receive, ruled)
        except bodies.Refused as refused:
            headers = {"connection": "close"} if refused.status in (408, 503) else None  # no more of the body is read
            await PlainTextResponse(refused.sentence, refused.status, headers)(scope, receive, ruled)
        except ClientDisconnect:
            return
        except Exception as error:
            if started and isinstance(error.__cause__, HTTPException):
                await send({"type": "http.response.body"})  # a stream has said why it ends
                return
            if started or not is_misunderstanding(error):
                raise
            print(f"Not understood: {scope['method']} {scope['path'][:100]!r}, {type(error).__name__}.")
            await PlainTextResponse(MISUNDERSTOOD, 400)(scope, receive, ruled)
        finally:
            self.open[address] -= 1
            if not self.open[address]:
                del self.open[address]

    async def post(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on with its whole body. What works for it hears when its client leaves."""
        length = int(Headers(scope=scope)["content-length"])
        body = asked = None
        if length <= SHORT and route(scope).rstrip("/") == QUESTIONS:
            body = await whole(receive, length)
            if asked := question_of(scope.get("app"), body):
                if making := self.making.get(asked.key):
                    made, first = making
                    with turns.behind(asked.page, first):
                        await made.wait()
                if answer := asked.known():
                    await answer(scope, receive, send)
                    return
        async with self.thread(address, scope), self.places.of(address, length):
            if body is None:
                body = await whole(receive, length)
            left = asyncio.Event()
            listener = asyncio.create_task(listen(receive, left))
            turns.has_left.set(left.is_set)
            try:
                async with self.tools if route(scope).startswith("/mcp") else nullcontext():
                    with self.made(asked, send) as sending:
                        await self.app(scope, replay(body, left), sending)
            finally:
                listener.cancel()

    @contextmanager
    def made(self, asked: Any, send: Send) -> Iterator[Send]:
        """Others who ask the same wait until an answer begins to leave. By then it may be in the cache.

        `asked` is the question, as `question_of` found it; None if its answer is never kept.
        """
        if asked is None or asked.key in self.making:
            yield send
            return
        made = self.making[asked.key] = asyncio.Event(), asked.page

        def end() -> None:
            if self.making.get(asked.key) is made:  # another answer to the same question has its own
                del self.making[asked.key]
            made[0].set()

        async def sending(message: Message) -> None:
            end()
            await send(message)

        try:
            yield sending
        finally:
            end()

    def thread(self, address: str, scope: Scope) -> AbstractAsyncContextManager:
        """One of the threads of an address, for as long as a question of its pages is answered."""
        if not route(scope).startswith(QUESTIONS):
            return nullcontext()
        return self.threads.setdefault(address, asyncio.Semaphore(MOST_OF_ONE))


async def whole(receive: Receive, length: int) -> bytes:
    """A body that may be parsed. Refused: it comes too slowly, or holds too much."""
    body = await bodies.read(receive, length)
    bodies.look_at(body)
    return body


async def listen(receive: Receive, left: asyncio.Event) -> None:
    """Set `left` when the client leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass
    left.set()


def replay(body: bytes, left: asyncio.Event) -> Receive:
    """The `receive` of a request whose body has been read: the body, then the end of the connection."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    return receive


def route(scope: Scope) -> str:
    """The path of a request, below the lab's own path."""
    return scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/gradio_api")


def check(scope: Scope, open_now: int) -> None:
    """Refused: a request that the lab does not take, by what stands before its body."""
    path, post = route(scope), scope["method"] == "POST"
    largest = next((largest for start, largest in POSTS.items() if post and path.startswith(start)), 0)
    if path.startswith(CLOSED) or (post and not largest):
        raise bodies.Refused(404, "There is no such page.")
    if open_now > MOST_OPEN:
        raise bodies.Refused(503, "Your network has too many open requests. Try again in a minute.")
    headers = Headers(scope=scope)
    if headers.get("content-type", "").startswith("multipart"):
        raise bodies.Refused(415, "The lab takes no files.")
    length = headers.get("content-length", "" if post else "0")
    if not length.isdecimal() or "transfer-encoding" in headers:
        raise bodies.Refused(411, "Say how long the request is (Content-Length), and do not send it in chunks.")
    if int(length) > largest:
        raise bodies.Refused(413, f"A request has at most {largest:,} bytes here; this one has more.")


async def invalid(request: Request, error: RequestValidationError) -> PlainTextResponse:
    """In place of FastAPI's answer to a wrong body, which repeats the body, and fails where that is no JSON."""
    return PlainTextResponse(MISUNDERSTOOD, 422)


def is_misunderstanding(error: Exception) -> bool:
    """Whether Gradio raises this error on a request that no page sends. Every other error is the lab's own."""
    return (type(error), traceback.extract_tb(error.__traceback__)[-1].name) in MISUNDERSTANDINGS
