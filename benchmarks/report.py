"""From pytest-benchmark's JSON to results/*.json, to tables, figures and the README's section on speed.

    pytest benchmarks/ --benchmark-json=run.json
    python benchmarks/report.py run.json              the run becomes the committed result, and all is written anew
    python benchmarks/report.py run.json second.json  the same, with a second run to tell how steady the first is
    python benchmarks/report.py                       all is written anew from the committed results

Where two runs disagree, the second form says how to learn why; what is learned, it takes as a third JSON. Every number
in the section is computed here, from the JSON. A run on a GPU becomes results/cuda.json beside results/cpu.json.
Figures need matplotlib, `pip install -e '.[bench]'`.
"""

import io
import json
import math
import re
import statistics
import sys
from collections import Counter
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
CHANGES = "it changes from turn to turn"
STEADY, SHORT = 0.15, 1e-3  # two runs agree where their medians differ by less; seconds, what is not compared
ONE, LARGE = "1 thread", "V = 1,024"
GRADIENT, LOOKUP = "nll, forward + backward", "lookup, forward + backward"

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


def distil(run: dict, second: dict | None = None, turns: dict | None = None) -> dict:
    """What a run is worth keeping: the machine without its name, and statistics without the single rounds.

    `second` is the same again; `turns`, some of its cases several times, in turn.
    """
    cpu = run["machine_info"]["cpu"]
    again, in_turn = medians(second), medians(turns)
    results = []
    for bench in run["benchmarks"]:
        if "work" not in bench["extra_info"]:
            continue  # the lab's, which is another subject
        kept = {name: bench["stats"][name] for name in ("median", "iqr", "rounds", "iterations")}
        if bench["fullname"] in again:
            kept["median_again"] = again[bench["fullname"]][0]
        if bench["fullname"] in in_turn:
            kept["medians_in_turn"] = in_turn[bench["fullname"]]
        facts = {key: value for key, value in bench["extra_info"].items() if key != "pace"}
        results.append(facts | kept)
    devices = [f"{cpu.get('brand_raw', cpu['arch'])} with {cpu['count']} logical cores"]
    devices += {result["device"] for result in results if result["device"] != "cpu"}
    return {
        "machine": " and ".join(devices),
        "python": run["machine_info"]["python_version"],
        "torch": results[0]["torch"],
        "date": run["datetime"][:10],
        "unrest": unrest([bench["extra_info"]["pace"] for bench in run["benchmarks"] if "pace" in bench["extra_info"]]),
        "results": results,
    }


def medians(run: dict | None) -> dict[str, list[float]]:
    """All medians of each case, by its name under pytest."""
    found = {}
    for bench in run["benchmarks"] if run else []:
        found.setdefault(bench["fullname"], []).append(bench["stats"]["median"])
    return found


def unrest(paces: list[list[dict]]) -> dict[str, float]:
    """By small job (`machine.pace`), the share of the cases from whose start to whose end it changed too much."""
    share = {job: statistics.mean(differ([before[job], after[job]]) for before, after in paces) for job in paces[0][0]}
    return {job: round(part, 2) for job, part in share.items()}


def differ(seconds: list[float]) -> bool:
    """Whether times of the same lie further apart than two runs may."""
    return max(seconds) / min(seconds) - 1 > STEADY


def to_time_in_turn(run: dict, second: dict) -> list[str]:
    """The cases that two runs disagree on, and for each one they agree on: of the same place, and about as long."""
    again = medians(second)
    cases = [bench for bench in run["benchmarks"] if "work" in bench["extra_info"] and bench["fullname"] in again]
    pairs = [
        (bench, {"median": bench["stats"]["median"], "median_again": again[bench["fullname"]][0]}) for bench in cases
    ]
    disagree = [bench for bench, pair in pairs if apart(pair)]
    agree = [bench for bench, pair in pairs if pair["median"] > SHORT and not apart(pair)]
    chosen = []
    for bench in disagree:
        alike = [other for other in agree if other["extra_info"]["place"] == bench["extra_info"]["place"]]
        alike.sort(key=lambda other: abs(math.log(other["stats"]["median"] / bench["stats"]["median"])))
        chosen += [bench["fullname"], *(other["fullname"] for other in alike[:1])]
        agree = [other for other in agree if other not in alike[:1]]
    return chosen


class Run:
    """The results of one machine, found by what was done, how, on what, and where."""

    def __init__(self, distilled: dict):
        self.machine, self.torch, self.date = (distilled[key] for key in ("machine", "torch", "date"))
        self.unrest, self.results = distilled["unrest"], distilled["results"]
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
    seconds = [result["median"], result["median_again"]] if apart(result) else [result["median"]]
    return " or ".join(duration(each / result["units"]) for each in seconds)


