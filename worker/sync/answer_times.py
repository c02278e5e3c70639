"""Keeps when both servers answered last, and after how long, for whoever looks at how they are."""

from collections.abc import Callable
from typing import Final

from records import Records
from worker.facts import ANSWERS
from worker.sync.plex_link import PlexLink
from worker.sync.stash_link import StashLink

APART_S: Final = 10.0
"""No oftener is it kept: nobody looks more often."""


class AnswerTimes:
    """What both links had as an answer last. What one of them does not know, for it was made anew, stays as it was."""

    def __init__(self, records: Records, plex: PlexLink, stash: StashLink, clock: Callable[[], float]) -> None:
        self._facts = records.facts
        self._plex = plex
        self._stash = stash
        self._clock = clock
        self._kept_at = float("-inf")

    def keep(self) -> None:
        """Keep the last answers, unless that was done just now."""
        now = self._clock()
        if 0 <= now - self._kept_at < APART_S:
            return
        self._kept_at = now
        known = self._facts.get(ANSWERS) or {}
        found = {"plex": self._plex.answered, "stash": self._stash.answered, "stash_version": self._stash.version}
        self._facts.put(ANSWERS, {**known, **{name: value for name, value in found.items() if value}})
