"""Text of any size: N(A + B) = N(A) + N(B), so read it in blocks, count each, and add the tables."""

import codecs
import os
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat
from typing import Any, NamedTuple, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bigram.datasets import Switches
from bigram.reading import INVISIBLE, LONGEST_SAMPLE, is_any_invisible, read_decoded, shape_of
from bigram.scale.table import add, vocabulary, widen
from bigram.text import BOUNDARY, Vocab, context_count, ngrams

READ = 2**20  # bytes at a time
CACHED = 2**16  # numbers at a time, so that they stay in the processor's cache
LONGEST_GAP = 2**24  # characters
PACKED = re.compile(r"\.(zip|7z|tgz|tar(\.\w+)?)$")  # may hold more than one file
STAMP = ("size", "mtime", "LastModified", "last_modified", "Last-Modified", "ETag")  # what file systems call it
Progress = Callable[[int], object]  # called with the number of bytes that were read
UNKNOWN = 255  # as a signed byte, less than any id


class Shard(NamedTuple):
    """The lines of a file that begin in a range of bytes."""

    path: str  # or URL
    start: int = 0
    end: int = 2**63
    size: int = 0  # bytes, 0 where it is not known
    stamp: str = ""  # changes with the file


def count_files(
    *patterns: str, order: int = 2, weights: bool = False, **switches: Unpack[Switches]
) -> tuple[Tensor, Vocab]:
    """The counts N (C, V) of all words of the files, and their vocabulary: those of `ngrams` and `count`, in one pass.

    The rules are those of `parse`. Memory holds a block of text and the table. A file counts once, however many
    patterns, spellings or links name it.

    Args:
        patterns: Paths, globs or URLs that fsspec reads.
        order: 2 for bigrams, 3 or 4.
        weights: Whether each line is a word, a tab, and how often to count it. A word of weight 0 is left out, and so
            are its letters.
        **switches: Those of `bigram.reading.read`: column, counts, lower, remove, unicode, prose. Each line of a table
            is a row.

    Returns:
        N, int64 of shape (C, V), and the vocabulary.

    Raises:
        ValueError: A file cannot be read, is not UTF-8 or changes meanwhile; a boundary in a word, no word at all, a
            bad weight or order, too large a table, 2**53 counts or more.
    """
    check_switches(weights, switches)
    tables = (count_shard(shard, order, weights, switches=switches) for shard in shards(patterns))
    return not_empty(*add(tables, order), weights)


def check_switches(weights: bool, switches: Switches) -> None:
    """ValueError: two ways to count at once."""
    if weights and any(switches.values()):
        raise ValueError(
            "--weights reads a word, a tab and a weight a line. Leave it out, or leave out how a list is read."
        )


def not_empty(N: Tensor, vocab: Vocab, weights: bool = False) -> tuple[Tensor, Vocab]:
    """The same table. ValueError: it counts nothing."""
    if not N.any():
        what = "no word with a weight above 0" if weights else "no words"
        raise ValueError(f"The files hold {what}. Give at least one, one word a line.")
    return N, vocab


