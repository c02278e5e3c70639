"""A small HTTP/1.1 server on loopback: threads, keep-alive, and deliveries that go wrong on purpose.

Knows nothing of Stash.

The standard library's handler spends more time on its headers than the stand-in on its answers, and cannot stop in the
middle of a body.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import BinaryIO, cast
from urllib.parse import parse_qsl, unquote

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 256 * 1024 * 1024


class Delivery(Enum):
    """How an answer leaves the server."""

    WHOLE = "whole"
    DRIP = "drip"
    TRUNCATED = "truncated"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Request:
    """A request; header names are lower-case, `path` is decoded, `query` holds the last value of each name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `pause_s` is waited between the pieces of a DRIP."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = Delivery.WHOLE
    pause_s: float = 0.0


Handle = Callable[[Request], Response]


class Listener:
    """Listens on one port of loopback; may be closed and opened again on the same port, as a restarted server is.

    Args:
        handle: answers a request; runs in the connection's thread.
        port: 0 for a free one.
    """

    def __init__(self, handle: Handle, port: int = 0) -> None:
        self.handle = handle
        # Keeps the port ours while nobody listens: connecting is refused, and no outgoing connection can take the
        # number.
        self._holder = _bound_socket(port)
        self.port: int = self._holder.getsockname()[1]
        self._lock = threading.Lock()
        self._listening: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._connections: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self.stopping = threading.Event()

    def open(self) -> None:
        """Start to listen; does nothing when it listens already."""
        if self._listening:
            return
        listening = _bound_socket(self.port)
        listening.listen(256)
        self.stopping.clear()
        self._listening = listening
        self._acceptor = self._start(self._accept, listening)

    def close(self) -> None:
        """Refuse new connections and cut those that are open; waits until their threads have ended."""
        self.stopping.set()
        if self._listening and self._acceptor:
            with contextlib.suppress(OSError):
                socket.create_connection((LOOPBACK, self.port)).close()  # wakes it, which Windows does by nothing else
            # Only when nobody accepts any more is the list of connections complete.
            self._acceptor.join(timeout=5)
            self._listening = None
        with self._lock:
            connections, threads = set(self._connections), set(self._threads)
        for connection in connections:
            _shut(connection)
        for thread in threads - {threading.current_thread()}:
            thread.join(timeout=5)

    def release(self) -> None:
        """Close, and give the port back to the system."""
        self.close()
        self._holder.close()

    def _start(self, target: Callable[[socket.socket], None], sock: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=self._run, args=(target, sock), daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()
        return thread

    def _run(self, target: Callable[[socket.socket], None], sock: socket.socket) -> None:
        try:
            with sock, contextlib.suppress(OSError):
                target(sock)
        finally:
            with self._lock:
                self._connections.discard(sock)
                self._threads.discard(threading.current_thread())

    def _accept(self, listening: socket.socket) -> None:
        while not self.stopping.is_set():
            connection, _address = listening.accept()
            if self.stopping.is_set():
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            self._start(self._converse, connection)

    def _converse(self, connection: socket.socket) -> None:
        with connection.makefile("rb", buffering=65536) as reader:
            while not self.stopping.is_set():
                request = read_request(cast("BinaryIO", reader), connection)
                if request is None:
                    return
                response = self.handle(request)
                if not self._deliver(connection, request, response) or request.headers.get("connection") == "close":
                    return

    def _deliver(self, connection: socket.socket, request: Request, response: Response) -> bool:
        """Send the answer; False when the connection is of no more use."""
        head, body = _head_of(response), b"" if request.method == "HEAD" else response.body
        if response.delivery is Delivery.WHOLE:
            connection.sendall(head + body)
            return True
        if response.delivery is Delivery.DRIP:
            return self._drip(connection, head + body, response.pause_s)
        if response.delivery is Delivery.TRUNCATED:
            connection.sendall(head + body[: len(body) // 2])
        elif response.delivery is Delivery.RESET:
            # Lingering for zero seconds turns the close into a reset.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            self.stopping.wait(response.pause_s or None)
        return False

    def _drip(self, connection: socket.socket, message: bytes, pause_s: float) -> bool:
        for start in range(len(message)):
            connection.sendall(message[start : start + 1])
            if self.stopping.wait(pause_s):
                return False
        return True


def read_request(reader: BinaryIO, connection: socket.socket) -> Request | None:
    """Read one request; None when the client has closed or does not speak HTTP."""
    first = reader.readline(65536).split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while (line := reader.readline(65536)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("expect") == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = min(int(headers.get("content-length") or 0), LARGEST_BODY)
    body = reader.read(length) if length else b""
    path, _, query = first[1].decode("latin-1").partition("?")
    return Request(
        first[0].decode("latin-1"),
        unquote(path),
        dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        headers,
        body,
    )


def _head_of(response: Response) -> bytes:
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
    if response.content_type:
        lines.append(f"Content-Type: {response.content_type}")
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {len(response.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _bound_socket(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((LOOPBACK, port))
    return sock


_PHRASES = {status.value: status.phrase for status in HTTPStatus}
