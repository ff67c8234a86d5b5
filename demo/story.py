"""Make the first picture of the README: `python demo/story.py` writes demo/screenshots/story.svg.

The default experiment as a film of a few seconds: the table of probabilities, the loss and the names at some steps from
noise to the end, then the counted table. An SVG is text, and its own animation also moves where a README is shown.
Where nothing moves, the trained table stands.
"""

import sys
from html import escape
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1]))

import bigram
from demo.experiment import Experiment

STEPS = (0, 1, 2, 4, 7, 12, 20, 35, 60, 100)
SECONDS = 0.7  # of each moment
REST = 3  # moments for which the last trained table and the counted one stand
CELL, LEFT, TOP, ASIDE = 15, 30, 64, 470  # pixels
WIDTH, HEIGHT = 860, 500
NAMES = 7
PAPER, INK = (0xED, 0xF6, 0xFF), (0x0D, 0x29, 0x6E)
NOISE, MORE, END, COUNTED = (
    "Step 0: all weights are random, and so are the names.",
    "Step {step}: gradient descent makes the real names more likely.",
    "Step {step}: the same luck now gives names.",
    "Counting gives nearly the same table, without any training.",
)


def moments(e: Experiment) -> list[tuple[str, Tensor, float, list[str]]]:
    """What is said, the table, its loss in nats per character, and names: at each of `STEPS`, then counted."""
    words = bigram.load(e.data)
    vocab = bigram.Vocab.from_words(words)
    N = bigram.count(*bigram.ngrams(words, vocab), len(vocab))
    start = bigram.initial_weights(len(vocab), seed=e.seed)
    way = [W for W, _ in bigram.descend(bigram.closed_form(N), start, STEPS[-1], e.lr, e.l2)]
    tables = [way[step].double().softmax(1) for step in STEPS] + [bigram.probabilities(N, e.k)]
    said = [NOISE, *(MORE.format(step=step) for step in STEPS[1:-1]), END.format(step=STEPS[-1]), COUNTED]
    return [
        (sentence, P, bigram.nll_counts(P.log(), N).item(), bigram.sample(P, vocab, NAMES, e.draw_seed))
        for sentence, P in zip(said, tables)
    ]


def colour(p: float, largest: float) -> str:
    share = (p / largest) ** 0.5  # so that rare pairs show
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(PAPER, INK))


def times(count: int) -> list[float]:
    """When each of `count` moments begins, from 0 to 1: the last two stand longer."""
    lengths = [1] * (count - 2) + [REST, REST]
    begins = [sum(lengths[:i]) / sum(lengths) for i in range(count)]
    return [round(begin, 4) for begin in begins]


def drawn(e: Experiment) -> str:
    """The picture as SVG."""
    shown = moments(e)
    vocab = bigram.Vocab.from_words(bigram.load(e.data))
    begins, seconds = times(len(shown)), SECONDS * (len(shown) - 2 + 2 * REST)
    keys = ";".join(map(str, begins))
    largest = max(P.max().item() for _, P, *_ in shown[-2:])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="system-ui, sans-serif" fill="#1f2933">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="#fff"/>',
    ]
    for i, character in enumerate(vocab.chars):
        at = f'font-size="11" fill="#57606a">{escape(character)}</text>'
        parts.append(f'<text x="{LEFT - 12}" y="{TOP + i * CELL + 11}" {at}')
        parts.append(f'<text x="{LEFT + i * CELL + 4}" y="{TOP - 5}" {at}')
    for i, j in torch.cartesian_prod(torch.arange(len(vocab)), torch.arange(len(vocab))).tolist():
        fills = [colour(P[i, j].item(), largest) for _, P, *_ in shown]
        place = f'x="{LEFT + j * CELL}" y="{TOP + i * CELL}" width="{CELL - 1}" height="{CELL - 1}"'
        film = f'<animate attributeName="fill" dur="{seconds}s" repeatCount="indefinite" calcMode="discrete" '
        parts.append(f'<rect {place} fill="{fills[-2]}">{film}keyTimes="{keys}" values="{";".join(fills)}"/></rect>')
    for at, (sentence, _, loss, names) in enumerate(shown):
        lines = [f'<text x="{LEFT}" y="32" font-size="19" font-weight="600">{escape(sentence)}</text>']
        lines.append(f'<text x="{ASIDE}" y="{TOP + 12}" font-size="14" fill="#57606a">surprise per letter (NLL)</text>')
        lines.append(f'<text x="{ASIDE}" y="{TOP + 44}" font-size="28" font-weight="600">{loss:.2f}</text>')
        lines.append(f'<text x="{ASIDE}" y="{TOP + 92}" font-size="14" fill="#57606a">invented names</text>')
        for k, name in enumerate(names):
            size = f'font-size="24" x="{ASIDE}" y="{TOP + 124 + 38 * k}"'
            lines.append(f"<text {size}>{escape(name) or '(no letter)'}</text>")
        seen = ";".join("1" if one == at else "0" for one in range(len(shown)))
        film = f'<animate attributeName="opacity" dur="{seconds}s" repeatCount="indefinite" calcMode="discrete" '
        parts.append(f'<g opacity="{int(at == len(shown) - 2)}">{film}keyTimes="{keys}" values="{seen}"/>')
        parts += [*lines, "</g>"]
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    (Path(__file__).parent / "screenshots" / "story.svg").write_text(drawn(Experiment()), encoding="utf-8")
