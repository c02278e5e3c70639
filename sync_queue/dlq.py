"""The dead letters: jobs that were given up, with why, in `<data>/dlq.db`. Shared by several processes; the letters outlive the queue's rows."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from sync_queue import letters
from sync_queue.files import StrPath
from sync_queue.models import SyncJob
from sync_queue.shared import SharedConnection

_DAY_S: Final = 86_400.0


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Taken:
    """Jobs to be queued again, and the letters they came from. False where there are none."""

    jobs: tuple[SyncJob, ...] = ()
    letters: tuple[tuple[int, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.letters)


class DeadLetterQueue(SharedConnection):
    """Invariant: a row of the queue has at most one letter, and so has a job: it takes the failures of those before it along as its history.

    Usable from several threads. `clock` tells epoch seconds.

    Raises:
        storage.errors.StorageError: the file is too new, damaged or cannot be used; any method may raise it.
    """

    def __init__(self, data_dir: StrPath, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(Path(data_dir, letters.FILE), lambda: letters.open_letters(data_dir))
        self._clock = clock

    def add(
        self,
        job: Mapping[str, Any],
        error: BaseException | tuple[str, str],
        retry_count: int,
        *,
        redact: Callable[[str], str] = _as_it_is,
    ) -> int:
        """Keep `job` with why it was given up (an exception, or its type's name and a message) after `retry_count` attempts; the letter's id.

        To be called before the job is failed: adding the same row (`pqid` and `job_key`) twice leaves one letter. Earlier letters of the
        same `job_key` are replaced. Message and trace go through `redact`, which takes out secrets; the trace holds no values of variables.
        """
        letter = letters.describe(job, error, retry_count, self._clock(), redact)
        with self._writing() as connection:
            return letters.put(connection, letter)

    def add_unreadable(self, pqid: int, raw: bytes, problem: str, *, redact: Callable[[str], str] = _as_it_is) -> int:
        """Keep a row that is no job: its bytes stand in base64 in `job_data`. It cannot be retried, only looked at and deleted."""
        letter = letters.describe_unreadable(pqid, raw, problem, self._clock(), redact)
        with self._writing() as connection:
            return letters.put(connection, letter)

    def get_recent(self, limit: int = 10) -> list[dict[str, Any]]:
        """The newest letters first: `{"id", "pqid", "job_key", "scene_id", "error_type", "error_message", "retry_count", "failed_at"}`."""
        return self.page(0, limit)

    def page(
        self, offset: int, limit: int, *, error_type: str | None = None, search: str | None = None
    ) -> list[dict[str, Any]]:
        """As get_recent, from `offset` on; only letters of `error_type`, and only those with `search` in key or message, or that scene id."""
        with self._using() as connection:
            return [dict(row) for row in letters.page(connection, offset, limit, error_type, search)]

    def of_keys(self, job_keys: Sequence[str]) -> list[dict[str, Any]]:
        """The letters of these jobs, as in `page`, the newest first."""
        with self._using() as connection:
            found = [row for key in dict.fromkeys(job_keys) for row in letters.of_key(connection, key)]
        return sorted(map(dict, found), key=lambda row: (-row["failed_at"], -row["id"]))

    def get_by_id(self, letter_id: int) -> dict[str, Any] | None:
        """One letter whole: the job's fields, over them the row's columns, with `job_data` and `history` parsed; None where there is none."""
        with self._using() as connection:
            row = connection.execute("SELECT * FROM dead_letters WHERE id = ?", (letter_id,)).fetchone()
        if row is None:
            return None
        job = json.loads(row["job_data"])
        return {**job, **dict(row), "job_data": job, "history": json.loads(row["history"])}

    def get_count(self, *, error_type: str | None = None, search: str | None = None) -> int:
        """How many letters there are; narrowed as in `page`."""
        with self._using() as connection:
            return letters.count(connection, error_type, search)

    def get_error_summary(self) -> dict[str, int]:
        """Letters by error type, the most frequent first."""
        with self._using() as connection:
            return dict(
                tuple(row)
                for row in connection.execute(
                    "SELECT error_type, COUNT(*) FROM dead_letters GROUP BY error_type ORDER BY 2 DESC, 1"
                )
            )

    def delete(self, ids: Sequence[int]) -> int:
        """Delete these letters; how many there were."""
        with self._writing() as connection:
            return sum(
                connection.execute("DELETE FROM dead_letters WHERE id = ?", (letter_id,)).rowcount for letter_id in ids
            )

    def delete_older_than(self, days: float) -> int:
        """Delete letters that are at least `days` old; how many.

        Raises:
            ValueError: `days` is no number from 0 on; nothing was deleted.
        """
        if isinstance(days, bool) or not isinstance(days, int | float) or not isfinite(days) or days < 0:
            raise ValueError(f"days must be a number from 0 on, not {days!r}")
        with self._writing() as connection:
            return connection.execute(
                "DELETE FROM dead_letters WHERE failed_at <= ?", (self._clock() - days * _DAY_S,)
            ).rowcount

    def delete_of(self, error_type: str) -> int:
        """Delete the letters of this error type; how many there were."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM dead_letters WHERE error_type = ?", (error_type,)).rowcount

    def delete_all(self) -> int:
        """Delete every letter; how many there were."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM dead_letters").rowcount

    def resolve(self, *job_keys: str) -> int:
        """Delete the letters of jobs that were done later; how many. Writes nothing where there are none."""
        with self._using() as connection:
            found = [
                key
                for key in job_keys
                if connection.execute("SELECT 1 FROM dead_letters WHERE job_key = ?", (key,)).fetchone()
            ]
        if not found:
            return 0
        with self._writing() as connection:
            return sum(
                connection.execute("DELETE FROM dead_letters WHERE job_key = ?", (key,)).rowcount for key in found
            )

    def take(
        self, ids: Sequence[int] | None = None, error_type: str | None = None, *, limit: int | None = None
    ) -> Taken:
        """The jobs of these letters (all, where neither is given; the oldest `limit`), with their failures as `history`, to be queued again.

        Changes nothing. Queue the jobs with `enqueue_many(…, coalesce=True)`, then `confirm`. A kill in between leaves letter and job: the next
        retry is coalesced with that job, its success resolves the letter, its failure replaces it. Letters that are no job are left out.
        """
        with self._using() as connection:
            rows = letters.retryable(connection, ids, error_type, limit)
        jobs: list[SyncJob] = []
        held: list[tuple[int, float]] = []
        for row in rows:
            job = letters.job_again(row, self._clock())
            if job is not None:
                jobs.append(job)
                held.append((row["id"], row["failed_at"]))
        return Taken(tuple(jobs), tuple(held))

    def confirm(self, taken: Taken) -> int:
        """Delete the letters whose jobs were queued again, except those that were written anew meanwhile; how many."""
        with self._writing() as connection:
            return sum(
                connection.execute("DELETE FROM dead_letters WHERE id = ? AND failed_at = ?", letter).rowcount
                for letter in taken.letters
            )
