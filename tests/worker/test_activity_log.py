"""What the worker tells people and other processes."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from records import Records
from sync_queue import create_sync_job
from sync_queue.settling import ClaimedJob
from worker.activity_log import ActivityLog
from worker.errors import NotInPlexError, PermanentError
from worker.facts import HOURS, LAST_SYNC_AT
from worker.outcome import Ack, Dead, Pause, Retry
from worker.protocols import Result

NOW = 1_795_000_000.0


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
def journal(records: Records, caplog: pytest.LogCaptureFixture) -> ActivityLog:
    caplog.set_level(logging.INFO, "stash2plex.worker")
    return ActivityLog(records)


def job(scene_id: int) -> ClaimedJob:
    return ClaimedJob((scene_id,), create_sync_job(scene_id, "metadata", {"fields": []}, now=NOW))


def test_flushed_says_what_each_scene_got_when_there_are_few(journal, records, caplog):
    journal.settled(Result(job(7), note="title, poster"), Ack(), "", NOW)
    journal.settled(Result(job(8), kind="unchanged"), Ack(), "", NOW)
    journal.flushed(NOW)
    journal.flushed(NOW)
    assert records.facts.get(HOURS) == [[NOW // 3600, 1, 0]]
    assert "Scene 7: title, poster" in caplog.text
    assert "1 synced, 1 unchanged" in caplog.text
    assert records.facts.get(LAST_SYNC_AT) == NOW


def test_flushed_gives_the_count_alone_when_there_are_many(journal, caplog):
    for scene_id in range(1, 101):
        journal.settled(Result(job(scene_id), note="title"), Ack(), "", NOW)
    journal.flushed(NOW)
    assert caplog.messages == ["100 synced"]


def test_flushed_says_nothing_when_nothing_was_settled(journal, caplog):
    journal.flushed(NOW)
    assert caplog.messages == []


def test_reason_of_a_waiting_scene_is_kept_until_it_is_synced(journal, records):
    journal.settled(Result(job(7), NotInPlexError("x")), Retry(NOW + 30, 1), "Plex lacks it", NOW)
    journal.flushed(NOW)
    assert records.skips.get_many([7])[7].text == "Plex lacks it"
    journal.settled(Result(job(7), note="title"), Ack(), "", NOW)
    journal.flushed(NOW)
    assert records.skips.get_many([7]) == {}


def test_dead_letter_is_an_error_in_the_log_with_its_attempts(journal, caplog):
    journal.settled(Result(job(7), PermanentError("x")), Dead(3), "two items claim it", NOW)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage() == "Scene 7 is a dead letter after 3 attempts: two items claim it"


def test_pause_is_said_once_and_measured(journal, records, caplog):
    for probe in range(3):
        journal.paused(Pause("plex", NOW + 30), "Plex is away", NOW + probe, is_new=probe == 0)
    assert records.pauses.current().reason == "Plex is away"
    journal.resumed(NOW + 120)
    assert caplog.messages == ["Paused, nothing is lost: Plex is away", "Going on after a pause of 2 min"]
    assert records.pauses.current() is None


def test_drained_sums_up_what_was_done_since_the_last_time(journal, caplog):
    for _ in range(3):
        journal.settled(Result(job(7), note="title"), Ack(), "", NOW)
        journal.flushed(NOW)
    journal.drained(NOW)
    journal.drained(NOW)
    assert [line for line in caplog.messages if "Since" in line] == [
        "Nothing is due any more. Since the last time: 3 synced"
    ]
