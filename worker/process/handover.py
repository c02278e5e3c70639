"""How one worker follows another: a new one hands its line to the living one, waits for its place, or asks it to leave.

Each new worker is started with a fresh connection of Stash on its stdin. Where a worker lives and reads its pipe, the
line is written there, and the new process leaves. Where that one is about to leave, or has lost its pipe, the first of
the new ones stands in line until the pipe is there again, or the lock is free. The others leave.

Where there are no named pipes (Windows, and network shares that cannot hold one) the living worker sees by the lock of
that line that a successor waits. It does its jobs all the while, and makes room when it has had its connection for
`YOUNG_S`, or at once when its connection is what everything waits for.
"""

import os
import time

from sync_queue.held import is_held
from sync_queue.lock import WorkerLock, is_worker_alive
from worker.launch import FIFO_NAME, STOP, wake

YOUNG_S = 30.0
PATIENCE_S = 600.0
"""How long a successor stands in line: a worker that leaves may have to wait for a request first."""

_LINE = "worker.next.lock"
_STOP = "worker.stop.lock"
_TRIES = 5
_POLL_S = 0.05


def take_over(data_dir: str, lock: WorkerLock, line: bytes, patience_s: float = PATIENCE_S) -> bool:
    """Take `lock` once it is free. Return False where `line` went to the living worker or another successor waits.

    Raises:
        OSError: the lock cannot be used; the message says why.
    """
    for _ in range(_TRIES):
        if lock.acquire():
            return True
        if _hand_over(data_dir, line):
            return False
        time.sleep(_POLL_S)
    return _wait_in_line(data_dir, lock, line, time.monotonic() + patience_s)


def _wait_in_line(data_dir: str, lock: WorkerLock, line: bytes, deadline: float) -> bool:
    place = WorkerLock(data_dir, _LINE)
    if not place.acquire(tries=_TRIES):
        return False
    try:
        while not lock.acquire():
            if _hand_over(data_dir, line) or time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
    finally:
        place.release()
    return True


def _hand_over(data_dir: str, line: bytes) -> bool:
    return wake(os.path.join(data_dir, FIFO_NAME), line or b"\n") and is_held(data_dir)


def is_requested(data_dir: str) -> bool:
    """Return whether a successor waits for the lock."""
    return is_held(data_dir, _LINE)


def stop_worker(data_dir: str, timeout_s: float = 15.0) -> bool:
    """Ask the worker to finish its batch and leave; return whether none is left after `timeout_s`."""
    if not is_worker_alive(data_dir):
        return True
    deadline = time.monotonic() + timeout_s
    request = request_to_stop(data_dir)  # for a worker without a pipe
    try:
        wake(os.path.join(data_dir, FIFO_NAME), STOP)
        while is_worker_alive(data_dir):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
    finally:
        request.release()
    return True


def request_to_stop(data_dir: str) -> WorkerLock:
    """Ask the living worker to leave for as long as the returned lock is held."""
    request = WorkerLock(data_dir, _STOP)
    request.acquire(tries=_TRIES)
    return request


def is_stop_requested(data_dir: str) -> bool:
    """Return whether a process asks the worker to leave."""
    return is_held(data_dir, _STOP)
