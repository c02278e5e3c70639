"""Scenes that were read within the second of their save: Stash's times do not tell whether more was saved in it, so they are read once more."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from plex.artwork import MAX_PICTURE_BYTES, sha1_of
from stash.pictures import Picture, cover

if TYPE_CHECKING:
    from records import Records, Written
    from stash.errors import StashTooLarge
    from stash.model import Scene
    from worker.sync.stash_link import StashLink

_AT_ONCE: Final = 500


def racy(records: "Records", scene_ids: Sequence[int]) -> list[int]:
    """Those of these scenes whose records may not know all that was saved."""
    known = records.written.get_many(scene_ids)
    return [scene_id for scene_id, by_item in known.items() if any(record.is_racy for record in by_item.values())]


def changed_since(stash: "StashLink", records: "Records", scene_ids: Sequence[int]) -> list[int]:
    """Those of these scenes, by their ids, that differ in Stash from what is recorded; the others are recorded as read now.

    A job would compare Plex, too, and take back what somebody has just edited there although nothing was saved in Stash.

    Raises:
        StashError: nothing can be told.
    """
    changed: list[int] = []
    for start in range(0, len(scene_ids), _AT_ONCE):
        unread: dict[int, StashTooLarge] = {}
        scenes = stash.scenes(scene_ids[start : start + _AT_ONCE], unread)
        known = records.written.get_many(list(scenes))
        news = [one.id for one in scenes.values() if _has_changed(stash, one, list(known[one.id].values()))]
        same = {one.id: one.read_at for one in scenes.values() if one.id not in news}
        records.written.read_again(same)
        changed += [*news, *unread]
    return changed


def _has_changed(stash: "StashLink", scene: "Scene", records: "Sequence[Written]") -> bool:
    """Records that know an older state are of items that the scene has lost."""
    newest = [record for record in records if record.scene_updated_at == scene.updated_at]
    if not newest or any(record.scene_mark != scene.mark for record in newest):
        return True
    looked = [record for record in newest if record.poster_source == scene.screenshot_path]
    return any(_has_other_cover(stash, scene, record) for record in looked)


def _has_other_cover(stash: "StashLink", scene: "Scene", record: "Written") -> bool:
    found = cover(stash.client(), scene, etag=record.poster_etag or None, max_bytes=MAX_PICTURE_BYTES)
    return isinstance(found, Picture) and sha1_of(found.data) not in (record.poster_sha1, record.background_sha1)
