"""From pytest-benchmark's JSON to results/*.json, to tables, figures and the README's section on speed.

    pytest benchmarks/ --benchmark-json=run.json
    python benchmarks/report.py run.json              the run becomes the committed result, and all is written anew
    python benchmarks/report.py run.json second.json  the same, with a second run to tell how steady the first is
    python benchmarks/report.py                       all is written anew from the committed results

Where two runs disagree, the second form says how to learn why; what is learned, it takes as further JSONs, two by
two, of one time or of several. Every number in the section is computed here, from the JSON. A run on a GPU becomes
results/cuda.json beside results/cpu.json. Figures need matplotlib, `pip install -e '.[bench]'`.
"""

import io
import json
import re
import statistics
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"

FORMS = ["lecture", "onehot", "rows", "gather", "counts", "counts, closed form"]
CLOSED = FORMS[-1]
LOOKUPS = ["one_hot(xs).float() @ W", "X @ W, X prebuilt", "W[xs]", "F.embedding", "index_select"]
ONE_HOT, PREBUILT = LOOKUPS[:2]
COUNTERS = ["lecture", "nltk", "scikit-learn", "Counter", "ours"]
SAMPLERS = ["lecture", "batched", "ours"]
FURTHER = ["fused", "fused, in NumPy", "fused, torch.compile", "fused, torch.compile of ten steps", "fused, CUDA graph"]
STEADY, SHORT = 0.15, 1e-3  # two runs agree where their medians differ by less; seconds, what is not compared
TOGETHER = 0.5  # the least correlation of what goes together
CPU_JOBS, SLOWED = ("matrix product", "loop"), 1.2  # small jobs that tell a neighbour, once they take so much longer
TIMINGS = 1500  # of what two runs disagree on, in each of two processes that take turns: about twenty minutes
ONE, LARGE = "1 thread", "V = 1,024"
GRADIENT, LOOKUP = "nll, forward + backward", "lookup, forward + backward"
DISAGREE = "## Where two runs disagree"

COLORS = ["#4477aa", "#66aadd", "#ee6677", "#228833", "#ccbb44", "#cc66aa"]  # tell apart on white and on black
INK = "#1f2328"
DARK = f":root {{ --ink: {INK} }} @media (prefers-color-scheme: dark) {{ :root {{ --ink: #d1d7e0 }} }}"
STYLE = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "bigram",
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    **dict.fromkeys(["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"], INK),
}


def distil(run: dict, second: dict | None = None, *in_turn: dict) -> dict:
    """What a run is worth keeping: the machine without its name, and statistics without the single rounds.

    `second` is the same again; `in_turn`, two by two, processes that took turns with the cases that the two disagree
    on. ValueError: a process without its other.
    """
    if len(in_turn) % 2:
        raise ValueError("Turns are timed by two processes at once. Give the JSONs of both, one after the other.")
    cpu = run["machine_info"]["cpu"]
    again, processes = timings(second), [timings(process) for process in in_turn]
    pairs = list(zip(processes[::2], processes[1::2]))
    results = []
    for bench in run["benchmarks"]:
        name = bench["fullname"]
        if "work" not in bench["extra_info"]:
            continue  # the lab's, which is another subject
        kept = {key: bench["stats"][key] for key in ("median", "iqr", "rounds", "iterations")}
        if name in again:
            kept["median_again"] = again[name][0]["stats"]["median"]
        if turns := [(one[name], other[name]) for one, other in pairs if name in one and name in other]:
            kept |= told_by_turns([bench, again[name][0]], turns)
        facts = {key: value for key, value in bench["extra_info"].items() if key != "pace"}
        results.append(facts | kept)
    devices = [f"{cpu.get('brand_raw', cpu['arch'])} with {cpu['count']} logical cores"]
    devices += {result["device"] for result in results if result["device"] != "cpu"}
    return {
        "machine": " and ".join(devices),
        "python": run["machine_info"]["python_version"],
        "torch": results[0]["torch"],
        "date": run["datetime"][:10],
        "results": results,
    }


def timings(run: dict | None) -> dict[str, list[dict]]:
    """All timings of each case, by its name under pytest."""
    found = {}
    for bench in run["benchmarks"] if run else []:
        found.setdefault(bench["fullname"], []).append(bench)
    return found


def pace(timing: dict) -> dict[str, float]:
    """The seconds of each small job (`machine.pace`) around a timing: the mean of before and after."""
    before, after = timing["extra_info"]["pace"]
    return {job: (before[job] + after[job]) / 2 for job in before}


