import time
from pathlib import Path

from sync_queue import create_sync_job, enqueue_many, get_stats
from sync_queue.append import AppendOnlyQueue
from sync_queue.by_key import drop_of_tasks, drop_scenes, has_job, make_scenes_due
from sync_queue.claims import ClaimStore
from sync_queue.models import task_job
from sync_queue.settling import Settlement

LATER = 1e12


def _fill(queue_dir: Path) -> None:
    """Scenes 1 to 3 in the bulk lane, 3 and 4 fresh, and 2 destroyed."""
    enqueue_many(queue_dir, [create_sync_job(scene_id, "metadata", {"fields": []}) for scene_id in (1, 2, 3)])
    queue = AppendOnlyQueue(str(queue_dir))
    queue.put(create_sync_job(3, "metadata", {"fields": ["title"]}))
    queue.put(create_sync_job(4, "metadata", {"fields": ["title"]}))
    queue.put(create_sync_job(2, "destroyed", {}))
    queue.close()


def test_job_is_known_by_its_key_while_it_is_pending_or_in_progress(tmp_path: Path) -> None:
    assert not has_job(tmp_path / "queue", "scene_1")
    _fill(tmp_path / "queue")
    assert has_job(tmp_path / "queue", "scene_1")
    assert has_job(tmp_path / "queue", "scene_4")
    assert not has_job(tmp_path / "queue", "scene_")
    with ClaimStore(tmp_path / "queue") as claims:
        claims.claim_due(time.time() + 1, 10)
    assert has_job(tmp_path / "queue", "scene_4")


def test_scenes_lose_what_would_sync_them_and_keep_what_tells_of_their_end(tmp_path: Path) -> None:
    _fill(tmp_path / "queue")
    assert drop_scenes(tmp_path / "queue", [], until=LATER) == 0
    assert drop_scenes(tmp_path / "queue", [2, 3, 99], until=LATER) == 3
    with ClaimStore(tmp_path / "queue") as claims:
        left = {(job.job["scene_id"], job.job["update_type"]) for job in claims.claim_due(time.time() + 1, 10).jobs}
    assert left == {(1, "metadata"), (4, "metadata"), (2, "destroyed")}


def test_scenes_are_due_at_once_when_their_jobs_waited_and_no_other_is(queue_dir: Path) -> None:
    now = 1_000.0
    enqueue_many(queue_dir, [create_sync_job(scene_id, "metadata", {}) for scene_id in (1, 2, 3)], now=now + 3600)
    assert make_scenes_due(queue_dir, [1, 3, 99], now) == 2
    assert make_scenes_due(queue_dir, [1, 3, 99], now) == 0
    with ClaimStore(queue_dir) as claims:
        assert {job.job["scene_id"] for job in claims.claim_due(now, 10).jobs} == {1, 3}


def test_job_that_failed_keeps_its_plan_when_its_scene_is_made_due(queue_dir: Path) -> None:
    now = 1_000.0
    enqueue_many(queue_dir, [create_sync_job(1, "metadata", {})], now=now)
    with ClaimStore(queue_dir) as claims:
        (job,) = claims.claim_due(now, 10).jobs
        claims.settle([Settlement.retry(job.pqids, now + 3600, 7, "NotInPlexError", "")], now)
        assert make_scenes_due(queue_dir, [1], now) == 1
        (job,) = claims.claim_due(now, 10).jobs
    assert (job.attempts, job.planned_at) == (7, now + 3600)


def test_jobs_in_progress_are_not_dropped(tmp_path: Path) -> None:
    _fill(tmp_path / "queue")
    with ClaimStore(tmp_path / "queue") as claims:
        claims.claim_due(time.time() + 1, 10)
        assert drop_scenes(tmp_path / "queue", [1, 2, 3, 4], until=LATER) == 0
    assert get_stats(tmp_path / "queue")["in_progress"] == 6


def test_scenes_keep_what_was_saved_after_a_moment(tmp_path: Path) -> None:
    jobs = [create_sync_job(1, "metadata", {"fields": []}, now=moment) for moment in (1.0, 2.0, 3.0)]
    enqueue_many(tmp_path / "queue", jobs, coalesce=False)
    assert drop_scenes(tmp_path / "queue", [1], until=2.0) == 2
    assert get_stats(tmp_path / "queue")["pending"] == 1


def test_jobs_of_tasks_go_by_run_or_since_a_moment_and_saves_stay(tmp_path: Path) -> None:
    queue_dir = tmp_path / "queue"
    _fill(queue_dir)
    jobs = [
        task_job(scene_id, run, now=float(scene_id)) for scene_id, run in ((11, "all 1"), (12, "all 1"), (13, "page 2"))
    ]
    enqueue_many(queue_dir, jobs)
    assert drop_of_tasks(queue_dir, run="all 1", until=11.0) == 1
    assert drop_of_tasks(queue_dir, run="all 1", since=13.0, until=LATER) == 0
    assert drop_of_tasks(queue_dir, since=13.0, until=LATER) == 1
    with ClaimStore(queue_dir) as claims:
        left = {job.job["scene_id"] for job in claims.claim_due(time.time() + 1, 10).jobs}
    assert left == {1, 2, 3, 4, 12}
