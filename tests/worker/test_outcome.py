"""The table of outcomes: what becomes of a job after each kind of error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.errors import (
    PlexBusy,
    PlexItemGone,
    PlexMisconfigured,
    PlexProtocolError,
    PlexRejected,
    PlexUnauthorized,
    PlexUnreachable,
)
from stash.errors import StashMigrating, StashRejected, StashUnauthorized, StashUnfit, StashUnreachable
from worker.errors import (
    AmbiguousMatchError,
    HeldError,
    NotConfiguredError,
    NotInPlexError,
    NotLookedForError,
    PausedByUserError,
    PermanentError,
    TransientError,
)
from worker.outcome import (
    HELD_S,
    LOOK_AGAIN_S,
    NOT_IN_PLEX_S,
    PAUSE_MOST_S,
    RETRY_MOST_S,
    Ack,
    Dead,
    Pause,
    Retry,
    decide,
    not_in_plex_delay_s,
    pause_s,
    retry_delay_s,
)

NOW = 1_000_000.0


def outcome(error, attempts=0, max_retries=5, probe=1, planned_at=None):
    return decide(error, attempts, max_retries=max_retries, now=NOW, jitter=0.0, probe=probe, planned_at=planned_at)


def test_decide_acks_when_there_is_no_error():
    assert outcome(None) == Ack()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PlexUnreachable("x"), "plex"),
        (PlexBusy("x"), "plex"),
        (PlexUnauthorized("x"), "plex_token"),
        (PlexMisconfigured("x"), "plex_settings"),
        (PlexProtocolError("x"), "plex_settings"),
        (StashUnreachable("x"), "stash"),
        (StashUnauthorized("x"), "stash_login"),
        (StashRejected("x"), "stash"),
        (StashMigrating("x"), "stash_migration"),
        (StashUnfit("x"), "stash_version"),
        (NotConfiguredError(["x"]), "settings"),
        (PausedByUserError("x"), "user"),
    ],
)
@pytest.mark.parametrize("attempts", [0, 4, 99])
def test_decide_pauses_and_uses_no_attempt_when_nobody_is_at_fault(error, kind, attempts):
    result = outcome(error, attempts)
    assert isinstance(result, Pause)
    assert result.kind == kind
    assert result.until > NOW


@pytest.mark.parametrize("error", [TransientError("x"), PlexItemGone("x"), KeyError("x"), RuntimeError("x")])
def test_decide_retries_until_the_attempts_are_used_up(error):
    assert [type(outcome(error, attempts)) for attempts in range(6)] == [Retry, Retry, Retry, Retry, Dead, Dead]
    assert outcome(error, 0).attempt == 1


@pytest.mark.parametrize("error", [PermanentError("x"), AmbiguousMatchError("x"), PlexRejected("x")])
def test_decide_gives_up_at_once_when_trying_again_is_no_use(error):
    assert outcome(error) == Dead(1)


def test_decide_waits_longer_than_max_retries_when_plex_lacks_the_file():
    results = [outcome(NotInPlexError("x"), attempts, max_retries=1) for attempts in range(len(NOT_IN_PLEX_S) + 1)]
    assert [type(result) for result in results] == [Retry] * len(NOT_IN_PLEX_S) + [Dead]
    assert sum(result.due_at - NOW for result in results[:-1]) > 4 * 86_400


@pytest.mark.parametrize(
    ("error", "attempts", "planned_in_s", "becomes"),
    [
        (None, 3, 600, Ack()),
        (NotInPlexError("x"), 1, 20, Retry(NOW + 20, 1)),
        (NotInPlexError("x"), 7, 9 * 86_400, Retry(NOW + 9 * 86_400, 7)),
        (NotLookedForError("x"), 3, 600, Retry(NOW + LOOK_AGAIN_S, 3, NOW + 600)),
        (HeldError("x"), 3, 600, Retry(NOW + HELD_S, 3, NOW + 600)),
        (TransientError("x"), 4, 20, Retry(NOW + 20, 4, NOW + 20)),
        (TransientError("x"), 6, 9 * 86_400, Retry(NOW + 320, 6, NOW + 9 * 86_400)),
        (KeyError("x"), 4, 20, Retry(NOW + 20, 4, NOW + 20)),
        (PlexUnreachable("x"), 4, 20, Pause("plex", NOW + 1)),
        (PlexRejected("x"), 3, 600, Dead(4)),
        (PermanentError("x"), 3, 600, Dead(4)),
    ],
)
def test_decide_uses_no_attempt_when_the_job_came_before_its_time(error, attempts, planned_in_s, becomes):
    assert outcome(error, attempts, planned_at=NOW + planned_in_s) == becomes


def test_decide_obeys_retry_after_when_plex_names_a_time():
    assert outcome(PlexBusy("x", retry_after_s=7.0)) == Pause("plex", NOW + 7.0)


@pytest.mark.parametrize(("asked_s", "waits_s"), [(0.0, 0.1), (60.0, 60.0), (3600.0, 300.0), (1e12, 300.0)])
def test_pause_is_minutes_at_most_however_long_a_server_asks_for(asked_s, waits_s):
    assert outcome(PlexBusy("x", retry_after_s=asked_s)) == Pause("plex", NOW + waits_s)


@given(attempt=st.integers(-5, 10_000), jitter=st.floats(allow_nan=False))
def test_delays_stay_within_their_bounds_when_given_anything(attempt, jitter):
    assert 0 < retry_delay_s(attempt, jitter) <= RETRY_MOST_S
    assert 0 < pause_s(attempt, jitter) <= PAUSE_MOST_S
    wait = not_in_plex_delay_s(attempt, jitter)
    assert wait is None or 0 < wait <= NOT_IN_PLEX_S[-1] * 1.1


@given(attempt=st.integers(1, 40), jitter=st.floats(0, 1))
def test_retry_delay_never_shrinks_when_the_jitter_is_the_same(attempt, jitter):
    assert retry_delay_s(attempt + 1, jitter) >= retry_delay_s(attempt, jitter)


def test_held_job_uses_no_attempt_and_is_at_its_time_when_it_is_answered():
    assert decide(HeldError("x"), 0, max_retries=5, now=NOW, jitter=0.0) == Retry(NOW + HELD_S, 0, NOW)
