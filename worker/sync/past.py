"""What the records know of the items of one batch: what was written for their scenes, and what others left there."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from plex.fields import FIELDS, SORT_TITLE, TAG_FIELDS, as_tags, is_empty, same, unique
from plex.model import Item
from records import Written, taken_over, without_pictures
from settings.settings import Settings
from stash.model import Scene
from worker.facts import UPDATES_MOVE
from worker.sync.identities import is_same_item, item_identity, scene_identity
from worker.sync.plans import ItemWork, ScenePlan
from worker.sync.predecessor_names import names_shown

if TYPE_CHECKING:
    from records import KnownScene, Records

SLACK_S: Final = 2.0
"""Plex keeps whole seconds, and its clock is read from its answers."""

EVIDENCE: Final = ("title", "summary", "studio")
"""Text fields by which a record of nobody known is believed: Plex still shows what it says was written."""


@dataclass(frozen=True, slots=True)
class Present:
    """The scenes as Stash has them now: those at hand and the other writers of their items.

    Attributes:
        disowned: those whose rows are not theirs.
        is_held: whether an item holds a file of a scene.
        unread: scenes that Stash could not tell.
    """

    scenes: Mapping[int, Scene]
    disowned: Collection[int]
    is_held: Callable[[Item, Scene], bool]
    unread: Collection[int] = ()


class Past:
    """The records of the items of one batch, read once."""

    def __init__(self, records: "Records", items: Sequence[Item], scene_ids: Sequence[int]) -> None:
        """`scene_ids` are of the scenes at hand."""
        self._moves = records.facts.get(UPDATES_MOVE) is True
        keys = [item.rating_key for item in items]
        self._written = records.written.of_items(keys)
        self._originals = records.originals.get_many(keys)
        self._items = records.items.get_many(keys)
        self._sent = records.sent_names.of_scenes(scene_ids) if any(map(self._is_new, keys)) else {}
        writers = {record.scene_id for found in self._written.values() for record in found}
        self.known_scenes = records.scenes.get_many(sorted(writers.union(scene_ids)))
        """The scenes at hand and the writers of their items, as they were recorded."""

    def writers(self) -> list[Written]:
        """The records of the items, also empty ones, of scenes that are not known to be gone."""
        return [record for records in self._written.values() for record in records if not record.gone_at]

    def work_on(self, plan: ScenePlan, item: Item, present: Present, settings: Settings) -> ItemWork:
        """Return the work on `item`, which is the scene's own now, with all that is recorded of it; not planned yet.

        `settings` are those of its library.
        """
        scene, key = plan.scene, item.rating_key
        records = [record for record in self._written.get(key, ()) if not record.is_empty]
        own = next(iter([record for record in records if record.scene_id == scene.id]), None)
        fresh = Written(scene.id, key, item.section_key)
        work = ItemWork(plan, item, key, settings, fresh, known_as=self._items.get(key))
        if self._is_other(item, own, scene, present):
            work.is_other = True
            return work
        work.original = self._originals.get(key)
        base = own if own and scene.id not in present.disowned and self._is_believed(own, item) else None
        written = base or fresh
        others = [record for record in records if record is not base]
        if others:
            heirs = [
                record for record in others if record is not own and self._is_inherited(record, scene, item, present)
            ]
            left = [record for record in others if record not in heirs]
            written = taken_over(written, heirs) if heirs else written
            work.left = tuple([values for record in left for values in (record.values, record.intended) if values])
            work.taken_from = tuple([record.scene_id for record in heirs])
            work.parted = tuple([record.scene_id for record in left if not record.gone_at])
        if self._is_new(key):
            theirs = names_shown(self._sent.get(scene.id), scene, item)
            written = replace(written, values={**theirs, **written.values})
        work.is_outdated = self._is_outdated(written, item)
        work.written = without_pictures(written) if work.is_outdated else with_arrived(written, item)
        return work

    def _is_new(self, rating_key: int) -> bool:
        """Whether no scene is known to have written to the item."""
        return not any(record.synced_at for record in self._written.get(rating_key, ()))

    def _files_then(self, item: Item) -> tuple[str, ...]:
        """The files that the item held at our first write; () where that was not noted."""
        original = self._originals.get(item.rating_key)
        return original.files if original else ()

    def _is_other(self, item: Item, own: Written | None, scene: Scene, present: Present) -> bool:
        """Return whether Plex has another item under this key than the one that was written to before.

        A file that was renamed under Plex's eyes is known by its scene alone: it is the same scene, and the item was
        added when it was.
        """
        known = self._items.get(item.rating_key)
        is_same = is_same_item(known, self._files_then(item), item)
        if is_same is not False:
            return False
        is_own = own is not None and scene.id not in present.disowned and (own.is_known or shows(item, own))
        return not (is_own and (known is None or known.is_as_old_as(item_identity(item))))

    def _is_outdated(self, written: Written, item: Item) -> bool:
        """Return whether the item is older than our last write: Plex came back from a backup, or has it anew.

        An edit moves Plex's `updatedAt`; that alone is believed only of a server that was seen to do so. Otherwise, and
        where the date added is another one, which people can edit too, none of our locks must be left.
        """
        if not written.wrote_at:
            return False
        is_before = item.updated_at < written.wrote_at - SLACK_S
        if is_before and self._moves:
            return True
        known = self._items.get(item.rating_key)
        is_anew = known is not None and not known.is_as_old_as(item_identity(item))
        ours = {name for name, value in written.values.items() if not is_empty(value)}
        return (is_before or is_anew) and ours.isdisjoint(item.locked)

    def _is_believed(self, record: Written, item: Item) -> bool:
        """Return whether the record is of this scene and item: it says so, or files agree, or Plex shows it."""
        if record.is_known:
            return True
        if not set(self._files_then(item)).isdisjoint(item.files):
            return True
        return shows(item, record)

    def _is_inherited(self, record: Written, heir: Scene, item: Item, present: Present) -> bool:
        """Return whether `heir` goes on with what another scene wrote: as after a merge, and never after a loss.

        A scene that lives and holds no file of the item any more gave it away: nothing is emptied there. One that is
        lost is inherited by a scene that was there before it was seen alive last; a younger one was made by a scan.
        """
        if record.scene_id in present.unread or not self._is_believed(record, item):
            return False
        lives = record.scene_id in present.scenes and record.scene_id not in present.disowned
        if lives:
            return present.is_held(item, present.scenes[record.scene_id])
        lost = self.known_scenes.get(record.scene_id)
        return self._was_there(heir, lost.seen_at if lost else record.synced_at)

    def _was_there(self, heir: Scene, moment: float) -> bool:
        """Return whether `heir` was there at `moment`: seen by us, or made in a second that was over."""
        known: KnownScene | None = self.known_scenes.get(heir.id)
        is_itself = known is not None and known.identity.is_scene(scene_identity(heir))
        if known is not None and is_itself and 0 < known.first_seen_at <= moment:
            return True
        return 0 < int(heir.created_at) + 1 <= moment


def shows(item: Item, record: Written) -> bool:
    """Whether Plex still shows what was written in at least one text field: evidence for a record of nobody known."""
    return any(
        not is_empty(item.values.get(name)) and name in past and same(item.values.get(name), past[name])
        for name in EVIDENCE
        for past in (record.values, record.intended)
    )


def with_arrived(record: Written, item: Item) -> Written:
    """Return `record`, and in it what `item` shows of an edit whose end nobody saw.

    The next intent takes its place, and what had arrived would pass for somebody else's.
    """
    if not record.intended:
        return record
    values = {**record.values}
    for name, value in record.intended.items():
        shown = item.values.get(name)
        if name in TAG_FIELDS:
            there = {**unique(as_tags(values.get(name))), **_both(as_tags(value), as_tags(shown))}
            values |= {name: tuple(there.values())} if there or name in values else {}
        elif name in FIELDS and (name != SORT_TITLE or not is_empty(value)) and same(value, shown):
            values[name] = value
    return replace(record, values=values)


def _both(left: Iterable[str], right: Iterable[str]) -> dict[str, str]:
    keys = unique(right).keys()
    return {key: tag for key, tag in unique(left).items() if key in keys}
