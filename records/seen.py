"""Which scene or item had each number when it was seen last, and its rows when the number is given anew."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from records.values import Identity, decode
from records.written import mark_gone
from storage.database import Store

_OF_BOTH: Final = ("written", "intents", "history", "changes", "emptyings", "refused", "members")
_OF_SCENES: Final = ("scenes", "scene_marks", "keeps", "skips", "relations", *_OF_BOTH)
OF_ITEMS: Final = ("items", "originals", *_OF_BOTH)
"""Tables whose rows belong to one scene, and to one item."""

_MOST_ALIKE: Final = 500
"""Of items that were added in one second not more are compared: what comes back all at once is found by its own key."""

_COLUMNS: Final = "scene_id, created_at, files, first_seen_at, seen_at, updated_at"


@dataclass(frozen=True, slots=True)
class KnownScene:
    """One scene as it was seen last. A negative `scene_id`: it is lost, its rows wait for it or for an undo.

    It was seen alive from `first_seen_at` to `seen_at` (epoch seconds); `updated_at` is Stash's own of that time.
    """

    scene_id: int
    identity: Identity
    first_seen_at: float = 0.0
    seen_at: float = 0.0
    updated_at: float = 0.0


class SceneStore(Store):
    """The table `scenes`. Invariant: rows of every table under a scene id are of the scene described here."""

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, KnownScene]:
        """These scenes as they were seen last; those never seen are absent."""
        found = {}
        for row in self._database.rows_of(f"SELECT {_COLUMNS} FROM scenes WHERE scene_id IN ({{ids}})", scene_ids):
            scene_id, created_at, files, *times = row
            found[scene_id] = KnownScene(scene_id, Identity.decoded(created_at, files), *times)
        return found

    def alike(self, identities: Iterable[Identity]) -> list[KnownScene]:
        """Scenes that may be one of these under another id; whoever asks compares them."""
        marks = sorted(set().union(*(who.marks() for who in identities)))
        select = "SELECT DISTINCT scene_id FROM scene_marks WHERE mark IN ({ids})"
        found = {row[0] for row in self._database.rows_of(select, marks)}
        return list(self.get_many(sorted(found)).values())

    def sample(self, count: int) -> list[KnownScene]:
        """Up to `count` scenes that are not lost, from all over, by chance."""
        select = "SELECT scene_id FROM scenes WHERE scene_id > 0 ORDER BY random() LIMIT ?"
        return list(self.get_many([row[0] for row in self._database.rows(select, (count,))]).values())

    def saved_last(self, count: int) -> list[int]:
        """The scenes that are known with the newest `updated_at`, the newest first; lost ones are none."""
        select = "SELECT scene_id FROM scenes WHERE scene_id > 0 ORDER BY updated_at DESC, scene_id DESC LIMIT ?"
        return [row[0] for row in self._database.rows(select, (count,))]

    def files_of_skipped(self, reasons: Sequence[str], limit: int) -> list[tuple[int, str]]:
        """Return scenes, ascending, that are skipped for one of `reasons`, each with its first file ("": unknown)."""
        marks = ", ".join("?" * len(reasons))
        select = (
            "SELECT skips.scene_id, scenes.files FROM skips LEFT JOIN scenes ON scenes.scene_id = skips.scene_id "
            f"WHERE skips.reason IN ({marks}) AND skips.scene_id > 0 ORDER BY skips.scene_id LIMIT ?"
        )
        rows = [(scene_id, decode(files or "[]")) for scene_id, files in self._database.rows(select, (*reasons, limit))]
        return [(scene_id, files[0][0] if files else "") for scene_id, files in rows]

    def see(self, scenes: Mapping[int, tuple[Identity, float]], at: float) -> None:
        """These scenes, by id, are seen alive at `at`: who they are, and their `updated_at`."""
        rows = [
            (scene_id, who.born_at, who.encoded_files(), at, at, updated_at)
            for scene_id, (who, updated_at) in scenes.items()
        ]
        with self._database.transaction() as connection:
            known = self.get_many(list(scenes))
            connection.executemany(
                f"INSERT INTO scenes ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (scene_id) DO UPDATE SET "
                "created_at = excluded.created_at, files = excluded.files, "
                "seen_at = excluded.seen_at, updated_at = excluded.updated_at",
                rows,
            )
            for scene_id, (who, _) in scenes.items():
                if scene_id in known and known[scene_id].identity == who:
                    continue
                connection.execute("DELETE FROM scene_marks WHERE scene_id = ?", (scene_id,))
                marks = [(mark, scene_id) for mark in who.marks()]
                connection.executemany("INSERT INTO scene_marks (mark, scene_id) VALUES (?, ?)", marks)

    def lose(self, scene_id: int, at: float) -> int:
        """Give the rows of an id that names another scene now a negative id, and return it. They count as gone."""
        with self._database.transaction() as connection:
            lost = self._next_lost()
            self.move(scene_id, lost)
            self._note_lost(lost, at)
            mark_gone(connection, lost, at)
            return lost

    def part(self, scene_id: int, at: float, rating_keys: Collection[int] | None = None) -> int:
        """Give what was written to these items (to all without them) an id as `lose` does; the scene begins anew."""
        with self._database.transaction() as connection:
            lost = self._next_lost()
            self._note_lost(lost, at)
            keys = self._keys_of(scene_id) if rating_keys is None else rating_keys
            pairs = [(lost, scene_id, key) for key in keys]
            for table in ("written", "intents"):
                connection.executemany(f"UPDATE {table} SET scene_id = ? WHERE scene_id = ? AND rating_key = ?", pairs)
            mark_gone(connection, lost, at)
            return lost

    def lose_all(self, at: float) -> None:
        """Lose every scene that was not seen since `at`: another Stash, or a database made anew, is begun with."""
        with self._database.transaction() as connection:
            below = self._next_lost() + 1
            seen = connection.execute("SELECT scene_id FROM scenes WHERE seen_at >= ?", (at,)).fetchall()
            connection.execute("CREATE TEMP TABLE still (scene_id INTEGER PRIMARY KEY)")
            connection.executemany("INSERT INTO still VALUES (?)", seen)
            for table in _OF_SCENES:
                connection.execute(
                    f"UPDATE {table} SET scene_id = ? - scene_id "
                    "WHERE scene_id > 0 AND scene_id NOT IN (SELECT scene_id FROM still)",
                    (below,),
                )
            connection.execute("DROP TABLE still")
            for scene_id in self._lost_unknown():
                self._note_lost(scene_id, at)
            for (scene_id,) in self._database.rows("SELECT DISTINCT scene_id FROM intents WHERE scene_id < 0"):
                mark_gone(connection, scene_id, at)
            connection.execute("UPDATE written SET gone_at = ? WHERE scene_id < 0 AND gone_at = 0", (at,))

    def find_again(self, old: int, new: int) -> None:
        """Give the rows of the scene `old` its id `new`. Under that there must be nothing of another one."""
        with self._database.transaction() as connection:
            self.move(old, new)
            connection.execute("UPDATE written SET gone_at = 0 WHERE scene_id = ?", (new,))

    def move(self, old: int, new: int) -> None:
        """Give every row of the scene `old` the id `new`."""
        with self._database.transaction() as connection:
            for table in _OF_SCENES:
                connection.execute(f"DELETE FROM {table} WHERE scene_id = ?", (new,))
                connection.execute(f"UPDATE {table} SET scene_id = ? WHERE scene_id = ?", (new, old))

    def _next_lost(self) -> int:
        lowest = self._database.rows("SELECT min(scene_id) FROM scenes")[0][0]
        return min(0, lowest or 0) - 1

    def _note_lost(self, lost: int, at: float) -> None:
        """So that the next one gets another id, also where nobody knew who it was: then it was never seen alive."""
        self._database.write(f"INSERT OR IGNORE INTO scenes ({_COLUMNS}) VALUES (?, 0, '[]', ?, 0, 0)", (lost, at))

    def _lost_unknown(self) -> list[int]:
        """Ids of lost scenes whose rows nobody noted as a scene's, as those of before the update."""
        found = " UNION ".join(f"SELECT scene_id FROM {table} WHERE scene_id < 0" for table in _OF_SCENES)
        return [row[0] for row in self._database.rows(f"{found} EXCEPT SELECT scene_id FROM scenes")]

    def _keys_of(self, scene_id: int) -> set[int]:
        return {
            row[0]
            for table in ("written", "intents")
            for row in self._database.rows(f"SELECT rating_key FROM {table} WHERE scene_id = ?", (scene_id,))
        }


