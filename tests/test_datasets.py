"""Word lists: embedded, from a file, and the lecture's, fetched from a server on this machine."""

import gzip
import hashlib
import os
import runpy
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pooch
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bigram
from bigram import datasets

NAMES = b"emma\nolivia\nava\n"


@pytest.mark.parametrize(
    ("name", "size", "first", "last"), [("us-2018", 32_257, "emma", "zzyzx"), ("us-1880", 2_000, "mary", "zachariah")]
)
def test_embedded_lists(name, size, first, last):
    words = bigram.load(name)
    assert len(words) == size
    assert (words[0], words[-1]) == (first, last)
    assert bigram.Vocab.from_words(words).chars == ".abcdefghijklmnopqrstuvwxyz"


def test_default_list_is_us_2018():
    assert bigram.load() == bigram.load("us-2018")


@pytest.mark.parametrize(
    "content",
    [
        "zoë\n李\n李",
        "zoë\r\n李\r\n李\r\n",
        "\n\nzoë\n \n  李\t\n李\n\n",
        "\ufeffzoë\n李\n李\n",
    ],
    ids=["plain", "CRLF", "blank lines and spaces", "byte order mark"],
)
def test_a_file_of_words(content, tmp_path):
    (tmp_path / "own.txt").write_bytes(content.encode())
    assert bigram.load(str(tmp_path / "own.txt")) == ["zoë", "李", "李"]


@given(st.lists(st.text("ab😀", min_size=1), min_size=1), st.sampled_from(["\n", "\r\n", "\n\n", " \n "]))
def test_text_and_bytes_are_parsed_alike(words, end):
    text = end.join(words)
    assert bigram.parse(text) == bigram.parse(text.encode()) == words


@pytest.mark.parametrize("text", ["", b"", "\n \r\n\t", b"\xef\xbb\xbf\n"])
def test_a_list_without_words_is_refused(text):
    sentence = r"^The list holds no words\. Give at least one, one word a line\.$"
    with pytest.raises(ValueError, match=sentence):
        bigram.parse(text)


@pytest.mark.parametrize(
    "text",
    ["emma\nzo\ud800", b"emma\nzo" + "\ud800".encode("utf-8", "surrogatepass"), b"emma\nzo\x81\x82\xff"],
    ids=["lone surrogate", "encoded lone surrogate", "no text"],
)
def test_a_text_that_is_not_utf_8_is_refused(text):
    with pytest.raises(ValueError, match=r"^The list is not UTF-8 at position 7\. Save it as UTF-8 text\.$"):
        bigram.parse(text)


def test_a_file_may_be_utf_16_or_packed(tmp_path):
    for name, written in (("own.txt", "zoë\nava".encode("utf-16")), ("own.gz", gzip.compress("zoë\nava".encode()))):
        (tmp_path / name).write_bytes(written)
        assert bigram.load(str(tmp_path / name)) == ["zoë", "ava"]


@pytest.mark.parametrize("name", ["us-2019", "", "no/such/file.txt", "bigram", "\0"])
def test_unknown_lists_are_refused(name):
    choice = r"Choose us-2018, us-1880, lecture, or the path of a file\.$"
    with pytest.raises(ValueError, match=choice) as error:
        bigram.load(name)
    assert str(error.value).startswith(f"There is no word list {name!r}. ")


def test_of_a_long_name_the_first_80_characters_are_quoted():
    with pytest.raises(ValueError, match=f"^There is no word list '{'x' * 80}'"):
        bigram.load("x" * 100)


