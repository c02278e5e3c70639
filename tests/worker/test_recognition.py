"""Whether a number still names what it named: losses, imports, backups, merges and splits on Stash's side; nothing is emptied that no user emptied."""

from typing import Any

import pytest

from records import Intent
from tests.worker.losing import FILMS, WORK, films, forget, look, lose
from worker.control.jobs import PIN, RESTORE, control_job

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
