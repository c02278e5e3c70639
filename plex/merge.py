"""The three-state merge of what Stash says, what Plex shows and what we wrote last, and its undo. Pure.

The sort title has rules of its own, in plex.sort_title.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Protocol

from plex.fields import (
    FIELDS,
    SORT_TITLE,
    TITLE,
    Field,
    Value,
    Values,
    as_tags,
    comparable,
    is_empty,
    same,
    tag_key,
    unique,
)
from plex.model import Item
from plex.plan import Change, FieldPlan, ItemPlan, Kept, KeptReason, Memory, MergePolicy
from plex.sort_title import decide_sort_title, is_placed, sort_title_back

_AS_IT_WAS: Final = MergePolicy(preserve_plex_edits=True, off=frozenset({SORT_TITLE}))
_ORDER: Final = tuple(FIELDS)
_LISTED: Final = "://"
"""In the key of a picture that can be selected, "upload://posters/…"; a `thumb` is a bare path."""


def plan(
    wanted: Values,
    item: Item,
    written: Values | None,
    policy: MergePolicy,
    *,
    intended: Values | None = None,
    left: Iterable[Values] = (),
    is_outdated: bool = False,
    earlier_titles: Iterable[str] = (),
) -> ItemPlan:
    """Return what has to be done so that `item` (whole, not a line of a listing) shows what Stash says.

    A field that is absent from `wanted`, is off, or that this type of item lacks, is not touched, and its record stays.
    An empty one is emptied only where we wrote something for this very scene: what Stash never had is left alone. Where
    Stash and Plex agree already, the value is adopted, that is recorded as ours: Stash is the main source, so a genre
    that Plex had by itself goes when Stash drops it later. Fields that we govern and that have no lock are locked along
    with the next edit. A value that is adopted is locked at once, even where nothing else is to be sent: whatever
    filled it in without a lock, Plex's next refresh would take it away. That happens once: a lock that somebody takes
    off later is no reason to write.

    `wanted` holds values as Plex takes them: `date` is "YYYY-MM-DD" or "". Of `ItemPlan.writes`, `written` are those of
    the last edit that succeeded, `intended` of one whose end nobody saw, `left` of scenes that are lost, and whose will
    this one does not go on with; for them and `is_outdated` see Memory. `earlier_titles` are others before our first
    write: the sort title may be left over from there.

    Applying the plan and planning again gives an empty plan.
    """
    memory = Memory(written or {}, intended or {}, tuple(left), is_outdated)
    decided = _decided(wanted, item, memory, policy, tuple(earlier_titles))
    writes = {} if is_outdated else dict(memory.written)  # or it would pass for what the item shows from now on
    changes: list[Change] = []
    kept: list[Kept] = []
    missing: list[str] = []
    for name, step in decided.items():
        writes |= step.writes
        if step.change:
            changes.append(step.change)
        elif step.kept is None and name not in item.locked and not is_empty(wanted.get(name)) and not policy.fills_only:
            missing.append(name)
        if step.kept:
            kept.append(step.kept)
    is_due = bool(changes) or any(name not in memory.written for name in missing)
    return ItemPlan(
        changes=tuple(changes),
        kept=tuple(kept),
        writes=writes,
        unlock=frozenset({SORT_TITLE} if any(map(_is_emptied_sort_title, changes)) else ()),
        lock=frozenset(missing) if is_due else frozenset(),
    )


def _is_emptied_sort_title(change: Change) -> bool:
    return change.field == SORT_TITLE and is_empty(change.after)


def _decided(
    wanted: Values, item: Item, memory: Memory, policy: MergePolicy, earlier_titles: tuple[str, ...]
) -> dict[str, FieldPlan]:
    decided: dict[str, FieldPlan] = {}
    for name, field in FIELDS.items():
        if name == SORT_TITLE:
            step = decide_sort_title(wanted.get(name), decided.get(TITLE), item, memory, policy, earlier_titles)
            decided |= {name: step} if step else {}
        elif name in wanted and name not in policy.off and item.item_type in field.types:
            decided[name] = _merge_field(field, wanted[name], item, memory, policy)
    return decided


def _merge_field(field: Field, wanted: Value, item: Item, memory: Memory, policy: MergePolicy) -> FieldPlan:
    name, shown = field.name, item.values.get(field.name)
    if name in memory.written and wanted == shown == memory.written[name]:
        return FieldPlan(writes={name: wanted})  # most fields of most syncs
    if field.is_tag:
        return _merge_tags(field, as_tags(wanted), as_tags(shown), memory, policy)
    return _merge_scalar(name, wanted, shown, memory, policy, is_locked=name in item.locked)


def _merge_scalar(
    name: str, wanted: Value, shown: Value, memory: Memory, policy: MergePolicy, *, is_locked: bool
) -> FieldPlan:
    if is_empty(wanted) and not (name in memory.written or memory.has_written(name)):
        return FieldPlan()
    if same(wanted, shown):
        is_theirs = policy.keeps(name, shown) and not memory.is_ours(name, shown)
        return FieldPlan() if is_theirs else FieldPlan(writes={name: wanted})
    if is_empty(wanted) and not memory.has_written(name):
        return FieldPlan()
    reason = _reason_to_keep(name, wanted, shown, memory, policy, is_locked=is_locked)
    if reason:
        return FieldPlan(kept=Kept(name, shown, wanted, reason))
    return FieldPlan(change=Change(name, shown, wanted), writes={name: wanted})


def _reason_to_keep(
    name: str, wanted: Value, shown: Value, memory: Memory, policy: MergePolicy, *, is_locked: bool
) -> KeptReason | None:
    """Return why what Plex shows is the user's own: not what we wrote or, if we never wrote, locked in Plex."""
    if policy.keeps(name, shown):
        return None if memory.is_ours(name, shown) and not is_empty(wanted) else KeptReason.UNCONFIRMED
    if not policy.preserves(name) or memory.is_ours(name, shown):
        return None
    if name in memory.written:
        return None if memory.is_outdated else KeptReason.CHANGED
    return KeptReason.LOCKED if is_locked and not is_empty(shown) else None


