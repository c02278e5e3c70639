"""Pending jobs, for any process: adding them, asking for one, and two verbs over a selection: make due, drop.

Rows are changed in short transactions, because a hook waits for them.
"""

import sqlite3
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from storage.database import check_version, connect, reading, transaction
from storage.errors import sorting_errors
from sync_queue import schema
from sync_queue.append import encode
from sync_queue.merging import covers
from sync_queue.models import RUN, NotAJobError, SyncJob, parse_job, scene_key
from sync_queue.questions import has_table, indexed, tables
from sync_queue.queue_file import StrPath, in_steps, queue_file, writing

_PENDING: Final = f"({schema.FRESH}, {schema.WAITING})"
_OPEN: Final = f"({schema.FRESH}, {schema.WAITING}, {schema.CLAIMED})"
OF_KEY: Final = f"SELECT CAST(data AS BLOB) FROM {schema.TABLE} WHERE {schema.KEY} = ? AND +status IN"

_ROWS_FIRST: Final = f"{schema.TABLE} AS q LEFT JOIN job_schedule AS s ON s.pqid = q._id"
_SCHEDULE_FIRST: Final = f"job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid"


@dataclass(frozen=True, slots=True)
class Selection:
    """Pending jobs that have all that is given; all of them where nothing is.

    Attributes:
        keys: their job_key is one of these.
        has_failed: they failed before, or did not.
        error_type: how their last attempt ended.
        update_type: what is to be done, METADATA for one.
        run: the call of a task that queued them; "" for any.
        since, until: when they were enqueued, epoch seconds, both included.
        seen_at: they stood there, in the list of what failed or of what did not, when somebody looked; None: whenever.
    """

    keys: Collection[str] | None = None
    has_failed: bool | None = None
    error_type: str | None = None
    update_type: str | None = None
    run: str | None = None
    since: float = float("-inf")
    until: float = float("inf")
    seen_at: float | None = None

    @classmethod
    def of_scenes(cls, scene_ids: Iterable[int], *, error_type: str | None = None) -> "Selection":
        """The jobs of these scenes."""
        return cls(keys=frozenset(map(scene_key, scene_ids)), error_type=error_type)

    @property
    def is_in_columns(self) -> bool:
        """Whether no job has to be read to know which are meant."""
        return self == Selection(has_failed=self.has_failed, error_type=self.error_type, seen_at=self.seen_at)

    def has(self, data: object) -> bool:
        """Whether the job in a row's `data` is meant, as far as the job itself can tell."""
        try:
            job = parse_job(data)
        except NotAJobError:
            return False
        run = job["data"].get(RUN)
        return (
            (self.keys is None or job["job_key"] in self.keys)
            and self.update_type in (None, job["update_type"])
            and (self.run is None or (bool(run) and self.run in ("", run)))
            and self.since <= job["enqueued_at"] <= self.until
        )


ALL: Final = Selection()


def make_due(queue_dir: StrPath, now: float, which: Selection = ALL) -> int:
    """Make waiting jobs due at `now`. Return how many. A try before its time uses no attempt."""
    with writing(queue_dir) as connection:
        ids = _find(connection, which, now)
        return in_steps(connection, f"{schema.MAKE_DUE} WHERE pqid = :pqid AND due_at > :now", ids, now=now)


def drop(queue_dir: StrPath, which: Selection) -> int:
    """Delete pending jobs, waiting ones included, but none that arrive meanwhile. Return how many."""
    with writing(queue_dir) as connection:
        return _delete(connection, schema.TABLE, _find(connection, which))


def clear_pending_items(queue_path: StrPath) -> int:
    """Delete all pending rows of every ack queue in the file (or folder), and nothing else. Return how many.

    Rows that arrive meanwhile stay: the user has not seen them when he asked.

    Raises:
        storage.errors.StorageError: the file is too new, damaged or cannot be used.
    """
    path = queue_file(queue_path)
    if not path.exists():
        return 0
    with sorting_errors(path), closing(connect(path)) as connection:
        check_version(connection, path, schema.VERSION)
        cleared = 0
        for table in tables(connection):
            rows = connection.execute(f"SELECT _id FROM {table} WHERE status IN {_PENDING}")
            cleared += _delete(connection, table, [pqid for (pqid,) in rows])
        return cleared


def has_job(queue_dir: StrPath, job_key: str) -> bool:
    """Whether a job of this key is pending or in progress."""
    with reading(queue_file(queue_dir)) as connection:
        if connection is None or not has_table(connection, schema.TABLE):
            return False
        return bool(_jobs_of(connection, job_key, _OPEN))


