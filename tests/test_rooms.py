"""A class that votes: a machine of rules plays host, students and attackers; a plain dictionary says what is right."""

import csv
import functools
import importlib.util
import io
import itertools
import json
import os
import random
import runpy
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from demo.classroom import rooms, routes
from demo.classroom.rooms import ACTS, Later, Question
from demo.experiment import Experiment
from demo.takeaway import export
from demo.teaching import course
from demo.web.visitors import address_of

QUESTION = Question("Which letter?", ("a", "b", "c"), 1)
VOTERS = [f"{i:032x}" for i in range(6)]


@pytest.fixture
def db(tmp_path):
    with_rooms = rooms.connect(tmp_path / "rooms.db")
    yield with_rooms
    with_rooms.close()


@pytest.fixture
def now(monkeypatch):
    """The clock of the rooms, in seconds: `now[0] += 60` is a minute later."""
    now = [rooms.clock()]
    monkeypatch.setattr(rooms, "clock", lambda: now[0])
    return now


def another_process():
    """The module as another process has it, with nothing of this one's."""
    spec = importlib.util.find_spec(rooms.__name__)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, rooms.__name__, module)  # dataclasses look there
        spec.loader.exec_module(module)
    return module


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


def test_what_was_acknowledged_outlives_a_kill(tmp_path, python):
    """A process votes and tells each vote that was taken; it is killed at ten random moments, and goes on."""
    path = tmp_path / "rooms.db"
    db = rooms.connect(path)
    made = rooms.open_room(db, QUESTION, "1.2.3.4")
    rooms.act(db, **made, act="open round 1")
    code = f"""
import sys
from demo.classroom import rooms
db = rooms.connect({str(path)!r})
first = int(sys.argv[1])
for i in range(first, first + 100_000):
    rooms.vote(db, {made["code"]!r}, f"{{i:032x}}", 1, 1, i % 3)
    print(i, flush=True)
"""
    told, chance = [], random.Random(13)
    for turn in range(10):
        run = python.start("-c", code, turn * 100_000)
        votes = list(itertools.islice(run.stdout, chance.randrange(1, 200)))
        run.kill()
        votes += run.communicate()[0].splitlines(keepends=True)
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


# Limits by address.


def new_voters(db, room, count, client, first=0, number=1):
    """So many voters vote, each once. The indices of those who have to wait."""
    waiting = []
    for i in range(first, first + count):
        try:
            rooms.vote(db, room["code"], f"{i:032x}", number, 1, i % 3, client)
        except Later:
            waiting.append(i)
    return waiting


