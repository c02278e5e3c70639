"""The two sides of the engine: the synchronizer that does the jobs, and the report that hears what became of them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol

from sync_queue.settling import ClaimedJob
from worker.errors import NotConfiguredError
from worker.outcome import Outcome, Pause

CONTROL: Final = "errand"
"""The `kind` of the Result of a control job."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one job ended.

    Attributes:
        kind: without an error "synced", "unchanged", "skipped", "expanded", "dropped" or CONTROL.
        note, problem: for people; a problem is what is missing of a job that is done.
        answered: job_keys of others that it was as well, or that are of no use behind it.
        scene_updated_at: the state of the scene that was synced, 0.0 where it was not read.
    """

    claimed: ClaimedJob
    error: Exception | None = None
    kind: str = "synced"
    note: str = ""
    skip_code: str = ""
    problem: str = ""
    answered: Collection[str] = ()
    scene_updated_at: float = 0.0


class Synchronizer(Protocol):
    """Brings jobs to Plex."""

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        """Yield one result a job, in any order, as soon as it stands. Raise what concerns all jobs without one."""

    def probe(self) -> None:
        """Raise the error that keeps everything paused, or return."""

    def rest(self) -> None:
        """Do what has its own time: called behind each batch, and every 20 seconds while nothing is due."""


class NoSynchronizer:
    """Stands in where a worker was started without a way to Plex: every job waits."""

    def sync(self, jobs: Sequence[ClaimedJob]) -> NoReturn:  # noqa: ARG002 - the protocol's
        """Raise NotConfiguredError."""
        self.probe()

    def probe(self) -> NoReturn:
        """Raise NotConfiguredError."""
        raise NotConfiguredError(["the worker was started without a way to Plex"])

    def rest(self) -> None:
        """Nothing has its own time."""


class Report:
    """Listens to a worker; the base class does nothing. Times are epoch seconds."""

    def claimed(self, count: int, now: float) -> None:
        """`count` jobs were claimed."""

    def settled(self, result: Result, outcome: Outcome, reason: str, now: float) -> None:
        """A job was settled; `reason` is the error's text without secrets."""

    def flushed(self, now: float) -> None:
        """What was settled is durable."""

    def paused(self, pause: Pause, reason: str, now: float, *, is_new: bool) -> None:
        """Everything waits, or goes on waiting."""

    def resumed(self, now: float) -> None:
        """The pause is over."""

    def drained(self, now: float) -> None:
        """Nothing is due."""