def shards(patterns: Iterable[str], size: int = 2**63) -> list[Shard]:
    """The files of the patterns in ranges of about `size` bytes; a compressed one is one range.

    A file counts once, by the first of its names. ValueError: there is no file, or what is there is no regular one.
    """
    import fsspec  # its import takes time, and only this file needs it

    found, known = [], set()
    for pattern in patterns:
        try:
            files = fsspec.open_files(pattern, "rb", compression="infer")
            for file in files[:1]:
                file.fs.invalidate_cache()  # subtle: a list may give another time of a file than its own entry
            infos = [file.fs.info(file.path) for file in files]
            names = [identity(file.fs.unstrip_protocol(file.path)) for file in files]
        except Exception as error:  # each file system has its own
            advice = "Give the path or the URL of a file, or a pattern such as 'texts/*.txt'."
            raise ValueError(f"{pattern} cannot be read ({type(error).__name__}: {error}). {advice}") from error
        if not files:
            raise ValueError(f"There is no file {pattern}.")
        for file, info, name in zip(files, infos, names):
            if PACKED.search(file.path) or (file.path.endswith(".zst") and not file.compression):
                raise ValueError(f"{file.path} cannot be read here as one text. Unpack it first.")
            if info.get("type") == "directory":
                raise ValueError(f"{file.path} is a folder. Name its files, such as '{file.path.rstrip('/')}/*.txt'.")
            if info.get("type", "file") != "file":
                raise ValueError(f"{file.path} is no regular file. Save the text in a file first.")
            length = 0 if file.compression else info.get("size") or 0
            cuts, path = [*range(0, length, size)] or [0], file.fs.unstrip_protocol(file.path)
            if name in known:
                continue
            known.add(name)
            for start, end in zip(cuts, [*cuts[1:], 2**63]):
                found.append(Shard(path, start, end, max(min(end, length) - start, 0), stamp(info)))
    return found


def local(path: str) -> str | None:
    """The path of a shard in the file system of this machine; None where it is elsewhere."""
    return path.removeprefix("file://") if path.startswith("file://") else None


def identity(path: str) -> object:
    """What all names of a file have in common, such as two spellings of its path or a link."""
    if (here := local(path)) is None:
        return path
    about = os.stat(here)
    return (about.st_dev, about.st_ino) if about.st_ino else os.path.realpath(here)


def stamp(info: dict[str, object]) -> str:
    """What changes with a file, as far as its file system says."""
    return " ".join(f"{info.get(key)}" for key in STAMP)


def check_unchanged(shard: Shard) -> None:
    """ValueError: the file is no longer what it was when the shard was made."""
    import fsspec

    if not shard.stamp:
        return
    try:
        fs, path = fsspec.core.url_to_fs(shard.path)
        fs.invalidate_cache()
        now = stamp(fs.info(path))
    except Exception as error:  # each file system has its own
        raise ValueError(f"{shard.path} cannot be read ({type(error).__name__}: {error}).") from error
    if now != shard.stamp:
        raise ValueError(f"{shard.path} changed while it was counted. Start again when nobody writes to it.")


