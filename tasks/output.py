"""What a task says line by line, and its numbers and times as people read them.

Stash keeps 30 lines for whoever opens its Logs page later and shows the newest on top. So the log gets only the first
lines, a file of the data folder gets all of them, and the summary comes last and names the file.

Source: Stash's internal/log/logger.go (30 lines), SettingsLogsPanel.tsx (at most 200 while the page stays open).
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Self, TextIO

from logs import stash as log
from tasks.context import TaskContext

MOST_LINES: Final = 20
"""What is said beside these, such as progress and the summary, still finds room in what Stash keeps."""

_OWNER_ONLY: Final = 0o600


def moment(at: float) -> str:
    """Return a point in time, in local time as the worker's log has it: "2026-11-23 14:02:11"."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    except (OverflowError, ValueError, OSError):  # a time that no clock shows, out of a damaged row
        return "an unknown time"


def by_kind(counts: Mapping[str, int]) -> str:
    """Return counts by name, as "3 NotInPlexError, 1 PlexRejected"; "none" where there are none."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


class Output:
    """The lines of one run of a task; the file `name` is made once they are more than the log takes."""

    def __init__(self, context: TaskContext, name: str) -> None:
        self.path = os.path.join(context.data_dir, name)
        self._first = [f"{name.partition('.')[0].capitalize()}, {moment(context.clock())}"]
        self.count = 0
        """Lines that were said."""

        self._file: TextIO | None = None
        self._is_lost = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def say(self, line: str, *, is_warning: bool = False) -> None:
        """Say one more line."""
        self.count += 1
        if self.count <= MOST_LINES:
            self._first.append(line)
            (log.warning if is_warning else log.info)(line)
        elif not self._is_lost:
            self._write(line)

    def end(self, summary: str, *, is_warning: bool = False) -> str:
        """Say the summary, last of all, with where the other lines are; return what was said."""
        if self.count > MOST_LINES:
            where = f"all {self.count:,} are in {self.path}" if self._is_kept() else "the others could not be kept"
            summary = f"{summary.rstrip('.')}. The log has the first {MOST_LINES} lines; {where}"
        (log.warning if is_warning else log.info)(summary)
        return summary

    def _write(self, line: str) -> None:
        # A disk that takes nothing is no error: the task itself has written nothing, and `end` says it.
        try:
            if self._file is None:
                with suppress(FileNotFoundError):
                    os.unlink(self.path)  # one of an earlier run, whatever its rights
                descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
                self._file = open(descriptor, "w", encoding="utf-8", errors="replace")  # noqa: SIM115 - see __exit__
                line = "\n".join((*self._first, line))
            self._file.write(f"{line}\n")
        except OSError:
            self._is_lost = True

    def _is_kept(self) -> bool:
        with suppress(OSError):
            if self._file is not None:
                self._file.flush()
                return not self._is_lost
        return False
