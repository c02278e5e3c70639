"""Reconcile: compares Stash and Plex, and queues only what differs. Whole goes by contents, light as the worker does by itself every day."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from records import Records
from stash.client import StashClient
from stash.scenes import SceneRef, scene_pages
from sync_queue.models import run_name
from tasks.context import TaskContext, choice
from tasks.control_jobs import Asked
from tasks.follow import Follower, answer
from tasks.keeping import Keeper
from tasks.planning import PAGE, reading
from tasks.preview import needs_sync
from tasks.sync import queue_scenes
from worker.control.comparing import gone_between
from worker.control.jobs import RECONCILE, control_job, put
from worker.control.reconciling import ASKED

WHOLE: Final = "whole"
LIGHT: Final = "light"
COMPARED: Final = 0.5
"""Where the bar stands when all is compared and the writing begins."""


def reconcile(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue the scenes that differ, and follow them; the summary with `compared`, `differ`, `covers` and `gone`.

    `depth` is "whole" (by itself): every scene's contents are compared with its items, so edits that Plex lost are found too;
    or "light": times, files and ids on both sides, see worker.control.comparing. Records of scenes that Stash no longer has are cleaned up.
    """
    depth = choice(args, "depth", (WHOLE, LIGHT))
    with Keeper(context) as keeper:
        if depth == LIGHT:
            return _light(context, keeper)
        follower = Follower(context, keeper, bar_from=COMPARED)
        with context.stash() as stash:
            counts = _whole(context, stash)
        before = f"{counted(counts['compared'], 'scene')} compared ({depth}), {counts['differ']:,} differ"
        before += f", {counted(counts['covers'], 'cover')} to compare" if counts["covers"] else ""
        before += f", {counts['gone']:,} gone from Stash" if counts["gone"] else ""
        log.info(before)
        return {**answer(follower.drain(), context, keeper, before), **counts}


def _light(context: TaskContext, keeper: Keeper) -> dict[str, Any]:
    """The worker compares, because only it may write the index; what it queues is followed with it."""
    job = control_job(RECONCILE, {ASKED: True}, now=context.clock())
    put(context.queue_dir, job)  # behind the Keeper, with whom the worker reads the settings anew
    end = Follower(context, keeper).drain()
    told = Asked(context, job).told()
    counts = {name: told.get(name, 0) for name in ("compared", "differ", "gone", "unsynced", "lost")}
    return {**answer(end, context, keeper, told.get("text", "")), **counts}


def _whole(context: TaskContext, stash: StashClient) -> dict[str, int]:
    counts = _Counts(context)
    with reading(context) as reader:
        for plans in reader.plans(_pages(stash, reader.session.records, counts)):
            differ = [plan.scene.id for plan in plans if needs_sync(plan)]
            others = [plan for plan in plans if plan.work and plan.scene.id not in differ]
            counts.queue(differ, [plan.scene.id for plan in others if reader.may_have_new_picture(plan)])
            counts.compared(len(plans))
    return counts.told()


def _pages(stash: StashClient, records: Records, counts: "_Counts") -> Iterator[tuple[SceneRef, ...]]:
    """All scenes of Stash, page by page; on the way the recorded scenes that are not among them are queued: the worker finds them gone and forgets them."""
    after = 0
    for page in scene_pages(stash, PAGE):
        counts.total = max(counts.total, page.remaining)
        last = page.next_after
        counts.forget(gone_between(records, after, last, {ref.id for ref in page.refs}))
        yield page.refs
        after = last if last is not None else after


class _Counts:
    """What was compared and queued so far."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._run = run_name("reconcile", context.clock())
        self.total = 0
        self._compared = self._differ = self._covers = self._gone = 0

    def compared(self, number: int) -> None:
        """So many scenes more."""
        self._compared += number
        log.progress(COMPARED * self._compared / self.total if self.total else COMPARED)

    def queue(self, differ: list[int], covers: list[int]) -> None:
        """These differ, and of these the cover has to be looked at."""
        self._differ += len(differ)
        self._covers += len(covers)
        queue_scenes(self._context, differ + covers, self._run)

    def forget(self, scene_ids: list[int]) -> None:
        """Stash does not have these any more."""
        self._gone += len(scene_ids)
        queue_scenes(self._context, scene_ids, self._run)

    def told(self) -> dict[str, int]:
        """For the answer."""
        return {"compared": self._compared, "differ": self._differ, "covers": self._covers, "gone": self._gone}
