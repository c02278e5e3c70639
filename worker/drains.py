"""How far a long drain is: the page shows it with the time left, whoever queued the jobs (a task, a renamed tag, an outage that is over)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from records import Records

DRAIN: Final = "drain"
"""The kind of such a run in the records."""

MANY: Final = 200
"""Fewer jobs are done before anybody could read how long they take."""

FEW: Final = 10
"""A batch of fewer is no sign of more: then nothing is counted."""

LOOK_S: Final = 10.0
"""What is left is counted anew so often, because more may have come; at a million rows that takes a while."""


class Drains:
    """Begins a run where many jobs are due, and ends it when none is or everything is paused. `left` counts what is due or in progress at a moment."""

    def __init__(self, records: "Records", left: Callable[[float], int]) -> None:
        self._runs = records.runs
        self._left = left
        # A worker that died has left its run open; it goes on, or ends as soon as nothing is due.
        self._run = next((run.run for run in records.runs.last(1) if run.ended_at is None), "")
        self._looked_at = float("-inf")

    def claimed(self, count: int, now: float) -> None:
        """A batch of `count` jobs was claimed."""
        if count < FEW or 0 <= now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        left = self._left(now)
        if not self._run and left >= MANY:
            self._run = f"{DRAIN} {now:.3f}"
        if self._run:
            known = self._runs.get(self._run)
            done = sum(known.counts.values()) if known else 0
            self._runs.start(self._run, kind=DRAIN, total=done + left, at=now)

    def add(self, counts: Mapping[str, int]) -> None:
        """So many jobs came to these ends."""
        self._runs.add(counts, run=self._run)

    def over(self, now: float) -> None:
        """Nothing is due any more, or everything waits: what comes later has a speed of its own."""
        if self._run:
            self._runs.finish(self._run, at=now)
            self._run, self._looked_at = "", float("-inf")
