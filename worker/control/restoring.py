"""Undo: gives items back what they showed before our first write, some at a time.

Safe against kills: an item's record goes after the item was given back, so what was interrupted is done again and finds it given back already.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from logs.words import counted
from plex.model import Item
from plex.restore import restore_plan
from records import Original, Written, united
from sync_queue.by_key import drop_scenes
from sync_queue.settling import ClaimedJob
from worker.control.giving_back import (
    Chosen,
    GivingBack,
    edit_of,
    is_still,
    is_upload,
    newest_state,
    notes_of,
    queue_saved,
)
from worker.control.jobs import KIND, RESTORE, Progress, control_job, put
from worker.control.restore_tally import Tally, Undo
from worker.protocols import Result
from worker.sync.plans import POSTER

if TYPE_CHECKING:
    from records import Records
    from worker.sync.plex_link import PlexLink
    from worker.sync.recognition import Recognition
    from worker.sync.stash_link import SettingsInForce

log = logging.getLogger("stash2plex.worker")

BACKGROUND: Final = "background"

STEP: Final = 100
"""Items given back before saves get their turn again."""


class RestoreHandler:
    """Gives back all items, or those of one scene (`{"scene_id": 1}` in the job's data); the next step is a job of its own."""

    def __init__(
        self,
        plex: "PlexLink",
        settings: "SettingsInForce",
        records: "Records",
        recognition: "Recognition",
        queue_dir: str,
        clock: Callable[[], float],
    ) -> None:
        self._plex = plex
        self._settings = settings
        self._records = records
        self._recognition = recognition
        self._clock = clock
        self._queue_dir = queue_dir

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step. Raises PlexError, StashError: what pauses everything leaves the job where it is."""
        progress = Progress(self._records, claimed.job)
        if self._settings.current().dry_run:
            progress.fail("The setting dry_run is on, so nothing was restored; switch it off and start the task again")
            return Result(claimed, kind=KIND)
        scene_id = claimed.job["data"].get("scene_id")
        problem = self._recognition.settle_one(scene_id) if isinstance(scene_id, int) else ""
        if problem:
            progress.fail(f"Nothing was restored: {problem}")
            return Result(claimed, kind=KIND)
        tally = Tally(self._records, progress, self._clock)
        originals = self._step(claimed, tally)
        if originals:
            self._give_back(originals, tally, progress.asked_at)
        if len(originals) < STEP:
            progress.finish(tally.text(), **tally.told())
        else:
            after = originals[-1].rating_key
            data = {**claimed.job["data"], "after": after}
            put(self._queue_dir, control_job(RESTORE, data, now=self._clock(), job_key=claimed.job["job_key"]))
        return Result(claimed, kind=KIND)

    def _step(self, claimed: ClaimedJob, tally: Tally) -> list[Original]:
        records, data = self._records, claimed.job["data"]
        after, scene_id = int(data.get("after") or 0), data.get("scene_id")
        if isinstance(scene_id, int):
            written = records.written.get(scene_id)
            kept = records.originals.get_many(
                [key for key, record in written.items() if key > after and not record.is_empty]
            )
            tally.expect(len(kept))
            return [kept[key] for key in sorted(kept)][:STEP]
        tally.expect(records.originals.count())
        return records.originals.page(after=after, limit=STEP)

    def _give_back(self, originals: Sequence[Original], tally: Tally, asked_at: float) -> None:
        by_key = {one.rating_key: one for one in originals}
        written = self._records.written.of_items(list(by_key))
        client = self._plex.client()
        asked = (POSTER, BACKGROUND) if client.can_clear_pictures else (POSTER,)
        with_picture = {(key, kind) for key, records in written.items() for kind in asked if _uploads(records, kind)}

        def decide(keys: Sequence[int], items: Mapping[int, Item], chosen: Chosen) -> dict[int, Undo]:
            undos = self._undone([by_key[key] for key in keys], items, chosen, tally, asked_at)
            saved = newest_state(record for undo in undos.values() for record in undo.records)
            queue_saved(self._queue_dir, saved, asked_at, self._clock)
            return undos

        GivingBack(client, tally, decide).give_back(list(by_key), with_picture)

    def _undone(
        self,
        originals: Sequence[Original],
        items: Mapping[int, Item],
        chosen: Chosen,
        tally: Tally,
        asked_at: float,
    ) -> dict[int, Undo]:
        """What has to be done to the items that can be given back; the others are told of."""
        keys = [original.rating_key for original in originals]
        records = self._records.written.of_items(keys)
        known = self._records.items.get_many(keys)
        same = [
            one
            for one in originals
            if (item := items.get(one.rating_key)) is None
            or is_still(one, item, known.get(one.rating_key), records.get(one.rating_key, ()))
        ]
        self._drop_pending([record for one in same for record in records.get(one.rating_key, ())], asked_at)
        for original in originals:
            key = original.rating_key
            if key not in items:
                tally.gone(key, records.get(key, []))
            elif original not in same:
                tally.other(items[key])
            elif key not in records:
                tally.unknown(items[key])
        ready = {one.rating_key: one for one in same if one.rating_key in items and one.rating_key in records}
        can_clear = self._plex.client().can_clear_pictures
        return {key: _undo(one, items[key], records[key], chosen, can_clear=can_clear) for key, one in ready.items()}

    def _drop_pending(self, records: Sequence[Written], asked_at: float) -> None:
        """Jobs that waited when the undo was asked for would write it all again; what is saved from then on is meant to be written."""
        dropped = drop_scenes(self._queue_dir, {record.scene_id for record in records}, until=asked_at)
        if dropped:
            log.info("%s of restored scenes dropped", counted(dropped, "pending job"))


def _uploads(records: Sequence[Written], kind: str) -> set[str]:
    found = (record.poster_sha1 if kind == POSTER else record.background_sha1 for record in records)
    return {sha1 for sha1 in found if sha1}


def _pictures(original: Original, records: Sequence[Written], chosen: Chosen, *, can_clear: bool) -> Iterator[str]:
    """The kinds of pictures that are still ours: another one that the user has chosen since is not. Where no choice can be taken back, none of a background is asked for."""
    for kind, earlier in ((POSTER, original.poster_key), (BACKGROUND, "")):
        uploads, shown = _uploads(records, kind), chosen.get((original.rating_key, kind))
        is_asked_for = kind == POSTER or can_clear
        if uploads and (not is_asked_for or is_upload(shown, uploads, earlier, can_clear=can_clear)):
            yield kind


def _undo(original: Original, item: Item, records: Sequence[Written], chosen: Chosen, *, can_clear: bool) -> Undo:
    past = sorted(records, key=lambda record: record.synced_at)
    plan = restore_plan(
        original,
        item,
        united(record.values for record in past),
        intended=united(record.intended for record in past),
        pictures=frozenset(_pictures(original, records, chosen, can_clear=can_clear)),
        can_clear=can_clear,
    )
    return Undo(item, plan, tuple(records), edit_of(item, plan), tuple(notes_of(item, plan)))
