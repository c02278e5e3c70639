"""Filling the path index: a section's pages, and its news. Knows the index's tables and asks the server for pages."""

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from sqlite3 import Connection
from typing import Final

from matching.paths import name_key, path_key
from plex.errors import PlexError, PlexUnauthorized
from plex.failures import NOT_THE_OWNERS
from plex.index_store import IndexStore
from plex.listing import Page, Since
from plex.listing_walk import ListingWalk, Marks, Server
from plex.model import Entry, Section

OVERLAP_S: Final = 60
"""News are asked for from so long before the newest: Plex stamps a change when it begins, and shows it at its end."""

REREAD_PAGES: Final = 3
"""A section of at most this many pages is read whole again when items are missing, or where Plex tells of no news."""

WHOLE_AGAIN_S: Final = 15 * 60.0
"""A large section is read whole so often: what changed in it and did not make it larger or smaller is known by then."""

_SOON_S: Final = 60.0
_SHARE: Final = 20
"""The least rest after a reading, as a multiple of its time."""

FEW_GONE: Final = 25
"""How many items of a section, or a tenth of it, may have gone since the last walk; more are only not shown now."""

_A_TENTH: Final = 10
_ADD_PART: Final = (
    "INSERT INTO parts (plex_path, key, name_key, section_key, rating_key, item_type, size, added_at, updated_at, "
    "walk) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ADD_SECTION: Final = (
    "INSERT OR IGNORE INTO sections (section_key, build, items, added_at, updated_at) VALUES (?, 0, 0, 0, 0)"
)
_UNMET: Final = "section_key = :section AND walk > 0 AND walk < :walk"
MOVES: Final = "moves"
"""The fact that counts how often known items got another place in the listings."""

_MADE_ANEW: Final = (
    "EXISTS (SELECT 1 FROM parts AS other WHERE other.key = parts.key AND other.rating_key <> parts.rating_key "
    "AND (other.walk = 0 OR other.walk >= :walk))"
)
_NEWS: Final = 0
_rest_of = attrgetter("section_key", "rating_key", "item_type", "size", "added_at", "updated_at")


