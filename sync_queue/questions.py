"""Questions about the queue, for any process: its numbers, and pages of its jobs. They change nothing and make no file.

Every page is cut by an index, so that a page costs the same with ten rows and with a million.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from storage.database import connect, reading
from sync_queue import schema
from sync_queue.append import encode
from sync_queue.models import NotAJobError, SyncJob, parse_job
from sync_queue.queue_file import StrPath, migrate, queue_file

_NAMES: Final = {
    schema.FRESH: "pending",
    schema.WAITING: "pending",
    schema.CLAIMED: "in_progress",
    schema.DONE: "completed",
    schema.FAILED: "failed",
}
_COLUMNS: Final = (
    f"q._id, CAST(q.data AS BLOB), COALESCE(q.timestamp, 0.0), q.status = {schema.CLAIMED}, COALESCE(s.attempts, 0), "
    "s.due_at, s.error_type, s.reason, s.first_failed_at"
)
"""Those of ListedJob in order."""

_WITH_SCHEDULE: Final = (
    f"SELECT {_COLUMNS} FROM {schema.TABLE} AS q LEFT JOIN job_schedule AS s ON s.pqid = q._id WHERE"
)
_FRESH: Final = f"{_WITH_SCHEDULE} q.status = {schema.FRESH} ORDER BY q._id LIMIT ? OFFSET ?"
_IN_PROGRESS: Final = f"{_WITH_SCHEDULE} q.status = {schema.CLAIMED} ORDER BY q._id LIMIT ? OFFSET ?"
_OF_KEY: Final = f"{_WITH_SCHEDULE} {schema.KEY} = ? AND +q.status <= {schema.CLAIMED} ORDER BY q._id LIMIT 50"
_OF_ID: Final = f"{_WITH_SCHEDULE} q._id = ? AND q.status <= {schema.CLAIMED}"
_SENTENCES: Final = (
    f"SELECT s.pqid, COALESCE(s.reason, '') FROM job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid "
    f"WHERE s.error_type = ? AND q.status <> {schema.CLAIMED} ORDER BY s.due_at"
)
NEXT_DUE: Final = (
    f"SELECT s.due_at FROM job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid "
    f"WHERE s.bulk = ? AND q.status = {schema.WAITING} ORDER BY s.due_at LIMIT 1"
)
_FAILED: Final = "SELECT error_type, COUNT(*) FROM job_schedule WHERE error_type IS NOT NULL GROUP BY error_type"
_FAILED_AND_CLAIMED: Final = (
    f"SELECT s.error_type, COUNT(*) FROM {schema.TABLE} AS q CROSS JOIN job_schedule AS s ON s.pqid = q._id "
    f"WHERE q.status = {schema.CLAIMED} AND s.error_type IS NOT NULL GROUP BY s.error_type"
)
_LATER: Final = "SELECT COUNT(*), MIN(due_at) FROM job_schedule WHERE bulk = ? AND due_at > ?"


@dataclass(frozen=True, slots=True)
class QueueOverview:
    """The queue at one moment.

    Attributes:
        pending: fresh and waiting rows.
        due: those of them that could be sent now.
        next_due_at: epoch seconds, when the first of the others can be; None where there is none.
    """

    pending: int = 0
    due: int = 0
    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    next_due_at: float | None = None

    @property
    def waiting(self) -> int:
        """The pending rows that are not due yet."""
        return self.pending - self.due

    @property
    def left(self) -> int:
        """What is due or in progress."""
        return self.due + self.in_progress


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


def get_stats(queue_path: StrPath) -> dict[str, int]:
    """Return the rows by state: `{"pending": 2, "in_progress": 0, "completed": 40, "failed": 1}`.

    Over every table named ack_queue… of the file; all zero where there is none. `queue_path` is the queue's folder or
    file. Source of the states: persist-queue's AckStatus.

    Raises:
        storage.errors.StorageError: the file is damaged or cannot be read.
    """
    with reading(queue_file(queue_path)) as connection:
        return _counts(connection)


def overview(queue_path: StrPath, now: float) -> QueueOverview:
    """get_stats and what is due, from one moment."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None:
            return QueueOverview()
        connection.execute("BEGIN")
        counts = _counts(connection)
        if not has_table(connection, "job_schedule"):
            return QueueOverview(**counts, due=counts["pending"])
        lanes = [connection.execute(_LATER, (lane, now)).fetchone() for lane in (0, 1)]
        later = sum(count for count, _ in lanes)
        next_due_at = min((due_at for _, due_at in lanes if due_at is not None), default=None)
        return QueueOverview(**counts, due=max(0, counts["pending"] - later), next_due_at=next_due_at)


def waiting(queue_path: StrPath, *, offset: int = 0, limit: int = 25) -> list[ListedJob]:
    """A page of what waits and has not failed: fresh rows, then by when it is due. Two pages may share a row."""
    with _reading_schedule(queue_path) as connection:
        fresh = _jobs(connection.execute(_FRESH, (limit, offset)))
        if len(fresh) == limit:
            return fresh
        count = connection.execute(f"SELECT COUNT(*) FROM {schema.TABLE} WHERE status = {schema.FRESH}").fetchone()[0]
        start = max(0, offset - count)
        return fresh + _scheduled(
            connection, "WHERE error_type IS NULL", (), limit - len(fresh), start, order="bulk, due_at"
        )


