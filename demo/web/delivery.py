"""How the page reaches a class: what is the same for all is made once, compressed once, and kept by the browsers.

Gradio builds its first page and compresses its files anew for each visitor. Here both are remembered, through the
doors that Gradio leaves open: routes and middleware that `launch` hands to FastAPI. Gradio's own compression stands
outside of this middleware, and leaves alone what is compressed already.
"""

import asyncio
import gzip
import hashlib
import posixpath
import re
import struct
import zlib
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import brotli
from cachetools import LFUCache, LRUCache
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.web.gradio_doors import OTHER_PAGES, is_private, root_of
from demo.web.guard import Guard, invalid

FOLDER = Path(__file__).parents[1] / "page" / "static"
COMMENT = re.compile(rb"^ *(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE)  # a whole line, or a block of JSDoc
MODULES = {
    path.relative_to(FOLDER).as_posix(): COMMENT.sub(b"", path.read_bytes())  # a quarter less to send
    for path in sorted(FOLDER.rglob("*.*"))
}
STYLES = ("lab", "stage", "screens", "course", "class")  # in the order in which they hold
MODULES["styles.css"] = b"\n".join(MODULES[f"styles/{name}.css"] for name in STYLES)  # one request instead of five
IMPORT = re.compile(
    r"^(?:import|export|\}) (?:.* )?(?:from )?'(\.[^']+)'", re.MULTILINE
)  # of another module, when one is loaded
VERSION = hashlib.sha256(repr(MODULES).encode()).hexdigest()[:12]
MOUNT = f"/gradio_api/lab/{VERSION}"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
BASE = f".{MOUNT}/"  # relative: it holds below any path

FOR_EVER = "public, max-age=31536000, immutable"  # the name changes with the content
FOR_A_WHILE = "public, max-age=600"
ASK_AGAIN = "no-cache"  # the browser may keep it, but asks whether it is still the same
KEPT = {f"{MOUNT}/": FOR_EVER, "/assets/": FOR_EVER, "/static/": FOR_A_WHILE, "/theme.css": FOR_A_WHILE}
ORIGIN = ("host", "x-forwarded-host", "x-forwarded-proto", "x-gradio-server")  # where Gradio takes its address from
COMPRESSED = ("text/", "application/javascript", "application/json", "image/svg")
SOCIAL = re.compile(rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>')  # Gradio's own card, of no link
LONGEST_LINK = 8_000  # bytes of an address: the page of a longer one has the tags of the bare page
GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # how each gzip file begins
WORTH = 300  # bytes: less is not worth compressing; below the 400 at which Gradio would compress it each time


Tags = Callable[[str, str], str]  # for the head of a page, from its query string and the address of the lab


def no_tags(query: str, root: str) -> str:
    return ""


def options(
    head: str = "", routes: Sequence[Route] = (), middleware: Sequence[Middleware] = (), tags: Tags = no_tags
) -> dict[str, Any]:
    """What `launch` takes as `app_kwargs`. `head` and `tags` are put into the first page as it leaves the server."""
    return {
        "routes": [Route(f"{MOUNT}/{{name:path}}", module), *routes],
        "middleware": [Middleware(Guard), *middleware, Middleware(Delivery, head=head, tags=tags)],
        "exception_handlers": {RequestValidationError: invalid},
    }


async def module(request: Request) -> Response:
    """A module or a style sheet, as it was when the version was taken."""
    name = request.path_params["name"]
    if name not in MODULES:
        return Response("There is no such file.", 404, media_type="text/plain")
    return Response(MODULES[name], media_type=TYPES[Path(name).suffix])


def imported_by(*names: str) -> list[str]:
    """These modules and all that they import as soon as they are loaded, each once."""
    found = list(names)
    for name in found:  # it grows
        for path in IMPORT.findall(MODULES[name].decode()):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if imported not in found:
                found.append(imported)
    return found


@dataclass(frozen=True)
class Answer:
    """A whole response."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True)
class Question:
    """All that a remembered answer depends on. What else a visitor sends is not read: it could reach all others."""

    path: str
    root_path: str
    encoding: str
    scheme: str = ""
    origin: tuple[tuple[bytes, bytes], ...] = ()
    blocks: int = 0  # which page this is: hot reload puts another in its place
    tags: str = ""  # of its link, where it has others than the bare page

    @property
    def is_page(self) -> bool:
        return self.path == "/"

    @classmethod
    def of(cls, scope: Scope, tags: Tags = no_tags) -> "Question | None":
        """None for what is not remembered."""
        headers = Headers(scope=scope)
        if scope["method"] != "GET" or "range" in headers:
            return None
        root_path = scope.get("root_path", "")
        path, encoding = scope["path"].removeprefix(root_path), encoding_of(headers.get("accept-encoding", ""))
        if path.startswith(tuple(KEPT)):
            return cls(path, root_path, encoding)
        app = scope["app"]
        if path != "/" or is_private(app) or any(name in scope["query_string"] for name in OTHER_PAGES):
            return None
        origin = tuple((name.encode(), headers[name].encode("latin-1")) for name in ORIGIN if name in headers)
        query, root = scope["query_string"].decode("latin-1"), root_of(scope)
        own = tags(query if len(query) <= LONGEST_LINK else "", root)
        if own == tags("", root):
            return cls(path, root_path, encoding, scope["scheme"], origin, id(app.blocks))
        encoding = encoding_of(headers.get("accept-encoding", ""), ("gzip",))
        return cls(path, root_path, encoding, scope["scheme"], origin, id(app.blocks), own)


class Delivery:
    """Answers from memory what is the same for all: files, and the first page by the address it is asked at."""

    def __init__(self, app: ASGIApp, head: str = "", tags: Tags = no_tags):
        self.app, self.head, self.tags = app, head.encode(), tags
        self.files: LRUCache[Question, Answer] = LRUCache(2**26, getsizeof=lambda answer: len(answer.body) + 1_000)
        # An address is a visitor's word. It pushes out no file, and no page that is asked for more often.
        self.pages: LFUCache[Question, Answer] = LFUCache(16)
        self.making: dict[Question, asyncio.Task[Answer]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        question = Question.of(scope, self.tags) if scope["type"] == "http" else None
        if question is None:
            await self.app(scope, receive, send)
            return
        answer = await self.answer(question, scope)
        if is_known(Headers(raw=list(answer.headers)).get("etag"), Headers(scope=scope).get("if-none-match", "")):
            answer = Answer(304, tuple(pair for pair in answer.headers if pair[0] != b"content-length"), b"")
        # A copy of the headers: Gradio's compression, further out, writes into them.
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        await send({"type": "http.response.body", "body": answer.body})

    async def answer(self, question: Question, scope: Scope) -> Answer:
        """From memory; else it is made once for all who ask meanwhile, even if the first of them leaves."""
        if question.tags:  # of one link; the rest of the page is the same for all
            page = await self.answer(replace(question, encoding="identity", tags=""), scope)
            return page if page.status != 200 else linked(page, self.tags("", root_of(scope)), question)
        kept: MutableMapping[Question, Answer] = self.pages if question.is_page else self.files
        if question in kept:
            return kept[question]

        async def remember() -> Answer:
            try:
                answer = await self.make(question, scope)
                if answer.status == 200:
                    kept[question] = answer
                return answer
            finally:
                del self.making[question]

        if question not in self.making:
            self.making[question] = asyncio.create_task(remember())
        return await asyncio.shield(self.making[question])

    async def make(self, question: Question, scope: Scope) -> Answer:
        """Gradio's own answer, compressed, with its lifetime; as it is where it is no success."""
        status, raw, body = await self.asked(question, scope)
        headers = MutableHeaders(raw=raw)
        if status != 200:
            return Answer(status, tuple(raw), body)
        if question.is_page:
            tags = self.tags("", root_of(scope)).encode()
            body = SOCIAL.sub(b"", body).replace(b"</head>", tags + self.head + b"</head>", 1)
        if len(body) > WORTH and headers.get("content-type", "").startswith(COMPRESSED):
            headers.add_vary_header("Accept-Encoding")
            if question.encoding != "identity":
                body = await asyncio.to_thread(compress, body, question.encoding)
                headers["content-encoding"] = question.encoding
        lifetimes = (lifetime for start, lifetime in KEPT.items() if question.path.startswith(start))
        headers["cache-control"] = next(lifetimes, ASK_AGAIN)
        headers["etag"] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'  # of these bytes: one for each encoding
        headers["content-length"] = str(len(body))
        return Answer(status, tuple(headers.raw), body)

    async def asked(self, question: Question, scope: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """The status, the headers and the body of Gradio's answer."""
        status, raw, parts = 500, [], []

        async def receive() -> Message:
            return await asyncio.Future()  # nobody leaves: the answer is for all

        async def send(message: Message) -> None:
            nonlocal status, raw
            if message["type"] == "http.response.start":
                status, raw = message["status"], list(message["headers"])
            else:
                parts.append(message.get("body", b""))

        # A copy: routing writes into it. Of the visitor's request only what the question holds is left.
        await self.app({**scope, "headers": list(question.origin), "query_string": b""}, receive, send)
        return status, raw, b"".join(parts)


def linked(page: Answer, tags: str, question: Question) -> Answer:
    """The page of a link: the bare page with its own tags instead of `tags`. Only these few are compressed for it."""
    before, after = page.body.split(tags.encode(), 1)
    own = question.tags.encode()
    body = before + own + after
    headers = MutableHeaders(raw=list(page.headers))
    if question.encoding == "gzip":
        end = struct.pack("<II", zlib.crc32(body), len(body))
        body = GZIP + deflated(before) + deflated(own) + deflated(after, is_last=True) + end
        headers["content-encoding"] = "gzip"
    headers["etag"] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers["content-length"] = str(len(body))
    return Answer(page.status, tuple(headers.raw), body)


@lru_cache(16)
def deflated(part: bytes, is_last: bool = False) -> bytes:
    """A part of a gzip file, compressed without a look at the parts before it."""
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return deflate.compress(part) + deflate.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)


def encoding_of(accepted: str, offered: Sequence[str] = ("br", "gzip")) -> str:
    """The first of the encodings offered that a browser accepts, or identity. One with q=0 is refused by name."""
    names = {}
    for part in accepted.lower().split(","):
        name, _, quality = part.replace(" ", "").partition(";q=")
        names[name] = quality.strip("0.") != "" if quality else True
    return next((name for name in offered if names.get(name)), "identity")


def compress(body: bytes, encoding: str) -> bytes:
    """Once for all, so it may take its time; beyond quality 9 brotli takes three times as long for 8 %."""
    return brotli.compress(body, quality=9) if encoding == "br" else gzip.compress(body, mtime=0)


def is_known(tag: str | None, known: str) -> bool:
    """Whether a browser that knows these tags (If-None-Match) has this one."""
    return tag is not None and tag in (one.strip().removeprefix("W/") for one in known.split(","))
