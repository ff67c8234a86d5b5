"""How programs reach the endpoints of api.py: what they may send, and what Gradio hands back to them."""

import functools
import inspect
import json
import traceback
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio import route_utils
from gradio.context import LocalContext
from gradio.mcp import GradioMCPServer

from demo.compute import turns
from demo.page.screens import MISTAKE


def told(function: Callable) -> Callable:
    """A function of the API whose ValueErrors reach the caller as sentences, and whose link is a whole address."""

    signature = inspect.signature(function)
    asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=gr.Request)

    @functools.wraps(function)
    def call(*values: Any) -> dict:
        *values, request = values
        turns.has_left.set(caller_has_left())
        try:
            with turns.turn():
                answer = function(**signature.bind(*values).arguments)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from None
        except Exception:
            traceback.print_exc()
            raise gr.Error(MISTAKE, print_exception=False) from None
        return answer | {"link": address(request) + answer["link"]} if "link" in answer else answer

    call.__signature__ = signature.replace(parameters=[*signature.parameters.values(), asked])  # Gradio hands it over
    call.__annotations__ = function.__annotations__ | {"request": gr.Request}
    return call


def caller_has_left() -> Callable[[], bool]:
    """Whether nobody listens any more for the result of the call that this thread works for."""
    event = LocalContext.blocks.get()._queue.event_ids_to_events.get(LocalContext.event_id.get(None))
    return lambda: event is not None and not event.alive


def address(request: gr.Request) -> str:
    """Where the caller of an endpoint has found the lab."""
    asked = request.request
    return route_utils.get_root_url(asked, route_utils.get_api_call_path(asked), asked.app.root_path) + "/"


def check_values(function: gr.blocks.BlockFunction, values: list) -> None:
    """Refuses a call before Gradio reads the file that a value names, or fetches the address."""
    if len(values) != len(function.inputs):
        raise gr.Error(
            f"This call needs {len(function.inputs)} values; {len(values)} were given.", print_exception=False
        )
    if not all(isinstance(value, str | int | float | None) for value in values):
        raise gr.Error("The values of a call are texts and numbers.", print_exception=False)


def in_json(self: GradioMCPServer, answers: list, root_url: str) -> list:
    """What a tool answers to a program with a language model (MCP). Gradio would write it as Python does."""
    return [self.types.TextContent(type="text", text=json.dumps(answer, ensure_ascii=False)) for answer in answers]


GradioMCPServer.postprocess_output_data = in_json
