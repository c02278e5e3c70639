import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from persistqueue import SQLiteAckQueue
from persistqueue.serializers import json as json_serializer

from storage.errors import StorageDamaged, StorageTooNew
from sync_queue import ack_job, clear_pending_items, enqueue, fail_job, get_pending, get_stats, nack_job
from sync_queue.append import AppendOnlyQueue
from sync_queue.questions import overview
from tests.sync_queue.jobs import NOW, append, insert_raw, look, scene, statuses


@pytest.fixture(params=["json", "pickle"])
def anybodys(request: pytest.FixtureRequest, queue_dir: Path) -> Iterator[Any]:
    """A queue that somebody made without us."""
    queue = (
        SQLiteAckQueue(str(queue_dir))
        if request.param == "pickle"
        else SQLiteAckQueue(str(queue_dir), serializer=json_serializer)
    )
    yield queue
    queue.close()


def test_job_goes_the_whole_way_when_the_queue_is_anybodys(anybodys: Any, queue_dir: Path) -> None:
    for scene_id in range(1, 5):
        job = enqueue(anybodys, scene_id, "metadata", {"fields": ["title"]})
        assert (job["job_key"], "pqid" in job) == (f"scene_{scene_id}", False)
    assert get_stats(queue_dir) == {"pending": 4, "in_progress": 0, "completed": 0, "failed": 0}
    jobs = [get_pending(anybodys) for _ in range(3)]
    assert [(job["pqid"], job["scene_id"]) for job in jobs if job] == [(1, 1), (2, 2), (3, 3)]
    assert get_stats(queue_dir)["in_progress"] == 3
    for settle, job in zip((ack_job, fail_job, nack_job), jobs, strict=True):
        assert job is not None
        settle(anybodys, job)
    assert get_stats(queue_dir) == {"pending": 2, "in_progress": 0, "completed": 1, "failed": 1}
    again = [get_pending(anybodys), get_pending(anybodys)]
    assert sorted(job["pqid"] for job in again if job) == [3, 4]
    assert get_pending(anybodys) is None


def test_job_comes_back_when_persist_queue_itself_nacked_it(anybodys: Any) -> None:
    enqueue(anybodys, 1, "metadata", {})
    job = get_pending(anybodys)
    anybodys.nack(job)
    assert get_pending(anybodys) == job


def test_row_of_another_process_is_seen_when_the_queue_was_open_before(queue: Any, queue_dir: Path) -> None:
    append(queue_dir, scene(9))
    job = get_pending(queue)
    assert job is not None
    assert job["scene_id"] == 9


