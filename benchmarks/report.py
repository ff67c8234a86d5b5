"""From times to ratios with their intervals, to the committed results, to tables and figures.

    pytest benchmarks/ --keep       write a file of benchmarks/results/ or update it, then redraw tables and figures
    python benchmarks/report.py     redraw tables and figures from the files that are there

A file of results belongs to one machine with one version of PyTorch. README.md names the file that its table, its
figure, and the table of costs in docs/large-texts.md show. Figures need matplotlib, `pip install -e '.[bench]'`.
"""

import datetime
import io
import json
import math
import os
import platform
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
RESULTS, README, TABLES = HERE / "results", HERE.parent / "README.md", HERE / "README.md"
LARGE_TEXTS = HERE.parent / "docs" / "large-texts.md"
KEY = ("work", "method", "case", "device", "threads", "than")  # two rows of one file differ in one of these
KNOWN = {*KEY, "n", "V", "C", "median", "iqr", "rounds", "ratio", "low", "high", "date", "commit"}
MARKED = re.compile(r"(<!-- table: ([^\n]+) -->\n).*?(?=<!-- end of table -->)", re.DOTALL)
FORWARD, BOTH = "forward", "forward + backward"
LOOKUP, LOSS = "row of W", "loss"  # each with ", forward" or ", forward + backward"
LARGE = "V = 1,024"
RANKS = ("1 rank", "2 ranks")
TEXT, WHOLE, SUM = "text by one core", "whole program", "all-reduce"  # what the cost model is made of
COLORS = ["#4477aa", "#66aadd", "#ee6677", "#228833", "#ccbb44", "#cc66aa"]  # tell apart on white and on black


def middle(seconds: list[float]) -> dict:
    """The median and the interquartile range of some rounds, in seconds, to four digits."""
    low, median, high = np.percentile(seconds, [25, 50, 75])
    return {"median": float(f"{median:.4g}"), "iqr": float(f"{high - low:.4g}"), "rounds": len(seconds)}


def ratio(seconds: list[float], base: list[float]) -> dict:
    """How many times as fast as the base: the median over the rounds, and its 95% interval by the bootstrap.

    Round i of both was timed at the same moment, so what slows a machine down for a while slows both. The interval
    comes from the medians of 2,000 samples of these pairs of rounds, drawn with replacement.
    """
    pairs = np.divide(base, seconds)
    samples = np.random.default_rng(0).choice(pairs, (2_000, len(pairs)))
    low, high = np.percentile(np.median(samples, axis=1), [2.5, 97.5])
    return {key: float(f"{x:.4g}") for key, x in (("ratio", np.median(pairs)), ("low", low), ("high", high))}


def rounded(number: float) -> str:
    """Three significant digits, with a comma for the thousands."""
    digits = f"{number:.3g}"
    return f"{float(digits):,.0f}" if abs(number) >= 100 else digits


def duration(seconds: float) -> str:
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size:
            return f"{rounded(seconds / size)} {unit}"
    return f"{rounded(seconds / 1e-9)} ns"


def times(row: dict) -> str:
    """The ratio and its interval; ~ in place of the ratio where the interval holds 1; nothing for the base itself."""
    if "ratio" not in row:
        return ""
    low, value, high = (rounded(row[key]) for key in ("low", "ratio", "high"))
    return f"{'~' if row['low'] <= 1 <= row['high'] else f'{value}×'} ({low} to {high})"


def place(row: dict) -> str:
    return row["device"] if row["device"] != "cpu" else f"{row['threads']} thread{'s' * (row['threads'] > 1)}"


def groups(rows: list[dict]) -> dict[tuple, list[dict]]:
    """The rows of each table: those of one kind of work, one case, and one device or number of threads."""
    found = {}
    for row in rows:
        found.setdefault((row["work"], row["case"], place(row)), []).append(row)
    return found


def as_text(rows: list[dict]) -> str:
    """For the terminal: a table for each group."""
    lines = []
    for (work, _, where), group in groups(rows).items():
        lines += ["", f"{work}: {sized(group[0])} ({where})"]
        than = {row["than"] for row in group if "than" in row}
        for row in group:
            beside = f" {row['than']}" if len(than) > 1 and "than" in row else ""
            lines.append(f"  {row['method']:<36}{duration(row['median']):>9}   {times(row)}{beside}".rstrip())
    return "\n".join(lines)


def sizes(row: dict) -> list[str]:
    return [f"{key} = {row[key]:,}" for key in ("n", "V")] if {"n", "V"} <= row.keys() else []


