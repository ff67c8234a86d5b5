"""What the repository says of itself is true: the README, the imports, the Space's header."""

import doctest
import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import bigram
from bigram.datasets import LECTURE
from tests.programs import Python

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md", "bigram/data/README.md"]
PAGES += sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
REQUIREMENTS = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
KEYS_OF_CFF = set(
    "abstract authors cff-version commit contact date-released doi identifiers keywords license license-url message "
    "preferred-citation references repository repository-artifact repository-code title type url version".split()
)
HEAVY = ("gradio", "matplotlib", "plotly", "pandas", "PIL", "altair")


def heavy_imports(python: Python, statement: str) -> set[str]:
    """Which of HEAVY a Python that has imported PyTorch holds after `statement`."""
    code = f"import sys\n{statement}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    return set(python.run("-c", code, check=True).stdout.split())


def test_bigram_imports_neither_gradio_nor_plotting(python):
    assert heavy_imports(python, "import bigram, bigram.__main__") == set()


def test_that_check_would_catch_it(python):
    assert "PIL" in heavy_imports(python, "import bigram, PIL")


@pytest.mark.parametrize(
    "link", [link for name in PAGES for link in re.findall(r"`(\?v=1[^`]*)`", (ROOT / name).read_text("utf-8"))]
)
def test_every_link_of_the_readme_and_the_docs_opens_without_a_complaint(link):
    from demo.experiment import Experiment, read_link

    e, _, sentences = read_link(link)
    assert sentences == []
    assert e != Experiment()


