"""The way to Plex through python-plexapi: reads, and writes, one at a time and at the server's pace."""

import math
import platform
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from plexapi.exceptions import PlexApiException
from plexapi.server import PlexServer

from plex.answers import total_of
from plex.errors import PlexError, PlexMisconfigured, PlexProtocolError, PlexQuestionRefused, PlexReconnected
from plex.listing import PAGE_SIZE, PageSize, window
from plex.session import TOKEN_HEADER, PlexSession

PRODUCT: Final = "Stash2Plex"

_UNREADABLE: Final = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What plexapi raises over an odd value: `allowSharing="9"` is a ValueError. Source: plexapi.utils.cast."""

_MOST_PAGES: Final = 100


class QuietPlexServer(PlexServer):  # type: ignore[misc] # plexapi has no types
    """A PlexServer that Plex shows as the one device "Stash2Plex", and that keeps the token out of URLs.

    Source: plexapi.server.PlexServer. Its own headers come from ~/.config/plexapi and PLEXAPI_* variables and name a
    new device each time; its `X-Plex-Provides: controller` has cost people their remote access (Kometa-Team/Kometa
    issue 2894).
    """

    def __init__(
        self, base_url: str, token: str, session: PlexSession, *, client_identifier: str, version: str
    ) -> None:
        self._identity = {
            "X-Plex-Client-Identifier": client_identifier,
            "X-Plex-Product": PRODUCT,
            "X-Plex-Version": version,
            "X-Plex-Device": platform.system() or "Unknown",
            "X-Plex-Device-Name": PRODUCT,
            "X-Plex-Platform": "Stash",
            "Accept": "application/xml",
        }
        self._greet(base_url, token, session)
        if not vars(self).get("machineIdentifier"):  # plexapi sets nothing at all when the answer is empty
            raise PlexMisconfigured("plex_url answers, but not as a Plex server")

    def _greet(self, base_url: str, token: str, session: PlexSession) -> None:
        """Run plexapi's own constructor, the one place where it makes each attribute a number, a truth or a list."""
        try:
            super().__init__(base_url, token, session, session.timeout_s)
        except _UNREADABLE as error:
            failure = PlexProtocolError(
                f"the answer to / is not what a Plex server says of itself ({type(error).__name__})"
            )
        else:
            return
        raise failure  # outside of the handler: the error holds what the server sent

    def _headers(self, **extra: str) -> dict[str, str]:
        return {**self._identity, TOKEN_HEADER: self._token, **extra}

    def picture(self, path: str) -> bytes:
        """Return what is answered to `GET path`, unread by any parser; raise a PlexError."""
        body: bytes = self._session.get(self.url(path), headers=self._headers(Accept="image/*")).content
        return body

    def url(self, key: str, *_: object, **__: object) -> str:
        """Return the address of `key` without the token, even where the user's `show_secrets` would append it."""
        return f"{self._baseurl}{key}"

    def query(self, key: str, *args: Any, **kwargs: Any) -> Element | None:
        """Send one request; return its answer as XML, None for an empty one, or raise a PlexError."""
        try:
            answer: Element | None = super().query(key, *args, **kwargs)
        except (ParseError, PlexApiException) as error:
            failure = type(error).__name__
        else:
            return answer
        # outside of the handler: plexapi's messages hold the whole URL
        raise PlexProtocolError(f"the answer to {key.partition('?')[0]} is no XML that can be read ({failure})")


class Connection:
    """Every request passes here. One write at most is in flight, with the pause of the pace between two.

    Plex keeps its library in one SQLite database: writes at once make it slow for everybody. Source: Kometa-Team/Kometa
    issues 596, 1540.

    Args:
        monotonic: the clock for pauses, `now_s` afterwards.
        sleep: waits the given seconds; a worker passes one that its stop ends early.
        permit: called right before each write is sent; what it raises leaves `write`, and nothing is sent.

    Attributes:
        renewed_s: when, by `now_s`, the server was identified over a new connection; what was read before may be of
            another library.
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
        self.now_s = monotonic
        self.renewed_s = -math.inf
        self._sleep = sleep
        self._permit = permit
        self._writing = threading.Lock()
        self._page_size = PageSize()
        self._next_write_at = 0.0
        self._known_renewals = session.renewals
        self._has_refused = False

    def read(self, path: str, headers: Mapping[str, str] | None = None) -> Element:
        """Return the answer to `GET path` (with its query), or raise a PlexError; an empty one is none."""
        answer: Element | None = self.server.query(path, headers=headers)
        if answer is None:
            raise PlexProtocolError(f"the answer to {path.partition('?')[0]} is empty")
        return answer

    def page(self, path: str, start: int = 0, most: int = PAGE_SIZE) -> Element:
        """Return as much of the list at `path` as the server gives at once: at most `most` lines from `start` on.

        `most=0` asks for the total only. Raise PlexQuestionRefused where one line is refused too, or size is not why.
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
        """Return the list at `path` to its end, an answer a page. `longest`: how many lines it can have.

        The end is the total that the server says, or where it says none a page that is not full, or brings nothing new:
        some may heed no page. Raise PlexProtocolError where there is no end, or the same lines come again although
        there are others: those must not pass for gone.
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

    def picture(self, path: str) -> bytes:
        """Return the picture at `path`, or whatever is answered there; raise PlexTooLarge, or another PlexError."""
        return self.server.picture(path)

    def scan(self, path: str) -> None:
        """Ask for the scan at `path`; its answer is empty."""
        self.server.query(path)

    def write(
        self, method: str, path: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a `PUT`, `POST` or `DELETE` after the pause that is due. Of its answer only the status is of use.

        Raise PlexReconnected where nothing was sent, see `_require_same`; after any other PlexError it is unknown
        whether the write happened; all of ours may be repeated.
        """
        session = self.session
        verb: dict[str, Callable[..., Any]] = {"PUT": session.put, "POST": session.post, "DELETE": session.delete}
        with self._writing:
            self.rest()
            self._require_same()  # here, where its failure is none of the write
            self._has_refused = False
            self._permit()
            try:
                self.server.query(path, method=verb[method], headers=headers, data=data)
            except PlexError as error:
                error.is_of_write = True
                raise
            finally:
                self._next_write_at = self.now_s() + session.pace.pause_s

    def rest(self) -> None:
        """Wait for the pause that is due before the next write. Whoever looks before a write rests before the look."""
        wait_s = self._next_write_at - self.now_s()
        if wait_s > 0:
            self._sleep(wait_s)

    def identify(self) -> bool:
        """Make sure that it is still the same server where the connection is, or is about to be, another one.

        Return whether what was read before may be of another time; raise PlexOtherServer where it is another server.
        """
        self.session.meet()
        if self.session.renewals == self._known_renewals:
            return False
        self._known_renewals = self.session.renewals
        self.renewed_s = self.now_s()
        return True

    def _require_same(self) -> None:
        """Raise PlexReconnected for the first write behind a new connection: the same server may have another library.

        So whoever writes looks again first, over the connection that has been identified. It is refused once for each
        write: a server that closes each connection behind its answer could never be written to otherwise.
        """
        if self.identify() and not self._has_refused:
            self._has_refused = True
            raise PlexReconnected("the connection to Plex was made anew; what is written next is looked at again first")
