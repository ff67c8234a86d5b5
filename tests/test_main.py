"""`python -m bigram`: the lesson as a program."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import bigram
from bigram.__main__ import main
from bigram.scale.table import save_table

WORDS = ["emma", "olivia", "ava", "isabella", "sophia", "mia"]


@pytest.fixture(scope="module")
def own_list(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("lists") / "own.txt"
    path.write_text("\n".join(WORDS), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def lesson(own_list, python) -> subprocess.CompletedProcess:
    """One small run, whose output several tests read."""
    options = (
        "--order 3 --smoothing 0.5 --steps 30 --learning-rate 5 --l2 0 --seed 7 --form rows --names 3 --draw-seed 7"
    )
    return python.run("-m", "bigram", "--data", own_list, *options.split())


@pytest.fixture(scope="module")
def counts():
    vocab = bigram.Vocab.from_words(WORDS)
    return bigram.count(*bigram.ngrams(WORDS, vocab, 3), len(vocab), 3)


def test_lesson_ends_well_and_draws_no_progress_bar_in_a_pipe(lesson):
    assert lesson.returncode == 0
    assert lesson.stderr == ""
    assert "\r" not in lesson.stdout
    assert "it/s" not in lesson.stdout


def test_lesson_has_its_sections_in_order(lesson):
    headings = [line.partition(":")[0] for line in lesson.stdout.splitlines() if line and not line.startswith(" ")]
    assert headings == ["The data", "Way 1, count", "Way 2, descend", "What a step costs here (cpu, median)"]


def test_lesson_describes_the_data(lesson):
    assert "The data: 6 words (emma olivia ava isabella sophia …), 12 characters, 36 examples\n" in lesson.stdout


def test_lesson_counts(lesson, counts):
    P = bigram.probabilities(counts, 0.5)
    floor = bigram.nll_counts(P.log(), counts).item()
    names = bigram.sample(P, bigram.Vocab.from_words(WORDS), 3, seed=7)
    assert f"{(counts == 0).sum():,} of the 1,728 cells of N are empty\n  NLL {floor:.6f} nats" in lesson.stdout
    assert f"perplexity {math.exp(floor):.3f} (uniform: 12)\n  names: {' '.join(names)}\n" in lesson.stdout


def test_lesson_descends(lesson, counts):
    vocab = bigram.Vocab.from_words(WORDS)
    nll = bigram.choose_form("rows", *bigram.ngrams(WORDS, vocab, 3), counts)
    steps = list(bigram.descend(nll, bigram.initial_weights(len(vocab), 3, seed=7), 30, 5.0, 0.0))
    lines = [f"  step {step:>5}  loss {steps[step - 1][1]:.6f}" for step in (1, 2, 3, 10, 20, 30)]
    assert [line for line in lesson.stdout.splitlines() if line.startswith("  step")] == lines
    W = steps[-1][0].double()
    reached, floor = bigram.nll_counts(W, counts), bigram.nll_counts(bigram.probabilities(counts, 0.5).log(), counts)
    names = bigram.sample(W.softmax(1), vocab, 3, seed=7)
    assert f"  NLL {reached:.6f} nats per character, {reached - floor:+.6f} from the counted table\n" in lesson.stdout
    assert f"counted table\n  names: {' '.join(names)}\n" in lesson.stdout


def test_lesson_times_every_form(lesson):
    costs = lesson.stdout.partition("What a step costs here")[2].splitlines()[1:]
    assert [line.split()[0] for line in costs] == [*bigram.FORMS, "counts"]
    assert all(float(line.split()[1]) > 0 and line.split()[2] == "ms" for line in costs)


def test_divergence_ends_the_program_with_the_bounds(own_list, monkeypatch, capsys):
    call(["--data", own_list, "--lr=150", "--steps=200"], monkeypatch)  # the loss falls at first, then climbs
    output, error = capsys.readouterr()
    vocab = bigram.Vocab.from_words(WORDS)
    N = bigram.count(*bigram.ngrams(WORDS, vocab), len(vocab))
    safe, edge = bigram.stable_learning_rates(N, 0.01)
    assert error == f"bigram: {bigram.explain_divergence(N, 150.0, 0.01)}\n"
    shown = [int(line.split()[1]) for line in output.splitlines() if line.startswith("  step")]
    assert shown == [1, 2, 3, *range(10, 101, 10), 200]
    assert f"{safe:.4g}" in error
    assert f"{edge:.4g}" in error


@pytest.fixture(scope="module")
def table(own_list, counts) -> str:
    """The same words as counts of order 3."""
    path = str(Path(own_list).with_name("table.safetensors"))
    save_table(path, counts, bigram.Vocab.from_words(WORDS), 3)
    return path


def test_a_table_of_counts_gives_the_same_lesson(own_list, table, monkeypatch, capsys):
    def lines(*options: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["bigram", *options, *"--steps 30 --lr 5 --names 3".split()])
        main()
        return capsys.readouterr().out.splitlines()

    of_words, of_counts = lines("--data", own_list, "--order", "3"), lines("--table", table)
    assert of_counts[0] == "The data: 36 counts of a table, 12 characters, order 3"
    end = of_words.index("What a step costs here (cpu, median):") + 1
    assert of_counts[1:end] == of_words[1:end]
    assert [line.split()[0] for line in of_counts[end:]] == ["counts"]  # the other forms need the words


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--data=us-2018"], "--table is in place of words"),
        (["--split=1"], "--table is in place of words"),
        (["--form=rows"], "--table is in place of words"),
        (["--order=2"], "The table has order 3, not 2. Leave out --order."),
    ],
)
def test_what_needs_words_is_refused_where_a_table_is_read(options, sentence, table, monkeypatch, capsys):
    call(["--table", table, *options], monkeypatch)
    assert capsys.readouterr().err.startswith(f"bigram: {sentence}")


def call(options, monkeypatch):
    """The same program without a new process; it must end with exit status 2."""
    monkeypatch.setattr(sys, "argv", ["bigram", *options])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("data", "nowhere.txt", "There is no word list 'nowhere.txt'."),
        ("order", "5", "The order must be 2, 3 or 4"),
        ("smoothing", "-1", "Smoothing must be a number from 0 to 1e+38; -1.0 is not."),
        ("smoothing", "nan", "Smoothing must be a number from 0 to 1e+38; nan is not."),
        ("steps", "-1", "The number of steps must be a whole number from 0 to 1,000,000; -1 is not."),
        ("steps", "1000001", "The number of steps must be a whole number from 0 to 1,000,000; 1000001 is not."),
        ("learning-rate", "0", "The learning rate must be a number above 0, up to 1e+38; 0.0 is not."),
        ("learning-rate", "inf", "The learning rate must be a number above 0, up to 1e+38; inf is not."),
        ("l2", "-1", "The L2 strength must be a number from 0 to 1e+38; -1.0 is not."),
        ("seed", "-1", "A seed must be a whole number from 0 to 2**63 - 1; -1 is not."),
        ("seed", str(2**63), f"A seed must be a whole number from 0 to 2**63 - 1; {2**63} is not."),
        ("names", "0", "The number of names must be a whole number from 1 to 1,000,000; 0 is not."),
        ("draws", "1000000000", "The number of names must be a whole number from 1 to 1,000,000; 1000000000 is not."),
    ],
)
def test_bad_option_ends_the_program_with_one_sentence(option, value, sentence, own_list, monkeypatch, capsys):
    call(["--data", own_list, f"--{option}={value}"], monkeypatch)
    error = capsys.readouterr().err
    assert error.startswith(f"bigram: {sentence}")
    assert error.count("\n") == 1  # so no traceback either


def test_a_step_that_rounding_alone_raises_is_no_divergence(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bigram", "--lr=1e-5", "--steps=1", "--seed=21"])
    main()
    assert capsys.readouterr().err == ""


def test_loss_that_is_no_number_is_divergence_too(own_list, monkeypatch, capsys):
    call(["--data", own_list, "--learning-rate=1e38"], monkeypatch)
    output, error = capsys.readouterr()
    assert "loss nan" in output
    assert error.startswith("bigram: The loss rose: ")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA GPU here")
def test_missing_gpu_ends_the_program_with_one_sentence(own_list, monkeypatch, capsys):
    call(["--data", own_list, "--device=cuda"], monkeypatch)
    assert (
        capsys.readouterr().err
        == "bigram: The device is cpu, or cuda where PyTorch sees a CUDA GPU; PyTorch finds no device 'cuda' here.\n"
    )


def test_no_step_prints_the_loss_of_the_start(own_list, python):
    done = python.run("-m", "bigram", "--data", own_list, "--steps=0")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("  step")] == ["1"]


@pytest.mark.parametrize(
    "option", ["--order=two", "--steps=1.5", "--seed=", "--l2=much", "--form=fast", "--device=tpu", "--fast=1"]
)
def test_option_of_another_kind_ends_the_program_with_the_usage(option, monkeypatch, capsys):
    call([option], monkeypatch)
    usage, error = capsys.readouterr().err.splitlines()
    assert usage == "usage: python -m bigram [options]"
    assert option.partition("=")[0] in error


def test_bad_option_shows_no_traceback(python):
    """In a process of its own: nothing but the sentence reaches the user."""
    result = python.run("-m", "bigram", "--order=1")
    sentence = "The order must be 2, 3 or 4 (bigram, trigram, 4-gram); 1 is not."
    assert (result.returncode, result.stderr) == (2, f"bigram: {sentence}\n")


def test_form_that_is_refused_is_named_beside_the_timed_ones(own_list, monkeypatch, capsys):
    monkeypatch.setattr("bigram.nll.LARGEST_ONEHOT", 0)
    monkeypatch.setattr(sys, "argv", ["bigram", "--data", own_list, "--steps=1"])
    main()
    costs = capsys.readouterr().out.partition("What a step costs here")[2].splitlines()[1:]
    assert costs[0].startswith("  onehot  The one-hot matrix of 36 examples and 12 contexts needs ")
    assert all(line.endswith(" ms") or "closed form" in line for line in costs[1:])
