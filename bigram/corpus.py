"""Text beyond memory: N(A + B) = N(A) + N(B), so count it in pieces and add the tables.

    python -m bigram.corpus 'texts/*.txt' --order 3 --out table.safetensors
    torchrun --nproc-per-node=2 -m bigram.corpus 'texts/*.txt' --order 3 --out table.safetensors

fsspec reads the text: files, globs and URLs, compressed or not. Each piece that is counted stays in the folder
OUT.parts, so a second start counts only what is missing or has changed.
"""

import argparse
import codecs
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.distributed
from torch import Tensor
from tqdm import tqdm

from bigram.text import BLOCK, BOUNDARY, Vocab, context_count, ngrams

READ = 2**20  # bytes at a time
LONGEST_GAP = 2**24  # characters
UNKNOWN = 255  # more than any id of an ASCII character


class Shard(NamedTuple):
    """The lines of a file that begin in a range of bytes."""

    path: str  # or URL
    start: int = 0
    end: int = 2**63
    size: int = 0  # bytes, 0 where it is not known
    stamp: str = ""  # changes with the file


def vocabulary(characters: Iterable[str]) -> Vocab:
    """The vocabulary of these characters; a line break is the boundary."""
    return Vocab(BOUNDARY + "".join(sorted({*characters} - {BOUNDARY, "\n"})))


def widen(N: Tensor, vocab: Vocab, wider: Vocab, order: int = 2) -> Tensor:
    """The same counts over a vocabulary with more characters. ValueError: too large a table.

    >>> widen(torch.tensor([[0, 1], [2, 3]]), Vocab(".b"), Vocab(".ab"))
    tensor([[0, 0, 1],
            [0, 0, 0],
            [2, 0, 3]])
    """
    table = np.zeros((context_count(len(wider), order), len(wider)), np.int64)
    table.reshape((len(wider),) * order)[np.ix_(*[wider.encode(vocab.chars)] * order)] = N.view((len(vocab),) * order)
    return torch.from_numpy(table)


def add(tables: Iterable[tuple[Tensor, Vocab]], order: int = 2) -> tuple[Tensor, Vocab]:
    """The sum of tables of counts (N, vocabulary), over the union of their characters. ValueError: too large a table.

    >>> add([(torch.tensor([[0, 1], [2, 3]]), Vocab(".a")), (torch.tensor([[0, 4], [5, 6]]), Vocab(".b"))])[0]
    tensor([[0, 1, 4],
            [2, 3, 0],
            [5, 0, 6]])
    """
    total, vocab = torch.zeros(context_count(1, order), 1, dtype=torch.int64), Vocab(BOUNDARY)
    for N, other in tables:
        both = vocabulary(vocab.chars + other.chars)
        total, vocab = widen(total, vocab, both, order) + widen(N, other, both, order), both
    return total, vocab


def count_files(*patterns: str, order: int = 2, weights: bool = False) -> tuple[Tensor, Vocab]:
    """The counts N (C, V) of all words of the files, and their vocabulary: those of `ngrams` and `count`, in one pass.

    The rules are those of `parse`. Memory holds a block of text and the table. With `weights`, each line is a word, a
    tab, and how often to count it. ValueError: a file that cannot be read or is not UTF-8, a boundary in a word, no
    word at all, a bad weight or order, too large a table.
    """
    return not_empty(*add((count_shard(shard, order, weights) for shard in shards(patterns)), order))


def not_empty(N: Tensor, vocab: Vocab) -> tuple[Tensor, Vocab]:
    """The same table. ValueError: it counts nothing."""
    if not N.any():
        raise ValueError("The files hold no words. Give at least one, one word a line.")
    return N, vocab


