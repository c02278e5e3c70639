"""The values that go between the queue and its consumer: what was claimed, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from sync_queue import schema
from sync_queue.models import SyncJob


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """The rows of one job_key that are in progress together, as one job.

    Attributes:
        pqids: row ids, ascending.
        job: the rows merged (see sync_queue.merging).
        attempts: how many were used up before this claim; the most of any row.
        error_type, reason: how the last attempt ended; None where there was none.
        first_failed_at: epoch seconds, or None.
        interrupted: how often a worker died while it held one of the rows; a job that kills its worker shows here, not
            in `attempts`.
        planned_at: epoch seconds of its next attempt, if that is later than this claim: a save, a task or a person
            brought the job before its time.
    """

    pqids: tuple[int, ...]
    job: SyncJob
    attempts: int = 0
    error_type: str | None = None
    reason: str | None = None
    first_failed_at: float | None = None
    interrupted: int = 0
    planned_at: float | None = None

    @property
    def key(self) -> str:
        """The job_key that all the rows share."""
        return self.job["job_key"]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row in progress that is no job, to become a dead letter and to fail: its bytes, and what is wrong."""

    pqid: int
    raw: bytes
    problem: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim brought. False where it brought nothing."""

    jobs: tuple[ClaimedJob, ...] = ()
    bad: tuple[BadRow, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.jobs or self.bad)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of the rows `pqids`. Made by the four methods, which take one row id or those of a ClaimedJob.

    Attributes:
        status: their new one, see sync_queue.schema.
        attempts: how many are used up by now; None where none was used.
    """

    pqids: tuple[int, ...]
    status: int
    due_at: float = 0.0
    attempts: int | None = None
    error_type: str | None = None
    reason: str | None = None
    planned_at: float | None = None

    @classmethod
    def ack(cls, pqids: int | Sequence[int]) -> Self:
        """Done."""
        return cls(_ids(pqids), schema.DONE)

    @classmethod
    def retry(
        cls,
        pqids: int | Sequence[int],
        due_at: float,
        attempts: int,
        error_type: str,
        reason: str,
        *,
        planned_at: float | None = None,
    ) -> Self:
        """Wait until `due_at` (epoch seconds); the next attempt is to be at `planned_at`, if that is later."""
        return cls(_ids(pqids), schema.WAITING, due_at, attempts, error_type, reason, planned_at)

    @classmethod
    def release(cls, pqids: int | Sequence[int], due_at: float) -> Self:
        """Put back, due at `due_at` or as before, if that is later; no attempt is used, and the last error stays."""
        return cls(_ids(pqids), schema.WAITING, due_at)

    @classmethod
    def fail(cls, pqids: int | Sequence[int]) -> Self:
        """Given up; its dead letter was written before."""
        return cls(_ids(pqids), schema.FAILED)


@dataclass(frozen=True, slots=True)
class LongestWaits:
    """How many seconds a row may wait: never tried, tried and failed, failed by an error type of `patient`."""

    untried_s: float
    tried_s: float
    patient: tuple[str, ...]
    patient_s: float


def _ids(pqids: int | Sequence[int]) -> tuple[int, ...]:
    return (pqids,) if isinstance(pqids, int) else tuple(pqids)
