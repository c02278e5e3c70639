"""The three-state merge of one tag field (genres, actors, collections, labels, directors). Pure; lists are never cut."""

from collections.abc import Iterable

from plex.fields import Field, Value, comparable, tag_key
from plex.plan import Change, FieldPlan, Kept, KeptReason, Memory, MergePolicy


def merge_tags(
    field: Field, wanted: tuple[str, ...], shown: tuple[str, ...], memory: Memory, policy: MergePolicy
) -> FieldPlan:
    """The decision about one tag field.

    Ours is what we wrote; the rest of `shown` is the user's and stays, after ours, unless the list is mirrored.
    An empty `wanted` takes away only from a field that we wrote before, mirrored or not.
    With preserved edits, a tag of ours that the user took away in Plex is not put back; it stays in the record, or the next sync would take it for a new one.
    What an outdated item shows or lacks was taken away by nobody, and is nothing that we wrote.

    Spelling and order are sent once and then taken as settled: Plex keeps one spelling of a tag per server, and may keep its order of
    a list whose tags are all there, so insisting would write on every sync and change nothing.
    """
    if wanted == shown == memory.written.get(field.name):
        return FieldPlan(writes={field.name: wanted})  # most fields of most syncs: no need to look at each tag
    want, have, ours = unique(wanted), unique(shown), unique(as_tags(memory.written.get(field.name)))
    touched = ours | unique(as_tags(memory.intended.get(field.name)))
    if memory.is_outdated:
        touched = {}
    if not want and field.name not in memory.written and touched.keys().isdisjoint(have):
        return FieldPlan()
    is_mirrored = field.name in policy.mirror_lists
    keeps_removals = policy.preserve_plex_edits and not (is_mirrored or memory.is_outdated)
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


def unique(tags: Iterable[str]) -> dict[str, str]:
    """`tags` by `tag_key` in their order: blank ones dropped, of equal ones the first."""
    found: dict[str, str] = {}
    for tag in tags:
        if key := tag_key(tag):
            found.setdefault(key, tag)
    return found


def as_tags(value: Value) -> tuple[str, ...]:
    """The value of a tag field; what is no tuple (None, an empty text) is an empty one."""
    return value if isinstance(value, tuple) else ()


def _is_new(tag: str, shown: str | None, written: str | None) -> bool:
    """Whether `tag` has to be sent: Plex lacks it, or spells it otherwise and we have not sent this spelling yet."""
    if shown is None:
        return True
    return comparable(tag) not in (comparable(shown), comparable(written or ""))


def _order(keys: Iterable[str], among: Iterable[str]) -> list[str]:
    common = set(among)
    return [key for key in keys if key in common]