def test_a_school_behind_one_address_votes_and_one_program_does_not_fill_a_round(db, room, now):
    waiting = new_voters(db, room, 600, "1.2.3.4")  # all at once
    assert len(waiting) == 200
    for _ in range(39):
        now[0] += 1
        waiting = [i for i in waiting if new_voters(db, room, 1, "1.2.3.4", i)]
    assert waiting == [599, 598, 597, 596, 595][::-1]
    now[0] += 1
    assert [new_voters(db, room, 1, "1.2.3.4", i) for i in waiting] == [[]] * 5
    assert rooms.host(db, **room)["votes"] == [600, 0]

    other = rooms.open_room(db, QUESTION, "1.2.3.4")
    rooms.act(db, **other, act="open round 1")
    for tenth in range(230):  # 10,000 in 23 s
        new_voters(db, other, 10_000 // 230, "5.6.7.8", 10_000 * tenth)
        now[0] += 0.1
    assert 400 < rooms.host(db, **other)["votes"][0] <= 400 + 5 * 23


def test_a_flood_of_new_voters_keeps_out_nobody_who_has_voted_and_no_other_network(db, room, now):
    new_voters(db, room, 30, "1.2.3.4")
    assert rooms.host(db, **room)["crowd"] is False
    assert new_voters(db, room, 371, "1.2.3.4", 1_000) == [1_370]
    assert rooms.host(db, **room)["crowd"] is True
    assert rooms.vote(db, room["code"], f"{0:032x}", 1, 1, 2, "1.2.3.4")["mine"] == [2, None]
    assert new_voters(db, room, 1, "5.6.7.8", 5_000) == []
    for act in ("close", "show"):
        assert rooms.act(db, **room, act=act)["crowd"] is True
    assert rooms.ask_next(db, **room, question=QUESTION, after=1)["crowd"] is False
    rooms.act(db, **room, act="open round 1")
    assert new_voters(db, room, 30, "1.2.3.4", number=2) == []
    assert new_voters(db, room, 1, "1.2.3.4", 9_000, number=2) == [9_000]


def test_guessing_codes_is_slow_and_locks_no_class_out(db, room, now):
    other = rooms.open_room(db, QUESTION, "9.9.9.9")
    assert rooms.look(db, room["code"], VOTERS[0], "8.8.8.8")["code"] == room["code"]
    told = Counter()
    for i in range(581 * 60):  # as many as one visitor asked within a minute; no code holds an A
        try:
            rooms.look(db, f"A{i:04}", VOTERS[0], "8.8.8.8")
        except ValueError as error:
            told[type(error)] += 1
        now[0] += 1 / 581
    assert 60 < told[rooms.Refused] <= 60 + 30
    for code in (other["code"], "AAAAA"):
        with pytest.raises(Later, match="many wrong codes"):
            rooms.look(db, code, VOTERS[0], "8.8.8.8")
        with pytest.raises(Later, match="many wrong codes"):
            rooms.host(db, code, other["secret"], "8.8.8.8")
    # A class is where it was, and others do not notice.
    assert rooms.look(db, room["code"], VOTERS[1], "8.8.8.8")["code"] == room["code"]
    assert rooms.look(db, other["code"], VOTERS[1], "7.7.7.7")["code"] == other["code"]
    made = rooms.open_room(db, QUESTION, "8.8.8.8")
    assert rooms.look(db, made["code"], VOTERS[0], "8.8.8.8")["code"] == made["code"]
    now[0] += 2
    assert rooms.look(db, other["code"], VOTERS[0], "8.8.8.8")["code"] == other["code"]
    now[0] += 120
    rooms.vote(db, room["code"], VOTERS[0], 1, 1, 0, "8.8.8.8")
    with pytest.raises(ValueError, match="There is no room AAAAA"):
        rooms.look(db, "AAAAA", VOTERS[0], "6.6.6.6")
    assert db.execute("SELECT count(*) FROM guesses").fetchone()[0] == 1  # what is full again is forgotten


def test_the_limits_hold_for_all_processes_on_one_file(tmp_path):
    labs = [another_process() for _ in range(2)]
    files = [lab.connect(tmp_path / "rooms.db") for lab in labs]

    def open_room(i):
        labs[i % 2].open_room(files[i % 2], labs[i % 2].Question("?", ("a", "b")), "1.2.3.4")

    for i in range(60):
        open_room(i)
    for i in range(2):
        with pytest.raises(ValueError, match="60 rooms within an hour"):
            open_room(i)
    for db in files:
        db.close()


def test_the_key_of_the_addresses_changes_each_day_and_takes_what_it_counted_with_it(db, room, now):
    def kept():
        return [tuple(map(tuple, db.execute(f"SELECT * FROM {table}"))) for table in ("keys", "visits", "guesses")]

    with pytest.raises(ValueError, match="There is no room"):
        rooms.look(db, "AAAAA", VOTERS[0], "8.8.8.8")
    keys, visits, guesses = kept()
    assert (len(keys), len(visits), len(guesses)) == (1, 1, 1)
    now[0] += 86_400
    rooms.open_room(db, QUESTION, "1.2.3.4")
    later = kept()
    assert [len(rows) for rows in later] == [1, 1, 0]
    assert later[0] != keys
    assert later[1] != visits


def test_a_full_house_lets_go_of_the_oldest_room_in_which_nobody_voted(db, now, monkeypatch):
    monkeypatch.setattr(rooms, "MOST_ROOMS", 3)
    used, first, second = (rooms.open_room(db, QUESTION, f"1.2.3.{i}") for i in range(3))
    rooms.act(db, **used, act="open round 1")
    rooms.vote(db, used["code"], VOTERS[0], 1, 1, 0)
    with pytest.raises(ValueError, match="all are taken"):  # somebody may be about to use each of them
        rooms.open_room(db, QUESTION, "5.6.7.8")
    now[0] += 660
    third = rooms.open_room(db, QUESTION, "5.6.7.8")
    with pytest.raises(ValueError, match="There is no room"):
        rooms.host(db, **first)
    rooms.open_room(db, QUESTION, "5.6.7.8")
    with pytest.raises(ValueError, match="There is no room"):
        rooms.host(db, **second)
    with pytest.raises(ValueError, match="all are taken"):
        rooms.open_room(db, QUESTION, "5.6.7.8")
    assert rooms.host(db, **used)["votes"] == [1, 0]
    assert rooms.host(db, **third)["phase"] == "ready"
    assert db.execute("SELECT count(*) FROM questions").fetchone()[0] == 3


# Clocks.


@pytest.mark.parametrize("jump", [25 * 3600, -25 * 3600, 10 * 365 * 86_400])
def test_a_clock_that_is_set_while_the_lab_runs_ends_no_room(tmp_path, monkeypatch, jump):
    wall, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + wall[0])
    lab = another_process()
    db = lab.connect(tmp_path / "rooms.db")
    made = lab.open_room(db, lab.Question("?", ("a", "b")), "1.2.3.4")
    wall[0] = jump
    lab.open_room(db, lab.Question("?", ("a", "b")), "1.2.3.4")
    assert lab.host(db, **made)["phase"] == "ready"
    db.close()


