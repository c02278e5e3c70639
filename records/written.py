"""What we wrote last, per scene and item, and what we were about to write. Knows no field by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from sqlite3 import Connection
from typing import Final

from records.values import FieldValue, FieldValues, decode_values, encode
from storage.database import Store

RACY_S: Final = 2.0
"""Stash's times are whole seconds: what was read so soon after its own time may have been saved again within it."""

_LONGEST_ANSWER_S: Final = 60.0
"""A scene may be saved while its answer is under way; a time further ahead of its reading is a wrong clock's."""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in Plex because of one scene in one item: either may have several of the other.

    Attributes:
        values: what the merge said to record; empty while no edit is known to have succeeded.
        poster_sha1, background_sha1: of the bytes that we uploaded, or "".
        poster_etag, poster_source: the Etag and the key under which Stash served the cover last, or "".
        poster_made, background_made: how they were made and of what (worker.sync.posters), "" for the cover as it is.
        synced_at, scene_updated_at: epoch seconds; the second is the scene's own `updated_at` of that time.
        read_at: when that state of the scene was asked for, by Stash's clock; 0 where nobody knows.
        scene_mark: stands for all that the scene said then, or "".
        gone_at: when the scene was found gone from Stash, or 0. The rest is what an undo needs.
        intended: values of an edit of unknown outcome, see `Records.before_edits`. Recording ends the intent.
        wrote_at: when the last edit went out, epoch seconds of Plex's clock; 0 where nothing but equal values was met.
        is_known: whether it was recorded together with who the scene and the item were; older records were not.

    A scene that lost its item to another one keeps an empty record: it is asked when the other one goes. One that the
    item's library leaves out has an empty record, too, so that no comparison takes the item for news.
    """

    scene_id: int
    rating_key: int
    section_key: int
    values: FieldValues = field(default_factory=dict)
    poster_sha1: str = ""
    poster_etag: str = ""
    poster_source: str = ""
    background_sha1: str = ""
    poster_made: str = ""
    background_made: str = ""
    synced_at: float = 0.0
    scene_updated_at: float = 0.0
    gone_at: float = 0.0
    intended: FieldValues = field(default_factory=dict)
    wrote_at: float = 0.0
    is_known: bool = True
    read_at: float = 0.0
    scene_mark: str = ""

    @property
    def is_racy(self) -> bool:
        """Whether a later save may have the same time as the one that was read, as Git asks of its index."""
        return self.read_at > 0 and -_LONGEST_ANSWER_S < self.read_at - self.scene_updated_at < RACY_S

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the scene is in the item, nor may be."""
        return not self.synced_at and not self.intended


@dataclass(frozen=True, slots=True)
class Intent:
    """An edit that is about to be sent: the `values` that will be recorded once it has succeeded."""

    scene_id: int
    rating_key: int
    section_key: int
    values: FieldValues


_PLAIN: Final = (
    "poster_sha1, poster_etag, poster_source, background_sha1, poster_made, background_made, "
    "synced_at, scene_updated_at, gone_at, wrote_at, read_at, scene_mark"
)
"""Columns of the names and values of the attributes of Written."""

_PLAIN_NAMES: Final = _PLAIN.split(", ")
_plain_of = attrgetter(*_PLAIN_NAMES)
_COLUMNS: Final = f"scene_id, rating_key, section_key, field_values, is_known, {_PLAIN}"

_OF_INTENT: Final = "scene_id, rating_key, section_key, field_values, is_known"
_REAL: Final = "gone_at = 0 AND synced_at > 0 AND rating_key > 0"
"""Records that are not empty, of scenes that are not known to be gone."""

_RECORDS_OF_INTENTS: Final = (
    "INSERT OR IGNORE INTO written (scene_id, rating_key, section_key, field_values, poster_sha1, poster_etag, "
    "poster_source, background_sha1, synced_at, scene_updated_at, gone_at, is_known) "
    "SELECT scene_id, rating_key, section_key, '{}', '', '', '', '', 0, 0, 0, is_known FROM intents WHERE scene_id = ?"
)
"""A record, empty, for each intent of a scene that has none: what can be marked as gone."""