def told_by_turns(runs: list[dict], pairs: list[tuple[list[dict], list[dict]]]) -> dict:
    """What the timings of a case tell, that two processes took in turn, at one time or at several.

    Turns in which a neighbour slowed the CPU down, more than in the two runs, tell nothing of these and are left out.
    By moment: the largest ratio of two turns in one process. By process: the largest ratio of one process to the other
    in the same turn, the median over the turns. Beside: for each small job, the correlation of its time with that of
    the case over the turns, and how many times as long it took in the slower of the two runs.
    """
    most = {job: SLOWED * max(pace(run)[job] for run in runs) for job in CPU_JOBS}

    def undisturbed(turn: tuple[dict, dict]) -> bool:
        return all(pace(timing)[job] <= most[job] for timing in turn for job in CPU_JOBS)

    pairs = [turns for one, other in pairs if (turns := list(filter(undisturbed, zip(one, other))))]
    if not pairs:
        return {}
    processes = [[timing["stats"]["median"] for timing in process] for turns in pairs for process in zip(*turns)]
    ratios = [statistics.median(a / b for a, b in zip(*two)) for two in zip(processes[::2], processes[1::2])]
    medians, paces = zip(*((timing["stats"]["median"], pace(timing)) for timing in chain(*chain(*pairs))))
    faster, slower = map(pace, sorted(runs, key=lambda run: run["stats"]["median"]))
    return {
        "in_turn": {
            "turns": sum(map(len, pairs)),
            "lowest": min(medians),
            "highest": max(medians),
            "by_moment": max(max(turns) / min(turns) for turns in processes),
            "by_process": max(max(ratio, 1 / ratio) for ratio in ratios),
            "beside": {
                job: (statistics.correlation(medians, seconds), slower[job] / faster[job])
                for job in slower
                if len(set(medians)) > 1 and len(set(seconds := [now[job] for now in paces])) > 1
            },
        }
    }


def differ(seconds: list[float]) -> bool:
    """Whether times of the same lie further apart than two runs may."""
    return max(seconds) / min(seconds) - 1 > STEADY


def both(result: dict) -> list[float]:
    """The medians of a case in two runs; nothing where it has but one, or both are too short to be measured well."""
    medians = [result[key] for key in ("median", "median_again") if key in result]
    return medians if len(medians) == 2 and max(medians) > SHORT else []


def apart(result: dict) -> bool:
    """Whether two runs disagree on a case."""
    return bool(both(result)) and differ(both(result))


def to_time_in_turn(run: dict, second: dict) -> list[str]:
    """The cases that two runs disagree on, by their names under pytest."""
    names = [bench["fullname"] for bench in run["benchmarks"] if "work" in bench["extra_info"]]
    return [name for name, result in zip(names, distil(run, second)["results"]) if apart(result)]


class Run:
    """The results of one machine, found by what was done, how, on what, and where."""

    def __init__(self, distilled: dict):
        self.machine, self.torch, self.date = (distilled[key] for key in ("machine", "torch", "date"))
        self.results = distilled["results"]
        self.found = {(r["work"], r["method"], r["case"], r["place"]): r for r in self.results}
        self.places = list(dict.fromkeys(r["place"] for r in self.results))
        on_cpu = [r for r in self.results if r["device"] == "cpu"] or self.results
        self.all_threads = max(on_cpu, key=lambda r: r["threads"])["place"]

    def get(self, work, method, case="names", place=ONE) -> dict | None:
        return self.found.get((work, method, case, place))

    def result(self, work, method, case="names", place=ONE) -> dict:
        """ValueError where the run has no such case."""
        result = self.get(work, method, case, place)
        if result is None:
            raise ValueError(
                f"The run has no {work!r} by {method!r} on {case!r} with {place}. Run all of benchmarks/, "
                "with the extra `.[bench]` installed."
            )
        return result

    def seconds(self, work, method, case="names", place=ONE) -> float:
        """The median time of one unit: a call, a character, a step."""
        result = self.result(work, method, case, place)
        return result["median"] / result["units"]

    def ratio(self, work, slow, fast, case="names", place=ONE) -> float:
        return self.seconds(work, slow, case, place) / self.seconds(work, fast, case, place)


def rounded(number: float) -> str:
    """Three significant digits, thousands marked."""
    digits = f"{number:.3g}"
    return f"{float(digits):,.0f}" if abs(number) >= 100 else digits


