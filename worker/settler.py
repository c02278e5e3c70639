"""Writes down what became of jobs: the one place that acks, retries, gives back and writes dead letters."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from sync_queue.claims import ClaimStore
from sync_queue.settling import BadRow, ClaimedJob, Settlement
from worker.errors import text_of
from worker.outcome import Ack, Dead, Outcome, Retry
from worker.protocols import Report, Result

if TYPE_CHECKING:
    from sync_queue.dlq import DeadLetterQueue

log = logging.getLogger("stash2plex.worker")

FLUSH_S: Final = 0.5  # how long settled jobs may wait for their common commit


class Settler:
    """Collects settlements and commits them together. A kill before a commit repeats work that is idempotent."""

    def __init__(
        self, claims: ClaimStore, dlq: "DeadLetterQueue", report: Report, redact: Callable[[str], str]
    ) -> None:
        self._claims = claims
        self._dlq = dlq
        self._report = report
        self._redact = redact
        self._settled: list[Settlement] = []
        self._done_keys: list[str] = []
        self._flushed_at = 0.0

    def settle(self, result: Result, outcome: Outcome, now: float) -> None:
        """Note `outcome` for the job of `result`, and commit if the last commit is long enough ago."""
        claimed, error = result.claimed, result.error
        reason = self._redact(text_of(error)) if error is not None else ""
        if isinstance(outcome, Ack):
            self._settled.append(Settlement.ack(claimed.pqids))
            self._done_keys += (claimed.job["job_key"], *result.answered)
        elif isinstance(outcome, Retry):
            due_at, attempts, kind = outcome.due_at, outcome.attempt, type(error).__name__
            retry = Settlement.retry(claimed.pqids, due_at, attempts, kind, reason, planned_at=outcome.planned_at)
            self._settled.append(retry)
        elif isinstance(outcome, Dead) and error is not None:
            # First the letter, keyed by the job, then the row: a kill between them repeats the job, doubles nothing.
            self._dlq.add(claimed.job, error, outcome.attempt, redact=self._redact)
            self._settled.append(Settlement.fail(claimed.pqids))
        self._report.settled(result, outcome, reason, now)
        if not self._flushed_at <= now < self._flushed_at + FLUSH_S:  # the clock may have been set back
            self.flush(now)

    def bury(self, rows: Iterable[BadRow]) -> None:
        """Make dead letters of rows that are no jobs at all, with their bytes."""
        for row in rows:
            log.error("Row %d of the queue is no job (%s); it is a dead letter now", row.pqid, row.problem)
            self._dlq.add_unreadable(row.pqid, row.raw, row.problem, redact=self._redact)
            self._settled.append(Settlement.fail(row.pqid))

    def give_back(self, jobs: Iterable[ClaimedJob], due_at: float = 0.0) -> None:
        """Put `jobs` back, no attempt used; with `due_at` (epoch seconds) behind what is due before."""
        self._settled += [Settlement.release(job.pqids, due_at=due_at) for job in jobs]

    def flush(self, now: float) -> None:
        """Commit what was noted. A scene that is done needs no dead letter of before any more."""
        # The report first: whoever sees the queue empty may count on the counters.
        self._report.flushed(now)
        self._claims.settle(self._settled, now)
        if self._done_keys:
            self._dlq.resolve(*self._done_keys)
        self._settled, self._done_keys = [], []
        self._flushed_at = now
