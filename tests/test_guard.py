"""What may come in and what goes out, asked of the served lab by plain requests."""

import asyncio
import http.client
import json
import socket
import time
from collections import Counter
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.testclient import TestClient

from demo.compute import runs, turns
from demo.experiment import Experiment
from demo.web import bodies, guard
from demo.web.bodies import LARGEST


@pytest.fixture(scope="module")
def client(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


def test_a_request_is_bounded(client):
    large = client.post("gradio_api/component_server/", content=b" " * (LARGEST + 1))
    assert (large.status_code, large.text) == (413, "A request has at most 13,000,000 bytes here; this one has more.")
    endless = client.post("gradio_api/component_server/", content=iter([b"{}"]))
    assert endless.status_code == 411


def sent(url: str, *parts: bytes) -> tuple[int, str]:
    """The status and the text that the lab answers to these bytes, on a connection of their own."""
    where = httpx.URL(url)
    with socket.create_connection((where.host, where.port), timeout=60) as connection:
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read().decode()


HEAD = b"POST /gradio_api/%b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n%b\r\n"


@pytest.mark.parametrize("path", [b"class/look", b"component_server/", b"call/score", b"queue/join", b"mcp/"])
@pytest.mark.parametrize("length", [b"", b"Content-Length: 5\r\n"])
def test_a_request_in_chunks_is_refused(url, path, length):
    status, _ = sent(url, HEAD % (path, length + b"Transfer-Encoding: chunked\r\n"), b"2\r\n{}\r\n")
    assert status == 411


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_post_has_a_body(client, method):
    assert client.request(method, "gradio_api/info", content=b"{}").status_code == 413


def test_a_slow_body_is_ended(url, monkeypatch):
    monkeypatch.setattr(bodies, "GRACE", 0.2)
    answer = sent(url, HEAD % (b"class/look", b"Content-Length: 500\r\n"), b"{")
    assert answer == (408, "The request came too slowly. Send it again.")


def test_a_body_that_begins_fast_may_not_stop(monkeypatch):
    """What came before buys no time: else one burst of bytes would hold its memory for minutes."""
    monkeypatch.setattr(bodies, "GRACE", 0.2)
    monkeypatch.setattr(bodies, "SLOWEST", 1_000)

    async def begin() -> None:
        messages = [{"type": "http.request", "body": b"{" * 60_000, "more_body": True}]

        async def receive() -> dict:
            return messages.pop() if messages else await asyncio.Future()

        await asyncio.wait_for(bodies.read(receive, 100_000), 20)

    with pytest.raises(bodies.Refused) as refused:
        asyncio.run(begin())
    assert refused.value.status == 408


def test_large_bodies_of_one_address_wait_for_each_other(url, client, monkeypatch):
    """Two that never end hold the two places. Neither a small request nor, at last, a third is held up for ever."""
    monkeypatch.setattr(bodies, "WAIT", 0.2)
    monkeypatch.setattr(bodies, "GRACE", 60.0)
    where = httpx.URL(url)
    head, whole = HEAD % (b"class/look", b"Content-Length: 9000\r\n"), b"{" + b" " * 8_998 + b"}"
    monkeypatch.setattr(bodies, "SMALL", 4_000)
    monkeypatch.setattr(bodies, "AT_ONCE_OF_ONE", 18_000)
    with ExitStack() as open_connections:
        for _ in range(2):
            connection = open_connections.enter_context(socket.create_connection((where.host, where.port)))
            connection.sendall(head + b"{")
        wait_for(lambda: sent(url, head, whole)[0] != 200)  # now the lab has heard of both
        assert sent(url, head, whole)[0] == 503
        assert client.post("gradio_api/class/look", json={}).status_code == 200
    wait_for(lambda: sent(url, head, whole)[0] == 200)


def test_the_open_requests_of_one_address_are_bounded(client, monkeypatch):
    monkeypatch.setattr(guard, "MOST_OPEN", 0)
    refused = client.get("config")
    assert (refused.status_code, refused.text.split(".")[0]) == (503, "Your network has too many open requests")


@pytest.mark.parametrize("path", ["component_server/", "call/score", "class/look", "queue/join", "mcp/"])
@pytest.mark.parametrize(
    "text", ["[" + "{}," * 500 + "{}]", '{"a":' * 500 + "1" + "}" * 500, "[" + "1," * 6_000 + "1]"]
)
def test_a_body_of_too_many_values_is_refused_before_it_is_parsed(client, path, text):
    refused = client.post(f"gradio_api/{path}", content=text)
    assert (refused.status_code, refused.text) == (413, bodies_sentence(text))


def bodies_sentence(text: str) -> str:
    with pytest.raises(bodies.Refused) as refused:
        bodies.look_at(text.encode())
    return refused.value.sentence


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-be", "latin-1"])
def test_a_body_is_utf_8(client, encoding):
    refused = client.post("gradio_api/class/look", content='{"code": "é"}'.encode(encoding))
    assert (refused.status_code, refused.text) == (400, "The request is no JSON in UTF-8.")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.sampled_from('"\\[]{},:/é\U0001f642\n')),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(st.sampled_from('"\\{[a')), inner, max_size=9),
)