def shards(patterns: Iterable[str], size: int = 2**63) -> list[Shard]:
    """The files of the patterns in ranges of about `size` bytes; a compressed one is one range. ValueError: no file."""
    import fsspec  # its import takes time, and only this file needs it

    found = []
    for pattern in patterns:
        try:
            files = fsspec.open_files(pattern, "rb", compression="infer")
            infos = [file.fs.info(file.path) for file in files]
        except (OSError, ValueError, ImportError) as error:
            raise ValueError(f"{pattern} cannot be read ({type(error).__name__}: {error}).") from error
        if not files:
            raise ValueError(f"There is no file {pattern}.")
        for file, info in zip(files, infos):
            stamp = " ".join(f"{info.get(key)}" for key in ("size", "mtime", "LastModified", "last_modified", "ETag"))
            length = 0 if file.compression else info.get("size") or 0
            cuts, path = [*range(0, length, size)] or [0], file.fs.unstrip_protocol(file.path)
            for start, end in zip(cuts, [*cuts[1:], 2**63]):
                found.append(Shard(path, start, end, max(min(end, length) - start, 0), stamp))
    return found


def blocks(shard: Shard) -> Iterator[tuple[int, bytes]]:
    """The bytes of a shard's lines, each block after the position of its first byte. ValueError: cannot be read."""
    import fsspec

    try:
        with fsspec.open(shard.path, "rb", compression="infer") as file:
            position, begun = max(shard.start - 1, 0), shard.start == 0
            if position:
                file.seek(position)
            while block := file.read(READ):
                start, position = position, position + len(block)
                if not begun:  # a line that began before the range
                    skipped = block.find(b"\n") + 1
                    begun, block, start = skipped > 0, block[skipped:], start + skipped
                    if begun and start >= shard.end:
                        return
                if begun and position >= shard.end:
                    stop = block.find(b"\n", max(shard.end - 1 - start, 0)) + 1
                    if stop:
                        yield start, block[:stop]
                        return
                if begun and block:
                    yield start, block
    except Exception as error:  # each file system has its own
        raise ValueError(f"{shard.path} cannot be read ({type(error).__name__}: {error}).") from error


def plain(block: bytes) -> bool:
    """Whether a block is ASCII words with one line break between: no other whitespace, no boundary."""
    codes = np.frombuffer(block, np.uint8)
    breaks = codes == ord("\n")
    others = np.count_nonzero(codes - 33 > 94) - np.count_nonzero(breaks)  # subtle: below 33, the difference wraps
    return not others and not (breaks[1:] & breaks[:-1]).any() and BOUNDARY.encode() not in block


def clean(shard: Shard, progress: Callable[[int], object] = int) -> Iterator[bytes | str]:
    """The words of a shard with one line break after each, in pieces: bytes where they are plain, or else text.

    ValueError: not UTF-8, a boundary in a word, 16 million spaces in a row.
    """
    decoder, begun, end = codecs.getincrementaldecoder("utf-8" if shard.start else "utf-8-sig")(), False, 0
    gap = ""  # whitespace that waits for what follows: within a word it stays
    for position, block in chain(blocks(shard), [(-1, b"")]):
        progress(len(block))
        rest = len(decoder.getstate()[0])  # bytes of a character that has begun
        if begun and block and not rest and gap in ("", "\n") and not (gap and block[:1] == b"\n") and plain(block):
            text = gap.encode() + block
            gap = "\n" if text.endswith(b"\n") else ""
            yield text.removesuffix(b"\n")
            continue
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            at = (position if block else end) - rest + error.start
            raise ValueError(f"{shard.path} is not UTF-8 at byte {at:,}. Save it as UTF-8 text.") from error
        if BOUNDARY in text:
            at = position - rest + len(text.partition(BOUNDARY)[0].encode())
            raise ValueError(f"{shard.path} has {BOUNDARY!r}, the boundary of words, at byte {at:,}. Remove it.")
        end, text = position + len(block), gap + text
        body = text.rstrip()
        gap = text[len(body) :]
        gap = gap if [gap] == gap.splitlines() or not gap else "\n"
        if len(gap) > LONGEST_GAP:
            raise ValueError(f"{shard.path} has {LONGEST_GAP:,} spaces in a row before byte {end:,}. Remove them.")
        if body:
            lines = ("x" * begun + body).splitlines()  # the x stands for the word that goes on
            yield "\n".join(word for line in lines if (word := line.strip()))[begun:]
            begun = True
    if begun:
        yield b"\n"


