"""What only trying shows about a server, as a value that can be kept for it."""

from dataclasses import dataclass
from enum import StrEnum


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
    """What was found out about one server in one version; None: not yet. Keep it by PlexClient.known_as.

    `refused` are the fields that it takes of no item, whatever their value.
    """

    rating_route: RatingRoute | None = None
    tag_reading: TagReading | None = None
    refused: frozenset[str] = frozenset()

    @property
    def adds(self) -> bool:
        """Whether the server is known to add."""
        return self.tag_reading is TagReading.ADDS

    def as_dict(self) -> dict[str, str]:
        """For a JSON document: only what is known."""
        pairs = {
            "rating_route": self.rating_route,
            "tag_reading": self.tag_reading,
            "refused": ",".join(sorted(self.refused)),
        }
        return {name: str(value) for name, value in pairs.items() if value}

    @classmethod
    def from_dict(cls, kept: dict[str, str]) -> "Capabilities":
        """From `as_dict`. What a later version may have written there is passed over: it will be found out again."""
        route, reading = kept.get("rating_route", ""), kept.get("tag_reading", "")
        return cls(
            RatingRoute(route) if route in set(RatingRoute) else None,
            TagReading(reading) if reading in set(TagReading) else None,
            frozenset(name for name in kept.get("refused", "").split(",") if name),
        )
