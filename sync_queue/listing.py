"""Pages of the queue for people: what waits, what failed and waits to be tried again, what is in progress. Changes nothing, makes no file.

Every page is cut by an index, so that a page costs the same with ten rows and with a million.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sync_queue import schema
from sync_queue.files import StrPath, queue_file, reading
from sync_queue.models import NotAJobError, SyncJob, parse_job
from sync_queue.stats import has_table

_COLUMNS: Final = "q._id, CAST(q.data AS BLOB), q.timestamp, q.status, s.attempts, s.due_at, s.error_type, s.reason, s.first_failed_at"
_FRESH: Final = (
    f"SELECT _id, CAST(data AS BLOB), timestamp, status, 0, NULL, NULL, NULL, NULL FROM {schema.TABLE} "
    f"WHERE status = {schema.FRESH} ORDER BY _id LIMIT ? OFFSET ?"
)
_IN_PROGRESS: Final = (
    f"SELECT {_COLUMNS} FROM {schema.TABLE} AS q LEFT JOIN job_schedule AS s ON s.pqid = q._id "
    f"WHERE q.status = {schema.CLAIMED} ORDER BY q._id LIMIT ? OFFSET ?"
)
_FAILED: Final = "SELECT error_type, COUNT(*) FROM job_schedule WHERE error_type IS NOT NULL GROUP BY error_type"
_FAILED_AND_CLAIMED: Final = (
    f"SELECT s.error_type, COUNT(*) FROM {schema.TABLE} AS q CROSS JOIN job_schedule AS s ON s.pqid = q._id "
    f"WHERE q.status = {schema.CLAIMED} AND s.error_type IS NOT NULL GROUP BY s.error_type"
)
_COUNTED: Final = 50_000
_FRESH_LOOKED_AT: Final = 20_000
"""Fresh rows have no key of their own to search by; so many of the oldest are looked into."""


@dataclass(frozen=True, slots=True)
class ListedJob:
    """One row of the queue.

    Attributes:
        job: None where the row is no job at all.
        is_claimed: the worker has it right now.
        due_at: epoch seconds; None for a row that is due since it was put there.
        error_type, reason: how the last attempt ended; None where there was none.
    """

    pqid: int
    job: SyncJob | None
    enqueued_at: float
    is_claimed: bool
    attempts: int
    due_at: float | None
    error_type: str | None
    reason: str | None
    first_failed_at: float | None


@dataclass(frozen=True, slots=True)
class Heads:
    """The queue in four numbers. `due` of what is `pending` could be sent now; `next_due_at` (epoch seconds) is when the first of the rest can be."""

    pending: int = 0
    in_progress: int = 0
    due: int = 0
    next_due_at: float | None = None


def heads(queue_path: StrPath, now: float) -> Heads:
    """The numbers that a page asks for every few seconds: at a million rows several times cheaper than `stats.overview`."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None or not has_table(connection, "job_schedule"):
            return Heads()
        counts = dict(connection.execute(f"SELECT status, COUNT(*) FROM {schema.TABLE} GROUP BY status"))
        pending = counts.get(schema.FRESH, 0) + counts.get(schema.WAITING, 0)
        scheduled_due = _bounded(connection, "<=", now)
        # One side of `now` is nearly always small; where both are huge, the number is off by little and nobody can tell.
        if scheduled_due >= _COUNTED:
            scheduled_due = counts.get(schema.WAITING, 0) - _bounded(connection, ">", now)
        due = min(pending, counts.get(schema.FRESH, 0) + max(0, scheduled_due))
        later = connection.execute(
            "SELECT MIN(due_at) FROM (SELECT (SELECT MIN(due_at) FROM job_schedule WHERE bulk = lane AND due_at > ?) AS due_at "
            "FROM (SELECT 0 AS lane UNION ALL SELECT 1))",
            (now,),
        ).fetchone()[0]
        return Heads(pending, counts.get(schema.CLAIMED, 0), due, later)


def left(queue_path: StrPath, now: float) -> int:
    """How many rows are due or in progress."""
    found = heads(queue_path, now)
    return found.due + found.in_progress


def _bounded(connection: sqlite3.Connection, side: str, now: float) -> int:
    found = connection.execute(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM job_schedule WHERE bulk IN (0, 1) AND due_at {side} ? LIMIT {_COUNTED})",
        (now,),
    )
    return int(found.fetchone()[0])


