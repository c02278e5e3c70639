"""Undo: the plan that gives an item back what it showed before our first write. Pure."""

from collections.abc import Mapping
from typing import Final, Protocol

from plex.fields import FIELDS, SORT_TITLE, TITLE, Value, Values, same
from plex.merge import is_made_from, plan
from plex.model import Item
from plex.plan import Change, FieldPlan, ItemPlan, Kept, KeptReason, MergePolicy

_AS_IT_WAS: Final = MergePolicy(preserve_plex_edits=True, off=frozenset({SORT_TITLE}))
_ORDER: Final = tuple(FIELDS)
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
    wanted = {name: value for name, value in original.values.items() if name in ours and name != SORT_TITLE}
    back = plan(wanted, item, ours, _AS_IT_WAS, intended=intended)
    sort_title = _sort_title_back(original.values, item, back, is_ours=SORT_TITLE in ours)
    poster = original.poster_key if "poster" in pictures and _LISTED in original.poster_key else ""
    unknown = pictures - ({"poster"} if poster else set())
    lost = () if can_clear else sorted(unknown, reverse=True)
    changes = [*back.changes, *([sort_title.change] if sort_title.change else [])]
    kept = [*back.kept, *([sort_title.kept] if sort_title.kept else [])]
    changed = frozenset(change.field for change in back.changes)
    ruled = (frozenset(wanted) | pictures) - {entry.field for entry in back.kept}
    unlock = (ruled - original.locked) & (item.locked | changed)
    return ItemPlan(
        changes=tuple(sorted(changes, key=lambda change: _ORDER.index(change.field))),
        kept=(*kept, *(Kept(name, "", "", KeptReason.PICTURE) for name in lost)),
        lock=(ruled & original.locked) - item.locked - changed,
        unlock=unlock | ({SORT_TITLE} if sort_title.change else set()),
        poster=poster,
        clear=unknown if can_clear else frozenset(),
    )


def _sort_title_back(earlier: Values, item: Item, back: ItemPlan, *, is_ours: bool) -> FieldPlan:
    """What becomes of the sort title where `back` gives the title back, or the sort title alone was changed by us (`is_ours`).

    One that the server made of our title goes with that title: to what it was, or, where nobody knows that, to what the server makes of the title that
    is back. A lock is the user's, since we set none. A sort title that is kept is told of beside a title that is kept.
    """
    shown, was = item.values.get(SORT_TITLE), earlier.get(SORT_TITLE, "")
    is_known = is_ours and SORT_TITLE in earlier
    is_as_it_was = is_known and same(shown, was)
    goes_back = any(change.field == TITLE for change in back.changes)
    if not goes_back and (is_as_it_was or not is_known):
        return FieldPlan()
    stays = SORT_TITLE in item.locked or any(kept.field == TITLE for kept in back.kept)
    titles = (item.values.get(TITLE), earlier.get(TITLE)) if is_known else (item.values.get(TITLE),)
    if not stays and (is_as_it_was or any(is_made_from(shown, title) for title in titles)):
        return FieldPlan(Change(SORT_TITLE, shown, was if is_known else ""))
    return FieldPlan(kept=Kept(SORT_TITLE, shown, was, KeptReason.CHANGED) if is_known and not is_as_it_was else None)
