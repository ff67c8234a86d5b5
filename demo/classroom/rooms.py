"""Rooms in which a class votes: plain functions on one SQLite file, which a server that restarts continues with.

Students know the code of a room. Its host knows a secret besides, of which the file holds a hash. Nobody has a name:
a vote belongs to a random number that the student's browser keeps, and the file holds a hash of it that differs from
room to room. A tally leaves the file after its host has shown it, the right answer after its host has asked for it.

No gradio. Each function is one transaction. ValueError: a sentence that says what is wrong and what to do; `Later`:
trying again helps. `client` is the address that asks, for the limits; None for calls of this program, which have none.
"""

import csv
import hashlib
import hmac
import io
import json
import secrets
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from demo.takeaway.cells import inert

LETTERS = "BCDFGHJKMNPQRSTVWXZ"  # none that is taken for another or for a digit, and no words by chance
CODE = 5  # letters of a code
DAY = LIFE = 86_400.0  # seconds; a room ends after a day
MOST_ROOMS = 2_000  # at one time
MOST_OF_A_CLIENT = 60  # rooms that one address opens in an hour: all teachers of a school may share it
MOST_VOTERS = 10_000  # in a round
UNUSED = 600.0  # seconds after which a room without a vote makes way, when all rooms are taken
GRACE = 3600.0  # seconds that a room has at least after a server starts, whose clock may have been set meanwhile
# Of one address in a room: 400 new voters at once and 5 more each second. So 600 students who press together have all
# voted after 40 s, since their pages try again. One student with a program has 515 voters after 23 s, not 10,000.
NEW_AT_ONCE, NEW_A_SECOND = 400, 5.0
# Of one address: 60 wrong codes at once, and one more every 2 s. There are 19⁵ = 2,476,099 codes. With 2,000 rooms one
# in 1,238 is a room's: the first is found after 39 minutes, a certain room after 29 days on average.
WRONG_AT_ONCE, WRONG_A_SECOND = 60, 0.5
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
MARK = int.from_bytes(b"BiR2")  # what a file of this schema says of itself: another schema needs another mark
SCHEMA = """
CREATE TABLE IF NOT EXISTS rooms (
    code TEXT PRIMARY KEY, host BLOB, client BLOB, opened REAL, ends REAL, number INTEGER, phase TEXT
);
CREATE TABLE IF NOT EXISTS questions (
    code TEXT REFERENCES rooms ON DELETE CASCADE, number INTEGER,
    lesson TEXT, text TEXT, choices TEXT, answer INTEGER, PRIMARY KEY (code, number)
);
CREATE TABLE IF NOT EXISTS votes (
    code TEXT REFERENCES rooms ON DELETE CASCADE, number INTEGER, round INTEGER, voter BLOB, choice INTEGER,
    PRIMARY KEY (code, number, round, voter)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS visits ( -- addresses that know a room, and how many new voters each may still bring
    code TEXT REFERENCES rooms ON DELETE CASCADE, client BLOB, tokens REAL, at REAL, held INTEGER,
    PRIMARY KEY (code, client)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS guesses ( -- the wrong codes that each address may still try
    client BLOB PRIMARY KEY, tokens REAL, at REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (day INTEGER, key BLOB)
"""
PLACE = """
SELECT number, phase FROM rooms WHERE code = ?1 AND ends > ?2
AND EXISTS (SELECT 1 FROM visits WHERE visits.code = ?1 AND visits.client = ?3)
"""
NO_ROOM = "There is no room {code} now. Either the class has ended or the code is wrong: look at the board."
NO_HOST = "This page is not the host of this room. Open the link of its host, or open a new room."
FULL = "The lab has no space for more rooms and votes now. End a room that you no longer need."
LOCKED = "The rooms of the lab are busy at the moment. This page tries again by itself."
BROKEN = "The lab cannot read or write its rooms now. Vote by hand, and tell the person who runs the lab."
GUESSED = "Your network has tried many wrong codes. This page tries again by itself: look at the board meanwhile."
HELD = "Many new voters came from your network at once. Your vote waits a moment: this page sends it again by itself."
PATIENCE = 1.0  # seconds to wait for a file that another process has locked, and then until it is tried again
SILENCE = 600.0  # seconds until the log tells the same trouble again
START = time.time() - time.monotonic()


def clock() -> float:
    """Seconds since 1970, as at the start of this process and steady since: a clock that is set ends no room."""
    return START + time.monotonic()


class Refused(ValueError):
    """A sentence that says why not. What was counted for it stays in the file."""


