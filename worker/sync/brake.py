"""The brake on mass emptying: what would empty many items within an hour is held until a person has answered."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from plex.fields import Values, is_empty, same
from plex.plan import Change, ItemPlan
from records import Counted, Emptying, State
from sync_queue.merging import SavedFields, saved_by
from sync_queue.settling import ClaimedJob
from worker.errors import HeldError
from worker.sync.unwritten import HOW_TO_ANSWER, asked, lost
from worker.sync.wanted import file_title, is_untitled, wanted_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from records import Records
    from settings.settings import Settings
    from stash.model import Scene
    from worker.sync.plans import ItemWork, ScenePlan
    from worker.sync.stash_link import SettingsInForce

log = logging.getLogger("stash2plex.worker")

WINDOW_S: Final = 3600.0
_A_TENTH: Final = 10
_SENT_AS: Final[Mapping[str, frozenset[str]]] = {
    "title": frozenset({"title", "code"}),
    "tagline": frozenset({"code"}),
    "summary": frozenset({"details"}),
    "genre": frozenset({"tag_ids", "tags"}),
    "label": frozenset({"tag_ids", "tags"}),
    "content_rating": frozenset({"tag_ids", "tags"}),
    "collection": frozenset({"tag_ids", "tags"}),
    "actor": frozenset({"performer_ids", "performers"}),
}
"""Our name of a field to the input fields of a scene by which a save names it."""

_SOURCES_SENT_AS: Final[Mapping[str, frozenset[str]]] = {
    "studio": frozenset({"studio_id", "studio"}),
    "network": frozenset({"studio_id", "studio"}),
    "groups": frozenset({"groups", "group_ids", "movies", "movie_ids"}),
    "performers": frozenset({"performer_ids", "performers"}),
    "organized": frozenset({"organized"}),
}
"""What else names labels and collections, by the words of the settings `labels_from` and `collections_from`."""

_TEXTS: Final = frozenset({"tagline", "summary", "content_rating"})
_LISTS: Final = frozenset({"genre", "label", "actor", "collection"})
"""The lists that count. A director is made anew in a moment; a collection is not, where it has texts of a person."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many items may lose something within an hour: without a save that names the field, and in any case."""

    unnamed: int
    any: int


@dataclass(frozen=True, slots=True)
class Loss:
    """One field that a plan empties.

    Attributes:
        emptying: what is put down about it.
        known: what stands about it so far.
        is_own: whether a save of this one scene named the field.
    """

    emptying: Emptying
    known: Emptying | None = None
    is_own: bool = False

    @property
    def state(self) -> State | None:
        """The state of what is known of it so far."""
        return self.known.state if self.known else None

    def is_held(self, items: int, unnamed: int, bounds: Bounds) -> bool:
        """Return whether it has to wait where `items` would lose something, `unnamed` of them unnamed by any save."""
        if self.is_own or self.state is State.ALLOWED:
            return False
        if items > bounds.any:
            return True
        return not self.emptying.is_named and (unnamed > bounds.unnamed or self.state is State.HELD)


