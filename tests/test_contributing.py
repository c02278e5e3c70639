"""CONTRIBUTING.md, the pages of decisions and the hooks before a commit, held against what is there."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.documents import DECISIONS, ROOT, code, read, rows, section
from tests.test_architecture import MAY_IMPORT

GUIDE = read("CONTRIBUTING.md")
ARCHITECTURE = read("docs/architecture.md")
RECIPES = re.findall(r"^### … (.+?)\n\nExample: ([^.\n]+)\.(.*?)(?=^##|\Z)", GUIDE, re.MULTILINE | re.DOTALL)
STEPS = [
    pytest.param(code(cells[0]), re.findall(r'[`"]([^`"]+)[`"]', example), id=f"{title}: {cells[0]}")
    for title, example, text in RECIPES
    for cells in rows(text)
]
ANSWERS = [cells for cells in rows(section(GUIDE, "Where what belongs")) if cells[0].endswith("?")]


def test_recipes_are_those_that_are_promised() -> None:
    page = {"an operation of the page", "a text of the page"}
    kinds = {"a setting", "a field", "a task", *page, "a control job", "a migration of `state.db`"}
    assert {title for title, _, _ in RECIPES} == kinds


@pytest.mark.parametrize(("file", "examples"), STEPS)
def test_step_names_a_file_in_which_the_example_stands(file: str, examples: list[str]) -> None:
    assert any(example in read(file) for example in examples)


def test_files_that_are_named_exist() -> None:
    named = re.findall(r"`([\w./-]+\.(?:py|md|yml|js|graphql))`", GUIDE)
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_room_and_wing_is_a_sentence() -> None:
    wings = {str(init.parent.relative_to(ROOT)) for room in MAY_IMPORT for init in ROOT.glob(f"{room}/*/__init__.py")}
    rooms = [code(cells[0]).strip("/") for cells in rows(section(GUIDE, "Where what belongs")) if "/" in cells[0]]
    assert sorted(rooms) == sorted({*MAY_IMPORT, *wings} - {"Stash2Plex.py"})


def test_ten_questions_are_answered() -> None:
    assert len(ANSWERS) == 10


@pytest.mark.parametrize(("question", "answer"), ANSWERS)
def test_question_is_answered_where_it_says(question: str, answer: str) -> None:
    module, _, name = code(answer).rpartition(".")
    tree = ast.parse(read(f"{module.replace('.', '/')}.py"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}, question


def test_hooks_before_a_commit_run_the_commands_of_make_check() -> None:
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", read("Makefile"), re.MULTILINE)
    assert recipe
    commands = [line.strip().removeprefix("@").replace("$(PY)", ".venv/bin/python") for line in recipe[1].splitlines()]
    repositories = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"], "nothing is fetched"
    assert [hook["entry"] for hook in repositories[0]["hooks"]] == commands
    assert {hook["language"] for hook in repositories[0]["hooks"]} == {"system"}
    assert not any(hook["pass_filenames"] for hook in repositories[0]["hooks"])


@pytest.mark.needs("make", "links")
@pytest.mark.parametrize(("asked", "is_taken"), [("3.11", True), ("3.13", False)])
def test_tests_do_not_pass_with_another_python_than_was_asked_for(tmp_path: Path, asked: str, is_taken: bool) -> None:
    (tmp_path / "Makefile").write_text(read("Makefile"), encoding="utf-8")
    for file in ("requirements.txt", "requirements-dev.txt", "requirements-browser.txt"):
        (tmp_path / file).touch()
    made, other = tmp_path / ".venv/bin/python", tmp_path / "python"
    made.parent.mkdir(parents=True)
    for python, version in ((made, "3.11"), (other, asked)):
        python.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
        python.chmod(0o700)
    (tmp_path / ".venv/.installed").touch()
    run = subprocess.run(
        [str(shutil.which("make")), "-n", "test", f"PYTHON={other}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("-m pytest" in run.stdout) is is_taken
    assert ("made with Python 3.11" in run.stderr) is not is_taken


def test_index_of_decisions_names_every_page_in_order() -> None:
    table = rows(section(ARCHITECTURE, "Decisions"))
    assert [cells[0] for cells in table] == [str(number) for number in range(1, len(DECISIONS) + 1)]
    links = [re.fullmatch(r"\[(.+)\]\(decisions/(.+)\)", cells[2]) for cells in table]
    headings = [(page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# "), page.name) for page in DECISIONS]
    assert [link.groups() for link in links if link] == headings
    assert [int(page.name[:2]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_decision_is_dated_and_has_its_four_paragraphs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.match(r"# .+\n\n\d{4}-\d\d-\d\d", text)
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == ["Context", "Decision", "Measured and shown", "Consequences"]  # fmt: skip
    assert 10 <= len(text.splitlines()) <= 25
