"""One write as a value: which items, which fields, how it looks on the wire. Knows no connection."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final
from urllib.parse import quote

from plex.fields import ADDED_AT, FIELDS, SORT_TITLE, TYPE_NUMBERS, Value, as_tags, comparable, is_empty, same, tag_key
from plex.model import Item
from plex.moments import epoch_of
from plex.plan import Change

MAX_URL_BYTES: Final = 7500
"""Path and query of one request: many set-ups refuse more than 8 KB. Source: Kometa-Team/Kometa issue 2284."""

PER_ITEM: Final = frozenset({"title", "summary", "date", "rating", ADDED_AT})
"""Fields whose value belongs to one item: an edit that holds one names exactly one rating key."""

_PICTURES: Final[Mapping[str, str]] = {"poster": "thumb", "background": "art"}
_NAMES: Final[Mapping[tuple[str, bool], frozenset[str]]] = {
    (kind, is_tag): frozenset(name for name, each in FIELDS.items() if kind in each.types and each.is_tag is is_tag)
    for kind in TYPE_NUMBERS
    for is_tag in (False, True)
}
_MAX_RATING: Final = 10.0


@dataclass(frozen=True, slots=True)
class TagWrite:
    """The new content of one tag field.

    Until it is known whether Plex replaces a field's tags by an indexed list or adds the list to them, the whole list
    is sent and, beside it, what has to go: right in both readings.

    Attributes:
        wanted: the indexed list that is sent, in order; normally all tags that shall be there afterwards.
        removed: tags that have to go. None of them is wanted, whatever its case.
        added: those that Plex does not show yet. A server that adds is sent these only: a name that an agent matched,
            sent again, has been seen to come back as a bare twin, and keeps its place anyway. None: nobody knows.
    """

    wanted: tuple[str, ...]
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.removed and {tag_key(tag) for tag in self.wanted} & {tag_key(tag) for tag in self.removed}:
            raise ValueError("a tag cannot be wanted and removed in one edit")

    def as_delta(self) -> "TagWrite":
        """Return the same write for a server that is known to add."""
        return self if self.added is None else replace(self, wanted=self.added)


@dataclass(frozen=True)
class Edit:
    """One change of one or more items of one section; a ValueError where an invariant does not hold.

    Without ids the same request would change every item of the section, so an Edit cannot exist without rating keys.

    Attributes:
        rating_keys: at least one, all positive; exactly one when `values` holds a field of PER_ITEM.
        values: our field name to text, number or None, for fields that are not tags. A rating of None clears it.
        lock: further fields to lock. Fields of `values` and `tags` are locked by themselves.
        unlock: fields to unlock; one that has a value too is written without a lock.
        roles, photos: an actor's name to the part he plays, and to the address of his picture; sent with his name only.
        seen: the items as they were when the edit was made, by their keys, as far as that is known.
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
        if self.section_key <= 0 or self.item_type not in TYPE_NUMBERS:
            raise ValueError(f"an edit needs a section and a known type, not {self.section_key} and {self.item_type!r}")
        if not self.rating_keys or min(self.rating_keys) <= 0:
            raise ValueError("an edit without rating keys would change every item of the section")
        if len(self.rating_keys) > 1 and (alone := PER_ITEM & self.values.keys()):
            raise ValueError(f"{', '.join(sorted(alone))} belong to one item, not to {len(self.rating_keys)}")
        _check_fields(self)

    @cached_property
    def target(self) -> str:
        """The part of the URL that names the items."""
        ids = ",".join(map(str, self.rating_keys))
        return f"/library/sections/{self.section_key}/all?type={TYPE_NUMBERS[self.item_type]}&id={ids}"

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The parameters behind type and ids, not encoded; none where only a rating is cleared, by `PUT /:/rate`.

        The tags of a removal are encoded once already, because the comma separates them.
        """
        pairs: list[tuple[str, str]] = []
        for name, known in FIELDS.items():
            is_value = name in self.values and (name != "rating" or self.values[name] is not None)
            if name in self.tags:
                pairs += self._tag_pairs(known.wire, self.tags[name])
            elif is_value:
                value = self.values[name]
                pairs.append((f"{known.wire}.value", str(epoch_of(value)) if name == ADDED_AT else _text(value)))
            if is_value or name in self.tags or name in self.lock or name in self.unlock:
                pairs.append((f"{known.wire}.locked", "0" if name in self.unlock else "1"))
        for name, wire in _PICTURES.items():
            if name in self.unlock or name in self.lock:
                pairs.append((f"{wire}.locked", "0" if name in self.unlock else "1"))
        return tuple(pairs)

    @cached_property
    def query(self) -> str:
        """`pairs` as they go over the wire: urllib3 encodes the brackets of a name. Source: urllib3.util.url."""
        return "&".join([f"{quote(name)}={quote(value, safe='', errors='replace')}" for name, value in self.pairs])

    @property
    def url(self) -> str:
        """Path and query of the request, e.g. `/library/sections/1/all?type=1&id=7&title.value=Sintel`."""
        return f"{self.target}&{self.query}"

    @property
    def url_bytes(self) -> int:
        """Length of path and query on the wire."""
        return len(self.target) + 1 + len(self.query)

    def _tag_pairs(self, wire: str, write: TagWrite) -> Iterator[tuple[str, str]]:
        for index, tag in enumerate(write.wanted):
            yield f"{wire}[{index}].tag.tag", tag
            if wire == "actor" and self.roles.get(tag):
                yield f"{wire}[{index}].tagging.text", self.roles[tag]
            if wire == "actor" and self.photos.get(tag):
                yield f"{wire}[{index}].tag.thumb", self.photos[tag]
        if write.removed:
            yield f"{wire}[].tag.tag-", ",".join(percent(tag) for tag in write.removed)

    def unmet(self, item: Item) -> tuple[str, ...]:
        """Return the fields that `item` does not show as wanted, but for what Plex makes of an emptied sort title."""
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
    """Return the edit that brings `changes` to `item`; actors' parts are sent again: a list may replace them."""
    values: dict[str, Value] = {}
    tags: dict[str, TagWrite] = {}
    for change in changes:
        if FIELDS[change.field].is_tag:
            tags[change.field] = TagWrite(as_tags(change.after), change.removed, change.added)
        else:
            values[change.field] = change.after
    return Edit(
        section_key=item.section_key,
        item_type=item.item_type,
        rating_keys=(item.rating_key,),
        values=values,
        tags=tags,
        lock=lock,
        unlock=unlock,
        roles=item.roles,
        photos=photos or {},
        seen={item.rating_key: item},
    )


