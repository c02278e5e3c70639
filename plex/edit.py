"""One write as a value: which items, which fields, how it looks on the wire. Knows neither connections nor how to decide what to write."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote

from plex.fields import FIELDS, SORT_TITLE, TYPE_NUMBERS, Value, comparable, is_empty, same, tag_key
from plex.model import Item
from plex.plan import Change

MAX_URL_BYTES: Final = 7500
"""Path and query of one request. Many set-ups refuse request lines above 8 KB. Source: Kometa-Team/Kometa issue 2284."""

PER_ITEM: Final = frozenset({"title", "summary", "date", "rating"})
"""Fields whose value belongs to one item: an edit that holds one names exactly one rating key."""

_PICTURES: Final[Mapping[str, str]] = {"poster": "thumb", "background": "art"}
_MAX_RATING: Final = 10.0


@dataclass(frozen=True, slots=True)
class TagWrite:
    """The new content of one tag field.

    Until it is known whether Plex replaces a field's tags by an indexed list or adds the list to them, the whole list is sent and,
    beside it, what has to go: right in both readings.

    Attributes:
        wanted: the indexed list that is sent, in order; normally all tags that shall be there afterwards.
        removed: tags that have to go. None of them is wanted, whatever its case.
        added: those that Plex does not show yet. A server that adds is sent these only: a name that an agent matched, sent again, has been seen to come
            back as a bare twin, and keeps its place anyway. None: nobody knows.
    """

    wanted: tuple[str, ...]
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if {tag_key(tag) for tag in self.wanted} & {tag_key(tag) for tag in self.removed}:
            raise ValueError("a tag cannot be wanted and removed in one edit")

    def as_delta(self) -> "TagWrite":
        """The same write for a server that is known to add."""
        return self if self.added is None else replace(self, wanted=self.added)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one or more items of one section.

    Without ids the same request would change every item of the section, so an Edit cannot exist without rating keys.

    Attributes:
        rating_keys: at least one, all positive; exactly one when `values` holds a field of PER_ITEM.
        values: our field name to text, number or None, for fields that are not tags. A rating of None clears it.
        tags: our field name to its new content.
        lock: further fields to lock. Fields of `values` and `tags` are locked by themselves.
        unlock: fields to unlock; one that has a value too is written without a lock.
        roles, photos: an actor's name to the part he plays, and to the address of his picture; sent with his name only.
        seen: the items as they were when the edit was made, by their keys, as far as that is known.

    Raises:
        ValueError: if an invariant does not hold.
    """

    section_key: int
    item_type: str
    rating_keys: tuple[int, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    tags: Mapping[str, TagWrite] = field(default_factory=dict)
    lock: frozenset[str] = frozenset()
    unlock: frozenset[str] = frozenset()
    roles: Mapping[str, str] = field(default_factory=dict)
    photos: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[int, Item] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        _check_target(self)
        _check_fields(self)

    @property
    def clears_rating(self) -> bool:
        """Whether the rating has to be cleared, which only `PUT /:/rate` can do; it is not in the query."""
        return "rating" in self.values and self.values["rating"] is None

    @property
    def url_bytes(self) -> int:
        """Length of path and query on the wire."""
        return len(self.url())

    def url(self, *, with_rating: bool = True) -> str:
        """Path and query of the request, e.g. `/library/sections/1/all?type=1&id=7&title.value=Sintel&title.locked=1`."""
        return f"{self.target()}&{encode(self.fields(with_rating=with_rating))}"

    def target(self) -> str:
        """The part of the URL that names the items."""
        ids = ",".join(str(key) for key in self.rating_keys)
        return f"/library/sections/{self.section_key}/all?type={TYPE_NUMBERS[self.item_type]}&id={ids}"

    def query(self, *, with_rating: bool = True) -> list[tuple[str, str]]:
        """All parameters in order, not yet encoded for the URL. A removal's tags are encoded once already, because the comma separates them."""
        ids = ",".join(str(key) for key in self.rating_keys)
        target = [("type", str(TYPE_NUMBERS[self.item_type])), ("id", ids)]
        return target + self.fields(with_rating=with_rating)

    def fields(self, *, with_rating: bool = True) -> list[tuple[str, str]]:
        """The parameters behind type and ids; empty when only a rating is cleared, or set by another route (`with_rating=False`)."""
        return [pair for name in FIELDS for pair in self._field(name, with_rating)] + list(self._picture_locks())

    def _field(self, name: str, with_rating: bool) -> Iterator[tuple[str, str]]:
        wire = FIELDS[name].wire
        if name in self.tags:
            yield from self._tag_pairs(wire, self.tags[name])
        is_sent = name in self.values and (name != "rating" or (with_rating and not self.clears_rating))
        if is_sent:
            yield f"{wire}.value", _text(self.values[name])
        if name in self.unlock:
            yield f"{wire}.locked", "0"
        elif is_sent or name in self.tags or name in self.lock:
            yield f"{wire}.locked", "1"

    def _tag_pairs(self, wire: str, write: TagWrite) -> Iterator[tuple[str, str]]:
        for index, tag in enumerate(write.wanted):
            yield f"{wire}[{index}].tag.tag", tag
            if wire == "actor" and self.roles.get(tag):
                yield f"{wire}[{index}].tagging.text", self.roles[tag]
            if wire == "actor" and self.photos.get(tag):
                yield f"{wire}[{index}].tag.thumb", self.photos[tag]
        if write.removed:
            yield f"{wire}[].tag.tag-", ",".join(percent(tag) for tag in write.removed)

    def _picture_locks(self) -> Iterator[tuple[str, str]]:
        for name, wire in _PICTURES.items():
            if name in self.unlock:
                yield f"{wire}.locked", "0"
            elif name in self.lock:
                yield f"{wire}.locked", "1"

    def unmet(self, item: Item) -> tuple[str, ...]:
        """Names of fields that `item` does not show as this edit wants them. For reading back; locks are not looked at, nor what Plex makes of an emptied sort title."""
        scalars = [
            name
            for name, value in self.values.items()
            if not same(value, item.values.get(name)) and not (name == SORT_TITLE and is_empty(value))
        ]
        return (*scalars, *(name for name, write in self.tags.items() if not _shows(item.values.get(name), write)))


def edit_for(
    item: Item,
    changes: Iterable[Change],
    *,
    lock: frozenset[str] = frozenset(),
    unlock: frozenset[str] = frozenset(),
    photos: Mapping[str, str] | None = None,
) -> Edit:
    """The edit that brings `changes` to `item`. Parts that actors play are sent again, since a whole list may replace them.

    Example: `edit_for(item, plan.changes, lock=plan.lock, unlock=plan.unlock)`; ask for it only if one of the three is not empty.
    """
    changes = tuple(changes)
    return Edit(
        section_key=item.section_key,
        item_type=item.item_type,
        rating_keys=(item.rating_key,),
        values={change.field: change.after for change in changes if not FIELDS[change.field].is_tag},
        tags={change.field: _tag_write(change) for change in changes if FIELDS[change.field].is_tag},
        lock=lock,
        unlock=unlock,
        roles=item.roles,
        photos=photos or {},
        seen={item.rating_key: item},
    )


def encode(pairs: Iterable[tuple[str, str]]) -> str:
    """Query string of `pairs`, byte for byte as it goes over the wire: urllib3 encodes the brackets of a name, which are three bytes each then. Source: urllib3.util.url."""
    return "&".join(f"{quote(name)}={percent(value)}" for name, value in pairs)


def percent(text: str) -> str:
    """`text` percent-encoded as UTF-8, the slash included; halves of surrogate pairs, which UTF-8 cannot hold, become "?"."""
    return quote(text, safe="", errors="replace")


def _tag_write(change: Change) -> TagWrite:
    return TagWrite(_tuple(change.after), change.removed, change.added)


def _tuple(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _shows(value: Value, write: TagWrite) -> bool:
    shown = {tag_key(tag) for tag in _tuple(value)}
    return shown >= {tag_key(tag) for tag in write.wanted} and not shown & {tag_key(tag) for tag in write.removed}


def _text(value: Value) -> str:
    if isinstance(value, int | float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return comparable(value) if isinstance(value, str) else ""


def _check_target(edit: Edit) -> None:
    if edit.section_key <= 0 or edit.item_type not in TYPE_NUMBERS:
        raise ValueError(f"an edit needs a section and a known type, not {edit.section_key} and {edit.item_type!r}")
    if not edit.rating_keys or any(key <= 0 for key in edit.rating_keys):
        raise ValueError("an edit without rating keys would change every item of the section")
    if len(edit.rating_keys) > 1 and PER_ITEM & edit.values.keys():
        raise ValueError(
            f"{', '.join(sorted(PER_ITEM & edit.values.keys()))} belong to one item, not to {len(edit.rating_keys)}"
        )


def _check_fields(edit: Edit) -> None:
    valid = {name for name, known in FIELDS.items() if edit.item_type in known.types}
    tags = {name for name in valid if FIELDS[name].is_tag}
    if edit.values.keys() - (valid - tags) or edit.tags.keys() - tags:
        raise ValueError(f"{edit.item_type} has no such field: {sorted({*edit.values, *edit.tags} - valid)}")
    if (edit.lock | edit.unlock) - valid - _PICTURES.keys():
        raise ValueError(f"{edit.item_type} has no such lock: {sorted((edit.lock | edit.unlock) - valid)}")
    rating = edit.values.get("rating")
    if isinstance(rating, int | float) and not 0 <= rating <= _MAX_RATING:
        raise ValueError(f"a rating runs from 0 to 10, not {rating}")
    if not (edit.values or edit.tags or edit.lock or edit.unlock):
        raise ValueError("an edit that changes nothing")
