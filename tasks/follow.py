"""Following the worker while it drains the queue: keep it alive, and say progress, speed and time left."""

import os
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from logs import stash as log
from logs.words import counted, span
from logs.worker_log import tail
from records import PauseSpan
from sync_queue.lock import is_worker_alive
from sync_queue.questions import QueueOverview, overview
from tasks.context import TaskContext, TaskError
from tasks.status import pause_text
from worker.activity_log import PAUSED_AT, WAITING
from worker.launch import STDERR_NAME
from worker.sync.unwritten import asked

POLL_S: Final = 0.2
_REST: Final = (
    5.0  # a look is followed by a rest this many times as long: counting a million rows must not become the work
)
_SUPERVISE_S: Final = 0.5  # how often the worker's life is looked at
DEAD_S: Final = 1.0
"""No worker for so long: it did not come alive, or has died."""

SLOW_S: Final = 20.0
"""So long a worker that does not say why it cannot begin may take to, on a cold disk or a busy machine.

As long a pause of before is not believed that no worker has met again since the task began.
"""

STEADY_S: Final = 5.0
"""A worker that lived for so long was a good one: the tries are counted anew."""

TRIES: Final = 2
_STDERR_LINES: Final = 3
LOG_S: Final = 5.0
"""The first report comes after so long, each further one after twice as long: Stash's log keeps 30 lines."""

MOST_LOG_S: Final = 600.0
HOW_TO_STOP: Final = (
    "Stopping this task in Stash does not stop the worker. "
    "To stop it, turn on the setting paused or run Clear Pending Queue"
)
SPEED_S: Final = 20.0  # the speed is that of the last seconds
PATIENCE_S: Final = 3.0
"""After so long a pause the task ends; at once where the worker has just met one that only a person can end."""

SOON_S: Final = 2.0
"""A job that is due again so soon is waited for: it was only put off, to ask Plex what is new for example."""

_AWAY: Final = frozenset({"plex", "stash"})
_ENDS: Final = ("synced", "unchanged", WAITING, "dead")
_ALSO: Final[Mapping[str, str]] = {"expanded": "expanded into scenes", "dropped": "gone from Stash"}
_SKIPPED: Final = "skipped:"


@dataclass(frozen=True, slots=True)
class DrainState:
    """The queue and the records at one moment; `counts` of all time, `paused_at`: when the last pause was met."""

    at: float
    queue: QueueOverview
    counts: Mapping[str, int]
    pause: PauseSpan | None
    paused_at: float

    @property
    def is_drained(self) -> bool:
        """Whether no job is due or will be in a moment, and none was put off only because everything is paused."""
        queue = self.queue
        is_soon = queue.next_due_at is not None and queue.next_due_at - self.at < SOON_S
        return not queue.left and not (queue.waiting and (is_soon or self.pause is not None))


_UNSEEN: Final = DrainState(0.0, QueueOverview(), {}, None, 0.0)


