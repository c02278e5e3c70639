"""What the metadata agent knows of an item, and the refresh that puts it back into every field without a lock."""

from collections.abc import Mapping
from typing import Final

from tests.fakes.plex import pictures
from tests.fakes.plex.model import PICTURES, Agent, Item, Tagging
from tests.fakes.plex.sort_titles import SORT_TITLE, TITLE

PERSONAL_FIELDS: Final = frozenset({"userRating"})
PERSONAL_TAGS: Final = frozenset({"label"})
"""What a person gave and no agent knows: a refresh leaves it alone."""


def known(item: Item) -> Agent:
    """What the agent knows; of an untouched item that is what it shows."""
    if item.agent is None:
        selected = {
            name: (shelf.selected, shelf.pictures[shelf.selected])
            for name, shelf in item.pictures.items()
            if shelf.selected
        }
        return Agent(dict(item.values), dict(item.tags), selected)
    return item.agent


def remember(item: Item) -> None:
    """Keep what the agent said, before the first change."""
    item.agent = known(item)


def teach(item: Item, values: Mapping[str, str], tags: Mapping[str, tuple[Tagging, ...]]) -> None:
    """Let the agent know something else of these fields."""
    before = known(item)
    item.agent = Agent({**before.values, **values}, {**before.tags, **tags}, before.pictures)


def restore(item: Item, agent: Agent) -> None:
    """Put the agent's values into every field that carries no lock.

    Source: the complaint that unlocked edits are reverted by a refresh.

    A sort title beside a locked title stays, unless the agent has one.
    """
    item.agent = agent
    kept = {SORT_TITLE} - agent.values.keys() if TITLE in item.locked else set()
    for name in {*item.values, *agent.values} - item.locked - PERSONAL_FIELDS - kept:
        _put(item.values, name, agent.values.get(name, ""))
    tags = dict(item.tags)
    for kind in {*tags, *agent.tags} - item.locked - PERSONAL_TAGS:
        tags[kind] = agent.tags.get(kind, ())
    item.tags = tags
    for name, (url, sha1) in agent.pictures.items():
        if PICTURES[name] not in item.locked:
            shelf = pictures.shelf_of(item, name)
            shelf.pictures[url] = sha1
            shelf.selected = url


def _put(values: dict[str, str], name: str, value: str) -> None:
    if value:
        values[name] = value
    else:
        values.pop(name, None)
