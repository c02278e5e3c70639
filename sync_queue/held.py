"""Whether somebody holds a lock of a data folder: what a hook needs of sync_queue.lock, since each line costs."""

import os

LOCK_NAME = "worker.lock"
OTHERS = 0o077
"""The rights of everybody but the owner."""

_NO_LOCKS = 22  # EINVAL, what Windows' refusals that have no number of their own become

FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""No link is followed, and a pipe in the file's place does not hold us up."""

WAIT_FOR_NOBODY = getattr(os, "O_NONBLOCK", 0)
"""For what is only read, or only written."""


def is_held(data_dir: str, name: str = LOCK_NAME) -> bool:
    """Whether any process holds the lock `name` of `data_dir`. Makes no file; who only looks is not seen."""
    try:
        descriptor = os.open(os.path.join(data_dir, name), FLAGS)
    except OSError:
        return False
    try:
        return is_trusted(os.fstat(descriptor), data_dir) and not try_lock(descriptor, shared=True)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def is_trusted(found: os.stat_result, data_dir: str) -> bool:
    """Whether a file in `data_dir` is of somebody who may do anything there: ourselves, root, the folder's owner.

    A container often works as root in a folder of somebody else, and finds files of both. Windows has no such owners.
    """
    return os.name == "nt" or found.st_uid in (os.geteuid(), 0) or found.st_uid == os.stat(data_dir).st_uid


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """False where somebody has it; any other error is the file system's. On Windows it is the byte at the position."""
    if os.name == "nt":  # asking for fcntl there looks into every folder of the path
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore] # Windows
        except OSError as error:
            if error.errno == _NO_LOCKS:
                raise
            return False  # EACCES: another process has it. Wine leaves errno as it was
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # EWOULDBLOCK, or EACCES where locks of whole files are made of others
        return False
    return True
