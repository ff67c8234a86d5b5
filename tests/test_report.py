"""The report on speed: from pytest-benchmark's JSON to the committed results, and from these to the README."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def report():
    """benchmarks/report.py as a module; it is a script, in no package."""
    spec = importlib.util.spec_from_file_location("report", ROOT / "benchmarks" / "report.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_smallest(path: Path, *options: str, **environment: str) -> dict:
    """What a real run writes, on one case in each place."""
    command = [sys.executable, "-m", "pytest", "benchmarks/bench_lookup.py", "-k", "smallest", "-q", *options]
    command += ["-p", "no:cacheprovider", f"--benchmark-json={path}"]
    alone = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}  # not a worker's child
    done = subprocess.run(command, cwd=ROOT, env=alone | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    return run_smallest(tmp_path_factory.mktemp("run") / "run.json")


def test_readme_shows_the_committed_results(report):
    """Every table and number of the section, as `python benchmarks/report.py` would write it today."""
    readme = (ROOT / "README.md").read_text()
    assert report.BEGIN in readme
    shown = readme.partition(report.BEGIN)[2].partition(report.END)[0]
    gpu = report.load("cuda.json")
    run = report.load("cpu.json") or gpu
    assert run, "README.md has a section on speed, and benchmarks/results/ nothing to show in it."
    assert shown == "\n" + report.section(run, gpu)


def test_all_tables_show_the_committed_results(report):
    run = report.load("cpu.json") or report.load("cuda.json")
    assert (report.RESULTS / "tables.md").read_text() == report.all_tables(run, report.load("cuda.json"))


def test_the_figures_show_the_committed_results(report):
    """Each says the numbers that it says today: a median beside each bar, the sizes and the names of the lines."""
    pytest.importorskip("matplotlib", reason="matplotlib draws the figures: pip install -e '.[bench]'")

    def words(svg: str) -> list[str]:
        return re.findall(r"<text[^>]*>([^<]+)</text>", svg)

    run = report.load("cpu.json") or report.load("cuda.json")
    for name, drawn in report.figures(run).items():
        assert len(words(drawn)) > 10
        assert words((report.RESULTS / name).read_text()) == words(drawn)


def test_a_report_without_a_new_run_changes_nothing(report, tmp_path, monkeypatch):
    """And a run that is not whole changes nothing either."""
    pytest.importorskip("matplotlib", reason="matplotlib draws the figures: pip install -e '.[bench]'")
    shutil.copytree(report.RESULTS, tmp_path / "results")
    shutil.copy(report.README, tmp_path)
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(report, "README", tmp_path / "README.md")
    report.main([])
    half = json.loads((ROOT / "benchmarks" / "results" / "cpu.json").read_text())
    benchmarks = [
        {"fullname": str(i), "stats": result, "extra_info": result} for i, result in enumerate(half["results"][:9])
    ]
    machine = {"cpu": {"arch": "x", "count": 2}, "python_version": "3"}
    (tmp_path / "half.json").write_text(
        json.dumps({"machine_info": machine, "datetime": "2026-01-01", "benchmarks": benchmarks})
    )
    with pytest.raises(ValueError, match="Run all of benchmarks/"):
        report.main([str(tmp_path / "half.json")])
    for name in ("README.md", "results/tables.md", "results/cpu.json"):
        committed = ROOT / ("benchmarks/" * name.startswith("results")) / name
        assert (tmp_path / name).read_text() == committed.read_text()


def test_a_run_is_distilled_to_statistics(report, small_run):
    """Median and IQR as measured; no single rounds, and nothing that names the machine."""
    distilled = report.distil(small_run)
    for result, bench in zip(distilled["results"], small_run["benchmarks"]):
        assert result["median"] == bench["stats"]["median"]
        assert result["iqr"] == bench["stats"]["iqr"]
        assert len(json.dumps(result)) < 1_000  # the rounds alone take more
    assert small_run["machine_info"]["node"] not in json.dumps(distilled)


def made_up(small_run: dict, *medians: float, loop: float = 0.01) -> dict:
    """A run whose first case took so long, each time it was its turn; all others a second, and the loops as given."""
    run = json.loads(json.dumps(small_run))
    for bench in run["benchmarks"]:
        bench["stats"]["median"], bench["extra_info"]["pace"] = 1.0, [{"loop": loop}, {"loop": loop}]
    first, *others = run["benchmarks"]
    turns = [{**first, "stats": first["stats"] | {"median": median}} for median in medians]
    return run | {"benchmarks": turns + others * len(medians)}


def test_two_runs_that_agree_are_said_to(report, small_run):
    cases = len(small_run["benchmarks"])
    run = report.Run(report.distil(made_up(small_run, 1.0), made_up(small_run, 1.1)))
    assert report.unsteady(run) == f"Run twice: of {cases} cases over 1 ms, {cases} agree within 15%."
    assert "Where two runs disagree" not in report.full_tables(run)
    assert report.unsteady(report.Run(report.distil(small_run))) == "It was run once."


@pytest.mark.parametrize(
    ("processes", "loop", "by_moment", "by_process", "why"),
    [
        ((), 0.01, "–", "–", "not timed in turn"),
        (((1.0, 1.3), (1.0, 1.3)), 0.01, "1.30×", "1.00×", "the moment"),
        (((1.3, 1.0),), 0.01, "1.30×", "1.00×", "the moment"),
        (((1.0, 1.0, 1.3, 1.3), (1.0, 1.0, 1.0, 1.3)), 0.01, "1.30×", "1.00×", "the moment"),  # one turn apart
        (((1.0, 1.05), (1.3, 1.3)), 0.01, "1.05×", "1.27×", "the process"),
        (((1.0, 1.3), (1.4, 1.6)), 0.01, "1.30×", "1.32×", "the moment and the process"),
        (((1.3, 1.3), (1.3, 1.35)), 0.01, "1.04×", "1.02×", "not known"),
        (((1.3, 1.3), (1.3, 1.35)), 0.0109, "1.04×", "1.02×", "not known"),
        (((1.3, 1.3), (1.3, 1.35)), 0.0111, "1.04×", "1.02×", "the small job"),
    ],
)
def test_where_two_runs_disagree_the_turns_say_why(report, small_run, processes, loop, by_moment, by_process, why):
    """A case over 1 ms that differs by more than 15 % is counted and named, with what else differs."""
    runs = made_up(small_run, 1.0), made_up(small_run, 1.3, loop=loop), *(made_up(small_run, *p) for p in processes)
    run = report.Run(report.distil(*runs))
    said, tables = report.unsteady(run), report.full_tables(run)
    ranges = "; ".join(f"{report.duration(min(p))} to {report.duration(max(p))}" for p in processes) or "–"
    shown = f"loop 10, {report.rounded(loop * 1e3)}, 10 ms" if why == "the small job" else "–"
    row = f"1 s | 1.3 s | 1.30× | {shown} | {ranges} | {by_moment} | {by_process} | {why} |"
    assert f"| `one addition`, floor, 27 x 27, 1 thread | {row}" in tables
    assert f"{len(small_run['benchmarks']) - 1} agree within 15%. The " in said
    if processes:
        assert (
            f"timed {len(processes[0])} times more in each of {len(processes)} processes that took turns. For" in said
        )
        sentences = {
            "the moment": "For 1 it is the moment: ",
            "the process": "For 1 it is the process: ",
            "the small job": "For 1 a small job around them, loop with 1 thread, changed by more than 10% between the "
            "two runs: where it did, 1 of 1 cases disagree; where not, 0 of 0.",
            "not known": "For 1 it is none of these, and not known.",
        }
        for name, sentence in sentences.items():
            assert (sentence in said) == (name in why)
    else:
        assert "took turns" not in said


def test_the_most_telling_small_job_is_the_one_whose_change_goes_with_disagreement(report):
    """Not one that changed around all cases, nor one that changed around none of those that disagree."""

    def case(median_again, **changes):
        pace = dict.fromkeys(("everywhere", "telling", "elsewhere"), 1.0)
        return {
            "median": 1.0,
            "median_again": median_again,
            "pace": [pace, pace | {"everywhere": 2.0} | changes],
            **dict.fromkeys(("work", "method", "case"), ""),
            **{"place": "1 thread", "device": "cpu", "threads": 1},
        }

    cases = [case(2.0, telling=2.0), case(2.0, telling=0.5), case(2.0), case(1.0, elsewhere=2.0), case(1.0), case(1.1)]
    run = report.Run({"machine": "", "torch": "", "date": "", "results": cases})
    assert report.most_telling(run) == ("1 thread", "telling")
    sides = {job: tuple(map(len, sides)) for (_, job), sides in report.beside(run).items()}
    assert sides == {"everywhere": (6, 0), "telling": (2, 4), "elsewhere": (1, 5)}


def test_what_is_timed_in_turn_is_what_disagrees(report, small_run):
    first, second = made_up(small_run, 1.0), made_up(small_run, 1.3)
    assert report.to_time_in_turn(first, second) == [first["benchmarks"][0]["fullname"]]
    assert report.to_time_in_turn(first, first) == []


def test_cases_take_turns(report, small_run, tmp_path):
    names = [bench["fullname"] for bench in small_run["benchmarks"]]
    again = run_smallest(tmp_path / "turns.json", "--turns=2")
    assert [bench["fullname"] for bench in again["benchmarks"]] == names * 2


RECORDER = """
import os, pathlib, pytest, time

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    start = time.monotonic()
    result = yield
    with pathlib.Path(os.environ["RECORD"]).open("a") as record:
        print(start, time.monotonic(), os.getpid(), file=record)
    return result
