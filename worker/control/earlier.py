"""What an item showed before some of its changes, put together from what each of them overwrote. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from plex.fields import TAG_FIELDS, Value, Values, as_tags, tag_key
from records import Choice, Original, Overwritten
from worker.sync.codes import POSTER
from worker.sync.recording import SAVES


@dataclass(frozen=True, slots=True)
class Earlier:
    """One item as it was before the changes that are to be undone.

    Attributes:
        original: it, as far as it is to be put back; fields that a later sync wrote again are left out.
        after: what stands there because of us; of a list, what we brought and what stayed.
        unsure: what may stand there instead: the last edit may never have arrived.
        base: what our record said before.
        posters: the sha1 of our uploads.
        again: fields that a later sync wrote again: that one has to be put back first.
        parts: by field the changes of which it is put together; where one came in between that stays, only what came
            behind that.
        changes: all that are to be undone.
    """

    original: Original
    after: Values
    unsure: Values
    base: Values
    posters: frozenset[str]
    again: frozenset[str]
    parts: dict[str, tuple[Overwritten, ...]]
    changes: tuple[Overwritten, ...]

    def whole(self, fields: frozenset[str]) -> Iterator[int]:
        """The ids of the changes of which nothing is left once `fields` are put back."""
        for change in self.changes:
            if all(name in fields and change in self.parts.get(name, ()) for name in change.after):
                yield change.id


def earlier_of(changes: Sequence[Overwritten], is_meant: Callable[[Overwritten], bool]) -> Earlier:
    """What one item showed before those of its `changes` (all not undone ones, oldest first) that are meant."""
    meant = [change for change in changes if is_meant(change)]
    names = dict.fromkeys(name for change in meant for name in change.after)
    stretches = {name: _stretch(name, changes, is_meant) for name in names}
    parts = {name: stretch for name, stretch in stretches.items() if stretch}
    first = {name: stretch[-1] for name, stretch in parts.items()}
    before = {name: change.before.get(name) for name, change in first.items()}
    last = meant[-1]
    original = Original(
        last.rating_key,
        last.section_key,
        last.item_type,
        {name: value for name, value in before.items() if name != POSTER},
        frozenset(name for name, change in first.items() if name in change.locked),
        str(before.get(POSTER) or ""),
        meant[0].at,
        last.files,
    )
    scalars = [name for name in parts if name not in TAG_FIELDS and name != POSTER]
    lists = {name: _ours(name, parts[name], before[name]) for name in parts if name in TAG_FIELDS}
    return Earlier(
        original,
        {**{name: parts[name][0].after[name] for name in scalars}, **lists},
        {name: parts[name][0].before.get(name) for name in scalars},
        {name: change.base[name] for name, change in first.items() if name in change.base},
        frozenset(str(change.after[POSTER]) for change in parts.get(POSTER, ())),
        frozenset(names.keys() - parts.keys()),
        parts,
        tuple(meant),
    )


def _stretch(
    name: str, changes: Sequence[Overwritten], is_meant: Callable[[Overwritten], bool]
) -> tuple[Overwritten, ...]:
    """The changes of a field that can be undone, the newest first: none where the newest is to stay."""
    return tuple(takewhile(is_meant, (change for change in reversed(changes) if name in change.after)))


def _ours(name: str, stretch: Sequence[Overwritten], before: Value) -> tuple[str, ...]:
    """Of a list what we added, and what was there all along.

    What somebody added in Plex in between is theirs, and what they took out stays out.

    Of a name that was there before, and that our last edit brought back, nobody knows whether that edit arrived: it is
    put back.
    """
    wanted = _by_key(before)
    added: dict[str, str] = {}
    for change in reversed(stretch):
        had = _by_key(change.before.get(name))
        added |= {key: tag for key, tag in _by_key(change.after[name]).items() if key not in had | wanted}
    last = stretch[0]
    stayed = _by_key(last.after[name]).keys() & _by_key(last.before.get(name)).keys() & wanted.keys()
    return (*added.values(), *(wanted[key] for key in wanted if key in stayed))


def _by_key(value: Value) -> dict[str, str]:
    return {tag_key(tag): tag for tag in as_tags(value)}


def choice_of(data: Mapping[str, Any]) -> Choice | None:
    """Return which changes the data of an undo's job means; None where that is none of ours."""
    run, since, scene_id = data.get("run", ""), data.get("since", 0.0), data.get("scene_id", 0)
    if not (isinstance(run, str) and isinstance(since, int | float) and isinstance(scene_id, int)):
        return None
    return Choice(run, since, scene_id) if run or since else None


def until_of(choice: Choice, asked_at: float) -> float:
    """Return up to when changes are meant: all of a task, of saves those of before the undo was asked for."""
    return float("inf") if choice.run and not choice.run.startswith(SAVES) else asked_at
