"""Damaged databases of ours are set aside, never deleted: file and companions together, or nothing of them."""

import errno
import os
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from storage.disk import with_companions
from storage.errors import StorageUnavailable

HELD_S: Final = 5.0
"""How long to wait for another program to let go: a virus scanner does within that, a backup may not."""

_GAP_S: Final = 0.05
_SHARING: Final = frozenset({5, 32, 33})
"""ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION. Source: System Error Codes of Windows."""

_BUSY: Final = frozenset({errno.EBUSY, errno.ETXTBSY})

StrPath = str | os.PathLike[str]


class NotSetAside(StorageUnavailable):
    """The file at `path` stands where it stood, with its companions. A later try may work."""

    def __init__(self, path: StrPath, problem: OSError) -> None:
        super().__init__(f"{os.fspath(path)} is damaged or newer and cannot be set aside: {_reason(problem)}")


def rename(path: StrPath, new: StrPath) -> None:
    """Rename a database and its companions, all or none; what is missing is left out.

    No connection of this process may be open on it. The database goes last: a log that outlived it would be read into
    the next database of its name. Windows renames nothing that a program has open, so each is tried by its own name
    first, which changes nothing, and what was renamed before one refuses gets its name back.

    Raises:
        NotSetAside: another program keeps one of them for HELD_S, or the file system refuses.
    """
    deadline = time.monotonic() + HELD_S
    while True:
        try:
            return _rename(path, new)
        except OSError as problem:
            if not _is_held(problem) or time.monotonic() > deadline:
                raise NotSetAside(path, problem) from problem
        time.sleep(_GAP_S)


def set_aside(path: StrPath, now: float, *, name: str = "") -> Path:
    """Rename a damaged database to `<name>.corrupt-<UTC time>`, `name` being its own without one; return the new path.

    Raises:
        NotSetAside: see `rename`.
    """
    stem = (
        f"{Path(path).with_name(name or Path(path).name)}.corrupt-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}"
    )
    names = (Path(stem if number == 1 else f"{stem}-{number}") for number in count(1))
    new = next(each for each in names if not each.exists())
    rename(path, new)
    return new


def _rename(path: StrPath, new: StrPath) -> None:
    pairs = [pair for pair in zip(with_companions(path), with_companions(new), strict=True) if pair[0].exists()]
    for old_name, _ in pairs:
        old_name.replace(old_name)
    done: list[tuple[Path, Path]] = []
    try:
        for old_name, new_name in reversed(pairs):
            old_name.replace(new_name)
            done.append((old_name, new_name))
    except OSError:
        for old_name, new_name in reversed(done):
            with suppress(OSError):
                new_name.replace(old_name)
        raise


def _is_held(problem: OSError) -> bool:
    return getattr(problem, "winerror", None) in _SHARING or problem.errno in _BUSY


def _reason(problem: OSError) -> str:
    if not _is_held(problem):
        return problem.strerror or str(problem)
    held = Path(problem.filename or "it").name
    return (
        f"another program has {held} open, such as a virus scanner, a backup or a viewer of databases. "
        "Close it there; the next save or task tries again"
    )
