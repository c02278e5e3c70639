"""The file of the path index, and what can be said about it as a whole. A cache: all of it can be read again."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from plex.model import Section
from storage.aside import rename
from storage.database import Database
from storage.errors import StorageDamaged, StorageTooNew, StorageUnavailable

SCHEMA_VERSION: Final = 3
_SCHEMA: Final = """
CREATE TABLE parts (
    id INTEGER PRIMARY KEY,
    plex_path TEXT NOT NULL,
    key TEXT NOT NULL,           -- its matching.paths.path_key without case
    name_key TEXT NOT NULL,      -- its matching.paths.name_key
    section_key INTEGER NOT NULL,
    rating_key INTEGER NOT NULL,
    item_type TEXT NOT NULL,
    size INTEGER NOT NULL,       -- bytes, 0 where Plex does not say
    added_at INTEGER NOT NULL,   -- the item's, by the server's clock
    updated_at INTEGER NOT NULL,
    walk INTEGER NOT NULL  -- the walk through its section that met it last, 0 for news
);
CREATE INDEX parts_by_key ON parts (key);
CREATE INDEX parts_by_name ON parts (name_key);
CREATE INDEX parts_by_item ON parts (rating_key);
CREATE INDEX parts_by_section ON parts (section_key);
CREATE TABLE sections (
    section_key INTEGER PRIMARY KEY,
    build INTEGER NOT NULL,      -- the build that read it whole last, 0 for none
    items INTEGER NOT NULL,      -- how many the server said there are
    added_at INTEGER NOT NULL,   -- up to where its news were read, by the server's clock
    updated_at INTEGER NOT NULL
);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_FIRST_WAIT_S: Final = 60.0
_LONGEST_WAIT_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A library that is left out, or `items` of it that are (0: the library); `reason` is for people."""

    section_key: int
    title: str
    reason: str
    items: int = 0

    def __str__(self) -> str:
        if self.items:
            what = "1 item" if self.items == 1 else f"{self.items} items"
            return f'{what} of the library "{self.title}" cannot be read: {self.reason}'
        return f'the library "{self.title}" {self.reason}'


@dataclass(frozen=True, slots=True)
class IndexFacts:
    """What is in the index.

    Attributes:
        machine_identifier: of the server that it describes, "" before the first build.
        sections: keys of the sections that were read whole.
        complete: whether the last build reached its end. Until the first one has, that a path is missing means nothing.
        built_at: epoch seconds of the end of the last whole build, or None.
        items: how many items the server said there are in these sections.
        left_out: libraries and items that Plex does not list, though it answers everything else.
    """

    machine_identifier: str
    sections: tuple[int, ...]
    complete: bool
    built_at: float | None
    items: int
    left_out: tuple[LeftOut, ...] = ()

    def covers(self, section_keys: Iterable[int]) -> bool:
        """Whether these sections were read whole, or are known to be unreadable."""
        sick = {each.section_key for each in self.left_out if not each.items}
        return set(section_keys) <= sick.union(self.sections)


class IndexReplacedError(StorageUnavailable):
    """The file was damaged, and an empty one has taken its place: doing the same once more works."""


class IndexStore(Database):
    """The open file. One that is damaged or newer is renamed to `<name>.aside`, and an empty one begins.

    Never raises StorageDamaged: where the new file is damaged at once, it cannot be used now, and it is tried again.
    """

    def __init__(self, path: Path) -> None:
        try:
            super().__init__(path, SCHEMA_VERSION, _begin_anew)
        except (StorageDamaged, StorageTooNew):
            self._set_aside()
            with _damaged_again(path):
                super().__init__(path, SCHEMA_VERSION, _begin_anew)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT. A damaged file is replaced by an empty one, which answers instead."""
        try:
            return super().rows(sql, parameters)
        except StorageDamaged:
            if self._is_inside:
                raise
            self._replace()
        with _damaged_again(self.path):
            return super().rows(sql, parameters)

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[Connection]:
        """All or nothing. Raise IndexReplacedError where the file was damaged, else as a Database does."""
        try:
            with super().transaction(durable=durable) as connection:
                yield connection
        except StorageDamaged as error:
            if self._is_inside:
                raise  # the outer one ends first
            self._replace()
            raise IndexReplacedError("the path index was damaged, and is read from Plex anew") from error

    def _replace(self) -> None:
        """Make room for an empty file, which the next use makes."""
        self.close()
        self._set_aside()

    def _set_aside(self) -> None:
        """Of several damaged files the last is kept. Raises StorageUnavailable: see storage.aside.rename."""
        rename(self.path, f"{self.path}.aside")


@contextmanager
def _damaged_again(path: Path) -> Iterator[None]:
    """Another repair would not help a file that is damaged as soon as it is made."""
    try:
        yield
    except StorageDamaged as error:
        raise StorageUnavailable(
            f"{path} is damaged again as soon as it was made anew: the disk may be failing. "
            "Move the data folder to another one"
        ) from error


def _begin_anew(connection: Connection, _found: int) -> None:
    for kind, name in connection.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        connection.execute(f'DROP {kind} "{name}"')
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)


def put_facts(connection: Connection, **facts: str) -> None:
    """Set these rows of the table `facts`, within a transaction."""
    connection.executemany("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", facts.items())


class LeftOutSections:
    """Which libraries and items cannot be listed, and when to ask for them again. `clock`: epoch seconds."""

    def __init__(self, store: IndexStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._waits: dict[int, tuple[float, float]] = {}  # section key to when to ask again, and how long that is

    def all(self) -> tuple[LeftOut, ...]:
        """What is left out now."""
        rows = self._store.rows("SELECT value FROM facts WHERE name = 'left_out'")
        return tuple(LeftOut(**each) for each in json.loads(rows[0][0])) if rows else ()

    def note(self, section: Section, reason: str, items: int = 0) -> None:
        """Note what this walk met. A whole library is asked again later and later, sick items once a minute."""
        _, before_s = self._waits.get(section.key, (0.0, 0.0))
        wait_s = _FIRST_WAIT_S if items else min(_LONGEST_WAIT_S, max(_FIRST_WAIT_S, 2 * before_s))
        self._waits[section.key] = (self._clock() + wait_s, wait_s)
        others = [each for each in self.all() if each.section_key != section.key]
        self._write([*others, LeftOut(section.key, section.title, reason, items)])

    def clear(self, section: Section) -> None:
        """It was read whole."""
        self._waits.pop(section.key, None)
        self.retain([each.section_key for each in self.all() if each.section_key != section.key])

    def retain(self, section_keys: Sequence[int]) -> None:
        """Forget all others."""
        known = self.all()
        retained = [each for each in known if each.section_key in section_keys]
        if len(retained) < len(known):
            self._write(retained)

    def may_ask(self, section: Section) -> bool:
        """Whether it is time to ask for this section's news again. A clock that was set back waits for nothing."""
        until, wait_s = self._waits.get(section.key, (0.0, 0.0))
        return not until - wait_s <= self._clock() < until

    def _write(self, left_out: Sequence[LeftOut]) -> None:
        with self._store.transaction() as connection:
            put_facts(connection, left_out=json.dumps([asdict(each) for each in left_out]))
