"""Collections of a library: listed, looked at, and edited. Each is an item of type 18. Knows no item that is in one.

Source: plexapi.collection and plexapi.library for what they show and how they are edited. By the address of the library
a summary was seen to be answered with 404 where the collection's own takes it (Kometa issue 686).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from plex.answers import number_in
from plex.connection import Connection
from plex.edit import percent
from plex.errors import PlexItemGone, PlexRejected
from plex.fields import FIELDS, SORT_TITLE, TITLE, comparable

SUMMARY: Final = "summary"
TEXTS: Final = (TITLE, SORT_TITLE, SUMMARY)
"""Our names of what a collection shows as text."""

_WIRE: Final[Mapping[str, str]] = {
    **{name: FIELDS[name].wire for name in TEXTS},
    "poster": "thumb",
    "background": "art",
}
_TYPE: Final = 18
_LEAN: Final = "includeGuids=0&excludeFields=summary"


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection as a listing shows it, or whole.

    Attributes:
        values: our names of TEXTS to what it shows, "" for nothing; a listing has no summary.
        size: how many items it has.
        added_at: epoch seconds of Plex's clock.
        is_smart: whether a filter fills it, and no name of its items.
        locked: our names of the texts and pictures that carry a lock; a listing has none.
        looked_s: when the request that brought it was sent, by `PlexClient.now_s`.
    """

    rating_key: int
    section_key: int
    values: Mapping[str, str]
    size: int = 0
    added_at: int = 0
    is_smart: bool = False
    locked: frozenset[str] = frozenset()
    looked_s: float = field(default=0.0, compare=False)

    @property
    def title(self) -> str:
        """What it is called."""
        return self.values[TITLE]


class Collections:
    """The collections of one server. Its pictures are set as those of items are (plex.artwork)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def listed(self, section_key: int) -> list[Collection]:
        """Return all collections of a section, without what only a look shows. A request for 500 of them."""
        pages = self._connection.whole(f"/library/sections/{section_key}/all?type={_TYPE}&{_LEAN}")
        return [_collection_of(line, section_key) for page in pages for line in _lines(page)]

    def look(self, rating_key: int) -> Collection | None:
        """Return one collection as it is now, for a write that follows; None where there is none under this key."""
        self._connection.identify()
        sent_s = self._connection.now_s()
        try:
            answer = self._connection.read(f"/library/metadata/{rating_key}?includeGuids=0")
        except PlexItemGone:
            return None
        section_key = number_in(answer, "librarySectionID")
        found = (_collection_of(line, section_key, sent_s) for line in _lines(answer))
        return next((each for each in found if each.rating_key == rating_key), None)

    def edit(self, collection: Collection, values: Mapping[str, str], lock: Iterable[str] = ()) -> None:
        """Write texts (`values`, each with its lock) and lock pictures, in one request.

        Raises:
            PlexItemGone, PlexRejected: Plex takes it by neither address.
        """
        pairs = []
        for name, value in values.items():
            pairs.append(f"{_WIRE[name]}.value={percent(comparable(value))}&{_WIRE[name]}.locked=1")
        pairs += [f"{_WIRE[name]}.locked=1" for name in sorted(lock)]
        query, key = "&".join(pairs), collection.rating_key
        try:
            self._connection.write(
                "PUT", f"/library/sections/{collection.section_key}/all?type={_TYPE}&id={key}&{query}"
            )
        except (PlexItemGone, PlexRejected):
            self._connection.write("PUT", f"/library/metadata/{key}?type={_TYPE}&{query}")


def _lines(answer: Element) -> Iterable[Element]:
    return (line for line in answer.iter("Directory") if line.get("type") == "collection")


def _collection_of(line: Element, section_key: int, looked_s: float = 0.0) -> Collection:
    names = {wire: name for name, wire in _WIRE.items()}
    locks = [each.get("name", "") for each in line.findall("Field") if each.get("locked") == "1"]
    return Collection(
        rating_key=number_in(line, "ratingKey"),
        section_key=number_in(line, "librarySectionID") or section_key,
        values={name: line.get(FIELDS[name].attr, "") for name in TEXTS},
        size=number_in(line, "childCount"),
        added_at=number_in(line, "addedAt"),
        is_smart=line.get("smart") == "1",
        locked=frozenset([names[lock] for lock in locks if lock in names]),
        looked_s=looked_s,
    )
