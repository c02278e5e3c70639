"""When one job stands for another, what several jobs of one key are together, and what saves named. Pure.

A job says that something changed, and the worker reads what is true when it does it; so of several jobs one is enough,
if it says all of it.

`fields` of a job says what may have changed, whoever found out; a save is a person's word. A hook's row is a save of
one scene, with `"many": true` one of an edit of many. Jobs that tell nothing of saves have no fields or `"named": []`;
what several saves come to is told by `"own"` (saves of the scene alone) and `"named"` (all of them).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync_queue.models import DESTROYED, METADATA, RUN, SyncJob, create_sync_job, shorten

NO_SAVE: Final[dict[str, list[str]]] = {"named": []}
"""Goes into the data of a job that has fields and is no save."""

_EVENTS: Final = ("describe", "update", "merge", "destroy")
"""A later one reaches every scene, and every collection, that an earlier one does."""

_OF_SAVES: Final = frozenset({"many", "own", "named"})
"""What is said anew of the whole."""


@dataclass(frozen=True, slots=True)
class SavedFields:
    """Input fields that were named: by saves of the scene alone (`own`), and by any save (`all`)."""

    own: frozenset[str] = frozenset()
    all: frozenset[str] = frozenset()


def job_without_save(scene_id: int, fields: Sequence[str], *, now: float) -> SyncJob:
    """Return a job of a scene of which `fields` may have changed, although nobody has saved it."""
    return create_sync_job(scene_id, METADATA, {"fields": [*fields], **NO_SAVE}, now=now)


def saved_by(job: SyncJob) -> SavedFields:
    """What the saves behind `job` named."""
    data = job["data"]
    if job["update_type"] != METADATA:
        return SavedFields()
    named = _names(data.get("named", data.get("fields")))
    return SavedFields(_names(data.get("own", [] if data.get("many") else named)), named)


def covers(waiting: SyncJob, new: SyncJob) -> bool:
    """Whether `new` can be left out because `waiting` (same job_key) will do all of it."""
    if waiting["update_type"] != new["update_type"] or waiting["data"].get("stash") != new["data"].get("stash"):
        return False
    if new["scene_id"] is None:
        return merge([waiting, new])["data"] == waiting["data"]
    known, wanted = _names(waiting["data"].get("fields")), _names(new["data"].get("fields"))
    return not known or (bool(wanted) and wanted <= known)


def merge(jobs: Sequence[SyncJob]) -> SyncJob:
    """One job in place of `jobs` (one job_key, oldest row first, at least one).

    The newest says what it is. A scene's fields are united, and unknown fields ([]) stay unknown, but what saves named
    stays known. A save among them is what they all are, whatever task queued the others. Ids of a performer, studio,
    tag or group are united, the remaining one first. Its `pqid` is the lowest: it stays the same when rows join the
    group, and dead letters are keyed by it.
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
    sent = [_names(job["data"].get("fields")) if job["update_type"] != DESTROYED else frozenset() for job in jobs]
    united = sorted(frozenset().union(*sent)) if all(sent) else []
    rest = {name: value for name, value in newest["data"].items() if name not in _OF_SAVES}
    data = {**rest, "fields": united, **_of_saves(jobs, united)}
    if not all(RUN in job["data"] for job in jobs):
        data.pop(RUN, None)
    return data


def _entity_data(jobs: Sequence[SyncJob], newest: SyncJob) -> dict[str, Any]:
    """What the newest says, over it the events and ids of all, where there are any: a control job has neither.

    And which fields alone were changed, where all of them say so.
    """
    events = [str(job["data"]["event"]) for job in jobs if "event" in job["data"]]
    farthest = max(events, key=lambda event: _EVENTS.index(event) if event in _EVENTS else -1, default=None)
    ids = list(dict.fromkeys(entity_id for job in (newest, *jobs) for entity_id in _ids(job)))
    only = [_names(job["data"].get("only")) for job in jobs]
    rest = {name: value for name, value in newest["data"].items() if name != "only"}
    parts = {"event": farthest, "ids": ids, "only": sorted(frozenset().union(*only)) if all(only) else []}
    return {**rest, **{name: value for name, value in parts.items() if value}}


def _of_saves(jobs: Iterable[SyncJob], fields: Iterable[str]) -> dict[str, Any]:
    """What the data of one job with these `fields` says of the saves behind `jobs`: nothing where the fields say it."""
    saves = [saved_by(job) for job in jobs]
    own = frozenset().union(*(saved.own for saved in saves))
    named = frozenset().union(*(saved.all for saved in saves))
    return {} if own == named == set(fields) else {"own": sorted(own), "named": sorted(named)}


def _names(value: object) -> frozenset[str]:
    """The field names in a list; empty where it does not know."""
    known = value if isinstance(value, list | frozenset) else ()
    return frozenset([name for name in known if isinstance(name, str)])


def _ids(job: SyncJob) -> list[int]:
    ids = job["data"].get("ids")
    return [entity_id for entity_id in ids if isinstance(entity_id, int)] if isinstance(ids, list) else []
