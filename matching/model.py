"""Path rules and files as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

FileSizes: TypeAlias = Mapping[str, int]
"""Paths of files to their bytes; 0 where a server does not say."""


@dataclass(frozen=True, slots=True)
class PathRule:
    """A file below `stash_prefix` in Stash is below `plex_prefix` in Plex. Prefixes end on a path component."""

    stash_prefix: str
    plex_prefix: str

    def __str__(self) -> str:
        return f"{self.stash_prefix} => {self.plex_prefix}"


class PlexFile(Protocol):
    """A file that Plex has."""

    @property
    def plex_path(self) -> str:
        """The file, as Plex sees it."""

    @property
    def size(self) -> int:
        """Its bytes; 0 where Plex does not say."""


def may_be_equal(one: int, other: int) -> bool:
    """Whether two sizes in bytes can be those of one file: they are equal, or one of them is unknown (0)."""
    return one == other or not one or not other
