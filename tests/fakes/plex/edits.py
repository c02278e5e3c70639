"""Reads the parameters of an edit and applies them to one item.

Source: plexapi.mixins.edit for what clients send, the published API description (updateItems) for what the server takes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from urllib.parse import unquote

from tests.fakes.plex import agents
from tests.fakes.plex.message import Refusal
from tests.fakes.plex.model import EPISODE_TAGS, PICTURES, TAG_ELEMENTS, TEXT_FIELDS, Item, Tagging
from tests.fakes.plex.options import Options
from tests.fakes.plex.tags import TagRegistry

_INDEXED: Final = re.compile(r"(\w+)\[(\d+)\]\.(tag\.tag|tagging\.text|tag\.thumb)")
_LOCKABLE: Final = TEXT_FIELDS | TAG_ELEMENTS.keys() | set(PICTURES.values())
_MAX_RATING: Final = 10.0


@dataclass(slots=True)
class TagEdit:
    """What one request says of one kind of tag."""

    entries: dict[int, dict[str, str]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    clears: bool = False


@dataclass(slots=True)
class Edit:
    """One request's changes: text by field, locks by field, tags by kind."""

    values: dict[str, str] = field(default_factory=dict)
    locks: dict[str, bool] = field(default_factory=dict)
    tags: dict[str, TagEdit] = field(default_factory=dict)

    def tag(self, kind: str) -> TagEdit:
        """The changes of one kind of tag; made when there are none yet."""
        return self.tags.setdefault(kind, TagEdit())


def parse(query: Iterable[tuple[str, str]], options: Options) -> Edit:
    """Sort the parameters; what Plex does not know (and what is no change) is passed over without a word.

    Raises: Refusal with 400 for a value that the field cannot hold.
    """
    edit = Edit()
    for key, value in query:
        name, _, what = key.partition(".")
        if what == "value" and name in TEXT_FIELDS:
            edit.values[name] = _checked(name, value)
        elif what == "locked" and name in _LOCKABLE:
            edit.locks[name] = value not in {"0", ""}
        else:
            _parse_tag(edit, key, value)
    if not options.rating_in_edit:
        edit.values.pop("userRating", None)
        edit.locks.pop("userRating", None)
    return edit


def apply(edit: Edit, item: Item, registry: TagRegistry, *, adds: bool) -> None:
    """Change the item. `adds`: the indexed list of tags adds to the old ones instead of replacing them."""
    agents.remember(item)
    for name, value in edit.values.items():
        if value:
            item.values[name] = value
        else:
            item.values.pop(name, None)
    if len(edit.values.get("originallyAvailableAt", "")) >= len("2008"):
        item.values["year"] = edit.values["originallyAvailableAt"][:4]
    for kind, change in edit.tags.items():
        if item.type != "episode" or kind in EPISODE_TAGS:
            item.tags = {**item.tags, kind: _tagged(item.tags.get(kind, ()), kind, change, registry, adds=adds)}
    item.locked = (item.locked | {name for name, on in edit.locks.items() if on}) - {
        name for name, on in edit.locks.items() if not on
    }


def rating(text: str) -> str:
    """A user's rating as Plex keeps it: "8.0", "" for none; -1 clears. Raises: Refusal with 400."""
    try:
        number = float(text or -1)
    except ValueError:
        raise Refusal(400, f"rating {text!r}") from None
    if number > _MAX_RATING or (number < 0 and number != -1):
        raise Refusal(400, f"rating {text!r}")
    return "" if number == -1 else str(number)


def _checked(name: str, value: str) -> str:
    if name == "userRating":
        return rating(value)
    if name == "originallyAvailableAt" and value:
        try:
            date.fromisoformat(value[:10])
        except ValueError:
            raise Refusal(400, f"date {value!r}") from None
    return value


def _parse_tag(edit: Edit, key: str, value: str) -> None:
    indexed = _INDEXED.fullmatch(key)
    if indexed and indexed[1] in TAG_ELEMENTS:
        edit.tag(indexed[1]).entries.setdefault(int(indexed[2]), {})[indexed[3]] = value
        return
    kind, brackets, rest = key.partition("[]")
    if not brackets or kind not in TAG_ELEMENTS:
        return
    if rest == ".tag.tag-":
        # The comma separates, so that every name is percent-encoded once more than the rest of the URL.
        edit.tag(kind).removed.update(unquote(name).casefold() for name in value.split(",") if name)
    elif rest == ".tag":
        edit.tag(kind).clears = True


def _tagged(
    before: tuple[Tagging, ...], kind: str, change: TagEdit, registry: TagRegistry, *, adds: bool
) -> tuple[Tagging, ...]:
    wanted = [
        _tagging(kind, change.entries[index], registry)
        for index in sorted(change.entries)
        if change.entries[index].get("tag.tag")
    ]
    keeps_old = not change.clears and (adds or not change.entries)
    merged = {tagging.tag.id: tagging for tagging in (*(before if keeps_old else ()), *wanted)}
    return tuple(tagging for tagging in merged.values() if tagging.tag.name.casefold() not in change.removed)


def _tagging(kind: str, entry: dict[str, str], registry: TagRegistry) -> Tagging:
    tag = registry.get(kind, entry["tag.tag"])
    tag.thumb = entry.get("tag.thumb", tag.thumb)
    return Tagging(tag, entry.get("tagging.text", ""))
