"""What a scene, its studio and its performers are called in Plex. Pure; docs/fields.md says the rules for people."""

import re
from collections.abc import Mapping
from typing import Final

from plex.fields import showable
from settings.choices import CodeTo, StudioFrom
from settings.settings import Settings
from settings.title_format import fields_in, fill, parse_title_format
from stash.model import Named, Scene

_ARTICLE: Final = re.compile(r"(?:the|an|a) +(?=\S)", re.IGNORECASE)

_NAMES: Final[tuple[str, ...]] = ("title", "code")
_NAMES_IN_THEIR_PLACE: Final[tuple[str, ...]] = ("performers", "date", "year", "group", "index")
"""What names a scene where a format has neither title nor code; a studio alone never does."""


def own_title(scene: Scene, settings: Settings) -> str:
    """Return what the scene is called by what Stash says of it; "" where nothing but its file names it."""
    title = showable(scene.title).strip()
    code = showable(scene.code).strip() if settings.code_to is CodeTo.TITLE else ""
    if not settings.title_format:
        return title or code
    parts = parse_title_format(settings.title_format)
    names = fields_in(parts)
    values = _values(scene, settings, title or ("" if "code" in names else code))
    naming = [name for name in _NAMES if name in names] or [name for name in _NAMES_IN_THEIR_PLACE if name in names]
    return fill(parts, values) if any(values[name] for name in naming) else title or code


def _values(scene: Scene, settings: Settings, title: str) -> Mapping[str, str]:
    group = group_of(scene)
    texts = {
        "title": title,
        "studio": scene.studio.name if scene.studio else "",
        "network": scene.network.name if scene.network else "",
        "performers": ", ".join(performer_name(performer, settings) for performer in scene.performers),
        "date": scene.date,
        "year": scene.date[:4],
        "code": scene.code,
        "group": group.name if group else "",
        "index": str(group.index) if group and group.index is not None else "",
    }
    return {name: showable(text).strip() for name, text in texts.items()}


def group_of(scene: Scene) -> Named | None:
    """Return the first group in which the scene has a place, else the first one."""
    placed = (group for group in scene.groups if group.index is not None)
    return next(placed, next(iter(scene.groups), None))


def sort_title(scene: Scene) -> str:
    """Return by what the scene is sorted within its group, "Shorts 003"; "" where it has no place in one.

    An English article in front is left out, as servers do with titles.
    """
    group = group_of(scene)
    if group is None or group.index is None:
        return ""
    name = showable(group.name).strip()
    article = _ARTICLE.match(name)
    return f"{name[article.end() if article else 0 :]} {group.index:03}"


def studio_name(scene: Scene, settings: Settings) -> str:
    """Return the studio, the one above it, or both, as the settings say; a studio below no other is its own."""
    studio, network = scene.studio, scene.network
    if studio is None:
        return ""
    if network is None or settings.studio_from is StudioFrom.STUDIO:
        return studio.name
    return network.name if settings.studio_from is StudioFrom.NETWORK else f"{studio.name} ({network.name})"


def performer_name(performer: Named, settings: Settings) -> str:
    """Return a performer's name, with what tells namesakes apart where that is wanted."""
    apart = performer.disambiguation.strip() if settings.performer_disambiguation else ""
    return showable(f"{performer.name} ({apart})" if apart else performer.name)
