"""What becomes of a job, and how long it waits: pure functions of error, attempts and a drawn `jitter` (0 to 1)."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from plex import errors as plex
from stash import errors as stash
from sync_queue.settling import LongestWaits
from worker.errors import (
    HeldError,
    NotConfiguredError,
    NotInPlexError,
    NotLookedForError,
    OfOtherStashError,
    OtherFileError,
    OtherStashError,
    PausedByUserError,
    PermanentError,
    UnreadableError,
)


@dataclass(frozen=True, slots=True)
class Ack:
    """Done."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at `due_at`; `attempt` attempts are used. `planned_at` is when one more may be, if that is later."""

    due_at: float
    attempt: int
    planned_at: float | None = None


@dataclass(frozen=True, slots=True)
class Dead:
    """No more tries: a dead letter after `attempt` attempts."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Everything stops until `until`; no attempt is used. `kind` says whom we wait for."""

    kind: str
    until: float


Outcome: TypeAlias = Ack | Retry | Dead | Pause

PLEX: Final = "plex"
PLEX_TOKEN: Final = "plex_token"  # noqa: S105 - the name of a setting
PLEX_ADDRESS: Final = "plex_address"
PLEX_SETTINGS: Final = "plex_settings"
STASH: Final = "stash"
STASH_LOGIN: Final = "stash_login"
STASH_MIGRATION: Final = "stash_migration"
STASH_VERSION: Final = "stash_version"
SETTINGS: Final = "settings"
USER: Final = "user"
OTHER_STASH: Final = "other_stash"

PAUSES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (plex.PlexUnauthorized, PLEX_TOKEN),
    (plex.PlexTokenElsewhere, PLEX_ADDRESS),
    (plex.PlexMisconfigured, PLEX_SETTINGS),
    (plex.PlexProtocolError, PLEX_SETTINGS),
    (plex.PlexUnreachable, PLEX),
    (plex.PlexReconnected, PLEX),
    (plex.PlexBusy, PLEX),
    (stash.StashUnauthorized, STASH_LOGIN),
    (stash.StashUnfit, STASH_VERSION),
    (stash.StashMigrating, STASH_MIGRATION),
    (stash.StashRejected, STASH),
    (stash.StashUnreachable, STASH),
    (NotConfiguredError, SETTINGS),
    (PausedByUserError, USER),
    (OtherStashError, OTHER_STASH),
)
"""The errors that stop everything, and whom everything waits for then; the first that fits counts."""

PAUSING_ERRORS: Final = tuple(error_type for error_type, _ in PAUSES)
_PATIENT: Final = (NotLookedForError, OfOtherStashError, HeldError)
_DEAD_AT_ONCE: Final = (PermanentError, plex.PlexRejected)

RETRY_BASE_S: Final = 5.0
RETRY_MOST_S: Final = 3600.0

NOT_IN_PLEX_S: Final = (30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0, 72 * 3600.0)
"""Waits for a file that Plex does not have yet: Plex scans within minutes, a sleeping disk array within days."""

NOT_IN_PLEX_JITTER: Final = 0.1
"""The part of each of these waits that is drawn."""

LOOK_AGAIN_S: Final = 1.0
"""Until Plex may be asked again what is new."""

HELD_S: Final = 24 * 3600.0
"""Until it is looked whether what is held would still be emptied. The answer makes it due at once."""

OTHER_STASH_S: Final = 3600.0
"""How often a job of another Stash is looked at, to see whether that has become the one of this data folder."""

PAUSE_BASE_S: Final = 1.0
PAUSE_MOST_S: Final = 30.0
"""The longest time between two probes, and so between the end of a pause and the first save that arrives."""

RETRY_AFTER_MOST_S: Final = 300.0
"""The longest pause that a server may ask for (Retry-After): no hook ends it."""

LONGEST_WAITS: Final = LongestWaits(
    untried_s=PAUSE_MOST_S,
    tried_s=RETRY_MOST_S,
    patient=(NotInPlexError.__name__, OtherFileError.__name__, UnreadableError.__name__, HeldError.__name__),
    patient_s=NOT_IN_PLEX_S[-1] * (1.0 + NOT_IN_PLEX_JITTER),
)
"""What no job waits longer than, whatever the clock said when its due time was made."""


