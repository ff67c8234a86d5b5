"""The report on speed: from pytest-benchmark's JSON to the committed results, and from these to the README."""

import importlib.util
import json
import os
import subprocess
import sys
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


def run_smallest(path: Path, *options: str) -> dict:
    """What a real run writes, on one case in each place."""
    command = [sys.executable, "-m", "pytest", "benchmarks/bench_lookup.py", "-k", "smallest", "-q", *options]
    command += ["-p", "no:cacheprovider", f"--benchmark-json={path}"]
    alone = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}  # not a worker's child
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    return run_smallest(tmp_path_factory.mktemp("run") / "run.json")


def test_readme_shows_the_committed_results(report):
    """Every table and number of the section, as `python benchmarks/report.py` would write it today."""
    readme = (ROOT / "README.md").read_text()
    if report.BEGIN not in readme:
        pytest.skip("README.md has no section on speed yet.")
    shown = readme.partition(report.BEGIN)[2].partition(report.END)[0]
    gpu = report.load("cuda.json")
    run = report.load("cpu.json") or gpu
    assert run, "README.md has a section on speed, and benchmarks/results/ nothing to show in it."
    assert shown == "\n" + report.section(run, gpu)


def test_all_tables_show_the_committed_results(report):
    run = report.load("cpu.json") or report.load("cuda.json")
    if run is None:
        pytest.skip("No results are committed yet.")
    assert (report.RESULTS / "tables.md").read_text() == report.all_tables(run, report.load("cuda.json"))


def test_a_run_is_distilled_to_statistics(report, small_run):
    """Median and IQR as measured; no single rounds, and nothing that names the machine."""
    distilled = report.distil(small_run)
    for result, bench in zip(distilled["results"], small_run["benchmarks"]):
        assert result["median"] == bench["stats"]["median"]
        assert result["iqr"] == bench["stats"]["iqr"]
        assert "data" not in result
    assert small_run["machine_info"]["node"] not in json.dumps(distilled)
    assert distilled["torch"] == distilled["results"][0]["torch"]


def made_up(small_run: dict, *medians: float) -> dict:
    """A run whose first case took so long, each time it was its turn; all others took a second."""
    run = json.loads(json.dumps(small_run))
    for bench in run["benchmarks"]:
        bench["stats"]["median"], bench["extra_info"]["pace"] = 1.0, [{"loop": 1.0}, {"loop": 1.0}]
    first, *others = run["benchmarks"]
    turns = [first | {"stats": first["stats"] | {"median": median}} for median in medians]
    return run | {"benchmarks": turns + others * len(medians)}


def test_two_runs_that_agree_are_said_to(report, small_run):
    cases = len(small_run["benchmarks"])
    run = report.Run(report.distil(made_up(small_run, 1.0), made_up(small_run, 1.1)))
    assert report.unsteady(run) == f"Run twice: of {cases} cases over 1 ms, {cases} agree within 15%."
    assert "Where two runs disagree" not in report.full_tables(run)
    assert report.unsteady(report.Run(report.distil(small_run))) == "It was run once."


@pytest.mark.parametrize(
    ("turns", "in_turn", "why"),
    [
        ((), "–", "not timed in turn"),
        ((1.0, 1.3, 1.1), "1 s to 1.3 s", "it changes from turn to turn"),
        ((1.29, 1.3), "1.29 s to 1.3 s", "the first run's time did not come back"),
        ((1.0, 1.1), "1 s to 1.1 s", "the second run's time did not come back"),
        ((2.0, 2.1), "2 s to 2.1 s", "another time in each process"),
        ((1.14, 1.14), "1.14 s to 1.14 s", "both lie near the turns"),
    ],
)
def test_where_two_runs_disagree_the_turns_say_why(report, small_run, turns, in_turn, why):
    """A case over 1 ms that differs by more than 15 % is counted and named, with what its times in turn say of it."""
    runs = [made_up(small_run, *medians) for medians in ((1.0,), (1.3,), turns) if medians]
    run = report.Run(report.distil(*runs))
    said, tables = report.unsteady(run), report.full_tables(run)
    assert f"| `one addition`, floor, 27 x 27, 1 thread | 1 s | 1.3 s | 1.3× | {in_turn} | {why} |" in tables
    changing, others = why == report.CHANGES, len(small_run["benchmarks"]) - 1
    assert f"{others} agree within 15%" in said
    counted = (
        f"with {others} that agree: {changing:d} of them change by more than 15% from turn to turn, and 0 of those"
    )
    assert (counted in said) == bool(turns)
    assert (f"For 1, {why}." in said) == (bool(turns) and not changing)


def test_what_is_timed_in_turn_is_what_disagrees_and_as_much_that_agrees(report, small_run):
    """Of the same place, and of the nearest time."""
    first, second = made_up(small_run, 1.0), made_up(small_run, 1.3)
    case = first["benchmarks"][0]
    assert report.to_time_in_turn(first, second) == [case["fullname"]]
    for name, median in (("long", 100.0), ("near", 2.0), ("short", 1e-4)):
        for run in (first, second):
            run["benchmarks"].append(case | {"fullname": name, "stats": case["stats"] | {"median": median}})
    assert report.to_time_in_turn(first, second) == [case["fullname"], "near"]


def test_cases_take_turns(report, small_run, tmp_path):
    names = [bench["fullname"] for bench in small_run["benchmarks"]]
    again = run_smallest(tmp_path / "turns.json", "--turns=2")
    assert [bench["fullname"] for bench in again["benchmarks"]] == names * 2


def test_unrest_is_the_share_of_cases_within_which_a_job_changed(report):
    steady, restless = [{"loop": 1.0}, {"loop": 1.1}], [{"loop": 2.0}, {"loop": 1.0}]
    assert report.unrest([steady, steady, steady, restless]) == {"loop": 0.25}


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
