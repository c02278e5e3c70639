"""What an undo of the last changes put back, counted and told. What was put back is recorded and pinned in the same transaction. Knows no server."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from logs.words import counted
from plex.errors import PlexError
from plex.plan import KeptReason
from records import Records, Written
from worker.control.jobs import Progress
from worker.control.restore_tally import Tally, Undo, name_of
from worker.sync.plans import POSTER


class UndoTally(Tally):
    """Counts; the record of an item is what it was before the changes that were undone, and their fields are pinned.

    `pinned_at` are the scenes that Stash has and that were not saved since the undo was asked for, with their `updated_at`; `marks` what they say.
    """

    def __init__(self, records: Records, progress: Progress, clock: Callable[[], float]) -> None:
        super().__init__(records, progress, clock)
        self.pinned_at: Mapping[int, float] = {}
        self.marks: Mapping[int, str] = {}

    def gone(self, rating_key: int, records: Sequence[Written]) -> None:
        """There is no such item now. What was overwritten stays kept: the library may be back tomorrow."""
        scenes = ", ".join(str(record.scene_id) for record in records)
        with self._records.transaction():
            self._count(
                "gone", (f"item {rating_key}{f' (scene {scenes})' if scenes else ''}: Plex does not have it now",)
            )

    def text(self) -> str:
        """What came of it, for people."""
        counts = self._counts
        if not counts["total"]:
            return "There was nothing to put back"
        parts = [f"{counts['restored']:,} of {counts['total']:,} items show again what they showed before"]
        parts += [f"left as they are, changed since: {counts['stays']:,}"] if counts["stays"] else []
        parts += [f"not in Plex now: {counts['gone']:,}"] if counts["gone"] else []
        parts += self.left()
        parts += (
            [f"{counted(counts['lost'], 'field')} left as {'it is' if counts['lost'] == 1 else 'they are'}"]
            if counts["lost"]
            else []
        )
        return "; ".join(parts) + ". What was put back stays until its scene is saved in Stash, or told to follow Stash"

    def in_part(self, undo: Undo, refused: Collection[str], error: PlexError) -> None:
        """What was put back stays so, or the next sync would undo the undo; the rest is tried again by the next start."""
        with self._records.transaction():
            self._put_down(undo, _put_back(undo) - set(refused))
            self._count("refused", (f"{name_of(undo.item)}: {error}",))

    def _keep(self, undo: Undo) -> str:
        fields = _put_back(undo)
        self._put_down(undo, fields)
        return "restored" if fields else "stays"

    def _put_down(self, undo: Undo, fields: frozenset[str]) -> None:
        theirs = {change.scene_id for change in undo.earlier.changes} if undo.earlier else set()
        # What another scene left there, lost by now, is what stands there again: Restore still has to know it.
        own = [record for record in undo.records if record.scene_id in theirs]
        self._records.written.record_many(self._marked(_as_before(record, undo, fields)) for record in own)
        for scene_id in _scenes_of(undo):
            if scene_id in self.pinned_at:
                self._pin(scene_id, fields)
        if undo.earlier is not None:
            # A picture of which Plex does not tell what stood there before will be no other one tomorrow.
            lost = {kept.field for kept in undo.plan.kept if kept.reason is KeptReason.PICTURE}
            self._records.changes.undone(undo.earlier.whole(fields | lost), at=self._clock())

    def _marked(self, record: Written) -> Written:
        """By its mark a pin is told from one that a save has ended; records of versions up to 1.1 have none."""
        return replace(record, scene_mark=record.scene_mark or self.marks.get(record.scene_id, ""))

    def _pin(self, scene_id: int, fields: frozenset[str]) -> None:
        self._records.pins.pin(scene_id, fields, at=self._clock(), scene_updated_at=self.pinned_at[scene_id])


def _put_back(undo: Undo) -> frozenset[str]:
    """The fields that show again what they showed; a list without what somebody took out of it since is one of them."""
    stay = {kept.field for kept in undo.plan.kept if kept.reason is not KeptReason.REMOVED}
    parts = undo.earlier.parts if undo.earlier else {}
    return frozenset(parts.keys() - stay)


def _scenes_of(undo: Undo) -> set[int]:
    changed = undo.earlier.changes if undo.earlier else ()
    return {change.scene_id for change in changed} | {record.scene_id for record in undo.records if not record.gone_at}


def _as_before(record: Written, undo: Undo, fields: frozenset[str]) -> Written:
    base = undo.earlier.base if undo.earlier else {}
    values = {name: value for name, value in record.values.items() if name not in fields}
    values |= {name: base[name] for name in fields if name in base and name != POSTER}
    past = replace(record, values=values, intended={})
    if POSTER not in fields:
        return past
    return replace(past, poster_sha1=str(base.get(POSTER) or ""), poster_etag="", poster_source="")
