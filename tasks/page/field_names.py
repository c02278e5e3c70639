"""What people call the fields of an item."""

from collections.abc import Mapping
from typing import Final

_FIELDS: Final[Mapping[str, str]] = {
    "genre": "Genres",
    "actor": "Actors",
    "collection": "Collections",
    "label": "Labels",
    "added_at": "Date added",
    "actor_photos": "Photos of actors",
}
"""What people call fields that are not just written with a capital."""


def name_of(field: str) -> str:
    """Return what people call the field."""
    return _FIELDS.get(field) or field.replace("_", " ").capitalize()
