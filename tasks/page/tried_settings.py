"""`ui_sample`: what a few scenes would get in Plex by settings that are typed and not saved. Asks Stash, never Plex."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from matching.gate import why_skip
from plex.fields import FIELDS, Values, as_tags, same
from settings.by_library import problems_of, with_changes
from settings.settings import Settings
from stash.model import Scene
from stash.scenes import find_scenes
from tasks.context import TaskContext, text, whole_number
from tasks.page.field_names import name_of
from tasks.page.last_syncs import as_json
from tasks.page.preview_shapes import SampleAnswer, SampledField, SampledScene, TriedProblem
from tasks.page.scene_titles import title_of
from tasks.setting_sources import read, sources_of, typed_values
from worker.sync.tag_reader import BriefTagReader, needs_of
from worker.sync.wanted import wanted_values

COUNT: Final = 10
_MOST_SEED: Final = 99_999_999

_SHOWN: Final = tuple(name for name in FIELDS if name not in {"summary", "date", "rating", "director"})
"""The fields that settings of the content shape; the others are as in Stash."""


def ui_sample(args: Mapping[str, Any], context: TaskContext) -> SampleAnswer:
    """Return what COUNT scenes that fit `words` would get with `values` in place of what Stash holds.

    With a `library`, its name or section id, the values are its own, and so is what the scenes get. They are drawn at
    random, and the same ones for the same `seed`, so that only what is typed changes the answer.
    """
    values, seed = typed_values(args), whole_number(args, "seed", 1, least=1, most=_MOST_SEED)
    with context.stash() as client:
        sources = read(context, client)
        library, held = text(args, "library"), sources.configuration
        tried = sources_of(context, held, with_changes(held.plugin_settings, library, values) if library else values)
        now, then = (each.values.for_library([library]) for each in (sources, tried if tried.resolved else sources))
        needs = needs_of(now) | needs_of(then)
        found = find_scenes(client, text(args, "words"), per_page=COUNT, seed=seed, performer_tags=needs.performer_tags)
        scenes = {scene.id: scene for scene in found.scenes}
        if needs.tag_tree:
            scenes = BriefTagReader().with_words(client, scenes)
    own = problems_of(library, tried.problems) if library else {}
    wrong = own or {each.setting: each.message for each in tried.problems}
    problems: list[TriedProblem] = [{"setting": setting, "message": message} for setting, message in wrong.items()]
    sampled = [_sampled(scene, now, then) for scene in scenes.values()]
    return {"scenes": sampled, "total": found.total, "problems": problems}


def _sampled(scene: Scene, now: Settings, then: Settings) -> SampledScene:
    skip = why_skip(scene, then)
    fields = list(_fields(_shown(scene, now), _shown(scene, then)))
    return {"scene_id": scene.id, "title": title_of(scene), "why_not": skip.text if skip else "", "fields": fields}


def _shown(scene: Scene, settings: Settings) -> Values:
    values = wanted_values(scene, settings)
    return {name: values[name] for name in _SHOWN if name in values and name not in settings.skip_fields}


def _fields(now: Values, then: Values) -> Iterator[SampledField]:
    for name in (name for name in _SHOWN if name in now or name in then):
        before, after = now.get(name), then.get(name)
        is_equal = as_tags(before) == as_tags(after) if FIELDS[name].is_tag else same(before, after)
        yield {
            "field": name,
            "name": name_of(name),
            "now": as_json(before),
            "then": as_json(after),
            "differs": not is_equal or (name in now) != (name in then),
            "is_left_alone": name not in then,
        }
