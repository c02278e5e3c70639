"""A stand-in of plex.tv: PINs that a test approves, and the resources of one account.

It follows plexapi.myplex (MyPlexPinLogin, MyPlexResource) and answers JSON as plex.tv does to who accepts it.
"""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any, Final
from urllib.parse import urlsplit

from tests.fakes.answering import LoopbackServer

ACCOUNT_TOKEN: Final = "AccTokM3xVb9QwZ6RsY1"


class FakePlexTv(LoopbackServer):
    """Keeps what it was asked as `heard`, and with which token. `resources` are given to the account's token only."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.pins: dict[int, dict[str, Any]] = {}
        self.resources: list[dict[str, Any]] = []
        self.broken: tuple[int, bytes] | None = None
        self.lasts_s = 1800.0
        outer = self

        class Handler(_Handler):
            fake = outer

        super().__init__(Handler)

    def add_server(self, name: str, identifier: str, token: str, *ports: int, owned: bool = True) -> None:
        """Add a server that says it listens at these ports of this machine."""
        connections = [
            {
                "protocol": "https",
                "address": "127.0.0.1",
                "port": port,
                "uri": f"https://127.0.0.1:{port}",
                "local": True,
                "relay": False,
                "IPv6": False,
            }
            for port in ports
        ]
        self.resources.append(
            {
                "name": name,
                "product": "Plex Media Server",
                "provides": "server",
                "clientIdentifier": identifier,
                "owned": owned,
                "accessToken": token,
                "connections": connections,
            }
        )

    def approve(self) -> None:
        """The user approves whatever waits."""
        for pin in self.pins.values():
            pin["authToken"] = ACCOUNT_TOKEN

    def answer(self, method: str, path: str, headers: Any) -> tuple[int, Any]:
        """Return status and document."""
        if path == "/api/v2/pins" and method == "POST":
            number = 1000 + len(self.pins)
            client = headers["X-Plex-Client-Identifier"]
            pin = {"id": number, "code": f"code{number}", "expiresIn": self.lasts_s, "authToken": None}
            self.pins[number] = {**pin, "clientIdentifier": client}
            return 201, self.pins[number]
        if path.startswith("/api/v2/pins/"):
            found = self.pins.get(int(path.rpartition("/")[2]))
            is_own = found and found["clientIdentifier"] == headers["X-Plex-Client-Identifier"]
            return (
                (200, found) if is_own else (404, {"errors": [{"code": 1020, "message": "Code not found or expired"}]})
            )
        if path == "/api/v2/resources":
            is_known = headers["X-Plex-Token"] == ACCOUNT_TOKEN
            return (200, self.resources) if is_known else (401, {"errors": [{"code": 1001, "message": "Unauthorized"}]})
        return 404, {}


class _Handler(BaseHTTPRequestHandler):
    fake: FakePlexTv
    protocol_version = "HTTP/1.1"
    timeout = 10

    def _serve(self) -> None:
        self.fake.heard.append(f"{self.command} {self.path}")
        self.fake.asked.append((self.fake.heard[-1], {name.lower(): value for name, value in self.headers.items()}))
        status, document = self.fake.answer(self.command, urlsplit(self.path).path, self.headers)
        body = json.dumps(document).encode()
        if self.fake.broken:
            status, body = self.fake.broken
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status in {301, 302, 307}:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _serve  # noqa: N815 - the base's names

    def log_message(self, *_args: Any) -> None:
        """Nothing on stderr."""
