"""Final answers, kept as bytes. A question that was answered before needs no thread, no turn and no computation.

Each page of a class opens the same link, and so asks the same question. An answer is final when its run is done, and
then it depends on nothing but the question. guard.py looks here before a question takes its way through Gradio.
"""

import json
import threading
from contextlib import suppress
from typing import Any, NamedTuple

from cachetools import LRUCache
from pydantic import ValidationError
from starlette.responses import Response

from demo.compute import turns
from demo.compute.cache import ANSWERS_BYTES
from demo.page.screens import FINAL, MAIN, Answer, Asker
from demo.web.gradio_doors import in_bytes

LONGEST = 4_000  # characters of a question: a longer one, with own words in it, is not remembered
Key = tuple[Answer, str]  # all that an answer depends on: it is the same for every page that asks
KNOWN: LRUCache[Key, bytes] = LRUCache(ANSWERS_BYTES, getsizeof=lambda body: len(body) + 2 * LONGEST)
GUARD = threading.Lock()  # of KNOWN: answers are made in many threads


class Served:
    """One of the functions of screens.py, as Gradio calls it: its answer is ready to be sent."""

    def __init__(self, answer: Answer):
        self.answer = answer
        self.__name__, self.__doc__ = answer.__name__, answer.__doc__

    def __call__(self, question: Any) -> Response:
        answer = self.answer(question)
        body, asked = in_bytes(answer), self.asked(question)
        if asked and FINAL[self.answer](answer):
            with GUARD, suppress(ValueError):  # an answer larger than all the memory is not remembered
                KNOWN[asked.key] = body
        return as_json(body)

    def asked(self, question: Any) -> "Asked | None":
        """A question whose answer may be known; None for all others."""
        if self.answer not in FINAL or not isinstance(question, dict):
            return None
        ignored = {*Asker.model_fields, *(["late"] if self.answer in MAIN.values() else [])}
        text = json.dumps({key: value for key, value in question.items() if key not in ignored}, sort_keys=True)
        return Asked((self.answer, text), question) if len(text) <= LONGEST else None


class Asked(NamedTuple):
    """A question whose answer may be known."""

    key: Key
    question: dict[str, Any]

    @property
    def page(self) -> str:
        """The name that the asking page gave itself, or "" if it gave none."""
        return str(self.question.get("page", ""))

    def known(self) -> Response | None:
        """The answer, where it is known and the page that asks gets one. Then its older runs get no turn any more."""
        with GUARD:
            body = KNOWN.get(self.key)
        if body is None:
            return None
        try:
            asker = Asker(**{key: self.question[key] for key in Asker.model_fields if key in self.question})
            with turns.working_for(asker.page, asker.run):
                turns.stop_if_unwanted()
        except (ValidationError, turns.Unwanted):
            return None
        return as_json(body)


def as_json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
