"""What one scene needs, as values that go along from the search to the result, and in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from matching.gate import SkipReason
from plex.errors import PlexItemGone
from plex.fields import SORT_TITLE, TITLE, Value, Values, same
from plex.model import Item
from plex.plan import ItemPlan
from records import Emptying, FieldChange, Identity, Member, Original, RefusedField, State, Written
from settings.settings import Settings
from stash.model import Scene

COLLECTION: Final = "collection"

_MOST: Final = 80


@dataclass(eq=False, slots=True)
class ScenePlan:
    """One scene on its way: what was found of it, what it needs or why nothing (`skip`, `error`), and what came of it.

    Attributes:
        rating_keys: what the index matched.
        items: those that really hold a file of the scene and are its own.
        left_out: items with a file of the scene whose library does not take it, each with why, as a code.
        lacking: the scene's files that no item holds, where others are held.
        denied: items that the index has and Plex does not.
        work: one entry an item, in their order.
        is_related: whether it is recorded what the scene belongs to.
        taken: fields that a person takes from Stash: these alone are written, whatever is kept else. None: all.
        changes: what reached Plex.
        problem: what people should know beside `error`.
    """

    scene: Scene
    skip: SkipReason | None = None
    taken: frozenset[str] = frozenset()
    error: Exception | None = None
    rating_keys: tuple[int, ...] = ()
    items: list[Item] = field(default_factory=list)
    left_out: list[tuple[Item, str]] = field(default_factory=list)
    lacking: tuple[str, ...] = ()
    denied: set[int] = field(default_factory=set)
    work: "list[ItemWork]" = field(default_factory=list)
    is_related: bool = False
    changes: list[FieldChange] = field(default_factory=list)
    problem: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do on any item."""
        return not [work for work in self.work if work.is_open]

    def may_write(self, name: str) -> bool:
        """Whether the field may be written: not where others are taken alone. With a title goes its sort title."""
        return not self.taken or (TITLE if name == SORT_TITLE and TITLE in self.taken else name) in self.taken


@dataclass(eq=False, slots=True)
class ItemWork:
    """One item of a scene on its way: what it shows, what was written to it, what it needs, what came of it.

    Attributes:
        plan: what it needs; made anew where a later look shows another state.
        item: as it was looked at last.
        key: its rating key.
        settings: those in force for its library.
        wanted: what Stash says of its fields, by these settings.
        members: the collections that it belongs to, where these must have a smallest size.
        too_small: names of those that are too small yet.
        photos: performers' names to where Plex finds their photos.
        written: what is recorded of it for this scene (an empty record where nothing is), and in it what the scene
            takes over.
        left: what others wrote there, whose will the scene does not go on with.
        taken_from: the scenes that had the item before and whose records end with this one's.
        parted: scenes whose record of this item is no longer theirs: of one that lives on and gave the file away, or of
            nobody known.
        is_other: whether Plex has another item under this key than the one that was written to before, as after Plex's
            database was restored.
        is_outdated: whether the item's state is older than our last write.
        original: the item before our first write, where that is recorded.
        known_as: which item was seen under this key before; None where none was.
        pinned: fields that stay as Plex has them.
        emptyings: which fields are held, kept or were emptied.
        refusals: what is remembered of fields that Plex did not take.
        refused: the fields that are not sent for that, or because the server takes them of no item, each with why.
        is_partial: whether only what is taken is written. An item that came back from a backup gets everything: it
            would no longer be known as such behind the first edit.
        wants_cover: whether the scene's cover has to be looked at.
        untold: changes that stand in Plex and are not in the list of the last syncs yet.
    """

    scene: ScenePlan
    item: Item
    key: int
    settings: Settings
    written: Written
    wanted: Values = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    too_small: tuple[str, ...] = ()
    photos: Mapping[str, str] = field(default_factory=dict)
    left: tuple[Values, ...] = ()
    taken_from: tuple[int, ...] = ()
    parted: tuple[int, ...] = ()
    is_other: bool = False
    is_outdated: bool = False
    original: Original | None = None
    known_as: Identity | None = None
    pinned: frozenset[str] = frozenset()
    emptyings: Mapping[str, Emptying] = field(default_factory=dict)
    refusals: Mapping[str, RefusedField] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    plan: ItemPlan = field(default_factory=ItemPlan)
    is_partial: bool = False
    wants_cover: bool = False
    untold: list[FieldChange] = field(default_factory=list)
    is_open: bool = True

    def may_write(self, name: str) -> bool:
        """Whether the field, or picture, may be written."""
        return not self.is_partial or self.scene.may_write(name)

    def why_not(self, items: Mapping[int, Item]) -> PlexItemGone | None:
        """Return why nothing can be written to it any more, by `items`, a look right before; None where it is the same.

        Any other file is reason enough: which item holds the scene's, and whose this one is, only matching finds out.
        """
        found, item = items.get(self.key), self.item
        if found is None:
            return PlexItemGone(f"item {self.key} was removed or has a new rating key; its file is looked for again")
        if (found.files, found.section_key, found.item_type) != (item.files, item.section_key, item.item_type):
            return PlexItemGone(
                f"item {self.key} holds other files than a moment ago; the scene's file is looked for again"
            )
        return None


def why_small(work: ItemWork) -> str:
    """Which collections the item waits for, as a sentence."""
    size = work.settings.collection_size
    return f"{', '.join(work.too_small)} waits until {size} items of the library belong to it"


def describe(plan: ScenePlan) -> Iterator[str]:
    """One line a field that differs or is kept, or one line that says why there is none.

    No line for a scene that is equal.
    """
    scene = f"scene {plan.scene.id}"
    if plan.skip is not None:
        yield f"{scene}: skipped, {plan.skip.text}"
    elif plan.error is not None:
        yield f"{scene}: {plan.error}"
    for work in plan.work:
        yield from (f"{scene}, item {work.key}: {line}" for line in _fields(work))


def _fields(work: ItemWork) -> Iterator[str]:
    wanted = work.wanted
    for change in work.plan.named_changes:
        known = work.emptyings.get(change.field)
        held = " (held until you say whether it may be emptied)" if known and known.state is State.HELD else ""
        yield f"{change.field}: {_shown(change.before)} -> {_shown(change.after)}{held}"
    if work.plan.photos:
        yield f"photos of {', '.join(work.plan.photos)} are sent"
    for name, why in work.refused.items():
        if name in wanted and not same(wanted[name], work.item.values.get(name)):
            yield f"{name} is not sent: {why}"
    if work.too_small:
        yield f"{COLLECTION}: {why_small(work)}"
    for kept in work.plan.kept:
        tags = f" ({', '.join(kept.tags)})" if kept.tags else ""
        yield f"{kept.field} stays{tags}: {kept.reason}"


def _shown(value: Value) -> str:
    """A value for one line: shortened, and told from text that looks alike by its quotes."""
    if isinstance(value, tuple):
        return "[" + ", ".join(value) + "]"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= _MOST else f'"{value[:_MOST]}…"'
    return "nothing" if value is None else f"{value:g}"
