"""The queue's file: where it is, how it is opened, and its versions."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from storage.database import Database, bring_to, closed_on_error, transaction
from sync_queue import schema

STEP: Final = 2_000
"""Rows changed in one transaction where there may be a million: tens of milliseconds, which a hook waits for."""

GAP_S: Final = 0.01
"""Between two transactions: who waits for the lock looks for it only now and then, and would seldom find it free."""

StrPath = str | os.PathLike[str]


def queue_file(queue_path: StrPath) -> Path:
    """The queue's file, where `queue_path` is that file or its folder."""
    path = Path(queue_path)
    return path if path.suffix == ".db" else path / schema.FILE


class QueueFile(Database):
    """The queue's file in `queue_dir`, which knows jobs by their key."""

    def __init__(self, queue_dir: StrPath, *, is_durable: bool = True) -> None:
        super().__init__(Path(queue_dir, schema.FILE), schema.VERSION, _upgrade, is_durable=is_durable)
        with closed_on_error(self):
            self.write(schema.INDEX_BY_KEY)


@contextmanager
def writing(queue_dir: StrPath) -> Iterator[sqlite3.Connection]:
    """A connection to the queue for one piece of work, closed at its end; in autocommit, durable, its errors sorted."""
    with QueueFile(queue_dir) as file, file.using() as connection:
        yield connection


def in_steps(connection: sqlite3.Connection, statement: str, ids: Sequence[int], **values: object) -> int:
    """Execute `statement` for each `:pqid` of `ids`, many in one short transaction. Return how many rows it changed."""
    changed = 0
    for start in range(0, len(ids), STEP):
        if start:
            time.sleep(GAP_S)
        with transaction(connection):
            rows = ({"pqid": pqid, **values} for pqid in ids[start : start + STEP])
            changed += connection.executemany(statement, rows).rowcount
    return changed


def migrate(connection: sqlite3.Connection, path: StrPath) -> None:
    """Bring the queue's file to this version; an older one, or one that persist-queue made, keeps its rows."""
    bring_to(connection, path, schema.VERSION, _upgrade)


def _upgrade(connection: sqlite3.Connection, _found: int) -> None:
    """From version 0, an empty file or persist-queue's own; or from version 1."""
    for statement in (schema.CREATE_TABLE, *schema.CREATE_OURS):
        connection.execute(statement)
    if "planned_at" not in {row[1] for row in connection.execute("PRAGMA table_info(job_schedule)")}:
        connection.execute(schema.ADD_PLANNED_AT)
