"""The table of dead letters: its columns and the statements on it. `sync_queue.dlq` is the way in."""

import json
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from traceback import format_exception
from typing import Any, Final

from sync_queue.files import StrPath, open_at, restrict
from sync_queue.models import Failure, NotAJobError, SyncJob, history_of, shape_job, shorten

FILE: Final = "dlq.db"
VERSION: Final = 1

_CREATE: Final = (
    # AUTOINCREMENT: a job that was retried names the letter it came from, so ids are never used again.
    """CREATE TABLE IF NOT EXISTS dead_letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT, pqid INTEGER UNIQUE, job_key TEXT, scene_id INTEGER, job_data TEXT NOT NULL,
        error_type TEXT NOT NULL, error_message TEXT NOT NULL, stack_trace TEXT NOT NULL,
        retry_count INTEGER NOT NULL, failed_at REAL NOT NULL, history TEXT NOT NULL DEFAULT '[]')""",
    "CREATE INDEX IF NOT EXISTS letter_by_time ON dead_letters (failed_at)",
    "CREATE INDEX IF NOT EXISTS letter_by_key ON dead_letters (job_key)",
    "CREATE INDEX IF NOT EXISTS letter_by_error ON dead_letters (error_type, failed_at)",
)
_COLUMNS: Final = (
    "pqid",
    "job_key",
    "scene_id",
    "job_data",
    "error_type",
    "error_message",
    "stack_trace",
    "retry_count",
    "failed_at",
    "history",
)
_BRIEF: Final = "id, pqid, job_key, scene_id, error_type, error_message, retry_count, failed_at"

_MESSAGE_LENGTH: Final = 4_000
_TRACE_LENGTH: Final = 16_000
_LONGEST_ID: Final = 18
"""Digits that fit SQLite's integer."""

