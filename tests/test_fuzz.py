"""The requests of fuzz.py find what is planted in a lab: a route and answers that fail. They find nothing else."""

import itertools
import json
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
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

REQUESTS, SEED = 400, 800  # such requests meet each plant, and the endpoint beside it


RAISED: Counter[str] = Counter()  # how often each plant has failed


def fail(where: str) -> None:
    RAISED[where] += 1
    raise RuntimeError(f"planted in {where}")


async def failing_route(request: Any) -> None:
    fail("a route")


def failing_question(key: str) -> dict[str, Any]:
    fail("an answer of the page")


def failing_vote(client: str, code: str) -> dict[str, Any]:
    fail("an answer to a class")


@wraps(endpoints.score)
def failing_call(name: str, link: str = "") -> dict:
    """Fails for some names only: the endpoint itself meets the others."""
    return fail("an endpoint") if name in ("Emma", "q", "zz") else failing_call.__wrapped__(name, link)


@pytest.fixture
def planted_lab(monkeypatch) -> Iterator[str]:
    """The address of a lab with all plants."""
    options, planted = delivery.options, [Route("/gradio_api/reset", failing_route, methods=["POST"])]
    monkeypatch.setattr(delivery, "options", lambda head, own, *more: options(head, [*planted, *own], *more))
    monkeypatch.setitem(screens.ANSWERS, "traps", list(screens.ANSWERS["traps"]))
    screens.answer("traps")(failing_question)
    monkeypatch.setitem(routes.ANSWERS, "failing_vote", failing_vote)
    monkeypatch.setattr(endpoints, "score", failing_call)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = app.build()
    app.serve(page, prevent_thread_lock=True, quiet=True, server_port=port)
    yield page.local_url
    page.close()


def test_what_fails_is_found_and_nothing_else(planted_lab, capsys):
    RAISED.clear()
    failures = fuzz.main(planted_lab, REQUESTS, SEED)
    printed = capsys.readouterr().out
    assert f"\n{failures} failures." in printed
    assert failures == RAISED.total(), printed
    assert set(re.findall(r"^\d+: (.* \(.*\): \w+ \S+) ", printed, re.MULTILINE)) == {
        "an error of the server (500): POST /gradio_api/reset",
        "a mistake of the lab (200): POST /gradio_api/component_server/",
        "a mistake of the lab (200): POST /gradio_api/class/failing_vote",
        "a mistake of the lab (200): POST /gradio_api/call/score",
        "a mistake of the lab (200): POST /gradio_api/call/v2/score",
    }


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
