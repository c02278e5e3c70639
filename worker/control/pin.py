"""The control job behind "keep what Plex has": from then on the merge leaves that field of the scene alone, until it is let go again."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from plex.fields import FIELDS
from sync_queue.bulk import enqueue_many
from sync_queue.models import METADATA, create_sync_job
from sync_queue.settling import ClaimedJob
from worker.control.jobs import KIND
from worker.errors import PermanentError
from worker.protocols import Result
from worker.sync.plans import POSTER

if TYPE_CHECKING:
    from records import Records
    from worker.sync.recognition import Recognition

PIN: Final = "keep"


class PinHandler:
    """Records `{"scene_id": 1, "field": "title", "keep": true}` for the scene that has this id now; letting go queues it."""

    def __init__(
        self, records: "Records", recognition: "Recognition", queue_dir: str, clock: Callable[[], float]
    ) -> None:
        self._records = records
        self._recognition = recognition
        self._clock = clock
        self._queue_dir = queue_dir

    def __call__(self, claimed: ClaimedJob) -> Result:
        """Do it. Idempotent, so a kill before the job is settled does no harm. Raises StashError."""
        data = claimed.job["data"]
        scene_id, field = data.get("scene_id"), data.get("field")
        if not isinstance(scene_id, int) or not isinstance(field, str) or field not in {*FIELDS, POSTER}:
            return Result(claimed, PermanentError(f"there is no field {field!r} of scene {scene_id!r} to keep"))
        if problem := self._recognition.settle_one(scene_id):
            return Result(claimed, PermanentError(problem))
        if data.get("keep"):
            self._records.pins.pin(scene_id, [field], at=self._clock())
            return Result(claimed, kind=KIND, note=f"Scene {scene_id}: {field} stays as Plex has it")
        self._records.pins.release(scene_id, [field])
        job = create_sync_job(scene_id, METADATA, {"fields": []}, now=self._clock())
        enqueue_many(self._queue_dir, [job], now=self._clock())
        return Result(claimed, kind=KIND, note=f"Scene {scene_id}: {field} follows Stash again")
