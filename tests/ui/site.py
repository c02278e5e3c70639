"""Stash for a browser: the harness page, the plugin's scripts, and the stand-in Stash behind the same address."""

import json
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import yaml

from tests.fakes.answering import LoopbackServer
from tests.fakes.stash.jobs import JobQueue
from tests.fakes.stash.subscription import PROTOCOL, Subscription, accept_key
from tests.ui.offers import OFFERS

REPOSITORY = Path(__file__).resolve().parents[2]
HARNESS = Path(__file__).resolve().parent / "harness"
BUILT = HARNESS / "node_modules" / ".built" / "stash.js"

_HARNESS_FILES = {
    "/harness/stash.js": (BUILT, "text/javascript"),
    "/harness/stash.css": (HARNESS / "stash.css", "text/css"),
    "/harness/bootstrap.css": (HARNESS / "node_modules/bootstrap/dist/css/bootstrap.css", "text/css"),
}
_OPEN = threading.Event()
_OPEN.set()


@dataclass
class Site(LoopbackServer):
    """Serves one stand-in Stash to a browser; remembers which operations were called.

    Args:
        stash_url: the stand-in, asked for GraphQL and pictures.
        prepare: a script that runs before the plugin's, to take parts of PluginApi away.
        version: of the Stash whose browser side it is, one of OFFERS.
        jobs: what its subscription tells of; None for a Stash without one.
    """

    stash_url: str
    prepare: str = ""
    version: str = "0.30.1"
    jobs: JobQueue | None = None
    operations: list[dict[str, Any]] = field(default_factory=list)
    is_down: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    """Mode to the message of an error, as Stash passes on what the plugin answered."""
    held: dict[str, threading.Event] = field(default_factory=dict)
    """Mode to an event: its answer waits for it."""

    def __post_init__(self) -> None:
        super().__init__(type("Handler", (_Handler,), {"site": self}))

    def modes(self) -> list[str]:
        """The operations called so far, in order."""
        return [each["mode"] for each in self.operations]


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Nothing on stderr."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.headers.get("Upgrade") == "websocket":
            self._subscribe()
        elif path in _HARNESS_FILES:
            file, kind = _HARNESS_FILES[path]
            self._answer(file.read_bytes(), kind)
        elif path == "/harness/prepare.js":
            offers = f"window.HARNESS_OFFERS = {json.dumps(OFFERS[self.site.version])};\n"
            self._answer((offers + self.site.prepare).encode(), "text/javascript")
        elif path == "/plugin/Stash2Plex/javascript":
            self._answer(_plugin_files("javascript"), "text/javascript")
        elif path == "/plugin/Stash2Plex/css":
            self._answer(_plugin_files("css"), "text/css")
        elif path.endswith("/screenshot"):
            self._pass_on(None)
        else:  # every other address is the application's
            self._answer((HARNESS / "index.html").read_bytes(), "text/html")

    def _subscribe(self) -> None:
        self.close_connection = True
        self.send_response(101)
        key = accept_key(self.headers["Sec-WebSocket-Key"])
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", key)):
            self.send_header(name, value)
        self.send_header("Sec-WebSocket-Protocol", PROTOCOL)
        self.end_headers()
        Subscription(self.site.jobs, self.rfile, self.wfile).converse()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        args = (json.loads(body).get("variables") or {}).get("args")
        if isinstance(args, dict):
            self.site.operations.append(args)
            self.site.held.get(args["mode"], _OPEN).wait(30)
        message = self.site.errors.get(args["mode"]) if isinstance(args, dict) else None
        if self.site.is_down:
            self._answer(b"", "text/plain", 503)
        elif message:
            document = {"errors": [{"message": message, "path": ["runPluginOperation"]}], "data": None}
            self._answer(json.dumps(document).encode(), "application/json")
        else:
            self._pass_on(body)

    def _pass_on(self, body: bytes | None) -> None:
        request = urllib.request.Request(
            self.site.stash_url + self.path, body, {"Content-Type": "application/json"} if body else {}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answered = answer.read(), answer.headers.get("Content-Type") or "", answer.status
        except urllib.error.HTTPError as error:
            answered = error.read(), error.headers.get("Content-Type") or "", error.code
            error.close()
        except OSError:
            answered = b"", "text/plain", 502
        self._answer(*answered)

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        with suppress(ConnectionError):  # the browser has left the page
            self._write(body, kind, status)

    def _write(self, body: bytes, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _plugin_files(kind: str) -> bytes:
    """The files of the manifest's `ui` section, one after the other: so Stash serves them."""
    manifest = yaml.safe_load((REPOSITORY / "Stash2Plex.yml").read_text(encoding="utf-8"))
    return b"\n".join((REPOSITORY / name).read_bytes() for name in manifest["ui"][kind])
