"""`ui_keep`: which fields of a scene stay as Plex has them. It goes to the worker over the queue: only it writes the records."""

from collections.abc import Mapping
from typing import Any

from plex.fields import FIELDS
from tasks.context import TaskContext, TaskError, text
from tasks.page.arguments import scene_id as scene_id_of
from tasks.page.arguments import switch
from tasks.page.fields import name_of
from tasks.page.shapes import Done
from tasks.page.wake import wake
from worker.control.jobs import control_job, put
from worker.control.pin import PIN
from worker.sync.overwriting import POSTER


def ui_keep(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Have `field` of `scene_id` stay as Plex has it (`keep` true), or follow Stash again (`keep` false, which syncs the scene).

    Raises:
        TaskError: there is no such field; nothing was changed.
    """
    scene_id, field, keep = scene_id_of(args), text(args, "field"), switch(args, "keep")
    if field not in {*FIELDS, POSTER}:
        raise TaskError(f"there is no field {field!r}; it is one of: {', '.join((*FIELDS, POSTER))}")
    data = {"scene_id": scene_id, "field": field, "keep": keep}
    put(context.queue_dir, control_job(PIN, data, now=context.clock(), job_key=f"keep_{scene_id}_{field}"))
    wake(context)
    said = "stays as Plex has it" if keep else "follows Stash again"
    return {"count": 1, "text": f"{name_of(field)} {said}."}