def step_table(run: Run, places: list[str]) -> str:
    """The six ways to one step: what they cost, how exact they are, what they hold."""
    rows = []
    for form in FORMS:
        backward = run.result(GRADIENT, form, place=places[0])
        same = [p for p in places if run.result(GRADIENT, form, place=p)["deterministic"]]
        cells = [cell(run, work, form, "names", places[0]) for work in ("nll, forward", GRADIENT)]
        for place in places:
            cells += [cell(run, "step", form, "names", place), times(run.ratio("step", "lecture", form, place=place))]
        accuracy = f"{backward['gradient_error']:.0e}"
        rows.append([form, *cells, accuracy, said(same, places), memory(backward["peak_bytes"])])
    steps = [name for place in places for name in (f"whole step, {place}", "faster")]
    return table(["form", "forward", "forward + backward", *steps, "gradient error", "same bits", "memory"], rows)


def lookup_table(run: Run) -> str:
    """The five lookups, with V small and V large."""
    works = ("lookup, forward", LOOKUP)
    rows = [
        [f"`{method}`", *(cell(run, w, method, c, ONE) for c in ("names", LARGE) for w in works)] for method in LOOKUPS
    ]
    header = ["lookup", "V = 27, forward", "forward + backward", "V = 1,024, forward", "forward + backward"]
    return table(header, rows)


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


def apart(result: dict) -> bool:
    """Whether a second run disagrees on a case long enough to be measured well."""
    median = result["median"]
    return median > SHORT and abs(result.get("median_again", median) / median - 1) > STEADY


def spread(result: dict | None) -> str:
    """Median and interquartile range, and the median of a second run where it disagrees."""
    if result is None:
        return "–"
    again = f" or {duration(result['median_again'])}" if apart(result) else ""
    around = f" ± {duration(result['iqr'])}" if result["rounds"] > 1 else ""
    return f"{duration(result['median'])}{around}{again}"


def ends(seconds: list[float]) -> list[float]:
    """The lowest and the highest, where there are any."""
    return [min(seconds), max(seconds)] if seconds else []


def full_tables(run: Run) -> str:
    """Every case: median and IQR, by work, case, method and place."""
    taken = f"PyTorch {run.torch}, {run.date}"
    told = "Median ± interquartile range per call; without a range, one call. After “or”: a second run that disagrees."
    parts = [f"# {run.machine}\n\n{taken}. {told}"]
    for work in dict.fromkeys(r["work"] for r in run.results):
        results = [r for r in run.results if r["work"] == work]
        methods = list(dict.fromkeys(r["method"] for r in results))
        rows = []
        for case, place in dict.fromkeys((r["case"], r["place"]) for r in results):
            found = [run.get(work, method, case, place) for method in methods]
            rows.append([case, place, *map(spread, found)])
        parts.append(f"## {work}\n\n" + table(["case", "place", *(f"`{method}`" for method in methods)], rows))
    disagree = [r for r in run.results if apart(r)]
    if disagree:
        rows = [
            [
                f"`{r['method']}`, {r['work']}, {r['case']}, {r['place']}",
                *map(duration, (r["median"], r["median_again"])),
                times(r["median_again"] / r["median"]),
                " to ".join(duration(end) for end in ends(r.get("medians_in_turn", []))) or "–",
                cause(r),
            ]
            for r in disagree
        ]
        header = ["method, work, case, place", "median", "again", "ratio", "in turn", "so"]
        in_turn = "In turn: the lowest and the highest of several medians in one process, with other cases between."
        parts.append(f"## Where two runs disagree\n\nCases over 1 ms. {in_turn}\n\n{table(header, rows)}")
    return "\n\n".join(parts) + "\n"


def all_tables(run: Run, gpu: Run | None) -> str:
    return "\n".join(full_tables(machine) for machine in dict.fromkeys([run, gpu]) if machine)


def where_index_loses(run: Run) -> str:
    """Plainly, where `W[xs]` is slower than a one-hot product."""
    said = []
    for product in (ONE_HOT, PREBUILT):
        for work in ("lookup, forward", LOOKUP):
            ratios = {
                f"{case}, {place}": run.seconds(work, "W[xs]", case, place) / run.seconds(work, product, case, place)
                for w, method, case, place in run.found
                if (w, method) == (work, product)
            }
            lost = sum(ratio > 1 for ratio in ratios.values())
            worst, ratio = max(ratios.items(), key=lambda item: item[1])
            at_worst = f" (at worst {times(ratio)} its time: {worst})" if lost else ""
            said.append(f"in {lost} of {len(ratios)} cases{at_worst} to `{product}`, {work.removeprefix('lookup, ')}")
    return f"`W[xs]` loses {'; '.join(said)}."


