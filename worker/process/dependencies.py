"""Making the libraries that came with the plugin importable, before whatever else the environment holds."""

import os
import sys

VENDOR_FOLDER = "vendor"
REQUIRED = ("persistqueue", "plexapi", "stashapi", "yaml", "requests")


class MissingDependencyError(Exception):
    """A library is not there; the message says which and what to do."""


def activate(plugin_dir: str) -> None:
    """Put `vendor/` of the plugin first on the path; idempotent. The process was started with `-S`, and stays without site-packages if that is enough.

    First, because other plugins bring packages by the same names (stashapp-tools has a module `stashapi` of its own). Alone,
    because `requests` uses and judges whatever `chardet` it finds, and because site runs what stands in the environment's .pth files.

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
            f"{', '.join(missing)} cannot be imported by {sys.executable}; install the plugin from its zip, which brings them,"
            f" or run: {sys.executable} -m pip install -r {os.path.join(plugin_dir, 'requirements.txt')}"
        )


def _missing() -> list[str]:
    from importlib.util import find_spec

    return [name for name in REQUIRED if find_spec(name) is None]
