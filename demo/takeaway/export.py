"""What a visitor takes home: the experiment as a script and as API calls, its tables as files, its link as a QR code.

No gradio. The script is written from the template below, one paragraph for each idea of the lesson, and does the same
arithmetic in the same order as `bigram`: its losses are the lab's, and its names to the letter.
"""

import csv
import functools
import hashlib
import io
import json
import shlex
from string import Template
from typing import Any, get_args

import segno
from safetensors.torch import save
from torch import Tensor

import bigram
from bigram.datasets import LECTURE
from bigram.reading import read
from bigram.scale.table import in_order, unpack
from demo.compute import table_file
from demo.compute.forms import FORMS
from demo.compute.runs import View
from demo.compute.turns import give_way
from demo.experiment import LINK_TABLE, LINK_WORDS, Experiment, noted, plain
from demo.takeaway.cells import inert

API = Experiment.of_groups("run", "count", "draw")  # what a call can set
WRITTEN = ("data", "words", "table", "sha", "form", "device", "split")  # the script is made of them
NUMBERS = tuple(key for key in API if key not in WRITTEN)
TABLE = "table.safetensors"
SAFE_OPEN = "\nfrom safetensors import safe_open"
LONGEST_QR = 2_953  # bytes: the largest QR code at its lowest error correction

SCRIPT = Template('''\
"""One table of next-character probabilities, learned in two ways: counted, and trained by gradient descent.

$usage
"""

$imports

$torch_imports

$settings

$counts
P = N.double() + k
P = (P / P.sum(1, keepdim=True)).nan_to_num(1 / V)  # 0/0, a context never seen: uniform

# Way 2: descend on loss = NLL + l2 * mean(W²)
W = torch.randn(C, V, generator=torch.Generator().manual_seed(seed))$to
$descent


def nll(W):
    """The mean negative log-likelihood of the examples under softmax(W), from their counts."""
    log_p = torch.where(N > 0, F.log_softmax(W, dim=1), 0)  # a pair that never comes does not count
    return -(N * log_p).sum() / N.sum()


def names(P):
    """Names drawn from the table P."""
    generator = torch.Generator().manual_seed(draw_seed)
    cumulative = P.cpu().cumsum(1)
    cumulative = (cumulative / cumulative[:, -1:]).tolist()
    text, x = "", 0
    while text.count(".") < draws:
        if P.isnan().any() or len(text) - text.rfind(".") > 10_001:
            return []  # the table diverged, or a name does not end
        u = torch.rand(1, dtype=torch.float64, generator=generator).item()
        y = bisect_right(cumulative[x], u)  # the first character whose cumulative probability exceeds u
        text += chars[y]
        x = (x * V + y) % C if y else 0
    return text.split(".")[:-1]


counted, trained = nll(P.log()), nll(W.double())
print(f"NLL   counted {counted:.6f}, trained {trained:.6f}, gap {trained - counted:+.6f} nats per character")
print(f"loss  {trained + l2 * (W**2).mean():.6f} after {steps} steps")
print("names from the counted table:", names(P))
print("names from the trained table:", names(W.double().softmax(1)))
''')

OF_WORDS = Template("""\
$words
chars = "." + "".join(sorted(set("".join(words))))  # id 0 is the boundary: the start and the end of every word
stoi = {char: i for i, char in enumerate(chars)}
V, C = len(chars), len(chars) ** (order - 1)  # characters, contexts
$split
# The examples: each context x, and the character y that comes next
examples = []
for word in words:
    x = 0  # the last order - 1 characters, read as a number in base V
    for char in word + ".":
        examples.append((x, stoi[char]))
        x = (x * V + stoi[char]) % C
xs, ys = torch.tensor(examples).T$to

# Way 1: count
N = torch.bincount(xs * V + ys, minlength=C * V).view(C, V)""")

OF_TABLE = Template("""\
# $source
path = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).with_name("$file")
with safe_open(path, "pt") as file:
    chars, N = file.metadata()["vocabulary"], file.get_tensor("N")$to
V, C = len(chars), len(chars) ** (order - 1)  # characters, contexts

# Way 1: the counts are there""")

CLOSED_FORM = """\
r = N.sum(1, keepdim=True)
for _ in range(steps):
    slope = (r * F.softmax(W, dim=1) - N) / r.sum()  # ∂nll/∂W in closed form: only the counts are needed
    W = W - lr * (slope + 2 * l2 / W.numel() * W)"""

AUTOGRAD = Template("""\
W.requires_grad_()
for _ in range(steps):
    loss = $nll + l2 * (W**2).mean()
    W.grad = None
    loss.backward()
    W.data -= lr * W.grad""")

