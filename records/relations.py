"""Which performers, studios, tags and groups a scene had when it was synced: Stash forgets this when it deletes one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from storage.database import Database

_NUMBERS: Final[Mapping[str, int]] = {"performer": 1, "studio": 2, "tag": 3, "group": 4}
"""Kind to what the table holds for it: millions of rows, where a word each would double the file. Never renumber."""


@dataclass(frozen=True, slots=True)
class Relations:
    """The ids of everything a scene belongs to whose names reach Plex."""

    performers: tuple[int, ...] = ()
    studios: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()

    def keys(self) -> set[tuple[int, int]]:
        """Every relation as (number of the kind, id)."""
        by_kind = {"performer": self.performers, "studio": self.studios, "tag": self.tags, "group": self.groups}
        return {(_NUMBERS[kind], entity_id) for kind, ids in by_kind.items() for entity_id in ids}


class RelationStore:
    """The table `relations`: exactly what was last recorded for each scene."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_many(self, relations: Mapping[int, Relations]) -> None:
        """Make `relations` (by scene id) what is known of these scenes. Only differences are written: most syncs change none."""
        with self._database.transaction() as connection:
            known = self.get_many(list(relations))
            new = [(*key, scene_id) for scene_id, now in relations.items() for key in now.keys() - known[scene_id]]
            old = [(*key, scene_id) for scene_id, now in relations.items() for key in known[scene_id] - now.keys()]
            connection.executemany("INSERT INTO relations (kind, entity_id, scene_id) VALUES (?, ?, ?)", new)
            connection.executemany("DELETE FROM relations WHERE kind = ? AND entity_id = ? AND scene_id = ?", old)

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, set[tuple[int, int]]]:
        """What is known of these scenes, each as `Relations.keys` has it; an empty set where that is nothing."""
        known: dict[int, set[tuple[int, int]]] = {scene_id: set() for scene_id in scene_ids}
        select = "SELECT scene_id, kind, entity_id FROM relations WHERE scene_id IN ({ids})"
        for scene_id, kind, entity_id in self._database.rows_of(select, scene_ids):
            known[scene_id].add((kind, entity_id))
        return known

    def scenes_of(self, kind: str, entity_id: int) -> list[int]:
        """The scenes, ascending, that had this "performer", "studio", "tag" or "group" when they were last synced.

        Raises:
            KeyError: `kind` is none of these.
        """
        select = "SELECT scene_id FROM relations WHERE kind = ? AND entity_id = ? ORDER BY scene_id"
        return [row[0] for row in self._database.rows(select, (_NUMBERS[kind], entity_id))]

    def forget_scene(self, scene_id: int) -> None:
        """Drop what is known of one scene."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM relations WHERE scene_id = ?", (scene_id,))