def count_shard(
    shard: Shard, order: int = 2, weights: bool = False, progress: Callable[[int], object] = int
) -> tuple[Tensor, Vocab]:
    """The counts of one shard, and its vocabulary. ValueError: names the file, and the byte where there is one."""
    if weights:
        return add(weighted(shard, order, progress), order)
    N, vocab = torch.zeros(context_count(1, order), 1, dtype=torch.int64), Vocab(BOUNDARY)
    tail = "\n" * (order - 1)  # what a context that goes on holds
    for text in clean(shard, progress):
        ascii = isinstance(text, bytes) and tail.isascii()
        text = bytearray(tail.encode() + text) if ascii else tail + (text.decode() if isinstance(text, bytes) else text)
        ids = np.frombuffer(text.translate(ids_of_bytes(vocab)), np.uint8) if ascii else None
        if not ascii or ids.max() == UNKNOWN:
            letters = text.decode() if ascii else text
            wider = vocabulary(chain(vocab.chars, letters))
            N, vocab = widen(N, vocab, wider, order), wider
            ids = vocab.encode(letters.replace("\n", BOUNDARY)).numpy()
        N += tally(ids, len(vocab), order).view_as(N)
        tail = text[1 - order :].decode() if ascii else text[1 - order :]
    table = N.numpy().reshape((len(vocab),) * order)
    for place in range(order - 2, 0, -1):  # a boundary hides the word before it
        hidden = table[(slice(None),) * place + (0,)]
        total = hidden.sum(tuple(range(place)))
        hidden[...] = 0
        hidden[(0,) * place] = total
    return N, vocab


@cache
def ids_of_bytes(vocab: Vocab) -> bytes:
    """The id of each byte, for `bytes.translate`; UNKNOWN where it is none of the vocabulary."""
    return bytes(0 if i == ord("\n") else vocab.chars.find(chr(i)) % 256 if i < 128 else UNKNOWN for i in range(256))


