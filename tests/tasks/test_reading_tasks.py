"""Preview and Reconcile: what they find, and that looking changes nothing."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from records import Records
from sync_queue.lock import WorkerLock
from tasks.context import TaskContext, TaskError
from tasks.output import MOST_LINES
from tasks.registry import run
from tasks.view import LOCK_NAME
from tests.fakes.plex import Fault
from tests.house import House, Movie, kill
from tests.machine import is_closed_to_others
from tests.tasks.conftest import RunTask
from worker.facts import LAST_RECONCILE_AT
from worker.process.handover import stop_worker

MakeContext = Callable[[House], TaskContext]


def _writes(house: House) -> list[str]:
    return [f"{request.method} {request.path}" for request in house.plex.journal.records() if request.method != "GET"]


def _recorded(house: House) -> list[object]:
    """Everything in state.db but the name that Plex knows us by."""
    file = house.data_dir / "state.db"
    with Records(file, reading=True) as records, closing(sqlite3.connect(file)) as connection:
        facts = dict(connection.execute("SELECT key, value FROM facts WHERE key <> 'client_identifier'").fetchall())
        return [
            facts,
            records.written.count(),
            records.originals.count(),
            records.skips.counts(),
            records.runs.lifetime(),
        ]


def _reconciled_lately(house: House) -> bool:
    with Records(house.data_dir / "state.db", reading=True) as records:
        return abs(records.facts.get(LAST_RECONCILE_AT, 0.0) - time.time()) < 60


def _synced(house: House, context: TaskContext, *names: str) -> list[Movie]:
    movies = house.add(*names, title="Open", tags=["Animation"], performers=["Ada Example", "Ada Sample"])
    assert run({"mode": "all"}, context)["synced"] == len(names)
    return movies


def test_preview_shows_fields_and_reasons_and_writes_nothing(house: House, run_task: RunTask) -> None:
    house.configure(only_organized=True, paused=True)
    house.add("Sintel", title="Open", rating100=80, organized=True)
    house.add("Spring", title="Spring", organized=True)
    house.add("Cosmos Laundromat")
    house.stash.add_scene("elsewhere", path="/data/movies/elsewhere.mkv", organized=True)
    run = run_task(house, "preview")
    answer = run.output
    counts = {name: answer[name] for name in ("scenes", "changed", "equal", "to_lock", "not_in_plex", "ambiguous")}
    assert counts == {"scenes": 4, "changed": 1, "equal": 1, "to_lock": 1, "not_in_plex": 1, "ambiguous": 0}
    assert "1 up to date (1 would get locks)" in answer["text"]
    assert answer["skipped"] == {"not_organized": 1}
    assert answer["fields"] == {"title": 1, "rating": 1}
    assert 'scene 1, item 1: title: "Sintel" -> "Open"' in answer["lines"]
    assert any("scene 3: skipped, the scene is not marked as organized" in line for line in answer["lines"])
    assert {("info", line) for line in answer["lines"]} <= set(run.log)
    assert run.progress[-1] == 1.0
    assert _writes(house) == []
    assert house.workers() == []
    assert _recorded(house) == [{}, 0, 0, {}, {}]
    assert not (house.data_dir / "index.db").exists()
    assert not (house.data_dir / "queue").exists()


def test_preview_says_what_pictures_would_be_made_of(house: House, context: MakeContext) -> None:
    house.stash.library.add_group("Shorts", front_image=b"a front cover")
    sintel, spring = house.add("Sintel", "Spring", title="{name}!")
    house.stash.save_scene(sintel.scene_id, groups=["Shorts"])
    house.configure(poster_from="group, canvas", background_image="screenshot")
    answer = run({"mode": "preview"}, context(house))
    text = "\n".join(answer["lines"])
    assert (
        f"scene {sintel.scene_id}: poster (from the group), background (a still of the video) would be compared" in text
    )
    assert f"scene {spring.scene_id}: poster (the cover on a canvas), background (a still of the video)" in text
    house.configure(skip_fields="poster", background_image=True)
    assert "background (the cover as it is) would be compared" in str(run({"mode": "preview"}, context(house))["lines"])


def test_preview_tells_what_cannot_be_read_from_what_is_not_in_plex(house: House, context: MakeContext) -> None:
    house.add("Sintel", "Spring", title="Open")
    house.plex.faults.add(Fault("status", status=500, when=lambda request: request.path == "/library/metadata/2"))
    house.plex.faults.add(Fault("status", status=500, when=lambda request: request.path == "/library/metadata/1,2"))
    answer = run({"mode": "preview"}, context(house))
    assert (answer["not_in_plex"], answer["unreadable"], answer["changed"]) == (0, 1, 1)
    assert "; 0 not in Plex; 1 not to be read in Plex; " in answer["text"]


def test_preview_changes_no_record_and_keeps_to_ids_and_limit(house: House, context: MakeContext) -> None:
    first, second = _synced(house, context(house), "Sintel", "Spring")
    assert stop_worker(str(house.data_dir)), "it notes on by itself what it has seen"
    before, writes = _recorded(house), len(_writes(house))
    assert run({"mode": "preview"}, context(house))["changed"] == 0
    house.stash.library.scene(first.scene_id).title = "New"
    house.stash.library.scene(second.scene_id).title = "New too"
    answer = run({"mode": "preview", "scene_ids": f"{first.scene_id}, 999", "limit": "0"}, context(house))
    assert (answer["scenes"], answer["changed"], answer["lines"], answer["more_lines"]) == (1, 1, [], 1)
    assert run({"mode": "preview", "scene_ids": [second.scene_id]}, context(house))["fields"] == {"title": 1}
    assert _recorded(house) == before
    assert len(_writes(house)) == writes


def test_preview_says_its_counts_last_and_where_all_of_its_lines_are(house: House, run_task: RunTask) -> None:
    house.add(*(f"Film {number:02d}" for number in range(30)), title="Open", rating100=80)
    house.data_dir.joinpath("preview.txt").write_text("of an earlier run")
    run = run_task(house, "preview", limit=3)
    assert (len(run.output["lines"]), run.output["more_lines"]) == (3, 57)
    assert len(run.log) == MOST_LINES + 1
    assert run.log[-1] == ("info", run.output["text"])
    path = house.data_dir / "preview.txt"
    assert run.output["text"].endswith(f"The log has the first {MOST_LINES} lines; all 60 are in {path}")
    title, *lines = path.read_text(encoding="utf-8").splitlines()
    assert title.startswith("Preview, 20")
    assert lines[:MOST_LINES] == [line for _, line in run.log[:-1]]
    assert (len(lines), lines[:3]) == (60, run.output["lines"])
    assert is_closed_to_others(path)


def test_preview_says_what_it_can_when_its_file_cannot_be_written(house: House, run_task: RunTask) -> None:
    house.add(*(f"Film {number:02d}" for number in range(30)), title="Open")
    house.data_dir.joinpath("preview.txt").mkdir()
    run = run_task(house, "preview")
    assert run.output["changed"] == 30
    assert run.output["text"].endswith("the others could not be kept")


def test_preview_is_refused_when_another_one_runs(house: House, context: MakeContext) -> None:
    lock = WorkerLock(str(house.data_dir), LOCK_NAME)
    assert lock.acquire()
    with pytest.raises(TaskError, match="another task is comparing"):
        run({"mode": "preview"}, context(house))
    lock.release()


def test_whole_reconcile_finds_by_contents_what_no_hook_told(house: House, context: MakeContext) -> None:
    movies = _synced(house, context(house), "Sintel", "Spring", "Cosmos Laundromat", "Elephants Dream")
    merged, lost, gone, untouched = movies
    house.stash.save_scene(untouched.scene_id, performers=["Bob Sample"])
    house.stash.save_scene(lost.scene_id, performers=["Bob Sample"])
    house.wait(lambda: house.is_drained() and "Bob Sample" in house.shown(lost).tags["actor"])
    house.stash.merge_performers([1], 2)  # Ada Example into Ada Sample: nothing fires
    house.plex.state.items[lost.rating_key].values["title"] = "Lost"
    del house.stash.library.scenes[gone.scene_id]
    house.stash.library.revision += 1
    house.plex.journal.clear_log()
    answer = run({"mode": "reconcile"}, context(house))
    assert {name: answer[name] for name in ("compared", "differ", "gone", "synced")} == {
        "compared": 3,
        "differ": 2,
        "gone": 1,
        "synced": 2,
    }
    assert list(house.shown(merged).tags["actor"]) == ["Ada Sample"]
    assert house.shown(lost).title == "Open"
    assert house.plex.journal.count("edit") == 3, "one of them to learn how Plex reads a list"
    with context(house).records() as records:
        assert gone.scene_id not in records.written.scene_ids()
    assert run({"mode": "reconcile", "depth": "whole"}, context(house))["differ"] == 0


def test_reconcile_tells_covers_to_be_looked_at_from_scenes_that_differ(house: House, context: MakeContext) -> None:
    house.configure(skip_fields="")
    (movie,) = _synced(house, context(house), "Sintel")
    house.stash.library.scene(movie.scene_id).cover = b"\x89PNG\r\n\x1a\n"
    house.stash.library.ahead_s = 5  # what is saved now is newer than what we know
    house.stash.library.touch(house.stash.library.scene(movie.scene_id))
    answer = run({"mode": "reconcile"}, context(house))
    assert (answer["differ"], answer["covers"], answer["synced"]) == (0, 1, 1)
    assert answer["text"].startswith("1 scene compared (whole), 0 differ, 1 cover to compare. 1 synced")


def test_field_that_plex_takes_of_no_item_is_named_where_people_look(house: House, context: MakeContext) -> None:
    house.plex.options.refused_fields = frozenset({"summary"})
    house.add("Sintel", "Spring", "Hero", "Cosmos Laundromat", title="Open", details="Of a girl and a dragon")
    assert run({"mode": "all"}, context(house))["synced"] == 4
    refusal = "Plex refuses this field of every item, whatever its value"
    assert f"scene 4, item 4: summary is not sent: {refusal}" in run({"mode": "preview"}, context(house))["lines"]
    answer = run({"mode": "test_connection"}, context(house))
    assert answer["text"] == f"Not everything works: summary: {refusal}"


def test_light_reconcile_finds_by_times_and_leaves_known_skips_alone(house: House, context: MakeContext) -> None:
    house.configure(only_tags="Animation")
    tagged, untouched = _synced(house, context(house), "Sintel", "Spring")
    skipped = house.add("Cosmos Laundromat")[0]
    house.stash.add_scene("Open", path="/data/movies/elsewhere.mkv", tags=["Animation"])
    assert run({"mode": "reconcile", "depth": "light"}, context(house))["differ"] == 2, "never synced"
    house.stash.library.ahead_s = 5  # what is saved now is newer than what we know
    house.stash.auto_tag(tagged.scene_id, tags=["Short"])
    answer = run({"mode": "reconcile", "depth": "light"}, context(house))
    assert (answer["compared"], answer["differ"], answer["synced"]) == (4, 1, 1)
    assert "Short" in house.shown(tagged).tags["genre"]
    house.stash.auto_tag(skipped.scene_id, tags=["Animation"])
    assert run({"mode": "reconcile", "depth": "light"}, context(house))["differ"] == 1
    assert "Animation" in house.shown(skipped).tags["genre"]
    assert house.shown(untouched).title == "Open"


def test_worker_reconciles_by_itself_when_the_last_time_is_a_day_ago(house: House, context: MakeContext) -> None:
    tagged, untouched = _synced(house, context(house), "Sintel", "Spring")
    never_synced = house.add("Cosmos Laundromat", title="Open")[0]
    house.stash.library.scene(never_synced.scene_id).updated_at -= 40 * 86_400
    house.stash.auto_tag(tagged.scene_id, tags=["Short"])
    with Records(house.data_dir / "state.db", reading=True) as records:
        written = records.written.get(tagged.scene_id)[tagged.rating_key]
    kill(house.worker())
    with Records(house.data_dir / "state.db") as records:
        records.facts.put(LAST_RECONCILE_AT, time.time() - 90_000)
        house.stash.library.scene(tagged.scene_id).updated_at = int(written.scene_updated_at) + 1
    house.stash.save_scene(untouched.scene_id, details="wakes a new worker")
    house.wait(lambda: "Short" in house.shown(tagged).tags["genre"], "the auto-tagged scene")
    house.wait(house.is_drained)
    assert house.shown(never_synced).title == "Cosmos Laundromat", "left to Sync All"
    house.wait(lambda: _reconciled_lately(house))


def test_comparing_leaves_one_copy_of_the_index_behind_for_its_owner_only(house: House, context: MakeContext) -> None:
    _synced(house, context(house), "Sintel")
    run({"mode": "preview"}, context(house))
    run({"mode": "reconcile"}, context(house))
    copies = list(house.data_dir.glob("index.copy.db*"))
    assert house.data_dir / "index.copy.db" in copies
    assert all(map(is_closed_to_others, copies))
