"""`findScenes` and its siblings: criteria, words, order, pages. Answers lists of entries of a `Library`.

Source: contract/stash.md, and Stash 0.30.1 where that is silent: a page holds 25 unless told, the title breaks ties of
every order, and an empty list of ids means no list at all.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import md5
from operator import attrgetter
from typing import Any, TypeVar

from tests.fakes.stash.library import Library, ResolverError
from tests.fakes.stash.model import Performer, Scene

Criterion = Mapping[str, Any]
Test = Callable[[Any], bool]
T = TypeVar("T")

DEFAULT_PER_PAGE = 25
SCENE_SORTS = {"id", "title", "date", "rating100", "created_at", "updated_at", "path", "organized"}


def natural(text: str) -> str:
    """Order key that ignores case and reads digits as numbers: "Movie 2" before "movie 10"."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(12), text.casefold())


def page_of(entries: list[T], filter_: Mapping[str, Any]) -> list[T]:
    """The page that `filter_` asks for; a negative `per_page` means all, pages count from 1."""
    per_page = filter_.get("per_page")
    per_page = DEFAULT_PER_PAGE if per_page is None else per_page
    if per_page < 0:
        return entries
    start = (max(filter_.get("page") or 1, 1) - 1) * per_page
    return entries[start : start + per_page]


