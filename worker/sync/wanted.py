"""What Plex should show for a scene: from Stash's fields to Plex's. Pure. docs/fields.md is its table for people."""

import re
from collections.abc import Iterable
from datetime import date as day
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from matching.gate import kept_tags
from matching.paths import is_windows
from plex.fields import Value, Values, is_empty, same
from records import Relations
from settings.settings import Settings
from settings.spec import TagsTo
from stash.model import Named, Scene

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_UNSHOWABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML, in which Plex answers, cannot hold: written to Plex it would never be read back, and so be written again each time. Source: XML 1.0, production Char."""


def wanted_values(scene: Scene, settings: Settings) -> Values:
    """Every field that Stash has a say in. A tag field that the settings send elsewhere is wanted empty: what we wrote there before is removed."""
    tags = kept_tags(scene.tags, include=settings.include_tags, exclude=settings.exclude_tags)
    values: dict[str, Value] = {
        "title": showable(scene.title).strip() or showable(file_title(scene.files)).strip(),
        "summary": showable(scene.details),
        "studio": showable(scene.studio.name) if scene.studio else "",
        "date": full_date(scene.date),
        "rating": None if scene.rating100 is None else scene.rating100 / 10,
        "director": _showable_names((scene.director,)),
        "actor": _showable_names(_names(scene.performers)),
        "genre": _showable_names(tags) if settings.tags_to is TagsTo.GENRES else (),
        "label": _showable_names(tags) if settings.tags_to is TagsTo.LABELS else (),
        "collection": _showable_names(collections_of(scene, settings)),
    }
    if not values["title"]:
        del values["title"]
    return values


def fitting(wanted: Values, scene: Scene, shown: Values, past: Iterable[Values]) -> Values:
    """`wanted` without what would make an item worse than it is: a file's name in the place of a title, or a year in the place of a day within it.

    Args:
        wanted: of `wanted_values`.
        scene: the same scene.
        shown: what the item shows now.
        past: what we wrote to it for this very scene, or were about to: a title of ours gives way to the file's name once Stash has none any more.
    """
    left = set()
    title = shown.get("title")
    ours = [values["title"] for values in past if "title" in values]
    if (
        _is_untitled(scene)
        and not is_empty(title)
        and not any(same(title, one) for one in (wanted.get("title"), *ours))
    ):
        left.add("title")
    date, known = scene.date.strip(), shown.get("date")
    if wanted.get("date") and isinstance(known, str) and known.startswith(f"{date}-"):
        left.add("date")
    return {name: value for name, value in wanted.items() if name not in left}


def not_worth_a_lock(scene: Scene) -> frozenset[str]:
    """Fields that are not locked where Plex shows the same: a file's name, for an agent may still find the title."""
    return frozenset({"title"}) if _is_untitled(scene) else frozenset()


def _is_untitled(scene: Scene) -> bool:
    return not showable(scene.title).strip()


def file_title(stash_paths: tuple[str, ...]) -> str:
    """The first file's name without folder and extension, or ""."""
    if not stash_paths:
        return ""
    path = stash_paths[0]
    return (PureWindowsPath(path) if is_windows(path) else PurePosixPath(path)).stem


def full_date(date: str) -> str:
    """`date` as Plex takes it: "2008" becomes "2008-01-01" and "2008-04" becomes "2008-04-01", because Plex keeps whole days only; what is no date becomes ""."""
    found = _DATE.fullmatch(date.strip())
    whole = "-".join(part or "01" for part in found.groups()) if found else ""
    try:
        return whole and day.fromisoformat(whole).isoformat()
    except ValueError:  # the 31st of a shorter month
        return ""


def showable(text: str) -> str:
    """`text` without the characters that Plex could never show."""
    return _UNSHOWABLE.sub("", text)


def collections_of(scene: Scene, settings: Settings) -> tuple[str, ...]:
    """Names of the collections that the settings make from the scene's studio and groups."""
    names: list[str] = []
    if "studio" in settings.collections_from and scene.studio:
        names.append(scene.studio.name)
    if "groups" in settings.collections_from:
        names += _names(scene.groups)
    return tuple(settings.collection_prefix + name for name in names)


def relations_of(scene: Scene) -> Relations:
    """Ids of what the scene belongs to: what must be known once Stash has deleted one of them."""
    return Relations(
        performers=tuple(performer.id for performer in scene.performers),
        studios=(scene.studio.id,) if scene.studio else (),
        tags=tuple(tag.id for tag in scene.tags),
        groups=tuple(group.id for group in scene.groups),
    )


def _showable_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(shown for name in names if (shown := showable(name)).strip())


def _names(named: tuple[Named, ...]) -> tuple[str, ...]:
    return tuple(one.name for one in named)
