"""Line 10: the comparison of both sides that runs by itself every day."""

from typing import Final

from bench.figures import Figure
from bench.films import PLEX_PATH
from bench.size import Size
from bench.stage import Stage, Worker
from bench.timing import timed

TITLE: Final = "Light comparison of Stash and Plex"
LIMIT: Final = (
    "A listing of Plex tells paths, keys and dates of a page of items, one query of Stash the times, files and ids of 1,000 scenes; nothing else is asked."
    " Of the worker's own time two fifths is finding each file in the index, a quarter reading Plex's listings into it. It goes on for a second at a time, and saves get their turn in between."
)

_MOST_S: Final = 120.0
_FEW: Final = 1000


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Requests a scene, seconds, memory, and what it finds."""
    films, anew = size.of(100_000, 10_000, 300), size.of(500, 100, 5)
    with Stage(films) as stage, Worker(stage) as worker:
        stage.run_task("reconcile", depth="light")  # builds the index, which has to be read anew then
        before, cpu_s = stage.requests(), worker.cpu_s()
        took_s = timed(lambda: stage.run_task("reconcile", depth="light"))
        after, cpu_s = stage.requests(), worker.cpu_s() - cpu_s
        for number in range(1, anew + 1):
            stage.plex.call("remove_item", rating_key=stage.rating_keys[number - 1])
            stage.plex.call("add_item", section_key=stage.plex.section_key, files=PLEX_PATH.format(n=number))
        found = stage.run_task("reconcile", depth="light")["differ"]
        peak_mb = worker.memory_mb("VmHWM")
    plex, stash = ((after[side] - before[side]) / films for side in (0, 1))
    return [
        Figure("requests to both servers a scene", plex + stash, "", 0.005 if films > _FEW else None),
        Figure("requests to Plex a scene", plex, ""),
        Figure("requests to Stash a scene", stash, ""),
        Figure(f"{films:,} scenes, the task's own process among it", took_s, "s", _MOST_S),
        Figure("the worker's CPU time a scene", 1e6 * cpu_s / films, "µs"),
        Figure("the worker's memory at its highest", peak_mb, "MB", 200.0),
        Figure(f"of {anew} items that were removed and added again: found", 100 * found / anew, "%"),
    ]
