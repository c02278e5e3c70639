"""The synchronizer of the worker: jobs in, one result a job out. Sorts jobs by kind; scenes go the way gate, match, merge, write."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plex.errors import PlexError
from stash.errors import StashError, StashTooLarge
from sync_queue.models import DESTROYED
from sync_queue.settling import ClaimedJob
from worker.control.content import Content
from worker.control.news import News
from worker.control.requeue_skipped import DRY_RUN, NOT_IN_PLEX, Gates
from worker.errors import (
    NotInPlexError,
    OfOtherStashError,
    OtherFileError,
    PermanentError,
    TransientError,
    UnreadableError,
)
from worker.report import Result
from worker.sync.brake import Brake
from worker.sync.executor import Executor
from worker.sync.expand import Expander
from worker.sync.finder import Finder
from worker.sync.overwriting import run_of
from worker.sync.pins import carry_on
from worker.sync.planner import Planner, ScenePlan
from worker.sync.preview import describe
from worker.sync.recognition import Recognition
from worker.sync.scanning import ScanRequests
from worker.sync.work import Done

if TYPE_CHECKING:
    from stash.model import Scene
    from worker.sync.session import Session

log = logging.getLogger("stash2plex.worker")

MOST_INTERRUPTIONS: Final = 3
TIDY_S: Final = 600.0
"""How often what is kept for an undo is held within its bounds."""

Handler = Callable[[ClaimedJob], Result]


class SceneSynchronizer:
    """Brings scenes to Plex and expands jobs of performers, studios, tags and groups into jobs of scenes.

    `handlers` are further kinds of jobs (update_type to handler), such as rebuilding the index: they write what only the worker may write.
    """

    def __init__(
        self,
        session: "Session",
        finder: Finder,
        expander: Expander,
        handlers: "dict[str, Handler]",
        recognition: Recognition,
        news: News,
        clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._finder = finder
        self._planner = Planner(session, finder)
        self._brake = Brake(session, clock)
        self._scans = ScanRequests(session, time.monotonic)
        self._watched = Gates(session, clock), Content(session, clock)
        self._expander = expander
        self._handlers = handlers
        self._recognition = recognition
        self._news = news
        self._clock = clock
        self._tidied_at = float("-inf")

    def probe(self) -> None:
        """Reach both servers with the settings of now, or raise why not."""
        self._session.forget_settings()
        self._session.forget_plex()
        self._session.refresh()
        self._session.plex()
        self._recognition.probe()

    def rest(self) -> None:
        """Look at the settings, which somebody may have changed, and ask Stash for news: that keeps the way into it open, too."""
        self._tidy()
        self._session.refresh()
        self._look_at_settings()
        self._news.look()

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        """One result a job; see worker.synchronizer.Synchronizer."""
        self._session.stash()  # first of all: whose jobs are done here depends on which Stash it is
        self._session.refresh()
        self._look_at_settings()
        self._tidy()
        scenes: list[ClaimedJob] = []
        handlers: list[ClaimedJob] = []
        for job in jobs:
            kind = job.job["update_type"]
            if job.interrupted >= MOST_INTERRUPTIONS:
                # One attempt, not the end: a machine that kills every worker does so whatever the worker has in hand.
                yield Result(job, TransientError(f"the worker died {job.interrupted} times while it had this job"))
            elif self._recognition.is_of_other(job.job["data"]):
                yield Result(job, OfOtherStashError("it was saved in a Stash that is not the one of this data folder"))
            elif kind in self._handlers:
                handlers.append(job)
            elif job.job["scene_id"] is None:
                yield self._expander.expand(job)
            elif kind == DESTROYED:
                yield self._expander.forget(job)
            else:
                scenes.append(job)
        try:
            yield from self._sync_scenes(scenes)
            # After the scenes: an undo must come behind what was claimed together with it.
            yield from (self._handlers[job.job["update_type"]](job) for job in handlers)
        except (PlexError, StashError):
            self._session.remember_capabilities(self._clock())  # what was learned before it failed
            self._session.forget_plex()
            raise
        self._session.remember_capabilities(self._clock())

    def _look_at_settings(self) -> None:
        for watched in self._watched:
            watched.look()

    def _tidy(self) -> None:
        now = self._clock()
        if not 0 <= now - self._tidied_at < TIDY_S:
            self._session.records.tidy(now)
            self._session.doubt_refusals(now)
            self._tidied_at = now

    def _sync_scenes(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        if not jobs:
            return
        by_id = {_scene_id(job): job for job in jobs}
        unread: dict[int, StashTooLarge] = {}
        witness = self._recognition.witness()
        read = self._session.scenes([*by_id, *witness], unread)
        self._recognition.hear(witness, read)
        found = {scene_id: scene for scene_id, scene in read.items() if scene_id in by_id}
        self._recognition.settle(found)
        carry_on(self._session.records, found, by_id)
        yield from (Result(by_id[key], PermanentError(str(error))) for key, error in unread.items() if key in by_id)
        gone = by_id.keys() - found.keys() - unread.keys()
        yield from (self._expander.forget(by_id[scene_id]) for scene_id in sorted(gone))
        for result in self._sync_found(found, by_id):
            scene = found[_scene_id(result.claimed)]
            yield replace(result, scene_updated_at=scene.updated_at)

    def _sync_found(self, found: Mapping[int, "Scene"], by_id: Mapping[int, ClaimedJob]) -> Iterator[Result]:
        plans = self._planner.plan([found[scene_id] for scene_id in by_id if scene_id in found])
        with_work = [plan for plan in plans if plan.work]
        yield from (self._without_work(by_id[plan.scene.id], plan) for plan in plans if not plan.work)
        self._ask_for_scans(plans)
        if self._session.settings().dry_run:
            yield from (self._shown(by_id[plan.scene.id], plan) for plan in with_work)
            return
        held = self._brake.judge(plans, by_id)
        yield from (Result(by_id[scene_id], error) for scene_id, error in held.items())
        free = [plan for plan in with_work if plan.scene.id not in held]
        runs = {scene_id: run_of(job.job) for scene_id, job in by_id.items()}
        for done in Executor(self._session, self._clock, self._planner.replan, runs).carry_out(free):
            yield self._result(by_id[done.plan.scene.id], done)

    def _ask_for_scans(self, plans: Sequence[ScenePlan]) -> None:
        settings = self._session.settings()
        if settings.trigger_plex_scan and not settings.dry_run:
            missing = (plan.scene for plan in plans if isinstance(plan.error, NotInPlexError))
            self._scans.ask([path for scene in missing for path in self._finder.candidates(scene.files)])

    def _without_work(self, job: ClaimedJob, plan: ScenePlan) -> Result:
        if plan.skip is not None:
            return Result(job, kind="skipped", skip_code=plan.skip.code, note=plan.skip.text)
        # A file of another size is there: more often than not one of the servers has not scanned the new one yet.
        is_absent = isinstance(plan.error, NotInPlexError) and not isinstance(
            plan.error, OtherFileError | UnreadableError
        )
        if is_absent and self._session.settings().skip_not_in_plex:
            return Result(job, kind="skipped", skip_code=NOT_IN_PLEX, note=str(plan.error))
        return Result(job, plan.error)

    @staticmethod
    def _shown(job: ClaimedJob, plan: ScenePlan) -> Result:
        for line in describe(plan):
            log.info("Dry run: %s", line)
        return Result(job, kind="skipped", skip_code=DRY_RUN, note="the setting dry_run is on; nothing was written")

    @staticmethod
    def _result(job: ClaimedJob, done: Done) -> Result:
        changed = ", ".join(dict.fromkeys(change.field for change in done.changes))
        kind = "synced" if done.changes else "unchanged"
        return Result(job, done.error, kind=kind, note=changed, problem=done.problem)


def _scene_id(job: ClaimedJob) -> int:
    scene_id = job.job["scene_id"]
    if scene_id is None:
        raise PermanentError("the job has no scene")
    return scene_id
