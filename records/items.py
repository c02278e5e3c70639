"""Which item each rating key was when it was seen last, and what becomes of its rows when the key is another item's."""

from collections.abc import Mapping, Sequence
from typing import Final

from records.identity import Identity
from storage.database import Database

_TABLES: Final = ("items", "written", "intents", "originals", "history", "changes", "emptyings", "refused")
"""Tables whose rows belong to one item."""

_MOST_ALIKE: Final = 500
"""Of items that were added in one second not more are compared: what comes back all at once is found by its own key."""


class ItemStore:
    """The table `items`. Invariant: rows of every table under a rating key belong to the item that is described here under this key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, rating_keys: Sequence[int]) -> dict[int, Identity]:
        """These items as they were seen last; those never seen are absent."""
        rows = self._database.rows_of(
            "SELECT rating_key, added_at, files FROM items WHERE rating_key IN ({ids})", rating_keys
        )
        return {rating_key: Identity.decoded(added_at, files) for rating_key, added_at, files in rows}

    def added_at(self, rating_keys: Sequence[int]) -> dict[int, float]:
        """When these items were added, as they were seen last; those never seen are absent."""
        select = "SELECT rating_key, added_at FROM items WHERE rating_key IN ({ids})"
        return dict(self._database.rows_of(select, rating_keys))

    def see(self, items: Mapping[int, Identity], at: float) -> None:
        """These items, by key, are seen at `at`."""
        rows = [(key, who.born_at, who.encoded_files(), at) for key, who in items.items()]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO items (rating_key, added_at, files, seen_at) VALUES (?, ?, ?, ?)", rows
            )

    def lose(self, rating_key: int) -> None:
        """The key is another item's now: what was recorded of the one before gets a key of its own, negative, so that it is never written into this one."""
        with self._database.transaction():
            lowest = self._database.rows(
                "SELECT min(key) FROM (SELECT min(rating_key) AS key FROM items UNION ALL SELECT min(rating_key) FROM originals "
                "UNION ALL SELECT min(rating_key) FROM written)"
            )[0][0]
            lost = min(0, lowest or 0) - 1
            self._move(rating_key, lost)

    def lost(self, added_at: float) -> dict[int, Identity]:
        """Lost items, by their negative keys, that were added in this second: among them one may be found again."""
        rows = self._database.rows(
            "SELECT rating_key, added_at, files FROM items WHERE rating_key < 0 AND added_at >= ?1 AND added_at < ?1 + 1 LIMIT ?2",
            (int(added_at), _MOST_ALIKE),
        )
        return {key: Identity.decoded(added, files) for key, added, files in rows}

    def find_again(self, lost: int, rating_key: int) -> None:
        """The item with the negative key `lost` has the key `rating_key` now. Under that there must be nothing of another one."""
        self._move(lost, rating_key)

    def _move(self, old: int, new: int) -> None:
        """What stands under the new key already stays, as of before the update, when nobody was known."""
        with self._database.transaction() as connection:
            for table in _TABLES:
                connection.execute(f"UPDATE OR IGNORE {table} SET rating_key = ? WHERE rating_key = ?", (new, old))