_INSERT = (
    f"INSERT INTO dead_letters ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) "
    f"ON CONFLICT (pqid) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)
_FAILURE: Final = ("id", "failed_at", "error_type", "error_message", "retry_count")
_OF_JOB = f"SELECT pqid, history, {', '.join(_FAILURE)} FROM dead_letters WHERE job_key = :job_key"
_NARROWED = (
    "FROM dead_letters WHERE (:kind IS NULL OR error_type = :kind) AND (:text IS NULL OR job_key LIKE :text ESCAPE '!' "
    "OR error_message LIKE :text ESCAPE '!' OR scene_id = :scene_id)"
)


def open_letters(data_dir: StrPath) -> sqlite3.Connection:
    """A connection to the file, which is made or migrated if need be. Its rows know their columns' names."""
    path = Path(data_dir, FILE)
    connection = open_at(path, VERSION, _upgrade)
    connection.row_factory = sqlite3.Row
    restrict(path)
    return connection


def _upgrade(connection: sqlite3.Connection) -> None:
    """From version 0: an empty file, or one where another program left dead letters of its own, which stay in it under another name."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(dead_letters)")}
    if columns and not columns.issuperset(_COLUMNS):
        connection.execute("ALTER TABLE dead_letters RENAME TO dead_letters_of_another_program")
    for statement in _CREATE:
        connection.execute(statement)


def describe(
    job: Mapping[str, Any],
    error: BaseException | tuple[str, str],
    retry_count: int,
    failed_at: float,
    redact: Callable[[str], str],
) -> dict[str, Any]:
    """The columns of a letter."""
    kind, message, trace = map(_storable, _told(error))
    scene_id = job.get("scene_id")
    return {
        "pqid": job.get("pqid"),
        "job_key": job.get("job_key") or (None if scene_id is None else f"scene_{scene_id}"),
        "scene_id": scene_id,
        "job_data": json.dumps({name: value for name, value in job.items() if name != "history"}, default=str),
        "error_type": kind,
        "error_message": redact(message)[:_MESSAGE_LENGTH],
        "stack_trace": redact(trace)[-_TRACE_LENGTH:],
        "retry_count": retry_count,
        "failed_at": failed_at,
        "history": json.dumps(job.get("history", [])),
    }


def describe_unreadable(
    pqid: int, raw: bytes, problem: str, failed_at: float, redact: Callable[[str], str]
) -> dict[str, Any]:
    """The columns of a letter about a row that is no job; it has no key, so it is never retried."""
    kept = redact(raw.decode("latin-1")).encode("latin-1", "replace")
    letter = describe({"pqid": pqid}, ("UnreadableJob", problem), 0, failed_at, redact)
    return {**letter, "job_data": json.dumps({"raw_base64": b64encode(kept).decode()})}


def _storable(text: str) -> str:
    """What a server said may hold half a character, which SQLite takes for an error of ours."""
    return text.encode("utf-8", "backslashreplace").decode()


def _told(error: BaseException | tuple[str, str]) -> tuple[str, str, str]:
    if isinstance(error, BaseException):
        return type(error).__name__, str(error), "".join(format_exception(error))
    return (*error, "")


def put(connection: sqlite3.Connection, letter: Mapping[str, Any]) -> int:
    """Write a letter in place of that of the same row and of all others of the same job, whose failures become its history; its id. To be called in a transaction."""
    # persist-queue counts from 1 again in a new file: what another job left under this row id is another job's letter.
    connection.execute("UPDATE dead_letters SET pqid = NULL WHERE pqid = :pqid AND job_key IS NOT :job_key", letter)
    history = history_of(letter["history"])
    for pqid, known, *failure in connection.execute(_OF_JOB, letter).fetchall():
        history += history_of(known)
        if pqid is None or pqid != letter["pqid"]:  # else it is this very failure, told again
            history.append(_failure(*failure))
            connection.execute("DELETE FROM dead_letters WHERE id = ?", failure[:1])
    written = connection.execute(_INSERT, {**letter, "history": json.dumps(shorten(history))}).lastrowid or 0
    known = connection.execute("SELECT id FROM dead_letters WHERE pqid = ?", (letter["pqid"],)).fetchone()
    return int(known[0]) if known else written  # lastrowid says nothing after an update


def _failure(letter: int, failed_at: float, error_type: str, error_message: str, retry_count: int) -> Failure:
    return {
        "letter": letter,
        "failed_at": failed_at,
        "error_type": error_type,
        "error_message": error_message,
        "retry_count": retry_count,
    }


def page(
    connection: sqlite3.Connection, offset: int, limit: int, error_type: str | None, search: str | None
) -> list[sqlite3.Row]:
    """The newest letters first, without their long columns."""
    wanted = {**_narrowing(error_type, search), "limit": limit, "offset": offset}
    return connection.execute(
        f"SELECT {_BRIEF} {_NARROWED} ORDER BY failed_at DESC, id DESC LIMIT :limit OFFSET :offset", wanted
    ).fetchall()


def of_key(connection: sqlite3.Connection, job_key: str) -> list[sqlite3.Row]:
    """The letters of one job, without their long columns."""
    return connection.execute(f"SELECT {_BRIEF} FROM dead_letters WHERE job_key = ?", (job_key,)).fetchall()


def count(connection: sqlite3.Connection, error_type: str | None, search: str | None) -> int:
    """How many letters `page` has in all."""
    found: int = connection.execute(f"SELECT COUNT(*) {_NARROWED}", _narrowing(error_type, search)).fetchone()[0]
    return found


def _narrowing(error_type: str | None, search: str | None) -> dict[str, Any]:
    if not search:
        return {"kind": error_type, "text": None, "scene_id": None}
    escaped = search.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    scene_id = int(search) if search.isascii() and search.isdigit() and len(search) < _LONGEST_ID else None
    return {"kind": error_type, "text": f"%{escaped}%", "scene_id": scene_id}


def retryable(
    connection: sqlite3.Connection, ids: Sequence[int] | None, error_type: str | None, limit: int | None
) -> list[sqlite3.Row]:
    """The letters that may hold a job, oldest first."""
    query = "SELECT * FROM dead_letters WHERE job_key IS NOT NULL AND (:kind IS NULL OR error_type = :kind) "
    wanted = {"kind": error_type, "limit": -1 if limit is None else limit}
    if ids is None:
        return connection.execute(f"{query} ORDER BY id LIMIT :limit", wanted).fetchall()
    found = [
        connection.execute(f"{query} AND id = :id", {**wanted, "id": letter_id}).fetchone() for letter_id in sorted(ids)
    ]
    return [letter for letter in found if letter is not None][:limit]


def job_again(letter: sqlite3.Row, now: float) -> SyncJob | None:
    """The job of a letter, enqueued at `now`, with this failure at the end of its history; None where it holds none."""
    try:
        job = shape_job({**json.loads(letter["job_data"]), "enqueued_at": now, "job_key": letter["job_key"]})
    except NotAJobError:
        return None
    failure = _failure(*(letter[name] for name in _FAILURE))
    job["history"] = shorten([*json.loads(letter["history"]), failure])
    return job