class Brake:
    """Judges the plans of each batch before anything of it is sent."""

    def __init__(
        self,
        settings: "SettingsInForce",
        records: "Records",
        clock: "Callable[[], float]",
        settings_of: "Callable[[int], Settings]",
    ) -> None:
        """`settings_of` returns the settings in force for a library, by its section key."""
        self._settings = settings
        self._settings_of = settings_of
        self._records = records
        self._clock = clock
        self._logged = 0  # how many items were held when they were logged last

    def judge(self, plans: Sequence["ScenePlan"], jobs: Mapping[int, ClaimedJob]) -> dict[int, HeldError]:
        """Return the scenes whose jobs have to wait, each with why; what the others empty is on the disk by then.

        Args:
            plans: the plans of one batch.
            jobs: scene id to its job.
        """
        found = self._losses(plans, jobs)
        over = self._over(plans, {loss.emptying.place for loss in found})
        unanswered = [loss for loss in found if loss.state is not State.ALLOWED]
        if not unanswered and not over:
            return {}
        held = self._held(unanswered)
        if not self._records.emptyings.held().items:
            self._logged = 0
        put = [self._put(loss, loss.emptying.scene_id in held) for loss in unanswered]
        self._records.emptyings.note(put, over, now=self._clock(), window_s=WINDOW_S)
        if any(loss.state is not State.HELD for loss in unanswered if loss.emptying.scene_id in held):
            self._log()
        return held

    # -- what is lost ----------------------------------------------------------------------------------------------

    def _losses(self, plans: Sequence["ScenePlan"], jobs: Mapping[int, ClaimedJob]) -> list[Loss]:
        found: list[Loss] = []
        for plan in plans:
            for work in plan.work:
                had = work.original.files if work.original else ()
                files = (*work.item.files, *plan.scene.files, *had)
                names = losses(work.plan, plan.scene, work.settings, files)
                if names:
                    found += self._of_item(work, names, saved_by(jobs[plan.scene.id].job))
        return found

    def _of_item(self, work: "ItemWork", names: Iterable[str], saved: SavedFields) -> Iterator[Loss]:
        taken = work.scene.taken  # a person has named the field, as by a save of this one scene
        for name in names:
            emptying = Emptying(
                work.scene.scene.id,
                work.key,
                name,
                at=self._clock(),
                is_named=name in taken or _names(saved.all, name, work.settings),
                title=work.item.title,
            )
            yield Loss(emptying, work.emptyings.get(name), name in taken or _names(saved.own, name, work.settings))

    def _over(self, plans: Sequence["ScenePlan"], lost: Collection[tuple[int, int, str]]) -> list[Emptying]:
        """What is no question any more: Stash has a value again, or the scene is left out or has lost the item."""
        judged = {plan.scene.id: plan for plan in plans if plan.error is None}
        known = self._records.emptyings.of_scenes(list(judged))
        return [
            row
            for by_field in known.values()
            for row in by_field.values()
            if row.state is not State.DONE
            and row.place not in lost
            and judged[row.scene_id].may_write(row.field)
            and not self._stays(row, judged[row.scene_id].scene)
        ]

    def _stays(self, row: Emptying, scene: "Scene") -> bool:
        """Whether it is kept and Stash still has nothing, also while the scene is left out."""
        if row.state is not State.KEPT:
            return False
        known = self._records.written.get(scene.id).get(row.rating_key)
        settings = self._settings_of(known.section_key) if known else self._settings.current()
        return lacks(scene, settings, wanted_values(scene, settings), row.field)

    # -- what waits -----------------------------------------------------------------------------------------------

    def _held(self, found: Sequence[Loss]) -> dict[int, HeldError]:
        if not found:
            return {}
        places = {loss.emptying.place for loss in found}
        counting = self._records.emptyings.counting(now=self._clock(), window_s=WINDOW_S)
        counted = [row for row in counting if row.place not in places]
        counted += [Counted(loss.emptying.place, loss.emptying.is_named) for loss in found]
        items = len({row.rating_key for row in counted})
        unnamed = len({row.rating_key for row in counted if not row.is_named})
        bounds = bounds_of(self._settings.current(), self._records.written.count())
        waiting = {loss.emptying.scene_id for loss in found if loss.is_held(items, unnamed, bounds)}
        return {scene_id: _error(scene_id, found, items) for scene_id in waiting}

    @staticmethod
    def _put(loss: Loss, is_held: bool) -> Emptying:
        """A hold is as old as its first time, for an answer reaches back; what is done counts from now."""
        if not is_held:
            return loss.emptying
        at = loss.known.at if loss.known and loss.state is State.HELD else loss.emptying.at
        return replace(loss.emptying, state=State.HELD, at=at)

    def _log(self) -> None:
        """Warn once, and again only when it has become twice as much."""
        held = self._records.emptyings.held()
        if held.items >= 2 * self._logged:
            log.warning("%s", asked(held))
            self._logged = held.items


def bounds_of(settings: "Settings", items: int) -> Bounds:
    """Return the bounds where `items` are synced: a tenth of them, but between the two settings."""
    few = settings.emptying_limit
    return Bounds(few, min(settings.emptying_limit_any, max(few, items // _A_TENTH)))


def _names(sent: Collection[str], field: str, settings: "Settings") -> bool:
    words = {"label": settings.labels_from, "collection": settings.collections_from}.get(field, frozenset())
    others = [_SOURCES_SENT_AS[word] for word in words]
    if settings.performer_tags and field in {"genre", "label", "collection"}:
        others.append(_SENT_AS["actor"])
    return not _SENT_AS.get(field, frozenset()).union(*others).isdisjoint(sent)


def _error(scene_id: int, found: Iterable[Loss], items: int) -> HeldError:
    names = dict.fromkeys(lost(loss.emptying.field) for loss in found if loss.emptying.scene_id == scene_id)
    return HeldError(
        f"its item in Plex would lose its {' and '.join(names)}; {items:,} items would lose such a field within an "
        f"hour, so it was not written to. {HOW_TO_ANSWER}"
    )


def losses(plan: ItemPlan, scene: "Scene", settings: "Settings", files: Iterable[str]) -> tuple[str, ...]:
    """The fields that `plan` empties for `scene`, in its order.

    A title that gives way to a file's name is one; a file's name that gives way to another is none. A list is one once
    all names of ours go.

    Args:
        plan: what is to be done to the item.
        scene: the scene that it is for.
        settings: those that it was made by.
        files: paths that the item or the scene has, or had when it was last synced: what a title may have been made of.
    """
    return tuple([change.field for change in plan.changes if _is_loss(change, plan, scene, settings, files)])


def lacks(scene: "Scene", settings: "Settings", wanted: Values, field: str) -> bool:
    """Whether Stash has nothing for `field` of `scene`; `wanted` is worker.sync.wanted.wanted_values of both."""
    return is_untitled(scene, settings) if field == "title" else is_empty(wanted.get(field))


def kept_by_answer(
    scene: "Scene", settings: "Settings", wanted: Values, known: Mapping[str, Emptying]
) -> frozenset[str]:
    """Return the fields that a person had kept (`known`, by field) and for which Stash still has nothing."""
    kept = [name for name, row in known.items() if row.state is State.KEPT]
    return frozenset([name for name in kept if lacks(scene, settings, wanted, name)])


def _is_loss(change: Change, plan: ItemPlan, scene: "Scene", settings: "Settings", files: Iterable[str]) -> bool:
    if is_empty(change.before):
        return False
    if change.field == "title":
        return is_untitled(scene, settings) and not any(same(change.before, file_title((file,))) for file in files)
    if change.field in _LISTS:
        return bool(change.removed) and is_empty(plan.writes.get(change.field))
    return change.field in _TEXTS and is_empty(change.after)
