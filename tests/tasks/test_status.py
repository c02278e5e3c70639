import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from records import Emptying, PauseSpan, Records, Skip, State
from sync_queue import DeadLetterQueue, create_sync_job
from sync_queue.claims import ClaimStore
from sync_queue.pending import enqueue_many
from sync_queue.settling import Settlement
from tasks.context import TaskContext
from tasks.registry import run
from tasks.status import lines, pause_text
from tests.house import House
from tests.tasks.conftest import RunTask


def _told(context: TaskContext) -> tuple[dict, str]:  # type: ignore[type-arg]  # what JSON can hold
    status = run({"mode": "queue_status"}, context)
    return status, "\n".join(lines(status, time.time()))


def test_status_names_what_to_fill_in_and_makes_no_file_when_nothing_ever_worked(bare: TaskContext) -> None:
    status, text = _told(bare)
    assert "plex_url" in status["setup"]
    assert "plex_token" in text
    assert "Worker: none" in text
    assert status["problems"] == []
    assert {file.name for file in Path(bare.data_dir).iterdir()} <= {"worker.lock"}


def test_status_shows_everything_that_waits_failed_and_paused(bare: TaskContext) -> None:
    now = time.time()
    enqueue_many(bare.queue_dir, [create_sync_job(scene_id, "metadata", {}) for scene_id in range(1, 6)], now=now - 9)
    claims = ClaimStore(bare.queue_dir)
    first, second, _ = claims.claim_due(now, 3).jobs
    retry = Settlement.retry(first.pqids, now + 1800, 2, "NotInPlexError", "Plex has no item")
    claims.settle([retry, Settlement.fail(second.pqids)], now)
    claims.close()
    letters = DeadLetterQueue(bare.data_dir)
    for pqid, kind in ((1, "PlexRejected"), (2, "PlexRejected"), (3, "NotInPlexError")):
        letters.add({**create_sync_job(pqid, "metadata", {}), "pqid": pqid}, (kind, "no"), 5)
    letters.close()
    with Records(Path(bare.data_dir, "state.db")) as records:
        records.pauses.open_pause(kind="stash", reason="Stash was away", at=now - 900)
        records.pauses.open_pause(kind="plex", reason="nothing listens at http://plex:32400", at=now - 600)
        records.skips.record_many([Skip(9, "not_organized", "…", now), Skip(8, "not_organized", "…", now)])
        records.facts.put("last_sync_at", now - 700)
        held = Emptying(7, 7, "title", State.HELD, now, title="Sintel")
        records.emptyings.note([held], now=now, window_s=3600.0)
    status, text = _told(bare)
    assert (status["pending"], status["waiting"], status["in_progress"], status["failed"]) == (3, 1, 1, 1)
    assert status["next_due_at"] is not None
    assert status["dead_letters"] == {"PlexRejected": 2, "NotInPlexError": 1}
    assert status["paused"]["kind"] == "plex"
    assert "Waiting: 1 job for a later try" in text
    assert "Dead letters: 2 PlexRejected, 1 NotInPlexError" in text
    assert ", id 3, scene_3: NotInPlexError: no" in text
    assert "(10 min): nothing listens at http://plex:32400. What to do: it goes on by itself as soon as Plex" in text
    assert "5 min: Stash was away" in text
    assert "by reason: 2 not_organized" in text
    assert "Held, not emptied: 1 item in Plex would lose what Stash no longer has: 1 their title. What to" in text
    assert "Sintel would lose its title" in text
    assert "held: 1 item" in status["text"]
    assert "Last sync: " in text


def test_status_shows_the_worker_and_its_log_when_it_lives(
    house: House, context: Callable[[House], TaskContext], run_task: RunTask
) -> None:
    (movie,) = house.add("Sintel")
    house.save(movie, title="Sintel!")
    house.wait(lambda: house.has_title(movie)() and house.is_drained())
    run = run_task(house, "queue_status")
    assert run.output["worker"]["alive"]
    assert run.output["worker"]["pid"] == house.worker()
    text = "\n".join(line for _, line in run.log)
    assert f"Worker: alive (process {house.worker()})" in text
    assert "Scene 1: title" in text
    assert {level for level, _ in run.log} == {"info"}


def test_status_says_what_is_missing_when_the_settings_are_not_filled_in(
    house: House, context: Callable[[House], TaskContext]
) -> None:
    house.stash.configure_plugin({})
    (movie,) = house.add("Sintel")
    house.save(movie, title="Sintel!")
    house.wait(lambda: "Paused" in house.log() and house.stats()["in_progress"] == 0)
    status, text = _told(context(house))
    assert status["paused"]["kind"] == "settings"
    assert status["setup"].startswith("Not set up yet: fill in")
    assert "plex_url" in text
    assert status["pending"] == 1


def test_advice_for_settings_is_also_true_of_a_setting_that_cannot_be_read() -> None:
    pause = PauseSpan("settings", "max_retries (config.yaml, line 3) must be a whole number", 0.0)
    assert "fix the setting that is named" in pause_text(pause, 1.0)


def test_status_shows_why_a_worker_could_not_go_on_and_which_file_is_damaged(bare: TaskContext) -> None:
    Path(bare.data_dir, "worker.stderr").write_text("persistqueue cannot be imported\n", encoding="utf-8")
    Path(bare.data_dir, "state.db").write_bytes(b"this is no database" * 100)
    status, text = _told(bare)
    assert "persistqueue cannot be imported" in text
    assert any("state.db is damaged" in problem for problem in status["problems"])


def test_status_fits_into_what_stash_keeps_and_its_counts_are_read_first(
    bare: TaskContext, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything at once; Stash's Logs page has the newest line on top and keeps 30."""
    now = time.time()
    enqueue_many(bare.queue_dir, [create_sync_job(scene_id, "metadata", {}) for scene_id in range(1, 6)], now=now + 900)
    letters = DeadLetterQueue(bare.data_dir)
    for pqid in range(1, 30):
        letters.add({**create_sync_job(pqid, "metadata", {}), "pqid": pqid}, ("PlexRejected", "no"), 5)
    letters.close()
    with Records(Path(bare.data_dir, "state.db")) as records:
        for number in range(20):
            records.pauses.open_pause(kind=f"kind {number}", reason="away", at=now - 900 + number)
        records.skips.record_many([Skip(9, "not_organized", "…", now)])
    Path(bare.data_dir, "worker.stderr").write_text("no room\n" * 100, encoding="utf-8")
    Path(bare.data_dir, "logs").mkdir()
    Path(bare.data_dir, "logs", "worker.log").write_text("a line\n" * 100, encoding="utf-8")
    run({"mode": "queue_status"}, bare)
    messages = capsys.readouterr().err.splitlines()
    assert len(messages) <= 25
    assert messages[-1] == "\x01i\x02Queue: 5 jobs pending, 0 in progress, 0 completed, 0 failed"
    assert messages[-2].startswith("\x01i\x02Waiting: 5 jobs for a later try")
    assert messages[0] == "\x01i\x02a line"


def test_status_sends_nobody_to_retry_dead_letters_when_none_can_be_retried(bare: TaskContext) -> None:
    with closing(DeadLetterQueue(bare.data_dir)) as letters:
        letters.add_unreadable(1, b"half a row", "not JSON")
        assert "Retry Dead Letters" not in _told(bare)[1]
        letters.add({**create_sync_job(2, "metadata", {}), "pqid": 2}, ("PlexRejected", "no"), 5)
        assert "Dead letters: 1 PlexRejected, 1 UnreadableJob (the task Retry Dead Letters" in _told(bare)[1]
