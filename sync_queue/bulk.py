"""Many jobs at once, and whole jobs by their key: what tasks ask of the queue, from any process."""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing

from storage.errors import sorting_errors
from sync_queue import picking, schema
from sync_queue.append import encode
from sync_queue.files import STEP, StrPath, check_version, connect, in_steps, queue_file, transaction, writing
from sync_queue.merging import covers
from sync_queue.models import NotAJobError, SyncJob, parse_job
from sync_queue.stats import tables

_FRESH = f"SELECT _id, CAST(data AS BLOB) FROM {schema.TABLE} WHERE status = {schema.FRESH} AND _id > ? ORDER BY _id"
_STANDING = (
    f"SELECT CAST(q.data AS BLOB) FROM job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid WHERE s.job_key = :key AND q.status = {schema.WAITING} "
    f"UNION ALL SELECT CAST(q.data AS BLOB) FROM temp.fresh AS f CROSS JOIN {schema.TABLE} AS q ON q._id = f.pqid WHERE f.job_key = :key AND q.status = {schema.FRESH}"
)


def enqueue_many(
    queue_dir: StrPath, jobs: Iterable[SyncJob], *, coalesce: bool = True, bulk: bool = True, now: float | None = None
) -> int:
    """Append `jobs` in one transaction; how many rows were really added.

    With `coalesce` a job is left out where a row that is pending will do all of it; a row in progress does not count, for it may have read its scene
    already. The rows wait in a lane of their own and share every batch with what users save meanwhile; without `bulk` they wait among what is
    tried again, before those of the former: for a few that somebody looks out for. `jobs` may be a generator over any number:
    it is written to SQLite's temporary file first, and the queue is locked only once it has ended.

    Raises:
        TypeError: a job is no JSON; nothing was added.
        storage.errors.StorageError: the queue cannot be used; nothing was added.
    """
    enqueued_at = time.time() if now is None else now
    with writing(queue_dir) as connection:
        _spool(connection, jobs)
        seen = _note_fresh(connection, 0) if coalesce else 0
        with transaction(connection):
            if coalesce:
                picking.name_waiting(connection)
                _note_fresh(connection, seen)
            return sum(
                _add(connection, data, key, enqueued_at, bulk=bulk)
                for data, key in _incoming(connection)
                if not (coalesce and _stands(connection, data, key))
            )


def enqueue_one(queue_dir: StrPath, job: SyncJob, *, now: float | None = None) -> None:
    """Append `job` as a hook does, among what users save.

    Raises:
        TypeError: the job is no JSON; nothing was added.
        storage.errors.StorageError: the queue cannot be used; nothing was added.
    """
    with writing(queue_dir) as connection:
        connection.execute(schema.INSERT, (_document(job), time.time() if now is None else now))


def drop_pending(queue_dir: StrPath, job_key: str, *, has_failed: bool | None = None) -> int:
    """Delete the pending rows of `job_key`, waiting ones included; how many. With `has_failed` only those that failed before, or only the others."""
    with writing(queue_dir) as connection, transaction(connection):
        picking.name_waiting(connection)
        # The key stands in the row's JSON; instr leaves only a few rows to be parsed.
        fresh = connection.execute(
            f"SELECT _id, CAST(data AS BLOB) FROM {schema.TABLE} WHERE status = {schema.FRESH} AND instr(data, CAST(? AS BLOB))",
            (encode(job_key),),
        )
        ids = [pqid for pqid, data in fresh if not has_failed and picking.key_of(data) == job_key]
        scheduled = connection.execute(
            "SELECT pqid FROM job_schedule WHERE job_key = :key AND (:failed IS NULL OR (error_type IS NOT NULL) = :failed)",
            {"key": job_key, "failed": has_failed},
        )
        ids += [pqid for (pqid,) in scheduled]
        return sum(
            connection.execute(
                f"DELETE FROM {schema.TABLE} WHERE _id = ? AND status < {schema.CLAIMED}", (pqid,)
            ).rowcount
            for pqid in ids
        )


def make_due(queue_dir: StrPath, now: float, job_key: str | None = None) -> int:
    """Make the waiting rows of `job_key` (all waiting rows without it) due at `now`; how many."""
    with writing(queue_dir) as connection:
        return picking.make_due(connection, now, job_key)


