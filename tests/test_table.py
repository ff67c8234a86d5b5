"""A table as a file: what is written can be read, what is read is bounded, and nothing else is replaced."""

import json
import os
import socket
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

import bigram
from bigram.scale.table import LARGEST_FILE, LONGEST_SOURCE, add, load_table, read_table, save_table

VOCAB = bigram.Vocab(".ab")
N = torch.tensor([[0, 2, 1], [2, 0, 1], [1, 1, 0]])
METADATA = {"vocabulary": ".ab", "order": "2"}
NO_TABLE = r"^This is no table of counts\. Make one with python -m bigram\.corpus\.$"


@pytest.fixture(params=["text", "empty", "named pipe", "device", "socket", "folder", "weights of the lab"])
def other(request, tmp_path):
    """Something at a path that is no table of counts, made by this test."""
    path, keep = tmp_path / "other", []
    if request.param in ("text", "empty"):
        path.write_text("emma\n" if request.param == "text" else "")
    elif request.param == "named pipe":
        os.mkfifo(path)
    elif request.param == "device":
        keep = os.openpty()
        path.symlink_to(os.ttyname(keep[1]))
    elif request.param == "socket":
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.close()
    elif request.param == "folder":
        path.mkdir()
    else:
        path.write_bytes(save({"N": N, "W": torch.zeros(3, 3)}, METADATA))
    yield path
    for file in keep:
        os.close(file)


def identity(path: Path) -> tuple:
    """What would change if something else stood at a path. The time of the last reading may change."""
    found = os.lstat(path)
    return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns


def test_only_a_table_is_replaced(other, tmp_path):
    before = identity(other)
    with pytest.raises(ValueError, match=r"other (exists and holds something else|is a folder|is no regular file)"):
        save_table(other, N, VOCAB, 2)
    assert identity(other) == before
    assert [*tmp_path.iterdir()] == [other]  # nothing unfinished stays


def test_a_table_is_replaced(tmp_path):
    for counts in (N, 2 * N):
        save_table(tmp_path / "table", counts, VOCAB, 2)
        assert load_table(tmp_path / "table")[0].equal(counts)
    assert len([*tmp_path.iterdir()]) == 1


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(file):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        save_table(tmp_path / "table", N, VOCAB, 2)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("kind", ["named pipe", "device", "too large"])
def test_only_a_regular_file_of_a_size_that_a_table_has_is_read(kind, tmp_path):
    path, terminal = tmp_path / "table", os.openpty()
    if kind == "named pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to(os.ttyname(terminal[1]))
    else:
        with open(path, "wb") as file:
            file.truncate(LARGEST_FILE + 1)  # a hole: no bytes on the disk
    with pytest.raises(
        ValueError, match=r"table could not be read\. It (is no regular file|has 35,\d+,\d+ bytes; a t)"
    ):
        load_table(path)
    for file in terminal:
        os.close(file)


@pytest.mark.parametrize("first", [0x4E00, 0x1F300])
def test_the_largest_vocabulary_fits(first, tmp_path):
    vocab = bigram.Vocab("." + "".join(map(chr, range(first, first + 2047))))
    save_table(tmp_path / "table", torch.eye(2048, dtype=torch.int64), vocab, 2, "名" * 500)
    assert load_table(tmp_path / "table")[1] == vocab


def file_of(header: bytes | dict, body: bytes = N.numpy().tobytes()) -> bytes:
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(header).to_bytes(8, "little") + header + body


COUNTS = {"N": {"dtype": "I64", "shape": [3, 3], "data_offsets": [0, 72]}, "__metadata__": METADATA}
NOTHING = {"dtype": "I64", "shape": [0], "data_offsets": [72, 72]}


def test_a_file_by_hand_is_a_table():
    assert read_table(file_of(COUNTS))[0].equal(N)


