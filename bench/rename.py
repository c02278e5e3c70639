"""Line 7: renaming what thousands of scenes have.

Once on a Plex that adds an indexed list of tags, once on one that puts it in the place of the old one.
"""

from collections.abc import Iterable
from contextlib import closing, redirect_stderr
from io import StringIO
from typing import Final

from bench.figures import Figure
from bench.films import PERFORMERS, TAGS
from bench.size import Size
from bench.stage import Stage, Worker
from bench.timing import wait_until
from hooks.handlers import record
from sync_queue.append import AppendOnlyQueue

TITLE: Final = "Rename of what many scenes have"
LIMIT: Final = (
    "A batch holds 100 scenes: one request reads their items, and one writes all that get the same change. A Plex that adds needs only"
    " the new name and the old one's removal, the same for every film whatever else it has. A Plex that replaces needs the whole list"
    " each time, so only films with equal lists share a request: with ten kinds of lists in a batch ten writes are needed, with"
    " a hundred kinds a hundred. Which of the two a server does is learned from the first group that would profit, and kept."
)


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Requests to Plex a scene."""
    films, fewer = size.of(20_000, 2_000, 100), size.of(5_000, 1_000, 100)
    with Stage(films, plex_options=["--tag-lists", "add"]) as stage, Worker(stage):
        adds = _rename(stage, "tag", 1, TAGS[0])
    with Stage(fewer, plex_options=["--tag-lists", "replace"]) as stage, Worker(stage):
        equal = _rename(stage, "performer", 1, PERFORMERS[0])
        mixed = _rename(stage, "tag", 1, TAGS[0])
    return [
        Figure(f"tag of {films:,} scenes, Plex adds: requests a scene", adds, "", 0.1),
        Figure(f"performer of {fewer:,} scenes with equal lists, Plex replaces: requests a scene", equal, "", 0.1),
        Figure(f"tag of {fewer:,} scenes with ten kinds of lists, Plex replaces: requests a scene", mixed, ""),
    ]


def _rename(stage: Stage, kind: str, entity_id: int, old: str) -> float:
    """Rename, let the worker find out whose scenes have it, and wait until Plex shows the new name everywhere."""
    new = f"{old} anew"
    stage.stash.call(f"rename_{kind}", **{f"{kind}_id": entity_id, "name": new})
    field = "genre" if kind == "tag" else "actor"

    def work() -> None:
        context = {"id": entity_id, "type": f"{kind.capitalize()}.Update.Post", "input": {"name": new}}
        with closing(AppendOnlyQueue(stage.queue_dir)) as queue, redirect_stderr(StringIO()):  # a line for Stash's log
            record(context, queue)
        stage.wake()
        wait_until(lambda: new in _shown(stage, field, stage.rating_keys[-1:]), poll_s=0.2)
        stage.drain()

    requests, _ = stage.asked(work)
    sample = stage.rating_keys[:: max(1, stage.films // 20)]
    assert all(new in tags and old not in tags for tags in (_shown(stage, field, [key]) for key in sample))
    return requests / stage.films


def _shown(stage: Stage, field: str, rating_keys: Iterable[int]) -> list[str]:
    return [tag for key in rating_keys for tag in stage.plex.call("item", rating_key=key)["tags"].get(field, ())]
