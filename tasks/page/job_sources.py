"""The two places where jobs stand, seen as the page sees a list: the queue (by state), and the dead letters."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from sync_queue import questions
from sync_queue.questions import ListedJob
from tasks import reasons
from tasks.context import TaskContext, TaskError
from tasks.page.field_names import name_of
from tasks.page.job_folders import folder_in, is_inside
from tasks.page.job_shapes import About, Job
from tasks.page.shapes import Reason
from worker.sync.taking import field_of

WAITING: Final = "waiting"
RETRYING: Final = "retrying"
HELD: Final = "held"
IN_PROGRESS: Final = "in_progress"
DEAD: Final = "dead"

_AWAIT_A_WORD: Final = frozenset({reasons.HELD, "OfOtherStashError"})
"""Error types of jobs that no try helps before a person has answered."""

_UNREADABLE: Final = "UnreadableJob"
_MOST_SEARCHED: Final = 1000


class JobSource(Protocol):
    """One list. A `reason` is the kind of one of its reasons, "" for all of them."""

    def reasons(self) -> list[Reason]:
        """Return why its jobs are there, what needs a person first."""

    def total(self, reason: str) -> int:
        """Return how many jobs there are."""

    def page(self, reason: str, offset: int, limit: int) -> list[Job]:
        """Return some of them."""

    def search(self, words: str, keys: Sequence[str]) -> list[Job]:
        """Return those with `words` in the sentence that says why, and those of these job keys."""

    def sentences(self, reason: str) -> list[tuple[int, str]]:
        """Return each job's id with the sentence that says why, in the order of the pages."""

    def of_ids(self, ids: Sequence[int]) -> list[Job]:
        """Return the jobs of these ids."""


def source_of(chosen: str, context: TaskContext) -> JobSource:
    """Return the list of that name. Raise TaskError where there is none."""
    if chosen == DEAD:
        return Letters(context)
    if chosen in {WAITING, RETRYING, HELD, IN_PROGRESS}:
        return Queued(chosen, context)
    raise TaskError(f"list must be {DEAD}, {RETRYING}, {HELD} or {WAITING}, not {chosen!r}; nothing was changed")


def ids_inside(source: JobSource, reason: str, folder: str) -> list[int]:
    """Return the ids of the jobs of `reason` that are about a file in `folder`."""
    return [number for number, sentence in source.sentences(reason) if is_inside(folder_in(sentence), folder)]


class Letters:
    """The jobs that were given up."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def reasons(self) -> list[Reason]:
        """By error type."""
        with self._context.letters() as letters:
            return reasons.listed(letters.get_error_summary())

    def total(self, reason: str) -> int:
        """See JobSource."""
        with self._context.letters() as letters:
            return letters.get_count(error_type=reason or None)

    def page(self, reason: str, offset: int, limit: int) -> list[Job]:
        """The newest first."""
        with self._context.letters() as letters:
            return list(map(letter_as_job, letters.page(offset, limit, error_type=reason or None)))

    def search(self, words: str, keys: Sequence[str]) -> list[Job]:
        """See JobSource. A number is a scene's, whose key is among `keys`."""
        with self._context.letters() as letters:
            found = letters.of_keys(keys)
            if words and not words.isdigit():
                found += letters.page(0, _MOST_SEARCHED, search=words)
        return list({row["id"]: letter_as_job(row) for row in found}.values())

    def sentences(self, reason: str) -> list[tuple[int, str]]:
        """See JobSource."""
        with self._context.letters() as letters:
            return [(row["id"], row["error_message"]) for row in letters.page(0, -1, error_type=reason)]

    def of_ids(self, ids: Sequence[int]) -> list[Job]:
        """See JobSource."""
        with self._context.letters() as letters:
            return [letter_as_job(row) for row in map(letters.get_by_id, ids) if row is not None]