def test_a_table_of_an_earlier_version_names_many_files():
    names = " ".join(f"texts/name-{i}.txt" for i in range(100_000))[: 2**21]
    _, _, _, source = read_table(file_of(COUNTS | {"__metadata__": METADATA | {"source": names}}))
    assert source == names[: LONGEST_SOURCE - 1] + "…"


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"emma",
        b"\xff" * 100,
        file_of(COUNTS)[:-1],
        file_of(COUNTS) + b"more",
        file_of(b"[" * 90_000),
        file_of(b"\xff"),
        file_of([]),
        file_of({}),
        file_of({"N": 1}),
        file_of(COUNTS | {"__metadata__": []}),
        file_of(COUNTS | {"__metadata__": METADATA | {"source": 5}}),
        file_of(COUNTS | {"__metadata__": METADATA | {"order": "2.5"}}),
        file_of(COUNTS | {"__metadata__": METADATA | {"vocabulary": ".a\ud800"}}),
        file_of(COUNTS | {"M": NOTHING}),
        file_of(COUNTS | {"W": NOTHING}),
        file_of(COUNTS | {"N": COUNTS["N"] | {"dtype": "F64"}}),
        file_of(COUNTS | {"N": COUNTS["N"] | {"dtype": "F4"}}),
        file_of(COUNTS | {"N": COUNTS["N"] | {"shape": [9]}}),
        save({"N": N - 1}, METADATA),
        save({"N": N * 2**52}, METADATA),
    ],
    ids=lambda file: f"{len(file)} bytes",
)
def test_another_file_is_a_sentence(file):
    with pytest.raises(ValueError, match=NO_TABLE):
        read_table(file)


@pytest.mark.parametrize(
    "header",
    [
        COUNTS | {f"t{i}": NOTHING for i in range(150_000)},
        COUNTS | {f"t{i}": NOTHING for i in range(1_000)},
        COUNTS | {"__metadata__": METADATA | {"source": "x" * 9_000_000}},
    ],
    ids=["many tensors", "some tensors", "a long source"],
)
def test_a_header_that_no_table_has_is_refused_before_the_library_reads_it(header, monkeypatch):
    file = file_of(header)
    monkeypatch.setattr(safetensors.torch, "load", lambda file: pytest.fail("the library read it"))
    with pytest.raises(ValueError, match=NO_TABLE):
        read_table(file)


@given(st.text(max_size=LONGEST_SOURCE * 2))
def test_what_a_table_says_of_itself_is_one_short_line_without_orders_to_a_terminal(source):
    source = source.encode("utf-8", "replace").decode()
    _, _, _, read = read_table(save({"N": N}, METADATA | {"source": source}))
    assert len(read) <= LONGEST_SOURCE
    assert read.isprintable() or not {*read} & {*map(chr, [*range(32), 127, *range(128, 160), *range(0x202A, 0x202F)])}
    if source.isprintable() and len(source) <= LONGEST_SOURCE:
        assert read == source


def test_a_source_is_bounded_where_it_is_written(tmp_path):
    save_table(tmp_path / "table", N, VOCAB, 2, "\x1b[2J" + "x" * 10_000)
    assert (tmp_path / "table").stat().st_size < 1_000
    assert load_table(tmp_path / "table")[3].startswith(r"\x1b[2Jxxx")


HALF = torch.zeros(3, 3, dtype=torch.int64)
HALF[0, 1] = 2**52


def test_the_largest_number_of_counts_is_written_and_read(tmp_path):
    largest = 2 * HALF
    largest[0, 1] -= 1
    save_table(tmp_path / "table", largest, VOCAB, 2)
    assert load_table(tmp_path / "table")[0].equal(largest)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (2 * HALF, r"^These are 9\.01e\+15 counts; a table holds fewer than 2\*\*53\. "),
        (torch.full((3, 3), 2**62), r"^These are 4\.15e\+19 counts; "),  # more than int64 holds
        (N - 1, r"^A table of counts is int64"),
        (N.double(), r"^A table of counts is int64"),
        (N[1:], r"^A table of counts is int64"),
    ],
)
def test_what_cannot_be_read_is_not_written(counts, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence):
        save_table(tmp_path / "table", counts, VOCAB, 2)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("times", [2, 3, 2**12])
def test_a_sum_is_refused_before_it_wraps(times):
    with pytest.raises(ValueError, match=r"^These are 9\.01e\+15 counts; a table holds fewer than 2\*\*53\. "):
        add([(HALF, VOCAB)] * times)


def test_half_a_character_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"^The vocabulary holds half a character"):
        save_table(tmp_path / "table", torch.eye(2, dtype=torch.int64), bigram.Vocab(".\ud800"), 2)
