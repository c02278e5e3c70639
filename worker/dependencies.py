"""Making the libraries that came with the plugin importable, before whatever else the environment holds."""

import os
import site
import sys

VENDOR_FOLDER = "vendor"
REQUIRED = ("persistqueue", "plexapi", "stashapi", "yaml", "requests")


class MissingDependencyError(Exception):
    """A library is not there; the message says which and what to do."""


def activate(plugin_dir: str) -> None:
    """Put `vendor/` of the plugin first, then the interpreter's site-packages; idempotent.

    First, because other plugins bring packages by the same names (stashapp-tools has a module `stashapi` of its own).
    The process was started with `-S`, so site-packages are added here.

    Raises:
        MissingDependencyError: a library is in neither.
    """
    if sys.flags.no_site and not any(path.endswith(("site-packages", "dist-packages")) for path in sys.path):
        site.main()
    vendor = os.path.join(plugin_dir, VENDOR_FOLDER)
    if os.path.isdir(vendor) and vendor not in sys.path:
        sys.path.insert(1, vendor)
    _check(plugin_dir)


def _check(plugin_dir: str) -> None:
    from importlib.util import find_spec

    missing = [name for name in REQUIRED if find_spec(name) is None]
    if missing:
        raise MissingDependencyError(
            f"{', '.join(missing)} cannot be imported by {sys.executable}; install the plugin from its zip, which brings them,"
            f" or run: {sys.executable} -m pip install -r {os.path.join(plugin_dir, 'requirements.txt')}"
        )
