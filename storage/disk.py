"""Files of ours as the file system sees them. An older Python must be able to read this, see entry.fallback."""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    StrPath = str | os.PathLike[str]

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


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
    """Take away the rights of others on a file, its companions and its folder, where a copy brought them."""
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


def write_whole(path: str, text: str) -> None:
    """Replace the file at `path`, durably; it is its owner's alone. Raise OSError, and then the file is as it was."""
    fresh = f"{path}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        if hasattr(os, "fchmod"):  # not on Windows
            os.fchmod(descriptor, _FILE_MODE)
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    Path(fresh).replace(path)
