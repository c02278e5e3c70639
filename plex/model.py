"""What Plex has, as values: sections, places in the index, whole items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from plex.fields import Value

LONGEST_NAME: Final = 200
"""Characters of a name: names are for people, and nobody needs a longer one."""


def name_of(text: str | None) -> str:
    """Return `text` as a name, its end an ellipsis where it is longer than LONGEST_NAME; "" for None."""
    text = text or ""
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


@dataclass(frozen=True, slots=True)
class Section:
    """One library. `key` is its id (1), `type` is "movie" or "show", `locations` are its folders as Plex sees them."""

    key: int
    title: str
    type: str
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the path index: the file `plex_path` of the item `rating_key`; `size` in bytes, 0 if unknown.

    `added_at` and `updated_at` are the item's, epoch seconds of Plex's clock when it was listed last, 0 if unknown; no
    part of which file it is.
    """

    plex_path: str
    section_key: int
    rating_key: int
    item_type: str  # "movie" or "episode"
    size: int = 0
    added_at: int = field(default=0, compare=False)
    updated_at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Item:
    """One whole item as `GET /library/metadata/{rating_key}` shows it: all its tags, all its locks.

    Attributes:
        files: every part's path as Plex sees it, with its size in bytes; 0 where Plex does not say.
        values: our field name to what Plex shows; every field of its type is there, empty ones as "", None or ().
        locked: our names of the fields that carry a lock; "poster" and "background" stand for thumb and art.
        poster_key: the value of `thumb`, e.g. "/library/metadata/7/thumb/1700000000" or "".
        background_key: the value of `art`, e.g. "/library/metadata/7/art/1700000000" or "".
        updated_at, added_at: epoch seconds of Plex's clock. The second moves by an edit, or if the item is made anew.
        looked_s: when the request that brought it was sent, by `PlexClient.now_s`; no part of what it is.
        roles: actors' names to the parts they play, where Plex shows one; an edit of the list must send these again.
    """

    rating_key: int
    section_key: int
    item_type: str
    title: str
    files: Mapping[str, int]
    values: Mapping[str, Value] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    poster_key: str = ""
    updated_at: int = 0
    added_at: int = 0
    roles: Mapping[str, str] = field(default_factory=dict)
    background_key: str = field(default="", compare=False)
    looked_s: float = field(default=0.0, compare=False)