def duration(seconds: float) -> str:
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size:
            return f"{rounded(seconds / size)} {unit}"
    return f"{rounded(seconds / 1e-9)} ns"


def times(ratio: float) -> str:
    return f"{ratio:,.0f}×" if ratio >= 9.95 else f"{ratio:.1f}×" if ratio >= 0.995 else f"{ratio:.2f}×"


def memory(size: float) -> str:
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_:
            return f"{rounded(size / bytes_)} {unit}"
    return f"{size} B"


def said(some: list[str], all_: list[str]) -> str:
    """Yes, no, or where only."""
    return "yes" if some == all_ else f"only with {', '.join(some)}" if some else "no"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(run: Run, work: str, method: str, case: str, place: str) -> str:
    """A median, and that of a second run where it disagrees; a dash where the case was skipped."""
    result = run.get(work, method, case, place)
    if result is None:
        return "–"
    seconds = both(result) if apart(result) else [result["median"]]
    return " or ".join(duration(each / result["units"]) for each in seconds)


def faster(run: Run, work: str, slow: str, fast: str, place: str) -> str:
    """By how much, and by how much in a second run where that disagrees on either."""
    results = [run.result(work, method, place=place) for method in (slow, fast)]
    twice = any(map(apart, results)) and all("median_again" in result for result in results)
    keys = ["median", "median_again"] if twice else ["median"]
    return " or ".join(times(results[0][key] / results[1][key]) for key in keys)


def step_table(run: Run, places: list[str]) -> str:
    """The six ways to one step: what they cost, how exact they are, what they hold."""
    rows = []
    for form in FORMS:
        backward = run.result(GRADIENT, form, place=places[0])
        same = [p for p in places if run.result(GRADIENT, form, place=p)["deterministic"]]
        cells = [cell(run, work, form, "names", places[0]) for work in ("nll, forward", GRADIENT)]
        for place in places:
            cells += [cell(run, "step", form, "names", place), faster(run, "step", "lecture", form, place)]
        accuracy = f"{backward['gradient_error']:.0e}"
        rows.append([form, *cells, accuracy, said(same, places), memory(backward["peak_bytes"])])
    steps = [name for place in places for name in (f"whole step, {place}", "faster")]
    return table(["form", "forward", "forward + backward", *steps, "gradient error", "same bits", "memory"], rows)


def lookup_table(run: Run) -> str:
    """The five lookups, with V small and V large, with one thread and with all."""
    columns = list(
        dict.fromkeys(
            (work, case, place)
            for case in ("names", LARGE)
            for work, place in (("lookup, forward", ONE), (LOOKUP, ONE), (LOOKUP, run.all_threads))
        )
    )
    rows = [[f"`{m}`", *(cell(run, work, m, case, place) for work, case, place in columns)] for m in LOOKUPS]
    called = {"names": "V = 27"}
    header = [f"{called.get(case, case)}, {work.removeprefix('lookup, ')}, {place}" for work, case, place in columns]
    return table(["lookup", *header], rows)


def counting_table(run: Run) -> str:
    """Words to counts and table to names, per character."""
    rows = []
    for work, methods, case in (("count", COUNTERS, "names"), ("sample", SAMPLERS, "10,000 names")):
        for method in methods:
            result = run.get(work, method, case)
            if result:
                whole = duration(result["median"])
                each = duration(run.seconds(work, method, case))
                rows.append([f"{work}, {method}", whole, each, times(run.ratio(work, "lecture", method, case))])
    return table(["task", "whole", "per character", "faster"], rows)


def spread(result: dict | None) -> str:
    """Median and interquartile range, and the median of a second run where it disagrees."""
    if result is None:
        return "–"
    again = f" or {duration(result['median_again'])}" if apart(result) else ""
    around = f" ± {duration(result['iqr'])}" if result["rounds"] > 1 else ""
    return f"{duration(result['median'])}{around}{again}"


