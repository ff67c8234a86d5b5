"""The requests of fuzz.py find what is planted in a lab: a route and answers that fail. Without plants, nothing."""

import contextlib
import io
import itertools
import json
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from demo import app
from demo.api import endpoints
from demo.classroom import routes
from demo.page import screens
from demo.web import delivery
from tests import fuzz

REQUESTS = 400


async def failing_route(request: Any) -> None:
    raise RuntimeError("planted in a route")


def failing_question(key: str) -> dict[str, Any]:
    raise RuntimeError("planted in an answer of the page")


def failing_vote(client: str, code: str) -> dict[str, Any]:
    raise RuntimeError("planted in an answer to a class")


def failing_call(name: str, link: str = "") -> dict:
    raise RuntimeError("planted in an endpoint")


@pytest.fixture(scope="module")
def found() -> str:
    """What fuzz.py prints on a lab with all plants."""
    options, planted = delivery.options, [Route("/gradio_api/reset", failing_route, methods=["POST"])]
    failing_call.__doc__, failing_call.__name__ = endpoints.score.__doc__, "score"
    with pytest.MonkeyPatch.context() as patch, socket.socket() as free:
        patch.setattr(delivery, "options", lambda head, own, middleware: options(head, [*planted, *own], middleware))
        patch.setitem(screens.ANSWERS, "traps", list(screens.ANSWERS["traps"]))
        screens.answer("traps")(failing_question)
        patch.setitem(routes.ANSWERS, "failing_vote", failing_vote)
        patch.setattr(endpoints, "score", failing_call)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        page = app.build()
        app.serve(page, prevent_thread_lock=True, quiet=True, server_port=port)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            failures = fuzz.main(page.local_url, REQUESTS)
        page.close()
    assert f"\n{failures} failures." in printed.getvalue()
    return printed.getvalue()


@pytest.mark.parametrize(
    "failure",
    [
        "an error of the server (500): POST /gradio_api/reset ",
        "a mistake of the lab (200): POST /gradio_api/component_server/ ",
        "a mistake of the lab (200): POST /gradio_api/class/failing_vote ",
        "a mistake of the lab (200): POST /gradio_api/call/score ",
        "a mistake of the lab (200): POST /gradio_api/call/v2/score ",
    ],
)
def test_what_fails_is_found(found, failure):
    assert failure in found


def test_the_lab_itself_has_no_failure(url, capsys):
    assert fuzz.main(url, REQUESTS) == 0, capsys.readouterr().out


def answers_rightly(ask: Callable[[dict], dict], function: Callable, room: dict[str, str]) -> bool:
    """Whether one of the first requests that are made for an answer, of those that are soon computed, is no error."""
    for seed in range(200):
        asked = fuzz.Maker(seed, {}, room).asked(function)
        settings = asked.get("experiment", {})
        if settings.keys() <= {"steps", "words", "table", *fuzz.CHEAP} and "error" not in ask(asked):
            return True
    return False


@pytest.mark.parametrize("function", list(itertools.chain(*screens.ANSWERS.values())), ids=lambda one: one.__name__)
def test_each_question_of_the_page_is_asked_rightly_too(function):
    """Requests that are all refused at the door would find nothing behind it."""
    assert answers_rightly(function, function, {})


@pytest.mark.parametrize("name", routes.ANSWERS)
def test_each_question_of_a_class_is_asked_rightly_too(name, url):
    def ask(question: dict, name: str = name) -> dict:
        return httpx.post(f"{url}gradio_api/class/{name}", content=json.dumps(question)).json()

    room = ask({"lesson": "count"}, "open_room")
    if name == "vote":
        ask(room | {"act": "open round 1"}, "act")
    assert answers_rightly(ask, routes.ANSWERS[name], room)
