"""The brake on mass emptying: whatever queued the jobs, what would empty many items within an hour is held until a person has said what is meant."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from records import Counted, Emptying, State
from sync_queue.saves import Saved, saved_by
from sync_queue.settling import ClaimedJob
from worker.errors import HeldError
from worker.sync.losses import lacks, losses
from worker.sync.question import HOW_TO_ANSWER, asked, lost
from worker.sync.wanted import wanted_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings.settings import Settings
    from stash.model import Scene
    from worker.sync.planner import ItemWork, ScenePlan
    from worker.sync.session import Session

log = logging.getLogger("stash2plex.worker")

WINDOW_S: Final = 3600.0
_A_TENTH: Final = 10
_SENT_AS: Final[Mapping[str, frozenset[str]]] = {
    "title": frozenset({"title"}),
    "summary": frozenset({"details"}),
    "genre": frozenset({"tag_ids", "tags"}),
    "label": frozenset({"tag_ids", "tags"}),
    "actor": frozenset({"performer_ids", "performers"}),
}
"""Our name of a field to the input fields of a scene by which a save names it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many items may lose something within an hour: without a save that names the field, and in any case."""

    unnamed: int
    any: int


@dataclass(frozen=True, slots=True)
class Loss:
    """One field that a plan empties: what would be put down, what is known of it so far, and whether a save of this one scene named it."""

    emptying: Emptying
    known: Emptying | None = None
    is_own: bool = False

    @property
    def state(self) -> State | None:
        """The state of what is known of it so far."""
        return self.known.state if self.known else None

    def is_held(self, items: int, unnamed: int, bounds: Bounds) -> bool:
        """Whether it has to wait where so many `items` would lose something, `unnamed` of them without a save that named the field."""
        if self.is_own or self.state is State.ALLOWED:
            return False
        if items > bounds.any:
            return True
        return not self.emptying.is_named and (unnamed > bounds.unnamed or self.state is State.HELD)


class Brake:
    """Judges the plans of each batch before anything of it is sent."""

    def __init__(self, session: "Session", clock: "Callable[[], float]") -> None:
        self._session = session
        self._records = session.records
        self._clock = clock
        self._told = 0  # how many items were held when the log said so last

    def judge(self, plans: Sequence["ScenePlan"], jobs: Mapping[int, ClaimedJob]) -> dict[int, HeldError]:
        """The scenes of `plans` whose jobs have to wait, each with why. What the others empty is counted, on the disk before this returns.

        Args:
            plans: the plans of one batch.
            jobs: scene id to its job.
        """
        found = self._losses(plans, jobs)
        over = self._over(plans, {loss.emptying.place for loss in found})
        open_ = [loss for loss in found if loss.state is not State.ALLOWED]
        if not open_ and not over:
            return {}
        held = self._held(open_)
        if not self._records.emptyings.held().items:
            self._told = 0
        put = [self._put(loss, loss.emptying.scene_id in held) for loss in open_]
        self._records.emptyings.note(put, over, now=self._clock(), window_s=WINDOW_S)
        if any(loss.state is not State.HELD for loss in open_ if loss.emptying.scene_id in held):
            self._tell()
        return held

    # -- what is lost ----------------------------------------------------------------------------------------------

    def _losses(self, plans: Sequence["ScenePlan"], jobs: Mapping[int, ClaimedJob]) -> list[Loss]:
        busy = [(plan, work) for plan in plans for work in plan.work if work.plan.changes]
        had = self._records.originals.files_of([work.item.rating_key for _, work in busy])
        return [
            loss
            for plan, work in busy
            for loss in self._of_item(plan, work, had.get(work.item.rating_key, ()), saved_by(jobs[plan.scene.id].job))
        ]

    def _of_item(self, plan: "ScenePlan", work: "ItemWork", had: Iterable[str], saved: Saved) -> Iterable[Loss]:
        scene, item, now = plan.scene, work.item, self._clock()
        for name in losses(work.plan, scene, (*item.files, *scene.files, *had)):
            known = work.emptyings.get(name)
            one = Emptying(scene.id, item.rating_key, name, at=now, is_named=_names(saved.all, name), title=item.title)
            yield Loss(one, known, _names(saved.own, name))

    def _over(self, plans: Sequence["ScenePlan"], lost: Collection[tuple[int, int, str]]) -> list[Emptying]:
        """What is held, allowed or kept and no question any more: Stash has a value again, or the scene is left out or has lost the item."""
        scenes = {plan.scene.id: plan.scene for plan in plans if plan.error is None}
        known = self._records.emptyings.of_scenes(list(scenes))
        return [
            one
            for rows in known.values()
            for one in rows.values()
            if one.state is not State.DONE and one.place not in lost and not self._stays(one, scenes[one.scene_id])
        ]

    def _stays(self, one: Emptying, scene: "Scene") -> bool:
        """Whether it is kept and Stash still has nothing, also while the scene is left out."""
        return one.state is State.KEPT and lacks(scene, wanted_values(scene, self._session.settings()), one.field)

    # -- what waits -----------------------------------------------------------------------------------------------

    def _held(self, found: Sequence[Loss]) -> dict[int, HeldError]:
        if not found:
            return {}
        places = {loss.emptying.place for loss in found}
        counting = self._records.emptyings.counting(now=self._clock(), window_s=WINDOW_S)
        counted = [one for one in counting if one.place not in places]
        counted += [Counted(loss.emptying.place, loss.emptying.is_named) for loss in found]
        items = len({one.rating_key for one in counted})
        unnamed = len({one.rating_key for one in counted if not one.is_named})
        bounds = self._bounds()
        waiting = {loss.emptying.scene_id for loss in found if loss.is_held(items, unnamed, bounds)}
        return {scene_id: _error(scene_id, found, items) for scene_id in waiting}

    def _bounds(self) -> Bounds:
        return bounds_of(self._session.settings(), self._records.written.count())

    @staticmethod
    def _put(loss: Loss, is_held: bool) -> Emptying:
        """What is written down. A hold is as old as its first time, for an answer reaches back; what is done counts from now."""
        if not is_held:
            return loss.emptying
        at = loss.known.at if loss.known and loss.state is State.HELD else loss.emptying.at
        return replace(loss.emptying, state=State.HELD, at=at)

    def _tell(self) -> None:
        """Say it once, and again only when it has become twice as much."""
        held = self._records.emptyings.held()
        if held.items >= 2 * self._told:
            log.warning("%s", asked(held))
            self._told = held.items


def bounds_of(settings: "Settings", items: int) -> Bounds:
    """The bounds where we have written to so many `items`: a tenth of them, but never below the smaller setting nor above the greater one."""
    few = settings.emptying_limit
    return Bounds(few, min(settings.emptying_limit_any, max(few, items // _A_TENTH)))


def _names(sent: Collection[str], field: str) -> bool:
    return not _SENT_AS.get(field, frozenset()).isdisjoint(sent)


def _error(scene_id: int, found: Iterable[Loss], items: int) -> HeldError:
    names = dict.fromkeys(lost(loss.emptying.field) for loss in found if loss.emptying.scene_id == scene_id)
    return HeldError(
        f"its item in Plex would lose its {' and '.join(names)}; {items:,} items would lose such a field within an hour, "
        f"so it was not written to. {HOW_TO_ANSWER}"
    )
