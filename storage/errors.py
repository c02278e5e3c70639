"""What can go wrong with a file of ours, sorted by what to do about it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn


class StorageError(sqlite3.DatabaseError):
    """Base of the errors about a file of ours; whoever guards against sqlite3's guards against these."""


class StorageUnavailable(StorageError):
    """Full, read-only, or locked by another program. Nothing was changed, no job is at fault; it is tried again."""


class StorageDamaged(StorageError):
    """The file at `path` is damaged or no database. The worker sets it aside; it is never deleted."""

    def __init__(self, path: str | os.PathLike[str], reason: object) -> None:
        super().__init__(f"{os.fspath(path)} is damaged: {reason}; the next worker sets it aside")
        self.path = Path(path)


class StorageTooNew(StorageError):
    """A newer Stash2Plex wrote the file. It is left untouched."""

    def __init__(self, path: str | os.PathLike[str], found: int, known: int) -> None:
        super().__init__(
            f"{os.fspath(path)} was written by a newer Stash2Plex (its format is {found}, this one knows {known}); "
            "nothing was changed. Install the newer version again."
        )


_PRIMARY: Final = 0xFF
"""Extended result codes hold the primary one in their lowest byte. Source: https://www.sqlite.org/rescode.html"""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def raise_sorted(error: sqlite3.DatabaseError, path: str | os.PathLike[str]) -> NoReturn:
    """Raise the StorageError that `error` means; `error` itself where it is a mistake in a statement."""
    code = (getattr(error, "sqlite_errorcode", 0) or 0) & _PRIMARY
    if isinstance(error, StorageError):
        raise error
    if code in _DAMAGED:
        raise StorageDamaged(path, error) from error
    if isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
        raise StorageUnavailable(f"{os.fspath(path)} cannot be used now: {error}") from error
    raise error


@contextmanager
def sorting_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what SQLite raises about the file at `path` into what it means, see `raise_sorted`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise_sorted(error, path)
