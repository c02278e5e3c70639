"""`ui_undo`: gives items back what they showed before. It goes to the worker over the queue: only it writes to Plex and the records."""

from collections.abc import Mapping
from typing import Any

from records import Choice
from sync_queue.models import SyncJob
from tasks.context import TaskContext, TaskError, choice, moment_of, text
from tasks.page.arguments import scene_id as scene_id_of
from tasks.page.shapes import Done
from tasks.page.wake import wake
from tasks.runs import last_change_of, run_to_undo
from worker.control.jobs import RESTORE, control_job, put, undo_job


def ui_undo(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Put back what a `run` overwrote, or all syncs `since` a moment; or of `scene_id` the last change (`which` "last") or everything since before our first write ("all").

    Raises:
        TaskError: there is nothing to undo.
    """
    if args.get("scene_id") is None:
        return _of_many(args, context)
    which = choice(args, "which", ("all", "last"))
    return _last(scene_id_of(args), context) if which == "last" else _all(scene_id_of(args), context)


def _of_many(args: Mapping[str, Any], context: TaskContext) -> Done:
    run, since = text(args, "run"), moment_of(args, "since")
    if bool(run) == bool(since):
        raise TaskError("name a scene_id, a run or a moment (since); nothing was changed")
    with context.records() as records:
        chosen = Choice(since=since) if since else run_to_undo(records, run)
        count = records.changes.count(chosen, until=context.clock())
    if not count:
        raise TaskError("nothing of it is left to undo; nothing was changed")
    _ask(undo_job(chosen, now=context.clock()), context)
    return {"count": count, "text": f"{count:,} item{'' if count == 1 else 's'} in Plex will be put back now."}


def _last(scene_id: int, context: TaskContext) -> Done:
    with context.records() as records:
        chosen = last_change_of(records, scene_id)
        count = len(records.changes.last_of_scene(scene_id))
    _ask(undo_job(chosen, now=context.clock()), context)
    return {"count": count, "text": "Plex gets back what it showed before the last change."}


def _all(scene_id: int, context: TaskContext) -> Done:
    """The scene is synced again once it is saved."""
    with context.records() as records:
        count = len(records.written.get(scene_id))
    if not count:
        raise TaskError("nothing of this scene was written to Plex, so there is nothing to undo")
    _ask(control_job(RESTORE, {"scene_id": scene_id}, now=context.clock(), job_key=f"restore_{scene_id}"), context)
    return {"count": count, "text": "Plex gets back what it showed before the first sync."}


def _ask(job: SyncJob, context: TaskContext) -> None:
    put(context.queue_dir, job)
    wake(context)
