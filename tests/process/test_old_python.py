"""A Python that is too old says so in one sentence, and keeps the save.

Every older one that is found runs; one that only says so runs always.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.shipped import ROOMS
from tests import machine
from tests.house import PATIENCE_S, ROOT
from tests.process.test_environment import TRACE

OLDEST = (3, 6)
PRETENDED = "3.8.99"
FOUND = [
    str(file)
    for folder in (Path("/usr/bin"), Path("/usr/local/bin"), *sorted(Path.home().glob(".pyenv/versions/*/bin")))
    for file in (folder / f"python3.{minor}" for minor in range(OLDEST[1], 11))
    if file.exists()
]
PRETENDER = f"import sys\nsys.version_info = ({PRETENDED.replace('.', ', ')}, 'final', 0)\n"


@pytest.fixture(params=["one that only says so", *FOUND])
def old(request, build, tmp_path):
    """A house whose Stash starts an older Python, that Python's version and its place."""
    if request.param in FOUND:
        version = subprocess.check_output([request.param, "-c", "import sys; print(sys.version.split()[0])"], text=True)
        return build(python=(request.param, "-S")), version.strip(), request.param
    (tmp_path / "sitecustomize.py").write_text(PRETENDER, encoding="utf-8")
    return build(python=(sys.executable,), environ={"PYTHONPATH": str(tmp_path)}), PRETENDED, sys.executable


def is_named(message: str, version: str, place: str) -> bool:
    return f"Python {version} ({place})" in message and "Settings > System > Python Executable Path" in message


def test_save_is_kept_and_arrives_once_there_is_a_newer_python(old):
    house, version, place = old
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    for movie in (bunny, sintel):
        house.save(movie, title=f"{movie.name}!")
        (message,) = [text for level, text in house.hook_log() if level == "error"]
        assert is_named(message, version, place)
        assert message.endswith("This save is kept, and is synced then.")
    assert house.workers() == []
    house.offer()
    house.wait(house.has_title(bunny, sintel))
    assert house.dead_letters() == []


def test_save_that_cannot_be_kept_is_found_by_reconcile_as_the_sentence_says(old):
    house, version, place = old
    (bunny,) = house.add("Big Buck Bunny")
    house.data_dir.mkdir()
    (house.data_dir / "queue").write_text("a file where the folder should be", encoding="utf-8")
    house.save(bunny, title="Big Buck Bunny!")
    (message,) = [text for level, text in house.hook_log() if level == "error"]
    assert is_named(message, version, place)
    assert "Reconcile Stash and Plex finds this save then. It could not be kept (" in message


def test_task_and_page_get_the_sentence_as_their_answer(old):
    house, version, place = old
    run = house.stash.wait_for_task(house.stash.run_task("View Queue Status"), timeout_s=PATIENCE_S)
    assert is_named(run.error, version, place)
    with pytest.raises(Exception, match="Python Executable Path"):
        house.stash.run_operation({"mode": "ui_overview"})
    assert not (house.data_dir / "queue").exists()


def test_save_that_changes_nothing_in_plex_keeps_nothing(old):
    house, _, _ = old
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, urls=["https://example.org/bunny"])
    (message,) = [text for level, text in house.hook_log() if level == "error"]
    assert message.endswith("config.yml).")
    assert not (house.data_dir / "queue").exists()


@pytest.fixture
def met(installed, tmp_path):
    """The plugin's files that an older Python meets with a save."""
    document = {
        "server_connection": {"Port": 9999},
        "args": {"hookContext": {"id": 1, "type": "Scene.Update.Post", "input": {}, "inputFields": ["title"]}},
    }
    run = subprocess.run(
        [sys.executable, "-S", "-I", "-c", PRETENDER + TRACE, str(installed / "Stash2Plex.py")],
        input=json.dumps(document),
        env=machine.environ(STASH_PLUGIN_DATA=str(tmp_path)),
        capture_output=True,
        check=True,
        text=True,
    )
    assert len(list((tmp_path / "queue" / "saves").iterdir())) == 1
    return {"Stash2Plex.py", *(line for line in run.stderr.splitlines() if line.partition("/")[0] in ROOMS)}


def test_everything_that_an_older_python_meets_is_readable_for_it(met):
    """No newer syntax, and nothing evaluated that it does not know: types in quotes, no unions of them, no subscripts."""
    assert {"entry/fallback.py", "hooks/handlers.py", "sync_queue/spool.py"} <= met
    assert {name: found for name in met if (found := list(_too_new(ROOT / name)))} == {}


def _too_new(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=OLDEST)
    for node in ast.walk(tree):
        annotations = []
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            annotations = [node.returns, *(argument.annotation for argument in arguments)]
        elif isinstance(node, ast.Module | ast.ClassDef):
            annotations = [each.annotation for each in node.body if isinstance(each, ast.AnnAssign)]
        yield from (
            ast.unparse(annotation) for annotation in annotations if isinstance(annotation, ast.Subscript | ast.BinOp)
        )
