"""The last look before a write: whether a file of the item is a file of the scene. And what a file is called that only lies where it should.

Where a path rule of the user fits, the path alone decides: a size may be old news in either server. Every other path was found without
the user, inferred or merely written alike on two machines that may have mounted two disks there: then the sizes have to agree as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from matching.model import FileSizes, may_be_equal
from matching.paths import is_lossy, path_key
from matching.rules import Mapper


@dataclass(frozen=True, slots=True)
class OtherFile:
    """What Plex has at `plex_path`, where `stash_path` should be, has another size."""

    stash_path: str
    stash_bytes: int
    plex_path: str
    plex_bytes: int

    def __str__(self) -> str:
        return (
            f"Plex holds a file at {self.plex_path} of {self.plex_bytes:,} bytes, and {self.stash_path} in Stash has {self.stash_bytes:,}: "
            "it is another file, or one of the two has not scanned the new one yet; to have it synced all the same, say in path_rules where its folder is in Plex"
        )


def holds(item_files: FileSizes, scene_files: FileSizes, mapper: Mapper) -> bool:
    """Whether one of an item's files is one of the scene's: the guard right before a write."""
    return any(other is None for other in _met(item_files, scene_files, mapper))


def other_file(item_files: FileSizes, scene_files: FileSizes, mapper: Mapper) -> OtherFile | None:
    """The first file of an item that lies where one of the scene's should and is another one by its size; None if there is none."""
    return next((other for other in _met(item_files, scene_files, mapper) if other is not None), None)


def is_same_path(one: str, other: str, *, fold: bool) -> bool:
    """Whether two plex_paths name one file: as written, or in another Unicode form or with other separators; with `fold` without case."""
    return one == other or path_key(one, fold=fold) == path_key(other, fold=fold)


def _met(item_files: FileSizes, scene_files: FileSizes, mapper: Mapper) -> Iterator[OtherFile | None]:
    """For each file of the item that lies where one of the scene's may be: None if it is that one."""
    for stash_path, stash_bytes in scene_files.items():
        for wanted in mapper.candidates(stash_path):
            fold = mapper.roots.folds(wanted)
            for plex_path, plex_bytes in item_files.items():
                if not is_lossy(wanted) and is_same_path(plex_path, wanted, fold=fold):
                    is_it = mapper.ruled(stash_path) is not None or may_be_equal(stash_bytes, plex_bytes)
                    yield None if is_it else OtherFile(stash_path, stash_bytes, plex_path, plex_bytes)
