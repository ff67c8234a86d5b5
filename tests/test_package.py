"""The package as programs and tools see it: what is public, its version, its commands."""

import importlib.util
import inspect
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest

import bigram
import bigram.scale

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PACKAGES = [bigram, bigram.scale]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_star_import_brings_what_is_public_and_nothing_else(package):
    names: dict[str, object] = {}
    exec(f"from {package.__name__} import *", names)
    assert names.keys() - {"__builtins__"} == set(package.__all__)
    assert package.__all__ == sorted(package.__all__, key=lambda name: (not name.isupper(), name.islower(), name))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_hides_its_module(package):
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(package.__all__)
    assert all(inspect.ismodule(getattr(package, name, package)) for name in modules)


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_public_is_named_in_the_docstring(package):
    named = re.findall(r"`(\w+)`", package.__doc__)
    assert set(package.__all__) - {"BOUNDARY", "Form"} <= set(named)


def test_help_shows_each_public_function_and_its_example(python):
    shown = python.run("-m", "pydoc", "bigram", check=True).stdout
    functions = [name for name in bigram.__all__ if inspect.isfunction(getattr(bigram, name))]
    assert len(functions) > 10
    assert [name for name in functions if f"\n    {name}(" not in shown] == []


@pytest.mark.parametrize("name", [name for name in bigram.__all__ if callable(getattr(bigram, name))])
def test_what_is_public_has_a_docstring(name):
    assert getattr(bigram, name).__doc__.count(" ") > 3


def test_the_version_stands_in_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+", bigram.__version__)
    assert PROJECT["dynamic"] == ["version"]


@pytest.mark.parametrize("command", PROJECT["scripts"])
def test_each_command_is_a_program_of_the_package(command, python):
    module, _, function = PROJECT["scripts"][command].partition(":")
    code = f"import sys; sys.argv = ['{command}', '--help']; from {module} import {function} as run; run()"
    done = python.run("-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")


@pytest.mark.parametrize("program", ["bigram", "bigram.corpus", "bigram.scale.corpus"])
def test_each_program_starts_by_its_module(program, python):
    assert importlib.util.find_spec(program)
    done = python.run("-m", program, "--help")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_script_of_a_stranger_uses_everything_that_is_public_and_runs(python):
    """`pyright` and `mypy` check the same file in CI."""
    script = (ROOT / "tests/stranger.py").read_text("utf-8")
    assert set(re.findall(r"bigram\.(\w+)", script)) >= {*bigram.__all__} - {"Form"}
    assert python.run("-c", script, check=True).stdout.endswith(f"{bigram.__version__}\n")