READ = Template("""\
# $source
path = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).with_name("$file")
words = [word for line in path.read_text("utf-8-sig").splitlines() if (word := line.strip())]""")

HOLD_OUT = Template("""\
random.Random($split).shuffle(words)
words = words[: round(len(words) * 0.8)]  # a fifth is held out
""")


def script(e: Experiment, words: list[str] | None = None) -> str:
    """A stand-alone Python script that reproduces the experiment: it needs only PyTorch, and the word list as a file.

    Own words of up to 2,000 characters stand in it as literals (`words`, where the experiment does not carry them); a
    longer list is read from words.txt, and a table of counts from its file, which needs safetensors. ValueError: own
    words that are no list.
    """
    if words is None:
        words = read(e.words).words if e.data == "own" and e.words.strip() else []
    literals = e.data == "own" and 0 < len("\n".join(words)) <= LINK_WORDS
    file, source = {
        "own": ("words.txt", "Own words: UTF-8, one word a line"),
        "table": (TABLE, f"A table of counts with the SHA-256 {e.sha}"),
        "lecture": ("names.txt", f"The lecture's list: {LECTURE.base_url}names.txt"),
    }.get(e.data, (f"{e.data}.txt", f"From the Bigram Lab's repository: bigram/data/{e.data}.txt"))
    listed = "table" if e.data == "table" else "word list"
    usage = "python experiment.py" if literals else f"python experiment.py [{listed}]; without one, {file} beside it"
    to = "" if e.device == "cpu" else f'.to("{e.device}")'
    if e.data == "table":
        counts = OF_TABLE.substitute(file=file, source=source, to=to)
    else:
        counts = OF_WORDS.substitute(
            words=f"words = {listing(words)}" if literals else READ.substitute(file=file, source=source),
            split="" if e.split is None else HOLD_OUT.substitute(split=e.split),
            to=to,
        )
    return SCRIPT.substitute(
        settings="\n".join(f"{key} = {plain(getattr(e, key))}  # {told(key)}" for key in NUMBERS),
        usage=f"Save as experiment.py, then: {usage}",
        imports="\n".join(
            ["import random"] * (e.split is not None)
            + ["import sys"] * (not literals)
            + ["from bisect import bisect_right"]
            + ["from pathlib import Path"] * (not literals)
        ),
        torch_imports="import torch\nimport torch.nn.functional as F" + SAFE_OPEN * (e.data == "table"),
        counts=counts,
        to=to,
        descent=AUTOGRAD.substitute(nll=line) if (line := FORMS[e.form].line) else CLOSED_FORM,
    )


def told(key: str) -> str:
    """What a setting is, in a few words."""
    field = Experiment.model_fields[key]
    return f"{field.title}: {field.description}"


def literal(value: str | float | None) -> str:
    """A value as Python source, a text in double quotes where it holds none. Unprintable characters are escaped."""
    source = repr(plain(value))
    return f'"{source[1:-1]}"' if isinstance(value, str) and '"' not in source else source


def listing(words: list[str]) -> str:
    """The words as the source of a list, in lines of up to 120 characters."""
    lines, one_line = [""], f"[{', '.join(map(literal, words))}]"
    if len(one_line) <= 100:
        return one_line
    for word in map(literal, words):
        if len(lines[-1]) + len(word) > 112:
            lines.append("")
        lines[-1] += f" {word},"
    return "[\n" + "\n".join(f"   {line}" for line in lines) + "\n]  # fmt: skip"


def given(e: Experiment) -> dict[str, Any]:
    """The settings of a call of the API: those that differ from their defaults."""
    carried = {"own": "words", "table": "table" if e.table else "sha"}.get(e.data)
    names = [key for key in API if key not in ("words", "table", "sha") or key == carried]
    return {key: plain(getattr(e, key)) for key in names if getattr(e, key) != Experiment.model_fields[key].default}


def travels(e: Experiment) -> bool:
    """Whether a call can carry the words: there are any, and at most 2,000 characters; or a table, as a link can."""
    if e.data == "table":
        return len(e.table) <= LINK_TABLE
    return e.data != "own" or 0 < len(e.words) <= LINK_WORDS


def python_call(e: Experiment, url: str) -> str:
    """The experiment as a call of the lab's API at `url` from Python.

    Words that do not travel are read from words.txt, a table from table.safetensors.
    """
    sources, imports = {key: literal(value) for key, value in given(e).items()}, ""
    if not travels(e) and e.data == "own":
        sources["words"], imports = 'Path("words.txt").read_text("utf-8")', "from pathlib import Path\n\n"
    elif not travels(e):
        sources["table"] = f'b64encode(gzip.compress(Path("{TABLE}").read_bytes())).decode()'
        imports = "import gzip\nfrom base64 import b64encode\nfrom pathlib import Path\n\n"
    settings = "".join(f"    {key}={source},\n" for key, source in sources.items())
    return f"""\
{imports}from gradio_client import Client

client = Client({literal(url)})
result = client.predict(
{settings}    api_name="/train",
)
print(result)
"""


