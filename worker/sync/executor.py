"""Carries plans out: first the edits, then the covers, each right behind a look at its item.

The only caller of everything that syncs to Plex.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from plex.edit import Edit, edit_for
from plex.errors import PlexError, PlexItemGone, PlexRejected
from plex.model import Item
from plex.writer import Applied
from worker.sync.covers import Cover, Pictures
from worker.sync.plans import ItemWork, ScenePlan
from worker.sync.recording import Recorder
from worker.sync.sending import Looks, Sender
from worker.sync.wanted import changes_to_send, photos_sent_before

if TYPE_CHECKING:
    from plex.client import PlexClient

Replan = Callable[[ItemWork, Item], None]
TellPhotos = Callable[[Iterable[str]], None]

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of covers in memory at once."""

_FADING: Final = 0.9

Outcome = tuple[ItemWork, PlexError | None]


class Executor:
    """Carries out the plans of one batch."""

    def __init__(
        self,
        client: "PlexClient",
        pictures: Pictures,
        recorder: Recorder,
        replan: Replan,
        tell_photos: TellPhotos,
        is_stopping: Callable[[], bool],
    ) -> None:
        """Make one for a batch.

        `replan` plans an item anew that shows another state; `tell_photos` is handed the addresses of photos before
        Plex is told of them; `is_stopping` says whether the worker is to end.
        """
        self._client = client
        self._pictures = pictures
        self._recorder = recorder
        self._replan = replan
        self._tell_photos = tell_photos
        self._is_stopping = is_stopping

    def carry_out(self, plans: Sequence[ScenePlan]) -> Iterator[ScenePlan]:
        """Do what `plans` say, which are of scenes that have work; yield each as soon as it stands and is recorded.

        Raises:
            PlexError, StashError: what concerns every scene that was not yielded yet.
        """
        idle: list[ItemWork] = []
        busy: list[ItemWork] = []
        works = [work for plan in plans for work in plan.work]
        sent = [photos_sent_before(work.plan, work.item, work.photos) for work in works]
        self._tell_photos([address for photos in sent for address in photos.values()])  # they may have been lost since
        for plan in plans:
            for work in plan.work:
                work.wants_cover = self._pictures.may_be_new(work)
            is_busy = [work for work in plan.work if work.wants_cover or not work.plan.is_empty]
            (busy if is_busy else idle).extend(plan.work)
        self._recorder.idle(idle)
        yield from dict.fromkeys([work.scene for work in idle])
        if busy:
            yield from self._write(busy)

    def _write(self, works: Sequence[ItemWork]) -> Iterator[ScenePlan]:
        recorder = self._recorder
        fields = Sender(self._client, recorder, _edit, self._before_edits, recorder.edited, self._replan)
        try:
            with_edit = [work for work in works if not (work.wants_cover and work.plan.is_empty)]
            yield from fields.send(with_edit)
            with_cover = [work for work in works if work.wants_cover and work.is_open]
            if with_cover:
                covers = Covers(self._client, self._pictures, self._recorder, self._is_stopping)
                yield from covers.bring(with_cover)
        finally:
            self._recorder.left(works)

    def _before_edits(self, works: Sequence[ItemWork]) -> None:
        self._recorder.before_edits(works)
        self._tell_photos([address for work in works for address in work.plan.photos.values()])


def _edit(work: ItemWork) -> Edit | None:
    plan = work.plan
    changes = changes_to_send(plan, work.item)
    if not (changes or plan.lock or plan.unlock):
        return None
    return edit_for(work.item, changes, lock=plan.lock, unlock=plan.unlock, photos=plan.photos)


def _see(work: ItemWork, item: Item) -> None:
    work.item = item


