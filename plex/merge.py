"""The three-state merge: what Stash says, what Plex shows, what we wrote last. Pure; knows neither jobs nor requests."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from plex.fields import FIELDS, SORT_TITLE, TITLE, Field, Value, Values, is_empty, same
from plex.merge_tags import as_tags, merge_tags
from plex.model import Item
from plex.plan import Change, FieldPlan, ItemPlan, Kept, KeptReason, Memory, MergePolicy
from plex.sort_title import beside


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
    """What has to be done so that `item` shows what Stash says.

    A field that is absent from `wanted`, is off, or that this type of item lacks, is not touched, and its record stays. The sort title goes with the title.
    An empty one is emptied only where we wrote something for this very scene: what Stash never had is left alone.
    Where Stash and Plex agree already, the value is adopted, that is recorded as ours: Stash is the main source, so a genre that
    Plex had by itself goes when Stash drops it later.
    Fields that we govern and that have no lock are locked along with the next edit. A value that is adopted is locked at once, even where
    nothing else is to be sent: whatever filled it in without a lock, Plex's next refresh would take it away. That happens once: a lock
    that somebody takes off later is no reason to write.

    Args:
        wanted: values as Plex takes them: `date` is "YYYY-MM-DD" or "". Whoever makes them decides what becomes of "2008".
        item: the whole item, not a cut line of a listing.
        written: `ItemPlan.writes` of the last edit that succeeded, or None.
        policy: the user's choice.
        intended: `ItemPlan.writes` of an edit whose end nobody saw (the worker was killed, the answer never came), or None.
        left: `ItemPlan.writes` of scenes that are lost, and whose will this one does not go on with; see Memory.
        is_outdated: the item's state is older than our last write; see Memory.
        earlier_titles: what the item was called before our first write, where that was another title: its sort title may be left over from there.

    Applying the plan and planning again gives an empty plan.
    """
    memory = Memory(written or {}, intended or {}, tuple(left), is_outdated)
    decided: dict[str, FieldPlan] = {}
    for name, field in FIELDS.items():
        if name == SORT_TITLE:
            if TITLE in decided:
                decided[name] = beside(decided[TITLE], item, memory, policy, tuple(earlier_titles))
        elif name in wanted and name not in policy.off and item.item_type in field.types:
            decided[name] = _merge_field(field, wanted[name], item, memory, policy)
    changes = tuple(step.change for step in decided.values() if step.change)
    kept = tuple(step.kept for step in decided.values() if step.kept)
    writes = {} if is_outdated else dict(memory.written)  # or it would pass for what the item shows from now on
    for step in decided.values():
        writes |= step.writes
    unlock = frozenset(change.field for change in changes if change.field == SORT_TITLE)
    result = ItemPlan(changes=changes, kept=kept, writes=writes, unlock=unlock)
    governed = (name for name in decided if not is_empty(wanted.get(name)))
    missing = frozenset(_missing_locks(governed, item, result))
    is_due = bool(changes) or not missing <= memory.written.keys()
    return replace(result, lock=missing) if is_due else result


def _missing_locks(governed: Iterator[str], item: Item, result: ItemPlan) -> Iterator[str]:
    settled = item.locked | {change.field for change in result.changes} | {kept.field for kept in result.kept}
    return (name for name in governed if name not in settled)


def _merge_field(field: Field, wanted: Value, item: Item, memory: Memory, policy: MergePolicy) -> FieldPlan:
    shown = item.values.get(field.name)
    if field.is_tag:
        return merge_tags(field, as_tags(wanted), as_tags(shown), memory, policy)
    return _merge_scalar(field.name, wanted, shown, memory, policy, is_locked=field.name in item.locked)


def _merge_scalar(
    name: str, wanted: Value, shown: Value, memory: Memory, policy: MergePolicy, *, is_locked: bool
) -> FieldPlan:
    if is_empty(wanted) and not (name in memory.written or memory.has_written(name)):
        return FieldPlan()
    if same(wanted, shown):
        return FieldPlan(writes={name: wanted})
    if is_empty(wanted) and not memory.has_written(name):
        return FieldPlan()
    reason = _reason_to_keep(name, shown, memory, is_locked=is_locked) if policy.preserve_plex_edits else None
    if reason:
        return FieldPlan(kept=Kept(name, shown, wanted, reason))
    return FieldPlan(change=Change(name, shown, wanted), writes={name: wanted})


def _reason_to_keep(name: str, shown: Value, memory: Memory, *, is_locked: bool) -> KeptReason | None:
    """Why what Plex shows is the user's own: it is not what we wrote or, where we never wrote, it was locked by an edit in Plex."""
    if memory.is_ours(name, shown):
        return None
    if name in memory.written:
        return None if memory.is_outdated else KeptReason.CHANGED
    return KeptReason.LOCKED if is_locked and not is_empty(shown) else None
