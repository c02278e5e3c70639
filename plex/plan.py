"""What a merge works with and what it decides, as values. Knows neither how to decide nor how to send."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from plex.fields import SORT_TITLE, TITLE, Value, Values, is_empty, same


def named_fields(names: Iterable[str]) -> list[str]:
    """Return `names`, each once, as people read them: a sort title is not named beside its title."""
    found = dict.fromkeys(names)
    return [name for name in found if name != SORT_TITLE or TITLE not in found]


@dataclass(frozen=True, slots=True)
class MergePolicy:
    """What the user chose.

    Attributes:
        preserve_plex_edits: what changed in Plex since our last write stays as it is there.
        mirror_lists: the tag fields that become exactly what Stash has; for them this outranks `preserve_plex_edits`,
            being the more specific choice.
        off: our names of fields that are never touched, not even locked.
        fills_only: what is filled in Plex and not ours stays, and nothing is taken away; lists are added to. Nobody has
            said yet that it may be otherwise. It outranks the others.
        as_empty: our names of fields that count as empty there although they show something.
        taken: our names of fields that a person takes from Stash now: what Plex has of them is kept for no reason.
    """

    preserve_plex_edits: bool = False
    mirror_lists: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    fills_only: bool = False
    as_empty: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()

    def keeps(self, name: str, shown: Value) -> bool:
        """Return whether a field that shows this may be written only where that is ours."""
        return self.fills_only and name not in self.as_empty | self.taken and not is_empty(shown)

    def only_fills(self, name: str) -> bool:
        """Return whether the field may only be added to."""
        return self.fills_only and name not in self.taken

    def preserves(self, name: str) -> bool:
        """Return whether the field stays where it changed in Plex."""
        return self.preserve_plex_edits and name not in self.taken


class KeptReason(StrEnum):
    """Why a field stays as Plex has it although Stash says something else."""

    CHANGED = "changed in Plex since the last sync"
    LOCKED = "edited and locked in Plex before the first sync"
    REMOVED = "removed in Plex since the last sync"
    UNCONFIRMED = (
        "filled before; nothing filled is changed until you choose what holds of the other Stash2Plex's settings"
    )
    AGAIN = "a later sync wrote it again; put that one back first"
    CHOSEN = "another one was chosen in Plex since"
    PICTURE = (
        "Plex does not tell which picture stood there before, and only from version 1.43 on it takes a choice back: "
        "choose one in Plex"
    )


@dataclass(frozen=True, slots=True)
class Change:
    """One field that has to be written.

    Attributes:
        before, after: the field's whole value now and afterwards; of a tag field the whole list, the user's own tags
            included.
        added: tags that Plex does not show in this spelling yet.
        removed: tags that have to go, spelled as Plex shows them. None of them is in `after`, whatever its case.
    """

    field: str
    before: Value
    after: Value
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One field, or in a tag field those `tags`, that stays as Plex has it."""

    field: str
    shown: Value
    wanted: Value
    reason: KeptReason
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """The decision about one field. `writes` holds at most this field; empty: the record stays as it is."""

    change: Change | None = None
    kept: Kept | None = None
    writes: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """Everything to be done to one item.

    Attributes:
        changes: in the order of plex.fields.FIELDS; each is written together with its lock, unless it is in `unlock`.
        lock: further fields to lock; never one of `changes`. It can stand alone.
        unlock: fields to unlock, in an undo or a sort title; one that is in `changes` too is written without a lock.
        poster: in an undo the picture to select again, "upload://posters/…" or "metadata://posters/…"; else "".
        clear: in an undo those of {"poster", "background"} whose choice is taken back, so that Plex shows its own.
        photos: actors' names, as the edit spells them, to the addresses of their pictures; where no change is of the
            actors, they need one.
        writes: the record of what we have written, to be kept once the edit has succeeded, at once if there is none.
    """

    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    lock: frozenset[str] = frozenset()
    writes: Values = field(default_factory=dict)
    unlock: frozenset[str] = frozenset()
    poster: str = ""
    clear: frozenset[str] = frozenset()
    photos: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether Plex needs no request at all."""
        return not (self.changes or self.lock or self.unlock or self.poster or self.clear or self.photos)

    @property
    def named_changes(self) -> list[Change]:
        """The changes as people read them.

        A sort title that is made of the title is no line beside it, and alone stands for it.
        """
        changes = {change.field: change for change in self.changes}
        is_made = SORT_TITLE in changes and is_empty(changes[SORT_TITLE].after)
        if is_made and TITLE in changes:
            del changes[SORT_TITLE]
        elif is_made:
            changes[SORT_TITLE] = replace(changes[SORT_TITLE], after=self.writes.get(TITLE))
        return list(changes.values())


@dataclass(frozen=True, slots=True)
class Memory:
    """Our own earlier writes to one item, for one scene.

    Attributes:
        written: what certainly arrived.
        intended: what was about to be sent when the worker was stopped, and may have arrived.
        left: what other scenes left there that are lost: nobody's edit in Plex, and nothing of it is taken away.
        is_outdated: the item is older than our last write (Plex came back from a backup, or has it anew): what it shows
            is neither ours nor edited since.
    """

    written: Values = field(default_factory=dict)
    intended: Values = field(default_factory=dict)
    left: tuple[Values, ...] = ()
    is_outdated: bool = False

    def has_written(self, name: str) -> bool:
        """Return whether the field may hold something of ours for this scene: only then it may be emptied."""
        return not self.is_outdated and not (is_empty(self.written.get(name)) and is_empty(self.intended.get(name)))

    def is_ours(self, name: str, shown: Value) -> bool:
        """Return whether what Plex shows in the scalar field `name` is what we wrote there."""
        return any(name in past and same(shown, past[name]) for past in (self.written, self.intended, *self.left))
