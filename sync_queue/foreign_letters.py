"""Dead letters of another program, in a table of their own in `dlq.db`: counted and named, never read as jobs.

Their messages are not shown, for what another program puts there may hold a token. A letter goes with the others: when
its scene is synced, by the tasks that delete letters, and when it is as old as those that are purged.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

TABLE: Final = "dead_letters_of_another_program"

_MOST_NAMED: Final = 60
"""Characters of the name of an error."""

_FAILED_AT: Final = "CASE WHEN typeof(failed_at) = 'text' THEN strftime('%s', failed_at) ELSE failed_at END"
"""Epoch seconds, also of what SQLite writes as CURRENT_TIMESTAMP; NULL where it is no time."""


def by_error(connection: sqlite3.Connection) -> dict[str, int]:
    """The letters by error type, the most frequent first; {} where there are none."""
    columns = _columns(connection)
    kind = f"CAST(substr(CAST(error_type AS TEXT), 1, {_MOST_NAMED}) AS BLOB)" if "error_type" in columns else "NULL"
    select = f"SELECT COALESCE({kind}, 'unnamed'), COUNT(*) FROM {TABLE} GROUP BY 1 ORDER BY 2 DESC, 1"
    found = connection.execute(select).fetchall() if columns else []
    # As bytes, for what another program puts there may be no UTF-8, which could not be read at all.
    return {name.decode(errors="replace") if isinstance(name, bytes) else name: count for name, count in found}


def delete_of_scenes(connection: sqlite3.Connection, scene_ids: Iterable[int]) -> int:
    """Delete the letters of scenes that were synced since. Return how many. Writes nothing where there are none."""
    if "scene_id" not in _columns(connection):
        return 0
    select = f"SELECT rowid FROM {TABLE} WHERE scene_id = ?"
    found = [row for scene_id in scene_ids for row in connection.execute(select, (scene_id,))]
    return connection.executemany(f"DELETE FROM {TABLE} WHERE rowid = ?", found).rowcount if found else 0


def delete_until(connection: sqlite3.Connection, at: float | None) -> int:
    """Delete the letters up to `at` (epoch seconds), or all. Return how many."""
    columns = _columns(connection)
    if at is None:
        return connection.execute(f"DELETE FROM {TABLE}").rowcount if columns else 0
    if "failed_at" not in columns:
        return 0
    return connection.execute(f"DELETE FROM {TABLE} WHERE {_FAILED_AT} + 0.0 <= ?", (at,)).rowcount


def _columns(connection: sqlite3.Connection) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({TABLE})")}