class ItemStore(Store):
    """The table `items`. Invariant: rows of every table under a rating key are of the item described here."""

    def get_many(self, rating_keys: Sequence[int]) -> dict[int, Identity]:
        """These items as they were seen last; those never seen are absent."""
        select = "SELECT rating_key, added_at, files FROM items WHERE rating_key IN ({ids})"
        return _identities(self._database.rows_of(select, rating_keys))

    def added_at(self, rating_keys: Sequence[int]) -> dict[int, float]:
        """When these items were added, as they were seen last; those never seen are absent."""
        select = "SELECT rating_key, added_at FROM items WHERE rating_key IN ({ids})"
        return dict(self._database.rows_of(select, rating_keys))

    def see(self, items: Mapping[int, Identity], at: float) -> None:
        """These items, by key, are seen at `at`."""
        rows = [(key, who.born_at, who.encoded_files(), at) for key, who in items.items()]
        insert = "INSERT OR REPLACE INTO items (rating_key, added_at, files, seen_at) VALUES (?, ?, ?, ?)"
        self._database.write_many(insert, rows)

    def lose(self, rating_key: int) -> None:
        """Give what is recorded of a key that is another item's now a negative key: it is not written into this."""
        with self._database.transaction():
            lowest = self._database.rows(
                "SELECT min(key) FROM (SELECT min(rating_key) AS key FROM items "
                "UNION ALL SELECT min(rating_key) FROM originals UNION ALL SELECT min(rating_key) FROM written)"
            )[0][0]
            self.find_again(rating_key, min(0, lowest or 0) - 1)

    def lost(self, added_at: float) -> dict[int, Identity]:
        """Lost items, by their negative keys, that were added in this second: among them one may be found again."""
        select = (
            "SELECT rating_key, added_at, files FROM items "
            "WHERE rating_key < 0 AND added_at >= ?1 AND added_at < ?1 + 1 LIMIT ?2"
        )
        return _identities(self._database.rows(select, (int(added_at), _MOST_ALIKE)))

    def find_again(self, old: int, new: int) -> None:
        """Give the rows of the item `old` its key `new`. What stands there, from when nobody was known, stays."""
        with self._database.transaction() as connection:
            for table in OF_ITEMS:
                connection.execute(f"UPDATE OR IGNORE {table} SET rating_key = ? WHERE rating_key = ?", (new, old))


def _identities(rows: Iterable[Sequence[Any]]) -> dict[int, Identity]:
    return {key: Identity.decoded(added_at, files) for key, added_at, files in rows}
