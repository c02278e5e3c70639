"""By what Plex sorts an item: it follows the title, stays where somebody chose it, and is given back; over servers of each kind."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from records import Choice
from tests.fakes.plex import Fault
from worker.control.jobs import RESTORE, control_job, undo_job
from worker.facts import progress_fact

READINGS = ["stays", "follows"]


def sorted_by(bench: Any, key: int) -> str:
    """What decides where the item stands in its library."""
    values = bench.shown(key).values
    return str(values.get("titleSort") or values["title"])


def film(bench: Any, name: str = "tears_of_steel", called: str = "Tears of Steel 4k", **item: Any) -> tuple[int, int]:
    """A film that Plex knows by its file: rating key and scene."""
    return bench.item(f"{name}.mkv", **item), bench.scene(f"{name}.mkv", title=called)


def titled_by_1_1(bench: Any, *films: tuple[int, int]) -> None:
    """As versions up to 1.1 left them: the title is written, the sort title is neither moved nor known to any record."""
    bench.configure(skip_fields="poster, sort_title")
    bench.sync(*(scene for _, scene in films))
    bench.configure(skip_fields="poster")
    with closing(sqlite3.connect(bench.data_dir / "state.db")) as connection, connection:
        connection.execute("UPDATE originals SET field_values = json_remove(field_values, '$.sort_title')")


def save(bench: Any, scene: int, **fields: Any) -> None:
    bench.now += 60
    bench.stash.save_scene(scene, **fields)
    bench.sync(scene, fields=tuple(fields))


def restore(bench: Any) -> list[str]:
    """Give everything back; what could not be."""
    bench.now += 60
    bench.put(control_job(RESTORE, {}, now=bench.now))
    bench.drain()
    notes: list[str] = bench.records.facts.get(progress_fact(RESTORE))["notes"]
    return notes


def told(bench: Any) -> list[tuple[str, Any, Any]]:
    """The last sync, as people read it."""
    return [(change.field, change.before, change.after) for change in bench.records.history.last(1)[0].changes]


@pytest.mark.parametrize("reading", READINGS)
def test_item_is_sorted_by_each_title_that_stash_gives_it_with_one_edit(bench, reading):
    bench.plex.options.sort_title = reading
    key, scene = film(bench, called="The Tears")
    bench.sync(scene)
    assert (sorted_by(bench, key), bench.writes()) == ("Tears", 1)
    assert "titleSort" not in bench.shown(key).locked
    assert told(bench) == [("title", "tears_of_steel", "The Tears")]
    save(bench, scene, title="Mango")
    assert (sorted_by(bench, key), bench.writes()) == ("Mango", 2)
    save(bench, scene, details="Of robots.")
    bench.sync(scene)
    assert (sorted_by(bench, key), bench.writes()) == ("Mango", 3)


def test_episode_is_sorted_by_its_title(bench):
    section = bench.plex.state.add_section("Shows", "show", ["/media"]).key
    key, scene = film(bench, section=section, show="Caminandes", episode=1)
    bench.sync(scene)
    assert sorted_by(bench, key) == "Tears of Steel 4k"


@pytest.mark.parametrize("reading", READINGS)
def test_sort_title_that_the_user_locked_stays(bench, reading):
    bench.plex.options.sort_title = reading
    key, scene = film(bench)
    bench.plex.state.items[key].values["titleSort"] = "Project Mango"
    bench.plex.state.items[key].locked = frozenset({"titleSort"})
    bench.sync(scene)
    save(bench, scene, title="Mango")
    assert (bench.shown(key).title, sorted_by(bench, key)) == ("Mango", "Project Mango")
    assert "titleSort" in bench.shown(key).locked
    restore(bench)
    assert (bench.shown(key).title, sorted_by(bench, key)) == ("tears_of_steel", "Project Mango")
    assert bench.shown(key).locked == {"titleSort"}


@pytest.mark.parametrize("off", ["title", "sort_title"])
def test_sort_title_stays_when_it_or_its_title_is_left_alone(bench, off):
    bench.configure(skip_fields=f"poster, {off}")
    key, scene = film(bench)
    bench.sync(scene)
    save(bench, scene, details="Of robots.")
    assert sorted_by(bench, key) == "tears_of_steel"


@pytest.mark.parametrize("reading", READINGS)
def test_undo_gives_value_and_lock_of_the_sort_title_back(bench, reading):
    bench.plex.options.sort_title = reading
    key, scene = film(bench)
    bench.plex.state.items[key].values["titleSort"] = "Dream 02"
    before = dict(bench.shown(key).values)
    bench.sync(scene)
    assert sorted_by(bench, key) == "Tears of Steel 4k"
    bench.now += 60
    change = bench.records.changes.last_of_scene(scene)[0]
    bench.put(undo_job(Choice(scene_id=scene, since=change.at), now=bench.now))
    bench.drain()
    assert (dict(bench.shown(key).values), bench.shown(key).locked) == (before, frozenset())
    bench.sync(scene)
    assert dict(bench.shown(key).values) == before, "it is pinned with its title"
    save(bench, scene, title="Mango")
    assert sorted_by(bench, key) == "Mango"
    restore(bench)
    assert (dict(bench.shown(key).values), bench.shown(key).locked) == (before, frozenset())


def test_undo_leaves_a_sort_title_that_was_edited_in_plex_since_and_says_so(bench):
    key, scene = film(bench)
    bench.sync(scene)
    bench.plex.state.items[key].values["titleSort"] = "Mine"
    bench.plex.state.items[key].locked |= {"titleSort"}
    change = bench.records.changes.last_of_scene(scene)[0]
    bench.now += 60
    job = undo_job(Choice(scene_id=scene, since=change.at), now=bench.now)
    bench.put(job)
    bench.drain()
    assert (bench.shown(key).title, sorted_by(bench, key)) == ("tears_of_steel", "Mine")
    assert bench.shown(key).locked == {"titleSort"}
    (note,) = bench.records.facts.get(progress_fact(job["job_key"]))["notes"]
    assert "sort_title stays: changed in Plex since the last sync" in note


def test_restore_says_once_that_title_and_sort_title_were_edited_in_plex_since(bench):
    key, scene = film(bench)
    bench.plex.state.items[key].values["titleSort"] = "Dream 02"
    bench.sync(scene)
    bench.plex.state.items[key].values.update(title="Mine", titleSort="Mine too")
    (note,) = restore(bench)
    assert "title stays: changed in Plex since the last sync" in note
    assert (bench.shown(key).title, sorted_by(bench, key)) == ("Mine", "Mine too")


def test_sort_title_that_changed_in_plex_since_stays_when_edits_are_preserved(bench):
    bench.configure(preserve_plex_edits=True)
    key, scene = film(bench)
    bench.sync(scene)
    bench.plex.state.items[key].values["titleSort"] = "Mine"
    save(bench, scene, title="Mango")
    assert (bench.shown(key).title, sorted_by(bench, key)) == ("Mango", "Mine")
    bench.configure(preserve_plex_edits=False)
    save(bench, scene, title="Project Mango")
    assert sorted_by(bench, key) == "Project Mango"


# -- what was synced before sort titles were --------------------------------------------------------------------------


def test_sort_titles_left_over_by_a_version_of_before_are_mended_in_one_request_and_told(bench):
    films = [film(bench, f"movie.{number}.1080p", f"Open Movie {number}") for number in range(20)]
    titled_by_1_1(bench, *films)
    assert {sorted_by(bench, key) for key, _ in films} == {f"movie.{number}.1080p" for number in range(20)}
    bench.plex.journal.clear_log()
    bench.sync(*(scene for _, scene in films))
    assert {sorted_by(bench, key) for key, _ in films} == {f"Open Movie {number}" for number in range(20)}
    assert (bench.writes(), bench.plex.journal.count("metadata")) == (1, 1)
    assert told(bench) == [("sort_title", "movie.19.1080p", "Open Movie 19")]
    bench.sync(*(scene for _, scene in films))
    assert bench.writes() == 1
    assert restore(bench) == []
    assert [dict(bench.shown(key).values) for key, _ in films] == [
        {"title": f"movie.{number}.1080p"} for number in range(20)
    ]


@pytest.mark.parametrize("reading", [*READINGS, "stuck"])
def test_no_server_is_written_to_with_each_sync(bench, reading):
    bench.plex.options.sort_title = reading
    (key, scene), (other, other_scene) = film(bench), film(bench, "mango", "Project Mango")
    titled_by_1_1(bench, (key, scene))
    bench.sync(scene, other_scene)
    bench.sync(scene, other_scene)
    writes = bench.writes()
    for _ in range(3):
        bench.sync(scene, other_scene)
    assert bench.writes() == writes
    is_mended = reading != "stuck"
    assert (sorted_by(bench, key) == "Tears of Steel 4k", sorted_by(bench, other) == "Project Mango") == (
        is_mended,
        is_mended,
    )


@pytest.mark.parametrize("chosen", ["Dream 02", "Tears of Steel"])
def test_sort_title_that_somebody_chose_stays_where_the_title_is_right(bench, chosen):
    """Also where it happens to be the file's name, of an item to which we wrote no title."""
    key, scene = film(bench, "Tears of Steel", "Mango", title="Mango", titleSort=chosen)
    bench.sync(scene)
    save(bench, scene, details="Of robots.")
    assert sorted_by(bench, key) == chosen
    written = film(bench, "mango", "Project Mango")
    titled_by_1_1(bench, written)
    bench.plex.state.items[written[0]].values["titleSort"] = "Dream 03"
    bench.sync(written[1])
    assert sorted_by(bench, written[0]) == "Dream 03"


