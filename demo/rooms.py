"""Rooms in which a class votes: plain functions on one SQLite file, so that a server that is killed goes on after it.

Students know the code of a room. Its host knows a secret besides, of which the file holds a hash. Nobody has a name:
a vote belongs to a random number that the student's browser keeps, and the file holds a hash of it that differs from
room to room. A tally leaves the file after its host has shown it, the right answer after its host has asked for it.

No gradio. Each function is one transaction. ValueError: a sentence that says what is wrong and what to do.
"""

import csv
import hashlib
import hmac
import io
import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cells import inert

LETTERS = "BCDFGHJKMNPQRSTVWXZ"  # none that is taken for another or for a digit, and no words by chance
CODE = 5  # letters of a code
LIFE = 86_400.0  # seconds until a room ends
MOST_ROOMS = 2_000  # at one time
MOST_OF_A_CLIENT = 60  # rooms that one address opens in an hour: all teachers of a school may share it
MOST_VOTERS = 10_000  # in a round
MOST_QUESTIONS = 50  # in a room
MOST_PAGES = 2**16  # of 4 KiB: the file never takes more than 256 MiB
LONGEST_QUESTION, LONGEST_CHOICE, MOST_CHOICES = 600, 200, 6

ROUND = {  # phase: the round that it belongs to
    **{"ready": 0, "round 1": 1, "pause 1": 1, "closed 1": 1, "discuss": 1},
    **{"round 2": 2, "pause 2": 2, "closed 2": 2, "shown": 2, "answer": 2},
}
ACTS = {  # what a host can do: from which phase to which
    "open round 1": {"ready": "round 1"},
    "pause": {"round 1": "pause 1", "round 2": "pause 2"},
    "go on": {"pause 1": "round 1", "pause 2": "round 2"},
    "close": {"round 1": "closed 1", "pause 1": "closed 1", "round 2": "closed 2", "pause 2": "closed 2"},
    "discuss": {"closed 1": "discuss"},
    "open round 2": {"closed 1": "round 2", "discuss": "round 2"},
    "show": {"closed 1": "shown", "discuss": "shown", "closed 2": "shown"},
    "answer": {"shown": "answer"},
}
SCHEMA = """
CREATE TABLE IF NOT EXISTS rooms (
    code TEXT PRIMARY KEY, host BLOB, client BLOB, opened REAL, number INTEGER, phase TEXT
);
CREATE TABLE IF NOT EXISTS questions (
    code TEXT REFERENCES rooms ON DELETE CASCADE, number INTEGER,
    lesson TEXT, text TEXT, choices TEXT, answer INTEGER, PRIMARY KEY (code, number)
);
CREATE TABLE IF NOT EXISTS votes (
    code TEXT REFERENCES rooms ON DELETE CASCADE, number INTEGER, round INTEGER, voter BLOB, choice INTEGER,
    PRIMARY KEY (code, number, round, voter)
) WITHOUT ROWID;
"""
NO_ROOM = "There is no room {code} now. Either the class has ended or the code is wrong: look at the board."
NO_HOST = "This page is not the host of this room. Open the link of its host, or open a new room."
FULL = "The lab has no space for more rooms and votes now. End a room that you no longer need."
LOCK = threading.Lock()
KEY = secrets.token_bytes(32)  # addresses are kept as hashes that nobody can undo once this process has ended
clock = time.time


@dataclass(frozen=True)
class Question:
    """What a class is asked. `answer` is the index of the right choice, None where there is none."""

    text: str
    choices: tuple[str, ...]
    answer: int | None = None
    lesson: str = ""  # the key of the lesson that it comes from, or its link

    def __post_init__(self) -> None:
        if not 0 < len(self.text.strip()) <= LONGEST_QUESTION:
            raise ValueError(f"A question has 1 to {LONGEST_QUESTION} characters; this one has {len(self.text):,}.")
        if not 2 <= len(self.choices) <= MOST_CHOICES:
            raise ValueError(f"A question has 2 to {MOST_CHOICES} choices; this one has {len(self.choices):,}.")
        if not all(0 < len(choice.strip()) <= LONGEST_CHOICE for choice in self.choices):
            raise ValueError(f"Each choice has 1 to {LONGEST_CHOICE} characters. Make it shorter, or fill it in.")
        if self.answer is not None and not 0 <= self.answer < len(self.choices):
            raise ValueError("The right answer must be one of the choices.")


