from pathlib import Path
from typing import Any

import pytest
from persistqueue import SQLiteAckQueue
from persistqueue.serializers import json as json_serializer

from storage.errors import StorageTooNew
from sync_queue import claims, get_stats
from sync_queue.claims import ClaimStore
from sync_queue.merging import saved_by
from sync_queue.pending import Selection, enqueue_many, make_due
from sync_queue.questions import NEXT_DUE, error_counts, indexed
from sync_queue.settling import BadRow, Settlement
from tests.sync_queue.jobs import NOW, append, insert_raw, look, scene, statuses


def claim_ids(store: ClaimStore, now: float = NOW, limit: int = 100) -> list[tuple[int, ...]]:
    return [job.pqids for job in store.claim_due(now, limit).jobs]


def test_claim_brings_jobs_in_order_when_rows_are_fresh(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, *(scene(number) for number in range(5)))
    assert claim_ids(store, limit=3) == [(1,), (2,), (3,)]
    assert claim_ids(store) == [(4,), (5,)]
    assert not store.claim_due(NOW, 10)
    assert set(statuses(queue_dir).values()) == {2}


def test_claim_merges_rows_of_one_scene_when_they_are_fresh(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1, "title"), scene(2), scene(1, "date"))
    first, second = store.claim_due(NOW, 10).jobs
    assert (first.pqids, first.key, first.job["data"], first.job.get("pqid")) == (
        (1, 3),
        "scene_1",
        {"fields": ["date", "title"]},
        1,
    )
    assert second.pqids == (2,)


def test_claim_takes_waiting_rows_along_when_a_fresh_one_of_their_scene_is_claimed(
    queue_dir: Path, store: ClaimStore
) -> None:
    append(queue_dir, scene(1, "title"))
    store.settle([Settlement.retry(1, NOW + 1000, 3, "PlexBusy", "busy")], NOW) if claim_ids(store) else None
    append(queue_dir, scene(1, "date"))
    (job,) = store.claim_due(NOW, 10).jobs
    assert (job.pqids, job.attempts, job.error_type, job.reason, job.first_failed_at) == (
        (1, 2),
        3,
        "PlexBusy",
        "busy",
        NOW,
    )


def test_claim_says_when_the_next_attempt_is_planned_when_something_brought_the_job_before(
    queue_dir: Path, store: ClaimStore
) -> None:
    append(queue_dir, scene(1))
    (job,) = store.claim_due(NOW, 1).jobs
    assert job.planned_at is None, "the first try of all"
    store.settle([Settlement.retry(job.pqids, NOW + 600, 3, "E", "why")], NOW)
    append(queue_dir, scene(1))
    (job,) = store.claim_due(NOW + 1, 1).jobs
    assert (job.pqids, job.attempts, job.planned_at) == ((1, 2), 3, NOW + 600)
    store.settle([Settlement.release(job.pqids, NOW + 5)], NOW + 2)
    (job,) = store.claim_due(NOW + 5, 1).jobs
    assert (job.pqids, job.planned_at) == ((1, 2), NOW + 600), "a pause in between changes nothing"
    store.settle([Settlement.retry(job.pqids, NOW + 600, 3, "E", "why")], NOW + 6)
    assert make_due(queue_dir, NOW + 10, Selection.of_scenes([1])) == 1
    (job,) = store.claim_due(NOW + 10, 1).jobs
    assert job.planned_at == NOW + 600, "a person asked for it"
    store.settle([Settlement.retry(job.pqids, NOW + 20, 3, "Other", "why", planned_at=NOW + 600)], NOW + 11)
    assert store.claim_due(NOW + 20, 1).jobs[0].planned_at == NOW + 600
    with ClaimStore(queue_dir) as heir:
        heir.resume(NOW + 30)
        (job,) = heir.claim_due(NOW + 30, 1).jobs
        assert (job.attempts, job.planned_at) == (3, NOW + 600), "nor does the death of a worker"
        heir.settle([Settlement.release(job.pqids, NOW + 30)], NOW + 30)
        assert heir.claim_due(NOW + 600, 1).jobs[0].planned_at is None, "its time has come"


