"""The names beside `main` that other programs call on the module Stash2Plex, which compiles anew with each save and so does not hold them."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Answer = dict[str, Any]


def get_plugin_data_dir() -> str:
    """The folder of everything durable: STASH_PLUGIN_DATA, else `data` beside Stash2Plex.py. It is created, for its owner only."""
    from entry.folder import data_dir

    return data_dir()


def initialize() -> str:
    """Make the data folder and its queue ready to be appended to; idempotent. Returns the folder."""
    from entry.folder import prepare

    return prepare()


def shutdown() -> None:
    """Let a worker that was started from this data folder finish its batch and leave. The queue keeps what is left."""
    from entry.folder import data_dir
    from worker.process.handover import stop_worker

    stop_worker(data_dir())


def handle_hook(hook_context: "Answer") -> "Answer":
    """Queue what a hook context asks for. Raises ValueError for a context that is not one of Stash's."""
    from entry.hook import handle_hook as handle

    return handle(hook_context, None)


def handle_task(task_args: "Answer", stash: "Answer | None" = None) -> "Answer":
    """Run the task named by `task_args["mode"]`; `stash` is Stash's `server_connection`, needed by tasks that read from Stash."""
    from entry.task import handle_task as handle

    return handle(task_args, stash)


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
