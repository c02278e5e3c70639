"""Which items of a section a request means, in which order, and which page of them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.fakes.plex.message import Refusal, Request
from tests.fakes.plex.model import TYPE_NAMES, TYPE_NUMBERS, Item, Section
from tests.fakes.plex.state import State

_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "": lambda have, want: have == want,
    "!": lambda have, want: have != want,
    ">": lambda have, want: have >= want,
    "<": lambda have, want: have <= want,
    ">>": lambda have, want: have > want,
    "<<": lambda have, want: have < want,
}
"""What stands between a field's name and the `=`. Source: "Media Queries" of the published API description."""

_FILTER: Final = re.compile(r"(addedAt|updatedAt|year|userRating)([<>!]{0,2})")
_NUMBERS: Final = frozenset({"addedAt", "updatedAt", "year", "userRating", "ratingKey"})


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a listing; `paged` tells whether the client asked for one."""

    items: list[Item]
    offset: int
    total: int
    paged: bool


class Listings:
    """Sorted listings, kept until the library changes: the pages of one walk through a section are sorted once."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: dict[tuple[object, ...], list[Item]] = {}
        self._revision = -1

    def page(self, section: Section, request: Request) -> Page:
        """The page that the request asks for, with headers or parameters. Raises: Refusal with 400."""
        items = self._sorted(section, request)
        limit = request.first("limit")
        if limit.isdecimal():
            items = items[: int(limit)]
        start, size = _container(request, "start"), _container(request, "size")
        if size is None:
            return Page(items, 0, len(items), paged=False)
        start = start or 0
        return Page(items[start : start + size], start, len(items), paged=True)

    def _sorted(self, section: Section, request: Request) -> list[Item]:
        if self._revision != self._state.revision:
            self._kept.clear()
            self._revision = self._state.revision
        order = request.first("sort", "titleSort")
        key = (section.key, item_type(section, request), request.first("id"), order, *_filters(request))
        if key not in self._kept:
            self._kept[key] = _in_order(matching(self._state, section, request), order)
        return self._kept[key]


def item_type(section: Section, request: Request) -> str:
    """The type of item that the request means; a section of shows lists shows when nothing is said. Raises: Refusal with 400."""
    text = request.first("type")
    if not text:
        return section.type
    kind = TYPE_NAMES.get(int(text)) if text.isdecimal() else text if text in TYPE_NUMBERS else None
    if kind is None:
        raise Refusal(400, f"type {text!r}")
    return kind


def matching(state: State, section: Section, request: Request) -> list[Item]:
    """The items that pass every filter. Without an id, or with an empty one, that is the whole section."""
    kind = item_type(section, request)
    members = state.members(section.key)
    ids = request.first("id")
    candidates: Iterable[Item] = members.values()
    if ids:
        candidates = (members[int(key)] for key in ids.split(",") if key.isdecimal() and int(key) in members)
    tests = [_test(name, operator, value) for name, operator, value in _filters(request)]
    return [item for item in candidates if item.type == kind and all(test(item) for test in tests)]


def _filters(request: Request) -> list[tuple[str, str, str]]:
    found = ((_FILTER.fullmatch(key), value) for key, value in request.query)
    return [(match[1], match[2], value) for match, value in found if match]


def _test(name: str, operator: str, value: str) -> Callable[[Item], bool]:
    try:
        want, compare = float(value), _OPERATORS[operator]
    except (ValueError, KeyError):
        raise Refusal(400, f"filter {name}{operator}={value}") from None
    return lambda item: compare(_number(item, name), want)


def _number(item: Item, name: str) -> float:
    if name == "addedAt":
        return item.added_at
    if name == "updatedAt":
        return item.updated_at
    return item.rating_key if name == "ratingKey" else float(item.values.get(name) or 0)


def _in_order(items: list[Item], order: str) -> list[Item]:
    for part in reversed(order.split(",")):
        name, _, direction = part.partition(":")
        items.sort(key=partial(_sort_value, name.rpartition(".")[2]), reverse=direction.startswith("desc"))
    return items


def _sort_value(name: str, item: Item) -> tuple[float, str]:
    if name in _NUMBERS:
        return _number(item, name), ""
    return 0.0, (item.values.get(name) or item.values.get("title", "")).casefold()


def _container(request: Request, what: str) -> int | None:
    text = request.first(f"X-Plex-Container-{what.capitalize()}") or request.headers.get(f"x-plex-container-{what}", "")
    if not text:
        return None
    if not text.isdecimal():
        raise Refusal(400, f"X-Plex-Container-{what.capitalize()}: {text!r}")
    return int(text)
