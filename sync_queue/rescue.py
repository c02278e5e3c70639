"""Reading a damaged SQLite file around its damage. Knows no tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from time import gmtime, strftime
from typing import Any

from sync_queue.files import with_companions


def begin(path: Path) -> Path:
    """Rename a damaged database and its companions to `<name>.mending…`; where that stands there already, an earlier mending was killed and goes on.

    Raises:
        OSError: it cannot be renamed.
    """
    held = _held(path)
    if not held.exists():
        _rename(path, held)
    return held


def is_unfinished(path: Path) -> bool:
    """Whether a mending of this file was killed before all that was saved stood in the new one."""
    return _held(path).exists()


def finish(path: Path, now: float) -> Path:
    """Give the damaged file that was held for `path` the name by which it stays: `<name>.corrupt-<UTC time>…`; its new path."""
    stem = f"{path}.corrupt-{strftime('%Y%m%dT%H%M%SZ', gmtime(now))}"
    names = (Path(stem if number == 1 else f"{stem}-{number}") for number in count(1))
    kept = next(name for name in names if not name.exists())
    _rename(_held(path), kept)
    return kept


def times_mended(path: Path) -> int:
    """How many damaged files were kept."""
    kept = path.parent.glob(f"{path.name}.corrupt-*")
    return sum(not name.name.endswith(("-wal", "-shm")) for name in kept)


def _held(path: Path) -> Path:
    return Path(f"{path}.mending")


def _rename(path: Path, new: Path) -> None:
    """The database last: a log that outlived it would be read into the next database of its name."""
    for old_name, new_name in reversed([*zip(with_companions(path), with_companions(new), strict=True)]):
        with suppress(FileNotFoundError):
            old_name.rename(new_name)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Read-only, so that the evidence stays as it is: nothing is written back into the file."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


class RowReader:
    """Reads rows by ranges of their id. `is_complete` turns False where something could not be read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.is_complete = True
        self._connection = connection

    def rows(self, query: str, low: int, high: int) -> Iterator[tuple[Any, ...]]:
        """What `query` finds for ids with low < id <= high; where reading stops, in either half by itself, down to the single row that is lost."""
        if low >= high:
            return
        found = self.all(query, (low, high))
        if found is not None:
            yield from found
        elif high - low > 1:
            middle = (low + high) // 2
            yield from self.rows(query, low, middle)
            yield from self.rows(query, middle, high)

    def highest(self, table: str, key: str) -> int:
        """The highest id that either the table or SQLite's own note of it shows; 0 where neither can be read."""
        shown = [
            self.all(f"SELECT MAX({key}) FROM {table}"),
            self.all("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)),
        ]
        return max((row[0] or 0 for rows in shown if rows for row in rows), default=0)

    def all(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]] | None:
        """All rows, or None where reading stopped."""
        try:
            return self._connection.execute(query, values).fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            self.is_complete = False
            return None
