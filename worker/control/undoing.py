"""Undo of the last changes: puts back what a run, everything since a moment, or the last sync of a scene overwrote, some items at a time.

Safe against kills: that a change is undone is put down after it was, so what was interrupted is done again and finds it undone already.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from plex.model import Item
from plex.plan import Kept, KeptReason
from plex.restore import restore_plan
from records import Choice, Overwritten, Written
from sync_queue.by_key import drop_of_tasks
from sync_queue.settling import ClaimedJob
from worker.control.earlier import Earlier, earlier_of
from worker.control.giving_back import Chosen, GivingBack, edit_of, is_still, is_upload, notes_of, queue_saved
from worker.control.jobs import KIND, UNDO, Progress, control_job, put
from worker.control.restore_tally import Undo
from worker.control.undo_tally import UndoTally
from worker.errors import PermanentError
from worker.facts import LAST_UNDO
from worker.protocols import Result
from worker.sync.plans import POSTER
from worker.sync.recording import SAVES

if TYPE_CHECKING:
    from records import Records
    from worker.sync.plex_link import PlexLink
    from worker.sync.recognition import Recognition
    from worker.sync.stash_link import SettingsInForce, StashLink

log = logging.getLogger("stash2plex.worker")

STEP: Final = 100
"""Items put back before saves get their turn again."""


class UndoHandler:
    """Puts back what `worker.control.jobs.undo_job` asks for; the next step is a job of its own."""

    def __init__(
        self,
        stash: "StashLink",
        plex: "PlexLink",
        settings: "SettingsInForce",
        records: "Records",
        recognition: "Recognition",
        queue_dir: str,
        clock: Callable[[], float],
    ) -> None:
        self._stash = stash
        self._plex = plex
        self._settings = settings
        self._records = records
        self._recognition = recognition
        self._clock = clock
        self._queue_dir = queue_dir

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step. Raises PlexError, StashError: what pauses everything leaves the job where it is."""
        choice = _choice_of(claimed.job["data"])
        if choice is None:
            return Result(claimed, PermanentError("an undo of nothing: it names no run, no moment and no scene"))
        progress = Progress(self._records, claimed.job)
        self._records.facts.put(LAST_UNDO, claimed.job["job_key"])
        if self._settings.current().dry_run:
            progress.fail("The setting dry_run is on, so nothing was put back; switch it off and start the task again")
            return Result(claimed, kind=KIND)
        problem = self._recognition.settle_one(choice.scene_id) if choice.scene_id else ""
        if problem:
            progress.fail(f"Nothing was put back: {problem}")
            return Result(claimed, kind=KIND)
        keys = self._step(claimed, choice, progress)
        if len(keys) == STEP:
            data = {**claimed.job["data"], "after": keys[-1]}
            put(self._queue_dir, control_job(UNDO, data, now=self._clock(), job_key=claimed.job["job_key"]))
        return Result(claimed, kind=KIND)

    def _step(self, claimed: ClaimedJob, choice: Choice, progress: Progress) -> list[int]:
        changes, until = self._records.changes, _until(choice, progress.asked_at)
        after = int(claimed.job["data"].get("after") or 0)
        self._drop_unsent(choice, progress.asked_at)
        tally = UndoTally(self._records, progress, self._clock)
        tally.expect(changes.count(choice, until=until, after=after))
        keys = changes.items(choice, until=until, after=after, limit=STEP)
        if keys:
            meant = {one.id for one in changes.of_items(keys) if choice.holds(one) and one.at <= until}
            self._put_back(keys, meant, tally, progress.asked_at)
        if len(keys) < STEP:
            progress.finish(tally.text(), **tally.told())
        return keys

    def _drop_unsent(self, choice: Choice, asked_at: float) -> None:
        """What a task has queued and is not sent yet would go on with what is undone here. Saves are the user's own and are written, but for what is pinned."""
        if choice.scene_id:
            return
        dropped = drop_of_tasks(self._queue_dir, run=choice.run, since=choice.since, until=asked_at)
        if dropped:
            log.info("%s of what is undone dropped", counted(dropped, "pending job"))

    def _put_back(self, keys: Sequence[int], meant: set[int], tally: UndoTally, asked_at: float) -> None:
        records, client = self._records, self._plex.client()
        self._look_at_scenes(keys, tally, asked_at)
        by_key = _by_item(records.changes.of_items(keys))
        earlier = {key: earlier_of(by_key[key], lambda one: one.id in meant) for key in keys}

        def decide(keys: Sequence[int], items: Mapping[int, Item], chosen: Chosen) -> dict[int, Undo]:
            written, known = records.written.of_items(keys), records.items.get_many(keys)
            undos: dict[int, Undo] = {}
            for key in keys:
                own = written.get(key, [])
                if key not in items:
                    tally.gone(key, own)
                elif not is_still(earlier[key].original, items[key], known.get(key), own):
                    tally.other(items[key])
                else:
                    undos[key] = _undo(
                        items[key],
                        earlier[key],
                        own,
                        chosen.get((key, POSTER)),
                        can_clear=client.can_clear_pictures,
                    )
            return undos

        with_poster = {(key, POSTER) for key, one in earlier.items() if one.posters}
        GivingBack(client, tally, decide).give_back(keys, with_poster)

    def _look_at_scenes(self, keys: Sequence[int], tally: UndoTally, asked_at: float) -> None:
        """Who the scenes of these items are now, and which state of them the pins hold for; one that was saved since the undo was asked for is written again after it."""
        records = self._records
        ids = {change.scene_id for change in records.changes.of_items(keys)}
        ids |= {
            record.scene_id for own in records.written.of_items(keys).values() for record in own if not record.gone_at
        }
        scenes = self._stash.scenes(sorted(scene_id for scene_id in ids if scene_id > 0), {})
        self._recognition.settle(scenes)
        updated_at = {scene_id: scene.updated_at for scene_id, scene in scenes.items()}
        queue_saved(self._queue_dir, updated_at, asked_at, self._clock)
        tally.marks = {scene_id: scene.mark for scene_id, scene in scenes.items()}
        tally.pinned_at = {scene_id: moment for scene_id, moment in updated_at.items() if moment <= asked_at}