class SectionWalk:
    """Reads one section into the index, a page a transaction; `left_out` holds why, for each item not read."""

    def __init__(
        self, store: IndexStore, server: Server, section: Section, page_size: int, clock: Callable[[], float]
    ) -> None:
        self.left_out: list[PlexError] = []
        self._store = store
        self._server = server
        self._section = section
        self._page_size = page_size
        self._clock = clock
        with store.transaction() as connection:
            connection.execute(_ADD_SECTION, (section.key,))

    def whole(self, build: int, progress: Callable[[int, int], None] | None = None, before: int = 0) -> int:
        """Read all pages as of `build`, then drop what no page had; return the items. `before` are others read."""
        met = 0
        for met, total in self.steps(build):
            if progress:
                progress(before + met, before + total)
        return met

    def steps(self, build: int, *, is_doubting: bool = False) -> Iterator[tuple[int, int]]:
        """As `whole`, a page at each turn: the items read so far, and how many there are. News in between stay.

        With `is_doubting` many items are not dropped at once, but for those whose file another item has now: a Plex
        that starts, or lacks a disk, lists less.
        """
        walk, moves = self._begin_walk(), self._moves()
        marks, met = Marks(), 0
        for read, page in self._pages(marks):
            with self._store.transaction() as connection:
                replace_entries(connection, page.rating_keys, page.entries, walk)
            met = read
            yield read, page.total
        with self._store.transaction() as connection:
            if met >= marks.total and not self.left_out:  # a listing that ends early proves nothing about the rest
                self._drop_unmet(connection, walk, is_doubting=is_doubting, has_moved=self._moves() != moves)
            self._store_marks(connection, marks, marks.total)
            connection.execute("UPDATE sections SET build = ? WHERE section_key = ?", (build, self._section.key))

    def _begin_walk(self) -> int:
        """Return the number of the walk. Older news count as met by one before it, and so differ from later ones."""
        before = 1 + max(self._rows("SELECT coalesce(max(walk), 0) FROM parts WHERE section_key = ?"))
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE parts SET walk = ? WHERE section_key = ? AND walk = ?", (before, self._section.key, _NEWS)
            )
        return before + 1

    def _moves(self) -> list[object]:
        return [row[0] for row in self._store.rows("SELECT value FROM facts WHERE name = ?", (MOVES,))]

    def _drop_unmet(self, connection: Connection, walk: int, *, is_doubting: bool, has_moved: bool) -> None:
        """Drop what no page had. An item that got another added date meanwhile has moved others across the pages."""
        bound = {"section": self._section.key, "walk": walk}
        if is_doubting:
            connection.execute(f"DELETE FROM parts WHERE {_UNMET} AND {_MADE_ANEW}", bound)
            count = "SELECT count(DISTINCT rating_key) FROM parts WHERE"
            unmet = connection.execute(f"{count} {_UNMET}", bound).fetchone()[0]
            known = connection.execute(f"{count} section_key = :section", bound).fetchone()[0]
            if has_moved or unmet > max(FEW_GONE, known // _A_TENTH):
                return
        connection.execute(f"DELETE FROM parts WHERE {_UNMET}", bound)

    def news(self) -> int:
        """Read what is new; return how many items that were. Raise NewsRefused where Plex does not say."""
        kept = self._store.rows("SELECT added_at, updated_at FROM sections WHERE section_key = ?", (self._section.key,))
        marks = Marks(*next(iter(kept), ()))
        listed = 0
        for since in (Since("addedAt", marks.added_at - OVERLAP_S), Since("updatedAt", marks.updated_at - OVERLAP_S)):
            for _, page in self._pages(marks, since):
                with self._store.transaction() as connection:
                    replace_entries(connection, page.rating_keys, page.entries)
                listed += len(page.rating_keys)
        total = self.total()
        with self._store.transaction() as connection:
            self._store_marks(connection, marks, total)
        return listed

    def total(self) -> int:
        """How many items Plex says there are."""
        return self._server.page(self._section, 0, 0).total

    def known_total(self) -> int:
        """How many it said the last time."""
        return sum(self._rows("SELECT items FROM sections WHERE section_key = ?"))

    def is_small(self, total: int) -> bool:
        """Whether a section of `total` items is read whole as easily as its news are."""
        return total <= REREAD_PAGES * self._page_size

    def is_off(self, total_before: int) -> bool:
        """Whether a small section is to be read again: the index has other items than Plex though it has the news.

        Plex has fewer: some are gone. It has more, and another total than `total_before` these news: some are back.
        """
        known = sum(self._rows("SELECT count(DISTINCT rating_key) FROM parts WHERE section_key = ?"))
        total = self.known_total()
        return self.is_small(total) and (known > total or known < total != total_before)

    def _pages(self, marks: Marks, since: Since | None = None) -> Iterator[tuple[int, Page]]:
        walk = ListingWalk(self._server, self._section, self._page_size, since)
        for read, page in walk.pages(marks, self._clock):
            if page.hides_paths:
                raise PlexUnauthorized(NOT_THE_OWNERS)
            yield read, page
        self.left_out += walk.left_out

    def _rows(self, sql: str) -> list[int]:
        return [row[0] for row in self._store.rows(sql, (self._section.key,))]

    def _store_marks(self, connection: Connection, marks: Marks, total: int) -> None:
        connection.execute(
            "UPDATE sections SET items = ?, added_at = ?, updated_at = ? WHERE section_key = ?",
            (total, marks.added_at, marks.updated_at, self._section.key),
        )


def replace_entries(
    connection: Connection, rating_keys: Iterable[int], entries: Iterable[Entry], walk: int = _NEWS
) -> None:
    """Put `entries` in place of all that is known of these items."""
    connection.executemany("DELETE FROM parts WHERE rating_key = ?", ((key,) for key in rating_keys))
    rows = (
        (entry.plex_path, path_key(entry.plex_path, fold=True), name_key(entry.plex_path), *_rest_of(entry), walk)
        for entry in entries
    )
    connection.executemany(_ADD_PART, rows)


class Rereads:
    """When each section was read whole for its news last. A `clock` that was set back waits for nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._read: dict[int, tuple[float, float]] = {}  # section key to when that ended, and how long it took

    def news(self, section: Section, walk: SectionWalk, build: int) -> int:
        """As `SectionWalk.news`, by the total and, where it is time for that, by reading everything; else 0."""
        total = walk.total()
        if not walk.is_small(total) and not self._is_due(section, is_other=total != walk.known_total()):
            return 0
        began_at = self._clock()
        listed = walk.whole(build)
        self._read[section.key] = (self._clock(), self._clock() - began_at)
        return listed

    def _is_due(self, section: Section, *, is_other: bool) -> bool:
        if section.key not in self._read:
            return True
        ended_at, took_s = self._read[section.key]
        wait_s = max(_SOON_S if is_other else WHOLE_AGAIN_S, _SHARE * took_s)
        return not ended_at <= self._clock() < ended_at + wait_s
