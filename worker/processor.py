"""The SyncWorker thread: claims what is due, has it synced and settled, pauses when a server is away."""

import contextlib
import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from records import RecordsError
from sync_queue.claims import ClaimStore
from sync_queue.errors import QueueError
from sync_queue.settling import ClaimedJob
from worker.damage import DAMAGE
from worker.errors import PermanentError, TransientError
from worker.outcome import PAUSING_ERRORS, STASH_LOGIN, Ack, Outcome, Pause, decide
from worker.report import NO_REPORT, Report, Result
from worker.settler import Settler, text_of
from worker.suspicion import MAYBE_THE_JOBS, Suspicion
from worker.synchronizer import NoSynchronizer, Synchronizer

if TYPE_CHECKING:
    from persistqueue import SQLiteAckQueue

    from records import RecordsCorrupt
    from sync_queue.dlq import DeadLetterQueue
    from sync_queue.errors import QueueCorrupt

__all__ = ["PermanentError", "SyncWorker", "TransientError"]

log = logging.getLogger("stash2plex.worker")

POLL_S: Final = 0.1  # how often rows of other processes are looked for while idle
IDLE_S: Final = 60.0  # how long a step with nothing to do lets the thread wait, unless it is woken
ERROR_S: Final = 2.0
ERROR_MOST_S: Final = 60.0
STOP_TIMEOUT_S: Final = 10.0
FOLDER_ERRORS: Final = (QueueError, RecordsError, sqlite3.OperationalError)
"""The data folder is full, read-only, locked or broken: no job is at fault, and nothing about it can be written down."""
PRUNE_ROWS: Final = 10_000  # a step of tidying up; hooks wait for one at the most


