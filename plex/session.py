"""The HTTP session under python-plexapi: typed errors only, and the token for the first server only.

It must not know what is asked or written. Whoever answers at an address is asked without the token (`GET /identity`):
before the token goes there, and so that a wrong address and a wrong token can be told apart.
"""

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import requests

from plex import failures
from plex.address import normalize_url, token_end
from plex.errors import (
    PlexBusy,
    PlexError,
    PlexFailed,
    PlexMisconfigured,
    PlexOtherServer,
    PlexProtocolError,
    PlexTooLarge,
    PlexUnreachable,
)
from plex.model import name_of
from transport.http_session import HttpSession, http_date, retry_after

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""Far above a page of 1,000 items; what is larger is asked for again in smaller pieces."""

MAX_PICTURE_BYTES: Final = 512 * 1024
"""Of a picture that is read: a small one has some 15 kB, and what is larger was not made small."""

TOKEN_HEADER: Final = "X-Plex-Token"  # noqa: S105 - the name of a header

SLOW_S: Final = 1.0
"""A slower answer to a write means that Plex's database is loaded; a healthy one takes tens of milliseconds."""

MAX_PAUSE_S: Final = 30.0
_WEIGHT: Final = 0.3
_BUSY_S: Final = 4.0

_LONGEST_CONNECT_S: Final = 10.0
_ANSWER_TIMEOUTS: Final = 4
_UNKNOWN: Final = -1
_SECTION_WRITE: Final = re.compile(r"/library/sections/[^/]+/all/?$")
_PICTURE: Final = re.compile(r"/(?:photo/:/transcode|library/metadata/\d+/(?:thumb|art)/\d+)$")
_HAS_IDS: Final = re.compile(r"(?:^|&)id=[1-9]\d*(?:,[1-9]\d*)*(?:&|$)")


@dataclass(frozen=True, slots=True)
class Pace:
    """The smoothed answer time of the writes, 0.0 before the first one, and the pause that follows from it."""

    answer_time_s: float = 0.0

    def after(self, answer_s: float, *, busy: bool = False) -> "Pace":
        """Return the pace after one more write. One refused as `busy` doubles; fast answers make up for it slowly."""
        if busy:
            return Pace(min(MAX_PAUSE_S, max(_BUSY_S, answer_s, 2 * self.answer_time_s)))
        if not self.answer_time_s:
            return Pace(answer_s)
        return Pace(self.answer_time_s + _WEIGHT * (answer_s - self.answer_time_s))

    @property
    def pause_s(self) -> float:
        """How long to leave Plex alone between two writes: as long as an answer takes, if it is slow."""
        return min(self.answer_time_s, MAX_PAUSE_S) if self.answer_time_s > SLOW_S else 0.0