def blocks(shard: Shard) -> Iterator[tuple[int, bytes]]:
    """The bytes of a shard's lines, each block after the position of its first byte. ValueError: cannot be read."""
    import fsspec

    try:
        source: Any = fsspec.open(shard.path, "rb", compression="infer")  # fsspec has no types
        with source as file:
            position = max(shard.start - 1, 0)
            if position:
                file.seek(position)
            in_range = shard.start == 0  # whether a line of the shard has begun
            size = max(READ // 32, 1)  # few bytes first, to meet the characters
            while block := file.read(size):
                start, position, size = position, position + len(block), READ
                if not in_range:  # here is the rest of a line that began before the range
                    skipped = block.find(b"\n") + 1
                    if not skipped:
                        continue
                    in_range, start, block = True, start + skipped, block[skipped:]
                    if start >= shard.end:
                        return
                if position >= shard.end:  # the last line ends at the first line break after the range
                    stop = block.find(b"\n", max(shard.end - 1 - start, 0)) + 1
                    if stop:
                        yield start, block[:stop]
                        return
                if block:
                    yield start, block
    except Exception as error:  # each file system has its own
        raise ValueError(f"{shard.path} cannot be read ({type(error).__name__}: {error}).") from error


class Cleaner:
    """The words of a shard with one line break after each, from its blocks in their order.

    It keeps what a block leaves open: bytes of a character, and whitespace. Give each block to `ids`, which is much
    faster, and where that gives None to `text`; at the end give an empty block to `text`.
    """

    def __init__(self, shard: Shard, advice: str = "Remove it.") -> None:
        self.path, self.advice = shard.path, advice
        self.decoder = codecs.getincrementaldecoder("utf-8" if shard.start else "utf-8-sig")()
        self.begun = False  # whether a word was found: whitespace before the first one is dropped
        self.gap = ""  # whitespace that waits for what follows: within a word it stays
        self.end = 0  # the position after the last block, in bytes

    def ids(self, block: bytes, known: bytes | bytearray) -> NDArray[np.uint8] | None:
        """The ids of a plain block: each byte is a line break or has an id in `known`, and no line is blank."""
        is_start = not self.begun and block[:1] == b"\n"
        if len(block) < 2 or is_start or self.gap not in ("", "\n") or self.unfinished():
            return None
        ids = np.frombuffer(bytearray(self.gap.encode() + block).translate(known), np.uint8)
        if (ids[1:] | ids[:-1]).view(np.int8).min() <= 0:  # an unknown byte, or two line breaks in a row
            return None
        self.decoder = codecs.getincrementaldecoder("utf-8")()  # a byte-order mark can no longer come
        self.begun, self.end = True, self.end + len(block)
        self.gap = "\n" if ids[-1] == 0 else ""
        return ids[: len(ids) - len(self.gap)]

    def text(self, position: int, block: bytes) -> str:
        """The words of any block as text. ValueError: not UTF-8, a boundary in a word, 16 million spaces in a row."""
        text = self.gap + self.decode(position, block)
        body = text.rstrip()
        self.gap = one_break(text[len(body) :]) if self.begun or body else ""
        if len(self.gap) > LONGEST_GAP:
            raise ValueError(f"{self.path} has {LONGEST_GAP:,} spaces in a row before byte {self.end:,}. Remove them.")
        words = ""
        if body and self.begun:
            words = one_word_a_line("x" + body)[1:]  # the x stands for a word that may continue, so no space is lost
        elif body:
            words = one_word_a_line(body)
        self.begun = self.begun or bool(body)
        return words if block or not self.begun else words + "\n"

    def decode(self, position: int, block: bytes) -> str:
        """The characters that end in this block. ValueError: names the byte of what is no text or a boundary."""
        if block:
            self.end = position + len(block)
        try:
            text = self.decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            at = self.end - len(error.object) + error.start
            raise ValueError(f"{self.path} is not UTF-8 at byte {at:,}. Save it as UTF-8 text.") from error
        if BOUNDARY in text:
            at = self.end - self.unfinished() - len(text[text.index(BOUNDARY) :].encode())
            raise ValueError(f"{self.path} has {BOUNDARY!r}, the boundary of words, at byte {at:,}. {self.advice}")
        return INVISIBLE.sub("", text) if is_any_invisible(text) else text

    def unfinished(self) -> int:
        """How many bytes of a character have come."""
        return len(self.decoder.getstate()[0])


def one_word_a_line(text: str) -> str:
    """The text without blank lines, and without spaces around its words."""
    return "\n".join(filter(None, map(str.strip, text.splitlines())))


def one_break(space: str) -> str:
    """A line break in place of whitespace that holds one."""
    return "\n" if space and space.splitlines() != [space] else space


def count_shard(
    shard: Shard,
    order: int = 2,
    weights: bool = False,
    progress: Progress | None = None,
    switches: Switches | None = None,
) -> tuple[Tensor, Vocab]:
    """The counts of one shard, and its vocabulary.

    ValueError: names the file, and the byte where there is one; also of a file that changed meanwhile.
    """
    try:
        if switches and any(switches.values()):
            table = add(switched(shard, order, switches, progress), order)
        else:
            table = add(weighted(shard, order, progress), order) if weights else plain(shard, order, progress)
    except ValueError:
        check_unchanged(shard)  # then this is the true cause
        raise
    check_unchanged(shard)
    return table


def read(shard: Shard, progress: Progress | None) -> Iterator[tuple[int, bytes]]:
    """The blocks of a shard, and an empty one at the end. `progress` is called with the bytes of each."""
    for position, block in blocks(shard):
        if progress is not None:
            progress(len(block))
        yield position, block
    yield -1, b""


def plain(shard: Shard, order: int, progress: Progress | None) -> tuple[Tensor, Vocab]:
    """The counts of a shard where each word counts once."""
    np.empty(2**24, np.uint8)  # freed at once; from then on the C library keeps so much memory for the blocks to come
    N, vocab = torch.zeros(context_count(1, order), 1, dtype=torch.int64), Vocab(BOUNDARY)
    known, cleaner = ids_of_bytes(vocab), Cleaner(shard)
    tail = BOUNDARY * (order - 1)  # the characters before the next one: its context
    for position, block in read(shard, progress):
        piece = cleaner.ids(block, known)
        if piece is None:
            text = tail + cleaner.text(position, block).replace("\n", BOUNDARY)
            wider = vocabulary(chain(vocab.chars, text))
            N, vocab = widen(N, vocab, wider, order), wider
            known = ids_of_bytes(vocab)
            ids = vocab.encode(text).numpy()
        else:
            before = vocab.encode(tail).numpy().astype(np.min_scalar_type(len(vocab)))
            ids = np.concatenate((before, piece))
        N += tally(ids, len(vocab), order).view_as(N)
        tail = vocab.decode(ids[1 - order :].tolist())
        del ids, piece  # their memory is for the next block
    forget_words_before(N, len(vocab), order)
    return N, vocab


def forget_words_before(N: Tensor, V: int, order: int) -> None:
    """Add up, in place, the contexts that differ only before a boundary: a boundary hides the word before it."""
    table = N.numpy().reshape((V,) * order)
    for place in range(order - 2, 0, -1):
        hidden = table[(slice(None),) * place + (0,)]
        total = hidden.sum(tuple(range(place)))
        hidden[...] = 0
        hidden[(0,) * place] = total


def ids_of_bytes(vocab: Vocab) -> bytearray:
    """The id of each byte, for `bytearray.translate`; UNKNOWN where it is no visible ASCII character with an id."""
    ids = bytearray(vocab.chars.find(chr(i), 1) % 256 if ord(" ") < i < 128 else UNKNOWN for i in range(256))
    ids[ord("\n")] = 0
    return ids


def tally(ids: NDArray[Any], V: int, order: int) -> Tensor:
    """How often each run of `order` ids comes, (V ** order,): a run is a number in base V, abcd is ab · V² + cd."""
    if order == 2 and V <= 2**7 and ids.dtype == np.uint8:  # two ids in memory are one number of 16 bits, b · 256 + a
        pairs = (np.frombuffer(ids, np.int16, (len(ids) - i) // 2, i) for i in (0, 1))
        even, odd = (torch.bincount(torch.from_numpy(pair), minlength=2**15) for pair in pairs)
        return (even + odd).view(2**7, 2**8)[:V, :V].T.flatten()
    runs = np.empty(len(ids) - order + 1, np.int16 if V**order <= 2**15 else np.int32)
    for start in range(0, len(runs), CACHED):
        block: NDArray[Any] = runs[start : start + CACHED]
        one = ids[start:][: len(block) + order - 1].astype(np.int16 if V**2 <= 2**15 else np.int32)
        two: NDArray[Any] = one[:-1] * V
        two += one[1:]
        np.multiply(two[: len(block)], V ** (order - 2), out=block, dtype=runs.dtype)
        if order > 2:
            block += (one if order == 3 else two)[2:]
    return torch.bincount(torch.from_numpy(runs), minlength=V**order)


def weighted(shard: Shard, order: int, progress: Progress | None) -> Iterator[tuple[Tensor, Vocab]]:
    """The counts of lines `word<TAB>weight`, a table for each block that has one. ValueError: a line that is none."""
    cleaner = Cleaner(shard, advice="A word has none, and a weight is a whole number.")
    unfinished = ""  # the line that continues in the next block
    for position, block in read(shard, progress):
        *lines, unfinished = (unfinished + cleaner.text(position, block)).split("\n")
        pairs = [pair for line in lines if (pair := word_and_weight(line, shard.path))[1] > 0]
        if pairs:
            words, weights = map(list, zip(*pairs))
            yield table_of(words, weights, order)


def table_of(words: list[str], weights: list[int] | None, order: int) -> tuple[Tensor, Vocab]:
    """The counts of words, each as often as its weight says, and their vocabulary."""
    vocab = Vocab.from_words(words)
    xs, ys = ngrams(words, vocab, order)
    N = torch.zeros(context_count(len(vocab), order), len(vocab), dtype=torch.int64)
    lengths = np.fromiter(map(len, words), np.int64, len(words)) + 1
    each = torch.from_numpy(np.repeat(np.array(weights, np.int64) if weights else np.ones_like(lengths), lengths))
    N.view(-1).index_add_(0, xs * len(vocab) + ys, each)
    return N, vocab


def switched(shard: Shard, order: int, switches: Switches, progress: Progress | None) -> Iterator[tuple[Tensor, Vocab]]:
    """The counts of a list that is read with switches, a table for each block that ends where a word may end.

    The start of the file says how all of its rows are written. ValueError: not UTF-8, or not `read` as a list.
    """
    is_table = bool(switches.get("column") or switches.get("counts"))
    shape = shape_of(beginning(shard), switches.get("column"), switches.get("counts")) if is_table else None
    in_one = (shape is not None and shape.kind == "JSON") or switches.get("prose") == "sentences"
    if in_one and (shard.start or shard.end < 2**63):
        raise ValueError(f"{shard.path} can be read in one piece only. Choose a larger --shard.")
    if shape is not None and shard.start:
        shape = shape._replace(begins=False)
    unfinished, at = bytearray(), 0  # the bytes of a line that is not over, and their place
    for position, block in read(shard, progress):
        at = at if unfinished or not block else position
        unfinished += block
        end = len(unfinished) if not block else 0 if in_one else last_break(unfinished)
        text, unfinished = decoded(unfinished[:end], at, shard.path), unfinished[end:]
        at += end
        if not text.strip():
            continue
        found = read_decoded(text, "UTF-8", shape, **switches)
        shape = shape and shape._replace(begins=False)
        pairs = [(word, n) for word, n in zip(found.words, found.counts or repeat(1)) if n]
        if pairs:
            words, weights = map(list, zip(*pairs))
            yield table_of(words, weights, order)


def last_break(text: bytes | bytearray) -> int:
    """The place after the last line break."""
    return max(text.rfind(b"\n"), text.rfind(b"\r")) + 1


def decoded(text: bytes | bytearray, at: int, path: str) -> str:
    """The text of bytes that begin at a place of a file. ValueError: names the byte that is not UTF-8."""
    try:
        return text.decode("utf-8" if at else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 at byte {at + error.start:,}. Save it as UTF-8 text.") from error


def beginning(shard: Shard) -> str:
    """The first lines of a file."""
    start = b""
    for _, block in blocks(Shard(shard.path)):
        start += block
        if len(start) > LONGEST_SAMPLE and last_break(start):
            start = start[: last_break(start)]
            break
    return start.decode("utf-8-sig", "ignore")


def word_and_weight(line: str, path: str) -> tuple[str, int]:
    """The word of a line and how often it counts. ValueError: the line is not a word, a tab and a whole number."""
    word, _, weight = line.rpartition("\t")
    if not (word.strip() and weight.isdecimal() and len(weight) < 20 and int(weight) < 2**31):
        raise ValueError(f"{path}: {line[:40]!r} is not a word, a tab and a whole number below 2**31.")
    return word.strip(), int(weight)
