import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync_queue import DeadLetterQueue, create_sync_job, get_stats
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.models import METADATA
from sync_queue.pending import enqueue_many
from sync_queue.settling import Settlement
from tasks.context import TaskContext, TaskError
from tasks.queue import retry_letters
from tasks.registry import run
from tests.house import PATIENCE_S, House

_LIBRARIES = ("persistqueue", "plexapi", "stashapi", "yaml", "requests")
_DAY_S = 86_400.0


def _fill(context: TaskContext) -> None:
    """One job done, one in progress, one waiting for later, two fresh."""
    now = time.time()
    enqueue_many(context.queue_dir, [create_sync_job(scene_id, "metadata", {"fields": []}) for scene_id in (1, 2, 3)])
    claims = ClaimStore(context.queue_dir)
    jobs = claims.claim_due(now + 1, 3).jobs
    claims.settle(
        [
            Settlement.ack(jobs[0].pqids),
            Settlement.retry(jobs[1].pqids, now + 3600, 1, "NotInPlexError", "not there yet"),
        ],
        now,
    )
    claims.close()
    queue = AppendOnlyQueue(context.queue_dir)
    for scene_id in (4, 5):
        queue.put(create_sync_job(scene_id, "metadata", {"fields": ["title"]}))
    queue.close()


def _bury(context: TaskContext, *letters: tuple[int, str, float]) -> None:
    """Dead letters: scene, error type, age in days."""
    for number, (scene_id, error_type, days) in enumerate(letters, start=1):
        queue = DeadLetterQueue(context.data_dir, clock=lambda age=days: time.time() - age * _DAY_S)
        job = create_sync_job(scene_id, "metadata", {"fields": ["title"]})
        queue.add({**job, "pqid": 100 + number}, (error_type, f"it failed on scene {scene_id}"), 5)
        queue.close()


def _letters(context: TaskContext) -> list[int]:
    queue = DeadLetterQueue(context.data_dir)
    try:
        return sorted(letter["scene_id"] for letter in queue.get_recent(100))
    finally:
        queue.close()


def test_clear_queue_deletes_fresh_and_waiting_jobs_and_nothing_else(bare: TaskContext) -> None:
    _fill(bare)
    answer = run({"mode": "clear_queue"}, bare)
    assert answer["cleared"] == 3
    assert "3 pending jobs" in answer["text"]
    assert get_stats(bare.queue_dir) == {"pending": 0, "in_progress": 1, "completed": 1, "failed": 0}
    assert run({"mode": "clear_queue"}, bare)["cleared"] == 0


def test_clear_dlq_deletes_every_letter(bare: TaskContext) -> None:
    _bury(bare, (1, "PlexRejected", 0), (2, "NotInPlexError", 40))
    assert run({"mode": "clear_dlq"}, bare)["cleared"] == 2
    assert _letters(bare) == []


@pytest.mark.parametrize(("days", "left"), [("30", [1, 2]), (None, [1, 2]), ("10", [1]), (40, [1, 2, 3]), ("0", [])])
def test_purge_dlq_deletes_what_is_old_enough_when_days_come_as_text_or_number(
    bare: TaskContext, days: Any, left: list[int]
) -> None:
    _bury(bare, (1, "PlexRejected", 1), (2, "PlexRejected", 20), (3, "PlexRejected", 35))
    answer = run({"mode": "purge_dlq", **({} if days is None else {"days": days})}, bare)
    assert _letters(bare) == left
    assert (answer["purged"], answer["left"]) == (3 - len(left), len(left))


