"""What Plex should show for a scene, performers' photos included: from Stash's fields to Plex's.

Pure. docs/fields.md is its table for people.

Plex fetches photos from the addresses that an edit of the actors names. What was sent is remembered with the values.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date as day
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from matching.paths import is_windows
from matching.tag_rules import fitting_values
from matching.tag_targets import tags_by_field
from plex.fields import ADDED_AT, FIELDS, Value, Values, as_tags, is_empty, same, showable, tag_key
from plex.model import Item
from plex.moments import moment_of
from plex.plan import Change, ItemPlan
from records import Relations
from settings.choices import CodeTo
from settings.settings import Settings
from stash.model import Named, Scene
from stash.pictures import photo_url
from worker.sync.collection_names import ORGANIZED, CollectionName, collection_names
from worker.sync.titles import own_title, performer_name, sort_title, studio_name

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_JUST_NOW_S: Final = 2.0
"""How far the time of a scene that was just made may be ahead of its reading, which is told in whole seconds."""

ACTOR: Final = "actor"
PHOTOS: Final = "actor_photos"
"""In the record of what was written, no field of Plex: a digest of the names and addresses that were sent last.

In the last syncs: that they were.
"""


def wanted_values(scene: Scene, settings: Settings) -> Values:
    """Every field that Stash has a say in.

    A tag field that the settings send elsewhere is wanted empty: what we wrote there before is removed.
    """
    tags = tags_by_field(tags_of(scene, settings), settings)
    values: dict[str, Value] = {
        "title": own_title(scene, settings) or showable(file_title(scene.files)).strip(),
        "summary": showable(scene.details),
        "studio": showable(studio_name(scene, settings)),
        "date": full_date(scene.date),
        "rating": None if scene.rating100 is None else scene.rating100 / 10,
        "director": _showable((scene.director,)),
        "actor": _showable([performer_name(performer, settings) for performer in scene.performers]),
        "genre": _showable([tag.name for tag in tags["genre"]]),
        "label": _showable([*[tag.name for tag in tags["label"]], *labels_of(scene, settings)]),
        "collection": _showable(
            [collection.name for collection in collection_names(scene, tags["collection"], settings)]
        ),
    }
    if not values["title"]:
        del values["title"]
    if settings.sort_by_group and (place := sort_title(scene)):
        values["sort_title"] = place
    if settings.code_to is CodeTo.TAGLINE:  # else it is none of ours, as below
        values["tagline"] = showable(scene.code).strip()
    if settings.content_rating:  # without rules it is none of ours: a setting that got lost opens nothing to children
        values["content_rating"] = showable(next(fitting_values(settings.content_rating, scene.tags), ""))
    if settings.added_at and 0 < scene.created_at < (scene.read_at or scene.created_at) + _JUST_NOW_S:
        values[ADDED_AT] = moment_of(scene.created_at)
    return values


def fitting(wanted: Values, scene: Scene, settings: Settings, shown: Values, past: Sequence[Values]) -> Values:
    """Return `wanted` without what would be worse than what the item shows.

    That is a file's name in the place of a title, a year in the place of a day within it, or a date added that is later
    than one of ours: a scene that Stash has made anew is nothing new.

    Args:
        wanted: of `wanted_values`.
        scene: the same scene.
        settings: the same.
        shown: what the item shows now.
        past: what we wrote to it for this scene, or were about to: a title of ours gives way to the file's name.
    """
    left = set()
    title = shown.get("title")
    if is_untitled(scene, settings) and not is_empty(title):
        ours = [values["title"] for values in past if "title" in values]
        if not any(same(title, other) for other in (wanted.get("title"), *ours)):
            left.add("title")
    date, known = scene.date.strip(), shown.get("date")
    if wanted.get("date") and isinstance(known, str) and known.startswith(f"{date}-"):
        left.add("date")
    if any(str(values[ADDED_AT]) < str(wanted.get(ADDED_AT, "")) for values in past if values.get(ADDED_AT)):
        left.add(ADDED_AT)
    return {name: value for name, value in wanted.items() if name not in left} if left else wanted


def not_worth_a_lock(scene: Scene, settings: Settings) -> frozenset[str]:
    """Fields that are not locked where Plex shows the same: a file's name, for an agent may still find the title."""
    return frozenset({"title"}) if is_untitled(scene, settings) else frozenset()


def is_untitled(scene: Scene, settings: Settings) -> bool:
    """Whether Stash has no title that Plex could show, nor what the settings make one of."""
    return not own_title(scene, settings)


def file_title(stash_paths: tuple[str, ...]) -> str:
    """The first file's name without folder and extension, or ""."""
    if not stash_paths:
        return ""
    path = stash_paths[0]
    return (PureWindowsPath(path) if is_windows(path) else PurePosixPath(path)).stem


def full_date(date: str) -> str:
    """Return `date` as Plex takes it, whole days only: "2008" is "2008-01-01", "2008-04" is "2008-04-01", else ""."""
    found = _DATE.fullmatch(date.strip())
    whole = "-".join([part or "01" for part in found.groups()]) if found else ""
    try:
        return whole and day.fromisoformat(whole).isoformat()
    except ValueError:  # the 31st of a shorter month
        return ""


