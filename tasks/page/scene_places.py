"""Where a scene is in Plex: looked for in vain, left out, what its pictures are made of, how a browser opens it."""

from typing import Final

from matching.gate import why_skip
from matching.paths import folder_of
from plex.model import Section
from plex.sections import section_of_folder
from records import Records
from settings.settings import Settings
from tasks.page.scene_shapes import LeftOutItem, Lookup, PlexServer, ScenePicture
from tasks.view import ReadOnlyView
from worker.errors import NotInPlexError
from worker.facts import SERVER
from worker.sync.plans import ItemWork, ScenePlan
from worker.sync.posters import GROUP, in_words, slots_of

_MOST_PATHS: Final = 10


def lookup_of(plan: ScenePlan, view: ReadOnlyView) -> Lookup | None:
    """Return where the files of a scene were looked for; None where Plex does not lack it. Raises PlexError."""
    if not isinstance(plan.error, NotInPlexError):
        return None
    sections = view.plex.sections()
    tried = list(dict.fromkeys(view.finder.candidates(plan.scene.files)))[:_MOST_PATHS]
    return {
        "files": list(plan.scene.files)[:_MOST_PATHS],
        "tried": [{"path": path, "libraries": _titles(sections, path)} for path in tried],
        "libraries": [{"title": each.title, "folders": list(each.locations)} for each in sections],
        "leaves_out": view.settings.current().skip_not_in_plex,
    }


def left_out_of(plan: ScenePlan, view: ReadOnlyView) -> list[LeftOutItem]:
    """Return the items of a scene whose libraries do not take it, each with the reason. Raises PlexError."""
    if not plan.work:
        return []  # then the scene as a whole is left out, and says why
    titles = titles_of(view)
    items = [item for item, _ in plan.left_out]
    reasons = [why_skip(plan.scene, view.plex.settings_of(item.section_key)) for item in items]
    return [
        {
            "rating_key": item.rating_key,
            "library": titles.get(item.section_key, ""),
            "why": reason.text if reason else "",
        }
        for item, reason in zip(items, reasons, strict=True)
    ]


def titles_of(view: ReadOnlyView) -> dict[int, str]:
    """Return the titles of the libraries that are synced, by their keys. Raises PlexError."""
    return {section.key: section.title for section in view.plex.sections()}


def pictures_of(work: ItemWork) -> list[ScenePicture]:
    """Return what the pictures of an item are made of, but for those that are left alone."""
    return [
        {"field": slot.kind, "made_of": in_words(slot.recipe), "path": path, "how": slot.recipe.partition("-")[0]}
        for slot in slots_of(work)
        if slot.kind not in work.settings.skip_fields and not slot.is_still
        for path in [work.scene.scene.group_cover_path if slot.recipe == GROUP else work.scene.scene.screenshot_path]
    ]


def server_of(settings: Settings | None, records: Records) -> PlexServer | None:
    """Return the server by which a browser finds an item; None before the worker knew one. Holds no token."""
    known = records.facts.get(SERVER) or {}
    if settings is None or not known.get("id"):
        return None
    return {"id": known["id"], "address": settings.plex_url}


def _titles(sections: tuple[Section, ...], path: str) -> list[str]:
    return [section.title for section in section_of_folder(sections, folder_of(path))]
