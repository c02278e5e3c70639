"""Plex came back from a backup, or has an item anew: what it shows is older than what we wrote, and nobody edited it."""

from typing import Any

import pytest

from tests.worker.losing import WORK, films, look, lose
from tests.worker.test_pictures import RED
from worker.control.jobs import INDEX, control_job
from worker.facts import UPDATES_MOVE


@pytest.mark.parametrize("back_to", ["before the first sync", "between two writes"])
def test_item_of_a_restored_plex_is_healed_although_edits_are_kept(bench, back_to):
    bench.configure(preserve_plex_edits=True)
    (scene,), (key,) = films(bench, "Sintel")
    between = _item_as_it_is(bench, key)
    bench.stash.save_form(scene, title="Second", details="Second")
    bench.sync(scene)
    bench.now += 100
    bench.sync(scene)
    item = bench.plex.state.items[key]
    if back_to == "between two writes":
        _put_back(item, between)
    else:
        _put_back(item, {"values": {"title": "Sintel"}, "tags": {}, "locked": frozenset(), "updated_at": item.added_at})
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Second", "Second", "Open Films")


def test_edit_in_plex_is_kept_when_it_is_younger_than_our_write(bench):
    bench.configure(preserve_plex_edits=True)
    (scene,), (key,) = films(bench, "Sintel")
    bench.sync(scene)
    item = bench.plex.state.items[key]
    item.values["title"] = "My own"
    bench.plex.state.touch(item)
    item.added_at = int(bench.now) + 10**6  # people put films where they want them among the recently added
    bench.stash.save_form(scene, title="Second", details="Second")
    bench.sync(scene)
    assert look(bench, key)[:2] == ("My own", "Second")


def test_item_made_anew_under_its_key_is_healed_and_keeps_what_its_agent_knows(bench):
    bench.configure(preserve_plex_edits=True)
    (scene,), (key,) = films(bench, "Sintel")
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    bench.plex.state.remove_item(key)
    bench.plex.state.add_item(
        bench.section, "/media/Sintel.mkv", rating_key=key, summary="By the agent", added_at=bench.now
    )
    bench.now += 1
    for _ in range(2):
        bench.sync(scene)
        assert look(bench, key)[:3] == ("Sintel (mine)", "By the agent", "Open Films")
        bench.now += 100


def _item_as_it_is(bench: Any, key: int) -> dict[str, Any]:
    item = bench.plex.state.items[key]
    return {
        "values": dict(item.values),
        "tags": dict(item.tags),
        "locked": item.locked,
        "updated_at": item.updated_at,
    }


def _put_back(item: Any, kept: dict[str, Any]) -> None:
    for name, value in kept.items():
        setattr(item, name, value)


def test_item_of_a_restored_plex_counts_as_known_once_it_shows_what_stash_says(bench):
    (scene,), (key,) = films(bench, "Sintel")
    bench.sync(scene)
    between = _item_as_it_is(bench, key)
    bench.stash.save_form(scene, title="Second")
    bench.sync(scene)
    bench.now += 100
    bench.sync(scene)
    _put_back(bench.plex.state.items[key], between)
    bench.stash.save_form(scene, title="Sintel (mine)")
    bench.sync(scene)
    bench.now += 100
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Sintel (mine)", "", "Open Films")


def test_stars_that_move_no_time_in_plex_make_no_item_older_than_our_write(bench):
    (scene,), (key,) = films(bench, "Sintel")
    bench.sync(scene)
    item = bench.plex.state.items[key]
    moved_at = item.updated_at
    bench.stash.save_form(scene, rating100=None)
    bench.sync(scene)
    item.updated_at = moved_at
    bench.now += 100
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[1] == ""


def test_cover_that_is_chosen_already_makes_no_item_older_than_our_write(bench):
    (scene,), (key,) = films(bench, "Sintel", cover=RED)
    bench.sync(scene)
    bench.now += 100
    (scene,) = lose(bench, "database", [scene])
    bench.stash.save_scene(scene, title="Sintel (mine)", **WORK, cover=RED)
    uploads = bench.writes()
    bench.sync(scene)
    assert bench.writes() == uploads
    bench.now += 100
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[1] == ""


def test_another_server_is_not_believed_to_move_its_times_because_the_one_before_did(bench):
    (scene,), _ = films(bench, "Sintel")
    bench.sync(scene)
    assert bench.records.facts.get(UPDATES_MOVE) is True
    bench.parts.plex.forget()
    bench.plex.restart_as("another-machine")
    bench.put(control_job(INDEX, {}, now=bench.now))
    bench.drain()
    assert bench.worker.pause is None
    assert bench.records.facts.get(UPDATES_MOVE) is None


def test_record_of_an_item_is_found_again_when_a_backup_of_plex_is_undone_by_another(bench):
    (scene,), (key,) = films(bench, "Sintel")
    item = bench.plex.state.items[key]
    bench.plex.state.remove_item(key)
    bench.plex.state.add_item(bench.section, "/media/Spring.mkv", rating_key=key, title="Spring")
    spring = bench.scene("Spring.mkv", title="Spring (mine)")
    bench.later(60)
    bench.sync(spring)
    assert bench.records.originals.get_many([key])[key].values["title"] == "Spring"
    bench.plex.state.put_back(item)
    bench.parts.plex.index().forget([key])
    bench.put(control_job("index", {}, now=bench.now))
    bench.drain()
    bench.sync(scene)
    assert bench.records.originals.get_many([key])[key].values["title"] == "Sintel"
