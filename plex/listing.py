"""What a walk through a section asks for and gets, page by page, and how many lines a page may have.

Source: since 1.28 Plex logs of lists that are asked for without `X-Plex-Container-Size` that they "will fail with
status code 400 in the future". Refusals of more than 1,000 lines were seen (plex_nfo_exporter issue 14), and an answer
of 5,000 (Reaparr issue 293).
"""

from dataclasses import dataclass
from typing import Final

from plex.fields import EPISODE, MOVIE, TYPE_NUMBERS
from plex.model import Entry, Section

ITEM_TYPES: Final = {"movie": MOVIE, "show": EPISODE}
"""Type of a section to the type of the items in it that have files."""

PAGE_SIZE: Final = 500
"""Lines of one page: of a section about 0.25 MB of XML, far less work for Plex than five pages of 100."""

_LEAN: Final = (
    "includeGuids=0&includeCollections=0&includeExternalMedia=0&excludeFields=summary,tagline&excludeElements="
    "Genre,Country,Guid,Rating,Collection,Director,Writer,Role,Producer,Similar,Style,Mood,Format,Label,Field,Image,"
    "UltraBlurColors"
)


@dataclass(frozen=True, slots=True)
class Since:
    """Only items whose `field` ("addedAt" or "updatedAt") is `at` or later, epoch seconds of the server's clock.

    News are asked for by both: a moved file is a new item, but may come with an old `updatedAt`; a file that was put
    beside another one of an item changes `updatedAt` only.
    """

    field: str
    at: int


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a section's listing.

    Attributes:
        entries: one per file; an item with several files has several, one without files has none.
        total: items in the whole listing, as the server says with this answer.
        newest_added_at: epoch seconds, 0 for an empty page. It may be a file's date, and so lie in the future.
        newest_updated_at: likewise, by the server's clock.
        is_last: whether it is known that nothing comes behind it, whatever the total.
        hides_paths: whether there are files, and the server gives the path of none: it shows them to its owner only.
    """

    rating_keys: tuple[int, ...]
    entries: tuple[Entry, ...]
    total: int
    newest_added_at: int = 0
    newest_updated_at: int = 0
    is_last: bool = False
    hides_paths: bool = False


def listing_path(section: Section, since: Since | None = None) -> str:
    """The request for a section's items, oldest first: items that come in while a walk goes on are met at its end."""
    number = TYPE_NUMBERS[ITEM_TYPES[section.type]]
    newer = f"&{since.field}%3E%3E={since.at - 1}" if since else ""  # >>= is "later than"
    return f"/library/sections/{section.key}/all?type={number}{newer}&sort=addedAt&{_LEAN}"


def newest_path(section: Section, field: str) -> str:
    """The request for all of a section's items, those first whose `field` ("addedAt" or "updatedAt") is the latest."""
    number = TYPE_NUMBERS[ITEM_TYPES[section.type]]
    return f"/library/sections/{section.key}/all?type={number}&sort={field}:desc&{_LEAN}"


def window(start: int, size: int) -> dict[str, str]:
    """The headers of a request for `size` lines from `start` on; it takes both."""
    return {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}


class PageSize:
    """How much one server gives at once.

    That a page was refused and half of it was not may be its size, or one line that is not in the half. So it is tried
    again: soon at first, and later and later as it goes on being refused.
    """

    def __init__(self, most: int = PAGE_SIZE) -> None:
        self._most = self._size = most
        self._is_trial = False
        self._patience = 1
        self._in_a_row = 0

    def at_most(self, wanted: int) -> int:
        """How much to ask for where `wanted` is of use."""
        return min(wanted, self._size)

    def took(self, size: int, refused: int = 0) -> None:
        """A page of `size` came; one of `refused` (0: none) was refused just before."""
        if refused:
            self._patience *= 1 + self._is_trial
            self._size, self._is_trial, self._in_a_row = size, False, 0
        elif size >= self._size:
            self._patience = 1 if self._is_trial else self._patience
            self._is_trial = False
            self._in_a_row += 1
            if self._in_a_row >= self._patience and self._size < self._most:
                self._size, self._is_trial, self._in_a_row = min(self._most, 2 * self._size), True, 0
