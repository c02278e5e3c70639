"""The lock that makes the worker of a data folder the only one. The system releases it when the process dies."""

import os
import time
from typing import BinaryIO

LOCK_NAME = "worker.lock"
_GAP_S = 0.05


class LockUnusableError(OSError):
    """The file system of the data folder refuses locks (some network shares do), so nobody can tell whether a worker lives.

    There is nothing else to fall back to: SQLite needs locks of the same file system for the queue.
    """

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(
            error.errno,
            f"{path} cannot be locked ({error.strerror}): the file system of the data folder has no file locks. "
            "Put the folder of Stash's plugins on a local disk, or mount the share with locks",
        )

    def __str__(self) -> str:
        return str(self.strerror)


class WorkerLock:
    """Held from `acquire` to `release` or to the end of the process, whichever comes first."""

    def __init__(self, data_dir: str, name: str = LOCK_NAME) -> None:
        self._path = os.path.join(data_dir, name)
        self._file: BinaryIO | None = None

    def acquire(self, *, tries: int = 1) -> bool:
        """Take the lock; False where another process has it. Raises OSError where the file cannot be made or locked.

        Somebody who only looks whether it is held holds it for a moment: whoever wants to have it tries more than once.
        """
        for _ in range(tries - 1):
            if self._acquire():
                return True
            time.sleep(_GAP_S)
        return self._acquire()

    def _acquire(self) -> bool:
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        try:
            is_ours = _try_lock(file)
        except OSError as error:
            file.close()
            raise LockUnusableError(self._path, error) from error
        if is_ours:
            self._file = file
        else:
            file.close()
        return is_ours

    def release(self) -> None:
        """Give the lock back; nothing where it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def is_worker_alive(data_dir: str) -> bool:
    """Whether any process holds the worker lock of `data_dir`."""
    return is_held(data_dir, LOCK_NAME)


def is_held(data_dir: str, name: str) -> bool:
    """Whether any process holds the lock `name` of `data_dir`; makes no file."""
    if not os.path.exists(os.path.join(data_dir, name)):
        return False
    lock = WorkerLock(data_dir, name)
    try:
        if not lock.acquire():
            return True
    except OSError:
        return False
    lock.release()
    return False


def _try_lock(file: BinaryIO) -> bool:
    """False where somebody has it; any other error is the file system's."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]  # on Windows only
        except PermissionError:  # EACCES: another process has it
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # EWOULDBLOCK, or EACCES where locks of whole files are made of others
        return False
    return True
