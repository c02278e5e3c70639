"""Names that settings may hold."""

from enum import StrEnum
from typing import Final


class TagsTo(StrEnum):
    """Where Stash's tags land in Plex."""

    GENRES = "genres"
    LABELS = "labels"
    NOWHERE = "nowhere"


SYNCABLE: Final = (
    "title",
    "sort_title",
    "summary",
    "studio",
    "date",
    "rating",
    "director",
    "genre",
    "actor",
    "collection",
    "label",
    "poster",
    "background",
)
"""What `skip_fields` may name: the fields of plex.fields, and the two pictures."""

LISTS: Final = ("director", "genre", "actor", "collection", "label")
"""What `mirror_lists` may name: the fields of plex.fields that hold names."""

COLLECTION_SOURCES: Final = ("studio", "groups")
"""What `collections_from` may name."""
