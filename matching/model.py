"""A path rule as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PathRule:
    """A file below `stash_prefix` in Stash is below `plex_prefix` in Plex. Prefixes end on a path component."""

    stash_prefix: str
    plex_prefix: str

    def __str__(self) -> str:
        return f"{self.stash_prefix} => {self.plex_prefix}"
