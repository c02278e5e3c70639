import re
import sqlite3
import stat
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from storage.errors import StorageTooNew
from sync_queue import DeadLetterQueue, SyncJob, get_stats
from sync_queue.pending import enqueue_many
from tests import predecessor
from tests.sync_queue.conftest import Clock
from tests.sync_queue.jobs import NOW, entity, look, pending_scenes, scene

DAY_S = 86_400.0


def dead(pqid: int, scene_id: int | None = None) -> SyncJob:
    return {**scene(scene_id or pqid, "title"), "pqid": pqid}


def raised(message: str) -> ValueError:
    def fail(_unseen: str) -> None:
        raise ValueError(message)

    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        fail("marked-secret-in-a-variable".upper())
    return caught.value


def test_letter_holds_job_and_error_when_a_job_was_given_up(dlq: DeadLetterQueue) -> None:
    letter_id = dlq.add(dead(7, 42), raised("no such item"), 5)
    letter = dlq.get_by_id(letter_id)
    assert letter is not None
    trace = letter.pop("stack_trace")
    assert trace.startswith("Traceback")
    assert "ValueError: no such item" in trace
    assert letter == {
        **dead(7, 42),
        "id": letter_id,
        "job_data": dead(7, 42),
        "error_type": "ValueError",
        "error_message": "no such item",
        "retry_count": 5,
        "failed_at": NOW,
        "history": [],
    }
    assert dlq.get_by_id(letter_id + 1) is None


def test_letter_lies_in_the_named_table_when_others_read_the_file(dlq: DeadLetterQueue, data_dir: Path) -> None:
    dlq.add(scene(1), ("PlexRejected", "400"), 2)
    rows = look(
        data_dir / "dlq.db",
        "SELECT typeof(job_data), error_type, error_message, stack_trace, retry_count, typeof(failed_at) FROM dead_letters",
    )
    assert rows == [("text", "PlexRejected", "400", "", 2, "real")]


def test_letter_shows_no_secret_when_it_is_redacted(dlq: DeadLetterQueue, data_dir: Path) -> None:
    def redact(text: str) -> str:
        return text.replace("marked-secret", "***")

    dlq.add(dead(1), raised("GET /?X-Plex-Token=marked-secret failed"), 1, redact=redact)
    dlq.add_unreadable(2, b"\x80marked-secret\xff", "not JSON", redact=redact)
    written = b"".join(path.read_bytes() for path in data_dir.iterdir())
    assert b"marked-secret" not in written
    unreadable = dlq.get_by_id(2)
    assert unreadable is not None
    assert b64decode(unreadable["raw_base64"]) == b"\x80***\xff"
    assert "MARKED-SECRET-IN-A-VARIABLE" not in str(dlq.get_by_id(1))


def test_one_letter_stays_when_the_same_row_is_added_twice(dlq: DeadLetterQueue, clock: Clock) -> None:
    first = dlq.add(dead(1), ("A", "first"), 5)
    clock.now += 1
    assert dlq.add(dead(1), ("B", "second"), 6) == first
    assert [(row["error_type"], row["retry_count"], row["failed_at"]) for row in dlq.get_recent()] == [
        ("B", 6, NOW + 1)
    ]


def test_both_letters_stay_when_a_new_queue_file_counts_from_one_again(dlq: DeadLetterQueue) -> None:
    dlq.add(dead(1, 100), ("A", ""), 5)
    dlq.add(dead(1, 200), ("A", ""), 5)
    assert [(row["scene_id"], row["pqid"]) for row in dlq.get_recent()] == [(200, 1), (100, None)]


def test_job_has_one_letter_when_each_of_its_saves_fails(dlq: DeadLetterQueue, clock: Clock) -> None:
    ids = []
    for pqid in (1, 2, None, None):
        clock.now += 1
        ids.append(dlq.add({**scene(7), **({"pqid": pqid} if pqid else {})}, ("Ambiguous", f"{pqid}"), 1))
        dlq.add(dead(100 + len(ids)), ("A", ""), 1)
    letter = dlq.get_by_id(ids[-1])
    assert letter is not None
    assert [(failure["letter"], failure["failed_at"], failure["error_message"]) for failure in letter["history"]] == [
        (ids[0], NOW + 1, "1"),
        (ids[1], NOW + 2, "2"),
        (ids[2], NOW + 3, "None"),
    ]
    assert dlq.get_error_summary() == {"A": 4, "Ambiguous": 1}


