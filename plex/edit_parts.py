"""Cutting one edit into several that fit into a URL, and joining the edits of several items into one. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from plex.edit import MAX_URL_BYTES, PER_ITEM, Edit, TagWrite, percent
from plex.fields import SORT_TITLE, TITLE, tag_key

MAX_IDS: Final = 100
"""Items in one edit: Plex changes them in one transaction, and others wait for it."""

_INDEXED_BYTES: Final = len("&collection%5B1000%5D.tag.tag=")
_FRAME_BYTES: Final = 300  # path, type, id, lock and the names of the parameters that a part has in any case


def split(edit: Edit, max_bytes: int = MAX_URL_BYTES, *, adds: bool = False) -> list[Edit]:
    """Return `edit` as edits whose URLs hold at most `max_bytes`, in the order in which they must be sent.

    Nothing is ever dropped. Two things cannot be cut and come back as an edit that is too long: a single value, and an
    indexed list of tags, since a server that replaces would keep the last piece only. With `adds=True` (the server is
    known to add) lists are cut too. Removals can always be cut.
    """
    if edit.url_bytes <= max_bytes:
        return [edit]
    parts: list[Edit] = []
    for atom in _atoms(edit, max_bytes - _FRAME_BYTES, adds=adds):
        joined = _join(parts[-1], atom) if parts else None
        if joined and joined.url_bytes <= max_bytes:
            parts[-1] = joined
        else:
            parts.append(atom)
    return parts


def group_edits(edits: Iterable[Edit], max_bytes: int = MAX_URL_BYTES, *, adds: bool = False) -> list[Edit]:
    """Return `edits`, equal changes of several items as one with many ids, at most MAX_IDS and `max_bytes`.

    Edits with a field of PER_ITEM stay as they are. To a server that is known to add only what is new is sent
    (`adds=True`), so that a renamed tag is one change for all its items, whatever other tags they have. Order: each
    group where its first edit stood.
    """
    groups: dict[object, list[Edit]] = {}
    for edit in edits:
        lean = as_delta(edit) if adds else edit
        is_own = PER_ITEM & lean.values.keys()
        groups.setdefault(id(edit) if is_own else (lean.section_key, lean.item_type, lean.pairs), []).append(lean)
    joined: list[Edit] = []
    for group in groups.values():
        is_alone = len(group) == 1 and len(group[0].rating_keys) == 1
        joined += group if is_alone else _with_ids(group, max_bytes)
    return joined


def as_delta(edit: Edit) -> Edit:
    """Return `edit` for a server that is known to add: only new tags, and what has to go."""
    if not edit.tags:
        return edit
    return replace(edit, tags={name: write.as_delta() for name, write in edit.tags.items()})


def fields_of(edit: Edit) -> tuple[str, ...]:
    """Return all fields that `edit` writes, locks or unlocks, in order."""
    return tuple(dict.fromkeys([*edit.values, *edit.tags, *sorted(edit.lock | edit.unlock)]))


def without(edit: Edit, names: Collection[str]) -> Edit | None:
    """Return `edit` but for the fields `names`; None where nothing is left."""
    if not names:
        return edit
    rest = [name for name in fields_of(edit) if name not in names]
    return only(edit, *rest) if rest else None


def without_rating(edit: Edit) -> Edit | None:
    """Return `edit` for a server that takes ratings another way, but their locks by edits; None for nothing left."""
    values = {name: value for name, value in edit.values.items() if name != "rating"}
    is_left = values or edit.tags or edit.lock or edit.unlock
    return replace(edit, values=values) if is_left else None


def only(edit: Edit, *names: str) -> Edit:
    """Return the part of `edit` that concerns the fields `names`."""
    return replace(
        edit,
        values={name: value for name, value in edit.values.items() if name in names},
        tags={name: write for name, write in edit.tags.items() if name in names},
        lock=edit.lock & set(names),
        unlock=edit.unlock & set(names),
    )


def telling_pieces(edit: Edit, name: str, max_bytes: int = MAX_URL_BYTES) -> list[Edit]:
    """Return two edits with pieces of the list `name` that show how lists are read.

    Each begins with all that Plex has already. There are fewer where those alone fill a URL, or too little is new.
    """
    new = {tag_key(tag) for tag in edit.tags[name].added or ()}
    wanted = edit.tags[name].wanted
    kept = tuple(tag for tag in wanted if tag_key(tag) not in new)
    rest = [tag for tag in wanted if tag_key(tag) in new]
    free = max_bytes - len(edit.target) - len("&collection.locked=1") - _indexed_bytes(edit, kept)
    half = _indexed_bytes(edit, rest[: len(rest) // 2])
    pieces = list(chunks(rest, lambda tag: _indexed_bytes(edit, (tag,)), min(free, half)))[:2]
    sent = [replace(edit, tags={name: TagWrite(kept + piece)}) for piece in pieces]
    return [part for part in sent if part.url_bytes <= max_bytes]


def chunks(items: Sequence[str], cost: Callable[[str], int], budget: int) -> Iterator[tuple[str, ...]]:
    """Yield `items` in order, in pieces whose summed `cost` stays within `budget`; an item above it stands alone."""
    piece: list[str] = []
    used = 0
    for item in items:
        if piece and used + cost(item) > budget:
            yield tuple(piece)
            piece, used = [], 0
        piece.append(item)
        used += cost(item)
    if piece:
        yield tuple(piece)


def _atoms(edit: Edit, budget: int, *, adds: bool) -> Iterator[Edit]:
    """Yield the smallest edits that may be sent one by one, in order."""
    for name in edit.values:
        if name == TITLE:
            yield only(edit, TITLE, SORT_TITLE)  # or it would be built from the title of before
        elif name != SORT_TITLE or TITLE not in edit.values:
            yield only(edit, name)
    for name, write in edit.tags.items():
        for part in _tag_atoms(edit, write, budget, adds=adds):
            yield replace(only(edit, name), tags={name: part})
    bare = (edit.lock | edit.unlock) - edit.values.keys() - edit.tags.keys()
    if bare:
        yield only(edit, *bare)


def _tag_atoms(edit: Edit, write: TagWrite, budget: int, *, adds: bool) -> Iterator[TagWrite]:
    if adds and write.added is not None:
        for piece in chunks(write.added, lambda tag: _indexed_bytes(edit, (tag,)), budget):
            yield TagWrite(piece, (), piece)
    elif write.wanted or not write.removed:
        yield TagWrite(write.wanted, (), write.added)
    for piece in chunks(write.removed, lambda tag: len(percent(percent(tag))) + len("%2C"), budget):
        yield TagWrite((), piece, ())


def _indexed_bytes(edit: Edit, tags: Iterable[str]) -> int:
    """Return the bytes that `tags` take in the URL as entries of an indexed list, with actors' roles and pictures."""
    texts = [text for tag in tags for text in (tag, edit.roles.get(tag), edit.photos.get(tag)) if text]
    return sum(_INDEXED_BYTES + len(percent(text)) for text in texts)


