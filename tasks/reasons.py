"""The one table of advice: why a job failed, a scene was left out or everything waits, and what to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tasks.page.shapes import Reason

Answer = Literal["scan", "leave_out", "folders", "retry", "wake", "resume", "set_up", "sync_all", "discard"]
"""What a person can do about a reason: each is a button of the page (ui/answers.js)."""

HELD: Final = "HeldError"
"""The error type of jobs that wait for an answer about what they would empty."""


_AGAIN: Final[tuple[Answer, ...]] = ("retry", "discard")


@dataclass(frozen=True, slots=True)
class Words:
    """`title` in a few words, `advice` in sentences; `needs` is what ends it: itself (""), or who.

    "person": somebody has to do something about it. "visit": a click brings a session of Stash. `answers` are the
    buttons for all that waits for this reason, the most helpful first.
    """

    title: str
    advice: str = ""
    needs: Literal["", "person", "visit"] = ""
    answers: tuple[Answer, ...] = ()


FAILURES: Final[Mapping[str, Words]] = {
    "NotInPlexError": Words(
        "Plex does not have the file yet",
        "Have Plex scan its library. If Plex has the file already, look at the folders under Set-up: Plex may see it "
        "under another path.",
        "person",
        ("scan", "leave_out", "folders", *_AGAIN),
    ),
    "OtherFileError": Words(
        "Plex has another file there",
        "The sizes differ, so nothing was written. Let both servers scan the folder. If it is the same film all the "
        "same, write a path rule under Set-up.",
        "person",
        ("scan", "folders", *_AGAIN),
    ),
    "UnreadableError": Words(
        "Plex cannot show it",
        "Plex fails at this item, or at listing its library. Look at it in Plex, and at Plex's own log. It is tried "
        "again automatically.",
        "person",
        _AGAIN,
    ),
    "AmbiguousMatchError": Words(
        "More than one file in Plex could be meant",
        "Write a path rule under Set-up that says where this folder is in Plex. Nothing was written to either item.",
        "person",
        ("folders", *_AGAIN),
    ),
    HELD: Words(
        "Held: it would empty what Plex shows",
        "Many items would lose something at once. Answer the question on the page of Stash2Plex: empty them, or keep "
        "what Plex shows.",
        "person",
        ("discard",),
    ),
    "OfOtherStashError": Words(
        "Saved in another Stash",
        "Two Stashes share one data folder. If the other one is the right one, run the task Begin Afresh in it.",
        "person",
        ("discard",),
    ),
    "NotLookedForError": Words("Plex is asked again in a moment", "It goes on by itself.", answers=_AGAIN),
    "PlexRejected": Words(
        "Plex refused the change",
        "Look at what Plex answered, change the field in Stash, and try again.",
        "person",
        _AGAIN,
    ),
    "PlexItemGone": Words("The item has gone from Plex", "Its file is looked for again.", answers=_AGAIN),
    "PlexBusy": Words("Plex was busy", "It will be tried again automatically.", answers=_AGAIN),
    "FailsAloneError": Words(
        "A server fails for this scene only",
        "It will be tried again automatically. Other scenes are not held up.",
        answers=_AGAIN,
    ),
    "TransientError": Words("It failed for now", "It will be tried again automatically.", answers=_AGAIN),
    "PermanentError": Words(
        "It cannot be done as things are", "Fix what the details name, then try again.", "person", _AGAIN
    ),
    "UnreadableJob": Words(
        "This queue entry cannot be read",
        "Nothing can be sent from it, and nobody knows its scene. Run Sync All Scenes to Plex, then discard it.",
        "person",
        ("sync_all", "discard"),
    ),
    "StashRejected": Words(
        "Stash rejected the request", "Look at the details and at Stash's own log.", "person", _AGAIN
    ),
}
_UNKNOWN: Final = Words(
    "An unexpected error",
    "Try again. If it comes back, run the task Support Report: it has the details.",
    "person",
    _AGAIN,
)

SKIPS: Final[Mapping[str, Words]] = {
    "not_organized": Words("Not organized", "The setting “Only organized” leaves it out."),
    "no_chosen_tag": Words("No chosen tag", "The setting “Only with tags” leaves it out."),
    "left_out_tag": Words("Has a tag that is left out", "The setting “Not with tags” leaves it out."),
    "studio_not_chosen": Words("Of no chosen studio", "The setting “Only of studios” leaves it out."),
    "rated_lower": Words("Rated lower, or not at all", "The setting “Rated at least” leaves it out."),
    "no_stashid": Words("No StashID", "The setting “Only with StashID or URL” leaves it out."),
    "no_url": Words("No URL", "The setting “Only with StashID or URL” leaves it out."),
    "path_not_chosen": Words("Outside the chosen folders", "The setting “Only in paths” leaves it out."),
    "no_file": Words("No file", "A scene without a file cannot be in Plex."),
    "not_in_plex": Words(
        "Not in Plex", "The setting “Skip what Plex lacks” leaves out scenes whose file Plex does not have."
    ),
    "other_scene": Words("Its item belongs to another scene", "The scene whose file comes first in that item is used."),
    "restored": Words(
        "Undone",
        "Plex shows what it showed before the first sync. The next save of the scene, or Sync All, syncs it again.",
    ),
    "dry_run": Words("Dry run", "The setting “Dry run” is on: nothing is written."),
}

PAUSES: Final[Mapping[str, Words]] = {
    "plex": Words("Plex has not answered", "It goes on by itself as soon as Plex answers.", answers=("wake",)),
    "plex_token": Words(
        "Plex has refused the token",
        "Enter a new token under Set-up. It goes on by itself then.",
        "person",
        ("set_up", "wake"),
    ),
    "plex_address": Words(
        "Plex's address has changed",
        "Type the token once more under Set-up if your server has moved, else put the old address back.",
        "person",
        ("set_up",),
    ),
    "plex_settings": Words(
        "A setting does not fit the Plex server",
        "Fix it under Set-up. The task Test Connection says more.",
        "person",
        ("set_up", "wake"),
    ),
    "stash": Words("Stash could not be read", "It goes on by itself as soon as Stash answers.", answers=("wake",)),
    "stash_login": Words(
        "Stash asks for a login",
        "Press Wake the worker, or save any scene: either brings a fresh session.",
        "visit",
        ("wake",),
    ),
    "stash_migration": Words(
        "Stash waits for its own migration",
        "Open Stash in a browser and have it migrate its database. What waits is sent then.",
        "person",
    ),
    "stash_version": Words(
        "Stash is too old or too new for Stash2Plex",
        "Update Stash, or Stash2Plex where it is the older one.",
        "person",
    ),
    "settings": Words(
        "Stash2Plex is not set up yet",
        "Sign in with Plex under Set-up, or fix the setting that is named. It goes on by itself then.",
        "person",
        ("set_up",),
    ),
    "other_stash": Words(
        "This is another Stash, or its database was made anew",
        "Nothing is written. It goes on by itself when the Stash of before is back. To go on with this one, run the "
        "task Begin Afresh: every scene is then met for the first time, and nothing in Plex is emptied.",
        "person",
    ),
    "user": Words(
        "Paused by you",
        "Press Resume, or switch the setting “Paused” off. Saves are recorded, and sent then.",
        answers=("resume",),
    ),
}
"""By the kind of a pause (worker.outcome)."""


def failure(error_type: str) -> Words:
    """Return words for the type of an error that a job ended with."""
    return FAILURES.get(error_type, _UNKNOWN)


def skip(code: str) -> Words:
    """Return words for why a scene was left out; a failed job's scene has its error type there."""
    return SKIPS.get(code) or FAILURES.get(code) or Words(code.replace("_", " ").capitalize())


def pause(kind: str) -> Words:
    """Return words for what everything is waiting for."""
    return PAUSES.get(kind, _UNKNOWN)


def listed_beside(counts: Mapping[str, int]) -> list[Reason]:
    """Return `{"not_organized": 3}` as reasons for which one library leaves out what another one takes."""
    return [
        {**each, "kind": f"{each['kind']} in one", "title": f"{each['title']}, in one of its libraries"}
        for each in listed(counts, of_skips=True)
    ]


def listed(counts: Mapping[str, int], *, of_skips: bool = False) -> list[Reason]:
    """Return `{"NotInPlexError": 3}` as reasons: those that need a person first, then the most frequent."""
    named = {kind: skip(kind) if of_skips else failure(kind) for kind in counts}
    order = sorted(counts, key=lambda kind: (not named[kind].needs, -counts[kind], kind))
    return [shown(kind, named[kind], counts[kind]) for kind in order]


def shown(kind: str, words: Words, count: int) -> Reason:
    """Return one reason as the page shows it."""
    return {
        "kind": kind,
        "title": words.title,
        "advice": words.advice,
        "count": count,
        "needs_person": words.needs == "person",
        "answers": list(words.answers),
    }
