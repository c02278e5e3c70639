"""Carries plans out: first the edits, then the pictures, each right behind a look at its item. The only caller of everything that syncs to Plex."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from plex.edit import Edit, edit_for
from plex.model import Item
from stash.model import Scene
from worker.sync.covers import Covers
from worker.sync.overwriting import Overwriting
from worker.sync.past import note_items
from worker.sync.photos import changes_to_send
from worker.sync.pictures import Pictures
from worker.sync.planner import ItemWork, ScenePlan
from worker.sync.recording import Recorder
from worker.sync.sending import Purpose, Sender
from worker.sync.work import Done, Work, works_of

if TYPE_CHECKING:
    from worker.sync.session import Session

Replan = Callable[[Scene, ItemWork, Item], ItemWork]


class Executor:
    """Carries out the plans of one batch."""

    def __init__(
        self,
        session: "Session",
        clock: Callable[[], float],
        replan: Replan,
        runs: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """`replan` says what an item needs of which a later look shows another state; `runs` are the scenes' runs, see worker.sync.overwriting."""
        self._session = session
        self._clock = clock
        overwriting = Overwriting(runs, clock())
        self._recorder = Recorder(
            session.records,
            clock,
            overwriting,
            lambda: session.plex().server_time_at,
            lambda: session.plex().known_as,
        )
        self._replan = replan

    def carry_out(self, plans: Sequence[ScenePlan]) -> Iterator[Done]:
        """Do what `plans` say, which are of scenes that have work; one Done a scene, each as soon as it stands and is recorded.

        Raises:
            PlexError, StashError: what concerns every scene that has no Done yet.
        """
        note_items(self._session.records, plans, self._clock())
        pictures = Pictures(self._session, self._session.settings())
        idle: list[Work] = []
        busy: list[Work] = []
        for plan in plans:
            works = _works(plan, pictures)
            (busy if any(work.is_busy for work in works) else idle).extend(works)
        self._recorder.idle(idle)
        yield from (scene.done() for scene in dict.fromkeys(work.scene for work in idle))
        if busy:
            yield from self._write(busy, pictures)

    def _write(self, works: Sequence[Work], pictures: Pictures) -> Iterator[Done]:
        client = self._session.plex()
        fields = Purpose(_edit, self._looked_again, self._recorder.before_edits, self._recorder.edited)
        try:
            with_edit = [work for work in works if not (work.wants_cover and work.todo.plan.is_empty)]
            for scene in Sender(client, self._recorder, fields).send(with_edit):
                yield scene.done()
            with_cover = [work for work in works if work.wants_cover and work.key in work.scene.open]
            for scene in Covers(client, pictures, self._recorder, self._session.is_stopping).bring(with_cover):
                yield scene.done()
        finally:
            self._recorder.left(works)

    def _looked_again(self, work: Work, item: Item) -> None:
        if item == work.item:
            work.seen_as(item)
        else:
            work.todo = self._replan(work.scene.plan.scene, work.todo, item)


def _works(plan: ScenePlan, pictures: Pictures) -> list[Work]:
    return works_of(plan, {work.item.rating_key: pictures.may_be_new(plan.scene, work) for work in plan.work})


def _edit(work: Work) -> Edit | None:
    needed = work.todo.plan
    changes = changes_to_send(needed, work.item)
    if not (changes or needed.lock or needed.unlock):
        return None
    return edit_for(work.item, changes, lock=needed.lock, unlock=needed.unlock, photos=needed.photos)