class Later(Refused):
    """Trying again helps."""


TROUBLES = {  # of the file: what is said, and whether trying again helps
    sqlite3.SQLITE_BUSY: (Later, LOCKED),
    sqlite3.SQLITE_LOCKED: (Later, LOCKED),
    sqlite3.SQLITE_FULL: (Later, FULL),
    sqlite3.SQLITE_IOERR: (Later, BROKEN),
    sqlite3.SQLITE_PERM: (ValueError, BROKEN),
    sqlite3.SQLITE_READONLY: (ValueError, BROKEN),
    sqlite3.SQLITE_CANTOPEN: (ValueError, BROKEN),
    sqlite3.SQLITE_CORRUPT: (ValueError, BROKEN),
    sqlite3.SQLITE_NOTADB: (ValueError, BROKEN),
}


class File(sqlite3.Connection):
    """The file of all rooms, for one transaction at a time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lock = threading.Lock()
        self.rests = 0.0  # until then nobody waits for a file that was found locked
        self.logged: dict[int, float] = {}  # when each kind of trouble was last told


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


def connect(path: str | Path) -> File:
    """The file of all rooms, made where it is not there, and tried. What is committed outlives the process.

    sqlite3.Error, ValueError: the file cannot be read or written, or it is no file of rooms.
    """
    db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, factory=File)
    try:
        db.row_factory = sqlite3.Row
        found = "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
        mark, tables = db.execute(found).fetchone()
        if mark != MARK and (mark or tables):
            raise ValueError("it holds something else than the rooms of this version of the lab")
        if (damage := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise ValueError(f"it is damaged ({damage.splitlines()[-1]})")
        write_ahead(db)
        db.execute("PRAGMA synchronous = NORMAL")  # a killed process loses nothing; a power cut, the last votes
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")  # a key that is deleted is overwritten
        db.execute(f"PRAGMA max_page_count = {MOST_PAGES}")
        db.execute("BEGIN IMMEDIATE")
        for table in SCHEMA.split(";"):
            db.execute(table)
        db.execute(f"PRAGMA application_id = {MARK}")
        now = clock()  # the clock may have been set since the last server wrote
        db.execute("UPDATE rooms SET ends = max(ends, ?) WHERE opened > ?", (now + GRACE, now - 2 * LIFE))
        db.execute("UPDATE rooms SET ends = min(ends, ?)", (now + LIFE,))
        db.execute("DELETE FROM rooms WHERE ends <= ?", (now,))
        db.execute("UPDATE visits SET at = min(at, ?)", (now,))
        db.execute("UPDATE guesses SET at = min(at, ?)", (now,))
        db.execute("DELETE FROM keys WHERE day > ?", (now // DAY,))
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def write_ahead(db: File) -> None:
    """Turn on the write-ahead log. SQLite does not wait here where another process is turning it on."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


@contextmanager
def transaction(db: File) -> Iterator[None]:
    """All or nothing, one at a time. Later, ValueError: a sentence where the file does not take it."""
    with db.lock:
        if time.monotonic() < db.rests:  # else each waits as long as the first, and so do the threads of others
            raise Later(LOCKED)
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except Refused:
                db.execute("COMMIT")
                raise
            db.execute("COMMIT")
        except BaseException as error:
            trouble = told(db, error) if isinstance(error, sqlite3.Error) else None
            if db.in_transaction:  # SQLite itself undoes one for which there is no space
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
            if trouble:
                raise trouble from None
            raise


def told(db: File, error: sqlite3.Error) -> ValueError | None:
    """The sentence for trouble with the file, which the log tells once in a while; None for a mistake of the lab."""
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without its details
    if kind not in TROUBLES:
        return None
    now = time.monotonic()
    if now > db.logged.get(kind, -SILENCE) + SILENCE:
        db.logged[kind] = now
        print(f"The file of the rooms: {error}.", file=sys.stderr, flush=True)
    if kind == sqlite3.SQLITE_BUSY:
        db.rests = now + PATIENCE
    refusal, sentence = TROUBLES[kind]
    return refusal(sentence)


# Students.


def look(db: File, code: str, voter: str, client: str | None = None) -> dict[str, Any]:
    """What a student's page shows: the question, how far the class is, and the student's own votes."""
    with transaction(db):
        return _seen(db, _room(db, code, _mark_of(db, client)), voter)