def connect(path: str | Path) -> sqlite3.Connection:
    """The file of all rooms, made where it is not there. What is committed outlives the process."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing; a power cut may lose the last votes
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA max_page_count = {MOST_PAGES}")
    db.executescript(SCHEMA)
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    with LOCK:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException as error:
            if db.in_transaction:  # SQLite itself undoes one for which there is no space
                db.execute("ROLLBACK")
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise ValueError(FULL) from None
            raise
        db.execute("COMMIT")


# Students.


def look(db: sqlite3.Connection, code: str, voter: str) -> dict[str, Any]:
    """What a student's page shows: the question, how far the class is, and the student's own votes."""
    with transaction(db):
        return _seen(db, _room(db, code), voter)


def vote(db: sqlite3.Connection, code: str, voter: str, number: int, round: int, choice: int) -> dict[str, Any]:
    """Vote in a round of question `number`, or change the vote while the round is open. Returns what `look` does.

    Where the round is not open, the vote is refused by a sentence ("error"), and the page learns how far the class is.
    """
    with transaction(db):
        room = _room(db, code)
        if (number, f"round {round}") != (room["number"], room["phase"]):
            return _seen(db, room, voter) | {"error": "This round is not open. Your vote was not counted."}
        if not 0 <= choice < len(_question(db, room).choices):
            raise ValueError("There is no such choice. Choose one of the list.")
        key, mark = (room["code"], number, round), _mark(room, voter)
        known = db.execute("SELECT 1 FROM votes WHERE (code, number, round, voter) = (?, ?, ?, ?)", (*key, mark))
        if not known.fetchone() and _votes(db, room)[round - 1] >= MOST_VOTERS:
            raise ValueError(f"{MOST_VOTERS:,} have voted in this round. The room is full.")
        db.execute("INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?)", (*key, mark, choice))
        return _seen(db, room, voter)


# The host.


def open_room(db: sqlite3.Connection, question: Question, client: str) -> dict[str, Any]:
    """A new room. Returns its code and its host's secret. `client`: the address that asks."""
    mark = hashlib.blake2b(client.encode(), key=KEY, digest_size=16).digest()
    secret = secrets.token_urlsafe(16)
    with transaction(db):
        now = clock()
        db.execute("DELETE FROM rooms WHERE opened <= ?", (now - LIFE,))
        own = db.execute("SELECT count(*) FROM rooms WHERE client = ? AND opened > ?", (mark, now - 3600))
        if own.fetchone()[0] >= MOST_OF_A_CLIENT:
            raise ValueError(
                f"Your network has opened {MOST_OF_A_CLIENT} rooms within an hour. Use a room that you have, or wait."
            )
        if db.execute("SELECT count(*) FROM rooms").fetchone()[0] >= MOST_ROOMS:
            raise ValueError(f"The lab holds {MOST_ROOMS:,} rooms, and all are taken. Try again later today.")
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
        while db.execute("SELECT 1 FROM rooms WHERE code = ?", (code,)).fetchone():
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
        db.execute("INSERT INTO rooms VALUES (?, ?, ?, ?, 1, 'ready')", (code, _hash(secret), mark, now))
        _ask(db, code, 1, question)
    return {"code": code, "secret": secret}


def host(db: sqlite3.Connection, code: str, secret: str) -> dict[str, Any]:
    """What the host's page shows: the question, the phase, what the host can do now, how many have voted."""
    with transaction(db):
        return _hosted(db, _own(db, code, secret))


def act(db: sqlite3.Connection, code: str, secret: str, act: str) -> dict[str, Any]:
    """One act of the host (`ACTS`). The same act once more changes nothing: its answer may have been lost."""
    with transaction(db):
        room = _own(db, code, secret)
        phases = ACTS.get(act, {})
        if room["phase"] not in (*phases, *phases.values()):
            raise ValueError(f"“{act[:40]}” is not possible now. The class is at “{room['phase']}”.")
        phase = phases.get(room["phase"], room["phase"])
        db.execute("UPDATE rooms SET phase = ? WHERE code = ?", (phase, room["code"]))
        return _hosted(db, _room(db, code))


def ask_next(db: sqlite3.Connection, code: str, secret: str, question: Question, after: int) -> dict[str, Any]:
    """The question that follows number `after`; once more changes nothing. The votes on the ones before stay."""
    with transaction(db):
        room = _own(db, code, secret)
        if room["number"] != after:
            return _hosted(db, room)
        if room["phase"].startswith(("round", "pause")):
            raise ValueError("A round is open. Close it before you ask the next question.")
        if room["phase"] not in ("ready", "shown", "answer"):
            raise ValueError(f"Question {after} is not finished. Show its votes before you ask the next question.")
        if room["number"] >= MOST_QUESTIONS:
            raise ValueError(f"A room has at most {MOST_QUESTIONS} questions. Open a new room.")
        number = room["number"] + 1
        _ask(db, room["code"], number, question)
        db.execute("UPDATE rooms SET number = ?, phase = 'ready' WHERE code = ?", (number, room["code"]))
        return _hosted(db, _room(db, code))


