"""Finding a Chromium, and why the tests of the page cannot run where there is none."""

import os
import shutil
from importlib.util import find_spec

from tests.ui.site import BUILT

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NEEDED = "STASH2PLEX_NEEDS_BROWSER"
"""Set where the tests of the page must run: then a missing browser is an error."""


def executable() -> str | None:
    """The path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for path in map(shutil.which, _NAMES) if path), None)


def why_not() -> str:
    """What is missing for the tests of the page, and how to get it; "" where nothing is."""
    if find_spec("playwright") is None:
        return "Python's playwright is not installed (make install)"
    if executable() is None:
        return "no Chromium was found (scripts/install-browser, or set CHROMIUM to its path)"
    if not BUILT.is_file():
        return "the harness is not built (make ui-harness; needs npm)"
    return ""
