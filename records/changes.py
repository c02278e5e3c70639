"""What syncs overwrote in Plex, whole, for a while: what an undo of the last changes needs. Knows no field by name."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import Any, Final

from records.values import FieldValues, decode, decode_values, encode
from storage.database import Store

KEPT_S: Final = 90 * 24 * 3600.0
"""How long what was overwritten is kept."""

KEPT_BYTES: Final = 200_000_000
"""How much of it is kept at most; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Overwritten:
    """One item before and after one sync.

    Attributes:
        at: epoch seconds; the same for everything that one batch did.
        run: the task that asked for it, or the hour of the save: "all 1764412345.123456", "saves 1764410400".
        before, after: the whole values of the fields that were written or locked, never shortened. "poster" stands for
            the choice of one: before is the key of the chosen one, after the sha1 of the one that was uploaded.
        base: what our record said of these fields before; what is absent here was absent there.
        locked: those of these fields that had a lock before.
        files: those that the item held then. Which item it is now, records.items says.
        id: in the order of writing, once it is stored.
    """

    scene_id: int
    rating_key: int
    section_key: int
    item_type: str
    at: float
    run: str
    before: FieldValues
    after: FieldValues
    base: FieldValues
    locked: frozenset[str]
    files: tuple[str, ...]
    id: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """Which changes are meant: of one `run`; or not older than `since`; or of the batch `since` of one scene."""

    run: str = ""
    since: float = 0.0
    scene_id: int = 0

    def holds(self, change: Overwritten) -> bool:
        """Whether `change` is one of them."""
        if self.run:
            return change.run == self.run
        if self.scene_id:
            return change.scene_id == self.scene_id and change.at == self.since
        return change.at >= self.since


@dataclass(frozen=True, slots=True)
class ChangedRun:
    """One run as far as it changed Plex: epoch seconds, and how many items it changed, some of them undone since."""

    run: str
    began_at: float
    ended_at: float
    items: int
    undone: int


_COLUMNS = (
    "scene_id, rating_key, section_key, item_type, at, run, before_values, after_values, base_values, locked, files"
)
_OPEN: Final = "undone_at = 0 AND at <= ?"


