"""What an undo must not do: write to another item that has the rating key now, or lose what was saved after it."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from sync_queue.models import METADATA, create_sync_job
from tests.demo.films import png
from worker.control.jobs import control_job
from worker.control.kinds import RECONCILE, RESTORE
from worker.control.news import NEWS_S
from worker.facts import progress_fact


def undo(stepper: Any, *, asked_at: float | None = None, **data: int) -> dict[str, Any]:
    """Ask for an undo, and have it done; return its progress."""
    stepper.put(control_job(RESTORE, data, now=stepper.now if asked_at is None else asked_at))
    stepper.drain()
    progress: dict[str, Any] = stepper.records.facts.get(progress_fact(RESTORE))
    return progress


def synced(stepper: Any, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """A film that Stash knows otherwise than Plex, after its first sync: rating key and scene."""
    key = stepper.item(f"{name}.mkv", summary="Plex's own words")
    scene = stepper.scene(f"{name}.mkv", title=f"{name}!", details="Ours", **fields)
    stepper.sync(scene)
    return key, scene


def test_undo_refuses_an_item_that_holds_none_of_the_files_of_before(stepper):
    """As after Plex's database was restored from its own backup: the same server, with keys given anew."""
    key, _ = synced(stepper)
    stepper.plex.state.remove_item(key)
    stepper.plex.state.add_item(stepper.section, "/media/Spring.mkv", rating_key=key, title="Sintel!", summary="Ours")
    progress = undo(stepper)
    assert (progress["restored"], progress["other"]) == (0, 1)
    assert "holds none of the files that were there when it was first written to" in progress["notes"][0]
    assert "left as they are, with other files than before: 1" in progress["text"]
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Sintel!", "Ours")
    assert stepper.records.originals.count() == 1


def test_undo_is_noted_in_the_history_with_what_it_put_back(stepper):
    key, scene = synced(stepper)
    undo(stepper)
    done, before = stepper.records.history.last(2)
    assert (done.is_undo, before.is_undo) == (True, False)
    assert (done.scene_id, done.rating_key) == (scene, key)
    assert {(each.field, each.before, each.after) for each in done.changes} == {
        ("title", "Sintel!", "Sintel"),
        ("summary", "Ours", "Plex's own words"),
    }


def test_item_under_the_key_of_another_one_is_given_back_as_it_was_itself(stepper):
    key, _ = synced(stepper, tags=["Dragons"])
    stepper.plex.state.remove_item(key)
    stepper.plex.state.add_item(
        stepper.section, "/media/Spring.mkv", rating_key=key, summary="Of spring", tags={"genre": ["Dragons"]}
    )
    stepper.now += 10
    stepper.sync(stepper.scene("Spring.mkv", title="Spring!", details="Ours"))
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.tags["genre"]) == ("Spring!", "Ours", ("Dragons",))
    assert undo(stepper)["restored"] == 1
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Spring", "Of spring")


def test_undo_knows_an_item_again_when_its_file_was_moved_and_its_scene_synced_since(stepper):
    key, scene = synced(stepper)
    stepper.plex.state.items[key].media = (("/media/new/Sintel.mkv",),)
    stepper.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    stepper.plex.state.items[key].updated_at = int(stepper.now) + 5
    stepper.now += 10
    stepper.sync(scene)
    assert undo(stepper)["restored"] == 1
    assert stepper.shown(key).summary == "Plex's own words"


def as_of_before(stepper: Any, *, files: str = "[]") -> None:
    """Make the records those of a version that kept no identities: no scenes, no items, originals with `files`."""
    with closing(sqlite3.connect(stepper.data_dir / "state.db")) as connection, connection:
        for statement in ("DELETE FROM scenes", "DELETE FROM items", "UPDATE written SET is_known = 0"):
            connection.execute(statement)
        connection.execute("UPDATE originals SET files = ?", (files,))


