"""What becomes of a job: one pure function from (error, attempts) to a value. The worker only carries it out."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from plex import errors as plex
from stash import errors as stash
from worker.backoff import (
    HELD_S,
    LOOK_AGAIN_S,
    OTHER_STASH_S,
    asked_pause_s,
    not_in_plex_delay_s,
    pause_s,
    retry_delay_s,
)
from worker.errors import (
    HeldError,
    NotConfiguredError,
    NotInPlexError,
    NotLookedForError,
    OfOtherStashError,
    OtherStashError,
    PausedByUserError,
    PermanentError,
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
    """Nobody's fault: everything stops until `until`, no attempt is used. `kind` says whom we wait for."""

    kind: str
    until: float


Outcome: TypeAlias = Ack | Retry | Dead | Pause

PLEX: Final = "plex"
PLEX_TOKEN: Final = "plex_token"  # noqa: S105 - the name of a setting
PLEX_ADDRESS: Final = "plex_address"
PLEX_SETTINGS: Final = "plex_settings"
STASH: Final = "stash"
STASH_LOGIN: Final = "stash_login"
SETTINGS: Final = "settings"
USER: Final = "user"
OTHER_STASH: Final = "other_stash"

_PAUSES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (plex.PlexUnauthorized, PLEX_TOKEN),
    (plex.PlexTokenElsewhere, PLEX_ADDRESS),
    (plex.PlexMisconfigured, PLEX_SETTINGS),
    (plex.PlexProtocolError, PLEX_SETTINGS),
    (plex.PlexUnreachable, PLEX),
    (plex.PlexReconnected, PLEX),
    (plex.PlexBusy, PLEX),
    (stash.StashUnauthorized, STASH_LOGIN),
    (stash.StashRejected, STASH),
    (stash.StashUnreachable, STASH),
    (NotConfiguredError, SETTINGS),
    (PausedByUserError, USER),
    (OtherStashError, OTHER_STASH),
)

PAUSING_ERRORS: Final = tuple(error_type for error_type, _ in _PAUSES)
"""What stops everything instead of costing one job an attempt."""

_PATIENT: Final = (NotLookedForError, OfOtherStashError, HeldError)
_DEAD_AT_ONCE: Final = (PermanentError, plex.PlexRejected)


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
    """What becomes of a job that ended in `error` (None: it is done) after `attempts` attempts that were used up before this one.

    `now` is in epoch seconds, `jitter` from 0 to 1, `probe` counts from 1 how often in a row everything paused. `planned_at` is when the job was to
    be tried again, if something brought it before (a save of the same scene, Sync All, a person): such a try uses no attempt, however many come.
    An error that nothing here names is tried again like a transient one: it costs an attempt, so it cannot go on for ever.
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
    return _before_its_time(error, attempts, planned_at, now, jitter)


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


def _before_its_time(error: Exception, attempts: int, planned_at: float, now: float, jitter: float) -> Retry:
    """It waits on as it did; but what waited for days for its file, and fails otherwise now that the file is there, need not."""
    if isinstance(error, NotInPlexError):
        return Retry(planned_at, attempts)
    return Retry(min(planned_at, now + retry_delay_s(attempts + 1, jitter)), attempts, planned_at)


def pause_kind(error: Exception) -> str | None:
    """Whom everything waits for after `error`, or None where it is the job's own fault."""
    for cause, kind in _PAUSES:
        if isinstance(error, cause):
            return kind
    return None


def _pause_s(error: Exception, probe: int, jitter: float) -> float:
    if isinstance(error, plex.PlexBusy) and error.retry_after_s is not None:
        return asked_pause_s(error.retry_after_s)
    return pause_s(probe, jitter)
