"""Tables of counts of different texts: added by the names of their characters, and kept as files."""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from torch import Tensor

from bigram.checks import visible
from bigram.text import BOUNDARY, LARGEST_TABLE, Vocab, context_count

TOO_MANY = 2**53  # counts: above, float64 does not hold each whole number
LARGEST_HEADER = 2**21 + 100_000  # bytes: 2,048 characters, each of 12 where JSON escapes them, and the source, in
# which earlier versions wrote the names of all files: a system takes 2 MiB of them at most
LARGEST_FILE = 8 + LARGEST_HEADER + 8 * LARGEST_TABLE  # bytes; the three tables of the lab's own files are smaller
TENSORS = {"N": "I64", "W": "F32", "P": "F64"}  # the counts; the lab writes its weights and probabilities, too
LONGEST_SOURCE = 200  # characters


def vocabulary(characters: Iterable[str]) -> Vocab:
    """The vocabulary of these characters; a line break is the boundary."""
    return Vocab(BOUNDARY + "".join(sorted({*characters} - {BOUNDARY, "\n"})))


def widen(N: Tensor, vocab: Vocab, wider: Vocab, order: int = 2) -> Tensor:
    """The same counts over a vocabulary with more characters.

    Args:
        N: Counts, int64 of shape (C, V).
        vocab: The vocabulary of N.
        wider: A vocabulary with all characters of `vocab`, and others.
        order: That of N.

    Returns:
        The counts over `wider`; the new cells hold 0.

    Raises:
        ValueError: The table would be too large.
    """
    if wider == vocab:
        return N
    table = np.zeros((context_count(len(wider), order), len(wider)), np.int64)
    table.reshape((len(wider),) * order)[np.ix_(*[wider.encode(vocab.chars)] * order)] = N.view((len(vocab),) * order)
    return torch.from_numpy(table)


def add(tables: Iterable[tuple[Tensor, Vocab]], order: int = 2) -> tuple[Tensor, Vocab]:
    """The sum of tables of counts (N, vocabulary), over the union of their characters.

    Args:
        tables: Pairs of counts, int64 of shape (C, V), and their vocabulary.
        order: That of all tables.

    Returns:
        The sum, and its vocabulary.

    Raises:
        ValueError: Too large a table, 2**53 counts or more.

    >>> add([(torch.tensor([[0, 1], [2, 3]]), Vocab(".a")), (torch.tensor([[0, 4], [5, 6]]), Vocab(".b"))])[0]
    tensor([[0, 1, 4],
            [2, 3, 0],
            [5, 0, 6]])
    """
    total, vocab = torch.zeros(context_count(1, order), 1, dtype=torch.int64), Vocab(BOUNDARY)
    n = 0.0
    for N, other in tables:
        n += count_sum(N)
        check_size(n)  # before a cell could pass 2**63 and wrap
        both = vocabulary(vocab.chars + other.chars)
        total, vocab = widen(total, vocab, both, order), both
        total += widen(N, other, both, order)
    return total, vocab


def count_sum(N: Tensor) -> float:
    """How much a table counts; exact below 2**53, and it never wraps."""
    return N.sum(dtype=torch.float64).item()


def check_size(n: float) -> None:
    """ValueError: n counts are more than a table may hold."""
    if n >= TOO_MANY:
        raise ValueError(f"These are {n:.3g} counts; a table holds fewer than 2**53. Count less, or lower the weights.")


def save_table(path: str | Path, N: Tensor, vocab: Vocab, order: int, source: str = "") -> None:
    """Write a table as a safetensors file, whole or not at all. What is written can be read by `load_table`.

    Args:
        path: Where to write. Only a table of counts is replaced.
        N: Counts, int64 of shape (C, V).
        vocab: The vocabulary of N.
        order: That of N.
        source: What was counted. Its first 200 characters are kept.

    Raises:
        ValueError: N is no table of counts or holds 2**53 counts or more, there is no place to write, safetensors is
            not installed, or something at `path` is no table of counts.
    """
    save = library().save
    check_size(count_sum(N))
    if not is_table(N, vocab, order):
        raise ValueError("A table of counts is int64, has no count below 0, and has the shape of its order; N has not.")
    check_place(path)
    metadata = {"vocabulary": vocab.chars, "order": str(int(order)), "n": str(int(N.sum())), "source": brief(source)}
    try:
        content = in_order(save({"N": N.contiguous()}, metadata))
    except UnicodeError:
        raise ValueError("The vocabulary holds half a character (a lone surrogate). Remove it.") from None
    unfinished = f"{path}.{secrets.token_hex(4)}"
    try:
        with open(unfinished, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise ValueError(f"The table could not be written to {path} ({error}).") from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)


