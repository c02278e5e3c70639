"""The root fields that deal with files: Scan and Generate, as far as scenes and their covers go, and moving.

Source: run against Stash 0.30.1.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.fakes.stash import scanning
from tests.fakes.stash.jobs import Job, JobQueue
from tests.fakes.stash.library import Library
from tests.fakes.stash.model import Scene
from tests.fakes.stash.plugin_host import PluginHost

Arguments = Mapping[str, Any]


class ScanJobs:
    """`metadataScan` and `metadataGenerate`, which answer the id of a job, and `moveFiles`."""

    def __init__(self, library: Library, host: PluginHost, jobs: JobQueue) -> None:
        self._library = library
        self._host = host
        self._jobs = jobs

    def resolvers(self) -> dict[str, Callable[[Arguments], Any]]:
        """Root field name -> resolver of its coerced arguments."""
        return {
            "metadataScan": lambda args: self._start("Scanning...", lambda: self._scan(args["input"])),
            "metadataGenerate": lambda args: self._start("Generating...", lambda: self._generate(args["input"])),
            "moveFiles": lambda args: self._move(args["input"]),
        }

    def _start(self, description: str, work: Callable[[], None]) -> int:
        def run(_job: Job) -> None:
            work()

        return self._jobs.add(description, run, lambda: None).id

    def _scan(self, options: Arguments) -> None:
        """Read the folders.

        With covers, scenes that are made get one behind their hook; a file that is known and unchanged gets none.
        """
        before = set(self._library.scenes)
        scanning.scan(self._library, self._host.fire, options.get("paths") or [""])
        if options.get("scanGenerateCovers"):
            self._cover(scene for scene in tuple(self._library.scenes.values()) if scene.id not in before)

    def _generate(self, options: Arguments) -> None:
        """Covers of these scenes, or of all; an own one is overwritten only when told so."""
        if not options.get("covers"):
            return
        ids = [int(scene_id) for scene_id in options.get("sceneIDs") or self._library.scenes]
        scenes = [self._library.scene(scene_id) for scene_id in ids]
        self._cover(scene for scene in scenes if options.get("overwrite") or not scene.cover)

    def _move(self, options: Arguments) -> bool:
        """Rename files, as renamer plugins do: no hook, and only the file's own `updated_at` moves."""
        with self._library.lock:
            for video in [video for scene in self._library.scenes.values() for video in scene.files]:
                if str(video.id) in options["ids"]:
                    folder = options.get("destination_folder") or video.path.rpartition("/")[0]
                    path = f"{folder}/{options.get('destination_basename') or video.basename}"
                    self._library.disk.move(video.path, path)
                    video.path, video.updated_at = path, self._library.now()
            self._library.revision += 1
        return True

    def _cover(self, scenes: Iterable[Scene]) -> None:
        """The same picture for the same file, each time; `updated_at` moves and no hook fires."""
        for scene in scenes:
            if scene.files:
                with self._library.lock:
                    picture = hashlib.sha256(scene.files[0].oshash.encode()).digest()
                    scene.cover = b"\xff\xd8\xff\xe0" + picture
                    self._library.touch(scene)
