"""`ui_jobs`: lists of jobs, page by page, each with its reason in plain words and what to do."""

from collections.abc import Mapping
from typing import Any, Final

from sync_queue import questions
from sync_queue.models import SyncJob
from sync_queue.questions import ListedJob
from tasks.context import TaskContext, TaskError, text, whole_number
from tasks.page import files, reasons
from tasks.page.arguments import scene_ids
from tasks.page.shapes import Job, Jobs

WAITING: Final = "waiting"
RETRYING: Final = "retrying"
IN_PROGRESS: Final = "in_progress"
DEAD: Final = "dead"
LISTS: Final = (WAITING, RETRYING, IN_PROGRESS, DEAD)

_AWAIT_A_WORD: Final = frozenset({"HeldError", "OfOtherStashError"})
"""Jobs that no try helps before a person has answered."""

_UNREADABLE: Final = "UnreadableJob"
_MOST_PAGES: Final = 100_000


def ui_jobs(args: Mapping[str, Any], context: TaskContext) -> Jobs:
    """One page of a list.

    Args:
        args: `list` is one of LISTS; `reason` narrows RETRYING and DEAD to one error type; `search` is a scene's id or words of the reason;
            `scene_ids` are scenes whose titles were searched for; `page` counts from 0, and beyond the end the last one is answered.
        context: of this call.

    Raises:
        TaskError: there is no such list.
    """
    chosen = text(args, "list") or WAITING
    if chosen not in LISTS:
        raise TaskError(f"there is no list {chosen!r}; it is one of: {', '.join(LISTS)}")
    page = whole_number(args, "page", 0, most=_MOST_PAGES)
    per_page = whole_number(args, "per_page", 25, least=1, most=100)
    if chosen == DEAD:
        return _dead(args, context, page, per_page)
    return _queued(chosen, args, context, page, per_page)


def _dead(args: Mapping[str, Any], context: TaskContext, page: int, per_page: int) -> Jobs:
    reason, search, keys = text(args, "reason") or None, text(args, "search"), _keys(args)
    with files.letters(context) as letters:
        if letters is None:
            return _jobs([], 0, page, per_page, {})
        counts = letters.get_error_summary()
        if keys:
            found = letters.of_keys(keys) + (letters.page(0, 100, search=search) if not search.isdigit() else [])
            unique = {row["id"]: row for row in found if reason in {None, row["error_type"]}}
            total = len(unique)
            page = _clamped(page, per_page, total)
            rows = [*unique.values()][page * per_page : (page + 1) * per_page]
        else:
            total = letters.get_count(error_type=reason, search=search or None)
            page = _clamped(page, per_page, total)
            rows = letters.page(page * per_page, per_page, error_type=reason, search=search or None)
    return _jobs([letter_as_job(row) for row in rows], total, page, per_page, counts)


def _keys(args: Mapping[str, Any]) -> list[str]:
    """The job keys of the scenes that are searched for, by id or by title."""
    search = text(args, "search")
    typed = [int(search)] if search.isascii() and search.isdigit() else []
    return [f"scene_{scene_id}" for scene_id in dict.fromkeys((*scene_ids(args), *typed))]


def _queued(chosen: str, args: Mapping[str, Any], context: TaskContext, page: int, per_page: int) -> Jobs:
    where = context.queue_dir
    counts = questions.error_counts(where)
    keys, search, reason = _keys(args), text(args, "search"), text(args, "reason")
    if search or keys:
        found = _searched(chosen, where, keys, search, reason)
        total = len(found)
        page = _clamped(page, per_page, total)
        rows = found[page * per_page : (page + 1) * per_page]
    else:
        total = _count(chosen, where, counts, reason)
        page = _clamped(page, per_page, total)
        rows = _listed(chosen, where, reason, page * per_page, per_page)
    return _jobs([row_as_job(row) for row in rows], total, page, per_page, counts)


def _clamped(page: int, per_page: int, total: int) -> int:
    """The last page where `page` is beyond the end: a list that has become shorter must not look empty."""
    return min(page, max(0, total - 1) // per_page)


def _count(chosen: str, where: str, counts: Mapping[str, int], reason: str) -> int:
    failed = sum(counts.values())
    if chosen == RETRYING or reason:
        return counts.get(reason, 0) if reason else failed
    queue = questions.overview(where, 0.0)
    return queue.in_progress if chosen == IN_PROGRESS else max(0, queue.pending - failed)


def _listed(chosen: str, where: str, reason: str, offset: int, limit: int) -> list[ListedJob]:
    if chosen == RETRYING or reason:
        return questions.tried(where, error_type=reason or None, offset=offset, limit=limit)
    of_list = questions.in_progress if chosen == IN_PROGRESS else questions.waiting
    return of_list(where, offset=offset, limit=limit)


def _searched(chosen: str, where: str, keys: list[str], search: str, reason: str) -> list[ListedJob]:
    found = questions.of_keys(where, keys) if keys else []
    if search and not search.isdigit():
        found += [
            row for row in questions.tried(where, limit=1000) if search.casefold() in (row.reason or "").casefold()
        ]
    unique = {row.pqid: row for row in found}.values()
    return [
        row
        for row in unique
        if row.is_claimed == (chosen == IN_PROGRESS)
        and (chosen == IN_PROGRESS or bool(row.error_type) == (chosen == RETRYING))
        and reason in {"", row.error_type}
    ]


def _jobs(jobs: list[Job], total: int, page: int, per_page: int, counts: Mapping[str, int]) -> Jobs:
    return {"jobs": jobs, "total": total, "page": page, "per_page": per_page, "reasons": reasons.listed(counts)}


def row_as_job(row: ListedJob) -> Job:
    """A row of the queue as the page shows it."""
    words = reasons.failure(row.error_type) if row.error_type else None
    return {
        "id": row.pqid,
        "state": "in_progress" if row.is_claimed else "waiting",
        "scene_id": row.job["scene_id"] if row.job else None,
        "what": _what(row.job),
        "kind": row.error_type or "",
        "title": words.title if words else "",
        "detail": row.reason or "",
        "advice": words.advice if words else "",
        "attempts": row.attempts,
        "at": row.job["enqueued_at"] if row.job else row.enqueued_at,
        "next_try_at": row.due_at,
        "can_retry": not row.is_claimed and row.job is not None and row.error_type not in _AWAIT_A_WORD,
    }


def letter_as_job(letter: Mapping[str, Any]) -> Job:
    """A dead letter as the page shows it; `letter` as DeadLetterQueue.page has it."""
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


def _what(job: SyncJob | None) -> str:
    return "An entry that cannot be read" if job is None else _named(job["job_key"])


def _named(job_key: str) -> str:
    """What people call a key: "performer_4" is "Performer 4", a scene is "" for a scene: the page knows its title."""
    kind, _, number = job_key.rpartition("_")
    return "" if kind == "scene" else f"{kind} {number}".strip().replace("_", " ").capitalize()
