"""The pause of a worker: whom everything waits for, and when its cause is probed again."""

from collections.abc import Callable
from typing import Final

from worker.errors import text_of
from worker.outcome import STASH_LOGIN, Pause
from worker.protocols import Report

HEALTHY_S: Final = 300.0
"""A pause that begins so long after the last one has ended is a new one, and its waits begin short again."""


class Pausing:
    """At most one pause at a time. Where the clock says a time before the pause began, its cause is probed.

    Attributes:
        pause: whom everything waits for, or None.
    """

    def __init__(self, report: Report, redact: Callable[[str], str]) -> None:
        self.pause: Pause | None = None
        self._report = report
        self._redact = redact
        self._began_at = float("-inf")
        self._left_at = float("-inf")
        self._looks = 0
        self._is_fresh = False  # whether a connection came in since the step began

    def next_look(self, now: float) -> int:
        """Return the number of the next look, from 1; the waits grow with it."""
        is_new = self.pause is None and not self._left_at <= now < self._left_at + HEALTHY_S
        return 1 if is_new else self._looks + 1

    def begin_step(self) -> None:
        """From now on a fresh connection is newer than what the step asks with."""
        self._is_fresh = False

    def hasten(self) -> None:
        """Make the next look due: a fresh connection came in, or settings were changed."""
        self._is_fresh = True
        if self.pause is not None:
            self.pause = Pause(self.pause.kind, 0.0)

    def wait_s(self, now: float) -> float:
        """Return the seconds until the next look; 0.0 where it is due, or nothing is waited for."""
        pause = self.pause
        if pause is None or not self._began_at <= now < pause.until:
            return 0.0
        return pause.until - now

    def enter(self, pause: Pause, error: Exception, now: float) -> None:
        """Begin or go on waiting because of `error`."""
        is_new = self.pause is None or self.pause.kind != pause.kind
        self._looks = self.next_look(now)
        self._began_at = now
        # What failed was asked with an older cookie, if a hook has brought one meanwhile.
        self.pause = Pause(pause.kind, 0.0) if self._is_fresh and pause.kind == STASH_LOGIN else pause
        self._report.paused(pause, self._redact(text_of(error)), now, is_new=is_new)

    def leave(self, now: float) -> None:
        """End the pause: a look went well."""
        self.pause = None
        self._left_at = now
        self._report.resumed(now)

    def progressed(self) -> None:
        """A job is done: the waits of the next pause begin short."""
        self._looks = 0
