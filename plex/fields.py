"""The fields of a Plex item that can be synced: our names, their names on the wire, and how values compare."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

RATING_TOLERANCE: Final = 0.05
"""Ratings closer than this are equal: Stash's steps are 0.1, and Plex answers with the noise of a binary float."""

Value: TypeAlias = str | float | tuple[str, ...] | None
Values: TypeAlias = Mapping[str, Value]
"""Field name to value. A key that is absent: this side has no say. `""`, `None` and `()`: the field is empty.

Example: `{"title": "Sintel", "date": "2010-09-27", "rating": 8.0, "genre": ("Animation", "Short")}`
"""

_UNSHOWABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML, in which Plex answers, cannot hold: it would never be read back, and be written again each time.

Source: XML 1.0, production Char.
"""

showable: Final = partial(_UNSHOWABLE.sub, "")
"""`text` without the characters that Plex could never show."""

MOVIE: Final = "movie"
EPISODE: Final = "episode"
TYPE_NUMBERS: Final[Mapping[str, int]] = {MOVIE: 1, EPISODE: 4}
"""Item type to the number that `type=` takes. Source: the published API description, SearchTypes in plexapi.utils."""


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is ours, `wire` what an edit and a lock call it, `attr` the XML attribute or tag element that shows it."""

    name: str
    wire: str
    attr: str
    is_tag: bool = False
    is_ordered: bool = False
    types: frozenset[str] = frozenset({MOVIE, EPISODE})


TITLE: Final = "title"
SORT_TITLE: Final = "sort_title"
"""By what Plex sorts an item; shown only where it differs from the title. Stash has none, see plex.sort_title."""

ADDED_AT: Final = "added_at"
"""By what Plex sorts what was added lately: text as `plex.moments` has it. It tells items apart, too (`Item.added_at`).

Source: plexapi.mixins.edit (editAddedAt); the web has edits of it that took since 2023.
"""

_MOVIE_ONLY: Final = frozenset({MOVIE})

FIELDS: Final[Mapping[str, Field]] = {
    field.name: field
    for field in (
        Field(TITLE, "title", "title"),
        Field(SORT_TITLE, "titleSort", "titleSort"),
        Field("tagline", "tagline", "tagline", types=_MOVIE_ONLY),
        Field("summary", "summary", "summary"),
        Field("studio", "studio", "studio", types=_MOVIE_ONLY),
        Field("date", "originallyAvailableAt", "originallyAvailableAt"),
        Field(ADDED_AT, "addedAt", "addedAt"),
        Field("rating", "userRating", "userRating"),
        Field("content_rating", "contentRating", "contentRating"),
        Field("director", "director", "Director", is_tag=True),
        Field("genre", "genre", "Genre", is_tag=True, types=_MOVIE_ONLY),
        Field("actor", "actor", "Role", is_tag=True, is_ordered=True, types=_MOVIE_ONLY),
        Field("collection", "collection", "Collection", is_tag=True),
        Field("label", "label", "Label", is_tag=True),
    )
}
"""Every field that can be synced, by our name, in the order in which people read them."""

TAG_FIELDS: Final = frozenset(field.name for field in FIELDS.values() if field.is_tag)
"""Our names of the fields that hold lists of names."""


def comparable(text: str) -> str:
    """Return `text` as equality sees it, and as Plex stores it: NFC, line ends as LF, no blanks around."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def tag_key(tag: str) -> str:
    """Return a tag as identity sees it. Source: Plex keeps one tag for names that differ in case only."""
    return comparable(tag).casefold()


def as_tags(value: Value) -> tuple[str, ...]:
    """Return the value of a tag field; what is no tuple (None, an empty text) is an empty one."""
    return value if isinstance(value, tuple) else ()


def unique(tags: Iterable[str]) -> dict[str, str]:
    """Return `tags` by `tag_key` in their order: blank ones dropped, of equal ones the first."""
    found: dict[str, str] = {}
    for tag in tags:
        if key := tag_key(tag):
            found.setdefault(key, tag)
    return found


def is_empty(value: Value) -> bool:
    """Return whether `value` says nothing: None, "", only blanks, (), or a rating of 0, which means no stars."""
    return not (value.strip() if isinstance(value, str) else value)


def same(left: Value, right: Value) -> bool:
    """Return whether two values of a scalar field are equal: both empty, or texts as `comparable`, or ratings."""
    if left == right:
        return True
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    if isinstance(left, str) and isinstance(right, str):
        return comparable(left) == comparable(right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) < RATING_TOLERANCE
    return False
