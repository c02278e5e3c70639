"""How far a long drain is, as the page shows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records import Records
from sync_queue import clear_pending_items, create_sync_job
from sync_queue.lock import WorkerLock
from sync_queue.pending import enqueue_many
from sync_queue.settling import ClaimedJob
from tasks.context import TaskContext
from tasks.page.overview import ui_overview
from worker.activity_log import MANY, ActivityLog
from worker.outcome import Ack, Pause
from worker.protocols import Result

NOW = 1_795_000_000.0
BATCH = 100


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Any]:
    """What the page is told of the progress at a moment, while a worker lives and `left` jobs wait."""
    lock = WorkerLock(str(tmp_path))
    assert lock.acquire()

    def progress(now: float, left: int) -> Any:
        context = TaskContext(str(tmp_path), "", "", None, {}, clock=lambda: now)
        clear_pending_items(context.queue_dir)
        jobs = [create_sync_job(scene_id, "metadata", {"fields": []}, now=NOW) for scene_id in range(1, left + 1)]
        enqueue_many(context.queue_dir, jobs, coalesce=False, now=NOW)
        return ui_overview({}, context)["progress"]

    yield progress
    lock.release()


def batch(journal: ActivityLog, now: float, count: int = BATCH) -> None:
    """A batch that is claimed, done and flushed at one moment."""
    journal.claimed(count, now)
    for scene_id in range(1, count + 1):
        job = ClaimedJob((scene_id,), create_sync_job(scene_id, "metadata", {"fields": []}, now=NOW))
        journal.settled(Result(job, kind="unchanged"), Ack(), "", now)
    journal.flushed(now)


def drained(progress: Any) -> tuple[int, int]:
    """How many of how many jobs are done."""
    return progress["done"], progress["total"]


def test_long_drain_has_a_total_a_speed_and_a_time_left_until_nothing_is_due(records, look):
    journal = ActivityLog(records, lambda _now: 1000)
    batch(journal, NOW)
    assert look(NOW + 10, 900) == {"done": 100, "total": 1000, "per_s": 10.0, "left_s": 90.0}
    journal.drained(NOW + 20)
    assert look(NOW + 20, 0) is None


def test_total_grows_when_more_jobs_come_in_the_middle_of_a_drain(records, look):
    journal = ActivityLog(records, lambda now: 1000 if now == NOW else 3000)
    batch(journal, NOW)
    batch(journal, NOW + 20)
    assert drained(look(NOW + 20, 2900)) == (200, 3100)


@pytest.mark.parametrize(("count", "left"), [(BATCH, MANY - 1), (1, 10_000)])
def test_few_jobs_or_single_saves_are_no_long_drain(records, look, count, left):
    batch(ActivityLog(records, lambda _now: left), NOW, count)
    assert look(NOW + 1, left) is None


def test_drain_ends_with_a_pause_and_what_comes_later_has_a_speed_of_its_own(records, look):
    journal = ActivityLog(records, lambda _now: 1000)
    batch(journal, NOW)
    journal.paused(Pause("plex", NOW + 30), "Plex is away", NOW + 1, is_new=True)
    assert look(NOW + 1, 900) is None
    journal.resumed(NOW + 1000)
    batch(journal, NOW + 1000)
    assert look(NOW + 1001, 800)["per_s"] == 100.0


def test_drain_goes_on_or_ends_with_the_next_worker_when_one_died_in_it(records, look):
    batch(ActivityLog(records, lambda _now: 1000), NOW)
    successor = ActivityLog(records, lambda _now: 900)
    batch(successor, NOW + 5)
    assert drained(look(NOW + 5, 800)) == (200, 1000)
    ActivityLog(records).drained(NOW + 6)
    assert look(NOW + 6, 0) is None


def test_worker_begins_and_ends_a_drain_by_what_waits_in_its_queue(stepper):
    scenes = [stepper.scene(f"{number}.mkv", title=f"Film {number}") for number in range(MANY)]
    for number in range(MANY):
        stepper.item(f"{number}.mkv")
    stepper.queue(*scenes)
    stepper.worker.step(stepper.now)
    (run,) = stepper.records.runs.last()
    assert (run.total, run.ended_at, sum(run.counts.values())) == (MANY, None, 100)
    stepper.drain()
    (run,) = stepper.records.runs.last()
    assert (run.ended_at, sum(run.counts.values())) == (stepper.now, MANY)
