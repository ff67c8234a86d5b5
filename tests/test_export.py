"""What a visitor takes home does what the lab does: the script run alone, the calls answered, the files read back."""

import ast
import csv
import inspect
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gradio
import pytest
import segno
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

import bigram
from demo.api import endpoints
from demo.compute import lecture, results, runs, table_file
from demo.experiment import LINK_TABLE, Experiment
from demo.takeaway import export
from demo.takeaway.cells import plain

ROOT = Path(__file__).parents[1]
SMALL = {"data": "us-1880", "steps": 12}
HOSTILE = "\n".join(
    [
        '<img src=x onerror="alert(1)">',
        "it's",
        '"); exit(9) #',
        "both ' and \"",
        "''' \"\"\"",
        "$words ${k} $(id) `id`",
        "{{7*7}} {seed} %s",
        "back\\slash\\",
        "=1+1",
        "שלום",
        "e\u0301",
        "\u202eabc",
        "😀👩‍👩‍👧",
        "@a, b;c|d",
    ]
)


WORDS = ["emma", "olivia", "ava", "zoë"]
VOCAB = bigram.Vocab.from_words(WORDS)
TABLE = save(
    {"N": bigram.count(*bigram.ngrams(WORDS, VOCAB, 3), len(VOCAB), 3)}, {"vocabulary": VOCAB.chars, "order": "3"}
)


def own(words: str, **settings) -> Experiment:
    return Experiment(data="own", words=words, **{"steps": 12, "lr": 5} | settings)


def printed_by(text: str) -> tuple:
    """What a script prints: the counted NLL, the trained one, the gap, the last loss, and the names of both tables."""
    number = r"([-+]?\d+\.\d{6}|[-+]?nan|[-+]?inf)"
    numbers = re.search(rf"counted {number}, trained {number}, gap {number} nats per character\nloss  {number} ", text)
    names = re.findall(r"^names from the \w+ table: +(.*)$", text, re.MULTILINE)
    return *map(float, numbers.groups()), *map(ast.literal_eval, names)


def data_of(e: Experiment) -> tuple[str, bytes]:
    """The name and the content of the file that the script of an experiment reads."""
    if e.data == "own":
        return "words.txt", e.words.encode()
    if e.data == "table":
        return export.TABLE, TABLE
    return {"lecture": "names.txt"}.get(e.data, f"{e.data}.txt"), ("\n".join(bigram.load(e.data)) + "\n").encode()


def sampled(view: runs.View, P: torch.Tensor) -> list[str]:
    """The names that the lab shows for a table: none where it refuses to draw."""
    try:
        return bigram.sample(P, view.corpus.vocab, view.e.draws, view.e.draw_seed)
    except ValueError:
        return []


EXPERIMENTS = {
    "default": Experiment(),
    "onehot-k-0": Experiment(**SMALL, form="onehot", k=0),
    "rows-order-3": Experiment(**SMALL, form="rows", order=3, k=0.5, l2=0),
    "gather-split": Experiment(**SMALL, form="gather", split=7, draws=200),
    "order-3": Experiment(**SMALL, order=3, k=0, split=0, seed=2**63 - 1, draw_seed=2**63 - 1),
    "order-4": Experiment(**SMALL, order=4, draws=3),
    "diverged": Experiment(**SMALL | {"steps": 200}, lr=1000, l2=100),
    "lecture-rows": Experiment(data="lecture", steps=5, form="rows", k=0),
    "table": Experiment(data="table", table=table_file.pack(TABLE), order=3, steps=12),
    "hostile": own(HOSTILE, order=3, form="rows"),
    "hostile-split": own(HOSTILE, k=0, split=1),
    "endless-names": own("a" * 1990, k=0, draws=40),
    "long-list": own("\n".join(f"\ufeff long list\u00a0{i}\r" for i in range(2000))),
}


