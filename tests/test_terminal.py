"""How the programs of the terminal end: by Ctrl-C, when nobody reads any more, when nothing can be written."""

import contextlib
import io
import os
import signal
import sys
import time

import pytest
import torch

import bigram
from bigram import terminal
from bigram.__main__ import main as lesson
from bigram.scale.table import save_table
from tests.programs import STRICT

COUNT = ["bigram.corpus", "names.txt", "--out=table"]
LESSON = ["bigram", "--data=names.txt", "--lr=1", "--steps=1000000"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "names.txt").write_text("emma\nava\n")
    return tmp_path


def test_ctrl_c_ends_the_lesson_quietly(folder, python):
    process = python.start("-m", *LESSON, folder=folder)
    assert process.stdout.readline().startswith("The data: 2 words")  # each line comes at once
    process.send_signal(signal.SIGINT)
    assert process.communicate()[1] == ""
    assert process.returncode == 130


def test_a_lesson_that_nobody_reads_any_more_ends_quietly(folder, python):
    """As in `python -m bigram | head -1`."""
    process = python.start("-m", *LESSON, folder=folder)
    process.stdout.readline()
    process.stdout.close()
    assert process.communicate()[1] == ""
    assert process.returncode == 141


@pytest.mark.parametrize("arguments", [COUNT, ["bigram", "--help"]])
def test_a_last_line_that_nobody_reads_is_no_error(folder, arguments, python):
    process = python.start("-m", *arguments, folder=folder)
    process.stdout.close()
    said = process.communicate()[1]
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert process.returncode in ((141,) if arguments is COUNT else (0, 141))  # argparse itself takes no notice


def test_ctrl_c_ends_counting_quietly_and_keeps_no_half_a_table(folder, python):
    (folder / "names.txt").write_text("emma\nava\n" * 4_000_000)
    # Ctrl-C may fall into the opening of a file, which then nobody closes. Python says so only where a test asks it to.
    first = f"{STRICT}; warnings.simplefilter('ignore', ResourceWarning)"
    process = python.start("-m", *COUNT, "--order=4", "--shard=1", folder=folder, first=first)
    while not [*folder.glob("table.parts/*.safetensors")] and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    assert "Traceback" not in process.communicate()[1]
    assert process.returncode == 130
    assert not (folder / "table").exists()
    assert all(file.suffix == ".safetensors" for file in folder.glob("table.parts/*"))


def test_an_output_that_cannot_be_written_is_a_sentence(folder, python):
    """A file that may not grow stands for a full disk. The errors go into the pipe."""
    limited = """
import resource
os.dup2(1, 2)
os.dup2(os.open("output", os.O_WRONLY | os.O_CREAT), 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
"""
    done = python.run("-m", *LESSON[:3], folder=folder, first=limited)
    assert done.stdout == "bigram: The output could not be written ([Errno 27] File too large).\n"
    assert done.returncode == 2


@pytest.fixture
def said(folder, monkeypatch, capsys):
    """The lesson with these options, in this process: what it printed, and what it said of errors."""

    def said(*options: str) -> tuple[str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["bigram", *options])
        with contextlib.suppress(SystemExit):
            lesson()
        return tuple(capsys.readouterr())

    return said


@pytest.mark.parametrize("option", ["--data", "--table"])
def test_a_named_pipe_is_refused_at_once(folder, option, said):
    """As `<(…)` of a shell is one."""
    os.mkfifo(folder / "pipe")
    output, error = said(option, "pipe")
    assert output == ""
    assert "no regular file" in error


def test_nothing_that_a_terminal_obeys_is_printed(folder, said):
    chars = "\n\x1b\x9b\u202e"
    vocab = bigram.Vocab("." + "".join(sorted(chars)))
    save_table(folder / "table", torch.ones(5, 5, dtype=torch.int64), vocab, 2, "\x1b[2Jlist")
    os.rename(folder / "table", folder / "\x1btable")
    for arguments in (["--table=\x1btable", "--steps=1", "--lr=1"], ["--table=\x1bnone"], ["--data=\x1bnone"]):
        output, error = said(*arguments)
        assert output.count("\n") in (0, 15)
        assert not {*output, *error} & {*chars} - {"\n"}
    (folder / "names.txt").write_text("em\x1bma\nava\n")
    output, error = said("--data=names.txt", "--steps=1", "--lr=1")
    assert "U+001B" in error
    assert "\x1b" not in output + error


def test_too_little_memory_is_a_sentence(capsys):
    def program():
        raise MemoryError

    with pytest.raises(SystemExit) as end:
        terminal.run(program)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("bigram: There is too little memory for this. Take fewer words")


def test_a_program_may_write_into_a_text_of_python():
    """As a notebook does: what it has in place of the output has no `reconfigure`."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        terminal.run(lambda: print("emma"))
    assert output.getvalue() == "emma\n"


@pytest.mark.parametrize("arguments", [COUNT, [*LESSON[:3], "--steps=1"]])
def test_closed_errors_are_no_error(folder, arguments, python):
    """As in `python -m bigram 2>&-`, where Python has None in place of the file."""
    done = python.run("-m", *arguments, folder=folder, first="os.close(2); sys.stderr = sys.__stderr__ = None")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1].startswith(("table: 9 examples", "  counts "))