def test_sort_title_of_before_is_given_back_although_the_original_did_not_know_it(bench):
    key, scene = film(bench, titleSort="Dream 02")
    before = dict(bench.shown(key).values)
    titled_by_1_1(bench, (key, scene))
    save(bench, scene, title="Mango")
    assert sorted_by(bench, key) == "Mango"
    restore(bench)
    assert dict(bench.shown(key).values) == before


def test_title_of_before_is_put_back_with_the_sort_title_that_was_mended_since(bench):
    key, scene = film(bench)
    titled_by_1_1(bench, (key, scene))
    change = bench.records.changes.last_of_scene(scene)[0]
    bench.now += 60
    bench.sync(scene)
    assert sorted_by(bench, key) == "Tears of Steel 4k"
    bench.put(undo_job(Choice(since=change.at), now=bench.now))
    bench.drain()
    assert dict(bench.shown(key).values) == {"title": "tears_of_steel"}


def test_edit_of_which_nobody_saw_the_end_leaves_the_item_sorted_by_its_title(bench):
    key, scene = film(bench)
    bench.plex.faults.add(Fault("reset", request_kind="edit", applied=True, times=1))
    bench.sync(scene)
    bench.later(600)
    assert (bench.shown(key).title, sorted_by(bench, key)) == ("Tears of Steel 4k", "Tears of Steel 4k")


