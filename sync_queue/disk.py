"""A folder on the disk. A module of its own, because an older Python has to read it: see entry.fallback."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sync_queue.files import StrPath


def sync_folder(folder: "StrPath") -> None:
    """Have the disk know of the files that were made in `folder`; what they hold was synced by itself. Windows and some network shares have no such thing."""
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