@given(JSON, st.booleans())
def test_texts_and_brackets_are_counted_as_a_parser_counts_them(value, ascii_only):
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    texts, brackets = count(value)
    with pytest.MonkeyPatch.context() as patch:
        for most_texts, most_brackets in ((texts, brackets), (texts - 1, brackets), (texts, brackets - 1)):
            patch.setattr(bodies, "MOST_TEXTS", most_texts)
            patch.setattr(bodies, "MOST_BRACKETS", most_brackets)
            if (most_texts, most_brackets) == (texts, brackets):
                bodies.look_at(body)
            else:
                with pytest.raises(bodies.Refused):
                    bodies.look_at(body)


def count(value: Any) -> tuple[int, int]:
    """How many texts, keys among them, and how many lists and objects."""
    if isinstance(value, str):
        return 1, 0
    if not isinstance(value, list | dict):
        return 0, 0
    inner = [count(one) for one in (value if isinstance(value, list) else [*value, *value.values()])]
    return sum(texts for texts, _ in inner), 1 + sum(brackets for _, brackets in inner)


def is_idle() -> bool:
    return not turns.busy and not turns.waiting


def test_one_address_leaves_threads_to_the_others():
    """More questions of one address than may be answered at once wait, hold nobody else up, and are answered."""

    async def ask() -> None:
        inside, answered, go = Counter(), Counter(), asyncio.Event()

        async def app(scope, receive, send):
            inside[scope["client"][0]] += 1
            await go.wait()
            await PlainTextResponse("")(scope, receive, send)

        guarded = guard.Guard(app)

        def question(address: str, path: str) -> asyncio.Task:
            body, left = [{"type": "http.request", "body": b"{}"}], asyncio.Event()

            async def receive():
                if body:
                    return body.pop()
                await left.wait()

            async def send(message):
                answered[address] += message["type"] == "http.response.start"

            scope = {"type": "http", "method": "POST", "path": path, "client": (address, 1)}
            return asyncio.create_task(guarded(scope | {"headers": [(b"content-length", b"2")]}, receive, send))

        where = "/gradio_api/component_server/"
        tasks = [question("1.1.1.1", where) for _ in range(guard.MOST_OF_ONE + 50)]
        tasks += [question("2.2.2.2", where), question("1.1.1.1", "/gradio_api/class/vote")]
        for _ in range(20):
            await asyncio.sleep(0)
        assert inside == {"1.1.1.1": guard.MOST_OF_ONE + 1, "2.2.2.2": 1}  # a vote needs no such thread
        assert inside.total() - 1 < guard.MOST_THREADS
        tasks[0].cancel()
        go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert answered == {"1.1.1.1": guard.MOST_OF_ONE + 50, "2.2.2.2": 1}
        assert not guarded.threads
        assert not guarded.open

    asyncio.run(ask())


@pytest.mark.parametrize("seed", [1])
def test_the_run_of_a_client_that_has_left_ends(url, client, lab, seed):
    """It is looked at when nothing computes any more: then the run has either ended early or reached its last step."""
    settings = {"order": 3, "form": "rows", "steps": 300, "seed": seed, "data": "us-1880"}
    number = next(block._id for block in lab.blocks.values() if block.elem_id == "inside")
    question = {"experiment": settings, "context": "em", "character": "m"}
    body = json.dumps({"component_id": number, "fn_name": "look", "session_hash": "a", "data": question}).encode()
    where, key = httpx.URL(url), runs.run_key(Experiment(**settings))
    with socket.create_connection((where.host, where.port)) as connection:
        connection.sendall(HEAD % (b"component_server/", b"Content-Length: %d\r\n" % len(body)) + body)
        wait_for(lambda: key in runs.UNDER_WAY)
    wait_for(is_idle)
    assert max(runs.UNDER_WAY[key].states) < 300


