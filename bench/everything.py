"""Line 12: everything on that can be switched on, at the first sync and once something was saved."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any, Final

from bench.figures import Figure
from bench.size import Size
from bench.stage import Stage, Worker
from bench.timing import wait_until
from records.written import RACY_S
from tests.demo.films import png

TITLE: Final = "Everything on"
LIMIT: Final = (
    "All fields ride in one edit. At the first sync come the pictures on top: two lists of what the item has, two uploads, and the looks and locks, which are for many items at once."
    " Once a scene was saved, Plex is asked for the item and sent the edit; what is asked for many items at once, as the looks before each write are, is shared by them."
    " Of Stash each cover is asked for once; a scene that is read within two seconds of its own save, as none is here, is asked for once more, and its cover by its Etag."
    " Collections come on top, once: two lists of the library for a batch that brings new names, and for each that follows Stash two requests for its texts and three for a picture, as `tests/worker/test_collections.py` counts; these here have neither in Stash."
)
_MOST_SECOND: Final = 1.2
_WIDTH: Final = 320
_HEIGHT: Final = 180
_OPTIONS: Final[dict[str, Any]] = {
    "title_format": "[{studio}] {title} ({year})",
    "code_to": "tagline",
    "studio_from": "both",
    "performer_disambiguation": True,
    "tag_rules": "Series 1 => labels, collections; Animation => genres",
    "performer_tags": True,
    "collections_from": "studio, network, groups, performers, organized",
    "collection_size": 2,
    "collections_follow": "on",
    "content_rating": "XXX; Animation => G",
    "labels": "Stash; Open Movie => Open",
    "labels_from": "studio, groups, performers, organized",
    "mirror_lists": "on",
    "performer_photos": True,
    "stash_public_url": "http://127.0.0.1:9999",
    "poster_from": "canvas",
    "background_image": "cover",
    "added_at": True,
    "libraries": json.dumps({"Movies": {"labels": "Stash; Films", "preserve_plex_edits": False}}),
}


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Requests a scene, with everything on."""
    count = size.of(200, 40, 3)
    with Stage(count) as stage:
        scenes = range(1, count + 1)
        cover = base64.b64encode(png(_WIDTH, _HEIGHT, (90, 120, 200))).decode()
        for scene_id in scenes:
            stage.stash.call("generate_cover", scene_id=scene_id, cover=cover)
        made_at = time.time()
        wait_until(lambda: time.time() > made_at + 1 + RACY_S)
        known = {"plex_url": stage.plex.url, "plex_token": stage.plex.token, "plex_library": "Movies"}
        stage.stash.call("configure_plugin", values={**known, **_OPTIONS})
        with Worker(stage):
            figures = list(_sync(stage, scenes, "first sync"))
            made = len(stage.plex.call("collection_titles"))
            figures.append(Figure("collections that the first sync made", made, ""))
            figures += _sync(stage, scenes, "nothing was saved", most=0.2)
            stage.edit(scenes, details="Words that were written since")
            figures += _sync(stage, scenes, "all were saved", most=_MOST_SECOND if size is Size.FULL else None)
    return figures


def _sync(stage: Stage, scenes: range, when: str, most: float | None = None) -> Iterator[Figure]:
    covers = stage.covers()
    plex, stash = stage.asked(lambda: _through(stage, scenes))
    yield Figure(f"requests to Plex a scene, {when}", plex / len(scenes), "", most)
    yield Figure(
        f"requests to Stash a scene, for covers too, {when}", (stash + stage.covers() - covers) / len(scenes), ""
    )


def _through(stage: Stage, scenes: range) -> None:
    stage.enqueue(scenes)
    stage.drain()