def test_the_script_prints_the_numbers_and_names_of_the_lab(tmp_path, python, subtests):
    here = {key: e for key, e in EXPERIMENTS.items() if e.data != "lecture" or lecture.is_here()}
    for key, e in here.items():
        (tmp_path / key).mkdir()
        (tmp_path / key / "experiment.py").write_text(export.script(e), "utf-8")
        name, content = data_of(e)
        (tmp_path / key / name).write_bytes(content)
    texts = dict(zip(here, python.run_each([(tmp_path / key, ["experiment.py"]) for key in here]), strict=True))
    for key, e in EXPERIMENTS.items():
        with subtests.test(key):
            if key not in here:
                pytest.skip(lecture.AWAY)
            view = runs.trained(e)
            counted, trained, gap, loss, counted_names, trained_names = printed_by(texts[key])
            expected = results.summary(view)
            close = {"abs": 1e-6, "rel": 1e-6, "nan_ok": True}
            assert counted == pytest.approx(expected["counted_nll"], **close)
            assert trained == pytest.approx(expected["descended_nll"], **close)
            assert gap == pytest.approx(expected["gap"], **close)
            assert loss == pytest.approx(expected["descended_nll"] + e.l2 * (view.W**2).mean().item(), **close)
            assert counted_names == sampled(view, view.P)
            assert trained_names == sampled(view, view.Q)


def test_a_script_runs_alone_and_the_word_list_may_be_given_as_a_path(tmp_path, python):
    (tmp_path / "experiment.py").write_text(export.script(Experiment(steps=1)), "utf-8")
    done = python.run("experiment.py", ROOT / "bigram/data/us-1880.txt", folder=tmp_path, check=True)
    counted = results.summary(runs.trained(Experiment(data="us-1880", steps=1)))["counted_nll"]
    assert f"counted {counted:.6f}" in done.stdout


SCRIPTS = [
    Experiment(),
    Experiment(form="rows", split=3, data="lecture", order=4),
    Experiment(form="onehot", k=1e-05, l2=1e-07),
    Experiment(form="gather"),
    Experiment().model_copy(update={"device": "cuda"}),
    own("emma\nolivia"),
    own("\n".join(f"name{i}" for i in range(200)), split=3, form="onehot"),
    own("", sha="0" * 64),
]


@pytest.mark.parametrize("e", SCRIPTS, ids=range(len(SCRIPTS)))
def test_a_script_needs_only_pytorch_and_is_short(e):
    source = export.script(e)
    imports = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "")])
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imports <= {"torch", "sys", "random", "bisect", "pathlib"}
    code = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith(("#", '"""', '"'))]
    assert len(code) <= 52 + len(export.NUMBERS)  # a line for each setting


def test_the_scripts_pass_the_linter(tmp_path):
    for number, e in enumerate(SCRIPTS):
        (tmp_path / f"{number}.py").write_text(export.script(e), "utf-8")
    for command in (["check"], ["format", "--check"]):
        linter = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), "."]
        done = subprocess.run(linter, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1), min_size=1)


@given(WORDS)
def test_own_words_stay_literals_whatever_they_hold(words):
    tree = ast.parse(export.script(Experiment(data="own"), words))
    assigned = next(n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "words")
    assert ast.literal_eval(assigned) == words
    assert len(tree.body) == len(ast.parse(export.script(own("emma"))).body)


@pytest.mark.parametrize(
    ("e", "usage"),
    [
        (own("emma\nava"), "python experiment.py"),
        (Experiment(data="us-1880"), "python experiment.py [word list]; without one, us-1880.txt beside it"),
        (Experiment(data="lecture"), "python experiment.py [word list]; without one, names.txt beside it"),
        (own("emma\n" * 500), "python experiment.py [word list]; without one, words.txt beside it"),
        (
            Experiment(data="table", sha="0" * 64),
            "python experiment.py [table]; without one, table.safetensors beside it",
        ),
    ],
    ids=range(5),
)
def test_a_script_says_how_it_is_run(e, usage):
    assert f"\nSave as experiment.py, then: {usage}\n" in export.script(e)


def test_words_can_be_given_where_the_experiment_carries_none():
    e = own("", sha="0" * 64)
    assert 'words = ["emma", "ava"]' in export.script(e, ["emma", "ava"])
    assert "words.txt" in export.script(e)


# The calls


TRAIN = f"""
def train{inspect.signature(endpoints.train)}:
    return dict(locals())
"""


