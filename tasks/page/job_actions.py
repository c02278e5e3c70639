"""`ui_retry`, `ui_discard`, `ui_scan`, `ui_sync`: what a person does about jobs; never anything to an item in Plex."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from logs.words import counted
from sync_queue import questions
from sync_queue.models import run_name, scene_key, task_job
from sync_queue.pending import Selection, drop, enqueue_many, make_due
from tasks import reasons
from tasks.context import TaskContext, TaskError, ids, moment_of, switch, text
from tasks.page.job_folders import OF_FILES, folder_in
from tasks.page.job_sources import DEAD, HELD, RETRYING, WAITING, ids_inside, source_of
from tasks.page.shapes import ActionDone
from tasks.queue import retry_letters

_LISTS: Final = (DEAD, RETRYING, HELD, WAITING)
_SCAN_S: Final = 30.0
"""How long Plex is given to scan before its files are looked for again; what it has not found by then waits on."""

_MOST_SCANS: Final = 20
"""So many folders are scanned one by one; of more than that, the libraries' folders that they are in."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The jobs that are meant: those of `ids` (dead letters) or of scenes, those of a `reason`, or all of the list.

    Of a list that somebody looked at `seen_at`, only those that were there by then.
    """

    name: str
    ids: list[int] | None
    reason: str | None
    seen_at: float | None

    @classmethod
    def of(cls, args: Mapping[str, Any], context: TaskContext) -> "_Chosen":
        """Return what the arguments choose. Raise TaskError where that is nothing: it must not mean everything."""
        name, reason, folder = text(args, "list"), text(args, "reason"), text(args, "folder")
        if name not in _LISTS:
            raise TaskError(f"list must be {DEAD}, {RETRYING}, {HELD} or {WAITING}, not {name!r}; nothing was changed")
        by, seen_at = "ids" if name == DEAD else "scene_ids", moment_of(args, "until") or None
        chosen = ids(args, by)
        if chosen:
            return cls(name, chosen, reason or None, seen_at)
        if reason and folder:
            return cls(name, cls._inside(name, reason, folder, context), reason, seen_at)
        if reason:
            return cls(name, None, reason, seen_at)
        if switch(args, "all"):
            return cls(name, None, None, seen_at)
        raise TaskError(f"choose by {by}, by reason, or say all; nothing was changed")

    @staticmethod
    def _inside(name: str, reason: str, folder: str, context: TaskContext) -> list[int]:
        source = source_of(name, context)
        found = ids_inside(source, reason, folder)
        if name == DEAD:
            return found
        return [job["scene_id"] for job in source.of_ids(found) if job["scene_id"] and not job["field"]]

    def selections(self, queue_dir: str) -> list[Selection]:
        """Return the jobs of a list in the queue."""
        keys = None if self.ids is None else frozenset(map(scene_key, self.ids))
        if self.name == WAITING:
            return [Selection(keys=keys, has_failed=False, seen_at=self.seen_at)]
        of_list = {reasons.HELD} if self.name == HELD else questions.error_counts(queue_dir).keys() - {reasons.HELD}
        kinds = of_list & {self.reason} if self.reason else of_list
        return [Selection(keys=keys, error_type=kind, seen_at=self.seen_at) for kind in kinds]

    def sentences(self, context: TaskContext) -> list[str]:
        """Return why these jobs failed, as far as that says where a file is."""
        source = source_of(self.name, context)
        if self.ids is not None and self.name != DEAD:
            return [job["detail"] for job in source.search("", list(map(scene_key, self.ids)))]
        found = [each for kind in ([self.reason] if self.reason else OF_FILES) for each in source.sentences(kind)]
        chosen = None if self.ids is None else frozenset(self.ids)
        return [sentence for number, sentence in found if chosen is None or number in chosen]


def ui_retry(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Try jobs again at once: of DEAD those of `ids`, of another list those of `scene_ids`, of one `reason`, or `all`.

    With a `folder` only those of the reason that are about a file in it; with `until`, that of the JobsAnswer that
    somebody looks at, none that came into the list later. A dead letter goes back into the queue with its history.
    Raise TaskError where nothing was chosen.
    """
    count = _try_again(_Chosen.of(args, context), context, context.clock())
    done = f"{counted(count, 'job')} will be tried again now." if count else "There was nothing to try again."
    return {"count": count, "text": done}


