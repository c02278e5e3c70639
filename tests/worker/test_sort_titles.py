"""The sort title follows the title, stays where somebody chose it, and is given back, on servers of each kind."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from records import Choice
from tests.fakes.plex import Fault
from worker.control.jobs import control_job, undo_job
from worker.control.kinds import RESTORE
from worker.facts import progress_fact

READINGS = ["stays", "follows"]


def sorted_by(stepper: Any, key: int) -> str:
    """The text by which Plex sorts the item."""
    values = stepper.shown(key).values
    return str(values.get("titleSort") or values["title"])


def film(stepper: Any, name: str = "tears_of_steel", called: str = "Tears of Steel 4k", **item: Any) -> tuple[int, int]:
    """A film that Plex knows by its file: rating key and scene."""
    return stepper.item(f"{name}.mkv", **item), stepper.scene(f"{name}.mkv", title=called)


def titled_by_1_1(stepper: Any, *films: tuple[int, int]) -> None:
    """As versions up to 1.1 left them: the title is written, the sort title is neither moved nor known to any record."""
    stepper.configure(skip_fields="poster, sort_title")
    stepper.sync(*(scene for _, scene in films))
    stepper.configure(skip_fields="poster")
    with closing(sqlite3.connect(stepper.data_dir / "state.db")) as connection, connection:
        connection.execute("UPDATE originals SET field_values = json_remove(field_values, '$.sort_title')")


def save(stepper: Any, scene: int, **fields: Any) -> None:
    stepper.now += 60
    stepper.stash.save_scene(scene, **fields)
    stepper.sync(scene, fields=tuple(fields))


def restore(stepper: Any) -> list[str]:
    """Restore everything; return the notes about what could not be restored."""
    stepper.now += 60
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    notes: list[str] = stepper.records.facts.get(progress_fact(RESTORE))["notes"]
    return notes


def last_sync(stepper: Any) -> list[tuple[str, Any, Any]]:
    """The last sync, as people read it."""
    return [(change.field, change.before, change.after) for change in stepper.records.history.last(1)[0].changes]


@pytest.mark.parametrize("reading", READINGS)
def test_item_is_sorted_by_each_title_that_stash_gives_it_with_one_edit(stepper, reading):
    stepper.plex.options.sort_title = reading
    key, scene = film(stepper, called="The Tears")
    stepper.sync(scene)
    assert (sorted_by(stepper, key), stepper.writes()) == ("Tears", 1)
    assert "titleSort" not in stepper.shown(key).locked
    assert last_sync(stepper) == [("title", "tears_of_steel", "The Tears")]
    save(stepper, scene, title="Mango")
    assert (sorted_by(stepper, key), stepper.writes()) == ("Mango", 2)
    save(stepper, scene, details="Of robots.")
    stepper.sync(scene)
    assert (sorted_by(stepper, key), stepper.writes()) == ("Mango", 3)


def test_episode_is_sorted_by_its_title(stepper):
    section = stepper.plex.state.add_section("Shows", "show", ["/media"]).key
    key, scene = film(stepper, section=section, show="Caminandes", episode=1)
    stepper.sync(scene)
    assert sorted_by(stepper, key) == "Tears of Steel 4k"


@pytest.mark.parametrize("reading", READINGS)
def test_sort_title_that_the_user_locked_stays(stepper, reading):
    stepper.plex.options.sort_title = reading
    key, scene = film(stepper)
    stepper.plex.state.items[key].values["titleSort"] = "Project Mango"
    stepper.plex.state.items[key].locked = frozenset({"titleSort"})
    stepper.sync(scene)
    save(stepper, scene, title="Mango")
    assert (stepper.shown(key).title, sorted_by(stepper, key)) == ("Mango", "Project Mango")
    assert "titleSort" in stepper.shown(key).locked
    restore(stepper)
    assert (stepper.shown(key).title, sorted_by(stepper, key)) == ("tears_of_steel", "Project Mango")
    assert stepper.shown(key).locked == {"titleSort"}


@pytest.mark.parametrize("off", ["title", "sort_title"])
def test_sort_title_stays_when_it_or_its_title_is_left_alone(stepper, off):
    stepper.configure(skip_fields=f"poster, {off}")
    key, scene = film(stepper)
    stepper.sync(scene)
    save(stepper, scene, details="Of robots.")
    assert sorted_by(stepper, key) == "tears_of_steel"


@pytest.mark.parametrize("reading", READINGS)
def test_undo_gives_value_and_lock_of_the_sort_title_back(stepper, reading):
    stepper.plex.options.sort_title = reading
    key, scene = film(stepper)
    stepper.plex.state.items[key].values["titleSort"] = "Dream 02"
    before = dict(stepper.shown(key).values)
    stepper.sync(scene)
    assert sorted_by(stepper, key) == "Tears of Steel 4k"
    stepper.now += 60
    change = stepper.records.changes.last_of_scene(scene)[0]
    stepper.put(undo_job(Choice(scene_id=scene, since=change.at), now=stepper.now))
    stepper.drain()
    assert (dict(stepper.shown(key).values), stepper.shown(key).locked) == (before, frozenset())
    stepper.sync(scene)
    assert dict(stepper.shown(key).values) == before, "it is pinned with its title"
    save(stepper, scene, title="Mango")
    assert sorted_by(stepper, key) == "Mango"
    restore(stepper)
    assert (dict(stepper.shown(key).values), stepper.shown(key).locked) == (before, frozenset())


def test_undo_leaves_a_sort_title_that_was_edited_in_plex_since_and_says_so(stepper):
    key, scene = film(stepper)
    stepper.sync(scene)
    stepper.plex.state.items[key].values["titleSort"] = "Mine"
    stepper.plex.state.items[key].locked |= {"titleSort"}
    change = stepper.records.changes.last_of_scene(scene)[0]
    stepper.now += 60
    job = undo_job(Choice(scene_id=scene, since=change.at), now=stepper.now)
    stepper.put(job)
    stepper.drain()
    assert (stepper.shown(key).title, sorted_by(stepper, key)) == ("tears_of_steel", "Mine")
    assert stepper.shown(key).locked == {"titleSort"}
    (note,) = stepper.records.facts.get(progress_fact(job["job_key"]))["notes"]
    assert "sort_title stays: changed in Plex since the last sync" in note


def test_restore_says_once_that_title_and_sort_title_were_edited_in_plex_since(stepper):
    key, scene = film(stepper)
    stepper.plex.state.items[key].values["titleSort"] = "Dream 02"
    stepper.sync(scene)
    stepper.plex.state.items[key].values.update(title="Mine", titleSort="Mine too")
    (note,) = restore(stepper)
    assert "title stays: changed in Plex since the last sync" in note
    assert (stepper.shown(key).title, sorted_by(stepper, key)) == ("Mine", "Mine too")


def test_sort_title_that_changed_in_plex_since_stays_when_edits_are_preserved(stepper):
    stepper.configure(preserve_plex_edits=True)
    key, scene = film(stepper)
    stepper.sync(scene)
    stepper.plex.state.items[key].values["titleSort"] = "Mine"
    save(stepper, scene, title="Mango")
    assert (stepper.shown(key).title, sorted_by(stepper, key)) == ("Mango", "Mine")
    stepper.configure(preserve_plex_edits=False)
    save(stepper, scene, title="Project Mango")
    assert sorted_by(stepper, key) == "Project Mango"


# -- what was synced before sort titles were --------------------------------------------------------------------------


def test_sort_titles_left_over_by_a_version_of_before_are_mended_in_one_request_and_told(stepper):
    films = [film(stepper, f"movie.{number}.1080p", f"Open Movie {number}") for number in range(20)]
    titled_by_1_1(stepper, *films)
    assert {sorted_by(stepper, key) for key, _ in films} == {f"movie.{number}.1080p" for number in range(20)}
    stepper.plex.journal.clear_log()
    stepper.sync(*(scene for _, scene in films))
    assert {sorted_by(stepper, key) for key, _ in films} == {f"Open Movie {number}" for number in range(20)}
    assert (stepper.writes(), stepper.plex.journal.count("metadata")) == (1, 1)
    assert last_sync(stepper) == [("sort_title", "movie.19.1080p", "Open Movie 19")]
    stepper.sync(*(scene for _, scene in films))
    assert stepper.writes() == 1
    assert restore(stepper) == []
    assert [dict(stepper.shown(key).values) for key, _ in films] == [
        {"title": f"movie.{number}.1080p"} for number in range(20)
    ]


@pytest.mark.parametrize("reading", [*READINGS, "stuck"])
def test_no_server_is_written_to_with_each_sync(stepper, reading):
    stepper.plex.options.sort_title = reading
    (key, scene), (other, other_scene) = film(stepper), film(stepper, "mango", "Project Mango")
    titled_by_1_1(stepper, (key, scene))
    stepper.sync(scene, other_scene)
    stepper.sync(scene, other_scene)
    writes = stepper.writes()
    for _ in range(3):
        stepper.sync(scene, other_scene)
    assert stepper.writes() == writes
    is_mended = reading != "stuck"
    assert (sorted_by(stepper, key) == "Tears of Steel 4k", sorted_by(stepper, other) == "Project Mango") == (
        is_mended,
        is_mended,
    )


@pytest.mark.parametrize("chosen", ["Dream 02", "Tears of Steel"])
def test_sort_title_that_somebody_chose_stays_where_the_title_is_right(stepper, chosen):
    """Also where it happens to be the file's name, of an item to which we wrote no title."""
    key, scene = film(stepper, "Tears of Steel", "Mango", title="Mango", titleSort=chosen)
    stepper.sync(scene)
    save(stepper, scene, details="Of robots.")
    assert sorted_by(stepper, key) == chosen
    written = film(stepper, "mango", "Project Mango")
    titled_by_1_1(stepper, written)
    stepper.plex.state.items[written[0]].values["titleSort"] = "Dream 03"
    stepper.sync(written[1])
    assert sorted_by(stepper, written[0]) == "Dream 03"


