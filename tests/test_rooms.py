"""A class that votes: a machine of rules plays host, students and attackers; a plain dictionary says what is right."""

import csv
import io
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter

import course
import httpx
import pytest
import rooms
from experiment import Experiment
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from rooms import ACTS, Question

QUESTION = Question("Which letter?", ("a", "b", "c"), 1)
VOTERS = [f"{i:032x}" for i in range(6)]


@pytest.fixture
def db(tmp_path):
    with_rooms = rooms.connect(tmp_path / "rooms.db")
    yield with_rooms
    with_rooms.close()


@pytest.fixture
def room(db):
    """The code and the secret of a room, its round 1 open."""
    made = rooms.open_room(db, QUESTION, "1.2.3.4")
    rooms.act(db, **made, act="open round 1")
    return made


class Class(RuleBasedStateMachine):
    """A room, its host and its students, whatever they do and in whatever order."""

    def __init__(self):
        super().__init__()
        self.db = rooms.connect(":memory:")
        self.own = rooms.open_room(self.db, QUESTION, "1.2.3.4")
        self.code = self.own["code"]
        self.number, self.phase = 1, "ready"
        self.votes: dict[tuple[int, int, str], int] = {}  # question, round, voter: choice

    def tally(self, number, round):
        votes = Counter(choice for (n, r, _), choice in self.votes.items() if (n, r) == (number, round))
        return [votes[choice] for choice in range(3)]

    @rule(
        voter=st.sampled_from(VOTERS),
        number=st.integers(-1, 1),
        round=st.integers(0, 3),
        choice=st.integers(-1, 3),
    )
    def anybody_votes(self, voter, number, round, choice):
        number += self.number
        before = rooms.look(self.db, self.code, voter)
        if (number, f"round {round}") != (self.number, self.phase):
            answer = rooms.vote(self.db, self.code, voter, number, round, choice)
            assert answer == before | {"error": "This round is not open. Your vote was not counted."}
        elif not 0 <= choice < 3:
            with pytest.raises(ValueError, match="no such choice"):
                rooms.vote(self.db, self.code, voter, number, round, choice)
        else:
            self.votes[number, round, voter] = choice
            answer = rooms.vote(self.db, self.code, voter, number, round, choice)
            assert answer["mine"][round - 1] == choice

    @precondition(lambda self: self.phase.startswith("round"))
    @rule(voter=st.sampled_from(VOTERS), choice=st.integers(-1, 3))
    def student_votes(self, voter, choice):
        self.anybody_votes(voter, 0, int(self.phase[-1]), choice)

    @rule(act=st.sampled_from([*ACTS, "explode"]))
    def host_acts(self, act):
        phases = ACTS.get(act, {})
        if self.phase in phases or self.phase in phases.values():
            self.phase = phases.get(self.phase, self.phase)
            assert rooms.act(self.db, **self.own, act=act)["phase"] == self.phase
        else:
            with pytest.raises(ValueError, match="not possible now"):
                rooms.act(self.db, **self.own, act=act)

    @precondition(lambda self: any(self.phase in phases for phases in ACTS.values()))
    @rule(data=st.data())
    def host_goes_on(self, data):
        self.host_acts(data.draw(st.sampled_from([act for act, phases in ACTS.items() if self.phase in phases])))

    @rule()
    def host_asks_the_next_question(self):
        if self.phase[:5] in ("round", "pause"):
            with pytest.raises(ValueError, match="Close it"):
                rooms.ask_next(self.db, **self.own, question=QUESTION, after=self.number)
        elif self.phase[:5] in ("close", "discu"):
            with pytest.raises(ValueError, match="Show its votes"):
                rooms.ask_next(self.db, **self.own, question=QUESTION, after=self.number)
        else:
            for _ in range(2):  # its answer may have been lost
                told = rooms.ask_next(self.db, **self.own, question=QUESTION, after=self.number)
                assert (told["number"], told["phase"]) == (self.number + 1, "ready")
            self.number, self.phase = self.number + 1, "ready"

    @rule(secret=st.sampled_from(["", "x", "A" * 22]))
    def anybody_plays_the_host(self, secret):
        for function, more in (
            (rooms.host, ()),
            (rooms.act, ("close",)),
            (rooms.ask_next, (QUESTION, 1)),
            (rooms.counts, ()),
            (rooms.end, ()),
        ):
            with pytest.raises(ValueError, match="not the host"):
                function(self.db, self.code, secret, *more)

    @invariant()
    def all_see_what_they_may(self):
        shown = [self.tally(self.number, r) for r in (1, 2)] if self.phase in ("shown", "answer") else None
        right = 1 if self.phase == "answer" else None
        host = rooms.host(self.db, **self.own)
        assert host["votes"] == [sum(self.tally(self.number, r)) for r in (1, 2)]
        pages = [rooms.look(self.db, self.code, voter) for voter in VOTERS]
        for voter, page in zip(VOTERS, pages):
            assert page["mine"] == [self.votes.get((self.number, r, voter)) for r in (1, 2)]
            assert "votes" not in page
            assert self.own["secret"] not in json.dumps(page)
        for page in (host, *pages):
            assert (page["number"], page["phase"], page["tally"], page["answer"]) == (
                *(self.number, self.phase),
                *(shown, right),
            )

    @invariant()
    def the_csv_holds_the_counts_of_what_is_over(self):
        over = self.number + (self.phase in ("shown", "answer"))
        rows = list(csv.reader(io.StringIO(rooms.counts(self.db, **self.own)["csv"])))
        assert rows[1:] == [
            [str(number), QUESTION.text, choice, *(str(self.tally(number, r)[i]) for r in (1, 2))]
            for number in range(1, over)
            for i, choice in enumerate(QUESTION.choices)
        ]

    def teardown(self):
        self.db.close()