def test_saves_of_one_scene_are_one_row_once_they_were_tried_in_vain(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1, "title"))
    append(queue_dir, scene(1, "details"))
    (job,) = store.claim_due(NOW, 1).jobs
    store.settle([Settlement.retry(job.pqids, NOW + 30, 1, "NotInPlexError", "why")], NOW)
    enqueue_many(queue_dir, [scene(1)], now=NOW)
    (job,) = store.claim_due(NOW + 1, 1).jobs
    store.settle([Settlement.retry(job.pqids, NOW + 60, 2, "NotInPlexError", "why")], NOW + 1)
    assert get_stats(queue_dir)["pending"] == 1
    assert sum(error_counts(queue_dir).values()) == 1
    (job,) = store.claim_due(NOW + 60, 1).jobs
    assert (job.pqids, job.attempts, job.first_failed_at) == ((1,), 2, NOW)
    assert (job.job["data"]["fields"], sorted(saved_by(job.job).own)) == ([], ["details", "title"])


def test_claim_brings_a_waiting_job_when_it_is_due_and_not_before(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1))
    claim_ids(store)
    assert store.settle([Settlement.retry((1,), NOW + 10, 1, "E", "why")], NOW) == []
    assert store.next_due_at() == NOW + 10
    assert claim_ids(store, NOW + 9.9) == []
    assert claim_ids(store, NOW + 10) == [(1,)]
    assert store.next_due_at() is None


def test_claim_is_fair_when_tries_and_fresh_rows_and_bulk_work_are_due(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, *(scene(number) for number in range(10)))
    store.settle([Settlement.retry(pqids, NOW, 1, "E", "") for pqids in claim_ids(store)], NOW)
    append(queue_dir, *(scene(number) for number in range(100, 110)))
    enqueue_many(queue_dir, [scene(number) for number in range(200, 210)], now=NOW)
    lanes = [job.job["scene_id"] // 100 for job in store.claim_due(NOW, 9).jobs if job.job["scene_id"] is not None]
    assert sorted(lanes) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    seen = {
        claimed.job["scene_id"] // 100
        for _ in range(3)
        for claimed in store.claim_due(NOW, 1).jobs
        if claimed.job["scene_id"] is not None
    }
    assert seen == {0, 1, 2}


def test_claim_hands_out_rows_as_bad_when_they_are_no_jobs(queue_dir: Path, store: ClaimStore) -> None:
    rows: list[tuple[Any, int]] = [(b"\x80\xffbroken", 0), (b"[]", 0), (None, 0), ("text", 0), (5, 0)]
    insert_raw(queue_dir, *rows)
    append(queue_dir, scene(6))
    batch = store.claim_due(NOW, 10)
    assert [job.pqids for job in batch.jobs] == [(6,)]
    assert batch.bad[:2] == (
        BadRow(1, b"\x80\xffbroken", "not JSON"),
        BadRow(2, b"[]", "expected a JSON object, found list"),
    )
    assert len(batch.bad) == 5
    store.settle([Settlement.fail(row.pqid) for row in batch.bad], NOW)
    assert get_stats(queue_dir)["failed"] == 5


def test_claim_merges_nothing_when_a_waiting_row_was_damaged_since(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1))
    claim_ids(store)
    store.settle([Settlement.release(1, NOW + 5)], NOW)
    look(queue_dir, "UPDATE ack_queue_default SET data = x'00'")
    append(queue_dir, scene(1))
    assert claim_ids(store) == [(2,)]
    assert [row.pqid for row in store.claim_due(NOW + 5, 10).bad] == [1]


def test_settle_changes_and_reports_when_a_row_is_in_progress_or_not(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, *(scene(number) for number in range(5)))
    claim_ids(store, limit=4)
    settlements = [
        Settlement.ack(1),
        Settlement.fail(2),
        Settlement.retry(3, NOW + 1, 1, "E", "why"),
        Settlement.release(4, NOW + 2),
        Settlement.ack((1, 5, 99)),
    ]
    assert store.settle(settlements, NOW) == [1, 5, 99]
    assert statuses(queue_dir) == {1: 5, 2: 9, 3: 1, 4: 1, 5: 0}
    schedule = look(queue_dir, "SELECT pqid, attempts, due_at, error_type, reason, first_failed_at FROM job_schedule")
    assert schedule == [(3, 1, NOW + 1, "E", "why", NOW), (4, 0, NOW + 2, None, None, None)]


def test_release_keeps_attempts_and_error_when_a_pause_begins(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1))
    for attempts in (1, 2):
        claim_ids(store, NOW + attempts)
        store.settle([Settlement.retry(1, NOW + attempts, attempts, "E", "why")], NOW + attempts)
    claim_ids(store, NOW + 2)
    store.settle([Settlement.release(1, NOW + 60)], NOW + 3)
    (job,) = store.claim_due(NOW + 60, 1).jobs
    assert (job.attempts, job.error_type, job.reason, job.first_failed_at, job.interrupted) == (
        2,
        "E",
        "why",
        NOW + 1,
        0,
    )


