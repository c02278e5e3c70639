"""The root fields that change something, with the hooks that follow: what the user's clicks do.

A change is made under the library's lock and as a whole or not at all; its hooks run afterwards, one after another,
while the user waits.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Any

from tests.fakes.stash.edits import apply_bulk_input, apply_scene_input, changed_list, picture_bytes
from tests.fakes.stash.hook_documents import destroyed_scene_input, whole_input
from tests.fakes.stash.library import Library, ResolverError
from tests.fakes.stash.model import Entity, Performer, Scene, Tag, VideoFile
from tests.fakes.stash.plugin_host import PluginHost

Arguments = Mapping[str, Any]
Edit = Callable[[Library, Scene, Arguments], None]

# Of what may be sent for a performer, studio, tag or group, the stand-in keeps these; the rest it only tells in hooks.
_ENTITY_FIELDS = ("name", "disambiguation", "country", "alias_list", "aliases", "details", "description", "synopsis")


class SceneMutations:
    """Edits, deletions and merges of scenes."""

    def __init__(self, library: Library, host: PluginHost) -> None:
        self._library = library
        self._host = host

    def resolvers(self) -> dict[str, Callable[[Arguments], Any]]:
        """Root field name -> resolver of its coerced arguments."""
        return {
            "sceneUpdate": lambda args: self._update(args["input"]),
            "scenesUpdate": lambda args: self._update_list(args["input"]),
            "bulkSceneUpdate": lambda args: self._update_bulk(args["input"]),
            "sceneDestroy": lambda args: self._destroy([args["input"]["id"]], args["input"]),
            "scenesDestroy": lambda args: self._destroy(args["input"]["ids"], args["input"]),
            "sceneMerge": lambda args: self._merge(args["input"]),
            "sceneAssignFile": lambda args: self._assign(args["input"]),
            "sceneCreate": lambda args: self._create(args["input"]),
        }

    def _update(self, sent: Arguments) -> Scene:
        self._save([(sent["id"], sent)], apply_scene_input)
        self._updated(int(sent["id"]), whole_input("Scene.Update.Post", sent), sent)
        return self._library.scene(sent["id"])

    def _update_list(self, inputs: list[Arguments]) -> list[Scene | None]:
        self._save([(sent["id"], sent) for sent in inputs], apply_scene_input)
        everything = [whole_input("Scene.Update.Post", sent) for sent in inputs]
        for sent in inputs:
            self._updated(int(sent["id"]), everything, sent)
        return [self._library.scenes.get(int(sent["id"])) for sent in inputs]

    def _update_bulk(self, sent: Arguments) -> list[Scene]:
        ids = sent.get("ids") or []
        self._save([(scene_id, sent) for scene_id in ids], apply_bulk_input)
        for scene_id in ids:
            self._updated(int(scene_id), dict(sent), sent)
        return [self._library.scene(scene_id) for scene_id in ids]

    def _updated(self, scene_id: int, hook_input: Any, sent: Arguments) -> None:
        self._host.fire("Scene.Update.Post", scene_id, hook_input, list(sent))

    def _save(self, changes: list[tuple[str, Arguments]], edit: Edit) -> None:
        with self._library.lock:
            drafts = []
            for scene_id, sent in changes:
                drafts.append(copy(self._library.scene(scene_id)))
                edit(self._library, drafts[-1], sent)
            self._library.scenes.update({draft.id: draft for draft in drafts})

    def _destroy(self, ids: Iterable[str], sent: Arguments) -> bool:
        with self._library.lock:
            goners = [self._library.scene(scene_id) for scene_id in ids]
            self._library.forget(goners)
            for video in (video for scene in goners for video in scene.files):
                self._leave(video, is_deleted=bool(sent.get("delete_file")))
        for scene in goners:
            video = scene.files[0] if scene.files else None
            hook_input = destroyed_scene_input(sent, video.oshash if video else "", video.path if video else "")
            self._host.fire("Scene.Destroy.Post", scene.id, hook_input)
        return True

    def _leave(self, video: VideoFile, *, is_deleted: bool) -> None:
        """What becomes of a deleted scene's file: Stash goes on knowing it, unless the user had it deleted."""
        if is_deleted:
            self._library.disk.remove(video.path)
        else:
            self._library.loose_files[video.id] = video

    def _merge(self, sent: Arguments) -> Scene:
        """Move the sources' files to the destination and forget the sources; no hook. Source: measured."""
        with self._library.lock:
            if sent["destination"] in sent["source"]:
                raise ResolverError("destination scene cannot be in source list")
            destination = copy(self._library.scene(sent["destination"]))
            sources = [self._library.scene(scene_id) for scene_id in sent["source"]]
            destination.files = (*destination.files, *(video for scene in sources for video in scene.files))
            apply_scene_input(self._library, destination, sent.get("values") or {})
            self._library.scenes[destination.id] = destination
            self._library.forget(sources)
            return destination

    def _assign(self, sent: Arguments) -> bool:
        """Move a file to another scene; no hook, and no `updated_at` moves. Source: seen in Stash 0.30.1."""
        with self._library.lock:
            taker = self._library.scene(sent["scene_id"])
            taker.files = (*taker.files, self._take_away(sent["file_id"]))
            self._library.revision += 1
        return True

    def _create(self, sent: Arguments) -> Scene:
        """Make a scene, perhaps of files of others: a hook without input. Source: seen in Stash 0.30.1."""
        with self._library.lock:
            scene = self._library.new_scene([self._take_away(file_id) for file_id in sent.get("file_ids") or []])
            apply_scene_input(self._library, scene, {name: sent[name] for name in sent if name != "file_ids"})
        self._host.fire("Scene.Create.Post", scene.id, None)
        return scene

    def _take_away(self, file_id: str) -> VideoFile:
        """Take a file from the scene that has it among others."""
        owner = next(
            (
                scene
                for scene in self._library.scenes.values()
                if file_id in [str(video.id) for video in scene.files[1:]]
            ),
            None,
        )
        if owner is None:
            raise ResolverError("assigning file to scene: cannot reassign primary file")
        taken = next(video for video in owner.files if str(video.id) == file_id)
        owner.files = tuple(video for video in owner.files if video is not taken)
        return taken


