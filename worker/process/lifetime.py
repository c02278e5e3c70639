"""The main thread of the worker process: it takes connections from the pipe, and leaves when there is a reason to."""

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from storage.errors import StorageDamaged
from worker.errors import FOLDER_ERRORS
from worker.installation import UpdateWatch
from worker.launch import is_stop, parse_message
from worker.outcome import PLEX_ADDRESS, PLEX_SETTINGS, PLEX_TOKEN, SETTINGS, STASH, STASH_LOGIN, USER
from worker.process.handover import is_requested

if TYPE_CHECKING:
    from types import FrameType

    from worker.process.pipe import Pipe
    from worker.processor import SyncWorker

log = logging.getLogger("stash2plex.worker")

POLL_WITHOUT_PIPE_S: Final = 0.1
CHECK_S: Final = 2.0  # how often the reasons to leave are looked at; more often where the idle time is shorter
CHECK_LEAST_S: Final = 0.1
UPDATE_CHECKS: Final = 3  # every third check looks for an update: that asks for the times of some 200 files
RETRY_GAP_S: Final = 1.0  # wake-ups of a bulk edit try a pause at most this often
STASH_AWAY_S: Final = 24 * 3600.0  # how long a Stash that does not come back is waited for

_ENDED_BY_A_HOOK: Final = frozenset({STASH, STASH_LOGIN, SETTINGS, PLEX_TOKEN, PLEX_ADDRESS, PLEX_SETTINGS, USER})
"""The pauses that a fresh connection, or another look at the settings, may end."""


class ExitReason(StrEnum):
    """Why the process ends."""

    IDLE = "nothing to do"
    STOPPED = "it was told to stop"
    UPDATED = "the plugin was updated"
    HANDOVER = "a successor with a fresh connection waits"
    REMOVED = "the plugin or its data folder was removed"
    STASH_GONE = "Stash did not come back"
    BROKEN = "its thread has died"
    REPLACED = "its lock or another of its files was removed or replaced"

    @property
    def wants_successor(self) -> bool:
        """Return whether another worker should start at once; the one of HANDOVER waits already."""
        return self in (ExitReason.UPDATED, ExitReason.BROKEN, ExitReason.REPLACED)