def clear_pending_items(queue_path: StrPath) -> int:
    """Delete all pending rows, waiting ones included, and nothing else; how many. `queue_path` is the queue's folder or file.

    Rows that arrive meanwhile stay: the user has not seen them when he asked.

    Raises:
        storage.errors.StorageError: the file is too new, damaged or cannot be used.
    """
    path = queue_file(queue_path)
    if not path.exists():
        return 0
    with sorting_errors(path), closing(connect(path)) as connection:
        check_version(connection, path, schema.VERSION)
        return sum(_clear(connection, table) for table in tables(connection))


def _clear(connection: sqlite3.Connection, table: str) -> int:
    newest = connection.execute(f"SELECT MAX(_id) FROM {table}").fetchone()[0] or 0
    oldest = f"DELETE FROM {table} WHERE _id IN (SELECT _id FROM {table} WHERE status = ? AND _id <= ? LIMIT {STEP})"

    def clear(status: int) -> int:
        return in_steps(lambda: connection.execute(oldest, (status, newest)).rowcount)

    return clear(schema.FRESH) + clear(schema.WAITING)


def _spool(connection: sqlite3.Connection, jobs: Iterable[SyncJob]) -> None:
    connection.execute("CREATE TEMP TABLE incoming (data BLOB, job_key TEXT)")
    connection.execute("CREATE TEMP TABLE fresh (job_key TEXT, pqid INTEGER)")
    connection.execute("CREATE INDEX temp.fresh_by_key ON fresh (job_key)")
    connection.execute("CREATE INDEX temp.incoming_by_key ON incoming (job_key)")
    connection.execute("BEGIN")  # deferred: only temporary tables are touched, so the queue stays open for hooks
    try:
        connection.executemany("INSERT INTO incoming VALUES (?, ?)", ((_document(job), job["job_key"]) for job in jobs))
    finally:
        connection.execute("COMMIT")


def _document(job: SyncJob) -> bytes:
    """The row's data: the job without the id of a row it had before."""
    return encode({name: value for name, value in job.items() if name != "pqid"}).encode()


def _incoming(connection: sqlite3.Connection) -> Iterator[tuple[bytes, str]]:
    return iter(connection.execute("SELECT data, job_key FROM temp.incoming ORDER BY rowid"))


def _note_fresh(connection: sqlite3.Connection, after: int) -> int:
    """Index the fresh rows above id `after` that share a key with what comes in: keys of fresh rows stand in their JSON only. The highest id seen."""
    seen = after

    def keys() -> Iterator[tuple[int, str | None]]:
        nonlocal seen
        for pqid, data in connection.execute(_FRESH, (after,)):
            seen = pqid
            yield pqid, _key_at_a_glance(data)

    connection.executemany(
        "INSERT INTO fresh (pqid, job_key) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM incoming WHERE job_key = ?2)",
        keys(),
    )
    return seen


def _key_at_a_glance(data: object) -> str | None:
    """The job_key in a row's JSON, seven times faster than by parsing it. A wrong guess costs nothing: what is found is parsed before it counts."""
    if not isinstance(data, bytes):
        return None
    _, name, rest = data.rpartition(b'"job_key": "')
    key = rest.partition(b'"')[0]
    return key.decode() if name and key.isascii() and b"\\" not in key else picking.key_of(data)


def _stands(connection: sqlite3.Connection, data: bytes, job_key: str) -> bool:
    standing = [job for job in _readable(connection.execute(_STANDING, {"key": job_key})) if job["job_key"] == job_key]
    return bool(standing) and any(covers(job, parse_job(data)) for job in standing)


def _add(connection: sqlite3.Connection, data: bytes, job_key: str, now: float, *, bulk: bool) -> int:
    row = connection.execute(
        f"INSERT INTO {schema.TABLE} (data, timestamp, status) VALUES (?, ?, {schema.WAITING})", (data, now)
    )
    connection.execute(
        "INSERT INTO job_schedule (pqid, job_key, due_at, bulk) VALUES (?, ?, ?, ?)",
        (row.lastrowid, job_key, now, int(bulk)),
    )
    return 1


def _readable(rows: Iterable[tuple[object]]) -> Iterator[SyncJob]:
    for (data,) in rows:
        try:
            yield parse_job(data)
        except NotAJobError:
            continue
