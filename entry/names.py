"""The names beside `main` that other programs call on Stash2Plex.py, which each save compiles anew."""

import os

from entry.folder import PLUGIN_DIR, SCRIPT, data_dir, queue_dir

_OBJECTS = 20_000
"""New ones before Python looks for garbage. Its own 700 come together in a millisecond of a start, and all stay."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Answer = dict[str, Any]


def get_plugin_data_dir() -> str:
    """The folder of everything durable, see entry.folder."""
    return data_dir()


def initialize() -> str:
    """Make the data folder and its queue ready to be appended to; idempotent. Return the folder."""
    from sync_queue.queue_file import QueueFile

    folder = data_dir()
    QueueFile(queue_dir(folder)).close()
    return folder


def shutdown() -> None:
    """Let a worker that was started from this data folder finish its batch and leave. The queue keeps what is left."""
    from worker.process.handover import stop_worker

    stop_worker(data_dir())


def handle_hook(hook_context: "Answer") -> "Answer":
    """Queue what a hook context asks for. Raise ValueError for a context that is not one of Stash's."""
    from entry.hook import handle_hook as handle

    return handle(hook_context, None)


def handle_task(task_args: "Answer", stash: "Answer | None" = None) -> "Answer":
    """Return `{"output": …}` of the task or operation named by `task_args["mode"]`.

    Args:
        task_args: as they stand in the document; values of a manifest's defaultArgs are strings.
        stash: Stash's server_connection, needed by tasks that read from Stash.

    Raises:
        tasks.context.TaskError: the task could not do what it was asked; the message is for people.
    """
    import gc

    gc.set_threshold(_OBJECTS)
    from tasks.context import TaskContext
    from tasks.registry import run

    return {"output": run(task_args, TaskContext(data_dir(), PLUGIN_DIR, SCRIPT, stash, dict(os.environ)))}


def handle_queue_status() -> "Answer":
    """View Queue Status; needs no connection."""
    return handle_task({"mode": "queue_status"})


def handle_clear_queue() -> "Answer":
    """Clear Pending Queue; needs no connection."""
    return handle_task({"mode": "clear_queue"})


def handle_clear_dlq() -> "Answer":
    """Clear Dead Letter Queue; needs no connection."""
    return handle_task({"mode": "clear_dlq"})


def handle_purge_dlq(days: "int | str" = 30) -> "Answer":
    """Purge dead letters that are older than `days`; needs no connection."""
    return handle_task({"mode": "purge_dlq", "days": days})