class SyncWorker:
    """Drains `queue` in a daemon thread. Only the process that holds the worker lock may run one.

    `step` is one iteration and can be called by hand with a time of one's own.
    """

    def __init__(
        self,
        queue: "SQLiteAckQueue",
        dlq: "DeadLetterQueue",
        max_retries: int = 5,
        *,
        synchronizer: Synchronizer | None = None,
        report: Report = NO_REPORT,
        redact: Callable[[str], str] = str,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        batch_size: int = 100,
    ) -> None:
        self.max_retries = max_retries
        self.batch_size = batch_size
        self.running = False
        self.thread: threading.Thread | None = None
        self.pause: Pause | None = None
        self._claims = ClaimStore(queue.path)
        self._settler = Settler(self._claims, dlq, report, redact)
        self._synchronizer = synchronizer or NoSynchronizer()
        self._report = report
        self._redact = redact
        self._clock = clock
        self._jitter = jitter
        self._wake = threading.Event()
        self._is_fresh = False  # whether a connection came in since the step began
        self._probes = 0
        self._errors = 0
        self._suspicion = Suspicion()
        self._is_torn = False  # whether a step ended by an error, and may have left jobs in progress
        self.damage: QueueCorrupt | RecordsCorrupt | None = None

    # -- thread ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take back what a dead worker left in progress, and start draining; nothing where it runs already."""
        if self.running:
            return
        self.take_back()
        self.running = True
        self.thread = threading.Thread(target=self._run, name="stash2plex-sync", daemon=True)
        self.thread.start()

    def take_back(self) -> None:
        """Put back what a worker that died had in progress."""
        count = self._claims.resume(self._clock())
        if count:
            self._suspicion.worker_died(count)
            log.info("%d jobs were in progress when the last worker ended; they start again", count)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Let the job at hand finish, give the others back, and end the thread."""
        self.running = False
        self._wake.set()
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join(timeout_s)

    def wake(self, *, retry_now: bool = False) -> None:
        """Look for jobs now; with `retry_now` (a fresh connection, changed settings) a pause is tried too."""
        if retry_now:
            self._is_fresh = True
            if self.pause is not None:
                self.pause = Pause(self.pause.kind, 0.0)
        self._wake.set()

    def close(self) -> None:
        """Close the queue's file. Only after `stop`."""
        self._claims.close()

    @property
    def is_idle(self) -> bool:
        """Whether no job is pending, waiting or in progress."""
        return self._claims.is_empty()

    def _run(self) -> None:
        while self.running:
            seen = None
            try:
                seen = self._claims.data_version()  # before the step: what comes in during it is not overlooked
                delay_s = self.step(self._clock())
            except DAMAGE as error:
                self.damage = error
                return  # the process closes everything and has it mended
            except Exception as error:  # noqa: BLE001 - whatever happens, the thread goes on
                delay_s = self._after_error(error)
            else:
                self._errors = 0
            self._wait(delay_s, seen)

    def _after_error(self, error: Exception) -> float:
        """An error outside of any job: a full disk, a locked or broken file. Waits longer each time, so that the log stays readable."""
        self._errors += 1
        delay_s = min(ERROR_MOST_S, ERROR_S * 2.0 ** (self._errors - 1))
        log.error(
            "The queue cannot be worked on (%s); trying again in %.0f s",
            self._redact(text_of(error)),
            delay_s,
            exc_info=self._errors == 1 and not isinstance(error, FOLDER_ERRORS),
        )
        return delay_s

    def _wait(self, delay_s: float, seen: int | None) -> None:
        """Until `delay_s` has passed, `wake` was called, or another process has written to the queue since `seen`."""
        deadline = time.monotonic() + delay_s
        while self.running and not self._wake.wait(min(POLL_S, max(0.0, deadline - time.monotonic()))):
            if time.monotonic() >= deadline or self._is_written(seen):
                break
        self._wake.clear()

    def _is_written(self, seen: int | None) -> bool:
        if seen is None:
            return False
        try:
            return self._claims.data_version() != seen
        except QueueError:
            return True  # the next step says what is wrong

    # -- one step -------------------------------------------------------------------------------------------------

    def step(self, now: float) -> float:
        """One iteration at `now` (epoch seconds): claim, sync, settle. Returns how many seconds the next one can wait."""
        self._is_fresh = False
        self._put_torn_back(now)
        if self._claims.take_in(now):
            log.info("Saves that the queue could not take when they were made are in it now")
        if self.pause is not None and not self._is_over(self.pause, now):
            return max(0.0, self.pause.until - now)
        self._is_torn = True
        batch = self._claims.claim_due(now, self._suspicion.limit(self.batch_size))
        if not batch:
            self._is_torn = False
            return self._rest(now)
        self._settler.bury(batch.bad)
        self._suspicion.took(len(batch.jobs))
        self._work(batch.jobs, now)
        self._is_torn = False
        return 0.0 if self.pause is None else max(0.0, self.pause.until - self._clock())

    def _put_torn_back(self, now: float) -> None:
        """After an error of the data folder: what was done is settled, and what else was claimed starts again."""
        self._settler.flush_rest(now)
        if self._is_torn:
            self._claims.put_back(now)
            self._is_torn = False

    def _is_over(self, pause: Pause, now: float) -> bool:
        """Whether the pause has ended: its time has come and a probe succeeds."""
        if now < pause.until:
            return False
        try:
            self._synchronizer.probe()
        except PAUSING_ERRORS as error:
            outcome = self._decide(error, None, now)
            if isinstance(outcome, Pause):
                self._enter(outcome, error, now)
                return False
        self._leave_pause(now)
        return True

    def _rest(self, now: float) -> float:
        if self._claims.prune(limit=PRUNE_ROWS) == PRUNE_ROWS:
            return 0.0
        self._report.drained(now)
        with contextlib.suppress(*PAUSING_ERRORS):
            self._synchronizer.rest()
        due_at = self._claims.next_due_at()
        return IDLE_S if due_at is None else min(IDLE_S, max(0.0, due_at - now))

    def _work(self, jobs: Sequence[ClaimedJob], now: float) -> None:
        waiting = {job.pqids: job for job in jobs}
        self._report.claimed(len(jobs), now)
        try:
            self._settle_all(self._synchronizer.sync(jobs), waiting)
        except FOLDER_ERRORS:
            self._settler.give_back(waiting.values())
            raise
        except Exception as error:  # noqa: BLE001 - decide() sorts it
            self._blame_batch(error, list(waiting.values()))
        else:
            self._settler.give_back(waiting.values())
        self._settler.flush(self._clock())

    def _settle_all(self, results: Iterable[Result], waiting: dict[tuple[int, ...], ClaimedJob]) -> None:
        for result in results:
            now = self._clock()
            outcome = self._outcome_of(result, now)
            if isinstance(outcome, Pause):
                self._enter(outcome, result.error, now)
                return
            self._settler.settle(result, outcome, now)
            if isinstance(outcome, Ack):
                self._probes = 0
                self._suspicion.passed(result)
            del waiting[result.claimed.pqids]
            if not self.running and self.thread is not None:
                return  # stop() was called: what has no result yet is given back

    def _outcome_of(self, result: Result, now: float) -> Outcome:
        return self._decide(result.error, result.claimed, now)

    def _decide(self, error: Exception | None, claimed: ClaimedJob | None, now: float) -> Outcome:
        return decide(
            error,
            claimed.attempts if claimed else 0,
            max_retries=self.max_retries,
            now=now,
            jitter=self._jitter(),
            probe=self._probes + 1,
            planned_at=claimed.planned_at if claimed else None,
        )

    def _blame_batch(self, error: Exception, jobs: list[ClaimedJob]) -> None:
        """An error that came with no job of its own: everything pauses, or one job breaks the batch and is found by taking each alone."""
        now = self._clock()
        alone = jobs[0] if len(jobs) == 1 else None
        error = self._suspicion.judge(error, jobs)
        outcome = self._decide(error, alone, now)
        if isinstance(outcome, Pause):
            # Behind the others, if it is the one that a server chokes on.
            self._settler.give_back(jobs, outcome.until if alone and isinstance(error, MAYBE_THE_JOBS) else 0.0)
            self._enter(outcome, error, now)
        elif alone is not None:
            log.error("Scene or job %s: unexpected error", alone.job["job_key"], exc_info=error)
            self._settler.settle(Result(alone, error), outcome, now)
        else:
            log.warning(
                "A batch of %d failed (%s); taking its jobs one at a time", len(jobs), self._redact(text_of(error))
            )
            self._suspicion.batch_broke(len(jobs))
            self._settler.give_back(jobs)

    # -- pausing --------------------------------------------------------------------------------------------------

    def _enter(self, pause: Pause, error: Exception | None, now: float) -> None:
        is_new = self.pause is None or self.pause.kind != pause.kind
        # What failed was asked with an older cookie, if a hook has brought one meanwhile.
        self.pause = Pause(pause.kind, 0.0) if self._is_fresh and pause.kind == STASH_LOGIN else pause
        self._probes += 1
        self._report.paused(pause, self._redact(text_of(error)), now, is_new=is_new)

    def _leave_pause(self, now: float) -> None:
        self.pause = None
        self._report.resumed(now)
