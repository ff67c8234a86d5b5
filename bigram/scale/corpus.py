"""The counts of files as a program, on one core or many.

    python -m bigram.corpus 'texts/*.txt' --order 3 --out table.safetensors
    torchrun --nproc-per-node=2 -m bigram.corpus 'texts/*.txt' --order 3 --out table.safetensors

fsspec reads the text: files, globs and URLs, compressed or not. Each piece that is counted stays in the folder
OUT.parts, so a second start counts only what is missing or has changed. A file counts once, however many patterns,
spellings or links name it. The table OUT and its pieces are never counted, and OUT replaces nothing but a table.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterable
from datetime import timedelta
from itertools import chain
from pathlib import Path

import torch
import torch.distributed
from torch import Tensor
from tqdm import tqdm

from bigram import terminal
from bigram.checks import whole
from bigram.scale.stream import Shard, check_switches, count_shard, local, not_empty, shards
from bigram.scale.table import (
    add,
    check_place,
    check_size,
    count_sum,
    library,
    load_table,
    save_table,
    vocabulary,
    widen,
)
from bigram.text import Vocab, context_count


def main() -> None:
    """Read the options, count, write the table. `terminal.run` says how it ends."""
    parser = argparse.ArgumentParser(prog="python -m bigram.corpus", description="Count the words of files.")
    parser.add_argument("files", nargs="+", help="paths, globs or URLs that fsspec reads")
    parser.add_argument("--out", required=True, help="the table, a safetensors file")
    parser.add_argument("--order", type=int, default=2, help="2 bigram, 3 trigram, 4 (%(default)s)")
    parser.add_argument("--weights", action="store_true", help="each line is a word, a tab, and how often it counts")
    parser.add_argument("--shard", type=int, default=1024, help="MiB counted and kept at a time (%(default)s)")
    terminal.add_switches(parser)
    terminal.run(lambda: command(parser.parse_args()))


def command(options: argparse.Namespace) -> None:
    """Count this process's shards, keep each, and add those of all processes. ValueError: a sentence."""
    rank, ranks = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    torch.set_num_threads(1)  # more cores: more processes
    context_count(1, options.order)
    whole(options.shard, range(1, 2**40), "A shard must have a whole number of MiB from 1 to 2**40 - 1")
    if not Path(options.out).name or not os.path.basename(options.out):
        raise ValueError("Give --out the name of a file.")
    library()
    switches = terminal.switches_of(options)
    check_switches(options.weights, switches)
    parts = Path(f"{Path(options.out)}.parts")
    size = 2**63 if options.prose == "sentences" else options.shard * 2**20  # a sentence may stand on many lines
    mine = inputs(options.files, size, options.out, parts)[rank::ranks]
    try:
        parts.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"The folder {parts} could not be made ({error}).") from error
    if ranks > 1:
        torch.distributed.init_process_group("gloo", timeout=timedelta(days=30))  # the others may take long
    kept, pause = [], 0.1 if sys.stderr.isatty() else 60.0
    total, label = sum(shard.size for shard in mine) or None, f"rank {rank} of {ranks}"
    with tqdm(
        desc=label,
        total=total,
        unit="B",
        unit_scale=True,
        mininterval=pause,
        maxinterval=pause,
        disable=rank > 0,
    ) as bar:
        for shard in mine:
            name = hashlib.sha256(repr((shard, options.order, options.weights, *switches.items())).encode()).hexdigest()
            kept.append(parts / f"{name[:32]}.safetensors")
            if kept[-1].exists():
                bar.update(shard.size)
            else:
                N, vocab = count_shard(shard, options.order, options.weights, bar.update, switches)
                save_table(kept[-1], N, vocab, options.order, shard.path)
                del N
    N, vocab = add(map(piece, kept), options.order)
    if ranks > 1:
        tables = [("", 0.0)] * ranks
        torch.distributed.all_gather_object(tables, (vocab.chars, count_sum(N)))
        alphabets, sizes = zip(*tables)
        check_size(sum(sizes))
        union = vocabulary(chain(*alphabets))
        N, vocab = widen(N, vocab, union, options.order), union
        torch.distributed.all_reduce(N)
    if rank == 0:
        save_table(options.out, *not_empty(N, vocab, options.weights), options.order, " ".join(options.files))
        print(f"{options.out}: {N.sum():,} examples, {len(vocab)} characters, order {options.order}")
    if ranks > 1:
        torch.distributed.destroy_process_group()


def inputs(files: Iterable[str], size: int, out: str, parts: Path) -> list[Shard]:
    """The shards of the files, less the table `out` and its pieces where a pattern meets them.

    ValueError: one of them is named as a file to count, or what lies at `out` is no table.
    """

    def own(path: str | None) -> bool:
        """Whether it is the table itself, by any spelling or link, or a piece."""
        return path is not None and (same(path, out) or same(os.path.dirname(path) or ".", parts))

    for file in files:
        if "*" not in file and own(file if "://" not in file else local(file)):
            raise ValueError(f"{file} is both a file to count and a place to write. Choose another name for --out.")
    check_place(out)
    found = [shard for shard in shards(files, size) if not own(local(shard.path))]
    if not found:
        raise ValueError("There is no file to count: the patterns name the table and its pieces only.")
    return found


def same(path: str | Path, other: str | Path) -> bool:
    """Whether both paths lead to one file or folder that exists."""
    return os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other)


def piece(path: Path) -> tuple[Tensor, Vocab]:
    """A piece that was counted and kept. ValueError: it was damaged since."""
    try:
        return load_table(path)[:2]
    except ValueError:
        raise ValueError(f"{path} is damaged. Remove it and start again: only this piece is counted again.") from None


if __name__ == "__main__":
    main()
