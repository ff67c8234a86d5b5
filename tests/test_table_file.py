"""A table of counts in place of words: the lab shows what it shows of the words, and bad files are sentences."""

import base64
import errno
import gzip
import hashlib
import os
import tracemalloc
import zlib
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

import bigram
from bigram.checks import visible
from bigram.scale.table import in_order, unpack
from demo.api import endpoints
from demo.compute import results, runs, table_file
from demo.compute.cache import MEMORY
from demo.experiment import LINK_TABLE, OWN_TABLE, Experiment, read_link
from demo.page import screens

WORDS = ["emma", "olivia", "ava", "zoë", "<b>"]
VOCAB = bigram.Vocab.from_words(WORDS)


def file_of(N, metadata=None, **more) -> bytes:
    return save({"N": N, **more}, {"vocabulary": VOCAB.chars, "order": "2"} | (metadata or {}))


def counted(order: int) -> torch.Tensor:
    return bigram.count(*bigram.ngrams(WORDS, VOCAB, order), len(VOCAB), order)


FILE = file_of(counted(2), {"source": "five names"})
E = Experiment(data="table", table=table_file.pack(FILE), lr=5.0, steps=8)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """The lab as it starts with a folder of two tables and a file that is none."""
    for order in (2, 3):
        (tmp_path / f"{order}.safetensors").write_bytes(file_of(counted(order), {"order": str(order)}))
    (tmp_path / "4.safetensors").write_bytes(b"no table")
    monkeypatch.setenv("LAB_TABLES", str(tmp_path))
    table_file.shelf.cache_clear()
    yield {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()}
    monkeypatch.undo()
    table_file.shelf.cache_clear()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=3, max_size=3))
