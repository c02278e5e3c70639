"""Which collections of Plex our edits made, and only those: expected before the edits, met behind them.

A collection is ours where it was not there right before our first edit that names it, and has no other items behind
it. What was there, or a person or another tool has made, is never ours; neither is one of ours that was renamed in
Plex: that is a person's from then on.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from plex.collections import SUMMARY, Collection
from plex.errors import PlexFailed, PlexProtocolError
from plex.fields import SORT_TITLE, as_tags, tag_key, unique
from records import OwnCollection
from worker.facts import COLLECTIONS_SOUGHT
from worker.sync.collection_names import CollectionName
from worker.sync.plans import COLLECTION, ItemWork
from worker.sync.wanted import collections_of

if TYPE_CHECKING:
    from records import Records
    from worker.sync.plex_link import PlexLink

log = logging.getLogger("stash2plex.worker")

TEXTS: Final = "texts"
_PARTS: Final[Mapping[str, frozenset[str]]] = {
    TEXTS: frozenset({SUMMARY, SORT_TITLE}),
    "poster": frozenset({"poster"}),
    "background": frozenset({"background"}),
}
"""What may be amiss of a collection (OwnCollection.problems) to the words of `collections_follow` that want it."""

SLACK_S: Final = 2.0
"""Plex keeps whole seconds, and its clock is read from its answers."""

_EARLY_S, _LATE_S = 60.0, 900.0
"""How far Plex's clock may be behind ours, and how long a batch may take: a collection comes with our first edit."""

_PATIENCE_S: Final = 24 * 3600.0
"""How long one is waited for that was not there behind the edit."""


class OwnCollections:
    """Keeps the table of our collections in step with Plex. Asks for a section's list where a name is unknown."""

    def __init__(self, plex: "PlexLink", records: "Records", clock: Callable[[], float]) -> None:
        self._plex = plex
        self._records = records
        self._store = records.collections
        self._clock = clock
        self._others: dict[int, frozenset[str]] = {}
        """By section the names that are somebody's own, as they were listed last."""
        self._doubted: set[tuple[int, str]] = set()
        """Ours that may be gone, since items have left them."""

    def expect(self, works: Sequence[ItemWork]) -> None:
        """Right before the edits: note which collections they will make.

        Raises:
            PlexError: what concerns the edits as well.
        """
        self._note_off(works)
        for section_key, of_section in _by_section(works).items():
            listed = self._look_back(section_key)
            own = self.of_section(section_key)
            added = _names(of_section, added=True)
            doubted = {key for key in added if (section_key, key) in self._doubted}
            unknown = added.keys() - _met(own).keys() - self._others.get(section_key, frozenset())
            if listed is None and (unknown or doubted):
                listed = self.listed(section_key)
            if listed is not None:
                own = self.of_section(section_key)
                news = {key: name for key, name in added.items() if key not in {*listed, *_met(own)}}
                at = self._plex.client().server_time_at or self._clock()
                expected = [own.get(key) or OwnCollection(section_key, name) for key, name in news.items()]
                self._store.put([replace(each, expected_at=at) for each in expected], durable=True)
            self._doubt(section_key, _names(of_section, added=False))

    def meet(self, works: Sequence[ItemWork]) -> None:
        """Behind the edits: find what they have made, and put down of what each collection is made.

        Raises:
            PlexError: Plex does not answer; what was made is found with a later batch.
        """
        for section_key, of_section in _by_section(works).items():
            expected = {key: own for key, own in self.of_section(section_key).items() if not own.rating_key}
            if expected and (listed := self.listed(section_key)) is not None:
                self._settle(expected, listed, of_section)
            self._note_sources(section_key, of_section)

    def of_section(self, section_key: int) -> dict[str, OwnCollection]:
        """Return ours in a section, by `tag_key` of their names."""
        return {tag_key(own.name): own for own in self._store.all() if own.section_key == section_key}

    def listed(self, section_key: int) -> dict[str, list[Collection]] | None:
        """List the collections of a section by `tag_key`, and forget those of ours that are gone, or a person's now.

        None where Plex cannot list them although it answers everything else: then none is made ours.
        """
        try:
            found = self._plex.client().collections.listed(section_key)
        except (PlexFailed, PlexProtocolError) as error:
            log.warning("The collections of library %d cannot be listed: %s", section_key, error)
            return None
        by_key: dict[str, list[Collection]] = {}
        for each in found:
            by_key.setdefault(tag_key(each.title), []).append(each)
        by_number = {each.rating_key: each for each in found}
        own = self.of_section(section_key)
        self._store.drop([each for each in own.values() if each.rating_key and not is_still(each, by_number)])
        self._others[section_key] = frozenset(by_key.keys() - self.of_section(section_key).keys())
        self._doubted = {(section, key) for section, key in self._doubted if section != section_key}
        return by_key

    def _settle(
        self, expected: Mapping[str, OwnCollection], listed: Mapping[str, list[Collection]], works: Iterable[ItemWork]
    ) -> None:
        members = Counter(key for work in works for key in unique(as_tags(work.written.values.get(COLLECTION))))
        for key, own in expected.items():
            found = listed.get(key, [])
            if len(found) == 1 and _is_made_by_us(found[0], own, partial(self._members, own, members[key])):
                self._store.put([replace(own, rating_key=found[0].rating_key, added_at=found[0].added_at)])
            elif found or not 0 <= self._clock() - own.expected_at < _PATIENCE_S:
                self._store.drop([own])  # somebody else was there first, or it never came

    def _members(self, own: OwnCollection, of_batch: int, size: int) -> bool:
        """Whether we put `size` items in: those of the batch, or, where a worker before began, all that is recorded."""
        return size <= of_batch or size <= self._store.count_with(own.section_key, own.name)

    def _note_sources(self, section_key: int, works: Iterable[ItemWork]) -> None:
        """Put down what was seen to bring scenes into each, and no more what is called otherwise by now."""
        names: dict[tuple[str, int], str] = {}
        for work in works:
            names |= {each.source: tag_key(each.name) for each in _collections(work)}
        known = self.of_section(section_key)
        news = [_with_sources(own, key, names) for key, own in known.items()]
        news = [each for each in news if each not in known.values()]
        if news:
            self._store.put(news)

    def _note_off(self, works: Sequence[ItemWork]) -> None:
        """What follows Stash in nothing is looked for once it does again; what it could not get there is nothing."""
        follow = {work.item.section_key: work.settings.collections_follow for work in works}
        off = {key for key, names in follow.items() if not names}
        ended = [
            (own, [part for part in own.problems if not follow[own.section_key] & _PARTS[part]])
            for own in self._store.all()
            if own.section_key in follow
        ]
        if some := [own.without_problems(parts) for own, parts in ended if parts]:
            self._store.put(some)
        sought = self._records.facts.get(COLLECTIONS_SOUGHT) or []
        if off.intersection(sought):
            self._records.facts.put(COLLECTIONS_SOUGHT, [key for key in sought if key not in off])

    def _doubt(self, section_key: int, left: Iterable[str]) -> None:
        """Items leave these: one may go with its last item, and nothing that it lacked is told of then."""
        self._doubted |= {(section_key, key) for key in left}
        own = self.of_section(section_key)
        amiss = [replace(own[key], is_due=True) for key in left if key in own and own[key].problems]
        if amiss:
            self._store.put(amiss)

    def _look_back(self, section_key: int) -> dict[str, list[Collection]] | None:
        """Once a section: find those that earlier edits made, by what is kept of these for an undo.

        Return what was listed for that, or None.
        """
        sought = self._records.facts.get(COLLECTIONS_SOUGHT) or []
        if section_key in sought:
            return None
        listed = self.listed(section_key)
        if listed is None:
            return None
        own = self.of_section(section_key)
        made = self._records.changes.added_names(section_key, COLLECTION)
        found = [
            OwnCollection(section_key, name, each.rating_key, added_at=each.added_at, is_due=False)
            for name, items in made.items()
            for each in listed.get(tag_key(name), [])
            if tag_key(name) not in own and len(listed[tag_key(name)]) == 1 and _came_with(each, items)
        ]
        self._store.put({tag_key(each.name): each for each in found}.values())
        self._others[section_key] = self._others[section_key] - self.of_section(section_key).keys()
        self._records.facts.put(COLLECTIONS_SOUGHT, [*sought, section_key])
        return listed