def sized(row: dict) -> str:
    """The case and its sizes. The name of the case may itself be a size, which is then written once."""
    return ", ".join(dict.fromkeys([row["case"], *sizes(row)]))


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> dict:
    """What a file of results says about its machine. Nothing names the owner."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    gpus = sorted({torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())})
    return {
        "machine": " and ".join([f"{(names or [platform.processor()])[0]} with {os.cpu_count()} cores", *gpus]),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def keep(rows: list[dict]) -> str:
    """Add the rows to this machine's file, in place of older rows with the same key, redraw all, return its name."""
    here = machine()
    path = RESULTS / (re.sub(r"\W+", "-", f"{here['machine']} torch {here['torch']}".lower()) + ".json")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True).stdout
    stamp = {"date": datetime.date.today().isoformat(), "commit": commit.strip()}
    old = json.loads(path.read_text())["results"] if path.is_file() else []
    kept = {tuple(row.get(key) for key in KEY): row for row in [*old, *(row | stamp for row in rows)]}
    results = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in kept.values())
    path.write_text(f'{json.dumps(here)[:-1]}, "results": [\n  {results}\n]}}\n')
    write()
    return path.name


class Run:
    """A file of results: its machine and its rows. The first row names the device and the number of threads."""

    def __init__(self, path: Path):
        content = json.loads(path.read_text())
        self.rows, self.name = content["results"], f"{content['machine']}, PyTorch {content['torch']}"
        self.place = place(self.rows[0])
        self.date = max(row["date"] for row in self.rows)

    def find(self, work, case="names", where=None) -> dict[str, dict]:
        """The rows of one kind of work by their method. If a method has several bases, the last one."""
        asked = (work, case, where or self.place)
        return {row["method"]: row for row in self.rows if (row["work"], row["case"], place(row)) == asked}


def runs() -> dict[str, Run]:
    """All files of results by name, the newest first."""
    found = {path.name: Run(path) for path in sorted(RESULTS.glob("*.json"))}
    return dict(sorted(found.items(), key=lambda item: item[1].date, reverse=True))


def short_answer(run: Run) -> str:
    """The README's table: three replacements, each with its time and its speed-up over what it replaces."""
    lecture = "the lecture's loss"
    better = {"W[xs]": (LOOKUP, "one-hot rows"), "gather": (LOSS, lecture), "counts, closed form": (LOSS, lecture)}
    lines = []
    for method, (work, slower) in better.items():
        found = [run.find(f"{work}, {BOTH}", case) for case in ("names", LARGE)]
        lines.append([slower, f"`{method}`", *(short(rows.get(method)) for rows in found)])
    return table(["in place of", "use", "V = 27", LARGE], lines)


def answer(run: Run) -> str:
    """The answer in full: five ways to a row of W, then the loss in its forms."""
    columns = {(FORWARD, "names"): "V = 27, ", (BOTH, "names"): "V = 27, ", (BOTH, LARGE): f"{LARGE}, "}
    lines = []
    for work in (LOOKUP, LOSS):
        found = [run.find(f"{work}, {part}", case) for part, case in columns]
        lines.append([f"**{work}**", *[""] * len(columns)])
        lines += [[f"`{m}`", *(short(column.get(m)) for column in found)] for m in found[1]]
    return table(["", *(V + part for (part, _), V in columns.items())], lines)


def costs(run: Run) -> str:
    """How long a large text takes with a process for each core: what was measured, and two rows computed from it."""
    if not run.find(f"{WHOLE}, order 4", "10 GB"):
        return "These times are not measured on this machine."
    columns = []
    for order, numbers in ((2, "729 numbers"), (4, "531,441 numbers")):
        whole, start = (run.find(f"{WHOLE}, order {order}", case) for case in ("10 GB", "names"))
        core, machine = (
            (whole[ranks]["bytes"] - start[ranks]["bytes"]) / (whole[ranks]["median"] - start[ranks]["median"])
            for ranks in RANKS
        )
        each_sum = run.find(SUM, numbers)["gloo, 2 ranks"]["median"]
        column = [f"{rounded(speed / 1e6)} MB/s" for speed in (core, machine)]
        column.append(long(whole[RANKS[1]]["median"]))
        for size, machines in ((1e12, 1), (1e14, 100)):
            # Each machine starts and counts its part; the tables are summed once within a machine, and once more
            # whenever the number of machines doubles.
            sums = 1 + math.ceil(math.log2(machines))
            column.append(long(start[RANKS[1]]["median"] + size / machines / machine + each_sum * sums))
        columns.append(column)
    rows = [
        "measured: speed of 1 core, start excluded",
        "measured: speed of 2 cores, start excluded",
        "measured: 10 GB with 2 cores, start included",
        "computed: 1 TB on this machine",
        "extrapolated from this one machine, never measured: 100 TB on 100 machines like it",
    ]
    return table(["", "order 2", "order 4"], [list(row) for row in zip(rows, *columns)])