def ui_discard(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Drop jobs of one list, chosen as for ui_retry. What is in Plex stays as it is; the next save queues it anew.

    A scene that failed may have been saved since, and that save stands in another list: it stays.
    """
    chosen, queue_dir = _Chosen.of(args, context), context.queue_dir
    if chosen.name == DEAD:
        count = _discard_letters(chosen, context)
    else:
        count = sum(drop(queue_dir, each) for each in chosen.selections(queue_dir))
    return {"count": count, "text": f"{counted(count, 'job')} discarded." if count else "There was nothing to discard."}


def ui_scan(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Have Plex scan the folders of files that it lacks, of jobs chosen as for ui_retry, and look for them soon after.

    Raise TaskError where Plex takes no scan, PlexError where it cannot be asked.
    """
    chosen = _Chosen.of(args, context)
    folders = {folder_in(sentence) for sentence in chosen.sentences(context)} - {""}
    scanned = _scan(folders, context)
    if not scanned:
        raise TaskError("Plex would not scan; its own log says why. Nothing was changed")
    count = _try_again(chosen, context, context.clock() + _SCAN_S)
    text_done = f"Plex is scanning {counted(scanned, 'folder')}. {counted(count, 'job')} will be looked for again."
    return {"count": count, "text": text_done}


def ui_sync(args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Queue the scenes of `scene_ids` that do not wait already, have them due, and wake the worker. Raise TaskError."""
    chosen, queue_dir, now = ids(args, "scene_ids"), context.queue_dir, context.clock()
    if not chosen:
        raise TaskError("scene_ids must name at least one scene; nothing was queued")
    enqueue_many(queue_dir, [task_job(each, run_name("page", now), now=now) for each in chosen], now=now)
    make_due(queue_dir, now, Selection.of_scenes(chosen))
    context.wake()
    return {"count": len(chosen), "text": f"{counted(len(chosen), 'scene')} will be synced now."}


def _try_again(chosen: _Chosen, context: TaskContext, at: float) -> int:
    """Have the jobs tried at `at` (dead letters at once), and return how many there were."""
    if chosen.name == DEAD:
        with context.letters() as letters:
            count = retry_letters(letters, context, chosen.ids, chosen.reason)
    else:
        queue_dir = context.queue_dir
        count = sum(make_due(queue_dir, at, each) for each in chosen.selections(queue_dir))
    if count:
        context.wake()
    return count


def _discard_letters(chosen: _Chosen, context: TaskContext) -> int:
    with context.letters() as letters:
        if chosen.ids is not None:
            return letters.delete(chosen.ids)
        return letters.delete_of(chosen.reason, chosen.seen_at)


def _scan(folders: Collection[str], context: TaskContext) -> int:
    """Have Plex scan these folders, or whole libraries where they are many or in none. Return how many it scans."""
    from plex.sections import section_of_folder  # here, because the lists need none of this
    from tasks.view import read_only
    from worker.sync.finder import ScanRequests

    with read_only(context) as view:
        sections = view.plex.sections()
        inside = [folder for folder in folders if section_of_folder(sections, folder)]
        if not 0 < len(inside) <= _MOST_SCANS:
            holders = [each for each in sections if not inside or any(section_of_folder([each], at) for at in inside)]
            inside = [location for section in holders for location in section.locations]
        scans = ScanRequests(view.plex, time.monotonic)
        return sum(map(scans.scan, dict.fromkeys(inside)))
