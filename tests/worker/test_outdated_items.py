"""Plex came back from a backup, or has an item anew: what it shows is older than what we wrote, and nobody edited it."""

from typing import Any

import pytest

from plex.artwork import sha1_of as sha1
from tests.worker.losing import WORK, films, look, lose
from tests.worker.test_pictures import RED
from tests.worker.test_taking import take
from worker.control.jobs import control_job
from worker.control.kinds import INDEX
from worker.facts import UPDATES_MOVE


@pytest.mark.parametrize("back_to", ["before the first sync", "between two writes"])
def test_item_of_a_restored_plex_is_healed_although_edits_are_kept(stepper, back_to):
    scene, key, between = _written_twice(stepper)
    item = stepper.plex.state.items[key]
    if back_to == "between two writes":
        _put_back(item, between)
    else:
        _put_back(item, {"values": {"title": "Sintel"}, "tags": {}, "locked": frozenset(), "updated_at": item.added_at})
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Second", "Second", "Open Films")


def test_item_of_a_restored_plex_is_healed_whole_when_one_field_of_it_is_taken(stepper):
    scene, key, between = _written_twice(stepper)
    _put_back(stepper.plex.state.items[key], between)
    take(stepper, scene, "title")
    stepper.drain()
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Second", "Second", "Open Films")


def test_pictures_of_an_item_that_came_back_come_with_the_field_that_is_taken(stepper):
    stepper.configure(background_image=True, preserve_plex_edits=True)
    (scene,), (key,) = films(stepper, "Sintel", cover=RED)
    item = stepper.plex.state.items[key]
    first = {"values": {"title": "Sintel"}, "tags": {}, "pictures": {}, "locked": frozenset()}
    stepper.now += 60
    stepper.stash.save_form(scene, title="Second", details="Second")
    stepper.sync(scene)
    stepper.now += 100
    _put_back(item, {**first, "updated_at": item.added_at})
    take(stepper, scene, "title")
    stepper.drain()
    shown = stepper.shown(key)
    assert (shown.poster_sha1, shown.background_sha1) == (sha1(RED), sha1(RED))


def test_edit_in_plex_is_kept_when_it_is_younger_than_our_write(stepper):
    stepper.configure(preserve_plex_edits=True)
    (scene,), (key,) = films(stepper, "Sintel")
    stepper.sync(scene)
    item = stepper.plex.state.items[key]
    item.values["title"] = "My own"
    stepper.plex.state.touch(item)
    item.added_at = int(stepper.now) + 10**6  # people put films where they want them among the recently added
    stepper.stash.save_form(scene, title="Second", details="Second")
    stepper.sync(scene)
    assert look(stepper, key)[:2] == ("My own", "Second")


def test_item_made_anew_under_its_key_is_healed_and_keeps_what_its_agent_knows(stepper):
    stepper.configure(preserve_plex_edits=True)
    (scene,), (key,) = films(stepper, "Sintel")
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    stepper.plex.state.remove_item(key)
    stepper.plex.state.add_item(
        stepper.section, "/media/Sintel.mkv", rating_key=key, summary="By the agent", added_at=stepper.now
    )
    stepper.now += 1
    for _ in range(2):
        stepper.sync(scene)
        assert look(stepper, key)[:3] == ("Sintel (mine)", "By the agent", "Open Films")
        stepper.now += 100


def _written_twice(stepper: Any) -> tuple[int, int, dict[str, Any]]:
    """A scene whose edits in Plex are kept, its item, and how that was between our two writes."""
    stepper.configure(preserve_plex_edits=True)
    (scene,), (key,) = films(stepper, "Sintel")
    between = _item_as_it_is(stepper, key)
    stepper.stash.save_form(scene, title="Second", details="Second")
    stepper.sync(scene)
    stepper.now += 100
    stepper.sync(scene)
    return scene, key, between


def _item_as_it_is(stepper: Any, key: int) -> dict[str, Any]:
    item = stepper.plex.state.items[key]
    return {
        "values": dict(item.values),
        "tags": dict(item.tags),
        "locked": item.locked,
        "updated_at": item.updated_at,
    }


def _put_back(item: Any, kept: dict[str, Any]) -> None:
    for name, value in kept.items():
        setattr(item, name, value)


def test_item_of_a_restored_plex_counts_as_known_once_it_shows_what_stash_says(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    stepper.sync(scene)
    between = _item_as_it_is(stepper, key)
    stepper.stash.save_form(scene, title="Second")
    stepper.sync(scene)
    stepper.now += 100
    stepper.sync(scene)
    _put_back(stepper.plex.state.items[key], between)
    stepper.stash.save_form(scene, title="Sintel (mine)")
    stepper.sync(scene)
    stepper.now += 100
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Sintel (mine)", "", "Open Films")


def test_stars_that_move_no_time_in_plex_make_no_item_older_than_our_write(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    stepper.sync(scene)
    item = stepper.plex.state.items[key]
    moved_at = item.updated_at
    stepper.stash.save_form(scene, rating100=None)
    stepper.sync(scene)
    item.updated_at = moved_at
    stepper.now += 100
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[1] == ""


def test_cover_that_is_chosen_already_makes_no_item_older_than_our_write(stepper):
    (scene,), (key,) = films(stepper, "Sintel", cover=RED)
    stepper.sync(scene)
    stepper.now += 100
    (scene,) = lose(stepper, "database", [scene])
    stepper.stash.save_scene(scene, title="Sintel (mine)", **WORK, cover=RED)
    uploads = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == uploads
    stepper.now += 100
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[1] == ""


def test_another_server_is_not_believed_to_move_its_times_because_the_one_before_did(stepper):
    (scene,), _ = films(stepper, "Sintel")
    stepper.sync(scene)
    assert stepper.records.facts.get(UPDATES_MOVE) is True
    stepper.parts.plex.forget()
    stepper.plex.restart_as("another-machine")
    stepper.put(control_job(INDEX, {}, now=stepper.now))
    stepper.drain()
    assert stepper.worker.pause is None
    assert stepper.records.facts.get(UPDATES_MOVE) is None


def test_record_of_an_item_is_found_again_when_a_backup_of_plex_is_undone_by_another(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    item = stepper.plex.state.items[key]
    stepper.plex.state.remove_item(key)
    stepper.plex.state.add_item(stepper.section, "/media/Spring.mkv", rating_key=key, title="Spring")
    spring = stepper.scene("Spring.mkv", title="Spring (mine)")
    stepper.later(60)
    stepper.sync(spring)
    assert stepper.records.originals.get_many([key])[key].values["title"] == "Spring"
    stepper.plex.state.put_back(item)
    stepper.parts.plex.index().forget([key])
    stepper.put(control_job("index", {}, now=stepper.now))
    stepper.drain()
    stepper.sync(scene)
    assert stepper.records.originals.get_many([key])[key].values["title"] == "Sintel"
