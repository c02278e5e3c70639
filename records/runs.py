"""How many jobs came to which end: in all, and in each run of many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from storage.database import Database

KEPT: Final = 50
_LIFETIME: Final = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its id (`run`), what it was ("drain"), of how many jobs (`total`), when (epoch seconds; `ended_at` None while it lasts), and its counts."""

    run: str
    kind: str
    total: int
    started_at: float
    ended_at: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


class RunStore:
    """The tables `runs` and `counters`: the newest KEPT runs, and counts since the file was made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, run: str, *, kind: str, total: int, at: float) -> None:
        """Open a run. One that is known already gets the new `total` and goes on."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO runs (run, kind, total, started_at) VALUES (?, ?, ?, ?) ON CONFLICT (run) DO UPDATE SET total = excluded.total",
                (run, kind, total, at),
            )
            connection.execute(
                "DELETE FROM runs WHERE run NOT IN (SELECT run FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?)",
                (KEPT,),
            )
            connection.execute(
                "DELETE FROM counters WHERE run <> ? AND run NOT IN (SELECT run FROM runs)", (_LIFETIME,)
            )

    def finish(self, run: str, *, at: float) -> None:
        """Close a run; the first time counts."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE runs SET ended_at = ? WHERE run = ? AND ended_at IS NULL", (at, run))

    def add(self, counts: Mapping[str, int], *, run: str = "") -> None:
        """Add `counts`, such as `{"synced": 3, "unchanged": 96, "skipped:not_organized": 1}`, to the lifetime and, if named, to a known run."""
        with self._database.transaction() as connection:
            known = connection.execute("SELECT 1 FROM runs WHERE run = ?", (run,)).fetchone()
            rows = [
                (target, name, count)
                for target in ((_LIFETIME, run) if known else (_LIFETIME,))
                for name, count in counts.items()
            ]
            connection.executemany(
                "INSERT INTO counters (run, name, value) VALUES (?, ?, ?) ON CONFLICT (run, name) DO UPDATE SET value = value + excluded.value",
                rows,
            )

    def lifetime(self) -> dict[str, int]:
        """The counts since the file was made."""
        return self._counts(_LIFETIME)

    def get(self, run: str) -> Run | None:
        """One run with its counts, or None if it is unknown or was dropped."""
        rows = self._database.rows("SELECT run, kind, total, started_at, ended_at FROM runs WHERE run = ?", (run,))
        return self._run(rows[0]) if rows else None

    def last(self, limit: int = 10) -> list[Run]:
        """The newest runs first, with their counts."""
        rows = self._database.rows(
            "SELECT run, kind, total, started_at, ended_at FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?",
            (limit,),
        )
        return [self._run(row) for row in rows]

    def _run(self, row: Sequence[Any]) -> Run:
        run, kind, total, started_at, ended_at = row
        return Run(run, kind, total, started_at, ended_at, self._counts(run))

    def _counts(self, run: str) -> dict[str, int]:
        return dict(self._database.rows("SELECT name, value FROM counters WHERE run = ? ORDER BY name", (run,)))
