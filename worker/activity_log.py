"""What the worker did, for people: lines in its log, counts by outcome, and how far a long drain is."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from logs.words import counted, span
from records import Records, Skip
from storage.errors import StorageUnavailable
from worker.errors import HeldError
from worker.facts import HOURS, LAST_SYNC_AT
from worker.last_day import with_counts
from worker.outcome import Ack, Dead, Outcome, Pause, Retry
from worker.protocols import CONTROL, Report, Result

log = logging.getLogger("stash2plex.worker")

PAUSED_AT: Final = "paused_at"
"""When the reason of the open pause was met last: a task tells by it whether the pause is older than itself."""

WAITING: Final = "waiting"
DEAD: Final = "dead"

DRAIN: Final = "drain"
"""The kind of the run in the records that shows how far a long drain is."""

MANY: Final = 200
"""Fewer jobs are done before their progress could be read."""

FEW: Final = 10
"""A batch of fewer is no sign of more: then nothing is counted."""

LOOK_S: Final = 10.0
"""How often what is left is counted anew, because more may have come; at a million rows that takes a while."""

_LINES: Final = 10
"""Up to how many scenes of a batch get a line each; of more the count is enough."""


class ActivityLog(Report):
    """Counts by outcome, remembers why scenes are not in Plex, and logs both once a batch."""

    def __init__(self, records: Records, left: Callable[[float], int] = lambda _now: 0) -> None:
        """`left` counts what is due or in progress at a moment."""
        self._records = records
        self._drain = _Drain(records, left)
        self._counts: Counter[str] = Counter()
        self._skips: list[Skip] = []
        self._done_at: dict[int, float] = {}
        self._lines: list[str] = []
        self._failed = 0
        self._since_idle: Counter[str] = Counter()

    def claimed(self, count: int, now: float) -> None:
        """`count` jobs were claimed."""
        if count >= FEW:
            with _best_effort():
                self._drain.claimed(now)

    def settled(self, result: Result, outcome: Outcome, reason: str, now: float) -> None:
        """A job was settled."""
        scene_id = result.claimed.job["scene_id"]
        name = f"Scene {scene_id}" if scene_id is not None else result.claimed.job["job_key"]
        if isinstance(outcome, Ack):
            self._note_done(result, scene_id, name, now)
        elif isinstance(outcome, Retry):
            self._counts[WAITING] += 1
            if not isinstance(result.error, HeldError):  # the brake logs it once for all of them
                self._failed += 1
                self._lines.append(f"{name} waits {span(outcome.due_at - now)} (attempt {outcome.attempt}): {reason}")
            self._skip(result, type(result.error).__name__, reason, now)
        elif isinstance(outcome, Dead):
            self._counts[DEAD] += 1
            self._failed += 1
            log.error("%s is a dead letter after %s: %s", name, counted(outcome.attempt, "attempt"), reason)
            self._skip(result, type(result.error).__name__, reason, now)

    def _note_done(self, result: Result, scene_id: int | None, name: str, now: float) -> None:
        if result.skip_code:
            self._counts[f"skipped:{result.skip_code}"] += 1
            self._skip(result, result.skip_code, result.note, now)
            return
        self._counts[result.kind] += 1
        if result.problem:
            log.warning("%s: %s", name, result.problem)
        if result.kind == "synced":
            self._lines.append(f"{name}: {result.note}")
        elif result.kind == "expanded":
            self._lines.append(result.note)
        if scene_id is not None:
            self._done_at[scene_id] = now

    def _skip(self, result: Result, code: str, text: str, now: float) -> None:
        scene_id = result.claimed.job["scene_id"]
        if scene_id is not None:
            self._skips.append(Skip(scene_id, code, text, now, result.scene_updated_at))

    def flushed(self, now: float) -> None:
        """Make the counts durable, then log what was done."""
        if not self._counts:
            return
        with _best_effort():
            self._keep_counts(now)
            if len(self._lines) <= _LINES:
                for line in self._lines:
                    log.info("%s", line)
            self._since_idle += self._counts
            if self._counts.total() > 1:
                log.info("%s", summary(self._counts))
            self._counts, self._skips, self._done_at, self._lines = Counter(), [], {}, []
            self._failed = 0

    def _keep_counts(self, now: float) -> None:
        with self._records.transaction():
            self._records.runs.add(self._counts, run=self._drain.run)
            if self._skips:
                self._records.skips.record_many(self._skips)
            if self._done_at:
                self._records.skips.outdate(self._done_at)
            if self._counts.keys() != {CONTROL}:  # what a control job does is no sync
                self._records.facts.put(LAST_SYNC_AT, now)
            self._keep_hour(now)

    def _keep_hour(self, now: float) -> None:
        facts, synced = self._records.facts, self._counts["synced"]
        if synced or self._failed:
            facts.put(HOURS, with_counts(facts.get(HOURS, []), now, synced, self._failed))

    def paused(self, pause: Pause, reason: str, now: float, *, is_new: bool) -> None:
        """Everything waits."""
        if is_new:
            log.warning("Paused, nothing is lost: %s", reason)
        with _best_effort(), self._records.transaction():
            self._records.pauses.open_pause(kind=pause.kind, reason=reason, at=now)
            self._drain.end(now)
            self._records.facts.put(PAUSED_AT, now)

    def resumed(self, now: float) -> None:
        """The pause is over."""
        with _best_effort():
            current = self._records.pauses.current()
            self._records.pauses.close_pause(at=now)
            if current is not None:
                log.info("Going on after a pause of %s", span(current.length_s(now)))

    def drained(self, now: float) -> None:
        """Nothing is due."""
        with _best_effort():
            self._drain.end(now)
        if self._since_idle.total() > 1:
            log.info("Nothing is due any more. Since the last time: %s", summary(self._since_idle))
        self._since_idle.clear()


class _Drain:
    """The run that shows how far a long drain is: of a task, a renamed tag, an outage that is over.

    It begins where many jobs are due, and ends when none is or when everything is paused.

    Attributes:
        run: its name in the records, "" while there is none.
    """

    def __init__(self, records: Records, left: Callable[[float], int]) -> None:
        self._runs = records.runs
        self._left = left
        # A worker that died has left its run open; it goes on, or ends as soon as nothing is due.
        self.run = next((run.run for run in records.runs.last(1) if run.ended_at is None), "")
        self._looked_at = float("-inf")

    def claimed(self, now: float) -> None:
        """A batch of more than a few jobs was claimed."""
        if 0 <= now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        left = self._left(now)
        if not self.run and left >= MANY:
            self.run = f"{DRAIN} {now:.3f}"
        if self.run:
            known = self._runs.get(self.run)
            done = sum(known.counts.values()) if known else 0
            self._runs.start(self.run, kind=DRAIN, total=done + left, at=now)

    def end(self, now: float) -> None:
        """Nothing is due any more, or everything waits."""
        if self.run:
            self._runs.finish(self.run, at=now)
            self.run, self._looked_at = "", float("-inf")


@contextmanager
def _best_effort() -> Iterator[None]:
    """Pass over a data folder that cannot be written: that must not stop the work or hide why it stops."""
    try:
        yield
    except StorageUnavailable as error:
        log.debug("%s", error)


def summary(counts: Mapping[str, int]) -> str:
    """Return counts in one line: "3 synced, 96 unchanged, 1 skipped (not_organized)"."""
    plain = [f"{count:,} {name}" for name, count in sorted(counts.items()) if ":" not in name]
    skipped = [f"{count:,} skipped ({name.partition(':')[2]})" for name, count in sorted(counts.items()) if ":" in name]
    return ", ".join(plain + skipped)
