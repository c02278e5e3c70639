"""Keeping the queue's file small: settled rows go, and so does the room they left."""

import sqlite3
from dataclasses import asdict
from typing import Final

from sync_queue import schema
from sync_queue.settling import LongestWaits

_STEP: Final = 1_000
"""Rows deleted in one transaction: some milliseconds, which a hook that appends at that moment waits for."""

_FREE_BYTES: Final = 8 * 1024 * 1024
_REST_BYTES: Final = 8 * 1024 * 1024
"""A file is rewritten only when it has this much to give back and no more than this to copy: a tenth of a second in which hooks wait."""

_LATEST: Final = (
    ":now + CASE WHEN error_type IS NULL THEN :untried_s "
    "WHEN instr(:patient, ',' || error_type || ',') > 0 THEN :patient_s ELSE :tried_s END"
)
_TOO_LATE: Final = (
    *(
        f"SELECT pqid FROM job_schedule WHERE bulk = {bulk} AND due_at > :now + :untried_s AND due_at > {_LATEST} LIMIT :step"
        for bulk in (0, 1)
    ),
    f"SELECT pqid FROM job_schedule WHERE error_type IS NOT NULL AND planned_at > {_LATEST} LIMIT :step",
)


def prune(connection: sqlite3.Connection, keep: int, limit: int) -> int:
    """Delete up to `limit` settled rows beyond the newest `keep` of each status; how many. In short transactions of its own."""
    pruned = 0
    for status in (schema.DONE, schema.FAILED):
        newest_to_go = connection.execute(
            f"SELECT _id FROM {schema.TABLE} WHERE status = ? ORDER BY _id DESC LIMIT 1 OFFSET ?", (status, keep)
        ).fetchone()
        while newest_to_go and pruned < limit:
            step = min(_STEP, limit - pruned)
            deleted = _delete_oldest(connection, status, newest_to_go[0], step)
            pruned += deleted
            if deleted < step:
                break
    return pruned


def _delete_oldest(connection: sqlite3.Connection, status: int, newest_to_go: int, step: int) -> int:
    return connection.execute(
        f"DELETE FROM {schema.TABLE} WHERE _id IN (SELECT _id FROM {schema.TABLE} WHERE status = ? AND _id <= ? ORDER BY _id LIMIT ?)",
        (status, newest_to_go, step),
    ).rowcount


def limit_waits(connection: sqlite3.Connection, now: float, longest: LongestWaits) -> int:
    """Have no row due later than `longest` allows from `now` on; how many were. In short transactions of its own."""
    values = {**asdict(longest), "patient": f",{','.join(longest.patient)},", "now": now}
    limited = 0
    for too_late in _TOO_LATE:
        while connection.execute(too_late, {**values, "step": 1}).fetchone():  # a look alone keeps no hook waiting
            limited += connection.execute(
                f"UPDATE job_schedule SET due_at = MIN(due_at, {_LATEST}), planned_at = MIN(planned_at, {_LATEST}) WHERE pqid IN ({too_late})",
                {**values, "step": _STEP},
            ).rowcount
    return limited


def shrink(connection: sqlite3.Connection) -> bool:
    """Give a file that is mostly empty back to the disk; whether it was one. `auto_vacuum` would do it in steps, but only in files made with it."""
    free, pages, page_bytes = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count", "page_size")
    )
    if free * page_bytes < _FREE_BYTES or (pages - free) * page_bytes > _REST_BYTES:
        return False
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return True