def place(db: File, code: str, client: str | None = None) -> dict[str, Any]:
    """How far a class is: the number of its question, and the phase. Pages ask for it again and again.

    So it only reads, as long as the address of the page knows the room.
    """
    found = None
    with db.lock, suppress(sqlite3.Error):  # what troubles the file is said below
        found = db.execute(PLACE, (code.strip().upper(), clock(), _mark_of_today(db, client))).fetchone()
    if found is None:
        with transaction(db):
            found = _room(db, code, _mark_of(db, client))
    return {"number": found["number"], "phase": found["phase"]}


def vote(
    db: File, code: str, voter: str, number: int, round: int, choice: int, client: str | None = None
) -> dict[str, Any]:
    """Vote in a round of question `number`, or change the vote while the round is open. Returns what `look` does.

    Where the round is not open, the vote is refused by a sentence ("error"), and the page learns how far the class is.
    """
    with transaction(db):
        own = _mark_of(db, client)
        room = _room(db, code, own)
        if (number, f"round {round}") != (room["number"], room["phase"]):
            return _seen(db, room, voter) | {"error": "This round is not open. Your vote was not counted."}
        if not 0 <= choice < len(_question(db, room).choices):
            raise ValueError("There is no such choice. Choose one of the list.")
        key, mark = (room["code"], number, round), _mark(room, voter)
        known = db.execute("SELECT 1 FROM votes WHERE (code, number, round, voter) = (?, ?, ?, ?)", (*key, mark))
        if not known.fetchone():
            if _votes(db, room)[round - 1] >= MOST_VOTERS:
                raise ValueError(f"{MOST_VOTERS:,} have voted in this round. The room is full.")
            if own and not _voted(db, room, mark):
                _admit(db, room, own)
        db.execute("INSERT OR REPLACE INTO votes VALUES (?, ?, ?, ?, ?)", (*key, mark, choice))
        return _seen(db, room, voter)


# The host.


def open_room(db: File, question: Question, client: str) -> dict[str, Any]:
    """A new room. Returns its code and its host's secret. When all are taken, the oldest without a vote makes way."""
    secret = secrets.token_urlsafe(16)
    with transaction(db):
        now, mark = clock(), _mark_of(db, client)
        db.execute("DELETE FROM rooms WHERE ends <= ?", (now,))
        own = db.execute("SELECT count(*) FROM rooms WHERE client = ? AND abs(opened - ?) < 3600", (mark, now))
        if own.fetchone()[0] >= MOST_OF_A_CLIENT:
            raise ValueError(
                f"Your network has opened {MOST_OF_A_CLIENT} rooms within an hour. Use a room that you have, or wait."
            )
        if db.execute("SELECT count(*) FROM rooms").fetchone()[0] >= MOST_ROOMS:
            unused = db.execute(
                "SELECT code FROM rooms WHERE opened < ? AND NOT EXISTS (SELECT 1 FROM votes WHERE code = rooms.code) "
                "ORDER BY opened LIMIT 1",
                (now - UNUSED,),
            ).fetchone()
            if unused is None:
                raise ValueError(f"The lab holds {MOST_ROOMS:,} rooms, and all are taken. Try again later today.")
            db.execute("DELETE FROM rooms WHERE code = ?", tuple(unused))
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
        while db.execute("SELECT 1 FROM rooms WHERE code = ?", (code,)).fetchone():
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
        values = (code, _hash(secret), mark, now, now + LIFE)
        db.execute("INSERT INTO rooms VALUES (?, ?, ?, ?, ?, 1, 'ready')", values)
        _ask(db, code, 1, question)
        _visit(db, code, mark)
    return {"code": code, "secret": secret}


def host(db: File, code: str, secret: str, client: str | None = None) -> dict[str, Any]:
    """What the host's page shows: the question, the phase, what the host can do now, how many have voted."""
    with transaction(db):
        return _hosted(db, _own(db, code, secret, client))


def act(
    db: File,
    code: str,
    secret: str,
    act: str,
    number: int | None = None,
    phase: str | None = None,
    client: str | None = None,
) -> dict[str, Any]:
    """One act of the host (`ACTS`). The same act once more changes nothing: its answer may have been lost.

    `number`, `phase`: the question and the phase that the host saw when he acted. Where the class is no longer there,
    the act has come late, or twice, and changes nothing.
    """
    with transaction(db):
        room = _own(db, code, secret, client)
        if number not in (None, room["number"]) or phase not in (None, room["phase"]):
            return _hosted(db, room)
        phases = ACTS.get(act, {})
        if room["phase"] not in (*phases, *phases.values()):
            raise ValueError(f"“{act[:40]}” is not possible now. The class is at “{room['phase']}”.")
        after = phases.get(room["phase"], room["phase"])
        db.execute("UPDATE rooms SET phase = ? WHERE code = ?", (after, room["code"]))
        return _hosted(db, dict(room) | {"phase": after})


