"""The counts of files as a program, on one core or many:

    python -m bigram.corpus 'texts/*.txt' --order 3 --out table.safetensors
    torchrun --nproc-per-node=2 -m bigram.corpus 'texts/*.txt' --order 3 --out table.safetensors

fsspec reads the text: files, globs and URLs, compressed or not. Each piece that is counted stays in the folder
OUT.parts, so a second start counts only what is missing or has changed.
"""

import argparse
import hashlib
import os
import sys
from datetime import timedelta
from itertools import chain
from pathlib import Path

import torch
import torch.distributed
from torch import Tensor
from tqdm import tqdm

from bigram.stream import count_shard, not_empty, shards
from bigram.table import add, load_table, save_table, vocabulary, widen
from bigram.text import Vocab, context_count


def main() -> None:
    """Read the options, count, write the table. What is wrong: one sentence and exit status 2."""
    parser = argparse.ArgumentParser(prog="python -m bigram.corpus", description="Count the words of files.")
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
    if Path(options.out).is_dir():
        raise ValueError(f"{options.out} is a folder. Give --out the name of a file.")
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
                del N
    N, vocab = add(map(piece, kept), options.order)
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


def piece(path: Path) -> tuple[Tensor, Vocab]:
    """A piece that was counted and kept. ValueError: it was damaged since."""
    try:
        return load_table(path)[:2]
    except ValueError:
        raise ValueError(f"{path} is damaged. Remove it and start again: only this piece is counted anew.") from None


if __name__ == "__main__":
    main()