def tried(
    queue_path: StrPath, *, error_type: str | None = None, but: str = "", offset: int = 0, limit: int = 25
) -> list[ListedJob]:
    """A page of what failed and waits, by error type and due time: of `error_type`, else all but those of `but`."""
    with _reading_schedule(queue_path) as connection:
        where = "error_type IS NOT NULL AND error_type <> ?" if error_type is None else "error_type = ?"
        return _scheduled(connection, f"WHERE {where}", (but if error_type is None else error_type,), limit, offset)


def in_progress(queue_path: StrPath, *, offset: int = 0, limit: int = 25) -> list[ListedJob]:
    """A page of what the worker has claimed; after a worker died, of what it had."""
    with _reading_schedule(queue_path) as connection:
        return _jobs(connection.execute(_IN_PROGRESS, (limit, offset)))


def due_of(kinds: Collection[str], queue_path: StrPath, now: float, *, most: int) -> int:
    """Count the first jobs, `most` of those that wait and of those in progress, that are of these kinds and due."""
    jobs = [*waiting(queue_path, limit=most), *in_progress(queue_path, limit=most)]
    found = [each for each in jobs if each.job is not None and each.job["update_type"] in kinds]
    return sum(each.is_claimed or (each.due_at or 0) <= now for each in found)


def of_keys(queue_path: StrPath, job_keys: Sequence[str]) -> list[ListedJob]:
    """The rows of these job keys that wait or are in progress, oldest first for each key."""
    with _reading_schedule(queue_path) as connection:
        keys = dict.fromkeys(job_keys)
        rows = [row for key in keys for row in _jobs(connection.execute(_OF_KEY, (indexed(key),)))]
        return [row for row in rows if row.job is not None and row.job["job_key"] in keys]


def of_ids(queue_path: StrPath, pqids: Sequence[int]) -> list[ListedJob]:
    """The rows of these ids that wait, in this order."""
    with _reading_schedule(queue_path) as connection:
        found = [row for pqid in pqids for row in _jobs(connection.execute(_OF_ID, (pqid,)))]
        return [row for row in found if not row.is_claimed]


def sentences(queue_path: StrPath, error_type: str) -> list[tuple[int, str]]:
    """The id and the reason of each job that failed with `error_type` and waits, in the order of `tried`."""
    with _reading_schedule(queue_path) as connection:
        return connection.execute(_SENTENCES, (error_type,)).fetchall()


def error_counts(queue_path: StrPath) -> dict[str, int]:
    """The jobs that failed and wait to be tried again, counted by error type, the most frequent first."""
    with _reading_schedule(queue_path) as connection:
        counts = Counter(dict(connection.execute(_FAILED)))
        counts.subtract(dict(connection.execute(_FAILED_AND_CLAIMED)))
        return dict(sorted((+counts).items(), key=lambda row: (-row[1], row[0])))


def next_due_at(connection: sqlite3.Connection) -> float | None:
    """When the first waiting row is due; None where none waits."""
    found = [connection.execute(NEXT_DUE, (bulk,)).fetchone() for bulk in (0, 1)]
    return min((row[0] for row in found if row is not None), default=None)


def indexed(job_key: str) -> bytes:
    """Return the value of `schema.KEY` in rows of this key; others may have it too, so parse what is found."""
    return encode(job_key)[1:].partition('"')[0].encode()


def tables(connection: sqlite3.Connection) -> Iterator[str]:
    """The names of all of persist-queue's ack queues in the file, quoted for SQL."""
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?", (schema.TABLES_GLOB,)
    ).fetchall():
        yield '"' + name.replace('"', '""') + '"'


def _counts(connection: sqlite3.Connection | None) -> dict[str, int]:
    counts = dict.fromkeys(_NAMES.values(), 0)
    if connection is not None:
        for table in tables(connection):
            for status, count in connection.execute(f"SELECT status, COUNT(*) FROM {table} GROUP BY status"):
                if status in _NAMES:
                    counts[_NAMES[status]] += count
    return counts


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Whether the file holds this table: persist-queue alone makes no schedule, and a new file is empty."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return found.fetchone() is not None


@contextmanager
def _reading_schedule(queue_path: StrPath) -> Iterator[sqlite3.Connection]:
    """As storage.database.reading; an empty queue where there is no file, or no schedule as persist-queue leaves it."""
    with reading(queue_file(queue_path)) as connection:
        if connection is not None and has_table(connection, "job_schedule"):
            yield connection
        else:
            with closing(connect(":memory:")) as empty:
                migrate(empty, ":memory:")
                yield empty


def _scheduled(
    connection: sqlite3.Connection,
    where: str,
    bound: tuple[object, ...],
    limit: int,
    offset: int,
    *,
    order: str = "error_type, due_at",
) -> list[ListedJob]:
    """Cut the page within the schedule, before the rows are looked up: a join would read every row that is skipped.

    Claimed rows keep their place in the schedule, mostly at its head, so as many more are read and left out.
    """
    claimed = connection.execute(f"SELECT COUNT(*) FROM {schema.TABLE} WHERE status = {schema.CLAIMED}").fetchone()[0]
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM (SELECT * FROM job_schedule {where} ORDER BY {order} LIMIT ? OFFSET ?) AS s "
        f"CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid",
        (*bound, limit + claimed, offset),
    )
    return [row for row in _jobs(found) if not row.is_claimed][:limit]


def _jobs(rows: Iterable[tuple[Any, ...]]) -> list[ListedJob]:
    return [
        ListedJob(pqid, _job_in(data), enqueued_at, bool(is_claimed), *rest)
        for pqid, data, enqueued_at, is_claimed, *rest in rows
    ]


def _job_in(data: object) -> SyncJob | None:
    try:
        return parse_job(data)
    except NotAJobError:
        return None
