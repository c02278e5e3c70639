"""The tasks that tidy the queue and the dead letters up. Standard library only: they work where nothing else does."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from sync_queue.bulk import clear_pending_items, enqueue_many
from sync_queue.dlq import DeadLetterQueue
from tasks.context import TaskContext, TaskError, ids, text, whole_number
from worker.process.connection import message_of
from worker.process.launch import ensure_worker

_STEP: Final = 500
"""Letters taken at once: each may carry a long trace."""

_MOST_DAYS: Final = 36_500


def clear_queue(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Delete what is pending, waiting jobs included; `{"text", "cleared"}`. Jobs in progress and dead letters stay."""
    cleared = clear_pending_items(context.queue_dir)
    return _said(f"Cleared {counted(cleared, 'pending job')}; jobs in progress are still finished", cleared=cleared)


def clear_dlq(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Delete all dead letters; `{"text", "cleared"}`."""
    letters = DeadLetterQueue(context.data_dir, clock=context.clock)
    try:
        cleared = letters.delete_all()
    finally:
        letters.close()
    return _said(f"Cleared {counted(cleared, 'dead letter')}", cleared=cleared)


def purge_dlq(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Delete dead letters that are at least `days` old (default 30); `{"text", "purged", "left"}`."""
    days = whole_number(args, "days", 30, most=_MOST_DAYS)
    letters = DeadLetterQueue(context.data_dir, clock=context.clock)
    try:
        purged, left = letters.delete_older_than(days), letters.get_count()
    finally:
        letters.close()
    return _said(
        f"Purged {counted(purged, 'dead letter')} older than {days} days, {left:,} left", purged=purged, left=left
    )


def retry_dlq(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Queue the jobs of dead letters again: all, or those with `ids`, or those of `error_type`; `{"text", "retried", "left", "started"}`.

    A job keeps the history of its failures. The worker is woken if Stash gave a connection; it needs none here.
    """
    wanted, error_type = ids(args, "ids"), text(args, "error_type") or None
    letters = DeadLetterQueue(context.data_dir, clock=context.clock)
    try:
        if wanted is not None:
            _refuse_unknown(letters, wanted)
        retried = _retry(letters, context, wanted, error_type)
        left = letters.get_count()
    finally:
        letters.close()
    started = bool(retried) and _wake(context)
    follows = "" if started or not retried else "; the next save in Stash starts the worker"
    return _said(
        f"Queued {counted(retried, 'dead letter')} again, {left:,} left{follows}",
        retried=retried,
        left=left,
        started=started,
    )


def _retry(letters: DeadLetterQueue, context: TaskContext, wanted: Sequence[int] | None, error_type: str | None) -> int:
    """Step by step, each step durable: first the job, then the letter goes."""
    retried = 0
    while taken := letters.take(wanted, error_type, limit=_STEP):
        enqueue_many(context.queue_dir, taken.jobs, now=context.clock())
        confirmed = letters.confirm(taken)
        retried += confirmed
        if not confirmed:  # all of them were written anew in this moment: they failed again
            break
    return retried


def _refuse_unknown(letters: DeadLetterQueue, wanted: Sequence[int]) -> None:
    unknown = [str(letter_id) for letter_id in wanted if letters.get_by_id(letter_id) is None]
    if unknown:
        raise TaskError(f"there is no dead letter {', '.join(unknown)}; nothing was changed")


def _wake(context: TaskContext) -> bool:
    if not isinstance(context.connection, dict):
        return False
    message = message_of({"server_connection": context.connection}, context.environ, settings_changed=True)
    try:
        ensure_worker(context.data_dir, os.fspath(context.script), message)
    except OSError as error:
        log.warning(f"No worker could be started ({error}); the task Process Queue does the work")
        return False
    return True


def _said(sentence: str, **more: Any) -> dict[str, Any]:
    log.info(sentence)
    return {"text": sentence, **more}
