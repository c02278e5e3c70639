"""The one sentence, for every way things can be."""

import pytest

from records import PauseSpan
from tasks.page.sentences import Situation, sentence

AT = 1000.0
QUIET = {"waiting": 0, "retrying": 0, "held": 0, "in_progress": 0, "dead": 0, "in_plex": 0, "skipped": 0}


def state(*, due=0, pause=None, alive=True, configured=True, paused=False, dry_run=False, never_seen=0, **more):
    known = {name: more.pop(name) for name in ("is_enabled", "is_comparison_due", "looks") if name in more}
    return Situation(
        counts={**QUIET, **more},
        due=due,
        next_due_at=AT + 600,
        pause=PauseSpan(pause, "the reason", AT) if pause else None,
        worker_alive=alive,
        is_configured=configured,
        is_paused=paused,
        is_dry_run=dry_run,
        never_seen=never_seen,
        **known,
    )


@pytest.mark.parametrize(
    ("now", "tone", "text", "rest"),
    [
        (state(configured=False), "setup", "Stash2Plex is not set up yet", ""),
        (state(configured=False, waiting=1), "setup", "Stash2Plex is not set up yet", "1 save waits."),
        (state(paused=True, waiting=2), "waiting", "Paused by you", "2 saves wait."),
        (state(pause="plex", waiting=2, retrying=1), "waiting", "Plex has not answered", "3 saves wait."),
        (state(pause="plex_token", in_progress=1), "bad", "Plex has refused the token", "1 save waits."),
        (state(pause="plex_token", waiting=1, dead=2), "bad", "Plex has refused the token", "1 save waits."),
        (state(pause="plex"), "setup", "Nothing has been synced yet.", ""),
        (state(dry_run=True, in_plex=5), "waiting", "Dry run: nothing is written to Plex.", ""),
        (state(dry_run=True, waiting=1), "waiting", "Dry run: nothing is written to Plex.", "1 save waits."),
        (state(retrying=1), "waiting", "1 scene will be retried.", ""),
        (state(retrying=2), "waiting", "2 scenes will be retried.", ""),
        (state(waiting=1, due=1, alive=False), "waiting", "1 save waits, but no worker is running.", ""),
        (state(waiting=1200, due=1200, in_progress=34), "busy", "Sending to Plex: 1,234 to go.", ""),
        (state(waiting=1, due=1, in_progress=2, looks=2), "busy", "Sending to Plex: 1 to go.", ""),
        (state(in_progress=1, looks=2), "busy", "Looking at what Plex and Stash have. Nothing is sent.", ""),
        (state(due=1, waiting=1, looks=1), "busy", "Looking at what Plex and Stash have. Nothing is sent.", ""),
        (state(), "setup", "Nothing has been synced yet.", ""),
        (state(never_seen=900), "setup", "Nothing has been synced yet.", "900 scenes were never compared with Plex."),
    ],
)
def test_sentence_says_what_matters_most(now, tone, text, rest):
    assert parts(now) == (tone, text, rest)


@pytest.mark.parametrize(
    ("now", "text", "rest"),
    [
        (state(held=2), "2 scenes wait for your answer.", "Nothing has been synced yet."),
        (state(held=2, in_plex=7), "2 scenes wait for your answer.", "7 scenes are in Plex."),
        (state(retrying=1, held=1), "1 scene waits for your answer.", "1 scene will be retried."),
        (
            state(retrying=2, dead=1),
            "1 scene could not be synced and needs you.",
            "2 scenes will be retried.",
        ),
        (
            state(dead=2, in_plex=9),
            "2 scenes could not be synced and need you.",
            "9 scenes are in Plex.",
        ),
        (
            state(waiting=5, due=5, dead=2, held=1),
            "1 scene waits for your answer.",
            "2 scenes could not be synced and need you. Sending to Plex: 5 to go.",
        ),
        (state(paused=True, dead=1), "1 scene could not be synced and needs you.", "Paused by you."),
        (
            state(pause="plex", waiting=1, dead=1),
            "1 scene could not be synced and needs you.",
            "Plex has not answered. 1 save waits.",
        ),
    ],
)
def test_what_needs_a_person_comes_first_and_in_red(now, text, rest):
    assert parts(now) == ("bad", text, rest)


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (state(in_plex=1), "All caught up: 1 scene is in Plex."),
        (state(in_plex=110), "All caught up: 110 scenes are in Plex."),
        (state(in_plex=58, skipped=2), "All caught up: 58 scenes are in Plex, 2 are left out."),
    ],
)
def test_all_is_well_when_every_scene_was_compared(now, text):
    assert parts(now) == ("good", text, "")


@pytest.mark.parametrize(
    ("now", "tone", "text", "rest"),
    [
        (state(in_plex=4, never_seen=9), "setup", "4 scenes are in Plex.", "9 scenes were never compared with Plex."),
        (
            state(in_plex=4, never_seen=None),
            "waiting",
            "4 scenes are in Plex.",
            "Stash does not say how many scenes it has, so these may not be all.",
        ),
        (state(in_plex=4, pause="plex"), "waiting", "Plex has not answered", "4 scenes are in Plex."),
        (state(in_plex=4, pause="plex_token"), "bad", "Plex has refused the token", "4 scenes are in Plex."),
        (
            state(in_plex=4, is_comparison_due=True),
            "waiting",
            "4 scenes are in Plex.",
            "A comparison with Stash is due.",
        ),
        (state(in_plex=4, is_enabled=False), "bad", "Stash2Plex is disabled in Stash.", "4 scenes are in Plex."),
    ],
)
def test_what_nobody_knows_is_never_green(now, tone, text, rest):
    assert parts(now) == (tone, text, rest)


@pytest.mark.parametrize(
    "now",
    [
        state(waiting=9, due=9, paused=True),
        state(waiting=9, due=9, pause="plex"),
        state(waiting=9, due=9, dry_run=True),
        state(waiting=9, due=9, alive=False),
        state(waiting=9, due=9, configured=False),
    ],
)
def test_nothing_is_to_go_while_nothing_is_sent(now):
    assert now.to_go == 0


def parts(now):
    shown = sentence(now)
    return shown["tone"], shown["text"], shown["rest"]


@pytest.mark.parametrize(
    ("now", "later"),
    [
        (state(waiting=1, due=1), state(waiting=312, due=312)),
        (state(waiting=1, due=1, alive=False), state(waiting=2, due=2, alive=False)),
        (state(retrying=1), state(retrying=2)),
        (state(pause="plex", waiting=1), state(pause="plex", waiting=2)),
        (state(in_plex=1), state(in_plex=2)),
        (state(dead=1), state(dead=2)),
    ],
)
def test_what_is_read_out_is_the_same_while_only_numbers_change(now, later):
    assert parts(now) != parts(later)
    assert sentence(now)["said"] == sentence(later)["said"]


def test_time_of_the_next_try_is_told_only_where_nothing_can_be_sent_before():
    assert sentence(state(retrying=1))["next_try_at"] == AT + 600
    assert sentence(state(retrying=1, waiting=1, due=1))["next_try_at"] is None
