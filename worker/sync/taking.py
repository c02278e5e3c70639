"""An answer about one field of a scene: that it stays as Plex has it, or that Stash's value is taken. Pure.

Both are control jobs of one kind, `{"scene_id": 1, "field": "summary", "keep": false}`, with one key, so that of two
answers the last one counts. Taking is a sync of the scene that writes this field alone.
"""

from dataclasses import dataclass
from typing import Final

from plex.fields import FIELDS
from sync_queue.models import SyncJob
from worker.sync.codes import BACKGROUND, POSTER

PIN: Final = "keep"
"""The kind of job."""

ANSWERED: Final = (*FIELDS, POSTER, BACKGROUND)
"""The fields that can be answered about."""


@dataclass(frozen=True, slots=True)
class Taking:
    """Whose fields are taken from Stash."""

    scene_id: int
    fields: frozenset[str]


def is_pin(job: SyncJob) -> bool:
    """Whether a job is the answer that a field stays as Plex has it."""
    return job["update_type"] == PIN and bool(job["data"].get("keep"))


def taking_of(job: SyncJob) -> Taking | None:
    """Return what a job takes from Stash; None where it pins, or is none of these."""
    data = job["data"]
    scene_id, field = data.get("scene_id"), data.get("field")
    if job["update_type"] != PIN or is_pin(job) or not isinstance(scene_id, int) or field not in ANSWERED:
        return None
    return Taking(scene_id, frozenset({field}))


def field_key(scene_id: int, field: str) -> str:
    """Return the job_key of the answers about a field of a scene: of several the last one counts."""
    return f"{PIN}_{scene_id}_{field}"


def field_of(job_key: str) -> tuple[int, str] | None:
    """Return the scene and the field of a `field_key`; None for another key."""
    kind, _, place = job_key.partition("_")
    scene_id, _, field = place.partition("_")
    is_answer = kind == PIN and scene_id.isascii() and scene_id.isdigit() and field in ANSWERED
    return (int(scene_id), field) if is_answer else None
