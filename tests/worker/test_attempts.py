"""How often a job is tried, and when it becomes a dead letter."""

import pytest

from sync_queue import create_sync_job
from sync_queue.models import METADATA
from sync_queue.pending import enqueue_many, make_due
from sync_queue.questions import overview, tried
from tests.worker.desk import NOW
from worker.errors import NotInPlexError, PermanentError, TransientError
from worker.outcome import NOT_IN_PLEX_S, Outcome
from worker.protocols import Report, Result


def test_job_becomes_a_dead_letter_when_its_attempts_are_used_up(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = TransientError("no luck")
    waits = []
    for _ in range(5):
        desk.step()
        due_at = desk.worker.claims.next_due_at() or desk.now
        waits.append(due_at - desk.now)
        desk.now = due_at
    assert waits == [5.0, 10.0, 20.0, 40.0, 0.0]
    assert desk.letters() == [("scene_1", "TransientError", 5)]
    assert desk.stats() == {"failed": 1}


@pytest.mark.parametrize("ask", ["save", "tag", "person"])
def test_missing_file_is_looked_for_as_long_as_ever_when_something_asks_for_it_all_the_time(desk, ask):
    """Each kind of look before its time costs nothing, and hides none that is due: eight count, over four days."""
    began = desk.now
    desk.script.fails["scene_1"] = NotInPlexError("Plex has no item with its file")
    desk.put(1)
    queue_dir = desk.data_dir / "queue"
    desk.step()
    while due_at := overview(queue_dir, desk.now).next_due_at:
        for _ in range(3):
            desk.now += (due_at - desk.now) / 4
            if ask == "save":
                desk.put(1)
            elif ask == "tag":
                enqueue_many(queue_dir, [create_sync_job(1, METADATA, {"fields": []})], now=desk.now)
            else:
                make_due(queue_dir, desk.now)
            desk.step()
            assert overview(queue_dir, desk.now).next_due_at == due_at
        desk.now = due_at
        desk.step()
    assert len(desk.script.batches) > 1 + len(NOT_IN_PLEX_S)
    assert desk.letters() == [("scene_1", "NotInPlexError", len(NOT_IN_PLEX_S) + 1)]
    assert desk.now - began == sum(NOT_IN_PLEX_S)


def test_eight_saves_use_as_many_attempts_as_no_save_when_plex_lacks_the_file(desk):
    desk.script.fails["scene_1"] = NotInPlexError("Plex has no item with its file")
    for _ in range(8):
        desk.put(1)
        desk.step()
        desk.now += 20
    assert desk.letters() == []
    assert {job.attempts for job in tried(desk.data_dir / "queue")} == {2}, "at once, and after 30 s"


def test_attempts_survive_when_the_worker_is_another_one(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = TransientError("no luck")
    for _ in range(5):
        desk.worker = desk.hire(max_retries=5)
        desk.step()
        desk.now += 3600
    assert desk.letters() == [("scene_1", "TransientError", 5)]


def test_job_becomes_a_dead_letter_at_once_when_trying_again_is_no_use(desk):
    desk.put(1, 2)
    desk.script.fails["scene_1"] = PermanentError("never")
    desk.step()
    assert desk.letters() == [("scene_1", "PermanentError", 1)]
    assert desk.stats() == {"completed": 1, "failed": 1}


def test_dead_letter_stands_once_when_the_worker_dies_before_the_row_is_failed(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = PermanentError("never")

    class Killed(BaseException):
        """Stands for SIGKILL: nothing catches it."""

    class DiesBeforeTheRow(Report):
        def settled(self, result: Result, outcome: Outcome, reason: str, now: float) -> None:
            raise Killed

    desk.worker = desk.hire(report=DiesBeforeTheRow())
    with pytest.raises(Killed):
        desk.step()
    assert desk.stats() == {"in_progress": 1}
    assert len(desk.letters()) == 1
    desk.worker = desk.hire()
    desk.worker.take_back()
    desk.step()
    assert desk.stats() == {"failed": 1}
    assert len(desk.letters()) == 1


def test_dead_letter_goes_when_the_scene_is_synced_later(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = PermanentError("never")
    desk.step()
    desk.script.fails.clear()
    desk.put(1)
    desk.step()
    assert desk.letters() == []


def test_rows_that_are_no_jobs_become_dead_letters_and_hold_up_nobody(desk):
    desk.put_raw(b"\xff\x00 nothing")
    desk.put_raw(b'{"scene_id": "x"}')
    desk.put(7)
    desk.step()
    assert desk.stats() == {"completed": 1, "failed": 2}
    assert len(desk.letters()) == 2


def test_job_uses_up_its_attempts_when_it_was_to_be_tried_in_a_year_that_was_wrong(desk):
    """It was saved again before its time, and has kept that time beside its due one."""
    desk.script.fails["scene_1"] = TransientError("no luck")
    desk.now += 10 * 365 * 86_400
    for _ in range(2):
        desk.put(1)
        desk.step()
    desk.now = NOW
    for _ in range(24):
        desk.step()
        desk.now += 3600
    assert desk.letters() == [("scene_1", "TransientError", 5)]
