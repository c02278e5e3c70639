"""Who each scene id was when it was seen last, and what becomes of its rows when the id names another scene."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from records.identity import Identity
from records.written import mark_gone
from storage.database import Database

_TABLES: Final = (
    "scenes",
    "scene_marks",
    "written",
    "intents",
    "keeps",
    "history",
    "skips",
    "relations",
    "changes",
    "emptyings",
    "refused",
)
"""Tables whose rows belong to one scene."""

_COLUMNS: Final = "scene_id, created_at, files, first_seen_at, seen_at, updated_at"


@dataclass(frozen=True, slots=True)
class KnownScene:
    """One scene as it was seen last. A negative `scene_id`: it is lost, its rows wait for it or for an undo.

    `first_seen_at` and `seen_at` (epoch seconds) are when it was seen alive first and last, `updated_at` is Stash's own of that time.
    """

    scene_id: int
    identity: Identity
    first_seen_at: float = 0.0
    seen_at: float = 0.0
    updated_at: float = 0.0


class SceneStore:
    """The table `scenes`. Invariant: rows of every table under a scene id belong to the scene that is described here under this id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, KnownScene]:
        """These scenes as they were seen last; those never seen are absent."""
        rows = self._database.rows_of(f"SELECT {_COLUMNS} FROM scenes WHERE scene_id IN ({{ids}})", scene_ids)
        return {row[0]: _known(row) for row in rows}

    def alike(self, identities: Iterable[Identity]) -> list[KnownScene]:
        """Scenes that may be one of these under another id; whoever asks compares them."""
        marks = sorted(set().union(*(who.marks() for who in identities)))
        select = "SELECT DISTINCT scene_id FROM scene_marks WHERE mark IN ({ids})"
        found = {row[0] for row in self._database.rows_of(select, marks)}
        return list(self.get_many(sorted(found)).values())

    def sample(self, count: int) -> list[KnownScene]:
        """Up to `count` scenes that are not lost, from all over, by chance."""
        select = f"SELECT {_COLUMNS} FROM scenes WHERE scene_id > 0 ORDER BY random() LIMIT ?"
        return [_known(row) for row in self._database.rows(select, (count,))]

    def saved_last(self, count: int) -> list[int]:
        """The scenes that are known with the newest `updated_at`, the newest first; lost ones are none."""
        select = "SELECT scene_id FROM scenes WHERE scene_id > 0 ORDER BY updated_at DESC, scene_id DESC LIMIT ?"
        return [row[0] for row in self._database.rows(select, (count,))]

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
                "created_at = excluded.created_at, files = excluded.files, seen_at = excluded.seen_at, updated_at = excluded.updated_at",
                rows,
            )
            news = {key: who for key, (who, _) in scenes.items() if key not in known or known[key].identity != who}
            connection.executemany("DELETE FROM scene_marks WHERE scene_id = ?", [(key,) for key in news])
            connection.executemany(
                "INSERT INTO scene_marks (mark, scene_id) VALUES (?, ?)",
                [(mark, key) for key, who in news.items() for mark in who.marks()],
            )

    def lose(self, scene_id: int, at: float) -> int:
        """The id names another scene now: its rows get an id of their own, negative, which is returned. What was written counts as gone from Stash."""
        with self._database.transaction() as connection:
            lost = self._next_lost()
            self.move(scene_id, lost)
            self._note_lost(lost, at)
            mark_gone(connection, lost, at)
            return lost

    def part(self, scene_id: int, at: float, rating_keys: Collection[int] | None = None) -> int:
        """What was written to these items (to all without them) is no longer the scene's: it gets an id as in `lose`, and the scene begins anew there. Nobody inherits it."""
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
        """Another Stash, or a database made anew, is begun with: every scene that was not seen since `at` is lost."""
        with self._database.transaction() as connection:
            below = self._next_lost() + 1
            seen = [row[0] for row in self._database.rows("SELECT scene_id FROM scenes WHERE seen_at >= ?", (at,))]
            connection.execute("CREATE TEMP TABLE still (scene_id INTEGER PRIMARY KEY)")
            connection.executemany("INSERT INTO still VALUES (?)", [(scene_id,) for scene_id in seen])
            for table in _TABLES:
                connection.execute(
                    f"UPDATE {table} SET scene_id = ? - scene_id WHERE scene_id > 0 AND scene_id NOT IN (SELECT scene_id FROM still)",
                    (below,),
                )
            connection.execute("DROP TABLE still")
            for scene_id in self._lost_unknown():
                self._note_lost(scene_id, at)
            for (scene_id,) in self._database.rows("SELECT DISTINCT scene_id FROM intents WHERE scene_id < 0"):
                mark_gone(connection, scene_id, at)
            connection.execute("UPDATE written SET gone_at = ? WHERE scene_id < 0 AND gone_at = 0", (at,))

    def find_again(self, old: int, new: int) -> None:
        """The scene with the id `old` has the id `new` now, and its rows with it. Under `new` there must be nothing of another one."""
        with self._database.transaction() as connection:
            self.move(old, new)
            connection.execute("UPDATE written SET gone_at = 0 WHERE scene_id = ?", (new,))

    def move(self, old: int, new: int) -> None:
        """Give every row of the scene `old` the id `new`."""
        with self._database.transaction() as connection:
            for table in _TABLES:
                connection.execute(f"DELETE FROM {table} WHERE scene_id = ?", (new,))
                connection.execute(f"UPDATE {table} SET scene_id = ? WHERE scene_id = ?", (new, old))

    def _next_lost(self) -> int:
        lowest = self._database.rows("SELECT min(scene_id) FROM scenes")[0][0]
        return min(0, lowest or 0) - 1

    def _note_lost(self, lost: int, at: float) -> None:
        """So that the next one gets another id, also where nobody knew who it was: then it was never seen alive."""
        with self._database.transaction() as connection:
            connection.execute(f"INSERT OR IGNORE INTO scenes ({_COLUMNS}) VALUES (?, 0, '[]', ?, 0, 0)", (lost, at))

    def _lost_unknown(self) -> list[int]:
        """Ids of lost scenes whose rows nobody noted as a scene's, as those of before the update."""
        found = " UNION ".join(f"SELECT scene_id FROM {table} WHERE scene_id < 0" for table in _TABLES)
        return [row[0] for row in self._database.rows(f"{found} EXCEPT SELECT scene_id FROM scenes")]

    def _keys_of(self, scene_id: int) -> set[int]:
        return {
            row[0]
            for table in ("written", "intents")
            for row in self._database.rows(f"SELECT rating_key FROM {table} WHERE scene_id = ?", (scene_id,))
        }


def _known(row: Sequence[Any]) -> KnownScene:
    scene_id, created_at, files, first_seen_at, seen_at, updated_at = row
    return KnownScene(scene_id, Identity.decoded(created_at, files), first_seen_at, seen_at, updated_at)