def tags_of(scene: Scene, settings: Settings) -> list[Named]:
    """The tags that go to Plex by the rules: the scene's own, and its performers' where they are wanted."""
    lent = [tag for performer in scene.performers for tag in performer.tags] if settings.performer_tags else []
    return list({tag.id: tag for tag in (*lent, *scene.tags)}.values()) if lent else list(scene.tags)


def collections_of(scene: Scene, settings: Settings) -> tuple[CollectionName, ...]:
    """The collections that the settings make of the scene, with what each is made of."""
    return collection_names(scene, tags_by_field(tags_of(scene, settings), settings)["collection"], settings)


def labels_of(scene: Scene, settings: Settings) -> list[str]:
    """Names of the labels that the settings make of the scene beside its tags."""
    names = [*fitting_values(settings.labels, scene.tags)]
    if "studio" in settings.labels_from and scene.studio:
        names.append(scene.studio.name)
    if "groups" in settings.labels_from:
        names += [group.name for group in scene.groups]
    if "performers" in settings.labels_from:
        names += [performer_name(performer, settings) for performer in scene.performers]
    if "organized" in settings.labels_from and scene.organized:
        names.append(ORGANIZED)
    return names


def relations_of(scene: Scene) -> Relations:
    """Ids of what the scene belongs to: what must be known once Stash has deleted one of them."""
    return Relations(
        performers=tuple([performer.id for performer in scene.performers]),
        studios=tuple([studio.id for studio in (scene.studio, scene.network) if studio]),
        tags=tuple([tag.id for tag in scene.tags]),
        groups=tuple([group.id for group in scene.groups]),
    )


def _showable(names: Iterable[str]) -> tuple[str, ...]:
    return tuple([shown for name in names if (shown := showable(name)).strip()])


def photos_of(scene: Scene, settings: Settings) -> dict[str, str]:
    """Return performers' names to the addresses of their photos: of those with one, if the settings want photos.

    Where the worker serves them, the addresses only tell one photo from another: worker.sync.photos has the true ones.
    """
    base = settings.photo_base
    if not (settings.performer_photos and base) or settings.fills_only:
        return {}
    found = [(person, photo_url(base, person)) for person in scene.performers]
    return {performer_name(person, settings): url for person, url in found if url}


def with_photos(plan: ItemPlan, item: Item, photos: Mapping[str, str], off: frozenset[str]) -> ItemPlan:
    """`plan`, and the photos of the actors that the item will show, where they are others than were sent last.

    They ride in an edit of the actors, so they need one even where the names are equal. `off` are fields that are left
    alone.
    """
    if not photos or ACTOR in off or item.item_type not in FIELDS[ACTOR].types:
        return plan
    change = next((change for change in plan.changes if change.field == ACTOR), None)
    riding = _riding(photos, change.after if change else item.values.get(ACTOR))
    digest = _digest(riding)
    is_news = bool(riding) and plan.writes.get(PHOTOS) != digest
    if not is_news:
        return replace(plan, photos=riding) if change else plan
    changes = tuple([_carrying(each, riding) if each is change else each for each in plan.changes])
    return replace(plan, changes=changes, photos=riding, writes={**plan.writes, PHOTOS: digest})


def photos_sent_before(plan: ItemPlan, item: Item, photos: Mapping[str, str]) -> dict[str, str]:
    """Of `photos` those of which Plex was told with the item before, where nothing of them is sent now."""
    riding = _riding(photos, item.values.get(ACTOR)) if photos and not plan.photos else {}
    return riding if riding and plan.writes.get(PHOTOS) == _digest(riding) else {}


def without_fields(plan: ItemPlan, names: Collection[str], recorded: Values) -> ItemPlan:
    """`plan` without these fields: what was `recorded` of them stays so."""
    left = {*names, PHOTOS} if ACTOR in names else {*names}
    kept = {name: value for name, value in plan.writes.items() if name not in left}
    return replace(
        plan,
        changes=tuple([change for change in plan.changes if change.field not in left]),
        lock=plan.lock - left,
        unlock=plan.unlock - left,
        writes=kept | {name: recorded[name] for name in left if name in recorded},
        photos={} if ACTOR in left else plan.photos,
    )


def changes_to_send(plan: ItemPlan, item: Item) -> tuple[Change, ...]:
    """The changes of `plan`, and for photos alone one of the actors that changes no name."""
    if not plan.photos or any(change.field == ACTOR for change in plan.changes):
        return plan.changes
    shown = as_tags(item.values.get(ACTOR))
    return (*plan.changes, _carrying(Change(ACTOR, shown, shown), plan.photos))


def _carrying(change: Change, photos: Mapping[str, str]) -> Change:
    """A server that is known to add is sent new names only: whoever brings a photo counts as new."""
    new = {*change.added, *photos}
    return replace(change, added=tuple(name for name in as_tags(change.after) if name in new))


def _riding(photos: Mapping[str, str], actors: Value) -> dict[str, str]:
    """Return the photos of these actors, by their names as Plex has them."""
    by_key = {tag_key(name): url for name, url in photos.items()}
    return {name: by_key[tag_key(name)] for name in as_tags(actors) if tag_key(name) in by_key}


def _digest(photos: Mapping[str, str]) -> str:
    text = json.dumps(sorted(photos.items()))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