def full_tables(run: Run) -> str:
    """Every case: median and IQR, by work, case, method and place; what else was measured; where two runs disagree."""
    taken = f"PyTorch {run.torch}, {run.date}"
    told = "Median ± interquartile range per call; without a range, one call."
    again = "After “or”: a second run that disagrees, over 1 ms."
    dash = "A dash: not taken there, larger than 2 GiB, or longer than a minute."
    parts = [f"# {run.machine}\n\n{taken}. {told} {again} {dash}"]
    for work in dict.fromkeys(r["work"] for r in run.results):
        results = [r for r in run.results if r["work"] == work]
        methods = list(dict.fromkeys(r["method"] for r in results))
        rows = []
        for case, place in dict.fromkeys((r["case"], r["place"]) for r in results):
            found = [run.get(work, method, case, place) for method in methods]
            rows.append([case, place, *map(spread, found)])
        parts.append(f"## {work}\n\n" + table(["case", "place", *(f"`{method}`" for method in methods)], rows))
    parts.append(
        "## Accuracy, determinism, memory\n\nCases with a gradient to compare, with bits that differ from call to "
        f"call, or with a measured peak of memory.\n\n{qualities(run)}"
    )
    if any(map(apart, run.results)):
        parts.append(disagreement(run))
    return "\n\n".join(parts) + "\n"


def full_name(result: dict) -> str:
    return f"`{result['method']}`, {result['work']}, {result['case']}, {result['place']}"


def qualities(run: Run) -> str:
    """Gradient error, equality of bits and peak memory, where there is more to say than that the bits are the same."""
    rows = [
        [
            full_name(r),
            f"{r['gradient_error']:.0e}" if "gradient_error" in r else "–",
            f"{'yes' if r['deterministic'] else 'no'}, {r['runs']} calls",
            memory(r["peak_bytes"]) if "peak_bytes" in r else "–",
        ]
        for r in run.results
        if "gradient_error" in r or "peak_bytes" in r or not r.get("deterministic", True)
    ]
    return table(["method, work, case, place", "gradient error", "same bits", "peak memory"], rows)


def disagreement(run: Run) -> str:
    """The cases that two runs disagree on, and what their turns differ by and go with."""

    def in_turn(result: dict) -> list[str]:
        if "in_turn" not in result:
            return ["–"] * 4
        told = result["in_turn"]
        all_turns = f"{duration(told['lowest'])} to {duration(told['highest'])}"
        together = [f"{job}, r = {r:+.2f}, {between:.2f}×" for job, r, between in goes_with(result)]
        return [all_turns, f"{told['by_moment']:.2f}×", f"{told['by_process']:.2f}×", *(together or ["–"])]

    rows = [
        [full_name(r), *map(duration, both(r)), f"{max(both(r)) / min(both(r)):.2f}×", *in_turn(r), cause(r)]
        for r in run.results
        if apart(r)
    ]
    header = [
        "method, work, case, place",
        "median",
        "again",
        "ratio",
        "in turn",
        "by moment",
        "by process",
        "goes with",
    ]
    return (
        f"{DISAGREE}\n\nCases over 1 ms. In turn: the lowest and the highest median of all turns of two processes; one "
        "turn is all cases of this table, and where a neighbour slowed the CPU down it is left out. By moment: the "
        "largest ratio of two turns in one process. By process: the largest ratio of one process to the other in the "
        "same turn, the median of the turns. Goes with: the small job timed around the case that goes up and down with "
        f"it from turn to turn, with a correlation r of {TOGETHER} or more, and that went with it from run to run: it "
        "took so many times as long in the slower one."
        "\n\n" + table([*header, "so"], rows)
    )


def all_tables(run: Run, gpu: Run | None) -> str:
    return "\n".join(full_tables(machine) for machine in dict.fromkeys([run, gpu]) if machine)


def where_index_loses(run: Run) -> str:
    """Plainly, where `W[xs]` is slower than a one-hot product, and where in a second run if that is not the same."""

    def of_runs(told: list[str]) -> str:
        return " or ".join(dict.fromkeys(told))

    keys = ["median", "median_again"] if all("median_again" in r for r in run.results) else ["median"]
    said = []
    for place in dict.fromkeys([ONE, run.all_threads]):
        lost = []
        for product in (ONE_HOT, PREBUILT):
            for work in ("lookup, forward", LOOKUP):
                ratios = {
                    case: [
                        run.result(work, "W[xs]", case, at)[key] / run.found[w, method, case, at][key] for key in keys
                    ]
                    for w, method, case, at in run.found
                    if (w, method, at) == (work, product, place)
                }
                losses = [sum(ratio > 1 for ratio in in_run) for in_run in zip(*ratios.values())]
                if any(losses):
                    worst = max(ratios, key=lambda case: max(ratios[case]))
                    lost.append(
                        f"in {of_runs(map(str, losses))} of {len(ratios)} cases to `{product}`, {work[8:]} (at worst "
                        f"{of_runs(map(times, ratios[worst]))} its time, {worst})"
                    )
        said.append(f"with {place}, {' and '.join(lost) or 'nowhere'}")
    return f"`W[xs]` loses: {'; '.join(said)}."


