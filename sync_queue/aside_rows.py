"""Rows of another program that stand aside until all scenes are synced, for nobody knows which they are about."""

import sqlite3
from typing import Final

from storage.database import reading
from sync_queue.questions import has_table
from sync_queue.queue_file import StrPath, queue_file, writing

_ASIDE: Final = "rows_of_another_program"
_CREATE_ASIDE: Final = f"CREATE TABLE IF NOT EXISTS {_ASIDE} (pqid INTEGER PRIMARY KEY, data BLOB, timestamp REAL)"


def set_aside(connection: sqlite3.Connection, rows: list[tuple[int, bytes, float]]) -> int:
    """Put rows aside, each as its number, data and time; return how many."""
    if rows:
        connection.execute(_CREATE_ASIDE)
        connection.executemany(f"INSERT OR REPLACE INTO {_ASIDE} VALUES (?, ?, ?)", rows)
    return len(rows)


def count_aside(queue_path: StrPath) -> int:
    """How many rows stand aside, of which nobody knows the scene."""
    with reading(queue_file(queue_path)) as connection:
        if connection is None or not has_table(connection, _ASIDE):
            return 0
        return int(connection.execute(f"SELECT COUNT(*) FROM {_ASIDE}").fetchone()[0])


def drop_aside(queue_path: StrPath, until: float) -> int:
    """Delete those that were put into the queue up to `until` (epoch seconds), for every scene was queued since.

    Return how many.
    """
    if not count_aside(queue_path):
        return 0
    with writing(queue_path) as connection:
        return connection.execute(f"DELETE FROM {_ASIDE} WHERE timestamp <= ?", (until,)).rowcount
