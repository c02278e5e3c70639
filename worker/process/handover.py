"""How one worker follows another: a new one hands its line to the living one, or waits for its place.

Each new worker is started with a fresh connection of Stash on its stdin. Where a worker lives and reads its pipe, the
line is written there, and the new process leaves. Where nobody reads, because that one is about to leave, has lost its
pipe, or has one that is not to be seen from here, the new one stands in line until the pipe is there again, or the lock
is free. Only the newest stands there, because its connection is the freshest. The living worker does its jobs all the
while, and makes room when its own connection is what everything waits for.

Who has waited does not work itself: the plugin's files may have changed meanwhile, and half of them are imported. It
starts a process that does.
"""

import os
import time
from collections.abc import Callable

from sync_queue.held import is_held
from sync_queue.lock import WorkerLock, is_worker_alive
from worker.launch import STOP, wake

PATIENCE_S = 600.0
"""How long a successor stands in line: a worker that leaves may have to wait for a request first."""

_LINE = "worker.next.lock"
_TRIES = 5
_POLL_S = 0.05


def take_over(
    data_dir: str, lock: WorkerLock, line: bytes, begin_anew: Callable[[], object], patience_s: float = PATIENCE_S
) -> bool:
    """Take `lock` if it is free. Return False where `line` went to another process, or will when that one leaves.

    Raises:
        OSError: the lock cannot be used; the message says why.
    """
    for _ in range(_TRIES):
        if lock.acquire():
            return True
        if wake(data_dir, line or b"\n"):
            return False
        time.sleep(_POLL_S)
    if _wait_in_line(data_dir, lock, line, time.monotonic() + patience_s):
        lock.release()
        begin_anew()
    return False


def _wait_in_line(data_dir: str, lock: WorkerLock, line: bytes, deadline: float) -> bool:
    """Return whether `lock` is ours now; False when the line was handed over, a newer one came, or the time is over."""
    place = _Place(data_dir)
    try:
        while place.is_newest() and time.monotonic() < deadline:
            if place.is_taken() and lock.acquire():
                return True
            if wake(data_dir, line or b"\n"):
                return False
            time.sleep(_POLL_S)
    finally:
        place.leave()
    return False


class _Place:
    """The place in line: its lock says that somebody waits, and the time of the lock's file who came last."""

    def __init__(self, data_dir: str) -> None:
        self._path = os.path.join(data_dir, _LINE)
        self._lock = WorkerLock(data_dir, _LINE)
        self._is_ours = self._lock.acquire()
        os.utime(self._path)
        self._came_at = self._last_came_at()

    def is_newest(self) -> bool:
        return self._last_came_at() == self._came_at

    def _last_came_at(self) -> int:
        try:
            return os.stat(self._path).st_mtime_ns
        except FileNotFoundError:  # removed by hand: who comes next makes it again
            return 0

    def is_taken(self) -> bool:
        """Return whether we have it, as soon as the one before us has gone."""
        self._is_ours = self._is_ours or self._lock.acquire()
        return self._is_ours

    def leave(self) -> None:
        self._lock.release()


def is_requested(data_dir: str) -> bool:
    """Return whether a successor waits for the lock."""
    return is_held(data_dir, _LINE)


def stop_worker(data_dir: str, timeout_s: float = 15.0) -> bool:
    """Ask the worker to finish its batch and leave; return whether none is left after `timeout_s`."""
    if not is_worker_alive(data_dir):
        return True
    deadline = time.monotonic() + timeout_s
    wake(data_dir, STOP)
    while is_worker_alive(data_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