def ask_next(
    db: File, code: str, secret: str, question: Question, after: int, client: str | None = None
) -> dict[str, Any]:
    """The question that follows number `after`; once more changes nothing. The votes on the ones before stay."""
    with transaction(db):
        room = _own(db, code, secret, client)
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
        return _hosted(db, dict(room) | {"number": number, "phase": "ready"})


def end(db: File, code: str, secret: str, client: str | None = None) -> dict[str, Any]:
    """Remove a room with all that it holds."""
    with transaction(db):
        db.execute("DELETE FROM rooms WHERE code = ?", (_own(db, code, secret, client)["code"],))
    return {}


def counts(db: File, code: str, secret: str, client: str | None = None) -> dict[str, Any]:
    """A CSV of the counts per choice and round of all questions whose tally was shown, or that are over."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["number", "question", "choice", "round 1", "round 2"])
    with transaction(db):
        room = _own(db, code, secret, client)
        for number in range(1, room["number"] + (room["phase"] in ("shown", "answer"))):
            earlier = dict(room) | {"number": number}
            question = _question(db, earlier)
            for choice, votes in zip(question.choices, zip(*_tally(db, earlier, len(question.choices)))):
                table.writerow([number, inert(question.text), inert(choice), *votes])
    return {"csv": out.getvalue()}


# Within a transaction.


@overload
def _mark_of(db: File, client: str) -> bytes: ...
@overload
def _mark_of(db: File, client: None) -> None: ...
@overload
def _mark_of(db: File, client: str | None) -> bytes | None: ...
def _mark_of(db: File, client: str | None) -> bytes | None:
    """An address as it is kept: a hash with the key of the day, which all processes on the file share.

    The key lies beside its hashes. So who copies the file can find the addresses of the same day by trying all that
    there are. The next day the key is deleted, with all that was counted by it, and then nobody can.
    """
    if client is None:
        return None
    mark = _mark_of_today(db, client)
    if mark is None:
        for table in ("keys", "visits", "guesses"):
            db.execute(f"DELETE FROM {table}")
        db.execute("INSERT INTO keys VALUES (?, ?)", (clock() // DAY, secrets.token_bytes(32)))
        mark = _mark_of_today(db, client)
    return mark


def _mark_of_today(db: File, client: str | None) -> bytes | None:
    """The same, None where the day has no key yet."""
    found = db.execute("SELECT key FROM keys WHERE day >= ?", (clock() // DAY,)).fetchone()
    if client is None or found is None:
        return None
    return hashlib.blake2b(client.encode(), key=found["key"], digest_size=16).digest()


def _room(db: File, code: str, client: bytes | None) -> sqlite3.Row:
    """The room of a code. Later: its address has tried too many wrong codes, and did not know this room before.

    A right code has to wait, too: otherwise the wait would tell a guesser that the code is wrong. A
    class is not locked out, because its room is known once one of its network has opened or found it.
    """
    code, now = code.strip().upper(), clock()
    room = db.execute("SELECT * FROM rooms WHERE code = ? AND ends > ?", (code, now)).fetchone()
    known = room and db.execute("SELECT 1 FROM visits WHERE (code, client) = (?, ?)", (code, client)).fetchone()
    if client and not known:
        found = db.execute("SELECT tokens, at FROM guesses WHERE client = ?", (client,)).fetchone()
        tokens = _tokens(found, WRONG_AT_ONCE, WRONG_A_SECOND)
        if tokens < 1:
            raise Later(GUESSED)
        if room:
            _visit(db, code, client)
        else:
            db.execute("DELETE FROM guesses WHERE at < ?", (now - WRONG_AT_ONCE / WRONG_A_SECOND,))  # full again
            db.execute("INSERT OR REPLACE INTO guesses VALUES (?, ?, ?)", (client, tokens - 1, now))
    if room is None:
        raise Refused(NO_ROOM.format(code=code[:10]))
    return room


def _visit(db: File, code: str, client: bytes) -> None:
    """From now on this address knows the room."""
    db.execute("INSERT OR IGNORE INTO visits VALUES (?, ?, ?, ?, NULL)", (code, client, NEW_AT_ONCE, clock()))


def _voted(db: File, room: sqlite3.Row, voter: bytes) -> bool:
    """Whether a voter has voted on the question of the room, or on the one before."""
    votes = "SELECT 1 FROM votes WHERE code = ? AND number IN (?, ?) AND round IN (1, 2) AND voter = ?"
    return bool(db.execute(votes, (room["code"], room["number"], room["number"] - 1, voter)).fetchone())


def _admit(db: File, room: sqlite3.Row, client: bytes) -> None:
    """One new voter of this address. Later: too many have come, which the host's page shows."""
    key = (room["code"], client)
    found = db.execute("SELECT tokens, at FROM visits WHERE (code, client) = (?, ?)", key).fetchone()
    tokens = _tokens(found, NEW_AT_ONCE, NEW_A_SECOND)
    if tokens < 1:
        db.execute("UPDATE visits SET held = ? WHERE (code, client) = (?, ?)", (room["number"], *key))
        raise Later(HELD)
    db.execute("UPDATE visits SET tokens = ?, at = ? WHERE (code, client) = (?, ?)", (tokens - 1, clock(), *key))


