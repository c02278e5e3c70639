"""`ui_find`: what scenes are called, for choosing. Asks Stash, never Plex."""

from collections.abc import Mapping
from typing import Any

from stash.model import Scene
from stash.scenes import find_scenes
from tasks.context import TaskContext, text, whole_number
from tasks.page.scene_shapes import SceneBrief, ScenesAnswer
from worker.sync.wanted import file_title


def ui_find(args: Mapping[str, Any], context: TaskContext) -> ScenesAnswer:
    """Return the scenes that Stash's search finds for `words`, the newest first; `page` counts from 0."""
    page = whole_number(args, "page", 0)
    per_page = whole_number(args, "per_page", 25, least=1, most=100)
    with context.stash() as client:
        found = find_scenes(client, text(args, "words"), page=page + 1, per_page=per_page)
    return {"scenes": list(map(_brief, found.scenes)), "total": found.total}


def title_of(scene: Scene) -> str:
    """Return what people know the scene by."""
    return scene.title.strip() or file_title(scene.files) or f"Scene {scene.id}"


def _brief(scene: Scene) -> SceneBrief:
    return {"id": scene.id, "title": title_of(scene), "path": scene.files[0] if scene.files else ""}
