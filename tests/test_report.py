"""The report on speed: ratios with their intervals, the committed results, and every number in the prose."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import report
from benchmarks.report import BOTH, FORWARD, LOOKUP, LOSS

ROOT = Path(__file__).parent.parent
SHOWN = report.runs()[report.MARKED.search(report.README.read_text("utf-8")).group(2)]


def rounds(seconds: float, seed: int, slowed: np.ndarray) -> np.ndarray:
    """Made-up rounds: each off by about 5%, on a machine that is slowed down for a while."""
    return seconds * slowed * np.random.default_rng(seed).lognormal(0, 0.05, len(slowed))


@pytest.mark.parametrize("n", [5, 20, 100])
@pytest.mark.parametrize(("seconds", "said"), [(1.3, "slower"), (1.0, "equal"), (1 / 1.3, "faster")])
def test_a_planted_slow_down_and_a_planted_equal_pair_are_told_apart(n, seconds, said):
    """Even if the machine takes twice as long for a third of the rounds, which is much more than the planted 30%."""
    slowed = np.where(np.arange(n) % 12 < 4, 2.0, 1.0)
    told = report.ratio(rounds(seconds, 1, slowed), rounds(1.0, 2, slowed))
    assert told["low"] <= told["ratio"] <= told["high"]
    assert told["ratio"] == pytest.approx(1 / seconds, rel=0.1)
    assert report.times(told).startswith("~") == (said == "equal")
    assert (told["high"] < 1) == (said == "slower")
    assert (told["low"] > 1) == (said == "faster")


def test_the_interval_is_about_as_wide_as_it_says():
    """Of many equal pairs, about one in twenty is called unequal."""
    still = np.ones(20)
    wrong = sum(
        report.times(report.ratio(rounds(1.0, seed, still), rounds(1.0, seed + 1_000, still)))[0] != "~"
        for seed in range(200)
    )
    assert 1 <= wrong <= 20


@pytest.mark.parametrize(
    ("seconds", "said"), [(2.0, "2 s"), (0.1234, "123 ms"), (0.99999, "1 s"), (1.5e-6, "1.5 µs"), (3e-8, "30 ns")]
)
def test_durations(seconds, said):
    assert report.duration(seconds) == said


PLANTED = """
import bigram

right = bigram.nll_gather
wrong = lambda W, xs, ys: right(W, xs, ys) + 1e-3 * (W[0, 0] - W[0, 0].detach())
bigram.FORMS["gather"] = bigram.FORMS["gather"]._replace(loss=wrong)
"""


@pytest.fixture(scope="module")
def planted_run(tmp_path_factory):
    """A short run on small examples with a wrong gradient by `gather`: its exit status, its output, its JSON."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "planted.py").write_text(PLANTED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "benchmarks/bench_nll.py",
        "-q",
        "-p",
        "planted",
        "-p",
        "no:cacheprovider",
    ]
    command += [
        "-k",
        "backward and cpu and 000 and not 10",
        "--benchmark-max-time=0.01",
        f"--benchmark-json={folder}/run.json",
    ]
    alone = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}  # not a worker's child
    alone["PYTHONPATH"] = f"{folder}{os.pathsep}{ROOT}"
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
    return done.returncode, done.stdout, json.loads((folder / "run.json").read_text())


def test_a_wrong_answer_is_not_timed(planted_run):
    returncode, said, run = planted_run
    assert returncode == 1
    assert "The gradient of gather is off by" in said
    timed = [bench["extra_info"]["method"] for bench in run["benchmarks"]]
    assert timed == ["lecture", "onehot", "rows", "counts", "counts, closed form"]