CAUSES = {
    "the moment": f"it is the moment: within {STEADY:.0%}, two turns of one process differ as much as the two runs.",
    "the process": f"it is the process: of two that took turns, one took over {STEADY:.0%} longer in most of them.",
    "not met again": "the turns lie nearer together than the two runs, and why these differ is not known.",
    "not timed in turn": "there are no turns yet.",
}


def cause(result: dict) -> str:
    """Why two runs disagree on a case: what its times were seen to differ by as much. A key of CAUSES."""
    if "in_turn" not in result:
        return "not timed in turn"
    told = result["in_turn"]
    if differ([1, told["by_process"]]):
        return "the process"
    as_much = told["by_moment"] * (1 + STEADY) >= max(both(result)) / min(both(result))
    return "the moment" if as_much and differ([1, told["by_moment"]]) else "not met again"


def goes_with(result: dict) -> list[tuple[str, float, float]]:
    """The small job that goes up and down with a case from turn to turn, most of all, and did from run to run; or none.

    With its correlation over the turns, and how many times as long it took in the slower run.
    """
    found = [
        (job, r, between)
        for job, (r, between) in result["in_turn"]["beside"].items()
        if abs(r) >= TOGETHER and (between if r > 0 else 1 / between) > 1 + STEADY
    ]
    return sorted(found, key=lambda job: -abs(job[1]))[:1]


def unsteady(run: Run) -> str:
    """How many cases over 1 ms two runs agree on, and what timing the others in turn tells of them."""
    pairs = [r for r in run.results if both(r)]
    if not pairs:
        return "It was run once."
    disagree = [r for r in pairs if apart(r)]
    said = f"Run twice: of {len(pairs)} cases over 1 ms, {len(pairs) - len(disagree)} agree within {STEADY:.0%}."
    if not disagree:
        return said
    where = f"[The other {len(disagree)}](benchmarks/results/tables.md#{DISAGREE[3:].lower().replace(' ', '-')})"
    timed = [r for r in disagree if "in_turn" in r]
    if not timed:
        return f"{said} {where} are named in the tables."
    turns = [r["in_turn"]["turns"] for r in timed]
    again = f"by two processes that take turns, undisturbed {span(turns, '{}')} times each"
    told = Counter(map(cause, disagree))
    because = " ".join(f"For {told[name]}, {sentence}" for name, sentence in CAUSES.items() if told[name])
    return f"{said} {where} were timed again, {again}. {because}{together(timed)}"


def together(timed: list[dict]) -> str:
    """The small jobs that cases go up and down with, how nearly, and by how much they differed from run to run."""
    found = {}
    for job, *numbers in chain(*map(goes_with, timed)):
        found.setdefault(job, []).append(numbers)
    told = []
    for job, numbers in sorted(found.items(), key=lambda item: -len(item[1])):
        rs, betweens = zip(*numbers)
        told.append(f"{len(rs)} with {job} (r = {span(rs, '{:+.2f}')}; {span(betweens, '{:.1f}×')} in the slower run)")
    some = " From turn to turn and from run to run some go with a small job timed around them"
    return f"{some}: {'; '.join(told)}." if told else ""


def span(numbers: list[float], form: str) -> str:
    """The lowest to the highest, or the one that there is."""
    return " to ".join(dict.fromkeys(form.format(number) for number in (min(numbers), max(numbers))))


def ceilings(run: Run, place: str = ONE) -> str:
    """How near the lookups come to what the machine can do."""
    index = run.result("lookup, forward", "index_select", place=place)
    product = run.result("lookup, forward", PREBUILT, LARGE, place)
    copy, cached = (run.result("ceiling", "copy", size, place=place) for size in ("256 MiB", "2 MiB"))
    moved, copied, in_cache = (rounded(r["bytes_moved"] / r["median"] / 1e9) for r in (index, copy, cached))
    most = max(r["operations"] / r["median"] / 1e9 for r in run.results if r.get("operations") and r["place"] == place)
    multiplied = product["operations"] / product["median"] / 1e9
    return f"""\
With {place} `index_select` reads and writes {moved} GB/s at V = 27, where a copy reads and writes {copied} GB/s \
beyond the caches and {in_cache} GB/s within; the prebuilt product does {rounded(multiplied)} GFLOP/s at V = 1,024, \
and no product here more than {rounded(most)}."""


