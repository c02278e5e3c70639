"""The lock that makes the worker of a data folder the only one. It ends with the process."""

import errno
import os
import time

from sync_queue.held import FLAGS, LOCK_NAME, OTHERS, is_held, is_trusted, try_lock
from sync_queue.owner import named_user

_GAP_S = 0.05
_NOT_OURS = frozenset({errno.EACCES, errno.ELOOP, errno.EISDIR})
"""A file of another user, a link, a folder in the place of the file."""

_REGULAR_BITS, _TYPE_BITS = 0o100000, 0o170000


class LockUnusableError(OSError):
    """Nobody can tell whether a worker lives; the message says why and what to do.

    There is nothing else to fall back to: SQLite needs locks of the same file system for the queue.
    """

    def __str__(self) -> str:
        return str(self.strerror)


class WorkerLock:
    """Held from `acquire` to `release` or to the end of the process, whichever comes first.

    The worker's own lock is that file and the folder itself: the file is what other programs look at and what holds
    between machines, and the folder cannot be removed under a living worker as a file can.
    """

    def __init__(self, data_dir: str, name: str = LOCK_NAME) -> None:
        self._data_dir = data_dir
        self._path = os.path.join(data_dir, name)
        self._with_folder = name == LOCK_NAME
        self._file: int | None = None
        self._folder: int | None = None

    def acquire(self, *, tries: int = 1) -> bool:
        """Take the lock; False where another process has it.

        Somebody who only looks whether it is held holds it for a moment: whoever wants to have it tries more than once.

        Raises:
            LockUnusableError: the file is not to be trusted, or the file system refuses locks.
            OSError: the file cannot be made.
        """
        for _ in range(tries - 1):
            if self._acquire():
                return True
            time.sleep(_GAP_S)
        return self._acquire()

    def _acquire(self) -> bool:
        self._file = self._open()
        try:
            is_ours = try_lock(self._file) and self.is_intact() and self._take_folder()
        except OSError as error:
            self.release()
            raise LockUnusableError(
                error.errno,
                f"{self._path} cannot be locked ({error.strerror}): the file system of the data folder has no file "
                "locks. Put the folder of Stash's plugins on a local disk, or mount the share with locks",
            ) from error
        if not is_ours:
            self.release()
        return is_ours

    def _open(self) -> int:
        try:
            descriptor = os.open(self._path, FLAGS | os.O_CREAT, 0o600)
        except OSError as error:
            if error.errno in _NOT_OURS and os.path.lexists(self._path):
                raise _refused(self._path, self._data_dir, os.lstat(self._path), error.strerror) from error
            raise
        found = os.fstat(descriptor)
        if found.st_mode & _TYPE_BITS != _REGULAR_BITS or not is_trusted(found, self._data_dir):
            os.close(descriptor)
            raise _refused(self._path, self._data_dir, found, "it is not the plugin's own")
        _close_to_others(descriptor, found)
        return descriptor

    def _take_folder(self) -> bool:
        """Whether nobody else has the folder. True too where folders cannot be locked, as on Windows."""
        self._folder = open_folder(self._data_dir) if self._with_folder else None
        if self._folder is None:
            return True
        try:
            return try_lock(self._folder)
        except OSError:
            return True

    def is_intact(self) -> bool:
        """Whether the file that is locked is still the one by that name: if not, somebody else may get another one.

        Raises:
            OSError: nobody can tell now.
        """
        if self._file is None:
            return False
        try:
            return os.path.samestat(os.lstat(self._path), os.fstat(self._file))
        except FileNotFoundError:
            return False

    def demand(self) -> None:
        """To be called right before anything that only the holder may do.

        Raises:
            storage.errors.StorageUnavailable: the lock is not held any more, or nobody can tell now.
        """
        from storage.errors import StorageUnavailable

        try:
            is_intact = self.is_intact()
        except OSError as error:
            raise StorageUnavailable(f"{self._path} cannot be looked at now: {error.strerror}") from error
        if not is_intact:
            raise StorageUnavailable(f"{self._path} was removed or replaced; another worker may have begun")

    def release(self) -> None:
        """Give the lock back; nothing where it is not held."""
        for descriptor in (self._folder, self._file):
            if descriptor is not None:
                os.close(descriptor)
        self._file = self._folder = None


def is_worker_alive(data_dir: str) -> bool:
    """Whether any process holds the worker lock of `data_dir`, or the folder if its file was removed. Makes no file."""
    return is_held(data_dir, LOCK_NAME) or _is_folder_held(data_dir)


def open_folder(folder: str) -> int | None:
    """A descriptor of the folder itself, for locking it; None where there is no such thing."""
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def _is_folder_held(data_dir: str) -> bool:
    descriptor = open_folder(data_dir)
    if descriptor is None:
        return False
    try:
        return not try_lock(descriptor, shared=True)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _close_to_others(descriptor: int, found: os.stat_result) -> None:
    """Whoever may read the file could hold the lock. Where all files have the same rights, nothing can be done."""
    if found.st_mode & OTHERS and os.name != "nt":
        try:
            os.fchmod(descriptor, 0o600)
        except OSError:
            return


def _refused(path: str, data_dir: str, found: os.stat_result, why: str | None) -> LockUnusableError:
    owner = ""
    if os.name != "nt":
        owner = f", belongs to user {named_user(found.st_uid)}, and Stash runs as {named_user(os.geteuid())}"
    return LockUnusableError(
        errno.EACCES,
        f"{path} cannot be used ({why}){owner}. If no Stash of that user works with this folder, remove the file; "
        f"nobody but Stash needs rights to {data_dir}",
    )
