"""Control jobs: what tasks and the page ask of the worker, which alone may write to Plex, the index and the records."""

from collections.abc import Mapping
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from records import ChangedRun, Choice, Records
from sync_queue.models import SyncJob
from tasks.context import TaskContext, TaskError, choice, moment_of, scene_id, switch, text
from tasks.follow import DrainState, Follower
from tasks.output import Output, moment
from tasks.page.field_names import name_of
from tasks.page.last_syncs import run_title
from tasks.page.shapes import ActionDone
from tasks.status import pause_text
from worker.control.jobs import ANSWERS, answer_job, control_job, put, undo_job
from worker.control.kinds import BEGIN_AFRESH, INDEX, RESTORE
from worker.facts import progress_fact
from worker.sync.taking import ANSWERED, PIN, field_key

NOTES_FILE: Final = "restore.txt"
_RUNS_NAMED: Final = 5


def rebuild_index(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have the paths of everything in Plex read anew, which also confirms another server; `{"text", "items"}`."""
    return _followed(control_job(INDEX, {}, now=context.clock()), context)


def begin_afresh(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have every scene taken for one that was never synced; `{"text"}`. It also confirms another Stash."""
    return _followed(control_job(BEGIN_AFRESH, {}, now=context.clock()), context)


def empty_held(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have what is held emptied in Plex; `{"text", "fields"}`."""
    return _followed(answer_job("empty", context.clock(), now=context.clock()), context)


def keep_held(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have what is held stay as Plex has it until Stash has a value again; `{"text", "fields"}`."""
    return _followed(answer_job("keep", context.clock(), now=context.clock()), context)


def restore(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have Plex show what it showed before the first sync, in all items or in those of `scene_id`.

    Return counts (`restored`, `gone`, `refused`, `other`, `lost`) and `notes`, a line for each thing not put back.
    """
    return _followed(_restore_job(scene_id(args, 0), context), context)


def undo(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Have put back what Plex showed before the last run of syncs, or before what the arguments name.

    That is the `run` of that name, the last sync of `scene_id`, or all that came `since`. Return counts (`restored`,
    `stays`, `gone`, `refused`, `other`, `lost`) and `notes`, a line for each thing that was left as it is.
    """
    scene, run, since = scene_id(args, 0), text(args, "run"), moment_of(args, "since")
    if sum(map(bool, (scene, run, since))) > 1:
        raise TaskError("name one of scene_id, run and since; nothing was changed")
    with context.records() as records:
        chosen = _last_change(records, scene)[0] if scene else _run_or_since(records, run, since)
    return _followed(undo_job(chosen, now=context.clock()), context)


def ui_undo(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Put back what a `run` overwrote or all syncs `since` a moment, or undo what was done to `scene_id`.

    Of the scene that is the last change (`which` "last") or everything since before our first write ("all"). Raise
    TaskError where there is nothing to undo.
    """
    scene = scene_id(args, 0)
    if not scene:
        return _undo_many(args, context)
    which, now = choice(args, "which", ("all", "last")), context.clock()
    with context.records() as records:
        if which == "last":
            chosen, count = _last_change(records, scene)
            job, what = undo_job(chosen, now=now), "the last change"
        else:
            count = len(records.written.get(scene))
            job, what = _restore_job(scene, context), "the first sync"
    if not count:
        raise TaskError("nothing of this scene was written to Plex, so there is nothing to undo")
    return _asked(job, context, count, f"Plex gets back what it showed before {what}.")


def ui_keep(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Pin `field` of `scene_id` to what Plex has (`keep` true), or have Stash's value written. Raise TaskError."""
    scene, field, is_pinned = scene_id(args), text(args, "field"), switch(args, "keep")
    if field not in ANSWERED:
        raise TaskError(f"there is no field {field!r}; it is one of: {', '.join(ANSWERED)}")
    data = {"scene_id": scene, "field": field, "keep": is_pinned}
    job = control_job(PIN, data, now=context.clock(), job_key=field_key(scene, field))
    done = "Plex's stays." if is_pinned else "Stash's is sent to Plex now, and nothing else."
    return _asked(job, context, 1, f"{name_of(field)}: {done}")


def ui_emptying(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Answer what the page has shown as held (up to `until`) with `answer`, "empty" or "keep". Raise TaskError."""
    answer, until = text(args, "answer"), args.get("until")
    if answer not in ANSWERS:
        raise TaskError(f"answer must be one of {', '.join(ANSWERS)}, not {answer!r}; nothing was changed")
    if isinstance(until, bool) or not isinstance(until, int | float):
        raise TaskError(f"until must be the time that the question came with, not {until!r}; nothing was changed")
    with context.records() as records:
        count = records.emptyings.held().items
    done = "They are emptied in Plex now." if answer == "empty" else "They stay as Plex shows them."
    return _asked(answer_job(answer, float(until), now=context.clock()), context, count, done)


def control_state(context: TaskContext, job: SyncJob) -> dict[str, Any]:
    """Return what the worker says of this control job, or of a newer request of the same; {} before its beginning."""
    with context.records() as records:
        known: dict[str, Any] = records.facts.get(progress_fact(job["job_key"])) or {}
    return known if known.get("asked_at", 0.0) >= job["data"]["asked_at"] else {}


def _restore_job(scene: int, context: TaskContext) -> SyncJob:
    data, key = ({"scene_id": scene}, f"{RESTORE}_{scene}") if scene else ({}, RESTORE)
    return control_job(RESTORE, data, now=context.clock(), job_key=key)


def _undo_many(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    run, since = text(args, "run"), moment_of(args, "since")
    if bool(run) == bool(since):
        raise TaskError("name a scene_id, a run or a moment (since); nothing was changed")
    with context.records() as records:
        chosen = _run_or_since(records, run, since)
        count = records.changes.count(chosen, until=context.clock())
    if not count:
        raise TaskError("nothing of it is left to undo; nothing was changed")
    done = f"{counted(count, 'item')} in Plex will be put back now."
    return _asked(undo_job(chosen, now=context.clock()), context, count, done)


def _run_or_since(records: Records, run: str, since: float) -> Choice:
    """Return all changes `since` a moment, else this `run`, else the newest that is not all undone. Raise TaskError."""
    if since:
        return Choice(since=since)
    runs = records.changes.runs()
    if run and not any(known.run == run for known in runs):
        raise TaskError(f"no run {run!r} changed anything in Plex that is still kept; {_newest(runs)}")
    last = run or next((known.run for known in runs if known.undone < known.items), "")
    if not last:
        raise TaskError("there is no run of syncs that could be undone; nothing was changed")
    return Choice(run=last)


def _newest(runs: list[ChangedRun]) -> str:
    named = [f'"{each.run}" ({run_title(each.run)}, {moment(each.began_at)})' for each in runs[:_RUNS_NAMED]]
    return f"the newest are: {'; '.join(named)}" if named else "none is"


def _last_change(records: Records, scene: int) -> tuple[Choice, int]:
    """Return the scene's last sync that wrote and is not undone, and how many items it changed. Raise TaskError."""
    changes = records.changes.last_of_scene(scene)
    if not changes:
        raise TaskError(f"no sync of scene {scene} that could be undone is kept; nothing was changed")
    return Choice(since=changes[0].at, scene_id=scene), len(changes)


def _asked(job: SyncJob, context: TaskContext, count: int, done: str) -> ActionDone:
    """Queue the control job and leave it to the worker."""
    put(context.queue_dir, job)
    context.wake()
    return {"count": count, "text": done}


def _followed(job: SyncJob, context: TaskContext) -> dict[str, Any]:
    """Queue the control job, follow it to its end, and return its answer. Raise TaskError where it failed."""

    def is_done(drain: DrainState) -> bool:
        """Return whether it has ended, or nothing is due and so it never will by itself; move the bar."""
        known = control_state(context, job)
        if known.get("total"):
            log.progress(known["done"] / known["total"])
        return known.get("state") in {"done", "failed"} or drain.is_drained

    follower = Follower(context)
    put(context.queue_dir, job)  # behind the wake-up, with which the worker reads the settings anew
    follower.began()
    pause = follower.drain(is_done)
    known = control_state(context, job)
    if known.get("state") == "failed":
        raise TaskError(known["text"])
    if known.get("state") == "done":
        with Output(context, NOTES_FILE) as output:
            for note in known.get("notes", []):
                output.say(note, is_warning=True)
            answer = {name: value for name, value in known.items() if name not in {"asked_at", "state"}}
            return {**answer, "text": output.end(answer["text"])}
    words = "Not done: it failed or waits for another try; View Queue Status and the worker's log say why"
    if pause is not None:
        paused = pause_text(pause, context.clock())
        words = f"Not done yet. {paused}. The request waits in the queue and is done then"
    log.warning(words)
    return {"text": words, "paused": pause is not None}
