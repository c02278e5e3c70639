"""`ui_jobs`: lists of jobs, by the reason for which they are there, with where their files are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sync_queue import questions
from sync_queue.models import scene_key
from tasks import reasons
from tasks.context import TaskContext, choice, ids, text, whole_number
from tasks.page.job_folders import OF_FILES, folder_in, groups
from tasks.page.job_shapes import Job, JobFolder, JobsAnswer
from tasks.page.job_sources import DEAD, HELD, IN_PROGRESS, RETRYING, WAITING, JobSource, ids_inside, source_of

PRESSING: Final = "pressing"
"""In place of a list or a reason: the one that needs a person most."""

_MOST_PAGES: Final = 100_000
_MOST_GROUPED: Final = 20_000
"""Beyond, every sentence of the reason would have to be read at each beat: a second and more of 100,000."""


@dataclass(frozen=True, slots=True)
class _Narrowing:
    """Which jobs of a list are looked at: all of `reason`, those in `folder`, or those that a search has found."""

    source: JobSource
    reason: str
    folder: str = ""
    found: Sequence[Job] | None = None

    def cut(self, page: int, per_page: int) -> tuple[int, int, list[Job]]:
        """Return how many jobs there are, the page, and its jobs; the last page where there are not as many."""
        inside = ids_inside(self.source, self.reason, self.folder) if self.folder else None
        known = self.found if inside is None else inside
        total = self.source.total(self.reason) if known is None else len(known)
        page = min(page, max(0, total - 1) // per_page)  # a list that has become shorter must not look empty
        start, end = page * per_page, (page + 1) * per_page
        if inside is not None:
            return total, page, self.source.of_ids(inside[start:end])
        if self.found is not None:
            return total, page, list(self.found[start:end])
        return total, page, self.source.page(self.reason, start, per_page)

    def folders(self) -> list[JobFolder]:
        """Return where the files of the reason are."""
        if self.found is not None or self.reason not in OF_FILES or self.source.total(self.reason) > _MOST_GROUPED:
            return []
        return groups(folder_in(sentence) for _, sentence in self.source.sentences(self.reason))


def ui_jobs(args: Mapping[str, Any], context: TaskContext) -> JobsAnswer:
    """Return one page of a list. Raise TaskError where there is no such list.

    `list` is WAITING, RETRYING, HELD, IN_PROGRESS, DEAD, or PRESSING; `reason` narrows it to one kind (PRESSING: the
    first of its reasons), and `folder` that to files in one folder; `search` is a scene's id or words of the reason;
    `scene_ids` are scenes whose titles were searched for; `page` counts from 0, and beyond the end the last one is
    answered.
    """
    until = context.clock()
    chosen = choice(args, "list", (WAITING, RETRYING, HELD, IN_PROGRESS, DEAD, PRESSING))
    chosen = _most_pressing(context) if chosen == PRESSING else chosen
    page = whole_number(args, "page", 0, most=_MOST_PAGES)
    per_page = whole_number(args, "per_page", 25, least=1, most=100)
    source = source_of(chosen, context)
    listed = source.reasons()
    narrowing = _narrowing(args, source, first=listed[0]["kind"] if listed else "")
    total, page, jobs = narrowing.cut(page, per_page)
    return {
        "chosen": chosen,
        "reason": narrowing.reason,
        "reasons": listed,
        "folders": narrowing.folders(),
        "jobs": jobs,
        "total": total,
        "page": page,
        "per_page": per_page,
        "until": until,
    }


def _narrowing(args: Mapping[str, Any], source: JobSource, *, first: str) -> _Narrowing:
    reason, folder, search, keys = (
        text(args, "reason"),
        text(args, "folder"),
        text(args, "search"),
        _searched_keys(args),
    )
    if search or keys:
        reason = "" if reason == PRESSING else reason
        return _Narrowing(
            source, reason, found=[job for job in source.search(search, keys) if reason in {"", job["kind"]}]
        )
    reason = first if reason == PRESSING else reason
    return _Narrowing(source, reason, folder if reason in OF_FILES else "")


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


def _searched_keys(args: Mapping[str, Any]) -> list[str]:
    """Return the job keys of the scenes that are searched for, by id or by title."""
    search = text(args, "search")
    typed = [int(search)] if search.isascii() and search.isdigit() else []
    return list(map(scene_key, dict.fromkeys((*ids(args, "scene_ids"), *typed))))
