"""What the SyncWorker thread hands its jobs to: the protocol, and two small synchronizers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from sync_queue.settling import ClaimedJob
from worker.errors import NotConfiguredError, PermanentError, TransientError
from worker.report import Result


class Synchronizer(Protocol):
    """Brings jobs to Plex."""

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        """One result a job, in any order, each as soon as it stands. Raises what concerns all jobs that have none yet."""

    def probe(self) -> None:
        """Raise the error that keeps everything paused, or return."""

    def rest(self) -> None:
        """Called behind each batch, and every 20 seconds while nothing is due: for what has its time by itself."""


class NoSynchronizer:
    """Stands in until there are settings: every job waits."""

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:  # noqa: ARG002 - the protocol's
        """Raises NotConfiguredError."""
        raise NotConfiguredError(["the worker was started without a way to Plex"])

    def probe(self) -> None:
        """Raises NotConfiguredError."""
        raise NotConfiguredError(["the worker was started without a way to Plex"])

    def rest(self) -> None:
        """Nothing to keep."""


def each(process: Callable[[ClaimedJob], None]) -> Synchronizer:
    """A synchronizer that calls `process` for one job after the other; a TransientError or PermanentError from it is that job's result."""
    return _Each(process)


class _Each:
    def __init__(self, process: Callable[[ClaimedJob], None]) -> None:
        self._process = process

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        for job in jobs:
            try:
                self._process(job)
            except (TransientError, PermanentError) as error:
                yield Result(job, error)
            else:
                yield Result(job)

    def probe(self) -> None:
        pass

    def rest(self) -> None:
        pass
