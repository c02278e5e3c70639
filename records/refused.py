"""Which fields of which items Plex did not take, so that they are not sent with each sync. Knows no field by name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from records.values import readable
from storage.database import Database

KEPT_S: Final = 30 * 24 * 3600.0
"""How long a refusal is believed: what refused may be a proxy, which changes without a word."""

EXAMPLES: Final = 5
_COLUMNS: Final = "scene_id, rating_key, field, value, server, why, at"


@dataclass(frozen=True, slots=True)
class RefusedField:
    """One field of one item that was not taken.

    Attributes:
        value: a digest of what Stash said there.
        server: who refused it, by name, version and address.
        why: for people.
        at: epoch seconds.
    """

    scene_id: int
    rating_key: int
    field: str
    value: str
    server: str
    why: str
    at: float


RefusedByItem = dict[tuple[int, int], dict[str, RefusedField]]
"""Scene and item to field to what was refused."""


class RefusedStore:
    """The table `refused`: one row a scene, item and field."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_scenes(self, scene_ids: Sequence[int]) -> RefusedByItem:
        """What was refused of these scenes."""
        found: RefusedByItem = {}
        select = f"SELECT {_COLUMNS} FROM refused WHERE scene_id IN ({{ids}})"
        for row in self._database.rows_of(select, scene_ids):
            one = RefusedField(*row)
            found.setdefault((one.scene_id, one.rating_key), {})[one.field] = one
        return found

    def replace(self, scene_id: int, rating_key: int, refused: Iterable[RefusedField]) -> None:
        """From now on `refused`, and nothing else, is what was not taken of this scene in this item."""
        rows = [
            (one.scene_id, one.rating_key, one.field, one.value, one.server, readable(one.why), one.at)
            for one in refused
        ]
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM refused WHERE scene_id = ? AND rating_key = ?", (scene_id, rating_key))
            connection.executemany(f"INSERT INTO refused ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def scene_count(self) -> int:
        """How many scenes that Stash has have a field that was not taken."""
        return int(self._database.rows("SELECT count(DISTINCT scene_id) FROM refused WHERE scene_id > 0")[0][0])

    def newest(self, limit: int = EXAMPLES) -> list[RefusedField]:
        """The last ones, the newest first."""
        select = f"SELECT {_COLUMNS} FROM refused WHERE scene_id > 0 ORDER BY at DESC, scene_id, field LIMIT ?"
        return [RefusedField(*row) for row in self._database.rows(select, (limit,))]

    def prune(self, now: float, *, kept_s: float = KEPT_S) -> None:
        """Drop what was refused longer than `kept_s` ago, and what a clock that was ahead put down."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM refused WHERE at < ? OR at > ?", (now - kept_s, now + kept_s))

    def forget_scene(self, scene_id: int) -> None:
        """Drop what was refused of one scene."""
        self._forget("scene_id", scene_id)

    def forget_item(self, rating_key: int) -> None:
        """Drop what was refused of one item."""
        self._forget("rating_key", rating_key)

    def _forget(self, column: str, value: Any) -> None:
        with self._database.transaction() as connection:
            connection.execute(f"DELETE FROM refused WHERE {column} = ?", (value,))
