"""How large a run is: what docs/performance.md shows, a quick look, or just enough to see that a line works."""

from enum import StrEnum


class Size(StrEnum):
    """FULL takes some five minutes for all lines, QUICK about one, TINY some seconds for each."""

    FULL = "full"
    QUICK = "quick"
    TINY = "tiny"

    def of(self, full: int, quick: int, tiny: int) -> int:
        """The number for this size."""
        return {Size.FULL: full, Size.QUICK: quick, Size.TINY: tiny}[self]
