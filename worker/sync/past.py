"""What the records know of the items of one batch: what was written for the very scene that has an item now, and what others left there."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from plex.fields import FIELDS, SORT_TITLE, TAG_FIELDS, Values, as_tags, is_empty, same, unique
from plex.model import Item
from records import Identity, Written, taken_over, without_pictures
from stash.model import Scene
from worker.sync.recognition import is_same_item, item_identity, scene_identity

if TYPE_CHECKING:
    from records import KnownScene, Records
    from worker.sync.planner import ScenePlan

SLACK_S: Final = 2.0
"""Plex keeps whole seconds, and its clock is read from its answers."""

UPDATES_MOVE: Final = "plex_updates_move"
"""The fact whether an edit moves an item's `updatedAt` on this server: true, false, or not seen yet."""

_EVIDENCE: Final = ("title", "summary", "studio")
"""Text fields by which a record of nobody known is believed: Plex still shows what it says was written."""


@dataclass(frozen=True, slots=True)
class ItemPast:
    """What was written to one item, as far as it concerns the scene that has it now.

    Attributes:
        written: the scene's own record (an empty one where there is none), and in it what it takes over.
        left: what others wrote there, whose will it does not go on with.
        taken_from: the scenes that had the item before and whose records end with this one's.
        parted: scenes whose record of this item is no longer theirs: of one that lives on and gave the file away, or of nobody known.
        is_other: whether Plex has another item under this key than the one that was written to before, as after Plex's database was restored.
        is_outdated: whether the item's state is older than our last write.
        was_titled: its title before our first write; "" where that is not known.
    """

    written: Written
    left: tuple[Values, ...] = ()
    taken_from: tuple[int, ...] = ()
    parted: tuple[int, ...] = ()
    is_other: bool = False
    is_outdated: bool = False
    was_titled: str = ""


@dataclass(frozen=True, slots=True)
class Present:
    """The scenes as Stash has them now: those at hand and the other writers of their items.

    `disowned` are those whose rows are not theirs; `is_held` says whether an item holds a file of a scene; `unread` are scenes that Stash could not tell.
    """

    scenes: Mapping[int, Scene]
    disowned: Collection[int]
    is_held: Callable[[Item, Scene], bool]
    unread: Collection[int] = ()


class Past:
    """The records of these items, read once."""

    def __init__(self, records: "Records", items: Sequence[Item], scene_ids: Iterable[int]) -> None:
        """`scene_ids` are of the scenes at hand."""
        self._moves = records.facts.get(UPDATES_MOVE) is True
        keys = [item.rating_key for item in items]
        self._written = records.written.of_items(keys)
        self._originals = records.originals.get_many(keys)
        self._items = records.items.get_many(keys)
        writers = {record.scene_id for found in self._written.values() for record in found}
        self._scenes = records.scenes.get_many(sorted(writers.union(scene_ids)))

    def writers(self) -> Iterator[tuple[int, list[int]]]:
        """Items, and the scenes not known to be gone that wrote to them."""
        for rating_key, records in self._written.items():
            yield rating_key, [record.scene_id for record in records if not record.gone_at]

    def of(self, scene: Scene, item: Item, present: Present) -> ItemPast:
        """What `scene` has to know of `item`, which is its own now."""
        records = [record for record in self._written.get(item.rating_key, ()) if not record.is_empty]
        own = next((record for record in records if record.scene_id == scene.id), None)
        fresh = Written(scene.id, item.rating_key, item.section_key)
        if self._is_other(item, own, scene, present):
            return ItemPast(fresh, is_other=True)
        base = own if own and scene.id not in present.disowned and self._is_believed(own, item) else None
        others = [record for record in records if record.scene_id != scene.id]
        heirs = [record for record in others if self._is_inherited(record, scene, item, present)]
        left = [record for record in records if record is not base and record not in heirs]
        written = taken_over(base or fresh, heirs) if heirs else base or fresh
        outdated = self._is_outdated(written, item)
        return ItemPast(
            without_pictures(written) if outdated else with_arrived(written, item),
            tuple(values for record in left for values in (record.values, record.intended) if values),
            tuple(record.scene_id for record in heirs),
            tuple(record.scene_id for record in left if not record.gone_at),
            is_outdated=outdated,
            was_titled=self._was_titled(item),
        )

    def _was_titled(self, item: Item) -> str:
        original = self._originals.get(item.rating_key)
        return str(original.values.get("title") or "") if original else ""

    def _files_then(self, item: Item) -> tuple[str, ...]:
        """The files that the item held at our first write; () where that was not noted."""
        original = self._originals.get(item.rating_key)
        return original.files if original else ()

    def _is_other(self, item: Item, own: Written | None, scene: Scene, present: Present) -> bool:
        """Whether the item is not the one to which was written under its key.

        A file that was renamed under Plex's eyes is known by its scene alone: it is the same scene, and the item was added when it was.
        """
        known = self._items.get(item.rating_key)
        is_same = is_same_item(known, self._files_then(item), item)
        if is_same is not False:
            return False
        is_own = own is not None and scene.id not in present.disowned and (own.is_known or shows(item, own))
        return not (is_own and (known is None or known.is_as_old_as(item_identity(item))))

    def _is_outdated(self, written: Written, item: Item) -> bool:
        """Whether the item's state is older than our last write to it: Plex came back from a backup, or has the item anew.

        An edit moves Plex's `updatedAt`; that alone is believed only of a server that was seen to do so. Otherwise, and where the date added is another
        one, which people can edit too, none of the locks that we set must be left, as none is in an item made anew.
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
        """Whether the record is of this scene and this item: it says so itself, or it is of before and Plex shows what it says, or the files agree."""
        if record.is_known:
            return True
        if not set(self._files_then(item)).isdisjoint(item.files):
            return True
        return shows(item, record)

    def _is_inherited(self, record: Written, heir: Scene, item: Item, present: Present) -> bool:
        """Whether `heir` goes on with what another scene wrote: as after a merge, which is the user's will, and never after a loss.

        A scene that lives and holds no file of the item any more gave it away: nothing is emptied there. One that is lost is inherited by a scene that
        was there before it was seen alive the last time. A younger one was made by a scan of the same file, and its empty fields are nobody's will.
        """
        if record.scene_id in present.unread or not self._is_believed(record, item):
            return False
        lives = record.scene_id in present.scenes and record.scene_id not in present.disowned
        if lives:
            return present.is_held(item, present.scenes[record.scene_id])
        lost = self._scenes.get(record.scene_id)
        return self._was_there(heir, lost.seen_at if lost else record.synced_at)

    def _was_there(self, heir: Scene, moment: float) -> bool:
        """Whether `heir` was there at `moment`: seen by us, or made in a second that was over (Stash keeps whole ones)."""
        known: KnownScene | None = self._scenes.get(heir.id)
        is_itself = known is not None and known.identity.is_scene(scene_identity(heir))
        if known is not None and is_itself and 0 < known.first_seen_at <= moment:
            return True
        return 0 < int(heir.created_at) + 1 <= moment


def shows(item: Item, record: Written) -> bool:
    """Whether Plex still shows what was written in at least one text field: evidence for a record of nobody known."""
    return any(
        not is_empty(item.values.get(name)) and name in past and same(item.values.get(name), past[name])
        for name in _EVIDENCE
        for past in (record.values, record.intended)
    )


def with_arrived(record: Written, item: Item) -> Written:
    """`record`, and in it what `item` shows of an edit whose end nobody saw: the next intent takes its place, and what had arrived would pass for somebody else's."""
    values = {**record.values}
    for name, value in record.intended.items():
        shown = item.values.get(name)
        if name in TAG_FIELDS:
            there = {**unique(as_tags(values.get(name))), **_both(as_tags(value), as_tags(shown))}
            values |= {name: tuple(there.values())} if there or name in values else {}
        elif name in FIELDS and name != SORT_TITLE and same(value, shown):
            values[name] = value
    return replace(record, values=values)


