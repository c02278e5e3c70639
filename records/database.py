"""The one file: opening, versions, transactions, errors. Knows no table."""

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from time import gmtime, strftime
from typing import Any, Final

from records.errors import RecordsCorrupt, RecordsUnavailable, SchemaTooNew
from records.schema import MIGRATIONS

OWNER_ONLY: Final = 0o600
CHUNK: Final = 500
"""Ids in one `IN (…)`: below the limit of every SQLite still in use (999)."""

_IN_MEMORY: Final = ":memory:"
_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_WAL_KEPT_BYTES: Final = 8 * 1024 * 1024
_SWITCHES: Final = 100
_CACHE_KIB: Final = 16 * 1024  # the relations of a batch lie all over their index


class Database:
    """One connection, usable from several threads: every statement and every transaction holds the lock of this object.

    A transaction that has ended survives the death of the process. Power loss may take the last ones along (`synchronous` is
    NORMAL), unless they were durable ones.
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Sequence[str]] = MIGRATIONS,
        *,
        reading: bool = False,
        busy_timeout_s: float = 10.0,
    ) -> None:
        """Open `path`, creating it (0600) and its tables, or leading them to the newest version.

        With `reading` nothing can be written through this object, and a file that is missing reads as an empty one and stays missing.

        Raises:
            SchemaTooNew: a newer version wrote the file; it is left untouched.
            RecordsUnavailable, RecordsCorrupt: it cannot be opened, or is no database.
        """
        self._path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._is_in_memory = reading and not path.exists()
        with self._sorted_errors():
            if not self._is_in_memory:
                _create_private(path)
            # One object, one lock: the check of sqlite3 for the creating thread is not needed.
            target = _IN_MEMORY if self._is_in_memory else path
            self._connection = sqlite3.connect(
                target, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare(migrations, reading=reading)
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of one SELECT."""
        with self._lock, self._sorted_errors():
            return self._connection.execute(sql, parameters).fetchall()

    def rows_of(self, sql: str, ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """The rows of a SELECT whose `{ids}` stands for the question marks of `IN (…)`, for any number of `ids`."""
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            yield from self.rows(sql.format(ids=",".join("?" * len(part))), part)

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """All or nothing for the statements inside; one within another is part of the outer one.

        With `durable` the disk itself has it when the block has ended, which costs one fsync.

        Raises:
            RecordsUnavailable, RecordsCorrupt: nothing of it was written.
        """
        with self._lock, self._sorted_errors():
            if self._depth:
                if durable:
                    raise RuntimeError("a durable transaction cannot be part of another one")
                yield self._connection
                return
            with self._durability(full=durable):
                yield from self._outermost()

    def close(self) -> None:
        """Close the file; twice is no mistake."""
        with self._lock:
            self._connection.close()

    def _outermost(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            # A COMMIT that found the disk full has rolled back by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    @contextmanager
    def _durability(self, *, full: bool) -> Iterator[None]:
        if not full:
            yield
            return
        self._connection.execute("PRAGMA synchronous = FULL")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def _prepare(self, migrations: Sequence[Sequence[str]], *, reading: bool) -> None:
        with self._sorted_errors():
            self._refuse_newer(len(migrations))
            if not self._is_in_memory:
                _make_private(self._path)
            self._share()
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._migrate(migrations)
            if reading:
                self._connection.execute("PRAGMA query_only = ON")

    def _share(self) -> None:
        """Switch to WAL, under which readers and the writer do not wait for each other.

        SQLite answers "locked" at once, whatever the timeout, when two processes switch a new file at the same time: the one that
        lost waits for the other by a transaction and looks again. Where the file system cannot share memory the mode stays another
        one; everything works there too, only slower.
        """
        for _ in range(_SWITCHES):
            if self._pragma("journal_mode") == "wal":
                return
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
            else:
                return
            with self.transaction():
                pass

    def _migrate(self, migrations: Sequence[Sequence[str]]) -> None:
        if self._pragma("user_version") == len(migrations):
            return
        with self.transaction() as connection:
            # Another process may have done it while this one waited for the lock.
            version = self._refuse_newer(len(migrations))
            for step in migrations[version:]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(migrations)}")

    def _refuse_newer(self, newest: int) -> int:
        version = int(self._pragma("user_version"))
        if version > newest:
            raise SchemaTooNew(
                f"{self._path.name} has version {version}, and this plugin knows versions up to {newest}: "
                "a newer Stash2Plex wrote it. Nothing was changed; install the newer version again."
            )
        return version

    def _pragma(self, name: str) -> Any:
        return self._connection.execute(f"PRAGMA {name}").fetchone()[0]

    @contextmanager
    def _sorted_errors(self) -> Iterator[None]:
        name = self._path.name
        try:
            yield
        except sqlite3.DatabaseError as error:
            # The low byte is the kind of error, the rest its detail. Source: sqlite.org/rescode.html
            if (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in _CORRUPT:
                raise RecordsCorrupt(self._path, error) from error
            if isinstance(error, sqlite3.OperationalError):
                raise RecordsUnavailable(
                    f"{name} cannot be used now ({error}). Nothing was written; it is tried again."
                ) from error
            raise
        except OSError as error:
            raise RecordsUnavailable(
                f"{name} cannot be opened ({error.strerror}). Check the rights and the space of the data folder."
            ) from error


def set_aside(path: Path, now: float) -> Path:
    """Rename a damaged database and its companions to `<name>.corrupt-<UTC time>…`; its new path. No connection of this process may be open on it.

    Raises:
        OSError: it cannot be renamed.
    """
    stem = f"{path.name}.corrupt-{strftime('%Y%m%dT%H%M%SZ', gmtime(now))}"
    kept = next(
        name for number in count(1) if not (name := path.with_name(f"{stem}-{number}" if number > 1 else stem)).exists()
    )
    for end in ("-wal", "-shm", ""):  # the database last: a log that outlived it would be read into the next one
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(kept.with_name(kept.name + end))
    return kept


def _create_private(path: Path) -> None:
    """Have the file there with 0600 before SQLite opens it: its -wal and -shm files take over these rights.

    A file that exists is not opened: closing it again would drop the locks that another connection of this process holds on it.
    Source: sqlite.org/howtocorrupt.html, section 2.2.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY))


def _make_private(path: Path) -> None:
    """Take the rights of everybody else from a file that was copied or restored with wider ones."""
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(FileNotFoundError):
            if stat.S_IMODE(file.stat().st_mode) != OWNER_ONLY:
                file.chmod(OWNER_ONLY)
