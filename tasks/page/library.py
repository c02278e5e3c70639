"""The whole library at a glance, from counts that are kept as things happen; and `ui_missing`. From disk alone."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from records import PauseSpan, Records
from sync_queue.questions import error_counts
from tasks import reasons
from tasks.context import TaskContext, whole_number
from tasks.page.library_shapes import AnsweringServer, Coverage, EndedPause, LibraryAnswer, MissingAnswer, MissingFolder
from tasks.page.shapes import Counts
from worker.facts import ANSWERS, HOURS, LAST_RECONCILE_AT, NEXT_RECONCILE_AT, SERVER, UNSYNCED
from worker.last_day import HOUR_S, last_day

DAY_S: Final = 24 * HOUR_S
_NO_ITEM: Final = "NotInPlexError"
_MISSING: Final = frozenset({_NO_ITEM, "not_in_plex"})
_ON_THE_WAY: Final = frozenset({"NotLookedForError"})
_MOST_LOOKED_AT: Final = 2000
_MOST_FOLDERS: Final = 6
_PER_PAGE: Final = 25
_PAUSES: Final = 3


def at_a_glance(records: Records, coverage: Coverage, now: float) -> LibraryAnswer:
    """Return what the tab Overview shows beside the sentence and the counts."""
    facts = records.facts
    plex, answers = facts.get(SERVER) or {}, facts.get(ANSWERS) or {}
    has_compared = facts.get(UNSYNCED) is not None  # before, the time is that of the first worker
    return {
        "coverage": coverage,
        "day": [
            {"at": float(hour * HOUR_S), "synced": synced, "failed": failed}
            for hour, synced, failed in last_day(facts.get(HOURS, []), now)
        ],
        "plex": _server(plex.get("name", ""), plex.get("version", ""), answers.get("plex")),
        "stash": _server("Stash", answers.get("stash_version", ""), answers.get("stash")),
        "compared_at": facts.get(LAST_RECONCILE_AT) if has_compared else None,
        "compares_at": facts.get(NEXT_RECONCILE_AT),
        "pauses": [
            _ended(pause)
            for pause in records.pauses.last(_PAUSES)
            if pause.ended_at is None or now - pause.ended_at < DAY_S
        ],
    }


def coverage(counts: Counts, skips: Mapping[str, int], skipped_only: int, scenes: int | None) -> Coverage:
    """Return where the `scenes` of Stash (None: nobody knows how many) are.

    `skips` counts the scenes with a reason why they are not synced, of which `skipped_only` were never synced. Which
    scene an untried job is about nobody looks up: it counts as one that was never compared while there are such.
    """
    held = skips.get(reasons.HELD, 0)
    missing = sum(skips.get(code, 0) for code in _MISSING)
    left_out = sum(count for code, count in skips.items() if code.islower() and code not in _MISSING)
    again = sum(skips.get(code, 0) for code in _ON_THE_WAY)
    seen = counts["in_plex"] + skipped_only
    in_plex = max(0, seen - sum(skips.values()))
    unseen = None if scenes is None else max(0, scenes - seen)
    untried = counts["waiting"] + counts["in_progress"]
    first = min(untried, unseen or 0)
    anew = min(untried - first, in_plex)
    return {
        "in_plex": in_plex - anew,
        "waiting": first + anew + again,
        "held": held,
        "missing": missing,
        "left_out": left_out,
        "failed": sum(skips.values()) - held - missing - left_out - again,
        "unseen": None if unseen is None else unseen - first,
    }


def ui_missing(args: Mapping[str, Any], context: TaskContext) -> MissingAnswer:
    """Return the folders of Stash in which scenes are whose files Plex does not have, and a `page` of the scenes.

    Of 2,000 at most; beyond the last page, that one.
    """
    page = whole_number(args, "page", 0)
    with context.records() as records:
        found = records.scenes.files_of_skipped(sorted(_MISSING), _MOST_LOOKED_AT)
    paths = [path for _, path in found if path]
    page = min(page, max(0, len(found) - 1) // _PER_PAGE)
    return {
        "folders": in_few_folders(paths),
        "looked_at": len(paths),
        "scene_ids": [scene_id for scene_id, _ in found[page * _PER_PAGE : (page + 1) * _PER_PAGE]],
        "page": page,
        "per_page": _PER_PAGE,
        "total": len(found),
        "jobs_in": _jobs_of_missing(context),
    }


def _jobs_of_missing(context: TaskContext) -> Literal["", "retrying", "dead"]:
    """Return which list holds most of the jobs of such scenes; "" for none, where a setting leaves them out."""
    retrying = error_counts(context.queue_dir).get(_NO_ITEM, 0)
    with context.letters() as letters:
        given_up = letters.get_count(error_type=_NO_ITEM)
    return "" if not retrying + given_up else "retrying" if retrying >= given_up else "dead"


def in_few_folders(paths: Iterable[str]) -> list[MissingFolder]:
    """Return how many of these files are in which folder, the most first; of too many folders those above."""
    folders = Counter(_above(path) for path in paths)
    while len(folders) > _MOST_FOLDERS and any(map(_above, folders)):
        deepest = max(map(_depth, folders))
        shorter: Counter[str] = Counter()
        for folder, count in folders.items():
            shorter[(_above(folder) or folder) if _depth(folder) == deepest else folder] += count
        folders = shorter
    return [{"folder": folder, "count": count} for folder, count in folders.most_common()]


def _above(path: str) -> str:
    """Return the folder that holds `path`, of either system; "" where there is none above."""
    return re.sub(r"[\\/]+[^\\/]*$", "", path) if re.search(r"[\\/]", path) else ""


def _depth(folder: str) -> int:
    return len(re.split(r"[\\/]+", folder))


def _server(name: str, version: str, answer: Sequence[float] | None) -> AnsweringServer:
    answered_at, answer_s = answer or (None, None)
    return {"name": name, "version": version, "answered_at": answered_at, "answer_s": answer_s}


def _ended(pause: PauseSpan) -> EndedPause:
    return {"title": reasons.pause(pause.kind).title, "started_at": pause.started_at, "ended_at": pause.ended_at}
