"""A job as a value: the JSON document in one row of the queue."""

import json
import time
from collections.abc import Iterable
from typing import Any, Final, NotRequired, TypedDict

METADATA: Final = "metadata"
RUN: Final = "run"
"""In the data of a job that a task queued: which call of which task, as "all 1764412345.123456". A save has none."""

DESTROYED: Final = "destroyed"

HISTORY_LENGTH: Final = 10
"""Earlier failures that a job carries along: the first and the newest ones."""

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "scene_id": (int, type(None)),
    "job_key": (str,),
    "update_type": (str,),
    "data": (dict,),
    "enqueued_at": (int, float),
}
_MOST_NESTED: Final = 20
_LATEST: Final = 1e15
_LONGEST_ID: Final = 19
_SQLITE_INTEGERS: Final = range(-(2**63), 2**63)
"""Source: https://www.sqlite.org/datatype3.html, section 2."""


class Failure(TypedDict):
    """One earlier time that a job ended as a dead letter.

    Attributes:
        letter: id of that dead letter; a later dead letter of the job replaces it.
        failed_at: epoch seconds.
        times: how many failures this one stands for, where that is more than one.
    """

    letter: int
    failed_at: float
    error_type: str
    error_message: str
    retry_count: int
    times: NotRequired[int]


class SyncJob(TypedDict):
    """What is to be done, never with which values: the worker reads those from Stash when it does it.

    Attributes:
        scene_id: the scene, or None where the job belongs to a performer, studio, tag or group.
        update_type: METADATA, DESTROYED, a kind of what belongs to scenes (see hooks.handlers), or what a task asks of
            the worker.
        data: `{"fields": ["title", …]}` for METADATA (an empty list: anything may have changed; with RUN where a task
            asked); `{"event": "update"|"destroy"|"merge", "ids": [4]}` for the others.
        enqueued_at: epoch seconds.
        job_key: "scene_<id>", "performer_<id>", …: jobs with one key are coalesced.
        pqid: persist-queue's row id, once the job came out of the queue; the lowest where several rows were merged.
        history: earlier failures, oldest first; there once a dead letter was retried.
    """

    scene_id: int | None
    update_type: str
    data: dict[str, Any]
    enqueued_at: float
    job_key: str
    pqid: NotRequired[int]
    history: NotRequired[list[Failure]]


def scene_key(scene_id: int) -> str:
    """The job key of a scene: "scene_12"."""
    return f"scene_{scene_id}"


def scene_of(job_key: str) -> int | None:
    """Return the scene of a job key; None for a key of anything else."""
    kind, _, number = job_key.partition("_")
    is_id = kind == "scene" and number.isascii() and number.isdigit() and len(number) < _LONGEST_ID
    return int(number) if is_id else None


def create_sync_job(scene_id: int, update_type: str, data: dict[str, Any], *, now: float | None = None) -> SyncJob:
    """The job of one scene, enqueued at `now` (epoch seconds; the clock's time without it)."""
    return {
        "scene_id": scene_id,
        "update_type": update_type,
        "data": data,
        "enqueued_at": time.time() if now is None else now,
        "job_key": scene_key(scene_id),
    }


def run_name(task: str, began_at: float) -> str:
    """Return the name of one call of a task: "all 1764412345.123456". Two calls within one second are two runs."""
    return f"{task} {began_at:.6f}"


def task_job(scene_id: int, run: str, *, now: float) -> SyncJob:
    """Return the job of one scene in which anything may have changed, asked for by the call `run` of a task."""
    return create_sync_job(scene_id, METADATA, {"fields": [], RUN: run}, now=now)


class NotAJobError(ValueError):
    """The bytes of a row are no job; the message says what is wrong with them."""


def parse_job(raw: object) -> SyncJob:
    """The job in a row's `data` column.

    What an older producer left out (`data`, `enqueued_at`, `job_key` of a scene) is filled in.

    Raises:
        NotAJobError: no JSON (a pickle, for one), or not of a job's shape.
    """
    if not isinstance(raw, bytes | str):
        raise NotAJobError(f"expected JSON bytes, found {type(raw).__name__}")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotAJobError("not JSON") from error
    if not isinstance(found, dict):
        raise NotAJobError(f"expected a JSON object, found {type(found).__name__}")
    return shape_job(found)


