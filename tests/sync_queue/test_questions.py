"""Pages of the queue for people, over a real file."""

import time
from contextlib import closing

import pytest

from sync_queue import create_sync_job, questions
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.pending import Selection, drop, enqueue_many, make_due
from sync_queue.questions import QueueOverview
from sync_queue.settling import Settlement

NOW = time.time()


def bulk(queue_dir, ids):
    enqueue_many(
        queue_dir, [create_sync_job(scene_id, "metadata", {"fields": []}, now=NOW) for scene_id in ids], now=NOW
    )


def save(queue_dir, *ids):
    with closing(AppendOnlyQueue(str(queue_dir))) as queue:
        for scene_id in ids:
            queue.put(create_sync_job(scene_id, "metadata", {"fields": ["title"]}, now=NOW))


def fail(queue_dir, count, error_type="NotInPlexError", due_at=NOW + 600):
    with closing(ClaimStore(queue_dir)) as claims:
        jobs = claims.claim_due(NOW + 1, count).jobs
        claims.settle([Settlement.retry(job.pqids, due_at, 2, error_type, "because") for job in jobs], NOW)
    return [job.job["scene_id"] for job in jobs]


def scenes(rows):
    return [row.job["scene_id"] for row in rows]


@pytest.fixture
def queue_dir(tmp_path):
    return tmp_path / "queue"


def test_lists_are_empty_and_make_no_file_when_there_is_no_queue(queue_dir):
    assert questions.overview(queue_dir, NOW) == QueueOverview()
    assert questions.waiting(queue_dir) == questions.tried(queue_dir) == questions.in_progress(queue_dir) == []
    assert questions.of_keys(queue_dir, ["scene_1"]) == []
    assert questions.error_counts(queue_dir) == {}
    assert not queue_dir.exists()


def test_waiting_shows_saves_first_and_pages_through_everything_once(queue_dir):
    bulk(queue_dir, range(100, 110))
    save(queue_dir, 1, 2, 3)
    pages = [questions.waiting(queue_dir, offset=offset, limit=4) for offset in range(0, 16, 4)]
    assert scenes(pages[0])[:3] == [1, 2, 3]
    assert sorted(scene for page in pages for scene in scenes(page)) == [1, 2, 3, *range(100, 110)]


def test_waiting_leaves_out_what_is_in_progress(queue_dir):
    bulk(queue_dir, range(1, 6))
    with closing(ClaimStore(queue_dir)) as claims:
        claimed = [job.job["scene_id"] for job in claims.claim_due(NOW + 1, 2).jobs]
        assert scenes(questions.waiting(queue_dir, limit=3)) == [
            scene_id for scene_id in range(1, 6) if scene_id not in claimed
        ]
        assert sorted(scenes(questions.in_progress(queue_dir))) == sorted(claimed)
        assert all(row.is_claimed for row in questions.in_progress(queue_dir))


def test_tried_has_reason_attempts_and_next_try(queue_dir):
    bulk(queue_dir, range(1, 4))
    failed = fail(queue_dir, 2)
    rows = questions.tried(queue_dir)
    assert sorted(scenes(rows)) == sorted(failed)
    assert {(row.error_type, row.reason, row.attempts, row.due_at) for row in rows} == {
        ("NotInPlexError", "because", 2, NOW + 600)
    }
    assert questions.tried(queue_dir, error_type="PlexRejected") == []
    assert questions.error_counts(queue_dir) == {"NotInPlexError": 2}


def test_of_keys_finds_fresh_waiting_and_claimed_rows(queue_dir):
    bulk(queue_dir, [5, 6])
    save(queue_dir, 7)
    found = questions.of_keys(queue_dir, ["scene_5", "scene_7", "scene_8"])
    assert sorted(scenes(found)) == [5, 7]


def test_overview_counts_what_is_due_and_when_the_rest_is(queue_dir):
    bulk(queue_dir, range(1, 6))
    save(queue_dir, 9)
    fail(queue_dir, 2)
    found = questions.overview(queue_dir, NOW + 1)
    assert (found.pending, found.due, found.in_progress, found.next_due_at) == (6, 4, 0, NOW + 600)


def test_due_of_counts_kinds_that_wait_or_are_in_progress_and_none_of_later(queue_dir):
    bulk(queue_dir, [1, 2, 3])
    save(queue_dir, 9)
    assert questions.due_of({"metadata"}, queue_dir, NOW + 1, most=20) == 4
    assert questions.due_of({"index"}, queue_dir, NOW + 1, most=20) == 0
    assert questions.due_of({"metadata"}, queue_dir, NOW + 1, most=2) == 2
    fail(queue_dir, 2)
    assert questions.due_of({"metadata"}, queue_dir, NOW + 1, most=20) == 2


def test_jobs_of_one_error_are_made_due_or_dropped_and_no_others(queue_dir):
    bulk(queue_dir, range(1, 5))
    first = fail(queue_dir, 2)
    fail(queue_dir, 2, "PlexRejected")
    assert make_due(queue_dir, NOW + 2, Selection(error_type="NotInPlexError")) == 2
    assert make_due(queue_dir, NOW + 2, Selection(error_type="NotInPlexError")) == 0
    assert drop(queue_dir, Selection(error_type="PlexRejected")) == 2
    assert sorted(scenes(questions.tried(queue_dir))) == sorted(first)


def test_what_failed_and_what_nobody_tried_are_listed_counted_and_dropped_apart(queue_dir):
    bulk(queue_dir, range(1, 7))
    failed = fail(queue_dir, 2)
    save(queue_dir, 8, 9, failed[0])
    untried = sorted({*range(1, 7), 8, 9} - set(failed) | {failed[0]})
    assert sorted(scenes(questions.waiting(queue_dir))) == untried
    assert drop(queue_dir, Selection(keys=[f"scene_{failed[0]}"], has_failed=True)) == 1
    assert sorted(scenes(questions.waiting(queue_dir))) == untried
    assert drop(queue_dir, Selection(keys=[f"scene_{failed[0]}"], has_failed=False)) == 1
    assert drop(queue_dir, Selection(has_failed=True)) == 1
    assert questions.tried(queue_dir) == []
    left = scenes(questions.waiting(queue_dir))
    assert sorted(left) == sorted(set(untried) - {failed[0]})
    fail(queue_dir, 1)
    assert drop(queue_dir, Selection(has_failed=False)) == len(left) - 1
    assert questions.waiting(queue_dir) == []
    assert len(questions.tried(queue_dir)) == 1


def test_error_counts_leave_out_what_is_in_progress(queue_dir):
    bulk(queue_dir, range(1, 4))
    fail(queue_dir, 3, due_at=NOW + 5)
    with closing(ClaimStore(queue_dir)) as claims:
        claims.claim_due(NOW + 6, 2)
        assert questions.error_counts(queue_dir) == {"NotInPlexError": 1}