def long(seconds: float) -> str:
    """Seconds, minutes, hours or days."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{rounded(seconds / size)} {unit}"
    return f"{rounded(seconds)} seconds"


def short(row: dict | None) -> str:
    return ", ".join(filter(None, [duration(row["median"]), times(row)])) if row else "–"


def long_tables(run: Run) -> str:
    """All results of a file, with a table for each kind of work."""
    parts = [f"## {run.name}\n\nThe latest of these times were measured on {run.date}."]
    for work in dict.fromkeys(row["work"] for row in run.rows):
        found = groups([row for row in run.rows if row["work"] == work])
        noted = dict.fromkeys(key for rows in found.values() for row in rows for key in row if key not in KNOWN)
        lines = []
        for (_, _, where), rows in found.items():
            for row in rows:
                spread = f"{duration(row['median'])} ± {duration(row['iqr'])}"
                than = f"{times(row)} {row['than']}" if "than" in row else ""
                extra = (noted_as(row.get(key)) for key in noted)
                lines.append([sized(row), where, f"`{row['method']}`", spread, than, *extra])
        parts.append(f"### {work}\n\n{table(['case', 'with', 'form', 'median ± IQR', 'as fast as', *noted], lines)}")
    return "\n\n".join(parts)


def noted_as(value) -> str:
    return "" if value is None else str(value) if isinstance(value, str | bool) else rounded(value)


def figures(run: Run) -> dict[str, str]:
    """The SVG figures by file name, each in colors for a light page and for a dark page."""
    from matplotlib import rc_context

    found = {}
    for theme, ink in {"light": "#1f2328", "dark": "#d1d7e0"}.items():
        style = dict.fromkeys(["text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"], ink)
        style |= {"svg.fonttype": "none", "svg.hashsalt": "bigram", "legend.frameon": False, "font.size": 9}
        with rc_context(style | {"axes.spines.top": False, "axes.spines.right": False}):
            for name, draw in (("answer", draw_answer), ("sizes", draw_sizes)):
                text = io.StringIO()
                draw(run).savefig(text, format="svg", transparent=True, metadata={"Date": None})
                found[f"{name}-{theme}.svg"] = re.sub(r"\s+\n", "\n", text.getvalue())
    return found


def draw_answer(run: Run):
    """How long forward + backward takes, by form, at V = 27 and V = 1,024."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    for axes, work in zip(panels := figure.subplots(2, sharex=True), (LOOKUP, LOSS)):
        for case, color, lift in (("names", COLORS[0], 0.2), (LARGE, COLORS[2], -0.2)):
            rows = list(run.find(f"{work}, {BOTH}", case).values())
            ys, seconds = [lift - i for i in range(len(rows))], [row["median"] for row in rows]
            bars = axes.barh(ys, seconds, 0.36, color=color, label=", ".join(sizes(rows[0])))
            said = [f"{duration(row['median'])}  {times(row).partition(' (')[0]}" for row in rows]
            axes.bar_label(bars, said, padding=4, fontsize=8)
        axes.set(xscale="log", yticks=range(0, -len(rows), -1), yticklabels=[row["method"] for row in rows])
        axes.set_title(f"{work}, {BOTH}")
        axes.margins(x=0.2)
        in_seconds(axes, axes.xaxis)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def draw_sizes(run: Run):
    """Forward + backward of the lookups against V, and of the loss against n."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    cases = ("V = 27", "V = 128", "V = 512", LARGE), ("n = 1,000", "n = 10,000", "names")
    for axes, work, size, names in zip(figure.subplots(1, 2), (LOOKUP, LOSS), "Vn", cases):
        found = [rows for name in names if (rows := run.find(f"{work}, {BOTH}", name))]
        for method, color, marker in zip(found[0], COLORS, "osD^vP"):
            line = [(rows[method][size], rows[method]["median"]) for rows in found]
            axes.plot(*zip(*line), marker + "-", color=color, label=method)
        axes.set(xscale="log", yscale="log", xlabel=size, title=f"{work}, {BOTH}")
        axes.set_xticks([x for x, _ in line], [f"{x:,}" for x, _ in line])
        axes.legend(fontsize=8)
        in_seconds(axes, axes.yaxis)
    return figure


def in_seconds(axes, axis) -> None:
    axes.minorticks_off()
    axis.set_major_formatter(lambda seconds, _: duration(seconds))


def write() -> None:
    """Redraw what is generated: the tables of three pages, and the figures."""
    found = runs()
    shown = found[MARKED.search(README.read_text("utf-8")).group(2)]
    names = "\n".join(f"- [{run.name}](results/{name})" for name, run in found.items())
    made = {"answer": answer(shown), "costs": costs(shown)}
    made["all"] = "\n\n".join([names, *map(long_tables, found.values())])
    for page in (README, TABLES, LARGE_TEXTS):
        text = page.read_text("utf-8")
        text = MARKED.sub(lambda m: f"{m.group(1)}\n{made.get(m.group(2)) or short_answer(shown)}\n\n", text)
        page.write_text(text, "utf-8")
    for name, drawn in figures(shown).items() if find_spec("matplotlib") else ():
        (RESULTS / name).write_text(drawn)


if __name__ == "__main__":
    write()
