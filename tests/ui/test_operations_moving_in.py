"""What the other Stash2Plex left: told by `ui_settings`, chosen by `ui_predecessor`."""

import pytest

from settings.predecessor import CHOICE
from tasks.page import shapes
from tests.ui.page_house import OperationError
from tests.ui.test_operations import misfits

THEIRS = {"enabled": False, "sync_tags": False, "dlq_retention_days": 7, "max_tags": 50, "reconcile_interval": "yearly"}


@pytest.fixture
def moved(world):
    """The other plugin was here, in the data folder as in Stash."""
    world.data_dir.mkdir(mode=0o700, exist_ok=True)
    (world.data_dir / "device_id.json").touch()
    world.configure(**THEIRS, preserve_plex_edits=True)
    return world


def settings_of(answer):
    return {each["key"]: each["value"] for group in answer["groups"] for each in group["settings"]}


def is_paused(world):
    """Whether the page shows a pause, by what Stash holds."""
    return world.operation("ui_overview", stored=world.settings())["settings"]["paused"]


def test_settings_tell_what_was_taken_over_from_where(moved):
    answer = moved.operation("ui_settings")
    assert misfits(answer, shapes.SettingsAnswer) == []
    found = answer["predecessor"]
    assert [(each["key"], each["value"], each["origins"]) for each in found["taken_over"]] == [
        ("paused", "on", ["enabled"]),
        ("skip_fields", "director, genre, rating", ["sync_tags"]),
        ("dead_letter_days", "7", ["dlq_retention_days"]),
    ]
    assert (found["files"], found["without"], found["unread"]) == (
        *(["device_id.json"], ["max_tags"], ["reconcile_interval"]),
    )
    assert found["kept_meaning"]
    assert is_paused(moved)
    assert any("enabled of the other Stash2Plex is off" in note for note in answer["notes"])


def test_nothing_is_told_when_the_other_plugin_was_never_here(world):
    world.configure(preserve_plex_edits=True)
    assert world.operation("ui_settings")["predecessor"] is None
    with pytest.raises(OperationError, match="nothing of another Stash2Plex waits for a choice"):
        world.operation("ui_predecessor", save=True)


def test_all_is_saved_as_ours_in_one_request_and_its_own_keys_stay(moved):
    before, asked = moved.settings(), len(moved.stash.log.entries)
    answer = moved.operation("ui_predecessor", save=True)
    saved = {"paused": True, "skip_fields": "rating, director, genre", "dead_letter_days": 7.0}
    assert moved.settings() == {**before, **saved, CHOICE: "taken over"}
    roots = [field for entry in moved.stash.log.entries[asked:] for field in entry.root_fields]
    assert roots.count("configurePlugin") == 1
    assert answer["settings"]["predecessor"] is None
    shown = settings_of(answer["settings"])
    assert (shown["paused"], shown["dead_letter_days"], shown["skip_fields"]) == ("on", "7", "director, genre, rating")


def test_nothing_of_it_counts_when_it_was_left_alone(moved):
    before = moved.settings()
    answer = moved.operation("ui_predecessor", save=False)
    assert moved.settings() == {**before, CHOICE: "left"}
    assert answer["settings"]["predecessor"] is None
    assert (is_paused(moved), settings_of(answer["settings"])["skip_fields"]) == (False, "")


def test_resume_ends_a_pause_that_was_taken_over(moved):
    moved.operation("ui_resume")
    assert moved.settings()["paused"] is False
    assert not is_paused(moved)
    moved.operation("ui_pause")
    assert is_paused(moved)
    moved.operation("ui_resume")
    assert not is_paused(moved)
    assert moved.operation("ui_settings")["predecessor"] is not None, "the rest still waits for an answer"


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_setting_is_not_emptied_beneath_the_one_that_was_taken_over(moved, nothing):
    before = moved.settings()
    answer = moved.operation("ui_save", values={"skip_fields": nothing})
    assert "comes from the other Stash2Plex" in answer["problems"]["skip_fields"]
    assert moved.settings() == before
    assert moved.operation("ui_save", values={"skip_fields": "poster"})["saved"]
    assert settings_of(moved.operation("ui_settings"))["skip_fields"] == "poster"
