"""Undo: gives items back what they showed before our first write, some at a time.

Safe against kills: an item's record goes after the item was given back, so what was interrupted is done again and finds it given back already.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plex.edit import Edit, edit_for
from plex.errors import PlexError, PlexItemGone, PlexRejected
from plex.fields import Value
from plex.model import Item
from plex.plan import ItemPlan, KeptReason
from plex.restore import restore_plan
from records import Original, Records, Skip, Written
from sync_queue.by_key import drop_scenes
from sync_queue.settling import ClaimedJob
from worker.errands import KIND, RESTORE, Progress, control_job, put
from worker.report import Result

if TYPE_CHECKING:
    from plex.client import PlexClient
    from worker.session import Session

log = logging.getLogger("stash2plex.worker")

STEP: Final = 100
"""Items given back before saves get their turn again."""

NOTES: Final = 200
"""So many lines about what could not be given back are kept; the rest is counted."""

RESTORED: Final = "restored"
"""The reason under which a scene is left alone until it is saved again."""


@dataclass(frozen=True, slots=True)
class _Undo:
    """What has to be done to one item."""

    item: Item
    plan: ItemPlan
    scene_ids: tuple[int, ...]
    edit: Edit | None
    notes: tuple[str, ...]


class RestoreErrand:
    """Gives back all items, or those of one scene (`{"scene_id": 1}` in the job's data); the next step is a job of its own."""

    def __init__(self, session: "Session", clock: Callable[[], float]) -> None:
        self._session = session
        self._clock = clock
        self._queue_dir = os.path.join(session.data_dir, "queue")

    def __call__(self, claimed: ClaimedJob) -> Result:
        """One step. Raises PlexError, StashError: what pauses everything leaves the job where it is."""
        progress = Progress(self._session.records, claimed.job)
        if self._session.settings().dry_run:
            progress.fail("The setting dry_run is on, so nothing was restored; switch it off and start the task again")
            return Result(claimed, kind=KIND)
        tally = _Tally(self._session.records, progress, self._clock)
        originals = self._step(claimed, tally)
        if originals:
            self._drop_pending(originals)
            self._give_back(originals, tally)
        if len(originals) < STEP:
            progress.finish(tally.text(), **tally.told())
        else:
            after = originals[-1].rating_key
            data = {**claimed.job["data"], "after": after}
            put(self._queue_dir, control_job(RESTORE, data, now=self._clock(), job_key=claimed.job["job_key"]))
        return Result(claimed, kind=KIND)

    def _step(self, claimed: ClaimedJob, tally: "_Tally") -> list[Original]:
        records, data = self._session.records, claimed.job["data"]
        after, scene_id = int(data.get("after") or 0), data.get("scene_id")
        if isinstance(scene_id, int):
            kept = records.originals.get_many([key for key in records.written.get(scene_id) if key > after])
            tally.expect(len(kept))
            return [kept[key] for key in sorted(kept)][:STEP]
        tally.expect(records.originals.count())
        return records.originals.page(after=after, limit=STEP)

    def _drop_pending(self, originals: Sequence[Original]) -> None:
        """Jobs that wait would write it all again; saves that come from now on do so on purpose."""
        records = self._session.records.written.of_items([original.rating_key for original in originals])
        dropped = drop_scenes(self._queue_dir, {record.scene_id for found in records.values() for record in found})
        if dropped:
            log.info("%d pending jobs of restored scenes were dropped", dropped)

    def _give_back(self, originals: Sequence[Original], tally: "_Tally") -> None:
        client = self._session.plex()
        keys = [original.rating_key for original in originals]
        items, records = client.items(keys), self._session.records.written.of_items(keys)
        for key in keys:
            if key not in items:
                tally.gone(key, records.get(key, []))
        undone = {
            original.rating_key: self._undo(
                client, original, items[original.rating_key], records.get(original.rating_key, [])
            )
            for original in originals
            if original.rating_key in items
        }
        ready = {key: undo for key, undo in undone.items() if self._select_poster(client, undo, tally)}
        for key, undo in ready.items():
            if undo.edit is None:
                tally.given_back(key, undo)
        edits = [undo.edit for undo in ready.values() if undo.edit is not None]
        for applied in client.apply_all(edits):
            for key in applied.rating_keys:
                tally.settled(key, ready[key], applied.error)

    def _undo(self, client: "PlexClient", original: Original, item: Item, records: Sequence[Written]) -> _Undo:
        newest = max(records, key=lambda record: record.synced_at, default=None)
        posters = {record.poster_sha1 for record in records if record.poster_sha1}
        pictures = ({"poster"} if posters else set()) | (
            {"background"} if any(r.background_sha1 for r in records) else set()
        )
        if posters and not client.selected_poster(item.rating_key).endswith(tuple(f"/{sha1}" for sha1 in posters)):
            pictures.discard("poster")  # the user has chosen another one since
        plan = restore_plan(
            original,
            item,
            _united(records, newest),
            intended=newest.intended if newest else None,
            pictures=frozenset(pictures),
        )
        needs_edit = plan.changes or plan.lock or plan.unlock
        edit = edit_for(item, plan.changes, lock=plan.lock, unlock=plan.unlock) if needs_edit else None
        return _Undo(item, plan, tuple(record.scene_id for record in records), edit, tuple(_notes(item, plan, records)))

    @staticmethod
    def _select_poster(client: "PlexClient", undo: _Undo, tally: "_Tally") -> bool:
        """Before the edit, which takes the lock away that choosing may set. Whether the rest can follow."""
        if undo.plan.poster:
            try:
                client.select_poster(undo.item.rating_key, undo.plan.poster)
            except (PlexRejected, PlexItemGone) as error:
                tally.refused(undo.item, error)
                return False
        return True


class _Tally:
    """Counts what was given back, in the same transaction that forgets it: a kill in between counts nothing twice."""

    def __init__(self, records: Records, progress: Progress, clock: Callable[[], float]) -> None:
        self._records = records
        self._progress = progress
        self._clock = clock
        last = progress.last
        self._counts = {
            name: int(last.get(name, 0)) for name in ("done", "total", "restored", "gone", "refused", "lost")
        }
        self._notes: list[str] = list(last.get("notes", []))

    def expect(self, left: int) -> None:
        self._counts["total"] = max(self._counts["total"], self._counts["done"] + left)
        self._tell()

    def given_back(self, rating_key: int, undo: _Undo) -> None:
        """Nothing of ours is left in the item."""
        with self._records.transaction():
            self._forget(rating_key, undo.scene_ids)
            self._count("restored", undo.notes)

    def settled(self, rating_key: int, undo: _Undo, error: PlexError | None) -> None:
        """An edit was sent."""
        if error is None:
            self.given_back(rating_key, undo)
        else:
            self.refused(undo.item, error)

    def refused(self, item: Item, error: PlexError) -> None:
        """Plex would not take it: the record stays, so that the next start of the task tries again."""
        with self._records.transaction():
            self._count("refused", (f"{_name(item)}: {error}",))

    def gone(self, rating_key: int, records: Sequence[Written]) -> None:
        """There is no such item any more."""
        scenes = ", ".join(str(record.scene_id) for record in records)
        with self._records.transaction():
            self._forget(rating_key, [record.scene_id for record in records])
            self._count("gone", (f"item {rating_key}{f' (scene {scenes})' if scenes else ''}: Plex no longer has it",))

    def text(self) -> str:
        """What came of it, for people."""
        counts = self._counts
        parts = [
            f"{counts['restored']:,} of {counts['total']:,} items show again what they showed before the first sync"
        ]
        parts += [f"{counts['gone']:,} are no longer in Plex"] if counts["gone"] else []
        parts += [f"{counts['refused']:,} were refused by Plex and stay as they are"] if counts["refused"] else []
        parts += [f"{counts['lost']:,} fields could not be restored"] if counts["lost"] else []
        return ", ".join(parts) + ". A restored scene is synced again as soon as it is saved in Stash, and by Sync All"

    def told(self) -> dict[str, object]:
        """Counts and notes."""
        return {**self._counts, "notes": self._notes}

    def _forget(self, rating_key: int, scene_ids: Sequence[int]) -> None:
        now = self._clock()
        text = "its Plex values were restored; it is synced again when it is saved"
        self._records.forget_item(rating_key)
        self._records.skips.record_many(Skip(scene_id, RESTORED, text, now) for scene_id in scene_ids)

    def _count(self, name: str, notes: Sequence[str]) -> None:
        self._counts["done"] += 1
        self._counts[name] += 1
        self._counts["lost"] += len(notes) if name == "restored" else 0
        self._notes += notes[: max(0, NOTES - len(self._notes))]
        self._tell()

    def _tell(self) -> None:
        rest = {name: count for name, count in self._counts.items() if name not in ("done", "total")}
        self._progress.tell(self._counts["done"], self._counts["total"], **rest, notes=self._notes)


def _united(records: Sequence[Written], newest: Written | None) -> Mapping[str, Value] | None:
    """What we wrote to the item: the newest record's values, and the tags of all, where it holds files of several scenes."""
    if newest is None:
        return None
    values: dict[str, Value] = dict(newest.values)
    for record in records:
        for name, value in record.values.items():
            if isinstance(value, tuple):
                known = values.get(name)
                values[name] = tuple(dict.fromkeys((*(known if isinstance(known, tuple) else ()), *value)))
    return values


def _notes(item: Item, plan: ItemPlan, records: Sequence[Written]) -> Iterator[str]:
    if not records:
        yield f"{_name(item)}: its scene is gone from Stash, so what we wrote is no longer known; it stays as it is"
    for kept in plan.kept:
        tags = f" ({', '.join(kept.tags)})" if kept.tags else ""
        stays = "is not put back" if kept.reason is KeptReason.PICTURE else "stays"
        yield f"{_name(item)}: {kept.field}{tags} {stays}: {kept.reason}"


def _name(item: Item) -> str:
    return f'item {item.rating_key} "{item.title}"'
