"""The HTTP session that python-plexapi gets: every failure leaves it as a typed error, and nothing dangerous passes it in either direction.

It must not know what is asked or written. Deliberate choices:
- Redirects are not followed. The token must not reach another host, and `requests` turns a redirected PUT into a GET: the edit would be lost in silence.
- The environment is not asked (`trust_env` is off): a ~/.netrc would add an Authorization header, and the proxy that a container uses for
  the internet does not reach the home network. A reverse proxy goes into plex_url; own certificates through `verify`.
- The original exceptions of `requests` are not chained: their text repeats the whole URL, which holds titles and paths.
"""

import io
import re
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, IncompleteRead, ReadTimeoutError

from plex import failures
from plex.errors import PlexBusy, PlexError, PlexFailed, PlexProtocolError, PlexTooLarge, PlexUnreachable
from plex.pace import Pace
from plex.token_end import told_of_end
from plex.wire import WatchedAdapter

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""Far above a page of 1,000 items; what is larger is asked for again in smaller pieces."""

MAX_TAGS: Final = 200_000
MAX_ATTRIBUTES: Final = 500_000
"""A tag of four bytes becomes an object of hundreds: so many take about 150 MB of memory, and a page of 1,000 items has a fifth of them."""

TOKEN_HEADER: Final = "X-Plex-Token"  # noqa: S105 - the name of a header

_CHUNK_BYTES: Final = 64 * 1024
_BODY_TIMEOUTS: Final = 4
"""An answer that has begun must be whole within so many times the timeout: one byte now and then would keep a worker forever."""

_ENCODING: Final = re.compile(rb"""<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)""")
_PAGE: Final = re.compile(rb"<(?:!doctype\s+)?html[\s>]", re.IGNORECASE)
"""A web page, whatever comments stand before it. In XML such a text would be escaped."""

_SAID_BY_PLEX: Final = re.compile(
    rb"[^<\x00-\x08\x0e-\x1f]{0,2048}\Z"
    rb"|<html><head><title>[^<]{0,64}</title></head><body><h1>20\d[^<]{0,64}</h1></body></html>\Z"
    rb"|(<\?xml[^>]*\?>\s*)?<(MediaContainer|Response)\b"
)
"""What Plex answers to a write that it did."""
_SECTION_WRITE: Final = re.compile(r"/library/sections/[^/]+/all/?$")
_HAS_IDS: Final = re.compile(r"(?:^|&)id=[1-9]\d*(?:,[1-9]\d*)*(?:&|$)")


class PlexSession(requests.Session):
    """A session for one server.

    Attributes:
        base_url: the address that everything is sent to.
        pace: measured from the answers to writes; pages are slow because they are large, which says nothing about the server.
        server_time_at: the server's clock as its last answer told it, epoch seconds, or None.
        wire: knows how many connections were made.
        before_token: called before each request that carries the token; see plex.identity.Door.
        after_failure: called when an answer was none, or none of Plex's.
        renewals: how often the server was asked who it is over a connection that stays; what was read before may be of another library.
    """

    def __init__(
        self,
        base_url: str,
        timeout_s: float,
        *,
        verify: bool | str = True,
        max_body_bytes: int = MAX_BODY_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = verify
        self.wire = WatchedAdapter()
        self.mount("http://", self.wire)
        self.mount("https://", self.wire)
        self.before_token: Callable[[], None] = _nothing
        self.after_failure: Callable[[], None] = _nothing
        self.renewals = 0
        self.pace = Pace()
        self.server_time_at: float | None = None
        self.timeout_s = (min(10.0, timeout_s), timeout_s)
        self.base_url = base_url
        self._max_body_bytes = max_body_bytes
        self._monotonic = monotonic
        self._clock = clock

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request and return its answer, read whole and checked.

        Raises:
            PlexError: one of its kinds, for everything that is not a good answer.
            ValueError: the request would change a section without naming items.
        """
        _refuse_section_wide(request)
        if TOKEN_HEADER in request.headers:
            self.before_token()
        try:
            return self._exchange(request, kwargs)
        except (PlexUnreachable, PlexProtocolError):
            self.after_failure()
            raise

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: nothing is followed. The base would read the address although nobody asks it to, and trip over one that is garbled."""

    def _exchange(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> requests.Response:
        kwargs |= {"allow_redirects": False, "stream": True}
        kwargs["timeout"] = kwargs.get("timeout") or self.timeout_s
        started = self._monotonic()
        try:
            response = super().send(request, **kwargs)
        except requests.RequestException as error:
            failure = failures.of_connection(error, self.base_url, self.timeout_s)
        else:
            return self._checked(request, response, started)
        raise failure  # outside of the handler, so that the original does not hang on it as context

    def _checked(
        self, request: requests.PreparedRequest, response: requests.Response, started: float
    ) -> requests.Response:
        body = self._read(response)
        took_s = self._monotonic() - started
        method, path = request.method or "GET", urlsplit(request.url or "").path
        wait_s = failures.retry_after(response.headers.get("Retry-After"), self._clock())
        failure = failures.of_answer(
            method,
            path,
            response.status_code,
            retry_after_s=wait_s,
            body=body,
            headers=response.headers,
            end_of_token=self._end_of_token(request) if response.status_code not in failures.OK else "",
        )
        self._measure(request, response, took_s, failure)
        if failure:
            raise failure
        if failures.is_question(method, path):
            check_body(body, f"{method} {path}")
        else:
            check_done(body, f"{method} {path}")
            body = b""  # plexapi would parse it
        # plexapi reads .text: the body again, and without a guess at its encoding, which takes seconds for a page
        response.raw = io.BytesIO(body)
        response.encoding = "utf-8"
        return response

    def _end_of_token(self, request: requests.PreparedRequest) -> str:
        return told_of_end(request.headers.get(TOKEN_HEADER, ""), self._clock())

    def _read(self, response: requests.Response) -> bytes:
        """The whole body. Its connection goes back to the pool, or is closed if anything was wrong with it."""
        pieces: list[bytes] = []
        size, failure = 0, None
        give_up_at = self._monotonic() + _BODY_TIMEOUTS * self.timeout_s[1]
        try:
            while failure is None and (piece := response.raw.read1(_CHUNK_BYTES, decode_content=True)):
                pieces.append(piece)
                size += len(piece)
                failure = self._too_much(size, is_late=self._monotonic() > give_up_at)
        except HTTPError as error:
            failure = self._broken_body(error)
        if failure:
            response.close()
            raise failure
        response.raw.release_conn()  # an answer without body does not do it by itself, and the connection would be lost
        return b"".join(pieces)

    def _too_much(self, size: int, *, is_late: bool) -> PlexError | None:
        if size > self._max_body_bytes:
            return PlexTooLarge(f"an answer of Plex is larger than {self._max_body_bytes} bytes; it was not read")
        return PlexUnreachable(f"an answer of Plex at {self.base_url} trickles in too slowly") if is_late else None

    def _broken_body(self, error: HTTPError) -> PlexError:
        if isinstance(error, ReadTimeoutError):
            return PlexUnreachable(f"Plex at {self.base_url} stopped within an answer for {self.timeout_s[1]:g} s")
        if any(isinstance(cause, IncompleteRead) for cause in (error, *error.args)):
            return PlexProtocolError("an answer of Plex was cut off before its end")
        return PlexProtocolError(f"an answer of Plex broke off or could not be decoded ({type(error).__name__})")

    def _measure(
        self, request: requests.PreparedRequest, response: requests.Response, took_s: float, failure: PlexError | None
    ) -> None:
        self.server_time_at = failures.http_date(response.headers.get("Date")) or self.server_time_at
        if request.method != "GET":
            # A bare 500 is no word of being busy: what was sent may be to blame, and is looked into with more writes.
            is_busy = isinstance(failure, PlexBusy) and not isinstance(failure, PlexFailed)
            self.pace = self.pace.after(took_s, busy=is_busy)


def _nothing() -> None:
    pass


def check_body(body: bytes, asked: str) -> None:
    """Refuse what is not XML as Plex sends it, before any parser sees it. An empty body is fine.

    Raises:
        PlexTooLarge: it would take too much memory.
        PlexProtocolError: HTML, something else, a document type (Plex sends none, and entities hide in one), or another encoding than Plex's: the parser
            gives up on an unknown one with an error that is none of its own, and would misread a known one.
    """
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        return
    if _PAGE.search(head):
        raise PlexProtocolError(_web_page(asked))
    if not head.startswith(b"<"):
        raise PlexProtocolError(f"the answer to {asked} is not XML: plex_url may be no Plex server")
    if body.count(b"<") > MAX_TAGS or body.count(b"=") > MAX_ATTRIBUTES:
        raise PlexTooLarge(f"the answer to {asked} has more parts than any that Plex needs to give")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise PlexProtocolError(
            f"the answer to {asked} declares a document type, which Plex never does; it was not read"
        )
    declared = _ENCODING.match(head)
    if declared and declared[1].lower() != b"utf-8":
        raise PlexProtocolError(f"the answer to {asked} is not in UTF-8, as all of Plex's are; it was not read")


def check_done(body: bytes, asked: str) -> None:
    """Refuse what shows that somebody else answered a write although its status is good: a login page, say. What Plex itself says there is of no use.

    That is nothing, XML, a line of text (the new address of a poster that was chosen), or its page of one line that repeats the status.
    Its content type tells nothing: the published API description gives text/html for all of them.

    Raises:
        PlexProtocolError: any other web page, or bytes that are no text: what was to be written may never have reached Plex.

    Source: pull request 437 of python-plexapi; plexapi.media.BaseResource.select passes over what cannot be parsed.
    """
    if not _SAID_BY_PLEX.match(body.strip()):
        check_body(body, asked)
        raise PlexProtocolError(_web_page(asked))


def _web_page(asked: str) -> str:
    return (
        f"{asked} was answered with a web page: a proxy that wants a login stands before Plex, or something else answers there. "
        "Enter the address in plex_url at which Plex itself answers"
    )


def _refuse_section_wide(request: requests.PreparedRequest) -> None:
    """Last gate: without ids such a request changes every item of the section. Source: the published API description, updateItems."""
    parts = urlsplit(request.url or "")
    if request.method not in {"GET", "HEAD"} and _SECTION_WRITE.search(parts.path) and not _HAS_IDS.search(parts.query):
        raise ValueError("refused: a write to a section without rating keys would change every item of it")