def test_what_a_run_says_is_also_in_the_files_of_pytest_benchmark(planted_run):
    """Its groups, its rounds, and in `extra_info` the ratio to the case that it alternated with."""
    _, said, run = planted_run
    table = said.partition("~ where it holds 1")[2]
    assert "loss, forward + backward: n = 1,000, V = 27 (1 thread)" in table
    for bench in run["benchmarks"]:
        extra = bench["extra_info"]
        assert bench["group"] == "loss, forward + backward: n = 1,000, cpu"
        assert bench["stats"]["rounds"] >= 5
        median = report.duration(report.middle(bench["stats"]["data"])["median"])
        assert re.search(rf"^  {re.escape(extra['method'])} +{median}", table, re.MULTILINE)
        if extra["method"] != "lecture":
            assert extra["than"] == "lecture"
            assert report.times(extra) in table


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A repository of its own for what the report writes."""
    for name in ("README", "TABLES", "LARGE_TEXTS"):
        (tmp_path / name).write_text(getattr(report, name).read_text("utf-8"))
        monkeypatch.setattr(report, name, tmp_path / name)
    for path in report.RESULTS.iterdir():
        (tmp_path / "results").mkdir(exist_ok=True)
        (tmp_path / "results" / path.name).write_text(path.read_text("utf-8"))
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    return tmp_path


def words(text: str) -> list[str] | str:
    """The words of a figure; of any other file, the whole text."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", text) or text


def test_tables_and_figures_show_the_committed_results(elsewhere):
    """Redrawn, the tables are the same to the last character, and the figures say the same words."""
    paths = [report.README, report.TABLES, report.LARGE_TEXTS, *report.RESULTS.glob("*.svg")]
    before = [words(path.read_text("utf-8")) for path in paths]
    assert len(paths) == 7
    report.write()
    assert [words(path.read_text("utf-8")) for path in paths] == before


def test_another_machine_stands_beside_the_first_and_a_gpu_fits_without_a_change(elsewhere, monkeypatch):
    """It has a file of its own, which the tables name. A second run replaces the rows that it measured again."""
    monkeypatch.setattr(report, "machine", lambda: {"machine": "A CPU and A GPU", "torch": "2.11"})
    monkeypatch.setattr(report, "figures", lambda run: {})  # they are drawn in the test above
    rows = [row | {"device": "cuda"} for row in SHOWN.rows]
    assert report.keep(rows) == "a-cpu-and-a-gpu-torch-2-11.json"
    assert report.keep([rows[0] | {"median": 7.0}]) == "a-cpu-and-a-gpu-torch-2-11.json"
    there = report.runs()["a-cpu-and-a-gpu-torch-2-11.json"]
    assert [row["median"] for row in there.rows] == [7.0, *(row["median"] for row in rows[1:])]
    assert there.place == "cuda"
    tables = report.TABLES.read_text()
    assert "## A CPU and A GPU, PyTorch 2.11" in tables
    assert f"## {SHOWN.name}" in tables
    assert "| names, n = 229,804, V = 27 | cuda | `W[xs]` |" in tables
    assert "`counts, closed form`" in report.answer(there)
    assert report.short_answer(SHOWN) in report.README.read_text()  # which still shows the machine that it names
    assert report.answer(SHOWN) in tables


def test_the_costs_of_large_texts_say_what_is_measured_and_what_is_not():
    """The same numbers, computed once more from the rows of the two orders."""
    rows = [line.split(" | ") for line in report.costs(SHOWN).splitlines()[2:]]
    assert [row[0].removeprefix("| ").partition(":")[0] for row in rows] == [
        *["measured"] * 3,
        "computed",
        "extrapolated from this one machine, never measured",
    ]
    for column, order, numbers in ((1, 2, "729 numbers"), (2, 4, "531,441 numbers")):
        large, small = (SHOWN.find(f"whole program, order {order}", case) for case in ("10 GB", "names"))
        seconds = {ranks: large[ranks]["median"] - small[ranks]["median"] for ranks in ("1 rank", "2 ranks")}
        each_sum = SHOWN.find("all-reduce", numbers)["gloo, 2 ranks"]["median"]
        once = small["2 ranks"]["median"] + 100 * seconds["2 ranks"]  # 1 TB is 100 times 10 GB, about
        told = [row[column].removesuffix(" |").replace(",", "").split() for row in rows]
        assert [unit for _, unit in told] == ["MB/s", "MB/s", "seconds", "minutes", "minutes"]
        speeds = [10_000 / seconds["1 rank"], 10_000 / seconds["2 ranks"]]
        minutes = [(once + each_sum) / 60, (once + 8 * each_sum) / 60]  # 100 machines double seven times, about
        expected = [*speeds, large["2 ranks"]["median"], *minutes]
        assert [float(number) for number, _ in told] == pytest.approx(expected, rel=0.01)


