"""`ui_retry`, `ui_discard`, `ui_sync`: what a person does about jobs. They change the queue and the dead letters, never Plex."""

from collections.abc import Mapping
from typing import Any, Final

from sync_queue.models import run_name, task_job
from sync_queue.pending import ALL, Selection, drop, enqueue_many, make_due
from tasks.context import TaskContext, TaskError, text
from tasks.page import files
from tasks.page.arguments import ids, scene_ids, switch
from tasks.page.jobs import DEAD, RETRYING, WAITING
from tasks.page.shapes import Done
from tasks.page.wake import wake

_STEP: Final = 500
"""Letters taken at once: each may carry a long trace."""


def ui_retry(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Try jobs again at once: of the list "dead" those of `ids`, of one `reason`, or `all`; of "retrying" those of `scene_ids`, `reason` or `all`.

    A dead letter goes back into the queue with its history and disappears here. A kill in between leaves both, and doubles nothing.

    Raises:
        TaskError: nothing was chosen; nothing was changed.
    """
    count = _retry_dead(args, context) if _list(args) == DEAD else _retry_waiting(args, context)
    if count:
        wake(context)
    return {
        "count": count,
        "text": f"{_jobs(count)} will be tried again now." if count else "There was nothing to try again.",
    }


def ui_discard(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Drop jobs, chosen as for ui_retry. What is in Plex stays as it is; the next save of a scene queues it anew.

    Raises:
        TaskError: nothing was chosen; nothing was changed.
    """
    count = _discard_dead(args, context) if _list(args) == DEAD else _discard_waiting(args, context)
    return {"count": count, "text": f"{_jobs(count)} discarded." if count else "There was nothing to discard."}


def ui_sync(args: Mapping[str, Any], context: TaskContext) -> Done:
    """Queue exactly the scenes of `scene_ids`, and see that a worker is at it. A scene that waits already is not queued twice.

    Raises:
        TaskError: no scenes were given.
    """
    chosen = scene_ids(args)
    if not chosen:
        raise TaskError("scene_ids must name at least one scene; nothing was queued")
    now = context.clock()
    where = context.queue_dir
    enqueue_many(where, [task_job(one, run_name("page", now), now=now) for one in chosen], now=now)
    make_due(where, now, Selection.of_scenes(chosen))
    wake(context)
    return {"count": len(chosen), "text": f"{len(chosen):,} scene{'' if len(chosen) == 1 else 's'} will be synced now."}


def _retry_dead(args: Mapping[str, Any], context: TaskContext) -> int:
    chosen, reason = _choice(args, "ids")
    with files.letters(context) as letters:
        if letters is None:
            return 0
        retried = 0
        # First the rows, then the letters: a kill in between leaves both, and the row that succeeds resolves its letter.
        while taken := letters.take(chosen, reason, limit=_STEP):
            enqueue_many(context.queue_dir, taken.jobs, now=context.clock())
            confirmed = letters.confirm(taken)
            retried += confirmed
            if not confirmed:  # all of them failed anew in this moment
                break
        return retried


def _retry_waiting(args: Mapping[str, Any], context: TaskContext) -> int:
    chosen, reason = _choice(args, "scene_ids")
    which = Selection(has_failed=True) if _list(args) == RETRYING else ALL
    if chosen is not None:
        which = Selection.of_scenes(chosen)
    elif reason is not None:
        which = Selection(error_type=reason)
    return make_due(context.queue_dir, context.clock(), which)


def _discard_dead(args: Mapping[str, Any], context: TaskContext) -> int:
    chosen, reason = _choice(args, "ids")
    with files.letters(context) as letters:
        if letters is None:
            return 0
        if chosen is not None:
            return letters.delete(chosen)
        return letters.delete_all() if reason is None else letters.delete_of(reason)


def _discard_waiting(args: Mapping[str, Any], context: TaskContext) -> int:
    """Of the one list only: a scene that failed may have been saved anew since, and that save stands in the other list."""
    chosen, reason = _choice(args, "scene_ids")
    keys = None if chosen is None else [f"scene_{scene_id}" for scene_id in chosen]
    has_failed = _list(args) == RETRYING or reason is not None
    return drop(context.queue_dir, Selection(keys=keys, has_failed=has_failed, error_type=reason))


def _list(args: Mapping[str, Any]) -> str:
    chosen = text(args, "list")
    if chosen not in {DEAD, RETRYING, WAITING}:
        raise TaskError(f"list must be {DEAD}, {RETRYING} or {WAITING}, not {chosen!r}; nothing was changed")
    return chosen


def _choice(args: Mapping[str, Any], name: str) -> tuple[list[int] | None, str | None]:
    """Ids or a reason; both None for all of the list, which has to be said in so many words: an empty choice must not mean everything."""
    chosen, reason = ids(args, name) if name == "ids" else scene_ids(args), text(args, "reason")
    if chosen:
        return chosen, None
    if reason:
        return None, reason
    if switch(args, "all"):
        return None, None
    raise TaskError(f"choose by {name}, by reason, or say all; nothing was changed")


def _jobs(count: int) -> str:
    return f"{count:,} job{'' if count == 1 else 's'}"