def check_place(path: str | Path) -> None:
    """ValueError: what lies at `path` is no table of counts, so no table may replace it."""
    if not os.path.exists(path):
        return
    if os.path.isdir(path):
        raise ValueError(f"{path} is a folder. Give the name of a file.")
    if not os.path.isfile(path):
        raise ValueError(f"{path} is no regular file. Choose another name.")
    try:
        load_table(path)
        only_counts = [*unpack(Path(path).read_bytes())[0]] == ["N"]  # a file of the lab holds trained weights, too
    except ValueError:
        only_counts = False
    if not only_counts:
        advice = "so it is not replaced. Choose another name, or remove it first."
        raise ValueError(f"{path} exists and holds something else than a table of counts, {advice}")


def brief(source: str) -> str:
    """What a table was made of, on one line of at most 200 characters, without those that a terminal obeys."""
    line = visible(source[: LONGEST_SOURCE + 1])
    return line if len(line) <= LONGEST_SOURCE else line[: LONGEST_SOURCE - 1] + "…"


def in_order(file: bytes) -> bytes:
    """A safetensors file with its keys in order, for the library writes them in any: the same table, the same bytes."""
    end = 8 + int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8:end]), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join((file[:8], header.ljust(end - 8), memoryview(file)[end:]))


def load_table(path: str | Path) -> tuple[Tensor, Vocab, int, str]:
    """The table in a file, as `read_table` gives it.

    Args:
        path: The file.

    Returns:
        N, int64 of shape (C, V), the vocabulary, the order, and what was counted.

    Raises:
        ValueError: No regular file, one larger than any table, or no table of counts.
    """
    try:
        about = os.stat(path)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("It is no regular file. Save the table in a file first.")
        if about.st_size > LARGEST_FILE:
            raise ValueError(f"It has {about.st_size:,} bytes; a table has at most {LARGEST_FILE:,}.")
        return read_table(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} could not be read. {error}") from error


def read_table(file: bytes) -> tuple[Tensor, Vocab, int, str]:
    """The table in the bytes of a file that `save_table` or the lab has written.

    Args:
        file: The content of the file.

    Returns:
        N, int64 of shape (C, V), the vocabulary, the order, and what was counted: a line of at most 200 characters.

    Raises:
        ValueError: No table of counts, or 2**53 counts or more.
    """
    tensors, metadata = unpack(file)
    try:
        N, vocab, order = tensors["N"], Vocab(metadata["vocabulary"]), int(metadata["order"])
        if not is_table(N, vocab, order) or count_sum(N) >= TOO_MANY:
            raise KeyError("N")
    except (KeyError, ValueError) as error:
        raise ValueError("This is no table of counts. Make one with python -m bigram.corpus.") from error
    return N, vocab, order, brief(metadata.get("source", ""))


def is_table(N: Tensor, vocab: Vocab, order: int) -> bool:
    """Whether N holds counts for this vocabulary. ValueError: a bad order, too large a table."""
    V = len(vocab)
    return N.dtype == torch.int64 and N.shape == (context_count(V, order), V) and bool(N.min() >= 0)


def unpack(file: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a file of `save_table` or of the lab; two empty dicts where it is neither.

    The header is read first, and only a small one: a file may claim many thousands of tensors.
    """
    load = library().load
    end = 8 + int.from_bytes(file[:8], "little")
    if end > min(8 + LARGEST_HEADER, len(file)):
        return {}, {}
    try:
        header = json.loads(file[8:end])
        metadata = header.pop("__metadata__", {})
        if not all(header[name]["dtype"] == TENSORS[name] for name in header):
            return {}, {}
        if not all(isinstance(text, str) for text in metadata.values()):
            return {}, {}
        return load(file), metadata
    except Exception:  # whatever a strange file makes JSON or the library raise
        return {}, {}


def library() -> ModuleType:
    """safetensors for PyTorch. ValueError: it is not installed."""
    try:
        import safetensors.torch
    except ImportError as error:
        raise ValueError("A table as a file needs safetensors: pip install safetensors.") from error
    return safetensors.torch
