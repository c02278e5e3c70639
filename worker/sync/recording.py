"""What a batch puts down, and when: originals and intents on the disk before the first request, the record behind each.

What it overwrites in Plex is kept for an undo, by the run that it belongs to.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from plex.errors import PlexError
from plex.fields import ADDED_AT, Value
from plex.moments import epoch_of
from plex.plan import ItemPlan
from plex.refusal import Refused
from plex.writer import Applied
from records import FieldChange, Intent, Original, Overwritten, Sync, Written
from sync_queue.models import RUN, SyncJob
from worker.sync import refusals
from worker.sync.codes import POSTER
from worker.sync.covers import Cover
from worker.sync.identities import item_identity
from worker.sync.plans import ItemWork, ScenePlan
from worker.sync.wanted import PHOTOS, relations_of, without_fields

if TYPE_CHECKING:
    from plex.client import PlexClient
    from records import Records
    from stash.model import Scene

T = TypeVar("T")

SAVES: Final = "saves"
"""The kind of a run of saves: those of one hour are one."""

_HOUR_S: Final = 3600


def run_of(job: SyncJob) -> str:
    """Return the run that a job belongs to: the task that queued it, or the hour in which the scene was saved."""
    named = job["data"].get(RUN)
    return named if isinstance(named, str) and named else f"{SAVES} {job['enqueued_at'] // _HOUR_S * _HOUR_S:.0f}"


class Recorder:
    """Keeps the records of one batch in step with Plex. What the batch does to one item is one change, by its time."""

    def __init__(
        self, records: "Records", clock: Callable[[], float], client: "PlexClient", runs: Mapping[int, str]
    ) -> None:
        """`runs` are the scenes' runs, by scene id; see `run_of`."""
        self._records = records
        self._clock = clock
        self._client = client
        self._runs = runs
        self._began_at = clock()
        self._sent_at = 0.0  # by Plex's clock, never later than what follows it

    # -- before the requests ---------------------------------------------------------------------------------------

    def before_edits(self, works: Sequence[ItemWork]) -> None:
        """Put down what the items show before our first write, and what is about to be written."""
        changed = [work for work in works if work.plan.changes]
        intents = [Intent(work.written.scene_id, work.key, work.item.section_key, work.plan.writes) for work in changed]
        found = [self._overwritten_by_edit(work) for work in works]
        arrived = [work.written for work in changed if _had_intent(work)]
        self._keep(works, intents, {}, [change for change in found if change], arrived)

    def before_uploads(self, posters: Mapping[int, tuple[str, str]], works: Sequence[ItemWork]) -> None:
        """Likewise before pictures; `posters`: rating key to the poster's key and the sha1 to which it gives way."""
        chosen = [(work, posters[work.key]) for work in works if work.key in posters]
        changes = [
            self._overwritten(work, {POSTER: sha1}, {POSTER: before})
            for work, (before, sha1) in chosen
            if not before.endswith(f"/{sha1}")  # it is the chosen one already
        ]
        first = {work.key: before for work, (before, _) in chosen if before and not work.written.poster_sha1}
        self._keep(works, [], first, changes)

    def _keep(
        self,
        works: Sequence[ItemWork],
        intents: Sequence[Intent],
        posters: Mapping[int, str],
        changes: Sequence[Overwritten],
        arrived: Sequence[Written] = (),
    ) -> None:
        new = [work for work in works if _lacks_original(work)]
        originals = [self._original(work, posters.get(work.key, "")) for work in new]
        if originals or intents or posters or changes:
            self._records.before_edits(originals, intents, arrived=arrived, changes=changes, posters=posters)
        for work, original in zip(new, originals, strict=True):
            work.original = work.original or original
        self._sent_at = self._client.server_time_at or self._clock()

    def _original(self, work: ItemWork, poster: str) -> Original:
        """The item as it is; where its first state is known, without what is ours since then."""
        item, ours = work.item, work.written.values if work.original else {}
        return Original(
            work.key,
            item.section_key,
            item.item_type,
            {name: value for name, value in item.values.items() if name not in ours},
            item.locked,
            poster or item.poster_key,
            self._clock(),
            tuple(item.files),
        )

    def _overwritten_by_edit(self, work: ItemWork) -> Overwritten | None:
        """What the plan overwrites, or None where it writes no field and sets no lock."""
        shown = work.item.values
        after = {name: shown.get(name) for name in work.plan.lock if name in shown}
        after |= {change.field: change.after for change in work.plan.changes}
        return self._overwritten(work, after, {name: shown.get(name) for name in after}) if after else None

    def _overwritten(self, work: ItemWork, after: Mapping[str, Value], before: Mapping[str, Value]) -> Overwritten:
        item, scene_id = work.item, work.written.scene_id
        recorded = {**work.written.values, POSTER: work.written.poster_sha1}
        return Overwritten(
            scene_id,
            work.key,
            item.section_key,
            item.item_type,
            self._began_at,
            self._runs.get(scene_id, ""),
            before,
            after,
            {name: recorded[name] for name in after if name in recorded},
            item.locked & after.keys(),
            tuple(item.files),
        )

    # -- behind the requests ---------------------------------------------------------------------------------------

    def settle(self, outcomes: Sequence[tuple[ItemWork, T]], settle: Callable[[ItemWork, T], None]) -> list[ScenePlan]:
        """Settle what one request has done in one transaction; return the scenes that are done with it."""
        if not outcomes:
            return []
        touched: dict[ScenePlan, None] = {}  # a scene may have several of the items
        with self._records.transaction():
            for work, outcome in outcomes:
                settle(work, outcome)
                touched[work.scene] = None
        return [scene for scene in touched if scene.is_done]

    def idle(self, works: Sequence[ItemWork]) -> None:
        """Record items that show what they should: that is ours from now on."""
        if not works:
            return
        with self._records.transaction():
            for work in works:
                if _is_news(work):
                    self._note_refused(work, {})
                    self._record(work, work.written)
                work.is_open = False
            self._relate(works)

    def edited(self, work: ItemWork, applied: Applied) -> None:
        """Record what now stands in one item, or that it could not be written."""
        if applied.error is not None:
            self.failed(work, applied.error)
            return
        plan = work.plan
        if applied.refused:
            work.plan = plan = without_fields(plan, applied.refused, work.written.values)
        changes = [FieldChange(change.field, change.before, change.after) for change in plan.named_changes]
        changes += [FieldChange(PHOTOS, "", "")] if plan.photos else []
        work.scene.problem = work.scene.problem or refusals.sentence(applied.refused)
        self._note_refused(work, applied.refused)
        self._record(work, self._wrote(work.written, has_sent=_moves_time(plan)))
        self._note_date_added(work)
        self._note_changes(work, changes)
        if not work.wants_cover:
            self._finish(work)

    def _note_date_added(self, work: ItemWork) -> None:
        """Have the item known by the date that it has now, or the next look would take it for one made anew."""
        change = next((change for change in work.plan.changes if change.field == ADDED_AT), None)
        if change is not None:
            updated_at = max(work.item.updated_at, int(work.written.wrote_at))
            work.item = replace(work.item, added_at=epoch_of(change.after), updated_at=updated_at)
            self._records.items.see({work.key: item_identity(work.item)}, self._clock())

    def brought(self, work: ItemWork, cover: Cover) -> None:
        """Record what became of an item's pictures, and with them the item."""
        work.scene.problem = work.scene.problem or cover.problem
        self._record(work, self._wrote(cover.written, has_sent=cover.has_sent))
        self._note_changes(work, cover.changes)
        work.untold += cover.refused
        self._finish(work)

    def failed(self, work: ItemWork, error: PlexError) -> None:
        """Note that the rest of an item was not written, and is not going to be."""
        work.scene.error = error
        self._finish(work)

    def left(self, works: Iterable[ItemWork]) -> None:
        """Record what stands in Plex of a batch that ends before its end."""
        for work in works:
            if work.untold:
                self._finish(work)

    def _note_refused(self, work: ItemWork, refused: Refused) -> None:
        """Remember what was not taken: it is not sent again as it is, and was neither overwritten nor emptied."""
        stay = [row for name, row in work.refusals.items() if name in work.refused or not work.may_write(name)]
        if not refused and len(stay) == len(work.refusals):
            return
        scene_id, server = work.written.scene_id, self._client.known_as
        new = refusals.rows_of(scene_id, work.key, refused, work.wanted, server, self._clock())
        self._records.refused.replace(scene_id, work.key, [*stay, *new])
        self._records.changes.refused(scene_id, work.key, refused.keys())
        self._records.emptyings.take_back(scene_id, work.key, refused)
        work.refusals = {row.field: row for row in (*stay, *new)}
        tried = refusals.tried(refused)
        work.untold += [FieldChange(name, "", f"not written: {why}") for name, why in tried.items()]

    def _wrote(self, written: Written, *, has_sent: bool) -> Written:
        """Only what was sent moves an item's time: where nothing was, the item would look older than our last write."""
        return replace(written, wrote_at=self._sent_at) if has_sent and self._sent_at else written

    def _relate(self, works: Iterable[ItemWork]) -> None:
        """Record what the scenes belong to: that may be another performer of the same name."""
        plans = dict.fromkeys([work.scene for work in works if not work.scene.is_related])
        for is_taken in {bool(plan.taken) for plan in plans}:  # of one batch all are, or none
            related = {plan.scene.id: relations_of(plan.scene) for plan in plans if bool(plan.taken) is is_taken}
            self._records.relations.record_many(related, besides=is_taken)
        for plan in plans:
            plan.is_related = True

    def _note_changes(self, work: ItemWork, changes: Sequence[FieldChange]) -> None:
        work.untold += changes
        work.scene.changes += changes

    def _finish(self, work: ItemWork) -> None:
        if work.untold:
            sync = Sync(work.written.scene_id, work.key, self._clock(), tuple(work.untold))
            self._records.history.record_many([sync])
            work.untold = []
        work.is_open = False

    def _record(self, work: ItemWork, written: Written) -> None:
        scene, goes_on = work.scene.scene, work.is_partial and bool(work.written.synced_at)
        for scene_id in () if work.is_partial else work.parted:
            # What is not the scene's own leaves its item with the first record of all that it shows.
            self._records.scenes.part(scene_id, self._clock(), [work.key])
        work.parted = ()
        if work.is_outdated:
            self._records.items.see({work.key: item_identity(work.item)}, self._clock())
            if written.wrote_at == work.written.wrote_at:
                # Nothing was sent: the item is as old as it was, and known as it is from now on.
                written = replace(written, wrote_at=min(written.wrote_at, work.item.updated_at))
            work.is_outdated = False
        # Of a scene that was never synced this state counts, or the next comparison would send what nobody asked for.
        written = written if goes_on else _of_state(written, scene)
        work.written = replace(written, values=work.plan.writes, synced_at=self._clock(), intended={}, is_known=True)
        self._records.written.record_many([work.written])
        self._records.changes.arrived(scene.id, work.key)
        if work.taken_from:
            self._records.written.hand_over(work.key, work.taken_from)
        self._relate([work])


