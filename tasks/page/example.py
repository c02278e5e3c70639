"""`ui_example`: one scene as a sync would write it, by settings that are typed and not saved. Nothing is written."""

from collections.abc import Mapping
from typing import Any, Final

from plex.fields import FIELDS, is_empty
from settings.spec import SPECS
from stash.scenes import find_scenes
from tasks.context import TaskContext, TaskError, whole_number
from tasks.page.field_names import name_of
from tasks.page.last_syncs import as_json
from tasks.page.preview_shapes import EqualField, ExampleAnswer
from tasks.preview import pictures_of, shown
from tasks.setting_sources import typed_values
from tasks.view import read_only
from worker.sync.plans import ItemWork, ScenePlan

_DRAWN: Final = 30
_SEED: Final = 1
_MOST_PLACES: Final = 1000
_TRIED: Final = frozenset({"Content", "Pictures"})
"""Groups of settings that shape what is written; where Plex is and who is asked is never tried with a saved token."""


def ui_example(args: Mapping[str, Any], context: TaskContext) -> ExampleAnswer:
    """Return the scene that has most fields of _DRAWN scenes, first of those that are in Plex; or another of them.

    They are drawn at random, always the same ones, and `place` counts from the one with most fields: so only what is
    typed (`values`) changes the answer.
    """
    values, place = typed_values(args), whole_number(args, "place", 0, most=_MOST_PLACES)
    others = [key for key in values if SPECS[key].group not in _TRIED]
    if others:
        raise TaskError(f"{others[0]} cannot be tried: it does not shape what is written")
    with read_only(context, tried=values) as view:
        drawn = find_scenes(view.stash.client(), "", per_page=_DRAWN, seed=_SEED).scenes
        plans = view.planner.plan(list(view.stash.scenes([scene.id for scene in drawn]).values()))
        if not plans:
            return {"scene": None, "equal": [], "others": 0}
        plans.sort(key=_fullness, reverse=True)
        plan = plans[place % len(plans)]
        scene = shown(plan, pictures_of(view))
    changed = {change["field"] for item in scene["items"][:1] for change in item["changes"]}
    equal = [each for work in plan.work[:1] for each in _equal(work) if each["field"] not in changed]
    return {"scene": scene, "equal": equal, "others": len(plans) - 1}


def _fullness(plan: ScenePlan) -> tuple[int, int]:
    """Return by what scenes are sorted: an item comes before none, then the number of fields that Stash fills."""
    filled = sum(not is_empty(value) for work in plan.work[:1] for value in work.wanted.values())
    return (len(plan.work) > 0, filled)


def _equal(work: ItemWork) -> list[EqualField]:
    return [
        {"field": name, "name": name_of(name), "value": as_json(value)}
        for name in FIELDS
        if not is_empty(value := work.item.values.get(name))
    ]
