"""What an undo gave back, counted and told; an item that was given back is forgotten in the same transaction. Knows no server."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from logs.words import counted
from plex.edit import Edit
from plex.errors import PlexError
from plex.model import Item
from plex.plan import ItemPlan
from records import Records, Skip, Written
from worker.control.earlier import Earlier
from worker.control.jobs import Progress
from worker.sync.plans import RESTORED

NOTES: Final = 200
"""So many lines about what could not be given back are kept; the rest is counted."""

_OTHER: Final = (
    "it holds none of the files that were there when it was first written to, so nothing was put back; "
    "if its file was only moved, sync the scene and start again"
)


@dataclass(frozen=True, slots=True)
class Undo:
    """What has to be done to one item."""

    item: Item
    plan: ItemPlan
    records: tuple[Written, ...]
    edit: Edit | None
    notes: tuple[str, ...]
    earlier: Earlier | None = None
    """What is put back, where that is not everything."""


class Tally:
    """Counts what was given back, in the same transaction that forgets it: a kill in between counts nothing twice."""

    def __init__(self, records: Records, progress: Progress, clock: Callable[[], float]) -> None:
        self._records = records
        self._progress = progress
        self._clock = clock
        last = progress.last
        self._counts = {
            name: int(last.get(name, 0))
            for name in ("done", "total", "restored", "gone", "refused", "unread", "unknown", "other", "stays", "lost")
        }
        self._notes: list[str] = list(last.get("notes", []))

    def expect(self, left: int) -> None:
        """So many items are still to come."""
        self._counts["total"] = max(self._counts["total"], self._counts["done"] + left)
        self._tell()

    def given_back(self, undo: Undo) -> None:
        """Nothing of what is to be undone is left in the item."""
        with self._records.transaction():
            self._count(self._keep(undo), undo.notes)

    def settled(self, undo: Undo, error: PlexError | None, refused: Collection[str] = ()) -> None:
        """An edit was sent; Plex took all of it but the fields that are `refused`."""
        if error is None:
            self.given_back(undo)
        elif refused:
            self.in_part(undo, refused, error)
        else:
            self.refused(undo.item, error)

    def in_part(self, undo: Undo, refused: Collection[str], error: PlexError) -> None:  # noqa: ARG002 - for undos that can be done by halves
        """The other fields show again what they showed."""
        self.refused(undo.item, error)

    def refused(self, item: Item, error: PlexError) -> None:
        """Plex would not take it: the record stays, so that the next start of the task tries again."""
        with self._records.transaction():
            self._count("refused", (f"{name_of(item)}: {error}",))

    def unread(self, rating_key: int, error: PlexError) -> None:
        """Plex cannot show it, although it shows others: the record stays, as where it refuses."""
        with self._records.transaction():
            self._count("unread", (f"item {rating_key} cannot be read: {error}",))

    def gone(self, rating_key: int, records: Sequence[Written]) -> None:
        """There is no such item any more. What was kept of it waits, out of the way: a Plex that starts denies items that it has."""
        scenes = ", ".join(str(record.scene_id) for record in records)
        with self._records.transaction():
            self._records.items.lose(rating_key)
            self._leave_alone(records)
            self._count("gone", (f"item {rating_key}{f' (scene {scenes})' if scenes else ''}: Plex no longer has it",))

    def unknown(self, item: Item) -> None:
        """An item of which only the original is known: what was kept for it stays kept."""
        with self._records.transaction():
            self._count(
                "unknown",
                (
                    f"{name_of(item)}: what was written to it is not known, so it stays as it is until its scene is synced",
                ),
            )

    def other(self, item: Item) -> None:
        """Under the key of an item that we wrote to Plex has another one now: what was there before is none of its values."""
        note = f"{name_of(item)}: {_OTHER}"
        with self._records.transaction():
            self._count("other", (note,))

    def text(self) -> str:
        """What came of it, for people."""
        counts = self._counts
        if not counts["total"]:
            return "There was nothing to restore"
        parts = [
            f"{counts['restored']:,} of {counts['total']:,} items show again what they showed before the first sync"
        ]
        parts += [f"no longer in Plex: {counts['gone']:,}"] if counts["gone"] else []
        parts += self.left()
        parts += [f"left as they are, not known well enough: {counts['unknown']:,}"] if counts["unknown"] else []
        parts += [f"{counted(counts['lost'], 'field')} could not be restored"] if counts["lost"] else []
        return "; ".join(parts) + ". A restored scene is synced again as soon as it is saved in Stash, and by Sync All"

    def left(self) -> list[str]:
        """How many items stay as they are, and why; said by every undo in the same words."""
        counts = self._counts
        parts = [f"refused by Plex, in whole or in part: {counts['refused']:,}"] if counts["refused"] else []
        parts += [f"unreadable in Plex and left as they are: {counts['unread']:,}"] if counts["unread"] else []
        parts += [f"left as they are, with other files than before: {counts['other']:,}"] if counts["other"] else []
        return parts

    def told(self) -> dict[str, object]:
        """Counts and notes."""
        return {**self._counts, "notes": self._notes}

    def _keep(self, undo: Undo) -> str:
        """Put down that an item was given back; as what it counts."""
        self._forget(undo.item.rating_key, undo.records)
        self._records.changes.forget_item(undo.item.rating_key)
        return "restored"

    def _forget(self, rating_key: int, records: Sequence[Written]) -> None:
        self._records.forget_item(rating_key)
        self._leave_alone(records)

    def _leave_alone(self, records: Sequence[Written]) -> None:
        """Scenes whose items were given back are not synced again before they are saved."""
        now, text = self._clock(), "its Plex values were restored; it is synced again when it is saved, or by Sync All"
        self._records.skips.record_many(
            Skip(record.scene_id, RESTORED, text, now) for record in records if not record.gone_at
        )

    def _count(self, name: str, notes: Sequence[str]) -> None:
        self._counts["done"] += 1
        self._counts[name] += 1
        self._counts["lost"] += len(notes) if name in ("restored", "stays") else 0
        self._notes += notes[: max(0, NOTES - len(self._notes))]
        self._tell()

    def _tell(self) -> None:
        rest = {name: count for name, count in self._counts.items() if name not in ("done", "total")}
        self._progress.tell(self._counts["done"], self._counts["total"], **rest, notes=self._notes)


def name_of(item: Item) -> str:
    """An item in a line for people."""
    return f'item {item.rating_key} "{item.title}"'