def enqueue_many(
    queue_dir: StrPath, jobs: Iterable[SyncJob], *, coalesce: bool = True, bulk: bool = True, now: float | None = None
) -> int:
    """Append `jobs` in one transaction. Return how many rows were really added.

    With `coalesce` a job is left out where a row that is pending will do all of it; a row in progress does not count,
    for it may have read its scene already. The rows wait in a lane of their own and share every batch with what users
    save meanwhile; without `bulk` they wait among what is tried again, before those of the former: for a few that
    somebody looks out for. The queue is locked only once `jobs` has ended, which may page through Stash.

    Raises:
        TypeError: a job is no JSON; nothing was added.
        storage.errors.StorageError: the queue cannot be used; nothing was added.
    """
    enqueued_at = time.time() if now is None else now
    listed = list(jobs)
    with writing(queue_dir) as connection, transaction(connection):
        return append_jobs(connection, listed, enqueued_at, coalesce=coalesce, bulk=bulk)


def append_jobs(
    connection: sqlite3.Connection, jobs: Iterable[SyncJob], now: float, *, coalesce: bool = True, bulk: bool = True
) -> int:
    """As enqueue_many, within a transaction of the caller."""
    incoming = [(job, _document(job)) for job in jobs]
    return sum(
        _add(connection, document, now, bulk=bulk)
        for job, document in incoming
        if not (coalesce and _is_covered(connection, job))
    )


def enqueue_one(queue_dir: StrPath, job: SyncJob, *, now: float | None = None) -> None:
    """Append `job` as a hook does, among what users save. Raises as `enqueue_many` does."""
    with writing(queue_dir) as connection:
        connection.execute(schema.INSERT, (_document(job), time.time() if now is None else now))


def _find(connection: sqlite3.Connection, which: Selection, now: float | None = None) -> list[int]:
    """Return the ids of the pending rows that are meant; with `now`, of those with a schedule that are due later."""
    query = query_of(which, has_now=now is not None)
    values = {"now": now, "error_type": which.error_type, "seen_at": which.seen_at}
    return [
        pqid
        for key in (("",) if which.keys is None else which.keys)
        for pqid, data in connection.execute(query, {**values, "key": indexed(key)})
        if which.is_in_columns or which.has(data)
    ]


def query_of(which: Selection, *, has_now: bool) -> str:
    """Return the query for the rows that are meant, one a `:key` where there are keys; see _find."""
    lead, conditions = (_ROWS_FIRST, [f"+q.status IN {_PENDING}"])
    if has_now:
        lead, conditions = (_SCHEDULE_FIRST, [f"q.status IN {_OPEN}", "s.bulk IN (0, 1)", "s.due_at > :now"])
    if which.error_type is not None:
        lead, conditions = (_SCHEDULE_FIRST, [*conditions, "s.error_type = :error_type"])
    elif which.has_failed is not None:
        lead = _SCHEDULE_FIRST if which.has_failed else lead
        conditions.append(f"s.error_type IS {'NOT ' if which.has_failed else ''}NULL")
    if which.seen_at is not None:
        conditions.append("COALESCE(s.first_failed_at, q.timestamp, 0) <= :seen_at")
    if which.keys is not None:
        # By key, never by anything else: that would look at each row that is due, or of the error, once for every key.
        lead, conditions = (_ROWS_FIRST, [f"+{each.lstrip('+')}" for each in conditions])
        conditions.append(f"{schema.KEY} = :key")
    return f"SELECT q._id, CAST(q.data AS BLOB) FROM {lead} WHERE {' AND '.join(conditions)}"


def _document(job: SyncJob) -> bytes:
    """The row's data: the job without the id of a row it had before."""
    return encode({name: value for name, value in job.items() if name != "pqid"}).encode()


def _is_covered(connection: sqlite3.Connection, job: SyncJob) -> bool:
    return any(covers(waiting, job) for waiting in _jobs_of(connection, job["job_key"], _PENDING))


def _jobs_of(connection: sqlite3.Connection, job_key: str, statuses: str) -> list[SyncJob]:
    found = []
    for (data,) in connection.execute(f"{OF_KEY} {statuses}", (indexed(job_key),)):
        try:
            job = parse_job(data)
        except NotAJobError:
            continue
        if job["job_key"] == job_key:
            found.append(job)
    return found


def _add(connection: sqlite3.Connection, document: bytes, now: float, *, bulk: bool) -> int:
    row = connection.execute(
        f"INSERT INTO {schema.TABLE} (data, timestamp, status) VALUES (?, ?, {schema.WAITING})", (document, now)
    )
    connection.execute(
        "INSERT INTO job_schedule (pqid, due_at, bulk) VALUES (?, ?, ?)", (row.lastrowid, now, int(bulk))
    )
    return 1


def _delete(connection: sqlite3.Connection, table: str, ids: Sequence[int]) -> int:
    return in_steps(connection, f"DELETE FROM {table} WHERE _id = :pqid AND status IN {_PENDING}", ids)
