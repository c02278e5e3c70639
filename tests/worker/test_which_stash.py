"""Records that an older version left are believed where they hold, and another Stash is told from the one of before."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from records import Original
from tests.worker.losing import films, look
from worker.control.jobs import BEGIN_AFRESH, RESTORE, control_job


def as_of_before(bench: Any) -> None:
    """What is recorded as version 1.0.0 left it: of nobody known."""
    with closing(sqlite3.connect(bench.data_dir / "state.db")) as connection, connection:
        for statement in ("DELETE FROM scenes", "DELETE FROM items", "UPDATE written SET is_known = 0, wrote_at = 0"):
            connection.execute(statement)


def test_records_of_before_are_believed_where_plex_shows_what_was_written(bench):
    (scene,), (key,) = films(bench, "Sintel")
    as_of_before(bench)
    bench.records.write("DELETE FROM originals WHERE rating_key = ?", (key,))
    writes = bench.writes()
    bench.sync(scene)
    assert bench.writes() == writes
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Sintel (mine)", "", "Open Films")


def test_records_of_before_are_believed_where_the_file_was_renamed_since_the_original_was_kept(bench):
    (scene,), (key,) = films(bench, "Sintel")
    as_of_before(bench)
    bench.plex.state.items[key].media = (("/media/new/Sintel.mkv",),)
    bench.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Sintel (mine)", "", "Open Films")
    bench.put(control_job(RESTORE, {}, now=bench.now))
    bench.drain()
    assert look(bench, key)[0] == "Sintel"


def test_records_of_before_empty_nothing_of_a_stranger_and_stay_for_an_undo(bench):
    (scene,), (key,) = films(bench, "Sintel")
    as_of_before(bench)
    bench.records.write("DELETE FROM originals WHERE rating_key = ?", (key,))
    bench.records.before_edits([Original(key, bench.section, "movie", {"title": "?", "summary": "?"})], [])
    item = bench.plex.state.items[key]
    item.values.update(title="Stranger", summary="Of a stranger", studio="Strange")
    bench.plex.state.touch(item)
    bench.stash.save_form(scene, details="", studio=None)
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Sintel (mine)", "Of a stranger", "Strange")
    left = [one for one in bench.records.written.of_items([key])[key] if one.scene_id < 0]
    assert [one.values["summary"] for one in left] == ["Years of work"]


def test_nobody_sees_an_alarm_a_pause_or_a_whole_sync_because_of_the_update(bench):
    scenes, _ = films(bench, *(f"Film {number}" for number in range(30)))
    as_of_before(bench)
    writes = bench.writes()
    bench.sync(*scenes)
    assert bench.writes() == writes
    assert bench.worker.pause is None
    assert bench.letters() == []
    assert len(bench.records.scenes.sample(50)) == 30


# -- which Stash ---------------------------------------------------------------------------------------------------


@pytest.fixture
def another(bench: Any) -> tuple[list[int], list[int], Any]:
    """Thirty films whose Stash was made anew by a scan; the scenes, the keys, and Stash's database of before."""
    scenes, keys = films(bench, *(f"Film {number:02}" for number in range(30)))
    before = bench.stash.backup_database()
    bench.stash.new_database()
    bench.now += 100
    bench.stash.scan()
    bench.sync(1)
    return scenes, keys, before


def test_writing_pauses_and_asks_when_nearly_all_scenes_are_others(bench, another):
    assert bench.worker.pause is not None
    assert bench.worker.pause.kind == "other_stash"
    reason = bench.records.pauses.current().reason
    assert reason.startswith("this is another Stash, or its database was made anew: of 30 scenes")
    assert "Begin Afresh" in reason
    assert bench.stats()["pending"] == 1
    assert bench.letters() == []


def test_it_goes_on_by_itself_when_the_stash_of_before_is_back(bench, another):
    scenes, keys, before = another
    bench.stash.restore_database(before)
    bench.stash.save_form(scenes[3], details="")
    bench.later(60)
    bench.sync(scenes[3])
    assert bench.worker.pause is None
    assert look(bench, keys[3])[:2] == ("Film 03 (mine)", "")


