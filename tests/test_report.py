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
    alone |= {"TMPDIR": str(path.parent), **environment}  # whoever times elsewhere is not waited for
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True)
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


QUIET = {"matrix product": 0.01, "loop": 0.01}


def made_up(small_run: dict, *medians: float) -> dict:
    """A run whose first case took so long, each time it was its turn; all others, one more among them, a second."""
    run = json.loads(json.dumps(small_run))
    for bench in run["benchmarks"]:
        bench["stats"]["median"], bench["extra_info"]["pace"] = 1.0, [QUIET, QUIET]
    first, *others = run["benchmarks"]
    others.append(first | {"fullname": "one more", "extra_info": first["extra_info"] | {"method": "one more"}})
    turns = [{**first, "stats": first["stats"] | {"median": median}} for median in medians]
    return run | {"benchmarks": turns + others * len(medians)}


def test_two_runs_that_agree_are_said_to(report, small_run):
    cases = len(small_run["benchmarks"]) + 1
    run = report.Run(report.distil(made_up(small_run, 1.0), made_up(small_run, 1.1)))
    assert report.unsteady(run) == f"Run twice: of {cases} cases over 1 ms, {cases} agree within 15%."
    assert "Where two runs disagree" not in report.full_tables(run)
    assert report.unsteady(report.Run(report.distil(small_run))) == "It was run once."


def test_a_case_is_compared_where_either_run_is_long_enough(report, small_run):
    """Times that lie on either side of a millisecond are not left out; what is shorter in both is."""
    long, short = made_up(small_run, 1.3e-3), made_up(small_run, 0.9e-3)
    for first, second in ((long, short), (short, long)):
        assert report.to_time_in_turn(first, second) == [small_run["benchmarks"][0]["fullname"]]
    assert report.to_time_in_turn(made_up(small_run, 0.5e-3), short) == []


def test_what_a_second_run_left_out_is_not_compared(report, small_run):
    half = made_up(small_run, 1.0)
    del half["benchmarks"][0]
    run = report.Run(report.distil(made_up(small_run, 1.0), half))
    cases = len(half["benchmarks"])
    assert report.unsteady(run) == f"Run twice: of {cases} cases over 1 ms, {cases} agree within 15%."
    first = run.results[0]
    assert report.cell(run, *(first[key] for key in ("work", "method", "case", "place"))) == "1 s"


@pytest.mark.parametrize(
    ("processes", "by_moment", "by_process", "why"),
    [
        ((), "–", "–", "not timed in turn"),
        (((1.0, 1.3), (1.0, 1.3)), "1.30×", "1.00×", "the moment"),
        (((1.3, 1.0), (1.3, 1.0), (1.1, 1.0), (1.1, 1.0)), "1.30×", "1.00×", "the moment"),  # once, not later
        (((1.0, 1.0, 1.3, 1.3), (1.0, 1.0, 1.0, 1.3)), "1.30×", "1.00×", "the moment"),  # one turn later
        (((1.0, 1.05), (1.3, 1.3)), "1.05×", "1.27×", "the process"),
        (((1.4, 1.6), (1.0, 1.3)), "1.30×", "1.32×", "the process"),
        (((1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.2, 1.2)), "1.00×", "1.20×", "the process"),
        (((1.0, 1.0), (1.0, 1.0), (1.2, 1.2), (1.2, 1.2)), "1.00×", "1.00×", "not met again"),  # an hour between
        (((1.0, 1.16), (1.0, 1.16)), "1.16×", "1.00×", "the moment"),  # within 15 %
        (((1.0, 1.14), (1.0, 1.14)), "1.14×", "1.00×", "not met again"),  # two runs would agree
        (((1.0, 1.0), (1.0, 1.0)), "1.00×", "1.00×", "not met again"),
    ],
)
def test_where_two_runs_disagree_the_turns_say_why(report, small_run, processes, by_moment, by_process, why):
    """A case over 1 ms that differs by more than 15 % is counted and named, with what its turns differ by."""
    runs = [made_up(small_run, *medians) for medians in ((1.0,), (1.3,), *processes)]
    run = report.Run(report.distil(*runs))
    said, tables = report.unsteady(run), report.full_tables(run)
    medians = [median for process in processes for median in process]
    all_turns = f"{report.duration(min(medians))} to {report.duration(max(medians))}" if medians else "–"
    row = f"1 s | 1.3 s | 1.30× | {all_turns} | {by_moment} | {by_process} | – | {why} |"
    assert f"| `one addition`, floor, 27 x 27, 1 thread | {row}" in tables
    assert report.DISAGREE in tables
    assert f"{len(small_run['benchmarks'])} agree within 15%. [The other 1](" in said
    if processes:
        times = sum(len(process) for process in processes[::2])
        assert said.endswith(
            f"two processes that take turns, undisturbed {times} times each. For 1, {report.CAUSES[why]}"
        )
    else:
        assert said.endswith("are named in the tables.")


def test_a_case_without_turns_is_said_to_be_without(report, small_run):
    """Where others have theirs, too: none is left out of the account."""
    first, second = made_up(small_run, 1.0), made_up(small_run, 1.3)
    second["benchmarks"][1]["stats"] |= {"median": 2.0}
    turns = made_up(small_run, 1.0, 1.3)
    turns["benchmarks"] = turns["benchmarks"][:2]
    said = report.unsteady(report.Run(report.distil(first, second, turns, turns)))
    assert "[The other 2](" in said
    assert "For 1, it is the moment" in said
    assert said.endswith("For 1, there are no turns yet.")