class SceneSearch:
    """Sorted results of the last searches until the library changes: paging through 100,000 scenes sorts once."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._revision = -1
        self._remembered: dict[str, list[Scene]] = {}

    def find(self, scene_filter: Mapping[str, Any], filter_: Mapping[str, Any]) -> list[Scene]:
        """All scenes that match, in order, not yet cut into pages."""
        if self._revision != self._library.revision:
            self._revision = self._library.revision
            self._remembered.clear()
        key = repr((sorted(scene_filter.items()), filter_.get("q"), filter_.get("sort"), filter_.get("direction")))
        if key not in self._remembered:
            self._remembered[key] = self._search(scene_filter, filter_)
        return self._remembered[key]

    def by_ids(self, ids: Iterable[int]) -> list[Scene]:
        """Scenes by id, in the order asked for.

        Raises:
            ResolverError: an id is unknown or asked for twice; then the whole answer is an error, not just this
                scene's. Source: Stash 0.30.1.
        """
        wanted = list(ids)
        if len(set(wanted)) != len(wanted):
            twice = next(scene_id for number, scene_id in enumerate(wanted) if scene_id in wanted[:number])
            raise ResolverError(f"validating ids: duplicate id found: {twice}")
        return [self._library.scene(scene_id) for scene_id in wanted]

    def _search(self, scene_filter: Mapping[str, Any], filter_: Mapping[str, Any]) -> list[Scene]:
        test = scene_test(self._library, scene_filter)
        words = (filter_.get("q") or "").casefold().split()
        found = [scene for scene in self._library.scenes.values() if test(scene) and _holds_words(scene, words)]
        return _sorted(found, filter_.get("sort"), descending=filter_.get("direction") == "DESC")


def named_test(criteria: Mapping[str, Any], q: str | None) -> Test:
    """Test of a performer, studio, tag or group."""
    tests = [
        _CRITERIA[name](attrgetter(name), criterion) for name, criterion in criteria.items() if criterion is not None
    ]
    word = (q or "").casefold()
    return lambda entry: word in _names(entry) and all(test(entry) for test in tests)


def scene_test(library: Library, criteria: Mapping[str, Any]) -> Test:
    """One test out of a `SceneFilterType`; AND, OR and NOT hold filters of the same kind."""
    tests = [
        _scene_criterion(library, name, criterion)
        for name, criterion in criteria.items()
        if name not in _JOINTS and criterion is not None
    ]

    def passes(scene: Scene) -> bool:
        return all(test(scene) for test in tests)

    combined: Test = passes
    for word, combine in _JOINTS.items():
        if criteria.get(word):
            combined = combine(combined, scene_test(library, criteria[word]))
    return combined


def _scene_criterion(library: Library, name: str, criterion: Any) -> Test:
    if name == "organized":
        return lambda scene: scene.organized == criterion
    if name == "performer_tags":
        wanted = _with_descendants(library, "tags", criterion)
        return _relation(lambda scene: _tags_of_performers(library, scene), criterion["modifier"], wanted)
    if name in _RELATIONS:
        wanted = _with_descendants(library, name, criterion)
        return _relation(_RELATIONS[name], criterion["modifier"], wanted)
    return _CRITERIA[name](_SCENE_READERS.get(name) or attrgetter(name), criterion)


def _tags_of_performers(library: Library, scene: Scene) -> set[int]:
    return {tag_id for each in scene.performer_ids for tag_id in library.performers[each].tag_ids}


def _with_descendants(library: Library, name: str, criterion: Criterion) -> list[set[int]]:
    """One set of ids per wanted value: the value and, by `depth` (-1 for all levels), what lies below it."""
    depth = criterion.get("depth") or 0
    return [_below(library, name, int(value), depth) for value in criterion.get("value") or []]


def _below(library: Library, name: str, root: int, depth: int) -> set[int]:
    found, level = {root}, {root}
    while depth and level:
        level = {child for child, parents in _parents(library, name) if not level.isdisjoint(parents)} - found
        found |= level
        depth -= 1
    return found


def _parents(library: Library, name: str) -> Iterable[tuple[int, tuple[int, ...]]]:
    if name == "studios":
        return [(studio.id, (studio.parent_id,)) for studio in library.studios.values() if studio.parent_id]
    if name == "tags":
        return [(tag.id, tag.parent_ids) for tag in library.tags.values()]
    return []


def _relation(read: Callable[[Scene], Iterable[int]], modifier: str, wanted: list[set[int]]) -> Test:
    any_of = set().union(*wanted)
    tests: dict[str, Test] = {
        "INCLUDES": lambda scene: not any_of.isdisjoint(read(scene)),
        "INCLUDES_ALL": lambda scene: all(not ids.isdisjoint(read(scene)) for ids in wanted),
        "EXCLUDES": lambda scene: any_of.isdisjoint(read(scene)),
        "EQUALS": lambda scene: set(read(scene)) == any_of,
        "IS_NULL": lambda scene: not tuple(read(scene)),
        "NOT_NULL": lambda scene: bool(tuple(read(scene))),
    }
    return _known(tests, modifier)


def _ordinal(read: Callable[[Any], Any], criterion: Criterion, value: Any, upper: Any) -> Test:
    def comparing(compare: Callable[[Any], bool]) -> Test:
        return lambda entry: read(entry) is not None and compare(read(entry))

    tests: dict[str, Test] = {
        "EQUALS": comparing(lambda have: bool(have == value)),
        "NOT_EQUALS": lambda entry: read(entry) != value,
        "GREATER_THAN": comparing(lambda have: bool(have > value)),
        "LESS_THAN": comparing(lambda have: bool(have < value)),
        "BETWEEN": comparing(lambda have: bool(value <= have <= upper)),
        "NOT_BETWEEN": comparing(lambda have: not value <= have <= upper),
        "IS_NULL": lambda entry: read(entry) is None,
        "NOT_NULL": lambda entry: read(entry) is not None,
    }
    return _known(tests, criterion["modifier"])


def _plain(read: Callable[[Any], Any], criterion: Criterion) -> Test:
    return _ordinal(read, criterion, criterion["value"], criterion.get("value2"))


def _moment(read: Callable[[Any], Any], criterion: Criterion) -> Test:
    upper = criterion.get("value2")
    return _ordinal(read, criterion, _epoch_s(criterion["value"]), _epoch_s(upper) if upper else None)


def _epoch_s(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _text(read: Callable[[Any], str], criterion: Criterion) -> Test:
    value = criterion["value"].casefold()
    tests: dict[str, Test] = {
        "EQUALS": lambda entry: read(entry).casefold() == value,
        "NOT_EQUALS": lambda entry: read(entry).casefold() != value,
        "INCLUDES": lambda entry: value in read(entry).casefold(),
        "EXCLUDES": lambda entry: value not in read(entry).casefold(),
        "MATCHES_REGEX": lambda entry: re.search(criterion["value"], read(entry)) is not None,
        "NOT_MATCHES_REGEX": lambda entry: re.search(criterion["value"], read(entry)) is None,
        "IS_NULL": lambda entry: not read(entry),
        "NOT_NULL": lambda entry: bool(read(entry)),
    }
    return _known(tests, criterion["modifier"])


def _known(tests: Mapping[str, Test], modifier: str) -> Test:
    if modifier not in tests:
        raise ResolverError(f"unsupported modifier: {modifier}")
    return tests[modifier]


def _names(entry: Any) -> str:
    """Name and aliases, where each kind keeps them."""
    aliases = entry.alias_list if isinstance(entry, Performer) else entry.aliases
    return "\n".join([entry.name, aliases if isinstance(aliases, str) else "\n".join(aliases)]).casefold()


def _paths(scene: Scene) -> str:
    return "\n".join(video.path for video in scene.files)


def _holds_words(scene: Scene, words: list[str]) -> bool:
    if not words:
        return True
    text = f"{scene.title}\n{scene.details}\n{_paths(scene)}".casefold()
    return all(word in text for word in words)


def _sorted(scenes: list[Scene], sort: str | None, *, descending: bool) -> list[Scene]:
    if not sort:
        return scenes
    seed = sort.removeprefix("random_")
    if seed != sort and seed.isdigit():
        return sorted(scenes, key=lambda scene: md5(f"{seed} {scene.id}".encode(), usedforsecurity=False).digest())
    if sort not in SCENE_SORTS:
        raise ResolverError(f"invalid sort: {sort}")
    if sort == "id":
        return sorted(scenes, key=attrgetter("id"), reverse=descending)
    # Two stable sorts: the title always ascends, whatever the direction of the first key.
    by_title = sorted(scenes, key=lambda scene: natural(scene.title or str(scene.id)))
    return sorted(by_title, key=_SORT_KEYS.get(sort) or attrgetter(sort), reverse=descending)


_JOINTS: dict[str, Callable[[Test, Test], Test]] = {
    "AND": lambda left, right: lambda scene: left(scene) and right(scene),
    "OR": lambda left, right: lambda scene: left(scene) or right(scene),
    "NOT": lambda left, right: lambda scene: left(scene) and not right(scene),
}
_RELATIONS: dict[str, Callable[[Scene], Iterable[int]]] = {
    "performers": lambda scene: scene.performer_ids,
    "tags": lambda scene: scene.tag_ids,
    "groups": lambda scene: [place.group_id for place in scene.groups],
    "studios": lambda scene: [scene.studio_id] if scene.studio_id else [],
}
_SCENE_READERS: dict[str, Callable[[Scene], Any]] = {
    "path": _paths,
    "file_count": lambda scene: len(scene.files),
    "tag_count": lambda scene: len(scene.tag_ids),
    "performer_count": lambda scene: len(scene.performer_ids),
}
_SORT_KEYS: dict[str, Callable[[Scene], Any]] = {
    "title": lambda scene: natural(scene.title or (scene.files[0].basename if scene.files else "")),
    "path": lambda scene: natural(scene.files[0].path if scene.files else ""),
    "date": lambda scene: scene.date or "",
    "rating100": lambda scene: scene.rating100 or 0,
}
_CRITERIA: dict[str, Callable[[Callable[[Any], Any], Criterion], Test]] = {
    **dict.fromkeys(("title", "code", "details", "director", "path", "name"), _text),
    **dict.fromkeys(("id", "file_count", "rating100", "tag_count", "performer_count", "date"), _plain),
    **dict.fromkeys(("created_at", "updated_at"), _moment),
}