def test_resume_puts_rows_back_with_their_attempts_when_the_worker_was_killed(
    queue_dir: Path, store: ClaimStore
) -> None:
    append(queue_dir, scene(1), scene(2))
    claim_ids(store)
    store.settle([Settlement.retry(1, NOW, 4, "E", "why"), Settlement.release(2, NOW)], NOW)
    append(queue_dir, scene(3))
    claim_ids(store)
    with ClaimStore(queue_dir) as heir:
        assert heir.resume(NOW) == 3
        assert heir.resume(NOW) == 0
        jobs = {job.key: job for job in heir.claim_due(NOW, 10).jobs}
        assert {key: (job.attempts, job.interrupted) for key, job in jobs.items()} == {
            "scene_1": (4, 1),
            "scene_2": (0, 1),
            "scene_3": (0, 1),
        }
        assert heir.resume(NOW) == 3
        assert {job.interrupted for job in heir.claim_due(NOW, 10).jobs} == {2}
    # What the dead worker would still settle belongs to nobody now.
    assert store.settle([Settlement.ack(1)], NOW) == []


def test_schedule_stays_true_when_persist_queue_itself_settles(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1), scene(2), scene(3))
    claim_ids(store)
    store.settle([Settlement.retry(pqid, NOW, 1, "E", "") for pqid in (1, 2, 3)], NOW)
    theirs = SQLiteAckQueue(str(queue_dir), serializer=json_serializer, auto_resume=False)
    theirs.ack(theirs.get(id=1))
    theirs.ack_failed(theirs.get(id=2))
    theirs.nack(theirs.get(id=3))
    assert look(queue_dir, "SELECT pqid, attempts FROM job_schedule") == [(3, 1)]
    theirs.put(scene(4))
    theirs.nack(theirs.get(id=4))
    assert claim_ids(store) == [(4,), (3,)]


def test_data_version_changes_when_others_write_and_only_then(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(1))
    seen = store.data_version()
    assert store.data_version() == seen
    claim_ids(store)
    store.settle([Settlement.ack(1)], NOW)
    assert store.data_version() == seen
    append(queue_dir, scene(2))
    assert store.data_version() != seen


def test_idle_claim_writes_nothing_when_nothing_is_due(queue_dir: Path, store: ClaimStore) -> None:
    with ClaimStore(queue_dir) as other:
        seen = other.data_version()
        assert not store.claim_due(NOW, 10)
        assert other.data_version() == seen


def test_store_is_empty_when_no_row_is_pending_or_claimed(queue_dir: Path, store: ClaimStore) -> None:
    assert store.is_empty()
    append(queue_dir, scene(1))
    assert not store.is_empty()
    claim_ids(store)
    assert not store.is_empty()
    store.settle([Settlement.ack(1)], NOW)
    assert store.is_empty()


def test_store_refuses_and_changes_nothing_when_the_file_is_newer(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    look(queue_dir, "PRAGMA user_version = 99")
    with pytest.raises(StorageTooNew):
        ClaimStore(queue_dir)
    assert look(queue_dir, "PRAGMA user_version") == [99]


@pytest.mark.parametrize("status", [0, 1, 5])
def test_every_question_is_answered_by_an_index_when_there_are_many_rows(
    queue_dir: Path, store: ClaimStore, status: int
) -> None:
    queries = [
        (claims.FRESH_ROWS, (10,)),
        (claims.DUE_ROWS, (0, NOW, 10)),
        (claims.IS_ANYTHING_DUE, (0, NOW, 1, NOW)),
        (claims.WAITING_OF_KEY, (indexed("scene_1"),)),
        (NEXT_DUE, (0,)),
    ]
    insert_raw(queue_dir, *[(b"{}", status)] * 50)
    for query, values in queries:
        plan = look(queue_dir, f"EXPLAIN QUERY PLAN {query}", *values)
        assert not [
            step[3]
            for step in plan
            if (step[3].startswith("SCAN ") and step[3] != "SCAN CONSTANT ROW") or "TEMP B-TREE" in step[3]
        ], query


def test_put_back_blames_nobody(queue_dir: Path) -> None:
    append(queue_dir, scene(1), scene(2))
    with ClaimStore(queue_dir) as store:
        store.claim_due(NOW, 1)
        assert store.put_back(NOW) == 1
        assert [(job.key, job.interrupted) for job in store.claim_due(NOW, 10).jobs] == [("scene_2", 0), ("scene_1", 0)]
