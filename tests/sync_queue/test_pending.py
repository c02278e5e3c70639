import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync_queue import SyncJob, create_sync_job, get_stats
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.models import METADATA, task_job
from sync_queue.pending import OF_KEY, Selection, drop, enqueue_many, has_job, make_due, query_of
from sync_queue.questions import indexed
from sync_queue.settling import Settlement
from tests.sync_queue.jobs import NOW, append, entity, insert_raw, look, pending_scenes, scene, statuses

SCENE_1 = Selection.of_scenes([1])
LATER = 1e12


def indexes(queue_dir: Path) -> list[str]:
    return look(queue_dir, "SELECT name FROM sqlite_master WHERE name = 'job_by_key'")


def test_index_by_key_is_made_by_the_worker_and_by_tasks_and_never_by_a_hook(tmp_path: Path) -> None:
    for name, work in (
        ("worker", lambda path: ClaimStore(path).close()),
        ("task", lambda path: enqueue_many(path, [])),
    ):
        append(tmp_path / name, scene(1))
        assert indexes(tmp_path / name) == []
        work(tmp_path / name)
        assert indexes(tmp_path / name) == ["job_by_key"]
        append(tmp_path / name, scene(2))
        assert has_job(tmp_path / name, "scene_2")
        plan = look(tmp_path / name, f"EXPLAIN QUERY PLAN {OF_KEY} (0, 1, 2)", indexed("scene_2"))
        assert "USING INDEX job_by_key" in plan[0][3]


@pytest.mark.parametrize("has_now", [True, False])
@pytest.mark.parametrize("has_failed", [True, False, None])
@pytest.mark.parametrize("error_type", ["NotInPlexError", None])
@pytest.mark.parametrize("seen_at", [NOW, None])
def test_jobs_of_scenes_are_found_by_their_keys_whatever_else_is_asked(
    queue_dir: Path, has_now: bool, has_failed: bool | None, error_type: str | None, seen_at: float | None
) -> None:
    """By the schedule each scene would cost a look at every job that waits: 10,000 of 20,000 took three minutes."""
    enqueue_many(queue_dir, [scene(1)], now=NOW)
    which = Selection(keys=["scene_1"], has_failed=has_failed, error_type=error_type, seen_at=seen_at)
    values = {"now": NOW, "error_type": error_type, "seen_at": seen_at, "key": indexed("scene_1")}
    with closing(sqlite3.connect(queue_dir / "data.db")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query_of(which, has_now=has_now)}", values).fetchall()
    assert "USING INDEX job_by_key" in plan[0][3]
    assert all("USING INTEGER PRIMARY KEY" in step[3] for step in plan[1:]), "its row of the schedule by its id"


@pytest.mark.parametrize("raw", [b"", b"\x80 no pickle", b'"job_key": "', b"{", None, 5, 1.5, "text", "\x00"])
def test_row_of_any_content_goes_into_the_index_and_out_again(queue_dir: Path, store: ClaimStore, raw: object) -> None:
    insert_raw(queue_dir, (raw, 0), (raw, 0))
    append(queue_dir, scene(1))
    assert enqueue_many(queue_dir, [scene(1)], now=NOW) == 0
    batch = store.claim_due(NOW, 10)
    assert ([job.key for job in batch.jobs], len(batch.bad)) == (["scene_1"], 2)
    look(queue_dir, "DELETE FROM ack_queue_default")
    assert look(queue_dir, "PRAGMA integrity_check") == ["ok"]


def test_enqueue_many_adds_every_job_when_the_queue_is_new(queue_dir: Path) -> None:
    assert enqueue_many(queue_dir, (scene(number) for number in range(500)), now=NOW) == 500
    assert get_stats(queue_dir)["pending"] == 500
    assert pending_scenes(queue_dir) == set(range(500))


def test_enqueue_many_writes_persist_queues_row_when_it_adds_one(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    enqueue_many(queue_dir, [scene(2)], now=NOW)
    first, second = look(
        queue_dir, "SELECT data, typeof(data), typeof(timestamp), typeof(status) FROM ack_queue_default"
    )
    assert first[1:] == second[1:]
    assert first[0].replace(b"scene_1", b"scene_2").replace(b": 1,", b": 2,") == second[0]


def test_enqueue_many_leaves_out_what_waits_already_when_it_coalesces(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1), scene(2, "title"), scene(3), scene(4))
    claimed = {job.key: job.pqids for job in store.claim_due(NOW, 10).jobs}
    store.settle([Settlement.retry(claimed["scene_3"], NOW + 60, 1, "E", "")], NOW)
    store.settle([Settlement.ack(claimed["scene_4"])], NOW)
    append(queue_dir, scene(5), scene(6, "title"))
    # 1 and 2 are in progress, 3 waits, 4 is done, 5 is fresh, 6 is fresh but says less, 7 comes twice.
    jobs = [scene(number) for number in (1, 2, 3, 4, 5, 6, 7, 7)]
    assert enqueue_many(queue_dir, jobs, now=NOW) == 5
    assert enqueue_many(queue_dir, jobs, now=NOW) == 0
    assert enqueue_many(queue_dir, jobs, coalesce=False, now=NOW) == 8


