"""What the repository says of itself is true: the README, the imports, the Space's header."""

import doctest
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bigram.datasets import LECTURE

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
REQUIREMENTS = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HEAVY = ("gradio", "matplotlib", "plotly", "pandas", "PIL", "altair")


def heavy_imports(statement: str) -> set[str]:
    """Which of HEAVY a fresh interpreter holds after `statement`."""
    code = f"import sys\n{statement}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.split()
    )


def test_bigram_imports_neither_gradio_nor_plotting():
    assert heavy_imports("import bigram, bigram.__main__") == set()


def test_that_check_would_catch_it():
    assert "gradio" in heavy_imports("import bigram, gradio")


@pytest.mark.parametrize("link", re.findall(r"`(\?v=1[^`]*)`", README))
def test_every_link_of_the_readme_opens_without_a_complaint(link):
    from demo.experiment import Experiment

    e, sentences = Experiment.from_link(link)
    assert sentences == []
    assert e != Experiment()


def test_lab_imports_no_gradio():
    assert "gradio" not in heavy_imports(
        "import demo.page.screens, demo.api.endpoints, demo.teaching.course, demo.classroom.rooms"
    )


def test_the_readme_example_is_true():
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried > 10
    assert failed == 0


def test_the_plan_of_a_class_names_lessons_and_wrong_choices_and_fills_its_minutes():
    from demo.teaching.lessons import LESSONS

    section = re.search(r"## With a class\n(.*?)\n## ", README, re.DOTALL).group(1)
    rows = re.findall(r"^\| (\d+) to (\d+) \| .*? \| (.*?) ?\| (.*?) ?\|$", section, re.MULTILINE)
    assert [int(row[0]) for row in rows] == [0, *(int(row[1]) for row in rows[:-1])]
    assert rows[-1][1] == "50"
    lessons = {lesson.title: lesson for lesson in LESSONS}
    for start, end, title, vote in rows[1:-1]:
        assert int(end) - int(start) == sum(map(int, re.findall(r"\((\d)\)", section)))
        assert vote in lessons[title].choices
        assert vote != lessons[title].choices[lessons[title].right]


def readme_tree() -> list[tuple[int, str]]:
    """(depth, name) of each line of the README's tree."""
    block = re.search(r"## The files.*?```\n(.*?)```", README, re.DOTALL).group(1)
    return [((len(line) - len(line.lstrip())) // 2, line.split()[0]) for line in block.splitlines()]


def test_the_tree_of_the_readme_is_the_tree():
    folder, listed = "", []
    for depth, name in readme_tree():
        folder = name if depth == 0 and name.endswith("/") else folder
        listed.append(name if depth == 0 else folder + name)
    missing = [path for path in listed if not (ROOT / path).exists()]
    assert missing == []
    for folder in ("bigram/", "demo/"):
        files = {f"{folder}{path.name}" for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"}
        assert files == {path for path in listed if path.startswith(folder) and path.endswith(".py")}


def test_ci_runs_the_commands_of_the_readme():
    blocks = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    script = (ROOT / ".ci/run").read_text()
    assert len(blocks) >= 2
    for command in blocks[:2]:
        assert command in script.replace("\\", "")


def test_header_of_the_space_and_pins_and_ci_agree():
    header = dict(line.split(": ", 1) for line in README.split("---")[1].strip().splitlines())
    assert header["app_file"] == "demo/app.py"
    assert header["license"] == PROJECT["license"].lower()
    assert len(header["short_description"]) <= 60
    assert f"gradio=={header['sdk_version']}" in REQUIREMENTS
    tested = json.loads(re.search(r"python: (\[.*\])", (ROOT / ".github/workflows/ci.yml").read_text()).group(1))
    assert tested == [PROJECT["requires-python"].removeprefix(">="), json.loads(header["python_version"])]


def test_the_package_needs_no_gradio_and_with_its_extra_what_the_space_needs():
    names = {re.match(r"[\w-]+", line).group() for line in PROJECT["dependencies"]}
    assert names == {"torch", "numpy", "jaxtyping", "pooch", "tqdm"}
    assert PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"] == REQUIREMENTS
    assert "bigram-lab[lab]" in PROJECT["optional-dependencies"]["dev"]


def test_the_example_of_the_package_is_true():
    example = doctest.DocTestParser().get_doctest(PROJECT["readme"]["text"], {}, "pyproject.toml", None, None)
    failed, tried = doctest.DocTestRunner().run(example)
    assert tried > 5
    assert failed == 0


@pytest.mark.parametrize("folder", ["bigram", "demo", "benchmarks"])
def test_no_list_of_the_lecture_is_committed(folder):
    digest = LECTURE.registry["names.txt"].removeprefix("sha256:")
    found = [p for p in (ROOT / folder).rglob("*.txt") if hashlib.sha256(p.read_bytes()).hexdigest() == digest]
    assert found == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_the_hub_takes_what_the_readme_pushes(tmp_path, monkeypatch):
    """The Hub refuses a push if any of its commits holds a binary file. The command of the README pushes just one."""
    push = re.search(r"^git push --force space .*$", README, re.MULTILINE).group()
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Emma")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "emma@school.example")

    def refused(command: str) -> bool:
        return subprocess.run(["bash", "-c", command], cwd=tmp_path / "clone", capture_output=True).returncode != 0

    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "hub"], check=True)
    hook = tmp_path / "hub/hooks/update"
    hook.write_text("#!/bin/sh\n! git log --format= --numstat --root $3 | grep -q '^-'\n")  # git's mark of a binary
    hook.chmod(0o755)
    subprocess.run(["git", "clone", "-q", ROOT, tmp_path / "clone"], check=True)
    assert not refused(f"git remote add space {tmp_path}/hub")
    assert not refused(push)
    (tmp_path / "clone/picture").write_bytes(b"\0")
    assert not refused("git add picture && git commit -qm picture")
    assert refused(push)
    assert not refused("git rm -q picture && git commit -qm 'no picture'")
    assert refused("git push --force space HEAD:refs/heads/main")
    assert not refused(push)