class EntityMutations:
    """Edits, deletions and merges of performers, studios, tags and groups.

    None of them moves a scene's `updated_at`.
    """

    def __init__(self, library: Library, host: PluginHost) -> None:
        self._library = library
        self._host = host

    def resolvers(self) -> dict[str, Callable[[Arguments], Any]]:
        """Root field name -> resolver of its coerced arguments."""
        library = self._library
        found: dict[str, Callable[[Arguments], Any]] = {
            "performerCreate": self._creator("Performer", library.add_performer),
            "studioCreate": self._creator("Studio", library.add_studio),
            "tagCreate": self._creator("Tag", library.add_tag),
            "groupCreate": self._creator("Group", library.add_group),
            "bulkPerformerUpdate": lambda args: self._update_bulk(args["input"]),
            "performerMerge": lambda args: self._merge_performers(args["input"]),
            "tagsMerge": lambda args: self._merge_tags(args["input"]),
        }
        kinds: dict[str, tuple[Callable[[str], Any], Callable[[int], None]]] = {
            "performer": (library.performer, library.destroy_performer),
            "studio": (library.studio, library.destroy_studio),
            "tag": (library.tag, library.destroy_tag),
            "group": (library.group, library.destroy_group),
        }
        for kind, (find, destroy) in kinds.items():
            found[f"{kind}Update"] = self._updater(kind.title(), find)
            found[f"{kind}Destroy"] = self._destroyer(kind.title(), destroy)
            found[f"{kind}sDestroy"] = self._destroyer(kind.title(), destroy)
        return found

    def _updater(self, kind: str, find: Callable[[str], Any]) -> Callable[[Arguments], Any]:
        event = f"{kind}.Update.Post"

        def update(args: Arguments) -> Any:
            sent = args["input"]
            with self._library.lock:
                self._edit(find(sent["id"]), sent)
            self._host.fire(event, int(sent["id"]), whole_input(event, sent), list(sent))
            return find(sent["id"])

        return update

    def _destroyer(self, kind: str, destroy: Callable[[int], None]) -> Callable[[Arguments], bool]:
        def run(args: Arguments) -> bool:
            # One deletion tells {"id": …}, several tell the bare list of all ids. Source: Stash 0.30.1.
            hook_input = dict(args["input"]) if "input" in args else list(args["ids"])
            ids = [hook_input["id"]] if isinstance(hook_input, dict) else hook_input
            with self._library.lock:
                for entry_id in ids:
                    destroy(int(entry_id))
            for entry_id in ids:
                self._host.fire(f"{kind}.Destroy.Post", int(entry_id), hook_input)
            return True

        return run

    def _creator(self, kind: str, add: Callable[[str], Any]) -> Callable[[Arguments], Any]:
        event = f"{kind}.Create.Post"

        def create(args: Arguments) -> Any:
            sent = args["input"]
            with self._library.lock:
                entry = add(sent["name"])
                self._edit(entry, sent)
            self._host.fire(event, entry.id, whole_input(event, sent))
            return entry

        return create

    def _update_bulk(self, sent: Arguments) -> list[Performer]:
        ids = sent.get("ids") or []
        with self._library.lock:
            for performer_id in ids:
                self._edit(self._library.performer(performer_id), sent)
        for performer_id in ids:
            self._host.fire("Performer.Update.Post", int(performer_id), dict(sent), list(sent))
        return [self._library.performer(performer_id) for performer_id in ids]

    def _merge_performers(self, sent: Arguments) -> Performer:
        """No hook at all. Source: measured."""
        with self._library.lock:
            sources = [self._library.performer(performer_id).id for performer_id in sent["source"]]
            destination = self._library.performer(sent["destination"])
            if destination.id in sources:
                raise ResolverError("destination performer cannot be in source list")
            self._edit(destination, sent.get("values") or {})
            self._library.merge_performers(sources, destination.id)
            return destination

    def _merge_tags(self, sent: Arguments) -> Any:
        with self._library.lock:
            sources = [self._library.tag(tag_id) for tag_id in sent["source"]]
            destination = self._library.tag(sent["destination"])
            if destination in sources:
                raise ResolverError("cannot merge where source == destination")
            destination.aliases = (*destination.aliases, *(tag.name for tag in sources))
            self._library.merge_tags([tag.id for tag in sources], destination.id)
        self._host.fire(
            "Tag.Merge.Post", destination.id, {"source": sent["source"], "destination": sent["destination"]}
        )
        return destination

    def _edit(self, entry: Entity, sent: Arguments) -> None:
        for name in _ENTITY_FIELDS:
            if name in sent:
                setattr(entry, name, _kept(getattr(entry, name), sent[name]))
        for name in ("parent_id", "parent_ids"):
            if name in sent:
                setattr(entry, name, _as_ids(sent[name]))
        if isinstance(entry, Performer) and "tag_ids" in sent:
            entry.tag_ids = self._library.ordered_tags(map(int, _changed_ids(entry.tag_ids, sent["tag_ids"])))
        if isinstance(entry, Tag) and "child_ids" in sent:
            self._library.set_children(entry.id, map(int, sent["child_ids"] or ()))
        for name in ("image", "front_image", "back_image"):
            if name in sent and (sent[name] or name != "image"):
                setattr(entry, name, picture_bytes(sent[name]) if sent[name] else None)
        self._library.touch(entry)


def _kept(old: Any, given: Any) -> Any:
    if isinstance(given, dict):
        return tuple(changed_list(old, given.get("values") or [], given["mode"]))
    return tuple(given or ()) if isinstance(old, tuple) else given or ""


def _changed_ids(old: Iterable[int], given: Any) -> Iterable[Any]:
    if isinstance(given, dict):
        return changed_list([str(each) for each in old], given.get("ids") or [], given["mode"])
    return given or ()


def _as_ids(given: Any) -> Any:
    if isinstance(given, list):
        return tuple(int(text) for text in given)
    return int(given) if given else None
