"""One way to open a SQLite file of ours: rights, write-ahead log, version, transactions, sharing between threads."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

from storage import disk
from storage.errors import StorageTooNew, StorageUnavailable, raise_sorted, sorting_errors

BUSY_TIMEOUT_S: Final = 10.0
IDS_AT_ONCE: Final = 500
"""Ids in one `IN (…)`: below the limit of every SQLite still in use (999)."""

_WAL_LIMIT_BYTES: Final = 8 * 1024 * 1024
_CACHE_KIB: Final = 2_000  # as SQLite's own
_SWITCHES: Final = 100
_IN_MEMORY: Final = ":memory:"

StrPath = str | os.PathLike[str]
Upgrade = Callable[[sqlite3.Connection, int], None]
"""Brings a file from the version that it has (0: empty, or another program's) to the one wanted, in a transaction."""


class Database:
    """A file of ours: one connection, which several threads of a process use, one at a time.

    What was committed survives the death of the process. Power loss may take the last commits along where neither the
    database nor the transaction is durable. Every method raises StorageError where the file cannot be used.
    """

    def __init__(
        self,
        path: StrPath,
        version: int,
        upgrade: Upgrade,
        *,
        reading: bool = False,
        is_durable: bool = False,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        cache_kib: int = _CACHE_KIB,
    ) -> None:
        """Open the file, which is made (0600, in a folder 0700) or brought to `version` where need be.

        With `reading` nothing can be written, and a missing file reads as an empty one and stays missing. With
        `is_durable` every commit costs an fsync. Pages that were read take up to `cache_kib` of memory.

        Raises:
            StorageTooNew: the file is newer than `version`; it is left untouched.
            StorageUnavailable, StorageDamaged: it cannot be opened, or is no database.
        """
        self.path = Path(path)
        self._version = version
        self._upgrade = upgrade
        self._is_reading = reading
        self._synchronous = "FULL" if is_durable else "NORMAL"
        self._busy_timeout_s = busy_timeout_s
        self._cache_kib = cache_kib
        self._lock = threading.RLock()
        self._is_inside = False
        self._connection: sqlite3.Connection | None = None
        self._open()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Every row of one statement."""
        with self._lock:  # not `using`, which costs as much as a short SELECT
            connection = self._connection or self._open()
            try:
                return connection.execute(sql, parameters).fetchall()
            except sqlite3.DatabaseError as error:
                raise_sorted(error, self.path)

    def rows_of(self, sql: str, ids: Sequence[int | str]) -> list[tuple[Any, ...]]:
        """The rows of a SELECT whose `{ids}` stands for the question marks of `IN (…)`, for any number of `ids`."""
        if len(ids) <= IDS_AT_ONCE:
            return self.rows(sql.format(ids=",".join("?" * len(ids))), ids) if ids else []
        with self._lock:
            parts = [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]
            return [row for part in parts for row in self.rows(sql.format(ids=",".join("?" * len(part))), part)]

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run one statement that writes; return how many rows it changed."""
        with self.using() as connection:
            return connection.execute(sql, parameters).rowcount

    def write_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of `rows`, in one transaction; touch nothing where there are none."""
        rows = list(rows)
        if rows:
            with self.transaction() as connection:
                connection.executemany(sql, rows)

    @contextmanager
    def using(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection, in autocommit, to this thread alone."""
        with self._lock:
            connection = self._connection or self._open()
            try:
                yield connection
            except sqlite3.DatabaseError as error:
                raise_sorted(error, self.path)

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Lend the connection for all or nothing, as part of an outer transaction where there is one.

        With `durable` the disk itself has it when the block has ended, which costs one fsync.
        """
        with self.using() as connection:
            if self._is_inside:
                if durable:
                    raise RuntimeError("a durable transaction cannot be part of another one")
                yield connection
                return
            try:
                if durable:
                    connection.execute("PRAGMA synchronous = FULL")
                with transaction(connection):
                    self._is_inside = True
                    yield connection
            finally:
                self._is_inside = False
                if durable:
                    connection.execute(f"PRAGMA synchronous = {self._synchronous}")

    def close(self) -> None:
        """Close the file; twice is no mistake, and the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        if self._is_reading and not self.path.exists():
            connection = connect(_IN_MEMORY)
            bring_to(connection, self.path, self._version, self._upgrade)
            self._connection = connection
            return connection
        _create(self.path)
        with sorting_errors(self.path):
            connection = connect(self.path, self._busy_timeout_s)
            with closed_on_error(connection):
                check_version(connection, self.path, self._version)
                disk.restrict(self.path)
                bring_to(connection, self.path, self._version, self._upgrade)
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                connection.execute(f"PRAGMA cache_size = -{self._cache_kib}")
                if self._is_reading:
                    connection.execute("PRAGMA query_only = ON")
        self._connection = connection
        return connection


class Store:
    """Base of what reads and writes tables of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database


def connect(path: StrPath, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """A connection in autocommit to a file that exists; usable from several threads under a lock of the caller."""
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
    with closed_on_error(connection):
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
        if scratch := disk.place_for_scratch(Path(path).parent).replace("'", "''"):
            # Deprecated and still in every SQLite; SQLITE_TMPDIR is read only once, before anybody could set it.
            connection.execute(f"PRAGMA temp_store_directory = '{scratch}'")
    return connection


@contextmanager
def closed_on_error(opened: "sqlite3.Connection | Database") -> Iterator[None]:
    """Close what was just opened where its first use fails: nobody else would before Python happens to collect it.

    Source: https://docs.python.org/3/library/sqlite3.html, "Connection.close": since 3.13 with a ResourceWarning.
    """
    try:
        yield
    except BaseException:
        opened.close()
        raise


def bring_to(connection: sqlite3.Connection, path: StrPath, version: int, upgrade: Upgrade) -> None:
    """Have the file in WAL mode and at `version`, by `upgrade` in one transaction. Raises StorageTooNew."""
    found = check_version(connection, path, version)
    _use_wal(connection)
    if found == version:
        return
    with transaction(connection):
        found = check_version(connection, path, version)  # another process may have been faster
        if found < version:
            upgrade(connection, found)
            connection.execute(f"PRAGMA user_version = {version}")


def check_version(connection: sqlite3.Connection, path: StrPath, known: int) -> int:
    """The version of the file; raises StorageTooNew where it is above `known`."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > known:
        raise StorageTooNew(path, found, known)
    return found


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL, under which readers and the writer do not wait for each other.

    SQLite answers "locked" at once when two processes switch a new file: the one that lost waits for the other by a
    transaction and looks again. Where the file system cannot share memory the mode stays another one, and all is
    slower.
    """
    for _ in range(_SWITCHES):
        if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        else:
            return
        with transaction(connection):
            pass


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. The write lock is taken at once, so that what is read inside is still true when it is written."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After some errors, a full disk for one, SQLite has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def reading(path: StrPath) -> Iterator[sqlite3.Connection | None]:
    """Lend a read-only connection, which makes no file; None where there is no file. Raises StorageError."""
    if not Path(path).exists():
        yield None
        return
    with sorting_errors(path), closing(_open_read_only(Path(path))) as connection:
        yield connection


def _open_read_only(path: Path) -> sqlite3.Connection:
    uri = uri_of(path, "mode=ro")
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        with closed_on_error(connection):
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.OperationalError:
        if disk.with_companions(path)[1].exists():
            raise
        # A folder that cannot be written has no room for -shm; without a log nothing can change under us there.
        return sqlite3.connect(uri_of(path, "immutable=1"), uri=True, isolation_level=None)
    return connection


def uri_of(path: StrPath, parameters: str) -> str:
    """The address of a file for SQLite's `uri=True`: every sign encoded, so that none of a path begins anything else.

    `Path.as_uri` would make a server of a network path an authority, `file://server/share`, which SQLite refuses.
    Source: https://www.sqlite.org/uri.html, "The URI Authority".
    """
    return f"file:{quote(os.fsencode(path), safe='')}?{parameters}"


def _create(path: Path) -> None:
    try:
        disk.create(path)
    except OSError as error:
        raise StorageUnavailable(
            f"{path} cannot be made: {error.strerror}. Check the rights and the space of the data folder."
        ) from error
