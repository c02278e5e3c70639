"""Finding scenes that were saved without a hook (auto-tagged, merged, a save whose row got lost), by times alone: cheap enough for every day."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from stash.scenes import SceneRef, scene_ids_page
from sync_queue.bulk import enqueue_many
from sync_queue.by_key import has_job
from sync_queue.models import SyncJob, run_name, task_job
from sync_queue.settling import ClaimedJob
from worker.errands import KIND, RECONCILE, Progress, control_job, put
from worker.facts import LAST_RECONCILE_AT
from worker.report import Result

if TYPE_CHECKING:
    from records import Records, Written
    from settings.model import Settings
    from worker.session import Session

PAGE: Final = 1000
PAGES_A_STEP: Final = 5
"""So many pages are compared before saves get their turn again."""

OVERLAP_S: Final = 3600.0
"""Scenes are looked at again from so long before the last time: Stash's clock need not be ours."""


def saved_since_synced(refs: Sequence[SceneRef], records: "Records") -> list[int]:
    """The scenes of `refs` that were saved later than what we know of them: written, or skipped for a reason. Unknown ones are among them.

    The newest record of a scene counts: a job that did not reach all of its items is not over, and an older record is of an item that it lost.
    """
    scene_ids = [ref.id for ref in refs]
    written = records.written.get_many(scene_ids)
    skips = records.skips.get_many(scene_ids)
    return [
        ref.id
        for ref in refs
        if ref.updated_at
        > max(
            max((_seen_at(record) for record in written.get(ref.id, {}).values()), default=-1.0),
            skips[ref.id].at if ref.id in skips else -1.0,
        )
    ]


def ask_when_due(records: "Records", queue_dir: str, settings: "Settings", now: float) -> bool:
    """Queue a comparison by times if the last one is long enough ago; whether one was queued. The first call only begins the count.

    So a scene that was there before the plugin and never touched since is left to Sync All.
    """
    last_at = records.facts.get(LAST_RECONCILE_AT)
    if last_at is None:
        records.facts.put(LAST_RECONCILE_AT, now)
        return False
    if not _is_due(last_at, settings, now) or has_job(queue_dir, RECONCILE):
        return False
    put(queue_dir, control_job(RECONCILE, {}, now=now))
    return True


class ReconcileErrand:
    """Compares what was saved since the last time, some pages at a time: the next step is a job of its own."""

    def __init__(self, session: "Session", clock: Callable[[], float]) -> None:
        self._session = session
        self._clock = clock
        self._queue_dir = session.queue_dir

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step. Raises StashError."""
        records, data = self._session.records, claimed.job["data"]
        last_at = float(records.facts.get(LAST_RECONCILE_AT) or 0.0)
        if "after" not in data and not _is_due(last_at, self._session.settings(), self._clock()):
            return Result(claimed, kind=KIND)
        began_at = float(data.get("began_at") or self._clock())
        since = max(0.0, last_at - OVERLAP_S) if last_at <= began_at else 0.0  # of a clock that was ahead: all
        after: int | None = int(data.get("after") or 0)
        found = int(data.get("found") or 0)
        for _ in range(PAGES_A_STEP):
            if after is not None:
                page = scene_ids_page(self._session.stash(), after, PAGE, updated_since=since)
                after, found = page.next_after, found + self._enqueue(saved_since_synced(page.refs, records), began_at)
        progress = Progress(records, claimed.job)
        if after is None:
            records.facts.put(LAST_RECONCILE_AT, began_at)
            progress.finish(
                f"Compared by times with Stash: {found:,} scenes were saved without our knowledge", found=found
            )
        else:
            progress.tell(found, 0)
            put(self._queue_dir, self._next_step(claimed, after, began_at, found))
        return Result(claimed, kind=KIND)

    def _enqueue(self, scene_ids: Sequence[int], began_at: float) -> int:
        now = self._clock()
        jobs = (task_job(scene_id, run_name(RECONCILE, began_at), now=now) for scene_id in scene_ids)
        return enqueue_many(self._queue_dir, jobs, now=now) if scene_ids else 0

    def _next_step(self, claimed: ClaimedJob, after: int, began_at: float, found: int) -> SyncJob:
        data = {**claimed.job["data"], "after": after, "began_at": began_at, "found": found}
        return control_job(RECONCILE, data, now=self._clock())


def _seen_at(record: "Written") -> float:
    """Which state of its scene the record knows: none, where the scene was gone and has come back."""
    return -1.0 if record.gone_at else record.scene_updated_at


def _is_due(last_at: float, settings: "Settings", now: float) -> bool:
    """Also where `last_at` is of a clock that was ahead: nobody waits for that day to come."""
    return settings.reconcile_every_s > 0 and not 0 <= now - last_at < settings.reconcile_every_s
