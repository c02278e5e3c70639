"""How long to wait, as pure functions of the attempt. `jitter` is a number from 0 to 1 that the caller draws."""

from typing import Final

from sync_queue.settling import LongestWaits
from worker.errors import HeldError, NotInPlexError, OtherFileError, UnreadableError

RETRY_BASE_S: Final = 5.0
RETRY_MOST_S: Final = 3600.0

NOT_IN_PLEX_S: Final = (30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0, 72 * 3600.0)
"""Waits for a file that Plex does not have yet: Plex usually scans within minutes, a sleeping disk array within days."""

NOT_IN_PLEX_JITTER: Final = 0.1
"""The part of each of these waits that is drawn."""

LOOK_AGAIN_S: Final = 1.0
"""Until Plex may be asked again what is new."""

HELD_S: Final = 24 * 3600.0
"""Until it is looked whether what is held would still be emptied. The answer makes it due at once."""

PAUSE_BASE_S: Final = 1.0
PAUSE_MOST_S: Final = 30.0
"""Whatever keeps everything waiting is looked at this often at the least: so a save arrives at most this long after a server is back or a setting is mended.

Only a server that names a time itself (Retry-After) is given it, up to RETRY_AFTER_MOST_S.
"""

RETRY_AFTER_MOST_S: Final = 300.0
"""No hook ends a pause that a server asked for: a proxy that says "in an hour" must not hold up a save for so long."""


OTHER_STASH_S: Final = 3600.0
"""How often a job of a Stash that is not the one of this data folder is looked at, to see whether it has become that."""

LONGEST_WAITS: Final = LongestWaits(
    untried_s=PAUSE_MOST_S,
    tried_s=RETRY_MOST_S,
    patient=(NotInPlexError.__name__, OtherFileError.__name__, UnreadableError.__name__, HeldError.__name__),
    patient_s=NOT_IN_PLEX_S[-1] * (1.0 + NOT_IN_PLEX_JITTER),
)
"""What no job waits longer than, whatever the clock said when its due time was made."""


def retry_delay_s(attempt: int, jitter: float) -> float:
    """Seconds before attempt `attempt` + 1: `RETRY_BASE_S * 2**(attempt-1)`, at most RETRY_MOST_S, of which `jitter` takes away up to a half."""
    full = min(RETRY_MOST_S, RETRY_BASE_S * 2.0 ** min(max(attempt, 1) - 1, 30))
    return full * (1.0 - 0.5 * _clamped(jitter))


def not_in_plex_delay_s(attempt: int, jitter: float) -> float | None:
    """Seconds before a missing file is looked for again, or None once it was looked for often enough (after about four days)."""
    if attempt > len(NOT_IN_PLEX_S):
        return None
    return NOT_IN_PLEX_S[max(attempt, 1) - 1] * (1.0 + NOT_IN_PLEX_JITTER * _clamped(jitter))


def pause_s(probe: int, jitter: float) -> float:
    """Seconds before probe number `probe` (from 1) of a server that is away: 1, 2, 4, … at most PAUSE_MOST_S, of which `jitter` takes away up to a quarter."""
    full = min(PAUSE_MOST_S, PAUSE_BASE_S * 2.0 ** min(max(probe, 1) - 1, 30))
    return full * (1.0 - 0.25 * _clamped(jitter))


def asked_pause_s(retry_after_s: float) -> float:
    """Seconds to wait where a server asks for `retry_after_s`: a tenth of a second at least, RETRY_AFTER_MOST_S at most."""
    return min(max(retry_after_s, 0.1), RETRY_AFTER_MOST_S)


def _clamped(jitter: float) -> float:
    return min(1.0, max(0.0, jitter))
