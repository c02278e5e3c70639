"""The plugin's own folder: its version, the libraries that came with it, and updates under a running worker."""

import os
import sys
import time

VERSION = "1.6.0"
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

QUIET_S = 0.25
"""So is one that left no file of before, such as Stash's own."""

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


def _came_at(path: str) -> float:
    """Return when a file came, in epoch seconds; 0 where it is gone, or has a time that is yet to come.

    What unpacks it may have given it another time: the second one says when it came, but for Windows.
    """
    try:
        status = os.stat(path)
    except OSError:
        return 0.0
    now = time.time()
    return max((each for each in (status.st_mtime, status.st_ctime) if each <= now), default=0.0)


def _over_at(stamp: tuple[tuple[str, int, int], ...], quiet_s: float) -> float:
    """Return when an update is over that brought these files, in epoch seconds, if no other one follows until then."""
    times = [_came_at(path) for path, _, _ in stamp]
    newest = max(times, default=0.0)
    return newest + (quiet_s if newest - min(times, default=0.0) < STILL_S else STILL_S)


class UpdateWatch:
    """Notices that the files of code have changed, once they are still: then no update is half written.

    An update that writes over the files of before is half written where old ones and young ones lie side by side, and
    nobody can tell whether another one follows. Stash removes the old ones first: where all came in one go nothing is
    there that could be mixed with them, and one that is still to come is missed at its import.
    Source: Manager.Install in Stash's pkg/pkg/manager.go.
    """

    def __init__(self, plugin_dir: str, began_at: float | None = None) -> None:
        """`began_at` is when this process began to import from `plugin_dir`, in epoch seconds; None: just now."""
        self._plugin_dir = plugin_dir
        self._began_at = time.time() if began_at is None else began_at
        self._first = self._last = stamp_of(plugin_dir)

    def is_under_way(self) -> bool:
        """Return whether a file of the start was so young, when this process began, that others may follow."""
        return self._began_at < _over_at(self._first, QUIET_S)

    def has_changed(self) -> bool:
        """Return whether the files differ from those of the start."""
        return stamp_of(self._plugin_dir) != self._first

    def may_lack_files(self) -> bool:
        """Return whether the files have changed, or came so lately that others may be missing."""
        return self.has_changed() or time.time() < _over_at(self._first, STILL_S)

    def wait_for_stillness(self, quiet_s: float = QUIET_S) -> None:
        """Return when no file has come for so long that the update must be over: `STILL_S` beside files of before."""
        while time.time() < _over_at(stamp_of(self._plugin_dir), quiet_s):
            time.sleep(_LOOK_S)

    def is_updated(self) -> bool:
        """Return whether the files differ from those of the start, and not from those of the last call."""
        current = stamp_of(self._plugin_dir)
        is_still = current == self._last
        self._last = current
        return is_still and current != self._first
