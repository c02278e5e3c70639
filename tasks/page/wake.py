"""`ui_wake`: a worker where jobs or news may wait and none lives, and a fresh session for one that Stash has asked for a login. After a reboot nothing else would start one."""

from collections.abc import Mapping
from typing import Any

from records import Records
from sync_queue.listing import heads
from tasks.context import TaskContext, TaskError
from tasks.page.shapes import Done
from worker.connection import message_of
from worker.facts import NEWS_UNTIL
from worker.launch import ensure_worker


def ui_wake(_args: Mapping[str, Any], context: TaskContext) -> Done:
    """Wake the worker, or start one, if anything waits or Stash may have news; `count` is how many jobs do. Costs a look at the disk where nothing does."""
    queue = heads(context.queue_dir, context.clock())
    pending = queue.pending + queue.in_progress
    with context.records() as records:
        if not pending and not asks_for_news(records):
            return {"count": 0, "text": "Nothing waits."}
    wake(context)
    return {"count": pending, "text": "The worker is running."}


def asks_for_news(records: Records) -> bool:
    """Whether a worker has ever asked Stash for news: not before it is set up."""
    return records.facts.get(NEWS_UNTIL) is not None


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
