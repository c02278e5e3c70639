"""What an undo gave back stays so until the scene is saved: a cover that Stash makes moves the scene's time, too, and is no save."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sync_queue.saves import saved_by
from sync_queue.settling import ClaimedJob

if TYPE_CHECKING:
    from records import Records
    from stash.model import Scene


def carry_on(records: "Records", scenes: Mapping[int, "Scene"], jobs: Mapping[int, ClaimedJob]) -> None:
    """Pins of those `scenes` that say what they said when they were synced last hold for their time of now; where its job tells of a save they end with it."""
    pinned = records.pins.pinned_at(list(scenes))
    moved = [one for one, at in pinned.items() if scenes[one].updated_at > at and not saved_by(jobs[one].job).all]
    known = records.written.get_many(moved) if moved else {}
    for scene_id, written in known.items():
        scene = scenes[scene_id]
        newest = max(written.values(), key=lambda record: record.scene_updated_at)
        if newest.scene_mark == scene.mark:
            records.pins.carry_on(scene_id, since=newest.scene_updated_at, scene_updated_at=scene.updated_at)
