"""Reading a section's listing or its news page by page, whatever the server makes of it. Knows no disk.

A page that fails is asked for again in a smaller size, down to the one item that is to blame, which is left out. A
listing that fails everywhere, or has no end, is a sick library: the walk ends, the others go on. Only where the server
itself is not well is its error raised.

Source of how to ask for news: dates know `>>=` and `<<=` (the published API description; in use by PlexAniBridge); `>=`
has been seen to work, to mean "later", and to answer 400. `sort=addedAt` is documented, and clients use it with
`:desc`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, NoReturn, Protocol
from xml.etree.ElementTree import Element

from plex.answers import cut_older, page_of
from plex.errors import PlexError, PlexProtocolError, PlexQuestionRefused, PlexUnreachable
from plex.listing import Page, Since, listing_path, newest_path
from plex.model import Section
from plex.piecewise import MAYBE_WHAT_WAS_ASKED

MOST_ITEMS: Final = 1_000_000
"""More than any library has. A server that says so is not believed."""

_NEWEST: Final = 100
"""Lines that are asked for at a time where most of them are old."""

_MOST_LEFT_OUT: Final = 50
_MOST_IN_A_ROW: Final = 5
_MOST_SILENCES: Final = 2
_MOST_REPEATS: Final = 16
_SPARE_PAGES: Final = 16
_SPARE_FAILURES: Final = 60

Ask = Callable[[str, int, int], Element]
"""Asks for a path, from a line on, for a number of lines at most; see plex.connection.Connection.page."""


class LibrarySick(Exception):
    """One library lists no items, while all else is answered; `failure` stops everything if there is no other one."""

    def __init__(self, message: str, failure: PlexError) -> None:
        super().__init__(message)
        self.failure = failure


class Server(Protocol):
    """What the index needs of plex.client.PlexClient; its docstrings hold."""

    @property
    def machine_identifier(self) -> str: ...  # noqa: D102 - see PlexClient
    @property
    def server_time_at(self) -> float | None: ...  # noqa: D102 - see PlexClient
    def page(  # noqa: D102 - see PlexClient
        self, section: Section, start: int = ..., size: int = ..., *, since: Since | None = None
    ) -> Page: ...
    def check(self) -> None: ...  # noqa: D102 - see PlexClient


@dataclass(slots=True)
class Marks:
    """Up to where a listing was read: the newest times met, never later than when the reading began.

    Without the bound a file dated in the future would hide everything that is added until then; and what changes during
    a walk, behind its back, would be hidden by what changes later and is still met.
    """

    added_at: int = 0
    updated_at: int = 0
    total: int = 0

    def meet(self, page: Page, began_at: float) -> None:
        """Take in one page."""
        self.added_at = max(self.added_at, min(page.newest_added_at, int(began_at)))
        self.updated_at = max(self.updated_at, min(page.newest_updated_at, int(began_at)))
        self.total = page.total


class ListingWalk:
    """One walk through one listing. `left_out` holds why, for each item that could not be read."""

    def __init__(self, server: Server, section: Section, page_size: int, since: Since | None = None) -> None:
        self.left_out: list[PlexError] = []
        self._server = server
        self._section = section
        self._since = since
        self._page_size = self._size = page_size
        self._first_total: int | None = None
        self._read = 0
        self._failures = 0
        self._silences = 0
        self._in_a_row = 0
        self._repeats = 0
        self._beginnings: set[int] = set()

    def pages(self, marks: Marks, clock: Callable[[], float]) -> Iterator[tuple[int, Page]]:
        """Yield pages in order, each with the number of items read by then, to the total, the last or an empty one.

        When items are removed from Plex during the walk, all later ones move up: the walk reads as many again as are
        gone. Raise LibrarySick (for news NewsRefused) where this listing cannot be read, while the server answers
        all else.
        """
        start, began_at, last_total = 0, None, 0
        while began_at is None or start < marks.total:
            page = self._page(start)
            if page is None:
                start += 1
                continue
            began_at = began_at or self._server.server_time_at or clock()
            self._watch(page)
            marks.meet(page, began_at)
            shrunk = max(0, last_total - page.total)
            last_total = page.total
            start = max(0, start - shrunk) if shrunk else start + len(page.rating_keys)
            yield start, page
            if page.is_last or (not page.rating_keys and not shrunk):
                return

    def _page(self, start: int) -> Page | None:
        """The page at `start`, as large as can be read; None where that is not even one item."""
        while True:
            try:
                page = self._server.page(self._section, start, self._size, since=self._since)
            except (PlexUnreachable, *MAYBE_WHAT_WAS_ASKED) as error:
                self._failed(error)
                if self._size == 1 or isinstance(error, PlexQuestionRefused):  # that was asked for alone as well
                    self._leave_out(error)
                    return None
                self._size = max(1, self._size // 4)
            else:
                self._read += max(1, len(page.rating_keys))
                self._in_a_row = 0
                self._size = min(self._page_size, 2 * self._size)
                return page

    def _failed(self, error: PlexError) -> None:
        self._failures += 1
        self._silences += isinstance(error, PlexUnreachable)
        if isinstance(error, PlexUnreachable):
            self._server.check()
        most = _SPARE_FAILURES + 4 * (self._first_total or 0) // self._page_size
        if self._silences >= _MOST_SILENCES or self._failures > most:
            self._is_sick(f"does not list its items: {error}", error)

    def _leave_out(self, error: PlexError) -> None:
        self._in_a_row += 1
        self.left_out.append(error)
        if self._in_a_row >= _MOST_IN_A_ROW or len(self.left_out) > _MOST_LEFT_OUT:
            self._is_sick(f"does not list its items: {error}", error)
        if len(self.left_out) == 1:
            self._server.check()

    def _watch(self, page: Page) -> None:
        """A listing that grows as fast as it is read, or begins anew again and again, has no end."""
        if self._first_total is None:
            self._first_total = min(page.total, MOST_ITEMS)
        if self._read > self._first_total * 3 // 2 + _SPARE_PAGES * self._page_size:
            self._is_sick(f"comes to no end: it said that it has {self._first_total:,} items, and goes on")
        if page.rating_keys:
            self._repeats += page.rating_keys[0] in self._beginnings
            self._beginnings.add(page.rating_keys[0])
        if self._repeats > _MOST_REPEATS:
            self._is_sick("comes to no end: it lists the same items again and again")

    def _is_sick(self, how: str, error: PlexError | None = None) -> NoReturn:
        self._server.check()
        raise LibrarySick(how, error or PlexProtocolError(f'the library "{self._section.title}" {how}'))


class NewsRefused(Exception):
    """This server tells of no news: it lists its items whole only."""


class _Way(IntEnum):
    BY_DATE = 0
    NEWEST_FIRST = 1
    NONE = 2


class NewsPages:
    """The pages of what is new: by date, else from the newest on. A way that was refused is not tried again."""

    def __init__(self, ask: Ask) -> None:
        self._ask: Final = ask
        self._way = _Way.BY_DATE

    def page(self, section: Section, since: Since, start: int, size: int) -> Page:
        """Return items that are `since`'s, or fewer; the total may be that of the whole section.

        Raise NewsRefused where there is no way, PlexError also where it fails at one item, or at the library.
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
        """Raise PlexQuestionRefused where a page was not refused for how it was asked."""
        self._ask(listing_path(section), 0, 0)  # raises where this library refuses everything
        try:
            self._ask(path, 0, 0)
        except PlexQuestionRefused:
            return
        raise PlexQuestionRefused("Plex answered 400 to a page of a listing, and not to its total: it fails at an item")
