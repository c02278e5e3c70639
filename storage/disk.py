"""Files of ours as the file system sees them. An older Python must be able to read this, see entry.fallback."""

import os
import time
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    StrPath = str | os.PathLike[str]

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_PATIENCE_S = 1.0
FRESH = ".fresh"
"""Behind the name of a file that is not whole yet; a kill leaves it."""
_GAP_S = 0.01


def create(path: "StrPath") -> None:
    """Make the file (0600, empty), its folder and the one above (0700) where they are missing. Raises OSError.

    SQLite gives the companions the rights of the file.
    """
    folder = Path(path).parent
    for new in (folder.parent, folder):  # the mode that mkdir is given is the innermost folder's only
        new.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    # Only a file that is new: closing a descriptor of a database drops the locks that connections of this process hold
    # on it. Source: https://www.sqlite.org/howtocorrupt.html, "POSIX advisory locks canceled".
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE))
        for new in (folder, folder.parent, folder.parent.parent):  # SQLite does so for the log only
            sync_folder(new)


def restrict(path: "StrPath") -> None:
    """Take away the rights of others on a file, its companions and its folder, where a copy brought them.

    Nothing happens where there are no such rights (Windows), or the file system refuses (a network share, FAT).
    """
    if os.name == "nt":
        return
    for name, mode in ((Path(path).parent, _FOLDER_MODE), *((file, _FILE_MODE) for file in with_companions(path))):
        with suppress(OSError):  # missing, or another user's, and then it is not ours to judge
            if S_IMODE(name.stat().st_mode) != mode:
                name.chmod(mode)


def with_companions(path: "StrPath") -> "tuple[Path, ...]":
    """The database file and the two that SQLite puts beside it."""
    return tuple(Path(os.fspath(path) + end) for end in ("", "-wal", "-shm"))


def sync_folder(folder: "StrPath") -> None:
    """Have the disk know of new files in `folder`. Windows and some network shares have no such thing."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


def write_whole(path: str, data: "str | bytes", *, at: "float | None" = None) -> None:
    """Replace the file at `path`, durably, as of `at` (epoch seconds); it is its owner's alone.

    Raise OSError, and then the file is as it was, and takes no more room.
    """
    fresh = f"{path}{FRESH}"
    Path(fresh).unlink(missing_ok=True)  # of a process that was killed, with whatever rights
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode("utf-8", "replace"))
            file.flush()
            os.fsync(descriptor)
        if at is not None:
            os.utime(fresh, (at, at))
        give_name(fresh, path)
    except OSError:
        with suppress(OSError):
            Path(fresh).unlink()
        raise
    sync_folder(Path(path).parent)


def give_name(fresh: str, path: str) -> None:
    """Give a whole file its name, in place of one that has it. Raises OSError.

    Windows renames nothing, and replaces nothing, that another program has open. That is waited for a second, and no
    longer: a user may wait for us.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            Path(fresh).replace(path)
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
            time.sleep(_GAP_S)
        else:
            return


def place_for_scratch(folder: "StrPath") -> str:
    """Return `folder` where SQLite finds no other place for the scratch files of large changes; else "".

    In a container whose root cannot be written, for one. Source: https://www.sqlite.org/tempfiles.html, section 5.
    """
    usual = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    has_one = any(os.access(place, os.W_OK | os.X_OK) for place in usual if place)
    return "" if has_one or os.name == "nt" else os.fspath(folder)


def why_no_sqlite(folder: "StrPath") -> str:
    """Return what SQLite needs and the file system of `folder` has not, in words; "" where nothing is known to miss.

    SQLite's own errors say that a file is locked, or speak of the disk. Raises nothing: it is asked where something has
    failed already. Source: https://www.sqlite.org/wal.html, section 8, and sqliteErrorFromPosixError in os_unix.c.
    """
    missing = _missing_for_sqlite(Path(folder, f"probe-{os.getpid()}"))
    if not missing:
        return ""
    return (
        f"{os.fspath(folder)} lies on a file system without {missing}, and nothing can be synced from there. Have the "
        "environment variable STASH_PLUGIN_DATA of Stash name a folder on a local disk, or mount the share with them"
    )


def _missing_for_sqlite(path: Path) -> str:
    try:
        import fcntl
        import mmap

        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    except (ImportError, OSError):
        return ""
    missing = "locks of files"
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        missing = ""
        os.write(descriptor, bytes(mmap.PAGESIZE))
        missing = "memory that programs share (mmap)"
        mmap.mmap(descriptor, mmap.PAGESIZE).close()
    except (OSError, ValueError):
        return missing
    finally:
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()
    return ""
