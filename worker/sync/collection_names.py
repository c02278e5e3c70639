"""The collections that a scene belongs to: what each is made of in Stash, and what it is called in Plex. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from settings.prefixes import prefix_of
from settings.settings import Settings
from settings.spec import TAGS
from stash.model import Named, Scene

ORGANIZED: Final = "Organized"
"""The collection, or the label, of scenes that are marked as organized."""

ENTITY_OF: Final = {"studio": "studio", "network": "studio", "groups": "group", "performers": "performer", TAGS: "tag"}
"""Words of `collections_from` to what they name in Stash; of what is organized there is no such thing."""


@dataclass(frozen=True, slots=True)
class CollectionName:
    """One collection by its `name` in Plex.

    It is made of the studio, network, group, performer or tag `source_id` of Stash, by the word of `collections_from`
    that is `kind`, or by a rule on tags; 0 stands for what has no id.
    """

    kind: str
    source_id: int
    name: str

    @property
    def source(self) -> tuple[str, int]:
        """What it is made of, as records.made_collections knows it."""
        return self.kind, self.source_id


def entity_of(sources: Iterable[tuple[str, int]]) -> tuple[str, int] | None:
    """Return the one thing of Stash that `sources` name, by its kind and id; None for several, or what has no id.

    A studio with films of its own that is a network as well is one thing.
    """
    found = {(ENTITY_OF.get(kind, ""), source_id) for kind, source_id in sources}
    kind, entity_id = found.pop() if len(found) == 1 else ("", 0)
    return (kind, entity_id) if kind else None


def collection_names(scene: Scene, tags: Sequence[Named], settings: Settings) -> tuple[CollectionName, ...]:
    """Return the collections that the settings make of the scene, and of those of its tags that become collections.

    A name may come from several.
    """
    everybodys = settings.collection_prefix
    sources = {kind: of(scene) for kind, of in _SOURCES.items() if kind in settings.collections_from} | {TAGS: tags}
    return tuple(
        [
            CollectionName(kind, source.id, prefix_of(kind, settings.collection_prefixes, everybodys) + source.name)
            for kind, found in sources.items()
            for source in found
        ]
    )


def _organized(scene: Scene) -> Iterator[Named]:
    if scene.organized:
        yield Named(0, ORGANIZED)


def _present(*found: Named | None) -> Iterable[Named]:
    return filter(None, found)


_SOURCES: Final = {
    "studio": lambda scene: _present(scene.studio),
    "network": lambda scene: _present(scene.network),
    "groups": lambda scene: scene.groups,
    "performers": lambda scene: scene.performers,
    "organized": _organized,
}
"""Of each word of `collections_from` what the collections of a scene are made of."""
