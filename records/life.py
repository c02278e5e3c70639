"""The life of the plugin: single facts, runs and their counts, pauses, the last syncs. Never a secret."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from records.values import FieldValue, decode, encode, readable, shortened
from storage.database import Store

CLIENT_IDENTIFIER: Final = "client_identifier"
"""The name under which Plex knows us as a device: made once, the same ever after."""

RUNS_KEPT: Final = 50
PAUSES_KEPT: Final = 200
SYNCS_KEPT: Final = 1000
_LIFETIME: Final = ""
_PUT: Final = "INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)"


class FactStore(Store):
    """The table `facts`: a key and one JSON value."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`, or `default`. Tuples come back as lists."""
        rows = self._database.rows("SELECT value FROM facts WHERE key = ?", (key,))
        return decode(rows[0][0]) if rows else default

    def put(self, key: str, value: Any) -> None:
        """Set one fact."""
        self._database.write(_PUT, (key, encode(value)))

    def put_many(self, facts: Mapping[str, Any]) -> None:
        """Set several facts at once: a reader sees all of them or none."""
        rows = [(key, encode(value)) for key, value in facts.items()]
        self._database.write_many(_PUT, rows)

    def client_identifier(self, make: Callable[[], str]) -> str:
        """Return the fixed client identifier, made by `make` where there is none. Two processes get the same one."""
        known = self.get(CLIENT_IDENTIFIER)
        if known is None:
            insert = "INSERT OR IGNORE INTO facts (key, value) VALUES (?, ?)"
            self._database.write(insert, (CLIENT_IDENTIFIER, encode(make())))
            known = self.get(CLIENT_IDENTIFIER)
        return str(known)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of many jobs.

    Attributes:
        run: its id.
        kind: what it was ("drain").
        started_at, ended_at: epoch seconds; the second is None while it lasts.
        counts: how many jobs came to which end: `{"synced": 3, "unchanged": 96, "skipped:not_organized": 1}`.
    """

    run: str
    kind: str
    total: int
    started_at: float
    ended_at: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


class RunStore(Store):
    """The tables `runs` and `counters`: the newest RUNS_KEPT runs, and counts since the file was made."""

    def start(self, run: str, *, kind: str, total: int, at: float) -> None:
        """Open a run. One that is known already gets the new `total` and goes on."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO runs (run, kind, total, started_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (run) DO UPDATE SET total = excluded.total",
                (run, kind, total, at),
            )
            connection.execute(
                "DELETE FROM runs WHERE run NOT IN (SELECT run FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?)",
                (RUNS_KEPT,),
            )
            connection.execute(
                "DELETE FROM counters WHERE run <> ? AND run NOT IN (SELECT run FROM runs)", (_LIFETIME,)
            )

    def finish(self, run: str, *, at: float) -> None:
        """Close a run; the first time counts."""
        self._database.write("UPDATE runs SET ended_at = ? WHERE run = ? AND ended_at IS NULL", (at, run))

    def add(self, counts: Mapping[str, int], *, run: str = "") -> None:
        """Add `counts`, as those of a Run, to the lifetime and, if named, to a known run."""
        with self._database.transaction() as connection:
            known = connection.execute("SELECT run FROM runs WHERE run = ?", (run,)).fetchall()
            connection.executemany(
                "INSERT INTO counters (run, name, value) VALUES (?, ?, ?) "
                "ON CONFLICT (run, name) DO UPDATE SET value = value + excluded.value",
                [(target, name, count) for (target,) in [(_LIFETIME,), *known] for name, count in counts.items()],
            )

    def lifetime(self) -> dict[str, int]:
        """The counts since the file was made."""
        return self._counts(_LIFETIME)

    def get(self, run: str) -> Run | None:
        """One run with its counts, or None if it is unknown or was dropped."""
        return next(iter(self._found("WHERE run = ?", run)), None)

    def last(self, limit: int = 10) -> list[Run]:
        """The newest runs first, with their counts."""
        return self._found("ORDER BY started_at DESC, rowid DESC LIMIT ?", limit)

    def _found(self, which: str, bound: str | int) -> list[Run]:
        rows = self._database.rows(f"SELECT run, kind, total, started_at, ended_at FROM runs {which}", (bound,))
        return [Run(*(*row, self._counts(row[0]))) for row in rows]

    def _counts(self, run: str) -> dict[str, int]:
        return dict(self._database.rows("SELECT name, value FROM counters WHERE run = ? ORDER BY name", (run,)))


