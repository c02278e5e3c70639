"""What the records know of the items of one batch: who wrote to them, and what a scene that has an item now takes over from others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plex.model import Item
from records import Written, taken_over

if TYPE_CHECKING:
    from records import Records
    from worker.planner import ScenePlan


@dataclass(frozen=True, slots=True)
class ItemPast:
    """What was written to one item, as far as it concerns the scene that has it now.

    Attributes:
        written: the scene's own record (an empty one where there is none), and in it what it takes over.
        taken_from: the scenes that had the item before; their records end with this one's.
        is_other: whether Plex has another item under this key than the one that was written to before, as after Plex's database was restored.
    """

    written: Written
    taken_from: tuple[int, ...] = ()
    is_other: bool = False


class Past:
    """The records of these items, read once."""

    def __init__(self, records: "Records", rating_keys: Sequence[int]) -> None:
        self._written = records.written.of_items(rating_keys)
        self._originals = records.originals.files_of(rating_keys)

    def writers(self) -> Iterator[tuple[int, list[int]]]:
        """Items, and the scenes not known to be gone that wrote to them."""
        for rating_key, records in self._written.items():
            yield rating_key, [record.scene_id for record in records if not record.gone_at]

    def of(self, scene_id: int, item: Item) -> ItemPast:
        """What `scene_id` has to know of `item`, which is its own now: what is left of another scene is its to take back."""
        records = self._written.get(item.rating_key, ())
        own = next((record for record in records if record.scene_id == scene_id), None)
        fresh = Written(scene_id, item.rating_key, item.section_key)
        if (own is None or own.is_empty) and self._is_other(item):
            return ItemPast(fresh, is_other=True)
        others = [record for record in records if record.scene_id != scene_id and not record.is_empty]
        written = taken_over(own or fresh, others) if others else own or fresh
        return ItemPast(written, tuple(record.scene_id for record in others))

    def _is_other(self, item: Item) -> bool:
        files = self._originals.get(item.rating_key, ())
        return bool(files) and set(files).isdisjoint(item.files)


def note_items(records: "Records", plans: Sequence["ScenePlan"]) -> None:
    """Put down what the plans' reading of Plex showed of items that were written to before: which are dead, and which files they hold now.

    A dead item's record would count as written to for ever. By its files an item is known again at an undo; only a scene's own record says
    that it is the same item still.
    """
    dead = [(plan.scene.id, key) for plan in plans for key in plan.dead]
    if dead:
        records.written.drop(dead)
    items = {work.item.rating_key: work.item for plan in plans for work in plan.work if work.written.synced_at}
    noted = records.originals.files_of(list(items))
    moved = {key: tuple(items[key].files) for key, files in noted.items() if set(files) != set(items[key].files)}
    if moved:
        records.learn_files(moved)