class Follower:
    """Wakes the worker, follows it and starts it again if it dies; it lives on afterwards.

    What it tells is counted from the first `tick`: a pause that the worker meets before then is older than the task.
    `total` may grow while jobs are still being queued; the bar begins at `bar_from`.
    """

    def __init__(self, context: TaskContext, bar_from: float = 0.0) -> None:
        """Raises TaskError where Stash gave no connection, which the worker needs, or no process can be started."""
        context.need_connection()
        self._context = context
        self._stderr = os.path.join(context.data_dir, STDERR_NAME)
        self._bar_from = bar_from
        self._tries = 0
        self._alive_since: float | None = None
        self._dead_since: float | None = None
        self._began_at = context.clock()
        self._is_late = False
        self._start()
        self._first = self._last = _UNSEEN
        self.total = 0
        self._speeds: deque[tuple[float, int]] = deque()
        self._supervised_at = self._logged_at = context.clock()
        self._log_s = LOG_S
        self._paused_since: float | None = None
        self._bar = -1.0

    def began(self) -> None:
        """Say that what is followed is in the queue now, and may itself end a pause: one of before counts for nothing.

        The worker, which was woken before, may have met that in between; then it is asked to look again.
        """
        self._began_at = self._context.clock()
        self._is_late = True

    def tick(self) -> DrainState:
        """Look once: keep the worker alive, move the bar, tell how far it is. Raise TaskError if none stays alive."""
        now = self._context.clock()
        if now - self._supervised_at >= _SUPERVISE_S:
            self._supervised_at = now
            self._supervise(now)
        state = self._look()
        if self._is_late and self._is_of_before(state) and is_worker_alive(self._context.data_dir):
            self._is_late = False
            self._context.wake()
        if self._first is _UNSEEN:
            self._first = self._last = state
        if state.pause is None or state.counts != self._last.counts:
            self._paused_since = None
        elif self._paused_since is None:
            self._paused_since = now
        self._last = state
        self.total = max(self.total, state.queue.left)
        done = self.total - state.queue.left
        self._show(done)
        self._note_speed(done, now)
        if now - self._logged_at >= self._log_s:
            self._say(state, done, now)
        return state

    def drain(self, is_done: Callable[[DrainState], bool] = lambda state: state.is_drained) -> PauseSpan | None:
        """Follow until `is_done` (default: until nothing is due), or a pause, which is returned, lasts too long."""
        while True:
            state = self.tick()
            if is_done(state):
                return None
            if self._is_paused_for_good():
                return state.pause
            self._context.sleep(max(POLL_S, _REST * (self._context.clock() - state.at)))

    def answer(self, before: str, pause: PauseSpan | None) -> dict[str, Any]:
        """Say, behind what was done `before`, what was done, what waits and the `pause` that ended the drain.

        Returns:
            `{"text": "3 synced, …", "synced": 3, "unchanged": 0, "waiting": 0, "dead": 0, "skipped": {"no_file": 1},
            "paused": None, "left": 0, "later": 0}`
        """
        counts, queue = self._counts(), self._last.queue
        skipped = {name.removeprefix(_SKIPPED): count for name, count in counts.items() if name.startswith(_SKIPPED)}
        left = queue.left + (queue.waiting if pause else 0)
        done = [f"{counts[name]:,} {name}" for name in _ENDS]
        done += [f"{counts[name]:,} {words}" for name, words in _ALSO.items() if counts[name]]
        done += [f"{count:,} skipped ({reason})" for reason, count in sorted(skipped.items())]
        parts = [before, ", ".join(done)]
        if pause is not None:
            paused = pause_text(pause, self._context.clock())
            parts.append(f"{paused}; {counted(left, 'job')} left")
        elif queue.waiting:
            parts.append(f"{counted(queue.waiting, 'job')} left for a later try (see View Queue Status)")
        with self._context.records() as records:
            held = records.emptyings.held()
        parts += [asked(held)] if held.items else []
        text = ". ".join(filter(None, parts))
        (log.warning if pause else log.info)(text)
        return {
            "text": text,
            **{name: counts[name] for name in _ENDS},
            "skipped": skipped,
            "paused": {"kind": pause.kind, "reason": pause.reason, "since": pause.started_at} if pause else None,
            "left": left,
            "later": queue.waiting,
        }

    def _counts(self) -> Counter[str]:
        """Return what was done since the beginning, by the name of its end."""
        counts = Counter(self._last.counts)
        counts.subtract(self._first.counts)
        # The worker counts each time that a job is put off; people want to know how many jobs those are.
        counts[WAITING] = min(counts[WAITING], self._last.queue.waiting)
        return +counts

    def _look(self) -> DrainState:
        now = self._context.clock()
        queue = overview(self._context.queue_dir, now)
        with self._context.records() as records:
            counts, pause = records.runs.lifetime(), records.pauses.current()
            paused_at = float(records.facts.get(PAUSED_AT) or 0.0)
        return DrainState(now, queue, counts, pause, paused_at)

    def _supervise(self, now: float) -> None:
        if is_worker_alive(self._context.data_dir):
            self._dead_since = None
            self._alive_since = self._alive_since or now
            if now - self._alive_since >= STEADY_S:
                self._tries = 0
            return
        self._alive_since = None
        self._dead_since = self._dead_since or now
        is_last = self._tries >= TRIES
        if now - self._dead_since >= (SLOW_S if is_last and not self._gave_reason(self._dead_since) else DEAD_S):
            self._start()

    def _gave_reason(self, since: float) -> bool:
        """Return whether a worker has said since then why it cannot begin."""
        try:
            return os.stat(self._stderr).st_mtime >= since
        except OSError:
            return False

    def _start(self) -> None:
        self._dead_since = self._context.clock()  # until it is seen alive
        if self._tries >= TRIES:
            last = tail(self._stderr, _STDERR_LINES)
            words = f"; the last one said: {' | '.join(last)}" if last else ""
            raise TaskError(f"no worker process stays alive{words}. What is queued waits for the next one")
        self._tries += 1
        self._context.wake()

    def _is_paused_for_good(self) -> bool:
        pause = self._last.pause
        if pause is None or self._paused_since is None:
            return False
        is_met_anew = not self._is_of_before(self._last)
        if is_met_anew and pause.kind not in _AWAY:
            return True
        return self._last.at - self._paused_since >= (PATIENCE_S if is_met_anew else SLOW_S)

    def _is_of_before(self, state: DrainState) -> bool:
        """Return whether no worker has met the pause since this began."""
        return state.pause is not None and state.paused_at < self._began_at

    def _show(self, done: int) -> None:
        bar = self._bar_from + (1.0 - self._bar_from) * (done / self.total if self.total else 1.0)
        if bar > self._bar:  # it never goes back: a pause puts jobs off, and saves bring new ones
            self._bar = bar
            log.progress(bar)

    def _note_speed(self, done: int, now: float) -> None:
        self._speeds.append((now, done))
        while self._speeds[-1][0] - self._speeds[0][0] > SPEED_S:
            self._speeds.popleft()

    def _say(self, state: DrainState, done: int, now: float) -> None:
        if self._log_s == LOG_S:
            log.info(HOW_TO_STOP)
        self._logged_at, self._log_s = now, min(2 * self._log_s, MOST_LOG_S)
        (began_at, before), (ended_at, _) = self._speeds[0], self._speeds[-1]
        speed = (done - before) / (ended_at - began_at) if ended_at > began_at else 0.0
        if state.pause is not None:
            how = f"; paused: {state.pause.reason}"
        elif speed > 0:
            how = f", {speed:.1f} a second, {span(state.queue.left / speed)} left"
        else:
            how = ", the worker is busy"
        log.info(f"{done:,} of {self.total:,} done{how}")