def _merge_tags(
    field: Field, wanted: tuple[str, ...], shown: tuple[str, ...], memory: Memory, policy: MergePolicy
) -> FieldPlan:
    """Decide about one tag field (genres, actors, collections, labels, directors); lists are never cut.

    Ours is what we wrote; the rest of `shown` is the user's and stays, after ours, unless the list is mirrored. An
    empty `wanted` takes away only from a field that we wrote before, mirrored or not. With preserved edits, a tag of
    ours that the user took away in Plex is not put back; it stays in the record, or the next sync would take it for a
    new one. What an outdated item shows or lacks was taken away by nobody, and is nothing that we wrote.

    Spelling and order are sent once and then taken as settled: Plex keeps one spelling of a tag per server, and may
    keep its order of a list whose tags are all there, so insisting would write on every sync and change nothing.
    """
    if not (wanted or shown):
        return FieldPlan(writes={field.name: ()} if field.name in memory.written else {})
    want, have, ours = unique(wanted), unique(shown), unique(as_tags(memory.written.get(field.name)))
    touched = {} if memory.is_outdated else ours | unique(as_tags(memory.intended.get(field.name)))
    if not want and field.name not in memory.written and touched.keys().isdisjoint(have):
        return FieldPlan()
    if policy.only_fills(field.name):
        return _add_tags(field, want, shown, ours, touched, policy)
    is_mirrored = field.name in policy.mirror_lists
    keeps_removals = policy.preserves(field.name) and not (is_mirrored or memory.is_outdated)
    gone = [key for key in want if key in ours and key not in have] if keeps_removals else []
    drop = [key for key in have if key not in want and (is_mirrored or key in touched)]
    stay = {key: tag for key, tag in want.items() if key not in gone}
    added = tuple(tag for key, tag in stay.items() if _is_new(tag, have.get(key), ours.get(key)))
    removed = tuple(tag for tag in shown if tag_key(tag) in drop)
    moved = field.is_ordered and list(ours) != list(want) and _order(stay, have) != _order(have, stay)
    change = None
    if added or removed or moved:
        extras = (tag for key, tag in have.items() if key not in want and key not in drop)
        change = Change(field.name, shown, (*stay.values(), *extras), added, removed)
    kept = Kept(field.name, shown, wanted, KeptReason.REMOVED, tuple(want[key] for key in gone)) if gone else None
    return FieldPlan(change, kept, {field.name: tuple(want.values())})


