"""Sync All, Sync Recent, Process Queue, Reconcile: put scenes into the queue page by page, and follow the worker."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from stash.scenes import scene_pages
from sync_queue.aside_rows import drop_aside
from sync_queue.models import run_name, task_job
from sync_queue.pending import Selection, enqueue_many, make_due
from tasks.context import TaskContext, choice, whole_number
from tasks.control_jobs import control_state
from tasks.follow import Follower
from tasks.preview import needs_sync
from tasks.view import PAGE, ReadOnlyView, read_only
from worker.control.comparing import gone_between
from worker.control.jobs import control_job, put
from worker.control.kinds import RECONCILE
from worker.control.reconciling import ASKED

_HOUR_S: Final = 3600.0
_MOST_HOURS: Final = 24 * 366
_WHOLE: Final = "whole"
_LIGHT: Final = "light"
_COMPARED: Final = 0.5
"""Where the bar stands when all is compared and the writing begins."""


def sync_all(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue every scene and follow until nothing is due; the summary. What waited for a later try is tried now too."""
    began_at = context.clock()
    answer = _sync(context, "all", "", with_waiting=True)
    drop_aside(context.queue_dir, began_at)  # whichever scenes those rows were about, they were queued
    return answer


def sync_recent(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue the scenes updated in the last `hours` (default 24) and follow them; others go on waiting."""
    hours = whole_number(args, "hours", 24, least=1, most=_MOST_HOURS)
    since = context.clock() - hours * _HOUR_S
    return _sync(context, "recent", f" updated in the last {hours} hours", updated_since=since)


def process_queue(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Try everything that waits now, and follow until nothing is due; the summary."""
    follower = Follower(context)
    made = make_due(context.queue_dir, context.clock())
    follower.tick()
    before = f"{counted(follower.total, 'job')} due" + (f", {made:,} of them before their time" if made else "")
    log.info(before)
    return follower.answer(before, follower.drain())


def reconcile(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue the scenes that differ, and follow them; the summary with `compared`, `differ`, `covers` and `gone`.

    `depth` is "whole" (default): every scene's contents are compared with its items, so edits that Plex lost are
    found too; or "light", as the worker does by itself every day: times, files and ids on both sides, see
    worker.control.comparing. Records of scenes that Stash no longer has are cleaned up.
    """
    depth = choice(args, "depth", (_WHOLE, _LIGHT))
    if depth == _LIGHT:
        return _light(context)
    follower = Follower(context, bar_from=_COMPARED)
    follower.tick()  # what the worker does while the others are compared counts
    counts = _whole(context)
    before = f"{counted(counts['compared'], 'scene')} compared ({depth}), {counts['differ']:,} differ"
    before += f", {counted(counts['covers'], 'cover')} to compare" if counts["covers"] else ""
    before += f", {counts['gone']:,} gone from Stash" if counts["gone"] else ""
    log.info(before)
    return {**follower.answer(before, follower.drain()), **counts}


def _sync(context: TaskContext, task: str, which: str, *, with_waiting: bool = False, **chosen: Any) -> dict[str, Any]:
    """Queue the chosen scenes page by page, due now, while the worker drains; `with_waiting` all else is due too."""
    seen = queued = 0
    run = run_name(task, context.clock())
    with context.stash() as stash:
        follower = Follower(context)
        if with_waiting:
            make_due(context.queue_dir, context.clock())
        follower.tick()
        already = follower.total
        for page in scene_pages(stash, PAGE, **chosen):
            scene_ids = [ref.id for ref in page.refs]
            queued += _queue_scenes(context, scene_ids, run)
            make_due(context.queue_dir, context.clock(), Selection.of_scenes(scene_ids))
            seen += len(page.refs)
            more = 0 if page.next_after is None else page.remaining - len(page.refs)
            follower.total = already + queued + max(0, more)
            follower.tick()
        follower.total = already + queued
        waiting = f", {seen - queued:,} waiting already" if seen > queued else ""
        before = f"{counted(seen, 'scene')}{which} in Stash, {queued:,} queued{waiting}"
        log.info(before)
        return {**follower.answer(before, follower.drain()), "scenes": seen, "queued": queued}


def _light(context: TaskContext) -> dict[str, Any]:
    """Have the worker compare, because only it may write the index, and follow it with what it queues."""
    job = control_job(RECONCILE, {ASKED: True}, now=context.clock())
    follower = Follower(context)
    put(context.queue_dir, job)  # behind the wake-up, with which the worker reads the settings anew
    pause = follower.drain()
    known = control_state(context, job)
    counts = {name: known.get(name, 0) for name in ("compared", "differ", "gone", "unsynced", "lost")}
    return {**follower.answer(known.get("text", ""), pause), **counts}


def _whole(context: TaskContext) -> dict[str, int]:
    """Queue what differs, page by page, and return how many are `compared`, `differ`, `covers` and `gone`."""
    counts = Counter(dict.fromkeys(("compared", "differ", "covers", "gone"), 0))
    run, total, after = run_name("reconcile", context.clock()), 0, 0
    with context.stash() as stash, read_only(context, own_index=True) as view:
        for page in scene_pages(stash, PAGE):
            total = max(total, page.remaining)
            scene_ids = [ref.id for ref in page.refs]
            # The worker finds the recorded scenes that are not among them gone, and forgets them.
            gone = gone_between(view.records, after, page.next_after, set(scene_ids))
            counts["gone"] += len(gone)
            _queue_scenes(context, gone, run)
            _compare(context, view, scene_ids, run, counts, total)
            after = page.next_after or after
    return dict(counts)


def _compare(
    context: TaskContext, view: ReadOnlyView, scene_ids: Sequence[int], run: str, counts: Counter[str], total: int
) -> None:
    for plans in view.plans(scene_ids):
        differ = [plan.scene.id for plan in plans if needs_sync(plan)]
        others = [plan for plan in plans if plan.work and plan.scene.id not in differ]
        covers = [plan.scene.id for plan in others if view.may_have_new_picture(plan)]
        _queue_scenes(context, differ + covers, run)
        counts.update(compared=len(plans), differ=len(differ), covers=len(covers))
        log.progress(_COMPARED * counts["compared"] / total if total else _COMPARED)


def _queue_scenes(context: TaskContext, scene_ids: Sequence[int], run: str) -> int:
    """Queue these scenes in one transaction; return how many did not wait already. `run` as run_name has it."""
    now = context.clock()
    jobs = (task_job(scene_id, run, now=now) for scene_id in scene_ids)
    return enqueue_many(context.queue_dir, jobs, now=now) if scene_ids else 0