@pytest.fixture
def lecture(tmp_path, monkeypatch):
    """`load("lecture")` gives NAMES here: an empty cache, and a server of its own that can be stopped."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args): ...

    served, cached = tmp_path / "served" / "names.txt", tmp_path / "cache" / "names.txt"
    served.parent.mkdir()
    served.write_bytes(NAMES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=served.parent))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def stop():
        server.shutdown()
        server.server_close()
        thread.join()

    registry = {"names.txt": f"sha256:{hashlib.sha256(NAMES).hexdigest()}"}
    mirror = pooch.create(cached.parent, f"http://127.0.0.1:{server.server_port}/", registry=registry)
    monkeypatch.setattr(datasets, "LECTURE", mirror)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield SimpleNamespace(served=served, cached=cached, stop=stop)
    stop()


def test_the_lecture_list_is_downloaded_once(lecture):
    assert bigram.load("lecture") == ["emma", "olivia", "ava"]
    assert lecture.cached.read_bytes() == NAMES
    lecture.stop()
    assert bigram.load("lecture") == ["emma", "olivia", "ava"]


def refused(lecture, cause):
    remedy = r"Put http://127\.0\.0\.1:\d+/names\.txt into .* \(BIGRAM_DATA_DIR names it\), or choose us-2018\.$"
    return pytest.raises(ValueError, match=rf"^The lecture's list could not be downloaded \({cause}\)\. {remedy}")


def test_a_failed_download_says_what_to_do(lecture):
    lecture.stop()
    with refused(lecture, "ConnectionError") as error:
        bigram.load("lecture")
    assert str(lecture.cached.parent) in str(error.value)


def test_a_missing_download_says_what_to_do(lecture):
    lecture.served.unlink()
    with refused(lecture, "HTTPError"):
        bigram.load("lecture")


def test_a_corrupt_download_is_refused_and_not_kept(lecture):
    lecture.served.write_bytes(NAMES + b"mallory\n")
    with refused(lecture, "ValueError"):
        bigram.load("lecture")
    assert not lecture.cached.exists()


def test_a_corrupt_file_in_the_folder_is_refused(lecture):
    lecture.cached.parent.mkdir()
    lecture.cached.write_bytes(NAMES + b"mallory\n")
    lecture.stop()
    with refused(lecture, "ConnectionError"):
        bigram.load("lecture")


def test_the_folder_is_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("BIGRAM_DATA_DIR", str(tmp_path))
    assert runpy.run_path(datasets.__file__)["LECTURE"].path == tmp_path


@given(st.lists(st.text("ab", max_size=3), min_size=20), st.integers(0, 2**32))
def test_parts_of_a_split_are_the_words_and_each_once(words, seed):
    assert sum(map(Counter, bigram.split(words, seed)), Counter()) == Counter(words)


@pytest.mark.parametrize(
    ("fractions", "sizes"),
    [((0.8, 0.1, 0.1), [80, 10, 10]), ((0.8, 0.1, 0.1), [26, 4, 3]), ((0.5, 0.5), [50, 50]), ((0.07, 0.93), [7, 93])],
)
def test_parts_of_a_split_have_their_sizes(fractions, sizes):
    """33 words are cut at 26.4 and 29.7, rounded."""
    assert [len(part) for part in bigram.split(["emma"] * sum(sizes), 0, fractions)] == sizes


def test_a_split_is_shuffled_by_its_seed():
    words = list(map(str, range(100)))
    assert bigram.split(words, seed=1) == bigram.split(words, seed=1)
    assert bigram.split(words, seed=1) != bigram.split(words, seed=2)
    assert sorted(bigram.split(words, seed=1)[0], key=int) != words[:80]
    assert words == list(map(str, range(100)))  # in its old order


def test_a_split_of_one_word_is_refused():
    sentence = r"^Too few words \(1\) for 3 parts: one would be empty\. Give more words\.$"
    with pytest.raises(ValueError, match=sentence):
        bigram.split(["emma"], seed=0)


def test_a_list_that_cannot_be_read_is_a_sentence(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "own.txt").write_text("emma\n")
    monkeypatch.chdir(tmp_path)  # a long path is shortened
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(ValueError, match=r"'own\.txt' could not be read \(Permission denied\)\.$"):
        bigram.load("own.txt")


def test_a_path_is_a_name(tmp_path):
    (tmp_path / "own.txt").write_text("emma\n")
    assert bigram.load(tmp_path / "own.txt") == ["emma"]


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ValueError, match=r"no regular file: save the list in a file first\. Choose us-2018"):
            bigram.load(path)


@pytest.mark.parametrize("fractions", [(0.7, 0.2, 0.1), (0.1,) * 10, (1.0,), (1 / 3, 1 / 3, 1 / 3), (0.5, 0.2)])
def test_fractions_may_add_up_to_1_or_less(fractions):
    parts = bigram.split(["emma"] * 100, 0, fractions)
    assert sum(map(len, parts)) == round(100 * sum(fractions))


@pytest.mark.parametrize("name", datasets.NAMES)
def test_a_path_is_a_file_also_where_a_list_has_its_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("zoe\n")
    assert bigram.load(Path(name)) == ["zoe"]