def test_sort_title_of_before_is_given_back_although_the_original_did_not_know_it(stepper):
    key, scene = film(stepper, titleSort="Dream 02")
    before = dict(stepper.shown(key).values)
    titled_by_1_1(stepper, (key, scene))
    save(stepper, scene, title="Mango")
    assert sorted_by(stepper, key) == "Mango"
    restore(stepper)
    assert dict(stepper.shown(key).values) == before


def test_title_of_before_is_put_back_with_the_sort_title_that_was_mended_since(stepper):
    key, scene = film(stepper)
    titled_by_1_1(stepper, (key, scene))
    change = stepper.records.changes.last_of_scene(scene)[0]
    stepper.now += 60
    stepper.sync(scene)
    assert sorted_by(stepper, key) == "Tears of Steel 4k"
    stepper.put(undo_job(Choice(since=change.at), now=stepper.now))
    stepper.drain()
    assert dict(stepper.shown(key).values) == {"title": "tears_of_steel"}


def test_edit_of_which_nobody_saw_the_end_leaves_the_item_sorted_by_its_title(stepper):
    key, scene = film(stepper)
    stepper.plex.faults.add(Fault("reset", request_kind="edit", applied=True, times=1))
    stepper.sync(scene)
    stepper.later(600)
    assert (stepper.shown(key).title, sorted_by(stepper, key)) == ("Tears of Steel 4k", "Tears of Steel 4k")