def test_a_room_outlives_a_start_with_a_wrong_clock_but_not_for_ever(tmp_path, now):
    def start():
        db = rooms.connect(tmp_path / "rooms.db")
        rooms.open_room(db, QUESTION, "5.6.7.8")
        return db

    with_rooms = start()
    made = rooms.open_room(with_rooms, QUESTION, "1.2.3.4")
    with_rooms.close()
    now[0] += 25 * 3600
    with_rooms = start()
    assert rooms.host(with_rooms, **made)["phase"] == "ready"
    now[0] += 3600
    with pytest.raises(ValueError, match="There is no room"):
        rooms.host(with_rooms, **made)
    with_rooms.close()
    now[0] -= 3600
    for _ in range(3):  # a lab that starts each day and is soon stopped
        start().close()
        now[0] += 86_400
    with_rooms = start()
    assert not with_rooms.execute("SELECT 1 FROM rooms WHERE code = ?", (made["code"],)).fetchone()

    late = rooms.open_room(with_rooms, QUESTION, "1.2.3.4")
    with_rooms.close()
    now[0] -= 365 * 86_400  # the clock was a year ahead
    with_rooms = start()
    assert rooms.host(with_rooms, **late)["phase"] == "ready"
    now[0] += 86_400 + 60
    with pytest.raises(ValueError, match="There is no room"):
        rooms.host(with_rooms, **late)
    with_rooms.close()


def test_an_act_that_comes_late_or_twice_changes_nothing(db, room):
    close = {"act": "close", "number": 1, "phase": "round 1"}
    assert rooms.act(db, **room, **close)["phase"] == "closed 1"
    assert rooms.act(db, **room, **close)["phase"] == "closed 1"
    rooms.act(db, **room, act="open round 2", number=1, phase="closed 1")
    assert rooms.act(db, **room, **close)["phase"] == "round 2"
    for act in ("close", "show"):
        rooms.act(db, **room, act=act)
    rooms.ask_next(db, **room, question=QUESTION, after=1)
    rooms.act(db, **room, act="open round 1")
    assert rooms.act(db, **room, **close)["phase"] == "round 1"
    assert rooms.act(db, **room, act="close")["phase"] == "closed 1"  # of a page that was loaded before


