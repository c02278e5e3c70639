"""`ui_scene_news`: what the disk knows of one scene. The page asks it every few seconds, and both servers (`ui_scene`) only when it has changed."""

from collections.abc import Mapping
from typing import Any

from records import Records
from sync_queue import listing
from tasks.context import TaskContext
from tasks.page import files
from tasks.page.arguments import scene_id as scene_id_of
from tasks.page.jobs import letter_as_job, row_as_job
from tasks.page.runs import undone_of_scene
from tasks.page.scene_shapes import SceneNews
from tasks.page.shapes import Job


def ui_scene_news(args: Mapping[str, Any], context: TaskContext) -> SceneNews:
    """The job or the dead letter of `scene_id`, and a stamp of everything that is on disk about it."""
    scene_id = scene_id_of(args)
    job = _job(context, scene_id)
    with context.records() as records:
        known = _known(records, scene_id)
    trying = (job["state"], job["id"], job["attempts"]) if job else None
    return {"job": job, "stamp": repr((trying, *known))}


def _job(context: TaskContext, scene_id: int) -> Job | None:
    waiting = listing.of_keys(context.queue_dir, [f"scene_{scene_id}"])
    if waiting:
        return row_as_job(waiting[0])
    with files.letters(context) as letters:
        found = letters.of_keys([f"scene_{scene_id}"]) if letters else []
    return letter_as_job(found[0]) if found else None


def _known(records: Records, scene_id: int) -> tuple[object, ...]:
    """What the worker has written down: its last sync, why it was left out, what is kept."""
    written = [(key, one.synced_at) for key, one in sorted(records.written.get(scene_id).items())]
    skip = records.skips.get_many([scene_id]).get(scene_id)
    kept = sorted(records.pins.get_many([scene_id]).get(scene_id, ()))
    undo = undone_of_scene(records, scene_id)
    return written, skip and (skip.reason, skip.at), kept, undo and (undo["asked_at"], undo["state"])
