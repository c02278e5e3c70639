"""The worker's report to people and to other processes: lines in its log, and what View Queue Status and the page show."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from logs.words import counted, span
from records import Records, Skip
from storage.errors import StorageUnavailable
from worker.drains import Drains
from worker.errors import HeldError
from worker.outcome import Ack, Dead, Outcome, Pause, Retry
from worker.report import CONTROL, Report, Result

log = logging.getLogger("stash2plex.worker")

LAST_SYNC_AT: Final = "last_sync_at"
PAUSED_AT: Final = "paused_at"
"""When the reason for the open pause was met last: a task that follows tells by it whether the pause is older than itself."""

WAITING: Final = "waiting"
DEAD: Final = "dead"

_SAID_ONE_BY_ONE: Final = 10
"""Up to so many scenes of a batch get a line each; of more the count is enough."""


class ActivityLog(Report):
    """Counts by outcome, remembers why scenes are not in Plex, and says it once a batch."""

    def __init__(self, records: Records, left: Callable[[float], int] = lambda _now: 0) -> None:
        """`left` counts what is due or in progress at a moment."""
        self._records = records
        self._drains = Drains(records, left)
        self._counts: Counter[str] = Counter()
        self._skips: list[Skip] = []
        self._done_at: dict[int, float] = {}
        self._lines: list[str] = []
        self._said: Counter[str] = Counter()

    def claimed(self, count: int, now: float) -> None:
        """`count` jobs were claimed."""
        _kept(lambda: self._drains.claimed(count, now))

    def settled(self, result: Result, outcome: Outcome, reason: str, now: float) -> None:
        """A job was settled."""
        scene_id = result.claimed.job["scene_id"]
        name = f"Scene {scene_id}" if scene_id is not None else result.claimed.job["job_key"]
        if isinstance(outcome, Ack):
            self._note_done(result, scene_id, name, now)
        elif isinstance(outcome, Retry):
            self._count(WAITING)
            if not isinstance(result.error, HeldError):  # the brake says it once for all of them
                self._lines.append(f"{name} waits {span(outcome.due_at - now)} (attempt {outcome.attempt}): {reason}")
            self._skip(result, type(result.error).__name__, reason, now)
        elif isinstance(outcome, Dead):
            self._count(DEAD)
            log.error("%s is a dead letter after %s: %s", name, counted(outcome.attempt, "attempt"), reason)
            self._skip(result, type(result.error).__name__, reason, now)

    def _note_done(self, result: Result, scene_id: int | None, name: str, now: float) -> None:
        if result.skip_code:
            self._count(f"skipped:{result.skip_code}")
            self._skip(result, result.skip_code, result.note, now)
            return
        self._count(result.kind)
        if result.problem:
            log.warning("%s: %s", name, result.problem)
        if result.kind == "synced":
            self._lines.append(f"{name}: {result.note}")
        elif result.kind == "expanded":
            self._lines.append(result.note)
        if scene_id is not None:
            self._done_at[scene_id] = now

    def flushed(self, now: float) -> None:
        """Make the counts durable, then say what was done."""
        if not self._counts or not _kept(lambda: self._keep_counts(now)):
            return
        if len(self._lines) <= _SAID_ONE_BY_ONE:
            for line in self._lines:
                log.info("%s", line)
        self._said += self._counts
        if self._counts.total() > 1:
            log.info("%s", summary(self._counts))
        self._counts, self._skips, self._done_at, self._lines = Counter(), [], {}, []

    def _keep_counts(self, now: float) -> None:
        with self._records.transaction():
            self._drains.add(self._counts)
            if self._skips:
                self._records.skips.record_many(self._skips)
            if self._done_at:
                self._records.skips.outdate(self._done_at)
            if self._counts.keys() != {CONTROL}:  # what a control job does is no sync
                self._records.facts.put(LAST_SYNC_AT, now)

    def paused(self, pause: Pause, reason: str, now: float, *, is_new: bool) -> None:
        """Everything waits."""
        if is_new:
            log.warning("Paused, nothing is lost: %s", reason)
        _kept(lambda: self._keep_pause(pause, reason, now))

    def _keep_pause(self, pause: Pause, reason: str, now: float) -> None:
        with self._records.transaction():
            self._records.pauses.open_pause(kind=pause.kind, reason=reason, at=now)
            self._drains.over(now)
            self._records.facts.put(PAUSED_AT, now)

    def resumed(self, now: float) -> None:
        """The pause is over."""
        _kept(lambda: self._keep_end(now))

    def _keep_end(self, now: float) -> None:
        current = self._records.pauses.current()
        self._records.pauses.close_pause(at=now)
        if current is not None:
            log.info("Going on after a pause of %s", span(current.length_s(now)))

    def drained(self, now: float) -> None:
        """Nothing is due."""
        _kept(lambda: self._drains.over(now))
        if self._said.total() > 1:
            log.info("Nothing is due any more. Since the last time: %s", summary(self._said))
        self._said.clear()

    def _count(self, name: str) -> None:
        self._counts[name] += 1

    def _skip(self, result: Result, code: str, text: str, now: float) -> None:
        scene_id = result.claimed.job["scene_id"]
        if scene_id is not None:
            self._skips.append(Skip(scene_id, code, text, now, result.scene_updated_at))


def _kept(write: Callable[[], None]) -> bool:
    """Whether what people are to see later could be written down. That it cannot, on a full disk say, must not stop the work or hide why it stops."""
    try:
        write()
    except StorageUnavailable as error:
        log.debug("%s", error)
        return False
    return True


def summary(counts: "Counter[str]") -> str:
    """Counts in one line: "3 synced, 96 unchanged, 1 skipped (not_organized)"."""
    plain = [f"{count:,} {name}" for name, count in sorted(counts.items()) if ":" not in name]
    skipped = [f"{count:,} skipped ({name.partition(':')[2]})" for name, count in sorted(counts.items()) if ":" in name]
    return ", ".join(plain + skipped)