# The file.


def foreign(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE rooms (number INTEGER)")
    other.close()


def damaged(path):
    db = rooms.connect(path)
    made = rooms.open_room(db, QUESTION, "1.2.3.4")
    rooms.act(db, **made, act="open round 1")
    new_voters(db, made, 300, None)
    db.close()
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xa5" * 4096 * 6)


def a_folder(path):
    path.mkdir()


def a_pipe(path):
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.write_text("names\n" * 1_000), "file is not a database"),
        (lambda path: foreign(path), "something else than the rooms of this version"),
        (damaged, "malformed|damaged"),
        (a_folder, "unable to open"),
        (a_pipe, "disk I/O error|unable to open|something else"),
        (None, "unable to open"),
    ],
)
def test_a_lab_does_not_start_on_a_file_that_holds_no_rooms(make, why, tmp_path, monkeypatch):
    path = tmp_path / "rooms.db" if make else tmp_path / "none" / "rooms.db"
    if make:
        make(path)
    before = path.read_bytes() if path.is_file() else None
    monkeypatch.setenv("LAB_ROOMS", str(path))
    monkeypatch.setattr(routes, "opened", functools.cache(routes.opened.__wrapped__))
    with pytest.raises(SystemExit, match=f"cannot keep its rooms in the file {path} .LAB_ROOMS.: .*({why})"):
        routes.start()
    assert before == (path.read_bytes() if path.is_file() else None)


def test_a_lab_does_not_start_on_a_full_or_locked_file(tmp_path, monkeypatch):
    monkeypatch.setattr(routes, "opened", functools.cache(routes.opened.__wrapped__))
    monkeypatch.setattr(rooms, "MOST_PAGES", 2)
    monkeypatch.delenv("LAB_ROOMS", raising=False)
    with pytest.raises(SystemExit, match="in a temporary folder: database or disk is full"):
        routes.start()
    monkeypatch.undo()
    monkeypatch.setattr(routes, "opened", functools.cache(routes.opened.__wrapped__))
    monkeypatch.setattr(rooms, "PATIENCE", 0.01)
    monkeypatch.setenv("LAB_ROOMS", str(tmp_path / "rooms.db"))
    holder = rooms.connect(tmp_path / "rooms.db")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SystemExit, match="database is locked"):
        routes.start()
    holder.close()
    routes.start()
    routes.database().close()


