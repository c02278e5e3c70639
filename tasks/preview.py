"""Preview, as a task and on the page: per scene and field what a sync would change, or why nothing; read only."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from logs import stash as log
from logs.words import counted
from plex.artwork import chosen_of, sha1_of
from plex.errors import PlexItemGone, PlexRejected
from records import State
from stash.errors import StashError
from stash.scenes import scene_ids_page, scene_pages
from tasks.context import TaskContext, ids, whole_number
from tasks.output import Output, by_kind
from tasks.page.field_names import name_of
from tasks.page.last_syncs import change
from tasks.page.preview_shapes import ItemPreview, PreviewAnswer, ScenePreview, ShownAfter
from tasks.page.scene_shapes import ShownChange
from tasks.page.scene_titles import title_of
from tasks.view import PAGE, ReadOnlyView, read_only
from worker.errors import AmbiguousMatchError, UnreadableError
from worker.sync.codes import POSTER
from worker.sync.covers import Pictures
from worker.sync.picture_making import PictureMaker, Workshop
from worker.sync.plans import ItemWork, ScenePlan, describe
from worker.sync.posters import GROUP, Slot, in_words, is_rendered, slots_of
from worker.sync.wanted import PHOTOS

if TYPE_CHECKING:
    from plex.answers import ListedPicture

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
        plans = view.planner.plan(list(found.values()))
        covers = pictures_of(view) if plans else None
        scenes = [shown(plan, covers) for plan in plans]
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


_ENDS: Final[Mapping[str, str]] = {
    "skipped": "left_out",
    "ambiguous": "unclear",
    "unreadable": "unclear",
    "not_in_plex": "missing",
    "to_lock": "equal",
}
"""Names of counts, where the page has other ones."""


def shown(plan: ScenePlan, covers: Pictures | None) -> ScenePreview:
    """Return what would be done for the scene; its pictures are compared where `covers` are given."""
    items, end = [_item(work, covers) for work in plan.work], _end_of(plan)
    differs = any(item["changes"] for item in items)
    return {
        "scene_id": plan.scene.id,
        "title": title_of(plan.scene),
        "is_gone": False,
        "items": items,
        "why_not": why_not(plan),
        "differs": differs,
        "end": "changed" if differs else cast("Any", _ENDS.get(end, "equal")),
    }


def _gone(scene_id: int) -> ScenePreview:
    return {
        "scene_id": scene_id,
        "title": f"Scene {scene_id}",
        "is_gone": True,
        "items": [],
        "why_not": "Stash no longer has this scene",
        "differs": False,
        "end": "left_out",
    }


def _item(work: ItemWork, covers: Pictures | None) -> ItemPreview:
    losing = {each.field for each in work.plan.changes}
    held = [name for name, known in work.emptyings.items() if known.state is State.HELD and name in losing]
    named = (each for each in work.plan.named_changes if each.field not in held)
    changes = [change(each.field, each.before, each.after) for each in named]
    changes += [change(PHOTOS, "", "")] if work.plan.photos else []
    kept = [(each.field, ": ".join(filter(None, (", ".join(each.tags), each.reason)))) for each in work.plan.kept]
    kept += [(name, "it would be emptied with many others, and waits for your answer") for name in held]
    pictures: dict[str, ShownAfter] = {}
    if covers is not None and covers.may_be_new(work):
        new, refused = _new_pictures(work, covers)
        changes += new
        kept += refused
        pictures = _shown_after(work, {each["field"] for each in new})
    return {
        "rating_key": work.item.rating_key,
        "title": work.item.title,
        "changes": changes,
        "kept": [{"field": field, "name": name_of(field), "why": why} for field, why in kept],
        "pictures": pictures,
    }


def _shown_after(work: ItemWork, new: Collection[str]) -> dict[str, ShownAfter]:
    """Return what Stash can show of the pictures that are `new`, or made when the scene is synced."""
    scene, shown = work.scene.scene, {}
    for slot in slots_of(work):
        if slot.is_still or (slot.kind not in new and not is_rendered(slot.recipe)):
            continue
        path = scene.group_cover_path if slot.recipe == GROUP else scene.screenshot_path
        how = slot.recipe.partition("-")[0] if is_rendered(slot.recipe) else ""
        shown[slot.kind] = ShownAfter(path=path, how=how)
    return shown


def pictures_of(view: ReadOnlyView) -> Pictures:
    """Return what compares pictures on both sides."""
    return Pictures(PictureMaker(view.stash, Workshop(view.renderer)), view.plex.client())


def _new_pictures(work: ItemWork, covers: Pictures) -> tuple[list[ShownChange], list[tuple[str, str]]]:
    """Return which pictures would be sent, and which would not, and why; as a sync finds out, but for what it makes.

    What ffmpeg makes is not made for a look.
    """
    made = [slot for slot in slots_of(work) if is_rendered(slot.recipe)]
    if made:
        why = "it is made when the scene is synced, and sent if it is new"
        return [], [(slot.kind, f"{in_words(slot.recipe)}: {why}") for slot in made]
    try:
        cover = covers.fetch(work)
        if cover.slots:
            covers.list_for(cover, work.item.rating_key)
        is_kept = covers.poster_change(cover, work) is None
    except (StashError, PlexRejected, PlexItemGone) as error:
        return [], [(POSTER, f"it could not be compared: {error}")]
    new = [slot for slot in cover.slots if not _shows(cover.listed[slot.kind], slot)]
    kept = [(each.field, str(each.after)) for each in cover.refused]
    kept += [(POSTER, "another picture was chosen in Plex") for slot in new if slot.kind == POSTER and is_kept]
    return [_shown_picture(slot) for slot in new if slot.kind != POSTER or not is_kept], kept


def _shown_picture(slot: Slot) -> ShownChange:
    return change(slot.kind, "", "The front cover of its group will be sent." if slot.recipe == GROUP else "")


def _shows(listed: "Sequence[ListedPicture]", slot: Slot) -> bool:
    """Return whether the picture that is chosen is this one: then nothing is sent."""
    return chosen_of(listed).endswith(f"/{sha1_of(slot.data)}")
