"""The worker process: takes the lock, keeps the pipe, hosts the SyncWorker until there is a reason to leave."""

import contextlib
import os
import sys
from typing import Final

from sync_queue.lock import WorkerLock
from worker.process.connection import is_stop, parse_message
from worker.process.handover import take_over
from worker.process.launch import STDERR_NAME, ensure_worker
from worker.process.pipe import WakePipe
from worker.process.problem import keep_problem

_STDERR_BYTES: Final = 64 * 1024


def main(data_dir: str, script: str) -> int:
    """Be the worker of `data_dir`, unless there is one; the exit status."""
    line = _given()
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
    from worker.process.dependencies import MissingDependencyError, activate

    try:
        activate(os.path.dirname(os.path.abspath(script)))
    except MissingDependencyError as error:
        return _cannot_work(data_dir, error)
    return _host(data_dir, script, lock, pipe, line)


def _given() -> bytes:
    """The line on stdin. Nothing of whoever started us is held open after that."""
    line = sys.stdin.buffer.readline()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return line


def _host(data_dir: str, script: str, lock: WorkerLock, pipe: WakePipe, line: bytes) -> int:
    from worker.process.hosting import CannotWorkError, host
    from worker.process.lifetime import Leave

    try:
        end = host(data_dir, script, pipe, lock, line)
    except CannotWorkError as error:
        return _cannot_work(data_dir, error)
    # What a hook wrote since we last read counts on a worker: whoever gives the lock back looks once more.
    unread = pipe.take_unread()
    if end.is_whole:
        lock.release()
    is_awaited = end.is_awaited or any(not is_stop(each) for each in unread)
    is_needed = end.leave.wants_successor or is_awaited or (end.leave is Leave.IDLE and _is_anything_pending(data_dir))
    if is_needed and os.path.exists(script):
        ensure_worker(data_dir, script, _newest(unread) or end.line)
    pipe.close()
    return 0


def _newest(lines: list[bytes]) -> bytes:
    """The last of `lines` that says how to reach Stash, or nothing."""
    return next((line + b"\n" for line in reversed(lines) if parse_message(line)), b"")


def _cannot_work(data_dir: str, error: Exception) -> int:
    from sync_queue.owner import why_not_ours

    said = ". ".join(filter(None, (str(error).rstrip("."), why_not_ours(data_dir))))
    sys.stderr.write(f"The worker cannot work: {said}\n")
    keep_problem(data_dir, said)
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
