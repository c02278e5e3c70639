"""The collections in Plex that were made by our edits, what they are made of, and what we wrote into them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from records.values import FieldValues, decode_values, encode
from storage.database import Database, Store

_COLUMNS: Final = (
    "section_key, name, rating_key, expected_at, added_at, sources, born_at, field_values, is_due, new_name"
)
_TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "written": ("field_values",),
    "intents": ("field_values",),
    "originals": ("field_values",),
    "changes": ("before_values", "after_values", "base_values"),
}
"""Where names of collections stand, by table: the columns."""

_FIELD: Final = "collection"
_SOME: Final = 20
_PROBLEM: Final = "_problem"
"""In what is remembered behind the name of a part: why it could not be written."""


Sources = frozenset[tuple[str, int]]
"""What a collection is made of: the word of the setting collections_from, and an id."""


@dataclass(frozen=True, slots=True)
class OwnCollection:
    """One collection that our edits made, or are about to make.

    Attributes:
        name: what we called it last.
        rating_key: 0 until it was met in Plex.
        expected_at: when it was not there yet, epoch seconds of Plex's clock.
        added_at: since when Plex has it: another collection may get the key of one that is gone.
        sources: whatever was seen to bring scenes into it; it is named and described after one thing of Stash alone.
        born_at: when that one was made in Stash, 0 where it was not asked yet.
        values: what we wrote: texts, and the sha1 of pictures, as plex.collections names them; and `problems`.
        is_due: whether what it shows has to be looked at.
        new_name: what it is about to be called, or "".
    """

    section_key: int
    name: str
    rating_key: int = 0
    expected_at: float = 0.0
    added_at: int = 0
    sources: Sources = frozenset()
    born_at: float = 0.0
    values: FieldValues = field(default_factory=dict)
    is_due: bool = True
    new_name: str = ""

    @property
    def problems(self) -> dict[str, str]:
        """Why a part of it is not as it should be, by "poster", "background" or "texts"."""
        ends = {name: str(why) for name, why in self.values.items() if name.endswith(_PROBLEM)}
        return {name.removesuffix(_PROBLEM): why for name, why in ends.items()}

    def with_problem(self, part: str, why: str) -> "OwnCollection":
        """Return it with why `part` is not as it should be; "" where it is."""
        without = self.without_problems([part])
        return replace(without, values={**without.values, part + _PROBLEM: why}) if why else without

    def without_problems(self, parts: Iterable[str]) -> "OwnCollection":
        """Return it with nothing amiss of these parts."""
        gone = {part + _PROBLEM for part in parts}
        return replace(self, values={name: value for name, value in self.values.items() if name not in gone})


class CollectionStore(Store):
    """The table `collections`, at most one row a section and name. All of it is held in memory by who writes it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._known: dict[tuple[int, str], OwnCollection] | None = None

    def all(self) -> list[OwnCollection]:
        """Return all rows. Only the process that writes them calls this twice."""
        if self._known is None:
            rows = self._database.rows(f"SELECT {_COLUMNS} FROM collections")
            self._known = {(row[0], row[1]): _decoded(row) for row in rows}
        return list(self._known.values())

    def put(self, collections: Iterable[OwnCollection], *, durable: bool = False) -> None:
        """Set these rows; `durable`: return once the disk has them."""
        found = list(collections)
        marks = ", ".join("?" * len(_COLUMNS.split(",")))
        with self._database.transaction(durable=durable) as connection:
            connection.executemany(
                f"INSERT OR REPLACE INTO collections ({_COLUMNS}) VALUES ({marks})", map(_encoded, found)
            )
        self._known = None

    def drop(self, collections: Iterable[OwnCollection]) -> None:
        """Forget these: they are gone, or a person's from now on."""
        places = [(each.section_key, each.name) for each in collections]
        self._database.write_many("DELETE FROM collections WHERE section_key = ? AND name = ?", places)
        self._known = None

    def make_due(self, sources: Sources) -> int:
        """Have those looked at that are made of one of these; return how many they are."""
        touched = [replace(each, is_due=True) for each in self.all() if sources & each.sources]
        if touched:
            self.put(touched)
        return len(touched)

    def items_with(self, section_key: int, name: str) -> list[int]:
        """Return some items of the section that are recorded to be in the collection."""
        return [key for key, gone_at in self._with(section_key, name) if not gone_at][:_SOME]

    def count_with(self, section_key: int, name: str) -> int:
        """Return how many items of the section are recorded to be in the collection."""
        return len(self._with(section_key, name))

    def _with(self, section_key: int, name: str) -> list[tuple[int, float]]:
        """Return rating key and `gone_at` of each record of an item of the section with that collection."""
        select = (
            "SELECT rating_key, gone_at, field_values FROM written "
            "WHERE section_key = ? AND rating_key > 0 AND instr(field_values, ?) > 0"
        )
        rows = self._database.rows(select, (section_key, encode(name)))
        return [(key, gone_at) for key, gone_at, text in rows if name in _names_in(decode_values(text))]

    def renamed(self, collection: OwnCollection, name: str) -> OwnCollection:
        """Put down, on the disk, that Plex calls it `name` now, on every item: in its row and in all records."""
        now = replace(collection, name=name, new_name="", is_due=True)
        with self._database.transaction(durable=True) as connection:
            for table, columns in _TABLES.items():
                for column in columns:
                    select = f"SELECT rowid, {column} FROM {table} WHERE section_key = ? AND instr({column}, ?) > 0"
                    rows = connection.execute(select, (collection.section_key, encode(collection.name))).fetchall()
                    texts = [(_with_name(text, collection.name, name), rowid) for rowid, text in rows]
                    connection.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", texts)
            place = (collection.section_key, collection.name)
            connection.execute("DELETE FROM collections WHERE section_key = ? AND name = ?", place)
            self.put([now])
        self._known = None
        return now


def _names_in(values: FieldValues) -> tuple[str, ...]:
    names = values.get(_FIELD)
    return names if isinstance(names, tuple) else ()


def _with_name(text: str, old: str, new: str) -> str:
    values = decode_values(text)
    if names := _names_in(values):
        values[_FIELD] = tuple(dict.fromkeys(new if name == old else name for name in names))
    return encode(values)


def _encoded(each: OwnCollection) -> tuple[object, ...]:
    return (
        each.section_key,
        each.name,
        each.rating_key,
        each.expected_at,
        each.added_at,
        encode(sorted(each.sources)),
        each.born_at,
        encode(each.values),
        each.is_due,
        each.new_name,
    )


def _decoded(row: tuple[Any, ...]) -> OwnCollection:
    section_key, name, rating_key, expected_at, added_at, sources, born_at, values, is_due, new_name = row
    return OwnCollection(
        section_key,
        name,
        rating_key,
        expected_at,
        added_at,
        frozenset((kind, entity_id) for kind, entity_id in json.loads(sources)),
        born_at,
        decode_values(values),
        bool(is_due),
        new_name,
    )
