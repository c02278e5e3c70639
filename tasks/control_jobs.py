"""Tasks that the worker does, because only it may write to Plex, the index and the records: they are asked over the queue and followed."""

from collections.abc import Mapping
from typing import Any, Final

from logs import stash as log
from records import Choice
from sync_queue.models import SyncJob
from tasks.context import TaskContext, TaskError, ids, moment_of, text
from tasks.follow import End, Follower, Look
from tasks.keeping import Keeper
from tasks.output import Output
from tasks.runs import last_change_of, run_to_undo
from tasks.status import pause_text
from worker.control.answer import answer_job
from worker.control.jobs import BEGIN_AFRESH, INDEX, RESTORE, control_job, put, undo_job
from worker.facts import progress_fact

NOTES_FILE: Final = "restore.txt"


def rebuild_index(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have the worker read the paths of everything in Plex anew; `{"text", "items"}`. It is also how a move to another Plex server is confirmed."""
    return _asked(context, control_job(INDEX, {}, now=context.clock()))


def begin_afresh(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have the worker take every scene for one that was never synced; `{"text"}`. It is also how another Stash is confirmed."""
    return _asked(context, control_job(BEGIN_AFRESH, {}, now=context.clock()))


def restore(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have the worker give back what Plex showed before the first sync, for all items or those of `scene_id`.

    The answer has counts (`restored`, `gone`, `refused`, `other` items under the same keys, `lost` fields) and `notes`: a line for each thing that could not be put back.
    """
    scene_ids = ids(args, "scene_id")
    if scene_ids is not None and len(scene_ids) > 1:
        raise TaskError(f"scene_id must be one id, not {len(scene_ids)}; nothing was changed")
    data, key = ({"scene_id": scene_ids[0]}, f"{RESTORE}_{scene_ids[0]}") if scene_ids else ({}, RESTORE)
    return _asked(context, control_job(RESTORE, data, now=context.clock(), job_key=key))


def empty_held(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have the worker empty in Plex what it holds; `{"text", "fields"}`."""
    return _asked(context, answer_job("empty", context.clock(), now=context.clock()))


def keep_held(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have what is held stay as Plex has it until Stash has a value again; `{"text", "fields"}`."""
    return _asked(context, answer_job("keep", context.clock(), now=context.clock()))


def undo(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have the worker put back what Plex showed before the last run of syncs, before the `run` of that name, the last sync of `scene_id`, or all that came `since`.

    The answer has counts (`restored`, `stays`, `gone`, `refused`, `other`, `lost` fields) and `notes`: a line for each thing that was left as it is.
    """
    return _asked(context, undo_job(_choice(args, context), now=context.clock()))


def _choice(args: Mapping[str, Any], context: TaskContext) -> Choice:
    scene_ids, run, since = ids(args, "scene_id"), text(args, "run"), moment_of(args, "since")
    if sum(map(bool, (scene_ids, run, since))) > 1:
        raise TaskError("name one of scene_id, run and since; nothing was changed")
    if since:
        return Choice(since=since)
    with context.records() as records:
        if scene_ids:
            return last_change_of(records, scene_ids[0])
        return run_to_undo(records, run)


def _asked(context: TaskContext, job: SyncJob) -> dict[str, Any]:
    """Queue the control job, and follow it to its end; its answer. Its notes are said, then its summary.

    Raises:
        TaskError: it failed; the message is the worker's.
    """
    with Keeper(context) as keeper:
        put(context.queue_dir, job)  # behind the Keeper, with whom the worker reads the settings anew
        asked = Asked(context, job)
        end = Follower(context, keeper).drain(asked.is_done)
    known = asked.told()
    if known.get("state") == "failed":
        raise TaskError(known["text"])
    if known.get("state") == "done":
        return _told({name: value for name, value in known.items() if name not in {"asked_at", "state"}}, context)
    return _unfinished(end, context)


def _told(answer: dict[str, Any], context: TaskContext) -> dict[str, Any]:
    """Say the notes of an answer, then its text."""
    with Output(context, NOTES_FILE) as output:
        for note in answer.get("notes", []):
            output.say(note, is_warning=True)
        return {**answer, "text": output.end(answer["text"])}


def _unfinished(end: End, context: TaskContext) -> dict[str, Any]:
    if end.pause is not None:
        words = (
            f"Not done yet. {pause_text(end.pause, context.clock())}. The request waits in the queue and is done then"
        )
    else:
        words = "Not done: it failed or waits for another try; View Queue Status and the worker's log say why"
    log.warning(words)
    return {"text": words, "paused": end.pause is not None}


class Asked:
    """One control job on its way."""

    def __init__(self, context: TaskContext, job: SyncJob) -> None:
        self._context = context
        self._name = progress_fact(job["job_key"])
        self._asked_at = job["data"]["asked_at"]

    def told(self) -> dict[str, Any]:
        """What the worker says of it, or of a newer request of the same; {} before its beginning."""
        with self._context.records() as records:
            known: dict[str, Any] = records.facts.get(self._name) or {}
        return known if known.get("asked_at", 0.0) >= self._asked_at else {}

    def is_done(self, look: Look) -> bool:
        """Whether it has ended, or nothing is due any more and so it never will by itself. Moves the bar."""
        known = self.told()
        if known.get("total"):
            log.progress(known["done"] / known["total"])
        return known.get("state") in {"done", "failed"} or look.is_drained