def curl_call(e: Experiment, url: str) -> str:
    """The experiment as a call of the lab's API at `url` from a shell: the first request starts it, the second waits.

    Words that do not travel do not fit a command line: then a comment says so.
    """
    if not travels(e):
        what = "table" if e.data == "table" else "list"
        return f"# This {what} is too long for a command line. Use the Python call.\n"
    endpoint = f"{url.rstrip('/')}/gradio_api/call/v2/train"
    return f"""\
EVENT=$(curl -sS {shlex.quote(endpoint)} \\
  -H 'Content-Type: application/json' \\
  -d {shlex.quote(json.dumps(given(e)))} | cut -d '"' -f 4)
curl -sSN {shlex.quote(endpoint)}/$EVENT
"""


def terminal_call(e: Experiment) -> str:
    """The experiment as the lesson in the terminal. Own words are read from words.txt, a table from its file."""
    if not e.steps:
        return "# The lesson in the terminal takes at least one step. Use the script.\n"
    options = given(e) | ({"data": "words.txt"} if e.data == "own" else {})
    if e.data == "table":
        options = {"table": TABLE} | {key: value for key, value in options.items() if key not in ("data", "table")}
    text = "".join(
        f" --{key.replace('_', '-')} {value}" for key, value in options.items() if key not in ("words", "sha")
    )
    return f"python -m bigram{text}\n"


def table_csv(view: View, which: str) -> str:
    """The `counted` or the `descended` table as CSV: one row a context, one column a next character, probabilities.

    Every number is written in full: reading it gives the same float64. A label that could run as a formula in a
    spreadsheet gets an apostrophe: see `cells.inert`, and `cells.plain`, which takes it off. ValueError: another table.
    """
    tables = {"counted": view.P, "descended": view.Q}
    if which not in tables:
        raise ValueError(f"There is no table {which!r}. Choose {' or '.join(tables)}.")
    words, out = view.corpus, io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["context", *map(inert, words.vocab.chars)])
    for context, row in enumerate(tables[which].tolist()):
        give_way()
        writer.writerow([inert(words.context_text(context)), *row])
    return out.getvalue()


def weights(view: View, link: str) -> bytes:
    """The experiment's tables as a safetensors file: W (float32), N (int64) and the counted P (float64), all (C, V).

    Metadata, all text: vocabulary (the characters in id order), order, n, source, k, and the link. So it is a table of
    counts that the lab and `python -m bigram --table` take.
    """
    metadata = {
        "vocabulary": view.corpus.vocab.chars,
        "order": str(view.e.order),
        "n": str(int(view.corpus.N.sum())),
        "source": source(view.e),
        "k": repr(plain(view.e.k)),
        "link": link,
    }
    return in_order(save({"W": view.W.contiguous(), "N": view.corpus.N, "P": view.P}, metadata))


def source(e: Experiment) -> str:
    """What the counts of an experiment were made of."""
    if e.data == "table":
        return table_file.of(e).source
    field = Experiment.model_fields["data"]
    label = dict(zip(get_args(field.annotation), noted(field)["labels"]))[e.data]
    return label if e.split is None else f"80% of the {label}"


def load_weights(file: bytes) -> tuple[Tensor, Tensor, Tensor, bigram.Vocab, dict[str, str]]:
    """What `weights` wrote: (W, N, P, vocabulary, metadata). ValueError: bytes that are no such file."""
    tensors, metadata = unpack(file)
    try:
        return tensors["W"], tensors["N"], tensors["P"], bigram.Vocab(metadata["vocabulary"]), metadata
    except KeyError as error:
        raise ValueError("This is no weights file of the Bigram Lab. Download one from its page.") from error


def digest(text: str) -> str:
    """A short name of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.lru_cache(64)  # a class asks for one code
def qr_svg(link: str) -> str:
    """The QR code of a link as an SVG of any size: black on white, with the quiet zone of 4 modules.

    ValueError: a link of more than 2,953 bytes.
    """
    try:
        code = segno.make_qr(link, error="l")  # the least error correction, or more where the size stays the same
    except segno.DataOverflowError:
        raise ValueError(
            f"This link is too long for a QR code: it has {len(link.encode()):,} bytes; at most {LONGEST_QR:,} fit. "
            "Share the link itself, or take fewer words or a smaller table."
        ) from None
    out = io.BytesIO()
    code.save(out, kind="svg", xmldecl=False, omitsize=True, border=4, dark="#000", light="#fff")
    return out.getvalue().decode()