TestClass = Class.TestCase
TestClass.settings = settings(max_examples=30, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow])


def test_the_rooms_of_a_client_and_all_rooms_are_bounded(db, monkeypatch):
    monkeypatch.setattr(rooms, "MOST_ROOMS", 100)
    now = [1_000_000.0]
    monkeypatch.setattr(rooms, "clock", lambda: now[0])

    def opened(client, tries):
        made = 0
        for _ in range(tries):
            try:
                rooms.open_room(db, QUESTION, client)
                made += 1
            except ValueError as error:
                refused = str(error)
        return made, refused

    made, refused = opened("1.2.3.4", 10_000)
    assert made == rooms.MOST_OF_A_CLIENT
    assert refused.startswith("Your network has opened 60 rooms within an hour.")
    made, refused = opened("5.6.7.8", 100)
    assert made == 100 - rooms.MOST_OF_A_CLIENT
    assert refused.startswith("The lab holds 100 rooms, and all are taken.")
    now[0] += rooms.LIFE
    assert opened("1.2.3.4", 61)[0] == 60
    assert db.execute("SELECT count(*) FROM rooms").fetchone()[0] == 60
    assert db.execute("SELECT count(*) FROM questions").fetchone()[0] == 60


def test_a_room_ends_after_a_day_and_when_its_host_ends_it(db, room, monkeypatch):
    rooms.vote(db, room["code"], VOTERS[0], 1, 1, 0)
    born = rooms.clock()
    monkeypatch.setattr(rooms, "clock", lambda: born + rooms.LIFE - 60)
    assert rooms.host(db, **room)["votes"] == [1, 0]
    monkeypatch.setattr(rooms, "clock", lambda: born + rooms.LIFE + 60)
    for question in (lambda: rooms.look(db, room["code"], VOTERS[0]), lambda: rooms.host(db, **room)):
        with pytest.raises(ValueError, match=f"There is no room {room['code']} now. Either the class has ended"):
            question()
    monkeypatch.undo()
    assert rooms.end(db, **room) == {}
    with pytest.raises(ValueError, match="There is no room"):
        rooms.host(db, **room)
    assert db.execute("SELECT count(*) FROM votes").fetchone()[0] == 0