def test_history_is_kept_when_the_same_row_is_added_twice(dlq: DeadLetterQueue) -> None:
    dlq.add(dead(1, 7), ("A", "first"), 1)
    for _ in range(2):
        letter = dlq.get_by_id(dlq.add(dead(2, 7), ("A", "second"), 1))
        assert letter is not None
        assert [failure["error_message"] for failure in letter["history"]] == ["first"]


def test_recent_letters_come_newest_first_when_there_are_many(dlq: DeadLetterQueue, clock: Clock) -> None:
    for pqid in range(1, 16):
        clock.now += 1
        dlq.add(dead(pqid), ("A", "x"), 5)
    assert [row["pqid"] for row in dlq.get_recent()] == list(range(15, 5, -1))
    assert [row["pqid"] for row in dlq.get_recent(limit=2)] == [15, 14]
    assert [row["pqid"] for row in dlq.page(13, 10)] == [2, 1]
    assert set(dlq.get_recent(1)[0]) == {
        "id",
        "pqid",
        "job_key",
        "scene_id",
        "error_type",
        "error_message",
        "retry_count",
        "failed_at",
    }


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("42", {1, 2}),
        ("Sintel", {3}),
        ("100%", {2}),
        ("_", {1, 2, 3}),
        ("scene_7", {3}),
        ("9" * 30, set()),
        ("", {1, 2, 3}),
    ],
)
def test_letters_are_found_when_key_message_or_scene_match(dlq: DeadLetterQueue, search: str, found: set[int]) -> None:
    dlq.add(dead(1, 42), ("A", "refused"), 5)
    dlq.add(dead(2, 3), ("B", "100% of 42"), 5)
    dlq.add(dead(3, 7), ("B", "no file of Sintel"), 5)
    assert {row["pqid"] for row in dlq.page(0, 10, search=search)} == found
    assert dlq.get_count(search=search) == len(found)
    assert dlq.get_count(search=search, error_type="A") == len(found & {1})


def test_summary_counts_by_type_when_errors_differ(dlq: DeadLetterQueue) -> None:
    assert dlq.get_error_summary() == {}
    for pqid, kind in enumerate(["B", "A", "B"], 1):
        dlq.add(dead(pqid), (kind, ""), 5)
    assert list(dlq.get_error_summary().items()) == [("B", 2), ("A", 1)]


# -- deleting ---------------------------------------------------------------------------------------------------------


def test_old_letters_are_deleted_when_their_days_are_over(dlq: DeadLetterQueue, clock: Clock) -> None:
    for pqid in (1, 2, 3):
        dlq.add(dead(pqid), ("A", ""), 5)
        clock.now += 10 * DAY_S
    assert dlq.delete_older_than(25) == 1
    assert dlq.delete_older_than(days=19.5) == 1
    assert dlq.delete_older_than(0) == 1


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf"), True, "30", None])
def test_nothing_is_deleted_when_days_are_nonsense(dlq: DeadLetterQueue, clock: Clock, days: Any) -> None:
    dlq.add(dead(1), ("A", ""), 5)
    clock.now += 1000 * DAY_S
    with pytest.raises(ValueError, match="days must be a number"):
        dlq.delete_older_than(days)
    assert dlq.get_count() == 1


def test_letters_are_deleted_by_id_key_or_all_when_asked(dlq: DeadLetterQueue) -> None:
    for pqid in range(1, 6):
        dlq.add(dead(pqid, pqid % 5), ("A", ""), 5)
    assert dlq.resolve("scene_1", "scene_2", "scene_77") == 2
    assert dlq.resolve("scene_1") == 0
    assert dlq.delete([3, 99]) == 1
    assert dlq.delete_all() == 2
    assert dlq.get_count() == 0


# -- retrying ---------------------------------------------------------------------------------------------------------


