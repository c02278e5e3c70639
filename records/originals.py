"""What an item showed before our first write, for undoing everything. A record is never replaced, at most completed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any, Final

from records.values import FieldValues, decode, decode_values, encode
from storage.database import Store

_COLUMNS: Final = "rating_key, section_key, item_type, field_values, locked, poster_key, kept_at, files"


@dataclass(frozen=True, slots=True)
class Original:
    """One item as it was before our first write, which was at `kept_at` (epoch seconds).

    `files` are those that it held then, () where that was not noted. Which item it is now, records.items says.
    """

    rating_key: int
    section_key: int
    item_type: str
    values: FieldValues = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    poster_key: str = ""
    kept_at: float = 0.0
    files: tuple[str, ...] = ()


class OriginalStore(Store):
    """The table `originals`. Rows come in through `Records.before_edits` only."""

    def get_many(self, rating_keys: Sequence[int]) -> dict[int, Original]:
        """These items as they were before our first write; those we never wrote to are absent."""
        select = f"SELECT {_COLUMNS} FROM originals WHERE rating_key IN ({{ids}})"
        return {row[0]: _original(row) for row in self._database.rows_of(select, rating_keys)}

    def files_of(self, rating_keys: Sequence[int]) -> dict[int, tuple[str, ...]]:
        """The files of those of these items that have an original."""
        select = "SELECT rating_key, files FROM originals WHERE rating_key IN ({ids})"
        return {key: tuple(decode(files)) for key, files in self._database.rows_of(select, rating_keys)}

    def page(self, *, after: int = 0, limit: int = 100) -> list[Original]:
        """A page in ascending order of rating keys; `after` is the last key of the page before."""
        select = f"SELECT {_COLUMNS} FROM originals WHERE rating_key > ? ORDER BY rating_key LIMIT ?"
        return [_original(row) for row in self._database.rows(select, (after, limit))]

    def count(self) -> int:
        """How many items we have written to and could give back."""
        return int(self._database.rows("SELECT count(*) FROM originals WHERE rating_key > 0")[0][0])


def keep_originals(connection: Connection, originals: Iterable[Original]) -> None:
    """Put `originals` down within a transaction; of an item that is known already the first record stays.

    Only fields that it does not name are added: no version knew them, and so none wrote them, when it was made.
    """
    insert = f"INSERT OR IGNORE INTO originals ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    for item in originals:
        place = (item.rating_key, item.section_key, item.item_type)
        shown = (encode(item.values), encode(sorted(item.locked)), item.poster_key)
        if not connection.execute(insert, (*place, *shown, item.kept_at, encode(item.files))).rowcount:
            _learn_fields(connection, item)


def _learn_fields(connection: Connection, item: Original) -> None:
    (row,) = connection.execute(f"SELECT {_COLUMNS} FROM originals WHERE rating_key = ?", (item.rating_key,))
    first = _original(row)
    new = item.values.keys() - first.values.keys()
    if new:
        values = {**first.values, **{name: item.values[name] for name in new}}
        locked = first.locked | (item.locked & new)
        connection.execute(
            "UPDATE originals SET field_values = ?, locked = ? WHERE rating_key = ?",
            (encode(values), encode(sorted(locked)), item.rating_key),
        )


def learn_posters(connection: Connection, posters: Mapping[int, str]) -> None:
    """Put down within a transaction which poster these items show before our first upload; a known one stays.

    What an item itself tells of its poster is a path without "://", which names no picture that could be chosen again.
    """
    connection.executemany(
        "UPDATE originals SET poster_key = ? WHERE rating_key = ? AND instr(poster_key, '://') = 0",
        [(poster, rating_key) for rating_key, poster in posters.items()],
    )


def _original(row: Sequence[Any]) -> Original:
    *place, values, locked, poster_key, kept_at, files = row
    shown = (decode_values(values), frozenset(decode(locked)), poster_key)
    return Original(*(*place, *shown, kept_at, tuple(decode(files))))
