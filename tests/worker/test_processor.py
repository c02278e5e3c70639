"""The SyncWorker one step at a time, with a clock of its own, over a real queue and real dead letters.

Batches, thread, start and stop.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import OperationalError, connect
from threading import Event, Timer
from typing import Any

import pytest

from storage.errors import StorageDamaged, StorageUnavailable
from sync_queue import DeadLetterQueue, create_sync_job
from sync_queue.models import METADATA
from sync_queue.settling import ClaimedJob
from sync_queue.spool import Spool
from tests.open_files import connections_to
from tests.waiting import wait_until
from tests.worker.desk import NOW, Diary, Script, Stuck
from worker.errors import PermanentError, TransientError
from worker.outcome import RETRY_BASE_S
from worker.processor import Limits
from worker.protocols import NoSynchronizer, Report, Result


def test_step_acks_a_whole_batch_when_all_went_well(desk):
    desk.put(1, 2, 3)
    assert desk.step() == 0.0
    assert desk.script.batches == [("scene_1", "scene_2", "scene_3")]
    assert desk.stats() == {"completed": 3}


def test_step_merges_the_jobs_of_one_scene_when_it_was_saved_twice(desk):
    desk.put(1, 1, 2, 1)
    desk.step()
    assert desk.script.batches == [("scene_1", "scene_2")]
    assert desk.stats() == {"completed": 4}


def test_step_waits_for_the_next_due_job_when_nothing_is_due(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = TransientError("later")
    desk.step()
    assert desk.step() == RETRY_BASE_S
    desk.put(2)
    desk.step()
    assert desk.stats() == {"pending": 1, "completed": 1}, "a waiting job never blocks a due one"


def test_rest_of_the_batch_is_given_back_when_the_worker_is_stopped_in_the_middle(desk):
    desk.put(*range(1, 21))
    reached = Event()

    class Slow(Script):
        def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
            for count, job in enumerate(jobs, start=1):
                if count == 3:
                    reached.set()
                    desk.worker.stopping.wait(60)
                yield Result(job)

    desk.script = Slow()
    desk.worker = desk.hire()
    desk.worker.start()
    assert reached.wait(60)
    desk.worker.stop()
    assert not desk.worker.thread.is_alive()
    assert desk.stats() == {"completed": 3, "pending": 17}


@pytest.mark.parametrize(
    "error", [StorageUnavailable("disk full"), StorageUnavailable("locked"), OperationalError("disk I/O error")]
)
def test_full_disk_costs_no_attempt_and_leaves_no_job_in_progress(desk, error):
    class FillsUp(Script):
        def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
            self.batches.append(tuple(job.key for job in jobs))
            yield Result(jobs[0])
            if len(self.batches) == 1:
                raise error
            yield from map(Result, jobs[1:])

    desk.put(1, 2, 3)
    desk.script = FillsUp()
    desk.worker = desk.hire()
    with pytest.raises(type(error)):
        desk.step()
    desk.step()
    assert desk.script.batches == [("scene_1", "scene_2", "scene_3"), ("scene_2", "scene_3")]
    assert desk.stats() == {"completed": 3}
    assert desk.letters() == []


def test_what_could_not_be_reported_is_settled_as_soon_as_it_can(desk):
    class FullOnce(Report):
        flushes = 0

        def flushed(self, now: float) -> None:
            self.flushes += 1
            if self.flushes == 1:
                raise StorageUnavailable("disk full")

    desk.put(1, 2)
    desk.worker = desk.hire(report=FullOnce())
    with pytest.raises(StorageUnavailable):
        desk.step()
    desk.step()
    assert desk.stats() == {"completed": 2}


def test_thread_takes_rows_of_other_processes_without_being_woken(desk):
    done = Event()

    class Bell(Diary):
        def flushed(self, now: float) -> None:
            done.set()

    desk.worker = desk.hire(report=Bell())
    desk.worker.start()
    desk.put(1)
    assert done.wait(60)
    desk.worker.stop()
    assert desk.stats() == {"completed": 1}


def test_thread_is_a_daemon_and_running_says_so(desk):
    desk.worker.start()
    assert (desk.worker.running, desk.worker.thread.daemon) == (True, True)
    desk.worker.stop()
    assert (desk.worker.running, desk.worker.thread.is_alive()) == (False, False)


def test_worker_without_a_way_to_plex_keeps_its_jobs(desk):
    desk.put(1)
    desk.worker = desk.hire(synchronizer=NoSynchronizer())
    desk.step()
    assert desk.worker.pause.kind == "settings"
    assert desk.stats() == {"pending": 1}


def test_reasons_are_kept_without_secrets(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = PermanentError("the token is hush-hush")
    desk.worker = desk.hire(redact=lambda text: text.replace("hush-hush", "[hidden]"))
    desk.step()
    assert "hush-hush" not in desk.dlq.get_recent(1)[0]["error_message"]
    assert ("Dead", "scene_1", "the token is [hidden]") in desk.diary.pages


def test_rest_of_a_batch_starts_again_when_its_bad_rows_could_not_be_buried(desk):
    """No dead letter can be written while the disk is full; nothing may stay in progress for that."""
    desk.put_raw(b"\xff\x00 nothing")
    desk.put(1, 2)

    class Full(DeadLetterQueue):
        left = 2

        def add_unreadable(self, *args: Any, **kwargs: Any) -> int:
            self.left -= 1
            if self.left >= 0:
                raise StorageUnavailable("disk full")
            return super().add_unreadable(*args, **kwargs)

    full = Full(desk.data_dir)
    desk.worker = desk.hire(full)
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            desk.step()
        desk.now += 1
    desk.step()
    assert desk.stats() == {"completed": 2, "failed": 1}
    assert len(desk.letters()) == 1
    full.close()


def test_thread_ends_and_says_why_when_a_file_is_damaged(desk):
    desk.put(1)
    desk.script.breaks["scene_1"] = error = StorageDamaged(Path("state.db"), "malformed")
    desk.worker.start()
    desk.worker.thread.join(60)
    assert not desk.worker.thread.is_alive()
    assert desk.worker.damage is error


def test_damage_is_found_by_the_saves_that_hooks_put_beside_when_memory_hides_it(desk):
    desk.put(1)
    desk.step()
    file = desk.data_dir / "queue" / "data.db"
    with closing(connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.step()  # has the first page in memory now, and nobody else makes it look again
    with file.open("r+b") as opened:
        opened.write(b"\xa5" * 4096)
    job = create_sync_job(2, METADATA, {"fields": ["title"]}, now=desk.now)
    Spool(str(desk.data_dir / "queue")).put(job)
    with pytest.raises(StorageDamaged):
        desk.step()


def test_saves_beside_the_queue_are_taken_in_by_the_next_step(desk):
    Spool(str(desk.data_dir / "queue")).put(create_sync_job(5, METADATA, {"fields": []}, now=NOW))
    desk.step()
    assert desk.script.batches == [("scene_5",)]
    assert desk.stats() == {"completed": 1}


def test_limits_are_those_of_the_moment_when_they_change(desk):
    limits = Limits(max_retries=5, batch_size=1)
    desk.worker = desk.hire(limits=lambda: limits)
    desk.put(1, 2, 3)
    desk.script.fails["scene_1"] = TransientError("no luck")
    desk.step()
    assert desk.script.batches == [("scene_1",)]
    limits = Limits(max_retries=8, batch_size=10)
    for _ in range(7):
        assert desk.letters() == []
        desk.now += 3600
        desk.step()
    assert sorted(desk.script.batches[1]) == ["scene_1", "scene_2", "scene_3"]
    assert desk.letters() == [("scene_1", "TransientError", 8)]


def test_start_waits_for_the_thread_of_before_when_its_stop_gave_up(desk):
    desk.put(1)
    desk.script = Stuck()
    desk.worker = desk.hire()
    desk.worker.start()
    assert desk.script.reached.wait(60)
    first = desk.worker.thread
    assert desk.worker.stop(timeout_s=0.0) is False
    freeing = Timer(0.1, desk.script.freed.set)
    freeing.start()
    desk.worker.start()
    freeing.join()
    assert not first.is_alive()
    assert desk.worker.thread is not first
    assert desk.worker.stop() is True


def test_thread_waits_for_the_queue_when_its_file_is_locked_at_the_start(desk):
    desk.put(1)
    with closing(connect(desk.data_dir / "queue" / "data.db", isolation_level=None)) as other:
        desk.worker.claims.claim_due(desk.now, 1)  # what a dead worker leaves behind
        for connection in connections_to(desk.data_dir / "queue" / "data.db"):
            if connection is not other:
                connection.execute("PRAGMA busy_timeout = 1")
        other.execute("BEGIN IMMEDIATE")
        desk.worker.start()
        wait_until(lambda: desk.worker.failed_steps or not desk.worker.thread.is_alive(), "a step that fails")
        assert desk.worker.thread.is_alive()
        other.execute("ROLLBACK")
    wait_until(lambda: desk.stats() == {"completed": 1}, "the job is done")
    desk.worker.stop()
