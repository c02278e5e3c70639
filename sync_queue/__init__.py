"""The durable state: the queue of jobs (`<data>/queue/data.db`) and the dead letters (`<data>/dlq.db`). Knows jobs, not Stash or Plex.

Every name is imported when it is first used (PEP 562): a hook imports `sync_queue.append` and must not pay for the rest.
"""

TYPE_CHECKING = False  # typing itself would cost every hook more than its row does
if TYPE_CHECKING:
    from sync_queue.append import AppendOnlyQueue
    from sync_queue.bulk import drop_pending, enqueue_many, make_due
    from sync_queue.claims import ClaimStore
    from sync_queue.dlq import DeadLetterQueue, Taken
    from sync_queue.manager import QueueManager
    from sync_queue.models import SyncJob, create_sync_job
    from sync_queue.operations import ack_job, clear_pending_items, enqueue, fail_job, get_pending, get_stats, nack_job
    from sync_queue.repair import Salvage, salvage_letters, salvage_queue
    from sync_queue.settling import BadRow, Batch, ClaimedJob, Settlement
    from sync_queue.stats import Overview, overview

_HOMES = {
    "append": ("AppendOnlyQueue",),
    "bulk": ("drop_pending", "enqueue_many", "make_due"),
    "claims": ("ClaimStore",),
    "dlq": ("DeadLetterQueue", "Taken"),
    "manager": ("QueueManager",),
    "models": ("SyncJob", "create_sync_job"),
    "operations": ("ack_job", "clear_pending_items", "enqueue", "fail_job", "get_pending", "get_stats", "nack_job"),
    "repair": ("Salvage", "salvage_letters", "salvage_queue"),
    "settling": ("BadRow", "Batch", "ClaimedJob", "Settlement"),
    "stats": ("Overview", "overview"),
}

__all__ = [
    "AppendOnlyQueue",
    "BadRow",
    "Batch",
    "ClaimStore",
    "ClaimedJob",
    "DeadLetterQueue",
    "Overview",
    "QueueManager",
    "Salvage",
    "Settlement",
    "SyncJob",
    "Taken",
    "ack_job",
    "clear_pending_items",
    "create_sync_job",
    "drop_pending",
    "enqueue",
    "enqueue_many",
    "fail_job",
    "get_pending",
    "get_stats",
    "make_due",
    "nack_job",
    "overview",
    "salvage_letters",
    "salvage_queue",
]


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
