"""The worker's own log: a rotating file that only its owner can read, one line a record; and its last lines."""

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from itertools import count
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final

from logs import stash

_BLOCK: Final = 65_536
_OWNER_ONLY: Final = 0o600


class LineFormatter(logging.Formatter):
    """`2026-11-23 14:02:11 +0100 INFO text`, in local time; line ends, those of a traceback too, become " | "."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        when = time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(record.created))
        return f"{when} {record.levelname} {' | '.join(stash.lines_of(super().format(record)))}"


class WorkerLogHandler(RotatingFileHandler):
    """Files of `max_bytes`, `files` in all: `worker.log`, then `worker.log.1` (older) and so on. Mode 0600.

    A full disk or a folder that is gone loses lines, never the worker: `lost` counts them. Where another program has a
    file open, Windows renames none: the lines go on into the newest, and the next one tries again.
    """

    def __init__(self, path: str | os.PathLike[str], *, max_bytes: int = 1_000_000, files: int = 3) -> None:
        """Append to `path`, opened with the first record; its folder is made (0700) if need be."""
        self.lost = 0
        with contextlib.suppress(OSError):
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(path, maxBytes=max_bytes, backupCount=files - 1, encoding="utf-8", delay=True)
        self.setFormatter(LineFormatter())

    def _open(self) -> Any:
        def open_private(name: str, flags: int) -> int:
            descriptor = os.open(name, flags, _OWNER_ONLY)
            # A file from before, or of another program, may be open to others. Windows and some shares know no rights.
            with contextlib.suppress(AttributeError, OSError):
                os.fchmod(descriptor, _OWNER_ONLY)
            return descriptor

        return open(
            self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, newline="\n", opener=open_private
        )

    def doRollover(self) -> None:  # noqa: N802  the base's name
        """Begin a new file, or go on with the one there is."""
        with contextlib.suppress(OSError):
            super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802  the base's names
        """Count the line. The base would print record and arguments to stderr, past every filter."""
        self.lost += 1


def tail(path: str | os.PathLike[str], lines: int) -> list[str]:
    """Return the last lines of the log at `path` and of its older files, oldest first; reads no more than it needs."""
    newest_first: list[str] = []
    for name in _rotated(Path(path)):
        newest_first += _last_lines(name, lines - len(newest_first))
        if len(newest_first) >= lines:
            break
    return newest_first[::-1]


def _rotated(path: Path) -> Iterator[Path]:
    """Yield the file and its older ones, newest first."""
    if path.exists():
        yield path
    for number in count(1):
        older = path.with_name(f"{path.name}.{number}")
        if not older.exists():
            return
        yield older


def _last_lines(path: Path, lines: int) -> list[str]:
    """Return up to `lines` lines from the end of one file, newest first."""
    try:
        with path.open("rb") as file:
            position = file.seek(0, os.SEEK_END)
            data = b""
            while position > 0 and data.count(b"\n") <= lines:
                start = max(0, position - _BLOCK)
                file.seek(start)
                data = file.read(position - start) + data
                position = start
    except OSError:  # rotated away in this moment
        return []
    # As versions up to 1.3 ended them on Windows.
    found = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if position > 0:
        del found[0]  # it may have begun in a block that was not read
    return [line for line in reversed(found) if line][:lines] if lines > 0 else []
