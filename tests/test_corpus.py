"""Text of any size, counted in pieces, against the same words counted at once."""

import errno
import gzip
import io
import os
import random
import socket
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import fsspec
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

import bigram
from bigram import reading
from bigram.scale import corpus, stream
from bigram.scale.stream import Shard, count_files, count_shard
from bigram.scale.table import add, load_table, widen
from bigram.text import Vocab

orders = st.sampled_from([2, 3, 4])
KILLS = int(os.environ.get("KILLS", "1"))
# Every line break and some spaces of Unicode, a byte order mark, letters of one to four bytes, and the byte 0.
signs = "ab\n\nzé李😀 \t\r\v\f\x1c\x1e\x1f\x85\xa0\u2028\u3000\ufeff\0"
texts = st.text(signs, max_size=40)
names = st.lists(st.text("abcz", min_size=1, max_size=4), min_size=1, max_size=12).map("\n".join)  # the plain road


def at_once(words, order):
    """What the package gives for a list in memory."""
    vocab = bigram.Vocab.from_words(words)
    return bigram.count(*bigram.ngrams(words, vocab, order), len(vocab), order), vocab


def equal(table, other):
    return table[1] == other[1] and table[0].equal(other[0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("texts")


@example("\x1f\0", 2, 1, False)  # as UTF-16 it would be one character
@example("ab\0", 2, 1, False)  # what follows the last letter of a plain block is not plain
@example("a\ufeff", 2, 1, False)  # a byte order mark in a word that began in a plain block
@example("\nab", 2, 3, False)  # a blank line at the start of a plain block
@example("\x1ea", 2, 1, False)  # a blank line before it
@given(st.one_of(texts, names), orders, st.integers(1, 9), st.booleans())
def test_a_stream_gives_the_table_of_its_words_wherever_a_block_ends(folder, text, order, size, mark):
    data = b"\xef\xbb\xbf" * mark + text.encode()
    (folder / "text").write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "READ", size)
        try:
            words = reading.read(data).words
        except ValueError:
            with pytest.raises(ValueError, match=r"^The files hold no words\. Give at least one"):
                count_files(str(folder / "text"), order=order)
        else:
            assert equal(count_files(str(folder / "text"), order=order), at_once(words, order))


@given(st.one_of(texts, names), orders, st.integers(1, 9), st.integers(1, 9))
def test_ranges_of_bytes_add_up_to_the_file(folder, text, order, size, read):
    (folder / "ranges").write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "READ", read)
        ranges = stream.shards([str(folder / "ranges")], size)
        assert len(ranges) == max(1, -(-len(text.encode()) // size))
        whole = count_shard(Shard(str(folder / "ranges")), order)
        assert equal(add((count_shard(shard, order) for shard in ranges), order), whole)


def test_a_file_that_two_patterns_name_counts_once(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("emma\n")
    found = stream.shards([str(tmp_path / "b.txt"), str(tmp_path / "*.txt")], size=2)
    assert [(Path(shard.path).name, shard.start) for shard in found] == [
        (name, start) for name in ("b.txt", "a.txt") for start in (0, 2, 4)
    ]


@pytest.mark.parametrize("read", [3, 64])
@pytest.mark.parametrize("letters", [100, 150, 300])
def test_plain_words_after_many_other_letters(letters, read, tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "READ", read)
    many = "".join(map(chr, range(0x4E00, 0x4E00 + letters)))
    rest = "emma" * (20 if read > 3 else 2)  # longer than a block of the file
    words = [many, *["emma", "ava", "olivia"] * 20, *["e" * k + many[-1] + rest for k in range(read)]]
    (tmp_path / "words").write_text("\n".join(words), "utf-8")
    assert equal(count_files(str(tmp_path / "words")), at_once(words, 2))


tables = st.lists(st.text("abcé", min_size=1, max_size=4), min_size=1, max_size=3)


@given(tables, tables, tables, orders)
def test_the_sum_of_tables_is_the_table_of_all_words(A, B, C, order):
    a, b, c = (at_once(words, order) for words in (A, B, C))
    whole = at_once(A + B + C, order)
    assert equal(add([a, b, c], order), whole)
    assert equal(add([add([c, b], order), a], order), whole)  # in any order, in any groups
    assert equal(add([a, add([], order)], order), a)  # nothing adds nothing
    assert widen(a[0], a[1], whole[1], order).sum() == a[0].sum()


def test_a_wider_table_has_its_new_character_at_its_place():
    N, vocab = torch.tensor([[0, 1], [2, 3]]), bigram.Vocab(".b")
    assert widen(N, vocab, bigram.Vocab(".ab")).tolist() == [[0, 0, 1], [0, 0, 0], [2, 0, 3]]


@given(
    st.lists(st.tuples(st.text("abé ", min_size=1, max_size=4), st.integers(0, 3)), min_size=1),
    orders,
    st.integers(1, 9),
)
def test_a_weight_counts_a_word_so_many_times(folder, lines, order, size):
    lines = [(word.strip() or "a", weight) for word, weight in [*lines, ("ab", 1)]]
    (folder / "births").write_text("".join(f"{word}\t{weight}\n" for word, weight in lines), "utf-8")
    words = [word for word, weight in lines for _ in range(weight)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "READ", size)
        assert equal(count_files(str(folder / "births"), order=order, weights=True), at_once(words, order))


@pytest.mark.parametrize("line", ["emma", "\t3", "emma\t-1", "emma\tmany", f"emma\t{2**31}", "emma\t" + "9" * 5000])
def test_a_line_without_a_weight_is_named(line, tmp_path):
    (tmp_path / "births").write_text(f"ava\t2\n{line}\n")
    with pytest.raises(ValueError, match=r"births: .* is not a word, a tab and a whole number below 2\*\*31\.$"):
        count_files(str(tmp_path / "births"), weights=True)


def test_a_weight_with_a_decimal_point_is_explained(tmp_path):
    (tmp_path / "births").write_text("ava\t1.5\n")
    with pytest.raises(ValueError, match=r"at byte 5\. A word has none, and a weight is a whole number\.$"):
        count_files(str(tmp_path / "births"), weights=True)


def test_globs_compressed_files_and_urls(tmp_path):
    (tmp_path / "1.txt").write_text("emma\nolivia")
    (tmp_path / "2.txt.gz").write_bytes(gzip.compress(b"ava\n"))
    table = at_once(["emma", "olivia", "ava"], 3)
    assert equal(count_files(f"{tmp_path}/*.txt*", order=3), table)
    assert equal(count_files(f"file://{tmp_path}/1.txt", str(tmp_path / "2.txt.gz"), order=3), table)


@pytest.mark.parametrize("block", [1, 4, 2**20])
def test_an_error_names_file_and_byte(block, tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "READ", block)
    for file, content, complaint in [
        ("latin", b"emma\nzo\xeb\nava", "is not UTF-8 at byte 7. Save it as UTF-8 text."),
        ("cut", "emma\nzoë".encode()[:-1], "is not UTF-8 at byte 7. Save it as UTF-8 text."),
        ("dot", "é\na.b".encode(), "has '.', the boundary of words, at byte 4. Remove it."),
        ("mark", "\ufeffé\na.b".encode(), "has '.', the boundary of words, at byte 7. Remove it."),
        ("marked", "\ufeffemma\nzoë".encode()[:-1], "is not UTF-8 at byte 10. Save it as UTF-8 text."),
    ]:
        (tmp_path / file).write_bytes(content)
        with pytest.raises(ValueError, match="at byte") as error:
            count_files(str(tmp_path / file))
        assert str(error.value) == f"file://{tmp_path}/{file} {complaint}"


def test_what_cannot_be_read_is_named(tmp_path, monkeypatch):
    (tmp_path / "broken.gz").write_bytes(gzip.compress(b"emma\n" * 99)[:-12])
    for file, sentence in [("none", r"none cannot be read \("), ("*.txt", r"^There is no file"), ("broken.gz", r"EOF")]:
        with pytest.raises(ValueError, match=sentence):
            count_files(str(tmp_path / file))
    for file in ("two.zip", "two.tar.gz", "two.tgz", *["one.zst"] * (find_spec("zstandard") is None)):
        (tmp_path / file).write_bytes(b"PK")
        with pytest.raises(ValueError, match=r"cannot be read here as one text\. Unpack it first\.$"):
            count_files(str(tmp_path / file))
    monkeypatch.setattr(stream, "LONGEST_GAP", 4)
    monkeypatch.setattr(stream, "READ", 3)
    (tmp_path / "gap").write_text("a         b")
    with pytest.raises(ValueError, match=r"gap has 4 spaces in a row before byte 7\. Remove them\."):
        count_files(str(tmp_path / "gap"))


@pytest.mark.parametrize(("order", "letters"), [(2, 2049), (3, 162), (4, 46)])
def test_too_large_a_table_is_refused(order, letters, tmp_path):
    (tmp_path / "many").write_text("".join(map(chr, range(0x4E00, 0x4E00 + letters - 1))), "utf-8")
    with pytest.raises(ValueError, match=r"make a table of .* Choose a lower order"):
        count_files(str(tmp_path / "many"), order=order)


def test_the_lecture_list_gives_every_golden_number_through_the_stream(tmp_path):
    try:
        path = str(bigram.datasets.fetch_lecture())
    except ValueError as error:
        pytest.skip(str(error))
    N, vocab = count_files(path)
    assert (N.sum().item(), len(vocab), (N == 0).sum().item()) == (228_146, 27, 102)
    for smoothing, nll in [(0.0, 2.454014), (1.0, 2.454577), (10.0, 2.462116), (100.0, 2.537491)]:
        assert bigram.nll_counts(bigram.probabilities(N, smoothing).log(), N).item() == pytest.approx(nll, abs=1e-6)
    P = bigram.probabilities(N, 1.0)
    assert bigram.sample(P, vocab, 5, 2147483647) == ["mor", "axx", "minaymoryles", "kondlaisah", "anchshizarie"]
    losses = [loss.item() for _, loss in bigram.descend(bigram.closed_form(N), bigram.initial_weights(27), 1000)]
    golden = {1: 3.768619, 2: 3.378807, 3: 3.161091, 20: 2.588681, 100: 2.490130, 1000: 2.480447}
    assert [losses[step - 1] for step in golden] == pytest.approx([*golden.values()], abs=1e-6)


def call(folder, monkeypatch, capsys, *options):
    """The command on nine files, in this process: what it said where it failed, else the table."""
    arguments = ["bigram.corpus", f"{folder}/*.txt", "--order=3", f"--out={folder}/table.safetensors", *options]
    monkeypatch.setattr(sys, "argv", arguments)
    try:
        corpus.main()
    except SystemExit:
        return capsys.readouterr().err.splitlines()[-1]
    return load_table(folder / "table.safetensors")[:2]


@pytest.fixture
def nine(tmp_path):
    """A folder of nine files; the words of each are its own."""
    for i in range(1, 10):
        (tmp_path / f"{i}.txt").write_text(f"emma\n{'ab' * i}\n")
    return tmp_path


@pytest.fixture
def counted(monkeypatch):
    """The files that were counted, by name."""
    names, count = [], count_shard

    def note(shard, *rest):
        result = count(shard, *rest)
        names.append(Path(shard.path).name)
        return result

    monkeypatch.setattr(corpus, "count_shard", note)
    return names


def all_nine(folder, order=3):
    return at_once([word for i in range(1, 10) for word in bigram.load(str(folder / f"{i}.txt"))], order)


def test_a_bad_byte_in_a_shard_is_named_and_the_others_are_kept(nine, counted, monkeypatch, capsys):
    (nine / "7.txt").write_bytes(b"emma\n\xff")
    sentence = f"bigram: file://{nine}/7.txt is not UTF-8 at byte 5. Save it as UTF-8 text."
    assert call(nine, monkeypatch, capsys) == sentence
    assert counted == [f"{i}.txt" for i in range(1, 7)]
    (nine / "7.txt").write_text("emma\nava\n")
    assert equal(call(nine, monkeypatch, capsys), all_nine(nine))
    assert counted == [f"{i}.txt" for i in range(1, 10)]  # none twice
    (nine / "2.txt").write_text("changed\n")
    assert equal(call(nine, monkeypatch, capsys), all_nine(nine))
    assert counted[9:] == ["2.txt"]
    for piece in (nine / "table.safetensors.parts").iterdir():
        piece.write_bytes(b"half a table")
    said = call(nine, monkeypatch, capsys)
    assert said.endswith(".safetensors is damaged. Remove it and start again: only this piece is counted again.")


def test_a_full_disk_is_a_sentence_and_what_is_done_is_kept(nine, counted, monkeypatch, capsys):
    sync = os.fsync

    def full(file):
        if len(counted) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in call(nine, monkeypatch, capsys)
    assert len(list((nine / "table.safetensors.parts").iterdir())) == 3
    monkeypatch.setattr(os, "fsync", sync)
    assert equal(call(nine, monkeypatch, capsys), all_nine(nine))
    assert counted == [f"{i}.txt" for i in (1, 2, 3, 4, 4, 5, 6, 7, 8, 9)]


def test_wrong_options_and_other_files_are_sentences(nine, monkeypatch, capsys):
    assert call(nine, monkeypatch, capsys, "--order=5").startswith("bigram: The order must be 2, 3 or 4")
    assert call(nine, monkeypatch, capsys, "--shard=0").startswith("bigram: A shard must have a whole number of")
    assert "is a folder. Give the name of a file." in call(nine, monkeypatch, capsys, f"--out={nine}")
    assert call(nine, monkeypatch, capsys, f"--out={nine}/1.txt/table").startswith("bigram: The folder ")
    with pytest.raises(ValueError, match=r"1\.txt could not be read\. This is no table of counts\. Make one with"):
        load_table(nine / "1.txt")
    with pytest.raises(ValueError, match=r"none could not be read\. .*No such file"):
        load_table(nine / "none")


def start(python, folder, ranks):
    """The command on all text files of the folder, as `torchrun` starts it: a process for each rank."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"{folder}/*.txt", "--order=3", "--shard=1", f"--out={folder}/table.safetensors"]
    here = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": "lo"}
    here["WORLD_SIZE"] = str(ranks)
    return [python.start("-m", "bigram.corpus", *options, **here, RANK=str(rank)) for rank in range(ranks)]


def test_two_processes_that_are_killed_give_the_same_table_and_count_no_shard_twice(tmp_path, python):
    """Each has letters of its own. Killed once here; `KILLS=20 pytest -k killed` does it twenty times."""
    chance = random.Random(7)
    (tmp_path / "1.txt").write_bytes(b"emma\nava\n" * 600_000)
    (tmp_path / "2.txt").write_text("zoë\n李\n" * 20_000, "utf-8")
    files, parts = [str(tmp_path / f"{i}.txt") for i in (1, 2)], tmp_path / "table.safetensors.parts"
    whole = count_files(*files, order=3)
    for _ in range(KILLS):
        for file in parts.glob("*"):  # so each kill meets shards that are not counted
            file.unlink()
        processes, enough = start(python, tmp_path, ranks=2), chance.randrange(1, 5)
        while all(process.poll() is None for process in processes):
            if len(list(parts.glob("*.safetensors"))) >= enough:
                break
            time.sleep(0.001)
        time.sleep(chance.random() / 10)
        for process in processes if chance.random() < 0.5 else processes[:1]:  # all, or one; torchrun ends the others
            process.kill()
        for process in processes:
            process.kill()
            process.wait()
        kept = {file.name: file.stat().st_ino for file in parts.glob("*.safetensors")}
        processes = start(python, tmp_path, ranks=2)
        assert [process.wait() for process in processes] == [0, 0]
        assert kept.items() <= {file.name: file.stat().st_ino for file in parts.glob("*.safetensors")}.items()
        assert equal(load_table(tmp_path / "table.safetensors")[:2], whole)
        (tmp_path / "table.safetensors").unlink()


# What the command never does: destroy a file, count one twice, trust one that changes, or hang.


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder t with one text, which is the working folder's."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t/a.txt").write_text("emma\nava\n")
    (tmp_path / "u").mkdir()
    (tmp_path / "t/link.txt").symlink_to("a.txt")
    (tmp_path / "t/twin.txt").hardlink_to(tmp_path / "t/a.txt")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(monkeypatch, capsys, *arguments):
    """The command with these arguments, in this process: its exit status, and the last line that it said."""
    monkeypatch.setattr(sys, "argv", ["bigram.corpus", *map(str, arguments)])
    try:
        corpus.main()
    except SystemExit as end:
        return end.code, capsys.readouterr().err.splitlines()[-1]
    return 0, capsys.readouterr().out.splitlines()[-1]


SPELLINGS = ["t/a.txt", "./t/a.txt", "t//a.txt", "u/../t/a.txt", "t/link.txt", "t/twin.txt"]


@pytest.mark.parametrize("out", SPELLINGS)
@pytest.mark.parametrize("file", ["t/a.txt", "file://{here}/t/a.txt", "t/*.txt", "t/twin.txt"])
def test_a_text_is_never_replaced_by_its_table(file, out, here, monkeypatch, capsys):
    status, said = command(monkeypatch, capsys, file.format(here=here), "--out", out)
    assert status == 2
    assert "is both a file to count and a place to write" in said or "holds something else than a table" in said
    assert {path.read_text() for path in here.glob("t/*")} == {"emma\nava\n"}
    assert (here / "t/link.txt").is_symlink()
    assert not [*here.rglob("*.parts")]


def test_a_table_that_is_named_as_a_text_stays(here, monkeypatch, capsys):
    assert command(monkeypatch, capsys, "t/a.txt", "--out=table")[0] == 0
    before = (here / "table").read_bytes()
    for file in ("table", *map(str, here.glob("table.parts/*"))):
        status, said = command(monkeypatch, capsys, "t/a.txt", file, "--out", "table")
        assert (status, said.startswith(f"bigram: {file} is both a file to count and a place to write.")) == (2, True)
    assert (here / "table").read_bytes() == before


def test_nothing_is_counted_for_a_place_where_nothing_may_be_written(here, counted, monkeypatch, capsys):
    os.mkfifo("pipe")
    (here / "b.txt").write_text("b\n")
    (here / "new.parts").write_text("mine\n")
    for out, sentence in [
        ("pipe", "pipe is no regular file. Choose another name."),
        ("u", "u is a folder. Give the name of a file."),
        ("b.txt", "b.txt exists and holds something else than a table of counts, so it is not replaced."),
        ("new", "The folder new.parts could not be made"),
        ("", "Give --out the name of a file."),
        ("new/", "Give --out the name of a file."),
    ]:
        status, said = command(monkeypatch, capsys, "t/a.txt", "--out", out)
        assert (status, said.startswith(f"bigram: {sentence}")) == (2, True), said
    assert counted == []
    assert (here / "b.txt").read_text() == "b\n"
    assert (here / "new.parts").read_text() == "mine\n"


@pytest.mark.parametrize("pattern", ["t/*", "t/**"])
def test_a_pattern_that_meets_the_table_and_its_pieces_does_not_count_them(pattern, here, monkeypatch, capsys):
    sentence = "t/table: 9 examples, 5 characters, order 2"
    assert command(monkeypatch, capsys, pattern, "--out=t/table") == (0, sentence)
    first = (here / "t/table").read_bytes()
    assert command(monkeypatch, capsys, pattern, "--out=t/table") == (0, sentence)
    assert (here / "t/table").read_bytes() == first
    status, said = command(monkeypatch, capsys, "t/table*", "--out=t/table")
    assert (status, "There is no file to count" in said) == (2, True)


def test_a_file_of_the_user_in_the_folder_of_pieces_stays(here, monkeypatch, capsys):
    (here / "table.parts").mkdir()
    (here / "table.parts/mine.txt").write_text("mine\n")
    assert command(monkeypatch, capsys, "t/a.txt", "--out=table")[0] == 0
    assert (here / "table.parts/mine.txt").read_text() == "mine\n"


def test_a_file_counts_once_by_all_its_names(here):
    once = at_once(["emma", "ava"], 2)
    assert equal(count_files(*SPELLINGS, f"file://{here}/t/a.txt", "t/*.txt"), once)
    for name in SPELLINGS:
        assert equal(count_files(name), once)


def test_what_is_no_regular_file_is_refused_at_once(here):
    os.mkfifo("pipe")
    (here / "link").symlink_to("pipe")
    for file in ("pipe", "link"):
        with pytest.raises(ValueError, match=rf"{file} is no regular file\. Save the text in a file first\.$"):
            count_files(file)
    with pytest.raises(ValueError, match=r"/t is a folder\. Name its files, such as '.*/t/\*\.txt'\.$"):
        count_files("t")


@pytest.mark.parametrize("address", ["data:text/plain,emma", "data:,", "reference://x", "blockcache::memory://x"])
def test_an_address_that_fsspec_does_not_understand_is_a_sentence(address):
    """Whatever error it raises: an IndexError, a TypeError, a NotImplementedError."""
    with pytest.raises(ValueError, match=r"^\S+ cannot be read \(.*\)\. Give the path or the URL of a file, or a"):
        list(stream.shards([address]))


def grow(path):
    with open(path, "ab") as file:
        file.write(b"olivia\n")


def replace(path):
    path.unlink()
    path.write_text("olivia\n" * 2_001)


CHANGES = {
    "cut": lambda path: os.truncate(path, 5_000),
    "cut within a letter": lambda path: os.truncate(path, 5_001),
    "emptied": lambda path: os.truncate(path, 0),
    "grown": grow,
    "rewritten": lambda path: path.write_text("ëvë\n" * 2_000),
    "replaced": replace,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_while_it_is_counted_is_noticed(change, tmp_path, monkeypatch, capsys):
    path, out = tmp_path / "a.txt", tmp_path / "table"
    path.write_text("ëmë\n" * 2_000)
    os.utime(path, (1, 1))
    monkeypatch.setattr(stream, "READ", 512)
    with monkeypatch.context() as patch:

        def count(shard, order, weights, progress, switches):
            once = iter([change])
            return count_shard(shard, order, weights, lambda read: [now(path) for now in once])

        patch.setattr(corpus, "count_shard", count)
        sentence = f"bigram: file://{path} changed while it was counted. Start again when nobody writes to it."
        assert command(monkeypatch, capsys, path, "--out", out) == (2, sentence)
        assert [*(tmp_path / "table.parts").iterdir()] == []
    if path.stat().st_size:
        path.write_text("emma\n")
        assert command(monkeypatch, capsys, path, "--out", out)[0] == 0
        assert equal(load_table(out)[:2], at_once(["emma"], 2))


def test_too_many_counts_are_refused_where_they_are_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "births").write_text("emma\t15\n" * 2)
    monkeypatch.setattr("bigram.scale.table.TOO_MANY", 100)
    status, said = command(monkeypatch, capsys, tmp_path / "births", "--weights", "--out", tmp_path / "table")
    assert status == 2
    assert said == "bigram: These are 150 counts; a table holds fewer than 2**53. Count less, or lower the weights."
    assert not (tmp_path / "table").exists()


def test_weights_that_are_all_0_are_named(tmp_path):
    (tmp_path / "births").write_text("emma\t0\nava\t00\n")
    with pytest.raises(ValueError, match=r"^The files hold no word with a weight above 0\. Give at least one"):
        count_files(str(tmp_path / "births"), weights=True)


def test_a_list_of_many_files_is_named_in_short(tmp_path, monkeypatch, capsys):
    for i in range(100):
        (tmp_path / f"a file with a long name {i}").write_text("emma\n")
    assert command(monkeypatch, capsys, *sorted(tmp_path.iterdir()), "--out", tmp_path / "table")[0] == 0
    assert len(load_table(tmp_path / "table")[3]) == 200


class Listed(fsspec.spec.AbstractFileSystem):
    """A file system with one file, whose list has the time in milliseconds, and whose answer on the file in seconds."""

    protocol = "listed"

    def ls(self, path, detail=True, **more):
        entry = {"name": "b/a.txt", "size": 5, "type": "file", "LastModified": "12:00:00.123"}
        self.dircache["b"] = [entry]
        return [entry] if detail else ["b/a.txt"]

    def info(self, path, **more):
        if path == "b":
            return {"name": "b", "size": 0, "type": "directory"}
        now = {"name": "b/a.txt", "size": 5, "type": "file", "LastModified": "12:00:00"}
        return self.dircache.get("b", [now])[0]

    def invalidate_cache(self, path=None):
        self.dircache.clear()

    def _open(self, path, mode="rb", **more):
        return io.BytesIO(b"emma\n")


def test_a_list_of_files_may_give_other_times_than_the_file_itself():
    fsspec.register_implementation("listed", Listed, clobber=True)
    assert equal(count_files("listed://b/*.txt"), at_once(["emma"], 2))


@pytest.mark.parametrize(
    ("name", "switches"),
    [
        ("ssa-no-header.txt", {"column": 1, "counts": 3, "lower": True}),
        ("header.csv", {"column": "name", "counts": "births"}),
        ("rows.jsonl", {"column": "name", "counts": "births"}),
        ("counts.tsv", {"column": 1, "counts": 2}),
        ("quoted.csv", {"column": "Name", "lower": True}),
        ("dots.txt", {"remove": "."}),
        ("capitals.txt", {"lower": True}),
        ("nfc-and-nfd.txt", {"unicode": "NFC"}),
        ("prose.txt", {"prose": "words"}),
    ],
)
@pytest.mark.parametrize("size", [2**20, 100])
def test_a_list_in_another_form_is_counted_as_it_is_read(name, switches, size, monkeypatch):
    monkeypatch.setattr(stream, "READ", size)  # bytes of a block
    path = Path(__file__).parent / "data" / "lists" / name
    found = reading.read(path.read_bytes(), **switches)
    words = found.repeated()
    vocab = Vocab.from_words(words)
    for order in (2, 3):
        N, chars = stream.count_files(str(path), order=order, **switches)
        assert chars == vocab
        assert torch.equal(N, bigram.count(*bigram.ngrams(words, vocab, order), len(vocab), order))


@pytest.mark.parametrize(
    ("text", "switches"),
    [
        ("emma,3\nava,4", {"column": 1, "counts": 2}),
        ("emma 3\nava 4\nmia 5", {"column": 1, "counts": 2}),
        ("emma,3\nava,4\nmia", {"column": 1}),
        ("name,n\nemma,3\nava,4\n,", {"column": "name"}),
        ("name\nnameemma\nava\nnamemia\n", {"column": "name"}),
        ("\ufeff\nPrénom;R\r\nZoé;Nord\r\nLéa;Sud\r\n", {"column": "prénom"}),
        ("emma,3\rava,4\rmia,5", {"column": 1, "counts": 2}),
        ("emma is here\n***\n12", {"prose": "words"}),
        ("Emma is\nhere. Is\nAva? No", {"prose": "sentences"}),
        ('["emma",\n"ava",\n"mia"]', {"column": 1}),
        ('{"a": 1, "name": "emma"}\n{"name": "ava"}\n', {"column": "name"}),
        ("a.b\n.\n.", {"remove": "."}),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 2**20])
def test_a_block_ends_anywhere_in_a_list_that_is_read_with_switches(text, switches, size, tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "READ", size)
    (tmp_path / "list").write_bytes(text.encode())
    words = reading.read(text, **switches).repeated()
    assert equal(count_files(str(tmp_path / "list"), **switches), at_once(words, 2))


def test_with_switches_too_a_bad_byte_is_named(tmp_path):
    (tmp_path / "list").write_bytes("Emma\nZoë\n".encode("cp1252"))
    with pytest.raises(ValueError, match=r"list is not UTF-8 at byte 7\. Save it as UTF-8 text\.$"):
        count_files(str(tmp_path / "list"), lower=True)


def test_what_is_read_in_one_piece_is_never_cut(tmp_path):
    (tmp_path / "list").write_text('["emma",\n"ava"]')
    with pytest.raises(ValueError, match=r"can be read in one piece only\. Choose a larger --shard\.$"):
        count_shard(Shard(str(tmp_path / "list"), 0, 4), 2, switches={"column": 1})


@pytest.mark.parametrize("shard", [1, 1024])
def test_a_sentence_is_counted_once_whatever_the_shard(shard, tmp_path, monkeypatch):
    text = "Emma is\nhere. Ava is\nnot! " * 60_000  # 1.5 MB
    (tmp_path / "prose.txt").write_text(text)
    options = [str(tmp_path / "prose.txt"), "--prose=sentences", f"--shard={shard}", f"--out={tmp_path}/table"]
    monkeypatch.setattr(sys, "argv", ["bigram.corpus", *options])
    corpus.main()
    N, vocab, *_ = load_table(tmp_path / "table")
    assert equal((N, vocab), at_once(["Emma is here", "Ava is not"] * 60_000, 2))


def test_two_ways_to_count_at_once_are_refused(tmp_path):
    with pytest.raises(ValueError, match="Leave it out, or leave out how a list is read"):
        stream.count_files(str(tmp_path), weights=True, lower=True)
