"""Why a scene is not in Plex: the last reason, until it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from records.values import readable
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Skip:
    """Why one scene was not synced: `reason` for code and counting ("not_organized"), `text` for people, `at` epoch seconds, `scene_updated_at` the scene's own time when it was looked at, 0 where nobody knows."""

    scene_id: int
    reason: str
    text: str
    at: float
    scene_updated_at: float = 0.0

    @property
    def seen(self) -> float:
        """Up to when, by the scene's own time, its saves are known."""
        return self.scene_updated_at or self.at


_COLUMNS: Final = "scene_id, reason, text, at, scene_updated_at"


class SkipStore:
    """The table `skips`: at most one row a scene."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_many(self, skips: Iterable[Skip]) -> None:
        """Set the reasons of these scenes."""
        rows = [(skip.scene_id, skip.reason, readable(skip.text), skip.at, skip.scene_updated_at) for skip in skips]
        with self._database.transaction() as connection:
            connection.executemany(f"INSERT OR REPLACE INTO skips ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", rows)

    def clear(self, scene_ids: Iterable[int]) -> None:
        """Drop the reasons of scenes that are in Plex now, or gone."""
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM skips WHERE scene_id = ?", [(scene_id,) for scene_id in scene_ids])

    def outdate(self, synced_at: Mapping[int, float]) -> None:
        """Drop the reasons of scenes that were synced since: scene id to when that was. A reason that is newer stays."""
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM skips WHERE scene_id = ? AND at <= ?", synced_at.items())

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, Skip]:
        """The reasons of these scenes; a scene without one is absent."""
        rows = self._database.rows_of(f"SELECT {_COLUMNS} FROM skips WHERE scene_id IN ({{ids}})", scene_ids)
        return {row[0]: Skip(*row) for row in rows}

    def counts(self) -> dict[str, int]:
        """How many scenes are skipped for each reason."""
        return dict(self._database.rows("SELECT reason, count(*) FROM skips GROUP BY reason ORDER BY reason"))

    def page(self, *, reason: str | None = None, after: int = 0, limit: int = 50) -> list[Skip]:
        """A page in ascending order of scene ids, all or those of one reason; `after` is the last scene id of the page before."""
        condition, bound = ("", ()) if reason is None else ("reason = ? AND ", (reason,))
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM skips WHERE {condition}scene_id > ? ORDER BY scene_id LIMIT ?",
            (*bound, after, limit),
        )
        return [Skip(*row) for row in rows]
