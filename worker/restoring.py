"""Undo: gives items back what they showed before our first write, some at a time, each right behind a look at it.

Safe against kills: an item's record goes after the item was given back, so what was interrupted is done again and finds it given back already.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from logs.words import counted
from plex.edit import edit_for
from plex.errors import PlexItemGone, PlexRejected
from plex.model import Item
from plex.plan import ItemPlan, KeptReason
from plex.restore import restore_plan
from records import Original, Written, united
from sync_queue.bulk import enqueue_many
from sync_queue.by_key import drop_scenes
from sync_queue.models import METADATA, create_sync_job
from sync_queue.settling import ClaimedJob
from worker.errands import KIND, RESTORE, Progress, control_job, put
from worker.looks import Looks
from worker.report import Result
from worker.restore_tally import Tally, Undo, name_of

if TYPE_CHECKING:
    from plex.client import PlexClient
    from worker.session import Session

log = logging.getLogger("stash2plex.worker")

STEP: Final = 100
"""Items given back before saves get their turn again."""


class RestoreErrand:
    """Gives back all items, or those of one scene (`{"scene_id": 1}` in the job's data); the next step is a job of its own."""

    def __init__(self, session: "Session", clock: Callable[[], float]) -> None:
        self._session = session
        self._clock = clock
        self._queue_dir = session.queue_dir

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step. Raises PlexError, StashError: what pauses everything leaves the job where it is."""
        progress = Progress(self._session.records, claimed.job)
        if self._session.settings().dry_run:
            progress.fail("The setting dry_run is on, so nothing was restored; switch it off and start the task again")
            return Result(claimed, kind=KIND)
        tally = Tally(self._session.records, progress, self._clock)
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
        records, data = self._session.records, claimed.job["data"]
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
        """As many at a time as can be written upon one look; for what there was no time after all is looked at again."""
        client = self._session.plex()
        looks = Looks(client)
        waiting = {original.rating_key: original for original in originals}
        while waiting:
            client.ready()
            window = list(waiting.values())[: looks.most()]
            for keys in self._given_back(client, looks, window, tally, asked_at):
                for key in keys:
                    del waiting[key]

    def _given_back(
        self, client: "PlexClient", looks: Looks, window: Sequence[Original], tally: Tally, asked_at: float
    ) -> Iterator[Collection[int]]:
        """The keys of those that were given back, or cannot be."""
        keys = [original.rating_key for original in window]
        records = self._session.records.written.of_items(keys)
        asked_s = client.now_s()
        chosen = {key: _chosen(client, key) for key in keys if _posters(records.get(key, ()))}
        items = looks.look(keys)
        undone = self._undone(window, items, records, chosen, tally, asked_at)
        yield [key for key in keys if key not in undone]
        self._queue_saved(undone.values(), asked_at)
        looked_s = [item.looked_s for item in items.values()] + ([asked_s] if chosen and len(keys) > 1 else [])
        yield from looks.in_time(self._writes(client, undone, tally), lambda: looked_s)

    def _undone(
        self,
        originals: Sequence[Original],
        items: Mapping[int, Item],
        records: Mapping[int, Sequence[Written]],
        chosen: Mapping[int, str],
        tally: Tally,
        asked_at: float,
    ) -> dict[int, Undo]:
        """What has to be done to the items that can be given back; the others are told of."""
        same = [one for one in originals if one.rating_key not in items or one.may_be(items[one.rating_key].files)]
        self._drop_pending([record for one in same for record in records.get(one.rating_key, ())], asked_at)
        for original in originals:
            key = original.rating_key
            if key not in items:
                tally.gone(key, records.get(key, []))
            elif original not in same:
                tally.other(items[key])
            elif key not in records:
                tally.unknown(items[key])
        known = {one.rating_key: one for one in same if one.rating_key in items and one.rating_key in records}
        return {key: _undo(one, items[key], records[key], chosen.get(key, "")) for key, one in known.items()}

    def _drop_pending(self, records: Sequence[Written], asked_at: float) -> None:
        """Jobs that waited when the undo was asked for would write it all again; what is saved from then on is meant to be written."""
        dropped = drop_scenes(self._queue_dir, {record.scene_id for record in records}, until=asked_at)
        if dropped:
            log.info("%s of restored scenes dropped", counted(dropped, "pending job"))

    def _queue_saved(self, undone: Iterable[Undo], asked_at: float) -> None:
        """What was saved since the undo was asked for, and has been written already, is written again after it."""
        records = (record for undo in undone for record in undo.records if record.scene_updated_at > asked_at)
        again = sorted({record.scene_id for record in records if not record.gone_at})
        now = self._clock()
        jobs = [create_sync_job(scene_id, METADATA, {"fields": []}, now=now) for scene_id in again]
        if jobs:
            enqueue_many(self._queue_dir, jobs, now=now)

    def _writes(self, client: "PlexClient", undone: Mapping[int, Undo], tally: Tally) -> Iterator[Collection[int]]:
        """One write after the other; the keys of the items that are settled with it."""
        for key, undo in undone.items():
            if undo.plan.poster:
                is_chosen = self._select_poster(client, undo, tally)
                yield from self._edits(client, {key: undo}, tally) if is_chosen else [(key,)]
        yield from self._edits(client, {key: undo for key, undo in undone.items() if not undo.plan.poster}, tally)

    @staticmethod
    def _edits(client: "PlexClient", undone: Mapping[int, Undo], tally: Tally) -> Iterator[Collection[int]]:
        for key, undo in undone.items():
            if undo.edit is None:
                tally.given_back(key, undo)
                yield (key,)
        for applied in client.apply_all([undo.edit for undo in undone.values() if undo.edit is not None]):
            for key in applied.rating_keys:
                tally.settled(key, undone[key], applied.error)
            yield applied.rating_keys

    @staticmethod
    def _select_poster(client: "PlexClient", undo: Undo, tally: Tally) -> bool:
        """Before the edit, which takes the lock away that choosing may set. Whether the rest can follow."""
        if undo.plan.poster:
            try:
                client.select_poster(undo.item.rating_key, undo.plan.poster)
            except (PlexRejected, PlexItemGone) as error:
                tally.refused(undo.item, error)
                return False
        return True


def _posters(records: Iterable[Written]) -> set[str]:
    return {record.poster_sha1 for record in records if record.poster_sha1}


def _chosen(client: "PlexClient", rating_key: int) -> str:
    try:
        return client.selected_poster(rating_key)
    except PlexItemGone:
        return ""  # the look says so, too


def _undo(original: Original, item: Item, records: Sequence[Written], chosen: str) -> Undo:
    posters = _posters(records)
    pictures = ({"poster"} if posters else set()) | (
        {"background"} if any(r.background_sha1 for r in records) else set()
    )
    if posters and not _is_ours(chosen, posters, original):
        pictures.discard("poster")  # the user has chosen another one since
    past = sorted(records, key=lambda record: record.synced_at)
    plan = restore_plan(
        original,
        item,
        united(record.values for record in past),
        intended=united(record.intended for record in past),
        pictures=frozenset(pictures),
    )
    needs_edit = plan.changes or plan.lock or plan.unlock
    edit = edit_for(item, plan.changes, lock=plan.lock, unlock=plan.unlock) if needs_edit else None
    return Undo(item, plan, tuple(records), edit, tuple(_notes(item, plan)))


def _is_ours(chosen: str, posters: Collection[str], original: Original) -> bool:
    """Whether the chosen poster is one of ours, or was given back already by a try that got no further: its lock is still ours."""
    return chosen.endswith(tuple(f"/{sha1}" for sha1 in posters)) or (bool(chosen) and chosen == original.poster_key)


def _notes(item: Item, plan: ItemPlan) -> Iterator[str]:
    for kept in plan.kept:
        tags = f" ({', '.join(kept.tags)})" if kept.tags else ""
        stays = "is not put back" if kept.reason is KeptReason.PICTURE else "stays"
        yield f"{name_of(item)}: {kept.field}{tags} {stays}: {kept.reason}"
