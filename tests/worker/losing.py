"""Films with work in them on both sides, and Stash losing their scenes: cleaned, or with its whole database."""

from typing import Any

from sync_queue.models import create_sync_job

WORK = {
    "details": "Years of work",
    "tags": ["Short"],
    "performers": ["Ada Example"],
    "studio": "Open Films",
    "date": "2010-01-02",
    "rating100": 90,
}
FILMS = ("Big Buck Bunny", "Cosmos Laundromat", "Sintel", "Tears of Steel")


def films(bench: Any, *names: str, **scene: Any) -> tuple[list[int], list[int]]:
    """Films with years of work in both; the scenes and the rating keys."""
    keys = [bench.item(f"{name}.mkv") for name in names]
    scenes = [bench.scene(f"{name}.mkv", title=f"{name} (mine)", **{**WORK, **scene}) for name in names]
    bench.sync(*scenes)
    bench.now += 100
    return scenes, keys


def look(bench: Any, key: int) -> tuple[Any, ...]:
    """Everything of an item that years of work may stand in."""
    item = bench.shown(key)
    tags = {kind: set(names) for kind, names in item.tags.items()}
    return item.title, item.summary, item.studio, item.date, item.user_rating, tags


def forget(bench: Any, *scenes: int) -> None:
    """What Destroy hooks leave behind."""
    bench.put(*(create_sync_job(scene, "destroyed", {}, now=bench.now) for scene in scenes))
    bench.drain()


def lose(bench: Any, how: str, scenes: list[int]) -> list[int]:
    """Stash loses everything, and a scan makes it anew; the new ids."""
    if how == "database":
        bench.stash.new_database()
    else:
        bench.stash.destroy_scenes(scenes)
    if how == "clean, told":
        forget(bench, *scenes)
    bench.now += 100
    bench.stash.scan()
    return sorted(bench.stash.library.scenes)
