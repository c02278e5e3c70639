"""Collections: an item of type 18 for each name of one that some item of the section has.

Source: plexapi.collection for what one shows, and for its listing (type 18, `childCount`); an edit that names a new one
makes it (Kometa adds its items that way). Whether one whose last item is gone goes too, and whether items show the new
name of one that was renamed, nobody has said for sure: `Options.empty_collections`, `Options.collection_names`.
"""

from collections.abc import Iterable
from typing import Final, Protocol

from tests.fakes.plex.model import Item, Tagging
from tests.fakes.plex.tags import TagRegistry

COLLECTION: Final = "collection"
FIRST_KEY: Final = 9_000_001
"""Keys far from those of films, so that these count on without gaps."""


class _Items(Protocol):
    """What is needed of tests.fakes.plex.state.State."""

    items: dict[int, Item]

    def add_collection(self, section_key: int, title: str, rating_key: int | None = None) -> Item: ...
    def remove_item(self, rating_key: int) -> None: ...


class Collections:
    """Which items are in which collection, and the collections that follow from it."""

    def __init__(self, state: _Items) -> None:
        self._state = state
        self._of_item: dict[int, tuple[int, frozenset[int]]] = {}
        self._members: dict[tuple[int, int], set[int]] = {}
        self._keys: dict[tuple[int, int], int] = {}
        self.last_key = FIRST_KEY - 1
        self.keeps_empty = False

    def note(self, item: Item) -> None:
        """The item is there, with the collections that it shows now."""
        tags = {tagging.tag.id: tagging.tag.name for tagging in item.tags.get(COLLECTION, ())}
        self._move(item.rating_key, item.section_key, frozenset(tags))
        for tag_id, name in tags.items():
            self._meet(item.section_key, tag_id, name)

    def forget(self, item: Item) -> None:
        """The item is gone."""
        if item.type == COLLECTION:
            self._keys = {place: key for place, key in self._keys.items() if key != item.rating_key}
        else:
            self._move(item.rating_key, item.section_key, frozenset())

    def size(self, collection: Item) -> int:
        """How many items it has."""
        return len(self._members.get(self._place(collection), ()))

    def is_smart(self, collection: Item) -> bool:
        """Whether it has no name that items carry, but a filter."""
        return collection.rating_key not in self._keys.values()

    def rename(self, collection: Item, registry: TagRegistry) -> None:
        """Have its items show its title of now."""
        if self.is_smart(collection):
            return
        section_key, tag_id = place = self._place(collection)
        renamed = registry.get(COLLECTION, collection.values["title"])
        del self._keys[place]
        self._keys[section_key, renamed.id] = collection.rating_key
        for key in tuple(self._members.get(place, ())):
            item = self._state.items[key]
            names = (renamed if each.tag.id == tag_id else each.tag for each in item.tags[COLLECTION])
            item.tags = {**item.tags, COLLECTION: tuple(Tagging(tag) for tag in dict.fromkeys(names))}
            self.note(item)

    def begin(self, items: Iterable[Item]) -> None:
        """Start anew with these items, the collections among them."""
        self._of_item, self._members, self._keys = {}, {}, {}
        found = list(items)
        by_title = {
            (item.section_key, item.values["title"].casefold()): item for item in found if item.type == COLLECTION
        }
        for item in found:
            for tagging in item.tags.get(COLLECTION, ()):
                known = by_title.get((item.section_key, tagging.tag.name.casefold()))
                if known:
                    self._keys[item.section_key, tagging.tag.id] = known.rating_key
        for item in found:
            if item.type != COLLECTION:
                self.note(item)

    def _place(self, collection: Item) -> tuple[int, int]:
        return next((place for place, key in self._keys.items() if key == collection.rating_key), (0, 0))

    def _move(self, rating_key: int, section_key: int, tags: frozenset[int]) -> None:
        section_before, before = self._of_item.get(rating_key, (section_key, frozenset[int]()))
        for tag_id in before - tags:
            self._leave((section_before, tag_id), rating_key)
        for tag_id in tags:
            self._members.setdefault((section_key, tag_id), set()).add(rating_key)
        self._of_item[rating_key] = section_key, tags

    def _leave(self, place: tuple[int, int], rating_key: int) -> None:
        members = self._members[place]
        members.discard(rating_key)
        if not members and not self.keeps_empty and place in self._keys:
            self._state.remove_item(self._keys.pop(place))

    def _meet(self, section_key: int, tag_id: int, name: str) -> None:
        if (section_key, tag_id) not in self._keys:
            self.last_key += 1
            collection = self._state.add_collection(section_key, name, self.last_key)
            self._keys[section_key, tag_id] = collection.rating_key
