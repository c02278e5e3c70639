"""`ui_pictures`: what Plex shows for some items, small, as `data:` addresses. Plex's token stays in this process."""

import base64
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from plex.client import PlexClient
from plex.errors import PlexError
from plex.model import Item
from plex.thumbnails import Thumbnails
from tasks.context import TaskContext, ids
from tasks.page.scene_shapes import PicturesAnswer, ShownPoster
from tasks.view import read_only
from worker.sync.picture_size import size_of

MOST: Final = 40
_MOST_BYTES: Final = 3 * 1024 * 1024
_MOST_PIXELS: Final = 4096 * 4096
_MOST_S: Final = 10.0
_PATIENCE_S: Final = 3.0
_TYPES: Final = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"RI": "webp"}
"""By the first two bytes of a picture that has a size."""


def ui_pictures(args: Mapping[str, Any], context: TaskContext) -> PicturesAnswer:
    """Return the posters of `rating_keys`, as many as Plex gives soon; only of items in libraries that are synced."""
    keys = ids(args, "rating_keys", most=MOST)
    with read_only(context) as view:
        client, sections = view.plex.client(), {each.key for each in view.plex.sections()}
        client.connection.session.timeout_s = _PATIENCE_S
        items = client.items(keys, {}).values()
        posters = dict(_posters(client, [item for item in items if item.section_key in sections]))
    return {"posters": posters}


def _posters(client: PlexClient, items: list[Item]) -> Iterator[tuple[int, ShownPoster]]:
    thumbnails, end_s, left = Thumbnails(client.connection), time.monotonic() + _MOST_S, _MOST_BYTES
    for item in items:
        if time.monotonic() > end_s or left <= 0:
            return
        try:
            data = thumbnails.poster(item.poster_key)
        except PlexError:
            return  # what is there is of use
        left -= len(data)
        shown = shown_poster(data)
        if shown:
            yield item.rating_key, shown


def shown_poster(data: bytes) -> ShownPoster | None:
    """Return a picture for the page; None for anything that is none, or too large to be drawn."""
    size = size_of(data)
    if size is None or size[0] * size[1] > _MOST_PIXELS:
        return None
    address = f"data:image/{_TYPES[data[:2]]};base64,{base64.b64encode(data).decode()}"
    return {"address": address, "width": size[0], "height": size[1]}