def test_a_call_whose_listener_has_left_ends(client, lab):
    settings = {"order": 3, "form": "rows", "steps": 300, "seed": 2, "data": "us-1880"}
    key = runs.run_key(Experiment(**settings))
    event = client.post("gradio_api/call/v2/train", json=settings).json()["event_id"]
    with client.stream("GET", f"gradio_api/call/v2/train/{event}"):
        wait_for(lambda: key in runs.UNDER_WAY)
    wait_for(is_idle)
    assert max(runs.UNDER_WAY[key].states) < 300


def wait_for(condition) -> None:
    for _ in range(6_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("This never happened.")


def test_an_error_of_the_lab_is_a_500_with_its_traceback_in_the_log(caplog):
    """Only what Gradio is known to raise becomes a 400, and only where Gradio raises it."""

    async def component_server(scope, receive, send):
        raise error

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("127.0.0.1", 1)}
    for error, known in ((KeyError(1), True), (TypeError(), False), (RuntimeError(), False)):
        app = Starlette(middleware=[Middleware(guard.Guard)], routes=[Mount("/", component_server)])
        answer = TestClient(app, raise_server_exceptions=False).get(scope["path"])
        assert answer.status_code == (400 if known else 500)
        if not known:
            with pytest.raises(type(error)):
                TestClient(app).get("/")


def test_a_500_stays_a_500():
    app = Starlette(middleware=[Middleware(guard.Guard)], routes=[Mount("/", PlainTextResponse("no", 500))])
    assert TestClient(app).get("/").status_code == 500


def test_curl_still_calls_through_the_queue(client):
    event = client.post("gradio_api/call/score", json={"data": ["emma", ""]}).json()["event_id"]
    answer = client.get(f"gradio_api/call/score/{event}").text
    assert answer.startswith("event: complete\n")
    scores = json.loads(answer.split("data: ")[1])[0]
    assert len(scores["counted"]) == len("emma.")


def test_a_name_is_bounded(client):
    event = client.post("gradio_api/call/score", json={"data": ["a" * 1_001, ""]}).json()["event_id"]
    answer = client.get(f"gradio_api/call/score/{event}").text
    assert answer.startswith("event: error\n")
    assert "A name has at most 1,000 characters; this one has 1,001." in answer


def test_every_answer_has_its_rules(client):
    page, file = client.get(""), client.get("theme.css")
    for answer in (page, file, client.get("nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self';" in policy
    assert "frame-ancestors *" in policy
    assert "content-security-policy" not in file.headers


def test_a_request_that_is_not_understood_is_one_line_of_the_log(client, capsys):
    answer = client.post("gradio_api/queue/join", json={"data": [], "fn_index": -1, "session_hash": "a"})
    assert (answer.status_code, answer.text) == (400, "The lab does not understand this request.")
    assert capsys.readouterr().out == "Not understood: POST '/gradio_api/queue/join', KeyError.\n"


def test_a_page_whose_session_was_dropped_goes_on(client, lab, monkeypatch):
    number = next(block._id for block in lab.blocks.values() if block.elem_id == "inside")
    data = {"experiment": {"steps": 5}, "context": "e", "character": "m"}
    question = {"component_id": number, "fn_name": "look", "data": data}  # its answers are never known: see known.py

    def ask(session):
        return client.post("gradio_api/component_server/", json=question | {"session_hash": session}).json()

    assert lab.state_holder.capacity == lab.state_session_capacity <= 400
    monkeypatch.setattr(lab.state_holder, "capacity", 20)  # so that few others are needed
    lab.state_holder.session_data.clear()
    before = ask("early")
    assert before["context"] == "e"
    for i in range(20):
        ask(f"later{i}")
    assert "early" not in lab.state_holder.session_data
    assert ask("early") == before
    assert len(lab.state_holder.session_data) <= 20


def test_a_call_of_a_session_without_a_name_ends(client, lab, capsys):
    number = next(number for number, function in lab.fns.items() if function.api_name == "score")
    call = {"data": ["emma", ""], "fn_index": number, "session_hash": ""}
    event = client.post("gradio_api/queue/join", json=call).json()["event_id"]
    while event in lab._queue.event_ids_to_events:
        time.sleep(0.01)
    assert capsys.readouterr().err == ""


def test_two_who_listen_to_one_call_may_both_leave(client, lab, caplog):
    event = client.post("gradio_api/call/v2/train", json={"form": "onehot", "steps": 20}).json()["event_id"]
    path = f"gradio_api/call/v2/train/{event}"
    with client.stream("GET", path) as one, client.stream("GET", path) as other:
        assert (one.status_code, other.status_code) == (200, 200)
    while event in lab._queue.event_ids_to_events or event in lab._queue.pending_messages_per_session:
        time.sleep(0.01)
    time.sleep(0.5)
    assert [record for record in caplog.records if record.exc_info] == []
