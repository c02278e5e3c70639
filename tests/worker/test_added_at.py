"""Plex's date added as in Stash: it rides in the edit, tells items apart as before, and is given back."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from plex.moments import epoch_of, moment_of
from tests.stepper import Stepper
from worker.control.jobs import control_job
from worker.control.kinds import RECONCILE, RESTORE
from worker.facts import RECORDS_NAME

DAY_S = 86_400


def film(stepper: Stepper, name: str = "Sintel", *, section: int | None = None, **item: Any) -> tuple[int, int]:
    """Rating key and scene of a film that Stash has had since two days before Plex, which has it for a day."""
    where = {"section": section} if section else {}
    key = stepper.item(f"{name}.mkv", added_at=stepper.now - DAY_S, **where, **item)
    return key, scene_of(stepper, name, days=3, title=f"{name}!")


def scene_of(stepper: Stepper, name: str, *, days: int, **fields: Any) -> int:
    """A scene that Stash has had for so many days."""
    scene = stepper.scene(f"{name}.mkv", **fields)
    stepper.stash.library.scenes[scene].created_at = int(stepper.now - days * DAY_S)
    return scene


def added(stepper: Stepper, key: int) -> int:
    """How many days ago the item was added."""
    return round((stepper.now - stepper.shown(key).added_at) / DAY_S)


def settle(stepper: Stepper, **settings: Any) -> None:
    stepper.configure(**settings)
    stepper.drain()
    stepper.drain()


def test_date_rides_in_the_edit_and_is_locked(stepper: Stepper) -> None:
    stepper.configure(added_at=True, skip_fields="poster")
    key, scene = film(stepper)
    stepper.sync(scene)
    assert (added(stepper, key), stepper.writes()) == (3, 1)
    assert "addedAt" in stepper.shown(key).locked
    stepper.sync(scene)
    assert stepper.writes() == 1


def test_scene_that_was_just_made_has_its_date_with_the_first_sync(stepper: Stepper) -> None:
    stepper.configure(added_at=True)
    key = stepper.item("Sintel.mkv", added_at=stepper.now - DAY_S)
    scene = scene_of(stepper, "Sintel", days=0, title="Sintel!")
    stepper.sync(scene)
    assert added(stepper, key) == 0
    edits = stepper.plex.journal.count("edit")
    stepper.now += 100
    stepper.sync(scene)
    assert stepper.plex.journal.count("edit") == edits


def test_date_is_left_alone_without_the_setting(stepper: Stepper) -> None:
    key, scene = film(stepper)
    stepper.sync(scene)
    assert added(stepper, key) == 1
    assert "addedAt" not in stepper.shown(key).locked


def test_setting_makes_all_due_once_and_leaves_what_is_written_when_it_is_off_again(stepper: Stepper) -> None:
    key, scene = film(stepper)
    stepper.sync(scene)
    settle(stepper, added_at=True)
    assert added(stepper, key) == 3
    before = stepper.writes()
    settle(stepper)
    assert (added(stepper, key), stepper.writes()) == (3, before)


def test_date_follows_to_a_later_time_once_and_from_then_on_to_an_earlier_one_only(stepper: Stepper) -> None:
    stepper.configure(added_at=True)
    key = stepper.item("Sintel.mkv", added_at=stepper.now - 9 * DAY_S)
    scene = scene_of(stepper, "Sintel", days=3)
    stepper.sync(scene)
    assert added(stepper, key) == 3
    stepper.stash.destroy_scene(scene)
    anew = scene_of(stepper, "Sintel", days=1)
    stepper.sync(scene, anew)
    assert added(stepper, key) == 3, "a scene that was scanned again is nothing new"


def test_time_that_is_still_to_come_is_not_sent(stepper: Stepper) -> None:
    stepper.configure(added_at=True)
    key = stepper.item("Sintel.mkv", added_at=stepper.now - DAY_S)
    stepper.sync(scene_of(stepper, "Sintel", days=-1, title="Sintel!"))
    assert (added(stepper, key), stepper.shown(key).title) == (1, "Sintel!")


def test_episode_gets_the_date(stepper: Stepper) -> None:
    shows = stepper.plex.state.add_section("Shows", "show", locations=["/media/shows"]).key
    stepper.configure(added_at=True)
    key, scene = film(stepper, "shows/Sintel", section=shows)
    stepper.sync(scene)
    assert added(stepper, key) == 3


@pytest.mark.parametrize("sizes", [{}, {"/media/Sintel.mkv": 0}], ids=["sizes", "no sizes"])
def test_item_is_known_by_the_date_that_it_got(stepper: Stepper, sizes: dict[str, int]) -> None:
    """A comparison finds nothing, and what was written is still known to be ours."""
    stepper.configure(added_at=True)
    key, scene = film(stepper)
    stepper.plex.state.items[key].sizes = sizes
    stepper.sync(scene)
    stepper.now += 3600
    before = stepper.stats()["completed"]
    stepper.put(control_job(RECONCILE, {}, now=stepper.now))
    stepper.drain()
    assert stepper.stats()["completed"] - before == 1, "the comparison"
    stepper.stash.save_scene(scene, title="")
    stepper.sync(scene, fields=("title",))
    assert stepper.shown(key).title == "Sintel", "the title of ours gave way to the file's name"


def test_backup_of_plex_gets_the_date_again(stepper: Stepper) -> None:
    stepper.configure(added_at=True)
    key, scene = film(stepper)
    stepper.now += 10
    backup = stepper.plex.state.backup()
    stepper.sync(scene)
    stepper.now += 3600
    stepper.plex.state.restore(backup)
    stepper.sync(scene)
    assert added(stepper, key) == 3
    assert stepper.shown(key).title == "Sintel!"


def test_restore_gives_the_date_back_and_the_item_is_known_afterwards(stepper: Stepper) -> None:
    stepper.configure(added_at=True)
    key, scene = film(stepper)
    stepper.plex.state.items[key].sizes = {"/media/Sintel.mkv": 0}
    was = stepper.shown(key).added_at
    stepper.sync(scene)
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert stepper.shown(key).added_at == was
    assert "addedAt" not in stepper.shown(key).locked
    stepper.sync(scene)
    assert added(stepper, key) == 3


def test_date_is_given_back_although_an_older_version_has_met_the_item(stepper: Stepper) -> None:
    key, scene = film(stepper)
    stepper.sync(scene)
    was = stepper.shown(key).added_at
    forget = "UPDATE originals SET field_values = json_remove(field_values, '$.added_at', '$.title')"
    with closing(sqlite3.connect(stepper.data_dir / RECORDS_NAME)) as connection, connection:
        connection.execute(forget)
    settle(stepper, added_at=True)
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert stepper.shown(key).added_at == was
    assert stepper.shown(key).title == "Sintel!", "what was ours before it could be put down is nothing of before"


def test_restore_takes_back_the_lock_of_a_date_that_was_equal_when_an_older_version_has_met_the_item(
    stepper: Stepper,
) -> None:
    key, scene = film(stepper)
    stepper.plex.state.items[key].added_at = stepper.stash.library.scenes[scene].created_at
    stepper.sync(scene)
    with closing(sqlite3.connect(stepper.data_dir / RECORDS_NAME)) as connection, connection:
        connection.execute("UPDATE originals SET field_values = json_remove(field_values, '$.added_at')")
    settle(stepper, added_at=True)
    assert "addedAt" in stepper.shown(key).locked
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert (added(stepper, key), "addedAt" in stepper.shown(key).locked) == (3, False)


def test_new_items_are_found_beside_those_with_older_dates(stepper: Stepper) -> None:
    stepper.configure(added_at=True)
    keys = [film(stepper, f"Film {number}") for number in range(3)]
    stepper.sync(*(scene for _, scene in keys))
    stepper.now += 100
    key, scene = stepper.item("New.mkv"), stepper.scene("New.mkv", title="New!")
    stepper.sync(scene)
    assert stepper.shown(key).title == "New!"


def test_nothing_is_lost_from_the_index_when_dates_move_while_plex_is_listed(stepper: Stepper) -> None:
    """Pages are by the date added: an item that moves to the end would make room at each border of a page."""
    old = [stepper.item(f"Film {number}.mkv", added_at=stepper.now - 9 * DAY_S + number) for number in range(1200)]
    scene = scene_of(stepper, "Film 0", days=1, title="Moved!")
    stepper.configure(added_at=True)
    index = stepper.parts.plex.index()
    stepper.sync(stepper.scene("Film 1.mkv"))
    reading = index.reread(stepper.parts.plex.client(), stepper.parts.plex.sections())
    next(reading)
    stepper.sync(scene)
    list(reading)
    assert stepper.shown(old[0]).title == "Moved!"
    assert {key for number in range(1200) for key in keys_of(stepper, f"/media/Film {number}.mkv")} == set(old)


def keys_of(stepper: Stepper, plex_path: str) -> list[int]:
    return [entry.rating_key for entry in stepper.parts.plex.index().lookup(plex_path)]


def test_moments_come_back_as_they_were() -> None:
    assert moment_of(1_796_065_200) == "2026-11-30 19:00:00 UTC"
    assert epoch_of("2026-11-30 19:00:00 UTC") == 1_796_065_200
    assert (moment_of(0), moment_of(-5), moment_of(10**17), epoch_of(""), epoch_of("soon")) == ("", "", "", 0, 0)