def _join(left: Edit, right: Edit) -> Edit:
    tags = dict(left.tags)
    for name, write in right.tags.items():
        tags[name] = _join_tags(tags[name], write) if name in tags else write
    return replace(
        left,
        values={**left.values, **right.values},
        tags=tags,
        lock=left.lock | right.lock,
        unlock=left.unlock | right.unlock,
    )


def _join_tags(left: TagWrite, right: TagWrite) -> TagWrite:
    added = None if left.added is None or right.added is None else left.added + right.added
    return TagWrite(left.wanted + right.wanted, left.removed + right.removed, added)


def _with_ids(group: list[Edit], max_bytes: int) -> Iterator[Edit]:
    keys = list(dict.fromkeys(str(key) for edit in group for key in edit.rating_keys))
    own = {edit.rating_keys: edit for edit in group}  # one that stays alone knows what is new in its item
    first, seen = group[0], {key: item for edit in group for key, item in edit.seen.items()}
    budget = max_bytes - first.url_bytes + len(",".join(map(str, first.rating_keys)))
    for piece in chunks(keys, lambda key: len(key) + 1, max(budget, 1)):
        for start in range(0, len(piece), MAX_IDS):
            rating_keys = tuple(map(int, piece[start : start + MAX_IDS]))
            yield own.get(rating_keys) or replace(first, rating_keys=rating_keys, seen=seen)