def _both(left: Iterable[str], right: Iterable[str]) -> dict[str, str]:
    keys = unique(right).keys()
    return {key: tag for key, tag in unique(left).items() if key in keys}


def _updates_move(written: Written, item: Item) -> bool | None:
    """What an item that shows what we wrote says of its server: whether an edit moves `updatedAt`; None where it says nothing."""
    texts = [name for name in _EVIDENCE if not is_empty(written.values.get(name))]
    if not written.wrote_at or not texts:
        return None
    if not all(same(item.values.get(name), written.values[name]) for name in texts):
        return None
    return item.updated_at >= written.wrote_at - SLACK_S


def note_items(records: "Records", plans: Sequence["ScenePlan"], now: float) -> None:
    """Put down what the plans' reading of Plex showed of their items: which are dead, which are others than before, and who each of them is.

    Of an outdated item that is noted with its record, or it would no longer pass for one where its edit does not arrive.
    """
    _note_updates(records, plans)
    works = {work.item.rating_key: work for plan in plans for work in plan.work}
    dead = [(plan.scene.id, key) for plan in plans for key in plan.dead]
    known = records.items.get_many(list(works))
    seen = {key: item_identity(work.item) for key, work in works.items() if not work.past.is_outdated}
    others = [key for key, work in works.items() if work.past.is_other]
    news = {key: who for key, who in seen.items() if known.get(key) != who}
    if not (dead or news):
        return
    with records.transaction():
        records.written.drop(dead)
        for key in others:
            records.items.lose(key)
        for key in news.keys() - (known.keys() - set(others)):
            _find_again(records, key, seen[key])
        records.items.see(news, now)


def _note_updates(records: "Records", plans: Sequence["ScenePlan"]) -> None:
    """That a server does not move its times is never taken back: an item that was given back by a backup may look as if it did."""
    told = {_updates_move(work.written, work.item) for plan in plans for work in plan.work if not work.past.is_outdated}
    known = records.facts.get(UPDATES_MOVE)
    if False in told and known is not False:
        records.facts.put(UPDATES_MOVE, value=False)
    elif True in told and known is None:
        records.facts.put(UPDATES_MOVE, value=True)


def _find_again(records: "Records", rating_key: int, who: Identity) -> None:
    """An item that was lost under its key, and is back under this one, as when a backup of Plex was undone by another one."""
    for lost, known in records.items.lost(who.born_at).items():
        if known.is_as_old_as(who) and known.shares_file(who):
            records.items.find_again(lost, rating_key)
            return
