"""What an edit does to a scene: from the input of a mutation, holding only what was sent, to the scene's fields."""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.fakes.stash.library import Library, ResolverError
from tests.fakes.stash.model import Scene, SceneGroup, StashID

Input = Mapping[str, Any]

TEXTS = ("title", "code", "details", "director")


def apply_scene_input(library: Library, scene: Scene, sent: Input) -> None:
    """Apply a `SceneUpdateInput`; null empties a field, what was not sent stays.

    Moves `updated_at`, also when nothing differs.
    """
    for name in TEXTS:
        if name in sent:
            setattr(scene, name, sent[name] or "")
    for name in ("date", "rating100"):
        if name in sent:
            setattr(scene, name, sent[name] or None)
    for name, edit in _SCENE_EDITS.items():
        if name in sent:
            edit(library, scene, sent[name])
    library.touch(scene)


def form_of(scene: Scene) -> dict[str, Any]:
    """What the edit form of the interface sends of a scene, in its order, when nothing was changed in it."""
    return {
        "title": scene.title,
        "code": scene.code,
        "urls": list(scene.urls),
        "date": scene.date or "",
        "director": scene.director,
        "gallery_ids": [],
        "studio_id": scene.studio_id,
        "performer_ids": list(scene.performer_ids),
        "groups": [place._asdict() for place in scene.groups],
        "tag_ids": list(scene.tag_ids),
        "stash_ids": [stash_id._asdict() for stash_id in scene.stash_ids],
        "details": scene.details,
    }


def apply_bulk_input(library: Library, scene: Scene, sent: Input) -> None:
    """Apply a `BulkSceneUpdateInput` to one of its scenes: lists of ids come with a mode."""
    plain = {
        name: value for name, value in sent.items() if name in {*TEXTS, "date", "rating100", "organized", "studio_id"}
    }
    for name, read in _BULK_LISTS.items():
        if name in sent:
            plain[name] = changed_list(read(scene), sent[name].get("ids") or [], sent[name]["mode"])
    if "urls" in sent:
        plain["urls"] = changed_list(scene.urls, sent["urls"].get("values") or [], sent["urls"]["mode"])
    change = sent.get("group_ids", sent.get("movie_ids"))  # groups were called movies before 0.28
    if change:
        plain["groups"] = _changed_groups(scene, change)
    apply_scene_input(library, scene, plain)


def changed_list(old: Iterable[Any], given: Iterable[Any], mode: str) -> list[str]:
    """Apply SET, ADD or REMOVE to a list of ids or texts; ids may be given as text."""
    before, named = [str(element) for element in old], [str(element) for element in given]
    if mode == "SET":
        return named
    if mode == "ADD":
        return [*before, *(element for element in named if element not in before)]
    return [element for element in before if element not in named]


def picture_bytes(text: str) -> bytes:
    """Decode a picture given as a data URL or plain base64."""
    return base64.b64decode(text.rpartition(",")[2])


def _changed_groups(scene: Scene, change: Input) -> list[dict[str, Any]]:
    indexes = {str(place.group_id): place.scene_index for place in scene.groups}
    ids = changed_list(indexes, change.get("ids") or [], change["mode"])
    return [{"group_id": group_id, "scene_index": indexes.get(group_id)} for group_id in ids]


def _set_performers(library: Library, scene: Scene, ids: Iterable[str] | None) -> None:
    scene.performer_ids = library.ordered_performers(int(performer_id) for performer_id in ids or ())


def _set_tags(library: Library, scene: Scene, ids: Iterable[str] | None) -> None:
    scene.tag_ids = library.ordered_tags(int(tag_id) for tag_id in ids or ())


def _set_studio(library: Library, scene: Scene, studio_id: str | None) -> None:
    scene.studio_id = library.studio(studio_id).id if studio_id else None


def _set_groups(library: Library, scene: Scene, places: Iterable[Input] | None) -> None:
    scene.groups = tuple(
        SceneGroup(library.group(place["group_id"]).id, place.get("scene_index")) for place in places or ()
    )


def _set_movies(library: Library, scene: Scene, places: Iterable[Input] | None) -> None:
    _set_groups(library, scene, [{**place, "group_id": place["movie_id"]} for place in places or ()])


def _set_cover(_library: Library, scene: Scene, picture: str | None) -> None:
    # A null cover is ignored by Stash: a picture can only be replaced.
    scene.cover = picture_bytes(picture) if picture else scene.cover


def _set_primary_file(_library: Library, scene: Scene, file_id: str | None) -> None:
    first = [video for video in scene.files if str(video.id) == file_id]
    if file_id and not first:
        raise ResolverError(f"file with id {file_id} not associated with scene")
    scene.files = (*first, *(video for video in scene.files if video not in first))


def _set_organized(_library: Library, scene: Scene, value: bool | None) -> None:
    scene.organized = bool(value)


def _set_urls(_library: Library, scene: Scene, urls: Iterable[str] | None) -> None:
    scene.urls = tuple(urls or ())


def _set_stash_ids(_library: Library, scene: Scene, ids: Iterable[Input] | None) -> None:
    scene.stash_ids = tuple(StashID(stash_id["endpoint"], stash_id["stash_id"]) for stash_id in ids or ())


_SCENE_EDITS: dict[str, Callable[[Library, Scene, Any], None]] = {
    "performer_ids": _set_performers,
    "tag_ids": _set_tags,
    "studio_id": _set_studio,
    "movies": _set_movies,
    "groups": _set_groups,
    "cover_image": _set_cover,
    "primary_file_id": _set_primary_file,
    "organized": _set_organized,
    "urls": _set_urls,
    "stash_ids": _set_stash_ids,
}
_BULK_LISTS: dict[str, Callable[[Scene], Iterable[int]]] = {
    "performer_ids": lambda scene: scene.performer_ids,
    "tag_ids": lambda scene: scene.tag_ids,
}
