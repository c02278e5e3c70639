"""What an undo put back, counted and told, and recorded in the same transaction. Knows no server."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from logs.words import counted
from plex.edit import Edit
from plex.errors import PlexError
from plex.fields import ADDED_AT
from plex.model import Item
from plex.moments import epoch_of
from plex.plan import ItemPlan, KeptReason
from records import FieldChange, Identity, Records, Skip, Sync, Written
from worker.control.earlier import Earlier
from worker.control.jobs import Progress
from worker.sync.codes import POSTER, RESTORED

NOTES: Final = 200
"""How many lines about what could not be put back are kept; the rest is counted."""

_NAMES: Final = ("done", "total", "restored", "gone", "refused", "unread", "unknown", "other", "stays", "lost")
_PICTURE: Final = "The picture that was there before is shown again."
_OTHER: Final = (
    "it holds none of the files that were there when it was first written to, so nothing was put back; "
    "if its file was only moved, sync the scene and start again"
)


@dataclass(frozen=True, slots=True)
class Undo:
    """What has to be done to one item; `earlier` is what is put back, where that is not everything."""

    item: Item
    plan: ItemPlan
    records: tuple[Written, ...]
    edit: Edit | None
    notes: tuple[str, ...]
    earlier: Earlier | None = None


class Tally(ABC):
    """Counts what was put back, in the same transaction that records it: a kill in between counts nothing twice."""

    NOTHING: ClassVar[str]
    WHEN: ClassVar[str]
    GONE: ClassVar[str]
    LACKS: ClassVar[str]
    END: ClassVar[str]

    def __init__(self, records: Records, progress: Progress, clock: Callable[[], float]) -> None:
        self._records = records
        self._progress = progress
        self._clock = clock
        last = progress.last()
        self._counts = {name: int(last.get(name, 0)) for name in _NAMES}
        self._notes: list[str] = list(last.get("notes", []))

    @abstractmethod
    def _record(self, undo: Undo) -> str:
        """Record that nothing of what is undone is left in the item; return what it counts as."""

    @abstractmethod
    def _lose(self, rating_key: int, records: Sequence[Written]) -> None:
        """Record that Plex does not have the item."""

    @abstractmethod
    def _lost(self, count: int) -> str:
        """Say what became of `count` fields that were not put back."""

    def expect(self, left: int) -> None:
        """`left` items are still to come."""
        self._counts["total"] = max(self._counts["total"], self._counts["done"] + left)
        self._tell()

    def given_back(self, undo: Undo) -> None:
        """Nothing of what is to be undone is left in the item."""
        with self._records.transaction():
            self._note_in_history(undo)
            for change in undo.plan.changes:
                if change.field == ADDED_AT:  # by which the item is known
                    who = Identity.of_sizes(epoch_of(change.after), undo.item.files)
                    self._records.items.see({undo.item.rating_key: who}, self._clock())
            self._count(self._record(undo), undo.notes)

    def settled(self, undo: Undo, error: PlexError | None, refused: Collection[str] = ()) -> None:
        """An edit was sent; Plex took all of it but the fields that are `refused`."""
        if error is None:
            self.given_back(undo)
        elif refused:
            self.in_part(undo, refused, error)
        else:
            self.refused(undo.item, error)

    def in_part(self, undo: Undo, refused: Collection[str], error: PlexError) -> None:  # noqa: ARG002
        """The other fields show again what they showed."""
        self.refused(undo.item, error)

    def refused(self, item: Item, error: PlexError) -> None:
        """Plex would not take it: the record stays, so that the next start of the task tries again."""
        self._count_alone("refused", f"{name_of(item)}: {error}")

    def unread(self, rating_key: int, error: PlexError) -> None:
        """Plex cannot show it, although it shows others: the record stays, as where it refuses."""
        self._count_alone("unread", f"item {rating_key} cannot be read: {error}")

    def gone(self, rating_key: int, records: Sequence[Written]) -> None:
        """Plex does not have the item. What was kept of it waits: a Plex that starts denies items that it has."""
        scenes = ", ".join(str(record.scene_id) for record in records)
        with self._records.transaction():
            self._lose(rating_key, records)
            named = f"item {rating_key}{f' (scene {scenes})' if scenes else ''}"
            self._count("gone", (f"{named}: Plex {self.LACKS}",))

    def unknown(self, item: Item) -> None:
        """Only the original of the item is known: what was kept for it stays kept."""
        what = "what was written to it is not known, so it stays as it is until its scene is synced"
        self._count_alone("unknown", f"{name_of(item)}: {what}")

    def other(self, item: Item) -> None:
        """Plex has another item under the key now: what was there before is none of its values."""
        self._count_alone("other", f"{name_of(item)}: {_OTHER}")

    def text(self) -> str:
        """Return what came of it, for people."""
        counts = self._counts
        if not counts["total"]:
            return self.NOTHING
        parts = [f"{counts['restored']:,} of {counts['total']:,} items show again what they showed {self.WHEN}"]
        reasons = {
            "stays": "left as they are, changed since",
            "gone": self.GONE,
            "refused": "refused by Plex, in whole or in part",
            "unread": "unreadable in Plex and left as they are",
            "other": "left as they are, with other files than before",
            "unknown": "left as they are, not known well enough",
        }
        parts += [f"{reason}: {counts[name]:,}" for name, reason in reasons.items() if counts[name]]
        parts += [self._lost(counts["lost"])] if counts["lost"] else []
        return f"{'; '.join(parts)}. {self.END}"

    def details(self) -> dict[str, object]:
        """Return counts and notes."""
        return {**self._counts, "notes": self._notes}

    def _note_in_history(self, undo: Undo, refused: Collection[str] = ()) -> None:
        plan = undo.plan
        changes = [
            FieldChange(each.field, each.before, each.after) for each in plan.named_changes if each.field not in refused
        ]
        pictures = {POSTER} if plan.poster else set()
        changes += [FieldChange(kind, "", _PICTURE) for kind in sorted(pictures | plan.clear)]
        if changes and undo.records:
            scene_id, now = undo.records[0].scene_id, self._clock()
            sync = Sync(scene_id, undo.item.rating_key, now, tuple(changes), is_undo=True)
            self._records.history.record_many([sync])

    def _count_alone(self, name: str, note: str) -> None:
        with self._records.transaction():
            self._count(name, (note,))

    def _count(self, name: str, notes: Sequence[str]) -> None:
        self._counts["done"] += 1
        self._counts[name] += 1
        self._counts["lost"] += len(notes) if name in ("restored", "stays") else 0
        self._notes += notes[: max(0, NOTES - len(self._notes))]
        self._tell()

    def _tell(self) -> None:
        rest = {name: count for name, count in self._counts.items() if name not in ("done", "total")}
        self._progress.tell(self._counts["done"], self._counts["total"], **rest, notes=self._notes)


class RestoreTally(Tally):
    """An item that shows again what it showed first is forgotten, and its scenes are left alone until saved."""

    NOTHING = "There was nothing to restore"
    WHEN = "before the first sync"
    GONE = "no longer in Plex"
    LACKS = "no longer has it"
    END = "A restored scene is synced again as soon as it is saved in Stash, and by Sync All"

    def _record(self, undo: Undo) -> str:
        self._records.forget_item(undo.item.rating_key)
        self._leave_alone(undo.records)
        self._records.changes.forget_item(undo.item.rating_key)
        return "restored"

    def _lose(self, rating_key: int, records: Sequence[Written]) -> None:
        self._records.items.lose(rating_key)
        self._leave_alone(records)

    def _lost(self, count: int) -> str:
        return f"{counted(count, 'field')} could not be restored"

    def _leave_alone(self, records: Sequence[Written]) -> None:
        now, text = self._clock(), "its Plex values were restored; it is synced again when it is saved, or by Sync All"
        self._records.skips.record_many(
            Skip(record.scene_id, RESTORED, text, now) for record in records if not record.gone_at
        )


class UndoTally(Tally):
    """The record of an item becomes what it was before the changes that were undone, and their fields are pinned.

    Attributes:
        pinned_at: the scenes that Stash has and that were not saved since the undo was asked for, with their
            `updated_at`.
        marks: what these scenes say, by `Scene.mark`.
    """

    NOTHING = "There was nothing to put back"
    WHEN = "before"
    GONE = "not in Plex now"
    LACKS = "does not have it now"
    END = "What was put back stays until its scene is saved in Stash, or told to follow Stash"

    def __init__(self, records: Records, progress: Progress, clock: Callable[[], float]) -> None:
        super().__init__(records, progress, clock)
        self.pinned_at: Mapping[int, float] = {}
        self.marks: Mapping[int, str] = {}

    def in_part(self, undo: Undo, refused: Collection[str], error: PlexError) -> None:
        """Record what was put back, or the next sync would undo the undo; the rest is tried by the next start."""
        with self._records.transaction():
            self._note_in_history(undo, refused)
            self._record_fields(undo, _put_back(undo) - set(refused))
            self._count("refused", (f"{name_of(undo.item)}: {error}",))

    def _record(self, undo: Undo) -> str:
        fields = _put_back(undo)
        self._record_fields(undo, fields)
        return "restored" if fields else "stays"

    def _lose(self, rating_key: int, records: Sequence[Written]) -> None:
        """What was overwritten stays kept: the library may be back tomorrow."""

    def _lost(self, count: int) -> str:
        return f"{counted(count, 'field')} left as {'it is' if count == 1 else 'they are'}"

    def _record_fields(self, undo: Undo, fields: frozenset[str]) -> None:
        changed = {change.scene_id for change in undo.earlier.changes} if undo.earlier else set()
        # What another scene left there, lost by now, is what stands there again: Restore still has to know it.
        own = [record for record in undo.records if record.scene_id in changed]
        self._records.written.record_many(self._marked(_as_before(record, undo, fields)) for record in own)
        for scene_id in changed | {record.scene_id for record in undo.records if not record.gone_at}:
            if scene_id in self.pinned_at:
                at = self.pinned_at[scene_id]
                self._records.pins.pin(scene_id, fields, at=self._clock(), scene_updated_at=at)
        if undo.earlier is not None:
            # A picture of which Plex does not tell what stood there before will be no other one tomorrow.
            lost = {kept.field for kept in undo.plan.kept if kept.reason is KeptReason.PICTURE}
            self._records.changes.undone(undo.earlier.whole(fields | lost), at=self._clock())

    def _marked(self, record: Written) -> Written:
        """By its mark a pin is told from one that a save has ended; records of versions up to 1.1 have none."""
        return replace(record, scene_mark=record.scene_mark or self.marks.get(record.scene_id, ""))


def name_of(item: Item) -> str:
    """Return an item as it stands in a line for people."""
    return f'item {item.rating_key} "{item.title}"'


def _put_back(undo: Undo) -> frozenset[str]:
    """Return the fields that show again what they showed; a list may lack what was taken out of it since."""
    stay = {kept.field for kept in undo.plan.kept if kept.reason is not KeptReason.REMOVED}
    parts = undo.earlier.parts if undo.earlier else {}
    return frozenset(parts.keys() - stay)


def _as_before(record: Written, undo: Undo, fields: frozenset[str]) -> Written:
    base = undo.earlier.base if undo.earlier else {}
    values = {name: value for name, value in record.values.items() if name not in fields}
    values |= {name: base[name] for name in fields if name in base and name != POSTER}
    past = replace(record, values=values, intended={})
    if POSTER not in fields:
        return past
    return replace(past, poster_sha1=str(base.get(POSTER) or ""), poster_etag="", poster_source="", poster_made="")
