"""What a walk through a section asks for and gets, page by page. Pure."""

from dataclasses import dataclass
from typing import Final

from plex.fields import EPISODE, MOVIE, TYPE_NUMBERS
from plex.model import Entry, Section

ITEM_TYPES: Final = {"movie": MOVIE, "show": EPISODE}
"""Type of a section to the type of the items in it that have files."""

_LEAN: Final = (
    "includeGuids=0&includeCollections=0&includeExternalMedia=0&excludeFields=summary,tagline&excludeElements="
    "Genre,Country,Guid,Rating,Collection,Director,Writer,Role,Producer,Similar,Style,Mood,Format,Label,Field,Image,UltraBlurColors"
)


@dataclass(frozen=True, slots=True)
class Since:
    """Only items whose `field` ("addedAt" or "updatedAt") is `at` or later, epoch seconds of the server's clock.

    Whoever wants news asks for both in turn: a moved file is a new item, but may come with an old `updatedAt`; a file that was put
    beside another one of an item changes `updatedAt` only.
    """

    field: str
    at: int

    @classmethod
    def added(cls, at: int) -> "Since":
        """Items that came in at `at` or later."""
        return cls("addedAt", at)

    @classmethod
    def updated(cls, at: int) -> "Since":
        """Items that were changed at `at` or later."""
        return cls("updatedAt", at)


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a section's listing.

    Attributes:
        rating_keys: the items of the page.
        entries: one per file; an item with several files has several, one without files has none.
        total: items in the whole listing, as the server says with this answer.
        newest_added_at: the latest of this page, epoch seconds, 0 for an empty one. Plex may take it from the file's date, so it can lie in the future.
        newest_updated_at: likewise, by the server's clock.
        is_last: whether it is known that nothing comes behind it, whatever the total.
    """

    rating_keys: tuple[int, ...]
    entries: tuple[Entry, ...]
    total: int
    newest_added_at: int = 0
    newest_updated_at: int = 0
    is_last: bool = False


def listing_path(section: Section, since: Since | None = None) -> str:
    """The request for a section's items, oldest first: items that come in while a walk goes on are met at its end."""
    number = TYPE_NUMBERS[ITEM_TYPES[section.type]]
    newer = f"&{since.field}%3E%3E={since.at - 1}" if since else ""  # >>= is "later than"
    return f"/library/sections/{section.key}/all?type={number}{newer}&sort=addedAt&{_LEAN}"


def newest_path(section: Section, field: str) -> str:
    """The request for all of a section's items, those first whose `field` ("addedAt" or "updatedAt") is the latest."""
    number = TYPE_NUMBERS[ITEM_TYPES[section.type]]
    return f"/library/sections/{section.key}/all?type={number}&sort={field}:desc&{_LEAN}"
