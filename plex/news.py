"""What is new in a section, however this server can be asked for it. Knows neither the index nor when to ask.

Source: dates know `>>=` and `<<=` (the published API description; in use by PlexAniBridge); `>=` has been seen to work, to mean "later", and to answer 400.
`sort=addedAt` is documented, and with `:desc` it is what clients show as recently added.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from typing import Final
from xml.etree.ElementTree import Element

from plex.answers import cut_older, page_of
from plex.errors import PlexQuestionRefused
from plex.listing import Page, Since, listing_path, newest_path
from plex.model import Section

_NEWEST: Final = 100
"""Lines that are asked for at a time where most of them are old."""

Ask = Callable[[str, int, int], Element]
"""Asks for a path, from a line on, for so many lines at most; see plex.connection.Connection.page."""


class NewsRefused(Exception):
    """This server tells of no news: it lists its items whole only."""


class _Way(IntEnum):
    BY_DATE = 0
    NEWEST_FIRST = 1
    NONE = 2


class News:
    """The pages of what is new: by date, else from the newest on. A way that was refused is not tried again."""

    def __init__(self, ask: Ask) -> None:
        self._ask: Final = ask
        self._way = _Way.BY_DATE

    def page(self, section: Section, since: Since, start: int, size: int) -> Page:
        """A stretch of the items that are `since`'s, or a shorter one; the total may be that of the whole section.

        Raises:
            NewsRefused: there is no way.
            PlexError: also where it is refused for the sake of one item, or of the library.
        """
        if self._way is _Way.BY_DATE:
            path = listing_path(section, since)
            try:
                return page_of(self._ask(path, start, size), section)
            except PlexQuestionRefused:
                self._require_refused(path, section)
                self._way = _Way.NEWEST_FIRST
        if self._way is _Way.NEWEST_FIRST:
            page = self._newest(section, since, start, size)
            if page is not None:
                return page
            self._way = _Way.NONE
        raise NewsRefused

    def _newest(self, section: Section, since: Since, start: int, size: int) -> Page | None:
        path = newest_path(section, since.field)
        try:
            answer = self._ask(path, start, min(size, _NEWEST))
        except PlexQuestionRefused:
            self._require_refused(path, section)
            return None
        lines = len(answer)
        if not cut_older(answer, since.field, since.at):
            return None
        return replace(page_of(answer, section), is_last=len(answer) < lines)

    def _require_refused(self, path: str, section: Section) -> None:
        """Called where a page was refused: whether it was for how it was asked. Raises PlexQuestionRefused where it was not."""
        self._ask(listing_path(section), 0, 0)  # raises where this library refuses everything
        try:
            self._ask(path, 0, 0)
        except PlexQuestionRefused:
            return
        raise PlexQuestionRefused("Plex answered 400 to a page of a listing, and not to its total: it fails at an item")
