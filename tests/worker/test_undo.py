"""What an undo must not do: write to another item that has the rating key now, and swallow what was saved after it was asked for."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from sync_queue.models import METADATA, create_sync_job
from tests.demo.films import png
from worker.control.jobs import RECONCILE, RESTORE, control_job
from worker.control.news import NEWS_S
from worker.facts import progress_fact


def undo(bench: Any, *, asked_at: float | None = None, **data: int) -> dict[str, Any]:
    """Ask for an undo, and have it done; what is told of it."""
    bench.put(control_job(RESTORE, data, now=bench.now if asked_at is None else asked_at))
    bench.drain()
    told: dict[str, Any] = bench.records.facts.get(progress_fact(RESTORE))
    return told


def synced(bench: Any, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """A film that Stash knows otherwise than Plex, after its first sync: rating key and scene."""
    key = bench.item(f"{name}.mkv", summary="Plex's own words")
    scene = bench.scene(f"{name}.mkv", title=f"{name}!", details="Ours", **fields)
    bench.sync(scene)
    return key, scene


def test_undo_refuses_an_item_that_holds_none_of_the_files_of_before(bench):
    """As after Plex's database was restored from its own backup: the same server, with keys given anew."""
    key, _ = synced(bench)
    bench.plex.state.remove_item(key)
    bench.plex.state.add_item(bench.section, "/media/Spring.mkv", rating_key=key, title="Sintel!", summary="Ours")
    told = undo(bench)
    assert (told["restored"], told["other"]) == (0, 1)
    assert "holds none of the files that were there when it was first written to" in told["notes"][0]
    assert "left as they are, with other files than before: 1" in told["text"]
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Sintel!", "Ours")
    assert bench.records.originals.count() == 1


def test_item_under_the_key_of_another_one_is_given_back_as_it_was_itself(bench):
    key, _ = synced(bench, tags=["Dragons"])
    bench.plex.state.remove_item(key)
    bench.plex.state.add_item(
        bench.section, "/media/Spring.mkv", rating_key=key, summary="Of spring", tags={"genre": ["Dragons"]}
    )
    bench.now += 10
    bench.sync(bench.scene("Spring.mkv", title="Spring!", details="Ours"))
    shown = bench.shown(key)
    assert (shown.title, shown.summary, shown.tags["genre"]) == ("Spring!", "Ours", ("Dragons",))
    assert undo(bench)["restored"] == 1
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Spring", "Of spring")


def test_undo_knows_an_item_again_when_its_file_was_moved_and_its_scene_synced_since(bench):
    key, scene = synced(bench)
    bench.plex.state.items[key].media = (("/media/new/Sintel.mkv",),)
    bench.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    bench.plex.state.items[key].updated_at = int(bench.now) + 5
    bench.now += 10
    bench.sync(scene)
    assert undo(bench)["restored"] == 1
    assert bench.shown(key).summary == "Plex's own words"


def as_of_before(bench: Any, *, files: str = "[]") -> None:
    """What is recorded as a version left it that knew nobody: no scenes, no items, and originals without files, or with `files`."""
    with closing(sqlite3.connect(bench.data_dir / "state.db")) as connection, connection:
        for statement in ("DELETE FROM scenes", "DELETE FROM items", "UPDATE written SET is_known = 0"):
            connection.execute(statement)
        connection.execute("UPDATE originals SET files = ?", (files,))


@pytest.mark.parametrize("is_still_shown", [True, False])
def test_original_of_a_folder_of_before_is_trusted_where_plex_shows_what_was_written(bench, is_still_shown):
    key, _ = synced(bench)
    as_of_before(bench)
    if not is_still_shown:
        bench.plex.state.remove_item(key)
        bench.plex.state.add_item(bench.section, "/media/Spring.mkv", rating_key=key, summary="Of spring")
    told = undo(bench)
    assert (told["restored"], told["other"]) == (int(is_still_shown), int(not is_still_shown))
    assert bench.shown(key).summary == ("Plex's own words" if is_still_shown else "Of spring")


@pytest.mark.parametrize(("saved_after_s", "stays"), [(-50, False), (50, True)])
def test_save_that_waits_is_dropped_only_when_it_is_older_than_the_undo(bench, saved_after_s, stays):
    key, scene = synced(bench)
    bench.now += 100
    bench.stash.save_scene(scene, details="Saved")
    (bench.data_dir / "config.yaml").write_text("batch_size: 1\n", encoding="utf-8")
    bench.configure()
    bench.parts.settings.refresh()
    bench.put(control_job(RESTORE, {}, now=bench.now))
    bench.put(create_sync_job(scene, METADATA, {"fields": ["details"]}, now=bench.now + saved_after_s))
    bench.drain()
    assert bench.shown(key).summary == ("Saved" if stays else "Plex's own words")
    assert bench.records.skips.counts() == ({} if stays else {"restored": 1})


def test_save_after_an_undo_was_asked_for_is_written_again_when_it_was_written_before_the_undo_came(bench):
    key, scene = synced(bench)
    asked_at = bench.now
    bench.now += 100
    bench.stash.save_scene(scene, details="Saved since")
    bench.sync(scene)
    assert undo(bench, asked_at=asked_at)["restored"] == 1
    bench.drain()
    assert bench.shown(key).summary == "Saved since"
    assert bench.records.skips.counts() == {}
    bench.now += 100
    assert undo(bench)["restored"] == 1
    assert bench.shown(key).summary == "Plex's own words", "the original is that of before the first sync"


def test_restored_scene_stays_so_though_stash_makes_it_a_cover_until_it_is_saved(bench):
    key, scene = synced(bench)
    bench.later(NEWS_S)
    undo(bench)
    bench.now += 3600
    bench.stash.generate_cover(scene, png(4, 4, (0, 0, 200)))
    bench.later(NEWS_S)
    bench.put(control_job(RECONCILE, {}, now=bench.now))
    bench.later(NEWS_S)
    assert (bench.shown(key).summary, bench.records.skips.counts()) == ("Plex's own words", {"restored": 1})
    bench.stash.save_scene(scene, details="Saved")
    bench.sync(scene, fields=("details",))
    assert bench.shown(key).summary == "Saved"


def test_restored_scene_stays_so_though_a_tag_of_it_is_renamed(bench):
    key, _ = synced(bench, tags=["Dragons"])
    bench.now += 60
    undo(bench)
    bench.stash.rename_tag(1, "Drakes")
    data = {"event": "update", "ids": [1]}
    bench.put({"scene_id": None, "update_type": "tag", "data": data, "enqueued_at": bench.now, "job_key": "tag_1"})
    bench.drain()
    assert (bench.shown(key).summary, bench.records.skips.counts()) == ("Plex's own words", {"restored": 1})


def test_nothing_of_another_item_is_kept_when_the_one_under_its_key_needs_no_write_at_first(bench):
    bench.configure(skip_fields="poster")
    key, _ = synced(bench)
    bench.plex.state.remove_item(key)
    bench.plex.state.add_item(bench.section, "/media/Spring.mkv", rating_key=key, title="Spring")
    bench.now += 10
    spring = bench.scene("Spring.mkv")
    bench.sync(spring)
    assert bench.records.originals.files_of([key]) == {}
    bench.stash.save_scene(spring, title="Spring!")
    bench.sync(spring)
    assert undo(bench)["restored"] == 1
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Spring", "")


def test_restore_says_so_when_nothing_was_ever_written(bench):
    """Once it was "0 of 0 items show again what they showed"."""
    assert undo(bench)["text"] == "There was nothing to restore"
