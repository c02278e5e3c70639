"""What a task says line by line: in Stash's log only as much as is still there when somebody looks, and all of it in a file of the data folder.

Stash keeps 30 lines for whoever opens its Logs page later and shows the newest on top. So the summary comes last, and names the file.

Source: Stash's internal/log/logger.go (30 lines), SettingsLogsPanel.tsx (at most 200 while the page stays open).
"""

import os
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, TextIO

from logs import stash as log
from tasks.context import TaskContext
from tasks.words import moment

MOST_LINES: Final = 20
"""What is said beside these, such as progress and the summary, still finds room in what Stash keeps."""

_OWNER_ONLY: Final = 0o600


class Output:
    """The lines of one run of a task, as they are found. The file `name` is made once there are more than the log takes; close it with `with`."""

    def __init__(self, context: TaskContext, name: str) -> None:
        self.path = os.path.join(context.data_dir, name)
        self._began = f"{name.partition('.')[0].capitalize()}, {moment(context.clock())}"
        self._first: list[str] = []
        self._count = 0
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def say(self, line: str, *, is_warning: bool = False) -> None:
        """Say one more line."""
        self._count += 1
        if self._count <= MOST_LINES:
            self._first.append(line)
            (log.warning if is_warning else log.info)(line)
            return
        if self._count == MOST_LINES + 1:
            self._open()
        self._write(line)

    def end(self, summary: str, *, is_warning: bool = False) -> str:
        """Say the summary, last of all, with where the rest is; returns what was said."""
        if self._count > MOST_LINES:
            where = f"all {self._count:,} are in {self.path}" if self._flushed() else "the others could not be kept"
            summary = f"{summary.rstrip('.')}. The log has the first {MOST_LINES} lines; {where}"
        (log.warning if is_warning else log.info)(summary)
        return summary

    def _open(self) -> None:
        with suppress(OSError):  # said in the end: looking must not fail because it cannot be noted down
            with suppress(FileNotFoundError):
                os.unlink(self.path)  # one of an earlier run, whatever its rights
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            self._file = open(descriptor, "w", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed by __exit__
        for line in (self._began, *self._first):
            self._write(line)

    def _write(self, line: str) -> None:
        if self._file is not None:
            try:
                self._file.write(f"{line}\n")
            except OSError:
                self._file = None

    def _flushed(self) -> bool:
        if self._file is None:
            return False
        try:
            self._file.flush()
        except OSError:
            return False
        return True
