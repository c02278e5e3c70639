"""A job as a value: the JSON document in one row of the queue."""

import time
from typing import Any, Final, NotRequired, TypedDict

METADATA: Final = "metadata"
DESTROYED: Final = "destroyed"
PERFORMER: Final = "performer"
STUDIO: Final = "studio"
TAG: Final = "tag"
GROUP: Final = "group"

SCENE_TYPES: Final = frozenset({METADATA, DESTROYED})


class SyncJob(TypedDict):
    """What is to be done, never with which values: the worker reads those from Stash when it does it.

    Attributes:
        scene_id: the scene, or None where the job belongs to a performer, studio, tag or group.
        update_type: one of the constants of this module.
        data: `{"fields": ["title", …]}` for METADATA (an empty list: anything may have changed); `{"event": "update"|"destroy"|"merge", "ids": [4]}` for the others.
        enqueued_at: epoch seconds.
        job_key: "scene_<id>", "performer_<id>", …: jobs with one key are coalesced.
        pqid: persist-queue's row id; there once the job came out of the queue.
    """

    scene_id: int | None
    update_type: str
    data: dict[str, Any]
    enqueued_at: float
    job_key: str
    pqid: NotRequired[int]


def create_sync_job(scene_id: int, update_type: str, data: dict[str, Any], *, now: float | None = None) -> SyncJob:
    """The job of one scene, enqueued at `now` (epoch seconds; the clock's time without it)."""
    return {
        "scene_id": scene_id,
        "update_type": update_type,
        "data": data,
        "enqueued_at": time.time() if now is None else now,
        "job_key": f"scene_{scene_id}",
    }


def create_entity_job(kind: str, event: str, ids: list[int], *, now: float | None = None) -> SyncJob:
    """The job of a performer, studio, tag or group (`kind`) that was updated, destroyed or merged (`event`); `ids[0]` is the one that remains in a merge."""
    return {
        "scene_id": None,
        "update_type": kind,
        "data": {"event": event, "ids": ids},
        "enqueued_at": time.time() if now is None else now,
        "job_key": f"{kind}_{ids[0]}",
    }
