"""The tags of scenes with all words that people may name them by: a tree of all tags, read anew when one changes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from matching.tag_tree import TagTree
from settings.settings import Settings
from stash.client import StashClient
from stash.model import Named, Scene
from stash.tags import Tag, TagStamp, all_tags, tag_names, tag_stamp, tags_above


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be asked of Stash beside the scenes themselves."""

    tag_tree: bool = False
    performer_tags: bool = False

    def __or__(self, other: "Needs") -> "Needs":
        return Needs(self.tag_tree or other.tag_tree, self.performer_tags or other.performer_tags)


def needs_of(settings: Settings) -> Needs:
    """Return what `settings` need: who names no tags, and has none of performers sent, costs Stash nothing more."""
    return Needs(tag_tree=bool(settings.tag_words), performer_tags=settings.is_on_anywhere("performer_tags"))


class TagReader:
    """Invariant: no scene leaves `with_words` with words that are older than the scene.

    So a tree that cannot be read fails as the scene itself would: a tag never goes where a tag without words would.
    """

    def __init__(self) -> None:
        self._stamp: TagStamp | None = None
        self._tree = TagTree(())

    @property
    def known(self) -> TagTree | None:
        """The tree as it was read last; None where it has to be read anew. Asks nobody."""
        return None if self._stamp is None else self._tree

    def forget(self) -> None:
        """Read the tags anew when they are needed next."""
        self._stamp = None

    def tree(self, client: StashClient) -> TagTree:
        """Return the tree of now, the same object while nothing changes. Raises as StashClient.query."""
        stamp = tag_stamp(client)
        if self._stamp is None or not self._stamp.holds(stamp):
            self._read(client, stamp)
        return self._tree

    def with_words(self, client: StashClient, scenes: Mapping[int, Scene]) -> dict[int, Scene]:
        """Return the scenes, which were just read, with the words of their tags. Raises as StashClient.query."""
        met = [tag for scene in scenes.values() for tag in _tags_of(scene)]
        if not met:
            return dict(scenes)
        self.tree(client)
        if any(tag not in self._tree for tag in met):  # after a full import, which keeps times and number
            self._read(client, tag_stamp(client))
        return {key: _worded(scene, self._tree) for key, scene in scenes.items()}

    def _read(self, client: StashClient, stamp: TagStamp) -> None:
        """`stamp` is older than what is read: what changes meanwhile shows in the next one."""
        self._stamp = None
        tags = list(all_tags(client))
        self._tree = TagTree(tags)
        self._stamp = stamp


class BriefTagReader(TagReader):
    """For one look at some scenes: of all tags the names, and only of those that are met aliases and places.

    The words are the same. A whole tree takes seconds where there are thousands of tags, and a look keeps none.
    """

    def __init__(self) -> None:
        super().__init__()
        self._named: dict[int, Tag] = {}
        self._met: dict[int, Tag] = {}

    def with_words(self, client: StashClient, scenes: Mapping[int, Scene]) -> dict[int, Scene]:
        """Return the scenes with the words of their tags. Raises as StashClient.query."""
        new = {tag.id for scene in scenes.values() for tag in _tags_of(scene)} - self._met.keys()
        if new:
            self._named = self._named or {tag.id: tag for tag in tag_names(client)}
            self._met |= tags_above(client, new)
        tree = TagTree({**self._named, **self._met}.values())
        return {key: _worded(scene, tree) for key, scene in scenes.items()}


def _worded(scene: Scene, tree: TagTree) -> Scene:
    def with_words(tags: tuple[Named, ...]) -> tuple[Named, ...]:
        return tuple([replace(tag, words=tree.words(tag.id)) for tag in tags])

    performers = [replace(person, tags=with_words(person.tags)) for person in scene.performers]
    return replace(scene, tags=with_words(scene.tags), performers=tuple(performers))


def _tags_of(scene: Scene) -> list[Named]:
    return [*scene.tags, *(tag for performer in scene.performers for tag in performer.tags)]
