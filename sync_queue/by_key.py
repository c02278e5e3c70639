"""Single jobs by their key, and many scenes' jobs at once: what a control job and an undo ask of the queue, from any process."""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from sync_queue import schema
from sync_queue.append import encode
from sync_queue.files import STEP, StrPath, queue_file, reading, transaction, writing
from sync_queue.models import METADATA, RUN, NotAJobError, SyncJob, parse_job
from sync_queue.stats import has_table

_OPEN: Final = f"status IN ({schema.FRESH}, {schema.WAITING}, {schema.CLAIMED})"
_PENDING: Final = f"status IN ({schema.FRESH}, {schema.WAITING})"


def has_job(queue_dir: StrPath, job_key: str) -> bool:
    """Whether a job of this key is pending or in progress. Reads every such row, so ask it seldom."""
    with reading(queue_file(queue_dir)) as connection:
        if connection is None or not has_table(connection, schema.TABLE):
            return False
        wanted = f'"job_key": {encode(job_key)}'
        found = connection.execute(
            f"SELECT 1 FROM {schema.TABLE} WHERE {_OPEN} AND instr(data, CAST(? AS BLOB)) LIMIT 1", (wanted,)
        )
        return found.fetchone() is not None


def drop_scenes(queue_dir: StrPath, scene_ids: Collection[int], *, until: float) -> int:
    """Delete the pending jobs, enqueued up to `until` (epoch seconds), that would sync these scenes, waiting ones included; how many.

    What tells of a destroyed scene stays.
    """
    wanted = frozenset(scene_ids)
    if not wanted:
        return 0
    return _drop(queue_dir, lambda job: job["scene_id"] in wanted and job["enqueued_at"] <= until)


def _drop(queue_dir: StrPath, is_meant: Callable[[SyncJob], bool]) -> int:
    with writing(queue_dir) as connection:
        rows = connection.execute(f"SELECT _id, CAST(data AS BLOB) FROM {schema.TABLE} WHERE {_PENDING}")
        found = [(pqid,) for pqid, data in rows if _syncs(data, is_meant)]
        dropped = 0
        for start in range(0, len(found), STEP):
            with transaction(connection):
                dropped += connection.executemany(
                    f"DELETE FROM {schema.TABLE} WHERE _id = ? AND {_PENDING}", found[start : start + STEP]
                ).rowcount
        return dropped


def drop_of_tasks(queue_dir: StrPath, *, run: str = "", since: float = 0.0, until: float) -> int:
    """Delete the pending jobs that tasks enqueued up to `until`: those of one `run`, or without it all from `since` on (epoch seconds); how many. Saves stay."""

    def is_meant(job: SyncJob) -> bool:
        name = job["data"].get(RUN)
        return bool(name) and since <= job["enqueued_at"] <= until and run in ("", name)

    return _drop(queue_dir, is_meant)


def make_scenes_due(queue_dir: StrPath, scene_ids: Iterable[int], now: float, *, error_type: str | None = None) -> int:
    """Make the waiting jobs of these scenes, or those of them that wait for an error of this type, due at `now`, in one transaction; how many. A try before its time uses no attempt."""
    with writing(queue_dir) as connection, transaction(connection):
        return connection.executemany(
            f"{schema.MAKE_DUE} WHERE job_key = :job_key AND due_at > :now AND (:error IS NULL OR error_type = :error)",
            ({"now": now, "job_key": f"scene_{scene_id}", "error": error_type} for scene_id in scene_ids),
        ).rowcount


def _syncs(data: object, is_meant: Callable[[SyncJob], bool]) -> bool:
    try:
        job = parse_job(data)
    except NotAJobError:
        return False
    return job["update_type"] == METADATA and is_meant(job)
