"""From a hook context to rows of the queue: which contexts reach Plex, and as which jobs.

On the hook's path, where every import costs each save, and readable by an older Python (see entry.fallback). Must not
know settings or the network.

Source of the shapes: documents captured from Stash v0.30.1 (tests/fixtures/stash).
"""

import time

from logs import stash as log

TYPE_CHECKING = False  # typing itself would cost every save a millisecond
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeAlias

    Job: TypeAlias = tuple[str, int, dict[str, object]]
    Data = dict[str, object]

    class Queue(Protocol):
        """Anything that takes a job: the hook's append-only queue, SQLiteAckQueue, the spool."""

        def put(self, item: Any) -> object:
            """Append `item` durably."""


SCENE_FIELDS = frozenset(
    {
        "title", "code", "details", "director", "date", "rating100", "rating", "organized", "cover_image",
        "primary_file_id", "studio_id", "studio", "performer_ids", "performers", "tag_ids", "tags", "groups",
        "group_ids", "movies", "movie_ids", "file_ids", "file_id", "source", "values",
    }
)  # fmt: skip
"""Input fields of a scene that change what Plex shows, or whether the scene is synced at all.

Source: Stash's schema from v0.27.0 to the tip of January 2026 (tests/fixtures/stash/inputs). An edit of many names
groups by `group_ids`; the last line is what assigning a file and merging scenes are told by, which fire no hook so far.
"""

ENTITY_FIELDS = {
    "performer": frozenset({"name", "disambiguation", "image", "tag_ids", "details"}),
    "studio": frozenset({"name", "parent_id", "image", "details"}),
    "tag": frozenset({"name", "aliases", "parent_ids", "child_ids", "image", "description"}),
    "group": frozenset({"name", "front_image", "back_image", "synopsis"}),
}
"""Input fields of what belongs to scenes that reach its scenes' items, or a collection that is made of it."""

_DESCRIPTIONS = {
    "performer": frozenset({"details"}),
    "studio": frozenset({"image", "details"}),
    "tag": frozenset({"image", "description"}),
    "group": frozenset({"back_image", "synopsis"}),
}
"""Those of them that no scene's item shows: only a collection does."""

ONLY_BY_SETTINGS = {
    "performer": frozenset({"tag_ids"}),
    "tag": frozenset({"aliases", "parent_ids", "child_ids"}),
}
"""Those of them that matter by the settings only, which the hook does not know: the job says if it was these alone."""

_KINDS = {"Performer": "performer", "Studio": "studio", "Tag": "tag", "Group": "group", "Movie": "group"}
_MOST_DIGITS = 18  # what fits into 63 bits for sure
_TOO_LARGE = 10**_MOST_DIGITS
_EVENTS = {"Update": "update", "Destroy": "destroy", "Merge": "merge"}

SLOW_MS = 100


class BadHookContext(ValueError):
    """The hook context lacks what every one of Stash's has; the message says what."""


def requires_plex_sync(update_data: "Data") -> bool:
    """Whether any field that was sent (the keys of `update_data`) reaches Plex."""
    return not SCENE_FIELDS.isdisjoint(update_data)


def on_scene_update(scene_id: int, update_data: "Data", queue: "Queue") -> bool:
    """Queue the scene if what was sent reaches Plex. Return whether it was. Names of fields are kept, never values."""
    started = time.perf_counter()
    if not requires_plex_sync(update_data):
        log.debug(f"Scene {scene_id}: nothing that reaches Plex was changed")
        return False
    _put(queue, "metadata", scene_id, {"fields": sorted(SCENE_FIELDS.intersection(update_data))})
    _log_time(f"Scene {scene_id}: queued", started)
    return True


def record(context: object, queue: "Queue", other_stash: str = "") -> int:
    """Queue everything that a hook context asks for. Return the number of rows.

    `other_stash` is the port of a Stash that is not, or not yet, known as the one of this data folder: its rows say so.

    Raises:
        BadHookContext: the context is not one of Stash's.
        sqlite3.Error, OSError: the row could not be written.
    """
    started = time.perf_counter()
    jobs = jobs_of(context)
    for update_type, entity_id, data in jobs:
        if other_stash:
            data["stash"] = other_stash
        _put(queue, update_type, entity_id, data)
    _log_time(f"Hook: {len(jobs)} queued", started)
    return len(jobs)


