"""`ui_overview` and `ui_wake`: how things are, in one sentence and in numbers, and a worker. From disk alone."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from records import Held, PauseSpan, Records
from sync_queue.lock import is_worker_alive
from sync_queue.owner import why_not_ours
from sync_queue.questions import due_of, error_counts, overview
from tasks import reasons
from tasks.context import TaskContext, TaskError, text, whole_number
from tasks.foreign import LeftBehind
from tasks.page.library import at_a_glance, coverage
from tasks.page.sentences import Situation, sentence
from tasks.page.shapes import ActionDone, Badge, DrainProgress, HeldQuestion, OverviewAnswer, SettingsInShort
from worker.control.kinds import LOOKS
from worker.facts import (
    HEARTBEAT,
    LAST_RECONCILE_AT,
    LAST_SYNC_AT,
    LEFT_OUT,
    MOVING_IN,
    NEWS_UNTIL,
    PHOTOS_CLOSED,
    is_comparison_due,
    unsynced,
)
from worker.installation import VERSION, MissingDependencyError, activate
from worker.sync import unwritten
from worker.sync.unwritten import example, question

if TYPE_CHECKING:
    from settings.settings import Settings

_PAUSES: Final = 3
_MOST_SCENES: Final = 2**53
_FEW_JOBS: Final = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the worker has put down about how things are.

    Attributes:
        worker: who the last worker was that began, see worker.facts.HEARTBEAT.
        skipped_only: how many scenes have such a reason and are not in Plex by an earlier sync.
        skips: how many scenes are left out for each reason, the most frequent first; errors of failed jobs among them.
        left_out_beside: how many scenes one library does not take and another one does, likewise.
        left_out: sentences about libraries and items that Plex does not list.
        refused: sentences about fields that Plex does not take.
        undressed: sentences about what collections of ours could not get, with their names.
        unsynced: scenes that Plex has and that were never synced, None before the first comparison.
        photos_closed: why performers' photos cannot be served, as a sentence; "" where they can, or need not.
        moving_in: what counts of the predecessor's settings, as a sentence; "" for nothing.
    """

    paused: PauseSpan | None = None
    pauses: Sequence[PauseSpan] = ()
    worker: Mapping[str, Any] | None = None
    last_sync_at: float | None = None
    skips: Mapping[str, int] = field(default_factory=dict)
    left_out_beside: Mapping[str, int] = field(default_factory=dict)
    skipped_only: int = 0
    left_out: Sequence[str] = ()
    refused: Sequence[str] = ()
    undressed: Sequence[str] = ()
    unsynced: int | None = None
    held: Held = field(default_factory=Held)
    photos_closed: str = ""
    moving_in: str = ""

    @property
    def left_out_by_reason(self) -> dict[str, int]:
        """The `skips` without the errors."""
        return {code: count for code, count in self.skips.items() if code.islower()}

    @classmethod
    def read(cls, records: Records) -> "Recorded":
        """Return what stands in the records now."""
        return cls(
            paused=records.pauses.current(),
            pauses=records.pauses.last(_PAUSES),
            worker=records.facts.get(HEARTBEAT),
            last_sync_at=records.facts.get(LAST_SYNC_AT),
            skips=dict(sorted(records.skips.counts().items(), key=lambda each: -each[1])),
            left_out_beside=records.written.left_out(),
            skipped_only=records.written.skipped_only(),
            left_out=records.facts.get(LEFT_OUT, []),
            refused=unwritten.report(records),
            undressed=unwritten.report_of_collections(records),
            unsynced=unsynced(records),
            held=records.emptyings.held(),
            photos_closed=records.facts.get(PHOTOS_CLOSED, ""),
            moving_in=records.facts.get(MOVING_IN, ""),
        )


