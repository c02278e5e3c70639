"""What a batch puts down, and when: originals and intents on the disk before the first request, the record behind each. Knows no server."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from plex.errors import PlexError
from plex.merge_tags import as_tags
from plex.writer import Applied
from records import FieldChange, Intent, Original, Sync, Written
from worker import shortened
from worker.photos import PHOTOS, changes_to_send
from worker.pictures import PictureWork
from worker.planner import ScenePlan
from worker.wanted import relations_of
from worker.work import Pending, Work

if TYPE_CHECKING:
    from records import Records

T = TypeVar("T")


class Recorder:
    """Keeps the records of one batch in step with Plex."""

    def __init__(self, records: "Records", clock: Callable[[], float]) -> None:
        self._records = records
        self._clock = clock

    def before_edits(self, works: Sequence[Work]) -> None:
        """What the items show before our first write, and what we are about to write: on the disk before the first request."""
        intents = [
            Intent(work.written.scene_id, work.key, work.item.section_key, work.todo.plan.writes)
            for work in works
            if work.todo.plan.changes
        ]
        self._keep(works, intents, {})

    def before_uploads(self, posters: Mapping[int, str], works: Sequence[Work]) -> None:
        """Likewise before pictures; `posters` are those that the items show, by their keys."""
        self._keep(works, [], {work.key: posters[work.key] for work in works if posters.get(work.key)})

    def _keep(self, works: Sequence[Work], intents: Sequence[Intent], posters: Mapping[int, str]) -> None:
        known = self._records.originals.files_of([work.key for work in works])
        other = [work.key for work in works if work.is_strange]
        originals = [
            self._original(work, posters.get(work.key, ""))
            for work in works
            if work.key not in known or work.key in other
        ]
        if originals or intents or posters:
            self._records.before_edits(originals, intents, other_items=other, posters=posters)
        for work in works:
            work.is_strange = False

    def edited(self, work: Work, applied: Applied) -> None:
        """Record what now stands in one item, or that it could not be written."""
        if applied.error is not None:
            self.failed(work, applied.error)
            return
        plan = work.todo.plan
        planned = [FieldChange(change.field, change.before, change.after) for change in plan.changes]
        changes = shortened.really_changed(planned, applied.cut)
        changes += [FieldChange(PHOTOS, "", "")] if plan.photos else []
        wanted = {change.field: as_tags(change.after) for change in changes_to_send(plan, work.item)}
        work.scene.problem = work.scene.problem or shortened.told(wanted, applied.cut)
        work.cut = applied.cut
        self._record(work, work.written)
        self._tell(work, changes)
        if not work.wants_cover:
            self._finish(work)

    def brought(self, work: Work, picture: PictureWork) -> None:
        """Record what became of an item's pictures, and with them the item."""
        work.scene.problem = work.scene.problem or picture.problem
        self._record(work, picture.written)
        self._tell(work, picture.changes)
        work.told += picture.refused
        self._finish(work)

    def failed(self, work: Work, error: PlexError) -> None:
        """The rest of an item was not written, and is not going to be."""
        work.scene.error = error
        self._finish(work)

    def left(self, works: Iterable[Work]) -> None:
        """The batch ends before its end: what stands in Plex is told of."""
        for work in works:
            if work.told:
                self._finish(work)

    def idle(self, works: Iterable[Work]) -> None:
        """Plex shows already what it should; that is remembered as ours, where it was not."""
        news = [work for work in works if _is_news(work.scene.plan, work)]
        if news:
            with self._records.transaction():
                for work in news:
                    self._record(work, work.written)

    def settle(self, outcomes: Iterable[tuple[Work, T]], settle: Callable[[Work, T], None]) -> list[Pending]:
        """Settle what one request has done in one transaction; the scenes that are done with it."""
        touched: dict[Pending, None] = {}  # a scene may have several of the items
        with self._records.transaction():
            for work, applied in outcomes:
                settle(work, applied)
                touched[work.scene] = None
        return [scene for scene in touched if not scene.open]

    def _tell(self, work: Work, changes: Iterable[FieldChange]) -> None:
        work.told += changes
        work.scene.changes += changes

    def _finish(self, work: Work) -> None:
        if work.told:
            sync = Sync(work.written.scene_id, work.key, self._clock(), tuple(work.told))
            self._records.history.record_many([sync])
            work.told = []
        work.scene.open.discard(work.key)

    def _record(self, work: Work, written: Written) -> None:
        plan, todo = work.scene.plan, work.todo
        if work.is_strange:
            self._records.forget_item(work.key)
            work.is_strange = False
        work.written = replace(
            written,
            values=shortened.really_written(todo.plan.writes, work.cut),
            synced_at=self._clock(),
            scene_updated_at=plan.scene.updated_at,
            gone_at=0.0,
            intended={},
        )
        self._records.written.record_many([work.written])
        if todo.past.taken_from:
            self._records.written.hand_over(work.key, plan.scene.id)
        self._records.relations.record_many({plan.scene.id: relations_of(plan.scene)})

    def _original(self, work: Work, poster: str) -> Original:
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


def _is_news(plan: ScenePlan, work: Work) -> bool:
    written = work.written
    return (
        not written.synced_at
        or written.values != work.todo.plan.writes
        or written.scene_updated_at != plan.scene.updated_at
        or bool(written.gone_at)  # it is back
        or bool(written.intended)
        or bool(work.todo.past.taken_from)
    )
