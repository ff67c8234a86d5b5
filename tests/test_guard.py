"""What may come in and what goes out, asked of the served lab by plain requests."""

import json

import httpx
import pytest
from guard import LARGEST_REQUEST


@pytest.fixture(scope="module")
def client(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        *("file=/etc/passwd", "file/etc/passwd", "proxy=http://127.0.0.1", "upload_progress?upload_id=a"),
        *("stream/a/b/c/playlist.m3u8", "monitoring", "monitoring/summary", "profiling/traces", "run-history/records"),
        *("vibe-code/", "dev/reload", "deep_link", "queue/status"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "gradio_api/"])
def test_what_the_lab_does_not_use_is_closed(client, prefix, path):
    answer = client.get(prefix + path)
    assert (answer.status_code, answer.text) == (404, "There is no such page.")


@pytest.mark.parametrize("path", ["upload", "process_recording", "run/train", "api/train", "stream/a", "vibe-edit"])
def test_nothing_is_uploaded_and_nothing_passes_by_the_queue(client, path):
    for prefix in ("", "gradio_api/"):
        assert client.post(prefix + path, json={"data": []}).status_code == 404


def test_a_request_is_bounded(client):
    large = client.post("gradio_api/component_server/", content=b" " * (LARGEST_REQUEST + 1))
    assert (large.status_code, large.text) == (413, "A request has at most 13,000,000 bytes; this one has more.")
    endless = client.post("gradio_api/component_server/", content=iter([b"{}"]))
    assert endless.status_code == 411


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


def test_a_call_with_too_few_values_says_so(client):
    event = client.post("gradio_api/call/score", json={"data": ["emma"]}).json()["event_id"]
    answer = client.get(f"gradio_api/call/score/{event}").text
    assert "needed: 2, got: 1" in answer
    assert ".py" not in answer


def test_every_answer_has_its_rules(client):
    page, file = client.get(""), client.get("theme.css")
    for answer in (page, file, client.get("nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self';" in policy
    assert "frame-ancestors *" in policy
    assert "content-security-policy" not in file.headers


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("component_server/", b"no JSON"),
        ("component_server/", b"[]"),
        ("component_server/", b'{"data": 1, "component_id": 99999, "fn_name": "x", "session_hash": "a"}'),
        ("component_server/", b'{"data": {}, "component_id": "x", "fn_name": [], "session_hash": 5}'),
        ("call/train", b'{"data": "x"}'),
        ("call/nothing", b'{"data": []}'),
        ("queue/join?", b'{"data": [], "fn_index": 77, "session_hash": "a"}'),
        ("cancel", b"{}"),
        ("reset", b"{}"),
    ],
)
def test_nonsense_is_refused_and_tells_nothing_of_the_server(client, path, body):
    answer = client.post(f"gradio_api/{path}", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500 or (path == "reset" and answer.status_code == 200)
    for word in ("Traceback", "/work", "site-packages", ".py"):
        assert word not in answer.text
