"""The worker process: takes the lock, keeps the pipe, hosts the SyncWorker until there is a reason to leave."""

import contextlib
import os
import sys
from typing import Final

from worker.handover import take_over
from worker.launch import STDERR_NAME, ensure_worker
from worker.lock import WorkerLock
from worker.pipe import WakePipe
from worker.problem import keep_problem

_LOCK_TRIES: Final = 5
_STDERR_BYTES: Final = 64 * 1024


def main(data_dir: str, script: str) -> int:
    """Be the worker of `data_dir`, unless there is one; the exit status."""
    pipe = WakePipe(data_dir, inherited=0)
    lock = WorkerLock(data_dir)
    try:
        if not lock.acquire(tries=_LOCK_TRIES) and (pipe.is_open or not take_over(data_dir, lock)):
            return 0
    except OSError as error:
        return _cannot_work(data_dir, error)
    os.umask(0o077)
    line = b"" if pipe.is_open else sys.stdin.buffer.readline()
    pipe.open()
    _keep_stderr_small(data_dir)
    from worker.dependencies import MissingDependencyError, activate

    try:
        activate(os.path.dirname(os.path.abspath(script)))
    except MissingDependencyError as error:
        return _cannot_work(data_dir, error)
    return _host(data_dir, script, lock, pipe, line)


def _host(data_dir: str, script: str, lock: WorkerLock, pipe: WakePipe, line: bytes) -> int:
    from worker.host import Leave
    from worker.hosting import CannotWorkError, host

    try:
        end = host(data_dir, script, pipe, line)
    except CannotWorkError as error:
        return _cannot_work(data_dir, error)
    if end.is_whole:
        lock.release()
    # A worker that a hook started while we still held the lock has left by now, and what a hook wrote since we last read
    # is in the pipe: whoever gives the lock back looks once more.
    is_awaited = end.is_awaited or pipe.has_unread
    is_needed = end.leave.wants_successor or is_awaited or (end.leave is Leave.IDLE and _is_anything_pending(data_dir))
    if is_needed and os.path.exists(script):
        # What is in the pipe is newer than what we know, and goes to the successor by itself.
        ensure_worker(data_dir, script, b"\n" if pipe.has_unread else end.line)
    pipe.close()
    return 0


def _cannot_work(data_dir: str, error: Exception) -> int:
    sys.stderr.write(f"The worker cannot work: {error}\n")
    keep_problem(data_dir, str(error))
    return 1


def _is_anything_pending(data_dir: str) -> bool:
    import sqlite3

    from sync_queue import get_stats, schema

    try:
        return get_stats(os.path.join(data_dir, schema.FOLDER))["pending"] > 0
    except sqlite3.Error:  # those of the queue are among them
        return False


def _keep_stderr_small(data_dir: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.getsize(os.path.join(data_dir, STDERR_NAME)) > _STDERR_BYTES:
            os.truncate(os.path.join(data_dir, STDERR_NAME), 0)
