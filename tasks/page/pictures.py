"""`ui_pictures`: what Plex shows for some items, small, as `data:` addresses. Plex's token stays in this process."""

import base64
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

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
    """Return the posters of `rating_keys`, as many as Plex gives soon; only of items in libraries that are synced.

    What was not got to is `left`, unless Plex should be left alone.
    """
    keys = ids(args, "rating_keys", most=MOST)
    with read_only(context) as view:
        client, sections = view.plex.client(), {each.key for each in view.plex.sections()}
        client.connection.session.timeout_s = _PATIENCE_S
        items = [item for item in client.items(keys, {}).values() if item.section_key in sections]
        posters = dict(_posters(client, items))
    left = [] if None in posters.values() else [item.rating_key for item in items if item.rating_key not in posters]
    return {"posters": {key: shown for key, shown in posters.items() if shown}, "left": left}


def _posters(client: PlexClient, items: list[Item]) -> Iterator[tuple[int, ShownPoster | Literal[False] | None]]:
    """Yield the posters by their items: False where there is none to show, None at the end where Plex gave up."""
    thumbnails, end_s, left = Thumbnails(client.connection), time.monotonic() + _MOST_S, _MOST_BYTES
    for item in items:
        if time.monotonic() > end_s or left <= 0:
            return
        try:
            data = thumbnails.poster(item.poster_key)
        except PlexError:
            yield item.rating_key, None  # what came before is of use
            return
        left -= len(data)
        yield item.rating_key, shown_poster(data) or False


def shown_poster(data: bytes) -> ShownPoster | None:
    """Return a picture for the page; None for anything that is none, or too large to be drawn."""
    size = size_of(data)
    if size is None or size[0] * size[1] > _MOST_PIXELS:
        return None
    address = f"data:image/{_TYPES[data[:2]]};base64,{base64.b64encode(data).decode()}"
    return {"address": address, "width": size[0], "height": size[1]}
