"""Scenes of a group sorted by their place in it: what is written, what stays, and what is given back."""

from typing import Any

import pytest

from records import Choice
from sync_queue.models import METADATA, create_sync_job
from tests.fakes.stash.model import SceneGroup
from tests.stepper import Stepper
from worker.control.jobs import control_job, undo_job
from worker.control.kinds import RESTORE

READINGS = ["stays", "follows"]
ON = {"sort_by_group": True, "skip_fields": "poster"}


def film(stepper: Stepper, place: int | None = 3, group: str = "The Shorts", **item: Any) -> tuple[int, int]:
    """Rating key and scene of a film that has this place in a group, not synced yet."""
    key, scene = stepper.item("sintel.mkv", **item), stepper.scene("sintel.mkv", title="Sintel")
    put(stepper, scene, place, group)
    return key, scene


def put(stepper: Stepper, scene: int, place: int | None, group: str = "The Shorts") -> None:
    (found,) = stepper.stash.library.scene_groups([group])
    stepper.stash.library.scenes[scene].groups = (SceneGroup(found.group_id, place),)


def sort_title(stepper: Stepper, key: int) -> tuple[str, bool]:
    shown = stepper.shown(key)
    return shown.values.get("titleSort", ""), "titleSort" in shown.locked


def settle(stepper: Stepper, **settings: Any) -> None:
    stepper.configure(**settings)
    stepper.drain()
    stepper.drain()


def restore(stepper: Stepper, scene: int) -> None:
    stepper.now += 60
    stepper.put(control_job(RESTORE, {"scene_id": scene}, now=stepper.now))
    stepper.drain()


@pytest.mark.parametrize("reading", READINGS)
def test_sort_title_is_group_and_place_in_the_one_edit_and_locked(stepper: Stepper, reading: Any) -> None:
    stepper.plex.options.sort_title = reading
    stepper.configure(**ON)
    key, scene = film(stepper)
    stepper.sync(scene)
    assert (sort_title(stepper, key), stepper.writes()) == (("Shorts 003", True), 1)
    stepper.sync(scene)
    assert stepper.writes() == 1
    stepper.stash.save_scene(scene, title="Sintel!")
    stepper.sync(scene, fields=("title",))
    assert (sort_title(stepper, key), stepper.shown(key).title, stepper.writes()) == (
        ("Shorts 003", True),
        "Sintel!",
        2,
    )


def test_sort_title_follows_the_place_and_the_name_of_the_group(stepper: Stepper) -> None:
    stepper.configure(**ON)
    key, scene = film(stepper)
    stepper.sync(scene)
    put(stepper, scene, 12)
    stepper.sync(scene, fields=("groups",))
    assert sort_title(stepper, key) == ("Shorts 012", True)
    stepper.stash.rename_group(stepper.stash.library.scenes[scene].groups[0].group_id, "Dreams")
    stepper.append(stepper.stash.hook_runs[-1].document["args"]["hookContext"])
    stepper.drain()
    assert sort_title(stepper, key) == ("Dreams 012", True)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("off", ["place", "setting"])
def test_sort_title_is_made_from_the_title_again_when_the_place_or_the_setting_goes(
    stepper: Stepper, reading: Any, off: str
) -> None:
    stepper.plex.options.sort_title = reading
    stepper.configure(**ON)
    key, scene = film(stepper)
    stepper.sync(scene)
    if off == "place":
        put(stepper, scene, None)
        stepper.sync(scene, fields=("groups",))
    else:
        settle(stepper, skip_fields="poster")
    assert sort_title(stepper, key) == ("", False)
    before = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == before


def test_setting_reaches_what_was_synced_and_leaves_scenes_without_a_place_alone(stepper: Stepper) -> None:
    key, scene = film(stepper)
    other = stepper.item("other.mkv", titleSort="Alien 02")
    stepper.sync(scene, stepper.scene("other.mkv", title="Other", groups=["The Shorts"]))
    other_before = sort_title(stepper, other)
    settle(stepper, **ON)
    assert sort_title(stepper, key) == ("Shorts 003", True)
    assert sort_title(stepper, other) == other_before


