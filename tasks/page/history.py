"""`ui_history`: the last syncs, field by field, before and after."""

from collections.abc import Iterable, Mapping
from typing import Any

from records import Sync
from tasks.context import TaskContext, whole_number
from tasks.page.fields import name_of, wire
from tasks.page.scene_shapes import Change, History
from tasks.page.scene_shapes import Sync as ShownSync


def ui_history(args: Mapping[str, Any], context: TaskContext) -> History:
    """The newest syncs; `before` (of the page before) and `limit` page, `scene_id` leaves those of one scene."""
    limit = whole_number(args, "limit", 25, least=1, most=100)
    before = whole_number(args, "before", 0, most=2**53) or None
    scene_id = whole_number(args, "scene_id", 0, most=2**53) or None
    with context.records() as records:
        found = records.history.last(limit, before=before, scene_id=scene_id)
    return {"syncs": shown(found), "next_before": found[-1].id if len(found) == limit else None}


def shown(syncs: Iterable[Sync]) -> list[ShownSync]:
    """Syncs as the page receives them."""
    return [
        {
            "id": sync.id,
            "scene_id": sync.scene_id,
            "rating_key": sync.rating_key,
            "at": sync.at,
            "changes": [change(each.field, each.before, each.after) for each in sync.changes],
        }
        for sync in syncs
    ]


def change(field: str, before: Any, after: Any) -> Change:
    """One field, before and after."""
    return {"field": field, "name": name_of(field), "before": wire(before), "after": wire(after)}
