"""Control jobs: what a task asks of the worker over the queue, because only the worker may write to Plex, the index and the records.

A control job is a job without a scene: `{"scene_id": None, "update_type": "index", "data": {"asked_at": 1795393093.0}, "job_key": "index", …}`.
How far it is stands in a fact (see Progress), which the task that asked follows.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from plex.errors import PlexItemGone, PlexRejected
from sync_queue.bulk import enqueue_one
from sync_queue.models import SyncJob
from sync_queue.settling import ClaimedJob
from worker.facts import progress_fact
from worker.protocols import CONTROL, Result

if TYPE_CHECKING:
    from records import Choice, Records
    from worker.sync.finder import Finder
    from worker.sync.plex_link import PlexLink

log = logging.getLogger("stash2plex.worker")

INDEX: Final = "index"
RESTORE: Final = "restore"
UNDO: Final = "undo"
RECONCILE: Final = "reconcile"
BEGIN_AFRESH: Final = "begin_afresh"

KIND: Final = CONTROL

Handler = Callable[[ClaimedJob], Result]


def control_job(kind: str, data: Mapping[str, Any], *, now: float, job_key: str = "") -> SyncJob:
    """The job that asks for `kind`, enqueued at `now`. Of several with one key the newest counts."""
    return {
        "scene_id": None,
        "update_type": kind,
        "data": {"asked_at": now, **data},
        "enqueued_at": now,
        "job_key": job_key or kind,
    }


def undo_job(choice: "Choice", *, now: float) -> SyncJob:
    """The job that asks for an undo of the last changes: of a `run`, `since` a moment, or of the batch `since` on the items of `scene_id`."""
    named = {name: value for name, value in asdict(choice).items() if value}
    key = undo_key(choice.scene_id) if choice.scene_id else f"{UNDO}_{choice.run or choice.since}"
    return control_job(UNDO, named, now=now, job_key=key)


def undo_key(scene_id: int) -> str:
    """The job_key of the undo of a scene's last change."""
    return f"{UNDO}_scene_{scene_id}"


def put(queue_dir: str, job: SyncJob) -> None:
    """Append a control job among what users save: in the lane of the many it would wait behind all of them.

    Raises:
        storage.errors.StorageError: the queue cannot be used; nothing was added.
    """
    enqueue_one(queue_dir, job)


class Progress:
    """How far one control job is: `{"asked_at", "state": "running"|"done"|"failed", "done", "total", "text", …}` under `progress_fact(job_key)`."""

    def __init__(self, records: "Records", job: SyncJob) -> None:
        self._facts = records.facts
        self._name = progress_fact(job["job_key"])
        self._asked_at = float(job["data"].get("asked_at") or job["enqueued_at"])

    @property
    def asked_at(self) -> float:
        """When it was asked for, epoch seconds."""
        return self._asked_at

    @property
    def last(self) -> dict[str, Any]:
        """What was told of this very request so far; {} at its beginning."""
        known = self._facts.get(self._name) or {}
        return known if known.get("asked_at") == self._asked_at else {}

    def tell(self, done: int, total: int, **more: Any) -> None:
        """It goes on."""
        self._facts.put(
            self._name, {**more, "asked_at": self._asked_at, "state": "running", "done": done, "total": total}
        )

    def finish(self, text: str, **more: Any) -> None:
        """It has ended well; `text` is for people."""
        log.info("%s", text)
        self._facts.put(self._name, {**more, "asked_at": self._asked_at, "state": "done", "text": text})

    def fail(self, text: str) -> None:
        """It cannot be done, and trying again is no use."""
        log.error("%s", text)
        self._facts.put(self._name, {"asked_at": self._asked_at, "state": "failed", "text": text})


class IndexHandler:
    """Reads the paths of everything in Plex anew. The job is also the user's consent to another server (see worker.sync.plex_link)."""

    def __init__(self, plex: "PlexLink", records: "Records", finder: "Finder") -> None:
        self._plex = plex
        self._records = records
        self._finder = finder

    def __call__(self, claimed: ClaimedJob) -> Result:
        """Read everything. Raises PlexError, StashError: what pauses everything leaves the job where it is."""
        progress = Progress(self._records, claimed.job)
        self._plex.forget()
        try:
            self._finder.rebuild(progress.tell)
        except (PlexRejected, PlexItemGone) as error:
            progress.fail(f"The index could not be rebuilt: {error}")
            return Result(claimed, error)
        facts = self._plex.index().facts
        sick = {each.section_key for each in facts.left_out if not each.items}
        names = ", ".join(section.title for section in self._plex.sections() if section.key not in sick)
        left_out = f". Left out: {'; '.join(map(str, facts.left_out))}" if facts.left_out else ""
        progress.finish(f"The index holds {counted(facts.items, 'item')} of {names}{left_out}", items=facts.items)
        return Result(claimed, kind=KIND)


class BeginAfreshHandler:
    """Takes every scene for one that was never synced. The job is also the user's consent to another Stash (see worker.sync.recognition)."""

    def __init__(self, records: "Records") -> None:
        self._records = records

    def __call__(self, claimed: ClaimedJob) -> Result:
        """Do it. Scenes that were met since it was asked for stay known, so a kill before the job is settled does no harm."""
        records = self._records
        progress = Progress(records, claimed.job)
        records.scenes.lose_all(progress.asked_at)
        progress.finish(
            "Every scene is met for the first time from now on: what it says is written, and nothing in Plex is emptied. "
            "Restore Plex Values can still give back what Plex showed before the first sync"
        )
        return Result(claimed, kind=KIND)
