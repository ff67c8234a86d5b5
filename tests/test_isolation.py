"""No one in another's room: two visitors, ann and ben, against every route that the served lab has."""

import asyncio
import itertools
import json
import os
import re
import site
import tempfile
import time
from pathlib import Path

import gradio
import httpx
import pydantic
import pytest
import torch

from demo.compute.turns import turn

WORDS = "zaphod\ntrillian"  # ann's own: ben may read them nowhere
EVENT = "0123456789abcdef0123456789abcdef"

# Every route, by what it is to another visitor. A new one fails the first test until somebody has looked at it.
CLOSED = """
GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}
GET /gradio_api/deep_link
GET /gradio_api/dev/reload
GET /gradio_api/file/{path:path}
GET /gradio_api/file={path_or_url:path}
HEAD /gradio_api/file={path_or_url:path}
GET /gradio_api/proxy={url_path:path}
HEAD /gradio_api/proxy={url_path:path}
GET /gradio_api/queue/status
GET /gradio_api/runs
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}
GET /gradio_api/upload_progress
GET /gradio_api/vibe-code
GET /gradio_api/mcp/sse
HEAD /gradio_api/mcp/sse
* /gradio_api/mcp/messages
GET /monitoring
GET /monitoring/summary
GET /monitoring/{key}
POST /gradio_api/api/{api_name}
POST /gradio_api/run/{api_name}
POST /gradio_api/process_recording
POST /gradio_api/stream/{event_id}
POST /gradio_api/stream/{event_id}/close
POST /gradio_api/undo-vibe-edit
POST /gradio_api/upload
POST /gradio_api/vibe-code
POST /gradio_api/vibe-edit
POST /gradio_api/vibe-starter-queries
"""
THE_SAME_FOR_ALL = """
GET /
HEAD /
GET /assets/{path:path}
GET /config
GET /favicon.ico
GET /gradio_api/app_id
GET /gradio_api/info
GET /gradio_api/lab/card.png
HEAD /gradio_api/lab/card.png
GET /gradio_api/lab/{version}/{name:path}
HEAD /gradio_api/lab/{version}/{name:path}
GET /gradio_api/login_check
GET /gradio_api/mcp/schema
HEAD /gradio_api/mcp/schema
GET /gradio_api/openapi.json
GET /gradio_api/startup-events
GET /gradio_api/theme.css
GET /gradio_api/token
GET /gradio_api/user
GET /logout
GET /manifest.json
GET /openapi.json
HEAD /openapi.json
GET /pwa_icon
GET /pwa_icon/{size}
GET /robots.txt
GET /static/{path:path}
GET /svelte/{path:path}
GET /theme.css
"""
BY_A_SECRET = """
GET /gradio_api/call/v2/{api_name}/{event_id}
GET /gradio_api/call/{api_name}/{event_id}
GET /gradio_api/heartbeat/{session_hash}
GET /gradio_api/queue/data
POST /gradio_api/cancel
POST /gradio_api/reset
"""
ONES_OWN_ANSWER = """
POST /gradio_api/call/v2/{api_name}
POST /gradio_api/call/{api_name}
GET /gradio_api/class/place/{code}
HEAD /gradio_api/class/place/{code}
POST /gradio_api/class/{name}
POST /gradio_api/component_server
POST /gradio_api/queue/join
POST /login
* /gradio_api/mcp
"""


def listed(text: str) -> set[tuple[str, str]]:
    return {tuple(line.split()) for line in text.split("\n") if line}


def served(routes, prefix: str = ""):
    """The method and the path of each route, those of inner routers and applications among them."""
    for route in routes:
        path = prefix + getattr(route, "path", "")
        if hasattr(route, "original_router"):
            yield from served(route.original_router.routes, prefix)
        elif getattr(route, "routes", None):
            yield from served(route.routes, path)
        else:
            path = re.sub(r"/lab/\w+/", "/lab/{version}/", path)
            for method in getattr(route, "methods", None) or ["*"]:
                yield method, path.rstrip("/") or "/"


def filled(path: str) -> str:
    """A path whose places hold something."""
    return re.sub(r"\{[^}]*\}", "a", path)


