"""What happens around Stash rather than in it, as methods.

Files come, move and vanish, scans and Clean find out, databases are lost and come back.

A test either says what a scan finds (`scan_new_file` …), or changes `disk` and lets `scan` and `clean` find out by
themselves.
"""

from typing import Any

from tests.fakes.stash import databases, scanning
from tests.fakes.stash.databases import Backup
from tests.fakes.stash.disk import Disk
from tests.fakes.stash.library import Library
from tests.fakes.stash.plugin_host import PluginHost


class DiskActions:
    """Everything that a plugin may notice although no user edited anything.

    Args:
        host: runs the plugin's process for every hook, if there is one.
    """

    def __init__(self, library: Library, host: PluginHost) -> None:
        self.library = library
        self.host = host

    @property
    def disk(self) -> Disk:
        """The files that a scan would find. Those of every scene that was added lie there."""
        return self.library.disk

    def scan(self) -> None:
        """Scan the whole disk: new, moved, replaced and doubled files are found, hooks have no input."""
        scanning.scan(self.library, self.host.fire)

    def clean(self) -> None:
        """Clean: what the disk does not show is deleted.

        A Destroy hook for each scene; none for a scene that keeps another file.
        """
        scanning.clean(self.library, self.host.fire)

    def backup_database(self) -> Backup:
        """Copy the database; `restore_database` brings it back, here or in another stand-in."""
        with self.library.lock:
            return databases.backup(self.library)

    def restore_database(self, kept: Backup) -> None:
        """An older database, or another Stash's, takes the place of this one: no hook."""
        with self.library.lock:
            databases.restore(self.library, kept)

    def new_database(self) -> None:
        """The database is lost: nothing is known any more, ids begin at 1, and no hook fires.

        A `scan` makes everything anew.
        """
        with self.library.lock:
            databases.forget_everything(self.library)

    def full_import(self) -> None:
        """Full Export and Full Import: new ids for everything, the same times and files, no hook."""
        with self.library.lock:
            databases.import_again(self.library)

    def scan_new_file(self, stash_path: str, **fields: Any) -> int:
        """A scan finds a new file and makes a scene of it: a hook without input."""
        scene = self.library.add_scene([stash_path], **fields)
        self.host.fire(scanning.CREATED, scene.id, None)
        return scene.id

    def generate_cover(self, scene_id: int, cover: bytes) -> None:
        """Generate, or the second half of a scan, makes a cover: `updated_at` moves, and no hook fires.

        Source: GenerateCoverTask of Stash 0.30.1.
        """
        with self.library.lock:
            scene = self.library.scene(scene_id)
            scene.cover = cover
            self.library.touch(scene)

    def scan_moved_file(self, scene_id: int, stash_path: str) -> None:
        """A scan finds the primary file elsewhere: a hook without input, and `updated_at` stays.

        Source: Stash 0.30.1.
        """
        with self.library.lock:
            video = self.library.scene(scene_id).files[0]
            self.disk.move(video.path, stash_path)
            video.path, video.updated_at = stash_path, self.library.now()
            self.library.revision += 1
        self.host.fire(scanning.UPDATED, scene_id, None)

    def scan_exchanged_file(self, scene_id: int, size: int) -> None:
        """A scan finds that the primary file was replaced by one of `size` bytes.

        Another hash, a hook without input, and `updated_at` stays.
        """
        with self.library.lock:
            video = self.library.scene(scene_id).files[0]
            video.take(self.disk.put(video.path, size), self.library.now())
            self.library.revision += 1
        self.host.fire(scanning.UPDATED, scene_id, None)

    def scan_second_file(self, scene_id: int, stash_path: str) -> None:
        """A scan finds another file with the same hash: it joins the scene, `updated_at` moves, a hook has no input."""
        with self.library.lock:
            scene = self.library.scene(scene_id)
            self.disk.put(stash_path)
            scene.files = (*scene.files, self.library.add_file(stash_path))
            self.library.touch(scene)
        self.host.fire(scanning.UPDATED, scene_id, None)
