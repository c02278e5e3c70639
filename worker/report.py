"""What the worker tells others about its work: the result of a job, and a listener for what happens."""

from dataclasses import dataclass
from typing import Final

from sync_queue.settling import ClaimedJob
from worker.outcome import Outcome, Pause

CONTROL: Final = "errand"
"""The `kind` of the Result of a control job."""


@dataclass(frozen=True, slots=True)
class Result:
    """How one job ended. `kind` is "synced", "unchanged", "skipped", "expanded", "dropped" or "errand" where there is no error; `note` and `problem` (done, but not all of it) are for people; `scene_updated_at` is the state of the scene that it is of, 0 where it was not read."""

    claimed: ClaimedJob
    error: Exception | None = None
    kind: str = "synced"
    note: str = ""
    skip_code: str = ""
    problem: str = ""
    scene_updated_at: float = 0.0


class Report:
    """Listens to a worker; the base class hears and does nothing. Times are epoch seconds."""

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


NO_REPORT = Report()
