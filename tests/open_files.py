"""Which files this process has open."""

import gc
import sqlite3
from contextlib import suppress
from pathlib import Path


def open_below(folder: Path) -> set[str]:
    """The files below `folder` that this process has open, as paths in it."""
    found = set()
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError, ValueError):  # the one that lists them is gone by now; others lie elsewhere
            found.add(str(handle.readlink().relative_to(folder)))
    return found


def connections_to(path: Path) -> list[sqlite3.Connection]:
    """The open connections of this thread to a SQLite file: some of SQLite's limits hold for one connection alone."""
    return [each for each in gc.get_objects() if isinstance(each, sqlite3.Connection) and _file_of(each) == str(path)]


def _file_of(connection: sqlite3.Connection) -> str:
    with suppress(sqlite3.ProgrammingError):  # closed, or another thread's
        return next(file for _, name, file in connection.execute("PRAGMA database_list") if name == "main")
    return ""
