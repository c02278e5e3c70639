"""Which items of a section a request means, in which order, and which page of them; and the page of any other list."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

from tests.fakes.plex.message import Refusal, Request
from tests.fakes.plex.model import TYPE_NAMES, TYPE_NUMBERS, Item, Section
from tests.fakes.plex.options import Options
from tests.fakes.plex.state import State

_T = TypeVar("_T")
_OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "": lambda have, want: have == want,
    "!": lambda have, want: have != want,
    ">": lambda have, want: have >= want,
    "<": lambda have, want: have <= want,
    ">>": lambda have, want: have > want,
    "<<": lambda have, want: have < want,
}
"""What stands between a field's name and the `=`. Source: "Media Queries" of the published API description."""

_DATES: Final = frozenset({"addedAt", "updatedAt"})
_DATE_OPERATORS: Final[Mapping[str, frozenset[str]]] = {
    "strict": frozenset({"", "!", ">>", "<<"}),
    "any": frozenset(_OPERATORS),
    "none": frozenset(),
}
"""The operators that a server takes after the name of a date, by `Options.date_filters`."""

_FILTER: Final = re.compile(r"(addedAt|updatedAt|year|userRating)([<>!]{0,2})")
_NO_FILTER: Final = re.compile(r"type|id|sort|limit|skipRefresh|(include|exclude|check|async|X-Plex-)[\w-]+")
_NUMBERS: Final = frozenset({"addedAt", "updatedAt", "year", "userRating", "ratingKey"})


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """A stretch of a list; `paged` tells whether the client asked for one."""

    items: Sequence[_T]
    offset: int
    total: int
    paged: bool

    @property
    def extent(self) -> dict[str, object]:
        """What the container says of a page beside its `size`."""
        return {"totalSize": self.total, "offset": self.offset} if self.paged else {}


def page_of(items: Sequence[_T], request: Request, options: Options) -> Page[_T]:
    """The page that the request asks for, with headers or parameters. Raises: Refusal with 400."""
    start, size = _container(request, "start"), _container(request, "size")
    if options.lists_need_pages and None in (start, size):
        raise Refusal(400, "X-Plex-Container-Start and X-Plex-Container-Size are needed")
    if size is None or not options.heeds_pages:
        return Page(items, 0, len(items), paged=False)
    if size > options.most_per_page:
        raise Refusal(400, f"limit of {options.most_per_page} items")
    start = start or 0
    return Page(items[start : start + size], start, len(items), paged=True)


class Listings:
    """Sorted listings, kept until the library changes: the pages of one walk through a section are sorted once."""

    def __init__(self, state: State, options: Options) -> None:
        self._state = state
        self._options = options
        self._kept: dict[tuple[object, ...], list[Item]] = {}
        self._revision = -1

    def page(self, section: Section, request: Request) -> Page[Item]:
        """As `page_of`. Raises: Refusal with 400."""
        _check_filters(request, self._options)
        items = self._sorted(section, request)
        limit = request.first("limit")
        if limit.isdecimal():
            items = items[: int(limit)]
        return page_of(items, request, self._options)

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
    """The type of item that the request means; a section of shows lists shows when nothing is said.

    Raises: Refusal with 400.
    """
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


def _check_filters(request: Request, options: Options) -> None:
    known = _DATE_OPERATORS[options.date_filters]
    for key, _ in request.query:
        match = _FILTER.fullmatch(key)
        if match and match[1] in _DATES and match[2] not in known:
            raise Refusal(400, f"{match[1]} does not know {match[2]}=")
        if not match and not _NO_FILTER.fullmatch(key) and options.unknown_filters == "400":
            raise Refusal(400, f"no filter {key}")


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
