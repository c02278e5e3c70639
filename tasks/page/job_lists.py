"""`ui_jobs`, `ui_retry`, `ui_discard`, `ui_sync`: lists of jobs, and what a person does about them; never in Plex."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from logs.words import counted
from sync_queue import questions
from sync_queue.models import run_name, scene_key, task_job
from sync_queue.pending import Selection, drop, enqueue_many, make_due
from sync_queue.questions import ListedJob
from tasks import reasons
from tasks.context import TaskContext, TaskError, choice, ids, switch, text, whole_number
from tasks.page.shapes import ActionDone, Job, JobsAnswer
from tasks.queue import retry_letters

WAITING: Final = "waiting"
RETRYING: Final = "retrying"
HELD: Final = "held"
IN_PROGRESS: Final = "in_progress"
DEAD: Final = "dead"

PRESSING: Final = "pressing"
"""In place of a list: the one that needs a person most."""

_AWAIT_A_WORD: Final = frozenset({reasons.HELD, "OfOtherStashError"})
"""Error types of jobs that no try helps before a person has answered."""

_UNREADABLE: Final = "UnreadableJob"
_MOST_PAGES: Final = 100_000
_MOST_SEARCHED: Final = 1000

_Cut = Callable[[int, int], list[Job]]
"""The jobs of a list from an offset on, up to a limit."""


def ui_jobs(args: Mapping[str, Any], context: TaskContext) -> JobsAnswer:
    """Return one page of a list. Raise TaskError where there is no such list.

    `list` is WAITING, RETRYING, HELD, IN_PROGRESS, DEAD, or PRESSING for whichever needs a person most; `reason`
    narrows RETRYING and DEAD to one error type; `search` is a scene's id or words of the reason; `scene_ids` are scenes
    whose titles were searched for; `page` counts from 0, and beyond the end the last one is answered.
    """
    chosen = choice(args, "list", (WAITING, RETRYING, HELD, IN_PROGRESS, DEAD, PRESSING))
    chosen = _most_pressing(context) if chosen == PRESSING else chosen
    page = whole_number(args, "page", 0, most=_MOST_PAGES)
    per_page = whole_number(args, "per_page", 25, least=1, most=100)
    total, cut, counts = _dead(args, context) if chosen == DEAD else _queued(chosen, args, context)
    page = min(page, max(0, total - 1) // per_page)  # a list that has become shorter must not look empty
    jobs = cut(page * per_page, per_page)
    return {
        "chosen": chosen,
        "jobs": jobs,
        "total": total,
        "page": page,
        "per_page": per_page,
        "reasons": reasons.listed(counts),
    }


def ui_retry(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Try jobs again at once: of DEAD those of `ids`, of another list those of `scene_ids`, of one `reason`, or `all`.

    A dead letter goes back into the queue with its history. Raise TaskError where nothing was chosen.
    """
    chosen = _list(args)
    if chosen == DEAD:
        letter_ids, reason = _choice(args, "ids")
        with context.letters() as letters:
            count = retry_letters(letters, context, letter_ids, reason)
    else:
        queue_dir, now = context.queue_dir, context.clock()
        count = sum(make_due(queue_dir, now, each) for each in _selected(chosen, args, queue_dir))
    if count:
        context.wake()
    done = f"{counted(count, 'job')} will be tried again now." if count else "There was nothing to try again."
    return {"count": count, "text": done}