def test_dry_run_names_a_sort_title_only_where_it_goes_alone(stepper, caplog):
    mended, new = film(stepper), film(stepper, "mango", "Project Mango")
    titled_by_1_1(stepper, mended)
    stepper.configure(dry_run=True, skip_fields="poster")
    caplog.clear()  # another test may have left the level lower
    with caplog.at_level("INFO", "stash2plex.worker"):
        stepper.sync(mended[1], new[1])
    messages = [line for line in caplog.messages if line.startswith("Dry run")]
    assert messages == [
        f'Dry run: scene {mended[1]}, item {mended[0]}: sort_title: "tears_of_steel" -> "Tears of Steel 4k"',
        f'Dry run: scene {new[1]}, item {new[0]}: title: "mango" -> "Project Mango"',
    ]


def test_sort_title_that_something_puts_back_is_mended_again_where_the_server_builds_one(stepper):
    """As a refresh may do: the sort title carries no lock."""
    key, scene = film(stepper)
    stepper.sync(scene)
    for writes in (2, 3):
        stepper.plex.state.items[key].values["titleSort"] = "tears_of_steel"
        stepper.sync(scene)
        assert (sorted_by(stepper, key), stepper.writes()) == ("Tears of Steel 4k", writes)
        stepper.sync(scene)
        assert stepper.writes() == writes


def test_title_is_put_back_with_a_sort_title_that_a_later_sync_has_mended(stepper):
    key, scene = film(stepper)
    stepper.sync(scene)
    first = stepper.records.changes.last_of_scene(scene)[0]
    stepper.plex.state.items[key].values["titleSort"] = "tears_of_steel"
    stepper.now += 60
    stepper.sync(scene)
    assert stepper.records.changes.last_of_scene(scene)[0].after == {"sort_title": ""}
    stepper.now += 60
    job = undo_job(Choice(scene_id=scene, since=first.at), now=stepper.now)
    stepper.put(job)
    stepper.drain()
    assert dict(stepper.shown(key).values) == {"title": "tears_of_steel"}
    assert stepper.records.facts.get(progress_fact(job["job_key"]))["notes"] == []
