"""HTTP/1.1 over a socket, just as much as the stand-in needs.

Keep-alive, bodies with a length, pipelined requests in order.

Knows bytes and faults of the way, not Plex. Lean on purpose: a benchmark's server must not be its bottleneck.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import unquote

from tests.fakes.plex.message import Request, Response, status_page
from tests.fakes.plex.service import App, Exchange

_HEAD_LIMIT: Final = 262_144
_DRIP_BYTES: Final = 16
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """One client. A request is answered before the next one is looked at."""

    def __init__(self, app: App, connections: "set[Connection]", on_open: Callable[[], None]) -> None:
        self._app = app
        self._connections = connections
        self._on_open = on_open
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._head: Request | None = None
        self._exchange: Exchange | None = None
        self._hangs = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._connections.add(self)
        self._on_open()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone; a request that is being worked on is finished all the same, as a real server would."""
        self._connections.discard(self)
        self._transport = None
        if self._hangs and self._exchange is not None:
            self._app.close(self._exchange)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._buffer += data
        self._advance()

    def abort(self) -> None:
        """Cut the connection with a reset."""
        if self._transport is not None:
            client = self._transport.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def _advance(self) -> None:
        while self._exchange is None and (request := self._next_request()) is not None:
            exchange = self._exchange = self._app.begin(request)
            if exchange.delay_s > 0:
                self._loop.call_later(exchange.delay_s, self._answer_and_go_on, exchange)
            else:
                self._answer(exchange)

    def _next_request(self) -> Request | None:
        if self._head is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > _HEAD_LIMIT:
                    self._refuse(431)
                return None
            self._head = _parse_head(bytes(self._buffer[:end]))
            del self._buffer[: end + 4]
        length = self._head.headers.get("content-length", "0")
        if not length.isdecimal() or "transfer-encoding" in self._head.headers:
            self._refuse(411)
            return None
        if len(self._buffer) < int(length):
            return None
        request, self._head = self._head, None
        request.body = bytes(self._buffer[: int(length)])
        del self._buffer[: int(length)]
        return request

    def _answer_and_go_on(self, exchange: Exchange) -> None:
        self._answer(exchange)
        self._advance()

    def _answer(self, exchange: Exchange) -> None:
        response = self._app.finish(exchange)
        kind = exchange.fault_kind
        if kind == "hang":
            self._hangs = self._transport is not None
            if self._hangs:
                return
        elif kind == "reset":
            self.abort()
        elif kind == "truncated":
            self._send(response.encode()[: -max(1, len(response.body) // 2)])
            self._close()
        elif kind == "drip" and exchange.fault is not None:
            self._drip(exchange, response.encode(), exchange.fault.delay_ms / 1000)
            return
        else:
            self._send_whole(exchange.request, response, kind)
        self._done(exchange)

    def _send_whole(self, request: Request, response: Response, fault_kind: str) -> None:
        keep_alive = request.headers.get("connection", "").lower() != "close" and fault_kind != "last"
        self._send(response.encode(keep_alive=keep_alive))
        if not keep_alive:
            self._close()

    def _drip(self, exchange: Exchange, rest: bytes, every_s: float) -> None:
        self._send(rest[:_DRIP_BYTES])
        rest = rest[_DRIP_BYTES:]
        if rest and self._transport is not None:
            self._loop.call_later(every_s, partial(self._drip, exchange, rest, every_s))
            return
        self._done(exchange)
        self._advance()

    def _done(self, exchange: Exchange) -> None:
        self._app.close(exchange)
        self._exchange = None

    def _send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _refuse(self, status: int) -> None:
        self._send(status_page(status).encode(keep_alive=False))
        self._close()


def _parse_head(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" ")[0] or rest
    path, _, raw_query = target.partition("?")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, target, unquote(path) if "%" in path else path, raw_query, headers, b"", time.time())
