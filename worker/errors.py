"""Why a job could not be done: each class stands for one thing to do next, see worker.outcome."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.errors import StorageError

FOLDER_ERRORS: Final = (StorageError, sqlite3.OperationalError)
"""The data folder is full, read-only, locked or broken: no job is at fault, and nothing can be written down."""

MOST_CHARACTERS: Final = 4_000
"""Of a reason: it may hold paths and names of any length."""


class TransientError(Exception):
    """A later try may help: an attempt is used, the job waits."""


class PermanentError(Exception):
    """No try of the same kind helps: the job becomes a dead letter at once."""


class NotInPlexError(TransientError):
    """Plex has no item with any file of the scene yet: the job waits long, for Plex's scanner."""


class OtherFileError(NotInPlexError):
    """Plex has a file of another size in that place, and no path rule says otherwise: waits as if Plex had none."""


class UnreadableError(NotInPlexError):
    """Plex may have the file in an item or a library that it cannot show: waits as long, is never skipped."""


class NotLookedForError(TransientError):
    """The index lacks the file, and Plex was asked for news a moment ago: waits a second, no attempt is used."""


class OfOtherStashError(TransientError):
    """The job is of a Stash that is not the one of this data folder: waits for the user, no attempt is used."""


class HeldError(TransientError):
    """The job would empty fields, as many others would: waits for a person's answer, no attempt is used."""


class FailsAloneError(TransientError):
    """A server fails for this job each time, and did not for others in between: an attempt is used."""


class AmbiguousMatchError(PermanentError):
    """Two different items claim an inferred match: nothing is written."""


class NotConfiguredError(Exception):
    """Settings are missing or wrong; `problems` says which, as the user sees them. Pauses, costs no attempt."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class PausedByUserError(Exception):
    """The switch `paused` is on: jobs are recorded and kept. Pauses, costs no attempt."""


class OtherStashError(Exception):
    """Nearly all scenes under the recorded ids are others. Pauses until the user agrees, costs no attempt."""


def text_of(error: Exception) -> str:
    """Return the message of `error` or its kind, MOST_CHARACTERS at most, lone surrogates spelled out."""
    text = f"{error}".encode("utf-8", "backslashreplace").decode() or type(error).__name__
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