def cause(result: dict) -> str:
    """Why two runs disagree on a case, as far as timing it in turn with others tells."""
    seconds = result.get("medians_in_turn")
    if not seconds:
        return "not timed in turn"
    if differ(seconds):
        return CHANGES
    now = statistics.median(seconds)
    near = [name for name in ("median", "median_again") if not differ([result[name], now])]
    causes = {
        ("median",): "the second run's time did not come back",
        ("median_again",): "the first run's time did not come back",
        (): "another time in each process",
    }
    return causes.get(tuple(near), "both lie near the turns")


def unsteady(run: Run) -> str:
    """How many cases over 1 ms two runs agree on, and why they disagree on the others."""
    pairs = [r for r in run.results if "median_again" in r and r["median"] > SHORT]
    if not pairs:
        return "It was run once."
    disagree = [r for r in pairs if apart(r)]
    said = f"Run twice: of {len(pairs)} cases over 1 ms, {len(pairs) - len(disagree)} agree within {STEADY:.0%}."
    if not disagree:
        return said
    where = f"The [tables](benchmarks/results/tables.md) end with all {len(disagree)}."
    in_turn = [
        [r["medians_in_turn"] for r in pairs if "medians_in_turn" in r and apart(r) == yes] for yes in (True, False)
    ]
    if not in_turn[0]:
        return f"{said} {where}"
    changing, others = (sum(map(differ, medians)) for medians in in_turn)
    causes = Counter(cause(r) for r in disagree if cause(r) != CHANGES)
    rest = "".join(f" For {count}, {name}." for name, count in causes.items())
    restless = sorted(run.unrest, key=run.unrest.get, reverse=True)
    moved = ", ".join(f"a {job} in {run.unrest[job]:.0%}" for job in restless)
    return (
        f"{said} The other {len(disagree)} were timed {len(in_turn[0][0])} times more in one process, in turn with "
        f"{len(in_turn[1])} that agree: {changing} of them change by more than {STEADY:.0%} from turn to turn, and "
        f"{others} of those that agree. What they show is the moment on a shared machine, not the run.{rest} {where} "
        f"Small jobs, timed before and after each case, change by as much within it, too: {moved} of all cases."
    )


def ceilings(run: Run) -> str:
    """How near the lookups come to what the machine can do."""
    index, product = run.result("lookup, forward", "index_select"), run.result("lookup, forward", PREBUILT, LARGE)
    memory, cache = (run.result("ceiling", "copy", size) for size in ("256 MiB", "2 MiB"))
    moved, copied, cached = (rounded(r["bytes_moved"] / r["median"] / 1e9) for r in (index, memory, cache))
    products = [r for r in run.results if r.get("operations") and r["place"] == ONE]
    multiplied = product["operations"] / product["median"] / 1e9
    most = max(r["operations"] / r["median"] / 1e9 for r in products)
    return f"""\
`index_select` moves {moved} GB/s at V = 27, where a copy reaches {copied} GB/s from memory and {cached} within the \
caches; the prebuilt product does {rounded(multiplied)} GFLOP/s at V = 1,024, and no product with one thread more than \
{rounded(most)}."""


def long_text(run: Run) -> str:
    """Counting 100 MB, beside the bandwidth of the memory."""
    text, copy = run.result("count", "ours", "100 MB"), run.result("ceiling", "copy", "256 MiB")
    one, many = (rounded(1e-6 / run.seconds("count", "ours", "100 MB", place)) for place in (ONE, run.all_threads))
    copied, held = rounded(copy["bytes_moved"] / 2 / copy["median"] / 1e6), rounded(text["peak_bytes"] / text["n"])
    return f"""\
`ngrams` + `count` is {times(run.ratio("count", "Counter", "ours"))} faster than `Counter`. Of 100 MB of names it \
reads {one} MB/s with one thread and {many} MB/s with {run.all_threads}, on a machine that copies {copied} MB/s, and \
holds at most {held} bytes a character."""


def where_the_gain_vanishes(run: Run) -> str:
    places = list(dict.fromkeys([ONE, run.all_threads]))

    def both(work, method, case="names"):
        return " and ".join(cell(run, work, method, case, place) for place in places)

    few, few_rows = (duration(run.seconds(GRADIENT, form, "order 4, few examples")) for form in (CLOSED, "rows"))
    batches = [
        [duration(run.seconds("mini-batch", form, f"batch of {size}")) for form in ("counts", "rows")]
        for size in ("32", "1,024")
    ]
    return f"""\
- V small and backward included: with {" and with ".join(places)}, `W[xs]` takes {both(LOOKUP, "W[xs]")} at \
V = 27, the prebuilt one-hot product {both(LOOKUP, PREBUILT)}; a whole step by `rows` {both("step", "rows")}, by \
`onehot` {both("step", "onehot")}. At V = 1,024 the lookup gains {times(run.ratio(LOOKUP, PREBUILT, "W[xs]", LARGE))}.
- C·V ≫ n: for 1,000 examples at order 4, a table of 531,441 numbers, loss and gradient take {few} by counts and \
{few_rows} by rows.
- Mini-batches, where N changes with each batch: 32 examples take {batches[0][0]} by counts, counting included, and \
{batches[0][1]} by rows; 1,024 examples {batches[1][0]} and {batches[1][1]}.
- Any hidden layer: the loss then depends on more than N, and counts are no longer sufficient."""


