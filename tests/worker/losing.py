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


def films(stepper: Any, *names: str, **scene: Any) -> tuple[list[int], list[int]]:
    """Films with years of work in both; the scenes and the rating keys."""
    keys = [stepper.item(f"{name}.mkv") for name in names]
    scenes = [stepper.scene(f"{name}.mkv", title=f"{name} (mine)", **{**WORK, **scene}) for name in names]
    stepper.sync(*scenes)
    stepper.now += 100
    return scenes, keys


def look(stepper: Any, key: int) -> tuple[Any, ...]:
    """Every field of an item that may hold a user's work."""
    item = stepper.shown(key)
    tags = {kind: set(names) for kind, names in item.tags.items()}
    return item.title, item.summary, item.studio, item.date, item.user_rating, tags


def forget(stepper: Any, *scenes: int) -> None:
    """Queue what Destroy hooks of these scenes leave behind, and have it done."""
    stepper.put(*(create_sync_job(scene, "destroyed", {}, now=stepper.now) for scene in scenes))
    stepper.drain()


def lose(stepper: Any, how: str, scenes: list[int]) -> list[int]:
    """Stash loses everything, and a scan makes it anew; the new ids."""
    if how == "database":
        stepper.stash.new_database()
    else:
        stepper.stash.destroy_scenes(scenes)
    if how == "clean, told":
        forget(stepper, *scenes)
    stepper.now += 100
    stepper.stash.scan()
    return sorted(stepper.stash.library.scenes)
