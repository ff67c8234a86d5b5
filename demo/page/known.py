"""Final answers as bytes: who asks the same question again gets them without a thread, a turn or a computation.

Each page of a class opens the same link, and so asks the same question. An answer is final when its run is done, and
then it depends on nothing but the question. guard.py looks here before a question takes its way through Gradio.
"""

import json
import threading
from contextlib import suppress
from typing import Any

from cachetools import LRUCache
from pydantic import ValidationError
from starlette.responses import Response

from demo.compute import turns
from demo.compute.cache import ANSWERS_BYTES
from demo.page.screens import FINAL, MAIN, Answer, Asker
from demo.web.gradio_doors import in_bytes

LONGEST = 4_000  # characters of a question: a longer one, with own words in it, is not remembered
KNOWN: LRUCache[tuple[Answer, str], bytes] = LRUCache(ANSWERS_BYTES, getsizeof=lambda body: len(body) + 2 * LONGEST)
GUARD = threading.Lock()  # of KNOWN: answers are made in many threads


class Served:
    """One of the functions of screens.py, as Gradio calls it: its answer is ready to be sent."""

    def __init__(self, answer: Answer):
        self.answer, self.is_final = answer, FINAL.get(answer)
        self.__name__, self.__doc__ = answer.__name__, answer.__doc__

    def __call__(self, question: Any) -> Response:
        answer = self.answer(question)
        body = in_bytes(answer)
        if self.is_final and self.is_final(answer) and len(key := self.key(question)) <= LONGEST:
            with GUARD, suppress(ValueError):  # an answer larger than all the memory is not remembered
                KNOWN[self.answer, key] = body
        return as_json(body)

    def known(self, question: dict[str, Any]) -> Response | None:
        """The answer, where it is remembered."""
        if self.is_final is None:
            return None
        with GUARD:
            body = KNOWN.get((self.answer, self.key(question)))
        return as_json(body) if body is not None and is_served(question) else None

    def key(self, question: dict[str, Any]) -> str:
        """What the answer depends on: neither on who asks, nor on how long he waits."""
        ignored = {*Asker.model_fields, *(["late"] if self.answer in MAIN.values() else [])}
        return json.dumps({key: value for key, value in question.items() if key not in ignored}, sort_keys=True)


def as_json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def is_served(question: dict[str, Any]) -> bool:
    """Whether the page that asks gets an answer. From now on its older runs get no turn any more."""
    try:
        asker = Asker(**{key: question[key] for key in Asker.model_fields if key in question})
        with turns.working_for(asker.page, asker.run):
            turns.stop_if_unwanted()
        return True
    except (ValidationError, turns.Unwanted):
        return False
