"""The dead letters: jobs that were given up, with why, in `<data>/dlq.db`. They outlive the queue's rows."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from storage.database import Database
from sync_queue import foreign_letters
from sync_queue.models import Failure, NotAJobError, SyncJob, history_of, scene_key, scene_of, shape_job, shorten
from sync_queue.queue_file import StrPath

FILE: Final = "dlq.db"
VERSION: Final = 1

UNREADABLE: Final = "UnreadableJob"
"""The error_type of a row that is no job."""

_DAY_S: Final = 86_400.0
_MESSAGE_LENGTH: Final = 4_000
_TRACE_LENGTH: Final = 16_000
_LONGEST_ID: Final = 18
"""Digits that fit SQLite's integer."""

_CREATE: Final = (
    # AUTOINCREMENT: a job that was retried names the letter it came from, so ids are never used again.
    """CREATE TABLE IF NOT EXISTS dead_letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT, pqid INTEGER UNIQUE, job_key TEXT, scene_id INTEGER,
        job_data TEXT NOT NULL,
        error_type TEXT NOT NULL, error_message TEXT NOT NULL, stack_trace TEXT NOT NULL,
        retry_count INTEGER NOT NULL, failed_at REAL NOT NULL, history TEXT NOT NULL DEFAULT '[]')""",
    "CREATE INDEX IF NOT EXISTS letter_by_time ON dead_letters (failed_at)",
    "CREATE INDEX IF NOT EXISTS letter_by_key ON dead_letters (job_key)",
    "CREATE INDEX IF NOT EXISTS letter_by_error ON dead_letters (error_type, failed_at)",
)
_COLUMNS: Final = (
    *("pqid", "job_key", "scene_id", "job_data", "error_type", "error_message", "stack_trace"),
    *("retry_count", "failed_at", "history"),
)
_BRIEF: Final = "id, pqid, job_key, scene_id, error_type, error_message, retry_count, failed_at"
_INSERT: Final = (
    f"INSERT INTO dead_letters ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)}) "
    f"ON CONFLICT (pqid) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)
_FAILURE: Final = ("id", "failed_at", "error_type", "error_message", "retry_count")
_OF_JOB: Final = f"SELECT pqid, history, {', '.join(_FAILURE)} FROM dead_letters WHERE job_key = :job_key"
_NARROWED: Final = (
    "FROM dead_letters WHERE (:kind IS NULL OR error_type = :kind) AND (:text IS NULL OR job_key LIKE :text ESCAPE '!' "
    "OR error_message LIKE :text ESCAPE '!' OR scene_id = :scene_id)"
)
_RETRYABLE: Final = "SELECT * FROM dead_letters WHERE job_key IS NOT NULL AND (:kind IS NULL OR error_type = :kind)"


@dataclass(frozen=True, slots=True)
class Taken:
    """Jobs to be queued again, and the letters they came from. False where there are none."""

    jobs: tuple[SyncJob, ...] = ()
    letters: tuple[tuple[int, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.letters)


class DeadLetterQueue(Database):
    """Invariant: a row has at most one letter, and so has a job, with its earlier failures as history.

    The file is made or migrated if need be. `clock` tells epoch seconds; `reading` as of Database.
    """

    def __init__(self, data_dir: StrPath, *, clock: Callable[[], float] = time.time, reading: bool = False) -> None:
        super().__init__(Path(data_dir, FILE), VERSION, _upgrade, reading=reading, is_durable=True)
        self._clock = clock

    def add(
        self,
        job: Mapping[str, Any],
        error: BaseException | tuple[str, str],
        retry_count: int,
        *,
        redact: Callable[[str], str] = str,
    ) -> int:
        """Keep `job` with the error that ended it (or its type's name and a message). Return the letter's id.

        To be called before the job is failed: adding the same row (`pqid` and `job_key`) twice leaves one letter.
        Earlier letters of the same `job_key` are replaced. `redact` takes secrets out of message and trace; the trace
        holds no values of variables.
        """
        with self.transaction() as connection:
            return put_letter(connection, _describe(job, error, retry_count, self._clock(), redact))

    def add_unreadable(self, pqid: int, raw: bytes, problem: str, *, redact: Callable[[str], str] = str) -> int:
        """Keep a row that is no job, to be looked at and deleted: its bytes stand in base64 in `job_data`."""
        from base64 import b64encode

        letter = _describe({"pqid": pqid}, (UNREADABLE, problem), 0, self._clock(), redact)
        kept = redact(raw.decode("latin-1")).encode("latin-1", "replace")
        letter["job_data"] = json.dumps({"raw_base64": b64encode(kept).decode()})
        with self.transaction() as connection:
            return put_letter(connection, letter)

    def get_recent(self, limit: int = 10) -> list[dict[str, Any]]:
        """Return the newest letters first, each with the columns of _BRIEF."""
        return self.page(0, limit)

    def page(
        self, offset: int, limit: int, *, error_type: str | None = None, search: str | None = None
    ) -> list[dict[str, Any]]:
        """As get_recent, from `offset` on; only of `error_type`, and only with `search` in key, message or scene id."""
        query = f"SELECT {_BRIEF} {_NARROWED} ORDER BY failed_at DESC, id DESC LIMIT :limit OFFSET :offset"
        wanted = {**_narrowing(error_type, search), "limit": limit, "offset": offset}
        return self._dicts(query, wanted)

    def of_keys(self, job_keys: Sequence[str]) -> list[dict[str, Any]]:
        """The letters of these jobs, as in `page`, the newest first."""
        query = f"SELECT {_BRIEF} FROM dead_letters WHERE job_key = ?"
        found = [row for key in dict.fromkeys(job_keys) for row in self._dicts(query, (key,))]
        return sorted(found, key=lambda row: (-row["failed_at"], -row["id"]))

    def get_by_id(self, letter_id: int) -> dict[str, Any] | None:
        """Return the job's fields, over them the row's columns, with `job_data` and `history` parsed; or None."""
        rows = self._dicts("SELECT * FROM dead_letters WHERE id = ?", (letter_id,))
        if not rows:
            return None
        row = rows[0]
        job = json.loads(row["job_data"])
        return {**job, **row, "job_data": job, "history": json.loads(row["history"])}

    def _dicts(self, sql: str, values: Any) -> list[dict[str, Any]]:
        """Every row of one statement, its columns by name."""
        with self.using() as connection:
            cursor = connection.cursor()
            cursor.row_factory = sqlite3.Row
            return [dict(row) for row in cursor.execute(sql, values)]

    def get_count(self, *, error_type: str | None = None, search: str | None = None) -> int:
        """How many letters there are; narrowed as in `page`."""
        return int(self._dicts(f"SELECT COUNT(*) AS n {_NARROWED}", _narrowing(error_type, search))[0]["n"])

    def get_error_summary(self) -> dict[str, int]:
        """Letters by error type, the most frequent first."""
        query = "SELECT error_type, COUNT(*) FROM dead_letters GROUP BY error_type ORDER BY 2 DESC, 1"
        return dict(self.rows(query))

    def delete(self, ids: Sequence[int]) -> int:
        """Delete these letters. Return how many there were."""
        with self.transaction() as connection:
            return connection.executemany("DELETE FROM dead_letters WHERE id = ?", zip(ids)).rowcount

    def delete_older_than(self, days: float) -> int:
        """Delete letters that are at least `days` old. Return how many.

        Raises:
            ValueError: `days` is no number from 0 on; nothing was deleted.
        """
        if isinstance(days, bool) or not isinstance(days, int | float) or not isfinite(days) or days < 0:
            raise ValueError(f"days must be a number from 0 on, not {days!r}")
        until = self._clock() - days * _DAY_S
        with self.transaction() as connection:
            theirs = foreign_letters.delete_until(connection, until)
            return theirs + connection.execute("DELETE FROM dead_letters WHERE failed_at <= ?", (until,)).rowcount

    def delete_of(self, error_type: str | None, seen_at: float | None = None) -> int:
        """Delete the letters of this error type (None: of any) that were there at `seen_at`. Return how many."""
        which = "(?1 IS NULL OR error_type = ?1) AND (?2 IS NULL OR failed_at <= ?2)"
        return self.write(f"DELETE FROM dead_letters WHERE {which}", (error_type, seen_at))

    def delete_all(self) -> int:
        """Delete every letter. Return how many there were."""
        with self.transaction() as connection:
            theirs = foreign_letters.delete_until(connection, None)
            return theirs + connection.execute("DELETE FROM dead_letters").rowcount

    def resolve(self, *job_keys: str) -> int:
        """Delete the letters of jobs that were done later. Return how many. Writes nothing where there are none."""
        ids = [row[0] for row in self.rows_of("SELECT id FROM dead_letters WHERE job_key IN ({ids})", job_keys)]
        with self.using() as connection:
            theirs = foreign_letters.delete_of_scenes(connection, filter(None, map(scene_of, job_keys)))
        return (self.delete(ids) if ids else 0) + theirs

    def get_foreign_summary(self) -> dict[str, int]:
        """As get_error_summary, of what another program gave up."""
        with self.using() as connection:
            return foreign_letters.by_error(connection)

    def take(
        self, ids: Sequence[int] | None = None, error_type: str | None = None, *, limit: int | None = None
    ) -> Taken:
        """Return the jobs of these letters (of all without both; the oldest `limit`), their failures as `history`.

        Changes nothing. Queue the jobs with `enqueue_many(…, coalesce=True)`, then `confirm`. A kill in between leaves
        letter and job: the next retry is coalesced with that job, its success resolves the letter, its failure replaces
        it. Letters that are no job are left out.
        """
        wanted = {"kind": error_type, "limit": -1 if limit is None else limit}
        query = f"{_RETRYABLE} {'' if ids is None else 'AND id = :id'} ORDER BY id LIMIT :limit"
        rows = [
            row
            for letter_id in ((None,) if ids is None else sorted(ids))
            for row in self._dicts(query, {**wanted, "id": letter_id})
        ]
        found = [(row, _job_again(row, self._clock())) for row in rows[:limit]]
        jobs = tuple(job for _, job in found if job is not None)
        return Taken(jobs, tuple((row["id"], row["failed_at"]) for row, job in found if job is not None))

    def confirm(self, taken: Taken) -> int:
        """Delete the letters whose jobs were queued again, but for those written anew meanwhile. Return how many."""
        delete = "DELETE FROM dead_letters WHERE id = ? AND failed_at = ?"
        with self.transaction() as connection:
            return connection.executemany(delete, taken.letters).rowcount


def _upgrade(connection: sqlite3.Connection, _found: int) -> None:
    """From version 0: an empty file, or one with another program's dead letters, which stay under another name."""
    columns = {row[1] for row in connection.execute("PRAGMA table_info(dead_letters)")}
    if columns and not are_ours(columns):
        connection.execute(f"ALTER TABLE dead_letters RENAME TO {foreign_letters.TABLE}")
    for statement in _CREATE:
        connection.execute(statement)


def are_ours(columns: Iterable[str]) -> bool:
    """Whether a table `dead_letters` of these columns is of this plugin; another program's may have the same name."""
    return set(_COLUMNS).issubset(columns)


def put_letter(connection: sqlite3.Connection, letter: Mapping[str, Any]) -> int:
    """Write a letter (its columns by name) in place of that of the same row and of all others of the same job.

    Return its id. The failures of those become its history. To be called in a transaction.
    """
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


def _describe(
    job: Mapping[str, Any],
    error: BaseException | tuple[str, str],
    retry_count: int,
    failed_at: float,
    redact: Callable[[str], str],
) -> dict[str, Any]:
    """The columns of a letter."""
    from traceback import format_exception  # here, because every look at the page imports this module

    trace = "".join(format_exception(error)) if isinstance(error, BaseException) else ""
    kind, message = (type(error).__name__, str(error)) if isinstance(error, BaseException) else error
    scene_id = job.get("scene_id")
    return {
        "pqid": job.get("pqid"),
        "job_key": job.get("job_key") or (None if scene_id is None else scene_key(scene_id)),
        "scene_id": scene_id,
        "job_data": json.dumps({name: value for name, value in job.items() if name != "history"}, default=str),
        "error_type": _storable(kind),
        "error_message": redact(_storable(message))[:_MESSAGE_LENGTH],
        "stack_trace": redact(_storable(trace))[-_TRACE_LENGTH:],
        "retry_count": retry_count,
        "failed_at": failed_at,
        "history": json.dumps(job.get("history", [])),
    }


def _storable(text: str) -> str:
    """What a server said may hold half a character, which SQLite takes for an error of ours."""
    return text.encode("utf-8", "backslashreplace").decode()


def _failure(letter: int, failed_at: float, error_type: str, error_message: str, retry_count: int) -> Failure:
    return {
        "letter": letter,
        "failed_at": failed_at,
        "error_type": error_type,
        "error_message": error_message,
        "retry_count": retry_count,
    }


def _narrowing(error_type: str | None, search: str | None) -> dict[str, Any]:
    if not search:
        return {"kind": error_type, "text": None, "scene_id": None}
    escaped = search.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    scene_id = int(search) if search.isascii() and search.isdigit() and len(search) < _LONGEST_ID else None
    return {"kind": error_type, "text": f"%{escaped}%", "scene_id": scene_id}


def _job_again(letter: Mapping[str, Any], now: float) -> SyncJob | None:
    """The job of a letter, enqueued at `now`, with this failure at the end of its history; None where it holds none."""
    try:
        job = shape_job({**json.loads(letter["job_data"]), "enqueued_at": now, "job_key": letter["job_key"]})
    except NotAJobError:
        return None
    job["history"] = shorten([*json.loads(letter["history"]), _failure(*(letter[name] for name in _FAILURE))])
    return job
