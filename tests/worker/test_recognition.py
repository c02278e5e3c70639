"""Whether a number still names what it named: losses, imports, backups, merges and splits on Stash's side.

Nothing is emptied that no user emptied.
"""

from typing import Any

import pytest

from records import Intent
from tests.worker.losing import FILMS, WORK, films, forget, look, lose
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE
from worker.sync.taking import PIN

HOW = ["clean, told", "clean, not told", "database"]


@pytest.mark.parametrize("preserve", [False, True])
@pytest.mark.parametrize("how", HOW)
def test_nothing_is_emptied_when_stash_lost_its_scenes_and_a_scan_made_them_anew(stepper, how, preserve):
    stepper.configure(preserve_plex_edits=preserve)
    scenes, keys = films(stepper, *FILMS)
    before = [look(stepper, key) for key in keys]
    anew = lose(stepper, how, scenes)
    for _ in range(2):
        stepper.sync(*anew)
        assert [look(stepper, key) for key in keys] == before
        for scene in anew:  # the form names every field, the empty ones too
            stepper.stash.save_form(scene, tags=["Watched"])
        stepper.sync(*anew, fields=("title", "details", "tag_ids"))
        before = [(*fields[:5], {**fields[5], "genre": {"Short", "Watched"}}) for fields in before]
        stepper.now += 100
    if how == "clean, not told":
        forget(stepper, *scenes)
        stepper.sync(*anew)
        assert [look(stepper, key) for key in keys] == before


@pytest.mark.parametrize("preserve", [False, True])
@pytest.mark.parametrize("how", HOW)
def test_what_is_entered_anew_after_a_loss_is_written_and_can_be_emptied_again(stepper, how, preserve):
    stepper.configure(preserve_plex_edits=preserve)
    scenes, (key,) = films(stepper, "Sintel")
    (scene,) = lose(stepper, how, scenes)
    stepper.sync(scene)
    stepper.stash.save_form(scene, title="Sintel again", details="New words")
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Sintel again", "New words", "Open Films")
    stepper.now += 100
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Sintel again", "", "Open Films")


def test_undo_gives_back_what_stood_there_before_the_lost_scene_and_its_heir(stepper):
    key = stepper.item("Sintel.mkv", summary="Plex's own")
    scene = stepper.scene("Sintel.mkv", title="Mine", details="Ours", tags=["Short"])
    stepper.sync(scene)
    stepper.now += 100
    (heir,) = lose(stepper, "clean, told", [scene])
    stepper.stash.save_form(heir, title="Heir", tags=["New"])
    stepper.sync(heir)
    assert look(stepper, key)[:2] == ("Heir", "Ours")
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert look(stepper, key)[:2] == ("Sintel", "Plex's own")
    assert look(stepper, key)[5] == {}


def test_scenes_keep_everything_when_an_import_gives_their_ids_to_each_other(stepper):
    scenes, keys = films(stepper, *FILMS[::-1])
    stepper.put(control_job(PIN, {"scene_id": scenes[0], "field": "date", "keep": True}, now=stepper.now))
    stepper.drain()
    written = {title: values for values, title in _written(stepper, scenes)}
    before = [look(stepper, key) for key in keys]
    stepper.stash.full_import()
    anew = {scene.title: scene.id for scene in stepper.stash.library.scenes.values()}
    assert [anew[f"{name} (mine)"] for name in FILMS[::-1]] != scenes
    writes = stepper.writes()
    for scene in sorted(anew.values()):  # one by one: each finds the rows of its own id taken
        stepper.sync(scene)
    assert [look(stepper, key) for key in keys] == before
    assert stepper.writes() == writes
    assert {title: values for values, title in _written(stepper, sorted(anew.values()))} == written
    assert stepper.records.pins.get_many(sorted(anew.values())) == {anew[f"{FILMS[-1]} (mine)"]: {"date"}}
    stepper.stash.save_form(anew["Sintel (mine)"], details="")
    stepper.sync(anew["Sintel (mine)"])
    assert [look(stepper, key)[1] for key in keys] == ["Years of work", "", "Years of work", "Years of work"]


def _written(stepper: Any, scenes: list[int]) -> list[tuple[Any, str]]:
    found = stepper.records.written.get_many(scenes)
    return [(written.values, str(written.values["title"])) for by_key in found.values() for written in by_key.values()]


def test_nothing_is_emptied_when_stashs_database_went_back_in_time(stepper):
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="First")
    stepper.sync(scene)
    kept = stepper.stash.backup_database()
    stepper.now += 100
    stepper.stash.save_form(scene, title="Second", details="New words", tags=["Short"])
    stepper.sync(scene)
    stepper.stash.restore_database(kept)
    stepper.now += 100
    for _ in range(2):
        stepper.sync(scene)
        assert look(stepper, key)[:2] == ("First", "New words")
        assert look(stepper, key)[5] == {"genre": {"Short"}}
    stepper.stash.save_form(scene, details="Third")
    stepper.sync(scene)
    stepper.now += 100
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[1] == ""