@pytest.fixture(scope="module")
def url():
    """The address of an app whose endpoint /train answers with what it was given."""
    with gradio.Blocks(analytics_enabled=False) as app:
        exec(TRAIN, scope := {})
        gradio.api(scope["train"], api_name="train")
    yield app.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")[1]
    app.close()


CALLS = [
    Experiment(),
    Experiment(order=3, k=0.1 + 0.2, l2=1e-07, form="gather", split=0, seed=2**63 - 1, draw_seed=2**63 - 1),
    own(HOSTILE + "\n; touch here\n' ; touch here\n\\n", split=2**63 - 1),
    Experiment(words="not used", tab="code", embed="1"),
    Experiment(data="table", table="H4sI-_=", sha="", order=3),  # this server reads none
    Experiment(data="table", sha="0123456789abcdef" * 4),
]


def settings(e: Experiment) -> dict:
    return {key: getattr(e, key) for key in export.API} | ({} if e.data == "own" else {"words": ""})


def test_a_table_too_large_for_a_call_is_read_from_its_file(url, tmp_path, monkeypatch):
    file = bytes(range(256)) * 30
    monkeypatch.chdir(tmp_path)
    Path(export.TABLE).write_bytes(file)
    e = Experiment(data="table", table="x" * (LINK_TABLE + 1), sha="a" * 64)
    scope = {}
    exec(export.python_call(e, url), scope)
    scope["client"].close()
    assert table_file.unpack(scope["result"]["table"]) == file
    assert scope["result"] == settings(e) | {"sha": "", "table": scope["result"]["table"]}
    assert export.curl_call(e, url).startswith("# This table is too long")
    assert export.terminal_call(e) == "python -m bigram --table table.safetensors\n"


@pytest.mark.parametrize("e", CALLS, ids=range(len(CALLS)))
def test_the_python_call_gives_the_settings(e, url):
    scope = {}
    exec(export.python_call(e, url), scope)
    scope["client"].close()
    assert scope["result"] == settings(e)


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
@pytest.mark.parametrize("e", CALLS, ids=range(len(CALLS)))
def test_the_curl_call_gives_the_settings(e, url, tmp_path):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "NO_PROXY": "127.0.0.1"}
    call = ["sh", "-c", export.curl_call(e, url)]
    done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    event, data = done.stdout.strip().splitlines()[-2:]
    assert event == "event: complete"
    assert json.loads(data.removeprefix("data: ")) == [settings(e)]
    assert list(tmp_path.iterdir()) == []


# Should any part of a hostile text run, it leaves a file `canary` behind. Each text is written from a dozen of them.
HARM = [
    "touch canary",
    "open('canary', 'w')",
    "$(touch canary)",
    "`touch canary`",
    "${",
    ")",
    "}",
    "{",
    "=cmd|",
    "@",
    "-",
]
QUOTES = [
    "'",
    '"',
    "`",
    "\\",
    "'\"'\"'",
    '"' * 3,
    "'" * 3,
    "\\'",
    '\\"',
    "\\x27",
    "\0",
    "\x1b",
    "\u202e",
    "$'",
    "<<EOF",
]
ENDS = [";", "\n", "\r\n", "\u2028", "\x85", "\x0b", "|", "&&", "#", "!", "$", "%s", " ", "*", "~", ">canary", ". "]
DICE = random.Random(0)
TEXTS = ["".join(DICE.choices(HARM + QUOTES + ENDS, k=12)) for _ in range(300)]

RUN_MANY = """
import json, sys, types
calls, lists = [], []
client = types.SimpleNamespace(predict=lambda **call: calls.append(call))
sys.modules["gradio_client"] = types.SimpleNamespace(Client=lambda url: client)
for source in json.load(sys.stdin):
    scope = {"__name__": "__main__"}
    exec(source, scope)
    lists.append(scope.get("words"))
json.dump([calls, lists], sys.stderr)
"""


@pytest.fixture
def empty(tmp_path) -> Iterator[Path]:
    """A folder in which a test leaves nothing behind."""
    (tmp_path / "empty").mkdir()
    yield tmp_path / "empty"
    assert list((tmp_path / "empty").iterdir()) == []