def test_a_full_room_takes_no_new_voter_but_lets_the_others_change_their_vote(db, room, monkeypatch):
    monkeypatch.setattr(rooms, "MOST_VOTERS", 2)
    for voter in VOTERS[:2]:
        rooms.vote(db, room["code"], voter, 1, 1, 0)
    with pytest.raises(ValueError, match="The room is full"):
        rooms.vote(db, room["code"], VOTERS[2], 1, 1, 0)
    assert rooms.vote(db, room["code"], VOTERS[1], 1, 1, 2)["mine"] == [2, None]
    assert rooms.host(db, **room)["votes"] == [2, 0]


def test_a_full_file_says_so_and_loses_nothing(db, room):
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")
    kept, told = 0, ""
    while not told:
        try:
            rooms.vote(db, room["code"], f"{kept:032x}", 1, 1, 0)
            kept += 1
        except ValueError as error:
            told = str(error)
    assert told.startswith("The lab has no space for more rooms and votes")
    assert rooms.host(db, **room)["votes"] == [kept, 0]


def test_the_votes_of_one_room_are_none_of_another(db, room):
    other = rooms.open_room(db, QUESTION, "1.2.3.4")
    rooms.act(db, **other, act="open round 1")
    rooms.vote(db, room["code"].lower() + " ", VOTERS[0], 1, 1, 0)  # as it is typed
    assert rooms.host(db, **other)["votes"] == [0, 0]
    with pytest.raises(ValueError, match="not the host"):
        rooms.act(db, room["code"], other["secret"], "close")
    rooms.vote(db, other["code"], VOTERS[0], 1, 1, 0)
    marks = {row[0] for row in db.execute("SELECT voter FROM votes")}
    assert len(marks) == 2  # nobody can tell that it was the same voter


def test_the_file_holds_neither_secret_nor_voter_nor_address(db, room, tmp_path):
    rooms.vote(db, room["code"], VOTERS[3], 1, 1, 0)
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert room["code"].encode() in held
    for secret in (room["secret"], VOTERS[3], "1.2.3.4"):
        assert secret.encode() not in held


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (("", ("a", "b")), "1 to 600 characters"),
        (("x" * 100_000, ("a", "b")), "this one has 100,000"),
        (("x", ("a",)), "2 to 6 choices"),
        (("x", tuple("abcdefg")), "2 to 6 choices"),
        (("x", ("a", " ")), "Each choice"),
        (("x", ("a", "b" * 201)), "Each choice"),
        (("x", ("a", "b"), 2), "one of the choices"),
    ],
)
def test_the_texts_of_a_question_are_bounded(question, sentence):
    with pytest.raises(ValueError, match=sentence):
        Question(*question)


def test_texts_come_back_as_they_were_and_no_spreadsheet_takes_them_for_formulas(db):
    texts = ("=1+1", "<script>alert(1)</script>", "شكرا ‮abc", 'a "b",\nc')
    made = rooms.open_room(db, Question("@x", texts), "1.2.3.4")
    assert rooms.look(db, made["code"], VOTERS[0])["choices"] == texts
    rooms.ask_next(db, **made, question=QUESTION, after=1)
    rows = list(csv.reader(io.StringIO(rooms.counts(db, **made)["csv"])))
    assert [row[1:3] for row in rows[1:]] == [["'@x", "'=1+1"], *(["'@x", text] for text in texts[1:])]


