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


def test_two_runs_are_compared(report, small_run):
    """A case over 1 ms that differs by more than 15 % is counted, named, and set beside what the machine did."""
    first, second = json.loads(json.dumps(small_run)), json.loads(json.dumps(small_run))
    cases = len(first["benchmarks"])

    def compared(median, pace):
        """What is said of a second run whose first case took so long while its jobs took so long."""
        for bench in first["benchmarks"] + second["benchmarks"]:
            bench["stats"]["median"], bench["extra_info"]["pace"] = 1.0, [{"loop": 1.0, "fill": 1.0}] * 2
        second["benchmarks"][0]["stats"]["median"] = median
        second["benchmarks"][0]["extra_info"]["pace"] = [pace, pace]
        run = report.Run(report.distil(first, second))
        return report.unsteady(run), report.full_tables(run)

    said, tables = compared(1.1, {"loop": 1.0, "fill": 1.0})
    assert said == f"Run twice: of {cases} cases over 1 ms, {cases} agree within 15%."
    assert "Where two runs disagree" not in tables
    said, tables = compared(1.3, {"loop": 1.0, "fill": 1.0})
    assert f"{cases - 1} agree within 15%" in said
    assert "around the 1 with 1 thread, no job changed more" in said
    assert "| `one addition`, floor, 27 x 27, 1 thread | 1 s | 1.3 s | 1.3× | 1.0× | 1.0× |" in tables
    said, tables = compared(0.5, {"loop": 1.0, "fill": 0.25})
    assert "with 1 thread, no job" in said  # there is no other case with 1 thread to compare with
    assert "| 1 s | 500 ms | 0.50× | 1.0× | 0.25× |" in tables
    assert report.unsteady(report.Run(report.distil(first))) == "It was run once."


def test_the_job_that_changed_with_the_cases_is_named(report):
    """Of several, the one that changed most beside what it does around the cases that agree."""
    pace = {"loop": 1.0, "fill": 1.1}
    agree = {"median": 1.0, "median_again": 1.0, "place": "1 thread", "device": "cpu", "threads": 1, "pace_again": pace}
    agree |= {"work": "step", "method": "rows", "case": "names"}
    apart = agree | {"median_again": 0.5, "case": "V = 27", "pace_again": {"loop": 0.5, "fill": 1.2}}
    head = {"machine": "a machine", "torch": "2", "date": "today", "unrest": {"loop": 0.1, "fill": 0.6}}
    said = report.unsteady(report.Run(head | {"results": [agree, apart]}))
    assert "around the 1 with 1 thread, loop changed by 2.0× in the median, and by 1.0× around the cases" in said
    assert "a fill by more than 15% in 60% of them" in said


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
