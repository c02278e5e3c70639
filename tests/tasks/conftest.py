"""A house, and its tasks run as Stash runs them: a process, a document of the captured form on stdin."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tasks.context import TaskContext
from tests.fakes.stash import PluginRun
from tests.house import House


class RunTask(Protocol):
    def __call__(self, house: House, mode: str, **args: Any) -> PluginRun: ...


@pytest.fixture
def house(tmp_path: Path, installed: Path) -> Iterator[House]:
    with House(tmp_path, plugin_dir=installed, settings={"skip_fields": "poster"}) as running:
        running.data_dir.mkdir(mode=0o700)
        yield running


@pytest.fixture
def bare(tmp_path: Path, installed: Path) -> TaskContext:
    """No connection, no settings, nothing in the data folder."""
    folder = tmp_path / "bare"
    folder.mkdir()
    return TaskContext(str(folder), str(installed), str(installed / "Stash2Plex.py"), None, {})


@pytest.fixture
def context() -> Callable[[House], TaskContext]:
    """Make the context of a task of a house, for tests that call it within their own process."""

    def made(house: House) -> TaskContext:
        script = str(house.plugin_dir / "Stash2Plex.py")
        return TaskContext(str(house.data_dir), str(house.plugin_dir), script, house.stash.server_connection(), {})

    return made


@pytest.fixture
def run_task() -> RunTask:
    """Run a task to its end; its answer, log and progress.

    Arguments go as text, as Stash hands over a manifest's defaultArgs.
    """

    def run(house: House, mode: str, **args: Any) -> PluginRun:
        return house.stash.host.run({"mode": mode, **{name: str(value) for name, value in args.items()}})

    return run
