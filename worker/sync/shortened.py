"""What came of a plan of which Plex did not take all: fields that it refused, and lists that it would not take whole. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from plex.apart import Refused
from plex.fields import Values, tag_key
from plex.merge_tags import as_tags
from plex.plan import ItemPlan
from plex.writer import Cut
from records import FieldChange
from worker.sync.photos import ACTOR, PHOTOS


def landed(plan: ItemPlan, refused: Refused, written: Values) -> ItemPlan:
    """`plan` as it came to be without what was `refused`: the record of those fields stays what it was in `written`."""
    if not refused:
        return plan
    names = set(refused) | ({PHOTOS} if ACTOR in refused else set())
    kept = {name: value for name, value in plan.writes.items() if name not in names}
    return replace(
        plan,
        changes=tuple(change for change in plan.changes if change.field not in names),
        lock=plan.lock - names,
        unlock=plan.unlock - names,
        writes=kept | {name: written[name] for name in names if name in written},
        photos={} if ACTOR in refused else plan.photos,
    )


def really_written(writes: Values, cut: Cut) -> Values:
    """The record `writes` without what is not in Plex: the next sync must not take that for removed there by somebody."""
    shown = {name: {tag_key(tag) for tag in tags} for name, tags in cut.items()}
    ours = {
        name: tuple(tag for tag in as_tags(writes.get(name)) if tag_key(tag) in keys) for name, keys in shown.items()
    }
    return {**writes, **ours}


def really_changed(changes: Iterable[FieldChange], cut: Cut) -> list[FieldChange]:
    """`changes` as they came to be: without those of a list of which nothing more fits than Plex shows."""
    real = (FieldChange(one.field, one.before, cut.get(one.field, one.after)) for one in changes)
    return [one for one in real if one.field not in cut or set(as_tags(one.before)) != set(as_tags(one.after))]


def told(wanted: Mapping[str, Sequence[str]], cut: Cut) -> str:
    """What people should know, or ""; `wanted` are the whole lists."""
    return "; ".join(
        f"{name}: of {len(wanted[name]):,} names Plex shows the first {len(tags):,}, since it takes no longer request and replaces lists"
        for name, tags in cut.items()
    )
