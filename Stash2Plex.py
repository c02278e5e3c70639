"""Stash2Plex: brings what Stash knows about a scene to Plex. This file is the door that Stash opens; everything behind it lives in `entry`.

It is compiled anew for every save, so it stays small.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Answer = dict[str, Any]


def main() -> int:
    """Read one document from stdin, print one answer to stdout; the exit status (0, or 1 with `{"error": …}`)."""
    if sys.argv[1:2] == ["--worker"]:
        from worker.process import main as run_worker

        return run_worker(sys.argv[2], __file__)
    from entry.document import serve

    return serve(sys.stdin, sys.stdout)


def get_plugin_data_dir() -> str:
    """The folder of everything durable: STASH_PLUGIN_DATA, else `data` beside this script. It is created, for its owner only."""
    from entry.folder import data_dir

    return data_dir()


def initialize() -> str:
    """Make the data folder and its queue ready to be appended to; idempotent. Returns the folder."""
    from entry.folder import prepare

    return prepare()


def shutdown() -> None:
    """Let a worker that was started from this data folder finish its batch and leave. The queue keeps what is left."""
    from entry.folder import data_dir
    from worker.control import stop_worker

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


if __name__ == "__main__":
    # Containers often forbid Python to keep what it compiles: each save would compile fifteen modules anew, and each worker three hundred.
    sys.dont_write_bytecode = False
    from entry.document import leave

    leave(main())
