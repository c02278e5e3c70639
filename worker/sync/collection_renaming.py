"""Our collections are renamed with what they are made of, so that their texts and pictures stay.

Before the items are read: they show the new name then, and nothing has to be written to them. Where a server leaves the
old name on the items, the collection gets its name back, and the items move to a new one as they always did.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plex.collections import Collection
from plex.errors import PlexFailed, PlexItemGone, PlexReconnected, PlexRejected
from plex.fields import TITLE, as_tags, tag_key, unique
from records import OwnCollection
from settings.prefixes import prefix_of
from stash.entities import entities
from stash.model import Scene
from worker.facts import COLLECTION_NAMES_STAY
from worker.sync.collection_names import entity_of
from worker.sync.own_collections import OwnCollections, is_still
from worker.sync.plans import COLLECTION
from worker.sync.wanted import collections_of

if TYPE_CHECKING:
    from records import Records
    from worker.sync.plex_link import PlexLink
    from worker.sync.stash_link import StashLink

log = logging.getLogger("stash2plex.worker")

_REFUSALS: Final = (PlexRejected, PlexItemGone, PlexFailed)
NAME: Final = "name"
"""The word of `collections_follow` by which this is wanted."""


class CollectionRenaming:
    """Renames in Plex what was renamed in Stash, or gets another prefix."""

    def __init__(self, stash: "StashLink", plex: "PlexLink", records: "Records", collections: OwnCollections) -> None:
        self._stash = stash
        self._plex = plex
        self._records = records
        self._store = records.collections
        self._collections = collections
        self._refused: set[tuple[int, str]] = set()

    def follow(self, scenes: Iterable[Scene]) -> None:
        """Rename the collections that `scenes` show to be called otherwise, and finish what was begun before.

        Raises:
            PlexError, StashError: what concerns everything.
        """
        if not self._store.all():
            return
        self._carry_out([own for own in self._store.all() if own.new_name])
        # Only then: what was begun may have another name again by now.
        renamed = [replace(own, new_name=name) for own, name in self._renamed(list(scenes))]
        if renamed:
            self._store.put(renamed, durable=True)
            self._carry_out(renamed)

    def _carry_out(self, begun: list[OwnCollection]) -> None:
        allowed = self._allowed(begun) if begun else []
        for own in begun:
            (self._attempt if own in allowed else self._give_up)(own)

    def _renamed(self, scenes: list[Scene]) -> list[tuple[OwnCollection, str]]:
        """Those that are made of one thing that has one other name now, each with it."""
        met = [own for own in self._store.all() if own.rating_key and own.born_at and not own.new_name]
        candidates = [own for own in met if entity_of(own.sources) and self._has_one_prefix(own)]
        names = {key: self._names(key, scenes) for key in {own.section_key for own in candidates}}
        found = []
        for own in candidates:
            of_sources = [names[own.section_key].get(source, {}) for source in own.sources]
            now = {key: name for each in of_sources for key, name in each.items()}
            if len(now) == 1 and tag_key(own.name) not in now:
                name = next(iter(now.values()))
                found += [(own, name)] if (own.section_key, name) not in self._refused else []
        return found

    def _has_one_prefix(self, own: OwnCollection) -> bool:
        """Whether its sources go on to be one name: else a studio leaves what the network of that name stays in."""
        settings = self._plex.settings_of(own.section_key)
        prefixes, of_others = settings.collection_prefixes, settings.collection_prefix
        return len({prefix_of(kind, prefixes, of_others) for kind, _ in own.sources}) == 1

    def _names(self, section_key: int, scenes: Iterable[Scene]) -> Mapping[tuple[str, int], dict[str, str]]:
        """By source the names, by `tag_key`, that the scenes' collections should have in this section."""
        settings = self._plex.settings_of(section_key)
        found: dict[tuple[str, int], dict[str, str]] = {}
        if NAME in settings.collections_follow and not (settings.fills_only or settings.dry_run):
            for scene in scenes:
                for each in collections_of(scene, settings):
                    found.setdefault(each.source, {})[tag_key(each.name)] = each.name
        return {source: {key: name for key, name in names.items() if key} for source, names in found.items()}

    def _allowed(self, renamed: list[OwnCollection]) -> list[OwnCollection]:
        """Those that are still the same in Stash, where ids may be given anew, and whose name no other collection has.

        One question to Stash, and one list a section.
        """
        if self._records.facts.get(COLLECTION_NAMES_STAY) == self._plex.client().known_as:
            return []
        who = [entity_of(own.sources) for own in renamed]
        found = entities(self._stash.client(), [each for each in dict.fromkeys(who) if each])
        known = [(own, found.get(each)) for own, each in zip(renamed, who, strict=True) if each]
        same = [own for own, entity in known if entity and int(entity.created_at) == int(own.born_at)]
        taken = {key: self._collections.listed(key) for key in {own.section_key for own in same}}
        return [own for own in same if self._is_free(own, taken[own.section_key])]

    def _is_free(self, own: OwnCollection, listed: Mapping[str, list[Collection]] | None) -> bool:
        if listed is None or own not in self._store.all():  # or it was found to be gone, or a person's
            return False
        others = [each for each in listed.get(tag_key(own.new_name), ()) if each.rating_key != own.rating_key]
        return not others and tag_key(own.new_name) not in self._collections.of_section(own.section_key)

    def _give_up(self, own: OwnCollection) -> None:
        """Let it be; the items move to the collection of the new name. Not tried again by this worker."""
        self._refused.add((own.section_key, own.new_name))
        if own in self._store.all():
            self._store.put([replace(own, new_name="")])

    def _attempt(self, own: OwnCollection) -> None:
        try:
            self._rename(own)
        except _REFUSALS as error:
            log.warning("Collection %d was not renamed: %s", own.rating_key, error)
            self._give_up(own)

    def _rename(self, own: OwnCollection) -> None:
        """Carry out what the row says, from wherever it was interrupted."""
        if not self._write_title(own, own.new_name):
            self._store.drop([own])  # gone, or renamed in Plex meanwhile: a person's from now on
        elif self._items_follow(own):
            self._store.renamed(own, own.new_name)
            log.info("Collection %d of library %d was renamed as in Stash", own.rating_key, own.section_key)
        else:
            self._records.facts.put(COLLECTION_NAMES_STAY, self._plex.client().known_as)
            self._write_title(own, own.name)
            self._give_up(own)
            log.info("Items of this Plex keep the name of a collection that is renamed; a new one is made instead")

    def _write_title(self, own: OwnCollection, title: str) -> bool:
        """Have the collection called `title`, upon a look at it; return whether it is there and ours."""
        collections = self._plex.client().collections
        while True:
            shown = collections.look(own.rating_key)
            if shown is None or not is_still(own, {shown.rating_key: shown}):
                return False
            if tag_key(shown.title) == tag_key(title) or self._written(shown, title):
                return True

    def _written(self, shown: Collection, title: str) -> bool:
        try:
            self._plex.client().collections.edit(shown, {TITLE: title})
        except PlexReconnected:
            return False  # nothing was sent: it is looked at again first
        return True

    def _items_follow(self, own: OwnCollection) -> bool:
        """Whether items that were in the collection show its new name, or at least not the old one.

        One that a person took out of it shows neither.
        """
        items = self._plex.client().items(self._store.items_with(own.section_key, own.name), {})
        shown = {key for item in items.values() for key in unique(as_tags(item.values.get(COLLECTION)))}
        return tag_key(own.new_name) in shown or tag_key(own.name) not in shown
