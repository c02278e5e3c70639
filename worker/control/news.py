"""News of Stash: what was saved, or got a cover, and told nobody. One small question every 20 seconds, while the worker lives."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from stash.scenes import SceneRef, newest_scenes, scene_pages
from sync_queue.bulk import enqueue_many
from sync_queue.by_key import make_scenes_due
from sync_queue.models import METADATA, SyncJob, create_sync_job
from worker.control.reconciling import saved_since_synced, unnoticed_since
from worker.control.second_look import changed_since, racy
from worker.errors import HeldError
from worker.facts import NEWS_UNTIL

if TYPE_CHECKING:
    from records import Records
    from stash.client import StashClient
    from worker.sync.stash_link import StashLink

NEWS_S: Final = 20.0
"""A cover that Stash makes is in Plex within a minute; Stash has an answer of a few rows to give, and usually of none."""

OVERLAP_S: Final = 10.0
"""What is saved has the time at which that began, and is to be seen when it has ended. It is also how far clocks are set back without being wrong."""

FEW: Final = 100
"""So much news is ahead of what tasks have queued; more waits among it."""

_PAGE: Final = 1000
_KEPT_S: Final = 600.0
"""How often the place is put down where there is no news: an idle worker leaves the disk asleep."""

_REST: Final = 20.0
"""Asking takes one twentieth of the time at most, however slow Stash is."""


class News:
    """Invariant: what was saved in Stash up to the fact NEWS_UNTIL, and after the first look ever, is recorded or queued.

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
        """What the last answer told. It is told once more within the overlap, and what was given up or held by then would be tried again for nothing."""

    def look(self) -> None:
        """Ask, if it is time. The first look ever only begins the count. Raises StashError, and asks again in due time."""
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
            # Of a clock that was set back: all, for nobody knows when that was; but what was there before the plugin is no news.
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
        """Queue what is newer than its record; those of the others that have to be read once more.

        A time ahead of Stash's own clock is of one that was wrong, and would be news again and again: none is among `refs`.
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
            make_scenes_due(self._queue_dir, scene_ids, self._clock(), error_type=HeldError.__name__)

    def _jobs(self, scene_ids: Iterable[int]) -> Iterable[SyncJob]:
        """Each with the saves of its hour: undone is what people did, and a cover belongs to the scene that they saved."""
        now = self._clock()
        return (create_sync_job(scene_id, METADATA, {"fields": []}, now=now) for scene_id in scene_ids)

    def _reach(self, until: float, *, is_news: bool) -> None:
        """A Stash that does not tell its time is left to the comparison."""
        if not until:
            return
        self._until = until
        if is_news or self._monotonic() >= self._keep_s:
            self._records.facts.put(NEWS_UNTIL, until)
            self._keep_s = self._monotonic() + _KEPT_S
