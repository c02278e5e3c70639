"""Where saves go while the queue's file cannot take them: damaged, written by a newer version, locked for long. One line of JSON a job.

A hook writes it when nothing else is left to it, also by an older Python than ours (see entry.old_python, which is why this file says so little of
types); the worker takes the jobs in once it has mended the queue.
"""

import os
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path

from storage.disk import sync_folder
from sync_queue import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

FILE = "saves.jsonl"
TAKEN = "saves.taken.jsonl"
"""What `take_in` is at. Where a kill has left it behind, the next one begins with it."""

_MODE = 0o600


def note(queue_dir: str, data: bytes) -> None:
    """Append one job (the JSON that its row would hold) durably.

    Raises:
        OSError: this file cannot be written either.
    """
    os.makedirs(queue_dir, mode=0o700, exist_ok=True)
    path = os.path.join(queue_dir, FILE)
    while True:
        is_new = not os.path.exists(path)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _MODE)
        try:
            _lock(file)
            if not _is_moved(file, path):  # else the worker has taken it while we waited for the lock
                _append(file, data + b"\n")
                break
        finally:
            os.close(file)
    if is_new:
        sync_folder(queue_dir)


def _append(file: int, line: bytes) -> None:
    """All of the line or nothing: half of one, on a disk that is full, would spoil the next."""
    size = os.fstat(file).st_size
    if size and os.lseek(file, size - 1, os.SEEK_SET) and os.read(file, 1) != b"\n":
        line = b"\n" + line  # a power cut has left half of one
    written = 0
    try:
        written = os.write(file, line)
        os.fsync(file)
    finally:
        if written < len(line):
            os.ftruncate(file, size)
    if written < len(line):
        raise OSError(ENOSPC, os.strerror(ENOSPC))


def is_there(queue_dir: str) -> bool:
    """Whether any job waits to be taken in. Costs microseconds."""
    return any(os.path.exists(os.path.join(queue_dir, name)) for name in (TAKEN, FILE))


def take_in(connection: "sqlite3.Connection", queue_dir: str, now: float) -> int:
    """Append the noted jobs to the queue and remove the file; how many. To be called outside of a transaction.

    The file is the only copy that a power cut leaves, so it goes only when the disk has the rows. A kill between the two doubles rows of jobs that
    are merged when they are claimed. A line that is no job becomes a row all the same, and from there a dead letter.

    Raises:
        sqlite3.Error, OSError: what is not in the queue yet is still beside it.
    """
    from sync_queue.files import durable, transaction

    count = 0
    for _ in range(2):  # what a kill has left behind, and what came since
        taken = _take(queue_dir)
        if taken is None:
            break
        rows = [(line, now) for line in taken.read_bytes().split(b"\n") if line.strip()]
        with durable(connection), transaction(connection):
            connection.executemany(schema.INSERT, rows)
        count += len(rows)
        # Emptied first: where a virus scanner has the file, so that it cannot go yet, its rows must not come again.
        os.truncate(taken, 0)
        with suppress(PermissionError):
            taken.unlink()
    return count


def _take(queue_dir: str) -> "Path | None":
    """The file under the name by which no hook appends to it any more; None where there is none.

    Windows neither renames nor removes a file that is open: here nobody has it open, and where a hook does it is taken at the next step.
    """
    path, taken = Path(queue_dir, FILE), Path(queue_dir, TAKEN)
    if not taken.exists():
        with suppress(FileNotFoundError, PermissionError), _nobody_appending(path):
            path.rename(taken)
    return taken if taken.exists() else None


@contextmanager
def _nobody_appending(path: Path) -> "Iterator[None]":
    """A hook holds this lock for one line, so it takes a moment. Windows has no such lock and needs none."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_moved(file: int, path: str) -> bool:
    """Whether the open `file` stands under another name than `path`, or under none."""
    try:
        return not os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return True


def _lock(file: int) -> None:
    """Wait until no other process writes or moves the file; closing it ends that."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open cannot be moved either
        return
    fcntl.flock(file, fcntl.LOCK_EX)
