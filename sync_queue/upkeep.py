"""Keeping the queue's file in order: settled rows and their room go, and no row waits longer than any backoff."""

import sqlite3
from dataclasses import asdict
from typing import Final

from sync_queue import schema
from sync_queue.queue_file import in_steps
from sync_queue.settling import LongestWaits

_FREE_BYTES: Final = 8 * 1024 * 1024
_REST_BYTES: Final = 8 * 1024 * 1024
"""A file is rewritten only with so much to give back, and no more to copy: a tenth of a second in which hooks wait."""

_SETTLED: Final = f"SELECT _id FROM {schema.TABLE} WHERE status = ? ORDER BY _id DESC LIMIT ? OFFSET ?"
_LATEST: Final = (
    ":now + CASE WHEN error_type IS NULL THEN :untried_s "
    "WHEN instr(:patient, ',' || error_type || ',') > 0 THEN :patient_s ELSE :tried_s END"
)
_TOO_LATE: Final = f"SELECT pqid FROM job_schedule WHERE due_at > {_LATEST} OR planned_at > {_LATEST}"
_LIMIT_WAIT: Final = (
    f"UPDATE job_schedule SET due_at = MIN(due_at, {_LATEST}), planned_at = MIN(planned_at, {_LATEST}) "
    "WHERE pqid = :pqid"
)


def prune(connection: sqlite3.Connection, keep: int, limit: int) -> int:
    """Delete up to `limit` settled rows beyond the newest `keep` of each status. Return how many."""
    ids = [
        pqid
        for status in (schema.DONE, schema.FAILED)
        for (pqid,) in connection.execute(_SETTLED, (status, limit, keep))
    ]
    return in_steps(connection, f"DELETE FROM {schema.TABLE} WHERE _id = :pqid", ids[:limit])


def limit_waits(connection: sqlite3.Connection, now: float, longest: LongestWaits) -> int:
    """Have no row due later than `longest` allows from `now` on. Return how many were."""
    values = {**asdict(longest), "patient": f",{','.join(longest.patient)},", "now": now}
    ids = [pqid for (pqid,) in connection.execute(_TOO_LATE, values)]
    return in_steps(connection, _LIMIT_WAIT, ids, **values)


def shrink(connection: sqlite3.Connection) -> bool:
    """Give a file that is mostly empty back to the disk. Return whether it was one."""
    free, pages, page_bytes = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count", "page_size")
    )
    if free * page_bytes < _FREE_BYTES or (pages - free) * page_bytes > _REST_BYTES:
        return False
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return True
