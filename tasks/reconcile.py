"""Reconcile: compares Stash and Plex, and queues only what differs. Light goes by times, whole by contents."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from records import Records
from stash.client import StashClient
from stash.scenes import SceneRef, scene_pages
from sync_queue.models import run_name
from tasks.context import TaskContext, choice
from tasks.follow import Follower, answer
from tasks.keeping import Keeper
from tasks.planning import PAGE, reading
from tasks.preview import needs_sync
from tasks.sync import queue_scenes
from worker.reconciling import saved_since_synced

WHOLE: Final = "whole"
LIGHT: Final = "light"
COMPARED: Final = 0.5
"""Where the bar stands when all is compared and the writing begins."""


def reconcile(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue the scenes that differ, and follow them; the summary with `compared`, `differ` and `gone`.

    `depth` is "whole" (by itself): every scene's contents are compared with its items, so merged performers and edits that Plex lost are found too;
    or "light": scenes that were saved since they were last synced or skipped. Records of scenes that Stash no longer has are cleaned up.
    """
    depth = choice(args, "depth", (WHOLE, LIGHT))
    compare = _whole if depth == WHOLE else _light
    with Keeper(context) as keeper:
        follower = Follower(context, keeper, bar_from=COMPARED)
        with context.stash() as stash:
            counts = compare(context, stash)
        before = f"{counted(counts['compared'], 'scene')} compared ({depth}), {counts['differ']:,} differ"
        before += f", {counts['gone']:,} gone from Stash" if counts["gone"] else ""
        log.info(before)
        return {**answer(follower.drain(), context, keeper, before), **counts}


def _light(context: TaskContext, stash: StashClient) -> dict[str, int]:
    counts = _Counts(context)
    with context.records() as records:
        for refs in _pages(stash, records, counts):
            counts.queue(saved_since_synced(refs, records))
            counts.compared(len(refs))
    return counts.told()


def _whole(context: TaskContext, stash: StashClient) -> dict[str, int]:
    counts = _Counts(context)
    with reading(context) as reader:
        for plans in reader.plans(_pages(stash, reader.session.records, counts)):
            counts.queue([plan.scene.id for plan in plans if needs_sync(reader, plan)])
            counts.compared(len(plans))
    return counts.told()


def _pages(stash: StashClient, records: Records, counts: "_Counts") -> Iterator[tuple[SceneRef, ...]]:
    """All scenes of Stash, page by page; on the way the recorded scenes that are not among them are queued: the worker finds them gone and forgets them."""
    after = 0
    for page in scene_pages(stash, PAGE):
        counts.total = max(counts.total, page.remaining)
        last = page.next_after
        counts.forget(_gone(records, after, last, {ref.id for ref in page.refs}))
        yield page.refs
        after = last if last is not None else after


def _gone(records: Records, after: int, last: int | None, present: set[int]) -> list[int]:
    """Recorded scenes above `after`, up to `last` (without it: to the end), that Stash does not list."""
    gone: list[int] = []
    while known := records.written.scene_ids(after=after, limit=PAGE):
        within = [scene_id for scene_id in known if last is None or scene_id <= last]
        gone += [scene_id for scene_id in within if scene_id not in present]
        if len(within) < len(known):
            break
        after = known[-1]
    return gone


class _Counts:
    """What was compared and queued so far."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._run = run_name("reconcile", context.clock())
        self.total = 0
        self._compared = self._differ = self._gone = 0

    def compared(self, number: int) -> None:
        """So many scenes more."""
        self._compared += number
        log.progress(COMPARED * self._compared / self.total if self.total else COMPARED)

    def queue(self, scene_ids: list[int]) -> None:
        """These differ."""
        self._differ += len(scene_ids)
        queue_scenes(self._context, scene_ids, self._run)

    def forget(self, scene_ids: list[int]) -> None:
        """Stash does not have these any more."""
        self._gone += len(scene_ids)
        queue_scenes(self._context, scene_ids, self._run)

    def told(self) -> dict[str, int]:
        """For the answer."""
        return {"compared": self._compared, "differ": self._differ, "gone": self._gone}
