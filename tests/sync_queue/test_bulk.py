from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_queue import (
    ClaimStore,
    SyncJob,
    drop_pending,
    enqueue_many,
    get_stats,
    make_due,
)
from sync_queue.settling import Settlement
from tests.sync_queue.jobs import NOW, append, entity, look, pending_scenes, scene, statuses


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


def test_drop_pending_deletes_fresh_and_waiting_rows_of_one_key_when_a_scene_is_gone(
    queue_dir: Path, store: ClaimStore
) -> None:
    append(queue_dir, scene(1), scene(12), scene(1))
    store.settle([Settlement.retry(job.pqids, NOW + 60, 1, "E", "") for job in store.claim_due(NOW, 1).jobs], NOW)
    append(queue_dir, scene(1), scene(12))
    pending = [pqid for pqid, status in statuses(queue_dir).items() if status < 2]
    dropped = drop_pending(queue_dir, "scene_1")
    assert dropped + 2 == len(pending)
    assert pending_scenes(queue_dir) == {12}
    assert look(queue_dir, "SELECT COUNT(*) FROM job_schedule") == [0]
    assert drop_pending(queue_dir, "scene_1") == 0


def test_drop_pending_leaves_the_claimed_row_when_it_is_in_progress(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1))
    assert store.claim_due(NOW, 1)
    assert drop_pending(queue_dir, "scene_1") == 0
    assert statuses(queue_dir) == {1: 2}


def test_make_due_moves_one_key_or_all_when_jobs_wait(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1), scene(2), scene(3))
    store.settle([Settlement.retry(job.pqids, NOW + 60, 1, "E", "") for job in store.claim_due(NOW, 3).jobs], NOW)
    assert make_due(queue_dir, NOW, "scene_2") == 1
    assert [job.key for job in store.claim_due(NOW, 9).jobs] == ["scene_2"]
    assert make_due(queue_dir, NOW) == 2
    assert {job.key for job in store.claim_due(NOW, 9).jobs} == {"scene_1", "scene_3"}
