"""docs/performance.md: the figures of one run, the machine it ran on, and what limits each line."""

import os
import platform
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.figures import Figure, as_markdown, quartiles
from bench.timing import timed

PATH: Final = Path(__file__).parents[1] / "docs/performance.md"

_HEAD: Final = """\
# Performance

`make bench` wrote this file; it runs every line in some five minutes. One line alone: {commands}. A quick look: `make bench SIZE=quick`.

Both sides of a ratio are measured in one run and take turns; medians, with the quartiles as spread. Stash and Plex are stand-ins
(`tests/fakes`), each a process of its own on the same machine: real HTTP, real SQLite, real worker and hook processes, but no database of
Plex behind the writes. So requests and ratios carry over to other machines, seconds do not.

Machine: {machine}.
"""

_TAIL: Final = """\
## What we decided not to do

- **More connections to Plex.** See line 3: a Plex that writes at once would take as many times the writes; Plex's one database does not,
  and each answer, also those to the people who watch, then waits for all the others. One connection, and pauses by the measured answer time.
- **Preparing the next scene while Plex answers.** At 20 ms a request our own work is a tenth of the time. A second thread would hide
  half of that tenth, and the order "record, then the next write" would no longer be plain to see.
- **A batch of more than 100 scenes.** It would let a Plex that replaces lists group a renamed tag better (line 7), and it would make a
  save wait behind a thousand writes instead of a hundred.
- **A way to Plex without `requests`.** It would spare a changed scene about a millisecond of CPU, and a worker 100 ms of its start and 15 MB;
  `plexapi` and `stashapi` bring it anyway.
- **A hook without SQLite**, that leaves a line in a file for the worker: some 4 of 20 ms less, and a second place where a job can get lost.
- **Plain tuples in place of dataclasses**: 40 ms of a worker's start, and every value would lose its names and its docstring.
"""


def write(lines: Sequence[tuple[str, str, str, Sequence[Figure]]], path: Path = PATH) -> None:
    """Write the document. `lines` are name, title, limit and figures."""
    commands = ", ".join(f"`make bench-{name}`" for name, *_ in lines)
    parts = [_HEAD.format(commands=commands, machine=machine())]
    for number, (name, title, limit, figures) in enumerate(lines, start=1):
        parts.append(f"## {number}. {title}\n\n{as_markdown(figures)}\n\n{limit} (`bench/{name}.py`)\n")
    path.write_text("\n".join([*parts, _TAIL]), encoding="utf-8")


def machine() -> str:
    """What it ran on, in neutral words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores ({platform.machine()}) that it shares with others, {memory:.0f} GB of memory, {platform.system()},"
        f" {platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {_fsync_ms():.1f} ms an fsync"
    )


def _fsync_ms() -> float:
    """How long the disk takes to keep a page."""
    with tempfile.TemporaryFile() as file:

        def keep() -> None:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())

        return 1000 * quartiles(timed(keep) for _ in range(20))[1]
