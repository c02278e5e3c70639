"""The worker process: takes the lock, keeps the pipe, hosts the SyncWorker until there is a reason to leave."""

import contextlib
import os
import sys
import time
from typing import Final

from worker.handover import take_over
from worker.launch import STDERR_NAME, ensure_worker
from worker.lock import WorkerLock
from worker.pipe import WakePipe

_LOCK_TRIES: Final = 5
_LOCK_GAP_S: Final = 0.05
_STDERR_BYTES: Final = 64 * 1024


def main(data_dir: str, script: str) -> int:
    """Be the worker of `data_dir`, unless there is one; the exit status."""
    pipe = WakePipe(data_dir, inherited=0)
    lock = WorkerLock(data_dir)
    if not _acquire(lock) and (pipe.is_open or not take_over(data_dir, lock)):
        return 0
    os.umask(0o077)
    line = b"" if pipe.is_open else sys.stdin.buffer.readline()
    pipe.open()
    _keep_stderr_small(data_dir)
    from worker.dependencies import MissingDependencyError, activate

    try:
        activate(os.path.dirname(os.path.abspath(script)))
    except MissingDependencyError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return _host(data_dir, script, lock, pipe, line)


def _host(data_dir: str, script: str, lock: WorkerLock, pipe: WakePipe, line: bytes) -> int:
    from worker.hosting import host

    leave, last_line = host(data_dir, script, pipe, line)
    lock.release()
    if leave.wants_successor and os.path.exists(script):
        ensure_worker(data_dir, script, last_line)
    return 0


def _acquire(lock: WorkerLock) -> bool:
    """Take the lock. Somebody who only looks whether a worker lives holds it for a moment, so it is tried more than once."""
    for _ in range(_LOCK_TRIES):
        if lock.acquire():
            return True
        time.sleep(_LOCK_GAP_S)
    return False


def _keep_stderr_small(data_dir: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.getsize(os.path.join(data_dir, STDERR_NAME)) > _STDERR_BYTES:
            os.truncate(os.path.join(data_dir, STDERR_NAME), 0)
