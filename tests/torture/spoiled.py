"""Bytes that are damaged at random, and the answers of both stand-ins damaged on their way out."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from tests.fakes.plex import FakePlex
from tests.fakes.plex.message import Request as PlexRequest
from tests.fakes.plex.message import Response as PlexResponse
from tests.fakes.plex.service import App, Exchange
from tests.fakes.stash import FakeStash
from tests.fakes.stash.wire import Handle, Request, Response

TOKENS: Final = [
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\u0000",
    b'"',
    b"\\",
    b"{",
    b"[" * 2000,
    b"]",
    b"<",
    b"</",
    b"&nothing;",
    b"&#0;",
    b"]]>",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"9" * 5000,
    b"NaN",
    b"../",
    "\u202e\U0001f430".encode(),
]


def damaged(body: bytes, random: Random) -> bytes:
    """`body` with one to three accidents."""
    for _ in range(random.randint(1, 3)):
        body = _accident(body, random)
    return body


def _accident(body: bytes, random: Random) -> bytes:
    at = random.randrange(len(body) + 1)
    to = min(len(body), at + random.choice([1, 1, 2, 8, 64, 1024]))
    kind = random.choice(["flip", "cut", "drop", "double", "insert", "insert", "swap"])
    if kind == "cut":
        return body[:at]
    if kind == "drop":
        return body[:at] + body[to:]
    if kind == "double":
        return body[:to] + body[at:]
    if kind == "swap":
        return body[to:] + body[:at] + body[at:to]
    if kind == "flip":
        return body[:at] + bytes(byte ^ 1 << random.randrange(8) for byte in body[at : at + 1]) + body[at + 1 :]
    return body[:at] + random.choice(TOKENS) + body[at:]


Spoil = Callable[[bytes], bytes]


class SpoiledPlex:
    """Stands before the stand-in's service; `spoil` changes the bodies of good answers while it is set."""

    def __init__(self, plex: FakePlex) -> None:
        plex.intercept(self._stand_before)
        plex.cut()
        self.spoil: Spoil | None = None

    def _stand_before(self, app: App) -> "SpoiledPlex":
        self._app = app
        return self

    def begin(self, request: PlexRequest) -> Exchange:
        return self._app.begin(request)

    def finish(self, exchange: Exchange) -> PlexResponse:
        response = self._app.finish(exchange)
        if self.spoil is not None and response.body:
            response.body = self.spoil(response.body)
        return response

    def close(self, exchange: Exchange) -> None:
        self._app.close(exchange)


class SpoiledStash:
    """Stands before the stand-in's routes, likewise."""

    def __init__(self, stash: FakeStash) -> None:
        stash.intercept(self._stand_before)
        self.spoil: Spoil | None = None

    def _stand_before(self, handle: Handle) -> "SpoiledStash":
        self._handle = handle
        return self

    def __call__(self, request: Request) -> Response:
        response = self._handle(request)
        if self.spoil is None or not response.body or request.path != "/graphql":
            return response
        return replace(response, body=self.spoil(response.body))
