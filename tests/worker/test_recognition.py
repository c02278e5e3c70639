"""Whether a number still names what it named: losses, imports, backups, merges and splits on Stash's side; nothing is emptied that no user emptied."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from records import Intent, Original
from sync_queue.models import create_sync_job
from tests.worker.test_pictures import RED
from worker.control.jobs import BEGIN_AFRESH, INDEX, RESTORE, control_job
from worker.control.pin import PIN
from worker.facts import UPDATES_MOVE

WORK = {
    "details": "Years of work",
    "tags": ["Short"],
    "performers": ["Ada Example"],
    "studio": "Open Films",
    "date": "2010-01-02",
    "rating100": 90,
}
FILMS = ("Big Buck Bunny", "Cosmos Laundromat", "Sintel", "Tears of Steel")


def films(bench: Any, *names: str, **scene: Any) -> tuple[list[int], list[int]]:
    """Films with years of work in both; the scenes and the rating keys."""
    keys = [bench.item(f"{name}.mkv") for name in names]
    scenes = [bench.scene(f"{name}.mkv", title=f"{name} (mine)", **{**WORK, **scene}) for name in names]
    bench.sync(*scenes)
    bench.now += 100
    return scenes, keys


def look(bench: Any, key: int) -> tuple[Any, ...]:
    """Everything of an item that years of work may stand in."""
    item = bench.shown(key)
    tags = {kind: set(names) for kind, names in item.tags.items()}
    return item.title, item.summary, item.studio, item.date, item.user_rating, tags


def forget(bench: Any, *scenes: int) -> None:
    """What Destroy hooks leave behind."""
    bench.put(*(create_sync_job(scene, "destroyed", {}, now=bench.now) for scene in scenes))
    bench.drain()


def lose(bench: Any, how: str, scenes: list[int]) -> list[int]:
    """Stash loses everything, and a scan makes it anew; the new ids."""
    if how == "database":
        bench.stash.new_database()
    else:
        bench.stash.destroy_scenes(scenes)
    if how == "clean, told":
        forget(bench, *scenes)
    bench.now += 100
    bench.stash.scan()
    return sorted(bench.stash.library.scenes)


HOW = ["clean, told", "clean, not told", "database"]


@pytest.mark.parametrize("preserve", [False, True])
@pytest.mark.parametrize("how", HOW)
def test_nothing_is_emptied_when_stash_lost_its_scenes_and_a_scan_made_them_anew(bench, how, preserve):
    bench.configure(preserve_plex_edits=preserve)
    scenes, keys = films(bench, *FILMS)
    before = [look(bench, key) for key in keys]
    anew = lose(bench, how, scenes)
    for _ in range(2):
        bench.sync(*anew)
        assert [look(bench, key) for key in keys] == before
        for scene in anew:  # the form names every field, the empty ones too
            bench.stash.save_form(scene, tags=["Watched"])
        bench.sync(*anew, fields=("title", "details", "tag_ids"))
        before = [(*one[:5], {**one[5], "genre": {"Short", "Watched"}}) for one in before]
        bench.now += 100
    if how == "clean, not told":
        forget(bench, *scenes)
        bench.sync(*anew)
        assert [look(bench, key) for key in keys] == before


@pytest.mark.parametrize("preserve", [False, True])
@pytest.mark.parametrize("how", HOW)
def test_what_is_entered_anew_after_a_loss_is_written_and_can_be_emptied_again(bench, how, preserve):
    bench.configure(preserve_plex_edits=preserve)
    scenes, (key,) = films(bench, "Sintel")
    (scene,) = lose(bench, how, scenes)
    bench.sync(scene)
    bench.stash.save_form(scene, title="Sintel again", details="New words")
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Sintel again", "New words", "Open Films")
    bench.now += 100
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Sintel again", "", "Open Films")


def test_undo_gives_back_what_stood_there_before_the_lost_scene_and_its_heir(bench):
    key = bench.item("Sintel.mkv", summary="Plex's own")
    scene = bench.scene("Sintel.mkv", title="Mine", details="Ours", tags=["Short"])
    bench.sync(scene)
    bench.now += 100
    (heir,) = lose(bench, "clean, told", [scene])
    bench.stash.save_form(heir, title="Heir", tags=["New"])
    bench.sync(heir)
    assert look(bench, key)[:2] == ("Heir", "Ours")
    bench.put(control_job(RESTORE, {}, now=bench.now))
    bench.drain()
    assert look(bench, key)[:2] == ("Sintel", "Plex's own")
    assert look(bench, key)[5] == {}


def test_scenes_keep_everything_when_an_import_gives_their_ids_to_each_other(bench):
    scenes, keys = films(bench, *FILMS[::-1])
    bench.put(control_job(PIN, {"scene_id": scenes[0], "field": "date", "keep": True}, now=bench.now))
    bench.drain()
    written = {title: values for values, title in _written(bench, scenes)}
    before = [look(bench, key) for key in keys]
    bench.stash.full_import()
    anew = {scene.title: scene.id for scene in bench.stash.library.scenes.values()}
    assert [anew[f"{name} (mine)"] for name in FILMS[::-1]] != scenes
    writes = bench.writes()
    for scene in sorted(anew.values()):  # one by one: each finds the rows of its own id taken
        bench.sync(scene)
    assert [look(bench, key) for key in keys] == before
    assert bench.writes() == writes
    assert {title: values for values, title in _written(bench, sorted(anew.values()))} == written
    assert bench.records.pins.get_many(sorted(anew.values())) == {anew[f"{FILMS[-1]} (mine)"]: {"date"}}
    bench.stash.save_form(anew["Sintel (mine)"], details="")
    bench.sync(anew["Sintel (mine)"])
    assert [look(bench, key)[1] for key in keys] == ["Years of work", "", "Years of work", "Years of work"]


def _written(bench: Any, scenes: list[int]) -> list[tuple[Any, str]]:
    found = bench.records.written.get_many(scenes)
    return [(one.values, str(one.values["title"])) for by_key in found.values() for one in by_key.values()]


def test_nothing_is_emptied_when_stashs_database_went_back_in_time(bench):
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="First")
    bench.sync(scene)
    kept = bench.stash.backup_database()
    bench.now += 100
    bench.stash.save_form(scene, title="Second", details="New words", tags=["Short"])
    bench.sync(scene)
    bench.stash.restore_database(kept)
    bench.now += 100
    for _ in range(2):
        bench.sync(scene)
        assert look(bench, key)[:2] == ("First", "New words")
        assert look(bench, key)[5] == {"genre": {"Short"}}
    bench.stash.save_form(scene, details="Third")
    bench.sync(scene)
    bench.now += 100
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[1] == ""


def test_scene_that_got_the_id_of_another_has_none_of_its_records(bench):
    """As after a backup that came back: the ids that were given since are given once more."""
    (old,), (old_key,) = films(bench, "Sintel")
    bench.put(control_job(PIN, {"scene_id": old, "field": "title", "keep": True}, now=bench.now))
    bench.drain()
    bench.stash.new_database()
    key = bench.item("Spring.mkv", summary="Spring in Plex's words", tags={"genre": ["Short"]})
    new = bench.scene("Spring.mkv", title="Spring (mine)")
    assert new == old
    bench.now += 60
    bench.sync(new)
    assert look(bench, key)[:2] == ("Spring (mine)", "Spring in Plex's words")
    assert look(bench, key)[5] == {"genre": {"Short"}}
    bench.put(control_job(RESTORE, {"scene_id": new}, now=bench.now))
    bench.drain()
    assert look(bench, key)[:2] == ("Spring", "Spring in Plex's words")
    assert look(bench, old_key)[:2] == ("Sintel (mine)", "Years of work")


@pytest.mark.parametrize("order", ["comparison", "destroyed first", "heir first"])
def test_heir_that_was_there_goes_on_with_a_scene_that_was_merged_into_it(bench, order):
    (scene, heir), keys = films(bench, "Sintel", "Spring")
    bench.stash.save_form(heir, details="", tags=["Dragons"])
    bench.sync(heir, scene)
    bench.now += 100
    bench.stash.merge_scenes([scene], heir)
    if order == "destroyed first":
        forget(bench, scene)
    bench.sync(heir)
    if order == "heir first":
        forget(bench, scene)
        bench.sync(heir)
    assert [look(bench, key)[:2] for key in keys] == [("Spring (mine)", "")] * 2
    assert [look(bench, key)[5]["genre"] for key in keys] == [{"Dragons"}] * 2


def test_younger_heir_inherits_nothing_by_a_merge_either(bench):
    (scene,), (key,) = films(bench, "Sintel")
    bench.now += 100
    heir = bench.scene("Spring.mkv", title="Heir")
    bench.now += 100
    bench.stash.merge_scenes([scene], heir)
    bench.sync(heir)
    assert look(bench, key)[:3] == ("Heir", "Years of work", "Open Films")


@pytest.mark.parametrize("way", ["assigned", "split"])
def test_file_that_is_given_to_another_scene_hands_over_its_item_and_empties_nothing(bench, way):
    keys = [bench.item("Sintel.mkv"), bench.item("Sintel 4k.mkv")]
    first = bench.scene("Sintel.mkv", "Sintel 4k.mkv", title="Sintel (mine)", **WORK)
    other = bench.scene("Spring.mkv", title="Other")
    bench.sync(first)
    bench.now += 100
    video = bench.stash.library.scene(first).files[1].id
    heir = other if way == "assigned" else bench.stash.split_file(video, title="Other")
    if way == "assigned":
        bench.stash.assign_file(other, video)
    bench.sync(heir, first)
    assert [look(bench, key)[:3] for key in keys] == [
        ("Sintel (mine)", "Years of work", "Open Films"),
        ("Other", "Years of work", "Open Films"),
    ]
    bench.stash.save_form(first, details="")
    bench.sync(first, heir)
    assert [look(bench, key)[1] for key in keys] == ["", "Years of work"]


def test_upgraded_renamed_and_remounted_files_make_no_stranger(bench):
    (scene,), (key,) = films(bench, "Sintel")
    media = bench.plex.state.items[key]
    bench.stash.scan_exchanged_file(scene, 999)
    media.sizes = {"/media/Sintel.mkv": 999}
    bench.sync(scene)
    bench.stash.scan_moved_file(scene, "/data/Sintel (2010).mkv")
    media.media, media.sizes = (("/media/Sintel (2010).mkv",),), {"/media/Sintel (2010).mkv": 999}
    bench.plex.state.touch(media)
    bench.later(60)
    bench.sync(scene)
    bench.now += 100
    bench.stash.save_form(scene, details="")
    bench.sync(scene)
    assert look(bench, key)[:3] == ("Sintel (mine)", "", "Open Films"), "what is emptied by the user is emptied"
    bench.put(control_job(RESTORE, {}, now=bench.now))
    bench.drain()
    assert look(bench, key)[0] == "Sintel"


def test_lost_edit_whose_end_nobody_saw_is_parted_with_once(bench):
    (scene,), (key,) = films(bench, "Sintel")
    bench.records.written.drop([(scene, key)])
    bench.records.before_edits([], [Intent(scene, key, bench.section, {"title": "Sintel (mine)"})])
    (scene,) = lose(bench, "database", [scene])
    lost = []
    for _ in range(3):
        bench.sync(scene)
        lost.append([one.scene_id for one in bench.records.written.of_items([key])[key] if one.scene_id < 0])
        bench.now += 100
    assert len(lost[0]) == 1
    assert lost == [lost[0]] * 3


# -- Plex came back from a backup, or has an item anew -------------------------------------------------------------


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


# -- records of before ---------------------------------------------------------------------------------------------


def as_of_before(bench: Any) -> None:
    """What is recorded as version 1.0.0 left it: of nobody known."""
    with closing(sqlite3.connect(bench.data_dir / "state.db")) as connection, connection:
        for statement in ("DELETE FROM scenes", "DELETE FROM items", "UPDATE written SET is_known = 0, wrote_at = 0"):
            connection.execute(statement)


def test_records_of_before_are_believed_where_plex_shows_what_was_written(bench):
    (scene,), (key,) = films(bench, "Sintel")
    as_of_before(bench)
    bench.records.originals.remove_many([key])
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
    bench.records.originals.remove_many([key])
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
