"""`ui_history`, `ui_runs`, `ui_scene_news`: what was synced and undone, by field and by run. From disk alone."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from records import Records, Sync
from records.values import FieldValue
from sync_queue.models import scene_key
from sync_queue.questions import of_keys
from tasks.context import TaskContext, scene_id, whole_number
from tasks.page import scene_shapes as shapes
from tasks.page.field_names import name_of
from tasks.page.job_shapes import Job
from tasks.page.job_sources import letter_as_job, row_as_job
from worker.control.kinds import RESTORE, undo_key
from worker.facts import LAST_UNDO, progress_fact
from worker.sync.taking import ANSWERED, field_key

_RUNS: Final = 10
_MOST_ID: Final = 2**53
_RUN_TITLES: Final[Mapping[str, str]] = {
    "all": "Sync All Scenes to Plex",
    "recent": "Sync Recent Scenes to Plex",
    "reconcile": "Reconcile Stash and Plex",
    "page": "Sync now on the page",
    "settings": "Scenes that a changed setting reaches",
    "saves": "Saves in Stash",
    "moved_in": "Jobs that another Stash2Plex left waiting",
}
"""The kind of a run, its first word, to what it was."""


def ui_history(args: Mapping[str, Any], context: TaskContext) -> shapes.HistoryAnswer:
    """Return the newest syncs; `before` (of the page before) and `limit` page, `scene_id` leaves those of one scene."""
    limit = whole_number(args, "limit", 25, least=1, most=100)
    before = whole_number(args, "before", 0, most=_MOST_ID) or None
    with context.records() as records:
        found = records.history.last(limit, before=before, scene_id=scene_id(args, 0) or None)
    return {"syncs": shown_syncs(found), "next_before": found[-1].id if len(found) == limit else None}


def ui_runs(_args: Mapping[str, Any], context: TaskContext) -> shapes.RunsAnswer:
    """Return the newest runs that changed Plex, and what came of the last undo of one of them."""
    with context.records() as records:
        last = _undo_state(records, str(records.facts.get(LAST_UNDO) or ""))
        runs = records.changes.runs(_RUNS)
    shown = [
        shapes.ShownRun(
            run=run.run,
            title=run_title(run.run),
            began_at=run.began_at,
            ended_at=run.ended_at,
            items=run.items,
            undone=run.undone,
        )
        for run in runs
    ]
    return {"runs": shown, "last": last}


def ui_scene_news(args: Mapping[str, Any], context: TaskContext) -> shapes.SceneNews:
    """Return the job or dead letter of `scene_id`, or of one field of it, and a stamp of all that is on disk of it."""
    scene = scene_id(args)
    job = _job(context, scene)
    with context.records() as records:
        written = [(key, record.synced_at) for key, record in sorted(records.written.get(scene).items())]
        skip = records.skips.get_many([scene]).get(scene)
        pinned = sorted(records.pins.get_many([scene]).get(scene, ()))
        undo = undo_of_scene(records, scene)
    stamp = (
        job and (job["state"], job["id"], job["attempts"]),
        written,
        skip and (skip.reason, skip.at),
        pinned,
        undo and (undo["asked_at"], undo["state"]),
    )
    return {"job": job, "stamp": repr(stamp)}


def run_title(run: str) -> str:
    """Return what a run was; its name where this version does not know its kind."""
    return _RUN_TITLES.get(run.partition(" ")[0], run)


def as_json(value: FieldValue) -> shapes.ShownValue:
    """Return a value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def change(field: str, before: FieldValue, after: FieldValue) -> shapes.ShownChange:
    """Return one field, before and after."""
    return {"field": field, "name": name_of(field), "before": as_json(before), "after": as_json(after)}


def shown_syncs(syncs: Iterable[Sync]) -> list[shapes.ShownSync]:
    """Return syncs as the page receives them."""
    return [
        {
            "id": sync.id,
            "scene_id": sync.scene_id,
            "rating_key": sync.rating_key,
            "at": sync.at,
            "changes": [change(each.field, each.before, each.after) for each in sync.changes],
            "is_undo": sync.is_undo,
        }
        for sync in syncs
    ]


def undo_of_scene(records: Records, scene: int) -> shapes.UndoState | None:
    """Return what came of the last undo on the page of a scene, of whichever kind."""
    found = [_undo_state(records, key) for key in (undo_key(scene), f"{RESTORE}_{scene}")]
    return max(filter(None, found), key=lambda undo: undo["asked_at"], default=None)


def _undo_state(records: Records, job_key: str) -> shapes.UndoState | None:
    """Return how far the undo of this job is, and what it left as it is; None where there was none."""
    known = records.facts.get(progress_fact(job_key))
    if not known:
        return None
    text, notes = known.get("text", ""), known.get("notes", [])
    return {"asked_at": known["asked_at"], "state": known["state"], "text": text, "notes": notes}


def _job(context: TaskContext, scene: int) -> Job | None:
    keys = [scene_key(scene), *[field_key(scene, field) for field in ANSWERED]]
    waiting = of_keys(context.queue_dir, keys)
    if waiting:
        return row_as_job(waiting[0])
    with context.letters() as letters:
        found = letters.of_keys(keys)
    return letter_as_job(found[0]) if found else None
