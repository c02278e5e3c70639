"""`ui_scene`: one scene from all three sides: what Stash says, what Plex has, what we wrote last. Where a server is away, what is on disk.

It costs both servers a question, so the page asks it when it opens and whenever `ui_scene_news` has another stamp.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plex.errors import PlexError
from plex.fields import FIELDS, Values
from plex.plan import named_fields
from records import Records, Written
from stash.errors import StashError
from stash.model import Scene
from tasks.context import TaskContext, TaskError
from tasks.page.arguments import scene_id as scene_id_of
from tasks.page.aside import Looking, looking
from tasks.page.fields import name_of, wire
from tasks.page.history import shown
from tasks.page.preview import why_not
from tasks.page.runs import undone_of_scene
from tasks.page.scene_news import ui_scene_news
from tasks.page.scene_shapes import LastChange, SceneField, SceneItem, SceneState
from worker.errors import AmbiguousMatchError, NotConfiguredError
from worker.sync.overwriting import POSTER
from worker.sync.planner import ItemWork, ScenePlan
from worker.sync.recognition import judge
from worker.sync.wanted import wanted_values

_HISTORY: Final = 1
_KEPT: Final = "kept as Plex has it"
_PINNED: Final = "put back; stays until the scene is saved"
_UNDO_SHOWN_S: Final = 3600.0


@dataclass
class _Seen:
    """What could be learned of the scene."""

    scene: Scene | None = None
    wanted: Values = field(default_factory=dict)
    plan: ScenePlan | None = None
    problem: str = ""


def ui_scene(args: Mapping[str, Any], context: TaskContext) -> SceneState:
    """Everything about the scene of `scene_id`."""
    scene_id = scene_id_of(args)
    stamp = ui_scene_news(args, context)["stamp"]  # of before: what changes while Plex is asked shows at the next look
    seen = _look(scene_id, context)
    with context.records() as records:
        is_stranger = seen.scene is not None and scene_id in judge(records, {scene_id: seen.scene}).strangers
        recorded = [] if is_stranger else [scene_id]  # what is on disk under this id is of the scene that had it before
        kept = _kept(records, recorded, seen.scene)
        items = _items(seen, records, recorded, kept)
        skip = records.skips.get_many(recorded).get(scene_id)
        history = shown(sync for one in recorded for sync in records.history.last(_HISTORY, scene_id=one))
        last_change = next((change for one in recorded if (change := _last_change(records, one))), None)
        undo = undone_of_scene(records, scene_id)
    told = why_not(seen.plan) if seen.plan else ""
    if not told and skip is not None and (seen.plan is None or skip.reason.islower()):
        told = skip.text  # reasons in capitals are errors of the last try, which this look has just made again
    return {
        "scene_id": scene_id,
        "items": items,
        "why_not": told,
        "problem": seen.problem,
        "history": history,
        "last_change": last_change,
        "undone": undo if undo and context.clock() - undo["asked_at"] < _UNDO_SHOWN_S else None,
        "stamp": stamp,
    }


def _kept(records: Records, recorded: Sequence[int], scene: Scene | None) -> dict[str, str]:
    """The fields that stay as Plex has them, and what people are told of each."""
    keeps = records.pins
    known = keeps.of_scenes(dict.fromkeys(recorded, scene.updated_at)) if scene else keeps.get_many(recorded)
    return {
        name: _PINNED if name in keeps.of_undo(scene_id) else _KEPT
        for scene_id, names in known.items()
        for name in names
    }


def _last_change(records: Records, scene_id: int) -> LastChange | None:
    changes = records.changes.last_of_scene(scene_id)
    if not changes:
        return None
    fields = named_fields(name for change in changes for name in change.after)
    return {"at": changes[0].at, "fields": [name_of(name) for name in fields]}


def _look(scene_id: int, context: TaskContext) -> _Seen:
    seen = _Seen()
    try:
        with looking(context) as there:
            _fill(seen, there, scene_id)
    except (PlexError, StashError, NotConfiguredError, TaskError) as error:
        seen.problem = str(error)
    return seen


def _fill(seen: _Seen, there: Looking, scene_id: int) -> None:
    """Stash first: when Plex is away, its half is known."""
    seen.scene = there.session.scenes([scene_id]).get(scene_id)
    if seen.scene is None:
        raise TaskError("Stash no longer has this scene")
    seen.wanted = wanted_values(seen.scene, there.session.settings())
    seen.plan = there.plan([seen.scene])[0]


def _items(seen: _Seen, records: Records, recorded: Sequence[int], kept: Mapping[str, str]) -> list[SceneItem]:
    found = (records.written.get(scene_id) for scene_id in recorded)
    written = {key: record for by_key in found for key, record in by_key.items() if not record.is_empty}
    undoable = records.originals.get_many(list(written))
    if seen.plan and seen.plan.work:
        return [_read(work, seen, kept, can_undo=work.item.rating_key in undoable) for work in seen.plan.work]
    return [
        _remembered(record, seen, kept, can_undo=record.rating_key in undoable) for record in written.values()
    ] or _unmatched(seen)


def _read(work: ItemWork, seen: _Seen, kept: Mapping[str, str], *, can_undo: bool) -> SceneItem:
    item, changed = work.item, {change.field for change in work.plan.changes}
    notes = {each.field: str(each.reason) for each in work.plan.kept}
    fields: list[SceneField] = [
        {
            "field": name,
            "name": name_of(name),
            "stash": wire(seen.wanted.get(name)),
            "plex": wire(item.values.get(name)),
            "written": wire(work.written.values.get(name)),
            "locked": name in item.locked,
            "kept": name in kept,
            "differs": name in changed,
            "note": kept.get(name) or notes.get(name) or _not_sent(work, name),
        }
        for name in _shown_fields(item.item_type, seen.wanted, item.values)
    ]
    fields += [_poster(kept[POSTER])] if POSTER in kept else []
    return {
        "rating_key": item.rating_key,
        "title": item.title,
        "plex_known": True,
        "synced_at": work.written.synced_at or None,
        "can_undo": can_undo,
        "fields": fields,
    }


def _not_sent(work: ItemWork, name: str) -> str:
    differs = wire(work.wanted.get(name)) != wire(work.item.values.get(name))
    return f"not sent: {work.refused[name]}" if name in work.refused and differs else ""


def _remembered(record: Written, seen: _Seen, kept: Mapping[str, str], *, can_undo: bool) -> SceneItem:
    return {
        "rating_key": record.rating_key,
        "title": str(record.values.get("title") or ""),
        "plex_known": False,
        "synced_at": record.synced_at or None,
        "can_undo": can_undo,
        "fields": [
            _half(name, seen.wanted, record.values, kept) for name in _shown_fields("movie", seen.wanted, record.values)
        ],
    }


def _unmatched(seen: _Seen) -> list[SceneItem]:
    """No item at all: Stash's half stands alone."""
    if not seen.wanted:
        return []
    fields = [_half(name, seen.wanted, {}, {}) for name in _shown_fields("movie", seen.wanted, {})]
    return [
        {
            "rating_key": 0,
            "title": _missing(seen),
            "plex_known": False,
            "synced_at": None,
            "can_undo": False,
            "fields": fields,
        }
    ]