def largest_error(run: Run) -> str:
    """The gradient furthest off, and how far it was allowed to be."""
    worst = max((r for r in run.results if "gradient_error" in r), key=lambda r: r["gradient_error"])
    error, allowed = worst["gradient_error"], worst["gradient_error_allowed"]
    return f"The largest error, by `{worst['method']}` at {worst['case']}, is {error:.0e}; allowed are {allowed:.0e}."


def long_text(run: Run) -> str:
    """Counting 100 MB, beside the bandwidth of the memory."""
    text, copy = run.result("count", "ours", "100 MB"), run.result("ceiling", "copy", "256 MiB")
    one, many = (rounded(1e-6 / run.seconds("count", "ours", "100 MB", place)) for place in (ONE, run.all_threads))
    copied, held = rounded(copy["bytes_moved"] / copy["median"] / 1e6), rounded(text["peak_bytes"] / text["n"])
    return f"""\
`ngrams` + `count` is {times(run.ratio("count", "Counter", "ours"))} faster than `Counter`. Of 100 MB of names it \
reads {one} MB/s with one thread and {many} MB/s with {run.all_threads}, on a machine whose copy reads and writes \
{copied} MB/s, and holds at most {held} bytes a character."""


def where_the_gain_vanishes(run: Run) -> str:
    places = list(dict.fromkeys([ONE, run.all_threads]))

    def both(work, method, case="names"):
        return " and ".join(cell(run, work, method, case, place) for place in places)

    def by_form(work, case):
        taken = [f"{cell(run, work, form, case, ONE)} by `{form}`" for form in ("rows", "gather", "counts")]
        return f"{taken[0]}, {taken[1]} and {taken[2]}"

    return f"""\
- V small and backward included: with {" and with ".join(places)}, `W[xs]` takes {both(LOOKUP, "W[xs]")} at \
V = 27, the prebuilt one-hot product {both(LOOKUP, PREBUILT)}; a whole step by `rows` {both("step", "rows")}, by \
`onehot` {both("step", "onehot")}. At V = 1,024 the lookup gains {times(run.ratio(LOOKUP, PREBUILT, "W[xs]", LARGE))}.
- C·V ≫ n: loss and gradient of 1,000 examples at order 4, a table of 531,441 numbers, take \
{by_form(GRADIENT, "order 4, few examples")}; of 20,000 examples at V = 1,024, 1,048,576 numbers, \
{by_form(GRADIENT, LARGE)}. Both `gather` and `counts` go through the whole table, and `counts` more often.
- Mini-batches, where N changes with each batch: 32 examples take {by_form("mini-batch", "batch of 32")}, counting \
included; 1,024 examples {by_form("mini-batch", "batch of 1,024")}.
- Any hidden layer: the loss then depends on more than N, and counts are no longer sufficient."""


def further(run: Run, place: str) -> str:
    """The step by counts taken further, each way with its time."""
    taken = [method for method in FURTHER if run.get("step, further", method, place=place)]
    return "; ".join(f"{method}, {cell(run, 'step, further', method, 'names', place)}" for method in taken)


def surprises(run: Run) -> str:
    building = 1 - run.seconds("lookup, forward", PREBUILT) / run.seconds("lookup, forward", ONE_HOT)
    step, addition = run.seconds("step", CLOSED), run.seconds("floor", "one addition", "27 x 27")
    rows, gather, counts = (f"{run.result(GRADIENT, f)['gradient_error']:.0e}" for f in ("rows", "gather", CLOSED))
    gains = [times(run.seconds("step", f) / run.seconds("step", f, place=run.all_threads)) for f in ("lecture", CLOSED)]
    kept, new = (cell(run, "ceiling", f"fill, {pages} pages", "64 MiB", ONE) for pages in ("kept", "new"))
    index, embedding = (
        " and ".join(cell(run, work, method, "names", ONE) for work in ("lookup, forward", LOOKUP))
        for method in ("W[xs]", "F.embedding")
    )
    alone, threaded = (
        [cell(run, LOOKUP, method, "one letter", place) for method in ("W[xs]", "F.embedding", "index_select")]
        for place in (ONE, run.all_threads)
    )
    return f"""\
- {building:.0%} of the lecture's forward lookup goes into building the one-hot matrix, not into the product.
- A step by the closed form ({duration(step)}) costs as much as {step / addition:.0f} additions of two such tables: it \
is calls, not arithmetic. Taken further, a step takes: {further(run, ONE)}. Since this run, `closed_form` is the fused \
one, and computes nothing twice; the others would each need a loop of their own, so they are not in `bigram/`.
- In float32 the gradient by `rows` is off by {rows}, by `gather` {gather}, by the closed form {counts}: thousands of \
small numbers added one after the other, against sums taken in integers.
- New memory can cost more than the work: to fill 64 MiB takes {new} where the kernel first has to find the pages, \
{kept} where they are at hand. The C library of Linux asks for new pages at each call that needs more than 32 MiB, or \
does not, as its heap happens to lie. The suite tells it to keep what it has (`mallopt`), so no other time here holds \
this cost. Ordinary training pays it, with one-hot matrices above all: these times flatter them.
- With {run.all_threads}, the lecture's step is {gains[0]} as fast as with one, the closed form {gains[1]}.
- `W[xs]` takes {index}, forward and forward + backward; `F.embedding`, which picks the same rows, {embedding}.
- All threads of the backward of `W[xs]` add into one table at once, and its bits change from call to call. Where all \
examples are one letter, forward + backward takes {alone[0]} with one thread and {threaded[0]} with \
{run.all_threads}; `F.embedding` {alone[1]} and {threaded[1]}, `index_select` {alone[2]} and {threaded[2]}."""


