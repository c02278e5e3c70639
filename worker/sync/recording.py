"""What a batch puts down, and when: originals and intents on the disk before the first request, the record behind each. Knows no server."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from plex.apart import Refused
from plex.errors import PlexError
from plex.fields import SORT_TITLE, Values
from plex.plan import ItemPlan
from plex.writer import Applied
from records import FieldChange, Intent, Original, Overwritten, Sync, Written
from worker.sync import refusing
from worker.sync.overwriting import Overwriting
from worker.sync.photos import ACTOR, PHOTOS
from worker.sync.pictures import PictureWork, PosterChange
from worker.sync.planner import ScenePlan
from worker.sync.recognition import item_identity
from worker.sync.wanted import relations_of
from worker.sync.work import Pending, Work

if TYPE_CHECKING:
    from records import Records

T = TypeVar("T")


class Recorder:
    """Keeps the records of one batch in step with Plex."""

    def __init__(
        self,
        records: "Records",
        clock: Callable[[], float],
        overwriting: Overwriting,
        plex_time: Callable[[], float | None],
        server: Callable[[], str],
    ) -> None:
        """`plex_time` is Plex's clock at its last answer, where it tells; `server` is PlexClient.known_as."""
        self._records = records
        self._clock = clock
        self._overwriting = overwriting
        self._plex_time = plex_time
        self._server = server
        self._sent_at = 0.0  # by Plex's clock, never later than what follows it

    def before_edits(self, works: Sequence[Work]) -> None:
        """What the items show before our first write, and what we are about to write: on the disk before the first request."""
        intents = [
            Intent(work.written.scene_id, work.key, work.item.section_key, work.todo.plan.writes)
            for work in works
            if work.todo.plan.changes
        ]
        found = (self._overwriting.of_edit(work.written.scene_id, work.todo) for work in works)
        arrived = [work.written for work in works if work.todo.plan.changes and _had_intent(work)]
        self._keep(works, intents, {}, [change for change in found if change], arrived)

    def before_uploads(self, posters: Mapping[int, PosterChange], works: Sequence[Work]) -> None:
        """Likewise before pictures; `posters` are those that give way, by the keys of their items."""
        chosen = [(work, posters[work.key]) for work in works if work.key in posters]
        found = (
            self._overwriting.of_poster(work.written.scene_id, work.todo, one.before, one.sha1) for work, one in chosen
        )
        first = {work.key: one.before for work, one in chosen if one.before and not work.written.poster_sha1}
        self._keep(works, [], first, [change for change in found if change])

    def _keep(
        self,
        works: Sequence[Work],
        intents: Sequence[Intent],
        posters: Mapping[int, str],
        changes: Sequence[Overwritten],
        arrived: Sequence[Written] = (),
    ) -> None:
        known = self._records.originals.files_of([work.key for work in works])
        originals = [
            self._original(work, posters.get(work.key, ""))
            for work in works
            if work.key not in known or _writes_sort_title(work.todo.plan)
        ]
        if originals or intents or posters or changes:
            self._records.before_edits(originals, intents, arrived=arrived, changes=changes, posters=posters)
        self._sent_at = self._plex_time() or self._clock()

    def edited(self, work: Work, applied: Applied) -> None:
        """Record what now stands in one item, or that it could not be written."""
        if applied.error is not None:
            self.failed(work, applied.error)
            return
        work.todo = replace(work.todo, plan=_landed(work.todo.plan, applied.refused, work.written.values))
        plan = work.todo.plan
        changes = [FieldChange(change.field, change.before, change.after) for change in plan.named_changes]
        changes += [FieldChange(PHOTOS, "", "")] if plan.photos else []
        work.scene.problem = work.scene.problem or refusing.told(applied.refused)
        self._note_refused(work, applied.refused)
        self._record(work, self._wrote(work.written, has_sent=_moves_time(plan)))
        self._tell(work, changes)
        if not work.wants_cover:
            self._finish(work)

    def _note_refused(self, work: Work, refused: Refused) -> None:
        """What was not taken is not sent again as it is, was neither overwritten nor emptied, and stands among the last syncs."""
        scene_id, item = work.written.scene_id, work.todo
        stay = [one for name, one in item.refusals.items() if name in item.refused]
        if not refused and len(stay) == len(item.refusals):
            return
        new = refusing.rows_of(scene_id, work.key, refused, item.wanted, self._server(), self._clock())
        self._records.refused.replace(scene_id, work.key, [*stay, *new])
        self._records.changes.refused(scene_id, work.key, refused.keys())
        self._records.emptyings.take_back(scene_id, work.key, refused)
        work.todo = replace(item, refusals={one.field: one for one in (*stay, *new)})
        tried = refusing.is_tried(refused)
        work.told += [FieldChange(name, "", f"not written: {why}") for name, why in tried.items()]

    def brought(self, work: Work, picture: PictureWork) -> None:
        """Record what became of an item's pictures, and with them the item."""
        work.scene.problem = work.scene.problem or picture.problem
        self._record(work, self._wrote(picture.written, has_sent=picture.has_sent))
        self._tell(work, picture.changes)
        work.told += picture.refused
        self._finish(work)

    def _wrote(self, written: Written, *, has_sent: bool) -> Written:
        """Only what was sent moves an item's time: where nothing was, the item would look older than our last write."""
        return replace(written, wrote_at=self._sent_at) if has_sent and self._sent_at else written

    def failed(self, work: Work, error: PlexError) -> None:
        """The rest of an item was not written, and is not going to be."""
        work.scene.error = error
        self._finish(work)

    def left(self, works: Iterable[Work]) -> None:
        """The batch ends before its end: what stands in Plex is told of."""
        for work in works:
            if work.told:
                self._finish(work)

    def idle(self, works: Sequence[Work]) -> None:
        """Plex shows already what it should; that is remembered as ours, where it was not, and what the scenes belong to: that may be another performer of the same name."""
        if not works:
            return
        scenes = (work.scene.plan.scene for work in works)
        with self._records.transaction():
            for work in works:
                if _is_news(work.scene.plan, work):
                    self._note_refused(work, {})
                    self._record(work, work.written)
            self._records.relations.record_many({scene.id: relations_of(scene) for scene in scenes})

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
        self._part(work)
        if todo.past.is_outdated:
            self._records.items.see({work.key: item_identity(work.item)}, self._clock())
            if (
                written.wrote_at == work.written.wrote_at
            ):  # nothing was sent: the item is as old as it was, and known as it is from now on
                written = replace(written, wrote_at=min(written.wrote_at, work.item.updated_at))
            work.todo = replace(work.todo, past=replace(work.todo.past, is_outdated=False))
        work.written = replace(
            written,
            values=todo.plan.writes,
            synced_at=self._clock(),
            scene_updated_at=plan.scene.updated_at,
            read_at=plan.scene.read_at,
            scene_mark=plan.scene.mark,
            gone_at=0.0,
            intended={},
            is_known=True,
        )
        self._records.written.record_many([work.written])
        self._records.changes.arrived(plan.scene.id, work.key)
        if todo.past.taken_from:
            self._records.written.hand_over(work.key, todo.past.taken_from)
        self._records.relations.record_many({plan.scene.id: relations_of(plan.scene)})

    def _part(self, work: Work) -> None:
        """What is not the scene's own leaves its item with the first record of it; what is recorded from then on is."""
        for scene_id in work.todo.past.parted:
            self._records.scenes.part(scene_id, self._clock(), [work.key])
        work.todo = replace(work.todo, past=replace(work.todo.past, parted=()))

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


