"""All waiting jobs that failed for one reason: tried at once, or dropped. For any process; the rows are changed in short transactions."""

from sync_queue import schema
from sync_queue.files import STEP, StrPath, in_steps, writing


def make_due_of(queue_dir: StrPath, error_type: str, now: float) -> int:
    """The jobs that failed by `error_type` become due at `now`; how many."""
    return _stepwise(
        queue_dir,
        f"{schema.MAKE_DUE} WHERE pqid IN "
        "(SELECT pqid FROM job_schedule WHERE error_type = :kind AND due_at > :now LIMIT :step)",
        {"kind": error_type, "now": now, "step": STEP},
    )


def drop_of(queue_dir: StrPath, error_type: str) -> int:
    """Delete the waiting jobs that failed by `error_type`; how many. What is in progress stays."""
    return _stepwise(
        queue_dir,
        f"DELETE FROM {schema.TABLE} WHERE _id IN (SELECT s.pqid FROM job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid "
        f"WHERE s.error_type = :kind AND q.status = {schema.WAITING} LIMIT :step)",
        {"kind": error_type, "step": STEP},
    )


def _stepwise(queue_dir: StrPath, statement: str, bound: dict[str, object]) -> int:
    with writing(queue_dir) as connection:
        return in_steps(lambda: connection.execute(statement, bound).rowcount)
