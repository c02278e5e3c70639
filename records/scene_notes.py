"""What is noted about single scenes: why one is skipped, its relations, what is pinned, what Plex refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from records.values import readable
from storage.database import Store

_SKIP: Final = "scene_id, reason, text, at, scene_updated_at"
_REFUSED: Final = "scene_id, rating_key, field, value, server, why, at"

REFUSED_KEPT_S: Final = 30 * 24 * 3600.0
"""How long a refusal is believed: what refused may be a proxy, which changes without a word."""

REFUSED_SHOWN: Final = 5

_KINDS: Final[Mapping[str, int]] = {"performer": 1, "studio": 2, "tag": 3, "group": 4}
"""Kind of a relation to its number in the table, where a word in each row would double the file. Never renumber."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Why one scene was not synced: `reason` for code and counting ("not_organized"), `text` for people.

    `at` is epoch seconds, `scene_updated_at` the scene's own time when it was looked at, 0 where nobody knows.
    """

    scene_id: int
    reason: str
    text: str
    at: float
    scene_updated_at: float = 0.0

    @property
    def seen(self) -> float:
        """Up to when, by the scene's own time, its saves are known."""
        return self.scene_updated_at or self.at


class SkipStore(Store):
    """The table `skips`: why a scene is not in Plex, until it is; at most one row a scene."""

    def record_many(self, skips: Iterable[Skip]) -> None:
        """Set the reasons of these scenes."""
        rows = [(skip.scene_id, skip.reason, readable(skip.text), skip.at, skip.scene_updated_at) for skip in skips]
        self._database.write_many(f"INSERT OR REPLACE INTO skips ({_SKIP}) VALUES (?, ?, ?, ?, ?)", rows)

    def clear(self, scene_ids: Iterable[int]) -> None:
        """Drop the reasons of scenes that are in Plex now, or gone."""
        rows = [(scene_id,) for scene_id in scene_ids]
        self._database.write_many("DELETE FROM skips WHERE scene_id = ?", rows)

    def outdate(self, synced_at: Mapping[int, float]) -> None:
        """Drop the reasons of scenes that were synced since: scene id to when that was. Newer ones stay."""
        self._database.write_many("DELETE FROM skips WHERE scene_id = ? AND at <= ?", synced_at.items())

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, Skip]:
        """The reasons of these scenes; a scene without one is absent."""
        rows = self._database.rows_of(f"SELECT {_SKIP} FROM skips WHERE scene_id IN ({{ids}})", scene_ids)
        return {row[0]: Skip(*row) for row in rows}

    def counts(self) -> dict[str, int]:
        """How many scenes that are not lost are skipped for each reason."""
        return dict(
            self._database.rows("SELECT reason, count(*) FROM skips WHERE scene_id > 0 GROUP BY reason ORDER BY reason")
        )

    def page(self, *, reason: str | None = None, after: int = 0, limit: int = 50) -> list[Skip]:
        """Return a page by scene id, all or those of one reason; `after` is the last scene id of the page before."""
        condition, bound = ("", ()) if reason is None else ("reason = ? AND ", (reason,))
        select = f"SELECT {_SKIP} FROM skips WHERE {condition}scene_id > ? ORDER BY scene_id LIMIT ?"
        return [Skip(*row) for row in self._database.rows(select, (*bound, after, limit))]


@dataclass(frozen=True, slots=True)
class Relations:
    """The ids of everything a scene belongs to whose names reach Plex."""

    performers: tuple[int, ...] = ()
    studios: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()

    def keys(self) -> set[tuple[int, int]]:
        """Every relation as (number of the kind, id)."""
        found = set()
        for number, ids in zip(_KINDS.values(), (self.performers, self.studios, self.tags, self.groups), strict=True):
            for entity_id in ids:
                found.add((number, entity_id))
        return found


class RelationStore(Store):
    """The table `relations`: whom and what each scene had when it was synced. Stash forgets it when it deletes one."""

    def record_many(self, relations: Mapping[int, Relations], *, besides: bool = False) -> None:
        """Make `relations` (by scene id) what is known, or add them, `besides` what is known already.

        Only differences are written: most syncs change none.
        """
        with self._database.transaction() as connection:
            known = self.get_many(list(relations))
            for scene_id, now in relations.items():
                before, keys = known[scene_id], now.keys()
                if keys == before:
                    continue
                new, old = (
                    [(*key, scene_id) for key in changed]
                    for changed in (keys - before, () if besides else before - keys)
                )
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
        """Return the scenes, ascending, that had this "performer", "studio", "tag" or "group" last."""
        select = "SELECT scene_id FROM relations WHERE kind = ? AND entity_id = ? ORDER BY scene_id"
        return [row[0] for row in self._database.rows(select, (_KINDS[kind], entity_id))]