def ui_discard(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Drop jobs of one list, chosen as for ui_retry. What is in Plex stays as it is; the next save queues it anew.

    A scene that failed may have been saved since, and that save stands in another list: it stays.
    """
    chosen, queue_dir = _list(args), context.queue_dir
    if chosen == DEAD:
        count = _discard_letters(*_choice(args, "ids"), context)
    else:
        count = sum(drop(queue_dir, each) for each in _selected(chosen, args, queue_dir))
    return {"count": count, "text": f"{counted(count, 'job')} discarded." if count else "There was nothing to discard."}


def ui_sync(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Queue the scenes of `scene_ids` that do not wait already, have them due, and wake the worker. Raise TaskError."""
    chosen, queue_dir, now = ids(args, "scene_ids"), context.queue_dir, context.clock()
    if not chosen:
        raise TaskError("scene_ids must name at least one scene; nothing was queued")
    enqueue_many(queue_dir, [task_job(each, run_name("page", now), now=now) for each in chosen], now=now)
    make_due(queue_dir, now, Selection.of_scenes(chosen))
    context.wake()
    return {"count": len(chosen), "text": f"{counted(len(chosen), 'scene')} will be synced now."}


def row_as_job(row: ListedJob) -> Job:
    """Return a row of the queue as the page shows it."""
    words = reasons.failure(row.error_type) if row.error_type else reasons.Words("")
    return {
        "id": row.pqid,
        "state": "in_progress" if row.is_claimed else "waiting",
        "scene_id": row.job["scene_id"] if row.job else None,
        "what": _named(row.job["job_key"]) if row.job else "An entry that cannot be read",
        "kind": row.error_type or "",
        "title": words.title,
        "detail": row.reason or "",
        "advice": words.advice,
        "attempts": row.attempts,
        "at": row.job["enqueued_at"] if row.job else row.enqueued_at,
        "next_try_at": row.due_at,
        "can_retry": not row.is_claimed and row.job is not None and row.error_type not in _AWAIT_A_WORD,
    }


def letter_as_job(letter: Mapping[str, Any]) -> Job:
    """Return a dead letter as the page shows it; `letter` as DeadLetterQueue.page has it."""
    words = reasons.failure(letter["error_type"])
    return {
        "id": letter["id"],
        "state": "dead",
        "scene_id": letter["scene_id"],
        "what": _named(letter["job_key"] or ""),
        "kind": letter["error_type"],
        "title": words.title,
        "detail": letter["error_message"],
        "advice": words.advice,
        "attempts": letter["retry_count"],
        "at": letter["failed_at"],
        "next_try_at": None,
        "can_retry": bool(letter["job_key"]) and letter["error_type"] != _UNREADABLE,
    }


def _most_pressing(context: TaskContext) -> str:
    """Return the list that people come for: what was given up or waits for an answer is what the badge counts."""
    failed = questions.error_counts(context.queue_dir)
    with context.letters() as letters:
        if letters.get_count():
            return DEAD
    if failed.pop(reasons.HELD, 0):
        return HELD
    is_all_tried = sum(failed.values()) >= questions.overview(context.queue_dir, 0.0).pending > 0
    return RETRYING if is_all_tried else WAITING


def _dead(args: Mapping[str, Any], context: TaskContext) -> tuple[int, _Cut, Mapping[str, int]]:
    reason, search, keys = text(args, "reason") or None, text(args, "search"), _searched_keys(args)

    def cut(offset: int, limit: int) -> list[Job]:
        with context.letters() as letters:
            rows = letters.page(offset, limit, error_type=reason, search=search or None)
            return list(map(letter_as_job, rows))

    with context.letters() as letters:
        counts = letters.get_error_summary()
        if not keys:
            return letters.get_count(error_type=reason, search=search or None), cut, counts
        found = letters.of_keys(keys) + (letters.page(0, 100, search=search) if not search.isdigit() else [])
        unique = {row["id"]: letter_as_job(row) for row in found if reason in {None, row["error_type"]}}
        return len(unique), lambda offset, limit: [*unique.values()][offset : offset + limit], counts


def _queued(chosen: str, args: Mapping[str, Any], context: TaskContext) -> tuple[int, _Cut, Mapping[str, int]]:
    where, search, reason, keys = context.queue_dir, text(args, "search"), text(args, "reason"), _searched_keys(args)
    counts = questions.error_counts(where)
    held = counts.pop(reasons.HELD, 0)
    if search or keys:
        found = [row for row in _searched(where, search, keys) if _list_of(row) == chosen]
        rows = [row for row in found if reason in {"", row.error_type}]
        return len(rows), lambda offset, limit: list(map(row_as_job, rows[offset : offset + limit])), counts
    queue = questions.overview(where, 0.0)
    total = {
        WAITING: max(0, queue.pending - sum(counts.values()) - held),
        RETRYING: counts.get(reason, 0) if reason else sum(counts.values()),
        HELD: held,
        IN_PROGRESS: queue.in_progress,
    }[chosen]

    def cut(offset: int, limit: int) -> list[Job]:
        if chosen in {WAITING, IN_PROGRESS}:
            of_list = questions.waiting if chosen == WAITING else questions.in_progress
            return list(map(row_as_job, of_list(where, offset=offset, limit=limit)))
        kind = reasons.HELD if chosen == HELD else reason or None
        rows = questions.tried(where, error_type=kind, but=reasons.HELD, offset=offset, limit=limit)
        return list(map(row_as_job, rows))

    return total, cut, counts


def _searched(where: str, search: str, keys: list[str]) -> list[ListedJob]:
    found = questions.of_keys(where, keys) if keys else []
    if search and not search.isdigit():
        tried = questions.tried(where, limit=_MOST_SEARCHED)
        found += [row for row in tried if search.casefold() in (row.reason or "").casefold()]
    return list({row.pqid: row for row in found}.values())


def _searched_keys(args: Mapping[str, Any]) -> list[str]:
    """Return the job keys of the scenes that are searched for, by id or by title."""
    search = text(args, "search")
    typed = [int(search)] if search.isascii() and search.isdigit() else []
    return list(map(scene_key, dict.fromkeys((*ids(args, "scene_ids"), *typed))))


def _list_of(row: ListedJob) -> str:
    """Return the list in which a row of the queue stands."""
    if row.is_claimed:
        return IN_PROGRESS
    if not row.error_type:
        return WAITING
    return HELD if row.error_type == reasons.HELD else RETRYING


def _discard_letters(letter_ids: list[int] | None, reason: str | None, context: TaskContext) -> int:
    with context.letters() as letters:
        if letter_ids is not None:
            return letters.delete(letter_ids)
        return letters.delete_all() if reason is None else letters.delete_of(reason)


def _selected(chosen: str, args: Mapping[str, Any], queue_dir: str) -> list[Selection]:
    """Return the jobs of a list in the queue that the arguments choose."""
    scene_ids, reason = _choice(args, "scene_ids")
    if scene_ids is not None:
        return [Selection.of_scenes(scene_ids, has_failed=chosen != WAITING)]
    if reason is None and chosen == WAITING:
        return [Selection(has_failed=False)]
    of_list = [reasons.HELD] if chosen == HELD else questions.error_counts(queue_dir).keys() - {reasons.HELD}
    return [Selection(error_type=kind) for kind in ([reason] if reason else of_list)]


def _list(args: Mapping[str, Any]) -> str:
    chosen = text(args, "list")
    if chosen not in {DEAD, RETRYING, HELD, WAITING}:
        raise TaskError(f"list must be {DEAD}, {RETRYING}, {HELD} or {WAITING}, not {chosen!r}; nothing was changed")
    return chosen


def _choice(args: Mapping[str, Any], name: str) -> tuple[list[int] | None, str | None]:
    """Return ids or a reason; both None where all is asked for by name: an empty choice must not mean everything."""
    chosen, reason = ids(args, name), text(args, "reason")
    if chosen:
        return chosen, None
    if reason:
        return None, reason
    if switch(args, "all"):
        return None, None
    raise TaskError(f"choose by {name}, by reason, or say all; nothing was changed")


def _named(job_key: str) -> str:
    """Return what people call a key: "performer_4" is "Performer 4"; "" for a scene, whose title the page knows."""
    kind, _, number = job_key.rpartition("_")
    return "" if kind == "scene" else f"{kind} {number}".strip().replace("_", " ").capitalize()