def anchors(page: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", PAGES)
def test_each_page_points_only_at_what_is_there(name):
    """Links between the pages, with their headings; pictures; and the files that are written as code.

    KEY and NAME stand for any name.
    """
    text = (ROOT / name).read_text("utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text)
    for link in (a or b for a, b in links):
        path, _, anchor = link.partition("#")
        if not path.startswith("https://"):
            there = (ROOT / name).parent / path if path else ROOT / name
            assert there.exists(), link
            assert not anchor or anchor in anchors(there.read_text("utf-8")), link
    written = re.findall(r"`((?:bigram|demo|docs|tests|benchmarks|\.ci)/[\w./-]*)", text)
    assert [path for path in written if not list(ROOT.glob(re.sub(r"\b(KEY|NAME)\b", "*", path).rstrip("/")))] == []


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_the_readme_leads_to_each_page_of_the_docs(name):
    assert f"](docs/{name})" in README


def test_the_readme_is_a_landing_page():
    """About 1,200 words after the header of the Space. What needs more stands in docs/."""
    assert len(README.split("---", 2)[2].split()) <= 1_250


def test_lab_imports_no_gradio(python):
    modules = "demo.page.screens, demo.api.endpoints, demo.teaching.course, demo.classroom.rooms"
    assert "gradio" not in heavy_imports(python, f"import {modules}")


def test_the_readme_example_is_true():
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert tried > 10
    assert failed == 0


def test_the_plan_of_a_class_names_lessons_and_wrong_choices_and_fills_its_minutes():
    from demo.teaching.lessons import LESSONS

    page = (ROOT / "docs/class.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) to (\d+) \| .*? \| (.*?) ?\| (.*?) ?\|$", page, re.MULTILINE)
    assert [int(row[0]) for row in rows] == [0, *(int(row[1]) for row in rows[:-1])]
    assert rows[-1][1] == "50"
    steps = re.search(r"## Ten minutes for a question\n(.*?)\n## ", page, re.DOTALL).group(1)
    minutes = [int(minute) for minute in re.findall(r"\((\d) min\)", steps)]
    assert len(minutes) == len(re.findall(r"^\d+\. ", steps, re.MULTILINE))
    lessons = {lesson.title: lesson for lesson in LESSONS}
    for start, end, title, vote in rows[1:-1]:
        assert int(end) - int(start) == sum(minutes)
        assert vote in lessons[title].choices
        assert vote != lessons[title].choices[lessons[title].right]


def test_each_button_that_the_docs_name_is_on_the_page():
    """A label in quotation marks is a whole string in the sources of the lab, or one that Hugging Face shows."""
    elsewhere = {"Duplicate this Space"}
    files = [path for path in (ROOT / "demo").rglob("*") if path.suffix in (".py", ".js", ".html")]
    lab = "\n".join(path.read_text("utf-8") for path in files).replace("’", "'")
    named = {
        label for name in ("teach", "class", "space") for label in re.findall(r'"([^"\n]+)"', prose(f"docs/{name}.md"))
    }
    assert len(named) > 8
    missing = [label for label in named - elsewhere if not re.search(rf"['\"`>]{re.escape(label)}['\"`<]", lab)]
    assert missing == []


def prose(name: str) -> str:
    """A page without its code and without its tables."""
    text = (ROOT / name).read_text("utf-8")
    return re.sub(r"^```.*?^```|`[^`\n]*`|^\|.*?$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_the_docs_name_each_variable_that_the_lab_reads():
    read = {
        name
        for path in (ROOT / "demo").rglob("*.py")
        for name in re.findall(r"environ[^\n]*?\"(LAB_\w+)\"", path.read_text("utf-8"))
    }
    assert len(read) >= 4
    assert read == set(re.findall(r"^\| `(LAB_\w+)` \|", (ROOT / "docs/space.md").read_text("utf-8"), re.MULTILINE))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a clone")
def test_the_folders_of_the_readme_are_the_folders():
    """Those of the repository, and one level deeper those of the package and of the lab."""
    block = re.search(r"## The code.*?```\n(.*?)```", README, re.DOTALL).group(1)
    folder, listed = "", []
    for line in block.splitlines():
        name = line.split()[0]
        folder = folder if line.startswith(" ") else name
        listed.append(folder + name if line.startswith(" ") else name)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    parts = [Path(path).parts for path in tracked.splitlines() if not path.startswith(".")]
    folders = {f"{one[0]}/" for one in parts if len(one) > 1}
    folders |= {f"{one[0]}/{one[1]}/" for one in parts if len(one) > 2 and one[0] in ("bigram", "demo")}
    assert sorted(listed) == sorted(folders)


def test_ci_runs_the_commands_of_the_readme():
    blocks = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    script = (ROOT / ".ci/run").read_text()
    assert len(blocks) >= 2
    for command in blocks[:2]:
        assert command in script.replace("\\", "")


def test_ci_needs_root_only_to_install_packages_and_names_a_browser_that_the_search_takes(python):
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert ".ci/run" in steps
    assert not any("sudo" in step for step in steps)
    for line in (ROOT / ".ci/run").read_text("utf-8").splitlines():
        assert "sudo" not in line or line.strip().startswith("as_root=")
        assert "$as_root" not in line or "apt-get" in line
    chrome = workflow["jobs"]["all"]["env"]["CHROMIUM"]
    assert chromium_of(python, CHROMIUM=chrome) == chrome == "/usr/bin/google-chrome"


@pytest.mark.parametrize("name", ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"])
def test_the_tests_find_each_of_the_usual_browsers(tmp_path, name, python):
    (tmp_path / name).touch(mode=0o755)
    assert chromium_of(python, PATH=str(tmp_path), CHROMIUM="") == str(tmp_path / name)
    assert name in (ROOT / ".ci/run").read_text("utf-8")


def chromium_of(python: Python, **variables: str) -> str:
    """The browser that the tests of the page would start with these variables."""
    code = "from demo.screenshots import CHROMIUM; print(CHROMIUM)"
    return python.run("-c", code, check=True, **variables).stdout.strip()


def test_header_of_the_space_and_pins_and_ci_agree():
    header = dict(line.split(": ", 1) for line in README.split("---")[1].strip().splitlines())
    assert header["app_file"] == "demo/app.py"
    assert header["license"] == PROJECT["license"].lower()
    assert len(header["short_description"]) <= 60
    assert f"gradio=={header['sdk_version']}" in REQUIREMENTS
    tested = json.loads(re.search(r"python: (\[.*\])", (ROOT / ".github/workflows/ci.yml").read_text()).group(1))
    assert tested == [PROJECT["requires-python"].removeprefix(">="), json.loads(header["python_version"])]


def test_the_citation_file_is_complete_and_names_the_version():
    """What version 1.2.0 of the Citation File Format requires, and nothing that it does not know."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation.keys() <= KEYS_OF_CFF
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["authors"] == [{"name": "the Bigram Lab contributors"}]
    assert citation["license"] == PROJECT["license"]
    assert citation["version"] == bigram.__version__


def test_the_changelog_has_a_section_for_the_version_and_one_for_what_is_new():
    titles = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert titles[0] == "Unreleased"
    assert re.fullmatch(rf"{re.escape(bigram.__version__)} – \d{{4}}-\d\d-\d\d", titles[1])


def test_the_package_needs_no_gradio_and_with_its_extra_what_the_space_needs():
    names = {re.match(r"[\w-]+", line).group() for line in PROJECT["dependencies"]}
    assert names == {"torch", "numpy", "jaxtyping", "pooch", "tqdm", "charset-normalizer"}
    bounds: dict[str, SpecifierSet] = {}
    for line in map(Requirement, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["lab"]):
        bounds[line.name] = bounds.get(line.name, SpecifierSet()) & line.specifier
    assert bounds == {line.name: line.specifier for line in map(Requirement, REQUIREMENTS)}
    assert not re.search("<|==", " ".join(PROJECT["dependencies"]))  # so a newer version stays where it is
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
def test_the_hub_takes_what_the_docs_push(tmp_path, monkeypatch):
    """The Hub refuses a push if any of its commits holds a binary file. The command of the docs pushes just one."""
    page = (ROOT / "docs/space.md").read_text("utf-8")
    push = re.search(r"^git push --force space .*$", page, re.MULTILINE).group()
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