def test_the_same_table_is_the_same_file(texts):
    """Links hold the SHA-256 of a file, and the library writes its metadata in any order."""
    metadata = dict(zip(("vocabulary", "source", "link"), texts))
    (file,) = {in_order(save({"N": counted(2), "W": torch.ones(3)}, metadata)) for _ in range(4)}
    tensors, read = unpack(file)
    assert read == metadata
    assert torch.equal(tensors["N"], counted(2))
    assert tensors["W"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("order", [2, 3, 4])
def test_a_table_gives_what_its_words_give(order):
    table = table_file.pack(file_of(counted(order), {"order": str(order)}))
    settings = {"order": order, "lr": 5.0, "steps": 8}
    of_table = runs.trained(Experiment(data="table", table=table, **settings))
    of_words = runs.trained(Experiment(data="own", words="\n".join(WORDS), **settings))
    assert torch.equal(of_table.W, of_words.W)
    assert results.summary(of_table) == results.summary(of_words) | {"words": 0}
    assert results.score(of_table, "ava") == results.score(of_words, "ava")


def test_the_page_says_what_a_table_is_and_names_it_in_its_link():
    read = screens.read_table({"table": E.table})
    sha = hashlib.sha256(FILE).hexdigest()
    assert read["settings"] == {"table": E.table, "sha": sha, "order": 2}
    assert read["about"] == "Order 2, 13 characters (.<>abeilmovzë), 24 counts, made of five names."
    reply = screens.two_ways({"experiment": dict(E)})
    assert reply["about"] == read["about"]
    assert (reply["value"]["figures"]["words"], reply["value"]["figures"]["examples"]) == (0, 24)
    again, _, notices = read_link(reply["link"])
    assert notices == []
    assert (again.table, again.sha) == (E.table, "")
    assert screens.two_ways({"experiment": dict(again)})["value"] == reply["value"]


def test_a_table_too_large_for_a_link_travels_by_its_sha256():
    N = torch.randint(2**50 // 800, (len(VOCAB) ** 2, len(VOCAB)))
    e = Experiment(data="table", table=table_file.pack(file_of(N, {"order": "3"})), order=3, steps=1, lr=5.0)
    assert len(e.table) > LINK_TABLE
    link = screens.two_ways({"experiment": dict(e)})["link"]
    again = read_link(link).experiment
    assert (again.table, len(again.sha)) == ("", 64)
    assert screens.two_ways({"experiment": dict(again)}) == {
        "error": "The table of this link is not on this server. Upload its file."
    }
    assert screens.two_ways({"experiment": dict(again) | {"table": e.table}})["link"] == link
    for reply in (
        screens.two_ways({"experiment": dict(e)}),
        screens.two_ways({"experiment": dict(e) | {"sha": again.sha}}),
    ):
        assert reply["aim"] == link  # of the same run, which has ended
    other = screens.two_ways({"experiment": dict(again) | {"table": E.table, "order": 2}})
    assert other["error"].startswith("This is not the table of the link: its SHA-256 differs.")


def test_a_table_on_the_shelf_opens_from_its_link(shelf):
    lines = table_file.links()
    assert [line.split(": ")[0] for line in lines] == ["2.safetensors", "3.safetensors", "4.safetensors"]
    assert "This is no table of counts." in lines[2]
    link = lines[1].split(": ")[1]
    assert link == f"?v=1&data=table&sha={shelf['3.safetensors']}&order=3"
    reply = screens.open_link({"query": link})
    assert reply["sentences"] == []
    assert reply["reply"]["about"].startswith("Order 3, 13 characters")
    assert endpoints.train(data="table", sha=shelf["3.safetensors"], order=3)["counted_nll"] == pytest.approx(
        reply["reply"]["value"]["figures"]["counted_nll"]
    )


def test_a_shelf_with_bad_files_has_a_line_for_each(shelf, tmp_path):
    (tmp_path / "5.safetensors").symlink_to("nowhere")
    (tmp_path / "6.safetensors").symlink_to("6.safetensors")
    (tmp_path / "7.safetensors").mkdir()
    os.mkfifo(tmp_path / "8.safetensors")
    with (tmp_path / "9.safetensors").open("wb") as file:
        file.truncate(10**12)  # a hole, which takes no place
    lines = dict(line.split(": ", 1) for line in table_file.links())
    assert list(lines) == [f"{i}.safetensors" for i in range(2, 10)]
    for i, said in (
        (2, "?v=1&data=table&sha="),
        (5, "It could not be read (No such file or directory)."),
        (6, "It could not be read (Too many levels of symbolic links)."),
        (7, "It could not be read: it is not a file."),
        (8, "It could not be read: it is not a file."),
        (9, "The file is too large: a table has at most 9,388,608 bytes."),
    ):
        assert lines[f"{i}.safetensors"].startswith(said)
    assert set(table_file.shelf()) == set(shelf.values())


@pytest.mark.skipif(os.geteuid() == 0, reason="The superuser may read every file.")
def test_a_file_that_nobody_may_read_has_a_line(shelf, tmp_path):
    (tmp_path / "2.safetensors").chmod(0)
    assert table_file.links()[0] == "2.safetensors: It could not be read (Permission denied)."


def test_a_file_that_fails_while_it_is_read_has_a_line(shelf, monkeypatch):
    def broken(*given):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(table_file.Path, "open", broken)
    assert table_file.links()[0] == "2.safetensors: It could not be read (Input/output error)."


@pytest.mark.parametrize("place", ["nowhere", "2.safetensors"])
def test_a_shelf_that_is_no_folder_is_a_line_and_the_lab_starts(shelf, tmp_path, monkeypatch, place):
    monkeypatch.setenv("LAB_TABLES", str(tmp_path / place))
    (line,) = table_file.links()
    assert line.startswith(f"LAB_TABLES: {tmp_path / place} could not be read (N")
    assert line.endswith("Name a folder that holds tables.")
    reply = screens.two_ways({"experiment": dict(Experiment(data="table", sha="0" * 64))})
    assert reply == {"error": "The table of this link is not on this server. Upload its file."}


@pytest.mark.parametrize(
    "change", [Path.unlink, lambda file: file.write_bytes(FILE), lambda file: file.write_bytes(b"")]
)
def test_a_table_that_left_the_shelf_is_a_sentence(shelf, tmp_path, change):
    table_file.links()
    MEMORY.clear()
    change(tmp_path / "3.safetensors")
    reply = screens.two_ways({"experiment": dict(Experiment(data="table", sha=shelf["3.safetensors"], order=3))})
    assert reply == {"error": "The table of this link has left this server, or its file has changed. Upload its file."}


@given(st.text(), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1, max_size=400))
def test_what_a_table_is_stands_on_a_line_of_bounded_length(source, characters):
    vocab = bigram.Vocab("." + "".join(sorted(set(characters))))
    line = table_file.about(table_file.Table(torch.tensor([[2**52]]), vocab, 2, source * 99, ""))
    assert len(line) <= 400
    assert line == visible(line)  # nothing that a terminal obeys; spaces of other scripts stay


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ((screens.two_ways, {"split": 3}), "holds no words to hold out. Leave “hold out” empty."),
        (
            (screens.two_ways, {"form": "rows"}),
            "the form rows needs them as examples. Choose counts as the forward pass.",
        ),
        ((screens.two_ways, {"order": 3}), "The table has order 2, not 3. Choose order 2."),
        ((screens.two_ways, {"table": ""}), "There is no table yet. Upload one"),
        ((screens.sweep, {}, {"orders": [2]}), "holds no words to hold out. Choose a word list"),
        ((screens.test, {}), "holds no words to hold out. Choose a word list"),
        ((screens.time, {}, {"order": 2, "n": 10, "form": "rows"}), "timed forms need them as examples"),
    ],
)
def test_what_needs_words_says_so(question, sentence):
    answer, settings, *more = question
    reply = answer({"experiment": dict(E) | settings} | (more[0] if more else {}))
    assert set(reply) == {"error"}
    assert sentence in reply["error"]


