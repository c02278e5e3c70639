"""Which files are open."""

import gc
import importlib
import sqlite3
from contextlib import suppress
from pathlib import Path

from tests import machine


def open_below(folder: Path) -> set[str]:
    """The files below `folder` that are open, as paths in it: on Windows in any process, elsewhere in this one."""
    if machine.IS_WINDOWS:
        return {
            file.relative_to(folder).as_posix()
            for file in folder.rglob("*")
            if file.is_file() and not _may_be_named(file)
        }
    found = set()
    for handle in Path("/dev/fd").iterdir():
        with suppress(OSError, ValueError):  # the one that lists them is gone by now; others lie elsewhere
            found.add(str(_path_of(handle).relative_to(folder)))
    return found


def _may_be_named(file: Path) -> bool:
    """Windows names no file that is open, not even by its own name."""
    try:
        file.replace(file)
    except PermissionError:
        return False
    return True


def _path_of(handle: Path) -> Path:
    if hasattr(fcntl := importlib.import_module("fcntl"), "F_GETPATH"):  # macOS
        return Path(fcntl.fcntl(int(handle.name), fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0").decode())
    return handle.readlink()


def how_many_open() -> int:
    """How many files this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def connections_to(path: Path) -> list[sqlite3.Connection]:
    """The open connections of this thread to a SQLite file: some of SQLite's limits hold for one connection alone."""
    return [each for each in gc.get_objects() if isinstance(each, sqlite3.Connection) and _file_of(each) == str(path)]


def _file_of(connection: sqlite3.Connection) -> str:
    with suppress(sqlite3.ProgrammingError):  # closed, or another thread's
        return next(file for _, name, file in connection.execute("PRAGMA database_list") if name == "main")
    return ""