def test_a_lab_does_not_start_on_a_file_that_it_may_only_read(tmp_path):
    path = tmp_path / "rooms.db"
    rooms.connect(path).close()
    path.chmod(0o444)
    powers = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []  # else root may write all
    if powers and not shutil.which("setpriv"):
        pytest.skip("Here root can write every file.")
    code = f"from demo.classroom import rooms; rooms.connect({str(path)!r})"
    run = subprocess.run([*powers, sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stderr.splitlines()[-1] == "sqlite3.OperationalError: attempt to write a readonly database"


def test_the_program_ends_with_a_sentence(tmp_path, monkeypatch):
    """`python demo/app.py`: Python prints such a sentence and nothing else, and ends with status 1."""
    path = tmp_path / "names.txt"
    path.write_text("emma\n" * 1_000)
    monkeypatch.setenv("LAB_ROOMS", str(path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(gr.Blocks, "launch", lambda *_, **__: pytest.fail("The lab serves."))
    monkeypatch.setattr(routes, "opened", functools.cache(routes.opened.__wrapped__))
    with pytest.raises(SystemExit) as end:
        runpy.run_path("demo/app.py", run_name="__main__")
    sentence = f"The lab cannot keep its rooms in the file {path} (LAB_ROOMS): file is not a database. "
    assert end.value.code.startswith(sentence)
    assert "\n" not in end.value.code


def test_all_who_ask_first_and_at_once_get_one_file(monkeypatch):
    def slow(path):
        time.sleep(0.01)  # long enough for all threads to come
        return connect(path)

    connect = rooms.connect
    monkeypatch.delenv("LAB_ROOMS", raising=False)
    monkeypatch.setattr(rooms, "connect", slow)
    monkeypatch.setattr(routes, "opened", functools.cache(routes.opened.__wrapped__))
    with ThreadPoolExecutor(20) as pool:
        files = {id(one): one for one in pool.map(lambda _: routes.database(), range(20))}
    assert len(files) == 1
    routes.database().close()


def test_processes_that_start_at_once_make_one_file(tmp_path):
    for turn in range(10):
        with ThreadPoolExecutor(4) as pool:
            files = list(pool.map(lambda _, turn=turn: rooms.connect(tmp_path / f"{turn}.db"), range(4)))
        made = rooms.open_room(files[0], QUESTION, "1.2.3.4")
        assert [rooms.host(db, **made)["phase"] for db in files] == ["ready"] * 4
        for db in files:
            db.close()


def test_a_locked_file_makes_one_wait_and_tells_the_log_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(rooms, "PATIENCE", 0.01)
    with_rooms = rooms.connect(tmp_path / "rooms.db")
    made = rooms.open_room(with_rooms, QUESTION, "1.2.3.4")
    holder = rooms.connect(tmp_path / "rooms.db")
    holder.execute("BEGIN EXCLUSIVE")
    tried = []
    with_rooms.set_trace_callback(tried.append)
    monkeypatch.setattr(rooms, "PATIENCE", 3600)
    for _ in range(100):
        with pytest.raises(Later, match="busy at the moment"):
            rooms.look(with_rooms, made["code"], VOTERS[0])
    assert tried == ["BEGIN IMMEDIATE"]
    for _ in range(100):
        with_rooms.rests = 0.0
        with pytest.raises(Later):
            rooms.look(with_rooms, made["code"], VOTERS[0])
    holder.execute("ROLLBACK")
    with_rooms.rests = 0.0
    assert rooms.look(with_rooms, made["code"], VOTERS[0])["phase"] == "ready"
    assert capsys.readouterr().err == "The file of the rooms: database is locked.\n"
    for file in (with_rooms, holder):
        file.close()


def test_a_disk_that_is_full_at_the_commit_says_so_and_loses_nothing(tmp_path, python):
    """The file may not grow above 200 kB, in a process of its own."""
    code = f"""
import resource, sys
from demo.classroom import rooms
db = rooms.connect({str(tmp_path / "rooms.db")!r})
made = rooms.open_room(db, rooms.Question("?", ("a", "b")), "1.2.3.4")
rooms.act(db, **made, act="open round 1")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
kept = refused = 0
for i in range(500):
    try:
        rooms.vote(db, made["code"], f"{{i:032x}}", 1, 1, 0)
        kept += 1
    except rooms.Later as error:
        assert str(error) in (rooms.BROKEN, rooms.FULL), error
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
print(kept, refused, rooms.host(db, **made)["votes"][0])
"""
    run = python.run("-c", code, check=True)
    kept, refused, votes = map(int, run.stdout.split())
    assert 0 < kept < 500
    assert kept + refused == 500
    assert votes == kept
    assert len(run.stderr.splitlines()) == 1  # one line for all of them


def test_a_file_that_is_damaged_while_the_lab_serves_is_said_and_no_student_waits_for_it(db, room, tmp_path, capsys):
    new_voters(db, room, 300, None)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (tmp_path / "rooms.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 4096 * 20)
    db.execute("PRAGMA shrink_memory")  # what it remembers of the file
    for _ in range(50):
        with pytest.raises(ValueError, match="cannot read or write its rooms") as refusal:
            rooms.vote(db, room["code"], VOTERS[0], 1, 1, 0)
        assert not isinstance(refusal.value, Later)
    assert len(capsys.readouterr().err.splitlines()) == 1


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


def test_a_page_that_follows_its_class_writes_nothing(db, room):
    """The number and the phase, after each act; and who guesses a code this way pays as by any other."""
    code, secret = room["code"], room["secret"]
    assert rooms.place(db, code.lower(), "student") == {"number": 1, "phase": "round 1"}  # now its address is known
    before = db.total_changes
    for _ in range(3):
        assert rooms.place(db, code, "student") == {"number": 1, "phase": "round 1"}
    assert db.total_changes == before
    rooms.act(db, code, secret, "close")
    assert rooms.place(db, code, "student")["phase"] == "closed 1"
    for _ in range(rooms.WRONG_AT_ONCE):
        with pytest.raises(ValueError, match="There is no room"):
            rooms.place(db, "XXXXX", "stranger")
    for wrong_or_right in ("XXXXX", code):
        with pytest.raises(rooms.Later):
            rooms.place(db, wrong_or_right, "stranger")
    rooms.end(db, code, secret)
    with pytest.raises(ValueError, match="There is no room"):
        rooms.place(db, code, "student")


def test_a_page_follows_its_class_over_the_wire(client, monkeypatch):
    own = ask(client, "open_room", lesson="over")
    place = f"gradio_api/class/place/{own['code']}"
    assert client.get(place).json() == {"number": 1, "phase": "ready"}
    with monkeypatch.context() as patch:  # phones that ask within a second take part in one answer
        patch.setattr(rooms, "place", None)
        assert client.get(place).json() == {"number": 1, "phase": "ready"}
    ask(client, "act", **own, act="open round 1")
    routes.PLACES.clear()
    assert client.get(place).json()["phase"] == "round 1"
    assert "There is no room" in client.get("gradio_api/class/place/ZZZZZ").json()["error"]
    assert client.get("gradio_api/class/place/" + 500 * "Z").status_code in (200, 404)


def test_a_vote_waits_behind_no_computation(client):
    from demo.compute.turns import turn

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
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("frame-ancestors") == "*"
    assert set(policy.values()) == {"'self'", "'self' data:", "'none'"}  # nothing inline
    assert "unsafe-inline" in client.get("?rooms=ABCDE").headers["content-security-policy"]
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
    assert "error" in client.post("gradio_api/class/look", content=b"{").json()
    for body, status in ((b"[" * 19_000, 413), (b"\xff", 400)):
        assert client.post("gradio_api/class/look", content=body).status_code == status
    assert ask(client, "open_room", lesson="none")["error"].startswith("There is no such lesson.")


@pytest.mark.parametrize(
    ("proxies", "space", "near", "forwarded", "counted"),
    [
        ("", "", "8.8.8.8", "9.9.9.9", "8.8.8.8"),  # who calls directly is believed nothing
        ("", "", "10.0.0.7", "9.9.9.9", "10.0.0.7"),
        ("", "", "127.0.0.1", "9.9.9.9", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1", "1.1.1.1, 9.9.9.9", "9.9.9.9"),  # what the nearest proxy saw
        ("127.0.0.1", "", "127.0.0.1", "1.1.1.1, 192.168.1.5", "192.168.1.5"),  # a pupil's, in the school
        ("127.0.0.1, 192.168.0.0/16", "", "127.0.0.1", "9.9.9.9, 192.168.1.5", "9.9.9.9"),
        ("192.168.3.4/16", "", "192.168.1.5", "9.9.9.9", "9.9.9.9"),
        ("fd00::/8", "", "fd00::1", "9.9.9.9", "9.9.9.9"),
        ("127.0.0.1", "", "127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1", "9.9.9.9, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "", "::ffff:127.0.0.1", "::ffff:9.9.9.9", "9.9.9.9"),
        ("", "a/b", "10.0.0.7", "1.1.1.1, 9.9.9.9, 10.0.0.1", "9.9.9.9"),  # on a Space, behind the Hub
        ("", "a/b", "8.8.8.8", "9.9.9.9", "8.8.8.8"),
        ("", "", "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("", "", "2001:db8:1:2::9", "", "2001:db8:1:2::/64"),
        ("", "", "fe80::1%eth0", "", "fe80::/64"),
        ("", "", "testclient", "", "unknown"),
        ("", "", None, "9.9.9.9", "unknown"),
    ],
)
@pytest.mark.parametrize("variable", ["SPACE_ID", "SPACE_HOST"])
def test_a_visitor_is_told_by_the_address_that_he_cannot_choose(
    proxies, space, near, forwarded, counted, variable, monkeypatch
):
    for name, value in {"SPACE_ID": "", "SPACE_HOST": "", "LAB_PROXIES": proxies, variable: space}.items():
        monkeypatch.setenv(name, value)
    parts = [part.encode() for part in forwarded.split(",")]
    for lines in ([forwarded.encode()], parts):  # some proxies add a line
        headers = [(b"x-forwarded-for", line) for line in lines]
        assert address_of({"type": "http", "client": near and (near, 1), "headers": headers}) == counted


@pytest.mark.parametrize("wrong", ["localhost", "10.0.0.0/8, 10.0.0", "1.2.3.4/40", "*"])
def test_a_proxy_that_is_no_address_is_said(wrong, monkeypatch):
    monkeypatch.setenv("LAB_PROXIES", wrong)
    with pytest.raises(SystemExit, match=r"LAB_PROXIES must list addresses or networks, such as 127.0.0.1"):
        routes.start()


def test_a_served_lab_believes_only_the_proxies_that_it_was_told_of(client, monkeypatch):
    monkeypatch.setattr(rooms, "open_room", lambda db, question, client: {"client": client})
    forged = {"x-forwarded-for": "8.8.8.8, 9.9.9.9"}

    def counted():
        return client.post("gradio_api/class/open_room", json={"lesson": "over"}, headers=forged).json()

    assert counted() == {"client": "127.0.0.1"}
    monkeypatch.setenv("LAB_PROXIES", "127.0.0.0/8")
    assert counted() == {"client": "9.9.9.9"}


def test_what_can_be_tried_again_says_so_by_its_status(client, monkeypatch):
    def busy(*_):
        raise Later(rooms.LOCKED)

    monkeypatch.setattr(rooms, "look", busy)
    answer = client.post("gradio_api/class/look", json={"code": "ABCDE", "voter": VOTERS[0]})
    assert (answer.status_code, answer.json()) == (503, {"error": rooms.LOCKED})


def test_votes_wait_for_no_qr_code(client, url, monkeypatch):
    own = ask(client, "open_room", lesson="over")
    drawing = threading.Event()

    def slow(link):
        assert drawing.wait(60)
        return "<svg/>"

    monkeypatch.setattr(export, "qr_svg", slow)
    with ThreadPoolExecutor(40) as pool, httpx.Client(base_url=url, timeout=60) as other:
        drawn = [pool.submit(ask, client, "invitation", **own, base=f"http://lab/{i}/") for i in range(40)]
        try:
            assert ask(other, "look", code=own["code"], voter=VOTERS[0])["phase"] == "ready"
            assert not any(one.done() for one in drawn)
        finally:
            drawing.set()
        assert [one.result()["qr"] for one in drawn] == ["<svg/>"] * 40


@pytest.mark.parametrize(
    "base", ["javascript:alert(1)//", "lab", "http://a b/", "https://lab/?x=1", "http://" + "a" * 294]
)
def test_an_invitation_leads_to_an_address_of_bounded_length(client, base):
    assert "does not understand" in ask(client, "invitation", code="ABCDE", secret="x", base=base)["error"]
