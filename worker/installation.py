"""The plugin's own folder: its version, the libraries that came with it, and updates under a running worker."""

import os
import sys
import time

VERSION = "1.5.0"
"""The same stands in Stash2Plex.yml, pyproject.toml and CHANGELOG.md; a test compares them."""

VENDOR_FOLDER = "vendor"
REQUIRED = ("persistqueue", "plexapi", "stashapi", "yaml", "requests")

LATER = (
    "worker.process.hosting",
    "worker.process.windows_pipe",
    "worker.signpost",
    "worker.spawning",
    "sync_queue.operations",
)
"""What a worker imports within functions; each brings all that it imports by itself."""

STILL_S = 2.0
"""An update that writes nothing for so long is over."""

_LOOK_S = 0.1

_CODE = (".py", ".yml", ".yaml")
_NOT_OURS = frozenset({"data", "vendor", "tests", "docs", "bench", "ui", "build", "dist", "__pycache__"})


class MissingDependencyError(Exception):
    """A library is not there; the message says which and what to do."""


def activate(plugin_dir: str) -> None:
    """Put `vendor/` of the plugin first on the path; idempotent.

    First, because other plugins bring packages by the same names (stashapp-tools has a module `stashapi` of its own).
    Alone where that is enough (the process was started with `-S`), because `requests` uses whatever `chardet` it finds,
    and because site runs what stands in the environment's .pth files.

    Raises:
        MissingDependencyError: a library is in neither.
    """
    vendor = os.path.join(plugin_dir, VENDOR_FOLDER)
    if os.path.isdir(vendor) and vendor not in sys.path:
        sys.path.insert(1, vendor)
    if sys.flags.no_site and _missing():
        import site

        site.main()
    missing = _missing()
    if missing:
        raise MissingDependencyError(
            f"{', '.join(missing)} cannot be imported by {sys.executable}; install the plugin from its zip, which"
            f" brings them, or run: {sys.executable} -m pip install -r {os.path.join(plugin_dir, 'requirements.txt')}"
        )


def _missing() -> list[str]:
    from importlib.util import find_spec

    return [name for name in REQUIRED if find_spec(name) is None]


def import_all() -> None:
    """Import every module that a worker may need, so that none comes from the files of a later version.

    Others lie in the same folders where the plugin was unzipped over another one: they are none of ours.
    """
    from importlib import import_module

    for name in LATER:
        import_module(name)


def stamp_of(plugin_dir: str) -> tuple[tuple[str, int, int], ...]:
    """Return path, mtime (ns) and size of every file of code; empty where the plugin was removed."""
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


def _is_young(path: str) -> bool:
    """Return whether a file came just now.

    What unpacks it may have given it another time: the second one says when it came, but for Windows.
    """
    try:
        status = os.stat(path)
    except OSError:
        return False
    now = time.time_ns()
    return any(0 <= now - came_at < STILL_S * 1e9 for came_at in (status.st_mtime_ns, status.st_ctime_ns))


class UpdateWatch:
    """Notices that the files of code have changed, once they are still: then no update is half written."""

    def __init__(self, plugin_dir: str) -> None:
        self._plugin_dir = plugin_dir
        self._first = self._last = stamp_of(plugin_dir)

    def is_under_way(self) -> bool:
        """Return whether a file of the start is so young that others may follow."""
        return any(_is_young(path) for path, _, _ in self._first)

    def has_begun(self) -> bool:
        """Return whether the files differ from those of the start."""
        return stamp_of(self._plugin_dir) != self._first

    def wait_for_stillness(self) -> None:
        """Return when no file came within `STILL_S`."""
        while any(_is_young(path) for path, _, _ in stamp_of(self._plugin_dir)):
            time.sleep(_LOOK_S)

    def is_updated(self) -> bool:
        """Return whether the files differ from those of the start, and not from those of the last call."""
        current = stamp_of(self._plugin_dir)
        is_still = current == self._last
        self._last = current
        return is_still and current != self._first
