"""The way in of every operation: finds its function, and turns what can go wrong into a sentence for the page."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from plex.errors import PlexError
from records.errors import RecordsError
from stash.errors import StashError
from sync_queue.errors import QueueError
from tasks.context import TaskContext, TaskError
from worker.errors import NotConfiguredError


def serve(target: str, args: Mapping[str, Any], context: TaskContext) -> Any:
    """The answer of `target` ("module:function").

    Raises:
        TaskError: what went wrong, for people.
    """
    module, _, function = target.partition(":")
    try:
        return getattr(import_module(module), function)(args, context)
    except (PlexError, StashError, RecordsError, QueueError, NotConfiguredError) as error:
        raise TaskError(str(error) or type(error).__name__) from error
