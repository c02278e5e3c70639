"""`ui_wake`: a worker where jobs wait or a comparison is due and none lives, and a fresh session for one that Stash has asked for a login. After a reboot nothing else would start one."""

from collections.abc import Mapping
from typing import Any

from sync_queue.listing import heads
from sync_queue.lock import is_worker_alive
from tasks.context import TaskContext, TaskError
from tasks.page.shapes import Done
from worker.connection import message_of
from worker.facts import comparison_due_at
from worker.launch import ensure_worker


def ui_wake(_args: Mapping[str, Any], context: TaskContext) -> Done:
    """Wake the worker, or start one, if anything waits; `count` is how many jobs do. Where nothing does, one that lives reads the settings anew."""
    queue = heads(context.queue_dir, context.clock())
    pending = queue.pending + queue.in_progress
    with context.records() as records:
        is_due = comparison_due_at(records, context.clock()) is not None
    if pending or is_due or is_worker_alive(context.data_dir):
        wake(context)
    is_wanted = pending or is_due
    return {"count": pending, "text": "The worker is running." if is_wanted else "Nothing waits."}


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
