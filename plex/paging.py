"""How many lines of a list one answer may have, and the headers that ask for them. Learns from refusals; knows no connection.

Source: since 1.28 Plex logs of lists that are asked for without `X-Plex-Container-Size` that they "will fail with status code 400 in the future". A
refusal of more than 1,000 lines has been seen (plex_nfo_exporter issue 14), and an answer of 5,000 (Reaparr issue 293).
"""

from typing import Final

PAGE_SIZE: Final = 500
"""Lines of one page: of a section about 0.25 MB of XML, far less work for Plex than five pages of 100."""


def window(start: int, size: int) -> dict[str, str]:
    """The headers of a request for `size` lines from `start` on; it takes both."""
    return {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}


class PageSize:
    """How much one server gives at once. That a page was refused and half of it was not may be its size, or one line that is not in the half.

    So what was refused is tried again: soon at first, and later and later as it goes on being refused.
    """

    def __init__(self, most: int = PAGE_SIZE) -> None:
        self._most = self._size = most
        self._is_trial = False
        self._patience = 1
        self._in_a_row = 0

    def at_most(self, wanted: int) -> int:
        """How much to ask for where `wanted` is of use."""
        return min(wanted, self._size)

    def took(self, size: int, refused: int = 0) -> None:
        """A page of `size` came; one of `refused` (0: none) was refused just before."""
        if refused:
            self._patience *= 1 + self._is_trial
            self._size, self._is_trial, self._in_a_row = size, False, 0
        elif size >= self._size:
            self._patience = 1 if self._is_trial else self._patience
            self._is_trial = False
            self._in_a_row += 1
            if self._in_a_row >= self._patience and self._size < self._most:
                self._size, self._is_trial, self._in_a_row = min(self._most, 2 * self._size), True, 0