class Waits(threading.Event):
    """Counts how often somebody waits for it, and does something before the first time."""

    def __init__(self, act: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.count = 0
        self._act = act

    def wait(self, timeout: float | None = None) -> bool:
        self.count += 1
        if self.count == 1:
            self._act()
        return super().wait(timeout)


def test_get_pending_waits_for_nothing_when_it_was_given_no_time(queue: Any) -> None:
    queue.put_event = waits = Waits()
    assert get_pending(queue) is None
    assert waits.count == 0


def test_get_pending_waits_its_timeout_when_nothing_comes(queue: Any) -> None:
    queue.put_event = waits = Waits()
    started = time.monotonic()
    assert get_pending(queue, timeout=0.1) is None
    assert time.monotonic() - started >= 0.1
    assert waits.count < 100, "it waits, and does not look without a break"


def test_get_pending_returns_early_when_another_connection_appends_meanwhile(queue: Any, queue_dir: Path) -> None:
    queue.put_event = waits = Waits(lambda: append(queue_dir, scene(1)))
    assert get_pending(queue, timeout=1000) is not None
    assert waits.count == 1


def test_get_pending_waits_until_the_job_is_due_when_it_was_put_off(queue: Any, queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    job = get_pending(queue)
    assert job is not None
    due_at = time.time() + 0.2
    nack_job(queue, job, due_at=due_at)
    assert get_pending(queue) is None
    assert get_pending(queue, timeout=10) == job
    assert time.time() >= due_at


def test_waiting_job_blocks_no_other_when_it_is_not_due(queue: Any, queue_dir: Path) -> None:
    append(queue_dir, scene(1), scene(2))
    first = get_pending(queue)
    assert first is not None
    nack_job(queue, first, due_at=time.time() + 1000)
    second = get_pending(queue)
    assert second is not None
    assert second["scene_id"] == 2


@pytest.mark.parametrize("data", [b"\x80\x04\x95 a pickle", b"{", b"[1]", b"5"])
def test_row_is_failed_and_the_next_one_served_when_it_is_no_job(
    queue: Any, queue_dir: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    insert_raw(queue_dir, (data, 0))
    append(queue_dir, scene(2))
    job = get_pending(queue)
    assert job is not None
    assert job["scene_id"] == 2
    assert statuses(queue_dir) == {1: 9, 2: 2}
    assert "Row 1 of the queue is no job" in caplog.text


def test_two_queues_never_claim_one_row_when_threads_race(queue_dir: Path) -> None:
    append(queue_dir, *(scene(number) for number in range(60)))
    got: list[int] = []

    def consume() -> None:
        queue = SQLiteAckQueue(str(queue_dir), serializer=json_serializer, auto_resume=False)
        while job := get_pending(queue):
            got.append(job["pqid"])
        queue.close()

    threads = [threading.Thread(target=consume) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(1, 61))


@pytest.mark.parametrize("settle", [ack_job, nack_job, fail_job])
def test_settling_refuses_when_the_job_has_no_row(queue: Any, settle: Any) -> None:
    with pytest.raises(ValueError, match="no pqid"):
        settle(queue, scene(1))


def test_get_pending_refuses_when_the_queue_has_another_name(queue_dir: Path) -> None:
    queue = SQLiteAckQueue(str(queue_dir), name="other")
    with pytest.raises(ValueError, match="named 'other'"):
        get_pending(queue)
    queue.close()


def test_enqueue_takes_the_hooks_queue_when_it_only_appends(queue: Any, queue_dir: Path) -> None:
    hooks = AppendOnlyQueue(str(queue_dir))
    written = enqueue(hooks, 5, "metadata", {"fields": ["title"]})
    hooks.close()
    job = get_pending(queue)
    assert job == {**written, "pqid": 1}


# -- questions that change nothing ------------------------------------------------------------------------------------


def test_stats_are_zero_and_no_file_is_made_when_there_is_none(data_dir: Path, queue_dir: Path) -> None:
    zeros = {"pending": 0, "in_progress": 0, "completed": 0, "failed": 0}
    assert get_stats(queue_dir) == get_stats(str(queue_dir / "data.db")) == zeros
    assert overview(queue_dir, NOW).pending == 0
    assert clear_pending_items(queue_dir) == 0
    assert not data_dir.exists()


def test_stats_count_every_state_when_rows_have_all_of_them(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    insert_raw(queue_dir, *[(b"{}", status) for status in (0, 1, 1, 2, 5, 5, 5, 9)])
    expected = {"pending": 4, "in_progress": 1, "completed": 3, "failed": 1}
    assert get_stats(queue_dir) == get_stats(str(queue_dir)) == get_stats(queue_dir / "data.db") == expected


def test_stats_count_every_ack_queue_when_a_file_holds_several(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    SQLiteAckQueue(str(queue_dir), name="other").put("anything")
    assert get_stats(queue_dir)["pending"] == 2


def test_stats_can_be_read_when_folder_and_file_are_read_only(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    (queue_dir / "data.db").chmod(0o400)
    queue_dir.chmod(0o500)
    try:
        assert get_stats(queue_dir)["pending"] == 1
    finally:
        queue_dir.chmod(0o700)


def test_stats_raise_a_clear_error_when_the_file_is_garbage(queue_dir: Path) -> None:
    queue_dir.mkdir(parents=True)
    (queue_dir / "data.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(StorageDamaged, match="is damaged"):
        get_stats(queue_dir)


def test_overview_tells_what_waits_when_jobs_were_put_off(queue: Any, queue_dir: Path) -> None:
    append(queue_dir, scene(1), scene(2), scene(3))
    first, second = get_pending(queue), get_pending(queue)
    assert first is not None
    assert second is not None
    nack_job(queue, first, due_at=NOW + 50)
    nack_job(queue, second, due_at=NOW - 5)
    seen = overview(queue_dir, NOW)
    assert (seen.pending, seen.waiting, seen.next_due_at) == (3, 1, NOW + 50)


# -- clearing ---------------------------------------------------------------------------------------------------------


def test_clear_deletes_only_what_is_pending_when_rows_have_every_state(queue: Any, queue_dir: Path) -> None:
    append(queue_dir, *(scene(number) for number in range(6)))
    jobs = [get_pending(queue) for _ in range(4)]
    for settle, job in zip((ack_job, fail_job, nack_job), jobs, strict=False):
        assert job is not None
        settle(queue, job)
    assert clear_pending_items(str(queue_dir)) == 3
    assert get_stats(queue_dir) == {"pending": 0, "in_progress": 1, "completed": 1, "failed": 1}
    assert look(queue_dir, "SELECT COUNT(*) FROM job_schedule") == [0]
    assert clear_pending_items(queue_dir / "data.db") == 0


def test_clear_leaves_the_file_alone_when_it_is_newer(queue_dir: Path) -> None:
    append(queue_dir, scene(1))
    look(queue_dir, "PRAGMA user_version = 99")
    with pytest.raises(StorageTooNew):
        clear_pending_items(queue_dir)
    assert statuses(queue_dir) == {1: 0}
