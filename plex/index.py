"""The path index: which item of Plex holds a file; a cache on disk. Which paths are equal it does not know."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from matching.paths import path_key
from plex.errors import PlexError, PlexMisconfigured
from plex.index_store import IndexFacts, IndexReplacedError, IndexStore, LeftOutSections, put_facts
from plex.index_walk import MOVES, Rereads, SectionWalk, replace_entries
from plex.listing import PAGE_SIZE
from plex.listing_walk import LibrarySick, NewsRefused, Server
from plex.model import Entry, Item, Section

_T = TypeVar("_T")
_SELECT: Final = "SELECT plex_path, section_key, rating_key, item_type, size, added_at, updated_at FROM parts"

Progress = Callable[[int, int], None]
"""Told after each page: items read so far, and items in all sections that were begun."""


class PathIndex(IndexStore):
    """Entries by path, on disk. Look-ups cost no request; one process builds and refreshes, others may look up.

    A build that was interrupted leaves the old entries in place, is known to be incomplete, and goes on with the
    section that it was in. Entries go only when their whole section has been read without meeting them, or when someone
    forgets their item. `clock` gives epoch seconds where the server does not tell its own time.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(path)
        self._clock = clock
        self._left_out = LeftOutSections(self, clock)
        self._rereads = Rereads(clock)

    def lookup(self, plex_path: str) -> list[Entry]:
        """The entries of exactly this path; several if several sections have it, or if its item was replaced lately."""
        return [entry for entry in self.lookup_key(path_key(plex_path, fold=True)) if entry.plex_path == plex_path]

    def lookup_key(self, key: str) -> list[Entry]:
        """The entries whose `path_key` without case is `key`: the same path in any case, Unicode form and spelling."""
        return self._entries("key = ?", key)

    def lookup_name(self, name: str) -> list[Entry]:
        """The entries whose `name_key` is `name`: the same file name in any folder."""
        return self._entries("name_key = ?", name)

    def entries_of(self, rating_key: int) -> list[Entry]:
        """The files of one item."""
        return self._entries("rating_key = ?", rating_key)

    def _entries(self, where: str, value: str | int) -> list[Entry]:
        return [Entry(*row) for row in self.rows(f"{_SELECT} WHERE {where}", (value,))]

    @property
    def facts(self) -> IndexFacts:
        """What is in the index now."""
        known = dict(self.rows("SELECT name, value FROM facts"))
        sections = self.rows("SELECT section_key, items FROM sections WHERE build > 0 ORDER BY section_key")
        built_at = known.get("built_at")
        return IndexFacts(
            machine_identifier=known.get("machine_identifier", ""),
            sections=tuple(key for key, _ in sections),
            complete=known.get("complete") == "1",
            built_at=float(built_at) if built_at else None,
            items=sum(items for _, items in sections),
            left_out=self._left_out.all(),
        )

    def build(
        self,
        client: Server,
        sections: Sequence[Section],
        *,
        page_size: int = PAGE_SIZE,
        progress: Progress | None = None,
    ) -> None:
        """Read `sections` whole: as many requests as pages, one transaction a page, one page in memory.

        Built for another server than before, it begins empty. Sections that are not in `sections` are dropped. Where
        the build before was interrupted, the sections that it had finished only have their news read. What cannot be
        read is left out; where that is all, or Plex is away, its error is raised. What was read before or now stays.
        """
        _again_if_replaced(lambda: self._build(client, sections, page_size, progress))

    def _build(self, client: Server, sections: Sequence[Section], page_size: int, progress: Progress | None) -> None:
        build = self._begin(client.machine_identifier, sections)
        done = 0
        failures: list[PlexError] = []
        for section in sections:
            with self._walking(client, section, page_size, failures) as walk:
                if self._build_of(section) == build:
                    self._news(section, walk, build)
                else:
                    done += walk.whole(build, progress, done)
        if failures and len(failures) == len(sections):
            raise failures[0]
        with self.transaction() as connection:
            put_facts(connection, complete="1", built_at=str(self._clock()))

    def refresh(self, client: Server, sections: Sequence[Section], *, page_size: int = PAGE_SIZE) -> int:
        """Read what is new since the last time, by three small requests a section; return how many items that were.

        Where Plex does not say what is new, a small section is read whole, a large one no more often than is of use.
        Plex does not report removals, nor what it shows again: where the totals differ a small section (REREAD_PAGES)
        is read whole again; in a larger one the dead entries stay until the next build or until `forget`. A section
        that the index does not have yet is read whole; an empty index is built. What cannot be read is left out, and
        asked again later.

        Raise PlexMisconfigured where the index describes another server; after every PlexError what was read stays.
        """
        return _again_if_replaced(lambda: self._refresh(client, sections, page_size))

    def _refresh(self, client: Server, sections: Sequence[Section], page_size: int) -> int:
        if not self.facts.machine_identifier:
            self._build(client, sections, page_size, None)
            return self.facts.items
        self._require_same(client, sections)
        listed = 0
        for section in filter(self._left_out.may_ask, sections):
            with self._walking(client, section, page_size) as walk:
                listed += self._news(section, walk, self._build_of(section))
        return listed

    def _news(self, section: Section, walk: SectionWalk, build: int) -> int:
        """`build` is the one that read the section whole, 0 for none."""
        if not build:
            return walk.whole(self._current_build())
        total_before = walk.known_total()
        try:
            listed = walk.news()
        except NewsRefused:
            return self._rereads.news(section, walk, build)
        if walk.is_off(total_before):
            walk.whole(build)
        return listed

    def reread(
        self, client: Server, sections: Sequence[Section], *, page_size: int = PAGE_SIZE
    ) -> Iterator[tuple[int, int]]:
        """Read known `sections` whole once more; yield, page by page, the items read and those of all begun.

        Others may look up, refresh and correct between two turns. Left off anywhere, the index is as good as before.
        Raises as `refresh`, but many items of a section at once are not believed to be gone, see SectionWalk.steps.
        """
        self._require_same(client, sections)
        build, done = self._current_build(), 0
        for section in sections:
            read = 0
            with self._walking(client, section, page_size) as walk:
                for read, total in walk.steps(build, is_doubting=True):
                    yield done + read, done + total
            done += read

    def _require_same(self, client: Server, sections: Sequence[Section]) -> None:
        if self.facts.machine_identifier != client.machine_identifier:
            raise PlexMisconfigured(
                "plex_url leads to another Plex server than the one that the index describes; rebuild the index"
            )
        self._left_out.retain([section.key for section in sections])

    @contextmanager
    def _walking(
        self, client: Server, section: Section, page_size: int, failures: list[PlexError] | None = None
    ) -> Iterator[SectionWalk]:
        """Lend a walk. Where `section` cannot be read, its entries stay, and its error goes to `failures`."""
        walk = SectionWalk(self, client, section, page_size, self._clock)
        try:
            yield walk
        except LibrarySick as error:
            self._left_out.note(section, str(error))
            if failures is not None:
                failures.append(error.failure)
        else:
            if walk.left_out:
                self._left_out.note(section, str(walk.left_out[0]), len(walk.left_out))
            else:
                self._left_out.clear(section)

    def correct(self, items: Iterable[Item]) -> None:
        """Put the files that these items have now, and their sizes, in place of what is known of them."""
        with self.transaction() as connection:
            for item in items:
                if any(entry.added_at != item.added_at for entry in self.entries_of(item.rating_key)):
                    put_facts(connection, **{MOVES: str(self._moves() + 1)})
                place = (item.section_key, item.rating_key, item.item_type)
                entries = [
                    Entry(file, *place, size, item.added_at, item.updated_at) for file, size in item.files.items()
                ]
                replace_entries(connection, [item.rating_key], entries)

    def _moves(self) -> int:
        return int(next((row[0] for row in self.rows("SELECT value FROM facts WHERE name = ?", (MOVES,))), 0))

    def forget(self, rating_keys: Iterable[int]) -> None:
        """Drop the entries of items that are gone from Plex."""
        with self.transaction() as connection:
            connection.executemany("DELETE FROM parts WHERE rating_key = ?", [(key,) for key in rating_keys])

    def _begin(self, machine_identifier: str, sections: Sequence[Section]) -> int:
        """The number of the build that begins or goes on."""
        self._left_out.retain([section.key for section in sections])
        facts, build = self.facts, self._current_build()
        begins = facts.complete or facts.machine_identifier != machine_identifier
        with self.transaction() as connection:
            if facts.machine_identifier != machine_identifier:
                for table in ("parts", "sections", "facts"):
                    connection.execute(f"DELETE FROM {table}")
            put_facts(connection, machine_identifier=machine_identifier, complete="0", build=str(build + begins))
            marks = ", ".join("?" * len(sections))
            for table in ("parts", "sections"):
                connection.execute(
                    f"DELETE FROM {table} WHERE section_key NOT IN ({marks})", [section.key for section in sections]
                )
        return build + begins

    def _current_build(self) -> int:
        return int(next((row[0] for row in self.rows("SELECT value FROM facts WHERE name = 'build'")), 0))

    def _build_of(self, section: Section) -> int:
        rows = self.rows("SELECT build FROM sections WHERE section_key = ?", (section.key,))
        return int(rows[0][0]) if rows else 0


def _again_if_replaced(work: Callable[[], _T]) -> _T:
    """Do `work`, and once more where the file was damaged and an empty one has taken its place."""
    try:
        return work()
    except IndexReplacedError:
        return work()
