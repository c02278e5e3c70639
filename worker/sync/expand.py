"""Jobs of performers, studios, tags and groups become jobs of their scenes; a scene that is gone is let go."""

import logging
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Final, cast

from logs.words import counted
from stash.scenes import Kind, scenes_of
from sync_queue.merging import job_without_save
from sync_queue.models import METADATA, SyncJob, create_sync_job
from sync_queue.pending import Selection, drop, enqueue_many
from sync_queue.settling import ClaimedJob
from worker.errors import PermanentError
from worker.protocols import Result
from worker.sync.codes import RESTORED
from worker.sync.collection_names import ENTITY_OF
from worker.sync.taking import ANSWERED, field_key

if TYPE_CHECKING:
    from records import Records
    from worker.sync.stash_link import StashLink

log = logging.getLogger("stash2plex.worker")

_SENT: Final = {"performer": "performer_ids", "studio": "studio_id", "tag": "tag_ids", "group": "groups"}
"""The input field of a scene that the change of a performer, studio, tag or group amounts to."""


class Expander:
    """Makes jobs of jobs before the one they come from is acked: a kill repeats and, coalesced, doubles nothing."""

    def __init__(self, stash: "StashLink", records: "Records", queue_dir: str, clock: Callable[[], float]) -> None:
        self._stash = stash
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock

    def expand(self, job: ClaimedJob) -> Result:
        """Queue every scene that has, or had when it was last synced, what changed."""
        kind = job.job["update_type"]
        if kind not in _SENT:
            return Result(
                job, PermanentError(f"there is no kind of job {kind!r}; it may come from a newer version of the plugin")
            )
        if kind == "tag":
            self._stash.tags.forget()
        ids = [number for number in job.job["data"].get("ids", []) if isinstance(number, int)]
        event = str(job.job["data"].get("event"))
        words = [word for word, entity in ENTITY_OF.items() if entity == kind]
        self._records.collections.make_due(frozenset((word, number) for word in words for number in ids))
        if self._concerns_none(job):
            return Result(job, kind="expanded", note=f"{kind}: nothing that the settings ask for")
        if event == "describe":
            return Result(job, kind="expanded", note=f"{kind} {ids[0] if ids else '?'}: its collections")
        pages = [self._touched(page) for page in self._pages(kind, event, ids)]
        count = len({scene_id for page in pages for scene_id in page})
        for page in pages:
            enqueue_many(self._queue_dir, self._jobs(kind, page), now=self._clock())
        return Result(job, kind="expanded", note=f"{kind} {ids[0] if ids else '?'}: {counted(count, 'scene')}")

    def _concerns_none(self, job: ClaimedJob) -> bool:
        """Whether only that was changed which matters by the settings, and is found otherwise or not asked for.

        Which scenes a tag's place and aliases concern is found by worker.control.tag_changes.
        """
        only = job.job["data"].get("only")
        return bool(only) and (job.job["update_type"] == "tag" or not self._stash.needs.performer_tags)

    def _pages(self, kind: str, event: str, ids: list[int]) -> Iterator[list[int]]:
        """Ask Stash who has it now; after a deletion or merge only our own record knows who had it."""
        if event != "destroy":
            yield from scenes_of(self._stash.client(), cast("Kind", kind), ids[:1])
            if kind == "tag" and self._stash.needs.performer_tags:
                yield from scenes_of(self._stash.client(), "performer_tag", ids[:1])
        if event != "update":
            gone = ids if event == "destroy" else ids[1:]
            yield from (self._records.relations.scenes_of(kind, entity_id) for entity_id in gone)

    def _touched(self, page: Collection[int]) -> list[int]:
        """Return those that the change of something else reaches: what was given back waits for its own save."""
        skips = self._records.skips.get_many(list(page))
        return [key for key in page if key not in skips or skips[key].reason != RESTORED]

    def _jobs(self, kind: str, page: list[int]) -> Iterator[SyncJob]:
        now = self._clock()
        return (job_without_save(scene_id, [_SENT[kind]], now=now) for scene_id in page)

    def forget(self, job: ClaimedJob, scene_id: int) -> Result:
        """Let a scene go that Stash no longer has: its item stays as it is, other scenes in it are queued."""
        records = self._records
        others = records.written.scenes_by_item(list(records.written.get(scene_id)))
        heirs = self._touched(sorted({other for scenes in others.values() for other in scenes} - {scene_id}))
        now = self._clock()
        jobs = [create_sync_job(heir, METADATA, {"fields": []}, now=now) for heir in heirs]
        enqueue_many(self._queue_dir, jobs, now=now)
        records.forget_scene(scene_id, at=now)
        dropped = drop(self._queue_dir, Selection.of_scenes([scene_id]))
        log.info(
            "Scene %d is gone from Stash; Plex keeps its item as it is%s",
            scene_id,
            f", {counted(dropped, 'job')} dropped" if dropped else "",
        )
        return Result(job, kind="dropped", answered=[field_key(scene_id, name) for name in ANSWERED])
