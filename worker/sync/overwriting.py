"""What one batch is about to overwrite in Plex, as the records keep it for an undo; and by which run it is found again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from records import Overwritten
from sync_queue.models import RUN, SyncJob

if TYPE_CHECKING:
    from plex.fields import Value
    from worker.sync.planner import ItemWork

POSTER: Final = "poster"

SAVES: Final = "saves"
"""The kind of a run of saves: those of one hour are one."""

_HOUR_S: Final = 3600


def run_of(job: SyncJob) -> str:
    """The run that a job belongs to: the task that queued it, or the hour in which the scene was saved."""
    named = job["data"].get(RUN)
    return named if isinstance(named, str) and named else f"{SAVES} {job['enqueued_at'] // _HOUR_S * _HOUR_S:.0f}"


class Overwriting:
    """Notes what a batch overwrites. Everything that it does to one item is one change, by its time.

    `runs` are the scenes' runs, by scene id.
    """

    def __init__(self, runs: Mapping[int, str], now: float) -> None:
        self._runs = runs
        self._at = now

    def of_edit(self, scene_id: int, work: "ItemWork") -> Overwritten | None:
        """What the plan of `work` overwrites, or None where it writes no field and sets no lock."""
        planned = {change.field: change.after for change in work.plan.changes}
        kept = {name: work.item.values.get(name) for name in work.plan.lock if name in work.item.values}
        return self._overwritten(scene_id, work, {**kept, **planned}) if planned or kept else None

    def of_poster(self, scene_id: int, work: "ItemWork", chosen: str, sha1: str) -> Overwritten | None:
        """That the poster `chosen` (its key) gives way to the upload `sha1`, or None where that is the chosen one."""
        if chosen.endswith(f"/{sha1}"):
            return None
        return self._overwritten(scene_id, work, {POSTER: sha1}, {POSTER: chosen})

    def _overwritten(
        self,
        scene_id: int,
        work: "ItemWork",
        after: "Mapping[str, Value]",
        before: "Mapping[str, Value] | None" = None,
    ) -> Overwritten:
        item = work.item
        recorded = {**work.written.values, POSTER: work.written.poster_sha1}
        return Overwritten(
            scene_id,
            item.rating_key,
            item.section_key,
            item.item_type,
            self._at,
            self._runs.get(scene_id, ""),
            {name: item.values.get(name) for name in after} if before is None else before,
            after,
            {name: recorded[name] for name in after if name in recorded},
            item.locked & after.keys(),
            tuple(item.files),
        )
