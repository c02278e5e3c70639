"""A plan in words: which field would become what, and what stays and why. For dry runs, previews and people."""

from collections.abc import Iterator

from plex.fields import Value, same
from records import State
from worker.sync.planner import ItemWork, ScenePlan

_MOST = 80


def describe(plan: ScenePlan) -> Iterator[str]:
    """One line a field that differs or is kept, or one line that says why there is none. No line for a scene that is equal."""
    scene = f"scene {plan.scene.id}"
    if plan.skip is not None:
        yield f"{scene}: skipped, {plan.skip.text}"
    elif plan.error is not None:
        yield f"{scene}: {plan.error}"
    for work in plan.work:
        yield from (f"{scene}, item {work.item.rating_key}: {line}" for line in _fields(work))


def _fields(work: ItemWork) -> Iterator[str]:
    for change in work.plan.named_changes:
        known = work.emptyings.get(change.field)
        held = " (held until you say whether it may be emptied)" if known and known.state is State.HELD else ""
        yield f"{change.field}: {shown(change.before)} -> {shown(change.after)}{held}"
    if work.plan.photos:
        yield f"photos of {', '.join(work.plan.photos)} are sent"
    for name, why in work.refused.items():
        if name in work.wanted and not same(work.wanted[name], work.item.values.get(name)):
            yield f"{name} is not sent: {why}"
    for kept in work.plan.kept:
        tags = f" ({', '.join(kept.tags)})" if kept.tags else ""
        yield f"{kept.field} stays{tags}: {kept.reason}"


def shown(value: Value) -> str:
    """A value for one line: shortened, and told from text that looks alike by its quotes."""
    if isinstance(value, tuple):
        return "[" + ", ".join(value) + "]"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _MOST else f'"{value[:_MOST]}…"'
    return "nothing" if value is None else f"{value:g}"