def _add_tags(
    field: Field,
    want: Mapping[str, str],
    shown: tuple[str, ...],
    ours: Collection[str],
    touched: Collection[str],
    policy: MergePolicy,
) -> FieldPlan:
    """Add what the list lacks, and change nothing of it. What of it has to go stays ours, to go later."""
    have = unique(shown)
    gone = ours if policy.preserve_plex_edits else ()
    added = tuple(tag for key, tag in want.items() if key not in have and key not in gone)
    staying = tuple(tag for key, tag in have.items() if key not in want and key in touched)
    return FieldPlan(
        Change(field.name, shown, (*shown, *added), added) if added else None,
        Kept(field.name, shown, tuple(want.values()), KeptReason.UNCONFIRMED, staying) if staying else None,
        {field.name: (*want.values(), *staying)},
    )


def _is_new(tag: str, shown: str | None, written: str | None) -> bool:
    """Return whether `tag` has to be sent: Plex lacks it, or spells it otherwise, and this was not sent yet."""
    if shown is None:
        return True
    return tag != shown and comparable(tag) not in (comparable(shown), comparable(written or ""))


def _order(keys: Iterable[str], among: Collection[str]) -> list[str]:
    return [key for key in keys if key in among]


class ItemBefore(Protocol):
    """An item as it was before our first write; its poster's key is as the listing has it, or its `thumb`."""

    @property
    def values(self) -> Mapping[str, Value]: ...  # noqa: D102 - the class says it
    @property
    def locked(self) -> frozenset[str]: ...  # noqa: D102 - the class says it
    @property
    def poster_key(self) -> str: ...  # noqa: D102 - the class says it


def restore_plan(
    original: ItemBefore,
    item: Item,
    written: Values | None,
    *,
    intended: Values | None = None,
    pictures: frozenset[str] = frozenset(),
    can_clear: bool = False,
) -> ItemPlan:
    """Return the undo: what has to be done so that `item` shows again what it showed before our first write.

    Only fields that we wrote are touched. A value that is no longer ours was edited since, and stays; tags that the
    user added stay too. Locks become what they were. `kept` says what could not be put back, and why; `writes` is
    empty: afterwards nothing is ours.

    `written` is the record of what we wrote, or None; `intended` is as in `plan`. `pictures` are those of {"poster",
    "background"} that we uploaded to this item: a poster whose key came from the listing can be selected again, a
    `thumb` changes with every update and names no picture, and of a background nothing is known. `can_clear`: the
    server takes a choice back; that is what is done where there is none to be selected again.
    """
    ours = {**(intended or {}), **(written or {})}
    wanted = {name: value for name, value in original.values.items() if name in ours and name != SORT_TITLE}
    back = plan(wanted, item, ours, _AS_IT_WAS, intended=intended)
    sort_title = sort_title_back(original.values, item, back, ours)
    poster = original.poster_key if "poster" in pictures and _LISTED in original.poster_key else ""
    unknown = pictures - ({"poster"} if poster else set())
    lost = () if can_clear else sorted(unknown, reverse=True)
    changes = [*back.changes, *([sort_title.change] if sort_title.change else [])]
    kept = [*back.kept, *([sort_title.kept] if sort_title.kept else [])]
    changed = frozenset(change.field for change in back.changes)
    ruled = (frozenset(wanted) | pictures) - {entry.field for entry in back.kept}
    unlock = (ruled - original.locked) & (item.locked | changed)
    is_placed_now = SORT_TITLE in item.locked and is_placed(item, ours)
    is_unlocked = (sort_title.change or is_placed_now) and not (is_placed_now and SORT_TITLE in original.locked)
    return ItemPlan(
        changes=tuple(sorted(changes, key=lambda change: _ORDER.index(change.field))),
        kept=(*kept, *(Kept(name, "", "", KeptReason.PICTURE) for name in lost)),
        lock=(ruled & original.locked) - item.locked - changed,
        unlock=unlock | ({SORT_TITLE} if is_unlocked else set()),
        poster=poster,
        clear=unknown if can_clear else frozenset(),
    )
