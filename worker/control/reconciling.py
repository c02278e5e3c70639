"""The daily comparison of Stash and Plex: when it is due, and its steps.

What it compares is worker.control.comparing's.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from stash.scenes import outlines_page
from sync_queue.models import run_name
from sync_queue.pending import Selection, has_job, make_due
from sync_queue.settling import ClaimedJob
from worker.control.comparing import Comparison, Differing, Saved, gone_between, is_saved_since
from worker.control.jobs import Progress, control_job, put, put_next_step, queue_scenes
from worker.control.kinds import RECONCILE
from worker.facts import (
    LAST_RECONCILE_AT,
    NEXT_RECONCILE_AT,
    RECONCILE_ASKED_AT,
    RECONCILE_FROM,
    UNSYNCED,
    known_scenes,
)
from worker.protocols import CONTROL, Result

if TYPE_CHECKING:
    from plex.client import PlexClient
    from records import Records
    from settings.settings import Settings
    from stash.scenes import OutlinePage
    from worker.sync.finder import Finder
    from worker.sync.own_stash import OwnStash
    from worker.sync.plex_link import PlexLink
    from worker.sync.stash_link import SettingsInForce, StashLink

log = logging.getLogger("stash2plex.worker")

ASKED: Final = "asked"
"""In the data of a job that a person asked for: it is done at once, takes in what was never synced, and forgets what
Stash no longer has."""

PAGE: Final = 1000
STEP_S: Final = 1.0
"""So long a step compares before saves get their turn again; a page is always finished."""

OVERLAP_S: Final = 3600.0
"""Scenes count as saved since the last time from so long before it: Stash's clock need not be ours."""

FIRST_S: Final = 60.0
"""The first comparison comes so long after the first worker began: what was just set up is synced first."""

AGAIN_S: Final = 3600.0
"""How long after the last request a comparison that did not end is asked for again: it may have been given up."""

FEW_LOST: Final = 25
MOST_LOST: Final = 1000
"""How many scenes, or a tenth, may have lost their items: where it is more, a disk is away or Plex has begun anew."""

_A_TENTH: Final = 10


def saved_since_synced(refs: Sequence[Saved], records: "Records", unknown_since: float = 0.0) -> list[int]:
    """Return the scenes of `refs` that were saved later than their newest record; unknown ones from `unknown_since` on.

    The newest counts: a job that did not reach all items is not over, and an older record is of an item that was lost.
    """
    scene_ids = [ref.id for ref in refs]
    written = records.written.get_many(scene_ids)
    skips = records.skips.get_many(scene_ids)
    return [
        ref.id
        for ref in refs
        if is_saved_since(ref, written.get(ref.id, {}).values(), skips.get(ref.id))
        and (ref.updated_at >= unknown_since or ref.id in written or ref.id in skips)
    ]


def unnoticed_since(records: "Records", now: float) -> float:
    """Return from when on an unknown scene counts as saved unnoticed; what is older is left to Sync All."""
    facts = records.facts
    last_at, from_at = float(facts.get(LAST_RECONCILE_AT, now)), float(facts.get(RECONCILE_FROM, 0.0))
    # Of a clock that was ahead they say nothing: then only what was saved just now counts.
    return max(from_at if from_at <= now else 0.0, min(last_at, now) - OVERLAP_S)


def ask_when_due(records: "Records", queue_dir: str, settings: "Settings", now: float) -> bool:
    """Queue a comparison if it is due; return whether one was queued.

    The first comes soon, and only counts what is there.
    """
    facts = records.facts
    if facts.get(LAST_RECONCILE_AT) is None:
        facts.put_many({LAST_RECONCILE_AT: now, RECONCILE_FROM: now})
    due_at = _due_at(records, settings, now)
    if due_at != facts.get(NEXT_RECONCILE_AT):
        facts.put(NEXT_RECONCILE_AT, due_at)
    if due_at is None or now < due_at or settings.paused:
        return False
    waits_s = now - float(facts.get(RECONCILE_ASKED_AT, now - AGAIN_S))
    if 0 <= waits_s < min(AGAIN_S, settings.reconcile_every_s) or has_job(queue_dir, RECONCILE):
        return False
    put(queue_dir, control_job(RECONCILE, {}, now=now))
    facts.put(RECONCILE_ASKED_AT, now)
    return True


def _due_at(records: "Records", settings: "Settings", now: float) -> float | None:
    """Return when the next one is due, at once after a clock that was ahead; None: never."""
    if settings.reconcile_every_s <= 0:
        return None
    last_at = float(records.facts.get(LAST_RECONCILE_AT) or 0.0)
    wait_s = settings.reconcile_every_s
    if records.facts.get(UNSYNCED) is None:
        wait_s = min(wait_s, FIRST_S)
    return last_at + wait_s if last_at <= now else 0.0


@dataclass(frozen=True, slots=True)
class _State:
    """How far a comparison is; the part of the job's data that goes from step to step.

    Attributes:
        began_at: epoch seconds.
        since: from when on a scene that is not known counts as saved unnoticed.
        is_read: whether what Plex has was read.
        after: the id of the last scene that was compared, None behind the last page.
        probed: see Comparison.
        lost: the first MOST_LOST scenes that lost their items; `lost_count` counts all.
    """

    began_at: float
    since: float
    is_read: bool = False
    after: int | None = 0
    compared: int = 0
    differ: int = 0
    gone: int = 0
    unsynced: int = 0
    total: int = 0
    probed: int = 0
    lost: list[int] = field(default_factory=list)
    lost_count: int = 0


