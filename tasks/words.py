"""Numbers and times as people read them. Pure."""

import time
from collections.abc import Mapping
from typing import Any, Final

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0
SKIPPED: Final = "skipped:"
_SAID: Final = ("synced", "unchanged", "waiting", "dead")
_ALSO: Final = {"expanded": "expanded into scenes", "dropped": "gone from Stash"}


def span(seconds: float) -> str:
    """A length of time: "8 s", "12 min", "3.5 h", "4 days"."""
    seconds = max(0.0, seconds)
    if seconds < 1.5 * _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < 1.5 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    return f"{seconds / _HOUR_S:.1f} h" if seconds < 2 * _DAY_S else f"{seconds / _DAY_S:.0f} days"


def moment(at: float) -> str:
    """A point in time, in local time as the worker's log has it: "2026-11-23 14:02:11"."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    except (OverflowError, ValueError, OSError):  # a time that no clock shows, out of a damaged row
        return "an unknown time"


def counted(number: int, one: str, several: str = "") -> str:
    """A number and its noun, as "1 job" or "1,204 jobs": the plural is given where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def by_kind(counts: Mapping[str, int]) -> str:
    """Counts by name, as "3 NotInPlexError, 1 PlexRejected"; "none" where there are none."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


def summary(counts: Mapping[str, int]) -> dict[str, Any]:
    """The worker's counters as an answer: `{"text": "3 synced, …", "synced": 3, "unchanged": 0, "waiting": 0, "dead": 0, "skipped": {"not_organized": 1}}`."""
    skipped = {
        name.removeprefix(SKIPPED): count for name, count in counts.items() if name.startswith(SKIPPED) and count
    }
    parts = [f"{counts.get(name, 0):,} {name}" for name in _SAID]
    parts += [f"{counts[name]:,} {words}" for name, words in _ALSO.items() if counts.get(name)]
    parts += [f"{count:,} skipped ({reason})" for reason, count in sorted(skipped.items())]
    return {"text": ", ".join(parts), **{name: counts.get(name, 0) for name in _SAID}, "skipped": skipped}