def is_still(own: OwnCollection, collections: Mapping[int, Collection]) -> bool:
    """Return whether `collections`, by their keys, have ours as it was: by its date and by a name that we gave it."""
    found = collections.get(own.rating_key)
    if found is None or found.section_key != own.section_key or found.added_at != own.added_at or found.is_smart:
        return False
    return tag_key(found.title) in {tag_key(own.name), tag_key(own.new_name)} - {""}


def _with_sources(own: OwnCollection, key: str, names: Mapping[tuple[str, int], str]) -> OwnCollection:
    """Return `own`, which is called `key`, with the sources that `names` says are called so, and no others of these."""
    here = {source for source, name in names.items() if name == key}
    left = own.sources - (names.keys() - here)
    if left != own.sources:  # who is left, or comes, may have been made in Stash at another time
        return replace(own, sources=left | here, born_at=0.0, is_due=True)
    return own if here <= left else replace(own, sources=left | here, is_due=True)


def _is_made_by_us(found: Collection, own: OwnCollection, have_put_in: Callable[[int], bool]) -> bool:
    """Whether it came right behind the moment when it was not there, and has no more items than we put in."""
    is_of_then = own.expected_at - SLACK_S <= found.added_at <= own.expected_at + _LATE_S
    return is_of_then and not found.is_smart and have_put_in(found.size)


def _met(own: Mapping[str, OwnCollection]) -> dict[str, OwnCollection]:
    """Those that were met in Plex: the others are expected, by an edit that may never have arrived."""
    return {key: each for key, each in own.items() if each.rating_key}


def _came_with(found: Collection, items: Mapping[int, float]) -> bool:
    """Whether it came with the first of our edits that put `items` in, and has no others; see `added_names`."""
    first_at = min(items.values())
    is_of_then = first_at - _EARLY_S <= found.added_at <= first_at + _LATE_S
    return is_of_then and not found.is_smart and found.size <= len(items)


def _by_section(works: Iterable[ItemWork]) -> dict[int, list[ItemWork]]:
    """Those whose library's collections follow Stash in anything, by section."""
    found: dict[int, list[ItemWork]] = {}
    for work in works:
        if work.settings.collections_follow and not work.settings.fills_only:
            found.setdefault(work.item.section_key, []).append(work)
    return found


def _collections(work: ItemWork) -> tuple[CollectionName, ...]:
    return collections_of(work.scene.scene, work.settings)


def _names(works: Iterable[ItemWork], *, added: bool) -> dict[str, str]:
    """Names, by `tag_key`, that edits add to items or take from them; of those that are added only the wanted ones."""
    found: dict[str, str] = {}
    for work in works:
        wanted = {tag_key(each.name) for each in _collections(work)}
        for change in work.plan.changes:
            if change.field == COLLECTION:
                names = unique(change.added if added else change.removed)
                found |= {key: name for key, name in names.items() if not added or key in wanted}
    return found