class Queued:
    """What stands in the queue in one state."""

    def __init__(self, chosen: str, context: TaskContext) -> None:
        self._list: Final = chosen
        self._context = context
        self._where: Final = context.queue_dir

    def reasons(self) -> list[Reason]:
        """By error type; of what was not tried, why nothing is sent."""
        if self._list == RETRYING:
            return reasons.listed(self._failed())
        total = self.total("")
        if self._list == HELD:
            return reasons.listed({reasons.HELD: total} if total else {})
        return [self._untried(total)] if total else []

    def _untried(self, total: int) -> Reason:
        if self._list == IN_PROGRESS:
            return reasons.shown("", reasons.Words("The worker is at it"), total)
        with self._context.records() as records:
            pause = records.pauses.current()
        if pause is None:
            return reasons.shown("", reasons.Words("Not sent yet", answers=("discard",)), total)
        words = reasons.pause(pause.kind)
        return {**reasons.shown(pause.kind, words, total), "answers": [*words.answers, "discard"]}

    def _failed(self) -> dict[str, int]:
        counts = questions.error_counts(self._where)
        counts.pop(reasons.HELD, None)
        return counts

    def total(self, reason: str) -> int:
        """See JobSource."""
        counts = questions.error_counts(self._where)
        held, failed = counts.pop(reasons.HELD, 0), sum(counts.values())
        if self._list == HELD:
            return held
        if self._list == RETRYING:
            return counts.get(reason, 0) if reason else failed
        queue = questions.overview(self._where, 0.0)
        return queue.in_progress if self._list == IN_PROGRESS else max(0, queue.pending - failed - held)

    def page(self, reason: str, offset: int, limit: int) -> list[Job]:
        """By when they are due."""
        if self._list in {WAITING, IN_PROGRESS}:
            of_list = questions.waiting if self._list == WAITING else questions.in_progress
            return list(map(row_as_job, of_list(self._where, offset=offset, limit=limit)))
        kind = reasons.HELD if self._list == HELD else reason or None
        rows = questions.tried(self._where, error_type=kind, but=reasons.HELD, offset=offset, limit=limit)
        return list(map(row_as_job, rows))

    def search(self, words: str, keys: Sequence[str]) -> list[Job]:
        """See JobSource. A number is a scene's, whose key is among `keys`."""
        found = questions.of_keys(self._where, keys) if keys else []
        if words and not words.isdigit():
            tried = questions.tried(self._where, limit=_MOST_SEARCHED)
            found += [row for row in tried if words.casefold() in (row.reason or "").casefold()]
        unique = {row.pqid: row for row in found if _list_of(row) == self._list}
        return list(map(row_as_job, unique.values()))

    def sentences(self, reason: str) -> list[tuple[int, str]]:
        """See JobSource."""
        return questions.sentences(self._where, reason)

    def of_ids(self, ids: Sequence[int]) -> list[Job]:
        """See JobSource."""
        return list(map(row_as_job, questions.of_ids(self._where, ids)))


def row_as_job(row: ListedJob) -> Job:
    """Return a row of the queue as the page shows it."""
    words = reasons.failure(row.error_type) if row.error_type else reasons.Words("")
    return {
        "id": row.pqid,
        "state": "in_progress" if row.is_claimed else "waiting",
        **(_about(row.job["job_key"], row.job["scene_id"]) if row.job else _about("", None)),
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
        **_about(letter["job_key"] or "", letter["scene_id"]),
        "kind": letter["error_type"],
        "title": words.title,
        "detail": letter["error_message"],
        "advice": words.advice,
        "attempts": letter["retry_count"],
        "at": letter["failed_at"],
        "next_try_at": None,
        "can_retry": bool(letter["job_key"]) and letter["error_type"] != _UNREADABLE,
    }


def _list_of(row: ListedJob) -> str:
    """Return the list in which a row of the queue stands."""
    if row.is_claimed:
        return IN_PROGRESS
    if not row.error_type:
        return WAITING
    return HELD if row.error_type == reasons.HELD else RETRYING


def _about(job_key: str, scene_id: int | None) -> About:
    """Return what a key says: "performer_4" is "Performer 4"; of a scene the page knows the title."""
    if answered := field_of(job_key):
        scene_id, field = answered
        return {"scene_id": scene_id, "what": "", "field": field, "name": name_of(field)}
    kind, _, number = job_key.rpartition("_")
    name = f"{kind} {number}".strip().replace("_", " ").capitalize() or "An entry that cannot be read"
    return {"scene_id": scene_id, "what": "" if kind == "scene" else name, "field": "", "name": ""}
