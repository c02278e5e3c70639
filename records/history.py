"""The last syncs, field by field, for people to look at. Nothing decides by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from records.values import FieldValue, as_value, decode, encode, shortened
from storage.database import Database

KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one sync; of a picture `field` is "poster" or "background" and both values are "", but where it was not sent: then `after` says why."""

    field: str
    before: FieldValue
    after: FieldValue


@dataclass(frozen=True, slots=True)
class Sync:
    """One item that was changed: when (`at`, epoch seconds), and what. `id` is set once it is stored."""

    scene_id: int
    rating_key: int
    at: float
    changes: tuple[FieldChange, ...]
    id: int = 0


class HistoryStore:
    """The table `history`: the newest KEPT syncs; long texts and lists are shortened on the way in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_many(self, syncs: Iterable[Sync]) -> None:
        """Append `syncs` and drop the oldest beyond KEPT, in one transaction."""
        rows = [(sync.scene_id, sync.rating_key, sync.at, encode(_shown(sync.changes))) for sync in syncs]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO history (scene_id, rating_key, at, run, changes) VALUES (?, ?, ?, '', ?)", rows
            )
            connection.execute("DELETE FROM history WHERE id <= (SELECT max(id) FROM history) - ?", (KEPT,))

    def last(self, limit: int = 50, *, before: int | None = None, scene_id: int | None = None) -> list[Sync]:
        """The newest syncs first; `before` is the last `id` of the page before, `scene_id` leaves those of one scene."""
        rows = self._database.rows(
            "SELECT scene_id, rating_key, at, changes, id FROM history "
            "WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR scene_id = ?2) ORDER BY id DESC LIMIT ?3",
            (before, scene_id, limit),
        )
        return [Sync(scene_id, rating_key, at, _changes(text), id_) for scene_id, rating_key, at, text, id_ in rows]


def _shown(changes: Iterable[FieldChange]) -> list[tuple[str, FieldValue, FieldValue]]:
    return [(change.field, shortened(change.before), shortened(change.after)) for change in changes]


def _changes(text: str) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(name, as_value(before), as_value(after)) for name, before, after in decode(text))
