"""Line 2: from the click on "save" in Stash to the change in Plex, hook included, with a worker and without one."""

import time
from typing import Final

from bench.figures import Figure, of_samples
from bench.size import Size
from bench.stage import Stage
from bench.timing import wait_until

TITLE: Final = "Save to Plex changed"
LIMIT: Final = (
    "Warm: the hook's process, then a dozen milliseconds for the worker to wake, ask Stash for the scene and Plex for the item, and write."
    " Cold: the imports of the worker (line 8), two thirds of it; then both servers are asked who they are and what is new, ten requests in all."
)


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Seconds, by the clock of the stand-in Plex at the end of its answer."""
    colds, warms = size.of(8, 4, 1), size.of(30, 10, 1)
    with Stage(size.of(1000, 300, 20), hooks=True) as stage:
        cold = [_cold_save(stage, scene_id) for scene_id in range(1, colds + 1)]
        warm = [_save(stage, scene_id) for scene_id in range(colds + 1, colds + warms + 1)]
    return [
        of_samples("cold: no worker runs", cold, "s", 1.0),
        Figure("cold, the slowest", max(cold), "s"),
        of_samples("warm: a worker runs", warm, "s", 0.25),
        Figure("warm, the slowest", max(warm), "s"),
    ]


def _cold_save(stage: Stage, scene_id: int) -> float:
    stage.drain()  # a job whose edit has arrived may wait for its cover, and nobody would do it
    stage.end_worker()
    return _save(stage, scene_id)


def _save(stage: Stage, scene_id: int) -> float:
    last = max((record["number"] for record in stage.plex.log()), default=0)
    stage.drain()
    saved_at = time.time()
    stage.stash.call("save_scene", scene_id=scene_id, details=f"Words of {saved_at}")

    def edits() -> list[dict[str, float]]:
        return [record for record in stage.plex.log(last) if record["kind"] == "edit"]

    wait_until(lambda: bool(edits()), poll_s=0.005)
    edit = edits()[0]
    return edit["at"] + edit["took_ms"] / 1000 - saved_at
