"""Line 11: posters that ffmpeg makes of covers, at the first sync, and what the next ones cost."""

import base64
import os
from collections.abc import Callable, Iterator
from typing import Final

from bench.figures import Figure, of_samples
from bench.size import Size
from bench.stage import Stage, Worker
from tests.demo.films import png
from worker.sync.rendering import Renderer

TITLE: Final = "Posters that fit"
LIMIT: Final = (
    "A poster is made once, by one process with one thread that begins, decodes the cover, scales it and encodes a JPEG; three quarters of its CPU time is its own start."
    " At the first sync Plex is asked beside the edit for the pictures that the item has, and is sent the new one; the looks and the locks are for many at once."
    " Later syncs ask Plex nothing for it, and Stash for the cover's checksum only where a scene was saved. Without ffmpeg the covers go as they are."
)

_WIDTH: Final = 1280
_HEIGHT: Final = 720
_BLUE: Final = 200


def measure(size: Size = Size.FULL) -> list[Figure]:
    """What making one costs, and requests and uploads a scene."""
    count = size.of(40, 10, 3)
    figures = list(_alone(size.of(9, 5, 1)))
    with Stage(count) as stage:
        scenes = range(1, count + 1)
        for scene_id in scenes:
            cover = base64.b64encode(_cover(scene_id)).decode()
            stage.stash.call("generate_cover", scene_id=scene_id, cover=cover)
        known = {"plex_url": stage.plex.url, "plex_token": stage.plex.token, "plex_library": "Movies"}
        stage.stash.call("configure_plugin", values={**known, "poster_from": "canvas"})
        with Worker(stage):
            figures += _sync(stage, scenes, "first sync")
            figures += _sync(stage, scenes, "second sync")
            stage.edit(scenes, details="Words that were written since")
            figures += _sync(stage, scenes, "when it was saved")
    return figures


def _alone(count: int) -> Iterator[Figure]:
    """What ffmpeg takes alone, in seconds of its own: they do not depend on what else the machine does."""
    maker = Renderer(os.curdir, str, os.environ)
    if maker.program():
        for recipe in ("canvas", "crop"):
            spent = [_child_ms(lambda recipe=recipe: maker.poster(recipe, _cover(1))) for _ in range(count)]
            yield of_samples(f"{recipe}: CPU time of ffmpeg, a cover of {_WIDTH} x {_HEIGHT}", spent, "ms")


def _child_ms(work: Callable[[], object]) -> float:
    before = os.times()
    work()
    after = os.times()
    return 1000 * (after.children_user + after.children_system - before.children_user - before.children_system)


def _sync(stage: Stage, scenes: range, when: str) -> list[Figure]:
    (plex, uploads), pictures = _counted(stage), stage.covers()
    stage.enqueue(scenes)
    stage.drain()
    after, count = _counted(stage), len(scenes)
    return [
        Figure(f"requests to Plex a scene, {when}", (after[0] - plex) / count, ""),
        Figure(f"uploads a scene, {when}", (after[1] - uploads) / count, "", 1.0 if when == "first sync" else 0.0),
        Figure(f"requests for a cover a scene, {when}", (stage.covers() - pictures) / count, ""),
    ]


def _counted(stage: Stage) -> tuple[int, int]:
    counters = stage.plex.counters()
    return int(counters["requests"]), int(counters["kinds"].get("picture_upload", 0))


def _cover(number: int) -> bytes:
    return png(_WIDTH, _HEIGHT, (number % 256, number // 256, _BLUE))
