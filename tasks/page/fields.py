"""The fields as people read them."""

from collections.abc import Mapping
from typing import Final

from records.values import FieldValue as Value
from tasks.page.scene_shapes import FieldValue

NAMES: Final[Mapping[str, str]] = {
    "title": "Title",
    "sort_title": "Sort title",
    "summary": "Summary",
    "studio": "Studio",
    "date": "Date",
    "rating": "Rating",
    "director": "Director",
    "genre": "Genres",
    "actor": "Actors",
    "collection": "Collections",
    "label": "Labels",
    "poster": "Poster",
    "background": "Background",
    "actor_photos": "Photos of actors",
}


def name_of(field: str) -> str:
    """What people call the field."""
    return NAMES.get(field, field)


def wire(value: Value) -> FieldValue:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value
