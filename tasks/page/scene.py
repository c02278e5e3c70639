"""`ui_scene`: one scene from all three sides: Stash, Plex, our records. Where a server is away, from disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from plex.errors import PlexError
from plex.fields import FIELDS, Value, Values
from plex.plan import named_fields
from records import Records, Written
from settings.settings import Settings
from stash.errors import StashError
from stash.model import Scene
from tasks.context import TaskContext, TaskError
from tasks.context import scene_id as scene_id_of
from tasks.page.field_names import name_of
from tasks.page.last_syncs import as_json, shown_syncs, ui_scene_news, undo_of_scene
from tasks.page.scene_places import left_out_of, lookup_of, pictures_of, server_of, titles_of
from tasks.page.scene_shapes import LastChange, LeftOutItem, Lookup, SceneField, SceneItem, SceneState
from tasks.preview import why_not
from tasks.view import read_only
from worker.errors import AmbiguousMatchError, NotConfiguredError
from worker.facts import LIBRARIES
from worker.sync.codes import POSTER
from worker.sync.libraries import for_section
from worker.sync.plans import COLLECTION, ItemWork, ScenePlan, why_small
from worker.sync.recognition import judge
from worker.sync.wanted import wanted_values

_HISTORY: Final = 1
_KEPT: Final = "kept as Plex has it"
_PINNED: Final = "put back; stays until the scene is saved"
_UNDO_SHOWN_S: Final = 3600.0


@dataclass
class _Seen:
    """What could be learned of the scene from the servers."""

    scene: Scene | None = None
    settings: Settings | None = None
    plan: ScenePlan | None = None
    libraries: dict[int, str] = field(default_factory=dict)
    left_out: list[LeftOutItem] = field(default_factory=list)
    lookup: Lookup | None = None
    problem: str = ""


def ui_scene(args: Mapping[str, Any], context: TaskContext) -> SceneState:
    """Return everything about the scene of `scene_id`."""
    scene_id = scene_id_of(args)
    stamp = ui_scene_news(args, context)["stamp"]  # of before: what changes while Plex is asked shows at the next look
    seen = _look(scene_id, context)
    with context.records() as records:
        is_stranger = seen.scene is not None and scene_id in judge(records, {scene_id: seen.scene}).strangers
        recorded = [] if is_stranger else [scene_id]  # what is on disk under this id is of the scene that had it before
        undo = undo_of_scene(records, scene_id)
        return {
            "scene_id": scene_id,
            "items": _items(seen, records, recorded),
            "left_out": seen.left_out,
            "lookup": seen.lookup,
            "server": server_of(seen.settings, records),
            "why_not": _why_not(seen, records, recorded),
            "except_tags": list(seen.settings.except_tags) if seen.settings else [],
            "problem": seen.problem,
            "history": shown_syncs(sync for each in recorded for sync in records.history.last(_HISTORY, scene_id=each)),
            "last_change": None if is_stranger else _last_change(records, scene_id),
            "undone": undo if undo and context.clock() - undo["asked_at"] < _UNDO_SHOWN_S else None,
            "stamp": stamp,
        }


def _look(scene_id: int, context: TaskContext) -> _Seen:
    # Stash first: when Plex is away, its half is known.
    seen = _Seen()
    try:
        with read_only(context) as view:
            seen.scene = view.stash.scenes([scene_id]).get(scene_id)
            if seen.scene is None:
                seen.problem = "Stash no longer has this scene"
                return seen
            seen.settings = view.settings.current()
            plan = view.planner.plan([seen.scene])[0]
            seen.libraries = titles_of(view)
            seen.left_out, seen.lookup = left_out_of(plan, view), lookup_of(plan, view)
            seen.plan = plan
    except (PlexError, StashError, NotConfiguredError, TaskError) as error:
        seen.problem = str(error)
    return seen


def _why_not(seen: _Seen, records: Records, recorded: Sequence[int]) -> str:
    why = why_not(seen.plan) if seen.plan else ""
    for skip in () if why else records.skips.get_many(recorded).values():
        if seen.plan is None or skip.reason.islower():
            return skip.text  # reasons in capitals are errors of the last try, which this look has just made again
    return why


def _wanted(seen: _Seen, known: Mapping[str, int] = MappingProxyType({}), section_key: int = 0) -> Values:
    """Return what Stash says, by the settings for all libraries or those for the one of `section_key`."""
    if seen.scene is None or seen.settings is None:
        return {}
    return wanted_values(seen.scene, for_section(seen.settings, known, section_key))


def _last_change(records: Records, scene_id: int) -> LastChange | None:
    changes = records.changes.last_of_scene(scene_id)
    if not changes:
        return None
    fields = named_fields(name for change in changes for name in change.after)
    return {"at": changes[0].at, "fields": [name_of(name) for name in fields]}


def _items(seen: _Seen, records: Records, recorded: Sequence[int]) -> list[SceneItem]:
    pins = _pins(records, recorded, seen.scene)
    found = [record for each in recorded for record in records.written.get(each).values() if not record.is_empty]
    undoable = records.originals.get_many([record.rating_key for record in found])
    if seen.plan and seen.plan.work:
        return [_read(work, seen, pins, can_undo=work.item.rating_key in undoable) for work in seen.plan.work]
    if found:
        known = records.facts.get(LIBRARIES) or {}
        return [_remembered(record, seen, known, pins, can_undo=record.rating_key in undoable) for record in found]
    wanted = _wanted(seen)
    if not wanted:
        return []
    fields, why = _halves(wanted, {}, {}), _missing(seen)
    return [_item(0, why, fields)]


def _pins(records: Records, recorded: Sequence[int], scene: Scene | None) -> dict[str, str]:
    """Return the fields that stay as Plex has them, and what people are told of each."""
    store = records.pins
    known = store.of_scenes(dict.fromkeys(recorded, scene.updated_at)) if scene else store.get_many(recorded)
    return {name: _PINNED if name in store.of_undo(of) else _KEPT for of, names in known.items() for name in names}


def _read(work: ItemWork, seen: _Seen, pins: Mapping[str, str], *, can_undo: bool) -> SceneItem:
    """Return an item as Plex has just shown it."""
    item, changed = work.item, {change.field for change in work.plan.named_changes}
    notes = {each.field: str(each.reason) for each in work.plan.kept}
    fields = []
    for name in _shown_fields(item.item_type, work.wanted, item.values, {COLLECTION: work.too_small}):
        sides = work.wanted.get(name), item.values.get(name), work.written.values.get(name)
        note = notes.get(name) or _not_sent(work, name)
        shown = _field(name, sides, pins, note, locked=name in item.locked, differs=name in changed)
        shown["can_take"] = shown["differs"] or name in notes
        fields.append(shown)
    if POSTER in pins:  # the pinned choice of a poster, so that it can be let go
        fields.append(_field(POSTER, ("the scene's cover", "the picture that is chosen in Plex", None), pins))
    return {
        **_item(item.rating_key, item.title, fields),
        "library": seen.libraries.get(item.section_key, ""),
        "pictures": pictures_of(work),
        "plex_known": True,
        "synced_at": work.written.synced_at or None,
        "can_undo": can_undo,
    }


def _remembered(
    record: Written, seen: _Seen, known: Mapping[str, int], pins: Mapping[str, str], *, can_undo: bool
) -> SceneItem:
    """Return an item as we wrote it last, where Plex could not be asked; `known` are the libraries with settings."""
    wanted = _wanted(seen, known, record.section_key)
    title, fields = str(record.values.get("title") or ""), _halves(wanted, record.values, pins)
    shown = _item(record.rating_key, title, fields)
    return {**shown, "synced_at": record.synced_at or None, "can_undo": can_undo}


def _item(rating_key: int, title: str, fields: list[SceneField]) -> SceneItem:
    """Return an item of which Plex has told nothing."""
    return {
        "rating_key": rating_key,
        "title": title,
        "library": "",
        "pictures": [],
        "plex_known": False,
        "synced_at": None,
        "can_undo": False,
        "fields": fields,
    }


def _halves(wanted: Values, written: Values, pins: Mapping[str, str]) -> list[SceneField]:
    names = _shown_fields("movie", wanted, written)
    return [_field(name, (wanted.get(name), None, written.get(name)), pins) for name in names]


def _missing(seen: _Seen) -> str:
    """Return why there is no item, as a heading."""
    if seen.plan is None:
        return "Plex could not be asked"
    if seen.plan.skip is not None:
        return "Not looked for in Plex"
    ambiguous = isinstance(seen.plan.error, AmbiguousMatchError)
    return "More than one item in Plex could be meant" if ambiguous else "Not found in Plex"


def _not_sent(work: ItemWork, name: str) -> str:
    differs = as_json(work.wanted.get(name)) != as_json(work.item.values.get(name))
    if name == COLLECTION and work.too_small:
        return why_small(work)
    return f"not sent: {work.refused[name]}" if name in work.refused and differs else ""


def _shown_fields(item_type: str, *sides: Values) -> list[str]:
    shown = {name for side in sides for name, value in side.items() if value not in {None, "", ()}}
    return [name for name, known in FIELDS.items() if item_type in known.types and name in shown]


def _field(
    name: str,
    sides: tuple[Value, Value, Value],
    pins: Mapping[str, str],
    note: str = "",
    *,
    locked: bool = False,
    differs: bool = False,
) -> SceneField:
    """Return one field; `sides` are what Stash says, what Plex has and what we wrote."""
    stash, plex, written = map(as_json, sides)
    return {
        "field": name,
        "name": name_of(name),
        "stash": stash,
        "plex": plex,
        "written": written,
        "locked": locked,
        "kept": name in pins,
        "differs": differs,
        "can_take": False,
        "note": pins.get(name) or note,
    }
