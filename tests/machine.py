"""What a machine may lack that a test needs, with the reason why that test does not run there.

Nothing else leaves tests out.

A test says what it needs: `@pytest.mark.needs("rights")`, or `pytestmark = pytest.mark.needs(…)` for a whole file.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

IS_WINDOWS: Final = os.name == "nt"


def environ(**values: str) -> dict[str, str]:
    """Return an environment in which nothing else stands, but for what no process of Windows can do without.

    Source: Popen's `env` in the documentation of Python's subprocess, on SystemRoot.
    """
    return {**({"SYSTEMROOT": os.environ["SYSTEMROOT"]} if IS_WINDOWS else {}), **values}


def is_closed_to_others(path: Path) -> bool:
    """Whether only its owner may use a file, where files have such rights."""
    return IS_WINDOWS or not path.stat().st_mode & 0o077


def _has_links() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (target := Path(folder, "target")).mkdir()
        (target / "file").touch()
        try:
            (link := Path(folder, "link")).symlink_to(target)
        except OSError:
            return False
        return (link / "file").exists() and all(entry.is_dir() for entry in os.scandir(folder))


def compiler() -> str:
    """Return the C compiler, or ""."""
    return shutil.which("cc") or shutil.which("gcc") or ""


@cache
def unshare() -> tuple[str, ...]:
    """Return the command that begins namespaces of their own for mounts and processes, or () where that is refused."""
    wanted = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc")
    for command in (wanted, (*wanted[:1], "--map-root-user", *wanted[1:])):
        if shutil.which(command[0]) and _succeeds(*command, "mount", "-t", "tmpfs", "none", "/mnt"):
            return command
    return ()


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


PORTABLE: Final = frozenset(
    (
        *("entry", "hooks", "logs", "matching", "plex", "process", "records", "settings", "stash", "storage"),
        *("sync_queue", "tasks", "transport", "worker"),
    )
)
"""The folders of tests that run on every system. The others go with Linux alone, or were not tried elsewhere."""


def is_left_out(path: Path, platform: str = sys.platform) -> bool:
    """Whether a file or folder of tests is not for this system, unless somebody asks for it by its name."""
    tests = Path(__file__).parent
    if platform == "linux" or path == tests or not path.is_relative_to(tests):
        return False
    portable = [tests / name for name in PORTABLE]
    return not any(path.is_relative_to(each) or each.is_relative_to(path) for each in portable)


def _is_wine() -> bool:
    """Whether this Windows is Wine. Source: its developers' FAQ, on wine_get_version."""
    if not IS_WINDOWS:
        return False
    import ctypes

    return hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")  # type: ignore[attr-defined,unused-ignore]


NEEDS: Final = {
    "compiler": (sys.platform == "linux" and bool(compiler()), "there is no C compiler, or no Linux"),
    "copies": (not _is_wine(), "Wine 8 ends a process that copies a file with its times (KERNEL32's CopyFile2)"),
    "fd": (Path("/dev/fd").is_dir() and not IS_WINDOWS, "a process cannot count its open files"),
    "ffmpeg": (shutil.which("ffmpeg") is not None, "there is no ffmpeg"),
    "fifos": (hasattr(os, "mkfifo"), "there are no named pipes in folders"),
    "flock": (importlib.util.find_spec("fcntl") is not None, "there are no locks of whole files and folders"),
    "free names": (not IS_WINDOWS, "names lack some signs, and those that end in a dot"),
    "limits": (importlib.util.find_spec("resource") is not None, "a process cannot be limited"),
    "links": (_has_links(), "links cannot be made"),
    "make": (shutil.which("make") is not None, "there is no make"),
    "namespaces": (bool(unshare()), "there are no namespaces (unshare of util-linux), or no right to have some"),
    "proc": (not IS_WINDOWS and Path("/proc/self/fd").is_dir(), "there is no /proc"),
    "rights": (not IS_WINDOWS, "files have no rights of owner, group and others"),
    "root": (hasattr(os, "geteuid") and os.geteuid() == 0, "only root becomes another user"),
    "shell": (not IS_WINDOWS and Path("/bin/sh").exists(), "there is no /bin/sh"),
    "signals": (hasattr(signal, "SIGKILL"), "processes cannot be sent signals"),
    "tzset": (hasattr(time, "tzset"), "the time zone of a process cannot be changed"),
    "unlink": (not IS_WINDOWS, "files cannot be removed or replaced while a process has them open"),
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
