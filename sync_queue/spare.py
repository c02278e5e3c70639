"""Where saves go while the queue's file cannot take them: damaged, written by a newer version, locked for long. One line of JSON a job.

A hook writes it when nothing else is left to it; the worker takes the jobs in once it has mended the queue. Imports the standard library only.
"""

import os
import sqlite3
from contextlib import suppress
from errno import ENOSPC
from typing import Final

from sync_queue import schema

FILE: Final = "saves.jsonl"
_MODE: Final = 0o600


def note(queue_dir: str, data: bytes) -> None:
    """Append one job (the JSON that its row would hold) durably.

    Raises:
        OSError: this file cannot be written either.
    """
    os.makedirs(queue_dir, mode=0o700, exist_ok=True)
    while True:
        file = os.open(os.path.join(queue_dir, FILE), os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
        try:
            _lock(file)
            if os.fstat(file).st_nlink:  # else the worker took it in and removed it while we waited for the lock
                _append(file, data + b"\n")
                return
        finally:
            os.close(file)


def _append(file: int, line: bytes) -> None:
    """All of the line or nothing: half of one, on a disk that is full, would spoil the next."""
    size = os.fstat(file).st_size
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
    return os.path.exists(os.path.join(queue_dir, FILE))


def take_in(connection: sqlite3.Connection, queue_dir: str, now: float) -> int:
    """Append the noted jobs to the queue and remove the file; how many. To be called outside of a transaction.

    A kill between the two doubles rows of jobs that are merged when they are claimed. A line that is no job becomes a row all the same, and from there a dead letter.
    """
    path = os.path.join(queue_dir, FILE)
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    with os.fdopen(file, "rb") as lines:
        _lock(file)
        rows = [(line.rstrip(b"\n"), now) for line in lines if line.strip()]
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            connection.executemany(schema.INSERT, rows)
        with suppress(FileNotFoundError):
            os.unlink(path)
    return len(rows)


def _lock(file: int) -> None:
    """Wait until no other process reads or writes the file; closing it ends that."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open cannot be removed either
        return
    fcntl.flock(file, fcntl.LOCK_EX)
