"""Single small facts about the plugin's life: who works, when it last worked, which server it knows. Never a secret."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from records.values import decode, encode
from storage.database import Database

CLIENT_IDENTIFIER: Final = "client_identifier"
"""The name under which Plex knows us as a device: made once, the same ever after."""


class FactStore:
    """The table `facts`: a key and one JSON value."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`, or `default`. Tuples come back as lists."""
        rows = self._database.rows("SELECT value FROM facts WHERE key = ?", (key,))
        return decode(rows[0][0]) if rows else default

    def put(self, key: str, value: Any) -> None:
        """Set one fact."""
        self.put_many({key: value})

    def put_many(self, facts: Mapping[str, Any]) -> None:
        """Set several facts at once: a reader sees all of them or none."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)",
                [(key, encode(value)) for key, value in facts.items()],
            )

    def client_identifier(self, make: Callable[[], str]) -> str:
        """The fixed client identifier; made by `make` and stored if there is none. Two processes at once get the same one."""
        known = self.get(CLIENT_IDENTIFIER)
        if known is not None:
            return str(known)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO facts (key, value) VALUES (?, ?)", (CLIENT_IDENTIFIER, encode(make()))
            )
            return str(self.get(CLIENT_IDENTIFIER))