@pytest.mark.parametrize("preserve", [False, True])
def test_sort_title_that_the_user_locked_stays(stepper: Stepper, preserve: bool) -> None:
    stepper.configure(**ON, preserve_plex_edits=preserve)
    key, scene = film(stepper)
    item = stepper.plex.state.items[key]
    item.values["titleSort"], item.locked = "Mine", frozenset({"titleSort"})
    stepper.sync(scene)
    assert sort_title(stepper, key) == ("Mine", True)
    restore(stepper, scene)
    assert sort_title(stepper, key) == ("Mine", True)


def test_sort_title_of_ours_that_the_user_changed_stays(stepper: Stepper) -> None:
    stepper.configure(**ON)
    key, scene = film(stepper)
    stepper.sync(scene)
    stepper.plex.state.items[key].values["titleSort"] = "Mine"
    put(stepper, scene, 4)
    stepper.put(create_sync_job(scene, METADATA, {"fields": ["groups"]}, now=stepper.now))
    stepper.drain()
    assert sort_title(stepper, key) == ("Mine", True)
    settle(stepper, skip_fields="poster")
    assert sort_title(stepper, key) == ("Mine", True)


@pytest.mark.parametrize("was", ["", "Alien 02"])
def test_restore_gives_the_sort_title_of_before_back_without_our_lock(stepper: Stepper, was: str) -> None:
    stepper.configure(**ON)
    key, scene = film(stepper, **({"titleSort": was} if was else {}))
    before = sort_title(stepper, key)
    stepper.sync(scene)
    assert sort_title(stepper, key) == ("Shorts 003", True)
    restore(stepper, scene)
    assert sort_title(stepper, key) == before


def test_undo_of_the_last_change_gives_the_place_of_before_back(stepper: Stepper) -> None:
    stepper.configure(**ON)
    key, scene = film(stepper)
    stepper.sync(scene)
    stepper.now += 60
    put(stepper, scene, 4)
    stepper.sync(scene, fields=("groups",))
    assert sort_title(stepper, key) == ("Shorts 004", True)
    (change,) = stepper.records.history.last(1)[0].changes
    assert (change.field, change.before, change.after) == ("sort_title", "Shorts 003", "Shorts 004")
    stepper.now += 60
    last = stepper.records.changes.last_of_scene(scene)[0]
    stepper.put(undo_job(Choice(scene_id=scene, since=last.at), now=stepper.now))
    stepper.drain()
    assert sort_title(stepper, key) == ("Shorts 003", True)


def test_sort_title_that_equals_the_title_is_not_written_again_and_again(stepper: Stepper) -> None:
    stepper.configure(**ON)
    key, scene = film(stepper, group="Sintel", place=3)
    stepper.stash.save_scene(scene, title="Sintel 003")
    stepper.sync(scene)
    before = stepper.writes()
    stepper.sync(scene)
    assert (sort_title(stepper, key)[1], stepper.writes()) == (True, before)


def test_sort_title_left_alone_stays(stepper: Stepper) -> None:
    stepper.configure(sort_by_group=True, skip_fields="poster, sort_title")
    key, scene = film(stepper, titleSort="Alien 02")
    stepper.sync(scene)
    assert sort_title(stepper, key) == ("Alien 02", False)


def test_episode_is_sorted_by_its_place_too_and_untitled_scenes_are(stepper: Stepper) -> None:
    stepper.configure(**ON)
    section = stepper.plex.state.add_section("Shows", "show", ["/media"]).key
    key = stepper.item("one.mkv", section=section, show="Caminandes", episode=1)
    scene = stepper.scene("one.mkv")
    put(stepper, scene, 1)
    stepper.sync(scene)
    assert sort_title(stepper, key) == ("Shorts 001", True)
