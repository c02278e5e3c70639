"""Carries plans out: first the edits, then the pictures, each right behind a look at its item. The only caller of everything that syncs to Plex."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from plex.edit import Edit, edit_for
from plex.fields import is_empty, same
from plex.model import Item
from records import Identity, Written
from stash.model import Scene
from worker.facts import UPDATES_MOVE
from worker.sync.covers import Covers
from worker.sync.overwriting import Overwriting
from worker.sync.past import EVIDENCE, SLACK_S
from worker.sync.photos import changes_to_send
from worker.sync.pictures import Pictures
from worker.sync.planner import ItemWork, ScenePlan
from worker.sync.recognition import item_identity
from worker.sync.recording import Recorder
from worker.sync.sending import Purpose, Sender
from worker.sync.work import Done, Work, works_of

if TYPE_CHECKING:
    from plex.client import PlexClient
    from records import Records

Replan = Callable[[Scene, ItemWork, Item], ItemWork]


class Executor:
    """Carries out the plans of one batch."""

    def __init__(
        self,
        client: "PlexClient",
        pictures: Pictures,
        records: "Records",
        clock: Callable[[], float],
        replan: Replan,
        is_stopping: Callable[[], bool],
        runs: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """`replan` says what an item needs of which a later look shows another state; `runs` are the scenes' runs, see worker.sync.overwriting."""
        self._client = client
        self._pictures = pictures
        self._records = records
        self._clock = clock
        self._recorder = Recorder(records, clock, Overwriting(runs, clock()), client)
        self._replan = replan
        self._is_stopping = is_stopping

    def carry_out(self, plans: Sequence[ScenePlan]) -> Iterator[Done]:
        """Do what `plans` say, which are of scenes that have work; one Done a scene, each as soon as it stands and is recorded.

        Raises:
            PlexError, StashError: what concerns every scene that has no Done yet.
        """
        _note_items(self._records, plans, self._clock())
        idle: list[Work] = []
        busy: list[Work] = []
        for plan in plans:
            works = works_of(plan, self._pictures.settings)
            (busy if any(work.is_busy for work in works) else idle).extend(works)
        self._recorder.idle(idle)
        yield from (scene.done() for scene in dict.fromkeys(work.scene for work in idle))
        if busy:
            yield from self._write(busy)

    def _write(self, works: Sequence[Work]) -> Iterator[Done]:
        fields = Purpose(_edit, self._looked_again, self._recorder.before_edits, self._recorder.edited)
        try:
            with_edit = [work for work in works if not (work.wants_cover and work.todo.plan.is_empty)]
            for scene in Sender(self._client, self._recorder, fields).send(with_edit):
                yield scene.done()
            with_cover = [work for work in works if work.wants_cover and work.key in work.scene.open]
            for scene in Covers(self._client, self._pictures, self._recorder, self._is_stopping).bring(with_cover):
                yield scene.done()
        finally:
            self._recorder.left(works)

    def _looked_again(self, work: Work, item: Item) -> None:
        if item == work.item:
            work.seen_as(item)
        else:
            work.todo = self._replan(work.scene.plan.scene, work.todo, item)


def _edit(work: Work) -> Edit | None:
    needed = work.todo.plan
    changes = changes_to_send(needed, work.item)
    if not (changes or needed.lock or needed.unlock):
        return None
    return edit_for(work.item, changes, lock=needed.lock, unlock=needed.unlock, photos=needed.photos)


def _updates_move(written: Written, item: Item) -> bool | None:
    """What an item that shows what we wrote says of its server: whether an edit moves `updatedAt`; None where it says nothing."""
    texts = [name for name in EVIDENCE if not is_empty(written.values.get(name))]
    if not written.wrote_at or not texts:
        return None
    if not all(same(item.values.get(name), written.values[name]) for name in texts):
        return None
    return item.updated_at >= written.wrote_at - SLACK_S


def _note_items(records: "Records", plans: Sequence["ScenePlan"], now: float) -> None:
    """Put down what the plans' reading of Plex showed of their items: which are dead, which are others than before, and who each of them is.

    Of an outdated item that is noted with its record, or it would no longer pass for one where its edit does not arrive.
    """
    _note_updates(records, plans)
    works = {work.item.rating_key: work for plan in plans for work in plan.work}
    dead = [(plan.scene.id, key) for plan in plans for key in plan.dead]
    known = records.items.get_many(list(works))
    seen = {key: item_identity(work.item) for key, work in works.items() if not work.past.is_outdated}
    others = [key for key, work in works.items() if work.past.is_other]
    news = {key: who for key, who in seen.items() if known.get(key) != who}
    if not (dead or news):
        return
    with records.transaction():
        records.written.drop(dead)
        for key in others:
            records.items.lose(key)
        for key in news.keys() - (known.keys() - set(others)):
            _find_again(records, key, seen[key])
        records.items.see(news, now)


def _note_updates(records: "Records", plans: Sequence["ScenePlan"]) -> None:
    """That a server does not move its times is never taken back: an item that was given back by a backup may look as if it did."""
    told = {_updates_move(work.written, work.item) for plan in plans for work in plan.work if not work.past.is_outdated}
    known = records.facts.get(UPDATES_MOVE)
    if False in told and known is not False:
        records.facts.put(UPDATES_MOVE, value=False)
    elif True in told and known is None:
        records.facts.put(UPDATES_MOVE, value=True)


def _find_again(records: "Records", rating_key: int, who: Identity) -> None:
    """An item that was lost under its key, and is back under this one, as when a backup of Plex was undone by another one."""
    for lost, known in records.items.lost(who.born_at).items():
        if known.is_as_old_as(who) and known.shares_file(who):
            records.items.find_again(lost, rating_key)
            return
