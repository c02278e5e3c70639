"""The file of the path index: its tables, and how it is opened, thrown away and made anew. It is a cache: everything in it can be read again."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

SCHEMA_VERSION: Final = 3
_BUSY_TIMEOUT_S: Final = 10.0
_SCHEMA: Final = """
CREATE TABLE parts (
    id INTEGER PRIMARY KEY,
    plex_path TEXT NOT NULL,
    key TEXT NOT NULL,           -- its matching.paths.path_key without case
    name_key TEXT NOT NULL,      -- its matching.paths.name_key
    section_key INTEGER NOT NULL,
    rating_key INTEGER NOT NULL,
    item_type TEXT NOT NULL,
    size INTEGER NOT NULL,       -- bytes, 0 where Plex does not say
    added_at INTEGER NOT NULL,   -- the item's, by the server's clock
    updated_at INTEGER NOT NULL,
    walk INTEGER NOT NULL  -- the walk through its section that met it last, 0 for news
);
CREATE INDEX parts_by_key ON parts (key);
CREATE INDEX parts_by_name ON parts (name_key);
CREATE INDEX parts_by_item ON parts (rating_key);
CREATE INDEX parts_by_section ON parts (section_key);
CREATE TABLE sections (
    section_key INTEGER PRIMARY KEY,
    build INTEGER NOT NULL,      -- the build that read it whole last, 0 for none
    items INTEGER NOT NULL,      -- how many the server said there are
    added_at INTEGER NOT NULL,   -- up to where its news were read, by the server's clock
    updated_at INTEGER NOT NULL
);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class IndexStore:
    """One connection to the file. One that is broken, or that a newer version wrote, is renamed to `<name>.aside`, and an empty one begins.

    Readers in other processes see the last committed state while one writes. Use from one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = self._open()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT. A broken file is replaced by an empty one, which answers instead."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
        self._replace()
        return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is done with the connection.

        Raises:
            sqlite3.DatabaseError: the file broke; it has been replaced by then, and doing everything again works.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield self._connection
        except sqlite3.DatabaseError as error:
            if is_broken(error):
                self._replace()
            raise

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # paths are private; SQLite gives its -wal the mode of the file
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        try:
            return self._connect()
        except _IsNewerError:
            pass
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
        self._set_aside()
        return self._open()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            _refuse_newer(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _replace(self) -> None:
        self._connection.close()
        self._set_aside()
        self._connection = self._open()

    def _set_aside(self) -> None:
        """The database last: a log that outlived it would be read into the next one. Of several the last is kept: all of it can be read again from Plex."""
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                Path(f"{self._path}{suffix}").replace(f"{self._path}.aside{suffix}")


class _IsNewerError(Exception):
    """A newer version of the plugin wrote the file."""


def is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is damaged or no SQLite file at all; that it is locked, say, is another error."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _BROKEN


def _refuse_newer(connection: sqlite3.Connection) -> None:
    """Before anything is written to the file."""
    if connection.execute("PRAGMA user_version").fetchone()[0] > SCHEMA_VERSION:
        raise _IsNewerError


def _migrate(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:  # another process was faster
            return
        for kind, name in connection.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            connection.execute(f'DROP {kind} "{name}"')
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
