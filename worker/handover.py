"""Taking over from a living worker where there are no named pipes: Windows, and network shares that cannot hold one.

Each hook starts a successor with its fresh connection on stdin. The first of them stands in line for the worker's lock, which
the living worker sees by the lock of that line, and the others leave. The living worker does its jobs all the while, and makes
room when it has had its connection for `YOUNG_S`, or at once when its connection is what everything waits for.
"""

import os
import subprocess
import time

from worker.launch import STDERR_NAME, child_environment, private, worker_command
from worker.lock import WorkerLock, is_held

YOUNG_S = 30.0
PATIENCE_S = 120.0
_LINE = "worker.next.lock"
_STOP = "worker.stop.lock"
_TRIES = 5
_POLL_S = 0.1


def start_successor(data_dir: str, script: str, message: bytes) -> None:
    """Start a worker that takes over; `message` goes to its stdin. Raises OSError where no process can be started."""
    with open(os.path.join(data_dir, STDERR_NAME), "ab", opener=private) as errors:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            worker_command(script, data_dir),
            env=child_environment(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),
        )
    if process.stdin is not None:
        process.stdin.write(message)
        process.stdin.close()
    process.returncode = 0  # it outlives us on purpose: no warning about that when this object goes


def take_over(data_dir: str, lock: WorkerLock, patience_s: float = PATIENCE_S) -> bool:
    """Wait for `lock`, which the living worker gives away; False where another successor waits already, or after `patience_s`."""
    line = WorkerLock(data_dir, _LINE)
    if not line.acquire(tries=_TRIES):
        return False
    deadline = time.monotonic() + patience_s
    try:
        while not lock.acquire():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
    finally:
        line.release()
    return True


def is_requested(data_dir: str) -> bool:
    """Whether a successor waits for the lock."""
    return is_held(data_dir, _LINE)


def request_to_stop(data_dir: str) -> WorkerLock:
    """Ask the living worker to leave for as long as the returned lock is held: the request ends with whoever made it."""
    request = WorkerLock(data_dir, _STOP)
    request.acquire(tries=_TRIES)
    return request


def is_told_to_stop(data_dir: str) -> bool:
    """Whether somebody asks the worker to leave."""
    return is_held(data_dir, _STOP)