def test_enqueue_many_tells_events_of_one_tag_apart_when_it_coalesces(queue_dir: Path) -> None:
    update, destroy = (entity("tag", event, 4) for event in ("update", "destroy"))
    assert enqueue_many(queue_dir, [update, update, destroy, destroy], now=NOW) == 2


def test_enqueue_many_adds_nothing_when_a_later_job_is_no_json(queue_dir: Path) -> None:
    broken: SyncJob = {**scene(2), "data": {"picture": b"bytes"}}
    with pytest.raises(TypeError):
        enqueue_many(queue_dir, [scene(1), broken])
    assert get_stats(queue_dir)["pending"] == 0


def test_enqueue_many_keeps_the_queue_open_for_hooks_when_the_jobs_take_their_time(queue_dir: Path) -> None:
    def slow() -> Iterator[SyncJob]:
        yield scene(1)
        append(queue_dir, scene(2))  # what a hook does while a task pages through Stash
        yield scene(2)

    assert enqueue_many(queue_dir, slow(), now=NOW) == 1
    assert pending_scenes(queue_dir) == {1, 2}


def test_enqueue_many_forgets_the_old_row_when_a_job_had_one(queue_dir: Path) -> None:
    enqueue_many(queue_dir, [{**scene(1), "pqid": 77}])
    assert b"pqid" not in look(queue_dir, "SELECT data FROM ack_queue_default")[0]


def test_bulk_work_shares_every_batch_when_users_save_meanwhile(queue_dir: Path, store: ClaimStore) -> None:
    enqueue_many(queue_dir, (scene(number) for number in range(1000)), now=NOW)
    append(queue_dir, *(scene(number) for number in range(5000, 5003)))
    keys = {job.key for job in store.claim_due(NOW, 10).jobs}
    assert keys > {"scene_5000", "scene_5001", "scene_5002"}
    assert len(keys) == 10


def test_drop_deletes_fresh_and_waiting_rows_of_one_key_when_a_scene_is_gone(
    queue_dir: Path, store: ClaimStore
) -> None:
    append(queue_dir, scene(1), scene(12), scene(1))
    store.settle([Settlement.retry(job.pqids, NOW + 60, 1, "E", "") for job in store.claim_due(NOW, 1).jobs], NOW)
    append(queue_dir, scene(1), scene(12))
    pending = [pqid for pqid, status in statuses(queue_dir).items() if status < 2]
    dropped = drop(queue_dir, SCENE_1)
    assert dropped + 2 == len(pending)
    assert pending_scenes(queue_dir) == {12}
    assert look(queue_dir, "SELECT COUNT(*) FROM job_schedule") == [0]
    assert drop(queue_dir, SCENE_1) == 0


def test_drop_leaves_the_claimed_row_when_it_is_in_progress(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1))
    assert store.claim_due(NOW, 1)
    assert drop(queue_dir, SCENE_1) == 0
    assert statuses(queue_dir) == {1: 2}


def test_make_due_moves_one_key_or_all_when_jobs_wait(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1), scene(2), scene(3))
    store.settle([Settlement.retry(job.pqids, NOW + 60, 1, "E", "") for job in store.claim_due(NOW, 3).jobs], NOW)
    assert make_due(queue_dir, NOW, Selection.of_scenes([2])) == 1
    assert [job.key for job in store.claim_due(NOW, 9).jobs] == ["scene_2"]
    assert make_due(queue_dir, NOW) == 2
    assert {job.key for job in store.claim_due(NOW, 9).jobs} == {"scene_1", "scene_3"}


def syncs_of(scene_ids: list[int], *, until: float) -> Selection:
    """What an undo drops of scenes."""
    return Selection(keys=[f"scene_{scene_id}" for scene_id in scene_ids], update_type=METADATA, until=until)


