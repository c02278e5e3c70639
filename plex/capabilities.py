"""What only trying shows about a server, and which edits show how it reads a list of tags.

That it adds has to be proven anew over each connection: a new build under the old version, or what was learned while
somebody else wrote, would empty list after list.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from plex.edit import Edit, TagWrite
from plex.edit_parts import only, without
from plex.fields import Value, tag_key
from plex.model import Item


class RatingRoute(StrEnum):
    """How this server takes a rating: with the other fields of an edit, or only by `PUT /:/rate`."""

    EDIT = "edit"
    RATE = "rate"


class TagReading(StrEnum):
    """What this server does with an indexed list of tags: add it to those that are there, or put it in their place."""

    ADDS = "adds"
    REPLACES = "replaces"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What is known of a server (see PlexClient.known_as); None: not yet. `refused`: the fields that no item takes."""

    rating_route: RatingRoute | None = None
    tag_reading: TagReading | None = None
    refused: frozenset[str] = frozenset()

    @property
    def adds(self) -> bool:
        """Whether the server is known to add."""
        return self.tag_reading is TagReading.ADDS

    def as_dict(self) -> dict[str, str]:
        """Return what is known, for a JSON document."""
        pairs = {
            "rating_route": self.rating_route,
            "tag_reading": self.tag_reading,
            "refused": ",".join(sorted(self.refused)),
        }
        return {name: str(value) for name, value in pairs.items() if value}

    @classmethod
    def from_dict(cls, kept: dict[str, str]) -> "Capabilities":
        """Read what `as_dict` wrote. What another version wrote there is passed over, and found out again."""
        route, reading = kept.get("rating_route", ""), kept.get("tag_reading", "")
        return cls(
            RatingRoute(route) if route in set(RatingRoute) else None,
            TagReading(reading) if reading in set(TagReading) else None,
            frozenset(name for name in kept.get("refused", "").split(",") if name),
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """A new name of a list, sent `first`: what becomes of those that have to `stay` shows how lists are read."""

    field: str
    first: Edit
    stay: frozenset[str]
    rest: Edit | None

    def reading(self, item: Item) -> TagReading | None:
        """Return what the server did, by `item` as it is now, or None. One name that stays is enough."""
        shown = keys_of(item.values.get(self.field))
        if not shown >= keys_of(self.first.tags[self.field].wanted):
            return None
        return TagReading.ADDS if shown & self.stay else TagReading.REPLACES


def proof_of(edit: Edit) -> Proof | None:
    """Return how `edit` can be sent as a proof; None where no list of it gets a new name beside others."""
    for name, write in edit.tags.items():
        stay = keys_of(write.wanted) - keys_of(write.added)
        if write.added and stay:
            new, later = write.added[:1], write.added[1:]
            first = replace(only(edit, name), tags={name: TagWrite(new, (), new)})
            left = TagWrite(later, write.removed, later)
            is_left = later or write.removed
            rest = replace(edit, tags={**edit.tags, name: left}) if is_left else without(edit, [name])
            return Proof(name, first, frozenset(stay), rest)
    return None


def lesson_of(edits: Iterable[Edit], max_bytes: int) -> Edit | None:
    """Return the edit that shows the reading with the least harm, where knowing it would change what is sent."""
    edits = list(edits)
    if not any(_repeated(edit, name) for edit in edits for name in edit.tags):
        return None
    able = [edit for edit in edits if len(edit.rating_keys) == 1 and edit.url_bytes <= max_bytes]
    able = [edit for edit in able if telling_field(edit)]
    return min(able, key=lambda edit: _repeated(edit, telling_field(edit)), default=None)


def _repeated(edit: Edit, name: str) -> int:
    """Return how many names of the list are sent although Plex has them; 0 where that is not known."""
    write = edit.tags[name]
    return 0 if write.added is None else len(write.wanted) - len(write.added)


def telling_field(edit: Edit) -> str:
    """Return the tag field that repeats the least of those that show how lists are read, or ""."""
    telling = [
        name
        for name, write in edit.tags.items()
        if len(write.added or ()) > 1 or (write.wanted and write.removed and write.added is not None)
    ]
    return min(telling, key=lambda name: _repeated(edit, name), default="")


def keys_of(tags: Value) -> set[str]:
    """Return what tells the names of a list apart; what is no list has none."""
    return {tag_key(tag) for tag in tags} if isinstance(tags, tuple) else set()
