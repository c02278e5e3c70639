"""Why a job failed, why a scene was left out and why everything waits: in plain words, with what to do. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tasks.page.shapes import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """`title` in a few words, `advice` in a sentence."""

    title: str
    advice: str = ""


_NO_JOB: Final = Words(
    "The row of the queue is no job", "Nothing can be sent from it. Discard it; saving the scene queues a new one."
)
_FAILURES: Final[Mapping[str, Words]] = {
    "NotInPlexError": Words(
        "Plex does not have the file yet",
        "Let Plex scan its library. If it has the file already, look at the folders under Set-up: Plex may see it under another path.",
    ),
    "OtherFileError": Words(
        "Plex has another file there",
        "The sizes differ, so nothing was written. Let both servers scan the folder. If it is the same film all the same, write a path rule under Set-up.",
    ),
    "AmbiguousMatchError": Words(
        "More than one file in Plex could be it",
        "Write a path rule under Set-up that says where this folder is in Plex. Nothing was written to either item.",
    ),
    "NotLookedForError": Words("Plex is asked again in a moment", "It is looked for by itself."),
    "PlexRejected": Words(
        "Plex refused the change", "Look at what Plex answered, change the field in Stash, and try again."
    ),
    "PlexItemGone": Words("The item has gone from Plex", "It is looked for again by its file."),
    "PlexBusy": Words("Plex was busy", "It is tried again by itself."),
    "FailsAloneError": Words(
        "A server fails for this scene only", "It is tried again by itself. Other scenes go on meanwhile."
    ),
    "TransientError": Words("It failed for now", "It is tried again by itself."),
    "PermanentError": Words("It cannot be done this way", "Look at the details, mend what they name, and try again."),
    "UnreadableJob": _NO_JOB,
    "StashRejected": Words("Stash refused the question", "Look at the details and at Stash's own log."),
}
_UNKNOWN: Final = Words("An unexpected error", "Try again; if it comes back, the support report has the details.")

_SKIPS: Final[Mapping[str, Words]] = {
    "not_organized": Words("Not organized", "The setting “Only organized” leaves it out."),
    "no_chosen_tag": Words("Without a chosen tag", "The setting “Only with tags” leaves it out."),
    "path_not_chosen": Words("Outside of the chosen folders", "The setting “Only in paths” leaves it out."),
    "no_file": Words("Without a file", "A scene without a file cannot be in Plex."),
    "not_in_plex": Words(
        "Not in Plex", "The setting “Skip what Plex lacks” passes over scenes whose file Plex does not have."
    ),
    "other_scene": Words("Its item belongs to another scene", "The scene whose file stands first there has its say."),
    "restored": Words("Given back", "Plex shows what it showed before; the scene is synced again when it is saved."),
    "dry_run": Words("Dry run", "The setting “Dry run” is on: nothing is written."),
}

_PAUSES: Final[Mapping[str, Words]] = {
    "plex": Words("Plex has not answered", "Nothing is lost: everything is sent as soon as Plex is back."),
    "plex_token": Words("Plex has refused the token", "Enter a new token under Set-up."),
    "plex_settings": Words("A setting does not fit the Plex server", "Mend it under Set-up."),
    "stash": Words("Stash could not be read", "Nothing is lost: it is tried again by itself."),
    "stash_login": Words(
        "Stash asks for a login", "Save any scene, or press Wake the worker: that brings a fresh session."
    ),
    "settings": Words("Stash2Plex is not set up yet", "Enter the server's address and the token under Set-up."),
    "user": Words("Paused by you", "Saves are recorded. Resume to send them."),
}
_NEEDS_PERSON: Final = frozenset({"plex_token", "plex_settings", "settings"})


def failure(error_type: str) -> Words:
    """Words for the type of an error that a job ended with."""
    return _FAILURES.get(error_type, _UNKNOWN)


def skip(code: str) -> Words:
    """Words for why a scene was left out; a failed job's scene has its error type there."""
    return _SKIPS.get(code) or _FAILURES.get(code) or Words(code.replace("_", " ").capitalize())


def pause(kind: str) -> Words:
    """Words for whom everything waits for."""
    return _PAUSES.get(kind, _UNKNOWN)


def needs_person(pause_kind: str) -> bool:
    """Whether this pause ends only once somebody mends something."""
    return pause_kind in _NEEDS_PERSON


def listed(counts: Mapping[str, int], *, of_skips: bool = False) -> list[Reason]:
    """`{"NotInPlexError": 3}` as reasons, the most frequent first."""
    words = skip if of_skips else failure
    return [_reason(kind, words(kind), count) for kind, count in _frequent(counts.items())]


def _frequent(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(counts, key=lambda each: (-each[1], each[0]))


def _reason(kind: str, words: Words, count: int) -> Reason:
    return {"kind": kind, "title": words.title, "advice": words.advice, "count": count}
