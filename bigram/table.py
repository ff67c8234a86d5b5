"""Tables of counts of different texts: added by the names of their characters, and kept as files."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from bigram.text import BOUNDARY, Vocab, context_count


def vocabulary(characters: Iterable[str]) -> Vocab:
    """The vocabulary of these characters; a line break is the boundary."""
    return Vocab(BOUNDARY + "".join(sorted({*characters} - {BOUNDARY, "\n"})))


def widen(N: Tensor, vocab: Vocab, wider: Vocab, order: int = 2) -> Tensor:
    """The same counts over a vocabulary with more characters. ValueError: too large a table."""
    if wider == vocab:
        return N
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
        total, vocab = widen(total, vocab, both, order), both
        total += widen(N, other, both, order)
    return total, vocab


def save_table(path: str | Path, N: Tensor, vocab: Vocab, order: int, source: str = "") -> None:
    """Write a table as a safetensors file, whole or not at all. ValueError: there is no place, or no safetensors."""
    unfinished = f"{path}.{os.getpid()}"
    try:
        from safetensors.torch import save

        metadata = {"vocabulary": vocab.chars, "order": str(order), "n": str(int(N.sum())), "source": source}
        with open(unfinished, "wb") as file:
            file.write(in_order(save({"N": N}, metadata)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except (OSError, ImportError) as error:
        Path(unfinished).unlink(missing_ok=True)
        raise ValueError(f"The table could not be written to {path} ({error}).") from error


def in_order(file: bytes) -> bytes:
    """A safetensors file with its keys in order, for the library writes them in any: the same table, the same bytes."""
    end = 8 + int.from_bytes(file[:8], "little")
    header = json.dumps(json.loads(file[8:end]), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join((file[:8], header.ljust(end - 8), memoryview(file)[end:]))


def load_table(path: str | Path) -> tuple[Tensor, Vocab, int, str]:
    """`read_table` of a file."""
    try:
        return read_table(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} could not be read. {error}") from error


def read_table(file: bytes) -> tuple[Tensor, Vocab, int, str]:
    """A table of `save_table` or of the lab: (N, vocabulary, order, source). ValueError: no table, or 2**53 counts."""
    tensors, metadata = unpack(file)
    try:
        N, vocab, order = tensors["N"], Vocab(metadata["vocabulary"]), int(metadata["order"])
        right = N.dtype == torch.int64 and N.shape == (context_count(len(vocab), order), len(vocab))
        if not right or N.min() < 0 or N.sum(dtype=torch.float64) >= 2**53:
            raise KeyError("N")
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("This is no table of counts. Make one with python -m bigram.corpus.") from error
    return N, vocab, order, metadata.get("source", "")


def unpack(file: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file; two empty dicts where it is not such a file."""
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load
    except ImportError as error:
        raise ValueError("A table as a file needs safetensors: pip install safetensors.") from error
    try:
        return load(file), json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")]).get("__metadata__", {})
    except SafetensorError:
        return {}, {}
