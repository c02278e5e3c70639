"""The two undos, some items at a time: what Plex showed before our first write, and before the last changes.

Safe against kills: that an item was given back is recorded after it was, so what was interrupted is done again.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar, Final

from logs.words import counted
from plex.merge import restore_plan
from plex.model import Item
from plex.plan import Kept, KeptReason
from records import Choice, Original, Overwritten, Written, united
from sync_queue.models import METADATA, create_sync_job, scene_key
from sync_queue.pending import Selection, drop, enqueue_many
from sync_queue.settling import ClaimedJob
from worker.control.earlier import Earlier, choice_of, earlier_of, until_of
from worker.control.giving_back import Chosen, GivingBack, is_still, is_upload, undo_of
from worker.control.jobs import Progress, put
from worker.control.tally import RestoreTally, Tally, Undo, UndoTally
from worker.errors import PermanentError
from worker.facts import LAST_UNDO
from worker.protocols import CONTROL, Result
from worker.sync.codes import BACKGROUND, POSTER
from worker.sync.taking import ANSWERED, PIN, field_key

if TYPE_CHECKING:
    from records import Records
    from worker.sync.plex_link import PlexLink
    from worker.sync.recognition import Recognition
    from worker.sync.stash_link import SettingsInForce, StashLink

log = logging.getLogger("stash2plex.worker")

STEP: Final = 100
"""How many items are given back before saves get their turn again."""

_Data = Mapping[str, Any]


class _Undoing(ABC):
    """Handles a control job of an undo; the next step is a job of its own."""

    DONE: ClassVar[str]

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
        self._queue_dir = queue_dir
        self._clock = clock

    def __call__(self, claimed: ClaimedJob) -> Result:
        """Do one step. Raise PlexError, StashError: what pauses everything leaves the job where it is."""
        job = claimed.job
        scene_id, progress = job["data"].get("scene_id"), Progress(self._records, job)
        if self._settings.current().dry_run:
            switch = "switch it off and start the task again"
            progress.fail(f"The setting dry_run is on, so nothing was {self.DONE}; {switch}")
            return Result(claimed, kind=CONTROL)
        problem = self._recognition.settle_one(scene_id) if isinstance(scene_id, int) and scene_id else ""
        if problem:
            progress.fail(f"Nothing was {self.DONE}: {problem}")
            return Result(claimed, kind=CONTROL)
        tally, keys = self._step(job["data"], progress)
        if len(keys) < STEP:
            progress.finish(tally.text(), **tally.details())
        else:
            put(self._queue_dir, {**job, "data": {**job["data"], "after": keys[-1]}, "enqueued_at": self._clock()})
        return Result(claimed, kind=CONTROL)

    @abstractmethod
    def _step(self, data: _Data, progress: Progress) -> tuple[Tally, Sequence[int]]:
        """Give the next STEP items back; return what came of it, and the keys of these items in ascending order."""

    def _drop(self, which: Selection, whose: str) -> None:
        """Drop jobs that waited when the undo was asked for, and would write again what it puts back."""
        if dropped := drop(self._queue_dir, which):
            log.info("%s of %s dropped", counted(dropped, "pending job"), whose)

    def _drop_answers(self, fields: Iterable[tuple[int, str]], asked_at: float) -> None:
        """Likewise the answers about these fields, each with its scene."""
        keys = {field_key(*each) for each in fields}
        self._drop(Selection(keys=keys, update_type=PIN, until=asked_at), "fields that are put back")

    def _queue_saved(self, updated_at: Mapping[int, float], asked_at: float) -> None:
        """Queue scenes that were saved since the undo was asked for: they are written again behind it."""
        now = self._clock()
        again = sorted(scene_id for scene_id, moment in updated_at.items() if moment > asked_at)
        if again:
            jobs = [create_sync_job(scene_id, METADATA, {"fields": []}, now=now) for scene_id in again]
            enqueue_many(self._queue_dir, jobs, now=now)


class Restore(_Undoing):
    """Gives back what all items, or those of one scene (`{"scene_id": 1}`), showed before our first write."""

    DONE = "restored"

    def _step(self, data: _Data, progress: Progress) -> tuple[Tally, Sequence[int]]:
        tally = RestoreTally(self._records, progress, self._clock)
        originals = {original.rating_key: original for original in self._next_originals(data, tally)}
        if originals:
            self._give_back(originals, tally, progress.asked_at)
        return tally, list(originals)

    def _next_originals(self, data: _Data, tally: Tally) -> list[Original]:
        records, after, scene_id = self._records, int(data.get("after") or 0), data.get("scene_id")
        if isinstance(scene_id, int):
            written = records.written.get(scene_id)
            own = [key for key, record in written.items() if key > after and not record.is_empty]
            kept = records.originals.get_many(own)
            tally.expect(len(kept))
            return [kept[key] for key in sorted(kept)][:STEP]
        tally.expect(records.originals.count())
        return records.originals.page(after=after, limit=STEP)

    def _give_back(self, originals: Mapping[int, Original], tally: Tally, asked_at: float) -> None:
        client = self._plex.client()
        can_clear = client.artwork.can_clear
        kinds = (POSTER, BACKGROUND) if can_clear else (POSTER,)
        written = self._records.written.of_items(list(originals))
        with_picture = {(key, kind) for key, own in written.items() for kind in kinds if _uploads(own, kind)}

        def decide(keys: Sequence[int], items: Mapping[int, Item], chosen: Chosen) -> dict[int, Undo]:
            records, known = self._records.written.of_items(keys), self._records.items.get_many(keys)
            others = {
                key
                for key, item in items.items()
                if not is_still(originals[key], item, known.get(key), records.get(key, ()))
            }
            same = [key for key in keys if key not in others]
            scene_ids = {record.scene_id for key in same for record in records.get(key, ())}
            waiting = set(map(scene_key, scene_ids))
            self._drop(Selection(keys=waiting, update_type=METADATA, until=asked_at), "restored scenes")
            self._drop_answers(product(scene_ids, ANSWERED), asked_at)
            for key in keys:
                if key not in items:
                    tally.gone(key, records.get(key, []))
                elif key in others:
                    tally.other(items[key])
                elif key not in records:
                    tally.unknown(items[key])
            ready = [key for key in same if key in items and key in records]
            can_clear = client.artwork.can_clear  # a try may have taught otherwise
            self._queue_saved(_newest_state(record for key in ready for record in records[key]), asked_at)
            return {
                key: _restored(originals[key], items[key], records[key], chosen, can_clear=can_clear) for key in ready
            }

        GivingBack(client, tally, decide).give_back(list(originals), with_picture)


class UndoChanges(_Undoing):
    """Puts back what an `undo_job` asks for: a run, everything since a moment, or the last sync of a scene."""

    DONE = "put back"

    def __call__(self, claimed: ClaimedJob) -> Result:
        """Do one step, see `_Undoing`."""
        if choice_of(claimed.job["data"]) is None:
            return Result(claimed, PermanentError("an undo of nothing: it names no run, no moment and no scene"))
        self._records.facts.put(LAST_UNDO, claimed.job["job_key"])
        return super().__call__(claimed)

    def _step(self, data: _Data, progress: Progress) -> tuple[Tally, Sequence[int]]:
        choice = choice_of(data) or Choice()
        changes, until = self._records.changes, until_of(choice, progress.asked_at)
        after = int(data.get("after") or 0)
        self._drop_unsent(choice, progress.asked_at)
        tally = UndoTally(self._records, progress, self._clock)
        tally.expect(changes.count(choice, until=until, after=after))
        keys = changes.items(choice, until=until, after=after, limit=STEP)
        if keys:
            self._look_at_scenes(keys, tally, progress.asked_at)
            self._put_back(keys, lambda change: choice.holds(change) and change.at <= until, tally, progress.asked_at)
        return tally, keys

    def _drop_unsent(self, choice: Choice, asked_at: float) -> None:
        """Drop what a task has queued and is not sent yet: it would go on with what is undone here.

        Saves are the user's own and are written, but for what is pinned.
        """
        if choice.scene_id:
            return
        queued = Selection(update_type=METADATA, run=choice.run, since=choice.since, until=asked_at)
        self._drop(queued, "what is undone")

    def _look_at_scenes(self, keys: Sequence[int], tally: UndoTally, asked_at: float) -> None:
        """Find out who the scenes of these items are now, and which state of them the pins hold for."""
        records = self._records
        ids = {change.scene_id for change in records.changes.of_items(keys)}
        for own in records.written.of_items(keys).values():
            ids |= {record.scene_id for record in own if not record.gone_at}
        scenes = self._stash.scenes(sorted(scene_id for scene_id in ids if scene_id > 0), {})
        self._recognition.settle(scenes)
        updated_at = {scene_id: scene.updated_at for scene_id, scene in scenes.items()}
        self._queue_saved(updated_at, asked_at)
        tally.marks = {scene_id: scene.mark for scene_id, scene in scenes.items()}
        tally.pinned_at = {scene_id: moment for scene_id, moment in updated_at.items() if moment <= asked_at}

    def _put_back(
        self, keys: Sequence[int], is_meant: Callable[[Overwritten], bool], tally: UndoTally, asked_at: float
    ) -> None:
        records, client = self._records, self._plex.client()
        changes: dict[int, list[Overwritten]] = {}
        for change in records.changes.of_items(keys):
            changes.setdefault(change.rating_key, []).append(change)
        meant = [change for of_item in changes.values() for change in of_item if is_meant(change)]
        self._drop_answers(((change.scene_id, name) for change in meant for name in change.after), asked_at)
        earlier = {key: earlier_of(changes[key], is_meant) for key in keys}

        def decide(keys: Sequence[int], items: Mapping[int, Item], chosen: Chosen) -> dict[int, Undo]:
            written, known = records.written.of_items(keys), records.items.get_many(keys)
            undos: dict[int, Undo] = {}
            for key in keys:
                own, past, picture = written.get(key, []), earlier[key], chosen.get((key, POSTER))
                if key not in items:
                    tally.gone(key, own)
                elif not is_still(past.original, items[key], known.get(key), own):
                    tally.other(items[key])
                else:
                    undos[key] = _put_back(items[key], past, own, picture, can_clear=client.artwork.can_clear)
            return undos

        with_poster = {(key, POSTER) for key, change in earlier.items() if change.posters}
        GivingBack(client, tally, decide).give_back(keys, with_poster)


def _restored(original: Original, item: Item, records: Sequence[Written], chosen: Chosen, *, can_clear: bool) -> Undo:
    past = sorted(records, key=lambda record: record.synced_at)
    plan = restore_plan(
        original,
        item,
        united(record.values for record in past),
        intended=united(record.intended for record in past),
        pictures=frozenset(_pictures(original, records, chosen, can_clear=can_clear)),
        can_clear=can_clear,
    )
    return undo_of(item, plan, records)


def _uploads(records: Sequence[Written], kind: str) -> set[str]:
    found = (record.poster_sha1 if kind == POSTER else record.background_sha1 for record in records)
    return {sha1 for sha1 in found if sha1}


def _pictures(original: Original, records: Sequence[Written], chosen: Chosen, *, can_clear: bool) -> Iterator[str]:
    """Yield the kinds of pictures that are still ours: another one that the user has chosen since is not.

    Where no choice can be taken back, none of a background is asked for.
    """
    for kind, earlier in ((POSTER, original.poster_key), (BACKGROUND, "")):
        uploads, shown = _uploads(records, kind), chosen.get((original.rating_key, kind))
        is_asked_for = kind == POSTER or can_clear
        if uploads and (not is_asked_for or is_upload(shown, uploads, earlier, can_clear=can_clear)):
            yield kind


def _newest_state(records: Iterable[Written]) -> dict[int, float]:
    """Return which state of each scene, by its `updated_at`, was written; scenes that are gone are left out."""
    newest: dict[int, float] = {}
    for record in records:
        if not record.gone_at:
            newest[record.scene_id] = max(record.scene_updated_at, newest.get(record.scene_id, 0.0))
    return newest


def _put_back(item: Item, earlier: Earlier, records: Sequence[Written], chosen: str | None, *, can_clear: bool) -> Undo:
    original, posters = earlier.original, earlier.posters
    is_ours = bool(posters) and is_upload(chosen, posters, original.poster_key, can_clear=can_clear)
    pictures = frozenset({POSTER} if is_ours else ())
    plan = restore_plan(original, item, earlier.after, intended=earlier.unsure, pictures=pictures, can_clear=can_clear)
    put_back = {change.field for change in plan.changes}  # a sort title follows its title, whoever wrote it last
    stay = [Kept(name, "", "", KeptReason.AGAIN) for name in sorted(earlier.again - put_back)]
    if posters and not is_ours:
        stay.append(Kept(POSTER, "", "", KeptReason.CHOSEN))
    plan = replace(plan, kept=(*plan.kept, *stay))
    return undo_of(item, plan, (record for record in records if not record.is_empty), earlier)
