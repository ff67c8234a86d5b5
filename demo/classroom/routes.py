"""How a class reaches its room: a light page for students' phones, and one route for votes and the host's acts.

A student's page is no page of Gradio's: `?room=CODE` is a few kB. Every few seconds it asks how far its class is, which
is one short answer for all phones of a network, and it asks for more when this has changed. A vote waits behind no
computation.
"""

import asyncio
import atexit
import functools
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any
from urllib.parse import parse_qs

from cachetools import TTLCache
from pydantic import Field, ValidationError, validate_call
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.classroom import rooms
from demo.experiment import read_link
from demo.page.screens import MISTAKE, MISUNDERSTOOD
from demo.takeaway import export
from demo.teaching import course
from demo.teaching.lessons import BY_KEY
from demo.web import visitors
from demo.web.delivery import BASE

PATH = "/gradio_api/class/"
LARGEST = 20_000  # bytes of a request
FRESH = 1.0  # seconds for which all phones of a network get one answer on how far their class is
POLICY = "; ".join(  # of the student's page, which holds no script and no style of its own
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect")),
        "img-src 'self' data:",
        *("base-uri 'none'", "form-action 'self'"),  # the form with the code opens the same page
        "frame-ancestors *",  # a slide may show it
    ]
)
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vote – Bigram Lab</title>
<link rel="stylesheet" href="{BASE}styles/class.css">
<link rel="icon" href="data:,">
<script type="module" src="{BASE}class/room.js"></script>
</head>
<body class="student">
<main id="room"><noscript>Please allow JavaScript for this page, or vote with your hand.</noscript></main>
</body>
</html>
"""

HEADERS = {"cache-control": "no-cache", "content-security-policy": POLICY}

Code = Annotated[str, Field(max_length=20)]
Secret = Annotated[str, Field(max_length=100)]
Voter = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Small = Annotated[int, Field(ge=0, le=1_000, strict=True)]
Text = Annotated[str, Field(max_length=1_000)]
Lesson = Annotated[str, Field(max_length=course.LONGEST_LINK)]
Base = Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s?#]+$")]
PLACES: TTLCache[tuple[str, str], dict[str, Any]] = TTLCache(10_000, FRESH)  # by code and address; of the event loop
OPENING = threading.Lock()  # what is cached can still be made twice at once
DRAWING = ThreadPoolExecutor(1, "invitation")  # one QR code at a time: votes find the other threads free


def start() -> None:
    """Open the rooms and check what the environment says, before anybody asks. SystemExit: a sentence."""
    try:
        visitors.check_proxies()
    except ValueError as error:
        sys.exit(str(error))
    try:
        database()
    except (OSError, sqlite3.Error, ValueError) as error:
        path = os.environ.get("LAB_ROOMS")
        file = f"the file {path} (LAB_ROOMS)" if path else "a temporary folder"
        sys.exit(
            f"The lab cannot keep its rooms in {file}: {error}. "
            "Let LAB_ROOMS name a file that the lab may write, new or made by this version of the lab."
        )


def database() -> rooms.File:
    """The file that LAB_ROOMS names; without it, one that ends with this process. One for all who ask at once."""
    with OPENING:
        return opened()


@functools.cache
def opened() -> rooms.File:
    path = os.environ.get("LAB_ROOMS")
    if not path:
        folder = tempfile.mkdtemp(prefix="lab-rooms-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        path = f"{folder}/rooms.db"
    return rooms.connect(path)


def question_of(lesson: str) -> rooms.Question:
    """The question of a lesson: by its key, or by the link of one that a teacher wrote."""
    if lesson.startswith("?"):
        linked, wrong = course.opened(read_link(lesson).guide)
        if not linked or "own" not in linked:
            raise ValueError(*wrong or ["This link holds no question that a teacher wrote. Copy the link of a lesson."])
        own = linked["own"]
        return rooms.Question(own["question"], tuple(own["choices"]), own["right"] - 1, lesson)
    if lesson not in BY_KEY:
        raise ValueError("There is no such lesson. Choose one of the list.")
    found = BY_KEY[lesson]
    return rooms.Question(found.question, found.choices, found.right, found.key)


# What can be asked, by its name in the address.


def look(client: str, code: Code, voter: Voter) -> dict[str, Any]:
    return rooms.look(database(), code, voter, client)


def place(client: str, code: str) -> dict[str, Any]:
    return rooms.place(database(), code, client)


def vote(client: str, code: Code, voter: Voter, number: Small, round: Small, choice: Small) -> dict[str, Any]:
    return rooms.vote(database(), code, voter, number, round, choice, client)


def open_room(client: str, lesson: Lesson) -> dict[str, Any]:
    return rooms.open_room(database(), question_of(lesson), client)


def host(client: str, code: Code, secret: Secret) -> dict[str, Any]:
    return rooms.host(database(), code, secret, client)


def act(
    client: str, code: Code, secret: Secret, act: Text, number: Small | None = None, phase: Text | None = None
) -> dict[str, Any]:
    return rooms.act(database(), code, secret, act, number, phase, client)


def ask_next(client: str, code: Code, secret: Secret, lesson: Lesson, after: int) -> dict[str, Any]:
    return rooms.ask_next(database(), code, secret, question_of(lesson), after, client)


def end(client: str, code: Code, secret: Secret) -> dict[str, Any]:
    return rooms.end(database(), code, secret, client)


def counts(client: str, code: Code, secret: Secret) -> dict[str, Any]:
    return rooms.counts(database(), code, secret, client)


def invitation(client: str, code: Code, secret: Secret, base: Base) -> dict[str, Any]:
    """The link for students and its QR code; `base` is the lab's address."""
    link = f"{base}?room={rooms.host(database(), code, secret, client)['code']}"
    return {"link": link, "qr": export.qr_svg(link)}


