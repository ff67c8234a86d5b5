"""From a `View` to the values of the components: what the page draws. Pure functions, no gradio."""

import base64
import itertools
import json
import math
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

import bigram
from bigram.reading import looks_like_table
from bigram.sampling import uniforms
from demo.compute import results
from demo.compute.lookup import WAYS
from demo.compute.results import Sweep, minus
from demo.compute.runs import Corpus, View, initial_weights
from demo.teaching.traps import Outcome

SHOWN = 40  # rows and columns of a heat map at most; one picture holds no more
GROWN = "Its weights have grown without limit."
STREAM = (
    "Both tables draw with the same random numbers. After a letter that differs, the same name may be in another row."
)
UNIFORMS = 512  # ten names of noise take about 270
LONGEST_WALK = 100  # letters of a name that are played
SAID = {"counted": "counted", "descended": "trained"}  # the tables: their keys, and the words for them on the page
WITHOUT_CHANCE = {  # how a pair comes to the probability 0 in each table, and what to do
    "counted": ("never occurs in the words", "Smoothing k above 0 gives every pair a small probability."),
    "descended": ("has a weight too far below its row's largest", "A lower learning rate keeps the weights together."),
}
BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "results"


def two_ways(view: View, lead: str) -> dict[str, Any]:
    """The stage: both tables, the descent and its film, the numbers, what explains the gap, and the names.

    `lead` (order - 2 characters) chooses the contexts; where it fits no context, the first are shown.
    """
    e, words = view.e, view.corpus
    leads = [words.context_text(i * words.V)[:-1] for i in range(words.N.shape[0] // words.V)]
    lead = lead if lead in leads else leads[0]
    part, chars = window(words, lead), words.vocab.chars
    cells = torch.tensor(part.rows)[:, None], torch.tensor(part.columns)
    numbers = results.summary(view)
    sentence, lesson = results.why(view)
    return {
        "rows": [words.context_text(i) for i in part.rows],
        "columns": [chars[j] for j in part.columns],
        "note": part.note,
        "order": e.order,
        "lead": lead,
        "leads": leads,
        "N": pack(words.N[cells], "<f8"),  # counts of large texts have more digits than a float32
        **{name: pack(table[cells]) for name, table in zip("PQW", (view.P, view.Q, view.W))},
        "totals": words.N.sum(1)[part.rows].tolist(),  # of all columns, where a part is shown
        "start": pack(initial_weights(words, e)[cells]) if len(part.columns) == words.V else None,
        "film": {
            "n": numbers["examples"],
            "size": numbers["cells"],
            "lr": e.lr,
            "l2": e.l2,
            "chaotic": view.is_end and not view.outcome.is_well,
        },
        "step": view.taken,
        "steps": e.steps,
        "curve": curve(view, numbers["counted_nll"]),
        "figures": {key: number if math.isfinite(number) else None for key, number in numbers.items()},
        "reason": {"sentence": sentence, "lesson": lesson},
        "names": names(view),
        "characters": words.V,
        **luck(view),
        "gaps": finite(results.row_gaps(view)[part.rows].tolist()),
    }


def curve(view: View, floor: float) -> dict[str, Any]:
    """The losses at step 0, 1, 2 …, and the floor to which they fall: the counted table's NLL."""
    nll, loss = (finite([round(x, 7) for x in losses[: view.taken + 1]]) for losses in (view.nll, view.objective))
    return {"nll": nll, "loss": loss, "floor": floor if math.isfinite(floor) else None}


def finite(numbers: list[float]) -> list[float | None]:
    """The numbers, None where one is infinite or NaN (JSON has neither)."""
    return [number if math.isfinite(number) else None for number in numbers]


def pack(table: Tensor, kind: str = "<f4") -> str:
    """A table as base64 of little-endian floats: an eighth of the bytes of a JSON list."""
    return base64.b64encode(table.numpy().astype(kind).tobytes()).decode()


class Window(NamedTuple):
    """The part of the table that fits a heat map."""

    rows: list[int]  # context ids
    columns: list[int]  # character ids
    note: str


def window(words: Corpus, lead: str = "") -> Window:
    """The contexts that begin with `lead` (order - 2 characters) and all characters; the most common where too many."""
    columns = torch.arange(words.V)
    if words.V > SHOWN:
        columns = words.N.sum(0).argsort(descending=True, stable=True)[:SHOWN].sort().values
    first = words.context(lead) * words.V
    note = f"The {SHOWN} most common of {words.V} characters." if words.V > SHOWN else ""
    return Window((first + columns).tolist(), columns.tolist(), note)


def names(view: View) -> dict[str, Any]:
    """Names from both tables, drawn with the same stream of uniforms."""
    known, columns, notes = view.corpus.known, [], []
    for title, table in results.tables(view).items():
        try:
            columns.append(bigram.sample(table, view.corpus.vocab, view.e.draws, view.e.draw_seed))
        except ValueError as error:  # a trained table may have diverged, or may never end a name
            columns.append([])
            lost = GROWN if not table.isfinite().all() else str(error)
            notes.append(f"The {SAID[title]} table gives no names. {lost}")
    pairs = [[a, b, a in known, b in known] for a, b in itertools.zip_longest(*columns)]
    return {"pairs": pairs, "note": " ".join(notes) or STREAM}


def luck(view: View) -> dict[str, Any]:
    """The uniform numbers that names are drawn with, where the page can draw them: it has the whole table of pairs."""
    if view.e.order > 2 or view.corpus.V > SHOWN:
        return {"uniforms": None, "uniforms_count": 0}
    first = list(itertools.islice(uniforms(view.e.draw_seed), UNIFORMS))
    return {"uniforms": pack(torch.tensor(first, dtype=torch.float64), "<f8"), "uniforms_count": UNIFORMS}


def notice(view: View) -> list[str]:
    """What there is to say of a run, and of own words that look like several on a line."""
    is_list = view.e.data == "own" and not looks_like_table(view.e.words)
    commas = sum("," in word for word in (view.corpus.train if is_list else []))
    pasted = f"Lines with a comma: {commas:,}. Each line is one word here: put every name on its own line."
    return [sentence for sentence in (view.notice, pasted if commas else "") if sentence]


def as_text(value: float, digits: int = 4) -> str:
    """A number as text, infinite ones as ∞; what a diverged table holds is no number."""
    return (
        "–" if math.isnan(value) else minus(f"{round(value, digits) + 0.0:.{digits}f}").replace("inf", "∞")
    )  # never −0


def bars(title: str, unit: str, labels: list[str], values: list[float], digits: int = 4, **more: Any) -> dict[str, Any]:
    """The value of a bar chart; the bar of the label index `chosen` is marked."""
    chosen = more.pop("chosen", None)
    return {
        "title": title,
        "unit": unit,
        "bars": [
            {
                "label": label,
                "value": 0.0 if math.isnan(value) else value if math.isfinite(value) else None,  # None: an endless bar
                "text": as_text(value, digits),
                "mark": "chosen" if i == chosen else None,
            }
            for i, (label, value) in enumerate(zip(labels, values))
        ],
        "signed": False,
        "orientation": "vertical",
    } | more


def side_by_side(title: str, sums: str, outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """The tables of two pieces of code, for one picture; None for a piece that made none."""
    known = next(outcome for outcome in outcomes.values() if outcome.values is not None)
    return {
        "title": title,
        "sums": sums,
        "rows": list(known.rows),
        "columns": list(known.columns),
        "sides": {side: None if outcome.values is None else pack(outcome.values) for side, outcome in outcomes.items()},
    }


class Pair(NamedTuple):
    """A cell of the table, as text, checked against the words of the view."""

    context: str
    character: str

    @classmethod
    def of(cls, view: View, context: str, character: str) -> "Pair":
        """ValueError: a wrong length, or a character that the words do not have."""
        if len(context) != view.e.order - 1 or len(character) != 1:
            raise ValueError(
                f"At order {view.e.order} a pair has {view.e.order - 1} character{'s' * (view.e.order > 2)} before and "
                f"1 after; this one has {len(context)} and {len(character)}. A dot stands for the start and the end."
            )
        view.corpus.vocab.encode(context + character)
        return cls(context, character)


def inside(view: View, pair: Pair, before: View | None = None) -> dict[str, Any]:
    """One pair: its numbers, the one-hot row on W, and the passes. With `before`, how a step changed the numbers."""
    words = view.corpus
    part, x = window(words, pair.context[:-1]), words.context(pair.context)
    y = words.vocab.chars.index(pair.character)
    rows, columns = sorted({*part.rows, x}), sorted({*part.columns, y})
    figures = pair_figures(view, pair, before)
    said = ", ".join(f"{card['label']} {card['value']}" for card in figures)  # for who cannot see the picture
    return {
        "context": pair.context,
        "character": pair.character,
        "name": next((word for word in words.train if len(word) < 30), ""),  # to score, till one is typed
        "order": view.e.order,
        "figures": figures,
        "product": {
            "said": f"{pair_text(pair.context, pair.character)}: {said}",
            "rows": [words.context_text(i) for i in rows],
            "columns": [words.vocab.chars[j] for j in columns],
            "W": pack(view.W[torch.tensor(rows)[:, None], torch.tensor(columns)]),
            "row": rows.index(x),
            "column": columns.index(y),
            "contexts": len(words.N),  # of W, where only some rows are shown
        },
        "passes": passes(view, pair),
    }


def passes(view: View, pair: Pair) -> list[dict[str, Any]]:
    """The forward and the backward pass for one pair, as six bar charts."""
    words, (context, character) = view.corpus, pair
    x, y = words.context(context), words.vocab.chars.index(character)
    part = window(words, context[:-1])
    shown = sorted({*part.columns, y})
    letters = [words.vocab.chars[j] for j in shown]
    rows = sorted({*part.rows, x})
    logits = view.W[x].double()
    counts, p = logits.exp(), logits.softmax(0)
    slope = p.clone()
    slope[y] -= 1
    at = shown.index(y)
    one_hot = [float(row == x) for row in rows]
    contexts = [words.context_text(row) for row in rows]
    surprises = -logits.log_softmax(0)
    charts = [
        ("1. one-hot row of x", "", "x_onehot = F.one_hot(x, C).float()", contexts, one_hot, {"chosen": rows.index(x)}),
        (
            "2. times W: row x of W",
            "",
            "logits = x_onehot @ W  # the same as W[x]",
            letters,
            logits[shown],
            {"signed": True},
        ),
        ("3. exponential", "", "counts = logits.exp()", letters, counts[shown], {}),
        ("4. normalised: probabilities", "", "p = counts / counts.sum()", letters, p[shown], {}),
        ("5. minus log: the loss if this comes next", "nats", "loss = -p[y].log()", letters, surprises[shown], {}),
        (
            "6. gradient of the loss",
            "",
            "p - F.one_hot(y, V)  # d loss / d logits",
            letters,
            slope[shown],
            {"signed": True},
        ),
    ]
    return [
        bars(title, unit, labels, list(map(float, values)), note=line, **({"chosen": at} | more))
        for title, unit, line, labels, values, more in charts
    ]


def pair_figures(view: View, pair: Pair, before: View | None = None) -> list[dict[str, str | None]]:
    """The numbers of one pair; with `before`, how a step changed them."""
    x, y = view.corpus.context(pair.context), view.corpus.vocab.chars.index(pair.character)

    def numbers(v: View) -> list[tuple[str, str, str]]:
        P, Q = v.P[x, y].item(), v.Q[x, y].item()
        return [
            ("count N", f"{v.corpus.N[x, y].item():,}", "of " + f"{v.corpus.N[x].sum().item():,} in its row"),
            ("p, counted", f"{P:.6f}", f"−log p = {surprise(P)} nats"),
            ("p, trained", as_text(Q, 6), f"−log p = {surprise(Q)} nats"),
            ("weight W", as_text(v.W[x, y].item()), "logit"),
            (
                "NLL of all examples",
                as_text(results.summary(v)["descended_nll"], 6),
                f"nats per character, {v.taken:,} steps",
            ),
        ]

    cards = numbers(view)
    if before:
        cards = [
            (label, f"{old} → {new}" if old != new else new, unit)
            for (label, new, unit), (_, old, _) in zip(cards, numbers(before))
        ]
    means = {"p, counted": "counted", "p, trained": "trained", "weight W": "W", "NLL of all examples": "NLL"}
    return [{"label": label, "value": value, "unit": unit, "term": means.get(label)} for label, value, unit in cards]


def surprise(p: float) -> str:
    return as_text(-math.log(p) if p else math.inf)


def pair_text(context: str, character: str) -> str:
    """A pair as text. Letters that are written from right to left stay in the order of the pair."""
    if not any(unicodedata.bidirectional(one) in ("R", "AL", "AN") for one in context + character):
        return f"{context}→{character}"
    return f"\u2066\u2068{context}\u2069→\u2068{character}\u2069\u2069"  # isolates, in one from left to right


def score(view: View, name: str) -> dict[str, Any]:
    """A typed name, character by character, by both tables, on one scale."""
    scores = results.score(view, name)
    taped = "." * (view.e.order - 1) + name + "."
    before = view.e.order - 1
    labels = [pair_text(taped[i : i + before], taped[i + before]) for i in range(len(name) + 1)]
    largest = max((loss for losses in scores.values() for loss in losses if math.isfinite(loss)), default=0.0)
    pictures = {}
    for title, values in scores.items():
        mean = sum(values) / len(values)
        note = f"NLL {mean:.4f} nats per character, {sum(values):.4f} in all."
        if math.isinf(mean):
            at = labels[values.index(math.inf)]
            why, instead = WITHOUT_CHANCE[title]
            note = (
                f"The pair {at} {why}, so its probability is 0 and −log 0 = ∞: one such pair makes the loss of the "
                f"whole name infinite. {instead}"
            )
        elif math.isnan(mean):
            note = "The descent has diverged: this table holds no probabilities. Take a lower learning rate."
        more = {
            "note": note,
            "said": f"{name}, {SAID[title]} table: {note}",
            "orientation": "horizontal",
            "max": largest or 1.0,
        }
        pictures[title] = bars(f"{SAID[title]} table", "−log p, nats", labels, values, **more)
    return pictures


def walk(view: View, table: str, seed: int) -> dict[str, Any]:
    """One name, letter by letter. ValueError where the table draws no names."""
    words, P = view.corpus, results.tables(view)[table]
    if not P.isfinite().all():
        raise ValueError(f"The {SAID[table]} table gives no names. {GROWN} Take a lower learning rate.")
    draws = bigram.trace(P, words.vocab, seed)
    name = words.vocab.decode([draw.character for draw in draws[:-1]])
    known = name in words.known if words.known else None  # a table of counts knows no words
    return {"name": name, "known": known, "steps": [walk_step(words, d) for d in draws[:LONGEST_WALK]]}


def walk_step(words: Corpus, draw: bigram.Draw) -> dict[str, Any]:
    """One draw; where there are too many characters to show, neighbours that are not among the likeliest are merged."""
    likely = (
        {draw.character, *draw.row.argsort(descending=True)[: SHOWN - 1].tolist()}
        if words.V > SHOWN
        else range(words.V)
    )
    labels, row, cumulative, chosen = [], [], [], 0
    for single, group in itertools.groupby(range(words.V), key=lambda j: j if j in likely else -1):
        ids = list(group)
        chosen = len(labels) if draw.character in ids else chosen
        labels.append(words.vocab.chars[single] if single >= 0 else "…")
        row.append(draw.row[ids].sum().item())
        cumulative.append(draw.cumulative[ids[-1]].item())
    context = words.context_text(draw.context)
    return {"context": context, "labels": labels, "row": row, "cumulative": cumulative, "u": draw.u, "chosen": chosen}


def sweeps(title: str, label: str, swept: list[Sweep]) -> dict[str, Any]:
    """Train and dev curves over a setting, one pair an order; the best by dev is marked."""
    series = []
    for sweep in swept:
        mark = {"x": sweep.values[sweep.best], "y": sweep.dev[sweep.best], "text": best_of(label, sweep)}
        for part, values, style in (("train", sweep.train, "dashed"), ("dev", sweep.dev, "solid")):
            name, short = f"{part}, order {sweep.order}", f"{part} {sweep.order}"
            line = {"name": name, "short": short, "x": sweep.values, "y": finite(values), "style": style}
            series.append(line | {"color": sweep.order - 2} | ({"mark": mark} if part == "dev" else {}))
    return {
        "title": title,
        "said": "; ".join(f"{title}, order {sweep.order}: {best_of(label, sweep)}" for sweep in swept),
        "x_label": label,
        "y_label": "nats per character",
        "series": series,
        "floors": [],
        "x_log": True,
        "animate": False,
    }


def best_of(label: str, sweep: Sweep) -> str:
    return f"best {label} = {sweep.values[sweep.best]:g}: {sweep.dev[sweep.best]:.4f}"


def committed_benchmarks() -> list[dict[str, Any]]:
    """What each machine measured on all names: bars of the lookups and of the forms. The newest file is first."""
    files = [json.loads(path.read_text("utf-8")) for path in sorted(BENCHMARKS.glob("*.json"))]
    files.sort(key=lambda file: max(row["date"] for row in file["results"]), reverse=True)
    return [
        {
            "machine": f"{file['machine']}, PyTorch {file['torch']}",
            "lookup": committed_bars(file["results"], "row of W, forward", list(WAYS), "Benchmark"),
            "forms": committed_bars(
                file["results"],
                "loss, forward + backward",
                list(bigram.FORMS),
                "Benchmark, forward + backward",
            ),
        }
        for file in files
    ]


def committed_bars(rows: list[dict[str, Any]], work: str, methods: list[str], title: str) -> dict[str, Any]:
    """Bars of milliseconds, with the ratio to the slowest, with the device and threads of the first row."""
    device, threads = rows[0]["device"], rows[0]["threads"]
    place = f"with {threads} thread{'s' * (threads > 1)}" if device == "cpu" else f"on {device}"
    milliseconds = {
        row["method"]: 1e3 * row["median"]
        for row in rows
        if (row["work"], row["case"]) == (work, "names") and row["method"] in methods
        if (row["device"], row["threads"]) == (device, threads)
    }
    slowest = max(milliseconds.values(), default=math.nan)
    return {
        "title": title,
        "unit": "median ms",
        "bars": [
            {"label": method, "value": time, "text": f"{time:.3f} ms · {slowest / time:.3g}×", "mark": None}
            for method, time in milliseconds.items()
        ],
        "signed": False,
        "orientation": "horizontal",
        "note": f"All names, {place}, last measured on {max(row['date'] for row in rows)}.",
    }