def test_dry_run_names_a_sort_title_only_where_it_goes_alone(bench, caplog):
    mended, new = film(bench), film(bench, "mango", "Project Mango")
    titled_by_1_1(bench, mended)
    bench.configure(dry_run=True, skip_fields="poster")
    caplog.clear()  # another test may have left the level lower
    with caplog.at_level("INFO", "stash2plex.worker"):
        bench.sync(mended[1], new[1])
    said = [line for line in caplog.messages if line.startswith("Dry run")]
    assert said == [
        f'Dry run: scene {mended[1]}, item {mended[0]}: sort_title: "tears_of_steel" -> "Tears of Steel 4k"',
        f'Dry run: scene {new[1]}, item {new[0]}: title: "mango" -> "Project Mango"',
    ]


def test_sort_title_that_something_puts_back_is_mended_again_where_the_server_builds_one(bench):
    """As a refresh may do: the sort title carries no lock."""
    key, scene = film(bench)
    bench.sync(scene)
    for writes in (2, 3):
        bench.plex.state.items[key].values["titleSort"] = "tears_of_steel"
        bench.sync(scene)
        assert (sorted_by(bench, key), bench.writes()) == ("Tears of Steel 4k", writes)
        bench.sync(scene)
        assert bench.writes() == writes


def test_title_is_put_back_with_a_sort_title_that_a_later_sync_has_mended(bench):
    key, scene = film(bench)
    bench.sync(scene)
    first = bench.records.changes.last_of_scene(scene)[0]
    bench.plex.state.items[key].values["titleSort"] = "tears_of_steel"
    bench.now += 60
    bench.sync(scene)
    assert bench.records.changes.last_of_scene(scene)[0].after == {"sort_title": ""}
    bench.now += 60
    job = undo_job(Choice(scene_id=scene, since=first.at), now=bench.now)
    bench.put(job)
    bench.drain()
    assert dict(bench.shown(key).values) == {"title": "tears_of_steel"}
    assert bench.records.facts.get(progress_fact(job["job_key"]))["notes"] == []
