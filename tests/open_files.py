"""Which files this process has open."""

from contextlib import suppress
from pathlib import Path


def open_below(folder: Path) -> set[str]:
    """The files below `folder` that this process has open, as paths in it."""
    found = set()
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError, ValueError):  # the one that lists them is gone by now; others lie elsewhere
            found.add(str(handle.readlink().relative_to(folder)))
    return found
