"""Preview, as a task and on the page: per scene and field what a sync would change, or why nothing; read only."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from records import State
from stash.scenes import scene_ids_page, scene_pages
from tasks.context import TaskContext, ids, whole_number
from tasks.output import Output, by_kind
from tasks.page.last_syncs import change, name_of
from tasks.page.scene_shapes import ItemPreview, PreviewAnswer, ScenePreview
from tasks.page.scene_titles import title_of
from tasks.view import PAGE, ReadOnlyView, read_only
from worker.errors import AmbiguousMatchError, UnreadableError
from worker.sync.plans import ItemWork, ScenePlan, describe
from worker.sync.posters import in_words, slots_of
from worker.sync.wanted import PHOTOS

LIMIT: Final = 200
FILE: Final = "preview.txt"
_MOST_LINES: Final = 10_000
_MOST_SCENES: Final = 1_000_000
_PER_PAGE: Final = 50
_MOST_ID: Final = 2**53


def preview(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Return what a sync of `scene_ids` ("1, 2", default all) would change: counts, and up to `limit` lines."""
    limit = whole_number(args, "limit", LIMIT, most=_MOST_LINES)
    counts, skipped, fields = Counter[str](), Counter[str](), Counter[str]()
    lines: list[str] = []
    with Output(context, FILE) as output, read_only(context, own_index=True) as view:
        for total, scene_ids in _chosen(args, view):
            for plan in (plan for plans in view.plans(scene_ids) for plan in plans):
                has_new_picture = view.may_have_new_picture(plan)
                counts.update(["scenes", _end_of(plan), *(["covers"] if has_new_picture else [])])
                skipped.update([plan.skip.code] if plan.skip else [])
                fields.update(_changed_fields(plan))
                for line in _lines(plan, has_new_picture=has_new_picture):
                    output.say(line)
                    lines += [line] if len(lines) < limit else []
            log.progress(counts["scenes"] / total if total else 1.0)
        counts["equal"] += counts["to_lock"]
        names = ("scenes", "changed", "equal", "to_lock", "not_in_plex", "unreadable", "ambiguous", "covers")
        return {
            "text": output.end(_text(counts, skipped, fields)),
            **{name: counts[name] for name in names},
            "skipped": dict(skipped),
            "fields": dict(fields.most_common()),
            "lines": lines,
            "more_lines": output.count - len(lines),
        }


def ui_preview(args: Mapping[str, Any], context: TaskContext) -> PreviewAnswer:
    """Return what would be done for `scene_ids`, or for a page of all scenes behind the id `after`."""
    chosen, after = ids(args, "scene_ids"), whole_number(args, "after", 0, most=_MOST_ID)
    total, next_after = len(chosen), None
    with read_only(context) as view:
        if not chosen:
            page = scene_ids_page(view.stash.client(), after, _PER_PAGE)
            chosen, total, next_after = [ref.id for ref in page.refs], page.remaining, page.next_after
        found = view.stash.scenes(chosen)
        scenes = list(map(_shown, view.planner.plan(list(found.values()))))
    scenes += [_gone(scene_id) for scene_id in chosen if scene_id not in found]
    return {"scenes": scenes, "looked_at": len(chosen), "next_after": next_after, "total": total}


def why_not(plan: ScenePlan) -> str:
    """Return why nothing would be done for this scene, or ""."""
    if plan.skip is not None:
        return plan.skip.text
    return str(plan.error) if plan.error is not None else ""


def needs_sync(plan: ScenePlan) -> bool:
    """Return whether a sync would edit an item, or record one that is equal for the first time."""
    return _differs(plan) or any(not work.written.synced_at for work in plan.work)


def _differs(plan: ScenePlan) -> bool:
    """Return whether a sync would edit any item of the scene, if only to lock what is equal."""
    return any(not work.plan.is_empty for work in plan.work)