@pytest.mark.parametrize(
    "args",
    [
        {"mode": "purge_dlq", "days": "soon"},
        {"mode": "purge_dlq", "days": "-1"},
        {"mode": "purge_dlq", "days": "1.5"},
        {"mode": "purge_dlq", "days": [1]},
        {"mode": "purge_dlq", "days": True},
        {"mode": "purge_dlq", "days": "9" * 400},
        {"mode": "retry_dlq", "ids": "1, two"},
        {"mode": "retry_dlq", "ids": "0"},
        {"mode": "retry_dlq", "ids": {"id": 1}},
        {"mode": "retry_dlq", "ids": "77"},
        {"mode": "retry_dlq", "error_type": 5},
        {"mode": "recent", "hours": "yesterday"},
        {"mode": "recent", "hours": "0"},
        {"mode": "preview", "limit": "many"},
        {"mode": "restore", "scene_id": "1, 2"},
        {"mode": "restore", "scene_id": "x"},
        {"mode": "reconcile", "depth": "deeply"},
        {"mode": "nothing"},
        {"mode": ["all"]},
    ],
    ids=str,
)
def test_nonsense_is_refused_and_changes_nothing(bare: TaskContext, args: dict[str, Any]) -> None:
    _fill(bare)
    _bury(bare, (1, "PlexRejected", 100), (2, "NotInPlexError", 0))
    before = get_stats(bare.queue_dir)
    with pytest.raises(TaskError, match=r"must be|there is no"):
        run(args, replace(bare, connection={"Port": 9}))
    assert get_stats(bare.queue_dir) == before
    assert _letters(bare) == [1, 2]


@pytest.mark.parametrize(
    ("args", "retried"),
    [
        ({}, [1, 2, 3]),
        ({"ids": "1, 3"}, [1, 3]),
        ({"ids": [2]}, [2]),
        ({"ids": 2}, [2]),
        ({"error_type": "NotInPlexError"}, [2, 3]),
    ],
    ids=str,
)
def test_retry_queues_the_chosen_letters_again_with_their_history(
    bare: TaskContext, args: dict[str, Any], retried: list[int]
) -> None:
    _bury(bare, (1, "PlexRejected", 1), (2, "NotInPlexError", 1), (3, "NotInPlexError", 1))
    answer = run({"mode": "retry_dlq", **args}, bare)
    assert (answer["retried"], answer["left"], answer["started"]) == (len(retried), 3 - len(retried), False)
    claims = ClaimStore(bare.queue_dir)
    jobs = claims.claim_due(time.time() + 1, 10).jobs
    claims.close()
    assert [job.job["scene_id"] for job in jobs] == retried
    assert all(job.job["history"][0]["error_message"].startswith("it failed") for job in jobs)
    assert _letters(bare) == sorted({1, 2, 3} - set(retried))


def test_retry_starts_the_worker_when_stash_gave_a_connection(house: House, context: Any) -> None:
    (movie,) = house.add("Sintel", title="Sintel again")
    _bury(context(house), (movie.scene_id, "PlexRejected", 1))
    assert run({"mode": "retry_dlq"}, context(house))["started"]
    house.wait(lambda: house.shown(movie).title == "Sintel again")
    house.wait(lambda: not house.dead_letters())


@pytest.mark.parametrize("mode", ["queue_status", "clear_queue", "clear_dlq", "purge_dlq", "retry_dlq"])
def test_queue_task_answers_with_the_standard_library_alone_when_there_is_no_connection(
    bare: TaskContext, mode: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", bare.script],
        input=f'{{"args": {{"mode": "{mode}"}}}}'.encode(),
        capture_output=True,
        env={**os.environ, "STASH_PLUGIN_DATA": bare.data_dir},
        cwd=Path(bare.data_dir),
        timeout=PATIENCE_S,
        check=True,
    )
    assert done.stdout.startswith(b'{"output": {"text": ')
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.decode().splitlines()}
    assert "sqlite3" in imported
    assert not imported & set(_LIBRARIES)


def test_each_letter_of_many_is_looked_at_once_or_twice_when_they_are_retried(bare: TaskContext) -> None:
    count = 2_000
    asked: list[str] = []
    with closing(DeadLetterQueue(bare.data_dir)) as letters:
        with letters.transaction():
            for number in range(1, count + 1):
                letters.add({**create_sync_job(number, METADATA, {}), "pqid": number}, ("PlexRejected", "no"), 5)
        with letters.using() as connection:
            connection.set_trace_callback(asked.append)
        assert retry_letters(letters, bare, list(range(1, count + 1)), "PlexRejected") == count
    assert sum(sql.startswith("SELECT * FROM dead_letters") for sql in asked) <= 2 * count
