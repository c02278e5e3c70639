import stat
from pathlib import Path

import pytest
from persistqueue import SQLiteAckQueue
from persistqueue.serializers import json as json_serializer

from storage.errors import StorageTooNew
from sync_queue import QueueManager
from sync_queue.claims import ClaimStore
from sync_queue.settling import Settlement
from tests.sync_queue.jobs import NOW, append, look, scene, statuses


@pytest.mark.needs("rights")
def test_manager_makes_private_files_when_there_are_none(data_dir: Path, queue_dir: Path) -> None:
    manager = QueueManager(data_dir)
    manager.get_queue().put(scene(1))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in queue_dir.iterdir()}
    assert (stat.S_IMODE(data_dir.stat().st_mode), stat.S_IMODE(queue_dir.stat().st_mode), modes) == (
        0o700,
        0o700,
        {0o600},
    )
    manager.shutdown()


@pytest.mark.needs("rights")
def test_manager_closes_the_door_when_persist_queue_left_it_open(data_dir: Path, queue_dir: Path) -> None:
    queue_dir.mkdir(parents=True, mode=0o755)
    SQLiteAckQueue(str(queue_dir), serializer=json_serializer).put(scene(1))
    (queue_dir / "data.db").chmod(0o644)
    manager = QueueManager(data_dir)
    assert manager.get_queue().get(block=False)["scene_id"] == 1
    assert stat.S_IMODE((queue_dir / "data.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(queue_dir.stat().st_mode) == 0o700
    manager.shutdown()


def test_manager_returns_one_queue_until_it_is_shut_down(data_dir: Path) -> None:
    manager = QueueManager(data_dir)
    first = manager.get_queue()
    assert manager.get_queue() is first
    manager.shutdown()
    manager.shutdown()
    assert manager.get_queue() is not first
    manager.shutdown()


def test_manager_refuses_when_the_file_is_newer(data_dir: Path, queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    look(queue_dir, "PRAGMA user_version = 99")
    with pytest.raises(StorageTooNew, match=r"its format is 99, this one knows 2"):
        QueueManager(data_dir).get_queue()
    assert look(queue_dir, "PRAGMA user_version") == [99]


def test_file_is_migrated_with_its_rows_when_persist_queue_made_it(data_dir: Path, queue_dir: Path) -> None:
    theirs = SQLiteAckQueue(str(queue_dir), serializer=json_serializer)
    for number in range(3):
        theirs.put(scene(number))
    theirs.get()
    theirs.nack(theirs.get(id=2))
    manager = QueueManager(data_dir)
    manager.get_queue()
    assert statuses(queue_dir) == {1: 1, 2: 1, 3: 0}, "nobody lives who could have the first one in progress"
    assert look(queue_dir, "SELECT pqid FROM job_schedule WHERE due_at = 0") == [2]
    assert look(queue_dir, "PRAGMA user_version") == [2]
    manager.shutdown()


def test_file_is_migrated_with_its_schedule_when_it_is_of_version_1(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    with ClaimStore(queue_dir) as store:
        store.settle([Settlement.retry(job.pqids, NOW + 60, 4, "E", "") for job in store.claim_due(NOW, 1).jobs], NOW)
    look(queue_dir, "ALTER TABLE job_schedule DROP COLUMN planned_at")
    look(queue_dir, "PRAGMA user_version = 1")
    append(queue_dir, scene(1))  # a hook changes nothing of it
    assert look(queue_dir, "PRAGMA user_version") == [1]
    with ClaimStore(queue_dir) as store:
        (job,) = store.claim_due(NOW, 1).jobs
    assert (job.pqids, job.attempts, job.planned_at) == ((1, 2), 4, NOW + 60)
    assert look(queue_dir, "PRAGMA user_version") == [2]
