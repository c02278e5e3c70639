"""A tiny real HTTP server whose every answer a test writes by hand: for captured answers and for answers no honest Stash gives."""

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

from stash.client import StashClient

ANSWERS = Path(__file__).parent.parent / "fixtures" / "stash" / "answers"
QUERY: Final = "{version{version}}"
VERSION: Final = {"version": {"version": "v0.30.1"}}
KEY_ANSWER: Final = {"configuration": {"general": {"apiKey": "MARKED-KEY-1"}}}


def captured(name: str) -> dict[str, Any]:
    """A captured exchange: query, variables, answer."""
    return json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))


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
        return json.loads(self.body)


@dataclass
class Answer:
    """What is sent back; `write` instead sends raw bytes through the handler."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    write: Callable[[BaseHTTPRequestHandler], None] | None = None


def data(answer: Any, **headers: str) -> Answer:
    return Answer(json.dumps({"data": answer}).encode(), headers={"Content-Type": "application/json", **headers})


def errors(*messages: str, status: int = 200, also: Any = None) -> Answer:
    return Answer(json.dumps({"errors": [{"message": m} for m in messages], "data": also}).encode(), status)


class AnsweringServer:
    """Answers each request with the next of `answers`, the last one again and again."""

    def __init__(self, *answers: Answer, tls: bool = False) -> None:
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.asked.append(Asked(self.command, self.path, dict(self.headers), body, self.client_address))
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer.write:
                    answer.write(self)
                    return
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = _serve  # noqa: N815  the base's names

            def log_message(self, *args: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: Any) -> None:
                """A client that hung up is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(Path(__file__).parent / "self_signed.pem")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def connection(self) -> dict[str, Any]:
        """As Stash writes it into its document."""
        cookie = {"Name": "session", "Value": "MARKED-COOKIE-1"}
        return {"Scheme": self._scheme, "Host": "127.0.0.1", "Port": self.port, "SessionCookie": cookie}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def ask(server: AnsweringServer, query: str = QUERY, **options: Any) -> dict[str, Any]:
    """What a new client is told."""
    with StashClient.connect(server.connection, **options) as client:
        return client.query(query)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection instead of answering."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
