"""`ui_overview`: how things are, in one sentence and in numbers. From disk alone: also a page that asks every few seconds costs next to nothing."""

from collections.abc import Mapping
from typing import Any, Final

from records import Pause, Records
from sync_queue import listing
from sync_queue.lock import is_worker_alive
from sync_queue.owner import why_not_ours
from tasks.context import TaskContext, TaskError
from tasks.page import files, reasons
from tasks.page.sentences import State, sentence
from tasks.page.shapes import Badge, Counts, Held, Overview, Progress
from tasks.page.shapes import Pause as ShownPause
from tasks.page.wake import asks_for_news
from worker.facts import LEFT_OUT, is_comparison_due, unsynced
from worker.sync import refusing
from worker.sync.question import example, question
from worker.version import VERSION

_LAST_SYNC_AT: Final = "last_sync_at"  # the fact that worker.activity_log writes


def ui_overview(args: Mapping[str, Any], context: TaskContext) -> Overview:
    """How things are now.

    Args:
        args: `configured`, `paused` and `dry_run`, booleans, are what the page knows of the settings (absent: set up, and neither of the
            others); they stand in Stash, which is not asked here.
        context: of this call.

    Raises:
        TaskError: the data folder is another user's: nothing works before that is mended.
    """
    whose = why_not_ours(context.data_dir)
    if whose:
        raise TaskError(whose)
    now = context.clock()
    queue = listing.heads(context.queue_dir, now)
    retrying = listing.error_counts(context.queue_dir)
    with files.letters(context) as letters:
        dead = letters.get_error_summary() if letters else {}
    alive = is_worker_alive(context.data_dir)
    with context.records() as records:
        skipped = {code: count for code, count in records.skips.counts().items() if code.islower()}
        counts = _counts(queue, retrying, dead, skipped, records.written.about_scenes())
        pause = records.pauses.current()
        held = _held(records)
        state = State(
            counts=counts,
            due=queue.due,
            next_due_at=queue.next_due_at,
            pause=pause,
            worker_alive=alive,
            is_configured=args.get("configured") is not False,
            is_paused=args.get("paused") is True,
            is_dry_run=args.get("dry_run") is True,
            held=retrying.get("HeldError", 0),
            unsynced=None if is_comparison_due(records, now) else unsynced(records),
        )
        return {
            "version": VERSION,
            "now": now,
            "sentence": sentence(state),
            "counts": counts,
            "skipped": reasons.listed(skipped, of_skips=True),
            "refused": refusing.report(records),
            "sick": records.facts.get(LEFT_OUT, []),
            "last_sync_at": records.facts.get(_LAST_SYNC_AT),
            "pause": _shown(pause),
            "held": held,
            "can_wake": state.pending > 0 and (not alive or (pause is not None and reasons.needs_visit(pause.kind))),
            "news_due": not alive and asks_for_news(records),
            "progress": _progress(records, now) if alive else None,
            "settled": sum(records.runs.lifetime().values()),
            "badge": _badge(counts, pause, held, is_configured=state.is_configured),
        }


def _counts(
    queue: listing.Heads,
    retrying: Mapping[str, int],
    dead: Mapping[str, int],
    skipped: Mapping[str, int],
    in_plex: int,
) -> Counts:
    failed = min(sum(retrying.values()), queue.pending)
    return {
        "waiting": queue.pending - failed,
        "retrying": failed,
        "in_progress": queue.in_progress,
        "dead": sum(dead.values()),
        "in_plex": in_plex,
        "skipped": sum(skipped.values()),
    }


def _progress(records: Records, now: float) -> Progress | None:
    run = next((run for run in records.runs.last(1) if run.ended_at is None and run.total), None)
    if run is None:
        return None
    done = min(run.total, sum(run.counts.values()))
    per_s = done / max(0.001, now - run.started_at)
    return {
        "done": done,
        "total": run.total,
        "per_s": round(per_s, 2),
        "left_s": (run.total - done) / per_s if per_s > 0 else None,
    }


def _shown(pause: Pause | None) -> ShownPause | None:
    if pause is None:
        return None
    return {"kind": pause.kind, "started_at": pause.started_at}


def _held(records: Records) -> Held | None:
    held = records.emptyings.held()
    if not held.items:
        return None
    return {
        "items": held.items,
        "text": f"{question(held)}.",
        "examples": [{"scene_id": one.scene_id, "text": f"{example(one)}."} for one in held.examples],
        "since_at": held.since_at,
        "until": held.newest_at,
    }


def _badge(counts: Counts, pause: Pause | None, held: Held | None, *, is_configured: bool) -> Badge:
    """What needs a person: every dead letter, a question that only a person can answer, and a pause that only a person can end."""
    pending = counts["waiting"] + counts["retrying"] + counts["in_progress"]
    blocked = not is_configured or (pause is not None and reasons.needs_person(pause.kind) and pending > 0)
    parts = [f"{counts['dead']:,} could not be synced"] if counts["dead"] else []
    if held:
        parts.insert(0, f"{held['items']:,} items would be emptied: please answer")
    if blocked:
        parts.insert(0, reasons.pause(pause.kind if is_configured and pause else "settings").title)
    return {"count": counts["dead"] + blocked + bool(held), "text": "; ".join(parts)}
