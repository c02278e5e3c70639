"""How many scenes were synced, and how many tries failed, in each hour of the last day. Pure."""

from collections.abc import Sequence
from typing import Final

HOUR_S: Final = 3600
HOURS_SHOWN: Final = 24

Row = tuple[int, int, int]
"""The hour (since the epoch), how many were synced in it, and how many tries failed."""


def with_counts(known: Sequence[Sequence[int]], now: float, synced: int, failed: int) -> list[Row]:
    """Return the rows `known` with what was done just now; those further away than a day, of any clock, are dropped."""
    hour = int(now // HOUR_S)
    rows = {at: (done, lost) for at, done, lost in known if abs(hour - at) < HOURS_SHOWN}
    done, lost = rows.get(hour, (0, 0))
    rows[hour] = (done + synced, lost + failed)
    return [(at, *rows[at]) for at in sorted(rows)]


def last_day(known: Sequence[Sequence[int]], now: float) -> list[Row]:
    """Return a row for each of the last 24 hours, this one last."""
    hour = int(now // HOUR_S)
    rows = {at: (done, lost) for at, done, lost in known}
    return [(at, *rows.get(at, (0, 0))) for at in range(hour - HOURS_SHOWN + 1, hour + 1)]