def ui_overview(args: Mapping[str, Any], context: TaskContext) -> OverviewAnswer:
    """Return how things are now. Raise TaskError where the data folder is another user's: nothing works then.

    `stored` is what Stash holds as the plugin's settings, and `scenes` how many scenes it has: Stash is not asked here,
    for the page can ask it at no cost. `stored` has something else in the place of a token. Absent: nobody knows.
    `enabled` false: Stash runs no hook of the plugin. `about` has Stash's `version`, `status` and `plugins_path` where
    the page asks for `warnings`.
    """
    whose = why_not_ours(context.data_dir)
    if whose:
        raise TaskError(whose)
    now, is_alive = context.clock(), is_worker_alive(context.data_dir)
    with context.records() as records:
        known = Recorded.read(records)
        settings, scenes = _settings(args, context), _scenes(args)
        situation = _situation(args, context, records, known, settings, is_alive=is_alive)
        pause, left_behind = known.paused, LeftBehind.read(context)
        lacks_session = pause is not None and reasons.pause(pause.kind).needs == "visit"
        return {
            "version": VERSION,
            "now": now,
            "sentence": sentence(situation),
            "counts": situation.counts,
            "skipped": [
                *reasons.listed(known.left_out_by_reason, of_skips=True),
                *reasons.listed_beside(known.left_out_beside),
            ],
            "refused": [*known.refused, *known.undressed],
            "sick": list(known.left_out),
            "offer": left_behind.offer,
            "given_up": left_behind.given_up,
            "last_sync_at": known.last_sync_at,
            "last_change_at": next((sync.at for sync in records.history.last(1)), None),
            "pause": {"kind": pause.kind, "started_at": pause.started_at} if pause else None,
            "held": _question(known.held),
            "can_wake": situation.pending > 0 and (not is_alive or lacks_session),
            "news_due": not is_alive and _asks_for_news(records),
            "progress": _progress(records, now, situation.to_go),
            "to_go": situation.to_go,
            "never_seen": situation.never_seen,
            "library": at_a_glance(records, coverage(situation.counts, known.skips, known.skipped_only, scenes), now),
            "settings": _in_short(settings),
            "warnings": _warnings(args.get("about"), context),
            "settled": sum(records.runs.lifetime().values()),
            "badge": _badge(situation, known.held.items, is_moving_in=bool(known.moving_in)),
        }


