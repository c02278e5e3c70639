"""On a Stash that is too old, or waits for its migration, each task that needs it says so, and promises nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from tasks.registry import WITHOUT_LIBRARIES
from tests.fakes.stash import PluginRun
from tests.house import PATIENCE_S, ROOT, House

TOO_OLD: Final = (
    "Stash v0.26.2 is too old for Stash2Plex, which needs v0.27.0 or newer. Update Stash; saves are kept until then."
)
MIGRATES: Final = (
    "Stash waits for the migration of its own database: open Stash in a browser, where it asks for that. "
    "Saves are kept until then."
)
NEEDS_NO_STASH: Final = (WITHOUT_LIBRARIES - {"queue_status"}) | {"undo", "support_report"}
"""Undo Last Changes has nothing to undo before it gets as far as that; the report has the sentence in its file."""

TASKS: Final = yaml.safe_load((ROOT / "Stash2Plex.yml").read_text(encoding="utf-8"))["tasks"]
ASKING: Final = [task["name"] for task in TASKS if task["defaultArgs"]["mode"] not in NEEDS_NO_STASH]


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory, installed: Path) -> Iterator[House]:
    """A house of which one save waits for a newer Stash."""
    with House(tmp_path_factory.mktemp("old"), plugin_dir=installed) as house:
        house.stash.library.settings.version = "v0.26.2"
        (movie,) = house.add("Sintel")
        house.save(movie, title="Sintel")
        house.wait(lambda: TOO_OLD in house.log(), "the worker has met the old Stash")
        yield house
        assert house.writes() == 0


def _run(house: House, task: str) -> PluginRun:
    return house.stash.wait_for_task(house.stash.run_task(task), PATIENCE_S)


def _text_of(run: PluginRun) -> str:
    return "\n".join([*(text for _, text in run.log), str(run.error), str(run.output)])


@pytest.mark.parametrize("task", ASKING)
def test_task_says_that_stash_is_too_old(waiting: House, task: str) -> None:
    message = _text_of(_run(waiting, task))
    assert TOO_OLD in message
    assert "by itself" not in message


def test_report_says_that_stash_is_too_old(waiting: House) -> None:
    _run(waiting, "Support Report")
    assert TOO_OLD in waiting.text_of("support-report.txt")


def test_save_is_synced_when_stash_was_updated_and_has_migrated(tmp_path: Path, installed: Path) -> None:
    with House(tmp_path, plugin_dir=installed) as house:
        house.stash.library.settings.status = "NEEDS_MIGRATION"
        (movie,) = house.add("Sintel", title="{name}!")
        house.record(movie)
        message = _text_of(_run(house, "Process Queue"))
        assert MIGRATES in message
        assert house.writes() == 0
        house.stash.library.settings.status = "OK"
        house.wait(house.has_title(movie), "the save is synced")
