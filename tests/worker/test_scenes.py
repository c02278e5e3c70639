"""From a job to what Plex shows, without processes: the way of a scene, what is gone from Stash, and what holds it up."""

import pytest

from storage.errors import StorageUnavailable
from tests.fakes.plex import Fault
from tests.sync_queue.jobs import entity
from worker.sync.synchronizer import MOST_INTERRUPTIONS


def test_scene_reaches_its_item_with_one_edit(stepper):
    key = stepper.item("Sintel.mkv", title="sintel")
    scene = stepper.scene("Sintel.mkv", title="Sintel", details="A girl.", date="2010-09-27", rating100=85, director="Dana Director", performers=["Ada Example"], tags=["Dragons"], studio="Blender")  # fmt: skip
    stepper.sync(scene)
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.date, shown.user_rating, shown.studio) == ("Sintel", "A girl.", "2010-09-27", 8.5, "Blender")  # fmt: skip
    assert shown.tags == {"actor": ("Ada Example",), "director": ("Dana Director",), "genre": ("Dragons",)}
    assert stepper.writes() == 1


def test_nothing_is_written_when_plex_shows_it_already(stepper):
    scene = stepper.scene("Sintel.mkv", title="Sintel", tags=["Dragons"])
    stepper.item("Sintel.mkv")
    stepper.sync(scene)
    writes = stepper.writes()
    stepper.sync(scene)
    assert stepper.writes() == writes
    assert stepper.stats()["completed"] == 2


def test_batch_costs_one_query_and_one_read_when_it_has_many_scenes(stepper):
    scenes = [stepper.scene(f"{number}.mkv", title=f"Film {number}") for number in range(40)]
    for number in range(40):
        stepper.item(f"{number}.mkv")
    stepper.sync(stepper.scene("warm.mkv"))
    stepper.stash.log.reset()
    stepper.plex.journal.clear_log()
    stepper.sync(*scenes)
    assert stepper.stash.log.counts["graphql"] == 1
    assert stepper.plex.journal.count("metadata") == 1
    assert stepper.writes() == 40


def test_dry_run_writes_nothing_and_says_what_it_would(stepper, caplog):
    stepper.configure(dry_run=True)
    stepper.item("Sintel.mkv", title="sintel")
    with caplog.at_level("INFO", "stash2plex.worker"):
        stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!"))
    assert stepper.writes() == 0
    assert 'title: "sintel" -> "Sintel!"' in caplog.text
    assert stepper.stats()["completed"] == 1


def test_nothing_is_sent_while_the_user_has_paused(stepper):
    stepper.configure(paused=True)
    key, scene = stepper.item("Sintel.mkv", title="sintel"), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    assert stepper.worker.pause.kind == "user"
    stepper.configure(paused=False)
    stepper.later(60)
    assert stepper.shown(key).title == "Sintel!"


def test_scene_that_is_gone_from_stash_leaves_its_item_as_it_is_and_what_an_undo_needs(stepper):
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    stepper.stash.destroy_scene(scene)
    stepper.sync(scene)
    assert stepper.shown(key).title == "Sintel!"
    assert stepper.records.written.scene_ids() == []
    assert stepper.records.written.get(scene)[key].gone_at == stepper.now


def test_deleted_performer_leaves_all_its_scenes_although_stash_no_longer_knows_them(stepper):
    keys = [stepper.item(f"{name}.mkv") for name in "ab"]
    scenes = [stepper.scene(f"{name}.mkv", performers=["Ada Example", "Bob Sample"]) for name in "ab"]
    stepper.sync(*scenes)
    ada = next(
        performer.id for performer in stepper.stash.library.performers.values() if performer.name == "Ada Example"
    )
    stepper.stash.destroy_performer(ada)
    stepper.put(entity("performer", "destroy", ada, at=stepper.now))
    stepper.drain()
    assert [stepper.shown(key).tags["actor"] for key in keys] == [("Bob Sample",)] * 2


def test_merged_tag_reaches_the_scenes_of_both(stepper):
    keys = [stepper.item(f"{name}.mkv") for name in "ab"]
    scenes = [stepper.scene("a.mkv", tags=["Kept"]), stepper.scene("b.mkv", tags=["Gone"])]
    stepper.sync(*scenes)
    kept, gone = (
        next(tag.id for tag in stepper.stash.library.tags.values() if tag.name == name) for name in ("Kept", "Gone")
    )
    stepper.stash.merge_tags([gone], kept)
    stepper.put(entity("tag", "merge", kept, gone, at=stepper.now))
    stepper.drain()
    assert [stepper.shown(key).tags["genre"] for key in keys] == [("Kept",)] * 2


def test_kill_between_edit_and_record_loses_no_removal(stepper):
    """The edit arrived and was not recorded; the tag is removed from the scene before the next attempt."""
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", tags=["Ours"])
    stepper.plex.faults.add(Fault("reset", request_kind="edit", applied=True, times=1))
    stepper.sync(scene)
    assert stepper.shown(key).tags["genre"] == ("Ours",)
    stepper.stash.save_scene(scene, tags=[])
    stepper.later(60)
    stepper.later(60)
    assert stepper.shown(key).tags.get("genre", ()) == ()


def test_refused_edit_is_a_dead_letter_of_its_scene_alone(stepper):
    keys = [stepper.item(f"{name}.mkv") for name in "abc"]
    scenes = [stepper.scene(f"{name}.mkv", title=f"{name}!") for name in "abc"]
    refused = stepper.plex.faults.add(
        Fault("status", status=400, request_kind="edit", when=lambda request: f"id={keys[1]}" in request.target)
    )
    stepper.sync(*scenes)
    assert refused.hits
    assert [letter["scene_id"] for letter in stepper.dead_letters()] == [scenes[1]]
    assert [stepper.shown(key).title for key in (keys[0], keys[2])] == ["a!", "c!"]


def test_nothing_is_lost_when_the_disk_of_the_records_is_full_for_a_while(stepper):
    """SQLite's own limit on the pages of a file fails a write as a full disk does."""
    keys = [stepper.item(f"{number}.mkv") for number in range(30)]
    scenes = [stepper.scene(f"{number}.mkv", title=f"Film {number}", details="x" * 2000) for number in range(30)]
    ((pages,),) = stepper.records.rows("PRAGMA page_count")
    stepper.records.rows(f"PRAGMA max_page_count = {pages + 1}")
    stepper.queue(*scenes)
    with pytest.raises(StorageUnavailable):
        stepper.drain()
    assert stepper.writes() == 0, "what an undo needs could not be kept, so nothing was written to Plex"
    stepper.records.rows("PRAGMA max_page_count = 1000000")
    stepper.later(60)
    assert [stepper.shown(key).title for key in keys] == [f"Film {number}" for number in range(30)]
    assert stepper.dead_letters() == []


def test_job_costs_an_attempt_and_is_not_given_up_when_workers_died_with_it(stepper):
    """A container that is killed again and again must not turn what its workers had in hand into dead letters."""
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel")
    stepper.queue(scene)
    for _ in range(MOST_INTERRUPTIONS):
        stepper.worker.claims.claim_due(stepper.now, 1)
        stepper.worker.claims.resume(stepper.now)
    stepper.drain()
    assert stepper.writes() == 0
    assert stepper.dead_letters() == []
    stepper.later(10)
    assert stepper.shown(key).title == "Sintel"