@dataclass(frozen=True, slots=True)
class PauseSpan:
    """When and why nothing was sent: `kind` for code ("unreachable"), `reason` for people; None while it lasts."""

    kind: str
    reason: str
    started_at: float
    ended_at: float | None = None

    def length_s(self, now: float) -> float:
        """How long it lasted, or has lasted until `now`. Never negative, whatever somebody did to the clock."""
        return max(0.0, (now if self.ended_at is None else self.ended_at) - self.started_at)


class PauseStore(Store):
    """The table `pauses`: the newest PAUSES_KEPT; at most one is open."""

    def open_pause(self, *, kind: str, reason: str, at: float) -> None:
        """Begin a pause, or go on with one of the same `kind` and the new `reason`. One of another kind ends."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE pauses SET ended_at = ? WHERE ended_at IS NULL AND kind <> ?", (at, kind))
            goes_on = connection.execute("UPDATE pauses SET reason = ? WHERE ended_at IS NULL", (readable(reason),))
            if not goes_on.rowcount:
                row = (kind, readable(reason), at)
                connection.execute("INSERT INTO pauses (kind, reason, started_at) VALUES (?, ?, ?)", row)
                connection.execute("DELETE FROM pauses WHERE id <= (SELECT max(id) FROM pauses) - ?", (PAUSES_KEPT,))

    def close_pause(self, *, at: float) -> None:
        """End the open pause, if there is one."""
        if self.current() is not None:  # called after every batch: no transaction for nothing
            self._database.write("UPDATE pauses SET ended_at = ? WHERE ended_at IS NULL", (at,))

    def current(self) -> PauseSpan | None:
        """Return the open pause. It stays open while no worker lives: it says why nothing was sent last."""
        rows = self._database.rows("SELECT kind, reason, started_at, ended_at FROM pauses WHERE ended_at IS NULL")
        return PauseSpan(*rows[0]) if rows else None

    def last(self, limit: int = 10) -> list[PauseSpan]:
        """The newest pauses first, the open one included."""
        select = "SELECT kind, reason, started_at, ended_at FROM pauses ORDER BY id DESC LIMIT ?"
        return [PauseSpan(*row) for row in self._database.rows(select, (limit,))]


_UNDO: Final = "undo"
"""In the column `run` of what was put back; a sync has nothing there."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one sync. Of a picture both values are "", but where it was not sent: then `after` says why."""

    field: str
    before: FieldValue
    after: FieldValue


@dataclass(frozen=True, slots=True)
class Sync:
    """One item that was changed: when (`at`, epoch seconds), and what; `is_undo` where it was put back.

    `id` is set once it is stored.
    """

    scene_id: int
    rating_key: int
    at: float
    changes: tuple[FieldChange, ...]
    id: int = 0
    is_undo: bool = False


class HistoryStore(Store):
    """The table `history`: the newest SYNCS_KEPT, field by field, shortened on the way in. Nothing decides by it."""

    def record_many(self, syncs: Iterable[Sync]) -> None:
        """Append `syncs` and drop the oldest beyond SYNCS_KEPT, in one transaction."""
        rows = [
            (sync.scene_id, sync.rating_key, sync.at, _UNDO if sync.is_undo else "", encode(_shown(sync)))
            for sync in syncs
        ]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO history (scene_id, rating_key, at, run, changes) VALUES (?, ?, ?, ?, ?)", rows
            )
            connection.execute("DELETE FROM history WHERE id <= (SELECT max(id) FROM history) - ?", (SYNCS_KEPT,))

    def last(self, limit: int = 50, *, before: int | None = None, scene_id: int | None = None) -> list[Sync]:
        """Return the newest syncs first; `before` is the last `id` of the page before."""
        rows = self._database.rows(
            f"SELECT scene_id, rating_key, at, changes, id, run = '{_UNDO}' FROM history "
            "WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR scene_id = ?2) ORDER BY id DESC LIMIT ?3",
            (before, scene_id, limit),
        )
        return [Sync(*(*place, _changes(text), id_, bool(is_undo))) for *place, text, id_, is_undo in rows]


def _shown(sync: Sync) -> list[tuple[str, FieldValue, FieldValue]]:
    return [(change.field, shortened(change.before), shortened(change.after)) for change in sync.changes]


def _changes(text: str) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, *(tuple(value) if isinstance(value, list) else value for value in values))
        for name, *values in decode(text)
    )
