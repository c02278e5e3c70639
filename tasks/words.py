"""Numbers and times as people read them. Pure."""

import time
from collections.abc import Mapping
from typing import Any, Final

SKIPPED: Final = "skipped:"
_SAID: Final = ("synced", "unchanged", "waiting", "dead")
_ALSO: Final = {"expanded": "expanded into scenes", "dropped": "gone from Stash"}


def moment(at: float) -> str:
    """A point in time, in local time as the worker's log has it: "2026-11-23 14:02:11"."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    except (OverflowError, ValueError, OSError):  # a time that no clock shows, out of a damaged row
        return "an unknown time"


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
