"""From a job to what Plex shows, without processes: the way of a scene, what is gone from Stash, and what holds it up."""

import pytest

from storage.errors import StorageUnavailable
from tests.fakes.plex import Fault
from tests.sync_queue.jobs import entity
from worker.sync.synchronizer import MOST_INTERRUPTIONS


def test_scene_reaches_its_item_with_one_edit(bench):
    key = bench.item("Sintel.mkv", title="sintel")
    scene = bench.scene("Sintel.mkv", title="Sintel", details="A girl.", date="2010-09-27", rating100=85, director="Dana Director", performers=["Ada Example"], tags=["Dragons"], studio="Blender")  # fmt: skip
    bench.sync(scene)
    shown = bench.shown(key)
    assert (shown.title, shown.summary, shown.date, shown.user_rating, shown.studio) == ("Sintel", "A girl.", "2010-09-27", 8.5, "Blender")  # fmt: skip
    assert shown.tags == {"actor": ("Ada Example",), "director": ("Dana Director",), "genre": ("Dragons",)}
    assert bench.writes() == 1


def test_nothing_is_written_when_plex_shows_it_already(bench):
    scene = bench.scene("Sintel.mkv", title="Sintel", tags=["Dragons"])
    bench.item("Sintel.mkv")
    bench.sync(scene)
    writes = bench.writes()
    bench.sync(scene)
    assert bench.writes() == writes
    assert bench.stats()["completed"] == 2


def test_batch_costs_one_query_and_one_read_when_it_has_many_scenes(bench):
    scenes = [bench.scene(f"{number}.mkv", title=f"Film {number}") for number in range(40)]
    for number in range(40):
        bench.item(f"{number}.mkv")
    bench.sync(bench.scene("warm.mkv"))
    bench.stash.log.reset()
    bench.plex.journal.clear_log()
    bench.sync(*scenes)
    assert bench.stash.log.counts["findScenes"] == 1
    assert bench.plex.journal.count("metadata") == 1
    assert bench.writes() == 40


def test_dry_run_writes_nothing_and_says_what_it_would(bench, caplog):
    bench.configure(dry_run=True)
    bench.item("Sintel.mkv", title="sintel")
    with caplog.at_level("INFO", "stash2plex.worker"):
        bench.sync(bench.scene("Sintel.mkv", title="Sintel!"))
    assert bench.writes() == 0
    assert 'title: "sintel" -> "Sintel!"' in caplog.text
    assert bench.stats()["completed"] == 1


def test_nothing_is_sent_while_the_user_has_paused(bench):
    bench.configure(paused=True)
    key, scene = bench.item("Sintel.mkv", title="sintel"), bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    assert bench.worker.pause.kind == "user"
    bench.configure(paused=False)
    bench.later(60)
    assert bench.shown(key).title == "Sintel!"


def test_scene_that_is_gone_from_stash_leaves_its_item_as_it_is_and_what_an_undo_needs(bench):
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    bench.stash.destroy_scene(scene)
    bench.sync(scene)
    assert bench.shown(key).title == "Sintel!"
    assert bench.records.written.scene_ids() == []
    assert bench.records.written.get(scene)[key].gone_at == bench.now


def test_deleted_performer_leaves_all_its_scenes_although_stash_no_longer_knows_them(bench):
    keys = [bench.item(f"{name}.mkv") for name in "ab"]
    scenes = [bench.scene(f"{name}.mkv", performers=["Ada Example", "Bob Sample"]) for name in "ab"]
    bench.sync(*scenes)
    ada = next(one.id for one in bench.stash.library.performers.values() if one.name == "Ada Example")
    bench.stash.destroy_performer(ada)
    bench.put(entity("performer", "destroy", ada, at=bench.now))
    bench.drain()
    assert [bench.shown(key).tags["actor"] for key in keys] == [("Bob Sample",)] * 2


def test_merged_tag_reaches_the_scenes_of_both(bench):
    keys = [bench.item(f"{name}.mkv") for name in "ab"]
    scenes = [bench.scene("a.mkv", tags=["Kept"]), bench.scene("b.mkv", tags=["Gone"])]
    bench.sync(*scenes)
    kept, gone = (
        next(tag.id for tag in bench.stash.library.tags.values() if tag.name == name) for name in ("Kept", "Gone")
    )
    bench.stash.merge_tags([gone], kept)
    bench.put(entity("tag", "merge", kept, gone, at=bench.now))
    bench.drain()
    assert [bench.shown(key).tags["genre"] for key in keys] == [("Kept",)] * 2


def test_kill_between_edit_and_record_loses_no_removal(bench):
    """The edit arrived and nobody wrote it down; the tag is removed from the scene before the next try."""
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", tags=["Ours"])
    bench.plex.faults.add(Fault("reset", request_kind="edit", applied=True, times=1))
    bench.sync(scene)
    assert bench.shown(key).tags["genre"] == ("Ours",)
    bench.stash.save_scene(scene, tags=[])
    bench.later(60)
    bench.later(60)
    assert bench.shown(key).tags.get("genre", ()) == ()


def test_refused_edit_is_a_dead_letter_of_its_scene_alone(bench):
    keys = [bench.item(f"{name}.mkv") for name in "abc"]
    scenes = [bench.scene(f"{name}.mkv", title=f"{name}!") for name in "abc"]
    refused = bench.plex.faults.add(
        Fault("status", status=400, request_kind="edit", when=lambda request: f"id={keys[1]}" in request.target)
    )
    bench.sync(*scenes)
    assert refused.hits
    assert [letter["scene_id"] for letter in bench.letters()] == [scenes[1]]
    assert [bench.shown(key).title for key in (keys[0], keys[2])] == ["a!", "c!"]


def test_nothing_is_lost_when_the_disk_of_the_records_is_full_for_a_while(bench):
    """SQLite's own limit on the pages of a file fails a write as a full disk does."""
    keys = [bench.item(f"{number}.mkv") for number in range(30)]
    scenes = [bench.scene(f"{number}.mkv", title=f"Film {number}", details="x" * 2000) for number in range(30)]
    ((pages,),) = bench.records.rows("PRAGMA page_count")
    bench.records.rows(f"PRAGMA max_page_count = {pages + 1}")
    bench.queue(*scenes)
    with pytest.raises(StorageUnavailable):
        bench.drain()
    assert bench.writes() == 0, "what an undo needs could not be kept, so nothing was written to Plex"
    bench.records.rows("PRAGMA max_page_count = 1000000")
    bench.later(60)
    assert [bench.shown(key).title for key in keys] == [f"Film {number}" for number in range(30)]
    assert bench.letters() == []


def test_job_costs_an_attempt_and_is_not_given_up_when_workers_died_with_it(bench):
    """A container that is killed again and again must not turn what its workers had in hand into dead letters."""
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel")
    bench.queue(scene)
    for _ in range(MOST_INTERRUPTIONS):
        bench.worker.claims.claim_due(bench.now, 1)
        bench.worker.claims.resume(bench.now)
    bench.drain()
    assert bench.writes() == 0
    assert bench.letters() == []
    bench.later(10)
    assert bench.shown(key).title == "Sintel"
