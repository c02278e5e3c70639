"""What a sync may do in a world, kept in plain values and without a word of the product's own code.

A write may only reach an item that holds a file of the scene whose values it brings. A text, or a name of a list, may
only be taken away where the user took it from this very scene after it had stood in this very item because of it; what
a scene had that was merged into an older one counts as the older one's.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.fakes.plex.journal import Record
from tests.fakes.plex.model import Item
from tests.fakes.stash.model import Scene
from tests.torture.worlds import LISTS, TEXTS, Fields, World, film_of, stem

Pair = tuple[str, str]
"""The scene's `code` and the item's `tagline`: who they are, whatever their numbers."""

Thing = tuple[str, str]
"""A text field, or one name of a list: ("summary", ""), ("genre", "Short")."""

WIRE: Final = frozenset(
    {"title.value", "summary.value", "studio.value", "originallyAvailableAt.value", "userRating.value"}
)
_NAME: Final = re.compile(r"(genre|actor)\[\d+\]\.tag\.tag")


@dataclass(frozen=True, slots=True)
class Kept:
    """What was known when a backup of Stash was made."""

    allowed: dict[Pair, set[Thing]]
    done: int


@dataclass
class Oracle:
    """Watches `world`; `wrong` and `unasked` say what should not have been."""

    world: World
    wrong: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _is_undoing: bool = False
    _reached: dict[Pair, set[Thing]] = field(default_factory=dict)
    _allowed: dict[Pair, set[Thing]] = field(default_factory=dict)
    _done: list[tuple[Pair, Thing]] = field(default_factory=list)
    _stood: dict[str, set[str]] = field(default_factory=dict)
    _merged: dict[str, list[tuple[str, float]]] = field(default_factory=dict)

    # -- the user's will --------------------------------------------------------------------------------------------

    @contextmanager
    def users_will(self) -> Iterator[None]:
        """What a scene loses meanwhile, its user took away; what it has again, the user wants."""
        before = {scene.code: things(self.world.in_stash(scene)) for scene in self.world.scenes()}
        yield
        for scene in self.world.scenes():
            now, had = things(self.world.in_stash(scene)), before.get(scene.code, set())
            for pair in [pair for pair in self._reached if pair[0] == scene.code]:
                allowed = self._allowed.setdefault(pair, set())
                allowed |= (had - now) & self._reached[pair]
                allowed -= now

    @contextmanager
    def merging(self, source: Scene, heir: Scene) -> Iterator[None]:
        """A merge: an heir that existed when the source was seen last goes on with what the source wrote."""
        self._merged.setdefault(heir.code, []).append((source.code, self.world.clock.now))
        with self.users_will():
            yield
        self._inherit(source.code, self.world.stash.library.scenes[heir.id])

    def assigned(self, giver: Scene, taker: Scene) -> None:
        """A file goes to another scene.

        If it came by a merge that the worker has not seen, the source was merged into the taker as well.
        """
        for source, at in self._merged.get(giver.code, ()):
            if self.world.looked_at.get(giver.code, 0.0) <= at:
                self._inherit(source, taker)
                self._merged.setdefault(taker.code, []).append((source, at))

    def _inherit(self, source: str, heir: Scene) -> None:
        if heir.created_at > self.world.looked_at.get(source, 0.0):
            return
        in_stash = things(self.world.in_stash(heir))
        for pair in [pair for pair in self._reached if pair[0] == source]:
            taken = self._reached[pair] | self._allowed.get(pair, set())
            self._reached.setdefault((heir.code, pair[1]), set()).update(taken)
            self._allowed.setdefault((heir.code, pair[1]), set()).update(taken - in_stash)

    def kept(self) -> Kept:
        """What has to be kept with a backup of Stash."""
        return Kept({pair: set(allowed) for pair, allowed in self._allowed.items()}, len(self._done))

    def back_to(self, known: Kept) -> None:
        """A backup comes back: what the user took away since it was made counts as not taken away."""
        done = set(self._done[known.done :])
        self._allowed = {
            pair: {thing for thing in allowed if (pair, thing) not in done} for pair, allowed in known.allowed.items()
        }

    # -- what a sync does -------------------------------------------------------------------------------------------

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Judge what changes in Plex meanwhile."""
        journal = self.world.plex.journal
        before = self._look()
        journal.clear_log()
        yield
        self.counts["looks"] += 1
        for record in journal.records("edit", "rate"):
            self._judge(record, before)
        for item in self.world.items():
            if item.rating_key in before:
                self._compare(item, before[item.rating_key])
        self._note()
        self._is_undoing = self._is_undoing and not self.world.stepper.is_drained()

    def undo_is_asked(self) -> None:
        """An undo: until it is done anything may be taken away, and what the film's items showed may be written."""
        self._is_undoing = True

    def _look(self) -> dict[int, Fields]:
        found = {item.rating_key: self.world.shown(item) for item in self.world.items()}
        for item in self.world.items():
            self._stand(item, found[item.rating_key])
        return found

    def _stand(self, item: Item, shown: Fields) -> None:
        for path in self.world.files(item):
            self._stood.setdefault(film_of(path), set()).update(words(shown))

    def _judge(self, record: Record, before: dict[int, Fields]) -> None:
        """Every value must be one that a scene has whose file the item holds.

        Of an undo, one that stood in an item of this film.
        """
        self.counts["writes"] += 1
        for key in (record.first("id") or record.first("key")).split(","):
            item = self.world.plex.state.items.get(int(key))
            if item is None:
                continue
            may = self._may(item)
            had = set().union(*(before.get(item.rating_key, {}).get(kind, set()) for kind in LISTS))
            for name, value in record.query:
                is_text, is_name = name in WIRE, _NAME.fullmatch(name)
                if (
                    value
                    and _as_shown(name, value) not in may
                    and not (is_name and value in had)
                    and (is_text or is_name)
                ):
                    self.wrong.append(f"item {key} {self.world.files(item)} got {name}={value!r}, may {sorted(may)}")

    def _may(self, item: Item) -> set[str]:
        may: set[str] = set()
        for scene in self.world.holders(item):
            may |= words(self.world.in_stash(scene))
            if not scene.title:
                may.add(stem(scene.files[0].path))
        if self._is_undoing:
            may = may.union(*(self._stood.get(film_of(path), set()) for path in self.world.files(item)))
        return may

    def _compare(self, item: Item, before: Fields) -> None:
        lost = things(before) - things(self.world.shown(item))
        allowed: set[Thing] = set()
        for scene in self.world.holders(item):
            allowed |= self._allowed.get((scene.code, item.values["tagline"]), set())
        self.counts["emptied"] += len(lost)
        for thing in lost if not self._is_undoing else ():
            if thing not in allowed:
                self.unasked.append(f"item {item.rating_key} {self.world.files(item)} lost {thing}, it showed {before}")

    def _note(self) -> None:
        """What stands in Plex because of a scene has reached it; what no longer stands there was taken away."""
        for item in self.world.items():
            shown = self.world.shown(item)
            self._stand(item, shown)
            for scene in self.world.holders(item):
                pair, in_stash = (scene.code, item.values["tagline"]), self.world.in_stash(scene)
                self._reached.setdefault(pair, set()).update(_standing(in_stash, shown))
                gone = self._allowed.get(pair, set()) - things(shown)
                self._allowed[pair] = self._allowed.get(pair, set()) - gone
                self._done += [(pair, thing) for thing in gone]


def things(fields: Fields) -> set[Thing]:
    """What can be taken away from what a scene says or an item shows."""
    texts = {(name, "") for name in TEXTS if fields[name]}
    return texts | {(kind, name) for kind in LISTS for name in fields[kind]}


def words(fields: Fields) -> set[str]:
    """All values."""
    found: set[Any] = {fields[name] for name in TEXTS if fields[name]}
    return found.union(*(fields[kind] for kind in LISTS))


def _as_shown(name: str, value: str) -> str:
    """Plex shows "8" as "8.0"."""
    return str(float(value)) if name == "userRating.value" else value


def _standing(in_stash: Fields, shown: Fields) -> set[Thing]:
    texts = {(name, "") for name in TEXTS if in_stash[name] and in_stash[name] == shown[name]}
    return texts | {(kind, name) for kind in LISTS for name in in_stash[kind] & shown[kind]}
