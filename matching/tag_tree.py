"""By what words people may name a tag: name, id, alias, and "Animals/*" for Animals and all tags below it. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from matching.gate import name_key

BELOW: Final = "/*"
"""Behind a tag's name: that tag, and all below it, however deep."""


class TagNode(Protocol):
    """A tag of Stash with its aliases and the ids of the tags right above it."""

    @property
    def id(self) -> int: ...  # noqa: D102 - the class says it
    @property
    def name(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def aliases(self) -> Sequence[str]: ...  # noqa: D102 - the class says it
    @property
    def parents(self) -> Sequence[int]: ...  # noqa: D102 - the class says it


class TagTree:
    """All tags of a Stash. A tag may stand below several others, and in old databases below itself."""

    def __init__(self, tags: Iterable[TagNode]) -> None:
        self._tags = {tag.id: tag for tag in tags}
        self._taken = frozenset(key for tag in self._tags.values() for key in (name_key(tag.name), str(tag.id)))
        self._words: dict[int, frozenset[str]] = {}

    def __contains__(self, tag: object) -> bool:
        """Whether it knows a tag of this id under this name."""
        known = self._tags.get(getattr(tag, "id", 0))
        return known is not None and known.name == getattr(tag, "name", None)

    def words(self, tag_id: int) -> frozenset[str]:
        """Return all words that name the tag, as `name_key` has them; none for one that is not there.

        Names and ids win: an alias that is another tag's name or id names that other tag only.
        """
        if tag_id not in self._words:
            own = frozenset(self._called(tag_id))
            below = frozenset(key + BELOW for each in self._upwards(tag_id) for key in self._called(each))
            self._words[tag_id] = own | (below - self._taken)
        return self._words[tag_id]

    def named(self, key: str) -> list[int]:
        """Return the ids of the tags whose own name or id is `key`, ascending."""
        return sorted(tag.id for tag in self._tags.values() if key in {name_key(tag.name), str(tag.id)})

    def reach(self, words: Iterable[str]) -> dict[str, list[int]]:
        """Return for each of these words the ids of the tags that it names, ascending."""
        sought = {name_key(word): word for word in words}
        found = defaultdict[str, list[int]](list, {word: [] for word in sought.values()})
        for tag_id in sorted(self._tags):
            for key in self.words(tag_id) & sought.keys():
                found[sought[key]].append(tag_id)
        return dict(found)

    def _called(self, tag_id: int) -> set[str]:
        tag = self._tags.get(tag_id)
        if tag is None:
            return set()
        return {name_key(tag.name), str(tag.id)} | ({name_key(alias) for alias in tag.aliases} - self._taken)

    def _upwards(self, tag_id: int) -> set[int]:
        """Return the tag and all above it."""
        found, level = {tag_id}, {tag_id}
        while level:
            level = {parent for each in level if each in self._tags for parent in self._tags[each].parents} - found
            found |= level
        return found
