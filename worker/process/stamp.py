"""Noticing that files were changed under a running worker: the plugin's code, and the files of the data folder that it has open."""

import os
from collections.abc import Iterable

_CODE = (".py", ".yml", ".yaml")
_NOT_OURS = frozenset({"data", "vendor", "tests", "docs", "bench", "ui", "build", "dist", "__pycache__"})


def stamp_of(plugin_dir: str) -> tuple[tuple[str, int, int], ...]:
    """Name, mtime (ns) and size of every file of code; equal stamps mean that nothing was changed. Empty where the plugin was removed."""
    found = []
    for folder, names, files in os.walk(plugin_dir):
        names[:] = sorted(name for name in names if name not in _NOT_OURS and not name.startswith("."))
        found += [_stamp(os.path.join(folder, name)) for name in sorted(files) if name.endswith(_CODE)]
    return tuple(found)


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return path, 0, 0
    return path, status.st_mtime_ns, status.st_size


class UpdateWatch:
    """Says once that the files have changed and have been still since the look before: an update is not half written then."""

    def __init__(self, plugin_dir: str) -> None:
        self._plugin_dir = plugin_dir
        self._first = self._last = stamp_of(plugin_dir)

    def is_updated(self) -> bool:
        """Call it every few seconds."""
        current = stamp_of(self._plugin_dir)
        is_still = current == self._last
        self._last = current
        return is_still and current != self._first


class OpenFiles:
    """Files that were just opened. What is written to one whose name was removed, or is another file's now, is lost; nobody else sees it."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._stamps = {path: os.stat(path) for path in paths}

    def are_in_place(self) -> bool:
        """Whether the very same files stand by their names.

        Raises:
            OSError: nobody can tell now.
        """
        try:
            return all(os.path.samestat(os.stat(path), stamp) for path, stamp in self._stamps.items())
        except FileNotFoundError:
            return False
