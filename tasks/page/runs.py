"""`ui_runs`: the runs of syncs that can be undone, and what came of the last undo. Reads the disk only."""

from collections.abc import Mapping
from typing import Any, Final

from records import Records
from tasks.context import TaskContext
from tasks.page.scene_shapes import Runs, Undone
from tasks.runs import title_of
from worker.control.jobs import RESTORE, undo_key
from worker.facts import LAST_UNDO, progress_fact

_RUNS: Final = 10


def ui_runs(_args: Mapping[str, Any], context: TaskContext) -> Runs:
    """The newest runs that changed Plex."""
    with context.records() as records:
        last = undone(records, str(records.facts.get(LAST_UNDO) or ""))
        runs = records.changes.runs(_RUNS)
    return {
        "runs": [
            {
                "run": one.run,
                "title": title_of(one.run),
                "began_at": one.began_at,
                "ended_at": one.ended_at,
                "items": one.items,
                "undone": one.undone,
            }
            for one in runs
        ],
        "last": last,
    }


def undone_of_scene(records: Records, scene_id: int) -> Undone | None:
    """What came of the last undo on the page of a scene, of whichever kind."""
    found = (undone(records, key) for key in (undo_key(scene_id), f"{RESTORE}_{scene_id}"))
    return max((one for one in found if one), key=lambda one: one["asked_at"], default=None)


def undone(records: Records, job_key: str) -> Undone | None:
    """How far the undo of this job is, and what it left as it is; None where there was none."""
    known = records.facts.get(progress_fact(job_key))
    if not known:
        return None
    return {
        "asked_at": known["asked_at"],
        "state": known["state"],
        "text": known.get("text", ""),
        "notes": list(known.get("notes", [])),
    }
