"""`ui_keep`, `ui_undo`: what a person decides about one scene. Both go to the worker over the queue: only it writes the records and to Plex."""

from collections.abc import Mapping
from typing import Any

from plex.fields import FIELDS
from tasks.context import TaskContext, TaskError, text
from tasks.page.arguments import scene_id as scene_id_of
from tasks.page.arguments import switch
from tasks.page.fields import name_of
from tasks.page.shapes import Done
from tasks.page.wake import wake
from worker.errands import RESTORE, control_job, put
from worker.keeping import KEEP


def ui_keep(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Have `field` of `scene_id` stay as Plex has it (`keep` true), or follow Stash again (`keep` false, which syncs the scene).

    Raises:
        TaskError: there is no such field; nothing was changed.
    """
    scene_id, field, keep = scene_id_of(args), text(args, "field"), switch(args, "keep")
    if field not in FIELDS:
        raise TaskError(f"there is no field {field!r}; it is one of: {', '.join(FIELDS)}")
    data = {"scene_id": scene_id, "field": field, "keep": keep}
    put(context.queue_dir, control_job(KEEP, data, now=context.clock(), job_key=f"keep_{scene_id}_{field}"))
    wake(context)
    said = "stays as Plex has it" if keep else "follows Stash again"
    return {"count": 1, "text": f"{name_of(field)} {said}."}


def ui_undo(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Give the items of `scene_id` back what they showed before our first write. The scene is synced again once it is saved.

    Raises:
        TaskError: nothing of this scene was ever written, so there is nothing to undo.
    """
    scene_id = scene_id_of(args)
    with context.records() as records:
        count = len(records.written.get(scene_id))
    if not count:
        raise TaskError("nothing of this scene was written to Plex, so there is nothing to undo")
    job = control_job(RESTORE, {"scene_id": scene_id}, now=context.clock(), job_key=f"restore_{scene_id}")
    put(context.queue_dir, job)
    wake(context)
    return {"count": count, "text": "Plex gets back what it showed before the first sync."}
