"""Pending jobs by whether and why they failed: tried at once, or dropped. For any process; the rows are changed in short transactions."""

from typing import Final

from sync_queue import schema
from sync_queue.files import STEP, StrPath, in_steps, writing

_DROP: Final = (
    f"DELETE FROM {schema.TABLE} WHERE _id IN (SELECT s.pqid FROM job_schedule AS s CROSS JOIN {schema.TABLE} AS q ON q._id = s.pqid "
    f"WHERE {{which}} AND q.status = {schema.WAITING} LIMIT :step)"
)
_DROP_FRESH: Final = (
    f"DELETE FROM {schema.TABLE} WHERE _id IN "
    f"(SELECT _id FROM {schema.TABLE} WHERE status = {schema.FRESH} AND _id <= :newest LIMIT :step)"
)


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
    return _stepwise(queue_dir, _DROP.format(which="s.error_type = :kind"), {"kind": error_type, "step": STEP})


def drop_tried(queue_dir: StrPath) -> int:
    """Delete the waiting jobs that failed before, whatever for; how many. Those that nobody has tried yet stay."""
    return _stepwise(queue_dir, _DROP.format(which="s.error_type IS NOT NULL"), {"step": STEP})


def drop_untried(queue_dir: StrPath) -> int:
    """Delete the pending jobs that have not failed; how many. Rows that arrive meanwhile stay: whoever asked has not seen them."""
    with writing(queue_dir) as connection:
        newest = connection.execute(f"SELECT MAX(_id) FROM {schema.TABLE}").fetchone()[0] or 0
    bound = {"newest": newest, "step": STEP}
    fresh = _stepwise(queue_dir, _DROP_FRESH, bound)
    return fresh + _stepwise(queue_dir, _DROP.format(which="s.error_type IS NULL AND s.pqid <= :newest"), bound)


def _stepwise(queue_dir: StrPath, statement: str, bound: dict[str, object]) -> int:
    with writing(queue_dir) as connection:
        return in_steps(lambda: connection.execute(statement, bound).rowcount)