def test_hostile_words_are_data_in_a_script_and_in_a_python_call(tmp_path, empty, python):
    """Three hundred scripts and as many calls, run by one Python."""
    lists = [[word for word in text.replace(".", "").split("\n") if word] or ["a"] for text in TEXTS]
    e = own("", steps=0, draws=1)
    sources = [export.script(e, words) for words in lists]
    sources += [export.python_call(own(text), "http://lab/") for text in TEXTS]
    (tmp_path / "many.py").write_text(RUN_MANY)
    done = python.run(tmp_path / "many.py", folder=empty, given=json.dumps(sources), check=True)
    calls, words = json.loads(done.stderr)
    assert [call["words"] for call in calls] == [own(text).words for text in TEXTS]
    assert words[: len(lists)] == lists


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_hostile_words_are_data_in_a_curl_call(tmp_path, empty):
    """Three hundred calls, run by one bash, whose curl writes down what it is given."""
    experiments = [own(text) for text in TEXTS]
    curl = """curl() { printf '%s\\n' "$@" >&2; printf '%s' '{"event_id":"1"}'; }\n"""
    (tmp_path / "calls.sh").write_text(curl + "".join(export.curl_call(e, "http://lab/") for e in experiments), "utf-8")
    bash = ["bash", str(tmp_path / "calls.sh")]
    done = subprocess.run(bash, cwd=empty, capture_output=True, encoding="utf-8", timeout=300, check=True)
    given = done.stderr.split("\n")
    assert [json.loads(line) for line in given if line.startswith("{")] == [export.given(e) for e in experiments]
    assert given.count("http://lab/gradio_api/call/v2/train/1") == len(experiments)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_the_terminal_call_reads_hostile_words_and_runs_none(tmp_path, empty, python):
    e = own(HOSTILE + "\n" + "\n".join(HARM) + "\n$(touch canary)\n`touch canary`\n'; touch canary #", order=3, lr=2)
    (tmp_path / "words.txt").write_text(e.words, "utf-8")
    call = export.terminal_call(e).replace("words.txt", "../words.txt")
    bash = ["bash", "-c", """python() { printf '%s\\0' "$@"; }\n""" + call]
    given = subprocess.run(bash, cwd=empty, capture_output=True, encoding="utf-8", check=True).stdout.split("\0")[:-1]
    printed = python.run(*given, folder=empty, check=True).stdout
    assert f"{results.summary(runs.trained(e))['counted_nll']:.6f}" in printed


def test_no_terminal_call_is_written_that_the_terminal_refuses():
    assert export.terminal_call(Experiment(steps=0)).startswith("# The lesson in the terminal takes at least one step.")


def test_the_python_call_names_only_what_differs():
    call = export.python_call(Experiment(steps=20), "http://127.0.0.1:7860/")
    assert "    steps=20,\n    api_name=" in call
    assert "order" not in call


def test_a_list_too_long_for_a_call_is_read_from_a_file(url, tmp_path, monkeypatch):
    e = own("\n".join(f"näme{i}" for i in range(1000)))
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text(e.words, "utf-8")
    scope = {}
    exec(export.python_call(e, url), scope)
    scope["client"].close()
    assert scope["result"] == settings(e)
    assert export.curl_call(e, url).startswith("# This list is too long")


# The files


@pytest.mark.parametrize("e", [Experiment(**SMALL), own(HOSTILE), own("=b\n'c\n-d\na", order=3)])
@pytest.mark.parametrize("which", ["counted", "descended"])
def test_a_csv_gives_the_table_back_exactly(e, which):
    view = runs.trained(e)
    rows = list(csv.reader(export.table_csv(view, which).splitlines(keepends=True)))
    labels = [plain(label) for label in rows[0][1:]]
    assert rows[0][0] == "context"
    assert "".join(labels) == view.corpus.vocab.chars
    contexts = [plain(row[0]) for row in rows[1:]]
    assert contexts == [view.corpus.context_text(i) for i in range(len(view.P))]
    table = torch.tensor([[float(number) for number in row[1:]] for row in rows[1:]], dtype=torch.float64)
    assert torch.equal(table, view.P if which == "counted" else view.Q)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("order", [2, 3])
