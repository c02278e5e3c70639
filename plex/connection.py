"""The two ways to Plex: reads, and writes, which go one at a time and at the pace that the server keeps up with."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from plex.errors import PlexError, PlexMisconfigured, PlexProtocolError, PlexReconnected, PlexUnreachable
from plex.server import QuietPlexServer
from plex.session import PlexSession


class Connection:
    """Every request of this package passes here. At most one write is in flight; between two writes there is the pause of `Pace`.

    Plex keeps its library in one SQLite database: writes at once make it slow for everybody. Source: Kometa-Team/Kometa issues 596, 1540.

    Args:
        server, session: a connected server and its session.
        monotonic: the clock for pauses.
        sleep: waits the given seconds; a worker passes one that its stop ends early.

    Attributes:
        renewed_s: when, by `now_s`, the server was identified over a new connection; what was read before then may be of another library.
    """

    def __init__(
        self,
        server: QuietPlexServer,
        session: PlexSession,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.server = server
        self.session = session
        self._monotonic = monotonic
        self._sleep = sleep
        self._writing = threading.Lock()
        self._next_write_at = 0.0
        self._is_in_doubt = False
        self._known_connects = session.wire.connects
        self._keeps_alive = True
        self._has_told = False
        self.renewed_s = -math.inf

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
            PlexReconnected: nothing was sent, see `_require_same`.
            PlexError: no good answer. Whether the write happened is unknown then; all of ours may be repeated.
        """
        verb: dict[str, Callable[..., Any]] = {"PUT": self.session.put, "POST": self.session.post}
        with self._writing:
            self.rest()
            self._require_same()
            self._has_told = False
            try:
                self._ask(path, method=verb[method], headers=dict(headers or {}), data=data)
            except PlexError as error:
                error.is_of_write = True
                raise
            finally:
                self._next_write_at = self._monotonic() + self.session.pace.pause_s

    def rest(self) -> None:
        """Wait for the pause that is due before the next write. Whoever looks at an item before he writes rests before he looks."""
        wait_s = self._next_write_at - self.now_s()
        if wait_s > 0:
            self._sleep(wait_s)

    def now_s(self) -> float:
        """The clock of the pauses, and of when a request was sent."""
        return self._monotonic()

    def identify(self) -> bool:
        """Make sure that it is still the same server where the connection is, or is about to be, another one. Whether what was read before may be of another time.

        Raises:
            PlexMisconfigured: it is another one.
        """
        if not self._is_anew():
            return False
        self.verify()
        return self._keeps_alive

    def verify(self) -> None:
        """Make sure that it is still the same server.

        Another server (a new installation, a changed container) has other items under the same rating keys.

        Raises:
            PlexMisconfigured: it is another one.
        """
        answer = self._ask("/identity", headers={})
        if answer is None or answer.get("machineIdentifier") != self.server.machineIdentifier:
            raise PlexMisconfigured(
                "another Plex server answers at plex_url than before; nothing was written to it. If you have moved on purpose, rebuild the index"
            )
        self._is_in_doubt = False
        self._known_connects = self.session.wire.connects
        self._keeps_alive = self.session.wire.is_open()
        if self._keeps_alive:
            self.renewed_s = self.now_s()

    def _require_same(self) -> None:
        """Before a write: behind a connection made anew the library may be another one even where the server is the same, restored or made anew.

        So whoever writes looks again first, over the connection that has been identified. Said once for each write: a server that closes each
        connection behind its answer could never be written to otherwise. Where it says so in its answers, there is nothing to tell at all.

        Raises:
            PlexReconnected: what was looked at may be of before.
            PlexMisconfigured: it is another server.
        """
        if self.identify() and not self._has_told:
            self._has_told = True
            raise PlexReconnected("the connection to Plex was made anew; what is written next is looked at again first")

    def _is_anew(self) -> bool:
        wire = self.session.wire
        return self._is_in_doubt or wire.connects != self._known_connects or not wire.is_open()

    def _ask(self, path: str, **how: Any) -> Element | None:
        try:
            answer: Element | None = self.server.query(path, **how)
        except (PlexUnreachable, PlexProtocolError):
            self._is_in_doubt = True
            raise
        return answer