def test_everything_is_met_for_the_first_time_when_the_user_begins_afresh(bench, another):
    _, keys, _ = another
    before = [look(bench, key) for key in keys]
    bench.put(control_job(BEGIN_AFRESH, {}, now=bench.now))
    bench.later(60)
    assert bench.worker.pause is None
    bench.sync(*range(1, 31))
    assert [look(bench, key) for key in keys] == before
    bench.stash.save_form(7, title="Mine again")
    bench.now += 100
    bench.sync(7)
    assert look(bench, keys[6])[:2] == ("Mine again", "Years of work")
    assert bench.worker.pause is None


def test_a_few_strangers_are_no_other_stash(bench):
    scenes, _ = films(bench, *(f"Film {number:02}" for number in range(30)))
    library = bench.stash.library
    for scene in scenes[:5]:
        library.scenes[scene].created_at += 1000
    bench.sync(*scenes)
    assert bench.worker.pause is None
    assert bench.stats()["pending"] == 0


def test_import_of_many_scenes_is_no_other_stash(bench):
    films(bench, *(f"Film {number:02}" for number in range(29, -1, -1)))
    bench.stash.full_import()
    bench.sync(*sorted(bench.stash.library.scenes))
    assert bench.worker.pause is None
    assert bench.stats()["pending"] == 0


@pytest.mark.parametrize("is_newest_gone", [False, True])
def test_nothing_is_emptied_when_a_scene_is_saved_before_anybody_has_seen_that_the_database_went_back(
    bench, is_newest_gone
):
    """Its own time is newer than the recorded one: only another scene tells."""
    (first, second, third), keys = films(bench, "Sintel", "Spring", "Elephants Dream")
    kept = bench.stash.backup_database()
    for scene in (first, second, third):
        bench.stash.save_form(scene, details="New words", tags=["Short", "New"])
        bench.now += 10
    bench.sync(first, second, third)
    if is_newest_gone:
        films(bench, "Made after the backup")
    bench.stash.restore_database(kept)
    bench.now += 100
    for scene in (first, second):
        bench.stash.save_form(scene, title="Saved again", details="", tags=["Other"])
        bench.sync(scene)
        bench.now += 10
    shown = [look(bench, key) for key in keys]
    assert [one[1] for one in shown] == ["New words"] * 3
    assert [one[5]["genre"] for one in shown[:2]] == [{"Short", "New", "Other"}] * 2
    bench.stash.save_form(first, details="Third")
    bench.sync(first)
    bench.now += 100
    bench.stash.save_form(first, details="", tags=[])
    bench.sync(first)  # the third, which was saved last, has not been read since
    assert look(bench, keys[0])[1] == "", "from then on what the user empties is emptied"
    assert look(bench, keys[0])[5]["genre"] == {"Short", "New"}


def test_a_scene_that_is_gone_is_no_witness(bench):
    (first, second), keys = films(bench, "Sintel", "Spring")
    bench.stash.save_form(second, details="Newest")
    bench.sync(second)
    bench.now += 100
    bench.stash.destroy_scene(second)
    for _ in range(2):
        bench.stash.save_form(first, details="")
        bench.sync(first)
    assert look(bench, keys[0])[1] == ""
    assert bench.records.facts.get("stash_went_back") is None


def test_scene_is_of_before_once_although_the_clock_was_ahead_when_its_database_came_back(bench):
    (first,), _ = films(bench, "Sintel")
    second = bench.scene("Spring.mkv")
    key = bench.item("Spring.mkv")
    kept = bench.stash.backup_database()
    bench.later(100)
    bench.stash.save_form(second, title="Saved")
    bench.sync(second)
    bench.now += 100
    bench.stash.restore_database(kept)
    bench.now += 10**6
    bench.sync(first)
    bench.now -= 10**6
    for details in ("Some words", "Others", ""):
        bench.now += 100
        bench.stash.save_form(second, title="Saved", details=details)
        bench.sync(second)
    assert look(bench, key)[:2] == ("Saved", "")
