"""The one sentence, for every way things can be."""

import pytest

from records import PauseSpan
from tasks.page.sentences import Situation, sentence

AT = 1000.0
QUIET = {"waiting": 0, "retrying": 0, "held": 0, "in_progress": 0, "dead": 0, "in_plex": 0, "skipped": 0}


def state(*, due=0, pause=None, alive=True, configured=True, paused=False, dry_run=False, unsynced=0, **counts):
    return Situation(
        counts={**QUIET, **counts},
        due=due,
        next_due_at=AT + 600,
        pause=PauseSpan(pause, "the reason", AT) if pause else None,
        worker_alive=alive,
        is_configured=configured,
        is_paused=paused,
        is_dry_run=dry_run,
        unsynced=unsynced,
    )


@pytest.mark.parametrize(
    ("now", "tone", "text", "rest"),
    [
        (state(configured=False), "setup", "Stash2Plex is not set up yet", ""),
        (state(configured=False, waiting=1), "setup", "Stash2Plex is not set up yet", "1 save waits."),
        (state(paused=True, waiting=2), "waiting", "Paused by you", "2 saves wait."),
        (state(pause="plex", waiting=2, retrying=1), "waiting", "Plex has not answered", "3 saves wait."),
        (state(pause="plex_token", in_progress=1), "bad", "Plex has refused the token", "1 save waits."),
        (state(pause="plex"), "setup", "Nothing has been synced yet.", ""),
        (state(dry_run=True, in_plex=5), "waiting", "Dry run: nothing is written to Plex.", ""),
        (state(dry_run=True, waiting=1), "waiting", "Dry run: nothing is written to Plex.", "1 save waits."),
        (state(retrying=1), "waiting", "1 scene waits for the next try.", ""),
        (state(retrying=2), "waiting", "2 scenes wait for the next try.", ""),
        (state(held=2), "bad", "2 scenes wait for your answer.", ""),
        (state(retrying=1, held=1), "waiting", "2 scenes wait for the next try.", ""),
        (
            state(retrying=2, dead=1),
            "waiting",
            "2 scenes wait for the next try.",
            "1 scene could not be synced and needs you.",
        ),
        (state(waiting=1, due=1, alive=False), "waiting", "1 save waits, but no worker is running.", ""),
        (state(waiting=1200, due=1200, in_progress=34), "busy", "Sending to Plex: 1,234 to go.", ""),
        (
            state(dead=2, in_plex=9),
            "bad",
            "2 scenes could not be synced and need you.",
            "9 scenes are in Plex and nothing waits.",
        ),
        (state(), "setup", "Nothing has been synced yet.", ""),
        (state(in_plex=1), "good", "1 scene is in Plex and nothing waits.", ""),
        (state(in_plex=110), "good", "110 scenes are in Plex and nothing waits.", ""),
        (state(in_plex=110, skipped=40), "good", "110 scenes are in Plex and nothing waits.", ""),
        (state(in_plex=110, unsynced=None), "good", "110 scenes are in Plex.", ""),
        (state(unsynced=900), "setup", "Nothing has been synced yet.", "900 scenes that Plex has were never synced."),
        (
            state(in_plex=110, unsynced=1),
            "setup",
            "110 scenes are in Plex.",
            "1 scene that Plex has was never synced.",
        ),
        (
            state(in_plex=110, dead=1),
            "bad",
            "1 scene could not be synced and needs you.",
            "110 scenes are in Plex and nothing waits.",
        ),
    ],
)
def test_sentence_says_what_matters_most(now, tone, text, rest):
    shown = sentence(now)
    assert (shown["tone"], shown["text"], shown["rest"]) == (tone, text, rest)


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
    assert sentence(now)["text"] != sentence(later)["text"] or sentence(now)["rest"] != sentence(later)["rest"]
    assert sentence(now)["said"] == sentence(later)["said"]


def test_one_job_is_spoken_of_as_one():
    assert sentence(state(retrying=1))["advice"] == "It is listed below, with its reason. Nothing is lost."
    assert sentence(state(retrying=1, dead=2))["advice"].startswith("They are listed below")
    assert sentence(state(retrying=2))["advice"] == "They are listed below, with their reasons. Nothing is lost."


def test_time_of_the_next_try_is_told_only_where_nothing_can_be_sent_before():
    assert sentence(state(retrying=1))["next_try_at"] == AT + 600
    assert sentence(state(retrying=1, waiting=1, due=1))["next_try_at"] is None
