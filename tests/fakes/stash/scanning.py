"""What Stash's Scan and Clean make of the disk. Source: seen in Stash 0.30.1.

A scan knows a file by its path first, then by its hash: a known hash at a new path is a move where the old path shows
nothing, and a second file of the scene where it does. Clean believes the disk: what cannot be seen is deleted, whether
it is gone or only away. Hooks are fired between two files, never under the lock.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tests.fakes.stash.disk import Content
from tests.fakes.stash.hook_documents import destroyed_scene_input
from tests.fakes.stash.library import Library
from tests.fakes.stash.model import Scene, VideoFile

# (event, id of the scene, its input)
Fire = Callable[[str, int, Any], None]
Event = tuple[str, int] | None

CREATED, UPDATED, DESTROYED = "Scene.Create.Post", "Scene.Update.Post", "Scene.Destroy.Post"


def scan(library: Library, fire: Fire, folders: Sequence[str] = ("",)) -> None:
    """Look at every file below these folders ("" is all), in the order of paths.

    The hooks have no input: nobody sent anything.
    """
    with library.lock:
        looking = _Scan(library)
        seen = [(path, content) for path, content in library.disk.seen() if path.startswith(tuple(folders))]
    for path, content in seen:
        with library.lock:
            event = looking.look(path, content)
        if event:
            fire(*event, None)


class _Scan:
    """What one scan knows of the files of before: by path, by hash, and whose they are."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._by_path: dict[str, VideoFile] = {}
        self._by_hash: dict[str, list[VideoFile]] = {}
        self._scene_of: dict[int, int] = {}
        for scene in library.scenes.values():
            for video in scene.files:
                self._know(video, scene.id)
        for video in library.loose_files.values():
            self._know(video, None)

    def look(self, path: str, content: Content) -> Event:
        """One file; what came of it."""
        if video := self._by_path.get(path):
            return self._look_again(video, content)
        if video := self._moved_from(content):
            return self._move(video, path)
        return self._meet(self._library.add_file(path))

    def _know(self, video: VideoFile, scene_id: int | None) -> None:
        self._by_path[video.path] = video
        self._by_hash.setdefault(video.oshash, []).append(video)
        if scene_id is not None:
            self._scene_of[video.id] = scene_id

    def _look_again(self, video: VideoFile, content: Content) -> Event:
        """A file of another content keeps its row and its scene, whose `updated_at` stays."""
        is_other = (video.size, video.oshash) != content
        if is_other:
            video.take(content, self._library.now())
            self._know(video, None)
        if video.id not in self._scene_of:
            return self._meet(video)
        return self._changed(video) if is_other else None

    def _moved_from(self, content: Content) -> VideoFile | None:
        return next((video for video in self._alike(content.oshash) if self._library.disk.at(video.path) is None), None)

    def _move(self, video: VideoFile, path: str) -> Event:
        video.path, video.updated_at = path, self._library.now()
        self._by_path[path] = video
        return self._changed(video) if video.id in self._scene_of else self._meet(video)

    def _changed(self, video: VideoFile) -> Event:
        self._library.revision += 1
        return UPDATED, self._scene_of[video.id]

    def _meet(self, video: VideoFile) -> Event:
        """A file without a scene joins the one that has the same content, or becomes a scene."""
        self._library.loose_files.pop(video.id, None)
        twin = next((other for other in self._alike(video.oshash) if other.id in self._scene_of), None)
        if twin is None:
            scene = self._library.new_scene([video])
            self._know(video, scene.id)
            return CREATED, scene.id
        scene = self._library.scene(self._scene_of[twin.id])
        scene.files = (*scene.files, video)
        self._library.touch(scene)
        self._know(video, scene.id)
        return UPDATED, scene.id

    def _alike(self, oshash: str) -> list[VideoFile]:
        return [video for video in self._by_hash.get(oshash, ()) if video.oshash == oshash]


def clean(library: Library, fire: Fire) -> None:
    """Delete what cannot be seen, in the order of paths.

    A scene with its last file, whose hook tells no id in its input; a file of several without any hook.
    """
    with library.lock:
        for video in [loose for loose in library.loose_files.values() if library.disk.at(loose.path) is None]:
            del library.loose_files[video.id]
        lost = [
            (video, scene.id)
            for scene in library.scenes.values()
            for video in scene.files
            if library.disk.at(video.path) is None
        ]
    for video, scene_id in sorted(lost, key=lambda loss: loss[0].path):
        with library.lock:
            is_gone = _lose(library, library.scene(scene_id), video)
        if is_gone:
            fire(DESTROYED, scene_id, destroyed_scene_input({"id": ""}, video.oshash, video.path))


def _lose(library: Library, scene: Scene, video: VideoFile) -> bool:
    """Take a file from its scene; whether that was its last."""
    scene.files = tuple(kept for kept in scene.files if kept.id != video.id)
    if scene.files:
        library.touch(scene)
    else:
        library.forget([scene])
    return not scene.files