def ui_wake(_args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Wake the worker, or start one, if anything waits or Stash may have news; `count` is how many jobs do.

    After a reboot nothing else would start one. A worker that lives reads the settings anew, and takes the session of
    this call where Stash has asked it for a login.
    """
    queue = overview(context.queue_dir, context.clock())
    pending = queue.pending + queue.in_progress
    with context.records() as records:
        is_wanted = pending > 0 or is_worker_alive(context.data_dir) or _asks_for_news(records)
    if is_wanted:
        context.wake()
    return {"count": pending, "text": "The worker is running." if is_wanted else "Nothing waits."}


def _asks_for_news(records: Records) -> bool:
    """Return whether a worker has ever asked Stash for news, or an older one has compared: not before it is set up."""
    return any(records.facts.get(name) is not None for name in (NEWS_UNTIL, LAST_RECONCILE_AT))


def _settings(args: Mapping[str, Any], context: TaskContext) -> "Settings | None":
    """Return the settings, the defaults where they cannot be used; None where nobody said what Stash holds."""
    stored = args.get("stored")
    if not isinstance(stored, dict):
        return None
    from settings.resolve import resolve_now  # here, because a look without it is cheaper
    from settings.settings import Settings, SettingsError
    from settings.sources import FILE_NAME

    if os.path.exists(os.path.join(context.data_dir, FILE_NAME)):
        with suppress(MissingDependencyError):
            activate(context.plugin_dir)  # it is YAML
    try:
        return resolve_now(stored, context.environ, context.data_dir).settings
    except (SettingsError, ImportError):
        return Settings()


def _in_short(settings: "Settings | None") -> SettingsInShort | None:
    if settings is None:
        return None
    return {
        "configured": settings.is_configured,
        "paused": settings.paused,
        "asks": settings.fills_only,
        "card_marks": settings.card_marks,
    }


def _warnings(about: object, context: TaskContext) -> list[str]:
    """Return what Stash says about itself that the plugin cannot work with; [] where nobody asks."""
    if not isinstance(about, dict):
        return []
    from stash.errors import StashError
    from stash.fitness import require_fit
    from tasks.installations import twin_sentence

    found = [twin_sentence(text(about, "plugins_path"), context.plugin_dir)]
    try:
        require_fit(text(about, "version"), text(about, "status"))
    except StashError as error:
        found.append(str(error))
    return list(filter(None, found))


def _situation(
    args: Mapping[str, Any],
    context: TaskContext,
    records: Records,
    known: Recorded,
    settings: "Settings | None",
    *,
    is_alive: bool,
) -> Situation:
    scenes, in_plex = _scenes(args), records.written.scene_count()
    queue, failed = overview(context.queue_dir, context.clock()), error_counts(context.queue_dir)
    held = min(failed.get(reasons.HELD, 0), queue.pending)
    retrying = min(sum(failed.values()), queue.pending) - held
    with context.letters() as letters:
        dead = sum(letters.get_error_summary().values())
    return Situation(
        counts={
            "waiting": queue.pending - retrying - held,
            "retrying": retrying,
            "held": held,
            "in_progress": queue.in_progress,
            "dead": dead,
            "in_plex": in_plex,
            "skipped": sum(known.left_out_by_reason.values()),
        },
        due=queue.due,
        next_due_at=queue.next_due_at,
        looks=due_of(LOOKS, context.queue_dir, context.clock(), most=_FEW_JOBS) if 0 < queue.left <= _FEW_JOBS else 0,
        pause=known.paused,
        worker_alive=is_alive,
        is_enabled=args.get("enabled") is not False,
        is_configured=settings is None or settings.is_configured,
        is_paused=settings is not None and settings.paused,
        is_dry_run=settings is not None and settings.dry_run,
        never_seen=None if scenes is None else max(0, scenes - in_plex - known.skipped_only),
        is_comparison_due=is_comparison_due(records, context.clock()),
    )


def _scenes(args: Mapping[str, Any]) -> int | None:
    """Return how many scenes Stash has; None where nobody said."""
    return None if args.get("scenes") is None else whole_number(args, "scenes", 0, most=_MOST_SCENES)


def _progress(records: Records, now: float, to_go: int) -> DrainProgress | None:
    """Return how far the drain is of which `to_go` jobs are left; None where there is none."""
    run = next((run for run in records.runs.last(1) if run.ended_at is None and run.total), None)
    if run is None or not to_go:
        return None
    done = sum(run.counts.values())
    per_s = done / max(0.001, now - run.started_at)
    left_s = to_go / per_s if per_s > 0 else None
    return {"done": done, "total": done + to_go, "per_s": round(per_s, 2), "left_s": left_s}


def _question(held: Held) -> HeldQuestion | None:
    if not held.items:
        return None
    return {
        "items": held.items,
        "text": f"{question(held)}.",
        "examples": [{"scene_id": each.scene_id, "text": f"{example(each)}."} for each in held.examples],
        "since_at": held.since_at,
        "until": held.newest_at,
    }


def _badge(situation: Situation, held_items: int, *, is_moving_in: bool) -> Badge:
    """Return what needs a person: each dead letter, each question, and a pause that only a person can end."""
    dead, blocking, pause = situation.counts["dead"], "", situation.pause
    if not situation.is_configured:
        blocking = "settings"
    elif pause is not None and situation.pending and reasons.pause(pause.kind).needs == "person":
        blocking = pause.kind
    parts = [reasons.pause(blocking).title] if blocking else []
    parts += [f"{counted(held_items, 'item')} would be emptied: please answer"] if held_items else []
    parts += ["settings of the other Stash2Plex: please choose"] if is_moving_in else []
    parts += [f"{dead:,} could not be synced"] if dead else []
    return {"count": dead + bool(blocking) + bool(held_items) + is_moving_in, "text": "; ".join(parts)}
