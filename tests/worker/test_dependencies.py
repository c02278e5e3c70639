"""Which libraries the worker and the tasks get, tried in interpreters of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import machine
from worker.installation import REQUIRED

ROOT = Path(__file__).parents[2]
_ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from worker.installation import MissingDependencyError, activate
try:
    activate(sys.argv[2])
    activate(sys.argv[2])
except MissingDependencyError as error:
    answer = {"error": str(error)}
else:
    import stashapi
    answer = {"stashapi": stashapi.__file__, "path": sys.path}
print(json.dumps(answer))
"""


@pytest.fixture
def plugin_dir(tmp_path):
    folder = tmp_path / "plugin"
    make_libraries(folder / "vendor", REQUIRED)
    return folder


def make_libraries(folder, names):
    for name in names:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").touch()


def ask(plugin_dir, *, python=sys.executable, flags=("-S",), **environ):
    run = subprocess.run(
        [python, *flags, "-c", _ASK, str(ROOT), str(plugin_dir)],
        env={**os.environ, **environ},
        capture_output=True,
        check=True,
    )
    return json.loads(run.stdout)


def has_site_packages(path):
    return any("site-packages" in folder or "dist-packages" in folder for folder in path)


@pytest.mark.parametrize("flags", [("-S",), ()], ids=["without site", "with site"])
def test_activate_prefers_what_came_with_the_plugin_when_others_have_the_same_names(plugin_dir, tmp_path, flags):
    make_libraries(tmp_path / "other plugins", ["stashapi"])
    answer = ask(plugin_dir, flags=flags, PYTHONPATH=str(tmp_path / "other plugins"))
    assert answer["stashapi"] == str(plugin_dir / "vendor" / "stashapi" / "__init__.py")
    assert answer["path"].count(str(plugin_dir / "vendor")) == 1


def test_activate_stays_without_site_packages_when_nothing_is_missing(plugin_dir):
    assert not has_site_packages(ask(plugin_dir)["path"])


def test_activate_takes_site_packages_when_a_library_is_missing(plugin_dir):
    (plugin_dir / "vendor" / "plexapi" / "__init__.py").unlink()
    (plugin_dir / "vendor" / "plexapi").rmdir()
    answer = ask(plugin_dir)
    assert has_site_packages(answer["path"])
    assert answer["stashapi"] == str(plugin_dir / "vendor" / "stashapi" / "__init__.py")


@pytest.mark.needs("copies")
def test_activate_says_what_is_missing_and_what_to_do_when_there_is_no_library_anywhere(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    python = tmp_path / "bare" / ("Scripts/python.exe" if machine.IS_WINDOWS else "bin/python")
    error = ask(tmp_path, python=str(python))["error"]
    assert error.startswith("persistqueue, plexapi, stashapi, yaml, requests cannot be imported by ")
    assert "install the plugin from its zip" in error
