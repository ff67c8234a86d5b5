"""What may come in: the routes that the lab uses, in bounded requests. And what goes out with every answer.

Gradio opens routes for files, streams, recordings and its own monitoring. The lab has no use for them, so they are
closed: what is not there can neither fill the disk nor tell of another visitor.
"""

import asyncio
from typing import Any

from gradio.utils import LRUCache
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_REQUEST = 13_000_000  # bytes: an own list of 2,000,000 characters, each escaped in JSON
POSTS = ("/component_server", "/login", "/queue/join", "/call/", "/class/", "/cancel", "/reset", "/mcp")
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        started = False

        async def ruled(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                status = 400 if message["status"] == 500 else message["status"]  # as below, where a library says it
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.update(SENT)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["content-security-policy"] = POLICY
                message = message | {"status": status, "headers": headers.raw}
            await send(message)

        try:
            await (refusal(scope) or self.app)(scope, receive, ruled)
        except Exception as error:  # Gradio's, on a request that no page sends: the lab's own answers raise nothing
            if started and isinstance(error.__cause__, HTTPException):
                await send({"type": "http.response.body"})  # a stream has said why it ends
                return
            if started:
                raise
            print(f"Not understood: {scope['method']} {scope['path'][:100]!r}, {type(error).__name__}.")
            await PlainTextResponse("The lab does not understand this request.", 400)(scope, receive, ruled)


def refusal(scope: Scope) -> PlainTextResponse | None:
    """The answer to a request that is not taken."""
    path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/gradio_api")
    post = scope["method"] == "POST"
    if path.startswith(CLOSED) or (post and not path.startswith(POSTS)):
        return PlainTextResponse("There is no such page.", 404)
    headers = Headers(scope=scope)
    if headers.get("content-type", "").startswith("multipart"):
        return PlainTextResponse("The lab takes no files.", 415)
    length = headers.get("content-length", "")
    if post and not length.isdecimal():
        return PlainTextResponse("Say how long the request is (Content-Length).", 411)
    if length and int(length) > LARGEST_REQUEST:
        return PlainTextResponse(f"A request has at most {LARGEST_REQUEST:,} bytes; this one has more.", 413)
    return None


class Unread(LRUCache):
    """What the queue has to tell each session and nobody has fetched yet: of 500 sessions.

    Gradio forgets the oldest session, even one that still waits for its answer: many calls of one visitor would end the
    call of another. Here the oldest leaves whose calls are done.
    """

    def __init__(self, queue: Any):
        super().__init__(500)
        self.queue = queue

    def __setitem__(self, session: str, messages: Any) -> None:
        if len(self) >= self.max_size:
            waiting = {event.session_hash for event in self.queue.event_ids_to_events.values()}
            done = next((old for old in self if old not in waiting), None)
            self.pop(done, None)
            self.queue.pending_event_ids_session.pop(done, None)
        super().__setitem__(session, messages)

    def __delitem__(self, session: str) -> None:
        """Of one that is gone, nothing: where two listen to a session and leave, Gradio forgets it twice."""
        self.pop(session, None)

    def __missing__(self, session: str) -> asyncio.Queue:
        """Of a call whose session has the empty name: Gradio gives it another name, under which nobody asks."""
        return asyncio.Queue()
