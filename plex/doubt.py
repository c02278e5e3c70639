"""Whether a server that is known to add to lists still does: a new version under the old name, or what was learned while somebody else wrote, would empty list after list. Pure."""

from plex.edit import Edit
from plex.edit_parts import only
from plex.fields import Value, tag_key
from plex.habits import TagReading
from plex.model import Item


def telling_part(edit: Edit) -> Edit | None:
    """The lists of `edit` that get new names beside others which are not sent to a server that adds; None where there is none."""
    names = [name for name, write in edit.tags.items() if write.added and keys_of(write.wanted) - keys_of(write.added)]
    return only(edit, *names) if names else None


def reading_of(part: Edit, item: Item) -> TagReading | None:
    """What became of `part`, of which only what is new was sent; None where nobody can tell.

    One that stays where it was is enough: the user may take others out meanwhile.
    """
    found: set[TagReading] = set()
    for name, write in part.tags.items():
        shown, new = keys_of(item.values.get(name)), keys_of(write.added)
        if shown >= new:
            is_there = shown & (keys_of(write.wanted) - new)
            found.add(TagReading.ADDS if is_there else TagReading.REPLACES)
    return TagReading.REPLACES if TagReading.REPLACES in found else next(iter(found), None)


def keys_of(tags: Value) -> set[str]:
    """By which the names of a list are told apart; what is no list has none."""
    return {tag_key(tag) for tag in tags} if isinstance(tags, tuple) else set()