class Covers:
    """Brings the covers of one batch: fetched and listed some at a time, then looked at and uploaded, locked together.

    An item counts as done once its picture is locked: what is interrupted before is found uploaded, and locked then.
    """

    def __init__(
        self, client: "PlexClient", pictures: Pictures, recorder: Recorder, is_stopping: Callable[[], bool]
    ) -> None:
        """`is_stopping` says whether the worker is to end: then what is uploaded is locked, and the rest is left."""
        self._is_stopping = is_stopping
        self._client = client
        self._pictures = pictures
        self._recorder = recorder
        self._looks = Looks(client)
        self._list_s = 0.0
        self._covers: dict[int, Cover] = {}

    def bring(self, works: Sequence[ItemWork]) -> Iterator[ScenePlan]:
        """Bring the scenes' covers to their items; yield the scenes that are done, each at once.

        Raises:
            PlexError, StashError: what concerns every scene that is not done yet.
        """
        waiting = {work.key: work for work in works}
        unlocked: list[ItemWork] = []
        while waiting and not self._is_stopping():
            window = self._window(waiting.values())
            known = [work for work in window if not self._covers[work.key].slots]
            yield from self._settle([(work, None) for work in known])
            for work in known:
                del waiting[work.key]
            for work, error in self._outcomes([work for work in window if work not in known]):
                del waiting[work.key]
                if error is None and self._covers[work.key].lock:
                    unlocked.append(work)
                else:
                    yield from self._settle([(work, error)])
        if unlocked:
            locks = Sender(self._client, self._recorder, self._lock_of, lambda _: None, self._locked, _see)
            yield from locks.send(unlocked)

    def _settle(self, outcomes: Sequence[Outcome]) -> list[ScenePlan]:
        return self._recorder.settle(outcomes, self._put_down)

    def _put_down(self, work: ItemWork, error: PlexError | None) -> None:
        cover = self._covers.pop(work.key)
        if error:
            self._recorder.failed(work, error)
        else:
            self._recorder.brought(work, cover)

    def _window(self, waiting: Iterable[ItemWork]) -> list[ItemWork]:
        """The first ones, with their covers: as many as can be listed, and then uploaded, while one look is young."""
        room, size = self._looks.most(self._list_s), 0
        window: list[ItemWork] = []
        for work in waiting:
            if room <= 0 or size >= MOST_BYTES or self._is_stopping():
                break
            cover = self._covers.get(work.key) or self._pictures.fetch(work)
            if self._is_stopping():
                break  # what ffmpeg was making is not made
            self._covers[work.key] = cover
            room, size = room - bool(cover.slots), size + cover.size
            window.append(work)
        return window

    def _outcomes(self, window: Sequence[ItemWork]) -> Iterator[Outcome]:
        """What became of the covers in `window`, as it happens; those for which no time was left are in none."""
        if not window:
            return
        self._client.ready()
        began_s = self._client.now_s()
        listed: list[ItemWork] = []
        for work in window:
            if listed and not self._looks.leaves_time(began_s):
                break
            cover = self._covers[work.key]
            try:
                self._list(cover, work.key)
            except PlexItemGone as error:
                yield work, error
            except PlexRejected as error:
                cover.refuse(cover.slots[0].kind, str(error))
                yield work, None
            else:
                listed.append(work)
        if listed:
            yield from self._uploaded(listed)

    def _list(self, cover: Cover, rating_key: int) -> None:
        """List what the item can show, unless it was and nothing depends on its age."""
        if cover.listed and not cover.is_users_choice:
            return
        began_s = self._client.now_s()
        self._pictures.list_for(cover, rating_key)
        self._list_s = max(self._client.now_s() - began_s, self._list_s * _FADING)

    def _uploaded(self, listed: Sequence[ItemWork]) -> Iterator[Outcome]:
        items = self._looks.again({work.key: work.item for work in listed})
        waiting: dict[int, ItemWork] = {}
        for work in listed:
            gone = work.why_not(items)
            if gone:
                yield work, gone
            else:
                work.item = items[work.key]
                waiting[work.key] = work
        changes = {key: self._pictures.poster_change(self._covers[key], work) for key, work in waiting.items()}
        posters = {key: change for key, change in changes.items() if change}
        self._recorder.before_uploads(posters, list(waiting.values()))
        steps = self._sent(list(waiting.values()))
        ages = partial(self._ages, waiting, is_alone=len(listed) == 1)
        for work, error in self._looks.in_time(steps, ages):
            del waiting[work.key]
            yield work, error

    def _sent(self, works: Sequence[ItemWork]) -> Iterator[Outcome]:
        for work in works:
            error: PlexError | None = None
            try:
                self._covers[work.key] = self._pictures.send(self._covers[work.key], work)
            except PlexItemGone as gone:
                error = gone
            yield work, error

    def _ages(self, waiting: Mapping[int, ItemWork], *, is_alone: bool) -> Iterator[float]:
        """When the looks were sent on which these uploads rest; of one that is alone its list does not count."""
        for key, work in waiting.items():
            yield work.item.looked_s
            if self._covers[key].is_users_choice and not is_alone:
                yield self._covers[key].listed_s

    def _lock_of(self, work: ItemWork) -> Edit | None:
        missing = self._covers[work.key].lock - work.item.locked
        return edit_for(work.item, (), lock=missing) if missing else None

    def _locked(self, work: ItemWork, applied: Applied) -> None:
        for name, refusal in applied.refused.items():
            self._covers[work.key].refuse(name, f"{name} is there, but was not locked: {refusal.why}")
        self._put_down(work, applied.error)
