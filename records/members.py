"""Which items belong to which collections by what Stash says, where a collection must have a smallest size."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from storage.database import Store

Place = tuple[int, str, int]
"""A collection, whatever it is called: its section, the word of the setting collections_from, and an id of Stash."""

_COLUMNS: Final = "section_key, kind, source_id, rating_key, scene_id, is_in"
_SYNCED: Final = (
    "FROM members JOIN written USING (scene_id, rating_key) WHERE members.section_key = ? AND kind = ? "
    "AND source_id = ? AND rating_key > 0 AND gone_at = 0 AND synced_at > 0"
)
"""Of one place, the items that the scene is recorded to be synced to."""


@dataclass(frozen=True, slots=True)
class Member:
    """One item that belongs to a collection; `is_in`: it is to show the name, else it waits for others."""

    section_key: int
    kind: str
    source_id: int
    rating_key: int
    scene_id: int
    is_in: bool

    @property
    def place(self) -> Place:
        """The collection."""
        return self.section_key, self.kind, self.source_id


class MemberStore(Store):
    """The table `members`, at most one row a collection and item."""

    def is_empty(self) -> bool:
        """Whether there is no row at all, as where no size was ever asked for."""
        return not self._database.rows("SELECT 1 FROM members LIMIT 1")

    def at(self, place: Place, most: int) -> dict[int, bool]:
        """Return up to `most` synced items of the collection, by rating key: whether each is in."""
        rows = self._database.rows(f"SELECT rating_key, is_in {_SYNCED} LIMIT ?", (*place, most))
        return {rating_key: bool(is_in) for rating_key, is_in in rows}

    def waiting(self, place: Place) -> list[tuple[int, int]]:
        """Return the synced items that wait at the collection, as pairs of rating key and scene id."""
        rows = self._database.rows(f"SELECT rating_key, scene_id {_SYNCED} AND is_in = 0", place)
        return [(rating_key, scene_id) for rating_key, scene_id in rows]

    def put(self, rating_keys: Iterable[int], members: Iterable[Member], grown: Collection[Place]) -> None:
        """Have these items belong to the collections of `members` alone, and let those in that wait at `grown`."""
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM members WHERE rating_key = ?", [(key,) for key in rating_keys])
            connection.executemany(
                f"INSERT OR REPLACE INTO members ({_COLUMNS}) VALUES ({marks})",
                [(*each.place, each.rating_key, each.scene_id, each.is_in) for each in members],
            )
            connection.executemany(
                "UPDATE members SET is_in = 1 WHERE section_key = ? AND kind = ? AND source_id = ?", grown
            )