def shape_job(found: dict[str, Any]) -> SyncJob:
    """`found` as a job, its known keys only.

    Raises:
        NotAJobError: one has the wrong type, or cannot stand in SQLite: such a row would stop all behind it.
    """
    scene_id = found.get("scene_id")
    job: SyncJob = {
        "scene_id": scene_id,
        "update_type": found.get("update_type", METADATA),
        "data": found.get("data") or {},
        "enqueued_at": found.get("enqueued_at", 0.0),
        "job_key": found.get("job_key") or ("" if scene_id is None else scene_key(scene_id)),
    }
    for name, kinds in _KINDS.items():
        value: object = job[name]  # type: ignore[literal-required] # the names of a job
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise NotAJobError(f"{name} is {type(value).__name__}")
    if not job["job_key"]:
        raise NotAJobError("job_key is missing")
    ids = job["data"].get("ids")
    _check_storable(scene_id, job["job_key"], job["update_type"], *(ids if isinstance(ids, list) else ()))
    if not _is_flat(job["data"]):
        raise NotAJobError("data is nested too deeply")
    if not -_LATEST < job["enqueued_at"] < _LATEST:
        raise NotAJobError("enqueued_at is no time")
    if "history" in found:
        history = _history(found["history"])
        if history:
            job["history"] = history
    return job


def shorten(history: Iterable[Failure]) -> list[Failure]:
    """Return each failure once, oldest first; above HISTORY_LENGTH the first stands for those that are left out too."""
    known: dict[tuple[float, int], Failure] = {}
    for failure in sorted(history, key=lambda failure: -failure.get("times", 1)):
        # Where it stands twice, the one that counts fewer comes last: the other has those in between.
        known[failure["failed_at"], failure["letter"]] = failure
    ordered = [known[place] for place in sorted(known)]
    left_out, newest = ordered[: 1 - HISTORY_LENGTH], ordered[1 - HISTORY_LENGTH :]
    if len(left_out) < 2:  # noqa: PLR2004 - the first alone
        return ordered
    return [{**left_out[0], "times": sum(failure.get("times", 1) for failure in left_out)}, *newest]


def history_of(text: object) -> list[Failure]:
    """Return the failures that a letter keeps as JSON; none where that is damaged, which must not cost the letter."""
    try:
        return _history(json.loads(text)) if isinstance(text, (str, bytes)) else []
    except (ValueError, RecursionError):
        return []


def _history(found: object) -> list[Failure]:
    if not isinstance(found, list):
        return []
    return shorten(
        _failure(failure) for failure in found if isinstance(failure, dict) and _is_number(failure.get("failed_at"))
    )


def _failure(found: dict[str, Any]) -> Failure:
    failure: Failure = {
        "letter": _int_or_0(found.get("letter")),
        "failed_at": found["failed_at"],
        "error_type": _text_or_empty(found.get("error_type")),
        "error_message": _text_or_empty(found.get("error_message")),
        "retry_count": _int_or_0(found.get("retry_count")),
    }
    if _int_or_0(found.get("times")) > 1:
        failure["times"] = found["times"]
    return failure


def _check_storable(*values: object) -> None:
    for value in values:
        if isinstance(value, int) and value not in _SQLITE_INTEGERS:
            raise NotAJobError("an id is larger than any of SQLite's")
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise NotAJobError("a name or key is no text in UTF-8") from error


def _is_flat(value: object) -> bool:
    """Whether lists and objects in `value` lie no deeper than _MOST_NESTED, so that it can be written anywhere."""
    nested = [value]
    for _ in range(_MOST_NESTED):
        nested = [
            inner
            for outer in nested
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined] # a list
            if isinstance(inner, dict | list)
        ]
        if not nested:
            return True
    return False


def _int_or_0(value: object) -> int:
    return value if isinstance(value, int) and value in _SQLITE_INTEGERS else 0


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LATEST < value < _LATEST