def _missing(seen: _Seen) -> str:
    """Why there is no item, in a heading: to have found none is more than not to have looked."""
    if seen.plan is None:
        return "Plex could not be asked"
    if seen.plan.skip is not None:
        return "Not looked for in Plex"
    ambiguous = isinstance(seen.plan.error, AmbiguousMatchError)
    return "More than one item in Plex could be meant" if ambiguous else "Not found in Plex"


def _half(name: str, wanted: Values, written: Values, kept: Mapping[str, str]) -> SceneField:
    return {
        "field": name,
        "name": name_of(name),
        "stash": wire(wanted.get(name)),
        "plex": None,
        "written": wire(written.get(name)),
        "locked": False,
        "kept": name in kept,
        "differs": False,
        "note": kept.get(name, ""),
    }


def _poster(note: str) -> SceneField:
    """The pinned choice of a poster, so that it can be let go."""
    return {
        "field": POSTER,
        "name": name_of(POSTER),
        "stash": "the scene's cover",
        "plex": "the picture that is chosen in Plex",
        "written": None,
        "locked": False,
        "kept": True,
        "differs": False,
        "note": note,
    }


def _shown_fields(item_type: str, *sides: Values) -> Iterable[str]:
    return [
        name
        for name, one in FIELDS.items()
        if item_type in one.types and any(side.get(name) not in {None, "", ()} for side in sides)
    ]
