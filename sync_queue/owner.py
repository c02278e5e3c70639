"""Whose the files of a data folder are, in words. Readable by an older Python, see entry.fallback."""

import os

from sync_queue.schema import FILE, FOLDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SAVES = os.path.join(FOLDER, "saves")
_NEEDED = (
    *("", FOLDER, *(os.path.join(FOLDER, name) for name in (FILE, FILE + "-wal", FILE + "-shm"))),
    *("dlq.db", "state.db", "index.db", "logs", os.path.join("logs", "worker.log"), "worker.stderr"),
)
"""What Stash2Plex cannot do without, the folder itself first."""


def why_not_ours(data_dir: str) -> str:
    """Return what of the data folder belongs to another user than Stash runs as and cannot be used; "" where nothing.

    Of a folder that is missing, the one counts in which it would be made. Never on Windows. Raises nothing: it is asked
    where something has failed already.
    """
    return _whose(data_dir, _NEEDED)


def why_saves_wait(data_dir: str) -> str:
    """As why_not_ours, of the folder of saves that the queue did not take, and of the files in it."""
    try:
        names = sorted(os.listdir(os.path.join(data_dir, _SAVES)))
    except OSError:
        names = []
    return _whose(data_dir, [_SAVES, *(os.path.join(_SAVES, name) for name in names)])


def _whose(data_dir: str, parts: "Sequence[str]") -> str:
    if os.name == "nt":
        return ""
    try:
        return _first_closed(data_dir, parts)
    except OSError:  # files that go while they are looked at, a working directory that is gone
        return ""


def _first_closed(data_dir: str, parts: "Sequence[str]") -> str:
    for part in parts:
        path = os.path.join(data_dir, part) if part else data_dir
        try:
            found = os.stat(path)
        except OSError as error:
            if part and isinstance(error, FileNotFoundError):
                continue
            return _closed_above(path, data_dir)
        if not _may_use(path, found):
            return _sentence(path, found, data_dir)
    return ""


def named_user(uid: int) -> str:
    """A user for people: `1000 (alice)`, or the number alone where it has no name here, as in many a container."""
    try:
        import pwd

        return f"{uid} ({pwd.getpwuid(uid).pw_name})"
    except (ImportError, KeyError):
        return str(uid)


def _may_use(path: str, found: "os.stat_result") -> bool:
    """What is our own is no stranger's, whatever its rights say."""
    needed = os.R_OK | os.W_OK | (os.X_OK if os.path.isdir(path) else 0)
    return found.st_uid == os.geteuid() or os.access(path, needed, effective_ids=os.access in os.supports_effective_ids)


def _closed_above(path: str, data_dir: str) -> str:
    """About the folder above `path` that lets nobody through, or nobody make anything in it."""
    folder = os.path.dirname(os.path.abspath(path))
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    found = os.stat(folder)
    return "" if _may_use(folder, found) else _sentence(folder, found, data_dir)


def _sentence(path: str, found: "os.stat_result", data_dir: str) -> str:
    us = os.geteuid()
    is_inside = path.startswith(data_dir)
    what = f"Give {data_dir} with everything in it" if is_inside else f"Make the folder {data_dir}, give it"
    return (
        f"{path} belongs to user {named_user(found.st_uid)} with the rights {found.st_mode & 0o777:o}, "
        f"and Stash runs as user {named_user(us)}, who may not use it. "
        f"{what} to user {us} (chown -R {us}), or set STASH_PLUGIN_DATA to a folder of its own"
    )
