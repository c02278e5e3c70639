"""The tasks that tidy the queue and the dead letters up. Standard library only: they work where nothing else does."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from sync_queue.aside_rows import drop_aside
from sync_queue.dlq import DeadLetterQueue
from sync_queue.pending import clear_pending_items, enqueue_many
from tasks.context import TaskContext, TaskError, ids, text, whole_number

_STEP: Final = 500
"""Letters taken at once: each may carry a long trace."""

_MOST_DAYS: Final = 36_500


def clear_queue(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Delete what is pending, waiting jobs included; `{"text", "cleared"}`. Jobs in progress and dead letters stay."""
    cleared = clear_pending_items(context.queue_dir) + drop_aside(context.queue_dir, context.clock())
    return _done(f"Cleared {counted(cleared, 'pending job')}; jobs in progress are still finished", cleared=cleared)


def clear_dlq(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Delete all dead letters; `{"text", "cleared"}`."""
    with context.letters() as letters:
        cleared = letters.delete_all()
    return _done(f"Cleared {counted(cleared, 'dead letter')}", cleared=cleared)


def purge_dlq(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Delete dead letters that are at least `days` old (default 30); `{"text", "purged", "left"}`."""
    days = whole_number(args, "days", 30, most=_MOST_DAYS)
    with context.letters() as letters:
        purged, left = letters.delete_older_than(days), letters.get_count()
    purged_text = f"Purged {counted(purged, 'dead letter')} older than {days} days, {left:,} left"
    return _done(purged_text, purged=purged, left=left)


def retry_dlq(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue dead letters again, all or by `ids` or `error_type`; `{"text", "retried", "left", "started"}`.

    A job keeps the history of its failures. The worker is woken if Stash gave a connection; it needs none here.
    """
    chosen, error_type = ids(args, "ids") or None, text(args, "error_type") or None
    with context.letters() as letters:
        unknown = [str(each) for each in chosen or () if letters.get_by_id(each) is None]
        if unknown:
            raise TaskError(f"there is no dead letter {', '.join(unknown)}; nothing was changed")
        retried = retry_letters(letters, context, chosen, error_type)
        left = letters.get_count()
    started = bool(retried) and _is_woken(context)
    follows = "" if started or not retried else "; the next save in Stash starts the worker"
    retried_text = f"Queued {counted(retried, 'dead letter')} again, {left:,} left{follows}"
    return _done(retried_text, retried=retried, left=left, started=started)


def retry_letters(
    letters: DeadLetterQueue, context: TaskContext, chosen: Sequence[int] | None, error_type: str | None
) -> int:
    """Queue the jobs of these letters again, those of `error_type`, or all; return how many.

    Rows first, then letters: a kill in between leaves both, and the row that succeeds resolves its letter.
    """
    if chosen is None:
        return _retry(letters, context, None, error_type)
    parts = [chosen[start : start + _STEP] for start in range(0, len(chosen), _STEP)]
    return sum(_retry(letters, context, part, error_type) for part in parts)


def _retry(letters: DeadLetterQueue, context: TaskContext, chosen: Sequence[int] | None, error_type: str | None) -> int:
    retried = 0
    while taken := letters.take(chosen, error_type, limit=_STEP):
        enqueue_many(context.queue_dir, taken.jobs, now=context.clock())
        confirmed = letters.confirm(taken)
        retried += confirmed
        if not confirmed:  # all of them were written anew in this moment: they failed again
            break
    return retried


def _is_woken(context: TaskContext) -> bool:
    if context.connection is None:
        return False
    try:
        context.wake()
    except TaskError as error:
        log.warning(str(error))
        return False
    return True


def _done(sentence: str, **more: Any) -> dict[str, Any]:
    log.info(sentence)
    return {"text": sentence, **more}
