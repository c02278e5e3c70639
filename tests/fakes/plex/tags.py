"""The names on the whole server: one tag for all spellings that differ in case only, the first spelling wins."""

from collections.abc import Iterable
from typing import TypeAlias

from tests.fakes.plex.model import Tag, Tagging

Wanted: TypeAlias = str | tuple[str, str]
"""A name, or a name and the part that the actor plays."""


class TagRegistry:
    """Every tag that was ever used, by kind and folded name."""

    def __init__(self) -> None:
        self._tags: dict[tuple[str, str], Tag] = {}

    def get(self, kind: str, name: str) -> Tag:
        """The tag of that name; made when it is new."""
        key = kind, name.casefold()
        tag = self._tags.get(key)
        if tag is None:
            tag = self._tags[key] = Tag(len(self._tags) + 1, kind, name)
        return tag

    def taggings(self, kind: str, wanted: Iterable[Wanted]) -> tuple[Tagging, ...]:
        """Tags in order, each once."""
        pairs = ((entry, "") if isinstance(entry, str) else entry for entry in wanted)
        taggings = (Tagging(self.get(kind, name), text) for name, text in pairs if name)
        return tuple({tagging.tag.id: tagging for tagging in taggings}.values())
