"""The stand-in's data: finding, adding, renaming, merging, deleting. Knows nothing of GraphQL, hooks or HTTP.

Everything happens under `lock`; `revision` grows with every change, so that sorted pages can be remembered between two
changes.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from tests.fakes.stash.disk import Disk
from tests.fakes.stash.model import Entity, Group, Performer, Scene, SceneGroup, Settings, Studio, Tag, VideoFile

E = TypeVar("E", bound=Entity)
T = TypeVar("T")


class ResolverError(Exception):
    """An error a resolver of Stash answers; the message is what the client reads."""


class Library:
    """All scenes, performers, studios, tags and groups by id.

    Args:
        clock: epoch seconds; only whole seconds are kept.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self.revision = 0
        self.settings = Settings()
        self.scenes: dict[int, Scene] = {}
        self.performers: dict[int, Performer] = {}
        self.studios: dict[int, Studio] = {}
        self.tags: dict[int, Tag] = {}
        self.groups: dict[int, Group] = {}
        self.loose_files: dict[int, VideoFile] = {}
        """Files that Stash knows without a scene: it was deleted, and they were not."""

        self.disk = Disk()
        self.ahead_s = 0.0
        """How far the clock of a machine that is not ours runs ahead of it."""

        self.tells_time = True
        """Whether answers have a `Date`."""

        self._clock = clock
        self._last_ids: dict[str, int] = {}

    def now(self) -> int:
        """Epoch seconds without fraction, as Stash stores times."""
        return int(self._clock() + self.ahead_s)

    def touch(self, entry: Scene | Entity) -> None:
        """Move `updated_at`, as saving does in Stash."""
        entry.updated_at = self.now()
        self.revision += 1

    def next_id(self, kind: str) -> int:
        """Give the next free id of a kind; ids are never used twice."""
        self._last_ids[kind] = self._last_ids.get(kind, 0) + 1
        return self._last_ids[kind]

    def scene(self, scene_id: int | str) -> Scene:
        """Find a scene.

        Raises:
            ResolverError: there is none with this id.
        """
        return self._found("scene", self.scenes.get(int(scene_id)), scene_id)

    def performer(self, performer_id: int | str) -> Performer:
        """Find a performer or raise ResolverError."""
        return self._found("performer", self.performers.get(int(performer_id)), performer_id)

    def studio(self, studio_id: int | str) -> Studio:
        """Find a studio or raise ResolverError."""
        return self._found("studio", self.studios.get(int(studio_id)), studio_id)

    def tag(self, tag_id: int | str) -> Tag:
        """Find a tag or raise ResolverError."""
        return self._found("tag", self.tags.get(int(tag_id)), tag_id)

    def group(self, group_id: int | str) -> Group:
        """Find a group or raise ResolverError."""
        return self._found("group", self.groups.get(int(group_id)), group_id)

    def add_performer(self, name: str, **fields: object) -> Performer:
        """Add a performer; `fields` are attributes of `Performer`."""
        return self._add("performer", self.performers, Performer, name, fields)

    def add_studio(self, name: str, **fields: object) -> Studio:
        """Add a studio; `fields` are attributes of `Studio`."""
        return self._add("studio", self.studios, Studio, name, fields)

    def add_tag(self, name: str, **fields: object) -> Tag:
        """Add a tag; `fields` are attributes of `Tag`."""
        return self._add("tag", self.tags, Tag, name, fields)

    def add_group(self, name: str, **fields: object) -> Group:
        """Add a group; `fields` are attributes of `Group`."""
        return self._add("group", self.groups, Group, name, fields)

    def performer_ids(self, names: Iterable[str]) -> tuple[int, ...]:
        """Ids of these performers, in the order of the ids as Stash answers them; unknown names are added."""
        return self.ordered_performers(self._id_of(self.performers, self.add_performer, name) for name in names)

    def tag_ids(self, names: Iterable[str]) -> tuple[int, ...]:
        """Ids of these tags, by name as Stash answers them; unknown names are added."""
        return self.ordered_tags(self._id_of(self.tags, self.add_tag, name) for name in names)

    def studio_id(self, name: str) -> int:
        """Id of this studio, which is added when unknown."""
        return self._id_of(self.studios, self.add_studio, name)

    def scene_groups(self, names: Iterable[str]) -> tuple[SceneGroup, ...]:
        """Places in these groups, without an index; unknown names are added."""
        return tuple(SceneGroup(self._id_of(self.groups, self.add_group, name)) for name in names)

    def ordered_performers(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Drop repeated ids and order by id: Stash keeps no order of performers."""
        return tuple(sorted({self.performer(performer_id).id for performer_id in ids}))

    def ordered_tags(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Drop repeated ids and order by name, as Stash lists a scene's tags."""
        return tuple(
            sorted({self.tag(tag_id).id for tag_id in ids}, key=lambda tag_id: self.tags[tag_id].name.casefold())
        )

    def add_file(self, path: str) -> VideoFile:
        """Make the row of what lies on the disk at `path`, as a scan does."""
        now, content = self.now(), self.disk.at(path)
        if content is None:
            raise FileNotFoundError(path)
        return VideoFile(self.next_id("file"), path, now, content.size, content.oshash, now, now)

    def add_scene(self, files: Sequence[str], *, size: int | None = None, **fields: object) -> Scene:
        """Add a scene and its files without any hook.

        `size` is the bytes of its files, `fields` are attributes of `Scene`.
        """
        with self.lock:
            for path in files:
                self.disk.put(path, size)
            return self.new_scene([self.add_file(path) for path in files], **fields)

    def new_scene(self, files: Iterable[VideoFile], **fields: object) -> Scene:
        """Make a scene of files, as a scan does; `fields` are attributes of `Scene`."""
        now = self.now()
        scene = Scene(self.next_id("scene"), now, now, files=tuple(files), **fields)  # type: ignore[arg-type]  # checked by Scene itself
        self.scenes[scene.id] = scene
        self.revision += 1
        return scene

    def forget(self, scenes: Iterable[Scene]) -> None:
        """Drop the rows of scenes."""
        for scene in scenes:
            del self.scenes[scene.id]
        self.revision += 1

    def entities(self) -> dict[str, dict[int, Any]]:
        """Kind -> what there is of it, by id; scenes and files left out."""
        return {"performer": self.performers, "studio": self.studios, "tag": self.tags, "group": self.groups}

    def tables(self) -> dict[str, dict[Any, Any]]:
        """Everything that is kept in the database, by name; the disk and the settings are not."""
        named = {f"{kind}s": entries for kind, entries in self.entities().items()}
        return {"scenes": self.scenes, "loose_files": self.loose_files, "last_ids": self._last_ids, **named}

    def merge_tags(self, sources: Sequence[int], destination: int) -> None:
        """Put `destination` where the sources were. No scene's `updated_at` moves. Source: measured."""
        goners = frozenset(sources)
        for scene in self.scenes.values():
            if not goners.isdisjoint(scene.tag_ids):
                scene.tag_ids = self.ordered_tags(
                    [*(tag_id for tag_id in scene.tag_ids if tag_id not in goners), destination]
                )
        for performer in self.performers.values():
            if not goners.isdisjoint(performer.tag_ids):
                kept = [tag_id for tag_id in performer.tag_ids if tag_id not in goners]
                performer.tag_ids = self.ordered_tags([*kept, destination])
        above = {parent for tag_id in goners for parent in self.tags[tag_id].parent_ids}
        for tag in self.tags.values():
            moved = [destination if parent in goners else parent for parent in tag.parent_ids]
            more = above if tag.id == destination else ()
            tag.parent_ids = tuple(dict.fromkeys(parent for parent in (*moved, *more) if parent != tag.id))
        for tag_id in sources:
            del self.tags[tag_id]
        self.revision += 1

    def set_children(self, tag_id: int, children: Iterable[int]) -> None:
        """Have these tags, and no others, stand below the tag. Only the tag's own `updated_at` moves."""
        wanted = frozenset(children)
        for tag in self.tags.values():
            others = tuple(parent for parent in tag.parent_ids if parent != tag_id)
            tag.parent_ids = (*others, tag_id) if tag.id in wanted else others

    def merge_performers(self, sources: Sequence[int], destination: int) -> None:
        """Put `destination` where the sources were. No scene's `updated_at` moves. Source: measured."""
        goners = frozenset(sources)
        for scene in self.scenes.values():
            if not goners.isdisjoint(scene.performer_ids):
                kept = [performer_id for performer_id in scene.performer_ids if performer_id not in goners]
                scene.performer_ids = self.ordered_performers([*kept, destination])
        for performer_id in sources:
            del self.performers[performer_id]
        self.revision += 1

    def destroy_performer(self, performer_id: int) -> None:
        """Forget a performer and every scene's tie to it. No scene's `updated_at` moves."""
        del self.performers[self.performer(performer_id).id]
        for scene in self.scenes.values():
            if performer_id in scene.performer_ids:
                scene.performer_ids = tuple(kept_id for kept_id in scene.performer_ids if kept_id != performer_id)
        self.revision += 1

    def destroy_tag(self, tag_id: int) -> None:
        """Forget a tag and every scene's tie to it. No scene's `updated_at` moves."""
        del self.tags[self.tag(tag_id).id]
        for scene in self.scenes.values():
            if tag_id in scene.tag_ids:
                scene.tag_ids = tuple(kept_id for kept_id in scene.tag_ids if kept_id != tag_id)
        for tag in self.tags.values():
            tag.parent_ids = tuple(kept_id for kept_id in tag.parent_ids if kept_id != tag_id)
        for performer in self.performers.values():
            performer.tag_ids = tuple(kept_id for kept_id in performer.tag_ids if kept_id != tag_id)
        self.revision += 1

    def destroy_studio(self, studio_id: int) -> None:
        """Forget a studio and every scene's tie to it. No scene's `updated_at` moves."""
        del self.studios[self.studio(studio_id).id]
        for scene in self.scenes.values():
            if scene.studio_id == studio_id:
                scene.studio_id = None
        for studio in self.studios.values():
            studio.parent_id = None if studio.parent_id == studio_id else studio.parent_id
        self.revision += 1

    def destroy_group(self, group_id: int) -> None:
        """Forget a group and every scene's place in it. No scene's `updated_at` moves."""
        del self.groups[self.group(group_id).id]
        for scene in self.scenes.values():
            if scene.groups:
                scene.groups = tuple(place for place in scene.groups if place.group_id != group_id)
        self.revision += 1

    def _add(self, kind: str, into: dict[int, E], make: Callable[..., E], name: str, fields: dict[str, object]) -> E:
        with self.lock:
            now = self.now()
            entry = make(id=self.next_id(kind), name=name, created_at=now, updated_at=now, **fields)
            into[entry.id] = entry
            self.revision += 1
            return entry

    @staticmethod
    def _id_of(known: dict[int, E], add: Callable[[str], E], name: str) -> int:
        return next((entry.id for entry in known.values() if entry.name == name), None) or add(name).id

    @staticmethod
    def _found(kind: str, entry: T | None, entry_id: int | str) -> T:
        if entry is None:
            raise ResolverError(f"{kind} with id {entry_id} not found")
        return entry
