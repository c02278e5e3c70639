"""The SyncWorker: one step claims what is due, has it synced and settled, or waits while a server is away."""

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from settings.settings import Settings
from sync_queue.claims import ClaimStore
from sync_queue.settling import ClaimedJob
from worker.errors import FOLDER_ERRORS, PermanentError, TransientError, text_of
from worker.isolation import MAYBE_THE_JOBS, Isolation
from worker.outcome import LONGEST_WAITS, PAUSING_ERRORS, Ack, Outcome, Pause, decide
from worker.pausing import Pausing
from worker.protocols import NoSynchronizer, Report, Result, Synchronizer
from worker.settler import Settler
from worker.stepping import STOP_TIMEOUT_S, StepThread

if TYPE_CHECKING:
    from persistqueue import SQLiteAckQueue

    from sync_queue.dlq import DeadLetterQueue

__all__ = ["Limits", "PermanentError", "SyncWorker", "TransientError"]

log = logging.getLogger("stash2plex.worker")

IDLE_S: Final = 20.0  # how long a step with nothing to do lets the thread wait, unless it is woken
PRUNE_ROWS: Final = 10_000  # a step of tidying up; hooks wait for one at the most
LIMIT_WAITS_S: Final = 3600.0  # how often due times are looked at that no backoff can have made


@dataclass(frozen=True, slots=True)
class Limits:
    """The two settings of the queue: tries of a job, and jobs that are claimed at once."""

    max_retries: int
    batch_size: int