def _undo(item: Item, earlier: Earlier, records: Sequence[Written], chosen: str | None, *, can_clear: bool) -> Undo:
    is_ours = bool(earlier.posters) and is_upload(
        chosen, earlier.posters, earlier.original.poster_key, can_clear=can_clear
    )
    plan = restore_plan(
        earlier.original,
        item,
        earlier.after,
        intended=earlier.unsure,
        pictures=frozenset({POSTER} if is_ours else ()),
        can_clear=can_clear,
    )
    put_back = {change.field for change in plan.changes}  # a sort title follows its title, whoever wrote it last
    stay = [Kept(name, "", "", KeptReason.AGAIN) for name in sorted(earlier.again - put_back)]
    if earlier.posters and not is_ours:
        stay.append(Kept(POSTER, "", "", KeptReason.CHOSEN))
    plan = replace(plan, kept=(*plan.kept, *stay))
    own = tuple(record for record in records if not record.is_empty)
    return Undo(item, plan, own, edit_of(item, plan), tuple(notes_of(item, plan)), earlier)


def _choice_of(data: Mapping[str, Any]) -> Choice | None:
    run, since, scene_id = data.get("run", ""), data.get("since", 0.0), data.get("scene_id", 0)
    if not (isinstance(run, str) and isinstance(since, int | float) and isinstance(scene_id, int)):
        return None
    return Choice(run, since, scene_id) if run or since else None


def _until(choice: Choice, asked_at: float) -> float:
    """All that a task did is meant, whenever; of saves, what was there when somebody asked."""
    return float("inf") if choice.run and not choice.run.startswith(SAVES) else asked_at


def _by_item(changes: Sequence[Overwritten]) -> dict[int, list[Overwritten]]:
    found: dict[int, list[Overwritten]] = {}
    for change in changes:
        found.setdefault(change.rating_key, []).append(change)
    return found