def test_what_was_acknowledged_outlives_a_kill(tmp_path):
    """A process votes and tells each vote that was taken; it is killed at ten random moments, and goes on."""
    path = tmp_path / "rooms.db"
    db = rooms.connect(path)
    made = rooms.open_room(db, QUESTION, "1.2.3.4")
    rooms.act(db, **made, act="open round 1")
    code = f"""
import sys; sys.path.insert(0, "demo")
import rooms
db = rooms.connect({str(path)!r})
first = int(sys.argv[1])
for i in range(first, first + 100_000):
    rooms.vote(db, {made["code"]!r}, f"{{i:032x}}", 1, 1, i % 3)
    print(i, flush=True)
"""
    told, chance = [], random.Random(13)
    for turn in range(10):
        run = subprocess.Popen(
            [sys.executable, "-c", code, str(turn * 100_000)], stdout=subprocess.PIPE, text=True, cwd="."
        )
        with run:
            votes = list(itertools.islice(run.stdout, chance.randrange(1, 200)))
            os.kill(run.pid, signal.SIGKILL)
            votes += run.stdout.readlines()
        told += [int(line) for line in votes if line.endswith("\n")]
    for i in told:
        assert rooms.look(db, made["code"], f"{i:032x}")["mine"] == [i % 3, None]
    (count,) = rooms.host(db, **made)["votes"][:1]
    assert len(told) <= count <= len(told) + 10  # one of each turn may have been taken and not told
    db.close()


