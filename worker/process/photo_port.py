"""The port at which Plex fetches performers' photos from the worker, and nothing else.

Whoever reaches it may be an attacker. Nothing of a request is used but forty digits of it, nothing of it comes back,
and whatever is not exactly the address of a photo that Plex was told of gets the same short answer. Requests reach
neither Stash nor any other file: photos lie on the shelf already.
"""

import errno
import ipaddress
import logging
import os
import re
import socket
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from plex.artwork import picture_type
from settings.settings import Settings
from worker.sync.photo_shelf import PhotoShelf

log = logging.getLogger("stash2plex.worker")

MOST_CONNECTIONS: Final = 16
MOST_OF_A_HOST: Final = 8
REQUEST_S: Final = 5.0
"""How long a request may take to come in, and the other side to hang up in the end."""

ANSWER_S: Final = 60.0
_MOST_REQUEST_BYTES: Final = 8192
_PIECE_BYTES: Final = 65_536
_REQUEST: Final = re.compile(rb"(GET|HEAD) /([0-9a-f]{40}) HTTP/1\.[01]\r\n")
_END: Final = b"\r\n\r\n"
_NOTHING: Final = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Place = tuple[str, int]


class PhotoPort:
    """Opens and closes the port as the settings say. Used by several threads."""

    def __init__(
        self,
        shelf: PhotoShelf,
        clock: Callable[[], float],
        note: Callable[[str], None],
        *,
        request_s: float = REQUEST_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        """`note` is told why the port cannot be opened, "" once it is open or not wanted; only where that is news."""
        self._shelf = shelf
        self._clock = clock
        self._note = note
        self._request_s = request_s
        self._answer_s = answer_s
        self._lock = threading.Lock()
        self._place: Place | None = None
        self._server: _Server | None = None
        self._problem: str | None = None

    def follow(self, settings: Settings) -> str:
        """Have the port open or closed as `settings` say; return why it cannot be opened, or ""."""
        with self._lock:
            place = place_of(settings)
            if place != self._place:
                self._shut()
            if place and self._server is None:
                self._tell(self._open(place))
            elif place is None:
                self._tell("")
            return self._problem or ""

    @property
    def is_awaited(self) -> bool:
        """Whether Plex has been told of photos that it has not fetched yet."""
        return self._server is not None and self._shelf.is_waiting(self._clock())

    def close(self) -> None:
        """Close the port, and every connection."""
        with self._lock:
            self._shut()

    def _open(self, place: Place) -> str:
        try:
            self._server = _Server(place, self._shelf, self._request_s, self._answer_s)
        except OSError as error:
            return _why_closed(place[1], error)
        self._place = place
        threading.Thread(target=self._server.serve_forever, name="stash2plex-photos", daemon=True).start()
        log.info("Performers' photos are served at port %d", place[1])
        return ""

    def _shut(self) -> None:
        if self._server is not None:
            self._server.end()
        self._server = self._place = None

    def _tell(self, problem: str) -> None:
        if problem == self._problem:
            return
        if problem:
            log.warning("%s", problem)
        self._note(problem)
        self._problem = problem


def place_of(settings: Settings) -> Place | None:
    """Return where to listen, None for nowhere: all addresses of the machine, or only itself where Plex is on it."""
    if not (settings.photo_port and settings.photo_address) or settings.fills_only:
        return None
    host = urlsplit(settings.photo_address).hostname or ""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:  # a name may mean either kind
        return "::" if socket.has_dualstack_ipv6() else "0.0.0.0", settings.photo_port  # noqa: S104
    if address.is_loopback:
        return str(address), settings.photo_port
    return "0.0.0.0" if address.version == 4 else "::", settings.photo_port  # noqa: S104, PLR2004


def _why_closed(port: int, error: OSError) -> str:
    reasons = {
        errno.EADDRINUSE: "another program uses it, perhaps the Stash2Plex of another Stash",
        errno.EACCES: "this user may not, or another program has it for itself",
    }
    why = reasons.get(error.errno or 0, error.strerror or str(error))
    return (
        f"photo_port {port} cannot be opened ({why}): performers' photos are left as they are in Plex. Name another "
        "port in photo_port and photo_address, or free this one; it is tried again by itself"
    )


class _Server(socketserver.ThreadingTCPServer):
    """Takes connections, a few at a time, and fewer of one host: whoever holds all that it may starves nobody else."""

    allow_reuse_address = os.name != "nt"  # there it would let another program have the same port
    request_queue_size = 2 * MOST_CONNECTIONS
    daemon_threads = True
    block_on_close = False

    def __init__(self, place: Place, shelf: PhotoShelf, request_s: float, answer_s: float) -> None:
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        self.shelf = shelf
        self.request_s = request_s
        self.answer_s = answer_s
        self._hosts = Counter[str]()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(place, _Handler)

    def server_bind(self) -> None:
        """Bind, so that no other program gets the port beside us, and IPv4 comes in where IPv6 is listened to."""
        if os.name == "nt":
            self.socket.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009
        if self.address_family == socket.AF_INET6 and self.server_address[0] == "::":
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def end(self) -> None:
        """Stop listening, and hang up."""
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Return whether there is room for one more of this host; what is not let in is closed."""
        with self._lock:
            if len(self._open) >= MOST_CONNECTIONS or self._hosts[client_address[0]] >= MOST_OF_A_HOST:
                return False
            self._open.add(request)
            self._hosts[client_address[0]] += 1
            return True

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; where there can be none, its place is free again."""
        try:
            super().process_request(request, client_address)
        except RuntimeError:
            self._leave(request, client_address)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, then free the place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._leave(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who hangs up in the middle is no news, and the base would write to stderr."""

    def _leave(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.discard(request)
            self._hosts[client_address[0]] -= 1
            self._hosts += Counter()  # without those at zero


class _Handler(socketserver.BaseRequestHandler):
    """Answers one request, then hangs up."""

    request: socket.socket
    server: _Server

    def handle(self) -> None:
        """Read the request, answer it, and see whether the answer has arrived."""
        asked = _REQUEST.match(self._asked())
        name = asked[2].decode("ascii") if asked else ""
        data = self.server.shelf.served(name) if name else None
        if data is None or asked is None:
            self._send(_NOTHING)
            return
        is_whole = asked[1] == b"GET"
        self._send(_head(data))
        if is_whole:
            self._send(data)
        if self._is_taken() and is_whole:
            self.server.shelf.fetched(name)

    def _asked(self) -> bytes:
        """Return what was asked, b"" if it is too long or too slow."""
        asked, until = b"", time.monotonic() + self.server.request_s
        while _END not in asked and len(asked) <= _MOST_REQUEST_BYTES:
            piece = self._received(until)
            if not piece:
                return b""
            asked += piece
        return asked if _END in asked else b""

    def _received(self, until: float) -> bytes:
        self.request.settimeout(max(0.001, until - time.monotonic()))
        return self.request.recv(_MOST_REQUEST_BYTES)

    def _send(self, answer: bytes) -> None:
        """Send all of it within the time for an answer."""
        view, until = memoryview(answer), time.monotonic() + self.server.answer_s
        while view:
            self.request.settimeout(max(0.001, until - time.monotonic()))
            view = view[self.request.send(view[:_PIECE_BYTES]) :]

    def _is_taken(self) -> bool:
        """Return whether the other side has read to the end and hung up: what is merely sent may be lost on the way."""
        self.request.shutdown(socket.SHUT_WR)
        return not self._received(time.monotonic() + self.server.request_s)


def _head(data: bytes) -> bytes:
    # The bytes of an address never change, so whoever keeps a copy may keep it for good.
    lines = (
        "HTTP/1.1 200 OK",
        f"Content-Type: {picture_type(data)}",
        f"Content-Length: {len(data)}",
        "Cache-Control: max-age=31536000, immutable",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
