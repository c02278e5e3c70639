"""Damaged files of this room: set aside, never deleted, and what can still be read goes on in new ones.

Only for the process that holds the worker lock, with its own connections to the file closed.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from storage.errors import sorting_errors
from sync_queue import letters, picking, schema
from sync_queue.files import StrPath, transaction, with_companions, writing
from sync_queue.models import SyncJob, shape_job
from sync_queue.rescue import RowReader, begin, finish, is_unfinished, opened

_log = logging.getLogger("stash2plex.queue")

_ID_GAP: Final = 1_000_000
"""New row ids begin this far above those that were read, so that dead letters of rows that were not read keep their ids for themselves."""

_UNSETTLED = (
    # NOT INDEXED: the index may be damaged where the rows are not.
    f"SELECT _id, data, timestamp FROM {schema.TABLE} NOT INDEXED WHERE _id > ? AND _id <= ? AND status < {schema.DONE}"
)
_SCHEDULE = "SELECT pqid, job_key, attempts, due_at, error_type, reason, first_failed_at, bulk FROM job_schedule NOT INDEXED WHERE pqid > ? AND pqid <= ?"
_LETTERS = "SELECT * FROM dead_letters NOT INDEXED WHERE id > ? AND id <= ?"

_JOB_STARTS: Final = b'{"scene_id": '
_JOB_LENGTH: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged file: `kept_as` is its new name; `saved` rows go on in the new file; `is_complete` where every row could be read."""

    kept_as: Path
    saved: int
    is_complete: bool


def salvage_queue(queue_dir: StrPath, now: float) -> Salvage:
    """Set the queue's file aside as `data.db.corrupt-<UTC time>` and queue its readable pending and claimed jobs in a new one.

    Where rows cannot be read by SQL, the bytes of the file are searched for jobs; that may find some that were done before, which costs only the
    work of doing them again. Killed at any point it goes on when it is called again, see `unfinished`.

    Raises:
        OSError: the file cannot be renamed.
        storage.errors.StorageUnavailable: the new one cannot be written now; calling it again goes on.
    """
    path = Path(queue_dir, schema.FILE)
    held = begin(path)
    rows, schedule, is_complete = _read_queue(held)
    found = [] if is_complete else _search(held, {picking.key_of(row[1]) for row in rows})
    with writing(queue_dir) as connection, transaction(connection):
        for row in rows:
            _restore(connection, row, schedule.get(row[0]))
        _skip_ids(connection)
        for job in found:
            connection.execute(schema.INSERT, (json.dumps(job).encode(), now))
    return _report(path, Salvage(finish(path, now), len(rows) + len(found), is_complete))


def salvage_letters(data_dir: StrPath, now: float) -> Salvage:
    """Set `dlq.db` aside as `dlq.db.corrupt-<UTC time>` and keep its readable dead letters in a new one.

    Raises:
        OSError: the file cannot be renamed.
        storage.errors.StorageUnavailable: the new one cannot be written now; calling it again goes on.
    """
    path = Path(data_dir, letters.FILE)
    held = begin(path)
    rows: list[tuple[Any, ...]] = []
    is_complete = False
    with suppress(sqlite3.DatabaseError), opened(held) as damaged:
        damaged.row_factory = sqlite3.Row
        reader = RowReader(damaged)
        rows = [*reader.rows(_LETTERS, 0, reader.highest("dead_letters", "id"))]
        is_complete = reader.is_complete
    with closing(letters.open_letters(data_dir)) as connection, sorting_errors(path), transaction(connection):
        for row in rows:
            letters.put(connection, dict(row))
    return _report(path, Salvage(finish(path, now), len(rows), is_complete))


def unfinished(data_dir: StrPath) -> list[Path]:
    """The files of this data folder whose salvage was killed on its way: "queue/data.db", "dlq.db" or none."""
    paths = (Path(data_dir, schema.FOLDER, schema.FILE), Path(data_dir, letters.FILE))
    return [path for path in paths if is_unfinished(path)]


def _read_queue(path: Path) -> tuple[list[tuple[Any, ...]], dict[int, tuple[Any, ...]], bool]:
    """The unsettled rows, the schedule by row id, and whether that is all of it."""
    with suppress(sqlite3.DatabaseError), opened(path) as damaged:
        reader = RowReader(damaged)
        highest = reader.highest(schema.TABLE, "_id")
        rows = list(reader.rows(_UNSETTLED, 0, highest))
        is_complete = reader.is_complete
        schedule = {row[0]: row for row in reader.rows(_SCHEDULE, 0, highest)}
        return rows, schedule, is_complete
    return [], {}, False


def _restore(connection: sqlite3.Connection, row: tuple[Any, ...], schedule: tuple[Any, ...] | None) -> None:
    """A row goes on with its id, for dead letters are keyed by it, and with its attempts where they could be read."""
    pqid, data, saved_at = row
    standing = connection.execute(f"SELECT data FROM {schema.TABLE} WHERE _id = ?", (pqid,)).fetchone()
    if standing is not None:
        if standing[0] != data:  # else a salvage that was killed has done it already
            connection.execute(schema.INSERT, (data, saved_at))  # a hook was faster, and its row has the id
        return
    status = schema.FRESH if schedule is None else schema.WAITING
    connection.execute(f"INSERT INTO {schema.TABLE} (_id, data, timestamp, status) VALUES (?, ?, ?, {status})", row)
    if schedule is not None:
        connection.execute(
            "INSERT INTO job_schedule (pqid, job_key, attempts, due_at, error_type, reason, first_failed_at, bulk) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            schedule,
        )


def _skip_ids(connection: sqlite3.Connection) -> None:
    highest = connection.execute(f"SELECT MAX(_id) FROM {schema.TABLE}").fetchone()[0] or 0
    connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (schema.TABLE,))
    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (schema.TABLE, highest + _ID_GAP))


def _search(path: Path, known: set[str | None]) -> list[SyncJob]:
    """Jobs in the bytes of the file and its log, one for each key that is not `known`. No connection of this process may be open on them."""
    jobs: dict[str, SyncJob] = {}
    for file in with_companions(path)[:2]:
        with suppress(FileNotFoundError):
            for job in _jobs_in(file.read_bytes()):
                if job["job_key"] not in known:
                    jobs[job["job_key"]] = job
    return list(jobs.values())


def _jobs_in(content: bytes) -> Iterator[SyncJob]:
    decoder = json.JSONDecoder()
    start = content.find(_JOB_STARTS)
    while start >= 0:
        job = _job_at(decoder, content[start : start + _JOB_LENGTH].decode("latin-1"))
        if job is not None:
            yield job
        start = content.find(_JOB_STARTS, start + 1)


def _job_at(decoder: json.JSONDecoder, text: str) -> SyncJob | None:
    try:
        return shape_job(decoder.raw_decode(text)[0])
    except (ValueError, RecursionError):
        return None


def _report(path: Path, saved: Salvage) -> Salvage:
    rest = (
        ""
        if saved.is_complete
        else "; some could not be read: run Reconcile Stash and Plex, which finds scenes that are missing"
    )
    _log.error(
        "%s is damaged. It was set aside as %s; %d rows were saved%s", path, saved.kept_as.name, saved.saved, rest
    )
    return saved
