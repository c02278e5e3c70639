"""The worker process up to its lock and pipe, and what it owes to hooks when it ends. Imports nothing heavy."""

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Final

from sync_queue.lock import WorkerLock
from worker import notices
from worker.launch import STDERR_NAME, ensure_worker, is_stop, parse_message
from worker.process.handover import take_over
from worker.process.pipe import WakePipe

if TYPE_CHECKING:
    from worker.process.hosting import Ending

_STDERR_BYTES: Final = 64 * 1024


def main(data_dir: str, script: str) -> int:
    """Be the worker of `data_dir`, unless there is one; return the exit status."""
    line = _first_line()
    lock = WorkerLock(data_dir)
    try:
        if not take_over(data_dir, lock, line):
            return 0
    except OSError as error:
        return _cannot_work(data_dir, error)
    os.umask(0o077)
    pipe = WakePipe(data_dir)
    pipe.open()
    _keep_stderr_small(data_dir)
    from worker.installation import MissingDependencyError, activate

    try:
        activate(os.path.dirname(os.path.abspath(script)))
    except MissingDependencyError as error:
        return _cannot_work(data_dir, error)
    return _work(data_dir, script, lock, pipe, line)


def _first_line() -> bytes:
    """Return the line on stdin, and let go of the pipe that it came by."""
    line = sys.stdin.buffer.readline()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return line


def _work(data_dir: str, script: str, lock: WorkerLock, pipe: WakePipe, line: bytes) -> int:
    from worker.process.hosting import CannotWorkError, host

    try:
        ending = host(data_dir, script, pipe, lock, line)
    except CannotWorkError as error:
        return _cannot_work(data_dir, error)
    unread = pipe.take_unread()
    if ending.is_whole:
        lock.release()
    if _is_worker_needed(data_dir, ending, unread) and os.path.exists(script):
        newest = next((each + b"\n" for each in reversed(unread) if parse_message(each)), ending.line)
        ensure_worker(data_dir, script, newest)
    pipe.close()
    return 0


def _is_worker_needed(data_dir: str, ending: "Ending", unread: list[bytes]) -> bool:
    """Return whether a successor has to be started: a hook that wrote behind the last look counts on one."""
    from worker.process.lifetime import ExitReason

    if ending.reason.wants_successor or ending.is_awaited or not all(map(is_stop, unread)):
        return True
    return ending.reason is ExitReason.IDLE and _is_anything_pending(data_dir)


def _is_anything_pending(data_dir: str) -> bool:
    import sqlite3

    from sync_queue import get_stats, schema

    try:
        return get_stats(os.path.join(data_dir, schema.FOLDER))["pending"] > 0
    except sqlite3.Error:  # those of the queue are among them
        return False


def _cannot_work(data_dir: str, error: Exception) -> int:
    from storage.disk import why_no_sqlite
    from sync_queue.owner import why_not_ours

    why = why_not_ours(data_dir) or why_no_sqlite(data_dir)
    reason = ". ".join(filter(None, (str(error).rstrip("."), why)))
    sys.stderr.write(f"The worker cannot work: {reason}\n")
    notices.leave(data_dir, notices.PROBLEM, reason)
    return 1


def _keep_stderr_small(data_dir: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.getsize(os.path.join(data_dir, STDERR_NAME)) > _STDERR_BYTES:
            os.truncate(os.path.join(data_dir, STDERR_NAME), 0)
