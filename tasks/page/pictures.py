"""`ui_pictures`: what Plex shows for some items, small, as `data:` addresses. Plex's token stays in this process."""

import base64
import time
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, Literal

from plex.client import PlexClient
from plex.errors import PlexError
from plex.thumbnails import Thumbnails
from tasks.context import TaskContext, TaskError, ids
from tasks.page.scene_shapes import PicturesAnswer, ShownPicture
from tasks.view import read_only
from worker.sync.codes import BACKGROUND, POSTER
from worker.sync.picture_size import size_of

MOST: Final = 40
_MOST_BYTES: Final = 3 * 1024 * 1024
_MOST_PIXELS: Final = 4096 * 4096
_MOST_S: Final = 10.0
_PATIENCE_S: Final = 3.0
_TYPES: Final = {b"\xff\xd8": "jpeg", b"\x89P": "png", b"RI": "webp"}
"""By the first two bytes of a picture that has a size."""

_Place = tuple[str, int]
"""What the picture is, and its item's rating key."""


def ui_pictures(args: Mapping[str, Any], context: TaskContext) -> PicturesAnswer:
    """Return the posters of `rating_keys`, and the backgrounds of `backgrounds`, as many as Plex gives soon.

    Only of items in libraries that are synced. What was not got to is `left`, unless Plex should be left alone. Raise
    TaskError for more than `MOST` pictures.
    """
    asked = {POSTER: ids(args, "rating_keys", most=MOST), BACKGROUND: ids(args, "backgrounds", most=MOST)}
    if sum(map(len, asked.values())) > MOST:
        raise TaskError(f"rating_keys and backgrounds must be at most {MOST} ids together")
    with read_only(context) as view:
        client, sections = view.plex.client(), {each.key for each in view.plex.sections()}
        client.connection.session.timeout_s = _PATIENCE_S
        items = client.items(dict.fromkeys(chain(*asked.values())), {})
        wanted = {
            (kind, key): item.poster_key if kind == POSTER else item.background_key
            for kind, keys in asked.items()
            for key in keys
            if (item := items.get(key)) and item.section_key in sections
        }
        found = dict(_pictures(client, wanted))
    left = [] if None in found.values() else [each for each in wanted if each not in found]
    posters, backgrounds = (
        {key: shown for (kind, key), shown in found.items() if kind == of and shown} for of in asked
    )
    left_posters, left_backgrounds = ([key for kind, key in left if kind == of] for of in asked)
    return {
        "posters": posters,
        "backgrounds": backgrounds,
        "left": {"posters": left_posters, "backgrounds": left_backgrounds},
    }


def _pictures(
    client: PlexClient, wanted: Mapping[_Place, str]
) -> Iterator[tuple[_Place, ShownPicture | Literal[False] | None]]:
    """Yield the pictures that Plex gives of the `wanted`, which holds their keys.

    False where there is none to show, None at the end where Plex gave up.
    """
    thumbnails, end_s, left = Thumbnails(client.connection), time.monotonic() + _MOST_S, _MOST_BYTES
    for place, key in wanted.items():
        if time.monotonic() > end_s or left <= 0:
            return
        try:
            data = thumbnails.picture(key)
        except PlexError:
            yield place, None  # what came before is of use
            return
        left -= len(data)
        yield place, shown_picture(data) or False


def shown_picture(data: bytes) -> ShownPicture | None:
    """Return a picture for the page; None for anything that is none, or too large to be drawn."""
    size = size_of(data)
    if size is None or size[0] * size[1] > _MOST_PIXELS:
        return None
    address = f"data:image/{_TYPES[data[:2]]};base64,{base64.b64encode(data).decode()}"
    return {"address": address, "width": size[0], "height": size[1]}
