"""What the other Stash2Plex (trek-e) leaves in a data folder, made by the calls that it makes.

Source: trek-e/Stash2Plex 1.6.14, sync_queue/manager.py, operations.py and dlq.py: persist-queue with its own serializer,
which is pickle, and a table of dead letters with pickled jobs. The names and values are of this test suite.
"""

import pickle
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from persistqueue import SQLiteAckQueue


def job(scene_id: int, path: str = "/data/movies/Sintel/Sintel.mkv", **values: Any) -> dict[str, Any]:
    """One of its jobs: the scene, and the values that it is about to send."""
    data = {"title": "Sintel", "details": None, "date": "2010-09-27", "rating100": 85, **values, "path": path}
    return {
        "job_id": 1,
        "scene_id": scene_id,
        "update_type": "metadata",
        "data": data,
        "enqueued_at": time.time(),
        "job_key": f"scene_{scene_id}",
    }


def leave_rows(
    data_dir: Path, *, waiting: Iterable[Any] = (), in_progress: Iterable[Any] = (), done: Iterable[Any] = ()
) -> None:
    """Put these into its queue: sent already, in the hands of a process that was killed, and waiting."""
    queue = SQLiteAckQueue(str(data_dir / "queue"), auto_commit=True, multithreading=True, auto_resume=False)
    for each in done:
        queue.put(each)
        queue.ack(queue.get(block=False))
    for each in in_progress:
        queue.put(each)
        queue.get(block=False)
    for each in waiting:
        queue.put(each)
    queue.close()


def take(data_dir: Path) -> None:
    """Take the next job out of the queue, as a process of its that lives on does, and fail to read one of ours."""
    queue = SQLiteAckQueue(str(data_dir / "queue"), auto_commit=True, multithreading=True, auto_resume=False)
    try:
        queue.get(block=False)
    except pickle.UnpicklingError:
        return
    finally:
        queue.close()
    raise AssertionError("that was no job of ours")


def leave_letters(data_dir: Path, *letters: tuple[int, str, str]) -> None:
    """Its dead letters: of these scenes, with an error's type and the time as SQLite writes one (UTC)."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(data_dir / "dlq.db")) as connection, connection:
        connection.execute(
            "CREATE TABLE dead_letters (id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER, scene_id INTEGER, "
            "job_data BLOB, error_type TEXT, error_message TEXT, stack_trace TEXT, retry_count INTEGER, "
            "failed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)"
        )
        connection.execute("CREATE INDEX idx_failed_at ON dead_letters(failed_at)")
        connection.execute("CREATE INDEX idx_scene_id ON dead_letters(scene_id)")
        connection.executemany(
            "INSERT INTO dead_letters (job_id, scene_id, job_data, error_type, error_message, stack_trace, retry_count,"
            " failed_at) VALUES (1, ?, ?, ?, 'GET /library?X-Plex-Token=marked-secret', '', 5, ?)",
            [(scene_id, pickle.dumps(job(scene_id)), kind, at) for scene_id, kind, at in letters],
        )