def with_paces(run: dict, *paces: dict) -> dict:
    """The first case's timings with these small jobs around them, half a second apart."""
    for bench, pace in zip(run["benchmarks"], paces):
        bench["extra_info"] = bench["extra_info"] | {
            "pace": [QUIET | {job: seconds + shift for job, seconds in pace.items()} for shift in (-0.005, 0.005)]
        }
    return run


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"up": 1.0, "down": 0.8}, "down, r = -1.00, 0.80×"),
        ({"up": 1.2, "down": 1.0}, "up, r = +0.80, 1.20×"),
        ({"up": 1.2, "down": 0.8}, "down, r = -1.00, 0.80×"),  # both: the nearer one
        ({"up": 1.1, "down": 0.9}, "–"),  # nearly the same in both runs
        ({"up": 0.8, "down": 1.2}, "–"),  # against the runs
    ],
)
def test_what_a_case_goes_with_follows_it_in_the_turns_and_in_the_runs(report, small_run, second, said):
    """Up and down, or down and up; over all turns, by the pace around the case itself, the mean of before and after."""
    first = with_paces(made_up(small_run, 1.0), {"up": 1.0, "down": 1.0, "noise": 1.0})
    again = with_paces(made_up(small_run, 1.3), second | {"noise": 2.0})
    beside = [
        {"up": y, "down": 3 - 2 * x, "noise": z} for x, y, z in ((1, 1, 3), (1.3, 4, 3), (1.1, 3, 4), (1.2, 2, 4))
    ]
    turns = with_paces(made_up(small_run, 1.0, 1.3, 1.1, 1.2), *beside)
    run = report.Run(report.distil(first, again, turns, turns))
    assert f"| {said} | the moment |" in report.full_tables(run)
    numbers = {"up": "r = +0.80; 1.2×", "down": "r = -1.00; 0.8×"}.get(job := said.split(",")[0])
    sentence = f" some go with a small job timed around them: 1 with {job} ({numbers} in the slower run)."
    assert report.together(run.results[:1]).endswith(sentence if numbers else "")


@pytest.mark.parametrize("job", sorted(QUIET))
def test_turns_in_which_a_neighbour_slowed_the_cpu_down_are_left_out(report, small_run, job):
    """Of both processes, so that turn stays beside turn; and where all are, there are none."""
    first, second = made_up(small_run, 1.0), made_up(small_run, 1.3)
    slowed = {job: 0.0121}
    turns = with_paces(made_up(small_run, 1.0, 9.0, 1.2), QUIET, slowed, {job: 0.0119})
    (told,) = (result["in_turn"] for result in report.distil(first, second, turns, turns)["results"][:1])
    assert told["turns"] == 2
    assert told["by_moment"] == 1.2
    other = made_up(small_run, 1.0, 5.0, 1.2)
    assert report.distil(first, second, other, turns)["results"][0]["in_turn"]["highest"] == 1.2
    never = with_paces(made_up(small_run, 1.0), slowed)
    assert "in_turn" not in report.distil(first, second, never, never)["results"][0]


def test_one_process_alone_has_no_turns(report, small_run):
    run = made_up(small_run, 1.0)
    with pytest.raises(ValueError, match="Give the JSONs of both"):
        report.distil(run, run, run)


def test_what_is_timed_in_turn_is_what_disagrees(report, small_run):
    first, second = made_up(small_run, 1.0), made_up(small_run, 1.3)
    assert report.to_time_in_turn(first, second) == [first["benchmarks"][0]["fullname"]]
    assert report.to_time_in_turn(first, first) == []


def test_cases_take_turns(report, small_run, tmp_path):
    names = [bench["fullname"] for bench in small_run["benchmarks"]]
    again = run_smallest(tmp_path / "turns.json", "--turns=2")
    assert [bench["fullname"] for bench in again["benchmarks"]] == names * 2


def test_a_single_case_takes_turns_with_itself(small_run, tmp_path):
    name = small_run["benchmarks"][0]["fullname"]
    again = run_smallest(tmp_path / "turns.json", "--turns=3", "--deselect", small_run["benchmarks"][-1]["fullname"])
    assert [bench["fullname"] for bench in again["benchmarks"]] == [name] * 3


RECORDER = """
import os, pathlib, pytest, time

def pytest_collection_finish():
    here = pathlib.Path(os.environ["RECORD"])
    (here / str(os.getpid())).touch()
    while len(list(here.iterdir())) < 2:  # the processes start together
        time.sleep(0.01)

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    start = time.monotonic()
    result = yield
    with (pathlib.Path(os.environ["RECORD"]) / str(os.getpid())).open("a") as record:
        print(start, time.monotonic(), os.getpid(), file=record)
    return result
"""


def test_two_processes_take_turns_and_never_time_at_once(small_run, tmp_path):
    (tmp_path / "recorder.py").write_text(RECORDER)
    record = tmp_path / "record"
    record.mkdir()
    environment = {"PYTHONPATH": str(tmp_path), "RECORD": str(record)}

    def process(number):
        return run_smallest(tmp_path / f"{number}.json", "--turns=5", "-p", "recorder", **environment)

    with ThreadPoolExecutor() as both:
        runs = list(both.map(process, (1, 2)))
    spans = sorted([float(part) for part in line.split()] for path in record.iterdir() for line in path.open())
    cases = len(small_run["benchmarks"])
    assert len(spans) == sum(len(run["benchmarks"]) for run in runs) == 10 * cases
    for (_, end, _), (start, _, _) in pairwise(spans):
        assert start > end
    owners = [process for _, _, process in spans]
    turns = [owners[i : i + cases] for i in range(0, len(owners), cases)]
    assert all(len(set(turn)) == 1 for turn in turns)  # a turn is all cases
    assert sum(a != b for a, b in pairwise(turn[0] for turn in turns)) > 1


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
