"""The tags of Stash with their aliases and what they stand below: all of them, or only whether anything has changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stash.client import StashClient
from stash.errors import StashRejected
from stash.model import dicts_of, epoch_of, ids_of, named_of

PAGE: Final = 1000
"""So many tags of Stash 0.30.1, each with a parent and two aliases, take a second on two slow cores."""

RACY_S: Final = 2.0

_FIND: Final = "query ($f: FindFilterType) { findTags(filter: $f) { count tags"
_TAGS: Final = f"{_FIND} {{ id name aliases parents {{ id }} }} }} }}"
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
    page, left = 1, 1
    while left > 0:
        found, count = _page(client, _TAGS, page=page, per_page=PAGE, sort="id", direction="ASC")
        for raw in found:
            for tag in named_of([raw]):
                aliases = tuple(alias for alias in raw.get("aliases") or () if isinstance(alias, str))
                yield Tag(tag.id, tag.name, aliases, ids_of(raw.get("parents")))
        left = count - page * PAGE if found else 0
        page += 1


def _page(client: StashClient, text: str, **window: Any) -> tuple[list[Mapping[str, Any]], int]:
    answer = client.query(text, {"f": window}).get("findTags")
    count = answer.get("count") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(answer.get("tags"), list) or not isinstance(count, int):
        raise StashRejected("Stash answered findTags without a list of tags. This Stash may be too old or too new.")
    return dicts_of(answer["tags"]), count
