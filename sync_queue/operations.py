"""The fixed names for a program that takes one job at a time, through a SQLiteAckQueue of anybody's (JSON or pickle).

The worker drains in batches with sync_queue.claims: the same SQL, rows, attempts and due times.
"""

import logging
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final, Protocol

from storage.database import connect
from storage.errors import sorting_errors
from sync_queue import schema
from sync_queue.claims import claim_one, data_version
from sync_queue.models import SyncJob, create_sync_job
from sync_queue.pending import clear_pending_items
from sync_queue.questions import get_stats, next_due_at
from sync_queue.queue_file import migrate

__all__ = ["ack_job", "clear_pending_items", "enqueue", "fail_job", "get_pending", "get_stats", "nack_job"]

_log = logging.getLogger("stash2plex.queue")

_POLL_S: Final = 0.05
_UNREADABLE: Final = (ValueError, UnpicklingError, EOFError, AttributeError, ImportError, LookupError, TypeError)
"""What json and pickle raise on bytes that are not theirs. Source: Python's note at pickle.UnpicklingError."""


class TakesJobs(Protocol):
    """SQLiteAckQueue, AppendOnlyQueue, or anything else with `put`."""

    def put(self, item: Any, /) -> Any:
        """Append `item` durably."""


def enqueue(queue: TakesJobs, scene_id: int, update_type: str, data: dict[str, Any]) -> SyncJob:
    """Append the job of one scene; the job as it was written (without a row id)."""
    job = create_sync_job(scene_id, update_type, data)
    queue.put(job)
    return job


def get_pending(queue: Any, timeout: float = 0) -> dict[str, Any] | None:
    """Claim the job that is due first. Return it with its row id as `pqid`, or None after `timeout` seconds.

    Rows that other processes appended are seen. There are never two claims of one row, also where several queues are
    open on the file: persist-queue's own `get` selects and updates in two steps. A row that the queue's serializer
    cannot read is failed, with a line in the log.

    Raises:
        storage.errors.StorageError: the file is too new, damaged or cannot be used.
    """
    deadline = time.monotonic() + timeout
    path = _path(queue)
    with sorting_errors(path), closing(connect(path)) as connection:
        migrate(connection, path)
        while True:
            queue.put_event.clear()
            version = data_version(connection)
            pqid = claim_one(connection, time.time())
            if pqid is not None:
                job = _take(queue, pqid)
                if job is not None:
                    return job
            elif not _wait(queue, connection, version, deadline):
                return None


def ack_job(queue: Any, job: Mapping[str, Any]) -> None:
    """The job is done."""
    queue.ack(id=_pqid(job))


def nack_job(queue: Any, job: Mapping[str, Any], *, due_at: float | None = None) -> None:
    """Put the job back at no attempt, due at `due_at` (epoch seconds), else at once, behind what is due already."""
    path, pqid = _path(queue), _pqid(job)
    with sorting_errors(path), closing(connect(path)) as connection:
        migrate(connection, path)
        connection.execute(
            "INSERT INTO job_schedule (pqid, due_at) VALUES (?, ?) "
            "ON CONFLICT (pqid) DO UPDATE SET due_at = excluded.due_at, planned_at = NULL",
            (pqid, time.time() if due_at is None else due_at),
        )
    queue.nack(id=pqid)


def fail_job(queue: Any, job: Mapping[str, Any]) -> None:
    """The job is given up; write its dead letter first."""
    queue.ack_failed(id=_pqid(job))


def _take(queue: Any, pqid: int) -> dict[str, Any] | None:
    """The data of a row that is ours, through the queue's own serializer and cache."""
    try:
        item = queue.get(block=False, id=pqid)
    except _UNREADABLE as error:
        problem = type(error).__name__
    else:
        if isinstance(item, dict):
            return {**item, "pqid": pqid}
        problem = f"found {type(item).__name__}, expected a dict"
    _log.error("Row %d of the queue is no job (%s); it is marked as failed and stays in the file", pqid, problem)
    queue.ack_failed(id=pqid)
    return None


def _wait(queue: Any, connection: sqlite3.Connection, version: int, deadline: float) -> bool:
    """Wait until something changed or is due; False where `deadline` (of time.monotonic) came first."""
    due_at = next_due_at(connection)
    while (left_s := deadline - time.monotonic()) > 0:
        queue.put_event.wait(min(_POLL_S, left_s))
        if (
            queue.put_event.is_set()
            or data_version(connection) != version
            or (due_at is not None and due_at <= time.time())
        ):
            return True
    return False


def _path(queue: Any) -> Path:
    if queue.name != "default":
        raise ValueError(f"the queue is named {queue.name!r}; jobs are in the table {schema.TABLE} only")
    return Path(queue.path, queue.db_file_name)


def _pqid(job: Mapping[str, Any]) -> int:
    pqid = job.get("pqid")
    if not isinstance(pqid, int):
        raise ValueError("the job has no pqid: it did not come out of get_pending")  # noqa: TRY004 - it is missing
    return pqid
