"""When one job stands for another, and what several jobs with one key are together. Pure.

A job says that something changed, and the worker reads what is true when it does it; so of several jobs one is enough, if it says all of it.
"""

from collections.abc import Sequence
from typing import Any, Final

from sync_queue.models import DESTROYED, RUN, SyncJob, shorten
from sync_queue.saves import saved_by, told

_EVENTS: Final = ("update", "merge", "destroy")
"""A later one reaches every scene that an earlier one does."""

_OF_SAVES: Final = frozenset({"many", "own", "named"})
"""What sync_queue.saves says anew of the whole."""


def covers(waiting: SyncJob, new: SyncJob) -> bool:
    """Whether `new` can be left out because `waiting` (same job_key) will do all of it."""
    if waiting["update_type"] != new["update_type"] or waiting["data"].get("stash") != new["data"].get("stash"):
        return False
    if new["scene_id"] is None:
        return merge([waiting, new])["data"] == waiting["data"]
    standing, wanted = _fields(waiting), _fields(new)
    return not standing or (bool(wanted) and wanted <= standing)


def merge(jobs: Sequence[SyncJob]) -> SyncJob:
    """One job in place of `jobs` (one job_key, oldest row first, at least one).

    The newest says what it is; a scene's fields are united, and unknown fields ([]) stay unknown, but what saves named stays known; a save among them is
    what they all are, whatever task queued the others; ids of a performer, studio, tag or group are united, the remaining one first. Its `pqid` is the lowest: it stays the same when rows join the group, and dead letters are keyed by it.
    """
    if len(jobs) == 1:
        return jobs[0]
    newest = max(enumerate(jobs), key=lambda place: (place[1]["enqueued_at"], place[0]))[1]
    merged: SyncJob = {**newest, "data": _data(jobs, newest)}
    if len({job["data"].get("stash") for job in jobs}) > 1:
        merged["data"].pop("stash", None)  # one of them is of the Stash that this folder belongs to
    merged.pop("history", None)
    history = [failure for job in jobs for failure in job.get("history", [])]
    if history:
        merged["history"] = shorten(history)
    ids = [job["pqid"] for job in jobs if "pqid" in job]
    if ids:
        merged["pqid"] = min(ids)
    return merged


def _data(jobs: Sequence[SyncJob], newest: SyncJob) -> dict[str, Any]:
    if newest["scene_id"] is None:
        return _entity_data(jobs, newest)
    if newest["update_type"] == DESTROYED:
        return {**newest["data"]}
    sent = [_fields(job) if job["update_type"] != DESTROYED else frozenset[str]() for job in jobs]
    united = sorted(frozenset().union(*sent)) if all(sent) else []
    rest = {name: value for name, value in newest["data"].items() if name not in _OF_SAVES}
    data = {**rest, "fields": united, **told(map(saved_by, jobs), united)}
    if not all(RUN in job["data"] for job in jobs):
        data.pop(RUN, None)
    return data


def _entity_data(jobs: Sequence[SyncJob], newest: SyncJob) -> dict[str, Any]:
    """What the newest says, over it the events and ids of all, where there are any: a control job has neither."""
    told = [str(job["data"]["event"]) for job in jobs if "event" in job["data"]]
    farthest = max(told, key=lambda event: _EVENTS.index(event) if event in _EVENTS else -1, default=None)
    ids = list(dict.fromkeys(entity_id for job in (newest, *jobs) for entity_id in _ids(job)))
    return {**newest["data"], **({"event": farthest} if told else {}), **({"ids": ids} if ids else {})}


def _fields(job: SyncJob) -> frozenset[str]:
    """The fields that `job` names; empty where it does not know."""
    fields = job["data"].get("fields")
    return frozenset(field for field in fields if isinstance(field, str)) if isinstance(fields, list) else frozenset()


def _ids(job: SyncJob) -> list[int]:
    ids = job["data"].get("ids")
    return [entity_id for entity_id in ids if isinstance(entity_id, int)] if isinstance(ids, list) else []
