"""Which mode of a task or operation is answered by which function. Modules are imported when they are asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from tasks.context import TaskContext, TaskError

TASKS: Final[Mapping[str, str]] = {
    "all": "tasks.sync:sync_all",
    "recent": "tasks.sync:sync_recent",
    "process_queue": "tasks.sync:process_queue",
    "queue_status": "tasks.status:queue_status",
    "clear_queue": "tasks.queue:clear_queue",
    "clear_dlq": "tasks.queue:clear_dlq",
    "purge_dlq": "tasks.queue:purge_dlq",
    "retry_dlq": "tasks.queue:retry_dlq",
    "preview": "tasks.preview:preview",
    "reconcile": "tasks.reconcile:reconcile",
    "test_connection": "tasks.connection:test_connection",
    "rebuild_index": "tasks.errands:rebuild_index",
    "restore": "tasks.errands:restore",
    "support_report": "tasks.support:support_report",
}
"""Modes of the manifest's tasks, as module and function. A function takes the arguments and the context and returns what JSON can hold."""

WITHOUT_LIBRARIES: Final = frozenset({"queue_status", "clear_queue", "clear_dlq", "purge_dlq"})
"""Modes that run with the standard library alone: also where an installation lacks everything else, a person can look and tidy up."""


def run(args: Mapping[str, Any], context: TaskContext) -> Any:
    """The answer of the mode that `args["mode"]` names.

    Raises:
        TaskError: there is no such mode, or the task itself could not do what it was asked.
    """
    mode = args.get("mode")
    target = TASKS.get(mode) if isinstance(mode, str) else None
    if target is None:
        raise TaskError(f"there is no task {mode!r}; mode is one of: {', '.join(sorted(TASKS))}")
    if mode not in WITHOUT_LIBRARIES:
        from worker.dependencies import activate

        activate(context.plugin_dir)
    module, _, function = target.partition(":")
    return getattr(import_module(module), function)(args, context)