def test_many_threads_vote_at_once_and_each_vote_counts_once(db, room):
    def student(first):
        for i in range(first, first + 25):
            for choice in (0, 2):  # each changes the vote once
                rooms.vote(db, room["code"], f"{i:032x}", 1, 1, choice)

    threads = [threading.Thread(target=student, args=(25 * i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rooms.act(db, **room, act="close")
    assert rooms.act(db, **room, act="show")["tally"] == [[0, 0, 200], [0, 0, 0]]


# Over the wire.


@pytest.fixture(scope="module")
def client(url):
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client


def ask(client, name, **question):
    answer = client.post(f"gradio_api/class/{name}", json=question)
    assert answer.status_code == 200
    return answer.json()


def test_a_class_over_the_wire(client):
    own = ask(client, "open_room", lesson="over")
    page = ask(client, "look", code=own["code"], voter=VOTERS[0])
    assert (page["phase"], page["tally"], page["answer"]) == ("ready", None, None)
    assert "Lower: larger steps arrive sooner" in page["choices"]
    ask(client, "act", **own, act="open round 1")
    assert ask(client, "vote", code=own["code"], voter=VOTERS[0], number=1, round=1, choice=2)["mine"] == [2, None]
    assert ask(client, "host", **own)["votes"] == [1, 0]
    invitation = ask(client, "invitation", **own, base="http://lab/")
    assert invitation["link"] == f"http://lab/?room={own['code']}"
    assert invitation["qr"].startswith("<svg")
    assert ask(client, "act", **own, act="close")["phase"] == "closed 1"
    late = ask(client, "vote", code=own["code"], voter=VOTERS[0], number=1, round=1, choice=0)
    assert late["error"].startswith("This round is not open.")
    assert late["mine"] == [2, None]
    early = ask(client, "ask_next", **own, lesson="converged", after=1)
    assert early["error"] == "Question 1 is not finished. Show its votes before you ask the next question."
    ask(client, "act", **own, act="show")
    assert ask(client, "ask_next", **own, lesson="converged", after=1)["number"] == 2
    assert "The learning rate is 80" in ask(client, "counts", **own)["csv"]
    assert ask(client, "end", **own) == {}
    assert ask(client, "host", **own)["error"].startswith("There is no room")


def test_a_class_votes_on_a_lesson_that_its_teacher_wrote(client):
    link = course.own_link(Experiment(lr=70.0), "Which <b>?", "the first\nthe second", 2, "")
    own = ask(client, "open_room", lesson=link)
    page = ask(client, "look", code=own["code"], voter=VOTERS[0])
    assert (page["question"], page["choices"], page["answer"]) == ("Which <b>?", ["the first", "the second"], None)
    ask(client, "act", **own, act="open round 1")
    for act in ("close", "show", "answer"):
        told = ask(client, "act", **own, act=act)
    assert (told["answer"], told["lesson"]) == (1, link)
    assert ask(client, "look", code=own["code"], voter=VOTERS[0])["answer"] == 1
    assert (
        ask(client, "ask_next", **own, lesson="?lr=70", after=1)["error"]
        == "This link holds no question that a teacher wrote. Copy the link of a lesson."
    )
    assert "2 to 4 choices" in ask(client, "ask_next", **own, lesson="?ask=Why&choices=a&right=1", after=1)["error"]


def test_a_vote_waits_behind_no_computation(client):
    from turns import turn

    own = ask(client, "open_room", lesson="over")
    ask(client, "act", **own, act="open round 1")
    with turn():  # somebody computes as long as this test likes
        assert ask(client, "vote", code=own["code"], voter=VOTERS[0], number=1, round=1, choice=0)["mine"] == [0, None]
        assert ask(client, "host", **own)["votes"] == [1, 0]


@pytest.mark.parametrize("query", ["?room=ABCDE", "?room", "?v=1&room=%22%3E%3Cscript%3E"])
def test_the_page_of_a_student_is_light_and_the_same_for_all(client, query):
    answer = client.get(query)
    assert answer.text == client.get("?room=XXXXX").text
    assert len(answer.content) < 1_000
    assert "content-security-policy" in answer.headers
    assert "gradio_config" in client.get("?rooms=ABCDE").text
    files = ("room.js", "class.js", "dom.js", "state.js", "class.css")
    base = answer.text.split('href="./')[1].split("class.css")[0]
    assert sum(len(client.get(base + file, headers={"accept-encoding": "identity"}).content) for file in files) < 40_000


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("look", {}),
        ("look", []),
        ("look", {"code": "ABCDE", "voter": "me"}),
        ("look", {"code": "ABCDE", "voter": VOTERS[0], "client": "1.2.3.4"}),
        ("vote", {"code": "ABCDE", "voter": VOTERS[0], "number": 1, "round": 1, "choice": True}),
        ("vote", {"code": "ABCDE", "voter": VOTERS[0], "number": 1, "round": 1, "choice": 10**30}),
        ("vote", {"code": "A" * 10_000, "voter": VOTERS[0], "number": 1, "round": 1, "choice": 1}),
        ("act", {"code": "ABCDE", "secret": 5, "act": "close"}),
    ],
)
def test_nonsense_is_answered_by_a_sentence(client, name, question):
    answer = client.post(f"gradio_api/class/{name}", json=question)
    assert answer.json() == {"error": "The lab does not understand this question of the page. Load the page again."}


def test_what_is_no_question_is_refused(client):
    assert client.post("gradio_api/class/connect", json={}).status_code == 404
    assert client.get("gradio_api/class/look").status_code in (404, 405)
    assert client.post("gradio_api/class/look", content=b" " * 20_001).status_code == 413
    for body in (b"{", b"[" * 19_000, b"\xff"):
        assert "error" in client.post("gradio_api/class/look", content=body).json()
    assert ask(client, "open_room", lesson="none")["error"].startswith("There is no such lesson.")


@pytest.mark.parametrize(
    ("near", "forwarded", "client"),
    [
        ("8.8.8.8", "9.9.9.9", "8.8.8.8"),  # who calls directly is believed nothing
        ("10.0.0.7", "1.1.1.1, 9.9.9.9, 10.0.0.1", "9.9.9.9"),  # behind proxies, what the nearest of them saw
        ("10.0.0.7", "", "10.0.0.7"),
        ("127.0.0.1", "nonsense, ", "127.0.0.1"),
    ],
)
def test_a_visitor_is_told_by_the_address_that_he_cannot_choose(near, forwarded, client):
    from classroom import client_of
    from starlette.requests import Request

    headers = [(b"x-forwarded-for", forwarded.encode())]
    assert client_of(Request({"type": "http", "client": (near, 1), "headers": headers})) == client
