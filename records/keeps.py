"""Fields of a scene that stay as Plex has them, because somebody said so on the scene's page. Knows no field by name."""

from collections.abc import Iterable, Sequence

from records.database import Database


class KeepStore:
    """The table `keeps`: one row a scene and field."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, frozenset[str]]:
        """The kept fields of these scenes; a scene without any is absent."""
        found: dict[int, set[str]] = {}
        for scene_id, field in self._database.rows_of(
            "SELECT scene_id, field FROM keeps WHERE scene_id IN ({ids})", scene_ids
        ):
            found.setdefault(scene_id, set()).add(field)
        return {scene_id: frozenset(fields) for scene_id, fields in found.items()}

    def keep(self, scene_id: int, fields: Iterable[str], *, at: float) -> None:
        """From now on these fields stay as Plex has them. Idempotent."""
        rows = [(scene_id, field, at) for field in fields]
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO keeps (scene_id, field, kept_at) VALUES (?, ?, ?)", rows)

    def release(self, scene_id: int, fields: Iterable[str]) -> None:
        """These fields follow Stash again. What is not kept is no mistake."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM keeps WHERE scene_id = ? AND field = ?", [(scene_id, field) for field in fields]
            )
