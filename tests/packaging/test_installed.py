"""The package as it comes out of the zip.

Hook, drain and status with an interpreter that has nothing but the standard library.
"""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from scripts.shipped import ROOMS
from tests.house import House, kill, processes

ODD_FOLDER = "Gro\u0308ßere Plugins & more/stable"
"""Blanks, an umlaut in its two-character form and a sign that shells read: what a user's folders may hold."""

_WHERE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from worker.installation import activate
activate(sys.argv[1])
import certifi, charset_normalizer, idna, persistqueue, plexapi.server, requests, stashapi.stashapp, typing_extensions, urllib3, yaml
import entry, hooks, logs, matching, plex, records, settings, stash, storage, sync_queue, tasks, transport, worker
print(json.dumps({name: module.__file__ for name, module in sys.modules.items() if name in sys.argv[2:]}))
"""
LIBRARIES = ("certifi", "charset_normalizer", "idna", "persistqueue", "plexapi", "requests", "stashapi", "typing_extensions", "urllib3", "yaml")  # fmt: skip


@pytest.fixture
def plugin_dir(install, tmp_path):
    return install(tmp_path / ODD_FOLDER / "Stash2Plex")


@pytest.fixture
def hostile_plugins(tmp_path):
    """Folders of other plugins that bear the names of our libraries and of our rooms, and break whoever imports them."""
    folder = tmp_path / "other plugins"
    for name in (*LIBRARIES, *ROOMS):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise RuntimeError('{name} of another plugin')\n")
    return folder


@pytest.fixture
def bare_environ(monkeypatch):
    """No trace of this project's own environment in the processes that Stash starts."""
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def house(bare_environ, bare_python, plugin_dir, hostile_plugins, tmp_path):
    with House(
        tmp_path, plugin_dir=plugin_dir, python=(bare_python, "-S"), environ={"PYTHONPATH": str(hostile_plugins)}
    ) as built:
        yield built


def snapshot(folder: Path):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def where(plugin_dir, python, *names, **environ):
    run = subprocess.run(
        [python, "-S", "-W", "error", "-c", _WHERE, str(plugin_dir), *names],
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_save_reaches_plex_when_the_environment_has_no_library_and_others_are_in_the_way(house):
    (bunny,) = house.add("Big Buck Bunny", tags=["Animation"], performers=["Ada Example"])
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert house.shown(bunny).tags["genre"] == ("Animation",)
    house.wait(house.is_drained)
    assert house.stats() == {"pending": 0, "in_progress": 0, "completed": 1, "failed": 0}
    assert house.stderr() == ""


def test_status_answers_when_the_environment_has_no_library(house):
    run = house.stash.wait_for_task(house.stash.run_task("View Queue Status"), timeout_s=30)
    assert (run.error, run.exit_status) == (None, 0)


def test_libraries_and_rooms_are_our_own_when_other_plugins_have_the_same_names(
    bare_python, plugin_dir, hostile_plugins
):
    found = where(plugin_dir, bare_python, *LIBRARIES, *ROOMS, PYTHONPATH=str(hostile_plugins))
    assert {name: Path(file).is_relative_to(plugin_dir / "vendor") for name, file in found.items()} == {
        **dict.fromkeys(LIBRARIES, True),
        **dict.fromkeys(ROOMS, False),
    }
    assert all(Path(file).is_relative_to(plugin_dir) for file in found.values())


def test_save_reaches_plex_when_nothing_can_be_written_to_the_plugin_folder(house):
    # Rights alone do not stop a test that runs as root; a file in the place of a folder stops everybody.
    for folder in (house.plugin_dir, *(path for path in house.plugin_dir.rglob("*") if path.is_dir())):
        (folder / "__pycache__").touch()
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    before = snapshot(house.plugin_dir)
    (sintel,) = house.add("Sintel")
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    assert snapshot(house.plugin_dir) == before
    for folder in before:
        folder.chmod(stat.S_IRWXU)


def test_hook_answers_ok_when_the_data_folder_is_beside_the_plugin(bare_environ, bare_python, plugin_dir):
    document = {"args": {"hookContext": {"id": 1, "type": "Scene.Update.Post", "input": None}}}
    run = subprocess.run(
        [bare_python, "-S", str(plugin_dir / "Stash2Plex.py")],
        input=json.dumps(document).encode(),
        env={"PATH": os.environ["PATH"]},
        cwd="/",
        capture_output=True,
        check=True,
    )
    for pid in processes(["--worker", str(plugin_dir / "data")]):
        kill(pid)
    assert json.loads(run.stdout) == {"output": "ok"}
    assert (plugin_dir / "data" / "queue" / "data.db").is_file()
