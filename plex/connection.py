"""The two ways to Plex: reads, and writes, which go one at a time and at the pace that the server keeps up with."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from plex.errors import PlexError, PlexProtocolError
from plex.server import QuietPlexServer
from plex.session import PlexSession


class Connection:
    """Every request of this package passes here. At most one write is in flight; between two writes there is the pause of `Pace`.

    Plex keeps its library in one SQLite database: writes at once make it slow for everybody. Source: Kometa-Team/Kometa issues 596, 1540.

    Args:
        server, session: a connected server and its session.
        monotonic: the clock for pauses.
        sleep: waits the given seconds; a worker passes one that its stop ends early.
        permit: called right before each write is sent; what it raises leaves `write`, and nothing is sent.
    """

    def __init__(
        self,
        server: QuietPlexServer,
        session: PlexSession,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        self.server = server
        self.session = session
        self._monotonic = monotonic
        self._sleep = sleep
        self._permit = permit
        self._writing = threading.Lock()
        self._next_write_at = 0.0

    def read(self, path: str, headers: Mapping[str, str] | None = None) -> Element:
        """`GET path`, which may have a query.

        Raises:
            PlexError: no good answer, or an empty one.
        """
        answer = self.request(path, headers)
        if answer is None:
            raise PlexProtocolError(f"the answer to {path.partition('?')[0]} is empty")
        return answer

    def request(self, path: str, headers: Mapping[str, str] | None = None) -> Element | None:
        """As `read`, but an empty answer is as good: None."""
        return self._ask(path, headers=dict(headers or {}))

    def write(
        self, method: str, path: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """`PUT` or `POST`, after the pause that is due. What Plex answers beside its status is of no use.

        Raises:
            PlexError: no good answer. Whether the write happened is unknown then; all of ours may be repeated.
        """
        verb: dict[str, Callable[..., Any]] = {"PUT": self.session.put, "POST": self.session.post}
        with self._writing:
            wait_s = self._next_write_at - self._monotonic()
            if wait_s > 0:
                self._sleep(wait_s)
            self.session.before_token()  # here, where its failure is none of the write
            self._permit()
            try:
                self._ask(path, method=verb[method], headers=dict(headers or {}), data=data)
            except PlexError as error:
                error.is_of_write = True
                raise
            finally:
                self._next_write_at = self._monotonic() + self.session.pace.pause_s

    def _ask(self, path: str, **how: Any) -> Element | None:
        answer: Element | None = self.server.query(path, **how)
        return answer
