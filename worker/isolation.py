"""Finds the one job that breaks a batch, kills the worker or makes a server fail, so that the others go on."""

from typing import Final

from plex.errors import PlexBusy, PlexError, PlexProtocolError, PlexUnreachable
from stash.errors import StashRejected, StashUnreachable
from sync_queue.settling import ClaimedJob
from worker.errors import FailsAloneError
from worker.protocols import Result

MAYBE_THE_JOBS: Final = (PlexBusy, PlexProtocolError, PlexUnreachable, StashRejected, StashUnreachable)
"""Failures of a server that one job may cause: an edit that is always answered with 500, an unreadable item."""

_MOST_KNOWN: Final = 1000


class Isolation:
    """Says how many jobs to take at once, and whether a server's failure is the job's fault.

    It is where the server failed for this job alone twice, and did the same for other jobs in between. Without that
    proof no job is at fault: a server that takes nothing at all is away.
    """

    def __init__(self) -> None:
        self._singly = 0  # how many jobs are still to be taken one at a time
        self._has_failed = False  # whether a batch failed and nothing has passed since
        self._failed_alone: dict[str, tuple[int, int]] = {}  # job_key to (written, read) when the job failed alone
        self._written = 0  # jobs that changed something in Plex
        self._read = 0  # jobs that were read from both servers at least

    def limit(self, batch_size: int) -> int:
        """Return how many jobs to claim at once."""
        return 1 if self._singly else batch_size

    def took(self, count: int) -> None:
        """`count` jobs were claimed."""
        self._singly = max(0, self._singly - count)

    def batch_broke(self, count: int) -> None:
        """A batch of `count` ended in an error that names none of its jobs: they are taken one at a time."""
        self._singly = max(self._singly, count)

    def worker_died(self, count: int) -> None:
        """A worker died with `count` jobs in hand: they come one at a time. Others come in between, hence twice."""
        self._singly = 2 * count

    def passed(self, result: Result) -> None:
        """A job is done."""
        self._has_failed = False
        self._written += result.kind == "synced"
        self._read += result.kind in {"synced", "unchanged"}
        self._failed_alone.pop(result.claimed.key, None)

    def judge(self, error: Exception, jobs: list[ClaimedJob]) -> Exception:
        """Return `error`, which names no job, or FailsAloneError where it is proven to be the only job's."""
        if not isinstance(error, MAYBE_THE_JOBS):
            return error
        if len(jobs) != 1:
            # A busy server has answered; an away one is likely away for all, until it fails again after a probe.
            if self._has_failed or isinstance(error, PlexBusy):
                self.batch_broke(len(jobs))
            self._has_failed = True
            return error
        key = jobs[0].key
        if key not in self._failed_alone:
            self._remember(key)
        elif self._is_proven(self._failed_alone[key], error):
            del self._failed_alone[key]
            return FailsAloneError(f"{error}; it took other scenes in between")
        return error

    def _is_proven(self, then: tuple[int, int], error: Exception) -> bool:
        written, read = then
        is_of_write = isinstance(error, PlexError) and error.is_of_write
        return self._written > written if is_of_write else self._read > read

    def _remember(self, key: str) -> None:
        self._failed_alone[key] = (self._written, self._read)
        if len(self._failed_alone) > _MOST_KNOWN:
            del self._failed_alone[next(iter(self._failed_alone))]
