"""What may come in and what goes out, asked of the served lab by plain requests."""

import json
import time

import httpx
import pytest
from guard import LARGEST_REQUEST


@pytest.fixture(scope="module")
def client(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


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


def test_a_page_whose_session_was_dropped_goes_on(client, lab):
    number = next(block._id for block in lab.blocks.values() if block.elem_id == "two-ways")
    question = {"component_id": number, "fn_name": "two_ways", "data": {"experiment": {"steps": 5}}}

    def ask(session):
        return client.post("gradio_api/component_server/", json=question | {"session_hash": session}).json()

    while not (before := ask("early"))["done"]:  # a busy machine answers before the training's end
        time.sleep(0.01)
    for i in range(lab.state_session_capacity):
        ask(f"later{i}")
    assert "early" not in lab.state_holder.session_data
    assert ask("early") == before
    assert len(lab.state_holder.session_data) <= lab.state_session_capacity <= 400


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
