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
"""As Stash ships it; `stash.warning.js` beside it has React's warnings, and takes half again as long to load."""

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
    refused: str = ""
    """A name of queries that Stash itself fails at, for any reason; `refusals` counts them."""

    refusals: int = 0
    processes: int = 0
    """Of the plugin, for operations: several that are asked together are answered by one."""

    has_warnings: bool = False
    """Whether React tells of what is wrong in a console that nobody may have written to."""

    is_down: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    """Mode to the message of an error, as Stash passes on what the plugin answered."""
    held: dict[str, threading.Event] = field(default_factory=dict)
    """Mode to an event: it is run once that is set."""

    late: dict[str, threading.Event] = field(default_factory=dict)
    """Mode to an event: the answer of its next call, which is run at once, waits for that."""

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
            if file is BUILT and self.site.has_warnings:
                file = BUILT.with_suffix(".warning.js")
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
        document = json.loads(body)
        args = (document.get("variables") or {}).get("args")
        if self.site.is_down:
            self._answer(b"", "text/plain", 503)
        elif self.site.refused and self.site.refused in document["query"]:
            self.site.refusals += 1
            self._answer(b"", "text/plain", 500)
        elif not isinstance(args, dict):
            self._pass_on(body)
        else:
            self._operate(document, args)

    def _operate(self, document: dict[str, Any], args: dict[str, Any]) -> None:
        """Remember the operations, hold them, and have the stand-in answer those that are not to fail."""
        self.site.processes += 1
        is_several = args["mode"] == "ui_together"
        calls = args["calls"] if is_several else [args]
        self.site.operations += calls
        for call in calls:
            self.site.held.get(call["mode"], _OPEN).wait(30)
        errors = [self.site.errors.get(call["mode"], "") for call in calls]
        if self.site.is_down:
            self._answer(b"", "text/plain", 503)
        elif not any(errors):
            late = [self.site.late.pop(call["mode"], _OPEN) for call in calls]
            self._pass_on(json.dumps(document).encode(), next((each for each in late if each is not _OPEN), _OPEN))
        elif not is_several:
            answer = {"errors": [{"message": errors[0], "path": ["runPluginOperation"]}], "data": None}
            self._answer(json.dumps(answer).encode(), "application/json")
        else:
            answers = iter(self._others(document, [c for c, error in zip(calls, errors, strict=True) if not error]))
            every = [{"output": None, "error": error} if error else next(answers) for error in errors]
            whole = {"data": {"runPluginOperation": {"answers": every}}}
            self._answer(json.dumps(whole).encode(), "application/json")

    def _others(self, document: dict[str, Any], calls: list[dict[str, Any]]) -> list[Any]:
        if not calls:
            return []
        document["variables"]["args"]["calls"] = calls
        body, _, _ = self._fetch(json.dumps(document).encode())
        return list(json.loads(body)["data"]["runPluginOperation"]["answers"])

    def _pass_on(self, body: bytes | None, until: threading.Event = _OPEN) -> None:
        answer = self._fetch(body)
        until.wait(30)
        self._answer(*answer)

    def _fetch(self, body: bytes | None) -> tuple[bytes, str, int]:
        request = urllib.request.Request(
            self.site.stash_url + self.path, body, {"Content-Type": "application/json"} if body else {}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read(), answer.headers.get("Content-Type") or "", answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.read(), error.headers.get("Content-Type") or "", error.code
        except OSError:
            return b"", "text/plain", 502

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
