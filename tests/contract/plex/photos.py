"""Photos of actors, of which Plex takes the address alone: when it fetches one, and whether it keeps a copy.

The photo lies on a small server here, which counts who asks for it. The actor is invented: Plex has one photo a person,
and forgets none.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Final

from tests.contract.beliefs import REAL, Beliefs, NotAsked
from tests.contract.plex.pictures import BLUE
from tests.contract.plex.scratch import Scratch
from tests.waiting import wait_until

PHOTOS = Beliefs("Plex photos")
_ACTOR: Final = "Stash2Plex Contract"
_LOOK_S: Final = 10.0
_NUMBERS: Final = count(1)


class _Handler(BaseHTTPRequestHandler):
    server: "_Host"

    def do_GET(self) -> None:
        """Give the photo."""
        self.server.count += 1
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(BLUE)))
        self.end_headers()
        self.wfile.write(BLUE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


class _Host(ThreadingHTTPServer):
    """Has one photo; `count` says how often it was asked for, at whatever address."""

    daemon_threads = True
    count = 0

    def __init__(self, host: str) -> None:
        super().__init__(("", 0) if host != "127.0.0.1" else (host, 0), _Handler)
        self.address = f"http://{host}:{self.server_port}/{next(_NUMBERS)}-{os.getpid()}"


@contextmanager
def _photo(plex: Scratch, environment: Mapping[str, str] = os.environ) -> Iterator[_Host]:
    """The server, with Plex told of its photo by an edit. Raises: NotAsked."""
    here = environment.get("PLEX_CONTRACT_HERE", "") if plex.reading == REAL else "127.0.0.1"
    if not here:
        raise NotAsked("nothing says how Plex calls this machine")
    with _Host(here) as host:
        thread = threading.Thread(target=host.serve_forever, daemon=True)
        thread.start()
        try:
            fields = (("actor[0].tag.tag", _ACTOR), ("actor[0].tag.thumb", host.address), ("actor.locked", "1"))
            assert plex.edit(plex.first, *fields) == 200
            yield host
        finally:
            host.shutdown()
            thread.join()


def _shown(plex: Scratch) -> str:
    """The address at which the item shows the photo."""
    roles = plex.item(plex.first).iter("Role")
    return next((role.get("thumb", "") for role in roles if role.get("tag") == _ACTOR), "")


def _show(plex: Scratch, address: str) -> None:
    """Ask for the photo as apps do."""
    size = [("width", "100"), ("height", "150"), ("minSize", "1"), ("upscale", "1")]
    assert plex.wire.get("/photo/:/transcode", [*size, ("url", address)], headers={}).status_code == 200


@PHOTOS.unsure("An actor's photo is shown at", strict="the address that was sent", lenient="the address that was sent")
def address(plex: Scratch) -> str:
    with _photo(plex) as host:
        shown = _shown(plex)
        return "the address that was sent" if shown == host.address else "another one" if shown else "none"


@PHOTOS.unsure("With nobody looking at it, it was fetched:", strict="no", lenient="yes")
def at_once(plex: Scratch) -> str:
    with _photo(plex) as host:
        patience_s = _LOOK_S if plex.reading == REAL else 0.0
        with suppress(AssertionError):
            wait_until(lambda: host.count, "the photo is asked for", patience_s)
        return "yes" if host.count else "no"


@PHOTOS.unsure("Shown twice it was fetched", strict="each time", lenient="once")
def again(plex: Scratch) -> str:
    with _photo(plex) as host:
        shown = _shown(plex) or host.address
        _show(plex, shown)
        first = host.count
        _show(plex, shown)
        return {0: "never"}.get(first, "once" if host.count == first else "each time")


@PHOTOS.unsure("Shown once more in another size it was fetched", strict="again", lenient="no more")
def other_size(plex: Scratch) -> str:
    with _photo(plex) as host:
        shown = _shown(plex) or host.address
        _show(plex, shown)
        before = host.count
        plex.wire.get("/photo/:/transcode", [("width", "300"), ("height", "450"), ("url", shown)], headers={})
        return "no more" if host.count == before else "again"
