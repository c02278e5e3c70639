"""What may become of Stash's whole database: a backup that comes back, a Full Export that is imported, a new one.

None of it fires a hook. Source: seen in Stash 0.30.1.
"""

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from tests.fakes.stash.library import Library
from tests.fakes.stash.model import Scene, SceneGroup

Ids = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Backup:
    """A database as it was; good for any stand-in, any number of times."""

    tables: Mapping[str, dict[Any, Any]]


def backup(library: Library) -> Backup:
    """Copy the whole database, with the last ids that it gave."""
    return Backup(_copied(library.tables()))


def restore(library: Library, kept: Backup) -> None:
    """Put a database in the place of the present one: ids given since are given again, `updated_at` goes back."""
    _replace(library, _copied(kept.tables))


def forget_everything(library: Library) -> None:
    """Start with an empty database, whose ids begin at 1. Settings stay: they live in a file of their own."""
    _replace(library, {name: {} for name in library.tables()})


def import_again(library: Library) -> None:
    """Export everything and import it.

    Ids are given anew, in the order of names and titles, while `created_at`, `updated_at` and files stay.
    """
    ids = {kind: _renumbered(entries) for kind, entries in library.entities().items()}
    scenes = [_renamed(scene, ids) for scene in sorted(library.scenes.values(), key=_export_name)]
    files = sorted((video for scene in scenes for video in scene.files), key=lambda video: video.path)
    for number, video in enumerate(files, start=1):
        video.id, video.updated_at = number, video.created_at
    for number, scene in enumerate(scenes, start=1):
        scene.id = number
    tables: dict[str, dict[Any, Any]] = {"scenes": {scene.id: scene for scene in scenes}, "loose_files": {}}
    for kind, entries in library.entities().items():
        tables[f"{kind}s"] = {new: _with_ids(entries[old], new, ids) for old, new in ids[kind].items()}
    tables["last_ids"] = {"file": len(files), "scene": len(scenes), **{kind: len(new) for kind, new in ids.items()}}
    _replace(library, tables)


def _copied(tables: Mapping[str, dict[Any, Any]]) -> dict[str, dict[Any, Any]]:
    """Every row anew; what hangs on rows are tuples, but for the files of scenes."""
    return {name: {key: _row(row) for key, row in table.items()} for name, table in tables.items()}


def _row(row: Any) -> Any:
    copied = copy(row)
    if isinstance(copied, Scene):
        copied.files = tuple(copy(video) for video in copied.files)
    return copied


def _replace(library: Library, tables: Mapping[str, dict[Any, Any]]) -> None:
    """In place: readers hold on to the tables themselves."""
    for name, table in library.tables().items():
        table.clear()
        table.update(tables[name])
    library.revision += 1


def _renumbered(entries: Mapping[int, Any]) -> dict[int, int]:
    ordered = sorted(entries.values(), key=lambda entry: entry.name)
    return {entry.id: number for number, entry in enumerate(ordered, start=1)}


def _with_ids(entry: Any, new_id: int, ids: Mapping[str, Ids]) -> Any:
    """The entry under its new id, with the new ids of what lies above it."""
    renamed = copy(entry)
    renamed.id = new_id
    if getattr(entry, "parent_id", None):
        renamed.parent_id = ids["studio"][entry.parent_id]
    if hasattr(entry, "parent_ids"):
        renamed.parent_ids = _through(ids["tag"], entry.parent_ids)
    return renamed


def _renamed(scene: Scene, ids: Mapping[str, Ids]) -> Scene:
    """The scene with the new ids of what hangs on it; files are copies, too."""
    renamed: Scene = _row(scene)
    renamed.performer_ids = tuple(sorted(_through(ids["performer"], scene.performer_ids)))
    renamed.tag_ids = _through(ids["tag"], scene.tag_ids)
    renamed.studio_id = ids["studio"][scene.studio_id] if scene.studio_id else None
    renamed.groups = tuple(SceneGroup(ids["group"][place.group_id], place.scene_index) for place in scene.groups)
    return renamed


def _through(ids: Ids, old: Iterable[int]) -> tuple[int, ...]:
    return tuple(ids[old_id] for old_id in old)


def _export_name(scene: Scene) -> tuple[str, str]:
    """Scenes are imported in the order of their files' names, which are made of the title and the video's hash.

    Untitled ones come first.
    """
    return re.sub("[^A-Za-z0-9]+", "-", scene.title), scene.files[0].oshash if scene.files else str(scene.id)
