"""What can be said about the path index as a whole. Values only."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A library that is left out, or so many `items` of it that are (0: the library); `reason` is for people."""

    section_key: int
    title: str
    reason: str
    items: int = 0

    def __str__(self) -> str:
        if self.items:
            what = "1 item" if self.items == 1 else f"{self.items} items"
            return f'{what} of the library "{self.title}" cannot be read: {self.reason}'
        return f'the library "{self.title}" {self.reason}'


@dataclass(frozen=True, slots=True)
class Facts:
    """What is in the index.

    Attributes:
        machine_identifier: of the server that it describes, "" before the first build.
        sections: keys of the sections that were read whole.
        complete: whether the last build reached its end. Until the first one has, that a path is missing means nothing.
        built_at: epoch seconds of the end of the last whole build, or None.
        items: how many items the server said there are in these sections.
        left_out: libraries and items that Plex does not list, though it answers everything else.
    """

    machine_identifier: str
    sections: tuple[int, ...]
    complete: bool
    built_at: float | None
    items: int
    left_out: tuple[LeftOut, ...] = ()

    def covers(self, section_keys: Iterable[int]) -> bool:
        """Whether these sections were read whole, or are known to be unreadable."""
        sick = {each.section_key for each in self.left_out if not each.items}
        return set(section_keys) <= sick.union(self.sections)
