"""The inner parts of Gradio that the lab uses or replaces: all of them, and nothing else in the lab does.

Each says what it is for, and which public way would make it needless. `check` runs at the start: where Gradio has moved
one of them, the lab does not start, instead of serving without it.
"""

import asyncio
import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import route_utils, routes
from gradio.block_function import BlockFunction
from gradio.blocks import Blocks
from gradio.context import LocalContext
from gradio.mcp import GradioMCPServer
from gradio.queueing import Event, Queue
from gradio.route_utils import FnIndexInferError
from gradio.utils import LRUCache
from starlette.requests import Request

# What Gradio raises, and in which of its functions, on a request that no page sends. Needless once it answers with 400.
MISUNDERSTANDINGS = {
    (KeyError, "component_server"),  # no such part of the page
    (KeyError, "get_fn"),  # no such endpoint, by its number
    (FnIndexInferError, "get_fn"),  # and by its name
    (TypeError, "construct_args"),  # a call without one of its arguments
}
OTHER_PAGES = (b"deep_link", b"page=", b"all_endpoints")  # what Gradio itself reads in the address of its first page

QUESTION = {"data": dict, "component_id": int, "fn_name": str, "session_hash": str}  # a question of a page: its types

FRONTEND = Path(gr.__file__).parent / "templates" / "frontend"
FONT = FRONTEND / "static" / "fonts" / "IBMPlexSans" / "IBMPlexSans-Regular.woff2"  # with Greek and Cyrillic letters


def check() -> None:
    """RuntimeError: this Gradio has other inner parts than the lab knows."""
    source = inspect.getsource(routes)
    sources = source + inspect.getsource(route_utils)
    needed = {
        "Blocks.validate_inputs": callable(getattr(Blocks, "validate_inputs", None)),
        "Block.get_config": callable(getattr(gr.HTML, "get_config", None)),
        "Blocks.space_id": "space_id" in inspect.getsource(Blocks),
        "GradioMCPServer.postprocess_output_data": hasattr(GradioMCPServer, "postprocess_output_data"),
        "Queue.pending_messages_per_session": "pending_messages_per_session" in inspect.getsource(Queue),
        "Queue.pending_event_ids_session": "pending_event_ids_session" in inspect.getsource(Queue),
        "Queue.event_ids_to_events": "event_ids_to_events" in inspect.getsource(Queue),
        "Event.alive": "self.alive" in inspect.getsource(Event),
        "LocalContext.event_id": hasattr(LocalContext, "event_id"),
        "get_root_url": hasattr(route_utils, "get_root_url") and hasattr(route_utils, "get_api_call_path"),
        "component_server": "def component_server" in source,
        "get_fn": "def get_fn" in sources,
        "_is_server_fn": "_is_server_fn" in source,
        "ORJSONResponse": hasattr(routes, "ORJSONResponse"),
    }
    moved = [name for name, is_there in needed.items() if not is_there]
    if moved:
        raise RuntimeError(
            f"Gradio {gr.__version__} has moved {', '.join(moved)}. Install the version that requirements.txt names."
        )


def install(page: Blocks) -> None:
    """Put the lab's parts in place of Gradio's, in a page whose queue is set up."""
    # With a Space's name, Gradio has the browser ask the hub and a font server for a header. No option leaves it out.
    page.space_id = None
    # Each session asks for the configuration of all components, and none ever changes. Gradio makes it each time.
    block: Any
    for block in page.blocks.values():
        block.get_config = dict(block.get_config()).copy
    page.validate_inputs = check_values
    page._queue.pending_messages_per_session = Unread(page._queue)
    GradioMCPServer.postprocess_output_data = in_json


def preloads() -> list[str]:
    """Links to the files that Gradio's first script asks for as soon as it runs: its list `__vite__mapDeps` names them.

    Where there is no such list, the page only takes longer. Needless once Gradio's first page names them.
    """
    page = FRONTEND / "index.html"
    script = re.search(r"assets/index-[\w-]+\.js", page.read_text())
    listed = re.search(r"m\.f=\[(.*?)\]", (FRONTEND / script.group()).read_text()) if script else None
    names = re.findall(r'"\./([\w.-]+)"', listed.group(1)) if listed else []
    kinds = {".js": 'rel="modulepreload"', ".css": 'rel="preload" as="style"'}
    return [f'<link {kinds[Path(name).suffix]} href="./assets/{name}" crossorigin>' for name in names]


def check_values(block_fn: BlockFunction, inputs: list) -> None:
    """In place of `Blocks.validate_inputs`: refuses a value that names a file or an address, before Gradio opens it.

    Needless once Gradio validates by the types of `gr.api` before it looks into the values.
    """
    if len(inputs) != len(block_fn.inputs):
        raise gr.Error(
            f"This call needs {len(block_fn.inputs)} values; {len(inputs)} were given.", print_exception=False
        )
    if not all(isinstance(value, str | int | float | None) for value in inputs):
        raise gr.Error("The values of a call are texts and numbers.", print_exception=False)


def in_json(self: GradioMCPServer, data: list, root_url: str) -> list:
    """In place of `GradioMCPServer.postprocess_output_data`: the answer of a tool as JSON.

    Gradio writes it as Python does. Needless once it writes JSON.
    """
    return [self.types.TextContent(type="text", text=json.dumps(answer, ensure_ascii=False)) for answer in data]


def caller_has_left() -> Callable[[], bool]:
    """Whether nobody listens any more for the result of the call that this thread works for.

    Needless once a call can ask its `gr.Request` for this, as Starlette's requests can be asked.
    """
    page: Any = LocalContext.blocks.get()
    event = page._queue.event_ids_to_events.get(LocalContext.event_id.get(None))
    return lambda: event is not None and not event.alive


def is_private(app: Any) -> bool:
    """Whether this Gradio app answers only visitors that it knows."""
    return app.auth is not None or app.auth_dependency is not None


def question_of(app: Any, body: bytes) -> Any:
    """What a question of a page asks of its function (see known.py); None where Gradio has to look closer.

    Needless once a function can answer before Gradio makes a session for the page, and finds a thread.
    """
    if not isinstance(app, routes.App) or is_private(app):
        return None
    try:
        question = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(question, dict) or question.keys() != QUESTION.keys():
        return None
    if not all(isinstance(question[key], kind) for key, kind in QUESTION.items()):
        return None
    block = app.get_blocks().blocks.get(question["component_id"])
    function: Any = getattr(block, question["fn_name"], None)
    is_open = getattr(function, "_is_server_fn", False) and hasattr(function, "asked")
    return function.asked(question["data"]) if is_open else None


def in_bytes(answer: dict[str, Any]) -> bytes:
    """An answer as Gradio writes it. Needless once Gradio leaves alone what is bytes."""
    return bytes(routes.ORJSONResponse(answer).body)


def address(request: gr.Request) -> str:
    """Where the caller of an endpoint has found the lab. Needless once `gr.Request` knows the root of the page."""
    asked: Any = request.request
    return route_utils.get_root_url(asked, route_utils.get_api_call_path(asked), asked.app.root_path) + "/"


def root_of(scope: Any) -> str:
    """The address at which a visitor has found the lab, without a / at the end, as Gradio reads it from the request.

    Needless once Starlette's `request.base_url` knows the proxies before it.
    """
    return route_utils.get_root_url(Request(scope), "/", scope.get("root_path", ""))


class Unread(LRUCache):
    """In place of `Queue.pending_messages_per_session`: what nobody has fetched yet, for 500 sessions.

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