class SyncWorker(StepThread):
    """Drains `queue` in a daemon thread. Only the process that holds the worker lock may run one.

    Attributes:
        claims: the queue as its consumer sees it.
        synchronizer: what jobs are handed to.
    """

    def __init__(
        self,
        queue: "SQLiteAckQueue",
        dlq: "DeadLetterQueue",
        max_retries: int = 5,
        *,
        synchronizer: Synchronizer | None = None,
        report: Report | None = None,
        redact: Callable[[str], str] = str,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        batch_size: int = 100,
        limits: Callable[[], Limits | Settings] | None = None,
        stopping: threading.Event | None = None,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        """`limits` is asked for each claim and decision and goes before `max_retries` and `batch_size`.

        `stopping` is set while the worker is to end. `permit` is called before each claim; it raises StorageUnavailable
        where this process must take no jobs.
        """
        super().__init__(redact, stopping)
        fixed = Limits(max_retries, batch_size)
        self.claims = ClaimStore(queue.path)
        self.synchronizer = synchronizer or NoSynchronizer()
        self._limits = limits or (lambda: fixed)
        self._permit = permit
        self._report = report or Report()
        self._settler = Settler(self.claims, dlq, self._report, redact)
        self._pausing = Pausing(self._report, redact)
        self._clock = clock
        self._jitter = jitter
        self._isolation = Isolation()
        self._has_begun = False
        self._is_torn = False  # whether a step ended by an error, and may have left jobs in progress
        self._seen_at = float("inf")  # when the last step was, so that a clock that was set back is noticed
        self._limited_at = float("-inf")

    def take_back(self) -> None:
        """Put back what a worker that died had in progress."""
        count = self.claims.resume(self._clock())
        if count:
            self._isolation.worker_died(count)
            log.info("%d jobs were in progress when the last worker ended; they start again", count)

    def next_step(self) -> float:
        """Take one `step` now; the first one takes back what a worker that died had in progress."""
        if not self._has_begun:
            self.take_back()
            self._has_begun = True
        return self.step(self._clock())

    def data_version(self) -> int:
        """See sync_queue.claims.ClaimStore.data_version."""
        return self.claims.data_version()

    @property
    def pause(self) -> Pause | None:
        """Whom everything waits for, or None."""
        return self._pausing.pause

    @pause.setter
    def pause(self, pause: Pause | None) -> None:
        self._pausing.pause = pause

    def wake(self, *, retry_now: bool = False) -> None:
        """Look for jobs now; with `retry_now` (a fresh connection, changed settings) at the cause of a pause too."""
        if retry_now:
            self._pausing.hasten()
        super().wake()

    @property
    def is_idle(self) -> bool:
        """Return whether no job is pending, waiting, in progress or spooled."""
        return self.claims.is_empty()

    def let_go(self) -> None:
        """Put back what is in progress, from another thread: this one is within a request and its process ends."""
        self.claims.put_back(self._clock())

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Let the job at hand finish, give the others back, end the thread and close the queue's file.

        Return False where the thread is still within a request after `timeout_s`. The next use opens the file again.
        """
        has_ended = super().stop(timeout_s)
        if has_ended:
            self.claims.close()
        return has_ended

    def step(self, now: float) -> float:
        """Claim, sync and settle once at `now` (epoch seconds). Return how many seconds the next step can wait."""
        self._pausing.begin_step()
        if self._is_torn:
            self._settle_torn(now)
        if now < self._seen_at or now >= self._limited_at + LIMIT_WAITS_S:
            self._limit_waits(now)
        self._seen_at = now
        if self.claims.take_in(now):
            log.info("Saves that the queue could not take when they were made are in it now")
        if self._pausing.pause is not None and not self._is_over(now):
            return self._pausing.wait_s(now)
        self._permit()
        self._is_torn = True
        batch = self.claims.claim_due(now, self._isolation.limit(self._limits().batch_size))
        if not batch.jobs and not batch.bad:
            self._is_torn = False
            return self._rest(now)
        self._settler.bury(batch.bad)
        self._isolation.took(len(batch.jobs))
        self._work(batch.jobs, now)
        self._is_torn = False
        if self._pausing.pause is None:
            self._let_rest()
        return self._pausing.wait_s(self._clock())

    def _settle_torn(self, now: float) -> None:
        """After an error of the data folder: settle what was done; what else was claimed starts again."""
        self._settler.flush(now)
        self.claims.put_back(now)
        self._is_torn = False

    def _limit_waits(self, now: float) -> None:
        """Cut due times of a wrong clock: a machine without a battery begins in 1970 or in 2036, and is set later."""
        self.claims.limit_waits(now, LONGEST_WAITS)
        self._limited_at = now

    def _is_over(self, now: float) -> bool:
        """Return whether the pause has ended: its time has come and a probe succeeds."""
        if self._pausing.wait_s(now):
            return False
        try:
            self.synchronizer.probe()
        except PAUSING_ERRORS as error:
            outcome = self._decide(error, None, now)
            if isinstance(outcome, Pause):
                self._pausing.enter(outcome, error, now)
                return False
        self._pausing.leave(now)
        return True

    def _rest(self, now: float) -> float:
        if count := self.claims.take_back(now):
            log.warning("Another program has taken jobs out of the queue; they start again: %s", f"{count:,}")
            return 0.0
        if self.claims.prune(limit=PRUNE_ROWS) == PRUNE_ROWS:
            return 0.0
        self._report.drained(now)
        self._let_rest()
        due_at = self.claims.next_due_at()
        return IDLE_S if due_at is None else min(IDLE_S, max(0.0, due_at - now))

    def _let_rest(self) -> None:
        with contextlib.suppress(*PAUSING_ERRORS):  # with the next batch they count
            self.synchronizer.rest()

    def _work(self, jobs: Sequence[ClaimedJob], now: float) -> None:
        waiting = {job.pqids: job for job in jobs}
        self._report.claimed(len(jobs), now)
        try:
            self._settle_all(self.synchronizer.sync(jobs), waiting)
        except FOLDER_ERRORS:
            self._settler.give_back(waiting.values())
            raise
        except Exception as error:  # noqa: BLE001 - decide() sorts it
            self._settle_failed(error, list(waiting.values()))
        else:
            self._settler.give_back(waiting.values())
        self._settler.flush(self._clock())

    def _settle_all(self, results: Iterable[Result], waiting: dict[tuple[int, ...], ClaimedJob]) -> None:
        """Settle each result; what stays in `waiting` had none, or paused everything."""
        for result in results:
            now = self._clock()
            outcome = self._decide(result.error, result.claimed, now)
            if isinstance(outcome, Pause) and result.error is not None:
                self._pausing.enter(outcome, result.error, now)
                return
            self._settler.settle(result, outcome, now)
            if isinstance(outcome, Ack):
                self._pausing.progressed()
                self._isolation.passed(result)
            del waiting[result.claimed.pqids]
            if not self.running and self.thread is not None:
                return  # stop() was called: what has no result yet is given back

    def _decide(self, error: Exception | None, claimed: ClaimedJob | None, now: float) -> Outcome:
        return decide(
            error,
            claimed.attempts if claimed else 0,
            max_retries=self._limits().max_retries,
            now=now,
            jitter=self._jitter(),
            probe=self._pausing.next_look(now),
            planned_at=claimed.planned_at if claimed else None,
        )

    def _settle_failed(self, error: Exception, jobs: list[ClaimedJob]) -> None:
        """Settle `jobs` after an error that names none of them: pause, or take each alone to find its job."""
        now = self._clock()
        alone = jobs[0] if len(jobs) == 1 else None
        error = self._isolation.judge(error, jobs)
        outcome = self._decide(error, alone, now)
        if isinstance(outcome, Pause):
            # Behind the others, if it is the one that makes a server fail.
            self._settler.give_back(jobs, outcome.until if alone and isinstance(error, MAYBE_THE_JOBS) else 0.0)
            self._pausing.enter(outcome, error, now)
        elif alone is not None:
            log.error("Scene or job %s: unexpected error", alone.job["job_key"], exc_info=error)
            self._settler.settle(Result(alone, error), outcome, now)
        else:
            problem = self._redact(text_of(error))
            log.warning("A batch of %d failed (%s); taking its jobs one at a time", len(jobs), problem)
            self._isolation.batch_broke(len(jobs))
            self._settler.give_back(jobs)