class PlexSession(HttpSession):
    """A session for one server.

    Invariant: over each connection that was made, and after each failure, `/identity` is the first request, and it
    carries no token. That is a check against mistakes (an address that was given to another machine), not against
    somebody who answers falsely.

    Attributes:
        pace: measured from the answers to writes: pages are slow because they are large.
        server_time_at: the server's clock as its last answer gave it, epoch seconds, or None.
        renewals: how often the server was asked who it is over a connection that stays; what was read before may be of
            another library.
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
        is_right: Callable[[str], None] = lambda _identity: None,
    ) -> None:
        """`is_right` is asked once, with the machine identifier that is met first; it raises what is wrong with it."""
        super().__init__(timeout_s, longest_connect_s=_LONGEST_CONNECT_S, answer_timeouts=_ANSWER_TIMEOUTS)
        self.verify = verify
        self.renewals = 0
        self.pace = Pace()
        self.server_time_at: float | None = None
        self.base_url = base_url
        self._max_body_bytes = max_body_bytes
        self._monotonic = monotonic
        self._clock = clock
        self._is_right = is_right
        self._known_machine = ""
        self._known_connects = _UNKNOWN
        self._keeps_alive = True  # a server that ends each connection behind its answer is asked before each request

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request and return its answer, read whole and checked; raise a PlexError for every other one.

        What would change a section without naming items is a ValueError.
        """
        _refuse_section_wide(request)
        if TOKEN_HEADER in request.headers:
            self.meet()
        started = self._monotonic()
        try:
            return self._checked(request, super().send(request, **kwargs), started)
        except (PlexUnreachable, PlexProtocolError):
            self.doubt()
            raise

    def meet(self) -> None:
        """Ask who is there, unless nothing has happened since that was asked.

        Raise PlexOtherServer for another than the first, PlexError for no answer of Plex, or what `is_right` raises.
        """
        if self.connections.connects == self._known_connects and (not self._keeps_alive or self.connections.is_open()):
            return
        found = self.ask_identity()
        if not self._known_machine:
            self._is_right(found)
            self._known_machine = found
        elif found != self._known_machine:
            raise PlexOtherServer(other_server())
        self._known_connects = self.connections.connects
        self._keeps_alive = self.connections.is_open()
        self.renewals += self._keeps_alive

    def doubt(self) -> None:
        """Ask again before the next token, whatever became of the connection."""
        self._known_connects = _UNKNOWN

    def ask_identity(self) -> str:
        """Ask the server, without the token, for its machine identifier; a PlexError says what to change."""
        answer = self.get(f"{self.base_url}/identity", headers={"Accept": "application/xml"})
        try:
            found = ET.fromstring(answer.content or b"<nothing/>")
        except ET.ParseError:
            raise PlexProtocolError(
                f"what answers at {self.base_url} is no Plex server: its answer is no XML"
            ) from None
        if not found.get("machineIdentifier"):
            raise PlexMisconfigured(f"plex_url leads to {self.base_url}, where nothing names itself as a Plex server")
        return name_of(found.get("machineIdentifier"))

    def failure_of(self, error: Exception) -> PlexError:
        """Return the error of a request that got no answer, or half of one."""
        return failures.of_connection(error, self.base_url, min(self.longest_connect_s, self.timeout_s), self.timeout_s)

    def too_large(self, max_bytes: int) -> PlexError:
        """Return the error of an answer that is larger than any that is needed."""
        return PlexTooLarge(f"an answer of Plex is larger than {max_bytes} bytes; it was not read")

    def _checked(
        self, request: requests.PreparedRequest, response: requests.Response, started: float
    ) -> requests.Response:
        method, path = request.method or "GET", urlsplit(request.url or "").path
        is_picture = method == "GET" and bool(_PICTURE.search(path))
        body = self.read_body(response, MAX_PICTURE_BYTES if is_picture else self._max_body_bytes)
        took_s = self._monotonic() - started
        failure = failures.of_answer(
            method,
            path,
            response.status_code,
            retry_after_s=retry_after(response.headers.get("Retry-After"), self._clock()),
            body=body,
            headers=response.headers,
            token_end="" if response.ok else token_end(request.headers.get(TOKEN_HEADER, ""), self._clock()),
        )
        self.server_time_at = http_date(response.headers.get("Date")) or self.server_time_at
        if method != "GET":
            # A bare 500 is no word of being busy: what was sent may be to blame, and is looked into with more writes.
            self.pace = self.pace.after(
                took_s, busy=isinstance(failure, PlexBusy) and not isinstance(failure, PlexFailed)
            )
        if failure:
            raise failure
        if is_picture:
            pass  # no parser sees it
        elif failures.is_question(method, path):
            failures.check_body(body, f"{method} {path}")
        else:
            failures.check_done(body, f"{method} {path}")
            body = b""  # plexapi would parse it
        # plexapi reads .text: the body again, and without a guess at its encoding, which takes seconds for a page
        response.raw = io.BytesIO(body)
        response.encoding = "utf-8"
        return response


def identify(url: str, *, timeout_s: float = 30.0, verify: bool = True) -> str:
    """Ask the server at `url` (plex_url as typed) who it is, without a token; as PlexSession.ask_identity."""
    with PlexSession(normalize_url(url), timeout_s, verify=verify) as session:
        return session.ask_identity()


def other_server(name: str = "") -> str:
    """Return what is said where another server answers than the one that was synced, whose name is `name`."""
    return (
        f"another Plex server answers at plex_url than before{f' ({name})' if name else ''}; nothing was written to "
        "it, and the token was not sent. If you have moved to a new server on purpose, rebuild the index: run the task "
        "Rebuild Plex Index"
    )


def _refuse_section_wide(request: requests.PreparedRequest) -> None:
    """Refuse what would change every item of a section, as a request without ids does. Source: updateItems."""
    parts = urlsplit(request.url or "")
    if request.method not in {"GET", "HEAD"} and _SECTION_WRITE.search(parts.path) and not _HAS_IDS.search(parts.query):
        raise ValueError("refused: a write to a section without rating keys would change every item of it")
