"""A known answer is the fresh one to the byte, and nobody waits for it."""

import asyncio
import contextlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from demo.compute import results, runs, turns
from demo.experiment import Experiment
from demo.page import known, screens
from demo.web import gradio_doors, guard

DEFAULT = screens.settings_of(Experiment())
QUESTIONS = [
    ("settings", "open_link", {"query": "?v=1&steps=20"}),
    ("settings", "open_link", {"query": "?v=1&steps=20&tab=traps&k=many&strange=1"}),
    ("settings", "open_link", {"query": "?lesson=over"}),
    *((part, main.__name__, {"experiment": DEFAULT | {"steps": 20}}) for part, main in screens.MAIN.items()),
    ("two-ways", "two_ways", {"experiment": {"order": 3, "lr": 1000.0}, "lead": "m"}),
    ("inside", "inside", {"experiment": {}, "context": "é", "character": "☃", "before": 3}),
]


@pytest.fixture(autouse=True)
def fresh():
    """Nothing is known yet."""
    known.KNOWN.clear()


@pytest.fixture(scope="module")
def client(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def ask(client, lab):
    """A question of the page, as an answer over the wire."""

    def ask(part: str, name: str, data: object, /, **changes: object) -> httpx.Response:
        number = next(block._id for block in lab.blocks.values() if block.elem_id == part)
        question = {"data": data, "component_id": number, "fn_name": name, "session_hash": "a"}
        return client.post("gradio_api/component_server/", json=question | changes)

    def patiently(*question: object, **changes: object) -> httpx.Response:
        reply = ask(*question, **changes)
        while '"done":false' in reply.text:  # a busy machine answers before the end
            reply = ask(*question, **changes)
        return reply

    patiently.once = ask
    return patiently


@contextlib.contextmanager
def nothing_is_made(monkeypatch):
    """Whatever is not known is a mistake of the test."""
    with monkeypatch.context() as patch:
        patch.setattr(known.Served, "__call__", lambda *given: pytest.fail("This was not known."))
        yield


def without_date(reply: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name != "date"}


@pytest.mark.parametrize(("part", "name", "data"), QUESTIONS)
def test_a_known_answer_is_the_fresh_one_to_the_byte(ask, monkeypatch, part, name, data):
    made = ask(part, name, data)
    with nothing_is_made(monkeypatch):
        again = ask(part, name, {"run": 1, **data, "page": "another"})
    known.KNOWN.clear()
    fresh = ask(part, name, data)
    assert again.content == made.content == fresh.content
    assert without_date(again) == without_date(fresh)
    assert again.headers["x-content-type-options"] == "nosniff"
    assert again.status_code == 200
    assert again.json() == json.loads(json.dumps(getattr(screens, name)(data)))


def test_a_known_answer_waits_for_no_turn_and_no_thread(ask, monkeypatch):
    question = QUESTIONS[0]
    made = ask(*question)
    monkeypatch.setattr(guard, "MOST_OF_ONE", 0)  # no thread is free
    with turns.turn():
        assert ask(*question).content == made.content


def test_who_asks_while_an_answer_is_made_waits_for_it_and_not_for_a_thread(ask, monkeypatch):
    """A class that opens its link at one moment takes one thread, and one turn."""
    made, question = [], {"query": "?v=1&steps=7"}
    call = known.Served.__call__
    monkeypatch.setattr(known.Served, "__call__", lambda *given: (made.append(1), call(*given))[1])
    with ThreadPoolExecutor(8) as pages:
        with turns.turn():
            answers = [pages.submit(ask, "settings", "open_link", question) for _ in range(8)]
            while not turns.waiting:
                time.sleep(0.001)
        bodies = {answer.result().content for answer in answers}
    assert len(bodies) == len(made) == 1


def test_who_has_waited_for_an_answer_that_is_not_final_asks_himself(ask, monkeypatch):
    monkeypatch.setattr(screens, "SLICE", 0.0)
    question = "two-ways", "two_ways", {"experiment": {"steps": 30, "seed": "98"}}
    with ThreadPoolExecutor(4) as pages:
        replies = [page.result().json() for page in [pages.submit(ask.once, *question) for _ in range(4)]]
    assert [reply["done"] for reply in replies] == [False] * 4


def test_how_long_a_page_waits_does_not_matter_where_it_asks_for_a_run(ask, monkeypatch):
    made = ask("two-ways", "two_ways", {"experiment": {"steps": 3}})
    with nothing_is_made(monkeypatch):
        assert ask("two-ways", "two_ways", {"experiment": {"steps": 3}, "late": True}).content == made.content
    ask("settings", "open_link", {"query": "?v=1"})
    assert ask("settings", "open_link", {"query": "?v=1", "late": True}).json() == {"error": screens.MISUNDERSTOOD}


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"query": "?v=1", "page": 5}},
        {"data": {"query": "?v=1", "run": "x"}},
        {"data": {"query": "?v=1", "more": 1}},
        {"data": ["?v=1"]},
        {"component_id": "x"},
        {"component_id": -1},
        {"fn_name": "share"},
        {"fn_name": "two_ways"},
        {"fn_name": "__init__"},
        {"fn_name": 5},
        {"session_hash": None},
    ],
)
def test_a_wrong_question_is_refused_as_if_nothing_were_known(ask, changes):
    right = "settings", "open_link", {"query": "?v=1"}
    before = ask(*right, **changes)
    ask(*right)
    assert known.KNOWN
    after = ask(*right, **changes)
    assert (after.status_code, after.content) == (before.status_code, before.content)