@pytest.mark.parametrize("is_still_shown", [True, False])
def test_original_of_a_folder_of_before_is_trusted_where_plex_shows_what_was_written(stepper, is_still_shown):
    key, _ = synced(stepper)
    as_of_before(stepper)
    if not is_still_shown:
        stepper.plex.state.remove_item(key)
        stepper.plex.state.add_item(stepper.section, "/media/Spring.mkv", rating_key=key, summary="Of spring")
    progress = undo(stepper)
    assert (progress["restored"], progress["other"]) == (int(is_still_shown), int(not is_still_shown))
    assert stepper.shown(key).summary == ("Plex's own words" if is_still_shown else "Of spring")


@pytest.mark.parametrize(("saved_after_s", "stays"), [(-50, False), (50, True)])
def test_save_that_waits_is_dropped_only_when_it_is_older_than_the_undo(stepper, saved_after_s, stays):
    key, scene = synced(stepper)
    stepper.now += 100
    stepper.stash.save_scene(scene, details="Saved")
    (stepper.data_dir / "config.yaml").write_text("batch_size: 1\n", encoding="utf-8")
    stepper.configure()
    stepper.parts.settings.refresh()
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.put(create_sync_job(scene, METADATA, {"fields": ["details"]}, now=stepper.now + saved_after_s))
    stepper.drain()
    assert stepper.shown(key).summary == ("Saved" if stays else "Plex's own words")
    assert stepper.records.skips.counts() == ({} if stays else {"restored": 1})


def test_save_after_an_undo_was_asked_for_is_written_again_when_it_was_written_before_the_undo_came(stepper):
    key, scene = synced(stepper)
    asked_at = stepper.now
    stepper.now += 100
    stepper.stash.save_scene(scene, details="Saved since")
    stepper.sync(scene)
    assert undo(stepper, asked_at=asked_at)["restored"] == 1
    stepper.drain()
    assert stepper.shown(key).summary == "Saved since"
    assert stepper.records.skips.counts() == {}
    stepper.now += 100
    assert undo(stepper)["restored"] == 1
    assert stepper.shown(key).summary == "Plex's own words", "the original is that of before the first sync"


def test_restored_scene_stays_so_though_stash_makes_it_a_cover_until_it_is_saved(stepper):
    key, scene = synced(stepper)
    stepper.later(NEWS_S)
    undo(stepper)
    stepper.now += 3600
    stepper.stash.generate_cover(scene, png(4, 4, (0, 0, 200)))
    stepper.later(NEWS_S)
    stepper.put(control_job(RECONCILE, {}, now=stepper.now))
    stepper.later(NEWS_S)
    assert (stepper.shown(key).summary, stepper.records.skips.counts()) == ("Plex's own words", {"restored": 1})
    stepper.stash.save_scene(scene, details="Saved")
    stepper.sync(scene, fields=("details",))
    assert stepper.shown(key).summary == "Saved"


def test_restored_scene_stays_so_though_a_tag_of_it_is_renamed(stepper):
    key, _ = synced(stepper, tags=["Dragons"])
    stepper.now += 60
    undo(stepper)
    stepper.stash.rename_tag(1, "Drakes")
    data = {"event": "update", "ids": [1]}
    stepper.put({"scene_id": None, "update_type": "tag", "data": data, "enqueued_at": stepper.now, "job_key": "tag_1"})
    stepper.drain()
    assert (stepper.shown(key).summary, stepper.records.skips.counts()) == ("Plex's own words", {"restored": 1})


def test_nothing_of_another_item_is_kept_when_the_one_under_its_key_needs_no_write_at_first(stepper):
    stepper.configure(skip_fields="poster")
    key, _ = synced(stepper)
    stepper.plex.state.remove_item(key)
    stepper.plex.state.add_item(stepper.section, "/media/Spring.mkv", rating_key=key, title="Spring")
    stepper.now += 10
    spring = stepper.scene("Spring.mkv")
    stepper.sync(spring)
    assert stepper.records.originals.files_of([key]) == {}
    stepper.stash.save_scene(spring, title="Spring!")
    stepper.sync(spring)
    assert undo(stepper)["restored"] == 1
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Spring", "")


def test_restore_says_so_when_nothing_was_ever_written(stepper):
    """It once said "0 of 0 items show again what they showed"."""
    assert undo(stepper)["text"] == "There was nothing to restore"
