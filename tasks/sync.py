"""Sync All, Sync Recent, Process Queue: put scenes into the queue page by page, and follow the worker."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from stash.client import StashClient
from stash.scenes import scene_pages
from sync_queue.models import run_name, task_job
from sync_queue.pending import Selection, enqueue_many, make_due
from tasks.context import TaskContext, whole_number
from tasks.follow import Follower, answer
from tasks.keeping import Keeper

PAGE: Final = 1000
_HOUR_S: Final = 3600.0
_MOST_HOURS: Final = 24 * 366


def sync_all(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue every scene and follow until nothing is due; the summary. What waited for a later try is tried now too."""
    with context.stash() as stash:
        return _sync(context, stash, "all", "", with_waiting=True)


def sync_recent(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """As sync_all, for the scenes that were updated in the last `hours` (default 24); what waits for other scenes goes on waiting."""
    hours = whole_number(args, "hours", 24, least=1, most=_MOST_HOURS)
    with context.stash() as stash:
        since = context.clock() - hours * _HOUR_S
        return _sync(context, stash, "recent", f" updated in the last {hours} hours", updated_since=since)


def process_queue(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Try everything that waits now, and follow until nothing is due; the summary."""
    with Keeper(context) as keeper:
        made = make_due(context.queue_dir, context.clock())
        follower = Follower(context, keeper)
        before = f"{counted(follower.total, 'job')} due" + (f", {made:,} of them before their time" if made else "")
        log.info(before)
        return answer(follower.drain(), context, keeper, before)


def queue_scenes(context: TaskContext, scene_ids: Sequence[int], run: str) -> int:
    """Queue these scenes for everything that may have changed in them, in one transaction; how many did not wait already. `run` is the task's, see run_name."""
    now = context.clock()
    jobs = (task_job(scene_id, run, now=now) for scene_id in scene_ids)
    return enqueue_many(context.queue_dir, jobs, now=now) if scene_ids else 0


def _sync(
    context: TaskContext, stash: StashClient, task: str, which: str, *, with_waiting: bool = False, **chosen: Any
) -> dict[str, Any]:
    """One page of ids in memory at a time, due now even where they wait for a later try; the worker drains while the next ones come.

    `with_waiting` tries everything else that waits for its time as well.
    """
    seen = queued = 0
    run = run_name(task, context.clock())
    with Keeper(context) as keeper:
        if with_waiting:
            make_due(context.queue_dir, context.clock())
        follower = Follower(context, keeper)
        already = follower.total
        for page in scene_pages(stash, PAGE, **chosen):
            chosen_ids = [ref.id for ref in page.refs]
            queued += queue_scenes(context, chosen_ids, run)
            make_due(context.queue_dir, context.clock(), Selection.of_scenes(chosen_ids))
            seen += len(page.refs)
            more = 0 if page.next_after is None else page.remaining - len(page.refs)
            follower.total = already + queued + max(0, more)
            follower.tick()
        follower.total = already + queued
        before = f"{counted(seen, 'scene')}{which} in Stash, {queued:,} queued" + (
            f", {seen - queued:,} waiting already" if seen > queued else ""
        )
        log.info(before)
        return {**answer(follower.drain(), context, keeper, before), "scenes": seen, "queued": queued}
