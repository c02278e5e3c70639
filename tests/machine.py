"""What a machine may lack that a test needs, with the reason why that test does not run there.

Nothing else leaves tests out.

A test says what it needs: `@pytest.mark.needs("rights")`, or `pytestmark = pytest.mark.needs(…)` for a whole file.
"""

import importlib.util
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

IS_WINDOWS: Final = os.name == "nt"


def _has_links() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            Path(folder, "link").symlink_to("nothing")
        except OSError:
            return False
    return True


NEEDS: Final = {
    "fifos": (hasattr(os, "mkfifo"), "there are no named pipes in folders"),
    "flock": (importlib.util.find_spec("fcntl") is not None, "there are no locks of whole files and folders"),
    "free names": (not IS_WINDOWS, "names lack some signs, and those that end in a dot"),
    "limits": (importlib.util.find_spec("resource") is not None, "a process cannot be limited"),
    "links": (_has_links(), "links cannot be made"),
    "proc": (Path("/proc/self/fd").is_dir(), "there is no /proc"),
    "rights": (not IS_WINDOWS, "files have no rights of owner, group and others"),
    "shell": (Path("/bin/sh").exists(), "there is no /bin/sh"),
    "signals": (hasattr(signal, "SIGKILL"), "processes cannot be sent signals"),
    "tzset": (hasattr(time, "tzset"), "the time zone of a process cannot be changed"),
    "Windows": (IS_WINDOWS, "files can be renamed and removed while they are open"),
}
"""What a test may need: whether it is here, and why the test does not run where it is not."""


def lacking() -> set[str]:
    """What is not here."""
    return {name for name, (is_here, _) in NEEDS.items() if not is_here}


def skips(item: pytest.Item) -> Iterator[pytest.MarkDecorator]:
    """What keeps a test from running here.

    Raises:
        KeyError: it needs something that does not stand in NEEDS.
    """
    for mark in item.iter_markers("needs"):
        for is_here, reason in (NEEDS[name] for name in mark.args):
            if not is_here:
                yield pytest.mark.skip(reason=reason)
