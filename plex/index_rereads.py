"""When a section is read whole again for its news, because Plex does not say what is new. Knows no server but through a walk."""

from collections.abc import Callable
from typing import Final

from plex.index_walk import SectionWalk
from plex.model import Section

WHOLE_AGAIN_S: Final = 15 * 60.0
"""A large section is read whole so often: what changed in it and did not make it larger or smaller is known by then."""

_SOON_S: Final = 60.0
_SHARE: Final = 20
"""A reading is followed by a rest of so many times as long, at least."""


class Rereads:
    """Remembers when each section was read whole for its news last. `clock`: epoch seconds; one that was set back waits for nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._read: dict[int, tuple[float, float]] = {}  # section key to when that ended, and how long it took

    def news(self, section: Section, walk: SectionWalk, build: int) -> int:
        """As `SectionWalk.news`, by reading everything; 0 where it is not time for that. Asks for the total in any case."""
        total = walk.total()
        if not walk.is_small(total) and not self._is_due(section, is_other=total != walk.known_total()):
            return 0
        began_at = self._clock()
        listed = walk.whole(build)
        self._read[section.key] = (self._clock(), self._clock() - began_at)
        return listed

    def _is_due(self, section: Section, *, is_other: bool) -> bool:
        if section.key not in self._read:
            return True
        ended_at, took_s = self._read[section.key]
        wait_s = max(_SOON_S if is_other else WHOLE_AGAIN_S, _SHARE * took_s)
        return not ended_at <= self._clock() < ended_at + wait_s