def waiting(queue_path: StrPath, *, offset: int = 0, limit: int = 25) -> list[ListedJob]:
    """A page of what waits and has not failed: what was just saved first, then by when it is due. While the worker is at it, two pages may share a row."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None or not has_table(connection, schema.TABLE):
            return []
        fresh = _jobs(connection.execute(_FRESH, (limit, offset)))
        if len(fresh) == limit or not has_table(connection, "job_schedule"):
            return fresh
        count = connection.execute(f"SELECT COUNT(*) FROM {schema.TABLE} WHERE status = {schema.FRESH}").fetchone()[0]
        start = max(0, offset - count)
        return fresh + _scheduled(
            connection, "WHERE error_type IS NULL", (), limit - len(fresh), start, order="bulk, due_at"
        )


def tried(
    queue_path: StrPath, *, error_type: str | None = None, but: str = "", offset: int = 0, limit: int = 25
) -> list[ListedJob]:
    """A page of the jobs that failed and wait to be tried again, by error type and then due first.

    Only those of `error_type`, if given, else all but those of the error type `but`.
    """
    with reading(queue_file(queue_path)) as connection:
        if connection is None or not has_table(connection, "job_schedule"):
            return []
        if error_type is None:
            return _scheduled(connection, "WHERE error_type IS NOT NULL AND error_type <> ?", (but,), limit, offset)
        return _scheduled(connection, "WHERE error_type = ?", (error_type,), limit, offset)


def in_progress(queue_path: StrPath, *, offset: int = 0, limit: int = 25) -> list[ListedJob]:
    """A page of what the worker has claimed; after a worker died, of what it had."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None or not has_table(connection, "job_schedule"):
            return []
        return _jobs(connection.execute(_IN_PROGRESS, (limit, offset)))


def of_keys(queue_path: StrPath, job_keys: Sequence[str]) -> list[ListedJob]:
    """The rows of these job keys that wait or are in progress. Of the rows just saved only the oldest 20,000 are looked into."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None or not has_table(connection, "job_schedule"):
            return []
        rows = _jobs(connection.execute(_FRESH, (_FRESH_LOOKED_AT, 0)))
        found = [row for row in rows if row.job is not None and row.job["job_key"] in job_keys]
        for key in dict.fromkeys(job_keys):
            found += _scheduled(connection, "WHERE job_key = ?", (key,), 25, 0, with_claimed=True)
        return found


def error_counts(queue_path: StrPath) -> dict[str, int]:
    """The jobs that failed and wait to be tried again, counted by error type, the most frequent first."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None or not has_table(connection, "job_schedule"):
            return {}
        counts = Counter(dict(connection.execute(_FAILED)))
        counts.subtract(dict(connection.execute(_FAILED_AND_CLAIMED)))
        return dict(sorted((+counts).items(), key=lambda row: (-row[1], row[0])))


def _scheduled(
    connection: sqlite3.Connection,
    where: str,
    bound: tuple[object, ...],
    limit: int,
    offset: int,
    *,
    order: str = "error_type, due_at",
    with_claimed: bool = False,
) -> list[ListedJob]:
    """The page is cut within the schedule, before the rows themselves are looked up: a join would read every row that is skipped.

    Rows that the worker has claimed keep their place in the schedule, mostly at its head, so as many more are read and left out.
    """
    claimed = connection.execute(f"SELECT COUNT(*) FROM {schema.TABLE} WHERE status = {schema.CLAIMED}").fetchone()[0]
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM (SELECT * FROM job_schedule {where} ORDER BY {order} LIMIT ? OFFSET ?) AS s "
        f"CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid",
        (*bound, limit + claimed, offset),
    )
    return [row for row in _jobs(found) if with_claimed or not row.is_claimed][:limit]


def _jobs(rows: Iterable[tuple[Any, ...]]) -> list[ListedJob]:
    return [_listed(*row) for row in rows]


def _listed(
    pqid: int,
    data: object,
    enqueued_at: float | None,
    status: int,
    attempts: int | None,
    due_at: float | None,
    error_type: str | None,
    reason: str | None,
    first_failed_at: float | None,
) -> ListedJob:
    job = None
    with suppress(NotAJobError):
        job = parse_job(data)
    claimed = status == schema.CLAIMED
    return ListedJob(pqid, job, enqueued_at or 0.0, claimed, attempts or 0, due_at, error_type, reason, first_failed_at)