def test_nothing_is_emptied_when_stashs_database_went_back_to_where_its_scenes_had_other_ids(stepper):
    """A backup, a full import, which gives ids anew, a save, and the backup comes back."""
    (scene, other), (key, _) = films(stepper, "Spring", "Sintel")
    kept = stepper.stash.backup_database()
    stepper.now += 100
    stepper.stash.full_import()
    (new,) = (each.id for each in stepper.stash.library.scenes.values() if each.files[0].path.endswith("Spring.mkv"))
    assert new != scene
    stepper.stash.save_form(new, tags=["Short", "Watched"])
    stepper.sync(new)
    assert look(stepper, key)[5]["genre"] == {"Short", "Watched"}
    stepper.stash.restore_database(kept)
    stepper.now += 100
    stepper.sync(other, scene)
    assert look(stepper, key)[5]["genre"] == {"Short", "Watched"}


def test_scene_that_got_the_id_of_another_has_none_of_its_records(stepper):
    """As after a backup that came back: the ids that were given since are given once more."""
    (old,), (old_key,) = films(stepper, "Sintel")
    stepper.put(control_job(PIN, {"scene_id": old, "field": "title", "keep": True}, now=stepper.now))
    stepper.drain()
    stepper.stash.new_database()
    key = stepper.item("Spring.mkv", summary="Spring in Plex's words", tags={"genre": ["Short"]})
    new = stepper.scene("Spring.mkv", title="Spring (mine)")
    assert new == old
    stepper.now += 60
    stepper.sync(new)
    assert look(stepper, key)[:2] == ("Spring (mine)", "Spring in Plex's words")
    assert look(stepper, key)[5] == {"genre": {"Short"}}
    stepper.put(control_job(RESTORE, {"scene_id": new}, now=stepper.now))
    stepper.drain()
    assert look(stepper, key)[:2] == ("Spring", "Spring in Plex's words")
    assert look(stepper, old_key)[:2] == ("Sintel (mine)", "Years of work")


@pytest.mark.parametrize("order", ["comparison", "destroyed first", "heir first"])
def test_heir_that_was_there_goes_on_with_a_scene_that_was_merged_into_it(stepper, order):
    (scene, heir), keys = films(stepper, "Sintel", "Spring")
    stepper.stash.save_form(heir, details="", tags=["Dragons"])
    stepper.sync(heir, scene)
    stepper.now += 100
    stepper.stash.merge_scenes([scene], heir)
    if order == "destroyed first":
        forget(stepper, scene)
    stepper.sync(heir)
    if order == "heir first":
        forget(stepper, scene)
        stepper.sync(heir)
    assert [look(stepper, key)[:2] for key in keys] == [("Spring (mine)", "")] * 2
    assert [look(stepper, key)[5]["genre"] for key in keys] == [{"Dragons"}] * 2


def test_younger_heir_inherits_nothing_by_a_merge_either(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    stepper.now += 100
    heir = stepper.scene("Spring.mkv", title="Heir")
    stepper.now += 100
    stepper.stash.merge_scenes([scene], heir)
    stepper.sync(heir)
    assert look(stepper, key)[:3] == ("Heir", "Years of work", "Open Films")


@pytest.mark.parametrize("way", ["assigned", "split"])
def test_file_that_is_given_to_another_scene_hands_over_its_item_and_empties_nothing(stepper, way):
    keys = [stepper.item("Sintel.mkv"), stepper.item("Sintel 4k.mkv")]
    first = stepper.scene("Sintel.mkv", "Sintel 4k.mkv", title="Sintel (mine)", **WORK)
    other = stepper.scene("Spring.mkv", title="Other")
    stepper.sync(first)
    stepper.now += 100
    video = stepper.stash.library.scene(first).files[1].id
    heir = other if way == "assigned" else stepper.stash.split_file(video, title="Other")
    if way == "assigned":
        stepper.stash.assign_file(other, video)
    stepper.sync(heir, first)
    assert [look(stepper, key)[:3] for key in keys] == [
        ("Sintel (mine)", "Years of work", "Open Films"),
        ("Other", "Years of work", "Open Films"),
    ]
    stepper.stash.save_form(first, details="")
    stepper.sync(first, heir)
    assert [look(stepper, key)[1] for key in keys] == ["", "Years of work"]


def test_upgraded_renamed_and_remounted_files_make_no_stranger(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    media = stepper.plex.state.items[key]
    stepper.stash.scan_exchanged_file(scene, 999)
    media.sizes = {"/media/Sintel.mkv": 999}
    stepper.sync(scene)
    stepper.stash.scan_moved_file(scene, "/data/Sintel (2010).mkv")
    media.media, media.sizes = (("/media/Sintel (2010).mkv",),), {"/media/Sintel (2010).mkv": 999}
    stepper.plex.state.touch(media)
    stepper.later(60)
    stepper.sync(scene)
    stepper.now += 100
    stepper.stash.save_form(scene, details="")
    stepper.sync(scene)
    assert look(stepper, key)[:3] == ("Sintel (mine)", "", "Open Films"), "what is emptied by the user is emptied"
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert look(stepper, key)[0] == "Sintel"


def test_lost_edit_whose_end_nobody_saw_is_parted_with_once(stepper):
    (scene,), (key,) = films(stepper, "Sintel")
    stepper.records.written.drop([(scene, key)])
    stepper.records.before_edits([], [Intent(scene, key, stepper.section, {"title": "Sintel (mine)"})])
    (scene,) = lose(stepper, "database", [scene])
    lost = []
    for _ in range(3):
        stepper.sync(scene)
        lost.append(
            [written.scene_id for written in stepper.records.written.of_items([key])[key] if written.scene_id < 0]
        )
        stepper.now += 100
    assert len(lost[0]) == 1
    assert lost == [lost[0]] * 3