@pytest.fixture(scope="module")
def ann(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def ben(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def event(ann) -> str:
    """Ann's call, whose answer waits for her."""
    settings = {"data": "own", "words": WORDS, "lr": 1, "steps": 50}
    return ann.post("gradio_api/call/v2/train", json=settings).json()["event_id"]


def answer(client: httpx.Client, event: str) -> dict:
    text = client.get(f"gradio_api/call/train/{event}").text
    assert "event: complete\n" in text, text
    return json.loads(text.split("data: ")[-1])[0]


@pytest.fixture(scope="module")
def telling() -> list[str]:
    """What tells something of the server: where it lies, and what it runs on."""
    root = str(Path(__file__).parents[1])
    folders = [root, *site.getsitepackages(), str(Path.home()) + "/", tempfile.gettempdir() + "/", os.getcwd()]
    versions = [f"/{pydantic.VERSION[:4]}/", f"gradio/{gradio.__version__}", torch.__version__]
    return [*folders, *versions, "site-packages", "Traceback", 'File "', '.py"', " object at 0x", "uvicorn/"]


def test_every_route_has_been_looked_at(lab):
    known = [listed(text) for text in (CLOSED, THE_SAME_FOR_ALL, BY_A_SECRET, ONES_OWN_ANSWER)]
    assert set(served(lab.app.routes)) == set().union(*known)
    assert sum(map(len, known)) == len(set().union(*known))


@pytest.mark.parametrize(("method", "path"), sorted(listed(CLOSED)))
def test_a_closed_route_answers_nobody(ben, method, path):
    for one in ["GET", "POST"] if method == "*" else [method]:
        closed = ben.request(one, filled(path), **({"json": {}} if one == "POST" else {}))
        assert closed.status_code == 404
        assert one == "HEAD" or closed.text == "There is no such page."


@pytest.mark.parametrize(("method", "path"), sorted(listed(THE_SAME_FOR_ALL)))
def test_what_is_the_same_for_all_tells_nothing_of_a_visitor_or_the_server(ann, ben, event, telling, method, path):
    asked = [method, filled(path.replace("{version}/{name}", "x/mount.js"))]
    first, second = (
        client.request(*asked, headers={"cookie": f"a={name}"}) for client, name in ((ann, "a"), (ben, "b"))
    )
    assert first.status_code == second.status_code < 500
    assert first.content == second.content
    known = [word for word in [*telling, event, *WORDS.split()] if word in second.text]
    assert known == []
    answer(ann, event)


def guesses(event: str) -> list[str]:
    """What a visitor may try in the place of another's id."""
    other = event[:-1] + ("0" if event[-1] != "0" else "1")
    return ["", "None", "null", "undefined", "0", "*", "%", EVENT, other, event[:-1], event + "0", event.upper()]


def test_an_event_can_not_be_guessed(ann):
    made = [ann.post("gradio_api/call/score", json={"data": ["emma", ""]}).json()["event_id"] for _ in range(20)]
    assert len(set(made)) == 20
    assert all(re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", one) for one in made)  # 122 random bits


def test_an_answer_is_read_by_its_event_alone(ann, ben, event, telling):
    for guess in guesses(event):
        paths = [f"call/train/{guess}", f"call/v2/train/{guess}", f"queue/data?session_hash={guess}"]
        for path in paths[: 3 if guess else 2]:  # who gives no name at all to a session waits for what others ask there
            told = ben.get(f"gradio_api/{path}").text
            assert "Not Found" in told or guess == ""
            assert "complete" not in told
            assert not any(word in told for word in [*telling, *WORDS.split()])
    assert answer(ann, event)["names"]["counted"]


def test_nobody_ends_the_call_of_another(lab, ann, ben, event):
    for guess in guesses(event):
        for number in lab.fns:
            question = {"session_hash": guess, "fn_index": number, "event_id": guess}
            assert ben.post("gradio_api/cancel", json=question).status_code == 200
        assert ben.post("gradio_api/reset", json={"event_id": guess}).status_code == 200
        if guess not in ("", "%"):
            with ben.stream("GET", f"gradio_api/heartbeat/{guess}") as beats:
                assert next(beats.iter_text()).startswith("data: ALIVE")
    assert answer(ann, event)["names"]["counted"]


def test_many_calls_of_one_do_not_push_out_the_call_of_another(lab, ann, ben, monkeypatch):
    queue = lab._queue
    monkeypatch.setattr(queue.pending_messages_per_session, "max_size", 3)
    queue.pending_messages_per_session.clear()
    queue.pending_event_ids_session.clear()
    with turn():  # nobody else computes: ann's call waits, and ben's are refused at once
        event = ann.post("gradio_api/call/score", json={"data": ["emma", ""]}).json()["event_id"]
        for _ in range(10):
            other = ben.post("gradio_api/call/score", json={"data": []}).json()["event_id"]
            while other in queue.event_ids_to_events:
                time.sleep(0.01)
    assert answer(ann, event)["counted"]
    assert len(queue.pending_event_ids_session) <= len(queue.pending_messages_per_session) + 1


def test_each_reads_the_answers_of_its_own_session(lab, ann, ben):
    """Both send at once, through the queue, as gradio_client does."""
    number = next(number for number, function in lab.fns.items() if function.api_name == "score")
    for client, session, name in ((ann, "annsession", "emma"), (ben, "bensession", "olivia")):
        question = {"data": [name, ""], "fn_index": number, "session_hash": session}
        client.post("gradio_api/queue/join", json=question).raise_for_status()
    for client, session, name in ((ann, "annsession", "emma"), (ben, "bensession", "olivia")):
        text = client.get(f"gradio_api/queue/data?session_hash={session}").text
        done = [json.loads(line[6:]) for line in text.splitlines() if "process_completed" in line]
        assert [len(one["output"]["data"][0]["counted"]) for one in done] == [len(name) + 1]


def test_the_page_keeps_nothing_under_a_session(lab, ann, ben):
    """With the session of another one gets the answer to one's own question, as with any session."""
    part = next(number for number, block in lab.blocks.items() if block.elem_id == "settings")

    def ask(client: httpx.Client, session: str, query: str) -> str:
        question = {"data": {"query": query}, "component_id": part, "fn_name": "open_link", "session_hash": session}
        return client.post("gradio_api/component_server/", json=question).raise_for_status().text

    default = ask(ben, "ben", "?v=1")
    hers = ask(ann, "ann", "?v=1&data=own&words=zaphod%0Atrillian&lr=1")
    assert "zaphod" in hers
    assert ask(ben, "ann", "?v=1") == default


def test_two_tutors_at_once_each_get_their_own_answer(url):
    """Gradio sends the calls of all tutors (MCP) through one client of its own."""

    async def both() -> list[str]:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:

            def call(name: str):
                tool = {"name": "score", "arguments": {"name": name}}
                question = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": tool}
                accepted = {"accept": "application/json, text/event-stream"}
                return client.post("gradio_api/mcp/", json=question, headers=accepted)

            return [one.text for one in await asyncio.gather(*(call("a" * length) for length in range(1, 11)))]

    for length, text in enumerate(asyncio.run(both()), start=1):
        told = json.loads(text.split("data: ")[1])["result"]["content"][0]["text"]
        assert len(json.loads(told)["counted"]) == length + 1


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["emma"],
        ["emma", "", ""],
        [{"path": "demo/app.py", "meta": {"_type": "gradio.FileData"}}, ""],
        [{"path": "http://example.org/", "url": "http://example.org/", "meta": {"_type": "gradio.FileData"}}, ""],
        [["emma"], ""],
    ],
)
def test_a_call_takes_no_files_and_tells_nothing_of_the_server(ben, telling, values, capfd):
    event = ben.post("gradio_api/call/score", json={"data": values}).json()["event_id"]
    told = ben.get(f"gradio_api/call/score/{event}").text
    assert re.search(r"This call needs 2 values; \d were given\.|The values of a call are texts and numbers\.", told)
    assert not any(word in told for word in telling)
    assert "Traceback" not in capfd.readouterr().err  # it is no mistake of the lab


@pytest.mark.parametrize("path", ["component_server/", "queue/join", "call/score", "mcp/"])
def test_no_request_brings_a_file(ben, path):
    refused = ben.post(f"gradio_api/{path}", files={"file": b"a"}, data={"component_id": "1"})
    assert (refused.status_code, refused.text) == (415, "The lab takes no files.")


NONSENSE = [
    ("component_server/", b'{"data": 1, "component_id": 99999, "fn_name": "x", "session_hash": "a"}'),
    ("component_server/", b'{"data": {}, "component_id": "x", "fn_name": [], "session_hash": 5}'),
    ("call/train", b'{"data": "x"}'),
    ("call/nothing", b'{"data": []}'),
    ("call/v2/score", b'{"nothing": 1}'),
    ("queue/join?", b'{"data": [], "fn_index": 77, "session_hash": "a"}'),
]
PATHS = ("mcp/", "call/score", "queue/join", "component_server/", "cancel", "reset", "nothing")
CONTENTS = (b"{}", b"[]", b"null", b"5", b'"a"', b"{", b"\xff")


@pytest.mark.parametrize(("path", "content"), NONSENSE + list(itertools.product(PATHS, CONTENTS)))
def test_a_refusal_tells_nothing_of_the_server(ben, telling, path, content):
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    refused = ben.post(f"gradio_api/{path}", content=content, headers=headers)
    assert 400 <= refused.status_code < 500 or (path, content) == ("reset", b"{}")
    assert not any(word in refused.text for word in telling), refused.text
