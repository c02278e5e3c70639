"""Jobs in, one result a job out: sorts jobs by kind; scenes go the way gate, match, merge, write."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plex.errors import PlexError
from plex.fields import ADDED_AT
from settings.settings import Settings
from stash.errors import StashError, StashTooLarge
from sync_queue.merging import saved_by
from sync_queue.models import DESTROYED
from sync_queue.settling import ClaimedJob
from worker.errors import (
    NotInPlexError,
    OfOtherStashError,
    OtherFileError,
    PermanentError,
    TransientError,
    UnreadableError,
)
from worker.protocols import Result
from worker.sync.answer_times import AnswerTimes
from worker.sync.brake import Brake
from worker.sync.codes import DRY_RUN, NOT_IN_PLEX
from worker.sync.collection_renaming import CollectionRenaming
from worker.sync.collection_sizes import CollectionSizes
from worker.sync.covers import Pictures
from worker.sync.dressing import Dressing
from worker.sync.executor import Executor
from worker.sync.expand import Expander
from worker.sync.finder import Finder, ScanRequests
from worker.sync.own_collections import OwnCollections
from worker.sync.own_stash import OwnStash
from worker.sync.photos import Photos
from worker.sync.picture_making import PictureMaker, Workshop
from worker.sync.planner import Planner
from worker.sync.plans import COLLECTION, ScenePlan, describe
from worker.sync.plex_link import PlexLink
from worker.sync.recognition import Recognition
from worker.sync.recording import Recorder, run_of
from worker.sync.seen_items import note_items
from worker.sync.stash_link import SettingsInForce, StashLink
from worker.sync.taking import field_key, is_pin, taking_of

if TYPE_CHECKING:
    from records import Records
    from stash.model import Scene

log = logging.getLogger("stash2plex.worker")

MOST_INTERRUPTIONS: Final = 3
TIDY_S: Final = 600.0
"""How often what is kept for an undo is held within its bounds."""

Handler = Callable[[ClaimedJob], Result]


class SceneSynchronizer:
    """Brings scenes to Plex and expands jobs of performers, studios, tags and groups into jobs of scenes.

    `handlers` are further kinds of jobs (update_type to handler), such as rebuilding the index: they write what only
    the worker may write.
    """

    def __init__(
        self,
        stash: StashLink,
        plex: PlexLink,
        settings: SettingsInForce,
        records: "Records",
        finder: Finder,
        photos: Photos,
        expander: Expander,
        recognition: Recognition,
        own_stash: OwnStash,
        handlers: "dict[str, Handler]",
        look_at_settings: Callable[[], None],
        look_at_tags: Callable[[], None],
        look_for_news: Callable[[], None],
        workshop: Workshop,
        collections: OwnCollections,
        renaming: CollectionRenaming,
        sizes: CollectionSizes,
        dressing: Dressing,
        clock: Callable[[], float],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._stash = stash
        self._plex = plex
        self._settings = settings
        self._records = records
        self._finder = finder
        self._photos = photos
        self._planner = Planner(stash, plex, settings, records, finder, photos)
        self._brake = Brake(settings, records, clock, plex.settings_of)
        self._scans = ScanRequests(plex, time.monotonic)
        self._look_at_settings = look_at_settings
        self._look_at_tags = look_at_tags
        self._expander = expander
        self._handlers = handlers
        self._recognition = recognition
        self._own_stash = own_stash
        self._look_for_news = look_for_news
        self._workshop = workshop
        self._collections = collections
        self._renaming = renaming
        self._sizes = sizes
        self._dressing = dressing
        self._clock = clock
        self._is_stopping = is_stopping
        self._answer_times = AnswerTimes(records, plex, stash, clock)
        self._tidied_at = float("-inf")

    def probe(self) -> None:
        """Reach both servers with the settings of now, or raise why not."""
        self._settings.forget()
        self._plex.forget()
        self._settings.refresh()
        self._plex.client()
        if self._own_stash.is_doubted:
            self._own_stash.require(self._stash.client(), self._stash.place)

    def rest(self) -> None:
        """Look for changed settings and tags, and ask Stash for news: that keeps the way into it open, too."""
        self._tidy()
        self._settings.refresh()
        self._look_at_settings()
        self._look_at_tags()
        self._look_for_news()
        self._dressing.dress()

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        """Yield one result a job; see worker.protocols.Synchronizer."""
        self._stash.client()  # first of all: whose jobs are done here depends on which Stash it is
        self._settings.refresh()
        self._look_at_settings()
        self._tidy()
        scenes: dict[int, ClaimedJob] = {}
        others: list[ClaimedJob] = []
        for job in jobs:
            kind = job.job["update_type"]
            if job.interrupted >= MOST_INTERRUPTIONS:
                # One attempt, not the end: a machine that kills every worker does so whatever the worker has in hand.
                yield Result(job, TransientError(f"the worker died {job.interrupted} times while it had this job"))
            elif self._own_stash.is_of_other(job.job, self._stash.place):
                yield Result(job, OfOtherStashError("it was saved in a Stash that is not the one of this data folder"))
            elif kind in self._handlers:
                others.append(job)
            elif (scene_id := job.job["scene_id"]) is None:
                yield self._expander.expand(job)
            elif kind == DESTROYED:
                yield self._expander.forget(job, scene_id)
            else:
                scenes[scene_id] = job
        others.sort(key=lambda job: job.job["enqueued_at"])  # of two answers the later one counts
        try:
            # Before the scenes what is to stay, after them an undo, which must come behind what was claimed with it.
            yield from self._do([job for job in others if is_pin(job.job)])
            yield from self._sync_scenes(scenes)
            yield from self._do([job for job in others if not is_pin(job.job)])
        except (PlexError, StashError):
            self._plex.remember_capabilities(self._clock())  # what was learned before it failed
            self._answer_times.keep()
            self._plex.forget()
            raise
        self._plex.remember_capabilities(self._clock())
        self._answer_times.keep()

    def _tidy(self) -> None:
        now = self._clock()
        if not 0 <= now - self._tidied_at < TIDY_S:
            self._records.tidy(now)
            self._plex.doubt_refusals(now)
            self._tidied_at = now

    def _do(self, jobs: Iterable[ClaimedJob]) -> Iterator[Result]:
        for job in jobs:
            taking = taking_of(job.job)
            if taking is None:
                yield self._handlers[job.job["update_type"]](job)
            else:
                yield from self._sync_scenes({taking.scene_id: job}, taking.fields)

    def _sync_scenes(self, by_id: Mapping[int, ClaimedJob], taken: frozenset[str] = frozenset()) -> Iterator[Result]:
        if not by_id:
            return
        unread: dict[int, StashTooLarge] = {}
        witness = self._recognition.witness()
        read = self._stash.scenes([*by_id, *witness], unread)
        found = {scene_id: scene for scene_id, scene in read.items() if scene_id in by_id}
        self._recognition.settle(found, {scene_id: read.get(scene_id) for scene_id in witness})
        _carry_pins_on(self._records, found, by_id)
        if taken:
            for scene_id in found:
                self._records.pins.release(scene_id, taken)
        yield from (Result(by_id[key], PermanentError(str(error))) for key, error in unread.items() if key in by_id)
        gone = by_id.keys() - found.keys() - unread.keys()
        yield from (self._expander.forget(by_id[scene_id], scene_id) for scene_id in sorted(gone))
        times = {by_id[scene_id].pqids: scene.updated_at for scene_id, scene in found.items()}
        for result in self._sync_found(found, by_id, taken):
            yield replace(result, scene_updated_at=times[result.claimed.pqids])

    def _sync_found(
        self, found: Mapping[int, "Scene"], by_id: Mapping[int, ClaimedJob], taken: frozenset[str]
    ) -> Iterator[Result]:
        settings = self._settings.current()
        if not settings.dry_run and (not taken or COLLECTION in taken):
            self._renaming.follow(found.values())
        plans = self._planner.plan([found[scene_id] for scene_id in by_id if scene_id in found], taken)
        for plan in plans:
            if not plan.work:
                yield self._without_work(by_id[plan.scene.id], plan, settings)
        if settings.trigger_plex_scan and not settings.dry_run:
            missing = [plan.scene for plan in plans if isinstance(plan.error, NotInPlexError)]
            self._scans.ask([path for scene in missing for path in self._finder.candidates(scene.files)])
        if settings.dry_run:
            yield from (self._shown(by_id[plan.scene.id], plan) for plan in plans if plan.work)
            return
        yield from self._write(plans, by_id)

    def _write(self, plans: Sequence[ScenePlan], by_id: Mapping[int, ClaimedJob]) -> Iterator[Result]:
        held = self._brake.judge(plans, by_id)
        yield from (Result(by_id[scene_id], error) for scene_id, error in held.items())
        free = [plan for plan in plans if plan.work and plan.scene.id not in held]
        if free:
            note_items(self._records, free, self._clock())
            works = [work for plan in free for work in plan.work]
            named = [work for work in works if work.may_write(COLLECTION)]
            self._sizes.note(named)
            self._collections.expect(named)
            for plan in self._executor(by_id).carry_out(free):
                if any(change.field == ADDED_AT for change in plan.changes):
                    self._finder.correct([work.item for work in plan.work])  # listings go by that date
                yield self._result(by_id[plan.scene.id], plan)
            with suppress(PlexError):  # every scene is done; what was made is found with the next batch
                self._collections.meet(named)

    def _executor(self, by_id: Mapping[int, ClaimedJob]) -> Executor:
        client = self._plex.client()
        pictures = Pictures(PictureMaker(self._stash, self._workshop), client)
        runs = {scene_id: run_of(job.job) for scene_id, job in by_id.items()}
        recorder = Recorder(self._records, self._clock, client, runs)
        return Executor(client, pictures, recorder, self._planner.replan, self._photos.tell, self._is_stopping)

    @staticmethod
    def _without_work(job: ClaimedJob, plan: ScenePlan, settings: Settings) -> Result:
        if plan.skip is not None:
            return Result(job, kind="skipped", skip_code=plan.skip.code, note=plan.skip.text)
        # A file of another size is there: more often than not one of the servers has not scanned the new one yet.
        is_absent = isinstance(plan.error, NotInPlexError) and not isinstance(
            plan.error, OtherFileError | UnreadableError
        )
        if is_absent and settings.skip_not_in_plex:
            return Result(job, kind="skipped", skip_code=NOT_IN_PLEX, note=str(plan.error))
        return Result(job, plan.error)

    @staticmethod
    def _shown(job: ClaimedJob, plan: ScenePlan) -> Result:
        for line in describe(plan):
            log.info("Dry run: %s", line)
        return Result(job, kind="skipped", skip_code=DRY_RUN, note="the setting dry_run is on; nothing was written")

    @staticmethod
    def _result(job: ClaimedJob, plan: ScenePlan) -> Result:
        changed = dict.fromkeys([change.field for change in plan.changes])
        answered = [field_key(plan.scene.id, name) for name in changed]
        kind = "synced" if plan.changes else "unchanged"
        return Result(job, plan.error, kind=kind, note=", ".join(changed), problem=plan.problem, answered=answered)


def _carry_pins_on(records: "Records", scenes: Mapping[int, "Scene"], jobs: Mapping[int, ClaimedJob]) -> None:
    """Have pins hold for the new time of `scenes` that say what they said; where a job tells of a save they end."""
    pinned = records.pins.pinned_at(list(scenes))
    moved = [key for key, at in pinned.items() if scenes[key].updated_at > at and not saved_by(jobs[key].job).all]
    known = records.written.get_many(moved) if moved else {}
    for scene_id, written in known.items():
        scene = scenes[scene_id]
        newest = max(written.values(), key=lambda record: record.scene_updated_at)
        if newest.scene_mark == scene.mark:
            records.pins.carry_on(scene_id, since=newest.scene_updated_at, scene_updated_at=scene.updated_at)
