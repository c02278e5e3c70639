"""Line 4: Sync All over a large library of which a little differs, against downloading and parsing the same pages."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from xml.etree.ElementTree import fromstring

import requests

from bench.figures import Figure, of_samples
from bench.size import Size
from bench.stage import Stage, Worker
from bench.timing import timed
from plex.listing import window
from stash.scenes import scenes_by_id

TITLE: Final = "Sync All, nearly nothing changed"
LIMIT: Final = (
    "The worker reads whole items and whole scenes, a hundred in a request: a listing of Plex leaves out most tags and all locks, so"
    " nothing less tells whether an item is equal. A good third of the time is downloading and parsing; the rest is finding the item of a"
    " scene, making values, comparing ten fields, and taking and settling the job. Memory: the caches of three databases fill up, then nothing grows."
)

_BATCH: Final = 100


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Requests a scene, memory, and the time a scene."""
    films, changed = size.of(100_000, 10_000, 300), size.of(100, 20, 3)
    with Stage(films) as stage, Worker(stage) as worker:
        read = [_merely_read(stage, start) for start in _sample(films)]
        stage.edit(range(films // 2, films // 2 + changed), details="Words that differ")
        with _watching(worker) as memory_mb:
            before, covers = stage.requests(), stage.covers()
            took_s = timed(lambda: stage.run_task("all"))
            after, covers = stage.requests(), stage.covers() - covers
        peak_mb, cpu_s = worker.memory_mb("VmHWM"), worker.cpu_s()
        read += [_merely_read(stage, start) for start in _sample(films)]
    settled = memory_mb[len(memory_mb) // 2 :]  # the databases' caches, 20 MB at most, are full by then
    took_ms, cpu_ms = 1000 * took_s / films, 1000 * cpu_s / films
    return [
        Figure(
            "requests to Plex a scene, the index's first build among them", (after[0] - before[0]) / films, "", 0.03
        ),
        Figure("requests to Stash a scene, for covers too", (after[1] - before[1] + covers) / films, "", 0.03),
        Figure("the worker's memory at its highest", peak_mb, "MB", 200.0),
        Figure("its growth in the second half", max(settled) - settled[0], "MB", 10.0),
        Figure("time a scene", took_ms, "ms"),
        of_samples("time a scene to merely download and parse the same", (wall for wall, _ in read), "ms"),
        of_samples("time / merely downloading and parsing", (took_ms / wall for wall, _ in read), "times"),
        Figure("the worker's CPU time a scene", cpu_ms, "ms"),
        of_samples("CPU time / merely downloading and parsing", (cpu_ms / cpu for _, cpu in read), "times"),
    ]


def _sample(films: int) -> range:
    """Where batches begin that are spread over all films."""
    batches = max(1, films // _BATCH)
    return range(1, films - min(films, _BATCH) + 2, _BATCH * max(1, batches // 50))


def _merely_read(stage: Stage, start: int) -> tuple[float, float]:
    """Milliseconds a scene, by the clock and of CPU, to get and parse whole items and scenes of one batch."""
    scene_ids = range(start, min(start + _BATCH, stage.films + 1))
    keys = ",".join(str(stage.rating_keys[scene_id - 1]) for scene_id in scene_ids)
    cpu_s = time.process_time()
    wall_s = timed(lambda: _read(stage, keys, scene_ids))
    return 1000 * wall_s / len(scene_ids), 1000 * (time.process_time() - cpu_s) / len(scene_ids)


def _read(stage: Stage, keys: str, scene_ids: range) -> None:
    with requests.Session() as session:
        headers = {"X-Plex-Token": stage.plex.token, **window(0, len(scene_ids))}
        items = session.get(f"{stage.plex.url}/library/metadata/{keys}", headers=headers)
        assert len(fromstring(items.content)) == len(scene_ids)
        query, variables = scenes_by_id(scene_ids)
        asked = {"query": query, "variables": variables}
        scenes = session.post(f"{stage.stash.at_start['url']}/graphql", json=asked)
        assert len(list(filter(None, json.loads(scenes.content)["data"].values()))) == len(scene_ids)


@contextmanager
def _watching(worker: Worker) -> Iterator[list[float]]:
    """The worker's resident memory, looked at several times a second."""
    found, done = [worker.memory_mb()], threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            found.append(worker.memory_mb())

    thread = threading.Thread(target=look)
    thread.start()
    yield found
    done.set()
    thread.join()
    found.append(worker.memory_mb())
