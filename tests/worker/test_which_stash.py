"""Records that an older version left are believed where they hold, and another Stash is told from the one of before."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from records import Original
from sync_queue.models import METADATA, create_sync_job
from tests.worker.losing import films, look
from worker.control.jobs import control_job
from worker.control.kinds import BEGIN_AFRESH, RESTORE


def as_of_before(stepper: Any) -> None:
    """Make the records those of version 1.0.0, which kept no identities."""
    with closing(sqlite3.connect(stepper.data_dir / "state.db")) as connection, connection:
        for statement in ("DELETE FROM scenes", "DELETE FROM items", "UPDATE written SET is_known = 0, wrote_at = 0"):
            connection.execute(statement)


def test_records_of_before_are_believed_where_plex_shows_what_was_written(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    as_of_before(stepper)
    stepper.records.write("DELETE FROM originals WHERE rating_key = ?", (key,))
    writes = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == writes
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Sintel (mine)", "", "Open Films")


def test_records_of_before_are_believed_where_the_file_was_renamed_since_the_original_was_kept(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    as_of_before(stepper)
    stepper.plex.state.items[key].media = (("/media/new/Sintel.mkv",),)
    stepper.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Sintel (mine)", "", "Open Films")
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert look(stepper, key)[0] == "Sintel"


def test_records_of_before_empty_nothing_of_a_stranger_and_stay_for_an_undo(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    as_of_before(stepper)
    stepper.records.write("DELETE FROM originals WHERE rating_key = ?", (key,))
    stepper.records.before_edits([Original(key, stepper.section, "movie", {"title": "?", "summary": "?"})], [])
    item = stepper.plex.state.items[key]
    item.values.update(title="Stranger", summary="Of a stranger", studio="Strange")
    stepper.plex.state.touch(item)
    stepper.stash.save_form(scene, details="", studio=None)
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Sintel (mine)", "Of a stranger", "Strange")
    left = [written for written in stepper.records.written.of_items([key])[key] if written.scene_id < 0]
    assert [written.values["summary"] for written in left] == ["Years of work"]


def test_nobody_sees_an_alarm_a_pause_or_a_whole_sync_because_of_the_update(stepper):
    scenes, _ = films(stepper, *(f"Film {number}" for number in range(30)))
    as_of_before(stepper)
    writes = stepper.writes()
    stepper.sync(*scenes)
    assert stepper.writes() == writes
    assert stepper.worker.pause is None
    assert stepper.dead_letters() == []
    assert len(stepper.records.scenes.sample(50)) == 30


# -- which Stash ---------------------------------------------------------------------------------------------------


@pytest.fixture
def another(stepper: Any) -> tuple[list[int], list[int], Any]:
    """Thirty films whose Stash was made anew by a scan; the scenes, the keys, and Stash's database of before."""
    scenes, keys = films(stepper, *(f"Film {number:02}" for number in range(30)))
    before = stepper.stash.backup_database()
    stepper.stash.new_database()
    stepper.now += 100
    stepper.stash.scan()
    stepper.sync(1)
    return scenes, keys, before


def test_writing_pauses_and_asks_when_nearly_all_scenes_are_others(stepper, another):
    assert stepper.worker.pause is not None
    assert stepper.worker.pause.kind == "other_stash"
    reason = stepper.records.pauses.current().reason
    assert reason.startswith("this is another Stash, or its database was made anew: of 30 scenes")
    assert "Begin Afresh" in reason
    assert stepper.stats()["pending"] == 1
    assert stepper.dead_letters() == []


def test_it_goes_on_by_itself_when_the_stash_of_before_is_back(stepper, another):
    scenes, keys, before = another
    stepper.stash.restore_database(before)
    stepper.stash.save_form(scenes[3], details="")
    stepper.later(60)
    stepper.sync(scenes[3])
    assert stepper.worker.pause is None
    assert look(stepper, keys[3])[:2] == ("Film 03 (mine)", "")


def test_everything_is_met_for_the_first_time_when_the_user_begins_afresh(stepper, another):
    _, keys, _ = another
    before = [look(stepper, key) for key in keys]
    stepper.put(control_job(BEGIN_AFRESH, {}, now=stepper.now))
    stepper.later(60)
    assert stepper.worker.pause is None
    stepper.sync(*range(1, 31))
    assert [look(stepper, key) for key in keys] == before
    stepper.stash.save_form(7, title="Mine again")
    stepper.now += 100
    stepper.sync(7)
    assert look(stepper, keys[6])[:2] == ("Mine again", "Years of work")
    assert stepper.worker.pause is None


