"""News of Stash: what was saved, or got a cover, without a hook. One small question every 20 seconds.

Stash's times are whole seconds: scenes that were read within the second of their save are read once more, since more
may have been saved in it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plex.artwork import MAX_PICTURE_BYTES, sha1_of
from stash.pictures import CoverPicture, cover
from stash.scenes import SceneRef, newest_scenes, scene_pages
from sync_queue.models import METADATA, SyncJob, create_sync_job
from sync_queue.pending import Selection, enqueue_many, make_due
from worker.control.reconciling import saved_since_synced, unnoticed_since
from worker.errors import HeldError
from worker.facts import NEWS_UNTIL
from worker.sync.posters import cover_sha1s

if TYPE_CHECKING:
    from records import Records, Written
    from stash.client import StashClient
    from stash.errors import StashTooLarge
    from stash.model import Scene
    from worker.sync.stash_link import StashLink

NEWS_S: Final = 20.0
"""A cover that Stash makes is in Plex within a minute; the answer has a few rows, and usually none."""

OVERLAP_S: Final = 10.0
"""A save has the time at which it began, and is seen when it has ended. Clocks are set back as far, too."""

FEW: Final = 100
"""So much news goes before what tasks have queued; more waits among it."""

_PAGE: Final = 1000
_KEPT_S: Final = 600.0
"""How often the place is put down where there is no news: an idle worker leaves the disk asleep."""

_READ_AT_ONCE: Final = 500
_REST: Final = 20.0
"""Asking takes one twentieth of the time at most, however slow Stash is."""


class News:
    """Invariant: what was saved between the first look ever and the fact NEWS_UNTIL is recorded or queued.

    What waits for its file, is held or given up was noted when that was found, and is no news until it is saved again.
    """

    def __init__(
        self,
        stash: "StashLink",
        records: "Records",
        queue_dir: str,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._stash = stash
        self._records = records
        self._queue_dir = queue_dir
        self._is_stopping = is_stopping
        self._clock = clock
        self._monotonic = monotonic
        self._next_s = self._keep_s = float("-inf")
        self._until: float | None = None
        self._seen: frozenset[SceneRef] = frozenset()
        """The last answer: it comes once more within the overlap, and what was given up or held is not tried again."""

    def look(self) -> None:
        """Ask, if it is time.

        The first look ever only begins the count. Raise StashError, and ask again in due time.
        """
        began_s = self._monotonic()
        if began_s < self._next_s:
            return
        try:
            self._ask(self._stash.client())
        finally:
            ended_s = self._monotonic()
            self._next_s = ended_s + max(NEWS_S, _REST * (ended_s - began_s))

    def _ask(self, client: "StashClient") -> None:
        known = self._until or self._records.facts.get(NEWS_UNTIL)
        if known is None:
            self._reach(client.asked_at, is_news=True)
            return
        since = known - OVERLAP_S
        refs = newest_scenes(client, since, FEW)
        until = client.asked_at
        pages: Iterable[Sequence[SceneRef]] = [refs or ()]
        unknown_since = 0.0
        if until and until < since:
            # Of a clock that was set back: all, for nobody knows when that was; what was there before the plugin is no
            # news.
            since, unknown_since = 0.0, unnoticed_since(self._records, min(until, self._clock()))
            refs = None
        if until and refs is None:
            pages = (page.refs for page in scene_pages(client, _PAGE, updated_since=since))
        read_twice: list[int] = []
        for page in pages:
            if self._is_stopping():
                return
            read_twice += self._queue_newer([ref for ref in page if ref.updated_at <= until + OVERLAP_S], unknown_since)
        # Behind all the others: what Stash cannot tell of one scene keeps no news back.
        self._queue(changed_since(self._stash, self._records, read_twice))
        self._seen = frozenset(refs or ())
        self._reach(until, is_news=refs != ())

    def _queue_newer(self, refs: Sequence[SceneRef], unknown_since: float) -> list[int]:
        """Queue what is newer than its record; return those of the others that have to be read once more.

        A time ahead of Stash's own clock is of one that was wrong, and would be news again and again: none is among
        `refs`.
        """
        unseen = [ref for ref in refs if ref not in self._seen]
        news = saved_since_synced(unseen, self._records, unknown_since)
        self._queue(news)
        return racy(self._records, sorted({ref.id for ref in refs}.difference(news)))

    def _queue(self, scene_ids: Sequence[int]) -> None:
        if scene_ids:
            bulk = len(scene_ids) > FEW
            enqueue_many(self._queue_dir, self._jobs(scene_ids), bulk=bulk, now=self._clock())
            # What was lost may be there again: then nothing has to be asked.
            held = Selection.of_scenes(scene_ids, error_type=HeldError.__name__)
            make_due(self._queue_dir, self._clock(), held)

    def _jobs(self, scene_ids: Iterable[int]) -> Iterable[SyncJob]:
        """Return jobs that count to the saves of their hour: a cover belongs to the scene that was saved."""
        now = self._clock()
        return (create_sync_job(scene_id, METADATA, {"fields": []}, now=now) for scene_id in scene_ids)

    def _reach(self, until: float, *, is_news: bool) -> None:
        """Go on from `until`. A Stash that does not tell its time is left to the comparison."""
        if not until:
            return
        self._until = until
        if is_news or self._monotonic() >= self._keep_s:
            self._records.facts.put(NEWS_UNTIL, until)
            self._keep_s = self._monotonic() + _KEPT_S


def racy(records: "Records", scene_ids: Sequence[int]) -> list[int]:
    """Return those of these scenes whose records may not know all that was saved."""
    known = records.written.get_many(scene_ids)
    return [scene_id for scene_id, by_item in known.items() if any(record.is_racy for record in by_item.values())]


def changed_since(stash: "StashLink", records: "Records", scene_ids: Sequence[int]) -> list[int]:
    """Return those of these scenes that differ in Stash from what is recorded; the others are recorded as read now.

    A job would compare Plex too, and take back a fresh edit there although nothing was saved in Stash.

    Raises:
        StashError: nothing can be told.
    """
    changed: list[int] = []
    for start in range(0, len(scene_ids), _READ_AT_ONCE):
        unread: dict[int, StashTooLarge] = {}
        scenes = stash.scenes(scene_ids[start : start + _READ_AT_ONCE], unread)
        known = records.written.get_many(list(scenes))
        news = [scene.id for scene in scenes.values() if _has_changed(stash, scene, list(known[scene.id].values()))]
        same = {scene.id: scene.read_at for scene in scenes.values() if scene.id not in news}
        records.written.read_again(same)
        changed += [*news, *unread]
    return changed


def _has_changed(stash: "StashLink", scene: "Scene", records: "Sequence[Written]") -> bool:
    """Return whether `scene` differs from its newest records; older ones are of items that it has lost."""
    newest = [record for record in records if record.scene_updated_at == scene.updated_at]
    if not newest or any(record.scene_mark != scene.mark for record in newest):
        return True
    looked = [record for record in newest if scene.screenshot_path in record.poster_source.split(" ")]
    return any(_has_other_cover(stash, scene, record) for record in looked if cover_sha1s(record))


def _has_other_cover(stash: "StashLink", scene: "Scene", record: "Written") -> bool:
    found = cover(stash.client(), scene, etag=record.poster_etag or None, max_bytes=MAX_PICTURE_BYTES)
    return isinstance(found, CoverPicture) and sha1_of(found.data) not in cover_sha1s(record)