def test_no_label_of_a_csv_is_a_formula(order, separator):
    """Nor in a spreadsheet that separates by semicolons or tabs, or reads the full-width signs as the others."""
    hostile = own("=+-@'\tx\n=cmd|' /C calc'!A1\n@SUM(1)\n-2+3\n＝＋－＠x\na;=1\nb,-c", order=order)
    lines = export.table_csv(runs.trained(hostile), "counted").splitlines(keepends=True)
    rows = list(csv.reader(lines, delimiter=separator))
    assert not any(cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for row in rows for cell in row)
    if separator == ",":
        assert sum(label.startswith("'") for label in [*rows[0], *(row[0] for row in rows)]) >= 20


def test_there_is_no_third_table():
    with pytest.raises(ValueError, match="Choose counted or descended"):
        export.table_csv(runs.trained(Experiment(**SMALL)), "W")


@pytest.mark.parametrize("e", [Experiment(**SMALL, order=3, k=0), own(HOSTILE, k=0.1)])
def test_weights_read_back_give_the_same_names(e):
    view = runs.trained(e)
    link = f"https://example.org/{e.query()}"
    W, N, P, vocab, metadata = export.load_weights(export.weights(view, link))
    assert (W.dtype, N.dtype, P.dtype) == (torch.float32, torch.int64, torch.float64)
    assert torch.equal(W, view.W)
    assert torch.equal(N, view.corpus.N)
    assert torch.equal(P, bigram.probabilities(N, float(metadata["k"])))
    assert metadata == {
        "vocabulary": view.corpus.vocab.chars,
        "order": str(e.order),
        "k": metadata["k"],
        "link": link,
        "n": str(int(N.sum())),
        "source": "own words" if e.data == "own" else "US names of 1880",
    }
    table = table_file.read(export.weights(view, link))  # a table of counts, too
    assert torch.equal(table.N, N)
    assert (table.vocab, table.order, table.source) == (vocab, e.order, metadata["source"])
    assert bigram.sample(P, vocab, e.draws, e.draw_seed) == sampled(view, view.P)
    assert bigram.sample(W.double().softmax(1), vocab, e.draws, e.draw_seed) == sampled(view, view.Q)


@pytest.mark.parametrize("file", [b"", b"\x02\0\0\0\0\0\0\0{}", b"no weights at all", b"\xff" * 100])
def test_another_file_is_refused_in_a_sentence(file):
    with pytest.raises(ValueError, match="no weights file"):
        export.load_weights(file)


def drawn_modules(svg: str) -> tuple[int, set[tuple[int, int]]]:
    """The side of the picture, and the dark modules (column, row), by walking the path's moves and strokes."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg).group(1))
    x, y, dark = 0, 0.0, set()
    for command, dx, dy in re.findall(
        r"([Mmh])(-?\d+)(?: (-?[\d.]+))?", re.search(r'stroke.* d="(.*?)"', svg).group(1)
    ):
        if command == "h":
            dark |= {(column, int(y)) for column in range(x, x + int(dx))}
        x, y = x + int(dx), y + float(dy or 0)
    return side, dark


@pytest.mark.parametrize("link", ["http://127.0.0.1:7860/?v=1", "https://example.org/?v=1&words=" + "%0A" * 900])
def test_a_qr_code_holds_the_link_inside_a_quiet_zone(link):
    svg = export.qr_svg(link)
    side, dark = drawn_modules(svg)
    code = segno.make_qr(link, error="l")
    expected = {(x + 4, y + 4) for y, row in enumerate(code.matrix) for x, module in enumerate(row) if module & 1}
    assert dark == expected
    assert side == len(code.matrix) + 8
    assert re.match(r'<svg xmlns="http://www.w3.org/2000/svg" viewBox', svg)
    assert "width=" not in svg.split(">")[0]
    assert f'fill="#fff" d="M0 0h{side}v{side}h-{side}z"' in svg


def test_a_link_too_long_for_a_qr_code_is_refused_in_a_sentence():
    export.qr_svg("a" * export.LONGEST_QR)
    with pytest.raises(ValueError, match="too long for a QR code: it has 2,954 bytes; at most 2,953 fit"):
        export.qr_svg("a" * (export.LONGEST_QR + 1))