"""


def test_two_processes_never_time_at_once(small_run, tmp_path):
    (tmp_path / "recorder.py").write_text(RECORDER)
    environment = {"PYTHONPATH": str(tmp_path), "RECORD": str(tmp_path / "record")}

    def process(number):
        return run_smallest(tmp_path / f"{number}.json", "--turns=3", "-p", "recorder", **environment)

    with ThreadPoolExecutor() as both:
        runs = list(both.map(process, (1, 2)))
    spans = sorted([float(part) for part in line.split()] for line in (tmp_path / "record").read_text().splitlines())
    assert len(spans) == sum(len(run["benchmarks"]) for run in runs) == 6 * len(small_run["benchmarks"])
    assert len({process for _, _, process in spans}) == 2
    for (_, end, _), (start, _, _) in pairwise(spans):
        assert start > end


def test_the_pace_is_taken_around_each_case(small_run):
    """The same small jobs, before and after."""
    for bench in small_run["benchmarks"]:
        before, after = bench["extra_info"]["pace"]
        assert before.keys() == after.keys()
        assert min(*before.values(), *after.values()) > 0


def test_a_run_on_a_gpu_stands_beside_the_other(report):
    """Its steps, its version and date, and all its cases; and a run on a GPU alone is a whole run, too."""
    committed = json.loads((report.RESULTS / "cpu.json").read_text())
    there = [r | {"place": "cuda", "device": "A GPU"} for r in committed["results"] if r["place"] == "1 thread"]
    gpu = report.Run(committed | {"machine": "A GPU", "torch": "2.11", "results": there})
    section = report.section(report.Run(committed), gpu)
    assert f"With a GPU (A GPU, PyTorch 2.11, {committed['date']}), each call waited for:" in section
    assert "whole step, cuda" in section
    assert "| names | cuda |" in report.all_tables(report.Run(committed), gpu)
    with pytest.raises(ValueError, match="has no 'nll, forward"):
        report.step_table(report.Run(committed | {"results": there[:1]}), ["cuda"])


def test_tables_of_a_small_run(report, small_run):
    run = report.Run(report.distil(small_run))
    median = report.duration(small_run["benchmarks"][0]["stats"]["median"])
    assert f"| 27 x 27 | 1 thread | {median} ± " in report.full_tables(run)


def test_a_run_that_is_not_whole_is_refused(report, small_run):
    with pytest.raises(ValueError, match=r"The run has no .* Run all of benchmarks/"):
        report.section(report.Run(report.distil(small_run)))


@pytest.mark.parametrize(
    ("seconds", "said"), [(2.0, "2 s"), (0.1234, "123 ms"), (0.99999, "1 s"), (1.5e-6, "1.5 µs"), (3e-8, "30 ns")]
)
def test_durations(report, seconds, said):
    assert report.duration(seconds) == said
