"""Reads the parameters of an edit and applies them to one item.

Source: plexapi.mixins.edit for what clients send, the published API description (updateItems) for what the server
takes.
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
_ADDED_AT: Final = "addedAt"
_VALUES: Final = TEXT_FIELDS | {_ADDED_AT}
_LOCKABLE: Final = _VALUES | TAG_ELEMENTS.keys() | set(PICTURES.values())
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
    """Sort the parameters.

    One that is refused has the whole edit refused: nothing is changed. Source: plexopedia.com for the two statuses.

    Raises: Refusal with 400 for a field that is not there, with 500 for a value that it cannot hold.
    """
    edit = Edit()
    for key, value in query:
        name, _, what = key.partition(".")
        _admit(name.partition("[")[0], value, options)
        if what == "value" and name in _VALUES:
            edit.values[name] = _checked(name, value)
        elif what == "locked" and name in _LOCKABLE:
            edit.locks[name] = value not in {"0", ""}
        elif not _parse_tag(edit, key, value) and what and not options.passes_over_unknown:
            raise Refusal(400, f"no field {key!r}")
    if options.list_limit is not None and any(len(tag.entries) > options.list_limit for tag in edit.tags.values()):
        raise Refusal(400, "too many tags")
    if not options.rating_in_edit:
        edit.values.pop("userRating", None)
        edit.locks.pop("userRating", None)
    return edit


def _admit(name: str, value: str, options: Options) -> None:
    if name in options.refused_fields:
        raise Refusal(400, f"no field {name!r}")
    if options.text_limit is not None and len(value) > options.text_limit:
        raise Refusal(400, f"{name} is too long")
    if any(bad in value for bad in options.bad_values):
        raise Refusal(500, f"value of {name}")


def apply(edit: Edit, item: Item, registry: TagRegistry, options: Options) -> None:
    """Change the item."""
    agents.remember(item)
    for name, value in edit.values.items():
        if name == _ADDED_AT:
            item.added_at = int(value or 0)
        elif value:
            item.values[name] = value
        else:
            item.values.pop(name, None)
    if len(edit.values.get("originallyAvailableAt", "")) >= len("2008"):
        item.values["year"] = edit.values["originallyAvailableAt"][:4]
    for kind, change in edit.tags.items():
        if item.type != "episode" or kind in EPISODE_TAGS:
            item.tags = {**item.tags, kind: _tagged(item.tags.get(kind, ()), kind, change, registry, options)}
    item.locked = (item.locked | {name for name, on in edit.locks.items() if on}) - {
        name for name, on in edit.locks.items() if not on
    }


def rating(text: str, status: int = 400) -> str:
    """A user's rating as Plex keeps it: "8.0", "" for none; -1 clears. Raises: Refusal with `status`."""
    try:
        number = float(text or -1)
    except ValueError:
        raise Refusal(status, f"rating {text!r}") from None
    if number > _MAX_RATING or (number < 0 and number != -1):
        raise Refusal(status, f"rating {text!r}")
    return "" if number == -1 else str(number)


def _checked(name: str, value: str) -> str:
    if name == "userRating":
        return rating(value, 500)
    if name == _ADDED_AT and not value.isdecimal():
        raise Refusal(500, f"time {value!r}")
    if name == "originallyAvailableAt" and value:
        try:
            date.fromisoformat(value[:10])
        except ValueError:
            raise Refusal(500, f"date {value!r}") from None
    return value


def _parse_tag(edit: Edit, key: str, value: str) -> bool:
    """Whether the parameter is of a tag."""
    indexed = _INDEXED.fullmatch(key)
    if indexed and indexed[1] in TAG_ELEMENTS:
        edit.tag(indexed[1]).entries.setdefault(int(indexed[2]), {})[indexed[3]] = value
        return True
    kind, brackets, rest = key.partition("[]")
    if not brackets or kind not in TAG_ELEMENTS or rest not in {".tag.tag-", ".tag"}:
        return False
    if rest == ".tag":
        edit.tag(kind).clears = True
    else:
        # The comma separates, so that every name is percent-encoded once more than the rest of the URL.
        edit.tag(kind).removed.update(unquote(name) for name in value.split(",") if name)
    return True


def _tagged(
    before: tuple[Tagging, ...], kind: str, change: TagEdit, registry: TagRegistry, options: Options
) -> tuple[Tagging, ...]:
    wanted = [
        _tagging(kind, change.entries[index], registry, options)
        for index in sorted(change.entries)
        if change.entries[index].get("tag.tag")
    ]
    keeps_old = not change.clears and (options.tag_lists == "add" or not change.entries)
    merged = {tagging.tag.id: tagging for tagging in (*(before if keeps_old else ()), *wanted)}
    spelled = str if options.exact_removals else str.casefold
    removed = {spelled(name) for name in change.removed}
    return tuple(tagging for tagging in merged.values() if spelled(tagging.tag.name) not in removed)


def _tagging(kind: str, entry: dict[str, str], registry: TagRegistry, options: Options) -> Tagging:
    name = entry["tag.tag"]
    if kind == "label" and options.capital_labels:
        name = name[:1].upper() + name[1:]
    tag = registry.get(kind, name)
    tag.thumb = entry.get("tag.thumb", tag.thumb)
    return Tagging(tag, entry.get("tagging.text", ""))