def test_a_newer_run_ends_the_older_one_also_where_its_answer_is_known(ask):
    new = "two-ways", "two_ways", {"experiment": {"steps": 3}, "page": "known", "run": 2}
    old = "two-ways", "two_ways", {"experiment": {"steps": 4}, "page": "known", "run": 1}
    ended = {"error": "A newer run of this page has ended this one."}
    ask("two-ways", "two_ways", {"experiment": {"steps": 3}})
    ask(*old)
    assert len(known.KNOWN) == 2
    ask(*new)
    assert ask(*old).json() == ended


def test_only_what_is_final_is_remembered(ask, monkeypatch):
    for part, name, data in (
        ("two-ways", "two_ways", {"experiment": {"steps": -1}}),
        ("settings", "open_link", {"query": 5}),
        ("speed", "time", {"experiment": {}, "order": 2, "n": 1_000, "form": "counts"}),
        ("settings", "share", {"experiment": {}, "base": "http://lab/"}),
        ("two-ways", "two_ways", {"experiment": {"data": "own", "words": "emma\n" * 2_000}}),  # long
    ):
        assert ask(part, name, data).status_code == 200
        assert not known.KNOWN
    monkeypatch.setattr(screens, "SLICE", 0.0)
    served = known.Served(screens.two_ways)
    assert b'"done":false' in served({"experiment": {"steps": 30, "seed": "99"}}).body
    assert b'"done":false' in known.Served(screens.open_link)({"query": "?v=1&steps=30&seed=99"}).body
    assert not known.KNOWN


def test_what_is_remembered_is_bounded_and_the_oldest_leaves(monkeypatch):
    monkeypatch.setattr(known.KNOWN, "_Cache__maxsize", 300_000)
    served = known.Served(screens.code)
    questions = [{"experiment": {"steps": 1, "draws": 1 + draws}} for draws in range(60)]
    for question in questions:
        served(question)
        assert known.KNOWN.currsize <= 300_000
        assert served.asked(questions[0]).known() or question is not questions[0]
    assert 10 < len(known.KNOWN) < 60
    assert served.asked(questions[-1]).known()
    monkeypatch.setattr(known.KNOWN, "_Cache__maxsize", 100)
    known.KNOWN.clear()
    assert served(questions[0]).body
    assert not known.KNOWN


def test_what_needs_a_password_is_not_answered_from_memory(lab):
    number = next(block._id for block in lab.blocks.values() if block.elem_id == "settings")
    known.Served(screens.open_link)({"query": "?v=1"})
    question = {"data": {"query": "?v=1"}, "component_id": number, "fn_name": "open_link", "session_hash": "a"}
    body = json.dumps(question).encode()
    assert gradio_doors.question_of(lab.app, body).known()
    for name in ("auth", "auth_dependency"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lab.app, name, lambda *given: None)
            assert gradio_doors.question_of(lab.app, body) is None
    for other in (b"", b"[]", b"{", body[:-1], body.replace(b"data", b"dat")):
        assert gradio_doors.question_of(lab.app, other) is None


def test_an_empty_question_is_refused_at_once(client):
    assert client.post("gradio_api/component_server/", content=b"").status_code == 400


def test_work_that_was_ended_makes_no_answer_for_others(ask, monkeypatch):
    """Here the client leaves while the losses over k are computed."""
    question = {"experiment": {"data": "own", "words": "emma\nolivia\nava\nnoah\nliam\nmia\nada\nbo\ncy", "lr": 1.0}}
    runs.trained(Experiment.parse(question["experiment"]))
    sweep = results.sweep_k

    def leaving(e: Experiment) -> results.Sweep:
        token = turns.has_left.set(lambda: True)
        try:
            return sweep(e)
        finally:
            turns.has_left.reset(token)

    with monkeypatch.context() as patch:
        patch.setattr(results, "sweep_k", leaving)
        assert ask("smoothing", "smoothing", question).json() == {"error": "Nobody waits for this answer any more."}
    assert ask("smoothing", "smoothing", question).json()["value"]["over_k"] is not None


def test_what_is_refused_for_now_is_asked_again(ask, monkeypatch):
    question = "settings", "open_link", {"query": "?v=1&data=us-1880&steps=3"}

    glance = screens.glance

    def refused(e: Experiment, seconds: float = 0.1) -> object:
        if e.data == "us-1880":
            raise ValueError("This list is being fetched.")
        return glance(e, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(screens, "glance", refused)
        assert "This list is being fetched." in ask(*question).json()["sentences"]
    assert ask(*question).json()["sentences"] == []


def test_of_two_who_make_one_answer_each_ends_its_own_wait():
    async def both() -> None:
        door = guard.Guard(None)
        asked = known.Asked(("a", "question"), {"page": "first"})

        async def sent(message: object) -> None:
            return None

        with door.made(asked, sent) as first:
            await first({})  # an answer that is not final has begun to leave
            with door.made(asked, sent) as second:
                (event, page) = door.making[asked.key]
                await first({})
                assert not event.is_set()
                assert page == "first"
                await second({})
                assert event.is_set()
        assert door.making == {}

    asyncio.run(both())


def test_who_waits_for_the_answer_to_another_has_its_place():
    with ThreadPoolExecutor(1) as pool, turns.turn():

        def work() -> None:
            with turns.working_for("maker", None), turns.turn():
                pass

        done = pool.submit(work)
        while not turns.waiting:
            time.sleep(0.001)
        with turns.behind("other", "maker"):
            assert [turns.place(page) for page in ("maker", "other", "stranger")] == [1, 1, 0]
        assert turns.place("other") == 0
        with turns.pause():
            done.result()