def _fill(queue_dir: Path) -> None:
    """Scenes 1 to 3 in the bulk lane, 3 and 4 fresh, and 2 destroyed."""
    enqueue_many(queue_dir, [create_sync_job(scene_id, "metadata", {"fields": []}) for scene_id in (1, 2, 3)])
    queue = AppendOnlyQueue(str(queue_dir))
    queue.put(create_sync_job(3, "metadata", {"fields": ["title"]}))
    queue.put(create_sync_job(4, "metadata", {"fields": ["title"]}))
    queue.put(create_sync_job(2, "destroyed", {}))
    queue.close()


def test_job_is_known_by_its_key_while_it_is_pending_or_in_progress(queue_dir: Path) -> None:
    assert not has_job(queue_dir, "scene_1")
    _fill(queue_dir)
    assert has_job(queue_dir, "scene_1")
    assert has_job(queue_dir, "scene_4")
    assert not has_job(queue_dir, "scene_")
    with ClaimStore(queue_dir) as claims:
        claims.claim_due(time.time() + 1, 10)
    assert has_job(queue_dir, "scene_4")


def test_scenes_lose_what_would_sync_them_and_keep_what_tells_of_their_end(queue_dir: Path) -> None:
    _fill(queue_dir)
    assert drop(queue_dir, syncs_of([], until=LATER)) == 0
    assert drop(queue_dir, syncs_of([2, 3, 99], until=LATER)) == 3
    with ClaimStore(queue_dir) as claims:
        left = {(job.job["scene_id"], job.job["update_type"]) for job in claims.claim_due(time.time() + 1, 10).jobs}
    assert left == {(1, "metadata"), (4, "metadata"), (2, "destroyed")}


def test_scenes_are_due_at_once_when_their_jobs_waited_and_no_other_is(queue_dir: Path) -> None:
    now = 1_000.0
    enqueue_many(queue_dir, [create_sync_job(scene_id, "metadata", {}) for scene_id in (1, 2, 3)], now=now + 3600)
    assert make_due(queue_dir, now, Selection.of_scenes([1, 3, 99])) == 2
    assert make_due(queue_dir, now, Selection.of_scenes([1, 3, 99])) == 0
    with ClaimStore(queue_dir) as claims:
        assert {job.job["scene_id"] for job in claims.claim_due(now, 10).jobs} == {1, 3}


def test_job_that_failed_keeps_its_plan_when_its_scene_is_made_due(queue_dir: Path) -> None:
    now = 1_000.0
    enqueue_many(queue_dir, [create_sync_job(1, "metadata", {})], now=now)
    with ClaimStore(queue_dir) as claims:
        (job,) = claims.claim_due(now, 10).jobs
        claims.settle([Settlement.retry(job.pqids, now + 3600, 7, "NotInPlexError", "")], now)
        assert make_due(queue_dir, now, Selection.of_scenes([1])) == 1
        (job,) = claims.claim_due(now, 10).jobs
    assert (job.attempts, job.planned_at) == (7, now + 3600)


def test_jobs_in_progress_are_not_dropped(queue_dir: Path) -> None:
    _fill(queue_dir)
    with ClaimStore(queue_dir) as claims:
        claims.claim_due(time.time() + 1, 10)
        assert drop(queue_dir, syncs_of([1, 2, 3, 4], until=LATER)) == 0
    assert get_stats(queue_dir)["in_progress"] == 6


def test_scenes_keep_what_was_saved_after_a_moment(queue_dir: Path) -> None:
    jobs = [create_sync_job(1, "metadata", {"fields": []}, now=moment) for moment in (1.0, 2.0, 3.0)]
    enqueue_many(queue_dir, jobs, coalesce=False)
    assert drop(queue_dir, syncs_of([1], until=2.0)) == 2
    assert get_stats(queue_dir)["pending"] == 1


def test_jobs_of_tasks_go_by_run_or_since_a_moment_and_saves_stay(queue_dir: Path) -> None:
    _fill(queue_dir)
    jobs = [
        task_job(scene_id, run, now=float(scene_id)) for scene_id, run in ((11, "all 1"), (12, "all 1"), (13, "page 2"))
    ]
    enqueue_many(queue_dir, jobs)
    assert drop(queue_dir, Selection(update_type=METADATA, run="all 1", until=11.0)) == 1
    assert drop(queue_dir, Selection(update_type=METADATA, run="all 1", since=13.0, until=LATER)) == 0
    assert drop(queue_dir, Selection(update_type=METADATA, run="", since=13.0, until=LATER)) == 1
    with ClaimStore(queue_dir) as claims:
        left = {job.job["scene_id"] for job in claims.claim_due(time.time() + 1, 10).jobs}
    assert left == {1, 2, 3, 4, 12}
