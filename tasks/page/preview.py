"""`ui_preview`: which fields of which scenes would change in Plex. Nothing is written; what Plex shows is read now."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plex.plan import Kept as KeptByPlan
from records import State
from stash.scenes import scene_ids_page
from tasks.context import TaskContext, whole_number
from tasks.page.arguments import scene_ids
from tasks.page.aside import Looking, looking
from tasks.page.fields import name_of
from tasks.page.history import change
from tasks.page.scene_shapes import Change, ItemPreview, Kept, Preview, ScenePreview
from tasks.page.scenes import title_of
from worker.sync.photos import PHOTOS
from worker.sync.planner import ItemWork, ScenePlan

PER_PAGE: Final = 50


def ui_preview(args: Mapping[str, Any], context: TaskContext) -> Preview:
    """What would be done for the scenes of `scene_ids`; without them for all, page by page from scene id `after` on (`next_after` goes on)."""
    chosen = scene_ids(args)
    after = whole_number(args, "after", 0, most=2**53)
    with looking(context) as there:
        total, next_after = len(chosen), None
        if not chosen:
            page = scene_ids_page(there.session.stash(), after, PER_PAGE)
            chosen, total, next_after = [ref.id for ref in page.refs], page.remaining, page.next_after
        return _preview(there, chosen, total, next_after)


def _preview(there: Looking, chosen: Sequence[int], total: int, next_after: int | None) -> Preview:
    found = there.session.scenes(chosen)
    planned = [_scene(plan) for plan in there.plan(found.values())]
    gone = [_gone(scene_id) for scene_id in chosen if scene_id not in found]
    scenes = planned + gone
    return {
        "scenes": scenes,
        "looked_at": len(chosen),
        "next_after": next_after,
        "total": total,
    }


def _scene(plan: ScenePlan) -> ScenePreview:
    items = [_item(work) for work in plan.work]
    return {
        "scene_id": plan.scene.id,
        "title": title_of(plan.scene),
        "is_gone": False,
        "items": items,
        "why_not": why_not(plan),
        "differs": any(item["changes"] for item in items),
    }


def _gone(scene_id: int) -> ScenePreview:
    return {
        "scene_id": scene_id,
        "title": f"Scene {scene_id}",
        "is_gone": True,
        "items": [],
        "why_not": "Stash no longer has this scene",
        "differs": False,
    }


def _item(work: ItemWork) -> ItemPreview:
    losing = {each.field for each in work.plan.changes}
    held = [name for name, one in work.emptyings.items() if one.state is State.HELD and name in losing]
    return {
        "rating_key": work.item.rating_key,
        "title": work.item.title,
        "changes": [
            change(each.field, each.before, each.after) for each in work.plan.named_changes if each.field not in held
        ]
        + _photos(work),
        "kept": [_kept(each) for each in work.plan.kept] + [_held(name) for name in held],
    }


def _held(field: str) -> Kept:
    return {
        "field": field,
        "name": name_of(field),
        "why": "it would be emptied with many others, and waits for your answer",
    }


def _photos(work: ItemWork) -> list[Change]:
    return [change(PHOTOS, "", "")] if work.plan.photos else []


def _kept(kept: KeptByPlan) -> Kept:
    return {
        "field": kept.field,
        "name": name_of(kept.field),
        "why": f"{', '.join(kept.tags)}: {kept.reason}" if kept.tags else str(kept.reason),
    }


def why_not(plan: ScenePlan) -> str:
    """Why nothing would be done for this scene, or ""."""
    if plan.skip is not None:
        return plan.skip.text
    return str(plan.error) if plan.error is not None else ""