class ChangeStore(Store):
    """The table `changes`: a row for each item that a batch wrote to. Rows come in through `Records.before_edits`.

    A row of an edit that never arrived does no harm, and gives way to the next row that begins from the same values.
    """

    def arrived(self, scene_id: int, rating_key: int) -> None:
        """The edits of this item are known to have succeeded: their rows stay, whatever comes."""
        self._database.write(
            "UPDATE changes SET has_arrived = 1 WHERE scene_id = ? AND rating_key = ? AND has_arrived = 0",
            (scene_id, rating_key),
        )

    def refused(self, scene_id: int, rating_key: int, fields: Collection[str]) -> None:
        """Of the last edit of this item these fields did not arrive. To be said before `arrived`."""
        with self._database.transaction() as connection:
            row = connection.execute(
                f"SELECT {_COLUMNS}, id FROM changes "
                "WHERE scene_id = ? AND rating_key = ? AND has_arrived = 0 ORDER BY id DESC LIMIT 1",
                (scene_id, rating_key),
            ).fetchone()
            if row is None:
                return
            change = _overwritten(row)
            connection.execute("DELETE FROM changes WHERE id = ?", (change.id,))
            if change.after.keys() - set(fields):
                _insert(connection, _without(change, fields))

    def added_names(self, section_key: int, field: str) -> dict[str, dict[int, float]]:
        """Return which names our edits put into the list `field`: by name the items, and when that was. Reads all."""
        select = (
            "SELECT rating_key, at, before_values, after_values FROM changes WHERE section_key = ? AND rating_key > 0 "
            "AND has_arrived = 1 AND undone_at = 0 AND instr(after_values, ?) > 0 ORDER BY at"
        )
        found: dict[str, dict[int, float]] = {}
        for rating_key, at, before, after in self._database.rows(select, (section_key, encode(field))):
            known = decode_values(before).get(field) or ()
            names = decode_values(after).get(field)
            for name in names if isinstance(names, tuple) else ():
                if not (isinstance(known, tuple) and name in known):
                    found.setdefault(name, {}).setdefault(rating_key, at)
        return found

    def of_items(self, rating_keys: Sequence[int]) -> list[Overwritten]:
        """All that was done to these items and not undone yet, the oldest first."""
        select = f"SELECT {_COLUMNS}, id FROM changes WHERE undone_at = 0 AND rating_key IN ({{ids}})"
        return sorted(map(_overwritten, self._database.rows_of(select, rating_keys)), key=lambda change: change.id)

    def items(self, choice: Choice, *, until: float, after: int = 0, limit: int = 100) -> list[int]:
        """Return a page, by rating key, of the items that `choice` means: done up to `until` and not undone."""
        held, bound = _held(choice)
        select = f"SELECT DISTINCT rating_key FROM changes WHERE {_OPEN} AND {held} AND rating_key > ?"
        rows = self._database.rows(f"{select} ORDER BY rating_key LIMIT ?", (until, *bound, after, limit))
        return [row[0] for row in rows]

    def count(self, choice: Choice, *, until: float, after: int = 0) -> int:
        """How many items all the pages from `after` on hold."""
        held, bound = _held(choice)
        select = f"SELECT count(DISTINCT rating_key) FROM changes WHERE {_OPEN} AND {held} AND rating_key > ?"
        return int(self._database.rows(select, (until, *bound, after))[0][0])

    def last_of_scene(self, scene_id: int) -> list[Overwritten]:
        """What the last batch did to the items of a scene that is not undone yet; [] where there is none."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS}, id FROM changes WHERE scene_id = ?1 AND undone_at = 0 AND at = "
            "(SELECT at FROM changes WHERE scene_id = ?1 AND undone_at = 0 ORDER BY id DESC LIMIT 1) "
            "ORDER BY rating_key",
            (scene_id,),
        )
        return [_overwritten(row) for row in rows]

    def runs(self, limit: int = 20) -> list[ChangedRun]:
        """The newest runs first."""
        rows = self._database.rows(
            "SELECT run, min(at), max(at), count(DISTINCT rating_key), "
            "count(DISTINCT rating_key) - count(DISTINCT CASE WHEN undone_at = 0 THEN rating_key END) "
            "FROM changes GROUP BY run ORDER BY max(at) DESC, max(id) DESC LIMIT ?",
            (limit,),
        )
        return [ChangedRun(*row) for row in rows]

    def undone(self, ids: Iterable[int], *, at: float) -> None:
        """These were put back whole, at `at`."""
        self._database.write_many("UPDATE changes SET undone_at = ? WHERE id = ?", [(at, id_) for id_ in ids])

    def forget_item(self, rating_key: int) -> None:
        """Drop what was done to an item that shows again what it showed before all of it."""
        self._database.write("DELETE FROM changes WHERE rating_key = ?", (rating_key,))

    def prune(self, now: float, *, kept_bytes: int = KEPT_BYTES) -> int:
        """Drop what is older than KEPT_S, and the oldest of what is more than `kept_bytes`; return how many rows."""
        with self._database.transaction() as connection:
            old = connection.execute("DELETE FROM changes WHERE at < ?", (now - KEPT_S,)).rowcount
            (total,) = connection.execute("SELECT coalesce(sum(bytes), 0) FROM changes").fetchone()
            too_many = 0
            for id_, size in connection.execute("SELECT id, bytes FROM changes ORDER BY id"):
                if total <= kept_bytes:
                    break
                total, too_many = total - size, id_
            return int(old) + int(connection.execute("DELETE FROM changes WHERE id <= ?", (too_many,)).rowcount)


def keep_changes(connection: Connection, changes: Iterable[Overwritten]) -> None:
    """Put `changes` down within a transaction, joined with what the same batch did to their items before."""
    for change in changes:
        _drop_what_never_arrived(connection, change)
        _insert(connection, _with_earlier(connection, change))


def _insert(connection: Connection, change: Overwritten) -> None:
    texts = [encode(part) for part in (change.before, change.after, change.base, sorted(change.locked), change.files)]
    place = (change.scene_id, change.rating_key, change.section_key, change.item_type, change.at, change.run)
    connection.execute(
        f"INSERT INTO changes ({_COLUMNS}, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*place, *texts, sum(map(len, texts))),
    )


def _with_earlier(connection: Connection, change: Overwritten) -> Overwritten:
    """Take out the row of what the same batch of the same run has overwritten in the item; return both as one."""
    found = connection.execute(
        f"SELECT {_COLUMNS}, id FROM changes WHERE scene_id = ? AND rating_key = ? AND at = ? AND run = ?",
        (change.scene_id, change.rating_key, change.at, change.run),
    ).fetchone()
    if found is None:
        return change
    earlier = _overwritten(found)
    connection.execute("DELETE FROM changes WHERE id = ?", (earlier.id,))
    return _joined(earlier, change)


def _joined(earlier: Overwritten, change: Overwritten) -> Overwritten:
    """Let a field of both begin where the earlier one did, unless that did not arrive."""
    arrived = {name for name, value in change.before.items() if name in earlier.after and earlier.after[name] == value}
    anew = change.before.keys() - arrived
    return replace(
        change,
        before={**earlier.before, **{name: change.before[name] for name in anew}},
        after={**earlier.after, **change.after},
        base={**earlier.base, **{name: value for name, value in change.base.items() if name in anew}},
        locked=earlier.locked | (change.locked - earlier.after.keys()),
    )


def _without(change: Overwritten, fields: Collection[str]) -> Overwritten:
    before, after, base = (
        {name: value for name, value in values.items() if name not in fields}
        for values in (change.before, change.after, change.base)
    )
    return replace(change, before=before, after=after, base=base, locked=change.locked - set(fields))


def _drop_what_never_arrived(connection: Connection, change: Overwritten) -> None:
    """Drop earlier rows whose fields all show still what they showed then: this change repeats their edits."""
    waiting = connection.execute(
        "SELECT id, before_values FROM changes "
        "WHERE scene_id = ? AND rating_key = ? AND has_arrived = 0 AND undone_at = 0",
        (change.scene_id, change.rating_key),
    ).fetchall()
    for id_, text in waiting:
        before = decode_values(text)
        if before == {name: value for name, value in change.before.items() if name in before}:
            connection.execute("DELETE FROM changes WHERE id = ?", (id_,))


def _held(choice: Choice) -> tuple[str, tuple[Any, ...]]:
    """`Choice.holds` for SQLite, which has an index for each of the three."""
    if choice.run:
        return "run = ?", (choice.run,)
    if choice.scene_id:
        return "scene_id = ? AND at = ?", (choice.scene_id, choice.since)
    return "at >= ?", (choice.since,)


def _overwritten(row: Sequence[Any]) -> Overwritten:
    *place, before, after, base, locked, files, id_ = row
    values = (decode_values(before), decode_values(after), decode_values(base))
    return Overwritten(*(*place, *values, frozenset(decode(locked)), tuple(decode(files)), id_))
