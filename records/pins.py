"""Fields of a scene that stay as Plex has them: because somebody said so on the scene's page, or because an undo gave them back. Knows no field by name."""

from collections.abc import Iterable, Mapping, Sequence

from records.database import Database


class PinStore:
    """The table `keeps`: one row a scene and field. What was kept by hand stays so until it is released; what an undo pinned, until the scene changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, frozenset[str]]:
        """The kept fields of these scenes, pins included that may have ended since; a scene without any is absent."""
        return self._fields(scene_ids, {})

    def of_scenes(self, updated_at: Mapping[int, float]) -> dict[int, frozenset[str]]:
        """The kept fields of scenes whose `updated_at` Stash has just told, by scene id; a scene without any is absent."""
        return self._fields(list(updated_at), updated_at)

    def _fields(self, scene_ids: Sequence[int], updated_at: Mapping[int, float]) -> dict[int, frozenset[str]]:
        found: dict[int, set[str]] = {}
        select = "SELECT scene_id, field, scene_updated_at FROM keeps WHERE scene_id IN ({ids})"
        for scene_id, field, pinned_at in self._database.rows_of(select, scene_ids):
            if pinned_at is None or updated_at.get(scene_id, pinned_at) == pinned_at:
                found.setdefault(scene_id, set()).add(field)
        return {scene_id: frozenset(fields) for scene_id, fields in found.items()}

    def pinned(self, scene_id: int) -> frozenset[str]:
        """Those fields of a scene that an undo gave back."""
        rows = self._database.rows(
            "SELECT field FROM keeps WHERE scene_id = ? AND scene_updated_at IS NOT NULL", (scene_id,)
        )
        return frozenset(row[0] for row in rows)

    def pinned_at(self, scene_ids: Sequence[int]) -> dict[int, float]:
        """For which state of each scene, by its `updated_at`, fields were pinned last; a scene without any is absent."""
        select = "SELECT scene_id, scene_updated_at FROM keeps WHERE scene_id IN ({ids}) AND scene_updated_at IS NOT NULL ORDER BY scene_updated_at"
        return {row[0]: row[1] for row in self._database.rows_of(select, scene_ids)}

    def keep(self, scene_id: int, fields: Iterable[str], *, at: float) -> None:
        """From now on these fields stay as Plex has them. Idempotent."""
        rows = [(scene_id, field, at) for field in fields]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO keeps (scene_id, field, kept_at) VALUES (?, ?, ?) "
                "ON CONFLICT (scene_id, field) DO UPDATE SET scene_updated_at = NULL",
                rows,
            )

    def pin(self, scene_id: int, fields: Iterable[str], *, at: float, scene_updated_at: float) -> None:
        """These fields stay as Plex has them while the scene's `updated_at` is this one. What is kept by hand stays so."""
        rows = [(scene_id, field, at, scene_updated_at) for field in fields]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO keeps (scene_id, field, kept_at, scene_updated_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (scene_id, field) DO UPDATE SET kept_at = excluded.kept_at, scene_updated_at = excluded.scene_updated_at "
                "WHERE scene_updated_at IS NOT NULL",
                rows,
            )

    def carry_on(self, scene_id: int, *, since: float, scene_updated_at: float) -> None:
        """Pins for a state of `since` or later hold for this one: the scene says the same."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE keeps SET scene_updated_at = ? WHERE scene_id = ? AND scene_updated_at >= ?",
                (scene_updated_at, scene_id, since),
            )

    def release(self, scene_id: int, fields: Iterable[str]) -> None:
        """These fields follow Stash again. What is not kept is no mistake."""
        with self._database.transaction() as connection:
            connection.executemany(
                "DELETE FROM keeps WHERE scene_id = ? AND field = ?", [(scene_id, field) for field in fields]
            )

    def drop_ended(self) -> None:
        """Drop pins of scenes that have been synced in a newer state since."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM keeps WHERE scene_updated_at IS NOT NULL AND EXISTS (SELECT 1 FROM written "
                "WHERE written.scene_id = keeps.scene_id AND written.scene_updated_at > keeps.scene_updated_at)"
            )