def end(db: sqlite3.Connection, code: str, secret: str) -> dict[str, Any]:
    """Remove a room with all that it holds."""
    with transaction(db):
        db.execute("DELETE FROM rooms WHERE code = ?", (_own(db, code, secret)["code"],))
    return {}


def counts(db: sqlite3.Connection, code: str, secret: str) -> dict[str, Any]:
    """A CSV of the counts per choice and round of all questions whose tally was shown, or that are over."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["number", "question", "choice", "round 1", "round 2"])
    with transaction(db):
        room = _own(db, code, secret)
        for number in range(1, room["number"] + (room["phase"] in ("shown", "answer"))):
            earlier = dict(room) | {"number": number}
            question = _question(db, earlier)
            for choice, votes in zip(question.choices, zip(*_tally(db, earlier, len(question.choices)))):
                table.writerow([number, inert(question.text), inert(choice), *votes])
    return {"csv": out.getvalue()}


# Within a transaction.


def _room(db: sqlite3.Connection, code: str) -> sqlite3.Row:
    found = db.execute("SELECT * FROM rooms WHERE code = ? AND opened > ?", (code.strip().upper(), clock() - LIFE))
    if (room := found.fetchone()) is None:
        raise ValueError(NO_ROOM.format(code=code.strip().upper()[:10]))
    return room


def _own(db: sqlite3.Connection, code: str, secret: str) -> sqlite3.Row:
    room = _room(db, code)
    if not hmac.compare_digest(room["host"], _hash(secret)):
        raise ValueError(NO_HOST)
    return room


def _ask(db: sqlite3.Connection, code: str, number: int, question: Question) -> None:
    values = (code, number, question.lesson, question.text, json.dumps(question.choices), question.answer)
    db.execute("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?)", values)


def _question(db: sqlite3.Connection, room: Any) -> Question:
    key = (room["code"], room["number"])
    row = db.execute("SELECT * FROM questions WHERE (code, number) = (?, ?)", key).fetchone()
    return Question(row["text"], tuple(json.loads(row["choices"])), row["answer"], row["lesson"])


def _votes(db: sqlite3.Connection, room: Any) -> list[int]:
    """How many have voted on the question of a room, in each round."""
    key = (room["code"], room["number"])
    count = "SELECT count(*) FROM votes WHERE (code, number, round) = (?, ?, ?)"
    return [db.execute(count, (*key, round)).fetchone()[0] for round in (1, 2)]


def _tally(db: sqlite3.Connection, room: Any, choices: int) -> list[list[int]]:
    """The votes on each choice, in each round."""
    tally = [[0] * choices for _ in range(2)]
    count = "SELECT round, choice, count(*) FROM votes WHERE (code, number) = (?, ?) GROUP BY round, choice"
    for round, choice, votes in db.execute(count, (room["code"], room["number"])):
        tally[round - 1][choice] = votes
    return tally


def _shared(db: sqlite3.Connection, room: sqlite3.Row) -> dict[str, Any]:
    """What all may see of a room: the tally once it is shown, the right answer once it is asked for."""
    question, phase = _question(db, room), room["phase"]
    shown = phase in ("shown", "answer")
    return {
        **{"code": room["code"], "number": room["number"], "phase": phase, "round": ROUND[phase]},
        **{"question": question.text, "choices": question.choices},
        "tally": _tally(db, room, len(question.choices)) if shown else None,
        "answer": question.answer if phase == "answer" else None,
    }


def _seen(db: sqlite3.Connection, room: sqlite3.Row, voter: str) -> dict[str, Any]:
    key = (room["code"], room["number"], _mark(room, voter))
    own = "SELECT round, choice FROM votes WHERE (code, number, voter) = (?, ?, ?) AND round IN (1, 2)"
    votes = dict(map(tuple, db.execute(own, key)))
    return _shared(db, room) | {"mine": [votes.get(1), votes.get(2)]}


def _hosted(db: sqlite3.Connection, room: sqlite3.Row) -> dict[str, Any]:
    return _shared(db, room) | {
        "lesson": _question(db, room).lesson,
        "acts": [act for act, phases in ACTS.items() if room["phase"] in phases],
        "votes": _votes(db, room),
    }


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _mark(room: Any, voter: str) -> bytes:
    """A voter in this room: the same browser has another mark in another room."""
    return hashlib.sha256(f"{room['code']} {room['opened']} {voter}".encode()).digest()[:16]
