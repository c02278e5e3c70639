"""How long to wait before the next write, from the answer times of the last ones. Pure."""

from dataclasses import dataclass
from typing import Final

SLOW_S: Final = 1.0
"""An answer to a write that takes longer means that Plex's database is loaded. A healthy server answers in tens of milliseconds."""
MAX_PAUSE_S: Final = 30.0
_WEIGHT: Final = 0.3
_BUSY_S: Final = 4.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The smoothed answer time of the writes, and the pause that follows from it: none for a fast server, as long as an answer for a slow one."""

    answer_time_s: float = 0.0

    def after(self, answer_s: float, *, busy: bool = False) -> "Pace":
        """The pace after one more write. One that was refused as `busy` counts at once and doubles; fast answers make up for it step by step."""
        if busy:
            return Pace(min(MAX_PAUSE_S, max(_BUSY_S, answer_s, 2 * self.answer_time_s)))
        if not self.answer_time_s:
            return Pace(answer_s)
        return Pace(self.answer_time_s + _WEIGHT * (answer_s - self.answer_time_s))

    @property
    def pause_s(self) -> float:
        """Seconds to leave Plex alone between the end of a write and the next one."""
        return min(self.answer_time_s, MAX_PAUSE_S) if self.answer_time_s > SLOW_S else 0.0