ANSWERS = {
    one.__name__: validate_call(one) for one in (look, vote, open_room, host, act, ask_next, end, counts, invitation)
}


async def answer(request: Request) -> JSONResponse | PlainTextResponse:
    """A JSON object for a JSON object; {"error": sentence} where that cannot be."""
    function = ANSWERS.get(request.path_params["name"])
    if function is None:
        return PlainTextResponse("There is no such page.", 404)
    if int(request.headers["content-length"]) > LARGEST:  # guard.py has seen that it is a number
        return PlainTextResponse(f"A request has at most {LARGEST:,} bytes here; this one has more.", 413)
    try:
        question = await request.json()
    except (ValueError, RecursionError):
        return JSONResponse({"error": MISUNDERSTOOD})
    pool = DRAWING if function is ANSWERS["invitation"] else None
    client = visitors.address_of(request.scope)
    reply, status = await asyncio.get_running_loop().run_in_executor(pool, answered, function, question, client)
    return JSONResponse(reply, status)


def answered(function: Any, question: Any, client: str) -> tuple[dict[str, Any], int]:
    """The reply and its status: 503 tells the page to ask again by itself."""
    if not isinstance(question, dict) or "client" in question:
        return {"error": MISUNDERSTOOD}, 200
    try:
        return function(client=client, **question), 200
    except (ValidationError, UnicodeError):  # half a character is none
        return {"error": MISUNDERSTOOD}, 200
    except rooms.Later as error:
        return {"error": str(error)}, 503
    except ValueError as error:
        return {"error": str(error)}, 200
    except Exception:
        traceback.print_exc()
        return {"error": MISTAKE}, 200


async def follow(request: Request) -> JSONResponse:
    """How far the class of a room is. Nearly all who ask take part in one answer."""
    code, client = request.path_params["code"][:20].upper(), visitors.address_of(request.scope)
    if (known := PLACES.get((code, client))) is not None:
        return JSONResponse(known)
    question = {"code": code}
    reply, status = await asyncio.get_running_loop().run_in_executor(None, answered, place, question, client)
    if "error" not in reply:
        PLACES[code, client] = reply
    return JSONResponse(reply, status)


ROUTES = [
    Route(PATH + "place/{code}", follow, methods=["GET"]),
    Route(PATH + "{name}", answer, methods=["POST"]),
]


class Door:
    """Middleware: the lab's address with `?room=` is the page of a student."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and b"room" in scope["query_string"]:
            at_root = scope["path"].removeprefix(scope.get("root_path", "")) in ("", "/")
            if at_root and "room" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True):
                await HTMLResponse(PAGE, headers=HEADERS)(scope, receive, send)
                return
        await self.app(scope, receive, send)
