"""Jobs and looks into the file that the tests of this room share."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Any

from sync_queue import SyncJob, create_sync_job
from sync_queue.append import AppendOnlyQueue
from sync_queue.questions import tried, waiting

NOW = 1_700_000_000.0


def scene(scene_id: int, *fields: str, at: float = NOW, kind: str = "metadata") -> SyncJob:
    return create_sync_job(scene_id, kind, {"fields": list(fields)}, now=at)


def entity(kind: str, event: str, *ids: int, at: float = NOW) -> SyncJob:
    """What a hook leaves for a performer, studio, tag or group."""
    data = {"event": event, "ids": list(ids)}
    return {"scene_id": None, "update_type": kind, "data": data, "enqueued_at": at, "job_key": f"{kind}_{ids[0]}"}


def pending_scenes(queue_dir: Path) -> set[int]:
    """The scenes of all pending rows, fresh or waiting, failed before or not."""
    rows = chain(waiting(queue_dir, limit=1_000_000), tried(queue_dir, limit=1_000_000))
    jobs = (row.job for row in rows)
    return {job["scene_id"] for job in jobs if job is not None and job["scene_id"] is not None}


def append(queue_dir: Path, *jobs: Any) -> list[int]:
    queue = AppendOnlyQueue(str(queue_dir))
    ids = [queue.put(job) for job in jobs]
    queue.close()
    return ids


def look(path: Path, sql: str, *values: object) -> list[Any]:
    """Rows of the queue's file (or of the file `path`); single columns without their tuple."""
    file = path / "data.db" if path.is_dir() else path
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        rows = connection.execute(sql, values).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def statuses(queue_dir: Path) -> dict[int, int]:
    return dict(look(queue_dir, "SELECT _id, status FROM ack_queue_default"))


def insert_raw(queue_dir: Path, *rows: Sequence[object]) -> None:
    """Rows of `(data, status)` as somebody else might leave them."""
    with closing(sqlite3.connect(queue_dir / "data.db")) as connection:
        connection.executemany("INSERT INTO ack_queue_default (data, timestamp, status) VALUES (?, 1.0, ?)", rows)
        connection.commit()