def test_jobs_go_back_into_the_queue_with_their_history_when_letters_are_retried(
    dlq: DeadLetterQueue, queue_dir: Path, clock: Clock
) -> None:
    letter = dlq.add(dead(1, 10), ("A", "first"), 5)
    clock.now += 100
    taken = dlq.take()
    assert dlq.get_count() == 1
    (job,) = taken.jobs
    assert (job["job_key"], job["enqueued_at"], "pqid" in job) == ("scene_10", NOW + 100, False)
    failure = {"letter": letter, "failed_at": NOW, "error_type": "A", "error_message": "first", "retry_count": 5}
    assert job.get("history") == [failure]
    assert enqueue_many(queue_dir, taken.jobs) == 1
    assert dlq.confirm(taken) == 1
    again = dlq.add({**job, "pqid": 2}, ("B", "second"), 5)
    found = dlq.get_by_id(again)
    assert found is not None
    assert found["history"] == [failure]
    assert [entry["error_message"] for entry in dlq.take().jobs[0].get("history", [])] == ["first", "second"]


def test_history_stays_short_when_a_job_fails_for_ever(dlq: DeadLetterQueue) -> None:
    job = dead(1)
    for pqid in range(1, 30):
        dlq.add({**job, "pqid": pqid}, ("A", str(pqid)), 5)
        (job,) = dlq.take().jobs
    history = [(entry["error_message"], entry.get("times", 1)) for entry in job.get("history", [])]
    assert history == [("1", 20), *((str(pqid), 1) for pqid in range(21, 30))], "since when, how often, and the newest"
    assert dlq.get_count() == 1


def test_nothing_is_lost_or_doubled_when_a_retry_is_killed_before_it_is_confirmed(
    dlq: DeadLetterQueue, queue_dir: Path
) -> None:
    dlq.add(dead(1, 10), ("A", ""), 5)
    assert enqueue_many(queue_dir, dlq.take().jobs) == 1
    # Killed here. The user retries once more:
    taken = dlq.take()
    assert enqueue_many(queue_dir, taken.jobs) == 0
    assert dlq.confirm(taken) == 1
    assert get_stats(queue_dir)["pending"] == 1


@pytest.mark.parametrize("succeeds", [True, False])
def test_one_letter_or_none_stays_when_the_worker_was_faster_than_the_second_retry(
    dlq: DeadLetterQueue, queue_dir: Path, succeeds: bool
) -> None:
    dlq.add(dead(1, 10), ("A", ""), 5)
    taken = dlq.take()
    enqueue_many(queue_dir, taken.jobs)
    # Killed before confirm, and the worker does the job:
    if succeeds:
        dlq.resolve("scene_10")
    else:
        dlq.add({**taken.jobs[0], "pqid": 2}, ("B", ""), 5)
    assert [row["error_type"] for row in dlq.get_recent()] == ([] if succeeds else ["B"])


def test_letter_stays_when_it_was_written_anew_before_the_retry_was_confirmed(
    dlq: DeadLetterQueue, clock: Clock
) -> None:
    dlq.add(dead(1), ("A", ""), 5)
    taken = dlq.take()
    clock.now += 1
    dlq.add(dead(1), ("B", ""), 5)
    assert dlq.confirm(taken) == 0
    assert dlq.get_count() == 1


def test_only_the_named_letters_are_taken_when_ids_type_or_limit_say_so(dlq: DeadLetterQueue) -> None:
    for pqid in range(1, 6):
        dlq.add(dead(pqid), ("odd" if pqid % 2 else "even", ""), 5)
    dlq.add_unreadable(6, b"garbage", "not JSON")
    dlq.add({"pqid": 7, "scene_id": 7, "data": "no dict"}, ("odd", ""), 1)

    def taken(**how: Any) -> list[int]:
        return [letter for letter, _ in dlq.take(**how).letters]

    assert taken() == [1, 2, 3, 4, 5]
    assert taken(error_type="even") == [2, 4]
    assert taken(ids=[3, 1, 6, 99]) == [1, 3]
    assert taken(ids=[1, 2], error_type="even") == [2]
    assert taken(limit=2) == [1, 2]
    assert not dlq.take(ids=[])


def test_entity_jobs_are_retried_when_they_died(dlq: DeadLetterQueue, queue_dir: Path) -> None:
    dlq.add({**entity("tag", "merge", 4, 7), "pqid": 1}, ("A", ""), 5)
    taken = dlq.take()
    assert taken.jobs[0]["data"] == {"event": "merge", "ids": [4, 7]}
    enqueue_many(queue_dir, taken.jobs)
    assert pending_scenes(queue_dir) == set()
    assert get_stats(queue_dir)["pending"] == 1


# -- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.needs("rights")
def test_file_is_private_when_it_is_made(dlq: DeadLetterQueue, data_dir: Path) -> None:
    dlq.add(dead(1), ("A", ""), 5)
    assert {stat.S_IMODE(path.stat().st_mode) for path in data_dir.iterdir()} == {0o600}
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


