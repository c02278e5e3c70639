"""Reading a damaged SQLite file around its damage. Knows no tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import gmtime, strftime
from typing import Any

from sync_queue.files import with_companions


def set_aside(path: Path, now: float) -> Path:
    """Rename a database and its companions to `<name>.corrupt-<UTC time>…`; its new path. The companions keep belonging to it."""
    stamp = strftime("%Y%m%dT%H%M%SZ", gmtime(now))
    kept = Path(f"{path}.corrupt-{stamp}")
    number = 1
    while kept.exists():
        number += 1
        kept = Path(f"{path}.corrupt-{stamp}-{number}")
    for old, new in zip(with_companions(path), with_companions(kept), strict=True):
        with suppress(FileNotFoundError):
            old.rename(new)
    return kept


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