def test_all_other_screens_show_a_table():
    for answer in (screens.inside, screens.sampling, screens.smoothing, screens.speed, screens.code, screens.files):
        assert "error" not in answer({"experiment": dict(E)})
    walk = screens.sampling({"experiment": dict(E)})["value"]["walk"]
    assert walk["known"] is None  # nobody knows which words were counted


def zipped(file: bytes) -> str:
    return base64.urlsafe_b64encode(gzip.compress(file, mtime=0)).decode()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("no base64", "must be a safetensors file as base64 of its gzip"),
        (base64.b64encode(FILE).decode(), "must be a safetensors file as base64 of its gzip"),
        (zipped(FILE)[:40], "This is no table of counts."),
        (zipped(b"emma\nava\n"), "This is no table of counts."),
        (zipped(b"\0" * (table_file.LARGEST_FILE + 1)), "The file is too large"),
        (zipped(file_of(counted(2) * 0)), "The table counts nothing."),
        (zipped(file_of(counted(2) - 1)), "This is no table of counts."),
        (zipped(file_of(counted(2) + 2**60)), "This is no table of counts."),
        (zipped(file_of(counted(2).double())), "This is no table of counts."),
        (zipped(file_of(counted(2)[1:])), "This is no table of counts."),
        (zipped(file_of(counted(2), {"order": "9"})), "This is no table of counts."),
        (zipped(file_of(counted(2), {"order": "two"})), "This is no table of counts."),
        (zipped(file_of(counted(2), {"vocabulary": "zoë"})), "This is no table of counts."),
        (zipped(save({"M": counted(2)}, {"order": "2"})), "This is no table of counts."),
        (zipped(save({"N": counted(2)})), "This is no table of counts."),
    ],
    ids=lambda value: value[:12],
)
def test_another_file_is_a_sentence(table, sentence):
    for reply in (screens.read_table({"table": table}), screens.two_ways({"experiment": dict(E) | {"table": table}})):
        assert set(reply) == {"error"}
        assert sentence in reply["error"]


def bombs() -> dict[str, str]:
    """Texts as long as the lab takes, that hold as much as they can or that are nothing."""
    member = zlib.compressobj(1, wbits=31)
    zeros = b"".join([member.compress(bytes(2**20)) for _ in range(128)] + [member.flush()])  # twice the bound
    most = OWN_TABLE // 4 * 3
    return {
        "one member": base64.b64encode(zeros).decode(),
        "many members": base64.b64encode((gzip.compress(b"") * (most // 20))[:most]).decode(),
        "stored, not compressed": base64.b64encode(gzip.compress(os.urandom(most - 10_000), 0)).decode(),
        "no end": base64.b64encode(gzip.compress(os.urandom(most), 0)[:most]).decode(),
        "bad base64": "A" * (OWN_TABLE - 1),
        "no ASCII": "é" * OWN_TABLE,
        "no gzip": "A" * OWN_TABLE,
    }


def test_the_memory_for_any_text_is_bounded():
    for name, text in bombs().items():
        assert len(text) <= OWN_TABLE
        tracemalloc.start()
        reply = screens.read_table({"table": text})
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert set(reply) == {"error"}, name
        assert peak < 64 * 2**20, name


def test_a_table_that_the_lab_has_no_room_for_is_refused():
    chars = "." + "".join(map(chr, range(97, 97 + 1029)))
    file = save({"N": torch.ones(1030, 1030, dtype=torch.int64)}, {"vocabulary": chars, "order": "2"})
    assert "the lab has room for 1,048,576" in screens.read_table({"table": zipped(file)})["error"]
