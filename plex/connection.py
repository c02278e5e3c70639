"""The two ways to Plex: reads, and writes, which go one at a time and at the pace that the server keeps up with."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element

from plex.answers import total_of
from plex.errors import PlexError, PlexProtocolError, PlexQuestionRefused, PlexReconnected
from plex.listing import PAGE_SIZE, PageSize, window
from plex.server import QuietPlexServer
from plex.session import PlexSession

_MOST_PAGES: Final = 100


class Connection:
    """Every request of this package passes here. At most one write is in flight; between two writes there is the pause of `Pace`.

    Plex keeps its library in one SQLite database: writes at once make it slow for everybody. Source: Kometa-Team/Kometa issues 596, 1540.

    Args:
        server, session: a connected server and its session.
        monotonic: the clock for pauses.
        sleep: waits the given seconds; a worker passes one that its stop ends early.
        permit: called right before each write is sent; what it raises leaves `write`, and nothing is sent.

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
        permit: Callable[[], None] = lambda: None,
    ) -> None:
        self.server = server
        self.session = session
        self._monotonic = monotonic
        self._sleep = sleep
        self._permit = permit
        self._writing = threading.Lock()
        self._page_size = PageSize()
        self._next_write_at = 0.0
        self._known_renewals = session.renewals
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

    def page(self, path: str, start: int = 0, most: int = PAGE_SIZE) -> Element:
        """So much of the list at `path` as the server gives at once: at most `most` lines from `start` on. Of 0 only the total is told.

        Raises:
            PlexQuestionRefused: the line at `start` is refused even alone, or it is no matter of size.
        """
        return self._page(path, start, most)[0]

    def _page(self, path: str, start: int, most: int) -> tuple[Element, int]:
        size, refused = self._page_size.at_most(most), 0
        while True:
            try:
                answer = self.read(path, window(start, size))
            except PlexQuestionRefused:
                if size <= 1:
                    raise
                if not refused:
                    self.read(path, window(start, 1))  # raises where it is no matter of size
                size, refused = size // 2, size
            else:
                self._page_size.took(size, refused)
                return answer, size

    def whole(self, path: str, longest: int | None = None) -> list[Element]:
        """The list at `path` to its end, an answer a page. `longest` is how many lines it can have, where that is known: those are asked for together.

        The end is the total that the server says, or where it says none a page that is not full, or brings nothing new: some may heed no page.

        Raises:
            PlexProtocolError: it comes to no end, or the same lines come again although there are others: those must not pass for gone.
        """
        answers: list[Element] = []
        known: set[str] = set()
        start = 0
        while len(answers) < _MOST_PAGES:
            answer, size = self._page(path, start, longest or PAGE_SIZE)
            start += len(answer)
            total = total_of(answer)
            keys = {line.get("ratingKey") or line.get("key") or "" for line in answer}
            if keys <= known:
                if keys and len(known) < total:
                    break
                return answers or [answer]
            answers.append(answer)
            known |= keys
            if start >= total if total else len(answer) != size or start == longest:
                return answers
        raise PlexProtocolError(f"the list {path.partition('?')[0]} comes to no end")

    def request(self, path: str, headers: Mapping[str, str] | None = None) -> Element | None:
        """As `read`, but an empty answer is as good: None."""
        return self._ask(path, headers=dict(headers or {}))

    def write(
        self, method: str, path: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """`PUT`, `POST` or `DELETE`, after the pause that is due. What Plex answers beside its status is of no use.

        Raises:
            PlexReconnected: nothing was sent, see `_require_same`.
            PlexError: no good answer. Whether the write happened is unknown then; all of ours may be repeated.
        """
        session = self.session
        verb: dict[str, Callable[..., Any]] = {"PUT": session.put, "POST": session.post, "DELETE": session.delete}
        with self._writing:
            self.rest()
            self._require_same()  # here, where its failure is none of the write
            self._has_told = False
            self._permit()
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
            PlexOtherServer: it is another one.
        """
        self.session.before_token()
        if self.session.renewals == self._known_renewals:
            return False
        self._known_renewals = self.session.renewals
        self.renewed_s = self.now_s()
        return True

    def _require_same(self) -> None:
        """Before a write: behind a connection made anew the library may be another one even where the server is the same, restored or made anew.

        So whoever writes looks again first, over the connection that has been identified. Said once for each write: a server that closes each
        connection behind its answer could never be written to otherwise. Where it says so in its answers, there is nothing to tell at all.

        Raises:
            PlexReconnected: what was looked at may be of before.
            PlexOtherServer: it is another server.
        """
        if self.identify() and not self._has_told:
            self._has_told = True
            raise PlexReconnected("the connection to Plex was made anew; what is written next is looked at again first")

    def _ask(self, path: str, **how: Any) -> Element | None:
        answer: Element | None = self.server.query(path, **how)
        return answer
