"""What can go wrong with the files of this room, sorted by what to do about it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final


class QueueError(sqlite3.DatabaseError):
    """Base of everything this package raises. A sqlite3 error, so that whoever guards against the database guards against these."""


class QueueUnavailable(QueueError):
    """Locked by another program, disk full, read-only or not to be opened. Nothing was changed; trying again later may help."""


class QueueCorrupt(QueueError):
    """The file at `path` is damaged or no database. `sync_queue.repair` sets it aside and keeps what can be read."""

    def __init__(self, path: str, reason: object) -> None:
        super().__init__(f"{path} is damaged: {reason}; it must be set aside")
        self.path = path


class SchemaTooNew(QueueError):
    """A newer Stash2Plex wrote the file. It was left untouched; the plugin must be updated."""

    def __init__(self, path: str, found: int, known: int) -> None:
        super().__init__(
            f"{path} was written by a newer Stash2Plex (its format is {found}, this one knows {known}); "
            "nothing was changed. Update the plugin, or move the file away to start anew."
        )
        self.path = path
        self.found = found
        self.known = known


_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
_PRIMARY: Final = 0xFF
"""Extended result codes hold the primary one in their lowest byte. Source: https://www.sqlite.org/rescode.html"""


@contextmanager
def sorting_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what SQLite raises about the file at `path` into an error of this module; errors of other kinds pass.

    Raises:
        QueueUnavailable, QueueCorrupt: as they say.
    """
    try:
        yield
    except QueueError:
        raise
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        if code in _CORRUPT:
            raise QueueCorrupt(os.fspath(path), error) from error
        if code in _UNAVAILABLE:
            raise QueueUnavailable(f"{os.fspath(path)} cannot be used now: {error}") from error
        raise