@dataclass
class Lifetime:
    """Owns the pipe, and runs the worker until an ExitReason holds.

    Attributes:
        offer: takes the connection (Stash's server_connection) of the latest hook.
        beat: called every CHECK_S.
        is_in_place: whether the lock and the open files are still the ones by their names.
        is_awaited_by_plex: whether Plex may still fetch something from us.
        is_awaited: whether a hook came behind the order to leave.
    """

    worker: "SyncWorker"
    pipe: "Pipe"
    offer: Callable[[dict[str, Any]], None]
    updates: UpdateWatch
    data_dir: str
    idle_s: Callable[[], float]
    is_removed: Callable[[], bool]
    beat: Callable[[], None]
    is_in_place: Callable[[], bool]
    is_awaited_by_plex: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    first_lines: list[bytes] = field(default_factory=list)
    is_awaited: bool = False
    _is_stopped: bool = False
    _busy_at: float = 0.0
    _tried_at: float = 0.0
    _checks: int = 0
    _owes_retry: bool = False
    _looked_removed: bool = False
    _looked_asked: bool = False
    _stash_away_at: float | None = None

    def run(self) -> ExitReason:
        """Work until there is a reason to leave; then the thread was told to stop, and hooks find no reader."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        self._busy_at = self.clock()
        self._take([*self.first_lines, *self.pipe.read()])
        self.worker.start()
        while True:
            reason = self._wait_for_reason()
            self._end_thread(reason)
            self.pipe.deafen()
            # A hook that still found the pipe open has queued or spooled its save before: this look sees it.
            if reason is not ExitReason.IDLE or self._is_idle():
                return reason
            self.pipe.open()
            self._busy_at = self.clock()
            self._take(self.pipe.read())
            self.worker.start()

    def _end_thread(self, reason: ExitReason) -> None:
        """Stop the thread. Without an order to leave, a request may end by its own timeout."""
        while not self.worker.stop() and reason is not ExitReason.STOPPED and not self._is_stopped:
            log.info("A request is still under way; waiting for its end")

    def _is_idle(self) -> bool:
        try:
            return self.worker.is_idle
        except FOLDER_ERRORS:
            return False  # it cannot be told

    def _wait_for_reason(self) -> ExitReason:
        checked_at = 0.0
        while True:
            self._take(self._lines())
            if self._is_stopped:
                return ExitReason.STOPPED
            self._retry_if_owed()
            if self.clock() - checked_at >= self._check_s():
                checked_at = self.clock()
                reason = self._check()
                if reason is not None:
                    return reason

    def _check(self) -> ExitReason | None:
        """Do what is done every few seconds; return a reason to leave. A file that cannot be used right now is none."""
        try:
            self._renew_pipe()
            self.beat()
            return self._reason()
        except StorageDamaged as error:
            self.worker.damage = error
            return ExitReason.BROKEN
        except (*FOLDER_ERRORS, OSError) as error:
            log.warning("The data folder cannot be looked after now: %s", error)
            return None

    def _renew_pipe(self) -> None:
        """Hooks count on finding us: what they write to a pipe of another is lost."""
        if self.pipe.is_lost:
            log.warning("The worker's pipe was removed or replaced; it is made again")
        self._take(self.pipe.renew())

    def _check_s(self) -> float:
        return min(CHECK_S, max(CHECK_LEAST_S, self.idle_s()))

    def _lines(self) -> list[bytes]:
        if self.pipe.is_open:
            return self.pipe.wait(RETRY_GAP_S if self._owes_retry else self._check_s())
        time.sleep(POLL_WITHOUT_PIPE_S)
        return []

    def _take(self, lines: list[bytes]) -> None:
        is_asked = False
        for line in lines:
            if is_stop(line):
                self._is_stopped = True
                continue
            self.is_awaited |= self._is_stopped
            connection = parse_message(line)
            if connection is not None:
                is_asked |= bool(connection.get("settings_changed"))  # a task or a click: there is a person who waits
                self.offer(connection)
        if lines:
            self._busy_at = self.clock()
            self._owes_retry = self._can_end_pause(is_asked=is_asked)
            # Without a pause it only says that what fails now was asked with an older cookie.
            self.worker.wake(retry_now=self.worker.pause is None)
            self._retry_if_owed()

    def _retry_if_owed(self) -> None:
        """Try to end the pause with what came in: a fresh cookie, or a chance to look at changed settings."""
        if self._owes_retry and self.clock() - self._tried_at >= RETRY_GAP_S:
            self._owes_retry, self._tried_at = False, self.clock()
            self.worker.wake(retry_now=True)

    def _can_end_pause(self, *, is_asked: bool) -> bool:
        pause = self.worker.pause
        return pause is not None and (is_asked or pause.kind in _ENDED_BY_A_HOOK)

    def _reason(self) -> ExitReason | None:
        thread = self.worker.thread
        if thread is None or not thread.is_alive():
            return ExitReason.BROKEN
        if self._is_removed_for_good():
            return ExitReason.REMOVED
        if not self._looked_removed and not self.is_in_place():
            return ExitReason.REPLACED
        self._checks += 1
        if self._checks % UPDATE_CHECKS == 0 and self.updates.is_updated():
            return ExitReason.UPDATED
        if self._is_stash_gone():
            return ExitReason.STASH_GONE
        return self._asked_in_line() or self._idle()

    def _is_removed_for_good(self) -> bool:
        """Return True from the second look on: an update removes the old files before it brings the new ones."""
        looked_removed, self._looked_removed = self._looked_removed, self.is_removed()
        return looked_removed and self._looked_removed

    def _asked_in_line(self) -> ExitReason | None:
        """Return HANDOVER where all waits for a fresh connection, and who has one does not reach our pipe.

        From the second look on: a pipe that was lost is there again since the first one.
        """
        looked_asked, self._looked_asked = (
            self._looked_asked,
            self._can_end_pause(is_asked=False) and is_requested(self.data_dir),
        )
        return ExitReason.HANDOVER if looked_asked and self._looked_asked else None

    def _idle(self) -> ExitReason | None:
        if not self.worker.is_idle or self.is_awaited_by_plex():
            self._busy_at = self.clock()
        return ExitReason.IDLE if self.clock() - self._busy_at >= self.idle_s() else None

    def _is_stash_gone(self) -> bool:
        pause = self.worker.pause
        if pause is None or pause.kind != STASH:
            self._stash_away_at = None
            return False
        if self._stash_away_at is None:
            self._stash_away_at = self.clock()
        return self.clock() - self._stash_away_at > STASH_AWAY_S

    def _on_signal(self, number: int, _frame: "FrameType | None") -> None:
        log.info("Signal %d", number)
        self._is_stopped = True
        self.pipe.poke()
