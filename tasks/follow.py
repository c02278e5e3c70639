"""Following the worker: progress, speed and time left, until nothing is due any more or everything is paused."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from logs import stash as log
from logs.words import counted, span
from records import Pause
from sync_queue.stats import overview
from tasks.context import TaskContext
from tasks.keeping import Keeper
from tasks.status import pause_text
from tasks.words import summary
from worker.activity_log import PAUSED_AT, WAITING
from worker.sync.question import asked

POLL_S: Final = 0.2
_REST: Final = 5.0  # rest so many times as long as a look took
KEEP_S: Final = 0.5  # how often the worker's life is looked at
LOG_S: Final = 5.0
"""How far it is is said after so long, then after twice as long each time: Stash's log keeps 30 lines."""

MOST_LOG_S: Final = 600.0
HOW_TO_STOP: Final = "Stopping this task in Stash does not stop the worker. To stop it, turn on the setting paused or run Clear Pending Queue"
SPEED_S: Final = 20.0  # the speed is that of so many last seconds
PATIENCE_S: Final = 3.0
"""A pause may end by itself soon; after so long the task ends. One that only a person can end needs no more than to be met once."""

SOON_S: Final = 2.0
"""A job that is due again so soon is waited for: it was only put off, for a look at what is new in Plex for one."""

_AWAY: Final = frozenset({"plex", "stash"})


@dataclass(frozen=True, slots=True)
class Look:
    """The queue and the records at one moment.

    Attributes:
        due: jobs that can be worked on, or are.
        later: jobs that wait for their time.
        counts: of all that the worker ever did.
        paused_at: when the worker met the reason of a pause last.
    """

    at: float
    due: int
    later: int
    next_due_at: float | None
    counts: Mapping[str, int]
    pause: Pause | None
    paused_at: float

    @property
    def is_drained(self) -> bool:
        """Whether there is nothing to wait for: no job is due or will be in a moment, and none was put off only because everything is paused."""
        is_soon = self.next_due_at is not None and self.next_due_at - self.at < SOON_S
        return not self.due and not (self.later and (is_soon or self.pause is not None))


@dataclass(frozen=True, slots=True)
class End:
    """How following ended: `counts` of what was done meanwhile, what is left, and the `pause` if that is why."""

    counts: Mapping[str, int]
    last: Look
    pause: Pause | None = None


