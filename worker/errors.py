"""Why a job could not be done, as the worker sees it: each class stands for one thing to do next."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from storage.errors import StorageError

FOLDER_ERRORS: Final = (StorageError, sqlite3.OperationalError)
"""The data folder is full, read-only, locked or broken: no job is at fault, and nothing about it can be written down."""


class TransientError(Exception):
    """Trying again later may help: an attempt is used, the job waits."""


class PermanentError(Exception):
    """Trying again the same way is no use: the job becomes a dead letter at once."""


class NotInPlexError(TransientError):
    """Plex has no item with any file of the scene yet: the job waits long, for Plex's scanner."""


class OtherFileError(NotInPlexError):
    """What Plex has in the file's place is another one by its size, and no path rule says otherwise: the job waits as if Plex had none."""


class UnreadableError(NotInPlexError):
    """Plex may have the file, in an item that it cannot show or a library that it cannot list: the job waits as long, but is never passed over as missing."""


class NotLookedForError(TransientError):
    """The index lacks the file, and Plex was asked for news too short a while ago to be asked again: the job waits for that moment, no attempt is used."""


class OfOtherStashError(TransientError):
    """The job was queued by a Stash that is not the one of this data folder: it waits for the user's word, no attempt is used."""


class HeldError(TransientError):
    """The job would empty fields of its item, together with those of many others: it waits for a person's answer, no attempt is used."""


class FailsAloneError(TransientError):
    """A server fails for this job each time, and for others in between it did not: an attempt is used, the others go on."""


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
    """Nearly all scenes that Stash has under the recorded ids are others. Pauses until the user says that this is meant; costs no attempt."""