def decide(
    error: Exception | None,
    attempts: int,
    *,
    max_retries: int,
    now: float,
    jitter: float,
    probe: int = 1,
    planned_at: float | None = None,
) -> Outcome:
    """Return what becomes of a job that ended in `error` (None: it is done) after `attempts` attempts before this one.

    `now` is in epoch seconds; `probe` counts from 1 how often in a row everything paused. `planned_at` is when the job
    was to be tried again, if it was brought before that (by a save of the scene, Sync All, a person): such a try uses
    no attempt. An error that nothing here names is tried again like a transient one, at the cost of an attempt.
    """
    if error is None:
        return Ack()
    kind = pause_kind(error)
    if kind is not None:
        return Pause(kind, now + _pause_s(error, probe, jitter))
    if isinstance(error, _PATIENT):
        return _without_an_attempt(error, attempts, planned_at, now)
    if planned_at is None or isinstance(error, _DEAD_AT_ONCE):
        return _after_an_attempt(error, attempts + 1, max_retries, now, jitter)
    if isinstance(error, NotInPlexError):
        return Retry(planned_at, attempts)
    # It waited for days for its file; now that the file is there, what fails otherwise need not wait as long.
    return Retry(min(planned_at, now + retry_delay_s(attempts + 1, jitter)), attempts, planned_at)


def _without_an_attempt(error: Exception, attempts: int, planned_at: float | None, now: float) -> Retry:
    if isinstance(error, HeldError):
        # The answer does not bring it before its time: what fails then has failed, and uses an attempt.
        return Retry(now + HELD_S, attempts, now if planned_at is None else planned_at)
    return Retry(now + (LOOK_AGAIN_S if isinstance(error, NotLookedForError) else OTHER_STASH_S), attempts, planned_at)


def _after_an_attempt(error: Exception, attempt: int, max_retries: int, now: float, jitter: float) -> Retry | Dead:
    if isinstance(error, NotInPlexError):
        delay_s = not_in_plex_delay_s(attempt, jitter)
    elif isinstance(error, _DEAD_AT_ONCE) or attempt >= max_retries:
        delay_s = None
    else:
        delay_s = retry_delay_s(attempt, jitter)
    return Dead(attempt) if delay_s is None else Retry(now + delay_s, attempt)


def pause_kind(error: Exception) -> str | None:
    """Return whom everything waits for after `error`, or None where it is the job's own."""
    return next((kind for cause, kind in PAUSES if isinstance(error, cause)), None)


def _pause_s(error: Exception, probe: int, jitter: float) -> float:
    if isinstance(error, plex.PlexBusy) and error.retry_after_s is not None:
        return min(max(error.retry_after_s, 0.1), RETRY_AFTER_MOST_S)
    return pause_s(probe, jitter)


def retry_delay_s(attempt: int, jitter: float) -> float:
    """Return the seconds before attempt `attempt` + 1: 5, 10, 20, … RETRY_MOST_S, less up to a half by `jitter`."""
    full = min(RETRY_MOST_S, RETRY_BASE_S * 2.0 ** min(max(attempt, 1) - 1, 30))
    return full * (1.0 - 0.5 * _clamped(jitter))


def not_in_plex_delay_s(attempt: int, jitter: float) -> float | None:
    """Return the seconds before a missing file is looked for again, or None after the last look (about four days)."""
    if attempt > len(NOT_IN_PLEX_S):
        return None
    return NOT_IN_PLEX_S[max(attempt, 1) - 1] * (1.0 + NOT_IN_PLEX_JITTER * _clamped(jitter))


def pause_s(probe: int, jitter: float) -> float:
    """Return the seconds before probe `probe` (from 1): 1, 2, 4, … PAUSE_MOST_S, less up to a quarter by `jitter`."""
    full = min(PAUSE_MOST_S, PAUSE_BASE_S * 2.0 ** min(max(probe, 1) - 1, 30))
    return full * (1.0 - 0.25 * _clamped(jitter))


def _clamped(jitter: float) -> float:
    return min(1.0, max(0.0, jitter))
