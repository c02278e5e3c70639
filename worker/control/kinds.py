"""The kinds of control jobs (`update_type`), and the keys by which single ones are found."""

from typing import Final

from worker.sync.taking import ANSWERED, PIN

INDEX: Final = "index"
RESTORE: Final = "restore"
UNDO: Final = "undo"
RECONCILE: Final = "reconcile"
BEGIN_AFRESH: Final = "begin_afresh"
ANSWER: Final = "answer_held"


def undo_key(scene_id: int) -> str:
    """Return the job_key of the undo of a scene's last change."""
    return f"{UNDO}_scene_{scene_id}"


def field_key(scene_id: int, field: str) -> str:
    """Return the job_key of the answers about a field of a scene: of several the last one counts."""
    return f"{PIN}_{scene_id}_{field}"


def field_of(job_key: str) -> tuple[int, str] | None:
    """Return the scene and the field of a `field_key`; None for another key."""
    kind, _, place = job_key.partition("_")
    scene_id, _, field = place.partition("_")
    is_answer = kind == PIN and scene_id.isascii() and scene_id.isdigit() and field in ANSWERED
    return (int(scene_id), field) if is_answer else None
