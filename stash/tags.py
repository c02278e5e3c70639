"""The tags of Stash with their aliases and what they stand below: all of them, or only whether anything has changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stash.client import StashClient, each_by_id
from stash.errors import StashRejected
from stash.model import dict_of, dicts_of, epoch_of, ids_of, named_of

PAGE: Final = 1000
"""So many tags of Stash 0.30.1, each with a parent and two aliases, take a second on two slow cores."""

ONE_BY_ONE: Final = 100
"""So many tags are asked for by their ids in one question."""

RACY_S: Final = 2.0

_FIND: Final = "query ($f: FindFilterType) { findTags(filter: $f) { count tags"
_FIELDS: Final = "{ id name aliases parents { id } }"
_TAGS: Final = f"{_FIND} {_FIELDS} }} }}"
_NAMES: Final = f"{_FIND} {{ id name }} }} }}"
_BY_ID: Final = f"findTag(id: $id) {_FIELDS}"
_NEWEST: Final = f"{_FIND} {{ id updated_at }} }} }}"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag; `parents` are the ids of the tags right above it."""

    id: int
    name: str
    aliases: tuple[str, ...] = ()
    parents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TagStamp:
    """What tells whether tags have changed since: how many there are, which was saved last, and when.

    A deletion and a merge change the number, everything else the newest. Measured with Stash 0.27.0, 0.30.1 and the
    tip of January 2026: also the edit of a parent's children, which moves the parent's time; a merge moves no time.
    """

    count: int
    newest: tuple[tuple[int, float], ...]
    asked_at: float

    def holds(self, later: "TagStamp") -> bool:
        """Return whether nothing has changed up to the `later` one.

        Times are whole seconds, and a save has the time at which it began: of what was read right behind one nobody
        knows.
        """
        is_settled = all(at + RACY_S <= self.asked_at for _, at in self.newest)
        return is_settled and (self.count, self.newest) == (later.count, later.newest)


def tag_stamp(client: StashClient) -> TagStamp:
    """Ask whether anything has changed. Raises as StashClient.query."""
    found, count = _page(client, _NEWEST, page=1, per_page=1, sort="updated_at", direction="DESC")
    newest = tuple((tag_id, epoch_of(raw.get("updated_at"))) for raw in found for tag_id in ids_of([raw]))
    return TagStamp(count, newest, client.asked_at)


def all_tags(client: StashClient) -> Iterator[Tag]:
    """Yield all tags, some at a time. Raises as StashClient.query."""
    yield from _each(client, _TAGS)


def tag_names(client: StashClient) -> Iterator[Tag]:
    """Yield all tags with their names alone: 5,000 take 0.3 s where whole ones take five. Raises as StashClient.query.

    Measured with Stash 0.30.1, which looks aliases and parents up for each tag by itself.
    """
    yield from _each(client, _NAMES)


def tags_above(client: StashClient, tag_ids: Iterable[int]) -> dict[int, Tag]:
    """Return these tags and all that stand above them, by id, a question a level. Raises as StashClient.query."""
    found: dict[int, Tag] = {}
    wanted = sorted(set(tag_ids))
    while wanted:
        level = [tag for start in range(0, len(wanted), ONE_BY_ONE) for tag in _by_ids(client, wanted, start)]
        found |= {tag.id: tag for tag in level}
        wanted = sorted({parent for tag in level for parent in tag.parents} - found.keys())
    return found


def _by_ids(client: StashClient, tag_ids: list[int], start: int) -> list[Tag]:
    question, variables = each_by_id([(_BY_ID, tag_id) for tag_id in tag_ids[start : start + ONE_BY_ONE]])
    answer = client.query(question, variables)
    return [tag for name in variables for tag in _tags_of(dict_of(answer.get(name)))]


def _each(client: StashClient, text: str) -> Iterator[Tag]:
    page, left = 1, 1
    while left > 0:
        found, count = _page(client, text, page=page, per_page=PAGE, sort="id", direction="ASC")
        for raw in found:
            yield from _tags_of(raw)
        left = count - page * PAGE if found else 0
        page += 1


def _tags_of(raw: Mapping[str, Any]) -> Iterator[Tag]:
    """Yield the tag that `raw` is; none where it has no id or name."""
    for tag in named_of([raw]):
        aliases = tuple(alias for alias in raw.get("aliases") or () if isinstance(alias, str))
        yield Tag(tag.id, tag.name, aliases, ids_of(raw.get("parents")))


def _page(client: StashClient, text: str, **window: Any) -> tuple[list[Mapping[str, Any]], int]:
    answer = client.query(text, {"f": window}).get("findTags")
    count = answer.get("count") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(answer.get("tags"), list) or not isinstance(count, int):
        raise StashRejected("Stash answered findTags without a list of tags. This Stash may be too old or too new.")
    return dicts_of(answer["tags"]), count