def section(run: Run, gpu: Run | None = None) -> str:
    """The README's section on speed."""
    n, runs = run.result("step", "lecture")["n"], min(run.result(GRADIENT, form)["runs"] for form in FORMS)
    on_gpu = "No GPU could be had for this run; the suite takes one where there is one."
    if gpu:
        taken = f"With a GPU ({gpu.machine}, PyTorch {gpu.torch}, {gpu.date}), each call waited for"
        told = f"Taken further there: {further(gpu, 'cuda')}. {ceilings(gpu, 'cuda')}"
        on_gpu = f"{taken}:\n\n{step_table(gpu, ['cuda'])}\n\n{told} {unsteady(gpu)}"
    return f"""## How slow is one-hot, really?

The lecture multiplies one-hot rows by `W`, remarks that this only picks rows of `W`, and leaves the rest as an \
exercise (E04). What does the detour cost, forward and backward? And what does it cost to stop there, and not see \
that the loss needs no examples at all, only their counts?

![The time of one descent step, by form](benchmarks/results/step.svg)

{step_table(run, list(dict.fromkeys([ONE, run.all_threads])))}

{n:,} examples of 27 characters (`us-2018`), float32, warm caches, freed memory kept; {run.machine}, PyTorch \
{run.torch}, {run.date}. Medians, with one thread where nothing else is said; after “or”, of a second run that \
disagrees. Faster: than the lecture's step. Gradient error: the largest distance from the float64 gradient, as a part \
of its largest entry. Same bits: over {runs} runs. Memory: the peak of forward + backward. {on_gpu}

**Equal before fast.** Each case asserts its value, and its gradient where it has one, against a float64 reference, \
and only then is timed: lookups and counts to the last bit, losses to 2e-5, gradients to 1e-5 of their largest entry, \
and for rows and gather one rounding of 2⁻²⁴ more for each number they add up. {largest_error(run)} (Samples are \
checked by χ², and what takes so long that it is called but once, after that call.)

**How steady.** {unsteady(run)}

**Counting and sampling**, {n:,} bigrams and 10,000 names, with one thread:

{counting_table(run)}

{long_text(run)}

**The lookup alone**, {n:,} rows of 27 numbers and 20,000 rows of 1,024:

{lookup_table(run)}

{ceilings(run)} {where_index_loses(run)} All cases: [tables](benchmarks/results/tables.md).

![The time of a lookup against V](benchmarks/results/time-v.svg)

![The time of loss and gradient against n](benchmarks/results/time-n.svg)

**When the gain vanishes.**

{where_the_gain_vanishes(run)}

**What surprised.**

{surprises(run)}

```
pip install -e '.[dev,bench]'
pytest benchmarks/ --benchmark-json=run.json
python benchmarks/report.py run.json
```

`pytest benchmarks/ -k quick` takes the names at order 2 only, with one thread and without the slower peers; with \
`--benchmark-disable` everything is checked and nothing timed. Given the JSON of a second run as well, the report says \
how steady the first is and, where the two disagree, how to learn why.
"""