class PinStore(Store):
    """The table `keeps`: one row a scene and field that stays as Plex has it.

    What a person pinned stays so until it is released; what an undo pinned, until the scene changes: then
    `scene_updated_at` is that of the scene's state, else NULL.
    """

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, frozenset[str]]:
        """The pinned fields of these scenes, also where the pin may have ended since; a scene without any is absent."""
        return self.of_scenes(dict.fromkeys(scene_ids))

    def of_scenes(self, updated_at: Mapping[int, float | None]) -> dict[int, frozenset[str]]:
        """Return the pinned fields of scenes, by id to what Stash has just told of `updated_at`, None for nothing."""
        found: dict[int, frozenset[str]] = {}
        select = "SELECT scene_id, field, scene_updated_at FROM keeps WHERE scene_id IN ({ids})"
        for scene_id, field, pinned_at in self._database.rows_of(select, list(updated_at)):
            if pinned_at is None or updated_at[scene_id] in (None, pinned_at):
                found[scene_id] = found.get(scene_id, frozenset()) | {field}
        return found

    def of_undo(self, scene_id: int) -> frozenset[str]:
        """Those fields of a scene that an undo pinned."""
        select = "SELECT field FROM keeps WHERE scene_id = ? AND scene_updated_at IS NOT NULL"
        return frozenset(row[0] for row in self._database.rows(select, (scene_id,)))

    def pinned_at(self, scene_ids: Sequence[int]) -> dict[int, float]:
        """For which state of each scene, by its `updated_at`, an undo pinned last; a scene without any is absent."""
        select = (
            "SELECT scene_id, scene_updated_at FROM keeps "
            "WHERE scene_id IN ({ids}) AND scene_updated_at IS NOT NULL ORDER BY scene_updated_at"
        )
        return {row[0]: row[1] for row in self._database.rows_of(select, scene_ids)}

    def pin(self, scene_id: int, fields: Iterable[str], *, at: float, scene_updated_at: float | None = None) -> None:
        """Keep these fields as Plex has them until they are released, or while the scene's `updated_at` is this."""
        insert = "INSERT INTO keeps (scene_id, field, kept_at, scene_updated_at) VALUES (?, ?, ?, ?)"
        if scene_updated_at is None:
            update = "scene_updated_at = NULL"
        else:
            update = "kept_at = excluded.kept_at, scene_updated_at = excluded.scene_updated_at"
            update += " WHERE scene_updated_at IS NOT NULL"
        rows = [(scene_id, field, at, scene_updated_at) for field in fields]
        self._database.write_many(f"{insert} ON CONFLICT (scene_id, field) DO UPDATE SET {update}", rows)

    def carry_on(self, scene_id: int, *, since: float, scene_updated_at: float) -> None:
        """Pins for a state of `since` or later hold for this one: the scene says the same."""
        self._database.write(
            "UPDATE keeps SET scene_updated_at = ? WHERE scene_id = ? AND scene_updated_at >= ?",
            (scene_updated_at, scene_id, since),
        )

    def release(self, scene_id: int, fields: Iterable[str]) -> None:
        """These fields follow Stash again. What is not pinned is no mistake."""
        rows = [(scene_id, field) for field in fields]
        self._database.write_many("DELETE FROM keeps WHERE scene_id = ? AND field = ?", rows)

    def drop_ended(self) -> None:
        """Drop pins of scenes that have been synced in a newer state since."""
        self._database.write(
            "DELETE FROM keeps WHERE scene_updated_at IS NOT NULL AND EXISTS (SELECT 1 FROM written "
            "WHERE written.scene_id = keeps.scene_id AND written.scene_updated_at > keeps.scene_updated_at)"
        )


@dataclass(frozen=True, slots=True)
class RefusedField:
    """One field of one item that was not taken: a digest of its `value`, by which `server`, and `why`, for people."""

    scene_id: int
    rating_key: int
    field: str
    value: str
    server: str
    why: str
    at: float


RefusedByItem = dict[tuple[int, int], dict[str, RefusedField]]
"""Scene and item to field to what was refused."""


class RefusedStore(Store):
    """The table `refused`: a row for each field that Plex did not take, so that it is not sent with each sync."""

    def of_scenes(self, scene_ids: Sequence[int]) -> RefusedByItem:
        """What was refused of these scenes."""
        found: RefusedByItem = {}
        select = f"SELECT {_REFUSED} FROM refused WHERE scene_id IN ({{ids}})"
        for row in self._database.rows_of(select, scene_ids):
            found.setdefault(row[:2], {})[row[2]] = RefusedField(*row)
        return found

    def replace(self, scene_id: int, rating_key: int, refused: Iterable[RefusedField]) -> None:
        """From now on `refused`, and nothing else, is what was not taken of this scene in this item."""
        rows = [
            (each.scene_id, each.rating_key, each.field, each.value, each.server, readable(each.why), each.at)
            for each in refused
        ]
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM refused WHERE scene_id = ? AND rating_key = ?", (scene_id, rating_key))
            connection.executemany(f"INSERT INTO refused ({_REFUSED}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def scene_count(self) -> int:
        """How many scenes that Stash has have a field that was not taken."""
        return int(self._database.rows("SELECT count(DISTINCT scene_id) FROM refused WHERE scene_id > 0")[0][0])

    def newest(self) -> list[RefusedField]:
        """The last REFUSED_SHOWN, the newest first."""
        select = f"SELECT {_REFUSED} FROM refused WHERE scene_id > 0 ORDER BY at DESC, scene_id, field LIMIT ?"
        return [RefusedField(*row) for row in self._database.rows(select, (REFUSED_SHOWN,))]

    def prune(self, now: float) -> None:
        """Drop what was refused longer than REFUSED_KEPT_S ago, and what a clock that was ahead put down."""
        bounds = (now - REFUSED_KEPT_S, now + REFUSED_KEPT_S)
        self._database.write("DELETE FROM refused WHERE at < ? OR at > ?", bounds)
