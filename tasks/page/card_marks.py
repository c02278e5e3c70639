"""`ui_card_marks`: how the scenes of a page of cards stand, in one word each. From disk alone."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from records import Records, Skip
from sync_queue.models import scene_key
from sync_queue.questions import ListedJob, of_keys
from tasks.context import TaskContext, ids
from tasks.page.job_folders import OF_FILES
from tasks.page.scene_shapes import CardMark, CardMarksAnswer
from worker.sync.codes import NOT_IN_PLEX

_MOST: Final = 1000


def ui_card_marks(args: Mapping[str, Any], context: TaskContext) -> CardMarksAnswer:
    """Return the marks of the scenes `scene_ids`; one of which nothing is known has none."""
    chosen = ids(args, "scene_ids", most=_MOST)
    with context.records() as records:
        marks = _recorded(records, chosen)
    keys = list(map(scene_key, chosen))
    with context.letters() as letters:
        marks |= {letter["scene_id"]: "failed" for letter in letters.of_keys(keys)}
    for row in of_keys(context.queue_dir, keys):
        if row.job is not None and row.job["scene_id"] is not None:
            marks[row.job["scene_id"]] = _mark_of(row)
    return {"marks": {str(scene_id): mark for scene_id, mark in marks.items()}}


def _recorded(records: Records, chosen: Sequence[int]) -> dict[int, CardMark]:
    """What was synced once is in Plex, unless it was left alone since."""
    written, skips = records.written.get_many(chosen), records.skips.get_many(chosen)
    marks: dict[int, CardMark] = {key: _mark_of_skip(skip) for key, skip in skips.items()}
    synced = [key for key, found in written.items() if any(each.synced_at for each in found.values())]
    return {**dict.fromkeys(synced, "in_plex"), **marks}


def _mark_of_skip(skip: Skip) -> CardMark:
    return "missing" if skip.reason == NOT_IN_PLEX else "left_out"


def _mark_of(row: ListedJob) -> CardMark:
    """Return "missing" where the last try has not found the file; whatever else was not sent yet waits."""
    return "missing" if row.error_type in OF_FILES and not row.is_claimed else "waiting"