class Follower:
    """Follows the worker of `keeper`. `total` may grow while jobs are still being queued; the bar begins at `bar_from`."""

    def __init__(self, context: TaskContext, keeper: Keeper, bar_from: float = 0.0) -> None:
        self._context = context
        self._keeper = keeper
        self._bar_from = bar_from
        self._first = self._last = self.look()
        self.total = self._first.due
        self._speeds: deque[tuple[float, int]] = deque()
        self._kept_at = self._logged_at = context.clock()
        self._log_s = LOG_S
        self._paused_since: float | None = None
        self._progress = -1.0

    def look(self) -> Look:
        """What the queue and the records say now."""
        now = self._context.clock()
        queue = overview(self._context.queue_dir, now)
        with self._context.records() as records:
            counts, pause = records.runs.lifetime(), records.pauses.current()
            paused_at = float(records.facts.get(PAUSED_AT) or 0.0)
        later = queue.waiting
        return Look(now, queue.pending - later + queue.in_progress, later, queue.next_due_at, counts, pause, paused_at)

    def tick(self) -> Look:
        """Look once: keep the worker alive, move the bar, say from time to time how far it is."""
        now = self._context.clock()
        if now - self._kept_at >= KEEP_S:
            self._kept_at = now
            self._keeper.look()
        look = self.look()
        self._note_pause(look, now)
        self._last = look
        self.total = max(self.total, look.due)
        done = max(0, self.total - look.due)
        self._show(self._bar_from + (1.0 - self._bar_from) * (done / self.total if self.total else 1.0))
        self._note_speed(done, now)
        if now - self._logged_at >= self._log_s:
            self._say(look, done, now)
        return look

    def drain(self, is_done: Callable[[Look], bool] = lambda look: look.is_drained) -> End:
        """Follow until `is_done` (by itself: until nothing is due), or until a pause has lasted too long to wait for its end."""
        while True:
            look = self.tick()
            if is_done(look):
                return End(self.done(), look)
            if self._is_paused_for_good():
                return End(self.done(), look, look.pause)
            # Counting a million rows takes a while: looking must not become the work.
            self._context.sleep(max(POLL_S, _REST * (self._context.clock() - look.at)))

    def done(self) -> dict[str, int]:
        """The worker's counts since this object was made."""
        first, last = self._first.counts, self._last.counts
        return {name: count - first.get(name, 0) for name, count in last.items() if count > first.get(name, 0)}

    def _say(self, look: Look, done: int, now: float) -> None:
        if self._log_s == LOG_S and not self._keeper.is_foreground:
            log.info(HOW_TO_STOP)
        self._logged_at = now
        self._log_s = min(2 * self._log_s, MOST_LOG_S)
        log.info(self._told(look, done))

    def _note_pause(self, look: Look, now: float) -> None:
        has_moved = look.counts != self._last.counts
        if look.pause is None or has_moved:
            self._paused_since = None
        elif self._paused_since is None:
            self._paused_since = now

    def _is_paused_for_good(self) -> bool:
        pause = self._last.pause
        if pause is None or self._paused_since is None:
            return False
        if pause.kind not in _AWAY and self._last.paused_at > self._first.at:
            return True
        return self._last.at - self._paused_since >= PATIENCE_S

    def _show(self, progress: float) -> None:
        if progress > self._progress:  # it never goes back: a pause puts jobs off, and saves bring new ones
            self._progress = progress
            log.progress(progress)

    def _note_speed(self, done: int, now: float) -> None:
        self._speeds.append((now, done))
        while self._speeds[-1][0] - self._speeds[0][0] > SPEED_S:
            self._speeds.popleft()

    def _told(self, look: Look, done: int) -> str:
        (began_at, before), (now, _) = self._speeds[0], self._speeds[-1]
        speed = (done - before) / (now - began_at) if now > began_at else 0.0
        told = f"{done:,} of {self.total:,} done"
        if look.pause is not None:
            return f"{told}; paused: {look.pause.reason}"
        return (
            f"{told}, {speed:.1f} a second, {span(look.due / speed)} left"
            if speed > 0
            else f"{told}, the worker is busy"
        )


def answer(end: End, context: TaskContext, keeper: Keeper, before: str = "") -> dict[str, Any]:
    """The answer of a task that followed the drain, said in the log too: summary, what waits for later, and the pause if there is one."""
    # The worker counts each time that a job is put off; people want to know how many jobs those are.
    counts = {**end.counts, WAITING: min(end.counts.get(WAITING, 0), end.last.later)}
    told = summary(counts)
    left = end.last.due + (end.last.later if end.pause else 0)
    parts = [part for part in (before, told["text"]) if part]
    if end.pause is not None:
        goes_on = "the next task goes on" if keeper.is_foreground else "the worker goes on by itself"
        parts.append(f"{pause_text(end.pause, context.clock())}; {counted(left, 'job')} left, {goes_on}")
    elif end.last.later:
        parts.append(f"{counted(end.last.later, 'job')} left for a later try (see View Queue Status)")
    with context.records() as records:
        held = records.emptyings.held()
    if held.items:
        parts.append(asked(held))
    words = ". ".join(parts)
    (log.warning if end.pause else log.info)(words)
    paused = {"kind": end.pause.kind, "reason": end.pause.reason, "since": end.pause.started_at} if end.pause else None
    return {**told, "text": words, "paused": paused, "left": left, "later": end.last.later}