def _tokens(found: sqlite3.Row | None, most: float, a_second: float) -> float:
    """What is left of a number that grows again by `a_second`, and never above `most`: a token bucket."""
    return most if found is None else min(most, found["tokens"] + a_second * max(0.0, clock() - found["at"]))


def _own(db: File, code: str, secret: str, client: str | None) -> sqlite3.Row:
    room = _room(db, code, _mark_of(db, client))
    if not hmac.compare_digest(room["host"], _hash(secret)):
        raise ValueError(NO_HOST)
    return room


def _ask(db: File, code: str, number: int, question: Question) -> None:
    values = (code, number, question.lesson, question.text, json.dumps(question.choices), question.answer)
    db.execute("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?)", values)


def _question(db: File, room: Any) -> Question:
    key = (room["code"], room["number"])
    row = db.execute("SELECT * FROM questions WHERE (code, number) = (?, ?)", key).fetchone()
    return Question(row["text"], tuple(json.loads(row["choices"])), row["answer"], row["lesson"])


def _votes(db: File, room: Any) -> list[int]:
    """How many have voted on the question of a room, in each round."""
    key = (room["code"], room["number"])
    count = "SELECT count(*) FROM votes WHERE (code, number, round) = (?, ?, ?)"
    return [db.execute(count, (*key, round)).fetchone()[0] for round in (1, 2)]


def _tally(db: File, room: Any, choices: int) -> list[list[int]]:
    """The votes on each choice, in each round."""
    tally = [[0] * choices for _ in range(2)]
    count = "SELECT round, choice, count(*) FROM votes WHERE (code, number) = (?, ?) GROUP BY round, choice"
    for round, choice, votes in db.execute(count, (room["code"], room["number"])):
        tally[round - 1][choice] = votes
    return tally


def _shared(db: File, room: Any) -> dict[str, Any]:
    """What all may see of a room: the tally once it is shown, the right answer once it is asked for."""
    question, phase = _question(db, room), room["phase"]
    shown = phase in ("shown", "answer")
    return {
        **{"code": room["code"], "number": room["number"], "phase": phase, "round": ROUND[phase]},
        **{"question": question.text, "choices": question.choices},
        "tally": _tally(db, room, len(question.choices)) if shown else None,
        "answer": question.answer if phase == "answer" else None,
    }


def _seen(db: File, room: Any, voter: str) -> dict[str, Any]:
    key = (room["code"], room["number"], _mark(room, voter))
    own = "SELECT round, choice FROM votes WHERE (code, number, voter) = (?, ?, ?) AND round IN (1, 2)"
    votes = dict(map(tuple, db.execute(own, key)))
    return _shared(db, room) | {"mine": [votes.get(1), votes.get(2)]}


def _hosted(db: File, room: Any) -> dict[str, Any]:
    held = "SELECT 1 FROM visits WHERE (code, held) = (?, ?)"  # new voters of this question, of one address
    return _shared(db, room) | {
        "lesson": _question(db, room).lesson,
        "acts": [act for act, phases in ACTS.items() if room["phase"] in phases],
        "votes": _votes(db, room),
        "crowd": db.execute(held, (room["code"], room["number"])).fetchone() is not None,
    }


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _mark(room: Any, voter: str) -> bytes:
    """A voter in this room: the same browser has another mark in another room."""
    return hashlib.sha256(f"{room['code']} {room['opened']} {voter}".encode()).digest()[:16]