def _chosen(args: Mapping[str, Any], view: ReadOnlyView) -> Iterator[tuple[int, list[int]]]:
    """Yield how many scenes `scene_ids` names, or Stash has, and some of their ids at a time."""
    chosen = ids(args, "scene_ids", most=_MOST_SCENES)
    if chosen:
        yield len(chosen), chosen
        return
    total = 0
    for page in scene_pages(view.stash.client(), PAGE):
        total = total or page.remaining
        yield total, [ref.id for ref in page.refs]


def _end_of(plan: ScenePlan) -> str:
    """Return the name under which this scene is counted."""
    if plan.skip is not None:
        return "skipped"
    if plan.error is not None:
        kinds = {AmbiguousMatchError: "ambiguous", UnreadableError: "unreadable"}
        return kinds.get(type(plan.error), "not_in_plex")
    if any(work.plan.changes or work.plan.photos for work in plan.work):
        return "changed"
    return "to_lock" if _differs(plan) else "equal"


def _changed_fields(plan: ScenePlan) -> Iterator[str]:
    if plan.skip is None and plan.error is None:
        for work in plan.work:
            yield from (change.field for change in work.plan.named_changes)
            yield from [PHOTOS] if work.plan.photos else []


def _lines(plan: ScenePlan, *, has_new_picture: bool) -> Iterator[str]:
    yield from describe(plan)
    if has_new_picture:
        yield f"scene {plan.scene.id}: {_pictures(plan)} would be compared, and sent if new"


def _pictures(plan: ScenePlan) -> str:
    """Return what the pictures of the scene are made of, e.g. "poster (from the group)"."""
    slots = (slot for work in plan.work for slot in slots_of(work) if slot.kind not in work.settings.skip_fields)
    return ", ".join(dict.fromkeys(f"{slot.kind} ({in_words(slot.recipe)})" for slot in slots))


def _text(counts: Counter[str], skipped: Counter[str], fields: Counter[str]) -> str:
    parts = [
        f"{counted(counts['scenes'], 'scene')} looked at, nothing was written",
        f"{counts['changed']:,} would change (fields: {by_kind(dict(fields.most_common()))})",
        f"{counts['equal']:,} up to date" + (f" ({counts['to_lock']:,} would get locks)" if counts["to_lock"] else ""),
        f"{counts['not_in_plex']:,} not in Plex",
        *([f"{counts['unreadable']:,} not to be read in Plex"] if counts["unreadable"] else []),
        f"{counts['ambiguous']:,} ambiguous",
        f"skipped: {by_kind(skipped)}",
        f"covers to compare: {counts['covers']:,}",
    ]
    return "; ".join(parts)


def _shown(plan: ScenePlan) -> ScenePreview:
    items, title, why = list(map(_item, plan.work)), title_of(plan.scene), why_not(plan)
    differs = any(item["changes"] for item in items)
    return ScenePreview(scene_id=plan.scene.id, title=title, is_gone=False, items=items, why_not=why, differs=differs)


def _gone(scene_id: int) -> ScenePreview:
    title, why = f"Scene {scene_id}", "Stash no longer has this scene"
    return ScenePreview(scene_id=scene_id, title=title, is_gone=True, items=[], why_not=why, differs=False)


def _item(work: ItemWork) -> ItemPreview:
    losing = {each.field for each in work.plan.changes}
    held = [name for name, known in work.emptyings.items() if known.state is State.HELD and name in losing]
    named = (each for each in work.plan.named_changes if each.field not in held)
    changes = [change(each.field, each.before, each.after) for each in named]
    changes += [change(PHOTOS, "", "")] if work.plan.photos else []
    kept = [(each.field, ": ".join(filter(None, (", ".join(each.tags), each.reason)))) for each in work.plan.kept]
    kept += [(name, "it would be emptied with many others, and waits for your answer") for name in held]
    return {
        "rating_key": work.item.rating_key,
        "title": work.item.title,
        "changes": changes,
        "kept": [{"field": field, "name": name_of(field), "why": why} for field, why in kept],
    }
