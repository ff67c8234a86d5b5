"""How programs reach the endpoints of endpoints.py: what they may send, and what Gradio hands back to them."""

import functools
import inspect
import traceback
from collections.abc import Callable
from typing import Any

import gradio as gr

from demo.compute import turns
from demo.page.screens import MISTAKE
from demo.web.gradio_doors import address, caller_has_left


def told(function: Callable) -> Callable:
    """A function of the API whose ValueErrors reach the caller as sentences, and whose link is a whole address."""

    signature = inspect.signature(function)
    asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=gr.Request)

    def call(*values: Any) -> dict:
        *given, request = values
        turns.has_left.set(caller_has_left())
        try:
            with turns.turn():
                answer = function(**signature.bind(*given).arguments)
        except (ValueError, turns.Unwanted) as error:
            raise gr.Error(str(error), print_exception=False) from None
        except Exception:
            traceback.print_exc()
            raise gr.Error(MISTAKE, print_exception=False) from None
        return answer | {"link": address(request) + answer["link"]} if "link" in answer else answer

    wrapped: Any = functools.wraps(function)(call)
    wrapped.__signature__ = signature.replace(
        parameters=[*signature.parameters.values(), asked]
    )  # Gradio hands it over
    wrapped.__annotations__ = function.__annotations__ | {"request": gr.Request}
    return wrapped
