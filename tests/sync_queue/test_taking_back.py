"""What a program of the user's own had in progress when it was killed: true processes, and SIGKILL."""

from pathlib import Path
from typing import Any

import pytest

from sync_queue import QueueManager, ack_job, get_pending
from sync_queue.lock import WorkerLock, is_worker_alive
from tests.sync_queue.consumer import consumer
from tests.sync_queue.jobs import append, look, scene, statuses


def scene_ids(queue: Any, count: int) -> list[int]:
    jobs = [get_pending(queue) for _ in range(count)]
    return [job["scene_id"] for job in jobs if job]


def test_jobs_come_back_when_the_process_that_had_them_was_killed(data_dir: Path, queue_dir: Path) -> None:
    append(queue_dir, scene(1), scene(2), scene(3))
    with consumer(data_dir, 2):
        assert statuses(queue_dir) == {1: 2, 2: 2, 3: 0}
    manager = QueueManager(data_dir)
    queue = manager.get_queue()
    assert statuses(queue_dir) == {1: 1, 2: 1, 3: 0}
    assert look(queue_dir, "SELECT interrupted FROM job_schedule") == [1, 1]
    job = get_pending(queue)
    assert job is not None
    ack_job(queue, job)
    assert sorted([job["scene_id"], *scene_ids(queue, 3)]) == [1, 2, 3], "each of them once"
    manager.shutdown()
    assert not is_worker_alive(str(data_dir)), "no worker is kept from beginning"


@pytest.mark.needs("flock")
def test_jobs_stay_in_progress_when_the_process_that_has_them_lives(data_dir: Path, queue_dir: Path) -> None:
    append(queue_dir, scene(1), scene(2))
    second, third = QueueManager(data_dir), QueueManager(data_dir)
    with consumer(data_dir, 1):
        queue = second.get_queue()
        assert statuses(queue_dir) == {1: 2, 2: 0}
        assert scene_ids(queue, 2) == [2]
    third.get_queue()
    assert statuses(queue_dir) == {1: 2, 2: 2}, "the second has one of them still"
    second.shutdown()
    third.shutdown()
    third.get_queue()
    assert statuses(queue_dir) == {1: 1, 2: 1}
    third.shutdown()


def test_jobs_stay_in_progress_when_a_worker_lives_that_may_have_them(data_dir: Path, queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    with consumer(data_dir, 1):
        pass
    lock = WorkerLock(str(data_dir))
    assert lock.acquire()
    manager = QueueManager(data_dir)
    manager.get_queue()
    assert statuses(queue_dir) == {1: 2}
    manager.shutdown()
    lock.release()
    manager.get_queue()
    assert statuses(queue_dir) == {1: 1}
    manager.shutdown()


def test_nothing_is_taken_back_when_nobody_can_tell_whether_a_worker_lives(data_dir: Path, queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    with consumer(data_dir, 1):
        pass
    (data_dir / "worker.lock").unlink()
    (data_dir / "worker.lock").mkdir()
    manager = QueueManager(data_dir)
    manager.get_queue()
    assert statuses(queue_dir) == {1: 2}
    manager.shutdown()