def further(run: Run, place: str) -> str:
    """The step by counts taken further, each way with its time."""
    taken = [method for method in FURTHER if run.get("step, further", method, place=place)]
    return "; ".join(f"{method}, {cell(run, 'step, further', method, 'names', place)}" for method in taken)


def surprises(run: Run) -> str:
    building = 1 - run.seconds("lookup, forward", PREBUILT) / run.seconds("lookup, forward", ONE_HOT)
    step, addition = run.seconds("step", CLOSED), run.seconds("floor", "one addition", "27 x 27")
    rows, counts = (f"{run.result(GRADIENT, form)['gradient_error']:.0e}" for form in ("rows", CLOSED))
    gains = [times(run.seconds("step", f) / run.seconds("step", f, place=run.all_threads)) for f in ("lecture", CLOSED)]
    kept, new = (cell(run, "ceiling", f"fill, {pages} pages", "64 MiB", ONE) for pages in ("kept", "new"))
    threads = run.all_threads
    index, embedding = (
        " and ".join(cell(run, work, method, "names", ONE) for work in ("lookup, forward", LOOKUP))
        for method in ("W[xs]", "F.embedding")
    )
    skewed, uniform = (
        " and ".join(cell(run, LOOKUP, "W[xs]", case, place) for place in (ONE, run.all_threads))
        for case in ("one letter", "uniform letters")
    )
    return f"""\
- {building:.0%} of the lecture's forward lookup goes into building the one-hot matrix, not into the product.
- A step by counts ({duration(step)}) costs as much as {step / addition:.0f} additions of two such tables: it is \
calls, not arithmetic. Taken further, a step takes: {further(run, ONE)}. That is microseconds saved, and `descend` \
stays one loop for every form, so none of them is in `bigram/`.
- In float32 the gradient by rows is off by {rows}, by counts by {counts}: thousands of small numbers added one after \
the other, against sums taken in integers.
- New memory can cost more than the work: to fill 64 MiB takes {new} where the kernel first has to find the pages, \
{kept} where they are at hand. The C library of Linux asks for new pages at each call that needs more than 32 MiB, or \
does not, as its heap happens to lie. The suite tells it to keep what it has (`mallopt`), so no other time here holds \
this cost. Ordinary training pays it, with one-hot matrices above all: these times flatter them.
- With {threads}, the lecture's step is {gains[0]} as fast as with one, the step by counts {gains[1]}.
- `W[xs]` takes {index}, forward and forward + backward; `F.embedding`, which picks the same rows, {embedding}.
- Threads that add into the same row wait for each other: `W[xs]`, forward + backward, takes {skewed} with one \
thread and with {threads} where all examples are one letter, {uniform} where all are as frequent."""


def section(run: Run, gpu: Run | None = None) -> str:
    """The README's section on speed."""
    n, runs = run.result("step", "lecture")["n"], min(run.result(GRADIENT, form)["runs"] for form in FORMS)
    on_gpu = "No GPU could be had for this run; the suite takes one where there is one."
    if gpu:
        taken = f"With a GPU ({gpu.machine}, PyTorch {gpu.torch}, {gpu.date}), each call waited for"
        on_gpu = f"{taken}:\n\n{step_table(gpu, ['cuda'])}\n\nTaken further there: {further(gpu, 'cuda')}."
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
and for rows and gather one rounding of 2⁻²⁴ more for each number they add up. (Samples are checked by χ², and what \
takes so long that it is called but once, after that call.)

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

`pytest benchmarks/ -k quick` takes the names at order 2 only; with `--benchmark-disable` everything is checked and \
nothing timed. Given the JSON of a second run as well, the report says how steady the first is and, where the two \
disagree, how to learn why.
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
            again = "python benchmarks/report.py", *arguments, "turns.json"
            print(
                f"Two runs disagree on {len(cases) // 2} cases. To learn why, time them in turn, with as many others:"
            )
            print(f"    pytest @{chosen} --turns 8 --benchmark-json=turns.json\n    {' '.join(again)}")
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
    main(sys.argv[1:])
