"""Who a scene and an item are, whatever number they have. Pure."""

from collections.abc import Iterable

from plex.model import Item
from records import FileMark, Identity
from stash.model import Scene


def scene_identity(scene: Scene) -> Identity:
    """Who `scene` is."""
    files = [FileMark(path, scene.sizes.get(path, 0), scene.prints.get(path, frozenset())) for path in scene.files]
    return Identity(scene.created_at, tuple(files))


def item_identity(item: Item) -> Identity:
    """Which item `item` is."""
    return Identity.of_sizes(item.added_at, item.files)


def is_same_item(known: Identity | None, files: Iterable[str], item: Item) -> bool | None:
    """Return whether `item` was seen as `known`, or held `files` where nobody knows; None where neither is known."""
    if known is not None:
        return known.shares_file(item_identity(item))
    held = set(files)
    return not held.isdisjoint(item.files) if held else None
