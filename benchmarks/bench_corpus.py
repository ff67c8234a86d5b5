"""Text of any size: the speed of a core and of two ranks, what the machine can do at most, start-up, and the sum.

The texts are the names over and over, so their counts are known: those of the names, times the repeats. `costs` in
report.py computes a cost model from these times. Run as a program, this file times the sum of two ranks.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed

import bigram
from benchmarks.report import RANKS, SUM, TEXT, WHOLE
from bigram.scale.stream import READ, count_files
from bigram.scale.table import load_table

ROOT = Path(__file__).parent.parent
ROUNDS = 3  # of what takes long
SUMMED = (729, 531_441)  # numbers of a table of 27 letters, at order 2 and at order 4


@pytest.fixture(scope="module")
def write(words, tmp_path_factory, request):
    """A function that writes a text of a given size once: its path, and how often the text repeats the names."""
    once = "".join(f"{word}\n" for word in words).encode()

    @functools.cache
    def write(size):
        size = len(once) if request.config.option.benchmark_disable else size
        path = tmp_path_factory.mktemp("text") / "names.txt"
        if shutil.disk_usage(path.parent).free < 2 * size:
            pytest.skip(f"A text of {size:,} bytes needs twice as much free space.")
        with path.open("wb") as file:
            for _ in range(size // len(once)):
                file.write(once)
        return path, size // len(once)

    yield write
    for file in Path(tmp_path_factory.getbasetemp()).rglob("names.txt"):
        file.unlink()


def right(words, vocab, order):
    return bigram.count(*bigram.ngrams(words, vocab, order), len(vocab), order)


def blocks(path):
    with path.open("rb", buffering=0) as file:
        while block := file.read(READ):
            yield block


def read(path):
    return sum(map(len, blocks(path)))


def copy(path):
    shutil.copyfile(path, path.with_suffix(".copy"))


def wc(path):
    return int(subprocess.check_output(["wc", "-l", path]).split()[0])


def bincount(path):
    """How often each byte occurs: what a table of order 1 would need."""
    return sum(np.bincount(np.frombuffer(block, np.uint8), minlength=256) for block in blocks(path))


LIMITS = {"read": read, "copy of the file": copy, "wc -l": wc, "np.bincount of the bytes": bincount}


@pytest.mark.parametrize("method", LIMITS)
def test_limits_of_the_machine(method, write, words, compare):
    """100 MB of a file in the system's cache, with one core. All are compared with reading alone."""
    path, repeats = write(10**8)
    assert read(path) == path.stat().st_size == bincount(path).sum()
    assert wc(path) == len(words) * repeats
    run, base = functools.partial(LIMITS[method], path), functools.partial(read, path)
    than = None if method == "read" else "read"
    compare(TEXT, method, run, than and base, than, case="100 MB", bytes=path.stat().st_size)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_count_a_text(order, write, words, vocab, compare):
    """The same 100 MB, counted."""
    path, repeats = write(10**8)
    run = functools.partial(count_files, str(path), order=order)
    N, found = run()
    assert found == vocab
    assert torch.equal(N, right(words, vocab, order) * repeats)
    base = functools.partial(read, path)
    compare(TEXT, f"ours, order {order}", run, base, "read", case="100 MB", bytes=path.stat().st_size)


def program(ranks: int, *arguments: object) -> tuple[float, int]:
    """Run Python with these arguments, by torchrun where there are more ranks: (seconds, peak bytes of a process)."""
    start = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"] if ranks > 1 else []
    begun, peak = time.perf_counter(), 0
    process = subprocess.Popen(
        [sys.executable, *start, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None:
        peak = max(peak, largest(process.pid))
        time.sleep(0.02)
    assert process.returncode == 0
    return time.perf_counter() - begun, peak


def largest(pid: int) -> int:
    """The peak memory of this process and of those that it started, in bytes, as Linux reports it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return 0
    held = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return max([int(held.group(1)) * 1024 if held else 0, *map(largest, map(int, children))])


def command(text: Path, order: int, ranks: int, out: Path) -> tuple[float, int]:
    """Count the text as `python -m bigram.corpus` does, with nothing kept from before."""
    shutil.rmtree(f"{out}.parts", ignore_errors=True)
    return program(ranks, "-m", "bigram.corpus", text, f"--order={order}", f"--out={out}")


@pytest.mark.parametrize("order", [2, 4])
@pytest.mark.parametrize(("case", "size"), [("10 GB", 10**10), ("names", 0)])
def test_program(case, size, order, write, words, vocab, tmp_path, benchmark, record):
    """The whole program with one rank and two, in alternation, and the peak memory. The names show the start-up."""
    if benchmark.disabled and size:
        pytest.skip("Ten gigabytes take minutes; untimed, the names alone are checked.")
    text, repeats = write(size or sum(len(word) + 1 for word in words))
    found = {ranks: [] for ranks in (1, 2)}
    for _ in range(1 if benchmark.disabled else ROUNDS):
        for ranks, runs in found.items():
            out = tmp_path / f"{ranks}.safetensors"
            runs.append(command(text, order, ranks, out))
            N, alphabet, *_ = load_table(out)
            assert alphabet == vocab
            assert torch.equal(N, right(words, vocab, order) * repeats)
    seconds = {ranks: [run[0] for run in runs] for ranks, runs in found.items()}
    benchmark(lambda: None)  # the times are those of whole programs
    for ranks, base in ((1, ()), (2, seconds[1])):
        facts = {"bytes": text.stat().st_size, "peak_bytes": max(peak for _, peak in found[ranks])}
        than = RANKS[0] if ranks > 1 else None
        record(f"{WHOLE}, order {order}", RANKS[ranks - 1], seconds[ranks], base, than, case=case, **facts)


@pytest.mark.parametrize("size", SUMMED)
def test_sum_of_two_ranks(size, tmp_path, benchmark, record):
    """An all-reduce by gloo within this machine. A network adds its bandwidth and its latency."""
    out = tmp_path / "seconds.json"
    program(2, __file__, size, out)
    seconds = json.loads(out.read_text())
    assert len(seconds) == 50
    benchmark(lambda: None)
    record(SUM, "gloo, 2 ranks", seconds, case=f"{size:,} numbers")


def time_the_sum(size: int, out: Path) -> None:
    """The program of each rank."""
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    seconds = []
    for _ in range(50):
        N = torch.full((size,), rank + 1)
        torch.distributed.barrier()
        start = time.perf_counter()
        torch.distributed.all_reduce(N)
        seconds.append(time.perf_counter() - start)
        assert (N == 3).all()
    if rank == 0:
        out.write_text(json.dumps(seconds))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    time_the_sum(int(sys.argv[1]), Path(sys.argv[2]))
