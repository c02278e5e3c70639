"""Finding the one job that breaks a batch, kills the worker or makes Plex choke, among many that are innocent."""

from plex.errors import PlexBusy
from sync_queue.settling import ClaimedJob
from worker.errors import TransientError
from worker.report import Result


class Suspicion:
    """Says how many jobs to take at once, and whether a busy Plex is the job's fault."""

    def __init__(self) -> None:
        self._singly = 0  # how many jobs are still to be taken one at a time
        self._suspect = ""  # job_key of the job that Plex was busy for last, when that job was alone
        self._others_pass = False  # whether another job has reached Plex since

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
        if result.kind == "synced" and result.claimed.key != self._suspect:
            self._others_pass = True

    def judge_busy(self, error: PlexBusy, jobs: list[ClaimedJob]) -> Exception:
        """A server that is busy is nobody's fault: `error` itself. One that is busy again for the same job alone, and took others in between, is that job's."""
        if len(jobs) != 1:
            self.batch_broke(len(jobs))
            return error
        key = jobs[0].key
        if key == self._suspect and self._others_pass:
            self._suspect = ""
            return TransientError(str(error))
        self._suspect, self._others_pass = key, False
        return error