@pytest.mark.parametrize("is_moved", [True, False], ids=["the same at another port", "another one"])
def test_save_waits_until_its_stash_is_known_when_its_connection_comes_behind_it(stepper, is_moved):
    """The worker finds the row before the hook has reached its pipe."""
    scenes, keys = films(stepper, *(f"Film {number:02}" for number in range(30)))
    with stepper.stash.another() as second:
        if is_moved:
            second.restore_database(stepper.stash.backup_database())
        else:
            for number in range(40):
                second.add_scene(files=[f"/data/Other {number}.mkv"])
        second.save_form(scenes[3], title="Saved")
        data = {"fields": ["title"], "stash": str(second.port)}
        stepper.put(create_sync_job(scenes[3], METADATA, data, now=stepper.now))
        stepper.drain()
        assert stepper.stats()["pending"] == 1
        stepper.connect(second.server_connection())
        for _ in range(2):
            stepper.later(30)
        assert stepper.stats()["pending"] == (0 if is_moved else 1)
        assert look(stepper, keys[3])[0] == ("Saved" if is_moved else "Film 03 (mine)")


def test_a_few_strangers_are_no_other_stash(stepper):
    scenes, _ = films(stepper, *(f"Film {number:02}" for number in range(30)))
    library = stepper.stash.library
    for scene in scenes[:5]:
        library.scenes[scene].created_at += 1000
    stepper.sync(*scenes)
    assert stepper.worker.pause is None
    assert stepper.stats()["pending"] == 0


def test_import_of_many_scenes_is_no_other_stash(stepper):
    films(stepper, *(f"Film {number:02}" for number in range(29, -1, -1)))
    stepper.stash.full_import()
    stepper.sync(*sorted(stepper.stash.library.scenes))
    assert stepper.worker.pause is None
    assert stepper.stats()["pending"] == 0


@pytest.mark.parametrize("is_newest_gone", [False, True])
def test_nothing_is_emptied_when_a_scene_is_saved_before_anybody_has_seen_that_the_database_went_back(
    stepper, is_newest_gone
):
    """Its own time is newer than the recorded one, so only another scene shows that the database went back."""
    (first, second, third), keys = films(stepper, "Sintel", "Spring", "Elephants Dream")
    kept = stepper.stash.backup_database()
    for scene in (first, second, third):
        stepper.stash.save_form(scene, details="New words", tags=["Short", "New"])
        stepper.now += 10
    stepper.sync(first, second, third)
    if is_newest_gone:
        films(stepper, "Made after the backup")
    stepper.stash.restore_database(kept)
    stepper.now += 100
    for scene in (first, second):
        stepper.stash.save_form(scene, title="Saved again", details="", tags=["Other"])
        stepper.sync(scene)
        stepper.now += 10
    shown = [look(stepper, key) for key in keys]
    assert [fields[1] for fields in shown] == ["New words"] * 3
    assert [fields[5]["genre"] for fields in shown[:2]] == [{"Short", "New", "Other"}] * 2
    stepper.stash.save_form(first, details="Third")
    stepper.sync(first)
    stepper.now += 100
    stepper.stash.save_form(first, details="", tags=[])
    stepper.sync(first)  # the third, which was saved last, has not been read since
    assert look(stepper, keys[0])[1] == "", "from then on what the user empties is emptied"
    assert look(stepper, keys[0])[5]["genre"] == {"Short", "New"}


def test_a_scene_that_is_gone_is_no_witness(stepper):
    (first, second), keys = films(stepper, "Sintel", "Spring")
    stepper.stash.save_form(second, details="Newest")
    stepper.sync(second)
    stepper.now += 100
    stepper.stash.destroy_scene(second)
    for _ in range(2):
        stepper.stash.save_form(first, details="")
        stepper.sync(first)
    assert look(stepper, keys[0])[1] == ""
    assert stepper.records.facts.get("stash_went_back") is None


def test_scene_is_of_before_once_although_the_clock_was_ahead_when_its_database_came_back(stepper):
    (first,), _ = films(stepper, "Sintel")
    second = stepper.scene("Spring.mkv")
    key = stepper.item("Spring.mkv")
    kept = stepper.stash.backup_database()
    stepper.later(100)
    stepper.stash.save_form(second, title="Saved")
    stepper.sync(second)
    stepper.now += 100
    stepper.stash.restore_database(kept)
    stepper.now += 10**6
    stepper.sync(first)
    stepper.now -= 10**6
    for details in ("Some words", "Others", ""):
        stepper.now += 100
        stepper.stash.save_form(second, title="Saved", details=details)
        stepper.sync(second)
    assert look(stepper, key)[:2] == ("Saved", "")