def test_a_file_of_results_is_small_and_says_where_and_when():
    for path in report.RESULTS.glob("*.json"):
        content = json.loads(path.read_text())
        assert path.stat().st_size < 150_000
        assert {"machine", "torch", "python", "system"} <= content.keys()
        assert all({"date", "commit", "threads", "device"} <= row.keys() for row in content["results"])


def of(work: str, method: str, key: str = "ratio", case: str = "names", where: str | None = None) -> float:
    """A number of the run that the README shows."""
    return SHOWN.find(work, case, where)[method][key]


def of_count(than: str) -> float:
    rows = [row for row in SHOWN.rows if (row["work"], row["case"], row.get("than")) == ("count", "names", than)]
    return next(row["ratio"] for row in rows if row["method"] == "ours")


def as_long(work: str, one: str, other: str, case: str) -> float:
    """How many times as long one form takes as the other."""
    return of(work, one, "median", case) / of(work, other, "median", case)


PROMISED = [  # at least so many times as fast
    (400, lambda: of("descent step", "counts, closed form")),
    (800, lambda: of_count("lecture")),
    (10, lambda: of_count("Counter")),
    (40, lambda: of("sample", "ours", case="1,000 names")),
]
COMPILED, FURTHER = f"torch.compile, {BOTH}", "descent step, taken further"
THREADS, FIXED = f"threads, {BOTH}", "deterministic algorithms"
SCATTER, PARTITIONED = "torch.compile, scatter", "W[xs], compiled, partitioned scatter"
SAID = {  # a sentence, and what stands in place of {}
    "README.md": [
        ("for the names, `W[xs]` is {} times as fast as one-hot", lambda: of(f"{LOOKUP}, {BOTH}", "W[xs]")),
        ("gradient in closed form is {} times as fast", lambda: of(f"{LOSS}, {BOTH}", "counts, closed form")),
    ],
    "benchmarks/README.md": [
        ("A descent step by counts in closed form is {} times as fast", PROMISED[0][1]),
        ("`ngrams` and `count` are {} times as fast as the lecture's", PROMISED[1][1]),
        ("and {} times as fast as a `Counter`", PROMISED[2][1]),
        ("Drawing 1,000 names is {} times as fast", PROMISED[3][1]),
        ("by `rows` is off by {} millionths", lambda: 1e6 * of("precision, float32", "rows", "gradient_error")),
        ("by `gather` by {},", lambda: 1e6 * of("precision, float32", "gather", "gradient_error")),
        ("in closed form by {}.", lambda: 1e6 * of("precision, float32", "counts, closed form", "gradient_error")),
        (
            "the closed form is only {} times as fast",
            lambda: of("mini-batch", "counts, closed form", case="batch of 32"),
        ),
        (
            "531,441 numbers, `counts` takes {} times",
            lambda: as_long(f"{LOSS}, {BOTH}", "counts", "rows", "order 4, few examples"),
        ),
        ("At V = 27, {}% of the", lambda: 100 - 100 / of(f"{LOOKUP}, {FORWARD}", "X @ W, X prebuilt")),
        ("filling 64 MiB takes {} times", lambda: of("fill", "kept pages", case="64 MiB")),
        ("one step takes as long as {} additions", lambda: of("floor", "one addition of two tables")),
        ("compiled, loss and gradient take {} times", lambda: 1 / of(COMPILED, "counts, closed form")),
        ("makes forward + backward of the lecture's form {} times as fast,", lambda: of(COMPILED, "lecture")),
        ("and of `onehot` {} times as fast.", lambda: of(COMPILED, "onehot")),
        ("Compiled, `counts` takes {} times as long", lambda: 1 / of(COMPILED, "counts")),
        ("compiled as one, are {} times as fast", lambda: of(FURTHER, "torch.compile of ten steps")),
        ("does one step {} times as fast.", lambda: of(FURTHER, "NumPy")),
        ("compiled with it takes {} ms for the names", lambda: 1e3 * of(SCATTER, PARTITIONED, "median")),
        ("for the names, and without it {} ms;", lambda: 1e3 * of(SCATTER, "W[xs], compiled", "median")),
        ("are one letter, {} ms and", lambda: 1e3 * of(SCATTER, PARTITIONED, "median", "one letter")),
        (" ms and {} ms. It is off", lambda: 1e3 * of(SCATTER, "W[xs], compiled", "median", "one letter")),
        ("With it, the lecture's form takes {} times as long,", lambda: 1 / of("precision, float64", "lecture")),
        ("`rows` {} times, and the closed", lambda: 1 / of("precision, float64", "rows")),
        ("and the closed form {} times.", lambda: 1 / of("precision, float64", "counts, closed form")),
        ("by `rows` is off by {}% of", lambda: 100 * of("precision, bfloat16", "rows", "gradient_error")),
        ("and by `gather` by {}%:", lambda: 100 * of("precision, bfloat16", "gather", "gradient_error")),
        (
            "In closed form it is off by {}%.",
            lambda: 100 * of("precision, bfloat16", "counts, closed form", "gradient_error"),
        ),
        ("form takes {} times as long as in float32.", lambda: 1 / of("precision, bfloat16", "lecture")),
        ("of `W[xs]` takes {} times as long as with 1", lambda: 1 / of(THREADS, "W[xs]", where="2 threads")),
        (
            "for the names, and {} times as long where all",
            lambda: 1 / of(THREADS, "W[xs]", case="one letter", where="2 threads"),
        ),
        ("`W[xs]` is {} times as fast for the names", lambda: of(FIXED, "W[xs]", where="2 threads")),
        (
            "`index_select` takes {} times as long for the names.",
            lambda: 1 / of(FIXED, "index_select", where="2 threads"),
        ),
    ],
}
SIZES = {"27", "1,024", "229,804", "2,048", "1,000", "32", "4", "531,441", "64"}  # of the cases
SIZES |= {"04", "1", "2", "2e-5", "1e-5", "16", "95", "2,000", "2.13"}  # E04, bfloat16, and what the code says


