"""When and why nothing was sent: the pauses, one open at a time."""

from dataclasses import dataclass
from typing import Final

from records.values import readable
from storage.database import Database

KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Pause:
    """One pause: `kind` for code ("unreachable"), `reason` for people; times are epoch seconds, `ended_at` None while it lasts."""

    kind: str
    reason: str
    started_at: float
    ended_at: float | None = None

    def length_s(self, now: float) -> float:
        """How long it lasted, or has lasted until `now`. Never negative, whatever somebody did to the clock."""
        return max(0.0, (now if self.ended_at is None else self.ended_at) - self.started_at)


class PauseStore:
    """The table `pauses`: the newest KEPT; at most one is open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_pause(self, *, kind: str, reason: str, at: float) -> None:
        """Begin a pause. While one of the same `kind` is open it goes on, with the new `reason`; one of another kind ends."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE pauses SET ended_at = ? WHERE ended_at IS NULL AND kind <> ?", (at, kind))
            goes_on = connection.execute(
                "UPDATE pauses SET reason = ? WHERE ended_at IS NULL", (readable(reason),)
            ).rowcount
            if not goes_on:
                connection.execute(
                    "INSERT INTO pauses (kind, reason, started_at) VALUES (?, ?, ?)", (kind, readable(reason), at)
                )
                connection.execute("DELETE FROM pauses WHERE id <= (SELECT max(id) FROM pauses) - ?", (KEPT,))

    def close_pause(self, *, at: float) -> None:
        """End the open pause, if there is one."""
        if self.current() is None:
            return  # called after every batch: no transaction for nothing
        with self._database.transaction() as connection:
            connection.execute("UPDATE pauses SET ended_at = ? WHERE ended_at IS NULL", (at,))

    def current(self) -> Pause | None:
        """The open pause. It stays open while no worker lives: it says why nothing was sent last, not that somebody is waiting."""
        rows = self._database.rows("SELECT kind, reason, started_at, ended_at FROM pauses WHERE ended_at IS NULL")
        return Pause(*rows[0]) if rows else None

    def last(self, limit: int = 10) -> list[Pause]:
        """The newest pauses first, the open one included."""
        return [
            Pause(*row)
            for row in self._database.rows(
                "SELECT kind, reason, started_at, ended_at FROM pauses ORDER BY id DESC LIMIT ?", (limit,)
            )
        ]
