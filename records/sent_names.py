"""The names that another program sent to Plex before us, by scene: what our records cannot know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from records.values import decode_values, encode
from storage.database import Store

_COLUMNS: Final = "scene_id, at, stash_path, field_values"
_PUT: Final = (
    f"INSERT INTO sent_names ({_COLUMNS}) VALUES (?, ?, ?, ?) ON CONFLICT (scene_id) DO UPDATE "
    "SET at = excluded.at, stash_path = excluded.stash_path, field_values = excluded.field_values "
    "WHERE excluded.at >= sent_names.at"
)


@dataclass(frozen=True, slots=True)
class SentNames:
    """What was sent last for one scene.

    Attributes:
        at: when that was queued, epoch seconds.
        stash_path: the scene's file then; ids are given anew.
        names: by our name of the field.
    """

    scene_id: int
    at: float
    stash_path: str
    names: Mapping[str, tuple[str, ...]]


class SentNamesStore(Store):
    """The table `sent_names`: at most one row a scene, the newest."""

    def learn(self, entries: Iterable[SentNames]) -> None:
        """Put these down, on the disk when this returns: what told of them is deleted next. The newest counts."""
        rows = [(each.scene_id, each.at, each.stash_path, encode(each.names)) for each in entries]
        if rows:
            with self._database.transaction(durable=True) as connection:
                connection.executemany(_PUT, rows)

    def of_scenes(self, scene_ids: Sequence[int]) -> dict[int, SentNames]:
        """What was sent for these scenes; a scene of which nobody knows is absent."""
        rows = self._database.rows_of(f"SELECT {_COLUMNS} FROM sent_names WHERE scene_id IN ({{ids}})", scene_ids)
        return {row[0]: SentNames(row[0], row[1], row[2], _lists(row[3])) for row in rows}

    def drop_known(self) -> None:
        """Drop those of scenes that were synced since: our own records know better."""
        self._database.write(
            "DELETE FROM sent_names WHERE EXISTS (SELECT 1 FROM written "
            "WHERE written.scene_id = sent_names.scene_id AND written.synced_at > 0)"
        )


def _lists(text: str) -> dict[str, tuple[str, ...]]:
    return {name: value for name, value in decode_values(text).items() if isinstance(value, tuple)}
