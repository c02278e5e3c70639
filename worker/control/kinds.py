"""The kinds of control jobs (`update_type`), and the keys by which single ones are found."""

from typing import Final

INDEX: Final = "index"
RESTORE: Final = "restore"
UNDO: Final = "undo"
RECONCILE: Final = "reconcile"
BEGIN_AFRESH: Final = "begin_afresh"
ANSWER: Final = "answer_held"


def undo_key(scene_id: int) -> str:
    """Return the job_key of the undo of a scene's last change."""
    return f"{UNDO}_scene_{scene_id}"
