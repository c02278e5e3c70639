"""What an item showed before anything was written to it, and how that is given back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from tests.contract.plex.wire import BARE, Pairs, Wire

TEXTS: Final = (
    "title",
    "titleSort",
    "originalTitle",
    "summary",
    "tagline",
    "studio",
    "contentRating",
    "editionTitle",
    "originallyAvailableAt",
    "year",
    "addedAt",
)
TAGS: Final[Mapping[str, str]] = {
    "genre": "Genre",
    "director": "Director",
    "writer": "Writer",
    "producer": "Producer",
    "country": "Country",
    "collection": "Collection",
    "actor": "Role",
    "label": "Label",
}
SHELVES: Final[Mapping[str, str]] = {"posters": "thumb", "arts": "art"}
_ROUNDS: Final = 2

Tag = tuple[str, str, str]
"""Name, part that an actor plays, address of his photo."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One item, as far as a belief may change it.

    `file` tells whether a key still means the same item; `chosen` is by list of pictures.
    """

    key: int
    file: str
    texts: Mapping[str, str] = field(default_factory=dict)
    rating: str = ""
    tags: Mapping[str, tuple[Tag, ...]] = field(default_factory=dict)
    locks: frozenset[str] = frozenset()
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, wire: Wire, key: int) -> "Kept":
        """As the item is now."""
        item = video(wire, key)
        return cls(
            key,
            file_of(item),
            {name: item.get(name, "") for name in TEXTS},
            item.get("userRating", ""),
            {kind: _tags(item, kind) for kind in TAGS},
            locks_of(item),
            {shelf: chosen(wire, key, shelf) for shelf in SHELVES},
        )

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Kept":
        """From `as_json`."""
        tags = {kind: tuple(tuple(tag) for tag in tags) for kind, tags in kept["tags"].items()}
        return cls(**{**kept, "tags": tags, "locks": frozenset(kept["locks"])})

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "key": self.key,
            "file": self.file,
            "texts": dict(self.texts),
            "rating": self.rating,
            "tags": dict(self.tags),
            "locks": sorted(self.locks),
            "chosen": dict(self.chosen),
        }


def give_back(wire: Wire, section: int, before: Kept) -> tuple[str, ...]:
    """Make an item what it was; gives the names of what differs all the same.

    The second round goes field by field: a server may refuse one.
    """
    for number in range(_ROUNDS):
        now = Kept.read(wire, before.key)
        if not differing(before, now):
            break
        _pictures(wire, before, now)
        if now.rating != before.rating:
            wire.rate(before.key, before.rating or "-1")
        fields = list(_fields(before, now))
        together = [[pair for field in fields for pair in field]]
        for part in together if number == 0 else fields:
            wire.edit(section, [before.key], part)
    return differing(before, Kept.read(wire, before.key))


def differing(before: Kept, now: Kept) -> tuple[str, ...]:
    """The names of what is not as it was, locks as "title.locked"."""
    texts = [name for name, was in before.texts.items() if was != now.texts[name]]
    tags = [kind for kind in TAGS if _in_order(kind, before) != _in_order(kind, now)]
    shelves = [name for name in SHELVES if before.chosen[name] != now.chosen[name]]
    locks = [f"{name}.locked" for name in sorted(before.locks ^ now.locks)]
    return (*texts, *tags, *shelves, *locks, *(["userRating"] if before.rating != now.rating else []))


def video(wire: Wire, key: int) -> ET.Element:
    """One item whole."""
    item = wire.xml(f"/library/metadata/{key}", headers=BARE).find("Video")
    assert item is not None, f"Plex shows no film under {key}"
    return item


def file_of(item: ET.Element) -> str:
    """The item's first file."""
    part = item.find("Media/Part")
    return "" if part is None else part.get("file", "")


def locks_of(item: ET.Element) -> frozenset[str]:
    """What is locked, by its name on the wire."""
    return frozenset(lock.get("name", "") for lock in item.iter("Field") if lock.get("locked") == "1")


def names(item: ET.Element, kind: str) -> list[str]:
    """The names of one kind of tag, in order."""
    return [tag[0] for tag in _tags(item, kind)]


def chosen(wire: Wire, key: int, shelf: str) -> str:
    """What a choice needs to bring back the picture that is shown now, "" for none."""
    photos = wire.xml(f"/library/metadata/{key}/{shelf}").iter("Photo")
    return next((photo.get("ratingKey", "") for photo in photos if photo.get("selected") == "1"), "")


def _in_order(kind: str, of: Kept) -> tuple[Tag, ...]:
    """Only the order of actors is shown."""
    return of.tags[kind] if kind == "actor" else tuple(sorted(of.tags[kind]))


def _tags(item: ET.Element, kind: str) -> tuple[Tag, ...]:
    return tuple((tag.get("tag", ""), tag.get("role", ""), tag.get("thumb", "")) for tag in item.findall(TAGS[kind]))


def _pictures(wire: Wire, before: Kept, now: Kept) -> None:
    for shelf, was in before.chosen.items():
        if was == now.chosen[shelf]:
            continue
        if was:
            wire.choose(before.key, shelf, was)
        else:
            wire.clear_choice(before.key, shelf)


def _fields(before: Kept, now: Kept) -> Iterator[list[tuple[str, str]]]:
    """What has to be sent, by field; a picture's lock always, because a choice may set it."""
    changed = {name.removesuffix(".locked") for name in differing(before, now)}
    for name in [*TEXTS, *TAGS, "userRating", *SHELVES.values()]:
        lock = (f"{name}.locked", str(int(name in before.locks)))
        if name in TAGS and name in changed:
            yield [*_list(name, before.tags[name], now.tags[name]), lock]
        elif name in before.texts and before.texts[name] != now.texts[name]:
            yield [(f"{name}.value", before.texts[name]), lock]
        elif name in changed or name in SHELVES.values():
            yield [lock]


def _list(kind: str, before: tuple[Tag, ...], now: tuple[Tag, ...]) -> Pairs:
    """The whole list and what has to go: right whether the server adds or replaces."""
    pairs = []
    for index, (name, role, photo) in enumerate(before):
        pairs.append((f"{kind}[{index}].tag.tag", name))
        pairs += [(f"{kind}[{index}].tagging.text", role)] if role else []
        pairs += [(f"{kind}[{index}].tag.thumb", photo)] if photo else []
    return [*pairs, *removal(kind, *({tag[0] for tag in now} - {tag[0] for tag in before}))]


def removal(kind: str, *names: str) -> Pairs:
    """What takes names out of a list: one argument, in which a comma separates, so that each name is encoded once more."""
    return [(f"{kind}[].tag.tag-", ",".join(quote(name, safe="") for name in names))] if names else []
