"""A task's or operation's document: find the handler, hand it what it needs, give its answer back."""

import os
from typing import Any

from entry.folder import PLUGIN_DIR, SCRIPT, data_dir


def handle_task(args: dict[str, Any], connection: dict[str, Any] | None) -> dict[str, Any]:
    """`{"output": …}` of the task named by `args["mode"]`.

    Args:
        args: as they stand in the document; values of a manifest's defaultArgs are strings.
        connection: Stash's server_connection, or None for tasks that need none.

    Raises:
        tasks.context.TaskError: the task could not do what it was asked; the message is for people.
    """
    from tasks.context import TaskContext
    from tasks.registry import run

    return {"output": run(args, TaskContext(data_dir(), PLUGIN_DIR, SCRIPT, connection, dict(os.environ)))}
