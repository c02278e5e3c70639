"""Scenes that were read within the second of their save: Stash's times do not tell whether more was saved in it, so they are read once more."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from plex.artwork import MAX_PICTURE_BYTES, sha1_of
from stash.pictures import CoverPicture, cover

if TYPE_CHECKING:
    from records import Written
    from stash.errors import StashTooLarge
    from stash.model import Scene
    from worker.sync.session import Session

_AT_ONCE: Final = 500


def racy(session: "Session", scene_ids: Sequence[int]) -> list[int]:
    """Those of these scenes whose records may not know all that was saved."""
    known = session.records.written.get_many(scene_ids)
    return [scene_id for scene_id, records in known.items() if any(record.is_racy for record in records.values())]


def changed_since(session: "Session", scene_ids: Sequence[int]) -> list[int]:
    """Those of these scenes, by their ids, that differ in Stash from what is recorded; the others are recorded as read now.

    A job would compare Plex, too, and take back what somebody has just edited there although nothing was saved in Stash.

    Raises:
        StashError: nothing can be told.
    """
    changed: list[int] = []
    for start in range(0, len(scene_ids), _AT_ONCE):
        unread: dict[int, StashTooLarge] = {}
        scenes = session.scenes(scene_ids[start : start + _AT_ONCE], unread)
        known = session.records.written.get_many(list(scenes))
        news = [one.id for one in scenes.values() if _has_changed(session, one, list(known[one.id].values()))]
        same = {one.id: one.read_at for one in scenes.values() if one.id not in news}
        session.records.written.read_again(same)
        changed += [*news, *unread]
    return changed


def _has_changed(session: "Session", scene: "Scene", records: "Sequence[Written]") -> bool:
    """Records that know an older state are of items that the scene has lost."""
    newest = [record for record in records if record.scene_updated_at == scene.updated_at]
    if not newest or any(record.scene_mark != scene.mark for record in newest):
        return True
    looked = [record for record in newest if record.poster_source == scene.screenshot_path]
    return any(_has_other_cover(session, scene, record) for record in looked)


def _has_other_cover(session: "Session", scene: "Scene", record: "Written") -> bool:
    found = cover(session.stash(), scene, etag=record.poster_etag or None, max_bytes=MAX_PICTURE_BYTES)
    return isinstance(found, CoverPicture) and sha1_of(found.data) not in (record.poster_sha1, record.background_sha1)
