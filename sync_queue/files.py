"""Opening the files of this room: rights, write-ahead log, version. Knows how, not what for."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from storage.disk import sync_folder
from storage.errors import StorageTooNew, StorageUnavailable, sorting_errors
from sync_queue import schema

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_WAL_RETRY_S: Final = 0.01
_WAL_LIMIT_BYTES: Final = 8 * 1024 * 1024

STEP: Final = 2_000
"""Rows that are changed in one transaction where there may be a million: tens of milliseconds, which a hook waits for (see entry.hook)."""

_GAP_S: Final = 0.01

StrPath = str | os.PathLike[str]
Upgrade = Callable[[sqlite3.Connection], None]


def create(path: StrPath) -> None:
    """Make the file at `path` (0600, empty), its folder and the data folder (0700) where they are missing. SQLite gives -wal and -shm the rights of the file."""
    folder = Path(path).parent
    for new in (folder.parent, folder):  # the mode that mkdir is given is the innermost folder's only
        new.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    # Only a file that is new: closing a descriptor of a database drops the locks that connections of this process hold on it.
    # Source: https://www.sqlite.org/howtocorrupt.html, "POSIX advisory locks canceled".
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE))
        for new in (folder, folder.parent, folder.parent.parent):  # SQLite does so for the log only
            sync_folder(new)


def restrict(path: StrPath) -> None:
    """Take away the rights of others on a file, its companions and its folder, where something else made them."""
    for name, mode in ((Path(path).parent, _FOLDER_MODE), *((file, _FILE_MODE) for file in with_companions(path))):
        with suppress(FileNotFoundError, PermissionError):  # nobody but the owner may, and then it is not ours to judge
            name.chmod(mode)


def with_companions(path: StrPath) -> tuple[Path, ...]:
    """The database file and the two that SQLite puts beside it."""
    return tuple(Path(f"{os.fspath(path)}{end}") for end in ("", "-wal", "-shm"))


def queue_file(queue_path: StrPath) -> Path:
    """The queue's file, where `queue_path` is that file or its folder."""
    path = Path(queue_path)
    return path if path.suffix == ".db" else path / schema.FILE


def connect(path: StrPath) -> sqlite3.Connection:
    """A connection in autocommit to a file that exists; usable from several threads under a lock of the caller."""
    connection = sqlite3.connect(path, timeout=schema.BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    with closed_on_error(connection):
        connection.execute(f"PRAGMA journal_size_limit={_WAL_LIMIT_BYTES}")
    return connection


@contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """What is done first with a new connection: where it fails, nobody gets the connection, and it is closed.

    Otherwise the file would stay open until Python happens to collect it.
    Source: https://docs.python.org/3/library/sqlite3.html, "Connection.close": since 3.13 with a ResourceWarning.
    """
    try:
        yield
    except BaseException:
        connection.close()
        raise


def open_at(path: StrPath, version: int, upgrade: Upgrade) -> sqlite3.Connection:
    """A connection to the file at `path`, which is made or brought to `version` if need be.

    Raises:
        StorageTooNew, StorageDamaged, StorageUnavailable: see storage.errors.
    """
    try:
        create(path)
    except OSError as error:
        raise StorageUnavailable(f"{os.fspath(path)} cannot be made: {error.strerror}") from error
    with sorting_errors(path):
        connection = connect(path)
        with closed_on_error(connection):
            bring_to(connection, path, version, upgrade)
    return connection


def open_queue(queue_dir: StrPath) -> sqlite3.Connection:
    """A connection to the queue's file in `queue_dir`; otherwise as open_at."""
    return open_at(Path(queue_dir, schema.FILE), schema.VERSION, _upgrade_queue)


@contextmanager
def writing(queue_dir: StrPath) -> Iterator[sqlite3.Connection]:
    """A connection to the queue for one errand, closed at its end; its errors are sorted."""
    with closing(open_queue(queue_dir)) as connection, sorting_errors(Path(queue_dir, schema.FILE)):
        yield connection


def migrate(connection: sqlite3.Connection, path: StrPath) -> None:
    """Bring the queue's file to this version; an older one, or one that persist-queue made, keeps its rows."""
    bring_to(connection, path, schema.VERSION, _upgrade_queue)


def _upgrade_queue(connection: sqlite3.Connection) -> None:
    """From version 0, an empty file or persist-queue's own; or from version 1."""
    for statement in (schema.CREATE_TABLE, *schema.CREATE_OURS):
        connection.execute(statement)
    if "planned_at" not in {row[1] for row in connection.execute("PRAGMA table_info(job_schedule)")}:
        connection.execute(schema.ADD_PLANNED_AT)


def bring_to(connection: sqlite3.Connection, path: StrPath, version: int, upgrade: Upgrade) -> None:
    """Run `upgrade` in one transaction unless the file has `version` already.

    Raises:
        StorageTooNew: the file is newer than `version`; nothing was changed.
    """
    if check_version(connection, path, version) == version:
        return
    _use_wal(connection)
    with transaction(connection):
        if check_version(connection, path, version) < version:
            upgrade(connection)
            connection.execute(f"PRAGMA user_version = {version}")


def check_version(connection: sqlite3.Connection, path: StrPath, known: int) -> int:
    """The version of the file; raises StorageTooNew where it is above `known`."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > known:
        raise StorageTooNew(os.fspath(path), found, known)
    return found


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait its busy timeout here when two processes switch an empty file at once, so we do."""
    deadline = time.monotonic() + schema.BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_WAL_RETRY_S)
        else:
            return


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. Takes the write lock at its start, so that what is read inside is still true when it is written."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, a full disk for one.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def in_steps(change: Callable[[], int]) -> int:
    """Call `change`, one short transaction that returns how many rows it changed, until it changes fewer than STEP; the sum.

    In between the file is left to others for a moment: who waits for a lock looks for it now and then only, and would hardly ever find it free.
    """
    changed = last = change()
    while last == STEP:
        time.sleep(_GAP_S)
        last = change()
        changed += last
    return changed


@contextmanager
def durable(connection: sqlite3.Connection) -> Iterator[None]:
    """What is committed inside reaches the disk before the block ends, on a connection whose `synchronous` is NORMAL else."""
    connection.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous=NORMAL")


@contextmanager
def reading(path: StrPath) -> Iterator[sqlite3.Connection | None]:
    """A read-only connection that makes no file; None where there is no file.

    Raises:
        StorageDamaged, StorageUnavailable: see storage.errors.
    """
    if not Path(path).exists():
        yield None
        return
    with sorting_errors(path), closing(_open_read_only(Path(path))) as connection:
        yield connection


def _open_read_only(path: Path) -> sqlite3.Connection:
    address = path.absolute().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=schema.BUSY_TIMEOUT_S, isolation_level=None)
    try:
        with closed_on_error(connection):
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.OperationalError:
        if with_companions(path)[1].exists():
            raise
        # A folder that cannot be written has no room for -shm; without a log nothing can change under us there.
        return sqlite3.connect(f"{address}?immutable=1", uri=True, isolation_level=None)
    return connection
