"""Asking Plex to look into the folder of a file that it does not have yet. Only where the setting trigger_plex_scan is on."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from matching.paths import folder_of
from plex.errors import PlexRejected
from plex.sections import section_of_folder

if TYPE_CHECKING:
    from worker.sync.session import Session

log = logging.getLogger("stash2plex.worker")

GAP_S: Final = 300.0
"""One folder is scanned at most this often: a hundred new files in it need one scan, not a hundred."""

_REMEMBERED: Final = 10_000


class ScanRequests:
    """Remembers which folders were asked for. `clock` is monotonic seconds."""

    def __init__(self, session: "Session", clock: Callable[[], float]) -> None:
        self._session = session
        self._clock = clock
        self._asked_at: dict[tuple[int, str], float] = {}

    def ask(self, plex_paths: Iterable[str]) -> int:
        """Have the folders of `plex_paths` scanned, in every library that has them; how many requests were sent.

        Raises:
            PlexError: Plex is away or refuses everything; that it refuses one folder is only logged.
        """
        return sum(self._scan(folder) for folder in dict.fromkeys(map(folder_of, plex_paths)) if folder)

    def _scan(self, folder: str) -> int:
        count = 0
        for section in section_of_folder(self._session.sections(), folder):
            key = (section.key, folder)
            if self._clock() - self._asked_at.get(key, float("-inf")) < GAP_S:
                continue
            self._remember(key)
            try:
                self._session.plex().scan(section, folder)
            except PlexRejected as error:
                log.warning("Plex would not scan a folder of %s: %s", section.title, error)
            else:
                log.info("Asked Plex to scan %s", folder)
                count += 1
        return count

    def _remember(self, key: tuple[int, str]) -> None:
        self._asked_at[key] = self._clock()
        while len(self._asked_at) > _REMEMBERED:
            del self._asked_at[next(iter(self._asked_at))]
