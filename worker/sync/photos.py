"""Performers' photos: Plex fetches them from the addresses that an edit of the actors names. What was sent is remembered with the values."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from plex.fields import FIELDS, as_tags, tag_key
from plex.model import Item
from plex.plan import Change, ItemPlan
from settings.model import Settings
from stash.model import Scene
from stash.pictures import photo_url
from worker.sync.wanted import showable

ACTOR: Final = "actor"
PHOTOS: Final = "actor_photos"
"""In the record of what was written, no field of Plex: a digest of the names and addresses that were sent last. In the last syncs: that they were."""


def photos_of(scene: Scene, settings: Settings) -> dict[str, str]:
    """The scene's performers to the addresses of their photos; those without one, and all where the settings want none, are left out."""
    if not (settings.performer_photos and settings.stash_public_url):
        return {}
    found = ((showable(one.name), photo_url(settings.stash_public_url, one)) for one in scene.performers)
    return {name: url for name, url in found if url}


def with_photos(plan: ItemPlan, item: Item, photos: Mapping[str, str], off: frozenset[str]) -> ItemPlan:
    """`plan`, and the photos of the actors that the item will show, where they are others than were sent last.

    They ride in an edit of the actors, so they need one even where the names are equal. `off` are fields that are left alone.
    """
    if not photos or ACTOR in off or item.item_type not in FIELDS[ACTOR].types:
        return plan
    change = next((one for one in plan.changes if one.field == ACTOR), None)
    shown = as_tags(change.after if change else item.values.get(ACTOR))
    by_key = {tag_key(name): url for name, url in photos.items()}
    riding = {name: by_key[tag_key(name)] for name in shown if tag_key(name) in by_key}
    digest = _digest(riding)
    is_news = bool(riding) and plan.writes.get(PHOTOS) != digest
    if not is_news:
        return replace(plan, photos=riding) if change else plan
    changes = tuple(_carrying(one, riding) if one is change else one for one in plan.changes)
    return replace(plan, changes=changes, photos=riding, writes={**plan.writes, PHOTOS: digest})


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


def _digest(photos: Mapping[str, str]) -> str:
    text = json.dumps(sorted(photos.items()))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