def test_letters_are_shared_when_several_open_the_file(dlq: DeadLetterQueue, data_dir: Path) -> None:
    def add(number: int) -> None:
        other = DeadLetterQueue(data_dir)
        other.add(dead(number), ("A", ""), 5)
        other.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(1, 21)))
    assert dlq.get_count() == 20


def test_file_is_left_alone_when_it_is_newer(dlq: DeadLetterQueue, data_dir: Path) -> None:
    dlq.add(dead(1), ("A", ""), 5)
    dlq.close()
    look(data_dir / "dlq.db", "PRAGMA user_version = 2")
    with pytest.raises(StorageTooNew, match=r"dlq\.db was written by a newer"):
        DeadLetterQueue(data_dir)
    assert look(data_dir / "dlq.db", "SELECT pqid FROM dead_letters") == [1]


def test_another_programs_letters_are_kept_aside_when_they_lie_in_the_same_folder(data_dir: Path) -> None:
    data_dir.mkdir()
    look(data_dir / "dlq.db", "CREATE TABLE dead_letters (id INTEGER PRIMARY KEY, job_id INTEGER, job_data BLOB)")
    look(data_dir / "dlq.db", "INSERT INTO dead_letters VALUES (1, 2, x'80')")
    dlq = DeadLetterQueue(data_dir)
    dlq.add(dead(1), ("A", ""), 5)
    assert dlq.get_count() == 1
    dlq.close()
    assert look(data_dir / "dlq.db", "SELECT job_id FROM dead_letters_of_another_program") == [2]


def test_letter_is_written_when_the_history_of_an_earlier_one_is_damaged(data_dir: Path, dlq: DeadLetterQueue) -> None:
    dlq.add(dead(7, 42), raised("first"), 5)
    with closing(sqlite3.connect(data_dir / "dlq.db")) as connection, connection:
        connection.execute("UPDATE dead_letters SET history = '[{\"failed_at'")
    dlq.add(dead(8, 42), raised("second"), 5)
    (brief,) = dlq.get_recent(10)
    letter = dlq.get_by_id(brief["id"])
    assert letter is not None
    assert letter["error_message"] == "second"
    assert [failure["error_message"] for failure in letter["history"]] == ["first"]


def test_foreign_letters_are_counted_and_go_when_their_scene_was_synced(data_dir: Path, clock: Clock) -> None:
    old, new = "2023-10-01 10:00:00", "2023-11-14 22:00:00"
    predecessor.leave_letters(data_dir, (1, "PlexNotFound", old), (2, "PlexNotFound", new), (3, "PermanentError", new))
    with DeadLetterQueue(data_dir, clock=clock) as letters:
        assert letters.get_foreign_summary() == {"PlexNotFound": 2, "PermanentError": 1}
        assert letters.get_count() == 0, "nobody has to do anything about them"
        assert letters.resolve("scene_3", "scene_77", "tag_1", "scene_" + "9" * 40) == 1
        assert letters.delete_older_than(30) == 1
        assert letters.get_foreign_summary() == {"PlexNotFound": 1}
        assert letters.delete_all() == 1
        assert letters.get_foreign_summary() == {}


def test_foreign_letters_are_counted_without_a_name_when_their_table_has_none(data_dir: Path, clock: Clock) -> None:
    data_dir.mkdir()
    look(data_dir / "dlq.db", "CREATE TABLE dead_letters (job_id INTEGER)")
    look(data_dir / "dlq.db", "INSERT INTO dead_letters VALUES (2)")
    with DeadLetterQueue(data_dir, clock=clock) as letters:
        assert letters.get_foreign_summary() == {"unnamed": 1}
        assert (letters.resolve("scene_2"), letters.delete_older_than(1)) == (0, 0)
        assert letters.delete_all() == 1


def test_foreign_letters_are_counted_when_a_name_is_no_text(data_dir: Path) -> None:
    predecessor.leave_letters(data_dir, (1, "PlexNotFound", "2023-10-01 10:00:00"))
    look(data_dir / "dlq.db", "UPDATE dead_letters SET error_type = CAST(x'41fffe' AS TEXT)")
    with DeadLetterQueue(data_dir) as letters:
        assert letters.get_foreign_summary() == {"A\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}": 1}
