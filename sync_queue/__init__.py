"""The durable state: the queue (`<data>/queue/data.db`) and the dead letters (`<data>/dlq.db`); not Stash or Plex.

The fixed names, each imported when it is first used (PEP 562): a hook imports `sync_queue.append` and must not pay for
the rest. Our own code imports the modules.
"""

TYPE_CHECKING = False  # typing itself would cost every hook more than its row does
if TYPE_CHECKING:
    from sync_queue.dlq import DeadLetterQueue
    from sync_queue.manager import QueueManager
    from sync_queue.models import SyncJob, create_sync_job
    from sync_queue.operations import ack_job, clear_pending_items, enqueue, fail_job, get_pending, get_stats, nack_job

_HOMES = {"DeadLetterQueue": "dlq", "QueueManager": "manager", "SyncJob": "models", "create_sync_job": "models"}

__all__ = [
    "DeadLetterQueue",
    "QueueManager",
    "SyncJob",
    "ack_job",
    "clear_pending_items",
    "create_sync_job",
    "enqueue",
    "fail_job",
    "get_pending",
    "get_stats",
    "nack_job",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'operations')}"), name)


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