def jobs_of(context: object) -> "list[Job]":
    """What a hook context asks for: a list of `(update_type, id, data)`, empty where nothing of it reaches Plex.

    `id` is the scene's for "metadata" and "destroyed", else the entity's; `"many": True` marks one scene of an edit of
    several. Example: `[("metadata", 1, {"fields": ["date"]})]`, `[("tag", 1, {"event": "merge", "ids": [1, 2]})]`.

    Raises:
        BadHookContext: no type, or no id where one is needed.
    """
    if not isinstance(context, dict):
        raise BadHookContext("args.hookContext is not an object; expected Stash's hook context with id, type and input")
    kind, event = _split_type(context.get("type"))
    if kind == "Scene":
        return _scene_jobs(context, event)
    if kind in _KINDS and event in _EVENTS:
        return _entity_jobs(context, _KINDS[kind], _EVENTS[event])
    return []


def sent_fields(context: "Data") -> "list[str] | None":
    """Names of the fields that the user really sent, or None where Stash does not say (a scan, a moved file).

    Source: in an update every field of `input` is present and those not sent are null, so `inputFields` decides;
    the short form without it names what was sent by its keys.
    """
    names = context.get("inputFields")
    if isinstance(names, list):
        return [name for name in names if isinstance(name, str)]
    given = context.get("input")
    if isinstance(given, dict):
        return list(given)
    return None


def _split_type(hook_type: object) -> "tuple[str, str]":
    if not isinstance(hook_type, str):
        raise BadHookContext('args.hookContext.type is missing; expected text such as "Scene.Update.Post"')
    kind, _, rest = hook_type.partition(".")
    return kind, rest.partition(".")[0]


def _scene_jobs(context: "Data", event: str) -> "list[Job]":
    if event == "Destroy":
        return [("destroyed", _id_of(context), {})]
    if event not in ("Create", "Update", "Merge"):
        return []
    sent = sent_fields(context)
    if sent is None:
        return [("metadata", _id_of(context), {"fields": []})]
    fields = sorted(SCENE_FIELDS.intersection(sent))
    if not fields and event == "Update":
        return []
    data: dict[str, object] = {"fields": fields}
    if _is_of_many(context.get("input")):
        data["many"] = True
    return [("metadata", _id_of(context), data)]


def _is_of_many(given: object) -> bool:
    """Whether several scenes were edited at once: bulkSceneUpdate sends their `ids`, scenesUpdate a list of inputs."""
    scenes = given.get("ids") if isinstance(given, dict) else given
    return isinstance(scenes, list) and len(scenes) > 1


def _entity_jobs(context: "Data", kind: str, event: str) -> "list[Job]":
    entity_id = _id_of(context)
    data: dict[str, object] = {"event": event, "ids": [entity_id, *_merged_away(context, entity_id)]}
    if event == "update":
        sent = ENTITY_FIELDS[kind].intersection(sent_fields(context) or ENTITY_FIELDS[kind])
        if not sent:
            return []
        shown = sent - _DESCRIPTIONS[kind]
        if not shown:
            data["event"] = "describe"
        elif shown <= ONLY_BY_SETTINGS.get(kind, frozenset()):
            data["only"] = sorted(shown)
    return [(kind, entity_id, data)]


def _merged_away(context: "Data", entity_id: int) -> "list[int]":
    given = context.get("input")
    sources = given.get("source") if isinstance(given, dict) else None
    if not isinstance(sources, list):
        return []
    return [number for number in map(_whole_number, sources) if number is not None and number != entity_id]


def _id_of(context: "Data") -> int:
    given = context.get("input")
    for candidate in (context.get("id"), given.get("id") if isinstance(given, dict) else None):
        number = _whole_number(candidate)
        if number is not None:
            return number
    raise BadHookContext(
        f"args.hookContext has no id; expected a whole number in id or input.id for {context.get('type')}"
    )


def _whole_number(value: object) -> "int | None":
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _TOO_LARGE:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS and int(value) > 0:
        return int(value)
    return None


def _put(queue: "Queue", update_type: str, entity_id: int, data: "Data") -> None:
    is_scene = update_type in ("metadata", "destroyed")
    queue.put(
        {
            "scene_id": entity_id if is_scene else None,
            "update_type": update_type,
            "data": data,
            "enqueued_at": time.time(),
            "job_key": f"{'scene' if is_scene else update_type}_{entity_id}",
        }
    )


def _log_time(what: str, started: float) -> None:
    elapsed_ms = (time.perf_counter() - started) * 1000
    if elapsed_ms > SLOW_MS:
        log.warning(
            f"{what} in {elapsed_ms:.0f} ms, expected below {SLOW_MS} ms; is the data folder on a slow or network disk?"
        )
    else:
        log.debug(f"{what} in {elapsed_ms:.1f} ms")
