"""Undo: the plan that gives an item back what it showed before our first write. Pure."""

from collections.abc import Mapping
from typing import Final, Protocol

from plex.fields import Value, Values
from plex.merge import plan
from plex.model import Item
from plex.plan import ItemPlan, Kept, KeptReason, MergePolicy

_LISTED: Final = "://"
"""In the key of a picture that can be selected, "upload://posters/…" or "metadata://posters/…"; a `thumb` is a bare path."""


class Earlier(Protocol):
    """An item as it was before our first write: its values, its locks, and the key of its poster as the listing of posters names it, or its `thumb`."""

    @property
    def values(self) -> Mapping[str, Value]: ...  # noqa: D102 - the class says it
    @property
    def locked(self) -> frozenset[str]: ...  # noqa: D102 - the class says it
    @property
    def poster_key(self) -> str: ...  # noqa: D102 - the class says it


def restore_plan(
    original: Earlier,
    item: Item,
    written: Values | None,
    *,
    intended: Values | None = None,
    pictures: frozenset[str] = frozenset(),
    can_clear: bool = False,
) -> ItemPlan:
    """What has to be done so that `item` shows again what it showed before our first write.

    Only fields that we wrote are touched. A value that is no longer ours was edited since, and stays; tags that the user added stay
    too. Locks become what they were. `kept` says what could not be put back, and why; `writes` is empty: afterwards nothing is ours.

    Args:
        original: the item before our first write.
        item: the item as it is now.
        written: the record of what we wrote, or None.
        intended: as in plex.merge.plan.
        pictures: of {"poster", "background"} those that we uploaded to this item. A poster whose key came from the listing can be
            selected again; a `thumb` changes with every update and names no picture, and of a background nothing is known.
        can_clear: whether the server takes a choice back; that is what is done where there is none to be selected again.
    """
    ours = {**(intended or {}), **(written or {})}
    wanted = {name: value for name, value in original.values.items() if name in ours}
    back = plan(wanted, item, ours, MergePolicy(preserve_plex_edits=True), intended=intended)
    poster = original.poster_key if "poster" in pictures and _LISTED in original.poster_key else ""
    unknown = pictures - ({"poster"} if poster else set())
    lost = () if can_clear else sorted(unknown, reverse=True)
    kept = (*back.kept, *(Kept(name, "", "", KeptReason.PICTURE) for name in lost))
    changed = frozenset(change.field for change in back.changes)
    ruled = (frozenset(wanted) | pictures) - {entry.field for entry in back.kept}
    return ItemPlan(
        changes=back.changes,
        kept=kept,
        lock=(ruled & original.locked) - item.locked - changed,
        unlock=(ruled - original.locked) & (item.locked | changed),
        poster=poster,
        clear=unknown if can_clear else frozenset(),
    )
