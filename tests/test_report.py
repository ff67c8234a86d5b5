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


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """What a real run writes, on one case."""
    path = tmp_path_factory.mktemp("run") / "run.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "benchmarks/bench_lookup.py",
        "-k",
        "smallest",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command.append(f"--benchmark-json={path}")
    alone = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}  # not a worker's child
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(path.read_text())


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
    assert (report.RESULTS / "tables.md").read_text() == report.full_tables(run)


def test_a_run_is_distilled_to_statistics(report, small_run):
    """Median and IQR as measured; no single rounds, and nothing that names the machine."""
    distilled = report.distil(small_run)
    for result, bench in zip(distilled["results"], small_run["benchmarks"]):
        assert result["median"] == bench["stats"]["median"]
        assert result["iqr"] == bench["stats"]["iqr"]
        assert "data" not in result
    assert small_run["machine_info"]["node"] not in json.dumps(distilled)
    assert distilled["torch"] == distilled["results"][0]["torch"]


def test_two_runs_are_compared(report, small_run):
    """A case over 1 ms that differs by more than 15 % is counted, by whether the machine's pace explains it."""
    first, second = json.loads(json.dumps(small_run)), json.loads(json.dumps(small_run))
    cases = len(first["benchmarks"])

    def compared(median, pace):
        """What is said of a second run whose first case took so long while its jobs took so long."""
        for bench in first["benchmarks"] + second["benchmarks"]:
            bench["stats"]["median"], bench["extra_info"]["pace"] = 1.0, [[1.0, 1.0], [1.0, 1.0]]
        second["benchmarks"][0]["stats"]["median"] = median
        second["benchmarks"][0]["extra_info"]["pace"] = pace
        return report.unsteady(report.Run(report.distil(first, second)))

    usual, slow_after, quick = [[1.0, 1.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 1.8]], [[0.5, 1.0], [0.5, 1.0]]
    assert compared(1.1, usual) == f"Run twice: of {cases} cases over 1 ms, {cases} agree within 15%."
    for median, pace, explained in [(1.3, usual, 0), (1.3, slow_after, 1), (2.2, slow_after, 0), (0.6, quick, 1)]:
        said = compared(median, pace)
        assert f"{cases - 1} agree within 15%. Of the others, {explained} were timed while the machine" in said
        assert ("Not explained by these jobs: floor, `one addition` on" in said) != explained
    assert report.unsteady(report.Run(report.distil(first))) == "It was run once."


def test_unrest_is_that_of_the_most_restless_job(report):
    steady, restless = [[1.0, 2.0], [1.1, 2.0]], [[1.0, 2.0], [1.0, 1.0]]
    assert report.unrest([steady, steady, steady, restless]) == 0.25
    assert report.unrest([]) == 0


def test_the_pace_is_taken_around_each_case(small_run):
    """The same small jobs, before and after."""
    for bench in small_run["benchmarks"]:
        before, after = bench["extra_info"]["pace"]
        assert len(before) == len(after) > 0
        assert min(before + after) > 0


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
