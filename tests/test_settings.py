"""Every setting reaches every place: form, link, API, script and terminal, at a value that is not its default."""

import inspect
from pathlib import Path

import pytest

import bigram
from demo.api import endpoints
from demo.experiment import Experiment, read_link
from demo.page import screens
from demo.takeaway import export
from tests.alone import Numbers, of_lab, of_scripts, of_terminal
from tests.settings import TABLE, E, changed, here, other

CALLED = Experiment.of_groups("run", "count", "draw")
GUARDS = ("sha",)  # settings that refuse other data and change no number


def filled(folder: Path, e: Experiment) -> Path:
    """A new folder with the data that the script and the call of an experiment read."""
    folder.mkdir()
    (folder / "words.txt").write_text(e.words, "utf-8")
    (folder / export.TABLE).write_bytes(TABLE)
    (folder / "us-1880.txt").write_text("\n".join(bigram.load("us-1880")))
    return folder


def assert_same(found: Numbers, expected: Numbers) -> None:
    assert found[:2] == pytest.approx(expected[:2], abs=2e-6)
    assert found[2:] == expected[2:]


def test_each_setting_has_the_same_numbers_in_the_lab_in_the_script_and_in_the_terminal(tmp_path, python, subtests):
    """In the lab it changes a number or a name: else nothing uses it, and the comparison would say nothing."""
    keys = [key for key in CALLED if here(key)]
    experiments = [(changed(key), filled(tmp_path / key, changed(key))) for key in keys]
    scripts, calls = of_scripts(python, experiments), of_terminal(python, experiments)
    for key, (e, _), script, call in zip(keys, experiments, scripts, calls, strict=True):
        with subtests.test(key):
            expected = of_lab(e)
            if key not in (*GUARDS, "form", "device"):
                assert expected != of_lab(E)
            assert_same(script, expected)
            assert_same(call, expected)


@pytest.mark.parametrize("key", list(Experiment.model_fields))
def test_a_setting_reaches_form_and_link(key):
    if not here(key):
        pytest.skip("no CUDA GPU here")
    e = changed(key)
    assert e != E
    assert key in {field["key"] for field in screens.fields()}
    assert Experiment.parse(screens.settings_of(e)) == e
    if key == "sha":  # a link has words or their SHA-256
        e = e.model_copy(update={"words": ""})
    opened = read_link(Experiment.query(e))
    assert opened.sentences == []
    assert {name: getattr(opened.experiment, name) for name in other(key)} == other(key)


def test_a_call_of_the_api_takes_every_setting_but_those_of_a_link():
    assert tuple(inspect.signature(endpoints.train).parameters) == CALLED == export.API


@pytest.mark.parametrize("key", CALLED)
def test_a_call_of_the_api_uses_a_setting(key):
    if not here(key):
        pytest.skip("no CUDA GPU here")
    e = changed(key)
    answer, expected = endpoints.train(**export.given(e)), of_lab(e)
    assert_same(Numbers(answer["counted_nll"], answer["descended_nll"], *answer["names"].values()), expected)
