"""The disk that Stash scans, as far as Stash can see it: which files there are, and what is in them.

A folder may be away, as when it is not mounted.
"""

from typing import NamedTuple
from zlib import crc32

from tests.fakes.sizes import size_of


class Content(NamedTuple):
    """What a scan finds in a file: its bytes, and the hash of them that Stash computes by default."""

    size: int
    oshash: str


def oshash_of(path: str, size: int) -> str:
    """The hash that a file has by default: equal for the same path and size, so that a scan knows it again."""
    return f"{crc32(path.encode('utf-8', 'surrogatepass')):08x}{size % 2**32:08x}"


class Disk:
    """Files by path; Windows paths are welcome."""

    def __init__(self) -> None:
        self._files: dict[str, Content] = {}
        self._away: set[str] = set()

    def put(self, path: str, size: int | None = None, oshash: str = "") -> Content:
        """Write a file over whatever lies there; as large as all files of its name unless `size` is given."""
        size = size_of(path) if size is None else size
        self._files[path] = Content(size, oshash or oshash_of(path, size))
        return self._files[path]

    def copy(self, path: str, new_path: str) -> None:
        """Put the same content in a second place."""
        self._files[new_path] = self._files[path]

    def move(self, path: str, new_path: str) -> None:
        """Rename a file, or move it; its content stays the same."""
        self._files[new_path] = self._files.pop(path)

    def remove(self, path: str) -> None:
        """Delete a file."""
        del self._files[path]

    def unmount(self, folder: str) -> None:
        """Take a folder away: what lies below it cannot be seen until `mount`."""
        self._away.add(folder)

    def mount(self, folder: str) -> None:
        """Bring a folder back."""
        self._away.discard(folder)

    def at(self, path: str) -> Content | None:
        """What lies at a path; None when nothing does, or when it cannot be seen."""
        return self._files.get(path) if self._sees(path) else None

    def sizes(self) -> dict[str, int]:
        """The bytes of every file, also of those that cannot be seen now."""
        return {path: content.size for path, content in self._files.items()}

    def seen(self) -> list[tuple[str, Content]]:
        """Everything that a scan comes across, in the order of paths."""
        return sorted((path, content) for path, content in self._files.items() if self._sees(path))

    def _sees(self, path: str) -> bool:
        return not any(path.startswith((f"{folder}/", f"{folder}\\")) for folder in self._away)
