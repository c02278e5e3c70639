"""The kinds of control jobs (`update_type`), and the keys by which single ones are found."""

from typing import Final

INDEX: Final = "index"
RESTORE: Final = "restore"
UNDO: Final = "undo"
RECONCILE: Final = "reconcile"
BEGIN_AFRESH: Final = "begin_afresh"
ANSWER: Final = "answer_held"
COMPARE_PLANS: Final = "content"
REQUEUE_SKIPPED: Final = "readmit"

LOOKS: Final = frozenset({INDEX, RECONCILE, COMPARE_PLANS, REQUEUE_SKIPPED})
"""Those that only look at the servers, and queue what has to be sent."""


def undo_key(scene_id: int) -> str:
    """Return the job_key of the undo of a scene's last change."""
    return f"{UNDO}_scene_{scene_id}"
