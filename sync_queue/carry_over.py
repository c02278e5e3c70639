"""Damaged files of this room: set aside, never deleted, and what SQLite can still read of them goes on in new ones.

Only for the process that holds the worker lock, with its own connections to the file closed.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from storage.aside import rename, set_aside
from storage.database import uri_of
from sync_queue import dlq, schema
from sync_queue.queue_file import QueueFile, StrPath

UNFINISHED: Final = ".mending"
"""Behind the name of a damaged file until its rows go on in the new one: a worker that comes to it begins with it."""

_log = logging.getLogger("stash2plex.queue")

# NOT INDEXED: an index may be damaged where the rows are not.
_UNSETTLED: Final = (
    f"SELECT _id, data, timestamp FROM {schema.TABLE} NOT INDEXED WHERE _id > ? AND _id <= ? AND status < {schema.DONE}"
)
_SCHEDULE: Final = (
    "SELECT pqid, attempts, due_at, error_type, reason, first_failed_at, bulk FROM job_schedule NOT INDEXED "
    "WHERE pqid > ? AND pqid <= ?"
)
_LETTERS: Final = "SELECT * FROM dead_letters NOT INDEXED WHERE id > ? AND id <= ?"

_Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Repaired:
    """A damaged file: its new name, how many rows go on in the new one, and whether every row could be read."""

    kept_as: Path
    saved: int
    is_complete: bool


def repair_queue(queue_dir: StrPath, now: float, name: str = schema.FILE) -> Repaired:
    """Set the file `name` aside as `<name>.corrupt-<UTC time>`; its readable open jobs go on in the queue's file.

    Whatever comes in between, a kill, a full disk, a program that has the file open: called again, it goes on. A job
    may then be there twice, and is merged when it is claimed.

    Raises:
        storage.aside.NotSetAside: the file cannot be renamed.
        storage.errors.StorageUnavailable: the new one cannot be written now.
    """
    return _repair(Path(queue_dir, name), now, lambda damaged: carry_over(damaged, queue_dir))


def carry_over(kept: Path, queue_dir: StrPath) -> tuple[int, bool]:
    """Queue the readable jobs of a file that was set aside. Return how many, and whether that is all of them."""
    rows, is_complete = _rows(kept, _UNSETTLED, schema.TABLE, "_id")
    schedule, _ = _rows(kept, _SCHEDULE, schema.TABLE, "_id")  # up to the last job: its own end may be what is damaged
    plans = {plan[0]: plan for plan in schedule}
    with QueueFile(queue_dir) as file, file.transaction() as connection:
        for row in rows:
            _restore(connection, row, plans.get(row[0]))
    return len(rows), is_complete


def repair_letters(data_dir: StrPath, now: float, name: str = dlq.FILE) -> Repaired:
    """As repair_queue, of `dlq.db` and its dead letters. Those of another program stay in the damaged file."""

    def carry(damaged: Path) -> tuple[int, bool]:
        found, is_complete = _rows(damaged, _LETTERS, "dead_letters", "id")
        rows = [row for row in found if dlq.are_ours(row.keys())]
        with dlq.DeadLetterQueue(data_dir) as file, file.transaction() as connection:
            for row in rows:
                dlq.put_letter(connection, dict(row))
        return len(rows), is_complete

    return _repair(Path(data_dir, name), now, carry)


def times_repaired(path: Path) -> int:
    """How many damaged files of this name were kept."""
    kept = path.parent.glob(f"{path.name}.corrupt-*")
    return sum(not name.name.endswith(("-wal", "-shm")) for name in kept)


def _repair(path: Path, now: float, carry: Callable[[Path], tuple[int, bool]]) -> Repaired:
    """Have `carry` save the rows of the damaged file, which has its unfinished name until they go on in the new one."""
    name = path.name.removesuffix(UNFINISHED)
    damaged = path.with_name(name + UNFINISHED)
    if not damaged.exists():
        rename(path, damaged)
    saved, is_complete = carry(damaged)
    return _report(name, Repaired(set_aside(damaged, now, name=name), saved, is_complete))


def _rows(path: Path, query: str, table: str, key: str) -> tuple[list[Any], bool]:
    """Return what `query` finds between two ids of `table`, as far as it can be read, and whether that is all of it.

    Read-only, so that the evidence stays as it is: nothing is written back into the file.
    """
    with closing(sqlite3.connect(uri_of(path, "mode=ro"), uri=True)) as damaged:
        damaged.row_factory = sqlite3.Row
        highest = [
            _all(damaged, f"SELECT MAX({key}) FROM {table}"),
            _all(damaged, "SELECT seq FROM sqlite_sequence WHERE name = ?", table),
        ]
        ids = [row[0] for rows in highest if rows for row in rows if row[0]]
        found = list(_in_halves(damaged, query, 0, max(ids, default=0)))
        rows = [row for part in found if part for row in part]
        return rows, None not in (*found, highest[0])


def _in_halves(damaged: sqlite3.Connection, query: str, low: int, high: int) -> Iterator[_Rows | None]:
    """Yield the rows with low < id <= high; where reading stops, each half by itself, down to a lost row: None."""
    found = _all(damaged, query, low, high)
    if found is not None or high - low <= 1:
        yield found
        return
    middle = (low + high) // 2
    yield from _in_halves(damaged, query, low, middle)
    yield from _in_halves(damaged, query, middle, high)


def _all(damaged: sqlite3.Connection, query: str, *values: object) -> _Rows | None:
    """All rows, or None where reading stopped."""
    try:
        return damaged.execute(query, values).fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None


def _restore(connection: sqlite3.Connection, row: tuple[Any, ...], plan: tuple[Any, ...] | None) -> None:
    """A row goes on with its id, for dead letters are keyed by it, and with its attempts where they could be read.

    Where a hook was faster, and its row has the id, it goes on as a fresh one.
    """
    status = schema.FRESH if plan is None else schema.WAITING
    has_id = connection.execute(
        f"INSERT OR IGNORE INTO {schema.TABLE} (_id, data, timestamp, status) VALUES (?, ?, ?, {status})", tuple(row)
    ).rowcount
    if not has_id:
        connection.execute(schema.INSERT, tuple(row)[1:])
    elif plan is not None:
        connection.execute(
            "INSERT INTO job_schedule (pqid, attempts, due_at, error_type, reason, first_failed_at, bulk) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            tuple(plan),
        )


def _report(name: str, repaired: Repaired) -> Repaired:
    rest = "" if repaired.is_complete else "; some could not be read, and scenes that are missing are looked for"
    message = "%s is damaged. It was set aside as %s; %d rows were saved%s"
    _log.error(message, name, repaired.kept_as.name, repaired.saved, rest)
    return repaired
