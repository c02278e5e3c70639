"""`ui_wake`: a worker where jobs or news may wait and none lives, and a fresh session for one that Stash has asked for a login. After a reboot nothing else would start one."""

from collections.abc import Mapping
from typing import Any

from records import Records
from sync_queue.listing import heads
from sync_queue.lock import is_worker_alive
from tasks.context import TaskContext, TaskError
from tasks.page.shapes import Done
from worker.facts import LAST_RECONCILE_AT, NEWS_UNTIL
from worker.process.connection import message_of
from worker.process.launch import ensure_worker


def ui_wake(_args: Mapping[str, Any], context: TaskContext) -> Done:
    """Wake the worker, or start one, if anything waits or Stash may have news; `count` is how many jobs do. One that lives reads the settings anew."""
    queue = heads(context.queue_dir, context.clock())
    pending = queue.pending + queue.in_progress
    with context.records() as records:
        is_wanted = pending > 0 or is_worker_alive(context.data_dir) or asks_for_news(records)
    if is_wanted:
        wake(context)
    return {"count": pending, "text": "The worker is running." if is_wanted else "Nothing waits."}


def asks_for_news(records: Records) -> bool:
    """Whether a worker has ever asked Stash for news, or one of a version before this has compared: not before it is set up."""
    return any(records.facts.get(name) is not None for name in (NEWS_UNTIL, LAST_RECONCILE_AT))


def wake(context: TaskContext) -> None:
    """Wake the worker, or start one, with the connection of this call. It reads the settings anew: who clicks means those of now.

    Raises:
        TaskError: no process could be started; what was asked for is queued all the same.
    """
    message = message_of({"server_connection": context.connection}, context.environ, settings_changed=True)
    try:
        ensure_worker(context.data_dir, context.script, message)
    except OSError as error:
        raise TaskError(f"no worker could be started ({error}); the task Process Queue sends what waits") from error