def _moves_time(plan: ItemPlan) -> bool:
    """Whether an edit of the item itself was sent. Stars may go another way, and nobody knows whether that moves the item's time."""
    others = any(change.field != "rating" for change in plan.changes)
    return bool(others or plan.lock or plan.unlock or plan.photos)


def _had_intent(work: Work) -> bool:
    """Whether there is an intent of its own for the item already."""
    past = work.todo.past
    return bool(work.written.intended) and not (past.taken_from or past.is_outdated)


def _writes_sort_title(plan: ItemPlan) -> bool:
    """Whether the original has to name the sort title: versions up to 1.1 did not know it."""
    return any(change.field == SORT_TITLE for change in plan.changes)


def _is_news(plan: ScenePlan, work: Work) -> bool:
    written = work.written
    return (
        not written.synced_at
        or written.values != work.todo.plan.writes
        or written.scene_updated_at != plan.scene.updated_at
        or written.is_racy
        or bool(written.gone_at)  # it is back
        or bool(written.intended)
        or bool(work.todo.past.taken_from)
        or bool(work.todo.past.parted)
        or work.todo.past.is_outdated
        or not written.is_known
        or not work.todo.refusals.keys() <= work.todo.refused.keys()
    )


def _landed(plan: ItemPlan, refused: Refused, written: Values) -> ItemPlan:
    """Return `plan` without what was `refused`: the record of those fields stays what it was in `written`."""
    if not refused:
        return plan
    names = set(refused) | ({PHOTOS} if ACTOR in refused else set())
    kept = {name: value for name, value in plan.writes.items() if name not in names}
    return replace(
        plan,
        changes=tuple(change for change in plan.changes if change.field not in names),
        lock=plan.lock - names,
        unlock=plan.unlock - names,
        writes=kept | {name: written[name] for name in names if name in written},
        photos={} if ACTOR in refused else plan.photos,
    )
