"""A form of the loss is one record: with it a fifth form works everywhere, without it the lab does not start."""

import re
import sys
from pathlib import Path

import pytest

import bigram
from bigram.__main__ import main
from demo.compute import forms, price, results
from demo.experiment import Experiment
from demo.page import screens
from demo.takeaway import export
from tests.alone import of_lab, of_script
from tests.settings import E


@pytest.fixture
def fifth(monkeypatch) -> Experiment:
    """An experiment with a fifth form, which computes as `gather` does and costs something else."""
    monkeypatch.setitem(bigram.FORMS, "fifth", bigram.FORMS["gather"])
    record = forms.Form(lambda n, C, V: forms.Step(n * 1e-6, 5 * n), forms.FORMS["gather"].line)
    monkeypatch.setitem(forms.FORMS, "fifth", record)
    return E.model_copy(update={"form": "fifth"})


def test_a_fifth_form_has_its_own_price(fifth):
    assert price.step("fifth", 1_000, 27, 27) == (0.001, 5_000)
    assert price.run("fifth", 10, 1_000, 27, 27) == pytest.approx(0.01)
    with pytest.raises(ValueError, match="Take at most 30 steps, or choose counts"):
        price.run("fifth", 31, 1_000_000, 27, 27)


def test_a_fifth_form_runs_in_the_lab_and_in_the_script(fifth, tmp_path, python):
    (tmp_path / "words.txt").write_text(fifth.words, "utf-8")
    expected = of_lab(E.model_copy(update={"form": "gather"}))
    assert of_lab(fifth) == expected
    found = of_script(python, fifth, tmp_path)
    assert found[:2] == pytest.approx(expected[:2], abs=2e-6)
    assert found[2:] == expected[2:]


def test_a_fifth_form_runs_in_the_terminal(fifth, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("words.txt").write_text(fifth.words, "utf-8")
    call = export.terminal_call(fifth)
    assert " --form fifth" in call
    monkeypatch.setattr(sys, "argv", ["bigram", *call.split()[3:]])
    main()
    output = capsys.readouterr().out
    counted, descended = re.findall(r"^  NLL (\S+) nats", output, re.MULTILINE)
    assert [float(counted), float(descended)] == pytest.approx(of_lab(fifth)[:2], abs=2e-6)
    assert re.search(r"^  fifth +[\d.]+ ms$", output, re.MULTILINE)


def test_a_fifth_form_is_timed_on_the_speed_screen(fifth):
    default = screens.settings_of(Experiment())
    value = screens.speed({"experiment": default})["value"]
    assert value["forms"] == list(bigram.FORMS)
    assert value["forms"][-1] == "fifth"
    reply = screens.time({"experiment": default, "order": 2, "n": 1_000, "form": "fifth"})
    assert reply["both"] > 0
    assert results.time_form(Experiment(), 2, 3_000_000, "fifth").why_not.startswith("left out")


@pytest.mark.parametrize("change", ['["fifth"] = bigram.FORMS["rows"]', '.pop("rows")'])
def test_the_lab_does_not_start_without_the_record_of_a_form(change, python):
    code = f"import bigram; bigram.FORMS{change}; import demo.takeaway.export"
    done = python.run("-c", code)
    assert done.returncode == 1
    name = "fifth" if "fifth" in change else "rows"
    assert f"demo/compute/forms.py must have the same forms. Only one has: {{'{name}'}}." in done.stderr