def tally(ids: np.ndarray, V: int, order: int) -> Tensor:
    """How often each run of `order` ids comes, (V ** order,): a run is a number in base V. In blocks of the cache."""
    if order == 2 and ids.dtype == np.uint8:  # two bytes in memory are a number of 16 bits: second · 256 + first
        pairs = [torch.from_numpy(ids[i : i + (len(ids) - i) // 2 * 2].view(np.int16)) for i in (0, 1)]
        table = sum(torch.bincount(pair, minlength=2**15) for pair in pairs).view(2**7, 2**8).T
        return torch.nn.functional.pad(table[:V, :V], (0, max(V - 2**7, 0), 0, max(V - 2**8, 0))).flatten()
    runs = np.empty(len(ids) - order + 1, np.int16 if V**order <= 2**15 else np.int32)
    for start in range(0, len(runs), BLOCK):
        block = runs[start : start + BLOCK]
        block[:] = ids[start:][: len(block)]
        for place in range(1, order):
            block *= V
            block += ids[start + place :][: len(block)].astype(block.dtype)
    return torch.bincount(torch.from_numpy(runs), minlength=V**order)


def weighted(shard: Shard, order: int, progress: Callable[[int], object]) -> Iterator[tuple[Tensor, Vocab]]:
    """The counts of lines `word<TAB>weight`, a table for each piece. ValueError: a line that is none."""
    begun = ""
    for piece in clean(shard, progress):
        *lines, begun = (begun + (piece if isinstance(piece, str) else piece.decode())).split("\n")
        words, weights = [], []
        for line in lines:
            word, _, weight = line.rpartition("\t")
            if not (word.strip() and weight.isdecimal() and int(weight) < 2**31):
                raise ValueError(
                    f"{shard.path}: the line {line[:40]!r} is no word, a tab and a whole number below 2**31."
                )
            words.append(word.strip())
            weights.append(int(weight))
        if words:
            vocab = Vocab.from_words(words)
            xs, ys = ngrams(words, vocab, order)
            each = torch.tensor(weights).repeat_interleave(torch.tensor([len(word) + 1 for word in words]))
            N = torch.zeros(context_count(len(vocab), order), len(vocab), dtype=torch.int64)
            N.view(-1).index_add_(0, xs * len(vocab) + ys, each)
            yield N, vocab


def save_table(path: str | Path, N: Tensor, vocab: Vocab, order: int, source: str = "") -> None:
    """Write a table as a safetensors file, whole or not at all. ValueError: there is no place, or no safetensors."""
    unfinished = f"{path}.{os.getpid()}"
    try:
        from safetensors.torch import save

        metadata = {"vocabulary": vocab.chars, "order": str(order), "n": str(int(N.sum())), "source": source}
        with open(unfinished, "wb") as file:
            file.write(save({"N": N}, metadata))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except (OSError, ImportError) as error:
        Path(unfinished).unlink(missing_ok=True)
        raise ValueError(f"The table could not be written to {path} ({error}).") from error


def load_table(path: str | Path) -> tuple[Tensor, Vocab, int]:
    """A table of counts from a file of `save_table` or of the lab: (N, vocabulary, order). ValueError: it is none."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise ValueError("A table as a file needs safetensors: pip install safetensors.") from error
    try:
        with safe_open(path, "pt") as file:
            metadata, N = file.metadata(), file.get_tensor("N")
        vocab, order = Vocab(metadata["vocabulary"]), int(metadata["order"])
        if N.dtype != torch.int64 or N.shape != (context_count(len(vocab), order), len(vocab)) or N.min() < 0:
            raise KeyError("N")
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no table of counts. Make one with python -m bigram.corpus.") from error
    return N, vocab, order


def main() -> None:
    """Read the options, count, write the table. What is wrong: one sentence and exit status 2."""
    parser = argparse.ArgumentParser(prog="bigram.corpus", description="Count the words of files, one a line.")
    parser.add_argument("files", nargs="+", help="paths, globs or URLs that fsspec reads")
    parser.add_argument("--out", required=True, help="the table, a safetensors file")
    parser.add_argument("--order", type=int, default=2, help="2 bigram, 3 trigram, 4 (%(default)s)")
    parser.add_argument("--weights", action="store_true", help="each line is a word, a tab, and how often it counts")
    parser.add_argument("--shard", type=int, default=1024, help="MiB counted and kept at a time (%(default)s)")
    try:
        command(parser.parse_args())
    except ValueError as error:
        parser.exit(2, f"bigram: {error}\n")


def command(options: argparse.Namespace) -> None:
    """Count this process's shards, keep each, and add those of all processes. ValueError: a sentence."""
    rank, ranks = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    torch.set_num_threads(1)  # more cores: more processes
    context_count(1, options.order)
    if options.shard < 1:
        raise ValueError(f"A shard has 1 MiB or more; {options.shard} is not.")
    mine, parts = shards(options.files, options.shard * 2**20)[rank::ranks], Path(f"{options.out}.parts")
    try:
        parts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"The folder {parts} could not be made ({error}).") from error
    if ranks > 1:
        torch.distributed.init_process_group("gloo", timeout=timedelta(days=30))  # the others may take long
    kept, pause = [], 0.1 if sys.stderr.isatty() else 60.0
    size, label = sum(shard.size for shard in mine) or None, f"rank {rank} of {ranks}"
    every = {"mininterval": pause, "maxinterval": pause}
    with tqdm(desc=label, total=size, unit="B", unit_scale=True, disable=rank > 0, **every) as bar:
        for shard in mine:
            name = hashlib.sha256(repr((shard, options.order, options.weights)).encode()).hexdigest()
            kept.append(parts / f"{name[:32]}.safetensors")
            if kept[-1].exists():
                bar.update(shard.size)
            else:
                N, vocab = count_shard(shard, options.order, options.weights, bar.update)
                save_table(kept[-1], N, vocab, options.order, shard.path)
    N, vocab = add((load_table(path)[:2] for path in kept), options.order)
    if ranks > 1:
        alphabets = [""] * ranks
        torch.distributed.all_gather_object(alphabets, vocab.chars)
        N, vocab = widen(N, vocab, vocabulary(chain(*alphabets)), options.order), vocabulary(chain(*alphabets))
        torch.distributed.all_reduce(N)
    if rank == 0:
        save_table(options.out, *not_empty(N, vocab), options.order, " ".join(options.files))
        print(f"{options.out}: {N.sum():,} examples, {len(vocab)} characters, order {options.order}")
    if ranks > 1:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
