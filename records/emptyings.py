"""Which fields of which items were emptied, or would be: what the brake on mass emptying counts and holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

from records.values import readable
from storage.database import Store

EXAMPLES: Final = 5


class State(StrEnum):
    """What stands about one emptying: it was done, waits for an answer, may be done, or must not be done."""

    DONE = "done"
    HELD = "held"
    ALLOWED = "allowed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Emptying:
    """One field of one item that loses all that a scene had there.

    Attributes:
        at: when it was done, first held, or answered; epoch seconds.
        is_named: whether a save of the user's named the field.
        title: what the item was called then, for people.
    """

    scene_id: int
    rating_key: int
    field: str
    state: State = State.DONE
    at: float = 0.0
    is_named: bool = False
    title: str = ""

    @property
    def place(self) -> tuple[int, int, str]:
        """Scene, item and field: of each there is one row."""
        return self.scene_id, self.rating_key, self.field


class Counted(NamedTuple):
    """Where an emptying is, and whether a save named the field. There may be tens of thousands."""

    place: tuple[int, int, str]
    is_named: bool

    @property
    def rating_key(self) -> int:
        """The item."""
        return self.place[1]


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that waits for an answer.

    Attributes:
        items: how many items would lose something.
        fields: how many of them lose each field.
        since_at, newest_at: when the first and the last were held, epoch seconds; an answer reaches up to the latter.
        examples: the first of them.
    """

    items: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    since_at: float = 0.0
    newest_at: float = 0.0
    examples: tuple[Emptying, ...] = ()


ByItem: TypeAlias = dict[tuple[int, int], dict[str, Emptying]]
"""Scene and item to field to what stands about it."""

_COLUMNS: Final = "scene_id, rating_key, field, state, at, is_named, title"
_HELD: Final = "state = 'held' AND scene_id > 0"
"""Ids below 0 are of scenes that Stash no longer has: nothing of theirs is planned, so there is nothing to ask."""

_WINDOW: Final = "state = 'done' AND at > ? AND at < ?"
"""Also of a clock that was ahead, so that such a row does not count for ever."""


class EmptyingStore(Store):
    """The table `emptyings`: one row a scene, item and field."""

    def of_scenes(self, scene_ids: Sequence[int]) -> ByItem:
        """What stands about these scenes."""
        found: ByItem = {}
        select = f"SELECT {_COLUMNS} FROM emptyings WHERE scene_id IN ({{ids}})"
        for row in self._database.rows_of(select, scene_ids):
            found.setdefault(row[:2], {})[row[2]] = _emptying(row)
        return found

    def counting(self, *, now: float, window_s: float) -> Iterator[Counted]:
        """What counts at `now` (epoch seconds): done within the last `window_s`, or held for however long."""
        rows = self._database.rows(
            f"SELECT scene_id, rating_key, field, is_named FROM emptyings WHERE ({_HELD}) OR ({_WINDOW})",
            (now - window_s, now + window_s),
        )
        return (Counted((scene_id, rating_key, name), bool(named)) for scene_id, rating_key, name, named in rows)

    def note(
        self, emptyings: Iterable[Emptying], over: Iterable[Emptying] = (), *, now: float, window_s: float
    ) -> None:
        """Put `emptyings` down; drop what is `over`, and what was done longer than `window_s` ago.

        Return once the disk has it: what was counted after its edit would be lost with the process.
        """
        with self._database.transaction(durable=True) as connection:
            connection.execute(
                f"DELETE FROM emptyings WHERE state = 'done' AND NOT ({_WINDOW})", (now - window_s, now + window_s)
            )
            connection.executemany(
                "DELETE FROM emptyings WHERE scene_id = ? AND rating_key = ? AND field = ?",
                [each.place for each in over],
            )
            connection.executemany(
                f"INSERT OR REPLACE INTO emptyings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(*each.place, each.state.value, each.at, each.is_named, readable(each.title)) for each in emptyings],
            )

    def held(self) -> Held:
        """What waits for an answer; `items` is 0 where nothing does."""
        items, since_at, newest_at = self._database.rows(
            f"SELECT count(DISTINCT rating_key), min(at), max(at) FROM emptyings WHERE {_HELD}"
        )[0]
        if not items:
            return Held()
        fields = self._database.rows(
            f"SELECT field, count(DISTINCT rating_key) FROM emptyings WHERE {_HELD} GROUP BY field ORDER BY 2 DESC, 1"
        )
        examples = self._database.rows(
            f"SELECT {_COLUMNS} FROM emptyings WHERE {_HELD} ORDER BY at, scene_id, rating_key, field LIMIT ?",
            (EXAMPLES,),
        )
        return Held(items, dict(fields), since_at, newest_at, tuple(map(_emptying, examples)))

    def held_scenes(self, until: float) -> list[int]:
        """The scenes, ascending, of what was held up to `until`."""
        rows = self._database.rows(
            f"SELECT DISTINCT scene_id FROM emptyings WHERE {_HELD} AND at <= ? ORDER BY scene_id", (until,)
        )
        return [row[0] for row in rows]

    def answer(self, state: State, *, until: float, at: float) -> int:
        """Everything that was held up to `until` is ALLOWED or KEPT from now (`at`) on; how many fields that is."""
        update = f"UPDATE emptyings SET state = ?, at = ? WHERE {_HELD} AND at <= ?"
        return self._database.write(update, (state.value, at, until))

    def take_back(self, scene_id: int, rating_key: int, fields: Iterable[str]) -> None:
        """These fields were not emptied after all: Plex refused it."""
        self._database.write_many(
            "DELETE FROM emptyings WHERE state = 'done' AND scene_id = ? AND rating_key = ? AND field = ?",
            [(scene_id, rating_key, name) for name in fields],
        )


def _emptying(row: Sequence[Any]) -> Emptying:
    *place, state, at, is_named, title = row
    return Emptying(*(*place, State(state), at, bool(is_named), title))
