"""A tiny real HTTP server whose every answer a test writes by hand.

For captured answers, for answers no honest server gives, and for what nobody should be asked.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

PLEX_DIRECT: Final = Path(__file__).parents[1] / "fixtures" / "tls" / "plex_direct.pem"
"""A certificate, made out to *.example.plex.direct, that nobody trusts."""


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: tuple[str, int]

    @property
    def document(self) -> dict[str, Any]:
        """The body, where it is JSON."""
        return json.loads(self.body)


@dataclass
class Answer:
    """What is sent back; `write` instead sends raw bytes through the handler."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    write: Callable[[BaseHTTPRequestHandler], None] | None = None


class LoopbackServer:
    """Serves one handler on a free port, a thread a connection, from `__enter__` to `__exit__`.

    Args:
        certificate: with its key, of a server that speaks TLS.
    """

    def __init__(self, handler: type[BaseHTTPRequestHandler], certificate: Path | None = None) -> None:
        self._server = _Server(("127.0.0.1", 0), handler)
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """Address without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        """A client that hung up is what some tests are about."""


class AnsweringServer(LoopbackServer):
    """Answers each request with the next of `answers`, the last one again and again; keeps what it was asked."""

    def __init__(self, *answers: Answer, certificate: Path | None = None) -> None:
        self.answers = list(answers) or [Answer()]
        self.asked: list[Asked] = []
        self.released = threading.Event()
        outer = self

        class Handler(_Handler):
            server_of_test = outer

        super().__init__(Handler, certificate)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        super().__exit__(kind, error, trace)

    @property
    def connection(self) -> dict[str, Any]:
        """As Stash writes it into its document."""
        cookie = {"Name": "session", "Value": "MARKED-COOKIE-1"}
        return {"Scheme": self._scheme, "Host": "127.0.0.1", "Port": self.port, "SessionCookie": cookie}

    def heard(self) -> list[str]:
        """Every request as text: address, head and body."""
        return [f"{each.method} {each.path}\n{each.headers}\n{each.body!r}" for each in self.asked]


class _Handler(BaseHTTPRequestHandler):
    server_of_test: AnsweringServer
    protocol_version = "HTTP/1.1"
    timeout = 10

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server = self.server_of_test
        server.asked.append(Asked(self.command, self.path, dict(self.headers), body, self.client_address))
        answer = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        if answer.write:
            answer.write(self)
            return
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_PUT = do_POST = do_HEAD = _serve  # noqa: N815 - the base's names

    def log_message(self, *_args: Any) -> None:
        """Nothing on stderr."""


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection instead of answering."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def dripping(server: AnsweringServer, piece: bytes, *, head: bytes = b"") -> Answer:
    """An answer of `head` and then a `piece` now and then, until the server is released."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(head)
            while not server.released.wait(0.02):
                handler.wfile.write(piece)
        except OSError:
            return  # the client has had enough

    return Answer(write=drip)
