"""What a batch is made of while it is carried out: scenes, their items, and how each scene ended. Asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from plex.errors import PlexError, PlexItemGone
from plex.model import Item
from records import FieldChange, Written
from worker.sync.planner import ItemWork, ScenePlan


@dataclass(frozen=True, slots=True)
class Done:
    """How one scene ended: `changes` that reached Plex, or the `error` that kept the rest from it; `problem` is what people should know beside that."""

    plan: ScenePlan
    changes: tuple[FieldChange, ...] = ()
    error: PlexError | None = None
    problem: str = ""


@dataclass(eq=False)
class Pending:
    """One scene whose items are not all done yet; `open` are their rating keys."""

    plan: ScenePlan
    open: set[int]
    changes: list[FieldChange] = field(default_factory=list)
    error: PlexError | None = None
    problem: str = ""

    def done(self) -> Done:
        """What has come of it."""
        return Done(self.plan, tuple(self.changes), self.error, self.problem)


@dataclass(eq=False)
class Work:
    """One item of a scene on its way.

    Attributes:
        todo: what it needs; planned anew where a later look shows another state.
        written: what is recorded of it.
        wants_cover: whether the scene's cover has to be looked at.
        told: changes that stand in Plex and are not in the list of the last syncs yet.
    """

    scene: Pending
    todo: ItemWork
    written: Written
    wants_cover: bool = False
    told: list[FieldChange] = field(default_factory=list)

    @property
    def item(self) -> Item:
        """The item as it was looked at last."""
        return self.todo.item

    @property
    def key(self) -> int:
        """The item's rating key."""
        return self.todo.item.rating_key

    @property
    def is_busy(self) -> bool:
        """Whether anything has to be asked or written."""
        return self.wants_cover or not self.todo.plan.is_empty

    def seen_as(self, item: Item) -> None:
        """The item was looked at again, and is the same; its plan stays."""
        self.todo = replace(self.todo, item=item)

    def why_not(self, items: Mapping[int, Item]) -> PlexItemGone | None:
        """Why nothing can be written to it any more, as `items`, a look at Plex right before, show it: its scene must be matched again.

        Any other file is reason enough: which item holds the scene's, and whose this one is now, is found out by matching only.
        """
        found = items.get(self.key)
        if found is None:
            return PlexItemGone(f"item {self.key} was removed or has a new rating key; its file is looked for again")
        if (found.files, found.section_key, found.item_type) != (
            self.item.files,
            self.item.section_key,
            self.item.item_type,
        ):
            return PlexItemGone(
                f"item {self.key} holds other files than a moment ago; the scene's file is looked for again"
            )
        return None


def works_of(plan: ScenePlan, covers: Mapping[int, bool]) -> list[Work]:
    """The items of `plan`; `covers` says by rating key whether the cover has to be looked at."""
    scene = Pending(plan, {todo.item.rating_key for todo in plan.work})
    return [Work(scene, todo, todo.written, covers[todo.item.rating_key]) for todo in plan.work]
