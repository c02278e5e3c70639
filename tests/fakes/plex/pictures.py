"""Posters and backgrounds of an item: content addressed, selectable, and never deleted.

Only the choice can be taken back.

Source: uploads are listed as `upload://posters/<sha1 of the bytes>`, and both shapes of DELETE that people tried on
them answer 404.
"""

import hashlib

from tests.fakes.plex.message import Refusal
from tests.fakes.plex.model import PICTURES, Item, Shelf
from tests.fakes.plex.options import Options


def upload(item: Item, name: str, blobs: dict[str, bytes], body: bytes, now: int, *, locks: bool) -> None:
    """Add the picture unless its bytes are there already, and select it. `name` is "posters" or "arts"."""
    if not body:
        raise Refusal(400, "a picture without bytes")
    sha1 = _keep(blobs, body)
    shelf_of(item, name).pictures.setdefault(f"upload://{name}/{sha1}", sha1)
    _select(item, name, f"upload://{name}/{sha1}", now, locks=locks)


def select(item: Item, name: str, url: str, now: int, *, locks: bool) -> None:
    """Show a picture that the item has already."""
    if url not in shelf_of(item, name).pictures:
        raise Refusal(404, f"no picture {url}")
    _select(item, name, url, now, locks=locks)


def can_clear(options: Options) -> bool:
    """Whether a server of this version takes choices back."""
    version, since = (
        tuple(int(part) for part in text.partition("-")[0].split(".") if part.isdecimal())
        for text in (options.version, options.clears_choice_from)
    )
    return version >= since


def clear(item: Item, name: str, shown: str, now: int) -> None:
    """Nothing is chosen any more; what is `shown` then is the agent's picture, or "" for none."""
    _select(item, name, shown, now, locks=False)


def add_agent_picture(item: Item, name: str, blobs: dict[str, bytes], body: bytes) -> None:
    """A picture that came with the agent's values."""
    sha1 = _keep(blobs, body)
    shelf = shelf_of(item, name)
    shelf.selected = f"metadata://{name}/tv.plex.agents.none_{sha1}"
    shelf.pictures[shelf.selected] = sha1
    shelf.changed_at = item.updated_at


def selected_sha1(item: Item, name: str) -> str:
    """The sha1 of the bytes that the item shows, "" for none."""
    shelf = item.pictures.get(name)
    return shelf.pictures[shelf.selected] if shelf and shelf.selected else ""


def uploads(item: Item, name: str) -> tuple[str, ...]:
    """The sha1 of everything that was uploaded, in order."""
    shelf = item.pictures.get(name)
    return tuple(sha1 for url, sha1 in shelf.pictures.items() if url.startswith("upload://")) if shelf else ()


def _select(item: Item, name: str, url: str, now: int, *, locks: bool) -> None:
    shelf = shelf_of(item, name)
    shelf.selected = url
    shelf.changed_at = max(now, shelf.changed_at + 1)
    if locks:
        item.locked |= {PICTURES[name]}


def shelf_of(item: Item, name: str) -> Shelf:
    """The pictures of one kind; made when the item has none."""
    shelf = item.pictures.get(name)
    if shelf is None:
        shelf = Shelf()
        item.pictures = {**item.pictures, name: shelf}
    return shelf


def _keep(blobs: dict[str, bytes], body: bytes) -> str:
    sha1 = hashlib.sha1(body, usedforsecurity=False).hexdigest()
    blobs.setdefault(sha1, body)
    return sha1