class ReconcileHandler:
    """Reads what Plex has, then compares it with Stash's scenes by pages, for a second at a time: each step is a job.

    A kill in between repeats at most the reading. What differs is queued behind all other work, as a run that can be
    undone.
    """

    def __init__(
        self,
        stash: "StashLink",
        plex: "PlexLink",
        settings: "SettingsInForce",
        records: "Records",
        finder: "Finder",
        own_stash: "OwnStash",
        queue_dir: str,
        clock: Callable[[], float],
    ) -> None:
        """`clock` is epoch seconds."""
        self._stash = stash
        self._plex = plex
        self._settings = settings
        self._records = records
        self._finder = finder
        self._own_stash = own_stash
        self._clock = clock
        self._queue_dir = queue_dir
        self._reading: tuple[PlexClient, Iterator[tuple[int, int]]] | None = None

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step.

        Raises PlexError, StashError, OtherStashError: what pauses everything leaves the job where it is.
        """
        data, progress = claimed.job["data"], Progress(self._records, claimed.job)
        if not data.get("state") and not data.get(ASKED) and not self._is_due():
            return Result(claimed, kind=CONTROL)
        state = _state_of(data) or self._begin(is_asked=bool(data.get(ASKED)))
        until = time.monotonic() + STEP_S
        if not state.is_read:
            state = self._read(state, until, progress)
        while state.is_read and state.after is not None and time.monotonic() < until:
            state = self._compare(state, is_asked=bool(data.get(ASKED)))
            progress.tell(state.compared, state.total)
        if state.is_read and state.after is None:
            self._finish(state, progress)
        else:
            put_next_step(self._queue_dir, claimed.job, state=asdict(state))
        return Result(claimed, kind=CONTROL)

    def _is_due(self) -> bool:
        now = self._clock()
        due_at = _due_at(self._records, self._settings.current(), now)
        return due_at is not None and now >= due_at

    def _begin(self, *, is_asked: bool) -> _State:
        self._own_stash.require(self._stash.client(), self._stash.place)
        self._plex.forget()  # so that its libraries are asked for anew
        self._reading = None
        now = self._clock()
        return _State(now, 0.0 if is_asked else unnoticed_since(self._records, now))

    def _read(self, state: _State, until: float, progress: Progress) -> _State:
        """Read what Plex has, as far as the time goes; from the start unless this worker's last step read the same."""
        client = self._plex.client()
        held, self._reading = self._reading, None
        reading = held[1] if held and held[0] is client else self._finder.reread()
        for read, total in reading:
            progress.tell(read, 2 * total)
            if time.monotonic() >= until:
                self._reading = client, reading
                return state
        return replace(state, is_read=True)

    def _compare(self, state: _State, *, is_asked: bool) -> _State:
        self._finder.prepare()
        after = state.after or 0
        page = outlines_page(self._stash.client(), after, PAGE)
        comparison = Comparison(
            self._stash,
            self._plex,
            self._records,
            self._finder,
            began_at=state.began_at,
            since=state.since,
            probed=state.probed,
        )
        found = comparison.of(page.outlines)
        present = {outline.id for outline in page.outlines}
        gone = gone_between(self._records, after, page.next_after, present) if is_asked else []
        self._queue([*found.differ, *gone], state)
        if found.arrived:
            make_due(self._queue_dir, self._clock(), Selection.of_scenes(found.arrived))
        return _counted(replace(state, probed=comparison.probed), page, found, len(gone))

    def _queue(self, scene_ids: Sequence[int], state: _State) -> None:
        queue_scenes(self._queue_dir, scene_ids, run_name(RECONCILE, state.began_at), self._clock())

    def _finish(self, state: _State, progress: Progress) -> None:
        records = self._records
        lost = self._lost(state)
        self._queue(lost, state)
        unsynced = {"count": state.unsynced, "known": known_scenes(records)}
        records.facts.put_many({LAST_RECONCILE_AT: state.began_at, UNSYNCED: unsynced})
        records.facts.put(NEXT_RECONCILE_AT, _due_at(records, self._settings.current(), self._clock()))
        differ = state.differ + len(lost)
        text = f"Compared Stash and Plex: {counted(state.compared, 'scene')}, {differ:,} differ"
        text += f", {state.gone:,} gone from Stash" if state.gone else ""
        text += (
            f"; {state.unsynced:,} were never synced (the task Sync All Scenes to Plex does)" if state.unsynced else ""
        )
        progress.finish(
            text,
            compared=state.compared,
            differ=differ,
            gone=state.gone,
            unsynced=state.unsynced,
            lost=state.lost_count,
        )

    @staticmethod
    def _lost(state: _State) -> list[int]:
        """Those that are looked for by jobs of their own."""
        if state.lost_count <= min(MOST_LOST, max(FEW_LOST, state.compared // _A_TENTH)):
            return state.lost
        log.warning(
            "Plex lists none of the files of %s that were synced. A disk may be away, or Plex not be done with its"
            " start: nothing is done about them, and they are synced once Plex lists their files",
            counted(state.lost_count, "scene"),
        )
        return []


def _state_of(data: Mapping[str, Any]) -> _State | None:
    """How far the job's comparison is; None where it begins, or was begun by another version."""
    try:
        return _State(**data["state"])
    except (KeyError, TypeError):
        return None


def _counted(state: _State, page: "OutlinePage", found: Differing, gone: int) -> _State:
    return replace(
        state,
        after=page.next_after,
        compared=state.compared + len(page.outlines),
        differ=state.differ + len(found.differ),
        gone=state.gone + gone,
        unsynced=state.unsynced + len(found.unsynced),
        total=max(state.total, page.remaining),
        lost=[*state.lost, *found.lost][:MOST_LOST],
        lost_count=state.lost_count + len(found.lost),
    )
