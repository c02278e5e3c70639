"""Carries plans out: first what an undo needs, then pictures, then edits, then the record. The only caller of everything that writes to Plex."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from plex.edit import Edit, edit_for
from plex.errors import PlexError, PlexItemGone
from plex.merge_tags import as_tags
from plex.writer import Applied, Cut
from records import FieldChange, Intent, Original, Sync, Written
from worker import shortened
from worker.overwriting import Overwriting
from worker.past import note_items
from worker.photos import PHOTOS, changes_to_send
from worker.pictures import Pictures, PictureWork
from worker.planner import ItemWork, ScenePlan
from worker.recognition import item_identity
from worker.wanted import relations_of

if TYPE_CHECKING:
    from worker.session import Session

log = logging.getLogger("stash2plex.worker")


@dataclass(frozen=True, slots=True)
class Done:
    """How one scene ended: `changes` that reached Plex, or the `error` that kept the rest from it; `problem` is what people should know beside that."""

    plan: ScenePlan
    changes: tuple[FieldChange, ...] = ()
    error: PlexError | None = None
    problem: str = ""


@dataclass
class _Pending:
    """One scene whose items are not all done yet."""

    plan: ScenePlan
    open: set[int]
    changes: list[FieldChange] = field(default_factory=list)
    error: PlexError | None = None
    problem: str = ""

    def fail(self, rating_key: int, error: PlexError) -> None:
        self.error = error
        self.open.discard(rating_key)

    def done(self) -> Done:
        return Done(self.plan, tuple(self.changes), self.error, self.problem)


@dataclass(frozen=True, slots=True)
class _Work:
    """One item of a scene, its pictures brought already."""

    scene: _Pending
    item: ItemWork
    picture: PictureWork


class Executor:
    """Carries out the plans of one batch."""

    def __init__(
        self, session: "Session", clock: Callable[[], float], runs: Mapping[int, str] = MappingProxyType({})
    ) -> None:
        """`runs` are the scenes' runs, see worker.overwriting."""
        self._session = session
        self._records = session.records
        self._clock = clock
        self._overwriting = Overwriting(runs, clock())
        self._sent_at = 0.0  # by Plex's clock, never later than the edits that follow it

    def carry_out(self, plans: Sequence[ScenePlan], sent: Mapping[int, Collection[str]]) -> Iterator[Done]:
        """Do what `plans` say; one Done a scene, each as soon as it stands and is recorded.

        Args:
            plans: of scenes that have work, one a scene.
            sent: scene id to the input fields that were sent; empty where that is unknown.

        Raises:
            PlexError, StashError: what concerns every scene that has no Done yet.
        """
        note_items(self._records, plans, self._clock())
        pictures = Pictures(self._session, self._session.settings())
        looked_at = {
            _place(plan, work)
            for plan in plans
            for work in plan.work
            if pictures.may_be_new(plan.scene, sent.get(plan.scene.id, ()), work)
        }
        busy: list[ScenePlan] = []
        idle: list[ScenePlan] = []
        for plan in plans:
            is_busy = any(not work.plan.is_empty or _place(plan, work) in looked_at for work in plan.work)
            (busy if is_busy else idle).append(plan)
        self._record_idle(idle)
        yield from (Done(plan) for plan in idle)
        self._keep_originals(busy, pictures, looked_at)
        yield from self._write(busy, pictures, looked_at)

    def _write(self, plans: Sequence[ScenePlan], pictures: Pictures, looked_at: set[tuple[int, int]]) -> Iterator[Done]:
        works: dict[int, _Work] = {}  # by rating key: the planner leaves an item to one scene
        edits: list[Edit] = []
        for plan in plans:
            scene = _Pending(plan, {work.item.rating_key for work in plan.work})
            for work in plan.work:
                self._prepare(scene, work, pictures, works, edits, looked_at)
            if not scene.open:
                yield scene.done()
        self._sent_at = self._session.plex().server_time_at or self._clock()
        for applied in self._session.plex().apply_all(edits):
            with self._records.transaction():
                touched = [self._settle(works[key], applied) for key in applied.rating_keys]
            yield from (scene.done() for scene in touched if not scene.open)

    def _prepare(
        self,
        scene: "_Pending",
        work: ItemWork,
        pictures: Pictures,
        works: "dict[int, _Work]",
        edits: list[Edit],
        looked_at: set[tuple[int, int]],
    ) -> None:
        """Bring one item's pictures, and put what is left into `works` and `edits`; an item without an edit is finished here."""
        key = work.item.rating_key
        try:
            may_be_new = _place(scene.plan, work) in looked_at
            picture = (
                pictures.bring(scene.plan.scene, work, self._overwriting) if may_be_new else PictureWork(work.written)
            )
        except PlexItemGone as error:
            scene.fail(key, error)
            return
        scene.problem = scene.problem or picture.problem
        works[key] = _Work(scene, work, picture)
        edit = self._edit(work, picture)
        if edit is None:
            self._settle(works[key], Applied((key,)))
        else:
            edits.append(edit)

    @staticmethod
    def _edit(work: ItemWork, picture: PictureWork) -> Edit | None:
        needed = work.plan
        lock = needed.lock | (picture.lock - work.item.locked)
        changes = changes_to_send(needed, work.item)
        if not (changes or lock or needed.unlock):
            return None
        return edit_for(work.item, changes, lock=lock, unlock=needed.unlock, photos=needed.photos)

    def _settle(self, done: "_Work", applied: Applied) -> "_Pending":
        """Record what now stands in one item, or that it could not be written; the scene it belongs to."""
        scene, work = done.scene, done.item
        if applied.error is not None:
            scene.fail(work.item.rating_key, applied.error)
            return scene
        planned = [FieldChange(change.field, change.before, change.after) for change in work.plan.changes]
        edited = shortened.really_changed(planned, applied.cut)
        edited += [FieldChange(PHOTOS, "", "")] if work.plan.photos else []
        changes = (*edited, *done.picture.changes)
        wanted = {change.field: as_tags(change.after) for change in changes_to_send(work.plan, work.item)}
        scene.problem = scene.problem or shortened.told(wanted, applied.cut)
        self._record(scene.plan, work, replace(done.picture.written, wrote_at=self._sent_at), applied.cut)
        if told := (*changes, *done.picture.refused):
            sync = Sync(scene.plan.scene.id, work.item.rating_key, self._clock(), told)
            self._records.history.record_many([sync])
        scene.changes += changes
        scene.open.discard(work.item.rating_key)
        return scene

    def _record_idle(self, plans: Sequence[ScenePlan]) -> None:
        """Plex shows already what it should; that is remembered as ours, where it was not."""
        fresh = [(plan, work) for plan in plans for work in plan.work if _is_news(plan, work)]
        if fresh:
            with self._records.transaction():
                for plan, work in fresh:
                    self._record(plan, work, work.written, {})

    def _record(self, plan: ScenePlan, work: ItemWork, written: Written, cut: Cut) -> None:
        for scene_id in work.past.parted:
            self._records.scenes.part(scene_id, self._clock(), [work.item.rating_key])
        if work.past.is_outdated:
            self._records.items.see({work.item.rating_key: item_identity(work.item)}, self._clock())
        self._records.written.record_many(
            [
                replace(
                    written,
                    values=shortened.really_written(work.plan.writes, cut),
                    synced_at=self._clock(),
                    scene_updated_at=plan.scene.updated_at,
                    gone_at=0.0,
                    intended={},
                    is_known=True,
                )
            ]
        )
        self._records.changes.arrived(plan.scene.id, work.item.rating_key)
        if work.past.taken_from:
            self._records.written.hand_over(work.item.rating_key, work.past.taken_from)
        self._records.relations.record_many({plan.scene.id: relations_of(plan.scene)})

    def _keep_originals(self, plans: Sequence[ScenePlan], pictures: Pictures, looked_at: set[tuple[int, int]]) -> None:
        """What the items show before our first write, and what we are about to write: on the disk before the first request."""
        works = [(plan, work) for plan in plans for work in plan.work]
        known = self._records.originals.files_of([work.item.rating_key for _, work in works])
        originals = [
            self._original(
                work, pictures.chosen_poster(work.item.rating_key) if _place(plan, work) in looked_at else ""
            )
            for plan, work in works
            if work.item.rating_key not in known
        ]
        intents = [
            Intent(plan.scene.id, work.item.rating_key, work.item.section_key, work.plan.writes)
            for plan, work in works
            if work.plan.changes
        ]
        changes = [change for plan, work in works if (change := self._overwriting.of_edit(plan.scene.id, work))]
        if originals or intents or changes:
            self._records.before_edits(originals, intents, changes=changes)

    def _original(self, work: ItemWork, poster: str) -> Original:
        item = work.item
        return Original(
            item.rating_key,
            item.section_key,
            item.item_type,
            item.values,
            item.locked,
            poster or item.poster_key,
            self._clock(),
            tuple(item.files),
        )


def _place(plan: ScenePlan, work: ItemWork) -> tuple[int, int]:
    return plan.scene.id, work.item.rating_key


def _is_news(plan: ScenePlan, work: ItemWork) -> bool:
    written = work.written
    return (
        not written.synced_at
        or written.values != work.plan.writes
        or written.scene_updated_at != plan.scene.updated_at
        or bool(written.gone_at)  # it is back
        or bool(written.intended)
        or bool(work.past.taken_from)
        or bool(work.past.parted)
        or work.past.is_outdated
        or not written.is_known
    )
