"""Control jobs: what a task asks of the worker, because only the worker may write to Plex, index and records.

A control job has no scene:
`{"scene_id": None, "update_type": "index", "data": {"asked_at": …}, "job_key": "index", …}`.
How far it is stands in a fact (see Progress), which the task that asked follows.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from records import State
from sync_queue.models import SyncJob, task_job
from sync_queue.pending import enqueue_many, enqueue_one
from sync_queue.settling import ClaimedJob
from worker.control.kinds import ANSWER, UNDO, undo_key
from worker.facts import progress_fact
from worker.protocols import Result

if TYPE_CHECKING:
    from records import Choice, Records

log = logging.getLogger("stash2plex.worker")

ANSWERS: Final[Mapping[str, State]] = {"empty": State.ALLOWED, "keep": State.KEPT}
"""What may be answered to what the brake holds, and what becomes of the held fields."""

Handler = Callable[[ClaimedJob], Result]


def control_job(kind: str, data: Mapping[str, Any], *, now: float, job_key: str = "") -> SyncJob:
    """Return the job that asks for `kind`, enqueued at `now`. Of several with one key the newest counts."""
    return {
        "scene_id": None,
        "update_type": kind,
        "data": {"asked_at": now, **data},
        "enqueued_at": now,
        "job_key": job_key or kind,
    }


def undo_job(choice: "Choice", *, now: float) -> SyncJob:
    """Return the job that asks for an undo of the last changes that `choice` means."""
    named = {name: value for name, value in asdict(choice).items() if value}
    key = undo_key(choice.scene_id) if choice.scene_id else f"{UNDO}_{choice.run or choice.since}"
    return control_job(UNDO, named, now=now, job_key=key)


def answer_job(answer: str, until: float, *, now: float) -> SyncJob:
    """Return the job that gives the answer "empty" or "keep" to everything that was held up to `until`."""
    return control_job(ANSWER, {"answer": answer, "until": until}, now=now, job_key=f"{answer}_held")


def put(queue_dir: str, job: SyncJob) -> None:
    """Append a control job among what users save: in the lane of bulk work it would wait behind all of that.

    Raises:
        StorageError: the queue cannot be used; nothing was added.
    """
    enqueue_one(queue_dir, job)


def put_next_step(queue_dir: str, job: SyncJob, **data: Any) -> None:
    """Append what `job` goes on with, as old as `job`: a request that came meanwhile counts more, and begins anew."""
    put(queue_dir, {**job, "data": {**job["data"], **data}})


def queue_scenes(queue_dir: str, scene_ids: Sequence[int], run: str, now: float) -> None:
    """Queue these scenes behind all other work, as a run that can be undone."""
    if scene_ids:
        enqueue_many(queue_dir, (task_job(scene_id, run, now=now) for scene_id in scene_ids), now=now)


class Progress:
    """How far one control job is, under `progress_fact(job_key)`.

    `{"asked_at", "state": "running"|"done"|"failed", "done", "total", "text", …}`.

    Attributes:
        asked_at: when the job was asked for, epoch seconds.
    """

    def __init__(self, records: "Records", job: SyncJob) -> None:
        self.asked_at = float(job["data"].get("asked_at") or job["enqueued_at"])
        self._facts = records.facts
        self._name = progress_fact(job["job_key"])

    def last(self) -> dict[str, Any]:
        """Return what was told of this very request so far; {} at its beginning."""
        known = self._facts.get(self._name) or {}
        return known if known.get("asked_at") == self.asked_at else {}

    def tell(self, done: int, total: int, **more: Any) -> None:
        """The job goes on."""
        self._put("running", {**more, "done": done, "total": total})

    def finish(self, text: str, **more: Any) -> None:
        """The job has ended well; `text` is for people."""
        log.info("%s", text)
        self._put("done", {**more, "text": text})

    def fail(self, text: str) -> None:
        """The job cannot be done, and another try is no use."""
        log.error("%s", text)
        self._put("failed", {"text": text})

    def _put(self, state: str, more: Mapping[str, Any]) -> None:
        self._facts.put(self._name, {**more, "asked_at": self.asked_at, "state": state})