def _of_state(written: Written, scene: "Scene") -> Written:
    """The record as one of what `scene` says now."""
    at, read_at = scene.updated_at, scene.read_at
    return replace(written, scene_updated_at=at, read_at=read_at, scene_mark=scene.mark, gone_at=0.0)


def _moves_time(plan: ItemPlan) -> bool:
    """Whether an edit of the item itself was sent. Stars may go another way, which may not move the item's time."""
    return bool(plan.lock or plan.unlock or plan.photos or {change.field for change in plan.changes} - {"rating"})


def _had_intent(work: ItemWork) -> bool:
    """Whether there is an intent of its own for the item already."""
    return bool(work.written.intended) and not (work.taken_from or work.is_outdated)


def _lacks_original(work: ItemWork) -> bool:
    """Whether its first state has to be put down, or a field be added that no version knew when it was put down."""
    if work.original is None:
        return True
    known = work.original.values.keys() | work.written.values.keys()
    return not work.plan.lock.union(change.field for change in work.plan.changes) <= known


def _is_news(work: ItemWork) -> bool:
    written, scene = work.written, work.scene.scene
    return (
        not written.synced_at
        or written.values != work.plan.writes
        or (written.scene_updated_at != scene.updated_at and not work.is_partial)
        or written.is_racy
        or bool(written.gone_at)  # it is back
        or bool(written.intended)
        or bool(work.taken_from)
        or bool(work.parted)
        or work.is_outdated
        or not written.is_known
        or not work.refusals.keys() <= work.refused.keys()
    )
