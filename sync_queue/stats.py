"""Questions about the queue that change nothing and make no file; for any process, with no worker needed."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sync_queue import picking, schema
from sync_queue.files import StrPath, queue_file, reading

_NAMES: Final = {
    schema.FRESH: "pending",
    schema.WAITING: "pending",
    schema.CLAIMED: "in_progress",
    schema.DONE: "completed",
    schema.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class Overview:
    """The queue at one moment.

    Attributes:
        pending: fresh and waiting rows.
        waiting: those of them that are not due yet.
        next_due_at: when the first of all waiting rows is due (epoch seconds, maybe past), or None.
    """

    pending: int = 0
    waiting: int = 0
    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    next_due_at: float | None = None


def get_stats(queue_path: StrPath) -> dict[str, int]:
    """Rows by state: `{"pending": 2, "in_progress": 0, "completed": 40, "failed": 1}`, over every table named ack_queue… of the file.

    `queue_path` is the queue's folder or file; all zero where there is none. Source of the states: persist-queue's AckStatus.

    Raises:
        storage.errors.StorageError: the file is damaged or cannot be read.
    """
    with reading(queue_file(queue_path)) as connection:
        return _counts(connection)


def overview(queue_path: StrPath, now: float) -> Overview:
    """get_stats and what waits, from one moment."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None:
            return Overview()
        connection.execute("BEGIN")
        counts = _counts(connection)
        if not has_table(connection, "job_schedule"):
            return Overview(**counts)
        later = connection.execute(
            "SELECT COUNT(*) FROM job_schedule WHERE bulk IN (0, 1) AND due_at > ?", (now,)
        ).fetchone()[0]
        return Overview(**counts, waiting=min(later, counts["pending"]), next_due_at=picking.next_due_at(connection))


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
    """Whether the file holds this table: persist-queue alone makes no schedule, and a file that is being made is empty."""
    return (
        connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
        is not None
    )
