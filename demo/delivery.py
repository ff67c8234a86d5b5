"""How the page reaches a class: what is the same for all is made once, compressed once, and kept by the browsers.

Gradio builds its first page and compresses its files anew for each visitor. Here both are remembered, through the
doors that Gradio leaves open: routes and middleware that `launch` hands to FastAPI.
"""

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brotli
from cachetools import LRUCache
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MODULES = Path(__file__).parent / "components" / "static"
VERSION = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(MODULES.iterdir()))).hexdigest()[:12]
BASE = f"./gradio_api/lab/{VERSION}/"  # relative: it holds below any path
MOUNT = f"/gradio_api/lab/{VERSION}"

FOR_EVER = "public, max-age=31536000, immutable"  # the name changes with the content
FOR_A_WHILE = "public, max-age=600"
KEPT = {f"{MOUNT}/": FOR_EVER, "/assets/": FOR_EVER, "/static/": FOR_A_WHILE, "/theme.css": FOR_A_WHILE}
ORIGIN = ("host", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix")
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg")


def options(head: str = "") -> dict[str, Any]:
    """What `launch` takes as `app_kwargs`. `head` is put into the first page as it leaves the server."""
    return {
        "routes": [Mount(MOUNT, StaticFiles(directory=MODULES))],
        "middleware": [Middleware(Delivery, head=head)],
    }


@dataclass(frozen=True)
class Answer:
    """A whole response."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Delivery:
    """Answers from memory what is the same for all visitors: files, and the first page by the address it is asked at."""

    def __init__(self, app: ASGIApp, head: str = ""):
        self.app, self.head = app, head
        self.files: LRUCache[tuple, Answer] = LRUCache(2**26, getsizeof=lambda answer: len(answer.body) + 1_000)
        self.pages: LRUCache[tuple, Answer] = LRUCache(
            16
        )  # an address is the visitor's word: it may not push files out
        self.making: dict[tuple, asyncio.Task] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = self.key(scope)
        if key is None:
            await self.app(scope, receive, send)
            return
        kept = self.pages if key[0] == "/" else self.files
        answer = kept.get(key)
        if answer is None:
            if key not in self.making:  # a class asks at once: one is made for all
                self.making[key] = asyncio.ensure_future(self.make(scope, key))
            try:
                answer = await asyncio.shield(self.making[key])
            finally:
                self.making.pop(key, None)
            if answer.status == 200:
                kept[key] = answer
        headers = Headers(raw=answer.headers)
        tag = headers.get("etag")
        if tag is not None and tag == Headers(scope=scope).get("if-none-match"):
            answer = Answer(304, [(name, text) for name, text in answer.headers if name != b"content-length"], b"")
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def key(self, scope: Scope) -> tuple | None:
        """What an answer depends on, None for what is not remembered."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        headers, path = Headers(scope=scope), scope["path"].removeprefix(scope.get("root_path", ""))
        accepted = headers.get("accept-encoding", "")
        encoding = next((name for name in ("br", "gzip") if name in accepted), "identity")
        if "range" in headers:
            return None
        if path == "/":
            app = scope["app"]
            private = getattr(app, "auth", None) is not None or getattr(app, "auth_dependency", None) is not None
            if private or b"deep_link" in scope["query_string"]:
                return None
            return ("/", encoding, scope["scheme"], scope.get("root_path"), *(headers.get(name) for name in ORIGIN))
        return (path, encoding) if path.startswith(tuple(KEPT)) else None

    async def make(self, scope: Scope, key: tuple) -> Answer:
        """Gradio's own answer, whole, compressed, with its lifetime."""
        plain = {
            **scope,
            "headers": [
                (name, text)
                for name, text in scope["headers"]
                if name not in (b"accept-encoding", b"if-none-match", b"if-modified-since")
            ],
        }
        if key[0] == "/":
            plain["query_string"] = b""  # the page itself reads its address
        status, raw, parts = 500, [], []

        async def receive() -> Message:
            await asyncio.Event().wait()  # nobody leaves: the answer is for all

        async def send(message: Message) -> None:
            nonlocal status, raw
            if message["type"] == "http.response.start":
                status, raw = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self.app(plain, receive, send)
        headers, body = MutableHeaders(raw=raw), b"".join(parts)
        if status != 200:
            return Answer(status, raw, body)
        if key[0] == "/":
            body = body.replace(b"</head>", self.head.encode() + b"</head>", 1)
            headers["cache-control"] = "no-cache"
            headers["etag"] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        else:
            headers["cache-control"] = next(time for start, time in KEPT.items() if key[0].startswith(start))
        if key[1] != "identity" and len(body) > 500 and headers.get("content-type", "").startswith(COMPRESSIBLE):
            compress = brotli.compress if key[1] == "br" else gzip.compress
            body = await asyncio.to_thread(compress, body)
            headers["content-encoding"] = key[1]
        headers["vary"] = "Accept-Encoding"
        headers["content-length"] = str(len(body))
        return Answer(status, headers.raw, body)
