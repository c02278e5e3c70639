"""Finding the one job that breaks a batch, kills the worker or makes a server choke, among many that are innocent."""

from typing import Final

from plex.errors import PlexBusy, PlexError, PlexProtocolError, PlexUnreachable
from stash.errors import StashRejected, StashUnreachable
from sync_queue.settling import ClaimedJob
from worker.errors import FailsAloneError
from worker.report import Result

MAYBE_THE_JOBS: Final = (PlexBusy, PlexProtocolError, PlexUnreachable, StashRejected, StashUnreachable)
"""Failures of a server that may come from what one job asks of it: an edit that Plex always answers with 500, an item whose answer cannot be read."""

_MOST_SUSPECTS: Final = 1000


class Isolation:
    """Says how many jobs to take at once, and whether a server's failure is the job's fault.

    A job is guilty when a server fails for it alone, and did for other jobs, in between two such failures, what it failed at.
    Without that proof nobody is: a server that takes nothing from anyone is away.
    """

    def __init__(self) -> None:
        self._singly = 0  # how many jobs are still to be taken one at a time
        self._has_failed = False  # whether a batch failed and nothing has passed since
        self._suspects: dict[str, tuple[int, int]] = {}  # job_key to what had passed when the job failed alone
        self._written = 0  # jobs that changed something in Plex
        self._read = 0  # jobs that were read from both servers at least

    def limit(self, batch_size: int) -> int:
        """How many jobs to claim at once."""
        return 1 if self._singly else batch_size

    def took(self, count: int) -> None:
        """`count` jobs were claimed."""
        self._singly = max(0, self._singly - count)

    def batch_broke(self, count: int) -> None:
        """A batch of `count` ended in an error that names none of its jobs: they are taken one at a time."""
        self._singly = max(self._singly, count)

    def worker_died(self, count: int) -> None:
        """A worker died while it held `count` jobs: whichever it was, the next time it takes no other with it. Other jobs come in between, hence twice as many."""
        self._singly = 2 * count

    def passed(self, result: Result) -> None:
        """A job is done."""
        self._has_failed = False
        self._written += result.kind == "synced"
        self._read += result.kind in {"synced", "unchanged"}
        self._suspects.pop(result.claimed.key, None)

    def judge(self, error: Exception, jobs: list[ClaimedJob]) -> Exception:
        """`error`, which came with no job of its own, or FailsAloneError where it is that of the only one of `jobs`."""
        if not isinstance(error, MAYBE_THE_JOBS):
            return error
        if len(jobs) != 1:
            # One that is busy has answered; one that is away is likely to be away for all, until it fails again after a probe went well.
            if self._has_failed or isinstance(error, PlexBusy):
                self.batch_broke(len(jobs))
            self._has_failed = True
            return error
        key = jobs[0].key
        if key not in self._suspects:
            self._suspect(key)
        elif self._is_proven(self._suspects[key], error):
            del self._suspects[key]
            return FailsAloneError(f"{error}; it took other scenes in between")
        return error

    def _is_proven(self, then: tuple[int, int], error: Exception) -> bool:
        written, read = then
        is_of_write = isinstance(error, PlexError) and error.is_of_write
        return self._written > written if is_of_write else self._read > read

    def _suspect(self, key: str) -> None:
        self._suspects[key] = (self._written, self._read)
        if len(self._suspects) > _MOST_SUSPECTS:
            del self._suspects[next(iter(self._suspects))]