def prose(name: str) -> str:
    """What a person wrote about the benchmarks, without tables, code, and names of machines and files."""
    text = (ROOT / name).read_text("utf-8")
    if name == "README.md":
        text = text.partition("## How slow is one-hot, really?")[2].partition("\n## ")[0]
    text = report.MARKED.sub("", text).replace(SHOWN.name, "")
    return re.sub(r"```.*?```|<[^>]*>|\]\([^)]*\)|^\d\. ", "", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("name", "sentence", "measured"), [(n, *said) for n, list_ in SAID.items() for said in list_])
def test_each_number_of_the_prose_was_measured(name, sentence, measured):
    """Within 5% of what the committed file says."""
    before, after = map(re.escape, sentence.split("{}"))
    said = re.search(rf"{before}([\d,.]*\d){after}", prose(name))
    assert said, f"{name} no longer says: {sentence}"
    assert float(said.group(1).replace(",", "")) == pytest.approx(measured(), rel=0.05)


@pytest.mark.parametrize("name", SAID)
def test_no_number_of_the_prose_is_unchecked(name):
    text = prose(name)
    for sentence, _ in SAID[name]:
        before, after = map(re.escape, sentence.split("{}"))
        text = re.sub(rf"({before})[\d,.]*\d({after})", r"\1…\2", text)
    assert set(re.findall(r"\d[\d,.e-]*\d|\d", text)) - SIZES == set()


def test_what_the_prose_says_of_bits_was_measured():
    """`W[xs]` alone changes its bits with two threads, and to fix them costs it nothing."""
    for case in ("names", "one letter"):
        rows = SHOWN.find(THREADS, case, "2 threads")
        assert [method for method, row in rows.items() if not row["same_bits"]] == ["W[xs]"]
        assert SHOWN.find(FIXED, case, "2 threads")["W[xs]"]["low"] >= 1


@pytest.mark.parametrize(("promise", "measured"), PROMISED)
def test_the_promised_ratios_hold_in_the_committed_run(promise, measured):
    assert measured() >= promise


def test_the_readme_says_it_in_sixty_lines():
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.partition("## How slow is one-hot, really?")[2].partition("\n## ")[0].splitlines()) <= 60
