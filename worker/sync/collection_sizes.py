"""A smallest size of collections: an item gets a name once enough items of its library belong to the collection.

Counted is what is recorded, by what a collection is made of and not by its name; no server is asked. A collection that
has an item stays open to all that belong to it, so that nothing is taken from an item because others have left.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from logs.words import counted
from plex.fields import as_tags, showable, tag_key
from records import Member, Place
from sync_queue.merging import job_without_save
from sync_queue.pending import enqueue_many
from worker.sync.collection_names import CollectionName
from worker.sync.plans import COLLECTION, ItemWork
from worker.sync.wanted import collections_of

if TYPE_CHECKING:
    from records import Records

log = logging.getLogger("stash2plex.worker")


class CollectionSizes:
    """What to do before names are sent: put down which items belong where, and queue those that waited for them."""

    def __init__(self, records: "Records", queue_dir: str, clock: Callable[[], float]) -> None:
        self._records = records
        self._queue_dir = queue_dir
        self._clock = clock

    def note(self, works: Sequence[ItemWork]) -> None:
        """Put it down for these items. A kill behind it repeats the scenes at hand, and those that were queued."""
        store, members = self._records.members, [member for work in works for member in work.members]
        if not members and store.is_empty():
            return
        keys, grown = {work.key for work in works}, {member.place for member in members if member.is_in}
        waiting = {scene for place in grown for key, scene in store.waiting(place) if key not in keys}
        if waiting:
            now = self._clock()
            jobs = [job_without_save(scene, [], now=now) for scene in sorted(waiting)]
            enqueue_many(self._queue_dir, jobs, now=now)
            log.info("Collections have reached their size: %s queued that waited", counted(len(jobs), "scene"))
        store.put(keys, members, grown)


def fit_sizes(works: Sequence[ItemWork], records: "Records") -> None:
    """Take the names of collections that are too small yet from what is wanted for these items, all of one batch."""
    sized = {
        work: collections_of(work.scene.scene, work.settings) for work in works if work.settings.collection_size > 1
    }
    if not sized:
        return
    by_place: dict[Place, list[tuple[ItemWork, str]]] = {}
    for work, collections in sized.items():
        for each in collections:
            by_place.setdefault(_place(work, each), []).append((work, each.name))
    keys = {work.key for work in works}
    grown = {place for place, here in by_place.items() if _has_grown(place, here, keys, records)}
    for work, collections in sized.items():
        _leave_out_small(work, collections, grown)


def _place(work: ItemWork, collection: CollectionName) -> Place:
    return (work.item.section_key, *collection.source)


def _has_grown(place: Place, here: Sequence[tuple[ItemWork, str]], keys: Collection[int], records: "Records") -> bool:
    """Whether enough belong to the collection, those `here` included, or one of them has the name already."""
    size = here[0][0].settings.collection_size
    own = {work.key for work, _ in here}
    if len(own) >= size or any(_shows(work, name) for work, name in here):
        return True
    others = records.members.at(place, most=size + len(keys))
    others = {key: is_in for key, is_in in others.items() if key not in keys}
    return any(others.values()) or len(own) + len(others) >= size


def _shows(work: ItemWork, name: str) -> bool:
    return tag_key(showable(name)) in map(tag_key, as_tags(work.item.values.get(COLLECTION)))


def _leave_out_small(work: ItemWork, collections: Sequence[CollectionName], grown: Collection[Place]) -> None:
    places = [(each, _place(work, each)) for each in collections]
    work.members = tuple([Member(*place, work.key, work.scene.scene.id, place in grown) for _, place in places])
    large = {showable(each.name) for each, place in places if place in grown}
    names = as_tags(work.wanted.get(COLLECTION))
    work.too_small = tuple([name for name in names if name not in large])
    work.wanted = {**work.wanted, COLLECTION: tuple([name for name in names if name in large])}
