"""What a hook does with a save that the queue's file does not take: the save is put beside it, and said so. Readable by an older Python."""

import json
import os

from hooks.handlers import record
from logs import stash as log
from sync_queue import spool


class _Noted:
    """Takes jobs as a queue does, into the file beside the queue."""

    def __init__(self, queue_dir: str) -> None:
        self._queue_dir = queue_dir

    def put(self, item: object) -> None:
        spool.note(self._queue_dir, json.dumps(item).encode())


def keep_beside(hook_context: object, queue_dir: str, other_stash: str = "") -> int:
    """Note what the context asks for; how many jobs.

    Raises:
        hooks.events.BadHookContext: the context is not one of Stash's.
        OSError: it can be noted nowhere.
    """
    return record(hook_context, _Noted(queue_dir), other_stash)


def record_beside(hook_context: object, queue_dir: str, error: Exception, other_stash: str = "") -> int:
    """As `keep_beside`, since the queue failed by `error`.

    Raises:
        OSError: it can be noted nowhere, or it waits for a newer version of the plugin; the message says what to do.
    """
    from storage.errors import StorageTooNew
    from sync_queue.owner import why_not_ours

    whose = why_not_ours(os.path.dirname(queue_dir))
    try:
        count = keep_beside(hook_context, queue_dir, other_stash)
    except OSError:
        raise OSError(
            f"the save could not be queued in {queue_dir} ({error}); Reconcile Stash and Plex finds it later. {whose or 'Is the disk full or read-only?'}"
        ) from error
    if isinstance(error, StorageTooNew):
        raise OSError(f"{error} This save is kept in {spool.FILE} beside it and is synced then.") from error
    log.warning(
        f"The queue does not take saves now ({error}); this one is kept in {spool.FILE} beside it, from where the worker takes it. {whose}".rstrip(
            ". "
        )
    )
    return count
