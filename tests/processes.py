"""Other processes of this machine: finding them by their command line, ending them, and ending oneself as a kill does."""

import os
import select
import signal
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from tests import machine
from tests.waiting import PATIENCE_S, wait_until

KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)
"""Ends a process without asking it. On Windows every number does, and is the exit status."""

KILLED: Final = int(KILL) if machine.IS_WINDOWS else -int(KILL)
"""The exit status, as subprocess tells it, of a process that was killed."""


def end_at_once() -> NoReturn:
    """End this process as a kill from outside does: nothing is closed, nothing runs any more."""
    os.kill(os.getpid(), KILL)
    raise AssertionError("it outlived its own kill")


def processes(arguments: Iterable[str]) -> list[int]:
    """The living processes whose command line has these arguments in a row."""
    wanted = list(arguments)
    if machine.IS_WINDOWS:
        from tests import windows

        return [pid for pid, all_of_it in windows.arguments().items() if _has_in_a_row(all_of_it, wanted)]
    if Path("/proc/self/cmdline").exists():
        return list(_in_proc(wanted))
    listing = subprocess.run(["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607 - of the system
    return [int(line.split()[0]) for line in listing.splitlines() if f" {' '.join(wanted)} " in f"{line} "]


def _has_in_a_row(all_of_it: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(all_of_it[start : start + len(wanted)] == wanted for start in range(len(all_of_it)))


def _in_proc(arguments: Sequence[str]) -> Iterable[int]:
    wanted = b"\0" + b"\0".join(os.fsencode(argument) for argument in arguments) + b"\0"
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and wanted in (entry / "cmdline").read_bytes():
                yield int(entry.name)


def given_to(pid: int) -> str:
    """What a process was started with: its arguments and its environment; the former alone where no more can be seen."""
    if machine.IS_WINDOWS:
        from tests import windows

        return windows.given_to(pid)
    if not (place := Path(f"/proc/{pid}")).is_dir():
        return subprocess.check_output(["ps", "-ww", "-o", "args=", "-p", str(pid)], text=True)  # noqa: S607 - of the system
    return "\0".join(os.fsdecode((place / name).read_bytes()) for name in ("cmdline", "environ"))


def kill(pid: int, number: int = KILL, timeout_s: float = PATIENCE_S) -> None:
    """Send a signal to a process and wait for its end; one that is gone already is no mistake.

    Raises:
        AssertionError: it still lives after `timeout_s`.
    """
    if hasattr(os, "pidfd_open"):
        _kill_by_descriptor(pid, number, timeout_s)
        return
    if machine.IS_WINDOWS:
        from tests.windows import terminate

        terminate(pid, number, timeout_s)
        return
    with suppress(ProcessLookupError):
        os.kill(pid, number)
        wait_until(lambda: not _is_there(pid), f"the end of process {pid} by signal {number}", timeout_s)


def _kill_by_descriptor(pid: int, number: int, timeout_s: float) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, number)
        assert select.select([descriptor], [], [], timeout_s)[0], f"process {pid} outlives signal {number}"
    finally:
        os.close(descriptor)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
