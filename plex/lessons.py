"""Which edits tell how a server reads a list of tags, and how they are sent for that. Pure.

That it adds has to be proven anew: a new build under the old version, or what was learned while somebody else wrote, would empty list after list.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from plex.capabilities import TagReading
from plex.edit import Edit, TagWrite
from plex.edit_parts import only, without
from plex.fields import Value, tag_key
from plex.model import Item


@dataclass(frozen=True, slots=True)
class Proof:
    """The first new name of one list, to be sent `first`; what became of the names that have to `stay` there tells. `rest` is what is left of the edit, or None."""

    field: str
    first: Edit
    stay: frozenset[str]
    rest: Edit | None

    def reading(self, item: Item) -> TagReading | None:
        """What the server did, as `item` shows it now; None where nobody can tell. One name that stays is enough: the user may take out others meanwhile."""
        shown = keys_of(item.values.get(self.field))
        if not shown >= keys_of(self.first.tags[self.field].wanted):
            return None
        return TagReading.ADDS if shown & self.stay else TagReading.REPLACES


def proof_of(edit: Edit) -> Proof | None:
    """How `edit` can be sent so that it tells; None where no list of it gets a new name beside others, which are not sent to a server that adds."""
    for name, write in edit.tags.items():
        stay = keys_of(write.wanted) - keys_of(write.added)
        if write.added and stay:
            new, later = write.added[:1], write.added[1:]
            first = replace(only(edit, name), tags={name: TagWrite(new, (), new)})
            left = TagWrite(later, write.removed, later)
            is_left = later or write.removed
            rest = replace(edit, tags={**edit.tags, name: left}) if is_left else without(edit, [name])
            return Proof(name, first, frozenset(stay), rest)
    return None


def lesson_of(edits: Iterable[Edit], max_bytes: int) -> Edit | None:
    """The edit from which the reading can be learned with the least harm, where knowing it would change what is sent."""
    edits = list(edits)
    if not any(repeated(edit, name) for edit in edits for name in edit.tags):
        return None
    able = [edit for edit in edits if len(edit.rating_keys) == 1 and edit.url_bytes <= max_bytes]
    able = [edit for edit in able if telling_field(edit)]
    return min(able, key=lambda edit: repeated(edit, telling_field(edit)), default=None)


def repeated(edit: Edit, name: str) -> int:
    """How many names of the list are sent although Plex has them; 0 where that is not known."""
    write = edit.tags[name]
    return 0 if write.added is None else len(write.wanted) - len(write.added)


def telling_field(edit: Edit) -> str:
    """A tag field that tells the two readings apart, the one that repeats the least; "" for none: it has two new names at least, or something to keep and something to remove."""
    telling = [
        name
        for name, write in edit.tags.items()
        if len(write.added or ()) > 1 or (write.wanted and write.removed and write.added is not None)
    ]
    return min(telling, key=lambda name: repeated(edit, name), default="")


def keys_of(tags: Value) -> set[str]:
    """By which the names of a list are told apart; what is no list has none."""
    return {tag_key(tag) for tag in tags} if isinstance(tags, tuple) else set()