def figures(run: Run) -> dict[str, str]:
    """The SVG figures by file name."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update(STYLE)
    from matplotlib import pyplot as plt
    from matplotlib.ticker import EngFormatter

    bars, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
    places = list(dict.fromkeys([run.all_threads, ONE]))
    for offset, place in enumerate(places):
        seconds = [run.seconds("step", form, place=place) for form in FORMS]
        y = [row + 0.4 * (offset - 0.5) for row in range(len(FORMS), 0, -1)]
        axes.barh(y, seconds, height=0.36, color=COLORS[1 - offset], label=place)
        for row, value in zip(y, seconds):
            axes.annotate(duration(value), (value, row), (4, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set(xscale="log", yticks=range(len(FORMS), 0, -1), yticklabels=FORMS, title="one descent step")
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(EngFormatter("s"))
    axes.margins(x=0.15)
    axes.legend(loc="lower right", reverse=True)

    def lines(axes, work, methods, cases, key):
        for method, color, marker in zip(methods, COLORS, "osD^vP"):
            results = [r for case in cases if (r := run.get(work, method, case))]
            axes.plot(
                [r[key] for r in results], [r["median"] for r in results], marker + "-", color=color, label=method
            )
        axes.set(xscale="log", yscale="log", xlabel=key, title=work)
        ticks = [r[key] for r in results]
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.minorticks_off()
        axes.yaxis.set_major_formatter(EngFormatter("s"))

    sizes, counts = (
        list(dict.fromkeys(r["case"] for r in run.results if r["case"].startswith(k))) for k in ("V", "n =")
    )
    by_V, panels = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True, layout="constrained")
    for axes, work in zip(panels, ("lookup, forward", LOOKUP)):
        lines(axes, work, LOOKUPS, sizes, "V")
    by_n, axes_n = plt.subplots(figsize=(8, 3.6), layout="constrained")
    lines(axes_n, GRADIENT, FORMS, counts, "n")
    panels[1].legend(fontsize=8)
    axes_n.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return {"step.svg": svg(bars), "time-v.svg": svg(by_V), "time-n.svg": svg(by_n)}


def svg(figure) -> str:
    """A figure as text: the same for the same numbers, and in ink that turns light where the page is dark."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = re.sub(r"\s+\n", "\n", buffer.getvalue())
    return text.replace(INK, "var(--ink)").replace("<defs>", f"<style>{DARK}</style>\n <defs>", 1)


def load(name: str) -> Run | None:
    path = RESULTS / name
    return Run(json.loads(path.read_text())) if path.is_file() else None


def main(arguments: list[str]) -> None:
    if arguments:
        runs = [json.loads(Path(argument).read_text()) for argument in arguments]
        distilled = distil(*runs)
        on_gpu = any(result["place"] == "cuda" for result in distilled["results"])
        taken = Run(distilled)  # what follows raises where a case is missing, before anything is written
        if on_gpu and (RESULTS / "cpu.json").is_file():
            step_table(taken, ["cuda"])
        else:
            section(taken)
        lines = ",\n  ".join(json.dumps(result) for result in distilled.pop("results"))
        head = json.dumps(distilled)[:-1]
        (RESULTS / ("cuda.json" if on_gpu else "cpu.json")).write_text(f'{head}, "results": [\n  {lines}\n]}}\n')
        if len(runs) == 2 and (cases := to_time_in_turn(*runs)):
            chosen = Path(arguments[1]).with_suffix(".turns")
            chosen.write_text("\n".join(cases) + "\n")
            turns = f"pytest @{chosen} --turns {max(5, min(60, TIMINGS // len(cases)))} --benchmark-json"
            print(f"Two runs disagree on {len(cases)} cases. To learn why, time them in two processes that take turns:")
            print(f"    {turns}=turns-1.json & {turns}=turns-2.json; wait")
            print(f"    python benchmarks/report.py {' '.join(arguments)} turns-1.json turns-2.json")
    gpu = load("cuda.json")
    run = load("cpu.json") or gpu
    if run is None:
        raise SystemExit("There are no results yet. Give the JSON of a run: python benchmarks/report.py run.json")
    (RESULTS / "tables.md").write_text(all_tables(run, gpu))
    for name, text in figures(run).items():
        (RESULTS / name).write_text(text)
    before, _, rest = README.read_text().partition(BEGIN)
    _, marker, after = rest.partition(END)
    if not marker:
        raise SystemExit(f"README.md has no lines {BEGIN} and {END}. Put them where the section belongs.")
    README.write_text(f"{before}{BEGIN}\n{section(run, gpu)}{END}{after}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        raise SystemExit(str(error)) from None
