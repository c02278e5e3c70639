"""From a hook context to rows of the queue. `queue` is anything with `put(job)`: the hook's append-only one or SQLiteAckQueue.

Readable by an older Python, as hooks.events is: see entry.old_python.
"""

import time

from hooks.events import SCENE_FIELDS, jobs_of
from logs import stash as log

TYPE_CHECKING = False  # typing itself would cost every save a millisecond
if TYPE_CHECKING:
    from typing import Any, Protocol

    Data = dict[str, object]

    class Queue(Protocol):
        """Anything that takes a job."""

        def put(self, item: Any) -> object:
            """Append `item` durably."""


SLOW_MS = 100


def requires_plex_sync(update_data: "Data") -> bool:
    """Whether any field that was sent (the keys of `update_data`) reaches Plex."""
    return not SCENE_FIELDS.isdisjoint(update_data)


def on_scene_update(scene_id: int, update_data: "Data", queue: "Queue") -> bool:
    """Queue the scene if what was sent reaches Plex; whether it was queued. Only the names of the fields are kept, never their values."""
    started = time.perf_counter()
    if not requires_plex_sync(update_data):
        log.debug(f"Scene {scene_id}: nothing that reaches Plex was changed")
        return False
    _put(queue, "metadata", scene_id, {"fields": sorted(SCENE_FIELDS.intersection(update_data))})
    _log_time(f"Scene {scene_id}: queued", started)
    return True


def record(context: object, queue: "Queue", other_stash: str = "") -> int:
    """Queue everything that a hook context asks for; the number of rows appended.

    `other_stash` is the port of a Stash that is not, or not yet, known as the one of this data folder: its rows say so.

    Raises:
        hooks.events.BadHookContext: the context is not one of Stash's.
        sqlite3.Error, OSError: the row could not be written.
    """
    started = time.perf_counter()
    jobs = jobs_of(context)
    for update_type, entity_id, data in jobs:
        if other_stash:
            data["stash"] = other_stash
        _put(queue, update_type, entity_id, data)
    _log_time(f"Hook: {len(jobs)} queued", started)
    return len(jobs)


def _put(queue: "Queue", update_type: str, entity_id: int, data: "Data") -> None:
    is_scene = update_type in ("metadata", "destroyed")
    queue.put(
        {
            "scene_id": entity_id if is_scene else None,
            "update_type": update_type,
            "data": data,
            "enqueued_at": time.time(),
            "job_key": f"{'scene' if is_scene else update_type}_{entity_id}",
        }
    )


def _log_time(what: str, started: float) -> None:
    elapsed_ms = (time.perf_counter() - started) * 1000
    if elapsed_ms > SLOW_MS:
        log.warning(
            f"{what} in {elapsed_ms:.0f} ms, expected below {SLOW_MS} ms; is the data folder on a slow or network disk?"
        )
    else:
        log.debug(f"{what} in {elapsed_ms:.1f} ms")