class WrittenStore(Store):
    """The tables `written` and `intents`. One row per scene and item; recording replaces it and ends its intent."""

    def get(self, scene_id: int) -> dict[int, Written]:
        """What was written for one scene, by rating key."""
        return self.get_many([scene_id]).get(scene_id, {})

    def get_many(self, scene_ids: Sequence[int]) -> dict[int, dict[int, Written]]:
        """Return what was written: scene id to rating key to record. A scene without any is absent.

        An item for which there is only an intent has a record with empty `values` and `synced_at` 0.
        """
        found: dict[int, dict[int, Written]] = {}
        for (scene_id, rating_key), record in self._found("scene_id", scene_ids).items():
            found.setdefault(scene_id, {})[rating_key] = record
        return found

    def of_items(self, rating_keys: Sequence[int]) -> dict[int, list[Written]]:
        """Return what was written, or intended, by rating key: a record a scene, ascending, also of gone ones."""
        found: dict[int, list[Written]] = {}
        for (_, rating_key), record in sorted(self._found("rating_key", rating_keys).items()):
            found.setdefault(rating_key, []).append(record)
        return found

    def _found(self, column: str, ids: Sequence[int]) -> dict[tuple[int, int], Written]:
        """By scene and item. Negative rating keys are of items that are lost, see records.items."""
        which = f"WHERE {column} IN ({{ids}}) AND rating_key > 0"
        found: dict[tuple[int, int], Written] = {}
        for row in self._database.rows_of(f"SELECT {_COLUMNS} FROM written {which}", ids):
            scene_id, rating_key, section_key, text, is_known, *plain = row
            known = dict(zip(_PLAIN_NAMES, plain, strict=True))
            found[row[:2]] = Written(
                scene_id, rating_key, section_key, decode_values(text), is_known=bool(is_known), **known
            )
        for row in self._database.rows_of(f"SELECT {_OF_INTENT} FROM intents {which}", ids):
            record = found.get(row[:2]) or Written(row[0], row[1], row[2], is_known=bool(row[4]))
            found[row[:2]] = replace(record, intended=decode_values(row[3]))
        return found

    def record_many(self, entries: Iterable[Written]) -> None:
        """Replace the records of these scenes and items, and end their intents, all in one transaction."""
        rows, places = [], []
        for each in entries:
            place = (each.scene_id, each.rating_key)
            rows.append((*place, each.section_key, encode(each.values), each.is_known, *_plain_of(each)))
            places.append(place)
        if not rows:
            return
        marks = ", ".join("?" * len(rows[0]))
        with self._database.transaction() as connection:
            connection.executemany(f"INSERT OR REPLACE INTO written ({_COLUMNS}) VALUES ({marks})", rows)
            connection.executemany("DELETE FROM intents WHERE scene_id = ? AND rating_key = ?", places)

    def note_left_out(self, left_out: Mapping[tuple[int, int, int], str], scene_ids: Sequence[int]) -> None:
        """Note that scenes (first) have items (second) of libraries (third) that do not take them: with why, as a code.

        No other item leaves out one of `scene_ids`, all of these scenes. What is recorded of them stays; the next
        record of a scene and an item ends its note.
        """
        select = "SELECT scene_id, rating_key FROM written WHERE scene_id IN ({ids}) AND left_out != ''"
        now = {(scene_id, rating_key): code for (scene_id, rating_key, _), code in left_out.items()}
        ended = set(self._database.rows_of(select, scene_ids)) - now.keys()
        if not (now or ended):
            return
        known = self.get_many([scene_id for scene_id, _ in now]) if now else {}
        notes = [(code, *place) for place, code in now.items()] + [("", *place) for place in ended]
        with self._database.transaction() as connection:
            self.record_many([Written(*row) for row in left_out if row[1] not in known.get(row[0], {})])
            connection.executemany("UPDATE written SET left_out = ? WHERE scene_id = ? AND rating_key = ?", notes)

    def left_out(self) -> dict[str, int]:
        """Return how many scenes one library does not take and another one does, by code, the most frequent first."""
        select = (
            "SELECT left_out, count(DISTINCT scene_id) AS scenes FROM written WHERE left_out != '' AND gone_at = 0 "
            "AND rating_key > 0 AND scene_id NOT IN (SELECT scene_id FROM skips) GROUP BY left_out ORDER BY scenes DESC"
        )
        return dict(self._database.rows(select))

    def read_again(self, read_at: Mapping[int, float]) -> None:
        """Scenes that say what they said when they were recorded: scene id to when they were read again."""
        rows = [(at, scene_id) for scene_id, at in read_at.items()]
        self._database.write_many("UPDATE written SET read_at = ? WHERE scene_id = ?", rows)

    def scenes_by_item(self, rating_keys: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Return which scenes that Stash has were written to these items: several where they share an item."""
        found: dict[int, tuple[int, ...]] = {}
        select = (
            "SELECT rating_key, scene_id FROM written "
            "WHERE rating_key IN ({ids}) AND gone_at = 0 ORDER BY rating_key, scene_id"
        )
        for rating_key, scene_id in self._database.rows_of(select, rating_keys):
            found[rating_key] = (*found.get(rating_key, ()), scene_id)
        return found

    def scene_ids(self, *, after: int = 0, limit: int = 1000) -> list[int]:
        """Return a page, ascending, of the scenes that have a record and are not known to be gone."""
        select = (
            "SELECT DISTINCT scene_id FROM written "
            "WHERE scene_id > ? AND gone_at = 0 AND rating_key > 0 ORDER BY scene_id LIMIT ?"
        )
        return [row[0] for row in self._database.rows(select, (after, limit))]

    def count(self) -> int:
        """How many records of scenes there are that are not gone; a scene in two items counts twice, empty ones not."""
        return int(self._database.rows(f"SELECT count(*) FROM written WHERE {_REAL}")[0][0])

    def scene_count(self) -> int:
        """How many scenes have a record that is not empty and are not known to be gone.

        Where no scene has two records they are counted, in half the time: that there is none an index knows.
        """
        has_two = self._database.rows("SELECT 1 FROM written GROUP BY scene_id HAVING count(*) > 1 LIMIT 1")
        if not has_two:
            return self.count()
        return int(self._database.rows(f"SELECT count(DISTINCT scene_id) FROM written WHERE {_REAL}")[0][0])

    def skipped_only(self) -> int:
        """How many scenes have no record that is not empty, but a note that says why."""
        only_skipped = (
            "SELECT count(*) FROM skips WHERE scene_id > 0 AND NOT EXISTS "
            f"(SELECT 1 FROM written WHERE written.scene_id = skips.scene_id AND {_REAL})"
        )
        return int(self._database.rows(only_skipped)[0][0])

    def hand_over(self, rating_key: int, scene_ids: Iterable[int]) -> None:
        """What these scenes wrote to the item is in the record of the one that has it now: theirs become empty."""
        rows = [(rating_key, scene_id) for scene_id in scene_ids]
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM intents WHERE rating_key = ? AND scene_id = ?", rows)
            connection.executemany(
                "UPDATE written SET field_values = '{}', poster_sha1 = '', poster_etag = '', poster_source = '', "
                "background_sha1 = '', poster_made = '', background_made = '', synced_at = 0 "
                "WHERE rating_key = ? AND scene_id = ?",
                rows,
            )

    def drop(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Drop the records of these scenes (first) and items (second), and their intents."""
        rows = list(pairs)
        with self._database.transaction() as connection:
            for table in ("written", "intents"):
                connection.executemany(f"DELETE FROM {table} WHERE scene_id = ? AND rating_key = ?", rows)

    def forget_item(self, rating_key: int) -> None:
        """Drop what was written to an item that Plex no longer has, or that was given back as it was."""
        with self._database.transaction() as connection:
            for table in ("written", "intents"):
                connection.execute(f"DELETE FROM {table} WHERE rating_key = ?", (rating_key,))

    def let_go(self, scene_id: int, gone_at: float) -> None:
        """Keep of a scene that is gone what an undo needs: what we wrote, or intended, to items with an original."""
        with self._database.transaction() as connection:
            for table in ("written", "intents"):
                connection.execute(
                    f"DELETE FROM {table} WHERE scene_id = ? AND rating_key NOT IN (SELECT rating_key FROM originals)",
                    (scene_id,),
                )
            mark_gone(connection, scene_id, gone_at)


def united(past: Iterable[FieldValues]) -> FieldValues:
    """Unite records of one item, the oldest first: the newest value of each field, the entries of all lists."""
    values: dict[str, FieldValue] = {}
    for newer in past:
        for name, value in newer.items():
            older = values.get(name)
            if isinstance(older, tuple) and isinstance(value, tuple):
                values[name] = tuple(dict.fromkeys((*older, *value)))
            else:
                values[name] = value
    return values


def taken_over(own: Written, others: Iterable[Written]) -> Written:
    """Return the record of a scene that takes over an item, and what `others` left there, but for its cover."""
    past = sorted((own, *others), key=lambda record: record.synced_at)
    return replace(
        own,
        values=united(record.values for record in past),
        intended=united(record.intended for record in past),
        poster_sha1=next((record.poster_sha1 for record in reversed(past) if record.poster_sha1), ""),
        background_sha1=next((record.background_sha1 for record in reversed(past) if record.background_sha1), ""),
        poster_etag="",
        poster_source="",
        poster_made="",
        background_made="",
    )


def without_pictures(record: Written) -> Written:
    """The same, and no picture of ours is known to stand there."""
    without = replace(record, poster_sha1="", poster_etag="", poster_source="", poster_made="")
    return replace(without, background_sha1="", background_made="")


def mark_gone(connection: Connection, scene_id: int, at: float) -> None:
    """Within a transaction: Stash no longer has this scene, also where there is only an intent of it."""
    connection.execute(_RECORDS_OF_INTENTS, (scene_id,))
    connection.execute("UPDATE written SET gone_at = ? WHERE scene_id = ?", (at, scene_id))


def intend(connection: Connection, intents: Iterable[Intent]) -> None:
    """Put `intents` down within a transaction; a second one for the same scene and item replaces the first."""
    connection.executemany(
        f"INSERT OR REPLACE INTO intents ({_OF_INTENT}) VALUES (?, ?, ?, ?, 1)",
        [(intent.scene_id, intent.rating_key, intent.section_key, encode(intent.values)) for intent in intents],
    )