def percent(text: str) -> str:
    """Return `text` percent-encoded as UTF-8, the slash too; halves of surrogate pairs become "?"."""
    return quote(text, safe="", errors="replace")


def _shows(value: Value, write: TagWrite) -> bool:
    shown = {tag_key(tag) for tag in as_tags(value)}
    return shown >= {tag_key(tag) for tag in write.wanted} and not shown & {tag_key(tag) for tag in write.removed}


def _text(value: Value) -> str:
    if isinstance(value, int | float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return comparable(value) if isinstance(value, str) else ""


def _check_fields(edit: Edit) -> None:
    scalars, tags = _NAMES[edit.item_type, False], _NAMES[edit.item_type, True]
    if unknown := sorted((edit.values.keys() - scalars) | (edit.tags.keys() - tags)):
        raise ValueError(f"{edit.item_type} has no such field: {unknown}")
    if unknown := sorted((edit.lock | edit.unlock) - scalars - tags - _PICTURES.keys()):
        raise ValueError(f"{edit.item_type} has no such lock: {unknown}")
    rating = edit.values.get("rating")
    if isinstance(rating, int | float) and not 0 <= rating <= _MAX_RATING:
        raise ValueError(f"a rating runs from 0 to 10, not {rating}")
    if not (edit.values or edit.tags or edit.lock or edit.unlock):
        raise ValueError("an edit that changes nothing")
