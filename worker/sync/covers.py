"""The covers of a batch, after its edits. Some at a time are fetched from Stash and listed in Plex, then looked at and uploaded; the locks come together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from plex.edit import Edit, edit_for
from plex.errors import PlexError, PlexItemGone, PlexRejected
from plex.writer import Applied
from worker.sync.looks import Looks
from worker.sync.pictures import Cover, Pictures, PictureWork
from worker.sync.sending import Purpose, Sender
from worker.sync.work import Pending, Work

if TYPE_CHECKING:
    from plex.client import PlexClient
    from worker.sync.recording import Recorder

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of covers in memory at once."""

_FADING: Final = 0.9

Outcome = tuple[Work, PictureWork | PlexError]


class Covers:
    """Brings the covers of one batch. An item counts as done once its picture is locked: what is interrupted before is found uploaded, and locked then."""

    def __init__(
        self, client: "PlexClient", pictures: Pictures, recorder: "Recorder", is_stopping: Callable[[], bool]
    ) -> None:
        """`is_stopping` says whether the worker is to end: then what is uploaded is locked, and the rest is left."""
        self._is_stopping = is_stopping
        self._client = client
        self._pictures = pictures
        self._recorder = recorder
        self._looks = Looks(client)
        self._list_s = 0.0
        self._covers: dict[int, Cover] = {}
        self._unlocked: dict[int, tuple[Work, PictureWork]] = {}
        locks = Purpose(self._lock_of, Work.seen_as, lambda _: None, self._locked)
        self._locks = Sender(client, recorder, locks)

    def bring(self, works: Sequence[Work]) -> Iterator[Pending]:
        """Bring the scenes' covers to their items; the scenes that are done, each at once.

        Raises:
            PlexError, StashError: what concerns every scene that is not done yet.
        """
        waiting = {work.key: work for work in works}
        while waiting and not self._is_stopping():
            window = self._window(waiting.values())
            known = [(work, self._covers.pop(work.key).so_far) for work in window if not self._covers[work.key].slots]
            for work, _ in known:
                del waiting[work.key]
            yield from self._recorder.settle(known, self._put_down)
            for work, outcome in self._outcomes([work for work in window if work.key in waiting]):
                del waiting[work.key]
                if isinstance(outcome, PictureWork) and outcome.lock:
                    self._unlocked[work.key] = work, outcome
                else:
                    yield from self._recorder.settle([(work, outcome)], self._put_down)
        yield from self._locks.send([work for work, _ in self._unlocked.values()])

    def _window(self, waiting: Iterable[Work]) -> list[Work]:
        """The first ones, with their covers: as many as can be listed, and then uploaded, while one look is young."""
        room, size = self._looks.most(self._list_s), 0
        window: list[Work] = []
        for work in waiting:
            if room <= 0 or size >= MOST_BYTES or self._is_stopping():
                break
            cover = self._covers.get(work.key) or self._pictures.fetch(work.scene.plan.scene, work.todo, work.written)
            self._covers[work.key] = cover
            room, size = room - bool(cover.slots), size + cover.size
            window.append(work)
        return window

    def _outcomes(self, window: Sequence[Work]) -> Iterator[Outcome]:
        """What became of the covers in `window`, as it happens; those for which no time was left are in none."""
        if not window:
            return
        self._client.ready()
        began_s = self._client.now_s()
        listed: list[Work] = []
        for work in window:
            if listed and not self._looks.leaves_time(began_s):
                break
            told = self._list(work)
            if told:
                yield work, told
            else:
                listed.append(work)
        if listed:
            yield from self._uploaded(listed)

    def _list(self, work: Work) -> PictureWork | PlexError | None:
        """List what the item can show, unless it was and nothing depends on its age; what came of it where nothing can be sent."""
        cover, began_s = self._covers[work.key], self._client.now_s()
        if cover.listed and not cover.is_users_choice:
            return None
        try:
            self._pictures.list_for(cover, work.key)
        except PlexItemGone as error:
            return error
        except PlexRejected as error:
            return cover.so_far.refuse(cover.slots[0].kind, str(error))
        self._list_s = max(self._client.now_s() - began_s, self._list_s * _FADING)
        return None

    def _uploaded(self, listed: Sequence[Work]) -> Iterator[Outcome]:
        items = self._looks.again({work.key: work.item for work in listed})
        waiting: dict[int, Work] = {}
        for work in listed:
            error = work.why_not(items)
            if error:
                yield work, error
            else:
                work.seen_as(items[work.key])
                waiting[work.key] = work
        changes = {key: self._pictures.poster_change(self._covers[key], work.item) for key, work in waiting.items()}
        posters = {key: change for key, change in changes.items() if change}
        self._recorder.before_uploads(posters, list(waiting.values()))
        steps = self._sent(list(waiting.values()))
        for work, outcome in self._looks.in_time(
            steps, lambda: self._ages(waiting.values(), is_alone=len(listed) == 1)
        ):
            del waiting[work.key]
            yield work, outcome

    def _sent(self, works: Sequence[Work]) -> Iterator[Outcome]:
        for work in works:
            try:
                outcome: PictureWork | PlexError = self._pictures.send(self._covers[work.key], work.item)
            except PlexItemGone as error:
                outcome = error
            del self._covers[work.key]
            yield work, outcome

    def _ages(self, works: Iterable[Work], *, is_alone: bool) -> Iterator[float]:
        """When the looks were sent on which these uploads rest. Where answers take so long that no list is ever young, one upload goes out all the same."""
        for work in works:
            yield work.item.looked_s
            if self._covers[work.key].is_users_choice and not is_alone:
                yield self._covers[work.key].listed_s

    def _put_down(self, work: Work, outcome: PictureWork | PlexError) -> None:
        if isinstance(outcome, PictureWork):
            self._recorder.brought(work, outcome)
        else:
            self._recorder.failed(work, outcome)

    def _lock_of(self, work: Work) -> Edit | None:
        missing = self._unlocked[work.key][1].lock - work.item.locked
        return edit_for(work.item, (), lock=missing) if missing else None

    def _locked(self, work: Work, applied: Applied) -> None:
        picture = self._unlocked[work.key][1]
        for name, refusal in applied.refused.items():
            picture = picture.refuse(name, f"{name} is there, but was not locked: {refusal.why}")
        self._put_down(work, applied.error or picture)
        self._unlocked.pop(work.key, None)
