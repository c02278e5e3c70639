"""Which fields an item would lose by its plan: the whole title, summary, all tags or all actors that Stash once had there. Pure."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from plex.fields import Values, is_empty, same
from plex.plan import Change, ItemPlan
from records import Emptying, State
from worker.sync.wanted import file_title, showable

if TYPE_CHECKING:
    from stash.model import Scene

LISTS: Final = frozenset({"genre", "label", "actor"})
"""The lists that count; a director, a studio or a collection is made anew in a moment."""


def losses(plan: ItemPlan, scene: "Scene", files: Iterable[str]) -> tuple[str, ...]:
    """The fields that `plan` empties for `scene`, in its order.

    A title that gives way to a file's name is one; a file's name that gives way to another is none. A list is one once all names of ours go.

    Args:
        plan: what is to be done to the item.
        scene: the scene that it is for.
        files: paths that the item or the scene has, or had when it was last synced: what a title may have been made of.
    """
    return tuple(change.field for change in plan.changes if _is_loss(change, plan, scene, files))


def lacks(scene: "Scene", wanted: Values, field: str) -> bool:
    """Whether Stash has nothing for `field` of `scene`, for whom `wanted` is worker.sync.wanted.wanted_values."""
    return _is_untitled(scene) if field == "title" else is_empty(wanted.get(field))


def kept(scene: "Scene", wanted: Values, known: Mapping[str, Emptying]) -> frozenset[str]:
    """The fields that stay as Plex has them because somebody said so (`known`, by field), for as long as Stash has nothing for them."""
    return frozenset(name for name, one in known.items() if one.state is State.KEPT and lacks(scene, wanted, name))


def _is_loss(change: Change, plan: ItemPlan, scene: "Scene", files: Iterable[str]) -> bool:
    if is_empty(change.before):
        return False
    if change.field == "title":
        return _is_untitled(scene) and not any(same(change.before, file_title((file,))) for file in files)
    if change.field in LISTS:
        return bool(change.removed) and is_empty(plan.writes.get(change.field))
    return change.field == "summary" and is_empty(change.after)


def _is_untitled(scene: "Scene") -> bool:
    return not showable(scene.title).strip()
